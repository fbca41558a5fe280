"""torch on one device in one way: answers requests, one JSON object per line, until its input ends.

    {"task": "train", "architecture": "resnet50-v2", "side": 224, "batch": 256, "precision": "bf16", "held": false,
     "seconds": 5}

is answered with the rate in that time, what goes wrong with {"error": ...}. All ways: channels last, automatic mixed
precision, a fused optimiser, cuDNN left to choose its algorithms.

eager            as it stands
compile          torch.compile
reduce-overhead  torch.compile with CUDA graphs
max-autotune     torch.compile that also measures kernels, with CUDA graphs
graph            the whole compiled training step, optimiser included, captured as one CUDA graph
loader           eager, and the pictures are varied on the CPU by the workers of a DataLoader; only with "held"

With "held", tiles lie on the device as bytes and each step draws, moves and mirrors its own; without it, each step
takes the same batch, which lies on the device.

Run by gpu.py: `gpu_torch.py <way> <device>`.
"""

import json
import os
import pathlib
import sys
import warnings

import torch
import torch.nn.functional as F

from timing import measure

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "Tests/CPUEngineTests/Golden"))
from networks import network  # noqa: E402

CLASS_COUNT, TILE_COUNT, PADDING = 10, 50_000, 4
# Between two waits for the device.
STEPS = 10
MODES = {"compile": None, "graph": None, "reduce-overhead": "reduce-overhead", "max-autotune": "max-autotune"}


def normalised(pixels):
    """Bytes `[N, S, S, 3]` as the network's input; the permutation leaves them channels last."""
    return ((pixels.float() - 127.5) / 64).permute(0, 3, 1, 2)


def classes(architecture):
    return CLASS_COUNT if architecture.startswith("cifar") else 1000


def random_pixels(count, side, device):
    return torch.randint(0, 256, (count, side, side, 3), dtype=torch.uint8, device=device)


class HeldTiles:
    """Tiles on the device, and batches drawn of them: moved by up to `PADDING` pixels, mirrored half of the time."""

    def __init__(self, request, device):
        self.side, self.batch, self.device = request["side"], request["batch"], device
        pixels = random_pixels(request.get("tiles", TILE_COUNT), self.side, device)
        self.padded = F.pad(pixels, (0, 0, PADDING, PADDING, PADDING, PADDING))
        self.labels = torch.randint(0, CLASS_COUNT, (len(pixels),), device=device)

    def draw(self):
        def random(limit):
            return torch.randint(0, limit, (self.batch, 1), device=self.device)

        places = torch.arange(self.side, device=self.device)[None]
        chosen = random(len(self.padded))
        rows = random(2 * PADDING + 1) + places
        columns = random(2 * PADDING + 1) + torch.where(random(2) == 1, places.flip(1), places)
        pixels = self.padded[chosen[:, :, None], rows[:, :, None], columns[:, None, :]]
        return pixels, self.labels[chosen[:, 0]]


class TileDataset(torch.utils.data.Dataset):
    """The same tiles and variations on the CPU, one at a time, for the workers of a DataLoader."""

    def __init__(self, request):
        self.side = request["side"]
        count = request.get("tiles", TILE_COUNT)
        self.padded = F.pad(random_pixels(count, self.side, "cpu"), (0, 0, PADDING, PADDING, PADDING, PADDING))
        self.labels = torch.randint(0, CLASS_COUNT, (count,))

    def __len__(self):
        return len(self.padded)

    def __getitem__(self, index):
        y, x, mirrored = torch.randint(0, 2 * (2 * PADDING + 1), (3,)).tolist()
        y, x = y // 2, x // 2
        pixels = self.padded[index, y : y + self.side, x : x + self.side]
        return pixels.flip(1) if mirrored % 2 else pixels, self.labels[index]


def endless(loader, device):
    while True:
        for pixels, labels in loader:
            yield pixels.to(device, non_blocking=True), labels.to(device, non_blocking=True)


def make_source(way, request, device):
    """A function that gives a step its pixels and labels."""
    if way == "loader":
        loader = torch.utils.data.DataLoader(
            TileDataset(request), batch_size=request["batch"], shuffle=True, num_workers=os.cpu_count(),
            pin_memory=device == "cuda", drop_last=True, persistent_workers=True)
        batches = endless(loader, device)
        return lambda: next(batches)
    if request["held"]:
        return HeldTiles(request, device).draw
    pixels = random_pixels(request["batch"], request["side"], device)
    labels = torch.arange(request["batch"], device=device) % CLASS_COUNT
    return lambda: (pixels, labels)


def make_training(way, request, device):
    """One step: SGD with momentum and weight decay on the cross entropy."""
    model = network(request["architecture"], classes(request["architecture"]))
    model = model.to(device, memory_format=torch.channels_last).train()
    optimizer = torch.optim.SGD(
        model.parameters(), lr=0.01, momentum=0.9, weight_decay=1e-4, fused=True)
    draw = make_source(way, request, device)

    def loss_of(pixels, labels):
        with torch.autocast(device, torch.bfloat16, enabled=request["precision"] == "bf16"):
            return F.cross_entropy(model(normalised(pixels)).float(), labels)

    if way in MODES:
        loss_of = torch.compile(loss_of, mode=MODES[way], dynamic=False)
        draw = torch.compile(draw, dynamic=False) if request["held"] else draw

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss_of(*draw()).backward()
        optimizer.step()

    return captured(step) if way == "graph" else step


def captured(step):
    """The step as one CUDA graph, after the warm-up that torch's documentation asks for."""
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(5):
            step()
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        step()
    return graph.replay


def make_scoring(way, request, device):
    """Bytes in, logits out; the weights in the precision itself, which is quicker than mixed precision."""
    dtype = {"fp32": torch.float32, "bf16": torch.bfloat16}[request["precision"]]
    model = network(request["architecture"], classes(request["architecture"])).eval()
    model = model.to(device, dtype, memory_format=torch.channels_last)
    draw = make_source("eager", request | {"held": False}, device)

    def score(pixels):
        return model(normalised(pixels).to(dtype))

    if way in MODES:
        score = torch.compile(score, mode=MODES[way], dynamic=False)

    def step():
        with torch.no_grad():
            score(draw()[0])

    return captured(step) if way == "graph" else step


def serve(way, device, replies):
    torch.backends.cudnn.benchmark = True
    programs = {}
    for line in sys.stdin:
        request = json.loads(line)
        key = json.dumps({name: request[name] for name in request if name != "seconds"}, sort_keys=True)
        try:
            if key not in programs:
                # One at a time: each has the whole device's memory.
                programs.clear()
                make = make_training if request["task"] == "train" else make_scoring
                programs[key] = make(way, request, device)

            def run():
                for _ in range(STEPS):
                    programs[key]()
                if device == "cuda":
                    torch.cuda.synchronize()

            run()
            answer = measure(run, request["batch"] * STEPS, request["seconds"])
        except Exception as error:  # torch may throw what it likes: it is reported, not ours to handle.
            answer = {"error": " ".join(repr(error).split())[:300]}
        print(json.dumps(answer), file=replies, flush=True)


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    # torch prints to standard output as it likes; answers go where it was.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    serve(sys.argv[1], sys.argv[2], answers)
