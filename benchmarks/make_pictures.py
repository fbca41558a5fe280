"""Makes the JPEG pictures that the loaders of the comparison read, from a folder of photographs.

The shorter side becomes 256 pixels (smaller photographs grow), quality 95. They lie as a folder per class, which
torchvision's ImageFolder and `tilescope pack` both read: `make_pictures.py <photographs> <folder> <count>`.
"""

import pathlib
import sys

from PIL import Image

CLASS_COUNT = 10
SHORTER_SIDE = 256


def make(photographs, folder, count):
    """Writes `count` pictures, the photographs in turn."""
    sources = sorted(path for path in photographs.iterdir() if path.suffix.lower() in (".jpeg", ".jpg", ".png"))
    if not sources:
        sys.exit(f"{photographs}: there are no photographs (.jpeg, .jpg, .png)")
    for number in range(count):
        target = folder / f"class{number % CLASS_COUNT}" / f"{number:05}.jpg"
        target.parent.mkdir(parents=True, exist_ok=True)
        if number >= len(sources):
            earlier = number % len(sources)
            target.write_bytes((folder / f"class{earlier % CLASS_COUNT}" / f"{earlier:05}.jpg").read_bytes())
            continue
        image = Image.open(sources[number]).convert("RGB")
        scale = SHORTER_SIDE / min(image.size)
        size = [max(SHORTER_SIDE, round(side * scale)) for side in image.size]
        image.resize(size, Image.Resampling.BICUBIC).save(target, quality=95)


if __name__ == "__main__":
    make(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), int(sys.argv[3]))
