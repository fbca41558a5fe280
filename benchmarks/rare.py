#!/usr/bin/env python3
"""Two scenes in which one class is rare, for `tilescope learn --compare`: mosaics of CIFAR-10's test images.

    rare.py cifar-10-batches-bin FOLDER --tilescope tilescope
    tilescope learn cars --scenes FOLDER/pool.tif --classes car --window 32 --test-scene FOLDER/held.tif
        --test-truth FOLDER/held.jsonl --oracle FOLDER/pool.jsonl --rounds 20 --count 100 --compare --seeds 5 --seconds 10

pool has the first 5,000 test images, held the others, but so few cars that they are 4.5 % of the images. Each has 60 x 60
tiles, over a guide of the mean colours of test images drawn at random, so that the tiles are nearly random, too. Prints how
many tiles are cars. The same data make the same scenes.
"""

import argparse
import json
import pathlib
import subprocess

import numpy
from PIL import Image

NAMES = "airplane car bird cat deer dog frog horse boat truck".split()
CAR_SHARE = 0.045
SIDE = 60


def scene(tilescope, pixels, labels, folder, name, seed):
    cars = numpy.flatnonzero(labels == NAMES.index("car"))
    others = numpy.flatnonzero(labels != NAMES.index("car"))
    cars = cars[: round(len(others) * CAR_SHARE / (1 - CAR_SHARE))]
    for index in numpy.concatenate([others, cars]):
        place = folder / f"{name}-images" / NAMES[labels[index]]
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels[index]).save(place / f"{index:05d}.png")
    chosen = numpy.random.default_rng(seed).integers(0, len(pixels), SIDE * SIDE)
    means = pixels.reshape(len(pixels), -1, 3).mean(1)[chosen].round().astype(numpy.uint8)
    Image.fromarray(means.reshape(SIDE, SIDE, 3)).save(folder / f"{name}-guide.png")
    pack, truth = folder / f"{name}.tiles", folder / f"{name}.jsonl"
    subprocess.run([tilescope, "pack", folder / f"{name}-images", "--output", pack, "--tile-size", "32"], check=True)
    subprocess.run(
        [tilescope, "mosaic", folder / f"{name}-guide.png", "--tiles", pack, "--tiles-across", str(SIDE), "--seed", str(seed)]
        + ["--group", "car=car", "--group", "other=*", "--output", folder / f"{name}.tif", "--truth", truth],
        check=True)
    rows = [json.loads(line) for line in truth.read_text().splitlines()]
    print(f"{name}: {sum(row.get('class') == 'car' for row in rows)} cars")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cifar", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--tilescope", default="tilescope")
    arguments = parser.parse_args()
    rows = numpy.fromfile(arguments.cifar / "test_batch.bin", numpy.uint8).reshape(-1, 3073)
    pixels = numpy.ascontiguousarray(rows[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1))
    arguments.folder.mkdir(parents=True, exist_ok=True)
    for name, seed, half in [("pool", 1, slice(0, 5000)), ("held", 2, slice(5000, 10000))]:
        scene(arguments.tilescope, pixels[half], rows[half, 0], arguments.folder, name, seed)


if __name__ == "__main__":
    main()
