"""Scans one scene with Tilescope and with a plain torch sliding window in turn, on the same cores.

    scans.py TILESCOPE SCENE.png MODEL ARCHITECTURE FOLDER [--rounds 3] [--stride 16] [--precision fp32] [--options '…']

torch gets the decoded scene, cuts windows with `unfold` and scores them in batches of 512, channels last, in
inference mode: no reading, merging or writing is in its time. Tilescope's time is that of the whole command, from the file to the
boxes and pictures, beside the scoring rate that it reports. One JSON line a round.
"""

import argparse
import json
import os
import pathlib
import resource
import shlex
import shutil
import subprocess
import sys
import time

import numpy
import torch
from PIL import Image
from safetensors.torch import load_file

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "Tests/CPUEngineTests/Golden"))
from networks import network as torch_network  # noqa: E402

Image.MAX_IMAGE_PIXELS = None


def torch_scan(model, scene, stride, precision, mean, deviation):
    """Scores of all windows; the last row and column flush with the edges are left out."""
    side, batch = 32, 512
    windows = scene.unfold(0, side, stride).unfold(1, side, stride)
    rows, columns = windows.shape[:2]
    scores = []
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16"):
        for row in range(rows):
            for first in range(0, columns, batch):
                x = (windows[row, first:first + batch].float() / 255 - mean) / deviation
                x = x.contiguous(memory_format=torch.channels_last)
                scores.append(torch.softmax(model(x).float(), 1))
    return torch.cat(scores), rows * columns


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ["tilescope", "scene", "model", "architecture"]:
        parser.add_argument(name)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--stride", type=int, default=16)
    parser.add_argument("--precision", default="fp32")
    parser.add_argument("--options", type=shlex.split, default=[], help="more options of scan, in one word")
    arguments = parser.parse_args()
    torch.set_num_threads(os.cpu_count())

    weights = load_file(arguments.model)
    model = torch_network(arguments.architecture, weights["fc.weight"].shape[0])
    model.load_state_dict(weights, strict=False)
    model = model.eval().to(memory_format=torch.channels_last)
    mean = torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1)
    deviation = torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1)
    scene = torch.from_numpy(numpy.asarray(Image.open(arguments.scene).convert("RGB")).copy())
    for index in range(arguments.rounds):
        output = arguments.folder / "tilescope"
        shutil.rmtree(output, ignore_errors=True)
        command = [
            arguments.tilescope, "scan", arguments.scene, "--model", arguments.model, "--stride", str(arguments.stride),
            "--precision", arguments.precision, "--output", str(output), *arguments.options,
        ]
        start = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        seconds = time.perf_counter() - start
        record = json.loads((output / "run.json").read_text())
        timing = record["timing"]
        start = time.perf_counter()
        _, count = torch_scan(model, scene, arguments.stride, arguments.precision, mean, deviation)
        torch_seconds = time.perf_counter() - start
        whole = timing["scoredWindowCount"] / seconds
        print(json.dumps({
            "round": index, "windows": timing["scoredWindowCount"],
            "tilescopeScoring": round(timing["scoredWindowCount"] / timing["scanSeconds"]),
            "tilescopeWholeCommand": round(whole), "torch": round(count / torch_seconds),
            "ratioWholeCommand": round(whole * torch_seconds / count, 2),
            "tilescopePeakMB": record["peakMemoryByteCount"] >> 20,
            "torchPeakMB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10,
            "engine": record["engine"], "torchVersion": torch.__version__,
        }), flush=True)


if __name__ == "__main__":
    main()
