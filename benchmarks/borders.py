#!/usr/bin/env python3
"""Measures what a dense scan finds at a scene's borders, where the network sees zeros beyond the pixels that there are.

    borders.py --scenes work/scenes --model run/model.safetensors --work folder

`--scenes` is the folder of scenes that finding.py makes. Pieces are cut out of them, so that much of each is border, and scanned
densely with three kinds of surroundings, 64 pixels wide:

    zeros      none: the network pads with zeros, as it did at the borders of crops in training
    reflected  the piece's own pixels, mirrored at its border
    true       the pixels that are really there, which at the border of a scene nobody has

In all three the same windows are scored: those inside the piece. Figures: average precision at IoU 0.3 and 0.5 of objects whose
centre is within 32 pixels of the border, and of all others. Objects that the piece cuts count as far as they are visible in it.
Standard output gets a table in Markdown.
"""

import argparse
import json
import pathlib
import subprocess

import numpy
from PIL import Image

from finding import CLASSES, IOU_THRESHOLDS, SCENES, HERE, LEAST_VISIBLE, Boxes, average_precision, judge, read_boxes

SURROUNDINGS = ["zeros", "reflected", "true"]
MARGIN, RING = 64, 32
# The lowest score that is kept, and the space between pieces where all boxes are measured together.
FLOOR, APART = 0.05, 100_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenes", type=pathlib.Path, required=True, help="folder of scenes and truths, as finding.py makes it")
    parser.add_argument("--model", type=pathlib.Path, required=True)
    parser.add_argument("--work", type=pathlib.Path, required=True, help="folder for pieces and scans")
    parser.add_argument("--tilescope", default=str(HERE.parent / ".build/release/tilescope"), help="the command")
    parser.add_argument("--side", type=int, default=320, help="of pieces, in pixels (default: 320)")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    print("| scene | beyond the border | where | " + " | ".join(f"AP@{iou} car/boat" for iou in IOU_THRESHOLDS) + " | objects |")
    print("|---|---|---|" + "---|" * (len(IOU_THRESHOLDS) + 1))
    for scene in SCENES:
        pixels = numpy.asarray(Image.open(options.scenes / f"{scene}.tif").convert("RGB"))
        corners = [
            (x, y) for y in range(MARGIN, pixels.shape[0] - options.side - MARGIN + 1, options.side)
            for x in range(MARGIN, pixels.shape[1] - options.side - MARGIN + 1, options.side)
        ]
        truths = moved_truths(read_boxes(options.scenes / f"{scene}.jsonl", "visibleFraction"), corners, options.side)
        for kind in SURROUNDINGS:
            found = scan(options, pixels, corners, scene, kind)
            for where in ["border", "inside"]:
                rows = [figures(found[name], truths[name], where == "border", options.side) for name in CLASSES]
                cells = ["/".join(f"{row[0][index]:.3f}" for row in rows) for index in range(len(IOU_THRESHOLDS))]
                print(f"| {scene} | {kind} | {where} | {' | '.join(cells)} | {'/'.join(str(row[1]) for row in rows)} |", flush=True)


def moved_truths(truths: dict[str, Boxes], corners: list[tuple[int, int]], side: int) -> dict[str, Boxes]:
    """The objects of each piece in a place of its own, each as far visible as the piece shows it."""
    moved = {}
    for name, truth in truths.items():
        boxes, values = [], []
        for index, corner in enumerate(corners):
            own = truth.boxes - numpy.tile(corner, 2)
            inside = (own[:, 2:].clip(max=side) - own[:, :2].clip(min=0)).clip(min=0).prod(axis=1)
            share = inside / (own[:, 2:] - own[:, :2]).prod(axis=1)
            boxes.append(own[share > 0] + [index * APART, 0, index * APART, 0])
            values.append((truth.values * share)[share > 0])
        moved[name] = Boxes(numpy.concatenate(boxes), numpy.concatenate(values))
    return moved


def scan(options: argparse.Namespace, pixels: numpy.ndarray, corners: list[tuple[int, int]], scene: str, kind: str) -> dict[str, Boxes]:
    """The detections of all pieces, each piece in a place of its own."""
    folder = options.work / f"{scene}-{kind}"
    folder.mkdir(parents=True, exist_ok=True)
    margin = 0 if kind == "zeros" else MARGIN
    pieces = []
    for index, (x, y) in enumerate(corners):
        reach = MARGIN if kind == "true" else 0
        piece = pixels[y - reach:y + options.side + reach, x - reach:x + options.side + reach]
        if kind == "reflected":
            piece = numpy.pad(piece, [(MARGIN, MARGIN), (MARGIN, MARGIN), (0, 0)], mode="reflect")
        pieces.append(folder / f"{index:04}.tif")
        Image.fromarray(piece).save(pieces[-1])
    # Windows are chosen by their centre: those of the piece's own pixels, and no other.
    first, last = margin + 1, margin + options.side - 1
    output = folder / "found"
    subprocess.run(
        [options.tilescope, "scan", *pieces, "--model", options.model, "--labels", ",".join(CLASSES), "--stride", "16", "--dense",
         "--region", f"{first},{first},{last},{last}", "--threshold", str(FLOOR), "--workers", str(options.workers),
         "--output", output, "--overwrite"], check=True, stdout=subprocess.DEVNULL)
    lines = {name: ([], []) for name in CLASSES}
    for index, piece in enumerate(pieces):
        for text in (output / piece.stem / "detections.jsonl").read_text().splitlines():
            line = json.loads(text)
            x0, y0, x1, y1 = (value - margin for value in line["box"])
            lines[line["class"]][0].append([x0 + index * APART, y0, x1 + index * APART, y1])
            lines[line["class"]][1].append(line["score"])
    return {
        name: Boxes(numpy.array(boxes, float).reshape(-1, 4), numpy.array(scores, numpy.float32))
        for name, (boxes, scores) in lines.items()
    }


def figures(found: Boxes, truths: Boxes, is_border: bool, side: int) -> tuple[list[float], int]:
    """Average precisions where boxes have their centre at the border, or elsewhere, and the number of objects there."""
    def here(boxes: numpy.ndarray) -> numpy.ndarray:
        centres = (boxes[:, :2] + boxes[:, 2:]) / 2 % [APART, APART]
        distance = numpy.minimum(centres, side - centres).min(axis=1)
        return (distance < RING) == is_border
    found, truths = found.ordered(), truths.ordered()
    # Objects elsewhere are neither to be found nor false alarms.
    sought = Boxes(truths.boxes, numpy.where(here(truths.boxes), truths.values, 0))
    count = int((sought.values >= LEAST_VISIBLE - 1e-6).sum())
    chosen = here(found.boxes)
    near = Boxes(found.boxes[chosen], found.values[chosen])
    return [average_precision(judge(near, sought, iou), count) for iou in IOU_THRESHOLDS], count


if __name__ == "__main__":
    main()
