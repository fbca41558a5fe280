"""Measures Tilescope beside other programs: the same network and weights, batch and threads, in interleaved rounds.

In each round every case is measured with all programs, one after the other in an order that changes from round to
round, so that a machine whose speed drifts is as unfair to one as to the other. Ratios are taken within a round, then
their median over the rounds. `make bench` runs this in its own environment.
"""

import argparse
import datetime
import itertools
import json
import os
import pathlib
import platform
import random
import select
import statistics
import subprocess
import sys
from importlib import metadata

from cases import LACKS, NETWORKS, OURS, PEERS, PRECISIONS, Case

HERE = pathlib.Path(__file__).resolve().parent
OUTPUT = HERE / "out"
# The largest difference of a score that a peer may have from ours in fp32.
TOLERANCE = 1e-3
# A peer that is silent for so long has died, in seconds; compiling a network may take minutes.
PATIENCE = 1800

NOTE = """\
Images/s: median over the rounds (quartiles in brackets), each round's own median call. Images/CPU-s: images per second
of processor time of the whole process. Ours/peer: median of the rounds' ratios, of images/s and of images/CPU-s.
The peers get normalised floats in the layout that they like best and stop at the logits; Tilescope gets 8-bit pixels,
normalises them itself and ends with softmax scores. Before measuring, each peer's fp32 scores of the same pixels were
compared with ours (tolerance 0.001). Training: SGD with momentum 0.9 and weight decay 0.0001."""


class Unavailable(Exception):
    """A program cannot do a case; the reason is for the table."""


class Ours:
    """Tilescope's release binary, started anew for each measurement."""

    def __init__(self, binary, folder):
        self.binary, self.folder = binary, folder

    def measure(self, case, seconds):
        arguments = [
            self.binary, "bench", "engine", "--json", "--no-peaks", "--task", case.task,
            "--weights", self.folder / case.network / "model.safetensors", "--batch", case.batch,
            "--seconds", seconds, "--workers", case.threads,
        ]
        if case.precision != "fp32":
            arguments += ["--precision", case.precision]
        return self.run(arguments)["results"][0]

    def peaks(self, threads):
        """What this machine can do at best on so many threads."""
        arguments = [self.binary, "bench", "engine", "--json", "--task", "score", "--seconds", "0.1"]
        return self.run(arguments + ["--workers", threads])["peaks"]

    @staticmethod
    def run(arguments):
        run = subprocess.run([str(word) for word in arguments], capture_output=True, text=True)
        if run.returncode != 0:
            words = (run.stderr.strip().splitlines() or [""])[0]
            raise Unavailable(f"exit code {run.returncode}: {words}")
        return json.loads(run.stdout)


class Peer:
    """A worker process of one peer on so many threads, started when it is first asked."""

    def __init__(self, name, threads, folder):
        self.name, self.threads, self.folder = name, threads, folder
        self.log = OUTPUT / f"{name}-{threads}.log"
        self.process = None

    def start(self):
        environment = {
            **os.environ, "OMP_NUM_THREADS": str(self.threads), "MKL_NUM_THREADS": str(self.threads),
            "TORCHINDUCTOR_CACHE_DIR": str(OUTPUT / "inductor"),
        }
        with open(self.log, "w") as log:
            self.process = subprocess.Popen(
                [sys.executable, *self.arguments()],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, env=environment)

    def arguments(self):
        """The worker's file and what it is told."""
        return [HERE / "worker.py", self.name, str(self.threads), self.folder]

    def ask(self, request):
        """The worker's answer; `Unavailable` when it reports an error, dies or falls silent."""
        if self.process is None:
            self.start()
        try:
            print(json.dumps(request), file=self.process.stdin, flush=True)
            is_ready = select.select([self.process.stdout], [], [], PATIENCE)[0]
            line = self.process.stdout.readline() if is_ready else ""
        except BrokenPipeError:
            line = ""
        if not line:
            self.process.kill()
            code, self.process = self.process.wait(), None
            raise Unavailable(f"its process ended with code {code}; see {self.log.name}")
        answer = json.loads(line)
        if "error" in answer:
            raise Unavailable(answer["error"])
        return answer

    def measure(self, case, seconds):
        if (self.name, case.precision) in LACKS:
            raise Unavailable(LACKS[self.name, case.precision])
        return self.ask(case.request(seconds))

    def check_scores(self, network, expected):
        """`Unavailable` where its fp32 scores are not ours."""
        request = {**Case(network, "score", "fp32", self.threads).request(0), "scores": True}
        scores = self.ask(request)["scores"]
        differences = [abs(a - b) for a, b in zip(scores, expected, strict=True)]
        # Not `max(…) > TOLERANCE`, which a NaN would pass.
        if not all(difference <= TOLERANCE for difference in differences):
            raise Unavailable(f"its scores differ from ours by {max(differences):.2g}")
        return max(differences)

    def stop(self):
        if self.process is not None:
            self.process.stdin.close()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()


class Comparison:
    """All cases with all programs: what they did in each round, and why some did not."""

    def __init__(self, options, binary):
        self.options, self.folder = options, OUTPUT / "models"
        self.ours = Ours(binary, self.folder)
        self.peers = {
            (name, threads): Peer(name, threads, self.folder)
            for name in options.peers for threads in options.threads
        }
        self.figures = {}
        self.reasons = {}
        self.differences = {}

    def programs(self, case):
        """Names of the programs that do the case's task, ours first."""
        return [OURS] + [name for name in self.options.peers if name in PEERS[case.task]]

    def cases(self):
        options = self.options
        for network, task, threads in itertools.product(options.networks, options.tasks, options.threads):
            for precision in options.precisions:
                if precision in PRECISIONS[task]:
                    yield Case(network, task, precision, threads)

    def check_scores(self, expected_scores):
        """Holds every peer's fp32 scores to ours; one that differs is not measured on that network."""
        for network, ((name, threads), peer) in itertools.product(self.options.networks, self.peers.items()):
            expected = expected_scores[network]
            try:
                self.differences[f"{network} {name} {threads}"] = peer.check_scores(network, expected)
            except Unavailable as error:
                for case in self.cases():
                    if (case.network, case.threads) == (network, threads):
                        self.reasons[case, name] = str(error)

    def run_round(self, number):
        """One measurement of everything; round 0 only warms up, and finds out who can do what."""
        for case in self.cases():
            programs = self.programs(case)
            random.Random(number).shuffle(programs)
            for name in programs:
                if (case, name) not in self.reasons:
                    self.measure(case, name, number)

    def measure(self, case, name, number):
        program = self.ours if name == OURS else self.peers[name, case.threads]
        try:
            answer = program.measure(case, self.options.seconds if number else 0.1)
        except Unavailable as error:
            self.reasons[case, name] = str(error)
            return
        if number:
            self.figures.setdefault((case, name), {})[number] = answer
        phase, speed = f"round {number}" if number else "warm-up", answer["imagesPerSecond"]
        print(f"{phase}  {describe(case)}  {name}: {speed:.0f} images/s", file=sys.stderr)

    def stop(self):
        for peer in self.peers.values():
            peer.stop()

    def rates(self, case, name, key):
        """One figure of a program, by round."""
        return {number: answer[key] for number, answer in self.figures.get((case, name), {}).items()}

    def ratio(self, case, name, key):
        """The median over the rounds of ours / peer; `None` where one of them is missing."""
        ours, other = self.rates(case, OURS, key), self.rates(case, name, key)
        ratios = [ours[number] / other[number] for number in other if number in ours]
        return statistics.median(ratios) if ratios and name != OURS else None

    def summary(self):
        """Ours against the fastest peer of each case."""
        lines = [
            "| network, task, batch | precision | threads | figure | ours | best peer | ratio |",
            "|---|---|---|---|---|---|---|",
        ]
        for case in self.cases():
            # What survives a noisy machine on one thread; what a user waits for on several.
            key = "imagesPerCPUSecond" if case.threads == 1 else "imagesPerSecond"
            unit = "images/CPU-s" if case.threads == 1 else "images/s"
            medians = {
                name: statistics.median(rates.values())
                for name in self.programs(case) if (rates := self.rates(case, name, key))
            }
            ours = medians.pop(OURS, None)
            best = max(medians, key=medians.get, default=None)
            ratio = self.ratio(case, best, key)
            cells = [f"{case.network}, {case.task}, {case.batch}", case.precision, case.threads, unit]
            cells.append(rate(ours) if ours else "–")
            cells.append(f"{rate(medians[best])} ({best})" if best else "–")
            cells.append(f"**{ratio:.2f}**" if ratio else "–")
            lines.append("| " + " | ".join(str(cell) for cell in cells) + " |")
        return "\n".join(lines)

    def table(self):
        """All cases as one markdown table, and the reasons of the gaps."""
        lines = [
            "| network, task, batch | precision | threads | program | images/s | images/CPU-s | ours/peer "
            "images/s | ours/peer images/CPU-s |",
            "|---|---|---|---|---|---|---|---|",
        ]
        gaps = {}
        for case in self.cases():
            for name in self.programs(case):
                lines.append(self.row(case, name))
                if (case, name) in self.reasons:
                    gaps.setdefault(f"{name}: {self.reasons[case, name]}", []).append(describe(case))
        reasons = [f"- {reason} ({'; '.join(cases)})" for reason, cases in gaps.items()]
        return "\n".join(lines + (["", "Not measured (–):", *reasons] if reasons else []))

    def row(self, case, name):
        speeds = list(self.rates(case, name, "imagesPerSecond").values())
        efficiencies = list(self.rates(case, name, "imagesPerCPUSecond").values())
        cells = [f"{case.network}, {case.task}, {case.batch}", case.precision, case.threads, name]
        cells += [spread(speeds), rate(statistics.median(efficiencies)) if efficiencies else "–"]
        for key in ("imagesPerSecond", "imagesPerCPUSecond"):
            ratio = self.ratio(case, name, key)
            cells.append(f"{ratio:.2f}" if ratio else "")
        return "| " + " | ".join(str(cell) for cell in cells) + " |"

    def raw(self):
        """Everything that was measured, for a program to read."""
        return [
            {
                **case.request(self.options.seconds), "threads": case.threads, "program": name,
                "rounds": list(self.figures.get((case, name), {}).values()),
                "reason": self.reasons.get((case, name)),
            }
            for case in self.cases() for name in self.programs(case)
        ]


def spread(values):
    """Median and quartiles; a dash for nothing."""
    if not values:
        return "–"
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive") if len(values) > 1 else values * 3
    return f"{rate(middle)} ({rate(low)} to {rate(high)})"


def rate(value):
    """Three digits at least."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def describe(case):
    return f"{case.network} {case.task} {case.precision} on {case.threads}"


def machine(options, ours):
    """Where and with what was measured."""
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    cpu = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "unknown CPU")
    git = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=HERE, capture_output=True, text=True)
    packages = ["torch", "onnxruntime", "openvino", "nncf"]
    return {
        "cpu": cpu, "cores": os.cpu_count(), "system": platform.platform(),
        "date": datetime.date.today().isoformat(), "commit": git.stdout.strip(),
        "versions": {name: metadata.version(name) for name in packages},
        "rounds": options.rounds, "seconds": options.seconds,
        "peaks": {threads: ours.peaks(threads) for threads in options.threads},
    }


def heading(facts):
    """The machine in a few lines of markdown."""
    versions = ", ".join(f"{name} {version}" for name, version in facts["versions"].items())
    lines = [
        f"{facts['cpu']}, {facts['cores']} cores, {facts['date']}, commit {facts['commit']}; {versions}; "
        f"{facts['rounds']} rounds of {facts['seconds']:g} s."
    ]
    for threads, peaks in facts["peaks"].items():
        products = ", ".join(f"{name} {peak:.0f}" for name, peak in sorted(peaks["gemmGFLOPS"].items()))
        memory = peaks["memoryGBPerSecond"]
        lines.append(f"Peaks on {threads}: GEMM {products} GFLOP/s, memory {memory:.0f} GB/s.")
    return "\n".join(lines)


def read_scores(folder, network):
    """Tilescope's fp32 scores of the shared pixels, in the order of the images of the scoring batch."""
    import array

    shape = NETWORKS[network]
    raw = (folder / network / "pixels.raw").read_bytes()
    scores = array.array("f", raw[shape.pixel_count * shape.side * shape.side * 3 :])
    return scores[: len(scores) * shape.batches["score"] // shape.pixel_count]


def parse_options():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)

    def several(name, choices, help, **others):
        parser.add_argument(
            name, nargs="+", default=choices, choices=choices, help=f"{help} (default: all)", **others)

    parser.add_argument("--rounds", type=int, default=7, help="measurements of each (default: 7)")
    parser.add_argument("--seconds", type=float, default=2, help="length of each (default: 2)")
    several("--networks", list(NETWORKS), "networks to measure")
    several("--tasks", list(PEERS), "score, train or both")
    several("--precisions", ["fp32", "bf16", "int8"], "precisions to measure; int8 only scores")
    several("--peers", PEERS["score"], "programs to compare with")
    parser.add_argument(
        "--threads", type=int, nargs="+", default=[1, 2], help="numbers of threads (default: 1 2)")
    parser.add_argument(
        "--tilescope", type=pathlib.Path, default=HERE.parent / ".build/release/tilescope",
        help="the binary (default: the release build of this checkout)")
    options = parser.parse_args()
    if options.rounds < 1 or options.seconds <= 0 or min(options.threads) < 1:
        parser.error("--rounds, --seconds and --threads must be positive")
    if not options.tilescope.exists():
        parser.error(f"there is no {options.tilescope}: run `make build` first")
    return options


def write(comparison, facts):
    """Writes what there is so far into the output folder, and returns the markdown."""
    text = f"{heading(facts)}\n\n{comparison.summary()}\n\n{comparison.table()}\n\n{NOTE}\n"
    (OUTPUT / "peers.md").write_text(text)
    raw = {**facts, "differences": comparison.differences, "measurements": comparison.raw()}
    (OUTPUT / "peers.json").write_text(json.dumps(raw, indent=1) + "\n")
    return text


def main():
    options = parse_options()
    OUTPUT.mkdir(exist_ok=True)
    comparison = Comparison(options, options.tilescope)
    print("preparing the networks", file=sys.stderr)
    preparation = [sys.executable, HERE / "prepare.py", options.tilescope, comparison.folder, *options.networks]
    with open(OUTPUT / "prepare.log", "w") as log:
        if subprocess.run(preparation, stdout=log, stderr=log).returncode != 0:
            sys.exit(f"the networks cannot be prepared; see {log.name}")
    facts = machine(options, comparison.ours)
    try:
        comparison.check_scores({name: read_scores(comparison.folder, name) for name in options.networks})
        for number in range(options.rounds + 1):
            comparison.run_round(number)
            text = write(comparison, facts)
    finally:
        comparison.stop()
    print(text)


if __name__ == "__main__":
    main()
