"""Imports what torch exports of a network, by both of its exporters, and holds the scores to torch's own.

The networks are those of Tests/CPUEngineTests/Golden/networks.py. For those that torchvision has, our export for it is
loaded into its own network, too, and has to give the same logits.
"""

import logging
import os
import pathlib
import sys
import warnings

os.environ["CUDA_VISIBLE_DEVICES"] = ""
warnings.filterwarnings("ignore")
sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "CPUEngineTests" / "Golden"))

import torch
from networks import network
from peers import compare, pixels, predicted, run, write_pictures
from safetensors.torch import load_file

CLASS_COUNT = 10
MEAN, DEVIATION = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
logging.disable(logging.WARNING)


def check(tool, name, folder, photos):
    folder = pathlib.Path(folder)
    side = 32 if name.startswith("cifar") else 96
    write_pictures(folder / "pictures", side, photos)
    torch.manual_seed(1)
    net = network(name, CLASS_COUNT)
    # Statistics and scales of its own for each batch norm, so that none can be mistaken for another.
    for module in net.modules():
        if getattr(module, "running_mean", None) is not None:
            module.running_mean.uniform_(-0.2, 0.2)
            module.running_var.uniform_(0.5, 1.5)
            module.bias.data.uniform_(-0.2, 0.2)
            if getattr(module, "weight", None) is not None:
                module.weight.data.uniform_(0.5, 1.5)
    net.eval()
    images = torch.tensor(pixels(folder / "pictures")).permute(0, 3, 1, 2) / 255
    images = (images - torch.tensor(MEAN).view(3, 1, 1)) / torch.tensor(DEVIATION).view(3, 1, 1)
    with torch.no_grad():
        # Logits around 0 that differ by about 1 between pictures: scores that are neither all alike nor 0 and 1.
        logits = net(images)
        last = [module for module in net.modules() if isinstance(module, torch.nn.Linear)][-1]
        scale = 1 / logits.std(0).mean()
        last.weight *= scale
        last.bias.copy_((last.bias - logits.mean(0)) * scale)
        logits = net(images)
    scores = torch.softmax(logits, 1).numpy()
    classes = ",".join(f"class {index}" for index in range(CLASS_COUNT))
    for index, (kind, options) in enumerate(exporters()):
        path = folder / f"{index}.onnx"
        torch.onnx.export(net, images[:2], path, verbose=False, **options)
        said = run(tool, "import", "onnx", path, "--classes", classes, "--output", folder / "imported",
                   "--overwrite")
        assert said.strip().endswith(f"{name}, {CLASS_COUNT} classes, {side}x{side} pixels"), said
        compare(kind, predicted(tool, folder / "imported", folder / "pictures", CLASS_COUNT), scores, 1e-4)

    if name.endswith("v1.5"):
        import torchvision

        run(tool, "export", folder / "imported", "--format", "safetensors", "--names", "torchvision", "--output",
            folder / "for-torchvision", "--overwrite")
        depth = name.removeprefix("resnet").removesuffix("-v1.5")
        theirs = torchvision.models.get_model(f"resnet{depth}", num_classes=CLASS_COUNT).eval()
        theirs.load_state_dict(load_file(folder / "for-torchvision"), strict=True)
        with torch.no_grad():
            compare("torchvision", logits.numpy(), theirs(images).numpy(), 1e-4 * float(logits.abs().max()),
                    largest=float("inf"))
        # Weights under torchvision's names come back as they were: nothing is folded.
        from safetensors.torch import save_file

        save_file(net.state_dict(), folder / "torchvision")
        run(tool, "import", "weights", folder / "torchvision", "--architecture", name, "--classes", classes,
            "--input-size", side, "--output", folder / "own", "--overwrite")
        run(tool, "export", folder / "own", "--format", "safetensors", "--names", "torchvision", "--output",
            folder / "back", "--overwrite")
        theirs.load_state_dict(load_file(folder / "back"), strict=True)
        with torch.no_grad():
            assert torch.equal(theirs(images), logits), "logits of the same weights differ"
        print("torchvision: equal logits")


def exporters():
    yield "TorchScript", dict(dynamo=False, opset_version=13)
    yield "TorchScript, nothing folded", dict(
        dynamo=False, opset_version=11, do_constant_folding=False, training=torch.onnx.TrainingMode.PRESERVE)
    try:
        import onnxscript  # noqa: F401
    except ImportError:
        print("torch.export: not tried, onnxscript is missing")
    else:
        yield "torch.export", dict(dynamo=True, dynamic_shapes=({0: torch.export.Dim("N")},))
