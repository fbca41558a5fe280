#!/usr/bin/env python3
"""Makes `networks.json`: what whole networks compute, in float64, for GoldenTests.swift to hold engines against.

    python3 make_networks.py        # torch 2.15.0, torchvision 0.29.2; about a minute

Nothing random is stored: weights and pixels come from SplitMix64 seeded by the FNV-1a hash of their name, here and
in GoldenValues.swift alike. Values are rounded to float32 and then used in float64, so the figures are firm; the
same run in float32, with oneDNN and without, says how far an honest float32 engine is off (`float32Deviation`).
"""

import json
import math
import pathlib

import numpy
import torch
import torchvision
from networks import network

CASES = [
    # name, class count, input size, batch, learning rate
    ("cifar-resnet8-v1a", 10, 16, 4, 0.05),
    ("cifar-resnet8-v1b", 10, 16, 4, 0.05),
    ("cifar-resnet8-v2", 10, 16, 4, 0.05),
    ("cifar-resnet11-v2-bottleneck", 10, 16, 4, 0.05),
    ("cifar-wrn-10-2", 10, 16, 4, 0.05),
    ("cifar-resnet8-pooled", 10, 16, 4, 0.01),
    ("resnet18-v2", 7, 96, 4, 0.001),
    ("resnet50-v2", 7, 128, 4, 0.001),
    ("resnet18-v1.5", 7, 96, 4, 0.001),
    ("resnet50-v1.5", 7, 128, 4, 0.001),
]
# The decay is stronger than anyone's, so that an engine that leaves it out somewhere is found.
STEP_COUNT, MOMENTUM, WEIGHT_DECAY = 3, 0.9, 1e-2


def fnv1a(text):
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return value


def split_mix(name, count):
    """The first `count` numbers of SplitMix64, seeded by `name`, as uint64."""
    states = numpy.uint64(fnv1a(name)) + numpy.uint64(0x9E3779B97F4A7C15) * numpy.arange(
        1, count + 1, dtype=numpy.uint64)
    z = (states ^ (states >> numpy.uint64(30))) * numpy.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> numpy.uint64(27))) * numpy.uint64(0x94D049BB133111EB)
    return z ^ (z >> numpy.uint64(31))


def uniform(name, count):
    """Doubles in -1 ..< 1, of 53 bits."""
    return (split_mix(name, count) >> numpy.uint64(11)).astype(numpy.float64) * 2.0**-52 - 1


def golden_tensor(name, shape):
    """Float32 values of a weight, by the end of its name."""
    u = uniform(name, math.prod(shape))
    if len(shape) > 1:
        values = u * math.sqrt(6 / math.prod(shape[1:]))
    elif name.endswith("weight"):
        values = 1 + 0.2 * u
    elif name.endswith("running_var"):
        values = 1 + 0.2 * abs(u)
    else:
        values = 0.1 * u
    if ".bn3." in name and "running" not in name:
        # Bottleneck units at full strength make gradients so steep that float32 loses three digits a step.
        values = 0.1 * values
    return values.astype(numpy.float32).reshape(shape)


def golden_pixels(batch, size):
    """`[N, H, W, 3]` bytes: squares of 8x8 pixels in one colour each, and noise."""

    def bytes_below_128(name, side):
        numbers = split_mix(name, batch * side * side * 3) >> numpy.uint64(57)
        return numbers.astype(numpy.uint8).reshape(batch, side, side, 3)

    return bytes_below_128("colours", size // 8).repeat(8, 1).repeat(8, 2) + bytes_below_128("noise", size)


def network_input(pixels, dtype):
    mean, deviation = (
        numpy.array([numpy.float32(value) * numpy.float32(255) for value in values])
        for values in ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    )
    normalised = (pixels - mean.astype(numpy.float64)) / deviation.astype(numpy.float64)
    return torch.from_numpy(normalised.transpose(0, 3, 1, 2).copy()).to(dtype)


def kept(name):
    return not name.endswith("num_batches_tracked")


def run(name, class_count, size, batch, learning_rate, dtype):
    """All figures of one case as tensors in float64."""
    model = network(name, class_count).to(dtype)
    first = {key: golden_tensor(key, value.shape) for key, value in model.state_dict().items() if kept(key)}
    model.load_state_dict({key: torch.from_numpy(value) for key, value in first.items()}, strict=False)
    x = network_input(golden_pixels(batch, size), dtype)
    labels = torch.arange(batch) % class_count
    optimizer = torch.optim.SGD(model.parameters(), learning_rate, MOMENTUM, weight_decay=WEIGHT_DECAY)

    def scores():
        model.eval()
        with torch.no_grad():
            return torch.softmax(model(x), 1).double()

    def momenta():
        return {key: optimizer.state[p]["momentum_buffer"].double().clone() for key, p in model.named_parameters()}

    figures = {"scores": scores(), "losses": [], "correctCounts": []}
    for step in range(STEP_COUNT):
        model.train()
        logits = model(x)
        loss = torch.nn.functional.cross_entropy(logits, labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        figures["losses"].append(loss.item())
        figures["correctCounts"].append(int((logits.argmax(1) == labels).sum()))
        if step == 0:
            figures["firstMomenta"] = momenta()
    figures["lastMomenta"] = momenta()
    figures["changes"] = {
        key: value.double() - torch.from_numpy(first[key]).double()
        for key, value in model.state_dict().items() if kept(key)
    }
    figures["scoresAfter"] = scores()
    return figures


def samples(tensor):
    """The first entry, those at a third and two thirds, and the last."""
    flat = tensor.flatten()
    return [flat[k * (flat.numel() - 1) // 3].item() for k in range(4)]


def deviation(found, expected):
    """As GoldenTests.swift measures it: of root mean square and sampled entries, over the root mean square.

    Not over less than 1e-4: float32 does not resolve smaller changes of numbers near 1.
    """
    root = math.sqrt(expected.numel())
    rms = expected.norm().item() / root
    differences = [abs(found.norm().item() / root - rms)]
    differences += [abs(a - b) for a, b in zip(samples(found), samples(expected))]
    return max(differences) / max(rms, 1e-4)


def shortened(value):
    return float(f"{value:.8g}")


def summary(tensors):
    """In the network's order, so that the first difference is the one nearest to its cause."""
    return [
        {"name": key, "norm": shortened(value.norm().item()), "samples": [shortened(s) for s in samples(value)]}
        for key, value in tensors.items()
    ]


def golden(case):
    name, class_count, size, batch, learning_rate = case
    exact = run(*case, torch.float64)
    tensors = ("firstMomenta", "lastMomenta", "changes")
    float32 = dict.fromkeys(("scores", "losses", *tensors), 0)
    for onednn in (True, False):
        with torch.backends.mkldnn.flags(enabled=onednn):
            rounded = run(*case, torch.float32)
        for key in ("scores", "scoresAfter"):
            float32["scores"] = max(float32["scores"], (exact[key] - rounded[key]).abs().max().item())
        for a, b in zip(exact["losses"], rounded["losses"]):
            float32["losses"] = max(float32["losses"], abs(a - b) / a)
        for key in tensors:
            worst = max(deviation(rounded[key][n], exact[key][n]) for n in exact[key])
            float32[key] = max(float32[key], worst)
    print(name, exact["losses"], exact["correctCounts"], {k: f"{v:.1e}" for k, v in float32.items()}, flush=True)
    return {
        "name": name, "classCount": class_count, "inputSize": size, "batchSize": batch,
        "learningRate": learning_rate, "momentum": MOMENTUM, "weightDecay": WEIGHT_DECAY,
        "scores": [shortened(v) for v in exact["scores"].flatten().tolist()],
        "scoresAfter": [shortened(v) for v in exact["scoresAfter"].flatten().tolist()],
        "losses": [shortened(v) for v in exact["losses"]], "correctCounts": exact["correctCounts"],
        "float32Deviation": {key: float(f"{value:.1e}") for key, value in float32.items()},
    } | {key: summary(exact[key]) for key in tensors}


def main():
    torch.set_num_threads(2)
    document = {
        "made": f"make_networks.py, torch {torch.__version__}, torchvision {torchvision.__version__}, float64",
        "generator": {"firstOfConv1Weight": golden_tensor("conv1.weight", [16, 3, 3, 3]).flatten()[:3].tolist(),
                      "pixelSum": int(golden_pixels(4, 32).sum(dtype=numpy.int64))},
        "cases": [golden(case) for case in CASES],
    }
    # One line for each tensor: a diff of this file can be read.
    text = json.dumps(document, separators=(",", ":")).replace('{"name"', '\n{"name"') + "\n"
    pathlib.Path(__file__).with_name("networks.json").write_text(text)


if __name__ == "__main__":
    main()
