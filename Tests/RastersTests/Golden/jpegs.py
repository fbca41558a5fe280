"""Makes jpegs.json: small JPEG pictures of every kind and what PIL makes of them as RGB.

Made with Python 3.11, Pillow 13.0.0: python3 jpegs.py > jpegs.json
"""
import io
import json

from PIL import Image

WIDTH, HEIGHT = 35, 29


def pixel(x, y):
    return ((x * 3 + y) % 256, 255 if (x // 9 + y // 7) % 2 else 40, (x * y // 8) % 256)


image = Image.new("RGB", (WIDTH, HEIGHT))
image.putdata([pixel(x, y) for y in range(HEIGHT) for x in range(WIDTH)])
kinds = {
    "4:2:0": (image, {"subsampling": 2}),
    "4:2:2": (image, {"subsampling": 1}),
    "4:4:4": (image, {"subsampling": 0}),
    "progressive": (image, {"progressive": True}),
    "restart markers": (image, {"restart_marker_blocks": 3}),
    "grey": (image.convert("L"), {}),
    "CMYK": (image.convert("CMYK"), {}),
    "1x1": (image.crop((5, 5, 6, 6)), {}),
    "1x40": (image.crop((5, 5, 6, 45)), {}),
}
cases = []
for name, (picture, options) in kinds.items():
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=75, **options)
    decoded = Image.open(io.BytesIO(file.getvalue())).convert("RGB")
    cases.append({"kind": name, "width": decoded.width, "height": decoded.height, "file": file.getvalue().hex(),
                  "pixels": decoded.tobytes().hex()})
print(json.dumps(cases).replace("{\"kind", "\n{\"kind"))
