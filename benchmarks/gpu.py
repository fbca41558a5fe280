"""Measures Tilescope beside torch on a GPU: the same networks, batches and precision, in interleaved rounds.

Run on a machine with the GPU, the release binary, a PJRT plugin that it finds and torch; `make bench-gpu` does it. It
first asks `tilescope doctor` whether there is a device and then whether the device computes rightly; nothing is
measured on one that does not. Then each row is measured in rounds: all programs one after the other, in an order that
changes, ratios within a round, then their median. Of torch all ways are tried, the two fastest take part in the rounds.

Rows that need files are measured where these are given. Results go into out/gpu.json and out/gpu.md.
"""

import argparse
import dataclasses
import datetime
import json
import os
import pathlib
import random
import shutil
import statistics
import subprocess
import sys
from importlib import metadata

from peers import HERE, OUTPUT, Ours, Peer, Unavailable, rate, spread

OURS = "tilescope"
WAYS = ["eager", "compile", "reduce-overhead", "max-autotune", "graph"]
LOADER = "loader"
# Errors of the published ResNet-20 on CIFAR-10's test images, and how far another rounding may move them.
ERRORS, ERROR_TOLERANCE = 827, 3
# The first post's training: 2.3 million tiles, 20 epochs.
POST_TILES = 2_300_000 * 20


@dataclasses.dataclass(frozen=True)
class Row:
    """One comparison with torch."""

    name: str
    task: str
    architecture: str
    side: int
    batch: int
    # Tiles on the device, varied by the program.
    held: bool = False
    # What ours / best of torch, ours / torch with a loader and images/s of ours must reach.
    best_bar: float = None
    loader_bar: float = None
    speed_bar: float = None

    def request(self, seconds):
        fields = ("task", "architecture", "side", "batch", "held")
        return {name: getattr(self, name) for name in fields} | {"precision": "bf16", "seconds": seconds}

    @property
    def ways(self):
        return WAYS + [LOADER] if self.held else WAYS


ROWS = [
    Row("ResNet-50 v2, 224, training", "train", "resnet50-v2", 224, 256, best_bar=1.15, speed_bar=4000),
    Row("ResNet-18 v2, 224, training", "train", "resnet18-v2", 224, 256, best_bar=1.15),
    Row(
        "ResNet-20 v2 (21 convolutions), 32, training with variation on the device", "train",
        "cifar-resnet20-v2", 32, 512, held=True, best_bar=1.2, loader_bar=3),
    Row("ResNet-18 v2, 224, scoring on the device", "score", "resnet18-v2", 224, 256),
]


class Accelerated(Ours):
    """Tilescope's release binary on the device, started anew for each measurement."""

    def __init__(self, binary, device):
        super().__init__(binary, folder=None)
        self.device = device

    def command(self, *arguments):
        """What a command prints as JSON, on the device."""
        return self.run([self.binary, *arguments, "--device", self.device, "--json"])

    def measure(self, row, seconds):
        arguments = [
            "--task", row.task, "--architecture", row.architecture, "--batch", row.batch, "--precision", "bf16",
            "--seconds", seconds,
        ]
        # Torch's batch lies on the device too; what tiles that are moved there cost is ours to bear.
        held = ["--held"] if row.task == "train" else []
        classes = [] if row.architecture.startswith("cifar") else ["--classes", 1000]
        return self.command("bench", "accelerator", *arguments, *held, *classes)


class Torch(Peer):
    """gpu_torch.py in one way."""

    def __init__(self, way):
        super().__init__(f"gpu-{way}", threads=os.cpu_count(), folder=None)
        self.way = way

    def arguments(self):
        return [HERE / "gpu_torch.py", self.way, "cuda"]

    def measure(self, row, seconds):
        return self.ask(row.request(seconds))


class Measurement:
    """One row with all programs."""

    def __init__(self, row, ours):
        self.row = row
        self.programs = {OURS: ours} | {way: Torch(way) for way in row.ways}
        self.rounds, self.reasons = [], {}

    def run(self, rounds, seconds):
        try:
            first = self.measure_round(0, 1)
            self.keep_fastest(first)
            for number in range(1, rounds + 1):
                self.rounds.append(self.measure_round(number, seconds))
        finally:
            for way in self.row.ways:
                self.stop(way)

    def measure_round(self, number, seconds):
        names = list(self.programs)
        random.Random(number).shuffle(names)
        speeds = {}
        for name in names:
            try:
                speeds[name] = self.programs[name].measure(self.row, seconds)["imagesPerSecond"]
                print(f"round {number}  {self.row.name}  {name}: {speeds[name]:,.0f} images/s", file=sys.stderr)
            except Unavailable as error:
                self.reasons[name] = str(error)
                print(f"round {number}  {self.row.name}  {name}: {error}", file=sys.stderr)
                self.stop(name)
        return speeds

    def keep_fastest(self, speeds):
        """The others would only hold memory of the device."""
        ways = sorted((way for way in WAYS if way in speeds), key=speeds.get, reverse=True)
        for way in ways[2:]:
            self.reasons[way] = f"slower: {speeds[way]:,.0f} images/s in the warm-up"
            self.stop(way)

    def stop(self, name):
        program = self.programs.pop(name, None)
        if isinstance(program, Torch):
            program.stop()

    def speeds(self, name):
        return [speeds[name] for speeds in self.rounds if name in speeds]

    def ratios(self, ways):
        """Of the rounds: ours over the fastest of these ways."""
        found = []
        for speeds in self.rounds:
            peers = [speeds[way] for way in ways if way in speeds]
            if peers and OURS in speeds:
                found.append(speeds[OURS] / max(peers))
        return found

    def figures(self):
        row, own = self.row, self.speeds(OURS)
        best, loader = self.ratios(WAYS), self.ratios([LOADER])
        lines = [line(row.name, "images/s", own, row.speed_bar)]
        lines.append(line(row.name, "ours / best of torch", best, row.best_bar))
        if row.held:
            lines.append(line(row.name, "ours / torch with a loader", loader, row.loader_bar))
            minutes = [POST_TILES / speed / 60 for speed in own]
            lines.append(line(row.name, "minutes for 2.3 M tiles x 20 epochs", minutes, 5, lower_is_better=True))
        lines += [line(row.name, f"torch, {way}, images/s", self.speeds(way)) for way in row.ways if self.speeds(way)]
        return lines

    def raw(self):
        return {**dataclasses.asdict(self.row), "rounds": self.rounds, "reasons": self.reasons}


def line(name, figure, values, bar=None, lower_is_better=False):
    """One row of the table."""
    cells = [name, figure, spread(values), "", ""]
    if bar is not None:
        cells[3] = f"{'<=' if lower_is_better else '>='} {rate(bar)}"
        if values:
            middle = statistics.median(values)
            cells[4] = "yes" if (middle <= bar if lower_is_better else middle >= bar) else "**no**"
    return "| " + " | ".join(cells) + " |"


def check(ours, options):
    """Ends here with a line where the device is not there or does not compute rightly."""
    try:
        found = ours.command("doctor")
    except Unavailable as error:
        sys.exit(f"bench-gpu: there is no device {options.device}: {error}")
    try:
        checked = ours.command("bench", "accelerator", "--check")
        if options.resnet20 and options.cifar:
            counted = ours.command("evaluate", options.resnet20, options.cifar / "cifar10-test.tiles")["errorCount"]
            if abs(counted - ERRORS) > ERROR_TOLERANCE:
                sys.exit(f"bench-gpu: the ResNet-20 makes {counted} errors, {ERRORS} are right")
    except Unavailable as error:
        sys.exit(f"bench-gpu: the device does not compute rightly: {error}")
    return found, checked


def crops(ours, options):
    """Training on crops with a label for each of their windows, beside training window by window on as many pixels."""
    bench = ["bench", "accelerator", "--task", "train", "--precision", "bf16", "--seconds", options.seconds]
    # As many pixels in each step as 512 windows of 32 x 32 have.
    for side, per_side, batch in [(64, 3, 128), (96, 5, 57), (160, 9, 20)]:
        ratios, speeds = [], []
        for _ in range(options.rounds):
            windows = ours.command(*bench, "--batch", 512)["imagesPerSecond"]
            on_crops = ours.command(*bench, "--batch", batch, "--crop-windows", per_side)["imagesPerSecond"]
            speeds.append(on_crops * per_side**2)
            ratios.append(speeds[-1] / windows)
        name = f"ResNet-20 v2, crops of {side} pixels, {per_side**2} windows each"
        yield line(name, "windows/s", speeds)
        yield line(name, "over window by window", ratios)


def scoring_from_files(ours, options):
    """From pictures on disk to rows: image records, decoded, resized and scored."""
    if not (options.records and options.model):
        raise Unavailable("give --records and --model")
    results = [
        ours.command("evaluate", options.model, options.records, "--precision", "bf16") for _ in range(options.rounds)
    ]
    speeds = [result["imagesPerSecond"] for result in results]
    yield line("scoring, files on disk to rows", "images/s", speeds, 10_000)


def scans(ours, options):
    """From a scene's file to boxes: the device beside two threads of the CPU, exact and dense."""
    if not (options.scene and options.scene_model):
        raise Unavailable("give --scene and --scene-model")
    scene = ["bench", "scan", "--scene", options.scene, "--model", options.scene_model, "--rounds", 1]
    cpu = ours.run([ours.binary, *scene, "--workers", 2, "--json"])["windowsPerSecond"]
    yield line("scan on 2 threads of the CPU", "windows/s", [cpu])
    for name, way in [("exact", []), ("dense", ["--dense"])]:
        speeds = [ours.command(*scene, *way)["windowsPerSecond"] for _ in range(options.rounds)]
        yield line(f"scan, {name}", "windows/s", speeds)
        yield line(f"scan, {name}", "ours / 2 threads of the CPU", [speed / cpu for speed in speeds], 20)


def fast_training(ours, options):
    """The recipe for CIFAR-10 over five seeds: how good, and when 94 % were reached."""
    if not options.cifar:
        raise Unavailable("give --cifar")
    accuracies, times = [], []
    for seed in range(5):
        epochs = fast_run(ours, options, seed)
        accuracies.append(100 * epochs[-1]["validationTopOne"])
        seconds = 0
        for epoch in epochs:
            seconds += epoch["seconds"]
            if epoch.get("validationTopOne", 0) >= 0.94:
                times.append(seconds)
                break
    yield line("cifar10-fast, 5 seeds", "test top-1, %", accuracies, 94)
    yield line("cifar10-fast, 5 seeds", f"seconds to 94 % ({len(times)} of 5 reach it)", times)


def fast_run(ours, options, seed):
    """What a training's metrics say of its epochs; not each of them has a validation, the last has."""
    folder = OUTPUT / f"gpu-fast-{seed}"
    done = subprocess.run(
        [ours.binary, "train", options.cifar / "cifar10-train.tiles", "--validation",
         options.cifar / "cifar10-test.tiles", "--recipe", "cifar10-fast", "--seed", str(seed), "--device",
         options.device, "--output", folder, "--overwrite"], stdout=sys.stderr)
    if done.returncode != 0:
        raise Unavailable(f"training with seed {seed} ended with code {done.returncode}")
    lines = [json.loads(text) for text in (folder / "metrics.jsonl").read_text().splitlines()]
    return [line for line in lines if "trainingTopOne" in line]


def machine(options, found):
    """Where and with what was measured."""
    query = ["nvidia-smi", "--query-gpu=name,driver_version,memory.total", "--format=csv,noheader"]
    can_ask = shutil.which(query[0]) is not None
    gpus = subprocess.run(query, capture_output=True, text=True).stdout.splitlines() if can_ask else []
    git = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=HERE, capture_output=True, text=True)
    return {
        "gpus": gpus, "cores": os.cpu_count(), "date": datetime.date.today().isoformat(),
        "torch": metadata.version("torch"),
        "commit": git.stdout.strip(), "rounds": options.rounds, "seconds": options.seconds, "doctor": found,
    }


def write(facts, checked, measurements, lines, gaps):
    """Writes what there is so far, and returns the markdown."""
    table = ["| what | figure | median (quartiles) | bar | met |", "|---|---|---|---|---|", *lines]
    gpus = "; ".join(facts["gpus"]) or "unknown GPU"
    head = (
        f"{gpus}; {facts['cores']} cores, {facts['date']}, commit {facts['commit']}, torch {facts['torch']}, bf16; "
        f"{facts['rounds']} rounds of {facts['seconds']:g} s.")
    reasons = [
        f"- {measured.row.name}: {name}: {why}"
        for measured in measurements for name, why in measured.reasons.items()
    ] + [f"- {gap}" for gap in gaps]
    text = "\n".join([head, "", *table, *(["", "Not measured in the rounds:", *reasons] if reasons else [])]) + "\n"
    (OUTPUT / "gpu.md").write_text(text)
    raw = {**facts, "check": checked, "measurements": [measured.raw() for measured in measurements], "table": lines}
    (OUTPUT / "gpu.json").write_text(json.dumps(raw, indent=1) + "\n")
    return text


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cuda", help="as for tilescope: cuda, or a plugin's path (default: cuda)")
    parser.add_argument("--rounds", type=int, default=5, help="measurements of each (default: 5)")
    parser.add_argument("--seconds", type=float, default=5, help="length of each (default: 5)")
    parser.add_argument("--cifar", type=pathlib.Path, help="folder that `tilescope import cifar10` made")
    parser.add_argument("--resnet20", type=pathlib.Path, help="the published ResNet-20's weights")
    parser.add_argument("--records", type=pathlib.Path, help="image records of photographs, of `tilescope pack`")
    parser.add_argument("--model", type=pathlib.Path, help="a ResNet-18 v2 for them")
    parser.add_argument("--scene", type=pathlib.Path, help="a mosaic that `tilescope mosaic` made")
    parser.add_argument("--scene-model", type=pathlib.Path, help="a model for its windows")
    # In what scripts/bundle packs, or in a checkout.
    bundled = HERE.parent / "bin/tilescope"
    built = HERE.parent / ".build/release/tilescope"
    parser.add_argument(
        "--tilescope", type=pathlib.Path, default=bundled if bundled.exists() else built,
        help="the binary (default: the bundle's, or the release build of this checkout)")
    options = parser.parse_args()
    if options.rounds < 1 or options.seconds <= 0:
        parser.error("--rounds and --seconds must be positive")
    if not options.tilescope.exists():
        parser.error(f"there is no {options.tilescope}: run `make build` first")
    return options


def main():
    options = parse_options()
    OUTPUT.mkdir(exist_ok=True)
    ours = Accelerated(options.tilescope, options.device)
    found, checked = check(ours, options)
    facts = machine(options, found)
    measurements, lines, gaps = [], [], []
    if not (options.resnet20 and options.cifar):
        gaps.append(f"the errors of the published ResNet-20, {ERRORS} ± {ERROR_TOLERANCE}: give --resnet20 and --cifar")
    for row in ROWS:
        measurements.append(Measurement(row, ours))
        measurements[-1].run(options.rounds, options.seconds)
        lines += measurements[-1].figures()
        text = write(facts, checked, measurements, lines, gaps)
    for measure in (crops, scoring_from_files, scans, fast_training):
        try:
            for figures in measure(ours, options):
                lines.append(figures)
        except Unavailable as error:
            gaps.append(f"{measure.__name__}: {error}")
        text = write(facts, checked, measurements, lines, gaps)
    print(text)


if __name__ == "__main__":
    main()
