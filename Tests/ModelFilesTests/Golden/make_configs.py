#!/usr/bin/env python3
"""Makes `configs.json`: the config.json that timm and transformers write, and what timm makes of it, for ForeignConfigTests.swift.

    python3 make_configs.py        # timm 1.0.31, transformers 5.24.0
"""

import json
import math
import pathlib
import tempfile

import timm
import torch
import transformers
from timm.data import resolve_data_config
from timm.models._hub import save_config_for_hf

# name, what its owner says of it besides
NETWORKS = [
    ("resnet50.a1_in1k", {}), ("resnet18.tv_in1k", {}), ("resnet152.a1h_in1k", {}), ("wide_resnet50_2.tv_in1k", {}),
    ("resnet18", {"label_names": ["cat", "dog", "hen"]}),
    ("resnet34", {"label_names": ["a", "b"], "pretrained_cfg": {
        "crop_mode": "border", "crop_pct": 0.9, "mean": [0.5, 0.4, 0.3], "std": [0.25, 0.25, 0.2],
        "input_size": [3, 96, 96], "interpolation": "bilinear"}}),
    ("resnet50d.ra2_in1k", {}),
]


def main():
    rows = []
    with torch.device("meta"):
        for name, said in NETWORKS:
            classes = said.get("label_names")
            network = timm.create_model(name, **({"num_classes": len(classes)} if classes else {}))
            with tempfile.TemporaryDirectory() as folder:
                path = pathlib.Path(folder) / "config.json"
                save_config_for_hf(network, path, model_config=said)
                config = json.loads(path.read_text())
            for use_test_size in [True, False]:
                way = resolve_data_config(pretrained_cfg=config["pretrained_cfg"], use_test_size=use_test_size)
                side = way["input_size"][1]
                rows.append({
                    "config": json.dumps(config), "isTest": use_test_size, "side": side,
                    "length": math.floor(side / way["crop_pct"]), "mode": way["crop_mode"],
                    "filter": way["interpolation"], "mean": way["mean"], "std": way["std"],
                })
    kinds = [
        transformers.ResNetConfig(id2label={0: "tench", 1: "cock, hen"}, label2id={"tench": 0, "cock, hen": 1}),
        transformers.ResNetConfig(
            layer_type="basic", depths=[2, 2, 2, 2], hidden_sizes=[64, 128, 256, 512], num_labels=3),
    ]
    processor = transformers.ConvNextImageProcessor(crop_pct=0.875, size={"shortest_edge": 224}, resample=3)
    document = {
        "made": f"make_configs.py, timm {timm.__version__}, transformers {transformers.__version__}",
        "timm": rows, "transformers": [json.dumps(kind.to_dict(), default=str) for kind in kinds],
        "preprocessor": processor.to_json_string(),
    }
    pathlib.Path(__file__).with_name("configs.json").write_text(json.dumps(document, indent=1) + "\n")


if __name__ == "__main__":
    main()
