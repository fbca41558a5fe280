"""Measures Tilescope's loader beside torch's DataLoader with torchvision, on the same JPEG pictures.

Random resized crops of 224 pixels and mirrors, from pictures whose shorter side is 256. In each round all programs are
measured one after the other, in an order that changes; ratios are taken within a round, against the fastest way to run
torch in that round, then their median. `make bench-loader PHOTOS=<folder of photographs>` runs this.
"""

import argparse
import json
import pathlib
import random
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
PICTURES, RECORDS = HERE / "out" / "pictures", HERE / "out" / "pictures.rec"


def run(*arguments):
    done = subprocess.run([str(word) for word in arguments], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{arguments[0]}: exit code {done.returncode}: {done.stderr.strip()[-500:]}")
    return done.stdout


def prepare(binary, photographs, count):
    if len(list(PICTURES.glob("*/*.jpg"))) != count:
        run(sys.executable, HERE / "make_pictures.py", photographs, PICTURES, count)
    run(binary, "pack", PICTURES, "--output", RECORDS, "--overwrite")


def ours(binary, workers, seconds):
    line = run(binary, "bench", "loader", "--json", "--data", RECORDS, "--workers", workers, "--seconds", seconds)
    return json.loads(line)["results"][1]


def torch(workers, seconds, *options):
    line = run(
        sys.executable, HERE / "torch_loader.py", PICTURES, "--workers", workers, "--seconds", seconds, *options)
    return json.loads(line)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("photographs", type=pathlib.Path)
    parser.add_argument("--tilescope", default=HERE.parent / ".build/release/tilescope")
    parser.add_argument("--count", type=int, default=560, help="pictures")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3)
    arguments = parser.parse_args()
    (HERE / "out").mkdir(exist_ok=True)
    prepare(arguments.tilescope, arguments.photographs, arguments.count)
    seconds = arguments.seconds
    programs = {
        "tilescope, 1 thread": lambda: ours(arguments.tilescope, 1, seconds),
        "tilescope, 2 threads": lambda: ours(arguments.tilescope, 2, seconds),
        "torch, 1 worker": lambda: torch(1, seconds),
        "torch, 2 workers": lambda: torch(2, seconds),
        "torch, 2 workers, bytes": lambda: torch(2, seconds, "--bytes"),
    }
    rounds = []
    for number in range(arguments.rounds):
        names = list(programs)
        random.Random(number).shuffle(names)
        rounds.append({name: programs[name]()["imagesPerSecond"] for name in names})
        print(json.dumps({name: round(rounds[-1][name]) for name in programs}), flush=True)
    for name in programs:
        print(f"{name}: {statistics.median(one[name] for one in rounds):.0f} images/s")
    best = [max(value for name, value in one.items() if name.startswith("torch")) for one in rounds]
    ratios = [one["tilescope, 2 threads"] / peer for one, peer in zip(rounds, best)]
    print(f"ours / the best of torch: {statistics.median(ratios):.2f} ({', '.join(f'{r:.2f}' for r in ratios)})")


if __name__ == "__main__":
    main()
