"""Makes colours.json: what torchvision makes of a small picture when it changes the colours by given factors.

Made with Python 3.11, Pillow 13.0.0, torchvision 0.29.2: python3 colours.py > colours.json
"""
import json

from PIL import Image
from torchvision.transforms import functional

WIDTH, HEIGHT = 9, 7
pixels = bytes((x * x * 31 + y * 57 + c * 101 + x * y * 7) % 256
               for y in range(HEIGHT) for x in range(WIDTH) for c in range(3))
image = Image.frombytes("RGB", (WIDTH, HEIGHT), pixels)
changes = {"brightness": functional.adjust_brightness, "contrast": functional.adjust_contrast,
           "saturation": functional.adjust_saturation}
chains = [[[name, factor]] for name in changes for factor in (0, 0.3, 0.77, 1, 1.4, 2.5)]
chains += [[["brightness", 1.3], ["contrast", 0.6], ["saturation", 1.7]],
           [["saturation", 0.2], ["brightness", 0.6], ["contrast", 1.9]],
           [["contrast", 1.1], ["saturation", 1.1], ["brightness", 1.1]]]
cases = []
for steps in chains:
    result = image
    for name, factor in steps:
        result = changes[name](result, factor)
    cases.append({"steps": steps, "pixels": list(result.tobytes())})
print(json.dumps({"pixels": list(pixels), "cases": cases}, separators=(",", ":")).replace("{\"steps", "\n{\"steps"))
