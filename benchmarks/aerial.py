#!/usr/bin/env python3
"""Cuts tiles from two drone frames, trains, and scans the third at its own and at half resolution.

    aerial.py --frames FOLDER --tilescope tilescope --work folder [--weights resnet20.safetensors] [--test DJI_0034.JPG]

FOLDER has the frames and vehicle_boxes.csv (file, x0, y0, x1, y1, label). Each frame becomes a GeoTIFF with a metric coordinate
system by gdal_translate, with pixels of 2 cm: about what makes a car 5 m long. In a second round, what the first model finds in the frames of the
training where there is no car is cut as background (--hard), and another network learns from that. All commands go to standard
error, a Markdown table to standard output. Needs gdal-bin.
"""

import argparse
import csv
import json
import pathlib
import shutil
import subprocess
import sys
import time

METRES = 0.02
EAST, NORTH = 500000, 5400000


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", required=True)
    parser.add_argument("--tilescope", default="tilescope")
    parser.add_argument("--work", required=True)
    parser.add_argument("--test", default="DJI_0034.JPG", help="the frame that is scanned")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--size", default="32")
    parser.add_argument("--fill", default="0.8")
    parser.add_argument("--scan-stride", default="8")
    parser.add_argument("--copies", default="300")
    parser.add_argument("--negatives", default="0.6")
    parser.add_argument("--zoom", default="1.3")
    parser.add_argument("--epochs", default="6")
    parser.add_argument("--architecture", default="cifar-resnet20-v2")
    parser.add_argument("--jitter", default="0.5", help="of colours: six cars do not have all of them")
    parser.add_argument("--weights", help="of a model of the same input size, to begin with")
    options = parser.parse_args()
    work = pathlib.Path(options.work)
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    frames = pathlib.Path(options.frames)
    boxes = read_boxes(frames / "vehicle_boxes.csv")
    names = sorted(boxes)
    training = [name for name in names if name != options.test]
    for name in names:
        translate(frames / name, work / f"{stem(name)}.tif", METRES)
    half = work / "half.tif"
    translate(frames / options.test, half, 2 * METRES)
    write_truth(work / "own.jsonl", boxes[options.test], 1)
    write_truth(work / "half.jsonl", boxes[options.test], 0.5)

    print("| round | scene | " + " | ".join(columns()) + " | tiles | cut s | train s | scan s |")
    print("|---|---|" + "---|" * (len(columns()) + 4))
    hard = []
    for number in range(1, options.rounds + 1):
        pack, run = work / f"tiles{number}.tiles", work / f"run{number}"
        cut_seconds = call(options.tilescope, "cut", *[work / f"{stem(name)}.tif" for name in training],
                           "--truth", frames / "vehicle_boxes.csv", "--output", pack, "--size", options.size, "--fill", options.fill,
                           "--scan-stride", options.scan_stride, "--copies", options.copies, "--negatives", options.negatives,
                           "--zoom", options.zoom, *hard)
        start = ["--weights", options.weights, "--learning-rate", "0.02"] if options.weights else ["--architecture", options.architecture]
        train_seconds = call(options.tilescope, "train", pack, "--output", run, *start,
                             "--epochs", options.epochs, "--turn", "--jitter", options.jitter)
        model = run / "model.safetensors"
        tiles = sum(int(row[key]) for row in csv.DictReader(open(work / f"tiles{number}.scenes.csv"))
                    for key in row if key.startswith("tiles:"))
        scenes = [("own resolution", work / f"{stem(options.test)}.tif", "own"), ("half resolution", half, "half")]
        for words, scene, truth in scenes:
            found = work / f"found{number}-{truth}"
            scan_seconds = call(options.tilescope, "scan", scene, "--model", model, "--output", found,
                                "--truth", work / f"{truth}.jsonl")
            cells = metrics(found / "metrics.json")
            print(f"| {number} | {words} | " + " | ".join(cells)
                  + f" | {tiles} | {cut_seconds:.1f} | {train_seconds:.0f} | {scan_seconds:.1f} |", flush=True)
        hard = []
        if number < options.rounds:
            for name in training:
                found = work / f"training{number}-{stem(name)}"
                call(options.tilescope, "scan", work / f"{stem(name)}.tif", "--model", model, "--output", found, "--threshold", "0.2")
                hard += ["--hard", found]


def stem(name):
    return pathlib.Path(name).stem


def read_boxes(path):
    boxes = {}
    for row in csv.DictReader(open(path)):
        boxes.setdefault(row["file"], []).append([int(row[key]) for key in ("x0", "y0", "x1", "y1")])
    return boxes


def translate(frame, scene, metres):
    """A GeoTIFF of a frame on the ground that the whole frame covers, with pixels of a size."""
    width, height = frame_size(frame)
    call("gdal_translate", "-q", "-of", "GTiff", "-co", "TILED=YES", "-co", "COMPRESS=DEFLATE", "-r", "average",
         "-outsize", round(width * METRES / metres), round(height * METRES / metres), "-a_srs", "EPSG:32632",
         "-a_ullr", EAST, NORTH, EAST + width * METRES, NORTH - height * METRES, frame, scene)


def frame_size(frame):
    answer = subprocess.run(["gdalinfo", "-json", str(frame)], capture_output=True, text=True, check=True)
    return json.loads(answer.stdout)["size"]


def write_truth(path, boxes, scale):
    lines = [json.dumps({"box": [round(side * scale) for side in box], "class": "car", "visibleFraction": 1}) for box in boxes]
    path.write_text("\n".join(lines) + "\n")


def columns():
    return ["objects", "precision@0.3", "recall@0.3", "AP@0.3", "AP@0.5"]


def metrics(path):
    """Of all objects, whatever part of them is visible."""
    rows = [row for row in json.loads(path.read_text())["metrics"] if row["minimumVisibleFraction"] == 0]
    by_iou = {round(row["iouThreshold"], 2): row for row in rows}
    low, high = by_iou[0.3], by_iou[0.5]

    def text(value):
        return "–" if value is None else f"{value:.2f}"

    return [str(low["truthCount"]), text(low.get("precision")), text(low.get("recall")), text(low.get("averagePrecision")),
            text(high.get("averagePrecision"))]


def call(*words):
    words = [str(word) for word in words]
    print("$ " + " ".join(words), file=sys.stderr, flush=True)
    start = time.monotonic()
    run = subprocess.run(words, stdout=sys.stderr, stderr=subprocess.PIPE, text=True)
    print("\n".join(line for line in run.stderr.splitlines() if "left" not in line), file=sys.stderr, flush=True)
    if run.returncode != 0:
        sys.exit(run.returncode)
    return time.monotonic() - start


if __name__ == "__main__":
    main()
