"""What the checks in this folder share: the tool, pictures, and the comparison of scores. `sys.exit` says what failed."""

import json
import pathlib
import subprocess
import sys

import numpy
from PIL import Image


def run(tool, *arguments):
    """What the tool prints; ends the check where it fails."""
    result = subprocess.run([tool, *map(str, arguments)], capture_output=True, text=True)
    if result.returncode:
        sys.exit(f"tilescope {' '.join(map(str, arguments))}: {result.stderr}")
    return result.stdout


def write_pictures(folder, side, photos, count=8):
    """Writes squares of `side` pixels of photographs as PNG files, which nobody has to scale or decode with loss.

    `photos` is a folder, or one large picture of which parts are taken.
    """
    folder = pathlib.Path(folder)
    folder.mkdir(exist_ok=True)
    photos = pathlib.Path(photos)
    if photos.is_dir():
        files = sorted(photos.iterdir())
        pictures = [Image.open(file) for file in files[:: max(1, len(files) // count)][:count]]
    else:
        whole = Image.open(photos)
        step = min(whole.size) // 4
        boxes = [(x * step, y * step) for y in range(2) for x in range(4)]
        pictures = [whole.crop((x, y, x + step, y + step)) for x, y in boxes[:count]]
    for index, picture in enumerate(pictures):
        square = picture.convert("RGB").resize((side, side), Image.Resampling.BILINEAR)
        square.save(folder / f"{index}.png")


def pixels(folder):
    """All pictures, `[N, H, W, 3]`."""
    return numpy.stack([numpy.asarray(Image.open(file)) for file in sorted(pathlib.Path(folder).iterdir())])


def predicted(tool, model, folder, class_count, *options):
    """The tool's scores, `[N, classes]`."""
    lines = run(tool, "predict", model, folder, "--json", "--top", class_count, *options).splitlines()
    scores = numpy.zeros((len(lines), class_count), dtype=numpy.float32)
    for row, line in enumerate(lines):
        for entry in json.loads(line)["classes"]:
            scores[row, entry["label"]] = entry["score"]
    return scores


def compare(name, ours, theirs, tolerance, spread=None, largest=0.999):
    """Ends the check where scores differ by more, or where they say too little for that to mean something.

    Between pictures some score has to differ by `spread`, by default 100 times the tolerance, and none may reach `largest`:
    a softmax hides what is wrong before it where one class has everything.
    """
    difference = float(numpy.abs(ours - theirs).max())
    found = float(numpy.ptp(theirs, axis=0).max())
    print(
        f"{name}: {len(ours)} pictures, scores up to {theirs.max():.4f}, {found:.4f} apart between pictures, largest "
        f"difference {difference:.2e}")
    spread = 100 * tolerance if spread is None else spread
    if not (found >= spread and theirs.max() < largest):
        sys.exit(f"{name}: the check says nothing: scores {found} apart, not {spread}, or up to {theirs.max()}")
    if not difference <= tolerance:
        sys.exit(f"{name}: scores differ by {difference}, more than {tolerance}")
