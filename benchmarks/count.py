#!/usr/bin/env python3
"""Measures how often the intervals of `tilescope count` hold the true number, and how wide they are.

    count.py --batch cifar-10-batches-bin/test_batch.bin --model resnet20-cifar10.safetensors --tilescope tilescope --work folder

Makes scenes of 100 x 100 tiles of CIFAR-10's test images: automobiles as often as any class, eight of them, none, and in clusters.
Scans each for automobiles with the model on the tiles, with the model at half a tile's stride (windows between tiles raise false
alarms), and with a model whose weights are mostly noise. `tilescope bench count` then draws audits, labels them by the truth, and
compares. A Markdown table goes to standard output, all else to standard error. Needs numpy and pillow.
"""

import argparse
import json
import pathlib
import struct
import subprocess
import sys

import numpy
from PIL import Image

SIDE = 32
TILES = 100
AUTOMOBILE = 1
SCENES = ["common", "rare", "none", "clustered"]
SCANS = {"good": ("model", 32), "halves": ("model", 16), "noise": ("noise", 32)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--tilescope", default="tilescope")
    parser.add_argument("--work", required=True)
    parser.add_argument("--scenes", default=",".join(SCENES))
    parser.add_argument("--scans", default=",".join(SCANS))
    parser.add_argument("--audits", default="100,200,400")
    parser.add_argument("--cells", default="32,64,128")
    parser.add_argument("--samples", type=int, default=1000)
    parser.add_argument("--threshold", default="0.9")
    options = parser.parse_args()
    work = pathlib.Path(options.work)
    work.mkdir(parents=True, exist_ok=True)
    models = {"model": options.model, "noise": str(work / "noise.safetensors")}
    add_noise(options.model, models["noise"])
    print(
        "| scene | scan | objects | detections | cell | crops | holds | too low | too high | mean estimate | width | plain sample: holds | width |\n"
        + "|---" * 13 + "|"
    )
    for scene in options.scenes.split(","):
        picture, truth = work / f"{scene}.png", work / f"{scene}.jsonl"
        if not truth.exists():
            make_scene(scene, options.batch, picture, truth)
        for scan in options.scans.split(","):
            model, stride = SCANS[scan]
            found = work / f"{scene}-{scan}"
            if not (found / "summary.json").exists():
                run([options.tilescope, "scan", picture, "--model", models[model], "--labels", "automobile", "--stride",
                     stride, "--threshold", options.threshold, "--output", found])
            for cell in options.cells.split(","):
                for audit in options.audits.split(","):
                    report = json.loads(run([options.tilescope, "bench", "count", found, "--truth", truth, "--audit", audit,
                                             "--cell", cell, "--samples", options.samples, "--json"]))
                    print(row(scene, scan, cell, audit, report), flush=True)


def row(scene, scan, cell, audit, report):
    result = report["results"][0]
    ours, plain = result["audit"], result["plain"]

    def share(intervals, key):
        count = sum(intervals[k] for k in ("rightCount", "belowCount", "aboveCount"))
        return f"{100 * intervals[key] / max(1, count):.1f}"

    def mean(intervals, key):
        count = sum(intervals[k] for k in ("rightCount", "belowCount", "aboveCount"))
        return f"{intervals[key] / max(1, count):.1f}"

    cells = [
        scene, scan, result["objectCount"], result["detectionCount"], cell, audit, share(ours, "rightCount"),
        share(ours, "belowCount"), share(ours, "aboveCount"), mean(ours, "estimateSum"), mean(ours, "widthSum"),
        share(plain, "rightCount"), mean(plain, "widthSum"),
    ]
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def run(words):
    words = [str(word) for word in words]
    print("$ " + " ".join(words), file=sys.stderr, flush=True)
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stderr)
    return done.stdout


def make_scene(name, batch, picture, truth):
    records = numpy.fromfile(batch, dtype=numpy.uint8).reshape(-1, 1 + 3 * SIDE * SIDE)
    labels, pixels = records[:, 0], records[:, 1:].reshape(-1, 3, SIDE, SIDE).transpose(0, 2, 3, 1)
    random = numpy.random.default_rng(SCENES.index(name))
    cars, others = numpy.flatnonzero(labels == AUTOMOBILE), numpy.flatnonzero(labels != AUTOMOBILE)
    chance = numpy.zeros((TILES, TILES))
    if name == "common":
        chance[:] = 0.1
    elif name == "rare":
        chance.ravel()[random.choice(TILES * TILES, 8, replace=False)] = 1
    elif name == "clustered":
        rows, columns = numpy.mgrid[:TILES, :TILES]
        for row, column in random.integers(0, TILES, (12, 2)):
            chance = numpy.maximum(chance, 0.9 * numpy.exp(-((rows - row) ** 2 + (columns - column) ** 2) / (2 * 3.5**2)))
    is_car = random.random((TILES, TILES)) < chance
    tiles = numpy.where(is_car, random.choice(cars, (TILES, TILES)), random.choice(others, (TILES, TILES)))
    scene = pixels[tiles].transpose(0, 2, 1, 3, 4).reshape(TILES * SIDE, TILES * SIDE, 3)
    Image.fromarray(scene).save(picture)
    lines = [
        json.dumps({"box": [int(x) * SIDE, int(y) * SIDE, int(x + 1) * SIDE, int(y + 1) * SIDE], "class": "automobile",
                    "visibleFraction": 1})
        for y, x in zip(*numpy.nonzero(is_car))
    ]
    truth.write_text("".join(line + "\n" for line in lines))


def add_noise(path, target):
    """A copy of a model whose convolutions and dense layers are mostly noise."""
    data = pathlib.Path(path).read_bytes()
    length = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + length])
    body = bytearray(data[8 + length:])
    random = numpy.random.default_rng(7)
    for name, entry in sorted(header.items()):
        if name == "__metadata__" or len(entry["shape"]) < 2 or entry["dtype"] != "F32":
            continue
        start, end = entry["data_offsets"]
        values = numpy.frombuffer(body[start:end], dtype="<f4").copy()
        values += random.normal(0, 0.7 * values.std(), values.shape).astype("<f4")
        body[start:end] = values.tobytes()
    pathlib.Path(target).write_bytes(data[:8 + length] + body)


if __name__ == "__main__":
    main()
