#!/usr/bin/env python3
"""Draws photographs of surfaces with defects whose places are known: metal, cloth and concrete with scratches and blots.

    defects.py FOLDER --count 300 --seed 1

Writes photo-0001.jpg and so on, and truth.csv: a row (image,class,x0,y0,x1,y1) for each defect. Boxes are half-open, in whole
pixels. About 60 % of the photographs have one to three defects; the others have none and so no row. The longer side of a
defect is log-uniform between --smallest and --largest. Every photograph also has marks that are no defects: grain, faint
stains and, on metal, the lines of the brush. The same seed draws the same pixels.
"""

import argparse
import csv
import math
import pathlib

import numpy
from PIL import Image, ImageDraw, ImageFilter

CLASSES = ("scratch", "blot")
DEFECT_SHARE = 0.6
# A line is drawn so many times larger and then made smaller, which smooths its edges.
OVERSAMPLING = 4


def soft_noise(random, width, height):
    """Noise whose neighbours are alike."""
    values = random.standard_normal((height + 1, width + 1)).astype(numpy.float32)
    return (values[1:, 1:] + values[:-1, 1:] + values[1:, :-1] + values[:-1, :-1]) / 2


def enlarged_noise(random, width, height, cell):
    """Smooth noise whose spots are about so many pixels large."""
    small = random.standard_normal((max(2, math.ceil(height / cell) + 1), max(2, math.ceil(width / cell) + 1))).astype(numpy.float32)
    picture = Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)
    return numpy.asarray(picture)


def metal(random, width, height):
    """Brushed along the x axis."""
    length = int(random.integers(60, 240))
    noise = random.standard_normal((height, width + length)).astype(numpy.float32)
    sums = numpy.cumsum(noise, axis=1)
    lines = (sums[:, length:] - sums[:, :-length]) / math.sqrt(length)
    lines = lines[:, :width]
    bands = enlarged_noise(random, 2, height, 40)[:, :1]
    return 0.55 + 0.035 * lines + 0.02 * bands + 0.008 * random.standard_normal((height, width))


def cloth(random, width, height):
    """Threads in two directions."""
    pitch = random.uniform(5, 11)
    y, x = numpy.mgrid[0:height, 0:width].astype(numpy.float32)
    wobble = 1.5 * enlarged_noise(random, width, height, 60)
    u, v = (x + wobble) * 2 * math.pi / pitch, (y + wobble) * 2 * math.pi / pitch
    weave = numpy.sin(u) * numpy.sin(v) + 0.5 * numpy.sin(0.5 * (u + v))
    return 0.5 + 0.05 * weave + 0.02 * enlarged_noise(random, width, height, 25) + 0.02 * random.standard_normal((height, width))


def concrete(random, width, height):
    values = sum(0.035 / octave * enlarged_noise(random, width, height, cell) for octave, cell in ((1, 160), (1.2, 40), (1.6, 9)))
    values = 0.58 + values + 0.025 * soft_noise(random, width, height)
    for _ in range(int(random.integers(100, 300))):
        x, y, radius = random.uniform(0, width), random.uniform(0, height), random.uniform(0.8, 2.2)
        x0, y0, x1, y1 = int(max(0, x - 3)), int(max(0, y - 3)), int(min(width, x + 4)), int(min(height, y + 4))
        if x1 <= x0 or y1 <= y0:
            continue
        yy, xx = numpy.mgrid[y0:y1, x0:x1]
        values[y0:y1, x0:x1] -= 0.12 * numpy.exp(-((xx - x) ** 2 + (yy - y) ** 2) / (radius * radius))
    return values


SURFACES = (metal, cloth, concrete)


def light(random, values):
    """Uneven light, and a tint: three channels."""
    height, width = values.shape
    y, x = numpy.mgrid[0:height, 0:width].astype(numpy.float32)
    x, y = x / width - 0.5, y / height - 0.5
    angle, strength = random.uniform(0, 2 * math.pi), random.uniform(0.05, 0.45)
    lamp_x, lamp_y, reach = random.uniform(-0.5, 0.5), random.uniform(-0.5, 0.5), random.uniform(0.3, 0.9)
    shade = 1 + strength * (x * math.cos(angle) + y * math.sin(angle))
    shade += random.uniform(0, 0.35) * numpy.exp(-((x - lamp_x) ** 2 + (y - lamp_y) ** 2) / (reach * reach))
    tint = 1 + random.uniform(-0.08, 0.08, 3)
    return (values * shade * random.uniform(0.65, 1.15))[:, :, None] * tint[None, None, :]


def scratch_mask(random, size):
    """A thin line, slightly curved, as large as `size`; values 0...1."""
    canvas = (size + 4) * OVERSAMPLING
    angle, bend = random.uniform(0, math.pi), random.uniform(-0.35, 0.35)
    time = numpy.linspace(-0.5, 0.5, 40)
    along, across = time, bend * (time * time - 0.08) + 0.01 * numpy.sin(random.uniform(2, 9) * time + random.uniform(0, 6))
    x = along * math.cos(angle) - across * math.sin(angle)
    y = along * math.sin(angle) + across * math.cos(angle)
    spread = max(numpy.ptp(x), numpy.ptp(y))
    scale = (size - 2) * OVERSAMPLING / spread
    x, y = canvas / 2 + (x - (x.max() + x.min()) / 2) * scale, canvas / 2 + (y - (y.max() + y.min()) / 2) * scale
    width = random.uniform(1.2, 2.2) * (1 + size / 250)
    picture = Image.new("L", (canvas, canvas), 0)
    ImageDraw.Draw(picture).line(list(zip(x.tolist(), y.tolist())), fill=255, width=max(3, round(width * OVERSAMPLING)), joint="curve")
    return numpy.asarray(picture.resize((size + 4, size + 4), Image.Resampling.BOX), dtype=numpy.float32) / 255


def blot_mask(random, size):
    """A spot with a ragged edge; values 0...1."""
    canvas = (size + 4) * OVERSAMPLING
    angles = numpy.linspace(0, 2 * math.pi, 72, endpoint=False)
    radius = numpy.ones_like(angles)
    for wave in range(2, 7):
        radius += random.uniform(0, 0.22) / (wave - 1) * numpy.sin(wave * angles + random.uniform(0, 2 * math.pi))
    stretch = random.uniform(0.55, 1)
    x, y = radius * numpy.cos(angles), stretch * radius * numpy.sin(angles)
    turn = random.uniform(0, math.pi)
    x, y = x * math.cos(turn) - y * math.sin(turn), x * math.sin(turn) + y * math.cos(turn)
    scale = (size - 1) * OVERSAMPLING / max(numpy.ptp(x), numpy.ptp(y))
    x, y = canvas / 2 + (x - (x.max() + x.min()) / 2) * scale, canvas / 2 + (y - (y.max() + y.min()) / 2) * scale
    picture = Image.new("L", (canvas, canvas), 0)
    ImageDraw.Draw(picture).polygon(list(zip(x.tolist(), y.tolist())), fill=255)
    picture = picture.filter(ImageFilter.GaussianBlur(OVERSAMPLING * min(3, 0.4 + size / 80)))
    return numpy.asarray(picture.resize((size + 4, size + 4), Image.Resampling.BOX), dtype=numpy.float32) / 255


def plant(random, pixels, name, size, taken):
    """Draws one defect where none is yet, and gives its box; `None` where there is no room."""
    height, width, _ = pixels.shape
    mask = (scratch_mask if name == "scratch" else blot_mask)(random, size)
    rows, columns = numpy.nonzero(mask.max(axis=1) > 0.25)[0], numpy.nonzero(mask.max(axis=0) > 0.25)[0]
    if len(rows) == 0:
        return None
    for _ in range(30):
        left, top = int(random.integers(0, width - mask.shape[1] + 1)), int(random.integers(0, height - mask.shape[0] + 1))
        box = (left + int(columns[0]), top + int(rows[0]), left + int(columns[-1]) + 1, top + int(rows[-1]) + 1)
        if all(box[0] >= other[2] + 8 or box[2] + 8 <= other[0] or box[1] >= other[3] + 8 or box[3] + 8 <= other[1] for other in taken):
            break
    else:
        return None
    part = pixels[top:top + mask.shape[0], left:left + mask.shape[1]]
    # What is small needs more contrast to be seen, and large spots need less.
    strength = (1.5 if size < 24 else 1) if name == "scratch" else (50 / size) ** 0.3
    contrast = random.uniform(0.16, 0.3) * strength * part.mean() / 0.5
    sign = random.choice((-1, 1), p=(0.35, 0.65)) if name == "scratch" else random.choice((-1, 1), p=(0.8, 0.2))
    tint = numpy.ones(3) if name == "scratch" else 1 + random.uniform(-0.25, 0.25, 3)
    texture = 1 + 0.15 * random.standard_normal(mask.shape)
    part += sign * contrast * (mask * texture)[:, :, None] * tint[None, None, :]
    return box


def photograph(random, smallest, largest):
    width, height = int(random.integers(1000, 1401)), int(random.integers(1000, 1401))
    values = SURFACES[random.integers(len(SURFACES))](random, width, height)
    # Faint stains that are no defects.
    stains = enlarged_noise(random, width, height, 120)
    pixels = light(random, values + 0.02 * numpy.clip(stains - 1, 0, None))
    rows, count = [], int(random.integers(1, 4)) if random.random() < DEFECT_SHARE else 0
    for _ in range(count):
        name = CLASSES[random.integers(len(CLASSES))]
        size = round(math.exp(random.uniform(math.log(smallest), math.log(largest))))
        box = plant(random, pixels, name, size, [row[1] for row in rows])
        if box:
            rows.append((name, box))
    pixels += 0.012 * random.standard_normal(pixels.shape)
    return Image.fromarray((255 * numpy.clip(pixels, 0, 1) + 0.5).astype(numpy.uint8)), rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path, help="where to write; it is made")
    parser.add_argument("--count", type=int, default=100, help="photographs; default: %(default)s")
    parser.add_argument("--seed", type=int, default=1, help="default: %(default)s")
    parser.add_argument("--smallest", type=int, default=10, metavar="PIXELS", help="longer side of the smallest defects; default: %(default)s")
    parser.add_argument("--largest", type=int, default=400, metavar="PIXELS", help="longer side of the largest defects; default: %(default)s")
    parser.add_argument("--form", choices=("jpg", "png"), default="jpg", help="default: %(default)s")
    parser.add_argument("--prefix", default="photo", help="how the files' names begin; default: %(default)s")
    options = parser.parse_args()
    if not 6 <= options.smallest <= options.largest <= 900:
        parser.error("--smallest and --largest are between 6 and 900")
    options.folder.mkdir(parents=True, exist_ok=True)
    with open(options.folder / "truth.csv", "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("image", "class", "x0", "y0", "x1", "y1"))
        for number in range(1, options.count + 1):
            # A generator for each photograph, so that the first ones do not depend on the count.
            picture, rows = photograph(numpy.random.default_rng((options.seed, number)), options.smallest, options.largest)
            name = f"{options.prefix}-{number:04d}.{options.form}"
            picture.save(options.folder / name, **({"quality": 92} if options.form == "jpg" else {}))
            writer.writerows((name, label, *box) for label, box in rows)


if __name__ == "__main__":
    main()
