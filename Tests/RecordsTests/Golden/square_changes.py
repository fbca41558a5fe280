"""Makes square_changes.json: what torchvision's automatic augmentations make of a small picture, and their strengths.

Made with Python 3.11, Pillow 13.0.0, torchvision 0.29.2: python3 square_changes.py > square_changes.json
"""
import base64
import json

import torch
from PIL import Image
from torchvision.transforms import InterpolationMode
from torchvision.transforms.autoaugment import RandAugment, TrivialAugmentWide, _apply_op

SIDE = 16
pixels = bytes((x * x * 3 + y * 7 + c * 31 + x * y * (c + 1)) % 200 + 20
               for y in range(SIDE) for x in range(SIDE) for c in range(3))
image = Image.frombytes("RGB", (SIDE, SIDE), pixels)
CASES = [
    ("ShearX", 0.2), ("ShearX", -0.99), ("ShearY", 0.31), ("ShearY", -0.05), ("TranslateX", 5.7), ("TranslateX", -3.0),
    ("TranslateY", 4.0), ("TranslateY", -40.0), ("Rotate", 9.0), ("Rotate", -30.0), ("Rotate", 90.0), ("Rotate", 135.0),
    ("Brightness", 0.4), ("Brightness", -0.9), ("Color", 0.6), ("Color", -0.3), ("Contrast", 0.9), ("Contrast", -0.5),
    ("Sharpness", 0.9), ("Sharpness", -0.7), ("Posterize", 8), ("Posterize", 3), ("Solarize", 120.5), ("Solarize", 0.0),
    ("AutoContrast", 0.0), ("Equalize", 0.0),
]
cases = [{"kind": kind, "magnitude": magnitude, "pixels": base64.b64encode(
    _apply_op(image, kind, magnitude, InterpolationMode.NEAREST, None).tobytes()).decode()} for kind, magnitude in CASES]


def table(space):
    return [{"kind": kind, "isSigned": signed, "strengths": strengths.float().expand(31).tolist() if strengths.ndim == 0
             else strengths.float().tolist()} for kind, (strengths, signed) in space.items()]


print(json.dumps({
    "pixels": base64.b64encode(pixels).decode(), "cases": cases,
    "random": table(RandAugment()._augmentation_space(31, (SIDE, SIDE))),
    "trivial": table(TrivialAugmentWide()._augmentation_space(31)),
}, indent=0))
