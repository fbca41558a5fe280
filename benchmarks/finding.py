#!/usr/bin/env python3
"""Measures how well cars and boats are found after a training of some minutes, with Tilescope and with torch.

    finding.py --data cifar-10-batches-bin --work folder --minutes 12 --seeds 1,2,3
    finding.py … --only mixed,torch
    finding.py … --only radius --variant 'radius:--mixed --scan-stride 24'
    finding.py … --only decay,both --variant 'decay:--mixed:--average-decay 0.999' --variant 'both:--mixed::--views 2'
    finding.py … --only crops,crops-exact --variant 'crops:--mixed:--crop-windows 9:--dense'
        --variant 'crops-exact:--mixed:--crop-windows 9:--exact'
    finding.py … --table

A variant is a name and more options for `tilescope scatter`, `train` and `scan`, in this order, with colons between them;
options that are given take the place of those below. There are always `single` (a canvas per group: `scatter --originals
0`), `single-40` (`--originals 0.4`), `mixed` (`--mixed`) and `torch` (see finding_torch.py). --only picks some. What an older
build made, with the originals that it always added, is measured under a name of its own and in another work folder:

    finding.py … --work older --results folder/results.jsonl --tilescope older-tilescope --only before --variant before

Scenes, the same for all: mosaics of CIFAR-10's test images, 3,200 x 3,200 pixels, with their truth. The guide's colours are
the mean colours of test images drawn at random, so that the tiles are nearly random, too.

    tilescope mosaic guide.png --tiles cifar10-test.tiles --output grid.tif --truth grid.jsonl GROUPS
    tilescope mosaic guide.png --tiles cifar10-test.tiles --output collage.tif --truth collage.jsonl --mode collage GROUPS

Each variant and seed: about as many windows as the training sees, each seen once, then both scenes.

    tilescope scatter cifar10-train.tiles PACK GROUPS --stride 8 --windows … --seed SEED
    tilescope train PACK --architecture cifar-resnet20-v2 --padding 0 --warm-up-steps 200 --epochs 1
        --samples-per-epoch … --seed SEED --workers 2 --output RUN
    tilescope scan SCENE --model RUN/model.safetensors --labels car,boat --stride 16 --truth … --workers 2 --output SCAN
    tilescope merge SCAN --threshold FLOOR --output ALL

How many tiles the minutes allow is measured once in a work folder, by `tilescope bench train`, so that all variants see
the same number; --tiles sets it instead. A variant with --crop-windows sees as many crops as have the pixels of so many tiles:
tiles of the table are pixels over those of a tile, and labels are what the network was told. The results hold the minutes that
the whole command really took. torch trains by
the clock, and its reading of images is not in its minutes. Its threads wait for each other, so that other jobs on the same
cores slow it down far more than Tilescope: compare on a quiet machine, and look at CPU minutes and loads in the results.

Figures: average precision at IoU 0.3 and 0.5 of objects that are at least 60 % visible, over all detections from a score
of 0.05 on; precision and recall at IoU 0.3 of detections from the threshold on, which is the model's own for Tilescope and
--torch-threshold for torch. One function measures both. What it says of Tilescope's detections is compared with
metrics.json, and the largest difference of any figure is in the results and below the table.

Results: a JSON line for each variant, seed and scene in --results. What is there is not run again; variants that differ
only in options of scan share a training. Packs, runs and scans stay in the work folder. A changed program does not make
them anew: take another work folder. Standard output gets the tables in Markdown, standard error all else.
"""

import argparse
import hashlib
import json
import math
import os
import pathlib
import resource
import shlex
import shutil
import statistics
import subprocess
import sys
import time
from dataclasses import asdict, dataclass

import numpy
from PIL import Image

HERE = pathlib.Path(__file__).resolve().parent
SCENES = {"grid": [], "collage": ["--mode", "collage"]}
GROUPS = ["--group", "car=automobile", "--group", "boat=ship", "--group", "other=*"]
CLASSES = ["car", "boat"]
IOU_THRESHOLDS = [0.3, 0.5]
LEAST_VISIBLE = 0.6
TILE_SIDE = 32
# Of both evaluators' figures; more is reported as a warning.
TOLERANCE = 1e-3
TORCH = "torch"


class Failed(Exception):
    """A command failed; its last words."""


@dataclass(frozen=True)
class Variant:
    """More options of each command."""

    name: str
    scatter: tuple[str, ...] = ()
    train: tuple[str, ...] = ()
    scan: tuple[str, ...] = ()


BUILT_IN = [
    Variant("single", ("--originals", "0")), Variant("single-40", ("--originals", "0.4")),
    Variant("mixed", ("--mixed",)), Variant(TORCH),
]


# Commands


@dataclass
class Cost:
    """What a command cost, and how busy the machine was."""

    minutes: float
    cpuMinutes: float
    loadBefore: float
    loadAfter: float


def run(command: list) -> tuple[str, Cost]:
    """A command's standard output, and its cost."""
    words = [str(word) for word in command]
    log("$ " + shlex.join(words))
    load, start, processor_start = os.getloadavg()[0], time.perf_counter(), children_seconds()
    ended = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    cost = Cost(
        minutes=(time.perf_counter() - start) / 60, cpuMinutes=(children_seconds() - processor_start) / 60,
        loadBefore=load, loadAfter=os.getloadavg()[0])
    if ended.returncode != 0:
        raise Failed(f"exit code {ended.returncode}: {' '.join(ended.stderr.split()[-60:])}")
    log(f"  {cost.minutes:.2f} min, {cost.cpuMinutes:.2f} CPU min, load {load:.1f} to {cost.loadAfter:.1f}")
    return ended.stdout, cost


def children_seconds() -> float:
    """Processor time of all commands that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def with_usual(given: tuple[str, ...], usual: dict[str, object]) -> list[str]:
    """The usual options, except those that are given, then the given ones."""
    names = {word.partition("=")[0] for word in given}
    rest = [word for name, value in usual.items() if name not in names for word in (name, str(value))]
    return rest + list(given)


def option(words: tuple[str, ...], name: str) -> str | None:
    """What is given for an option, as `--name value` or `--name=value`."""
    for place, word in enumerate(words):
        if word == name:
            return words[place + 1]
        if word.startswith(name + "="):
            return word.partition("=")[2]
    return None


def tiles_of_sample(train: tuple[str, ...]) -> float:
    """How many tiles have as many pixels as a sample: more than one where samples are crops."""
    windows = int(option(train, "--crop-windows") or 1)
    stride = int(option(train, "--crop-stride") or TILE_SIDE // 2)
    return (1 + (windows - 1) * stride / TILE_SIDE) ** 2


def digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:10]


def read_json(path: pathlib.Path) -> dict:
    return json.loads(path.read_text())


def write_json(value: dict, path: pathlib.Path) -> None:
    """By rename, so that what is there is complete."""
    partial = path.with_name(path.name + ".part")
    partial.write_text(json.dumps(value, indent=1) + "\n")
    partial.rename(path)


def log(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


# Detections beside the truth


@dataclass
class Boxes:
    """Boxes of one class, `[N, 4]`, each with its score or its visible fraction."""

    boxes: numpy.ndarray
    values: numpy.ndarray

    def ordered(self) -> "Boxes":
        """The highest values first; equal ones by position."""
        order = numpy.lexsort((self.boxes[:, 0], self.boxes[:, 1], -self.values))
        return Boxes(self.boxes[order], self.values[order])


def read_boxes(path: pathlib.Path, value: str) -> dict[str, Boxes]:
    """Boxes and one of their values by class, from JSON Lines of detections or truths."""
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    return {
        name: Boxes(
            numpy.array([line["box"] for line in lines if line["class"] == name], float).reshape(-1, 4),
            numpy.array([line[value] for line in lines if line["class"] == name], numpy.float32))
        for name in CLASSES
    }


def ious(box: numpy.ndarray, others: numpy.ndarray) -> numpy.ndarray:
    """IoU of a box with each of the others."""
    sides = numpy.minimum(box[2:], others[:, 2:]) - numpy.maximum(box[:2], others[:, :2])
    common = sides.clip(min=0).prod(axis=1)
    areas = (others[:, 2:] - others[:, :2]).prod(axis=1)
    return common / ((box[2:] - box[:2]).prod() + areas - common)


def judge(detections: Boxes, truths: Boxes, iou_threshold: float) -> numpy.ndarray:
    """For each detection, best first: 1 right, 0 wrong, -1 neither, because it lies on an object that is little visible.

    A detection is right when it overlaps enough an object to be found that no better detection has taken; it takes the one
    that it overlaps most.
    """
    is_sought = truths.values >= LEAST_VISIBLE - 1e-6
    is_free = is_sought.copy()
    outcomes = numpy.zeros(len(detections.boxes), int)
    for index, box in enumerate(detections.boxes):
        overlaps = ious(box, truths.boxes)
        is_enough = overlaps >= iou_threshold
        if (is_enough & is_free).any():
            is_free[numpy.where(is_enough & is_free, overlaps, -1).argmax()] = False
            outcomes[index] = 1
        elif (is_enough & ~is_sought).any():
            outcomes[index] = -1
    return outcomes


def average_precision(outcomes: numpy.ndarray, truth_count: int) -> float:
    """The area under precision over recall, precision being that of the same or any higher recall (PASCAL VOC)."""
    is_right = outcomes[outcomes >= 0] == 1
    precisions = (is_right.cumsum() / numpy.arange(1, len(is_right) + 1))[is_right]
    return float(numpy.maximum.accumulate(precisions[::-1]).sum() / truth_count)


def measure(detections: Boxes, truths: Boxes, threshold: float) -> dict[str, float | int | None]:
    """The figures of one class; `None` for a precision of nothing."""
    detections, truths = detections.ordered(), truths.ordered()
    truth_count = int((truths.values >= LEAST_VISIBLE - 1e-6).sum())
    if truth_count == 0:
        raise Failed("the scene has nothing to find")
    outcomes = {iou: judge(detections, truths, iou) for iou in IOU_THRESHOLDS}
    sure = outcomes[0.3][detections.values >= numpy.float32(threshold)]
    right, wrong = int((sure == 1).sum()), int((sure == 0).sum())
    return {
        "truthCount": truth_count,
        "ap@0.3": average_precision(outcomes[0.3], truth_count),
        "ap@0.5": average_precision(outcomes[0.5], truth_count),
        "precision": right / (right + wrong) if right + wrong else None,
        "recall": right / truth_count,
    }


def measure_scene(detections: pathlib.Path, truth: pathlib.Path, threshold: float) -> dict[str, dict]:
    """The figures of each class."""
    found, truths = read_boxes(detections, "score"), read_boxes(truth, "visibleFraction")
    return {name: measure(found[name], truths[name], threshold) for name in CLASSES}


def differences(figures: dict[str, dict], metrics: dict) -> list[float]:
    """How far each figure is from that in metrics.json."""
    pairs = []
    for entry in metrics["metrics"]:
        iou, ours = round(entry["iouThreshold"], 3), figures[entry["className"]]
        if abs(entry["minimumVisibleFraction"] - LEAST_VISIBLE) > 1e-6 or iou not in IOU_THRESHOLDS:
            continue
        pairs += [(ours["truthCount"], entry["truthCount"]), (ours[f"ap@{iou}"], entry["averagePrecision"])]
        if iou == 0.3:
            pairs += [(ours[key], entry.get(key)) for key in ("precision", "recall")]
    if not pairs:
        raise Failed("metrics.json has no figures to compare with")
    return [abs((a or 0) - (b or 0)) for a, b in pairs]


# One variant


class Bench:
    """Makes what all variants share, then trains and scans."""

    def __init__(self, options: argparse.Namespace):
        self.options, self.work = options, options.work
        self.scenes = self.work / "scenes"
        for name in ["scenes", "packs", "runs", "scans", TORCH]:
            (self.work / name).mkdir(parents=True, exist_ok=True)

    def tilescope(self, *words: object) -> tuple[str, Cost]:
        return run([self.options.tilescope, *words])

    def program(self) -> str:
        """Which build of Tilescope runs now."""
        return hashlib.sha256(pathlib.Path(self.options.tilescope).read_bytes()).hexdigest()[:10]

    def packs_of_images(self) -> pathlib.Path:
        """CIFAR-10's two packs; made where no folder with them is given."""
        folder = self.options.packs or self.work / "packs"
        if not (folder / "cifar10-train.tiles").exists() or not (folder / "cifar10-test.tiles").exists():
            self.tilescope("import", "cifar10", self.options.data, "--output", folder)
        return folder

    def make_scenes(self) -> None:
        """The guide and both mosaics; a scene is complete when its truth is there."""
        guide = self.scenes / "guide.png"
        if not guide.exists():
            make_guide(self.options.data / "test_batch.bin", self.options.tiles_across, self.options.scene_seed, guide)
        tiles = self.packs_of_images() / "cifar10-test.tiles"
        for name, mode in SCENES.items():
            scene, truth = self.scenes / f"{name}.tif", self.scenes / f"{name}.jsonl"
            if not truth.exists() or not scene.exists():
                self.tilescope(
                    "mosaic", guide, "--tiles", tiles, "--output", scene, "--truth", truth, *mode, *GROUPS,
                    "--seed", self.options.scene_seed, "--overwrite")

    def tile_count(self) -> int:
        """How many tiles a training sees."""
        if self.options.tiles:
            return self.options.tiles
        path = self.work / "speed.json"
        if not path.exists():
            pack = self.packs_of_images() / "cifar10-train.tiles"
            output, _ = self.tilescope(
                "bench", "train", "--pack", pack, "--seconds", 8, "--rounds", 3, "--workers", self.options.workers,
                "--json")
            write_json(json.loads(output), path)
        return max(1, round(read_json(path)["imagesPerSecond"] * 60 * self.options.minutes / 128)) * 128

    def pack(self, variant: Variant, seed: int) -> pathlib.Path:
        """The windows to train on: a few more than are seen, since canvases have whole rows and columns."""
        windows = self.tile_count() * 101 // 100 + 2000
        words = with_usual(variant.scatter, {"--stride": 8, "--windows": windows, "--seed": seed})
        path = self.work / "packs" / f"{digest(words)}.tiles"
        if not path.exists():
            self.tilescope("scatter", self.packs_of_images() / "cifar10-train.tiles", path, *GROUPS, *words)
        return path

    def train(self, variant: Variant, seed: int) -> tuple[pathlib.Path, dict]:
        """The run's folder and what the training cost; a run is complete when cost.json is there."""
        usual = {
            "--architecture": "cifar-resnet20-v2", "--padding": 0, "--warm-up-steps": 200, "--epochs": 1,
            "--samples-per-epoch": int(self.tile_count() / tiles_of_sample(variant.train)), "--seed": seed,
            "--workers": self.options.workers,
        }
        words = with_usual(variant.train, usual)
        pack = self.pack(variant, seed)
        folder = self.work / "runs" / digest([pack.name, words])
        if not (folder / "cost.json").exists():
            shutil.rmtree(folder, ignore_errors=True)
            program = self.program()
            _, cost = self.tilescope("train", pack, *words, "--output", folder)
            record = training_record(folder, tiles_of_sample(variant.train))
            write_json(record | asdict(cost) | {"program": program}, folder / "cost.json")
        return folder, read_json(folder / "cost.json")

    def scan(self, variant: Variant, seed: int, scene: str, run_folder: pathlib.Path) -> dict:
        """The figures of one scene."""
        folder = self.work / "scans" / f"{variant.name}-{seed}-{scene}"
        everything = folder.with_name(folder.name + "-all")
        for path in (folder, everything):
            shutil.rmtree(path, ignore_errors=True)
        image, truth = self.scenes / f"{scene}.tif", self.scenes / f"{scene}.jsonl"
        words = with_usual(variant.scan, {"--stride": 16, "--workers": self.options.workers})
        _, cost = self.tilescope(
            "scan", image, "--model", run_folder / "model.safetensors", "--labels", ",".join(CLASSES), "--truth", truth,
            "--output", folder, *words)
        metrics = read_json(folder / "metrics.json")
        self.tilescope("merge", folder, "--threshold", round(metrics["lowestScore"], 6), "--output", everything)
        threshold = metrics["rules"]["scoreThreshold"]
        figures = measure_scene(everything / "detections.jsonl", truth, threshold)
        difference = max(differences(figures, metrics))
        if difference > TOLERANCE:
            log(f"warning: {folder}: a figure differs from metrics.json by {difference:.3g}")
        return {
            "threshold": threshold, "rule": read_json(folder / "summary.json")["rule"], "classes": figures,
            "differenceFromMetrics": difference,
            "scan": asdict(cost) | {"program": self.program(), "timing": read_json(folder / "run.json")["timing"]},
        }

    def ours(self, variant: Variant, seed: int, scenes: list[str]) -> dict[str, dict]:
        run_folder, training = self.train(variant, seed)
        return {
            scene: {"training": training, **self.scan(variant, seed, scene, run_folder)} for scene in scenes
        }

    def torch(self, seed: int, scenes: list[str]) -> dict[str, dict]:
        folder = self.work / TORCH / digest([self.settings(BUILT_IN[-1]), seed])
        if not (folder / "run.json").exists():
            run([
                sys.executable, HERE / "finding_torch.py", self.options.data, folder,
                *(f"--scene={name}={self.scenes / name}.tif" for name in SCENES),
                "--minutes", self.options.minutes, "--seed", seed, "--threads", self.options.workers,
                *self.options.torch_options,
            ])
        threshold, training = self.options.torch_threshold, read_json(folder / "run.json")
        return {
            scene: {
                "training": training, "threshold": threshold,
                "classes": measure_scene(folder / f"{scene}.jsonl", self.scenes / f"{scene}.jsonl", threshold),
            }
            for scene in scenes
        }

    def settings(self, variant: Variant) -> dict:
        """What decides the figures besides the seed: results of one name must agree in it."""
        options = self.options
        common = {"minutes": options.minutes, "sceneSeed": options.scene_seed, "tilesAcross": options.tiles_across}
        if variant.name == TORCH:
            return common | {"options": options.torch_options}
        return common | {"tiles": options.tiles, **{key: list(getattr(variant, key)) for key in ("scatter", "train", "scan")}}


def make_guide(images: pathlib.Path, side: int, seed: int, path: pathlib.Path) -> None:
    """A picture whose pixels are the mean colours of images drawn at random.

    Colours drawn evenly would ask for few tiles again and again: of 10,000, 1,200 instead of 6,300 were used.
    """
    pixels = numpy.fromfile(images, numpy.uint8).reshape(-1, 3073)[:, 1:].reshape(-1, 3, 1024)
    colours = numpy.rint(pixels.mean(axis=2)).astype(numpy.uint8)
    chosen = numpy.random.default_rng(seed).integers(len(colours), size=(side, side))
    Image.fromarray(colours[chosen]).save(path)


def training_record(folder: pathlib.Path, tiles_per_sample: float) -> dict:
    """What a run's plan and metrics say."""
    plan = read_json(folder / "plan.json")
    last = json.loads((folder / "metrics.jsonl").read_text().splitlines()[-1])
    samples, windows = last["step"] * plan["batchSize"], plan.get("cropWindows", {}).get("perSide", 1)
    return {
        "tiles": round(samples * tiles_per_sample), "labels": samples * windows**2, "trainingTopOne": last["trainingTopOne"],
        "engine": plan["versions"]["engine"], "precision": plan["precision"],
    }


# Results


def read_results(path: pathlib.Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def missing_scenes(results: list[dict], variant: Variant, seed: int) -> list[str]:
    done = {line["scene"] for line in results if (line["variant"], line["seed"]) == (variant.name, seed)}
    return [scene for scene in SCENES if scene not in done]


def check_settings(results: list[dict], variants: list[Variant], bench: Bench) -> None:
    """Ends when results under a variant's name were made with other settings."""
    for variant in variants:
        settings = bench.settings(variant)
        for line in results:
            if line["variant"] == variant.name and line["settings"] != settings:
                raise SystemExit(
                    f"the results of {variant.name} were made with {line['settings']}, not {settings}: "
                    "take another name, or other --results")


def run_variant(bench: Bench, variant: Variant, seed: int) -> None:
    """Adds what is missing of a variant and seed to the results."""
    scenes = missing_scenes(read_results(bench.options.results), variant, seed)
    if not scenes:
        return
    log(f"== {variant.name}, seed {seed}")
    bench.make_scenes()
    records = bench.torch(seed, scenes) if variant.name == TORCH else bench.ours(variant, seed, scenes)
    with open(bench.options.results, "a") as file:
        for scene, record in records.items():
            line = {"variant": variant.name, "seed": seed, "scene": scene, "settings": bench.settings(variant)}
            line |= record | {"date": time.strftime("%Y-%m-%d %H:%M")}
            print(json.dumps(line), file=file, flush=True)


# Tables


def by_variant(results: list[dict]) -> dict[str, dict[int, dict[str, dict]]]:
    """Lines by variant, seed and scene; seeds of which a scene is missing are left out."""
    grouped: dict[str, dict[int, dict[str, dict]]] = {}
    for line in results:
        grouped.setdefault(line["variant"], {}).setdefault(line["seed"], {})[line["scene"]] = line
    complete = {
        name: {seed: lines for seed, lines in sorted(seeds.items()) if len(lines) == len(SCENES)}
        for name, seeds in grouped.items()
    }
    return {name: seeds for name, seeds in complete.items() if seeds}


def figures_of(lines: dict[str, dict]) -> list[float]:
    """What a row of the first table shows: tiles, minutes, CPU minutes, seconds of a scan, APs by scene and IoU, means by IoU."""
    training = lines["grid"]["training"]
    precisions = {
        (scene, iou, name): lines[scene]["classes"][name][f"ap@{iou}"]
        for scene in SCENES for iou in IOU_THRESHOLDS for name in CLASSES
    }
    means = [
        statistics.mean(value for key, value in precisions.items() if key[1] == iou) for iou in IOU_THRESHOLDS
    ]
    seconds = statistics.mean(scan_seconds(lines[scene]) for scene in SCENES)
    return [
        training["tiles"], training["minutes"], training["cpuMinutes"], seconds, *precisions.values(), *means
    ]


def scan_seconds(line: dict) -> float:
    """Of scoring a scene, by the program's own clock; not a number where it is not known."""
    return line.get("scan", {}).get("timing", {}).get("scanSeconds", math.nan)


def means_of(rows: list[list[float]]) -> list[float]:
    return [statistics.mean(column) for column in zip(*rows)]


def row(name: str, seed: str, figures: list[float]) -> str:
    tiles, minutes, cpu_minutes, seconds, *precisions = figures
    pairs = [f"{car:.3f}/{boat:.3f}" for car, boat in zip(precisions[:-2:2], precisions[1:-2:2])]
    means = [f"{mean:.3f}" for mean in precisions[-2:]]
    cells = [name, seed, f"{tiles / 1000:,.0f} k", f"{minutes:.1f} ({cpu_minutes:.1f})", f"{seconds:.1f}", *pairs, *means]
    return "| " + " | ".join(cells) + " |"


def average_precision_table(results: list[dict]) -> str:
    """A row for each variant's mean over the seeds, and below it one for each seed."""
    columns = ["variant", "seeds", "tiles", "minutes (CPU)", "s/scan"]
    columns += [f"{scene}@{iou} car/boat" for scene in SCENES for iou in IOU_THRESHOLDS]
    columns += [f"mean@{iou}" for iou in IOU_THRESHOLDS]
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    for name, seeds in by_variant(results).items():
        rows = {seed: figures_of(by_scene) for seed, by_scene in seeds.items()}
        lines.append(row(f"**{name}**", f"mean of {len(rows)}", means_of(list(rows.values()))))
        lines += [row(name, str(seed), figures) for seed, figures in rows.items()]
    return "\n".join(lines)


def threshold_table(results: list[dict]) -> str:
    """Precision and recall at the threshold, means over the seeds."""
    lines = ["| variant | threshold | scene | car P/R@0.3 | boat P/R@0.3 |", "|---|---|---|---|---|"]
    for name, seeds in by_variant(results).items():
        for scene in SCENES:
            seen = [by_scene[scene] for by_scene in seeds.values()]
            cells = [name, ", ".join(sorted({f"{line['threshold']:g}" for line in seen})), scene]
            for wanted in CLASSES:
                precision = mean_or_dash([line["classes"][wanted]["precision"] for line in seen])
                cells.append(f"{precision}/{mean_or_dash([line['classes'][wanted]['recall'] for line in seen])}")
            lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def mean_or_dash(values: list[float | None]) -> str:
    known = [value for value in values if value is not None]
    return f"{statistics.mean(known):.3f}" if known else "–"


def notes(results: list[dict]) -> str:
    """What the figures are of, and how far both evaluators are apart."""
    counts = {
        f"{line['classes'][name]['truthCount']} {name}s ({line['scene']})" for line in results for name in CLASSES
    }
    apart = [line["differenceFromMetrics"] for line in results if "differenceFromMetrics" in line]
    words = f"Objects at least {100 * LEAST_VISIBLE:.0f} % visible: {', '.join(sorted(counts))}."
    if apart:
        words += f" Largest difference of any figure from metrics.json: {max(apart):.2g}."
    return words


# Options


def variant_option(words: str) -> Variant:
    name, *options = words.split(":")
    if not name or len(options) > 3:
        raise argparse.ArgumentTypeError(f"{words}: give name:scatter options:train options:scan options")
    return Variant(name, *(tuple(shlex.split(part)) for part in options))


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=pathlib.Path, required=True, help="folder for everything that is made")
    parser.add_argument("--data", type=pathlib.Path, help="CIFAR-10's binary files (cifar-10-batches-bin)")
    parser.add_argument("--packs", type=pathlib.Path, help="folder with cifar10-{train,test}.tiles (default: made)")
    parser.add_argument("--tilescope", default=str(HERE.parent / ".build/release/tilescope"), help="the command")
    parser.add_argument("--results", type=pathlib.Path, help="JSON Lines (default: results.jsonl in --work)")
    parser.add_argument("--seeds", default="1", help="of trainings, such as 1,2,3 (default: 1)")
    parser.add_argument("--only", help="names of the variants to run, with commas (default: all)")
    parser.add_argument(
        "--variant", type=variant_option, action="append", default=[], metavar="NAME:SCATTER:TRAIN:SCAN",
        help="one more variant; may be given often; options that are left out stay as usual")
    parser.add_argument("--minutes", type=float, default=12, help="of training (default: 12)")
    parser.add_argument("--tiles", type=int, help="tiles that a training of Tilescope sees, instead of --minutes")
    parser.add_argument("--workers", type=int, default=2, help="threads of both programs (default: 2)")
    parser.add_argument("--scene-seed", type=int, default=1, help="of guide and mosaics (default: 1)")
    parser.add_argument("--tiles-across", type=int, default=100, help="side of the scenes in tiles (default: 100)")
    parser.add_argument("--torch-threshold", type=float, default=0.9, help="for precision and recall (default: 0.9)")
    parser.add_argument(
        "--torch-options", type=shlex.split, default=[], metavar="OPTIONS", help="of finding_torch.py, in one word")
    parser.add_argument("--table", action="store_true", help="only print the tables of the results")
    options = parser.parse_args()
    options.work = options.work.resolve()
    options.results = options.results or options.work / "results.jsonl"
    if not options.table and options.data is None:
        parser.error("--data is missing")
    options.variants = chosen_variants(parser, options)
    return options


def chosen_variants(parser: argparse.ArgumentParser, options: argparse.Namespace) -> list[Variant]:
    named = {variant.name: variant for variant in BUILT_IN + options.variant}
    if len(named) < len(BUILT_IN) + len(options.variant):
        parser.error("--variant: a name is there twice")
    names = options.only.split(",") if options.only else list(named)
    if unknown := [name for name in names if name not in named]:
        parser.error(f"--only: there is no {', '.join(unknown)}; there are {', '.join(named)}")
    return [named[name] for name in names]


def main() -> None:
    options = parse_options()
    failures = []
    if not options.table:
        bench = Bench(options)
        check_settings(read_results(options.results), options.variants, bench)
        for seed in map(int, options.seeds.split(",")):
            for variant in options.variants:
                try:
                    run_variant(bench, variant, seed)
                except Failed as error:
                    failures.append(f"{variant.name}, seed {seed}: {error}")
                    log(failures[-1])
    if results := read_results(options.results):
        print(average_precision_table(results), threshold_table(results), notes(results), sep="\n\n")
    if failures:
        raise SystemExit("\n".join(["failed:", *failures]))


if __name__ == "__main__":
    main()
