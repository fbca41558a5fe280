"""Tests of rows and files of candidates, without Spark but with pyarrow: rows_test.py"""

import pathlib
import shutil
import struct
import sys
import tempfile
import types
import unittest

import pyarrow as pa

# As the archive has it.
package = types.ModuleType("tilescope")
package.__path__ = [str(pathlib.Path(__file__).resolve().parents[2] / "Sources" / "Cluster" / "Python")]
sys.modules["tilescope"] = package
from tilescope import candidates, spark  # noqa: E402
from tilescope.worker import Result  # noqa: E402


def result(number, rows, columns, found):
    """A result as a worker sends it: windows, labels and scores, in their order."""
    head = struct.pack("<8I6d", 0, number, *rows, *columns, len(found), 7 + number, .1, .2, .3, .4, .5, .05)
    data = bytearray(head.ljust(128, b"\0"))
    for index, code in enumerate(["I", "I", "f", "H"]):
        if index:
            data.extend(bytes(-len(data) % 64))
        for candidate in found:
            data.extend(struct.pack("<" + code, candidate[index]))
    return Result(bytes(data))


# A row, a column, a score and a label each.
FOUND = [(0, 1, .5, 2), (0, 3, .25, 0), (3, 3, .75, 1)]


class RowsTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)

    def table(self, *ranges):
        return pa.Table.from_batches([
            spark.finished({"scene": scene, "range": number}, result(number, rows, columns, found), 1.0, None, None)
            for scene, number, rows, columns, found in ranges])

    def test_candidates_become_files_by_scene(self):
        table = self.table((1, 5, (0, 4), (0, 4), FOUND), (0, 2, (4, 8), (0, 4), []), (1, 3, (4, 8), (0, 4), [(5, 0, 1, 65535)]))
        ranges, failures = candidates.write(table, self.folder / "part", [2, 3, 5])
        self.assertEqual((sorted(part["range"] for part in ranges), failures), ([2, 3, 5], []))
        def records(found):
            return b"".join(struct.pack("<Qf", row | column << 24 | label << 48, score) for row, column, score, label in found)

        head = b"tilecand" + struct.pack("<I", 1)
        self.assertEqual((self.folder / "part" / "0.candidates").read_bytes(), head + struct.pack("<6I", 4, 8, 0, 4, 0, 9))
        self.assertEqual(
            (self.folder / "part" / "1.candidates").read_bytes(),
            head + struct.pack("<6I", 4, 8, 0, 4, 1, 10) + records([(5, 0, 1, 65535)])
            + struct.pack("<6I", 0, 4, 0, 4, 3, 12) + records(FOUND))

    def test_what_is_missing_or_there_twice_is_an_error(self):
        whole = [(0, 0, (0, 4), (0, 4), FOUND), (0, 1, (4, 8), (0, 4), FOUND)]
        table = self.table(*whole)
        for wrong, numbers in [(table, [0, 1, 2]), (table, [0]), (pa.concat_tables([table, table]), [0, 1]),
                               (table.slice(0, table.num_rows - 1), [0, 1]), (table.slice(1), [0, 1])]:
            with self.subTest(rows=wrong.num_rows, numbers=numbers), self.assertRaises(ValueError):
                candidates.write(wrong, self.folder / "part", numbers)
            self.assertEqual(list((self.folder / "part").glob("*.candidates")) if (self.folder / "part").exists() else [], [])

    def test_a_failure_counts_as_its_range(self):
        wanted = {"rows": [4, 8], "columns": [0, 4]}
        failed = spark.failed(wanted, {"scene": 0, "range": 1}, "a hole")
        table = pa.concat_tables([self.table((0, 0, (0, 4), (0, 4), FOUND)), pa.Table.from_batches([failed])])
        ranges, failures = candidates.write(table, self.folder / "part", [0, 1])
        self.assertEqual(([part["range"] for part in ranges], [part["cause"] for part in failures]), ([0], ["a hole"]))

    def test_candidates_have_pixels_and_names(self):
        grid = {"sceneWidth": 75, "sceneHeight": 70, "windowSize": 32, "stride": 16, "alignment": 1}
        batch = spark.finished({"address": "s", "range": 0}, result(0, (0, 4), (0, 4), FOUND), 1.0, grid, ["a", "b", "c"])
        rows = [row for row in batch.to_pylist() if row["kind"] == spark.CANDIDATE]
        # The last windows of a row and of a column stand at the edge.
        self.assertEqual([(row["x"], row["y"], row["class"]) for row in rows], [(16, 0, "c"), (43, 0, "a"), (43, 38, "b")])
        grid["alignment"] = 4
        batch = spark.finished({"address": "s", "range": 0}, result(0, (0, 4), (0, 4), FOUND), 1.0, grid, ["a", "b", "c"])
        self.assertEqual([(row["x"], row["y"]) for row in batch.to_pylist()[1:]], [(16, 0), (40, 0), (40, 36)])


if __name__ == "__main__":
    unittest.main()
