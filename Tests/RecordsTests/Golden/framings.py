#!/usr/bin/env python3
"""Makes `framings.json`: what timm's evaluation transform makes of pictures, for PictureFilesTests.swift.

    python3 framings.py        # timm 1.0.31, torchvision 0.29.2, pillow 13.0.0, numpy 2.4.6

`length` is what timm's crop_pct says: the side of a resized picture, floor(size / crop_pct).
"""

import base64
import io
import json
import math
import pathlib

import numpy
from PIL import Image, ImageOps
from timm.data.transforms_factory import transforms_imagenet_eval

SIDE = 16
MEAN = (0.485, 0.456, 0.406)
SIZES = [(45, 36), (21, 52), (19, 11)]
WAYS = [
    ("center", 0.875, "bicubic"), ("center", 0.95, "bilinear"), ("center", 1.0, "bicubic"),
    ("squash", 1.0, "bicubic"), ("squash", 0.9, "bilinear"),
    ("border", 1.0, "bicubic"), ("border", 0.8, "bilinear"), ("border", 1.25, "bicubic"),
]


def picture(width, height):
    """Soft colours with some noise, not the same in any direction."""
    y, x = numpy.mgrid[0:height, 0:width]
    noise = numpy.random.RandomState(3).randint(0, 60, (height, width, 3))
    planes = [x * 4, y * 5, (x + 2 * y) * 2]
    return Image.fromarray(numpy.clip(numpy.stack(planes, 2) + noise, 0, 255).astype(numpy.uint8))


def encoded(image, tag):
    file = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = tag
    image.save(file, "PNG", exif=exif)
    return base64.b64encode(file.getvalue()).decode()


def main():
    rows = []
    for index, (width, height) in enumerate(SIZES):
        # The second lies on its side, and is turned upright first.
        tag = 6 if index == 1 else 1
        image = picture(width, height)
        upright = ImageOps.exif_transpose(Image.open(io.BytesIO(base64.b64decode(encoded(image, tag)))))
        squares = []
        for mode, share, interpolation in WAYS:
            cut = transforms_imagenet_eval(
                SIDE, crop_pct=share, crop_mode=mode, interpolation=interpolation, mean=MEAN, normalize=False)
            pixels = cut(upright.convert("RGB")).permute(1, 2, 0).numpy()
            assert pixels.dtype == numpy.uint8 and pixels.shape == (SIDE, SIDE, 3)
            squares.append({
                "mode": {"center": "centre"}.get(mode, mode), "length": math.floor(SIDE / share),
                "filter": interpolation, "square": base64.b64encode(pixels.tobytes()).decode(),
            })
        rows.append({"bytes": encoded(image, tag), "squares": squares})
    document = {"side": SIDE, "fill": [round(255 * value) for value in MEAN], "pictures": rows}
    pathlib.Path(__file__).with_name("framings.json").write_text(json.dumps(document, indent=0) + "\n")


if __name__ == "__main__":
    main()
