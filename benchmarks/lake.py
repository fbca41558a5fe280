#!/usr/bin/env python3
"""Measures a scan of a scene in an object store beside the same file on a disk.

    lake.py --scene scene.tif --model model.safetensors --tilescope .build/release/tilescope [--delays 0,20] [--rounds 2]

Starts a store (scripts/test-store) and a proxy before it (Tests/Store/proxy.py), which counts requests and bytes and delays
each request by so many milliseconds. All scans, interleaved, write into new folders; their detections must be the same bytes.
The table has windows per second (of the scan itself, and of the whole command), the requests and bytes that the store has
answered of the scene, and the ratio of those bytes to the file's. The scene should be a tiled and compressed TIFF, such as
`gdal_translate -of COG -co COMPRESS=DEFLATE`; a scene that is not tiled is fetched whole. Needs curl.
"""

import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent.parent
BUCKET = "lake"


def run(command, **settings):
    """Runs a command to a good end."""
    ended = subprocess.run([str(word) for word in command], capture_output=True, text=True, **settings)
    if ended.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: {ended.stderr}")
    return ended.stdout


class Store:
    """The store behind the proxy."""

    def __init__(self, folder):
        self.folder = folder / "store"
        run([HERE / "scripts/test-store", "start", self.folder])
        lines = (self.folder / "environment").read_text().splitlines()
        self.settings = dict(line.split("=", 1) for line in lines if "=" in line)
        self.log = folder / "requests.jsonl"
        self.proxy = subprocess.Popen(
            [sys.executable, HERE / "Tests/Store/proxy.py", "--to", self.settings["AWS_S3_ENDPOINT"], "--log", self.log,
             "--while-input"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        ports = json.loads(self.proxy.stdout.readline())
        self.control = f"http://127.0.0.1:{ports['control']}/"
        self.settings["AWS_S3_ENDPOINT"] = f"127.0.0.1:{ports['port']}"

    def upload(self, path, name):
        user = f"{self.settings['AWS_ACCESS_KEY_ID']}:{self.settings['AWS_SECRET_ACCESS_KEY']}"
        run(["curl", "--silent", "--fail", "--header", "x-amz-content-sha256: UNSIGNED-PAYLOAD", "--aws-sigv4",
             f"aws:amz:{self.settings['AWS_REGION']}:s3", "--user", user, "--upload-file", path,
             f"http://{self.settings['AWS_S3_ENDPOINT']}/{BUCKET}/{name}"])

    def rules(self, rules):
        """Gives the proxy its rules; it answers when no request is under way."""
        request = urllib.request.Request(self.control, data=json.dumps(rules).encode(), method="POST")
        urllib.request.urlopen(request).read()

    def requests(self, name):
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [line for line in map(json.loads, lines) if line["path"].split("?")[0] == f"/{BUCKET}/{name}"]

    def end(self):
        self.proxy.stdin.close()
        self.proxy.wait()
        run([HERE / "scripts/test-store", "stop", self.folder])


def scan(options, scene, output, environment):
    """Seconds of the whole command, the scan's record and its detections."""
    start = time.monotonic()
    run([options.tilescope, "scan", scene, "--model", options.model, "--output", output, "--threshold", options.threshold,
         "--workers", options.workers], env=environment)
    seconds = time.monotonic() - start
    record = json.loads((output / "run.json").read_text())
    return seconds, record["timing"], (output / "detections.jsonl").read_bytes()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scene", type=pathlib.Path, required=True)
    parser.add_argument("--model", type=pathlib.Path, required=True)
    parser.add_argument("--tilescope", type=pathlib.Path, required=True)
    parser.add_argument("--delays", default="0,20", help="milliseconds before each request")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--workers", default="2")
    parser.add_argument("--threshold", default="0.5")
    options = parser.parse_args()
    delays = [int(text) for text in options.delays.split(",")]
    folder = pathlib.Path(tempfile.mkdtemp())
    store = Store(folder)
    try:
        name = "scene" + options.scene.suffix
        store.upload(options.scene, name)
        here = dict(os.environ, TILESCOPE_CACHE=str(folder / "cache"), TILESCOPE_WORK=str(folder / "work"))
        cases = [("disk", options.scene, None)] + [(f"store, {delay} ms", f"s3://{BUCKET}/{name}", delay) for delay in delays]
        results = {case[0]: [] for case in cases}
        expected = None
        for round_number in range(options.rounds):
            for case, scene, delay in cases:
                store.rules([] if not delay else [{"path": name, "delay": delay}])
                before = len(store.requests(name))
                output = folder / f"{round_number}-{case.replace(', ', '-').replace(' ', '')}"
                environment = dict(here, **store.settings) if delay is not None else here
                seconds, timing, detections = scan(options, scene, output, environment)
                store.rules([])
                expected = expected or detections
                if detections != expected:
                    sys.exit(f"{case}: other detections than on the disk")
                requests = store.requests(name)[before:]
                results[case].append((seconds, timing, len(requests), sum(request["sent"] for request in requests)))
                print(f"{case}: {seconds:.1f} s", file=sys.stderr)
        byte_count = options.scene.stat().st_size
        print(f"{options.scene.name}: {byte_count} bytes; medians of {options.rounds}\n")
        print("| scene | windows/s of the scan | seconds of the command | waited for pixels, s | requests | bytes | of the file |")
        print("|---|---|---|---|---|---|---|")
        for case, rows in results.items():
            rates = statistics.median(timing["scoredWindowCount"] / timing["scanSeconds"] for _, timing, _, _ in rows)
            waits = statistics.median(timing["waitSeconds"] for _, timing, _, _ in rows)
            seconds = statistics.median(row[0] for row in rows)
            requests, sent = statistics.median(row[2] for row in rows), statistics.median(row[3] for row in rows)
            print(f"| {case} | {rates:.0f} | {seconds:.1f} | {waits:.2f} | {requests:.0f} | {sent:.0f} | {sent / byte_count:.3f} |")
    finally:
        store.end()
        shutil.rmtree(folder, ignore_errors=True)


main()
