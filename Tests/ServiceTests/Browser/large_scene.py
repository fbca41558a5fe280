"""Writes a TIFF of 100,000 x 100,000 pixels with overviews in a few megabytes: large_scene.py PATH

All its tiles are one and the same: TIFF 6.0 says where each tile lies, and several may lie in one place.
"""

import random
import struct
import sys
import zlib

SIDE = 100_000
TILE = 512
SHORT, LONG = 3, 4


def tile():
    """Squares of 64 pixels in chance colours, so that one sees what moves."""
    colours = random.Random(1)
    rows = bytearray()
    for _ in range(TILE // 64):
        row = b"".join(bytes(colours.randrange(256) for _ in range(3)) * 64 for _ in range(TILE // 64))
        rows += row * 64
    return zlib.compress(bytes(rows))


def directory(place, side, is_overview, data_place, data_size):
    """A directory that stands at `place`, but for where the next one is, and its arrays."""
    count = (-(-side // TILE)) ** 2
    entries = [(254, LONG, [int(is_overview)]), (256, LONG, [side]), (257, LONG, [side]), (258, SHORT, [8, 8, 8]), (259, SHORT, [8]),
               (262, SHORT, [2]), (277, SHORT, [3]), (284, SHORT, [1]), (322, SHORT, [TILE]), (323, SHORT, [TILE]),
               (324, LONG, [data_place] * count), (325, LONG, [data_size] * count)]
    head, arrays = struct.pack("<H", len(entries)), b""
    arrays_place = place + 2 + 12 * len(entries) + 4
    for tag, kind, values in entries:
        data = struct.pack(f"<{len(values)}{'H' if kind == SHORT else 'I'}", *values)
        if len(data) > 4:
            arrays += b"\0" * (len(arrays) % 2)
            data, value = b"", struct.pack("<I", arrays_place + len(arrays))
            arrays += struct.pack(f"<{len(values)}{'H' if kind == SHORT else 'I'}", *values)
        else:
            value = data.ljust(4, b"\0")
        head += struct.pack("<HHI", tag, kind, len(values)) + value
    return head, arrays


def main(path):
    data = tile()
    data += b"\0" * (len(data) % 2)
    with open(path, "wb") as file:
        file.write(struct.pack("<2sHI", b"II", 42, 8 + len(data)) + data)
        side = SIDE
        while True:
            place = file.tell()
            head, arrays = directory(place, side, side < SIDE, 8, len(data))
            end = place + len(head) + 4 + len(arrays)
            is_last = side <= TILE
            file.write(head + struct.pack("<I", 0 if is_last else end + end % 2) + arrays + b"\0" * (end % 2))
            if is_last:
                return
            side = -(-side // 2)


if __name__ == "__main__":
    main(sys.argv[1])
