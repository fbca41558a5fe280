#!/usr/bin/env python3
"""Makes `pictures.json`: pictures of every kind and the squares that PIL and torchvision cut of them.

    python3 pictures.py        # pillow 13.0.0, torchvision 0.29.2, numpy 2.4.6

Each is turned upright (`ImageOps.exif_transpose`), made RGB (16 bits by dividing by 257: PIL would cut them off), and then
goes through `Resize(32)` and `CenterCrop(28)`, which is what a network of 28 pixels sees: 256 of 224.
"""

import base64
import io
import json
import pathlib

import numpy
from PIL import Image, ImageOps
from torchvision import transforms

SIDE = 28
WIDTH, HEIGHT = 45, 36


def photograph():
    """Soft colours with some noise, not the same in any direction."""
    y, x = numpy.mgrid[0:HEIGHT, 0:WIDTH]
    noise = numpy.random.RandomState(3).randint(0, 30, (HEIGHT, WIDTH, 3))
    planes = [x * 4, y * 5, (x + 2 * y) * 2]
    return Image.fromarray(numpy.clip(numpy.stack(planes, 2) + noise, 0, 255).astype(numpy.uint8))


def encoded(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def expected(data, image=None):
    image = ImageOps.exif_transpose(image or Image.open(io.BytesIO(data))).convert("RGB")
    cut = transforms.Compose([transforms.Resize(32), transforms.CenterCrop(SIDE)])
    return numpy.asarray(cut(image))


def main():
    picture = photograph()
    cases = {}
    for tag in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = tag
        for kind in ["JPEG", "PNG", "WEBP"] if tag == 6 else ["JPEG", "PNG"]:
            options = {"quality": 95} if kind == "JPEG" else {"lossless": True} if kind == "WEBP" else {}
            cases[f"{kind} orientation {tag}"] = encoded(picture, kind, exif=exif, **options)
    exif = Image.Exif()
    exif[0x0112] = 6
    cases["TIFF orientation 6"] = encoded(picture, "TIFF", exif=exif)
    cases["grey JPEG"] = encoded(picture.convert("L"), "JPEG", quality=95)
    cases["grey PNG"] = encoded(picture.convert("L"), "PNG")
    cases["CMYK JPEG"] = encoded(picture.convert("CMYK"), "JPEG", quality=95)
    cases["palette PNG"] = encoded(picture.quantize(60), "PNG")
    alpha = picture.copy()
    alpha.putalpha(Image.fromarray(numpy.arange(WIDTH * HEIGHT, dtype=numpy.uint8).reshape(HEIGHT, WIDTH)))
    cases["PNG with alpha"] = encoded(alpha, "PNG")
    cases["BMP"] = encoded(picture, "BMP")
    frames = [picture.quantize(100), ImageOps.mirror(picture).quantize(100)]
    cases["animated GIF"] = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    pictures = [picture, ImageOps.mirror(picture)]
    for kind, options in [("WEBP", {"lossless": True}), ("PNG", {})]:
        cases[f"animated {kind}"] = encoded(
            pictures[0], kind, save_all=True, append_images=pictures[1:], **options)
    sixteen = numpy.asarray(picture.convert("L")).astype(numpy.uint16) * 257
    cases["16-bit PNG"] = encoded(Image.fromarray(sixteen), "PNG")
    rows = []
    for kind, data in cases.items():
        shown = Image.fromarray((sixteen // 257).astype(numpy.uint8)) if kind == "16-bit PNG" else None
        square = expected(data, shown)
        rows.append({
            "kind": kind, "bytes": base64.b64encode(data).decode(),
            "square": base64.b64encode(square.tobytes()).decode(),
        })
    path = pathlib.Path(__file__).with_name("pictures.json")
    path.write_text(json.dumps({"side": SIDE, "pictures": rows}, indent=0) + "\n")


if __name__ == "__main__":
    main()
