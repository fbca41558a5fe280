#!/usr/bin/env python3
"""Makes `weight-names.json`: names and shapes of the tensors of other programs' networks, for WeightNamesTests.swift.

    python3 make_weight_names.py        # torch 2.15.0, torchvision 0.29.2, timm 1.0.31, transformers 5.24.0; a few seconds

A network of timm whose tensors are those of torchvision, name by name and shape by shape, is only listed.
"""

import json
import pathlib

import timm
import torch
import torchvision
import transformers

DEPTHS = [18, 34, 50, 101, 152]
# Networks that look like ours and are not.
OTHERS = ["resnetv2_18", "resnetv2_50", "resnetv2_50x1_bit", "resnet50d", "seresnet50", "wide_resnet50_2"]


def tensors(network):
    return {name: list(tensor.shape) for name, tensor in network.state_dict().items()}


def main():
    torchvision_networks, same = {}, []
    with torch.device("meta"):
        for name in (f"resnet{depth}" for depth in DEPTHS):
            torchvision_networks[name] = tensors(getattr(torchvision.models, name)())
            assert tensors(timm.create_model(name)) == torchvision_networks[name], name
            same.append(name)
        hugging_face = {}
        for kind, depths, sizes in [("basic", [2, 2, 2, 2], [64, 128, 256, 512]), ("bottleneck", [3, 4, 6, 3], [256, 512, 1024, 2048])]:
            config = transformers.ResNetConfig(layer_type=kind, depths=depths, hidden_sizes=sizes, num_labels=1000)
            hugging_face[kind] = tensors(transformers.ResNetForImageClassification(config))
        others = {name: tensors(timm.create_model(name)) for name in OTHERS}
    document = {
        "made": f"make_weight_names.py, torch {torch.__version__}, torchvision {torchvision.__version__}, "
        f"timm {timm.__version__}, transformers {transformers.__version__}",
        "torchvision": torchvision_networks,
        "timmAsTorchvision": same,
        "timm": others,
        "transformers": hugging_face,
    }
    path = pathlib.Path(__file__).parent / "weight-names.json"
    path.write_text(json.dumps(document, separators=(",", ":")).replace("},", "},\n") + "\n")


if __name__ == "__main__":
    main()
