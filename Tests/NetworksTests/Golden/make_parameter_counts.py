#!/usr/bin/env python3
"""Makes `parameter-counts.json`: trainable numbers of every network, for FamilyTests.swift.

    python3 make_parameter_counts.py        # torch 2.15.0, torchvision 0.29.2; a few seconds

v1.5 is counted in torchvision's own models. The others are counted twice: in the plain torch models of
../../CPUEngineTests/Golden/networks.py, and most of them by a formula from the papers' tables too, which must agree.
"""

import json
import pathlib
import sys

import torch
import torchvision

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "CPUEngineTests" / "Golden"))
from networks import IMAGENET_UNITS, network, parameter_count  # noqa: E402

CIFAR_DEPTHS, V2_DEPTHS, V15_DEPTHS = [8, 20, 32, 44, 56, 110], list(IMAGENET_UNITS), [18, 34, 50, 101, 152]


def cifar_formula(version, depth, class_count):
    n, total, inputs = (depth - 2) // 6, 3 * 9 * 16, 16
    total += 2 * 16 if version != "v2" else 2 * 64
    for width in (16, 32, 64):
        for unit in range(n):
            norms = width + width if version != "v2" else inputs + width
            total += 9 * inputs * width + 9 * width * width + 2 * norms
            if inputs != width:
                total += {"v1a": 0, "v1b": inputs * width + 2 * width, "v2": inputs * width}[version]
            inputs = width
    return total + (64 + 1) * class_count


def imagenet_v2_formula(depth, class_count):
    total, inputs = 3 + 3 * 49 * 64 + 2 * 64, 64
    for stage, count in enumerate(IMAGENET_UNITS[depth]):
        width = 64 << stage
        outputs = width if depth < 50 else 4 * width
        for unit in range(count):
            if depth < 50:
                total += 9 * inputs * width + 9 * width * width + 2 * (inputs + width)
            else:
                total += inputs * width + 9 * width * width + width * outputs + 2 * (inputs + 2 * width)
            total += inputs * outputs if unit == 0 else 0
            inputs = outputs
    return total + 2 * inputs + (inputs + 1) * class_count


def main():
    counts = {}
    with torch.device("meta"):
        for version in ("v1a", "v1b", "v2"):
            for depth in CIFAR_DEPTHS:
                name = f"cifar-resnet{depth}-{version}"
                counts[name] = parameter_count(network(name, 10))
                assert counts[name] == cifar_formula(version, depth, 10), name
        # He et al. 2016, table 3, give 1.7 million for depth 164.
        for name in ("cifar-resnet164-v2-bottleneck", "cifar-resnet8-pooled", "cifar-resnet11-pooled"):
            counts[name] = parameter_count(network(name, 10))
        for depth in V2_DEPTHS:
            name = f"resnet{depth}-v2"
            counts[name] = parameter_count(network(name, 1000))
            assert counts[name] == imagenet_v2_formula(depth, 1000), name
        for depth in V15_DEPTHS:
            counts[f"resnet{depth}-v1.5"] = parameter_count(network(f"resnet{depth}-v1.5", 1000))
        # Zagoruyko and Komodakis, tables 4 and 5, give 11.0, 8.9 and 36.5 million on CIFAR.
        for name in ("cifar-wrn-16-8", "cifar-wrn-40-4", "cifar-wrn-28-10"):
            counts[name] = parameter_count(network(name, 10))
        for name in ("wrn-50-2", "wrn-101-2"):
            counts[name] = parameter_count(network(name, 1000))
    document = {
        "made": f"make_parameter_counts.py, torch {torch.__version__}, torchvision {torchvision.__version__}",
        "classCount": "10 for cifar-…, else 1000",
        "counts": counts,
    }
    (HERE / "parameter-counts.json").write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
