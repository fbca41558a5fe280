#!/usr/bin/env python3
"""Scans one photograph in many forms, and says whether the detections are those of the plain form.

    any_raster.py --frame DJI_0027.JPG --model r20.safetensors --tilescope tilescope --work folder

A part of the frame is written by gdal_translate and gdalwarp as: a plain tiled TIFF, georeferenced, 16 bits in four bands, with a
border of "no data", behind a mask, turned with an EXIF tag, in sheets (5 rows of 7), and at half resolution with the size of its pixels known
(for a copy of the model whose contract says it). Each form is scanned; a Markdown table goes to standard output, all else to
standard error. Needs gdal-bin, numpy, pillow and safetensors.
"""

import argparse
import json
import pathlib
import shutil
import subprocess
import sys

from PIL import Image
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

PART = (1008, 608, 1600, 960)  # left, upper, width, height
BORDER = 112                   # a multiple of the stride
METRES = 0.1
SHEETS = (7, 5)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frame", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--tilescope", default="tilescope")
    parser.add_argument("--work", required=True)
    parser.add_argument("--labels", help="classes to look for; all by default")
    parser.add_argument("--threshold", default="0.9")
    options = parser.parse_args()
    work = pathlib.Path(options.work)
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    forms = Forms(options.frame, options.model, work)
    rows = []
    plain = None
    for name, scenes, extra, place, model in forms.all():
        command = [options.tilescope, "scan", *scenes, "--model", model, "--threshold", options.threshold, "--stride", "16",
                   "--output", str(work / "found" / name), *extra]
        if options.labels:
            command += ["--labels", options.labels]
        print("$ " + " ".join(command), file=sys.stderr)
        run = subprocess.run(command, capture_output=True, text=True)
        if run.returncode != 0:
            rows.append((name, extra, f"exit {run.returncode}: {run.stderr.strip().splitlines()[-1]}", ""))
            continue
        found = detections(work / "found" / name, place)
        summary = json.loads((work / "found" / name / "summary.json").read_text())
        plain = plain if plain is not None else found
        words = verdict(found, plain) if place else f"{len(found)}, elsewhere"
        skipped = summary.get("skipped", {})
        rows.append((name, extra, words, ", ".join(f"{count} {why}" for why, count in skipped.items() if count)))
    print("| form | options | detections | windows that were not scored |\n|---|---|---|---|")
    for name, extra, words, skipped in rows:
        print(f"| {name} | `{' '.join(map(str, extra))}` | {words} | {skipped or '–'} |")


def detections(folder, place):
    """Box, class and score of each; boxes in pixels of the plain form.

    `place` has the pixels by which the form is moved, and how many pixels of the plain form one of its own is."""
    moved, scale = place or (0, 1)
    lines = (folder / "detections.jsonl").read_text().splitlines()
    found = []
    for line in map(json.loads, lines):
        x0, y0, x1, y1 = line["box"]
        box = tuple((edge - moved) * scale for edge in (x0, y0, x1, y1))
        found.append((box, line["class"], line["score"]))
    return found


def verdict(found, plain):
    if found == plain:
        return f"{len(found)}, those of the plain form, every score the same"
    near = sum(any(label == other_label and overlap(box, other) > 0.3 for other, other_label, _ in plain)
               for box, label, _ in found)
    return f"{len(found)}, of which {near} overlap one of the {len(plain)} of the plain form"


def overlap(a, b):
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    common = max(0, width) * max(0, height)
    return common / (area(a) + area(b) - common)


def area(box):
    return (box[2] - box[0]) * (box[3] - box[1])


class Forms:
    def __init__(self, frame, model, work):
        self.frame, self.model, self.work = frame, model, work

    def all(self):
        """Name, scenes, options, place (`None` where no boxes can be compared), and the model."""
        left, upper, width, height = PART
        plain = self.translate("plain", self.frame, "-srcwin", left, upper, width, height)
        yield "plain", [plain], [], (0, 1), self.model
        ends = (400000, 5500000, 400000 + width * METRES, 5500000 - height * METRES)
        earth = self.translate("georeferenced", plain, "-a_srs", "EPSG:32633", "-a_ullr", *ends)
        yield "georeferenced", [earth], [], (0, 1), self.model
        deep = self.translate("deep", plain, "-ot", "UInt16", "-scale", 0, 255, 0, 3000, "-b", 3, "-b", 2, "-b", 1, "-b", 1)
        yield "16 bits, 4 bands", [deep], ["--bands", "3,2,1", "--range", "0,3000"], (0, 1), self.model
        border = self.translate("border", plain, "-srcwin", -BORDER, -BORDER, width + 2 * BORDER, height + 2 * BORDER,
                                "-a_nodata", 0)
        yield "border of no data", [border], ["--min-valid", "1"], (BORDER, 1), self.model
        alpha = str(self.work / "turned.tif")
        self.call("gdalwarp", "-q", "-t_srs", "EPSG:4326", "-dstalpha", earth, alpha)
        yield "warped, with alpha", [alpha], [], None, self.model
        yield "turned by EXIF", [self.turned(plain)], [], (0, 1), self.model
        yield "in sheets", self.sheets(earth), ["--together"], (0, 1), self.model
        half = self.translate("half", earth, "-outsize", "50%", "50%", "-r", "average")
        yield "half resolution", [half], [], (0, 2), self.knowing()

    def translate(self, name, source, *options):
        path = str(self.work / (name + ".tif"))
        self.call("gdal_translate", "-q", "-co", "TILED=YES", *options, source, path)
        return path

    def turned(self, plain):
        """Pixels that lie on their side, with the tag that says so."""
        path = str(self.work / "exif.tif")
        Image.open(plain).transpose(Image.Transpose.ROTATE_90).save(path, tiffinfo={274: 6})
        return path

    def sheets(self, earth):
        _, _, width, height = PART
        columns = [round(width * i / SHEETS[0]) for i in range(SHEETS[0] + 1)]
        rows = [round(height * i / SHEETS[1]) for i in range(SHEETS[1] + 1)]
        return [self.translate(f"sheet-{r}-{c}", earth, "-srcwin", columns[c], rows[r], columns[c + 1] - columns[c],
                               rows[r + 1] - rows[r])
                for r in range(SHEETS[1]) for c in range(SHEETS[0])]

    def knowing(self):
        """A copy of the model whose contract says how large the pixels of its training were."""
        path = str(self.work / "knowing.safetensors")
        with safe_open(self.model, "numpy") as file:
            metadata = file.metadata()
        contract = json.loads(metadata["tilescope"])
        contract["pixels"] = {"pixelSize": METRES}
        save_file(load_file(self.model), path, metadata | {"tilescope": json.dumps(contract)})
        return path

    def call(self, *command):
        subprocess.run([str(word) for word in command], check=True)


if __name__ == "__main__":
    main()
