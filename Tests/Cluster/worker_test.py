"""Tests of what runs in Spark's Python, without Spark: worker_test.py TILESCOPE FOLDER

FOLDER has model.safetensors, of three classes, and scene.png, 70 x 50.
"""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "Sources" / "Cluster" / "Python"))
import job  # noqa: E402
from worker import RefusedError, Worker, WorkerError  # noqa: E402

TILESCOPE, FOLDER = sys.argv[1:3]


def path(name):
    return os.path.join(FOLDER, name)


class WorkerTest(unittest.TestCase):
    def setUp(self):
        self.worker = Worker([TILESCOPE, "worker"])
        self.addCleanup(self.worker.kill)

    def settled(self):
        return self.worker.settle({"model": path("model.safetensors")})

    def plan(self, **options):
        settled = self.settled()
        names = ("digest", "numerics", "secondsPerWindow")
        return self.worker.plan({"scene": path("scene.png"), "model": path("model.safetensors"), "stride": 4, "floor": 0.1,
                                 **{name: settled[name] for name in names}, **options})

    def test_a_planned_scene_is_scored(self):
        planned = self.plan()
        number = self.worker.take(planned["task"])
        self.assertEqual(self.worker.take(planned["task"]), number)
        windows = 0
        for index, part in enumerate(planned["ranges"]):
            result = self.worker.score(number, index, part["rows"], part["columns"], seconds=60)
            self.assertEqual((result.task, result.range), (number, index))
            self.assertEqual([len(result.window_rows), len(result.labels)], [4 * result.count, 2 * result.count])
            self.assertGreater(result.count, 0)
            windows += (part["rows"][1] - part["rows"][0]) * (part["columns"][1] - part["columns"][0])
        grid = planned["task"]["scan"]["grid"]
        across, down = ((grid[name] - 16 + 3) // 4 + 1 for name in ("sceneWidth", "sceneHeight"))
        self.assertEqual(windows, across * down)
        end = self.worker.close()
        self.assertEqual(end["windowCount"], windows)

    def test_more_tasks_than_it_keeps(self):
        tasks = [self.plan(floor=floor / 100)["task"] for floor in range(10, 20)]
        found = {}
        for task in tasks + tasks[::-1]:
            number = self.worker.take(task)
            count = self.worker.score(number, 0, (0, 5), (0, 5)).count
            self.assertEqual(found.setdefault(task["scan"]["floor"], count), count)

    def test_what_cannot_be_done_is_refused_with_its_reason(self):
        with self.assertRaises(RefusedError) as caught:
            self.plan(scene=path("none.png"))
        self.assertEqual(caught.exception.reason, "scene")
        self.assertIn("none.png", str(caught.exception))
        task = self.plan()["task"]
        task["scan"]["numerics"]["library"] = "oneDNN 0.1"
        with self.assertRaises(RefusedError) as caught:
            self.worker.take(task)
        self.assertEqual(caught.exception.reason, "refused")
        number = self.worker.take(self.plan()["task"])
        failure = self.worker.score(number, 0, (0, 1000), (0, 1))
        self.assertEqual((failure.reason, failure.window_count), ("windows", 1000))
        self.assertEqual(self.worker.score(number, 1, (0, 3), (0, 3), seconds=-1).reason, "time")

    def test_pictures_have_a_place_each(self):
        settled = self.settled()
        found = self.worker.predict({
            "model": path("model.safetensors"), "digest": settled["digest"], "numerics": settled["numerics"], "top": 2,
            "pictures": [path("none.png"), path("scene.png")]})
        self.assertEqual([len(names) for names in found["classes"]], [0, 2])
        self.assertIn("none.png", found["causes"][0])

    def test_a_process_that_dies_or_talks_nonsense_is_an_error(self):
        self.worker.process.kill()
        with self.assertRaises(WorkerError) as caught:
            self.plan()
        self.assertIn("signal 9", str(caught.exception))
        self.assertFalse(self.worker.is_alive)
        for command, words in [(["true"], "it ended"), (["echo", "Hello, I am no worker"], "speaks version"),
                               (["printf", r"\x02\0\0\0\x63\0\1\0\0\0\0\0{}"], "not part of the worker protocol"),
                               (["printf", r"\x02\0\0\0\1\0\1\0\0\0\0\0{}"], "checksum"), (["sleep", "60"], "said nothing")]:
            with self.subTest(command=command), self.assertRaisesRegex(WorkerError, words):
                Worker(command, silence=0.5)


class AccountTest(unittest.TestCase):
    def check(self, ranges, slots, begin, stop, **expected):
        names = ("taskBegan", "began", "ended", "taskEnded", "waitSeconds", "scoreSeconds", "readSeconds", "fetchSeconds")
        told = job.account([dict(zip(names, part + (0, 0)[len(part) - 6:])) for part in ranges], slots, begin, stop)
        self.assertAlmostEqual(sum(told["parts"].values()), told["slots"] * told["seconds"])
        for name, value in expected.items():
            self.assertAlmostEqual(told["parts"].get(name, told.get(name)), value, msg=name)

    def test_parts_are_all_of_the_time(self):
        # Two slots from 0 to 20: one busy from 2 to 6 and from 7 to 11, the other from 3 to 13.
        self.check([(2, 2.5, 6, 6, 1, 2, 4, 1), (7, 7, 10.6, 11, 0, 3.5), (3, 3, 13, 13, 1, 8, 1, 0)], 2, 0, 20, score=13.5,
                   read=0.25, decode=1.75, open=1.6, write=0.4, start=5.5, schedule=1, skew=2, end=14)

    def test_one_range(self):
        self.check([(1, 1, 5, 5, 0, 4)], 1, 0, 6, score=4, start=1, skew=0, end=1, write=0, schedule=0)

    def test_the_start_of_a_slot_is_not_the_opening_of_its_first_range(self):
        # The second slot's first task fetches the program until 6, when the first slot has its second range.
        self.check([(0, 1, 5, 5, 0, 4), (5, 5, 9, 9, 0, 4), (1, 6, 10, 10, 0, 4)], 2, 0, 10, score=12, start=7, open=0, skew=1)

    def test_more_fetching_than_reading_is_all_of_the_waiting(self):
        self.check([(0, 0, 4, 4, 3, 1, 2, 2.5)], 1, 0, 4, read=3, decode=0, score=1)

    def test_ends_that_were_heard_of_late_are_no_second_slot(self):
        self.check([(0, 0, 4, 5, 0, 4), (4, 4, 8, 8, 0, 4)], 1, 0, 8, score=8, write=0, schedule=0, start=0, skew=0)

    def test_no_part_is_negative(self):
        # Both ends were heard of late, by more than was written.
        self.check([(0, 0.5, 5, 5, 0, 4), (4, 4.5, 8, 8, 0, 3)], 1, 0, 8, score=7, start=0.5, open=0.5, write=0, schedule=0)

    def test_a_slot_that_was_never_used(self):
        self.check([(1, 1, 5, 5, 0, 4)], 2, 0, 6, score=4, start=2, skew=4, end=2)

    def test_nothing(self):
        self.assertIsNone(job.account([], 2, 0, 1))

    def test_parts_of_a_plan_begin_with_expensive_ranges(self):
        parts = job.parts({"ranges": list(range(47))})
        self.assertEqual(parts[0], [0, 20, 40])
        self.assertEqual(sorted(number for part in parts for number in part), list(range(47)))


class ApplicationTest(unittest.TestCase):
    def test_what_cannot_be_loaded_is_told_before_spark_and_threads(self):
        with tempfile.TemporaryDirectory() as folder:
            (pathlib.Path(folder) / "plan.json").write_text("{}", encoding="utf-8")
            for name in ("pyarrow", "pyspark"):
                text = f"raise ModuleNotFoundError({name!r})\n"
                (pathlib.Path(folder) / f"{name}.py").write_text(text, encoding="utf-8")
            run = subprocess.run([sys.executable, job.__file__, folder], env={**os.environ, "PYTHONPATH": folder},
                                 capture_output=True, text=True, timeout=60, check=False)
            self.assertEqual((run.returncode, run.stderr.splitlines()[-1]), (1, "ModuleNotFoundError: pyarrow"), run.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
