"""What is measured, with which programs: the words that the other files share."""

import dataclasses

OURS = "tilescope"


@dataclasses.dataclass(frozen=True)
class Network:
    """A network of the comparison, with its input's side in pixels and its batches by task."""

    side: int
    batches: dict

    @property
    def pixel_count(self):
        """Images in the file of pixels: enough for each task."""
        return max(self.batches.values())


NETWORKS = {
    "cifar-resnet20-v2": Network(32, {"score": 128, "train": 128}),
    "resnet18-v2": Network(224, {"score": 16, "train": 32}),
}
CLASS_COUNT = 10

PRECISIONS = {"score": ["fp32", "bf16", "int8"], "train": ["fp32", "bf16"]}

# Which peers do a task at all.
PEERS = {
    "score": ["torch", "torch.compile", "onnxruntime", "openvino", "openvino-streams"],
    "train": ["torch", "torch.compile"],
}

# Why a peer is not measured in a precision.
LACKS = {
    ("torch", "int8"): "eager torch runs int8 only through other tools",
    ("torch.compile", "int8"): "torch runs int8 only through other tools",
    ("onnxruntime", "bf16"): "onnxruntime has no bf16 kernels for CPUs",
}


@dataclasses.dataclass(frozen=True)
class Case:
    """One comparison: a task on a network, in one precision, on so many threads."""

    network: str
    task: str
    precision: str
    threads: int

    @property
    def batch(self):
        return NETWORKS[self.network].batches[self.task]

    def request(self, seconds):
        """What a peer's worker is asked for this case."""
        return {
            "network": self.network, "task": self.task, "precision": self.precision, "batch": self.batch,
            "seconds": seconds,
        }
