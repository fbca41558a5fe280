"""Tests of what predictions refuse, with Spark on this machine: predictions_test.py"""

import argparse
import json
import pathlib
import shutil
import sys
import tempfile
import types
import unittest

from pyspark.sql import SparkSession

# As the archive has it.
package = types.ModuleType("tilescope")
package.__path__ = [str(pathlib.Path(__file__).resolve().parents[2] / "Sources" / "Cluster" / "Python")]
sys.modules["tilescope"] = package
sys.path.insert(0, package.__path__[0])
import job  # noqa: E402


class PredictionsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
        cls.addClassCleanup(cls.spark.stop)

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        (self.folder / "table.csv").write_text("id,address\n1,none.png\n", encoding="utf-8")

    def refused(self, words, **request):
        request = {"table": str(self.folder / "table.csv"), "format": "csv", "output": str(self.folder / "answers"),
                   "overwrites": True, "model": "model.safetensors", "top": 1, **request}
        (self.folder / "predict.json").write_text(json.dumps(request), encoding="utf-8")
        application = job.Predictions(argparse.Namespace(folder=str(self.folder)))
        self.addCleanup(application.lock.close)
        application.begin()
        application.spark, application.context = self.spark, self.spark.sparkContext
        with self.assertRaisesRegex(job.Refusal, words):
            application.work()

    def test_a_column_that_is_not_there(self):
        self.refused("no column nothing, but id, address", column="nothing")

    def test_answers_that_would_replace_the_table(self):
        self.refused("holds the table", output=str(self.folder))

    def test_what_is_no_table_of_answers_stays(self):
        (self.folder / "mine").mkdir()
        (self.folder / "mine" / "notes").write_bytes(b"7")
        self.refused(r"no table of answers \(notes\)", output=str(self.folder / "mine"))
        self.assertEqual((self.folder / "mine" / "notes").read_bytes(), b"7")

    def test_answers_that_are_there(self):
        (self.folder / "answers").mkdir()
        self.refused("exists already; --overwrite replaces it", overwrites=False)


if __name__ == "__main__":
    unittest.main()
