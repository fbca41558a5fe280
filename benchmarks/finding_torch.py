#!/usr/bin/env python3
"""Trains on cars and boats in plain torch and says where it finds them: the peer of finding.py, which runs it.

    finding_torch.py CIFAR_FOLDER OUTPUT --scene grid=grid.tif --scene collage=collage.tif --minutes 12 --seed 1

Training: the network that Tilescope calls `cifar-resnet20-v2`, for so many minutes by the clock; the learning rate falls
as a cosine of the time that has passed. Each sample belongs to car, boat or other with equal chances. It is an original
training image with a chance of 15 %, else a window of the group's canvas, at a multiple of 8 pixels: a canvas of
7,008 x 7,008 is covered by the group's images edge to edge, then three times over at random places. Half of the samples
are mirrored. SGD with Nesterov's momentum 0.9, learning rate 0.1, weight decay 0.0001, batches of 128.

Speed: batches are cut by numpy in a few milliseconds. `--way fastest` measures some steps of three ways beforehand
(eager, eager with channels last, compiled with channels last) and trains in the fastest; that is not in the minutes.
SGD is torch's fused one. fp32, unless the CPU has instructions for bf16 and `--precision bf16` asks for it.

Finding: every window at `--stride` is scored exactly, as in finding.py's scans. Of windows of one class that overlap by
an IoU above 0.1 the best stays. OUTPUT gets a file of detections (JSON Lines, as `tilescope scan` writes them) for each
scene, from a score of 0.05 on, and run.json, last.
"""

import argparse
import copy
import json
import math
import os
import pathlib
import statistics
import sys
import time

import numpy
import torch
import torch.nn.functional as F
from PIL import Image

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "Tests" / "CPUEngineTests" / "Golden"))
from networks import network  # noqa: E402

ARCHITECTURE = "cifar-resnet20-v2"
GROUPS = ["car", "boat", "other"]
# CIFAR-10's labels of automobiles and ships, by their place in GROUPS.
SOUGHT_LABELS = {1: 0, 8: 1}
SIDE, CANVAS_SIDE, CANVAS_STRIDE, COVERAGE = 32, 7008, 8, 3
ORIGINAL_SHARE = 0.15
BATCH, LEARNING_RATE, WARM_UP_STEPS = 128, 0.1, 50
FLOOR, SUPPRESSION_IOU = 0.05, 0.1
MEAN = torch.tensor([0.485, 0.456, 0.406])[:, None, None] * 255
DEVIATION = torch.tensor([0.229, 0.224, 0.225])[:, None, None] * 255
# A way of computing: whether it is compiled, and how activations lie in memory.
WAYS = {
    "eager": (False, torch.contiguous_format),
    "channels-last": (False, torch.channels_last),
    "compiled": (True, torch.channels_last),
}


def training_images(folder: pathlib.Path) -> list[numpy.ndarray]:
    """CIFAR-10's training images by group, uint8 `[N, H, W, 3]`."""
    records = numpy.concatenate([
        numpy.fromfile(folder / f"data_batch_{part}.bin", numpy.uint8).reshape(-1, 1 + 3 * SIDE * SIDE)
        for part in range(1, 6)
    ])
    images = records[:, 1:].reshape(-1, 3, SIDE, SIDE).transpose(0, 2, 3, 1)
    groups = numpy.array([SOUGHT_LABELS.get(label, 2) for label in records[:, 0]])
    return [numpy.ascontiguousarray(images[groups == group]) for group in range(len(GROUPS))]


def canvas(images: numpy.ndarray, random: numpy.random.Generator) -> numpy.ndarray:
    """A square of images edge to edge, with others at random places over them."""
    regular = [(y, x) for y in range(0, CANVAS_SIDE, SIDE) for x in range(0, CANVAS_SIDE, SIDE)]
    scattered = random.integers(0, CANVAS_SIDE - SIDE + 1, (COVERAGE * len(regular), 2)).tolist()
    chosen = random.integers(len(images), size=len(regular) + len(scattered))
    pixels = numpy.zeros((CANVAS_SIDE, CANVAS_SIDE, 3), numpy.uint8)
    for (y, x), image in zip(regular + scattered, chosen):
        pixels[y:y + SIDE, x:x + SIDE] = images[image]
    return pixels


class Samples:
    """Draws batches from the originals and the windows of the canvases."""

    def __init__(self, folder: pathlib.Path, seed: int):
        self.random = numpy.random.default_rng(seed)
        self.originals = training_images(folder)
        canvases = [canvas(images, self.random) for images in self.originals]
        self.windows = [
            numpy.lib.stride_tricks.sliding_window_view(pixels, (SIDE, SIDE), (0, 1))[::CANVAS_STRIDE, ::CANVAS_STRIDE]
            for pixels in canvases
        ]

    def batch(self) -> tuple[torch.Tensor, torch.Tensor]:
        """uint8 `[N, 3, H, W]` and labels."""
        labels = self.random.integers(len(GROUPS), size=BATCH)
        is_original = self.random.random(BATCH) < ORIGINAL_SHARE
        is_mirrored = self.random.random(BATCH) < 0.5
        pixels = numpy.empty((BATCH, 3, SIDE, SIDE), numpy.uint8)
        for group, (originals, windows) in enumerate(zip(self.originals, self.windows)):
            places = numpy.flatnonzero((labels == group) & is_original)
            pixels[places] = originals[self.random.integers(len(originals), size=len(places))].transpose(0, 3, 1, 2)
            places = numpy.flatnonzero((labels == group) & ~is_original)
            rows, columns = self.random.integers(0, windows.shape[:2], (len(places), 2)).T
            pixels[places] = windows[rows, columns]
        pixels[is_mirrored] = pixels[is_mirrored, :, :, ::-1]
        return torch.from_numpy(pixels), torch.from_numpy(labels)


class Training:
    """A network, its optimizer and the way in which they compute."""

    def __init__(self, model: torch.nn.Module, way: str, precision: str):
        is_compiled, self.layout = WAYS[way]
        self.model = model.to(memory_format=self.layout)
        self.program = torch.compile(self.model, dynamic=False) if is_compiled else self.model
        self.precision = precision
        self.optimizer = torch.optim.SGD(
            self.model.parameters(), lr=LEARNING_RATE, momentum=0.9, weight_decay=1e-4, nesterov=True, fused=True)

    def step(self, pixels: torch.Tensor, labels: torch.Tensor, learning_rate: float) -> float:
        """One update; the part of the batch that was right before it."""
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate
        x = normalised(pixels).contiguous(memory_format=self.layout)
        with torch.autocast("cpu", torch.bfloat16, enabled=self.precision == "bf16"):
            logits = self.program(x)
        loss = F.cross_entropy(logits.float(), labels)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return (logits.argmax(1) == labels).float().mean().item()


def normalised(pixels: torch.Tensor) -> torch.Tensor:
    return (pixels.float() - MEAN) / DEVIATION


def new_network() -> torch.nn.Module:
    model = network(ARCHITECTURE, len(GROUPS))
    for module in model.modules():
        if isinstance(module, (torch.nn.Conv2d, torch.nn.Linear)):
            torch.nn.init.kaiming_uniform_(module.weight, nonlinearity="relu")
    return model


def step_seconds(training: Training, samples: Samples) -> float:
    """The median of eight steps, after three that warm up."""
    seconds = []
    for _ in range(11):
        start = time.perf_counter()
        training.step(*samples.batch(), learning_rate=0.01)
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds[3:])


def fastest_way(model: torch.nn.Module, samples: Samples, precision: str) -> tuple[str, dict[str, float]]:
    """The fastest of all ways for copies of the model, and the images per second of each that works here."""
    speeds = {}
    for way in WAYS:
        try:
            speeds[way] = BATCH / step_seconds(Training(copy.deepcopy(model), way, precision), samples)
        except Exception as error:  # Compiling needs a C++ compiler; the other ways go on without one.
            log(f"torch, {way}: {type(error).__name__}")
    return max(speeds, key=speeds.get), speeds


def warm_up(training: Training, samples: Samples) -> None:
    """A few steps that leave nothing behind: what is compiled at first is not in the minutes of training."""
    states = [copy.deepcopy(part.state_dict()) for part in (training.model, training.optimizer)]
    step_seconds(training, samples)
    for part, state in zip((training.model, training.optimizer), states):
        part.load_state_dict(state)


def train(training: Training, samples: Samples, minutes: float) -> dict[str, float]:
    """Trains by the clock; what it cost and came to."""
    start, processor_start, step, correct = time.perf_counter(), time.process_time(), 0, []
    training.model.train()
    while (done := (time.perf_counter() - start) / (60 * minutes)) < 1:
        warm_up = min(1, (step + 1) / WARM_UP_STEPS)
        rate = LEARNING_RATE * warm_up * 0.5 * (1 + math.cos(math.pi * done))
        correct.append(training.step(*samples.batch(), learning_rate=rate))
        step += 1
        if step % 500 == 0:
            log(f"torch: step {step}, top-1 {statistics.mean(correct[-500:]):.3f}, {100 * done:.0f} %")
    return {
        "tiles": step * BATCH,
        "minutes": (time.perf_counter() - start) / 60,
        "cpuMinutes": (time.process_time() - processor_start) / 60,
        "trainingTopOne": statistics.mean(correct[-300:]),
    }


def window_scores(training: Training, path: pathlib.Path, stride: int) -> numpy.ndarray:
    """Scores of all windows, `[rows, columns, groups]`."""
    scene = torch.from_numpy(numpy.array(Image.open(path).convert("RGB")))
    if any((side - SIDE) % stride for side in scene.shape[:2]):
        raise SystemExit(f"{path}: windows at a stride of {stride} do not end at its edges")
    windows = scene.unfold(0, SIDE, stride).unfold(1, SIDE, stride)
    training.model.eval()
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=training.precision == "bf16"):
        rows = [
            torch.softmax(training.model(normalised(row).contiguous(memory_format=training.layout)).float(), 1)
            for row in windows
        ]
    return torch.stack(rows).numpy()


def iou_of_shift(right: int, down: int) -> float:
    """IoU of a window with itself moved."""
    common = max(0, SIDE - abs(right)) * max(0, SIDE - abs(down))
    return common / (2 * SIDE * SIDE - common)


def best_windows(scores: numpy.ndarray, stride: int) -> list[tuple[int, int, float]]:
    """Windows of one class that overlap no better one too much, as x, y and score, best first."""
    reach = SIDE // stride
    shifts = [
        (row, column) for row in range(-reach, reach + 1) for column in range(-reach, reach + 1)
        if iou_of_shift(column * stride, row * stride) > SUPPRESSION_IOU
    ]
    # A margin, so that shifts never leave the grid.
    is_covered = numpy.zeros([side + 2 * reach for side in scores.shape], bool)
    kept = []
    for place in numpy.argsort(-scores, axis=None, kind="stable"):
        row, column = divmod(int(place), scores.shape[1])
        if scores[row, column] < FLOOR:
            break
        if not is_covered[row + reach, column + reach]:
            kept.append((column * stride, row * stride, float(scores[row, column])))
            for down, right in shifts:
                is_covered[row + down + reach, column + right + reach] = True
    return kept


def write_detections(scores: numpy.ndarray, stride: int, path: pathlib.Path) -> None:
    with open(path, "w") as file:
        for label, name in enumerate(GROUPS[:2]):
            for x, y, score in best_windows(scores[:, :, label], stride):
                box = [x, y, x + SIDE, y + SIDE]
                print(json.dumps({"box": box, "class": name, "label": label, "score": score}), file=file)


def log(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def scene_option(words: str) -> tuple[str, pathlib.Path]:
    name, _, path = words.partition("=")
    if not path:
        raise argparse.ArgumentTypeError(f"{words}: give a name and a path, such as grid=grid.tif")
    return name, pathlib.Path(path)


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=pathlib.Path, help="CIFAR-10's binary files")
    parser.add_argument("output", type=pathlib.Path, help="folder for the detections and run.json")
    parser.add_argument("--scene", type=scene_option, action="append", default=[], metavar="NAME=PATH")
    parser.add_argument("--minutes", type=float, default=12, help="of training (default: 12)")
    parser.add_argument("--seed", type=int, default=1, help="of weights, canvases and batches (default: 1)")
    parser.add_argument("--stride", type=int, default=16, help="from one window to the next (default: 16)")
    parser.add_argument("--threads", type=int, default=2, help="that compute (default: 2)")
    parser.add_argument("--way", choices=["fastest", *WAYS], default="fastest", help="default: fastest")
    parser.add_argument("--precision", choices=["fp32", "bf16"], default="fp32", help="default: fp32")
    return parser.parse_args()


def main() -> None:
    options = parse_options()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    samples = Samples(options.data, options.seed)
    model, way, speeds = new_network(), options.way, {}
    if way == "fastest":
        way, speeds = fastest_way(model, samples, options.precision)
        log("torch, images/s: " + ", ".join(f"{name} {speed:.0f}" for name, speed in speeds.items()))
    load = os.getloadavg()[0]
    training = Training(model, way, options.precision)
    warm_up(training, samples)
    record = train(training, samples, options.minutes)
    options.output.mkdir(parents=True, exist_ok=True)
    for name, path in options.scene:
        write_detections(window_scores(training, path, options.stride), options.stride, options.output / f"{name}.jsonl")
    record |= {
        "way": way, "imagesPerSecondOfWays": speeds, "precision": options.precision, "threads": options.threads,
        "loadBefore": load, "loadAfter": os.getloadavg()[0], "torch": torch.__version__,
    }
    (options.output / "run.json").write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
