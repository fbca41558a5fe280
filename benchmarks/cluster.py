#!/usr/bin/env python3
"""Measures what a Spark cluster adds to a scan.

    cluster.py memory --tilescope T --scene scene.tif --model model.safetensors
    cluster.py native --tilescope T --scene scene.tif --model model.safetensors [--rounds 5]
    cluster.py cpu    --tilescope T --scene scene.tif --model model.safetensors --slots 3
    cluster.py join   --tilescope T --scene scene.tif --model model.safetensors
    cluster.py sleep  --costs cluster.json --slots 3 [--seconds 2]

`memory`: one worker process scores 10,000 ranges; its memory after 1,000 and at the end. `native`: processor time of one worker
process that scores a scene in the ranges of a plan, and of a scan in one process without its merging and pictures, in turns: on a shared
machine two runs apart differ more than the two ways. Both need no Spark.

The others need a cluster that scripts/test-cluster has started, with its environment read. `cpu`: processor time for a
window in the native processes, beside that of a scan in one process without its merging and pictures; Spark's own processor time;
when the first native process starts after the first executor did. `join`: while a scan goes on, a worker is added to the cluster and
an executor is killed, in whose place Spark starts another on the same machine, which has the program already; seconds from the start
of an executor's process to that of its native process, and from that to the first windows. Use a stride with which the scan takes a
minute at least. `sleep`: the costs of a whole scan (its cluster.json) are replayed by
workers that sleep instead of scoring, so that slots do not share cores; the efficiency with and without Spark's start. Costs are
scaled so that a range takes --seconds on average.

Prints JSON.
"""

import argparse
import io
import json
import os
import pathlib
import resource
import shutil
import signal
import statistics
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
import zipfile

HERE = pathlib.Path(__file__).resolve().parents[1]
PYTHON = HERE / "Sources" / "Cluster" / "Python"
sys.path.insert(0, str(PYTHON))
from worker import Worker  # noqa: E402

RANGES = 10_000


def memory_of(process, field):
    for line in open(f"/proc/{process}/status"):
        if line.startswith(field):
            return int(line.split()[1]) / 1024
    return 0.0


def memory(options):
    worker = Worker([options.tilescope, "worker", "--workers", "1"])
    settled = worker.settle({"model": options.model})
    planned = worker.plan({"scene": options.scene, "model": options.model, "stride": options.stride, "windowsPerRange": 50,
                           **{name: settled[name] for name in ("digest", "numerics", "secondsPerWindow")}})
    number_of_task = worker.take(planned["task"])
    ranges, resident, started = planned["ranges"], [], time.monotonic()
    for number in range(RANGES):
        part = ranges[number % len(ranges)]
        worker.score(number_of_task, number, part["rows"], part["columns"])
        if number + 1 in (RANGES // 10, RANGES):
            resident.append(memory_of(worker.process.pid, "VmRSS"))
    peak = memory_of(worker.process.pid, "VmHWM")
    worker.close()
    return {"ranges": RANGES, "residentMB": resident, "peakMB": peak, "seconds": time.monotonic() - started}


def processor_seconds(command):
    """User and system time of a command, with that of its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


class Watch(threading.Thread):
    """Processor time of the cluster's Java and Python, and when executors and native processes started."""

    def __init__(self, folder):
        super().__init__(daemon=True)
        self.folder, self.seconds, self.executors, self.natives, self.peaks = folder, {}, {}, {}, {}
        # By the folder of an executor, when it and its first native process started, and the executor's process.
        self.starts = {}
        self.ends = threading.Event()

    def run(self):
        tick = os.sysconf("SC_CLK_TCK")
        while not self.ends.wait(0.05):
            for entry in os.listdir("/proc"):
                if not entry.isdigit():
                    continue
                try:
                    place = os.readlink(f"/proc/{entry}/cwd")
                    if not place.startswith(self.folder + "/"):
                        continue
                    words = open(f"/proc/{entry}/cmdline").read()
                    facts = open(f"/proc/{entry}/stat").read().rpartition(")")[2].split()
                except OSError:
                    continue
                begun = int(facts[19]) / tick
                if "bin/tilescope" in words:
                    self.natives.setdefault(entry, begun)
                    self.starts.setdefault(place, {}).setdefault("native", begun)
                    self.peaks[entry] = memory_of(entry, "VmHWM")
                    continue
                if "CoarseGrainedExecutorBackend" in words:
                    self.executors.setdefault(entry, begun)
                    self.starts.setdefault(place, {}).update(executor=begun, process=int(entry))
                    self.seconds[entry] = (int(facts[11]) + int(facts[12])) / tick
                elif "pyspark" in words:
                    self.seconds[entry] = (int(facts[11]) + int(facts[12])) / tick


def cpu(options):
    with tempfile.TemporaryDirectory() as place:
        rest = [options.scene, "--model", options.model, "--stride", str(options.stride)]
        local, merged, there = (os.path.join(place, name) for name in ("local", "merged", "there"))
        whole = processor_seconds([options.tilescope, "scan", *rest, "--output", local, "--workers", "1"])
        merging = processor_seconds([options.tilescope, "merge", local, "--output", merged])
        windows = json.load(open(os.path.join(local, "summary.json")))["windowCount"]
        exchange = os.path.join(place, "exchange")
        os.mkdir(exchange)
        watch = Watch(os.environ["TILESCOPE_TEST_CLUSTER_FOLDER"])
        watch.start()
        began = time.monotonic()
        settings = [] if options.slots == 0 else ["--spark-conf", f"spark.cores.max={options.slots}"]
        subprocess.run(
            [options.tilescope, "scan", *rest, "--output", there, "--cluster",
             os.environ["TILESCOPE_TEST_CLUSTER"], "--exchange", f"file://{exchange}", "--slots", str(options.slots), *settings],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        seconds = time.monotonic() - began
        watch.ends.set()
        watch.join()
        account = json.load(open(os.path.join(there, "cluster.json")))
        if options.keep:
            shutil.copy(os.path.join(there, "cluster.json"), options.keep)
    native = sum(part["cpuSeconds"] for part in account["ranges"])
    return {
        "windows": windows, "slots": account["slots"], "ranges": len(account["ranges"]),
        "localMicrosecondsPerWindow": 1e6 * (whole - merging) / windows, "nativeMicrosecondsPerWindow": 1e6 * native / windows,
        "ratio": native / (whole - merging), "sparkCPUSeconds": sum(watch.seconds.values()), "commandSeconds": seconds,
        "parts": account["parts"], "slotSeconds": account["slots"] * account["seconds"],
        "secondsFromExecutorToNative": [round(min(watch.natives.values()) - min(watch.executors.values()), 2)],
        "nativePeakMB": max(watch.peaks.values()),
    }


def native(options):
    """Both ways in turns, in seconds of processor time."""
    tick, rounds = os.sysconf("SC_CLK_TCK"), []
    with tempfile.TemporaryDirectory() as place:
        for _ in range(options.rounds):
            local, merged = (os.path.join(place, name) for name in ("local", "merged"))
            seconds = processor_seconds(
                [options.tilescope, "scan", options.scene, "--model", options.model, "--stride", str(options.stride), "--output", local,
                 "--workers", "1", "--overwrite"])
            seconds -= processor_seconds([options.tilescope, "merge", local, "--output", merged, "--overwrite"])
            shutil.rmtree(local)
            worker = Worker([options.tilescope, "worker", "--workers", "1"])
            settled = worker.settle({"model": options.model})
            planned = worker.plan({"scene": options.scene, "model": options.model, "stride": options.stride,
                                   **{name: settled[name] for name in ("digest", "numerics", "secondsPerWindow")}})
            number_of_task = worker.take(planned["task"])

            def spent():
                facts = open(f"/proc/{worker.process.pid}/stat").read().rpartition(")")[2].split()
                return (int(facts[11]) + int(facts[12])) / tick

            began = spent()
            for number, part in enumerate(planned["ranges"]):
                worker.score(number_of_task, number, part["rows"], part["columns"])
            rounds.append((seconds, spent() - began))
            worker.close()
    ratios = {name: function([there for _, there in rounds]) / function([here for here, _ in rounds])
              for name, function in (("median", statistics.median), ("least", min), ("sum", sum))}
    return {"localAndNativeSeconds": rounds, "ratios": ratios}


def first_windows(options):
    """From the start of a native process to the first windows that it scored, in seconds."""
    worker = Worker([options.tilescope, "worker", "--workers", "1"])
    settled = worker.settle({"model": options.model})
    planned = worker.plan({"scene": options.scene, "model": options.model, "stride": options.stride, "windowsPerRange": 50,
                           **{name: settled[name] for name in ("digest", "numerics", "secondsPerWindow")}})
    worker.close()
    began = time.monotonic()
    worker = Worker([options.tilescope, "worker", "--workers", "1"])
    part = planned["ranges"][0]
    worker.score(worker.take(planned["task"]), 0, part["rows"], part["columns"])
    seconds = time.monotonic() - began
    worker.close()
    return seconds


def join(options):
    cluster = os.environ["TILESCOPE_TEST_CLUSTER_FOLDER"]
    watch = Watch(cluster)

    def awaited(is_there):
        while not is_there():
            if scan.poll() is not None:
                sys.exit("the scan ended too early; take a smaller stride")
            time.sleep(0.1)

    def seconds(place):
        return round(watch.starts[place]["native"] - watch.starts[place]["executor"], 2)

    def ready():
        return [place for place, starts in list(watch.starts.items()) if {"native", "executor"} <= starts.keys()]

    with tempfile.TemporaryDirectory() as place:
        watch.start()
        scan = subprocess.Popen(
            [options.tilescope, "scan", options.scene, "--model", options.model, "--stride", str(options.stride), "--output",
             os.path.join(place, "there"), "--cluster", os.environ["TILESCOPE_TEST_CLUSTER"], "--exchange", f"file://{place}",
             "--slots", str(options.slots)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        awaited(lambda: len(ready()) >= options.slots)
        begun = set(ready())
        subprocess.run([HERE / "scripts" / "test-cluster", "add", cluster], check=True, stdout=subprocess.DEVNULL)
        awaited(lambda: set(ready()) - begun)
        added = (set(ready()) - begun).pop()
        os.kill(watch.starts[added]["process"], signal.SIGKILL)
        known = set(ready())
        awaited(lambda: set(ready()) - known)
        replaced = (set(ready()) - known).pop()
        scan.wait()
        watch.ends.set()
        watch.join()
    return {"together": [seconds(place) for place in sorted(begun)], "added": seconds(added), "replaced": seconds(replaced),
            "secondsToFirstWindows": round(first_windows(options), 2), "exitCode": scan.returncode}


# Speaks the protocol and sleeps for what a range costs.
SLEEPER = '''#!/usr/bin/env python3
import json, os, struct, sys, time, zlib
costs = json.load(open(os.path.join(os.path.dirname(os.path.realpath(__file__)), "costs.json")))
source, target = sys.stdin.buffer, sys.stdout.buffer
def send(kind, payload):
    start = struct.pack("<IHH", len(payload), kind, 1)
    target.write(start + struct.pack("<I", zlib.crc32(payload, zlib.crc32(start))) + payload)
    target.flush()
send(1, json.dumps({"version": "0.1.0", "taskLimit": 4}).encode())
while header := source.read(12):
    length, kind, _, _ = struct.unpack("<IHHI", header)
    message = json.loads(source.read(length))
    if kind == 2:
        send(3, json.dumps({"task": message["task"]}).encode())
    elif kind == 4:
        cost = costs[message["range"]]
        time.sleep(cost)
        windows = message["windows"]
        send(5, struct.pack("<8I6d", message["task"], message["range"], *windows["rows"], *windows["columns"], 0, 0,
                            0, 0, cost, cost, 0, 0) + bytes(48))
    elif kind == 8:
        send(8, b"{}")
        break
'''


def sleep(options):
    ranges = json.load(open(options.costs))["ranges"]
    mean = statistics.mean(part["seconds"] for part in ranges)
    wanted = max(options.ranges, 20 * options.slots)
    ranges = [ranges[index % len(ranges)] for index in range(wanted)]
    costs = sorted((part["seconds"] * options.seconds / mean for part in ranges), reverse=True)
    with tempfile.TemporaryDirectory() as place:
        folder = os.path.join(place, "work")
        os.mkdir(folder)
        with zipfile.ZipFile(os.path.join(place, "tilescope.zip"), "w") as archive:
            archive.writestr("tilescope/__init__.py", "")
            for name in ("worker.py", "spark.py", "candidates.py"):
                archive.write(PYTHON / name, f"tilescope/{name}")
        with tarfile.open(os.path.join(place, "bundle.tar.gz"), "w:gz") as archive:
            for name, text, mode in [("tilescope-worker", SLEEPER, 0o755), ("costs.json", json.dumps(costs), 0o644)]:
                entry = tarfile.TarInfo(name)
                entry.size, entry.mode = len(text.encode()), mode
                archive.addfile(entry, io.BytesIO(text.encode()))
        plan = {"version": "0.1.0", "tasks": [{"scene": "none", "model": "none"}],
                "ranges": [{"scene": 0, "rows": [number, number + 1], "columns": [0, 1], "cost": cost}
                           for number, cost in enumerate(costs)]}
        json.dump(plan, open(os.path.join(folder, "plan.json"), "w"))
        subprocess.run(
            [os.path.join(os.environ["SPARK_HOME"], "bin", "spark-submit"), "--master", os.environ["TILESCOPE_TEST_CLUSTER"],
             "--conf", f"spark.archives={place}/bundle.tar.gz#tilescope", "--conf", f"spark.cores.max={options.slots}",
             "--conf", "spark.sql.adaptive.enabled=false", "--py-files", f"{place}/tilescope.zip", PYTHON / "job.py", folder],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ | {"PYTHONPATH": place})
        account = json.load(open(os.path.join(folder, "account.json")))
    whole = account["slots"] * account["seconds"]
    work = account["parts"]["score"]
    return {
        "slots": account["slots"], "ranges": len(costs), "secondsOfWork": work, "parts": account["parts"],
        "efficiency": work / whole, "efficiencyOnceStarted": work / (whole - account["parts"]["start"]),
        "secondsLostWithEachRange": (account["parts"]["write"] + account["parts"]["schedule"] + account["parts"]["open"]) / len(costs),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["memory", "native", "cpu", "join", "sleep"])
    parser.add_argument("--tilescope", default=str(HERE / ".build/release/tilescope"))
    parser.add_argument("--scene")
    parser.add_argument("--model")
    parser.add_argument("--stride", type=int, default=8)
    parser.add_argument("--slots", type=int, default=3)
    parser.add_argument("--costs")
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--ranges", type=int, default=150, help="of sleep")
    parser.add_argument("--rounds", type=int, default=5, help="of native")
    parser.add_argument("--keep", help="of cpu: where cluster.json goes")
    options = parser.parse_args()
    print(json.dumps({"memory": memory, "native": native, "cpu": cpu, "join": join, "sleep": sleep}[options.what](options)))


if __name__ == "__main__":
    main()
