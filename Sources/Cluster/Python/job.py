"""The Spark application of `tilescope scan --cluster`: scores a plan, one job of Spark for each part of it.

    spark-submit job.py FOLDER [--jobs 20] [--exchange ADDRESS] [--wait 120] [--max-errors 0] [--parent PROCESS]

FOLDER has plan.json. Each job commits its rows into a folder of its own in the exchange, which all machines reach, under the
digest of the plan. Then they become files of candidates in FOLDER/segments, and the folder is removed. Prints a line of JSON for
each event. Ends with the process that has started it.
"""

import argparse
import fcntl
import hashlib
import json
import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor, as_completed

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))


def tell(event, **fields):
    print(json.dumps({"event": event, **fields}), flush=True)


class Refusal(Exception):
    """Ends the application with a sentence."""


def parts(plan, count):
    """Numbers of ranges for each job. Each has expensive and cheap ranges, the expensive ones first."""
    return [list(range(first, len(plan["ranges"]), count)) for first in range(count)]


class Application:
    def __init__(self, options):
        self.options = options
        # Another application that was left over would write into the same folders.
        self.lock = open(os.path.join(options.folder, "lock"), "w", encoding="utf-8")
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Refusal("an application of an earlier run still ends; try again in a minute") from None
        with open(os.path.join(options.folder, "plan.json"), "rb") as file:
            text = file.read()
        self.plan = json.loads(text)
        exchange = options.exchange or "file://" + os.path.abspath(os.path.join(options.folder, "jobs"))
        self.exchange = exchange.rstrip("/") + "/tilescope-" + hashlib.sha256(text).hexdigest()[:16]
        self.ends = threading.Event()
        self.failures = []

    def segments(self, part):
        return os.path.join(self.options.folder, "segments", f"{part:04}")

    def run(self):
        from pyspark.sql import SparkSession
        numbers = parts(self.plan, self.options.jobs)
        self.spark = SparkSession.builder.appName("tilescope scan").getOrCreate()
        self.context = self.spark.sparkContext
        self.context.setLogLevel("ERROR")
        self.started = time.time()
        threading.Thread(target=self.watch, daemon=True).start()
        try:
            # Spark gives its slots to the jobs in their order, so that the first are committed early.
            with ThreadPoolExecutor(len(numbers)) as pool:
                jobs = [pool.submit(self.run_part, part, ranges) for part, ranges in enumerate(numbers) if ranges]
                for job in as_completed(jobs):
                    if job.exception() is not None:
                        self.ends.set()
                        self.context.cancelAllJobs()
                        raise job.exception()
            self.remove(self.exchange)
            tell("done")
        finally:
            self.ends.set()
            self.spark.stop()

    def remove(self, place):
        path = self.context._jvm.org.apache.hadoop.fs.Path(place)
        path.getFileSystem(self.context._jsc.hadoopConfiguration()).delete(path, True)

    def run_part(self, part, numbers):
        from tilescope import candidates, spark as tilescope
        if self.ends.is_set():
            return
        place = f"{self.exchange}/{part:04}"
        tilescope.scan(self.spark, self.plan, numbers).write.mode("overwrite").parquet(place)
        if self.ends.is_set():
            return
        table = self.spark.read.schema(tilescope.SPARK_SCHEMA).parquet(place).toArrow()
        try:
            failures = candidates.write(table, self.segments(part), numbers)
        except ValueError as error:
            raise Refusal(f"not all that was scored came back: {error}; do all machines and this one reach {self.exchange}?")
        with open(os.path.join(self.segments(part), "failures.json"), "w", encoding="utf-8") as file:
            json.dump(failures, file)
        # The sign that all of it is there.
        open(os.path.join(self.segments(part), "complete"), "w", encoding="utf-8").close()
        self.failures += failures
        if len(self.failures) > self.options.max_errors:
            raise Refusal(f"{len(self.failures)} ranges failed, more than --max-errors {self.options.max_errors}: "
                          f"{self.failures[0]['cause']}")

    def watch(self):
        """Tells how far it is, and ends the application where nobody wants it any more, or no machine takes anything."""
        tracker, total, moved, last = self.context.statusTracker(), len(self.plan["ranges"]), time.time(), 0
        while not self.ends.wait(1):
            if self.options.parent and os.getppid() == 1 or not self.is_wanted():
                self.context.cancelAllJobs()
                os._exit(1)
            try:
                done = running = failed = 0
                for job in tracker.getJobIdsForGroup(None):
                    info = tracker.getJobInfo(job)
                    for stage in info.stageIds if info is not None else []:
                        facts = tracker.getStageInfo(stage)
                        if facts is not None and facts.name.startswith("parquet") and facts.numTasks > 0:
                            done += facts.numCompletedTasks
                            running += facts.numActiveTasks
                            failed += facts.numFailedTasks
                executors = self.context._jsc.sc().getExecutorMemoryStatus().size() - 1
            except Exception as error:
                print(f"progress cannot be told: {error}", file=sys.stderr)
                continue
            # What is scored is read back without a range under way.
            if running > 0 or done >= total or done != last:
                moved, last = time.time(), done
            tell("progress", done=min(done, total), total=total, running=running, failed=failed, executors=executors,
                 seconds=round(time.time() - self.started, 1))
            if time.time() - moved > self.options.wait and not self.ends.is_set():
                tell("refused", cause=f"no machine of the cluster took any work for {self.options.wait:g} s: are its executors "
                     "busy with other applications, or smaller than what this one asks for?")
                os._exit(1)

    def is_wanted(self):
        """Whether the process that has started it lives."""
        return not self.options.parent or os.path.exists(f"/proc/{self.options.parent}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--jobs", type=int, default=20)
    parser.add_argument("--exchange")
    parser.add_argument("--wait", type=float, default=120)
    parser.add_argument("--max-errors", type=int, default=0)
    parser.add_argument("--parent", type=int)
    try:
        Application(parser.parse_args()).run()
    except Refusal as refusal:
        tell("refused", cause=str(refusal))
        sys.exit(1)


if __name__ == "__main__":
    main()
