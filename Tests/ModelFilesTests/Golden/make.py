"""Makes the golden files beside it: `python make.py`.

Made with safetensors 0.8.0, torch 2.15.0.
"""
import os
import torch
from safetensors.torch import save_file

here = os.path.dirname(os.path.abspath(__file__))

save_file(
    {
        "fc.weight": torch.arange(6, dtype=torch.float32).reshape(2, 3) / 4 - 0.5,
        "fc.bias": torch.tensor([1e-30, -3.25]),
        "Ünicode": torch.zeros(0, 4),
        "scalar": torch.tensor(float("inf")),
    },
    os.path.join(here, "tiny.safetensors"),
    metadata={"quote": 'a "quoted" \\ word\n\tand \x01 é 🚗'},
)
save_file(
    {
        "half": torch.tensor([1.0009765625, -65504.0, 6e-8], dtype=torch.float16),
        "brain": torch.tensor([1.0078125, -3.0e38], dtype=torch.bfloat16),
        "double": torch.tensor([0.1, 1e300, -2.5], dtype=torch.float64),
        "long": torch.tensor([0, -7, 16777217], dtype=torch.int64),
    },
    os.path.join(here, "types.safetensors"),
)
