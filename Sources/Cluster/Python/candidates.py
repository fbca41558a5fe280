"""What a Spark job has found, as files of candidates: the state of a scan, which `tilescope merge` reads."""

import os
import struct

import pyarrow as pa
import pyarrow.compute as pc

from .spark import CANDIDATE, FAILED, FINISHED

HEADER = b"tilecand" + struct.pack("<I", 1)
RANGE_COLUMNS = ["scene", "range", "row", "rowEnd", "column", "columnEnd", "began", "ended", "readSeconds", "fetchSeconds",
                 "waitSeconds", "scoreSeconds", "cpuSeconds"]


def write(table, folder, numbers):
    """Writes a file `SCENE.candidates` for each scene of a table with the columns of `spark.FIELDS`.

    `numbers` are those of the ranges that must be in it, each once; a `ValueError` says where they are not. Returns the ranges
    that are finished, and those that failed, a dictionary each. Row by row nothing is looked at but the ranges.
    """
    order = [("scene", "ascending"), ("range", "ascending"), ("row", "ascending"), ("column", "ascending"), ("label", "ascending")]
    candidates = table.filter(pc.equal(table["kind"], CANDIDATE)).sort_by(order)
    finished = table.filter(pc.equal(table["kind"], FINISHED)).sort_by(order[:2])
    failures = table.filter(pc.equal(table["kind"], FAILED)).select(
        ["scene", "range", "row", "rowEnd", "column", "columnEnd", "cause"]).to_pylist()
    there = sorted(finished["range"].to_pylist() + [failure["range"] for failure in failures])
    if there != sorted(numbers):
        raise ValueError(f"{len(there)} ranges are there, and {len(numbers)} were scored")
    records, first, files = _records(candidates), 0, {}
    columns = [finished[name].to_pylist() for name in
               ("scene", "row", "rowEnd", "column", "columnEnd", "candidates", "checksum")]
    os.makedirs(folder, exist_ok=True)
    try:
        for scene, row, row_end, column, column_end, count, checksum in zip(*columns):
            file = files.get(scene)
            if file is None:
                file = files[scene] = open(os.path.join(folder, f"{scene}.candidates.partial"), "wb")
                file.write(HEADER)
            file.write(struct.pack("<6I", row, row_end, column, column_end, count, checksum))
            file.write(records[12 * first:12 * (first + count)])
            first += count
        if first != len(candidates):
            raise ValueError(f"ranges have {first} candidates, and {len(candidates)} are there")
    finally:
        for file in files.values():
            file.close()
    for scene in files:
        name = os.path.join(folder, f"{scene}.candidates")
        os.replace(name + ".partial", name)
    return finished.select(RANGE_COLUMNS).to_pylist(), failures


def _records(table):
    """Candidates as a file has them: 12 bytes for each, row, column and label in eight and the score in four."""
    def number(name):
        return table[name].combine_chunks().cast(pa.uint64())

    if len(table) == 0:
        return memoryview(b"")
    place = pc.bit_wise_or(
        number("row"), pc.bit_wise_or(pc.shift_left(number("column"), pa.scalar(24, pa.uint64())),
                                      pc.shift_left(number("label"), pa.scalar(48, pa.uint64()))))
    score = table["score"].combine_chunks()
    parts = [_fixed(_array(place), 8), _fixed(_array(score), 4)]
    joined = pc.binary_join_element_wise(*parts, pa.scalar(b"", pa.large_binary()))
    data = _array(joined).buffers()[2]
    if data.size < 12 * len(table):
        raise ValueError("candidates are not 12 bytes each")
    return memoryview(data)


def _array(column):
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _fixed(array, width):
    """The bytes of numbers, as values of so many bytes."""
    buffers = array.buffers()
    return pa.Array.from_buffers(
        pa.binary(width), len(array), [None, buffers[1]], offset=array.offset).cast(pa.large_binary())
