#!/usr/bin/env python3
"""Trains a ResNet v2 in torch as `tilescope train` does, to hold the accuracies against each other.

    python3 train_torch.py TRAIN_FOLDER VALIDATION_FOLDER --epochs 20 --seed 0

Folders with one folder of pictures per class, all pictures of one size. The recipe is that of `docs/benchmarks.md`, section
"Training": SGD with Nesterov's momentum, cosine, pad and crop, mirror, label smoothing. The network is the
plain torch model that the goldens of Tilescope's engine are made with. One JSON line an epoch on standard output.
"""

import argparse
import json
import math
import pathlib
import sys
import time

import numpy
import torch
import torch.nn.functional as F
from PIL import Image

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "Tests" / "CPUEngineTests" / "Golden"))
from networks import network  # noqa: E402

MEAN, DEVIATION = torch.tensor([0.485, 0.456, 0.406]) * 255, torch.tensor([0.229, 0.224, 0.225]) * 255


def pictures(folder, class_names):
    """uint8 [N, 3, H, W] and labels."""
    pixels, labels = [], []
    for label, name in enumerate(class_names):
        for path in sorted((pathlib.Path(folder) / name).iterdir()):
            pixels.append(numpy.asarray(Image.open(path).convert("RGB")))
            labels.append(label)
    return torch.from_numpy(numpy.stack(pixels)).permute(0, 3, 1, 2).contiguous(), torch.tensor(labels)


def normalised(pixels):
    return (pixels.float() - MEAN[:, None, None]) / DEVIATION[:, None, None]


def varied(pixels, padding, generator):
    """Each picture moved by up to `padding` pixels, black moving in, and mirrored half of the time."""
    count, side = len(pixels), pixels.shape[-1]
    padded = F.pad(pixels, [padding] * 4)
    shifts = torch.randint(0, 2 * padding + 1, (count, 2), generator=generator).tolist()
    cut = torch.stack([p[:, y : y + side, x : x + side] for p, (y, x) in zip(padded, shifts)])
    mirrored = torch.rand(count, generator=generator) < 0.5
    cut[mirrored] = cut[mirrored].flip(-1)
    return cut


def correct(model, pixels, labels):
    """Fractions of top-1 and top-5."""
    model.eval()
    counts = [0, 0]
    with torch.no_grad():
        for start in range(0, len(pixels), 250):
            scores = model(normalised(pixels[start : start + 250]).contiguous(memory_format=torch.channels_last))
            best = scores.topk(5).indices == labels[start : start + 250, None]
            counts = [counts[0] + best[:, 0].sum().item(), counts[1] + best.any(1).sum().item()]
    return [count / len(pixels) for count in counts]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("train")
    parser.add_argument("validation")
    parser.add_argument("--architecture", default="resnet18-v2")
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--learning-rate", type=float, default=0.05)
    parser.add_argument("--weight-decay", type=float, default=5e-4)
    parser.add_argument("--label-smoothing", type=float, default=0.1)
    parser.add_argument("--padding", type=int, default=8)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    torch.manual_seed(given.seed)
    generator = torch.Generator().manual_seed(given.seed)
    class_names = sorted(entry.name for entry in pathlib.Path(given.train).iterdir())
    pixels, labels = pictures(given.train, class_names)
    held_out = pictures(given.validation, class_names)
    model = network(given.architecture, len(class_names)).to(memory_format=torch.channels_last)
    for module in model.modules():
        if isinstance(module, (torch.nn.Conv2d, torch.nn.Linear)):
            torch.nn.init.kaiming_uniform_(module.weight, nonlinearity="relu")
    optimizer = torch.optim.SGD(
        model.parameters(), lr=given.learning_rate, momentum=0.9, weight_decay=given.weight_decay, nesterov=True)
    steps_per_epoch = len(pixels) // given.batch
    step, start = 0, time.time()
    for epoch in range(given.epochs):
        model.train()
        order = torch.randperm(len(pixels), generator=generator)
        for index in range(steps_per_epoch):
            chosen = order[index * given.batch : (index + 1) * given.batch]
            x = normalised(varied(pixels[chosen], given.padding, generator))
            for group in optimizer.param_groups:
                done = step / (given.epochs * steps_per_epoch)
                group["lr"] = given.learning_rate * 0.5 * (1 + math.cos(math.pi * done))
            scores = model(x.contiguous(memory_format=torch.channels_last))
            loss = F.cross_entropy(scores, labels[chosen], label_smoothing=given.label_smoothing)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            step += 1
        top_one, top_five = correct(model, *held_out)
        line = {"epoch": epoch + 1, "loss": loss.item(), "topOne": top_one, "topFive": top_five}
        print(json.dumps(line | {"seconds": round(time.time() - start, 1)}), flush=True)


if __name__ == "__main__":
    main()
