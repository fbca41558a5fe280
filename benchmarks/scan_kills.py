"""Kills a scan at seeded moments, lets it go on each time, and compares what it leaves with an unbroken scan.

    scan_kills.py TILESCOPE SCENE MODEL FOLDER [--kills 30] [--seed 1] [--longest 1.0] [--options '--labels car']

Prints one JSON line: whether every compared file has the same SHA-256, and how many windows were scored again.
"""

import argparse
import hashlib
import json
import pathlib
import random
import shlex
import signal
import struct
import subprocess
import time

COMPARED = ["detections.jsonl", "detections.geojson", "tagged.png", "summary.json", "metrics.json", ".scan/task.json", ".scan/candidates"]


def digests(folder):
    return {
        name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in COMPARED if (folder / name).exists()
    }


def segments(path):
    """Windows of each whole segment of a file of candidates."""
    if not path.exists():
        return []
    data, offset, found = path.read_bytes(), 12, []
    while offset + 24 <= len(data):
        row, row_end, column, column_end, count, _ = struct.unpack_from("<6I", data, offset)
        offset += 24 + 12 * count
        if offset > len(data):
            break
        found.append((row_end - row) * (column_end - column))
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tilescope")
    parser.add_argument("scene")
    parser.add_argument("model")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--longest", type=float, default=1.0, help="seconds until a kill, at most")
    parser.add_argument("--options", type=shlex.split, default=[], help="more options of scan, in one word")
    arguments = parser.parse_args()

    def command(output):
        return [arguments.tilescope, "scan", arguments.scene, "--model", arguments.model, "--output", str(output), *arguments.options]

    whole, killed = arguments.folder / "whole", arguments.folder / "killed"
    start = time.perf_counter()
    if not (whole / "summary.json").exists():
        subprocess.run(command(whole), check=True, capture_output=True)
    seconds = time.perf_counter() - start
    moments, lost, kept = random.Random(arguments.seed), [], []
    candidates = killed / ".scan" / "candidates"
    for _ in range(arguments.kills):
        process = subprocess.Popen(command(killed), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(moments.uniform(0.05, arguments.longest))
        process.send_signal(signal.SIGKILL)
        if process.wait() == 0:
            break
        # What was scored and not kept is at most the batch under way, and no batch is larger than the largest kept one.
        sizes = segments(candidates)
        kept.append(sum(sizes))
        lost.append(max(sizes, default=0))
    subprocess.run(command(killed), check=True, capture_output=True)
    total = json.loads((killed / "summary.json").read_text())["windowCount"]
    same = digests(whole) == digests(killed)
    print(json.dumps({
        "kills": len(kept), "windowCount": total, "sameDigests": same, "comparedFiles": sorted(digests(whole)),
        "windowsKeptAtEachKill": kept, "scoredAgainPerKillAtMost": max(lost) / total,
        "secondsUnbroken": round(seconds, 2), "seed": arguments.seed,
    }))
    if not same:
        raise SystemExit("the files differ")


if __name__ == "__main__":
    main()
