"""Merges the same boxes with Tilescope, torchvision, SAHI and ensemble-boxes in turn, each on one thread.

    merging.py TILESCOPE [--boxes boxes.jsonl] [--rounds 5] [--iou 0.3]

Without --boxes, `tilescope bench merge` writes its seeded ones. Each program gets the boxes in memory, in the form that it likes best,
and merges them as one class. Times are of the processor, in milliseconds for one merge. SAHI's is measured twice: greedy_nmm finds
which boxes belong together, GreedyNMMPostprocess makes their boxes as well. One JSON line a round, then one with the medians and how
many times longer than Tilescope each took.
"""

import argparse
import json
import logging
import os
import statistics
import subprocess
import tempfile
import time

# Before the libraries start their threads.
for variable in ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"]:
    os.environ[variable] = "1"

import numpy  # noqa: E402
import torch  # noqa: E402
import torchvision  # noqa: E402
from ensemble_boxes import weighted_boxes_fusion  # noqa: E402
from sahi.postprocess.backends import set_postprocess_backend  # noqa: E402
from sahi.postprocess.combine import GreedyNMMPostprocess, greedy_nmm  # noqa: E402
from sahi.prediction import ObjectPrediction  # noqa: E402

logging.disable(logging.WARNING)


def milliseconds(run, seconds=0.3):
    """Processor time of the median call, and what it gave."""
    result, times, start = run(), [], time.perf_counter()
    while not times or time.perf_counter() - start < seconds:
        call_start = time.process_time()
        result = run()
        times.append(1000 * (time.process_time() - call_start))
    return statistics.median(times), len(result)


def peers(lines, iou):
    """A call of each program."""
    boxes = numpy.array([line["box"] for line in lines], dtype=numpy.float64)
    scores = numpy.array([line["score"] for line in lines], dtype=numpy.float64)
    torch_boxes, torch_scores = torch.tensor(boxes).float(), torch.tensor(scores).float()
    predictions = numpy.concatenate([boxes, scores[:, None], numpy.zeros((len(boxes), 1))], 1)
    side = boxes.max()
    normalised = [(boxes / side).tolist()]

    def sahi_boxes():
        objects = [
            ObjectPrediction(bbox=box, category_id=0, category_name="object", score=score)
            for box, score in zip(boxes.tolist(), scores.tolist())
        ]
        # Making the objects is not in its time.
        postprocess = GreedyNMMPostprocess(match_threshold=iou, match_metric="IOU", class_agnostic=True)
        start = time.process_time()
        merged = postprocess(objects)
        return 1000 * (time.process_time() - start), len(merged)

    return {
        "torchvision nms": lambda: milliseconds(lambda: torchvision.ops.nms(torch_boxes, torch_scores, iou)),
        "sahi greedy_nmm": lambda: milliseconds(lambda: greedy_nmm(predictions, "IOU", iou)),
        "sahi GreedyNMMPostprocess": sahi_boxes,
        "ensemble-boxes wbf": lambda: milliseconds(
            lambda: weighted_boxes_fusion(normalised, [scores.tolist()], [[0] * len(boxes)], iou_thr=iou)[1]),
    }


OURS = {
    "torchvision nms": "nms", "sahi greedy_nmm": "nmm", "sahi GreedyNMMPostprocess": "nmm", "ensemble-boxes wbf": "wbf",
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tilescope")
    parser.add_argument("--boxes")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--iou", type=float, default=0.3)
    parser.add_argument("--backend", default="auto", help="SAHI's: auto, numpy, numba")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    set_postprocess_backend(arguments.backend)
    with tempfile.TemporaryDirectory() as folder:
        path = arguments.boxes
        command = [arguments.tilescope, "bench", "merge", "--json", "--rounds", "1", "--iou", str(arguments.iou)]
        if path is None:
            path = folder + "/boxes.jsonl"
            subprocess.run([*command, "--write-boxes", path], check=True, capture_output=True)
        with open(path) as file:
            lines = [json.loads(line) for line in file]
        calls = peers(lines, arguments.iou)
        rounds = []
        for index in range(arguments.rounds):
            output = subprocess.run([*command, "--boxes", path], check=True, capture_output=True, text=True).stdout
            times = {result["method"]: result["cpuMilliseconds"] for result in json.loads(output)["results"]}
            counts = {result["method"]: result["detectionCount"] for result in json.loads(output)["results"]}
            for name, call in calls.items():
                times[name], counts[name] = call()
            rounds.append(times)
            print(json.dumps({
                "round": index, "milliseconds": {name: round(value, 3) for name, value in times.items()},
                "boxesLeft": counts,
            }), flush=True)
    medians = {name: statistics.median(times[name] for times in rounds) for name in rounds[0]}
    print(json.dumps({
        "boxes": len(lines), "iou": arguments.iou, "medianMilliseconds": {n: round(v, 3) for n, v in medians.items()},
        "timesLongerThanTilescope": {
            name: round(statistics.median(times[name] / times[ours] for times in rounds), 2)
            for name, ours in OURS.items()
        },
        "torchvision": torchvision.__version__, "torch": torch.__version__,
    }))


if __name__ == "__main__":
    main()
