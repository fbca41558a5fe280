"""The Spark application of `tilescope scan --cluster` and `tilescope predict --cluster`.

    spark-submit job.py FOLDER [--jobs 20] [--exchange ADDRESS] [--wait 120] [--max-errors 0] [--parent PROCESS]

A scan: FOLDER has plan.json, and each job of Spark scores a part of the plan. It commits its rows into a folder of its own in the
exchange, which all machines reach, under the digest of the plan. Then they become files of candidates in FOLDER/segments, and the
folder is removed. In the end, FOLDER/account.json says where the time went.

Predictions: FOLDER has predict.json, which names a table of addresses and where the answers go.

Prints a line of JSON for each event. Ends with the process that has started it.
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


def account(ranges, start, end, run_seconds):
    """Where the time of the slots went, in seconds of one slot; the parts are all of it.

    `ranges` are dictionaries with `began`, `ended`, `waitSeconds` and `scoreSeconds`; `run_seconds` is what Spark counts as the
    tasks' time. As many slots as ranges were ever scored at the same time.
    """
    if not ranges:
        return None
    moments = sorted([(part["began"], 1) for part in ranges] + [(part["ended"], -1) for part in ranges])
    running = slots = 0
    for _, change in moments:
        running += change
        slots = max(slots, running)
    # The slots are still starting until all are busy for the first time, and run dry once nothing is left to begin.
    running, full, last = 0, start, moments[-1][0]
    for moment, change in moments:
        running += change
        if running == slots:
            full = moment
            break
    last = max(part["began"] for part in ranges)

    def busy(begin, stop):
        return sum(max(0.0, min(stop, part["ended"]) - max(begin, part["began"])) for part in ranges)

    def idle(begin, stop):
        return max(0.0, slots * (stop - begin) - busy(begin, stop))

    inside = sum(part["ended"] - part["began"] for part in ranges)
    wait, score = (sum(part[name] for part in ranges) for name in ("waitSeconds", "scoreSeconds"))
    between = idle(full, max(full, last))
    write = min(between, max(0.0, run_seconds - inside))
    return {
        "slots": slots, "seconds": end - start,
        "parts": {"score": score, "pixels": wait, "open": inside - score - wait, "write": write, "schedule": between - write,
                  "start": idle(start, full), "tail": idle(max(full, last), end)},
    }


class Application:
    def __init__(self, options):
        self.options = options
        # Another application that was left over would write into the same folders.
        self.lock = open(os.path.join(options.folder, "lock"), "w", encoding="utf-8")
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Refusal("an application of an earlier run still ends; try again in a minute") from None
        self.ends = threading.Event()
        self.stages, self.ranges, self.failures = set(), [], []

    def run(self):
        from pyspark.sql import SparkSession
        self.begin()
        self.spark = SparkSession.builder.appName(self.name).getOrCreate()
        self.context = self.spark.sparkContext
        self.context.setLogLevel("ERROR")
        self.started = time.time()
        threading.Thread(target=self.watch, daemon=True).start()
        try:
            self.work()
            tell("done")
        finally:
            self.ends.set()
            self.spark.stop()

    def read(self, name):
        with open(os.path.join(self.options.folder, name), "rb") as file:
            return file.read()

    def watch(self):
        """Tells how far it is, and ends the application where nobody wants it any more, or no machine takes anything."""
        tracker, moved, last = self.context.statusTracker(), time.time(), 0
        while not self.ends.wait(1):
            if not self.is_wanted():
                self.context.cancelAllJobs()
                os._exit(1)
            try:
                done = running = failed = total = active = 0
                for job in tracker.getJobIdsForGroup(None):
                    info = tracker.getJobInfo(job)
                    for stage in info.stageIds if info is not None else []:
                        facts = tracker.getStageInfo(stage)
                        active += facts.numActiveTasks if facts is not None else 0
                        if facts is not None and facts.name.startswith("parquet") and facts.numTasks > 0:
                            self.stages.add(stage)
                            total += facts.numTasks
                            done += facts.numCompletedTasks
                            running += facts.numActiveTasks
                            failed += facts.numFailedTasks
                executors = self.context._jsc.sc().getExecutorMemoryStatus().size() - 1
            except Exception as error:
                print(f"progress cannot be told: {error}", file=sys.stderr)
                continue
            total = self.total or total
            # What is scored is read back without a range under way.
            if active > 0 or total and done >= total or done != last:
                moved, last = time.time(), done
            tell("progress", done=min(done, total), total=total, running=running, failed=failed, executors=executors,
                 seconds=round(time.time() - self.started, 1))
            if time.time() - moved > self.options.wait and not self.ends.is_set():
                tell("refused", cause=f"no machine of the cluster took any work for {self.options.wait:g} s: are its executors "
                     "busy with other applications, or smaller than what this one asks for?")
                os._exit(1)

    def is_wanted(self):
        """Whether the process that has started it lives."""
        if not self.options.parent:
            return True
        return os.getppid() != 1 and os.path.exists(f"/proc/{self.options.parent}")


class Scan(Application):
    name = "tilescope scan"

    def begin(self):
        text = self.read("plan.json")
        self.plan = json.loads(text)
        self.total = len(self.plan["ranges"])
        exchange = self.options.exchange or "file://" + os.path.abspath(os.path.join(self.options.folder, "jobs"))
        self.exchange = exchange.rstrip("/") + "/tilescope-" + hashlib.sha256(text).hexdigest()[:16]

    def work(self):
        numbers = parts(self.plan, self.options.jobs)
        # Spark gives its slots to the jobs in their order, so that the first are committed early.
        with ThreadPoolExecutor(len(numbers)) as pool:
            jobs = [pool.submit(self.run_part, part, ranges) for part, ranges in enumerate(numbers) if ranges]
            for job in as_completed(jobs):
                if job.exception() is not None:
                    self.ends.set()
                    self.context.cancelAllJobs()
                    raise job.exception()
        self.remove(self.exchange)
        self.write_account()

    def segments(self, part):
        return os.path.join(self.options.folder, "segments", f"{part:04}")

    def remove(self, place):
        path = self.context._jvm.org.apache.hadoop.fs.Path(place)
        path.getFileSystem(self.context._jsc.hadoopConfiguration()).delete(path, True)

    def run_part(self, part, numbers):
        from tilescope import candidates, spark as tilescope
        if self.ends.is_set():
            return
        place = f"{self.exchange}/{part:04}"
        tilescope.score(self.spark, self.plan, numbers).write.mode("overwrite").parquet(place)
        if self.ends.is_set():
            return
        table = self.spark.read.schema(tilescope.SPARK_SCHEMA).parquet(place).toArrow()
        try:
            ranges, failures = candidates.write(table, self.segments(part), numbers)
        except ValueError as error:
            raise Refusal(f"not all that was scored came back: {error}; do all machines and this one reach {self.exchange}?")
        with open(os.path.join(self.segments(part), "failures.json"), "w", encoding="utf-8") as file:
            json.dump(failures, file)
        # The sign that all of it is there.
        open(os.path.join(self.segments(part), "complete"), "w", encoding="utf-8").close()
        self.ranges += ranges
        self.failures += failures
        if len(self.failures) > self.options.max_errors:
            raise Refusal(f"{len(self.failures)} ranges failed, more than --max-errors {self.options.max_errors}: "
                          f"{self.failures[0]['cause']}")

    def write_account(self):
        run_seconds = 0.0
        for stage in self.stages:
            try:
                run_seconds += self.context._jsc.sc().statusStore().lastStageAttempt(stage).executorRunTime() / 1000
            except Exception as error:
                print(f"the time of stage {stage} is not known: {error}", file=sys.stderr)
        told = account(self.ranges, self.started, time.time(), run_seconds)
        if told is None:
            return
        told["ranges"] = [
            {"scene": part["scene"], "rows": [part["row"], part["rowEnd"]], "columns": [part["column"], part["columnEnd"]],
             "seconds": part["ended"] - part["began"], "cpuSeconds": part["cpuSeconds"]}
            for part in self.ranges
        ]
        with open(os.path.join(self.options.folder, "account.json"), "w", encoding="utf-8") as file:
            json.dump(told, file)


class Predictions(Application):
    name = "tilescope predict"
    total = None

    def begin(self):
        self.request = json.loads(self.read("predict.json"))

    def work(self):
        from tilescope import spark as tilescope
        request = self.request
        table = request["table"]
        reader = self.spark.read
        if request["format"] == "text":
            pictures = reader.text(table)
        elif request["format"] == "csv":
            pictures = reader.option("header", True).csv(table)
        else:
            pictures = reader.parquet(table)
        column = request.get("column") or pictures.columns[0]
        if column not in pictures.columns:
            raise Refusal(f"{table} has no column {column}, but {', '.join(pictures.columns)}")
        pictures = pictures.select(pictures[f"`{column}`"].cast("string").alias("picture")).filter("picture is not null")
        found = tilescope.predict(self.spark, pictures, request["model"], request["top"], request.get("precision"))
        found.write.mode("overwrite" if request["overwrites"] else "errorifexists").parquet(request["output"])
        rows = self.spark.read.parquet(request["output"])
        failures = rows.filter("cause is not null")
        first = failures.select("cause").limit(1).collect()
        tell("counted", pictures=rows.count(), failures=failures.count(), cause=first[0]["cause"] if first else None)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--jobs", type=int, default=20)
    parser.add_argument("--exchange")
    parser.add_argument("--wait", type=float, default=120)
    parser.add_argument("--max-errors", type=int, default=0)
    parser.add_argument("--parent", type=int)
    options = parser.parse_args()
    kind = Scan if os.path.exists(os.path.join(options.folder, "plan.json")) else Predictions
    try:
        kind(options).run()
    except Refusal as refusal:
        tell("refused", cause=str(refusal))
        sys.exit(1)


if __name__ == "__main__":
    main()
