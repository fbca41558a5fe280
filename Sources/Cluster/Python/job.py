"""The Spark application of `tilescope scan --cluster` and `tilescope predict --cluster`.

    spark-submit job.py FOLDER [--exchange ADDRESS] [--wait 120] [--max-errors 0] [--parent PROCESS]

A scan: FOLDER has plan.json, and each of twenty jobs of Spark scores a part of the plan. It commits its rows into a folder of its
own in the exchange, which all machines reach, under the digest of the plan. As soon as they are there, they become files of
candidates in FOLDER/segments. In the end the exchange's folder is removed, and FOLDER/account.json says where the time went.

Predictions: FOLDER has predict.json, which names a table of addresses and where the answers go.

Prints a line of JSON for each event. Ends with the process that has started it.
"""

import argparse
import fcntl
import hashlib
import json
import os
import shutil
import socket
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor, as_completed

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))


def tell(event, **fields):
    print(json.dumps({"event": event, **fields}), flush=True)


class Refusal(Exception):
    """Ends the application with a sentence."""

# Jobs of Spark side by side: what is committed when an application is killed is a multiple of a twentieth.
JOBS = 20


def parts(plan):
    """Numbers of ranges for each job. Each has expensive and cheap ranges, the expensive ones first."""
    return [list(range(first, len(plan["ranges"]), JOBS)) for first in range(JOBS)]


def account(ranges, slots, start, end):
    """Where the time of the slots went, in seconds of one slot; the parts are all of it.

    `ranges` are dictionaries with `taskBegan`, `began`, `ended`, `taskEnded`, and seconds of reading, fetching, waiting and scoring.
    """
    if not ranges:
        return None
    moments = sorted([(part["began"], 1) for part in ranges] + [(part["taskEnded"], -1) for part in ranges])
    running = most = 0
    full = start
    for moment, change in moments:
        running += change
        if most < min(running, slots):
            most, full = running, moment
    # From here on nothing is left to begin; then, nothing to score.
    last = max(full, max(part["taskBegan"] for part in ranges))
    done = max(last, max(part["taskEnded"] for part in ranges))

    def idle(begin, stop):
        busy = sum(max(0.0, min(stop, part["taskEnded"]) - max(begin, part["taskBegan"])) for part in ranges)
        return slots * (stop - begin) - busy

    def fetch(part):
        """What of the waiting for pixels was for their bytes: as much as of the reading."""
        share = part["fetchSeconds"] / part["readSeconds"] if part["readSeconds"] > 0 else 0.0
        return part["waitSeconds"] * min(1.0, share)

    wait, score = (sum(part[name] for part in ranges) for name in ("waitSeconds", "scoreSeconds"))
    read = sum(fetch(part) for part in ranges)
    write = sum(part["taskEnded"] - part["ended"] for part in ranges)
    inside = sum(part["taskEnded"] - part["taskBegan"] for part in ranges)
    gaps = {"start": idle(start, full), "schedule": idle(full, last), "skew": idle(last, done), "end": slots * (end - done)}
    # The driver hears of a task's end a little later, when the slot may have begun the next: that was no writing.
    for name, seconds in gaps.items():
        if seconds < 0:
            write, inside, gaps[name] = max(0.0, write + seconds), inside + seconds, 0.0
    # A slot's first task fetches and unpacks the program, and starts Python.
    first = sum(min(part["began"], full) - part["taskBegan"] for part in ranges if part["taskBegan"] < full)
    gaps["start"] += first
    return {
        "slots": slots, "seconds": end - start,
        "parts": {"score": score, "read": read, "decode": wait - read, "open": inside - first - score - wait - write,
                  "write": write, **gaps},
    }


def configuration():
    """Spark's settings, and ours where there are none: what starts soon, for code that does little in Java."""
    from pyspark import SparkConf, SparkContext
    # Before it SparkConf knows nothing of what spark-submit was told.
    SparkContext._ensure_initialized()
    settings = SparkConf()
    java = "spark.executor.defaultJavaOptions"
    settings.set(java, f"-XX:TieredStopAtLevel=1 {settings.get(java, '')}".strip())
    settings.setIfMissing("spark.sql.codegen.wholeStage", "false")
    settings.setIfMissing("spark.sql.codegen.factoryMode", "NO_CODEGEN")
    return settings


def check_master(address):
    """Refuses a master of Spark's own kind where nobody answers; Spark itself tries for a minute."""
    if not address.startswith("spark://"):
        return
    causes = []
    for place in address.removeprefix("spark://").split(","):
        host, _, port = place.rpartition(":")
        try:
            socket.create_connection((host.strip("[]"), int(port)), timeout=10).close()
            return
        except ValueError:
            return
        except OSError as error:
            causes.append(f"{place}: {error}")
    raise Refusal(f"the master does not answer ({'; '.join(causes)})")


class Application:
    def __init__(self, options):
        self.options = options
        # Another application that was left over would write into the same folders.
        self.lock = open(os.path.join(options.folder, "lock"), "a", encoding="utf-8")
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Refusal("an application of an earlier run still ends; try again in a minute") from None
        # `fails` lets jobs end that nobody needs any more; `ends` the watch, when Spark has ended.
        self.fails, self.ends = threading.Event(), threading.Event()
        self.ranges, self.failures, self.slots = [], [], 1

    def run(self):
        # All that threads use is loaded here: where a module cannot be loaded, only the first of many threads is told why. Before
        # Spark, because Spark takes seconds.
        import pyarrow.parquet  # noqa: F401
        from tilescope import candidates, spark  # noqa: F401
        from pyspark.sql import SparkSession
        self.begin()
        settings = configuration()
        check_master(settings.get("spark.master", ""))
        self.spark = SparkSession.builder.config(conf=settings).appName(self.name).getOrCreate()
        self.context = self.spark.sparkContext
        self.context.setLogLevel("ERROR")
        self.started = time.time()
        threading.Thread(target=self.watch, daemon=True).start()
        try:
            self.work()
            tell("done")
        finally:
            self.spark.stop()
            self.ends.set()

    def read(self, name):
        with open(os.path.join(self.options.folder, name), "rb") as file:
            return file.read()

    def file_system(self, place):
        path = self.context._jvm.org.apache.hadoop.fs.Path(place)
        return path.getFileSystem(self.context._jsc.hadoopConfiguration()), path

    def remove(self, place):
        files, path = self.file_system(place)
        files.delete(path, True)

    def watch(self):
        """Tells how far it is, and ends the application where nobody wants it any more, or no machine takes anything."""
        tracker, moved, last = self.context.statusTracker(), time.time(), 0
        while not self.ends.wait(1):
            if not self.is_wanted():
                try:
                    self.context.cancelAllJobs()
                finally:
                    os._exit(1)
            try:
                done = running = failed = total = active = 0
                for job in [job for group in self.groups for job in tracker.getJobIdsForGroup(group)]:
                    info = tracker.getJobInfo(job)
                    for stage in info.stageIds if info is not None else []:
                        facts = tracker.getStageInfo(stage)
                        active += facts.numActiveTasks if facts is not None else 0
                        if facts is not None and facts.name.startswith("parquet") and facts.numTasks > 0:
                            total += facts.numTasks
                            done += facts.numCompletedTasks
                            running += facts.numActiveTasks
                            failed += facts.numFailedTasks
                executors = self.context._jsc.sc().getExecutorMemoryStatus().size() - 1
            except Exception as error:
                print(f"progress cannot be told: {error}", file=sys.stderr)
                continue
            total = self.total or total
            self.slots = max(self.slots, self.slots_now())
            # What has been scored is then read, without a task under way.
            if active > 0 or total and done >= total or done != last or self.fails.is_set():
                moved, last = time.time(), done
            tell("progress", done=min(done, total), total=total, running=running, failed=failed, executors=executors,
                 seconds=round(time.time() - self.started, 1))
            if time.time() - moved > self.options.wait and not self.ends.is_set():
                tell("refused", cause=f"no machine of the cluster took any work for {self.options.wait:g} s: are its executors "
                     "busy with other applications, or smaller than what this one asks for?")
                os._exit(1)

    def slots_now(self):
        """How many tasks can run at the same time, now."""
        executors = self.context._jsc.sc().statusStore().executorList(True)
        found = [executors.apply(index) for index in range(executors.size())]
        others = [executor for executor in found if executor.id() != "driver"]
        cpus = int(self.context.getConf().get("spark.task.cpus", "1"))
        return sum(executor.totalCores() // cpus for executor in others or found)

    def is_wanted(self):
        """Whether the process that has started it lives."""
        if not self.options.parent:
            return True
        return os.getppid() != 1 and os.path.exists(f"/proc/{self.options.parent}")


class Scan(Application):
    name = "tilescope scan"
    groups = [f"part {part}" for part in range(JOBS)]

    def begin(self):
        text = self.read("plan.json")
        self.plan = json.loads(text)
        self.total = len(self.plan["ranges"])
        exchange = self.options.exchange or "file://" + os.path.abspath(os.path.join(self.options.folder, "jobs"))
        self.exchange = exchange.rstrip("/") + "/tilescope-" + hashlib.sha256(text).hexdigest()[:16]

    def work(self):
        self.remove_left_over()
        try:
            # Spark gives its slots to the jobs in their order, so that the first are committed early.
            with ThreadPoolExecutor(JOBS) as pool:
                jobs = [pool.submit(self.run_part, part, numbers) for part, numbers in enumerate(parts(self.plan)) if numbers]
                for job in as_completed(jobs):
                    if job.exception() is not None:
                        self.fails.set()
                        # A thread may begin a job after the others were cancelled, and Spark has nothing to wait on for that.
                        while not all(job.done() for job in jobs):
                            self.context.cancelAllJobs()
                            time.sleep(0.2)
                        raise job.exception()
        finally:
            self.remove(self.exchange)
        self.write_account()

    def remove_left_over(self):
        """Removes what an application that was killed has left in an exchange, whose place stands in the folder."""
        note = os.path.join(self.options.folder, "exchange")
        if os.path.exists(note):
            place = self.read("exchange").decode()
            if place != self.exchange:
                self.remove(place)
        with open(note, "w", encoding="utf-8") as file:
            file.write(self.exchange)

    def segments(self, part):
        return os.path.join(self.options.folder, "segments", f"{part:04}")

    def run_part(self, part, numbers):
        from tilescope import candidates, spark as tilescope
        if self.fails.is_set():
            return
        # Of this thread alone.
        self.context.setJobGroup(self.groups[part], f"ranges of part {part}", True)
        place = f"{self.exchange}/{part:04}"
        tilescope.score(self.spark, self.plan, numbers).write.mode("overwrite").parquet(place)
        if self.fails.is_set():
            return
        try:
            ranges, failures = candidates.write(self.table(place), self.segments(part), numbers)
        except (ValueError, OSError) as error:
            raise Refusal(f"not all that was scored came back: {error}; do all machines and this one reach {self.exchange}?")
        with open(os.path.join(self.segments(part), "failures.json"), "w", encoding="utf-8") as file:
            json.dump(failures, file)
        # The sign that all of it is there.
        open(os.path.join(self.segments(part), "complete"), "w", encoding="utf-8").close()
        self.ranges += self.with_tasks(part, numbers, ranges)
        self.failures += failures
        if len(self.failures) > self.options.max_errors:
            raise Refusal(f"{len(self.failures)} ranges failed, more than --max-errors {self.options.max_errors}: "
                          f"{self.failures[0]['cause']}")

    def table(self, place):
        """What a job has committed, read by this process: a job of Spark for it would wait for all others."""
        import pyarrow.parquet
        folder = tempfile.mkdtemp(dir=self.options.folder)
        try:
            files, path = self.file_system(place)
            copy = os.path.join(folder, "rows")
            files.copyToLocalFile(False, path, self.context._jvm.org.apache.hadoop.fs.Path("file://" + copy), True)
            return pyarrow.parquet.read_table(copy)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def with_tasks(self, part, numbers, ranges):
        """Adds to ranges when Spark's tasks for them began and ended."""
        times = {}
        try:
            for job in self.context.statusTracker().getJobIdsForGroup(self.groups[part]):
                for stage in self.context.statusTracker().getJobInfo(job).stageIds:
                    store = self.context._jsc.sc().statusStore()
                    tasks = store.taskList(stage, store.lastStageAttempt(stage).attemptId(), 1 << 20)
                    for index in range(tasks.size()):
                        task = tasks.apply(index)
                        if task.status() == "SUCCESS" and task.duration().isDefined():
                            began = task.launchTime().getTime() / 1000
                            times[numbers[task.index()]] = (began, began + task.duration().get() / 1000)
        except Exception as error:
            print(f"the times of tasks are not known: {error}", file=sys.stderr)
        for found in ranges:
            began, ended = times.get(found["range"], (found["began"], found["ended"]))
            # Clocks of machines differ a little.
            found["taskBegan"], found["taskEnded"] = min(began, found["began"]), max(ended, found["ended"])
        return ranges

    def write_account(self):
        told = account(self.ranges, self.slots, self.started, time.time())
        if told is None:
            return
        told["scenes"] = [task["scene"] for task in self.plan["tasks"]]
        told["ranges"] = [
            {"scene": part["scene"], "rows": [part["row"], part["rowEnd"]], "columns": [part["column"], part["columnEnd"]],
             "seconds": part["ended"] - part["began"], "cpuSeconds": part["cpuSeconds"]}
            for part in self.ranges
        ]
        with open(os.path.join(self.options.folder, "account.json"), "w", encoding="utf-8") as file:
            json.dump(told, file)


class Predictions(Application):
    name = "tilescope predict"
    # Jobs without a group.
    groups, total = [None], None

    def begin(self):
        self.request = json.loads(self.read("predict.json"))

    def work(self):
        from tilescope import spark as tilescope
        request = self.request
        table, output = request["table"], request["output"].rstrip("/")
        self.check_output(table, output)
        reader = self.spark.read
        if request["format"] == "text":
            pictures = reader.text(table).filter("trim(value) != ''")
        elif request["format"] == "csv":
            pictures = reader.option("header", True).csv(table)
        else:
            pictures = reader.parquet(table)
        column = request.get("column") or pictures.columns[0]
        if column not in pictures.columns:
            raise Refusal(f"{table} has no column {column}, but {', '.join(pictures.columns)}")
        pictures = pictures.select(pictures[f"`{column}`"].cast("string").alias("picture"))
        found = tilescope.predict(
            self.spark, pictures, request["model"], request["top"], request.get("precision"), request.get("kernels"))
        partial = f"{output}.partial"
        found.write.mode("overwrite").parquet(partial)
        rows = self.spark.read.parquet(partial)
        failures = rows.filter("cause is not null")
        first = failures.select("cause").limit(1).collect()
        counts = {"pictures": rows.count(), "failures": failures.count(), "cause": first[0]["cause"] if first else None}
        self.remove(output)
        files, path = self.file_system(partial)
        if not files.rename(path, self.file_system(output)[1]):
            raise Refusal(f"the answers are in {partial}, because that cannot be renamed to {output}")
        tell("counted", **counts)

    def check_output(self, table, output):
        """Only an older table of answers is ever replaced."""
        if (table.rstrip("/") + "/").startswith(output + "/"):
            raise Refusal(f"{output} holds the table that is read; name another place for the answers")
        files, path = self.file_system(output)
        if not files.exists(path):
            return
        if not self.request["overwrites"]:
            raise Refusal(f"{output} exists already; --overwrite replaces it")
        names = [status.getPath().getName() for status in files.listStatus(path)]
        strange = [name for name in names if not name.startswith(("part-", "_SUCCESS", "._SUCCESS", ".part-"))]
        if strange or not files.getFileStatus(path).isDirectory():
            raise Refusal(f"{output} is no table of answers ({', '.join(sorted(strange)[:3])}), and is not replaced")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
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
