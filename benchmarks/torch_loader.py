"""Measures torch's DataLoader with torchvision's transforms on a folder of pictures: `torch_loader.py <folder> …`.

As torchvision's own training script loads ImageNet: RandomResizedCrop, RandomHorizontalFlip, then a tensor. With
`--bytes` the tensor keeps bytes, as Tilescope's batches do; else it is ToTensor's floats. Prints one line of JSON.
"""

import argparse
import json
import os
import time

import torch
from torchvision import datasets, transforms


def processor_seconds():
    """Of this process and of the workers that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--side", type=int, default=224)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--bytes", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    steps = [
        transforms.RandomResizedCrop(arguments.side), transforms.RandomHorizontalFlip(),
        transforms.PILToTensor() if arguments.bytes else transforms.ToTensor(),
    ]
    dataset = datasets.ImageFolder(arguments.folder, transforms.Compose(steps))
    # So often that one pass outlasts the measurement: workers start once, and their start does not count.
    dataset = torch.utils.data.ConcatDataset([dataset] * 1000)
    loader = torch.utils.data.DataLoader(
        dataset, batch_size=arguments.batch, shuffle=True, num_workers=arguments.workers, drop_last=True)
    batches = iter(loader)
    # Past the batches that were made ahead while nobody waited.
    for _ in range(2 * max(1, arguments.workers) + 1):
        next(batches)
    count, start, processor_start = 0, time.perf_counter(), processor_seconds()
    while time.perf_counter() - start < arguments.seconds:
        next(batches)
        count += arguments.batch
    seconds = time.perf_counter() - start
    result = {"workers": arguments.workers, "imagesPerSecond": count / seconds}
    if arguments.workers == 0:
        result["imagesPerCPUSecond"] = count / (processor_seconds() - processor_start)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
