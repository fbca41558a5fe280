"""Makes resized.json: what PIL makes of a small picture of noise and ramps in other sizes.

Made with Python 3.11, Pillow 13.0.0: python3 resized.py > resized.json
"""
import json

from PIL import Image

WIDTH, HEIGHT = 23, 17


def pixel(x, y, channel):
    # Edges, ramps and noise; the test makes the same.
    if (x // 4 + y // 4) % 3 == 0:
        return 255 * ((x + y + channel) % 2)
    return (x * x * 31 + y * 57 + channel * 101 + x * y * 7) % 256


pixels = bytes(pixel(x, y, c) for y in range(HEIGHT) for x in range(WIDTH) for c in range(3))
image = Image.frombytes("RGB", (WIDTH, HEIGHT), pixels)
filters = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}
shapes = [(7, 5, None), (23, 9, None), (11, 17, None), (40, 31, None), (1, 1, None), (9, 30, None), (23, 17, None),
          (8, 8, (3, 2, 15, 14)), (10, 6, (0.5, 1.25, 22.75, 16.5)), (16, 16, (4.25, 5.5, 9.75, 8.125)),
          (5, 5, (0, 0, 23, 8))]
cases = []
for name, filter in filters.items():
    for width, height, box in shapes:
        result = image.resize((width, height), filter, box=box)
        cases.append({"filter": name, "width": width, "height": height, "box": box or [0, 0, WIDTH, HEIGHT],
                      "pixels": result.tobytes().hex()})
print(json.dumps({"width": WIDTH, "height": HEIGHT, "pixels": pixels.hex(), "cases": cases}, indent=None,
                 separators=(",", ":")).replace("{\"filter", "\n{\"filter"))
