"""The Spark application of `tilescope scan --cluster`: scores a plan, one job of Spark for each part of it.

    spark-submit job.py FOLDER [--jobs 20] [--exchange ADDRESS] [--wait 120] [--max-errors 0]

FOLDER has plan.json. Each job commits its rows into a folder of its own in the exchange, which all machines reach; what is
committed is not computed again. Then it becomes files of candidates in FOLDER/segments. Prints a line of JSON for each event.
"""

import argparse
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
    """Numbers of ranges for each job. All have dear and cheap ranges, the dear ones first."""
    return [list(range(first, len(plan["ranges"]), count)) for first in range(count)]


class Application:
    def __init__(self, options):
        self.options = options
        self.plan = json.load(open(os.path.join(options.folder, "plan.json"), encoding="utf-8"))
        self.exchange = (options.exchange or "file://" + os.path.abspath(os.path.join(options.folder, "jobs"))).rstrip("/")
        self.ends = threading.Event()
        self.failures = []

    def segments(self, part):
        return os.path.join(self.options.folder, "segments", f"{part:04}")

    def is_ingested(self, part):
        return os.path.exists(os.path.join(self.segments(part), "complete"))

    def run(self):
        from pyspark.sql import SparkSession
        numbers = [part for part in parts(self.plan, self.options.jobs)]
        open_parts = [part for part, ranges in enumerate(numbers) if ranges and not self.is_ingested(part)]
        for part in range(len(numbers)):
            if numbers[part] and self.is_ingested(part):
                self.read_failures(part)
        if not open_parts:
            return tell("done", failures=len(self.failures))
        self.spark = SparkSession.builder.appName("tilescope scan").getOrCreate()
        self.context = self.spark.sparkContext
        self.context.setLogLevel("ERROR")
        self.started = time.time()
        watch = threading.Thread(target=self.watch, args=[sum(len(numbers[part]) for part in open_parts)], daemon=True)
        watch.start()
        try:
            with ThreadPoolExecutor(len(open_parts)) as pool:
                jobs = {pool.submit(self.run_part, part, numbers[part]): part for part in open_parts}
                for job in as_completed(jobs):
                    if job.exception() is not None:
                        self.ends.set()
                        self.context.cancelAllJobs()
                        raise job.exception()
            tell("timing", **self.timing())
            tell("done", failures=len(self.failures))
        finally:
            self.ends.set()
            self.spark.stop()

    def run_part(self, part, numbers):
        if self.ends.is_set():
            return
        from tilescope import candidates, spark as tilescope
        place = f"{self.exchange}/{part:04}"
        path = self.context._jvm.org.apache.hadoop.fs.Path(place + "/_SUCCESS")
        system = path.getFileSystem(self.context._jsc.hadoopConfiguration())
        if not system.exists(path):
            self.context.setLocalProperty("spark.scheduler.pool", str(part))
            tilescope.scan(self.spark, self.plan, numbers).write.mode("overwrite").parquet(place)
        table = self.spark.read.parquet(place).toArrow()
        failures = candidates.write(table, self.segments(part))
        with open(os.path.join(self.segments(part), "failures.json"), "w", encoding="utf-8") as file:
            json.dump(failures, file)
        # The sign that all of it is there.
        open(os.path.join(self.segments(part), "complete"), "w", encoding="utf-8").close()
        self.read_failures(part)
        tell("committed", part=part, ranges=len(numbers), failures=len(failures))
        if len(self.failures) > self.options.max_errors:
            raise Refusal(f"{len(self.failures)} ranges failed, more than --max-errors {self.options.max_errors}: "
                          f"{self.failures[0]['cause']}")

    def read_failures(self, part):
        with open(os.path.join(self.segments(part), "failures.json"), encoding="utf-8") as file:
            self.failures += json.load(file)

    def watch(self, total):
        """Tells how far it is, and ends the application where no machine takes anything."""
        tracker, began = self.context.statusTracker(), False
        while not self.ends.wait(1):
            try:
                done = running = failed = 0
                stages = {stage for job in tracker.getJobIdsForGroup(None) for stage in
                          (tracker.getJobInfo(job).stageIds if tracker.getJobInfo(job) else [])}
                for stage in stages:
                    info = tracker.getStageInfo(stage)
                    if info is not None and info.name.startswith("parquet"):
                        done += info.numCompletedTasks
                        running += info.numActiveTasks
                        failed += info.numFailedTasks
                executors = self.context._jsc.sc().getExecutorMemoryStatus().size()
            except Exception:  # The context has ended.
                return
            began = began or done + running > 0
            tell("progress", done=min(done, total), total=total, running=running, failed=failed, executors=executors - 1,
                 seconds=round(time.time() - self.started, 1))
            if not began and time.time() - self.started > self.options.wait:
                tell("refused", cause=f"no machine of the cluster took any work for {self.options.wait} s: are its executors "
                     "busy with other applications, or smaller than what this one asks for?")
                os._exit(1)

    def timing(self):
        """What became of the slots' time: the parts add up to all of it."""
        import urllib.request
        base = f"{self.context.uiWebUrl}/api/v1/applications/{self.context.applicationId}"

        def get(path):
            with urllib.request.urlopen(base + path) as answer:
                return json.load(answer)

        tasks = []
        for stage in get("/stages"):
            if stage["name"].startswith("parquet"):
                tasks += [task for task in get(f"/stages/{stage['stageId']}/{stage['attemptId']}/taskList?length=1000000")
                          if task["status"] == "SUCCESS"]
        return {"tasks": [{"executor": task["executorId"], "host": task["host"], "launch": task["launchTime"],
                           "seconds": task["duration"] / 1000} for task in tasks]}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--jobs", type=int, default=20)
    parser.add_argument("--exchange")
    parser.add_argument("--wait", type=float, default=120)
    parser.add_argument("--max-errors", type=int, default=0)
    application = Application(parser.parse_args())
    try:
        application.run()
    except Refusal as refusal:
        tell("refused", cause=str(refusal))
        sys.exit(1)


if __name__ == "__main__":
    main()
