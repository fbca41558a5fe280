"""Makes the files that all programs of the comparison share, one folder per network:

weights.safetensors  random weights from torch, with statistics that fit random pixels
model.safetensors    the same as Tilescope's model, made by `tilescope import weights`
pixels.raw           random pixels (NHWC bytes) and Tilescope's scores of them (fp32), by `bench engine --dump`
model.onnx           the same network for onnxruntime and OpenVINO
model-int8.onnx      quantised by onnxruntime; model-int8.xml: quantised by NNCF for OpenVINO

Run by peers.py in a process of its own: `prepare.py <tilescope> <folder> <network>...`.
"""

import pathlib
import subprocess
import sys
import warnings

import numpy
import torch
from safetensors.torch import load_file, save_file

from cases import CLASS_COUNT, NETWORKS

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "Tests/CPUEngineTests/Golden"))
from networks import network as torch_network  # noqa: E402

MEAN = numpy.array([0.485, 0.456, 0.406], numpy.float32) * 255
DEVIATION = numpy.array([0.229, 0.224, 0.225], numpy.float32) * 255


def read_pixels(folder, name):
    """The shared pixels as the networks' input, `[N, 3, H, W]`, and Tilescope's scores of them, `[N, K]`."""
    side, count = NETWORKS[name].side, NETWORKS[name].pixel_count
    raw = (folder / name / "pixels.raw").read_bytes()
    end = count * side * side * 3
    pixels = numpy.frombuffer(raw[:end], numpy.uint8).reshape(count, side, side, 3)
    scores = numpy.frombuffer(raw[end:], numpy.float32).reshape(count, CLASS_COUNT)
    normalised = (pixels.astype(numpy.float32) - MEAN) / DEVIATION
    return numpy.ascontiguousarray(normalised.transpose(0, 3, 1, 2)), scores


def read_torch_model(folder, name):
    """The network in torch with the weights of the file that Tilescope wrote."""
    model = torch_network(name, CLASS_COUNT)
    missing, unexpected = model.load_state_dict(load_file(folder / name / "model.safetensors"), strict=False)
    assert not unexpected and all(key.endswith("num_batches_tracked") for key in missing), (missing, unexpected)
    return model.eval()


def write_weights(path, name):
    """Random weights whose running statistics fit random pixels, so that no layer saturates."""
    torch.manual_seed(1)
    model = torch_network(name, CLASS_COUNT).train()
    side = NETWORKS[name].side
    pixels = torch.randint(0, 256, (32, side, side, 3)).numpy().astype(numpy.float32)
    x = torch.from_numpy(((pixels - MEAN) / DEVIATION).transpose(0, 3, 1, 2).copy())
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(module.weight, 0.5, 1.5)
            torch.nn.init.uniform_(module.bias, -0.3, 0.3)
            module.momentum = None
        elif hasattr(module, "running_mean"):
            module.running_mean.copy_(x.mean((0, 2, 3)))
            module.running_var.copy_(x.var((0, 2, 3)))
    with torch.no_grad():
        model(x)
    tensors = {key: value for key, value in model.state_dict().items() if "num_batches" not in key}
    save_file({key: value.contiguous() for key, value in tensors.items()}, path)


def run_tilescope(tilescope, *arguments):
    """Runs Tilescope; what it says goes where our own errors go."""
    subprocess.run([tilescope, *map(str, arguments)], check=True, stdout=sys.stderr)


def write_onnx(folder, name):
    """The network for the peers that read ONNX, for batches of any size."""
    x = torch.zeros(2, 3, NETWORKS[name].side, NETWORKS[name].side)
    axes = {"pixels": {0: "n"}, "logits": {0: "n"}}
    torch.onnx.export(
        read_torch_model(folder, name), (x,), folder / name / "model.onnx", dynamo=False,
        input_names=["pixels"], output_names=["logits"], dynamic_axes=axes)


def write_onnxruntime_int8(folder, name):
    """Static quantisation by onnxruntime: QDQ, weights per channel.

    Of every op that it knows: on ResNet-18 v2 and ResNet-20 v2 a tenth quicker than of convolutions alone.
    """
    from onnxruntime import quantization
    from onnxruntime.quantization import shape_inference

    class Calibration(quantization.CalibrationDataReader):
        """Hands out the shared pixels, eight images at a time."""

        def __init__(self):
            pixels = read_pixels(folder, name)[0][:64]
            self.batches = iter([{"pixels": pixels[i : i + 8]} for i in range(0, len(pixels), 8)])

        def get_next(self):
            return next(self.batches, None)

    ready = folder / name / "model-ready.onnx"
    shape_inference.quant_pre_process(folder / name / "model.onnx", ready, skip_symbolic_shape=True)
    quantization.quantize_static(
        ready, folder / name / "model-int8.onnx", Calibration(), quant_format=quantization.QuantFormat.QDQ,
        per_channel=True, activation_type=quantization.QuantType.QUInt8,
        weight_type=quantization.QuantType.QInt8)


def write_openvino_int8(folder, name):
    """Post-training quantisation by NNCF with its defaults."""
    import nncf
    import openvino

    pixels = read_pixels(folder, name)[0][:64]
    dataset = nncf.Dataset([pixels[i : i + 8] for i in range(0, len(pixels), 8)])
    model = openvino.Core().read_model(folder / name / "model.onnx")
    openvino.save_model(
        nncf.quantize(model, dataset), folder / name / "model-int8.xml", compress_to_fp16=False)


def prepare(tilescope, folder, name):
    """Makes all files of one network; a peer whose quantisation fails goes without."""
    (folder / name).mkdir(parents=True, exist_ok=True)
    weights, model = folder / name / "weights.safetensors", folder / name / "model.safetensors"
    write_weights(weights, name)
    classes = ",".join(f"class{label}" for label in range(CLASS_COUNT))
    run_tilescope(
        tilescope, "import", "weights", weights, "--architecture", name, "--classes", classes, "--output", model,
        "--overwrite")
    run_tilescope(
        tilescope, "bench", "engine", "--weights", model, "--task", "score", "--no-peaks", "--seconds", 0.1,
        "--batch", NETWORKS[name].pixel_count, "--dump", folder / name / "pixels.raw", "--overwrite")
    write_onnx(folder, name)
    for write, result in [(write_onnxruntime_int8, "model-int8.onnx"), (write_openvino_int8, "model-int8.xml")]:
        (folder / name / result).unlink(missing_ok=True)
        try:
            write(folder, name)
        except Exception as error:  # Whatever the peer's tool throws; its worker then says what is missing.
            print(f"{name}: no {result}: {error!r}", file=sys.stderr)


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    for network in sys.argv[3:]:
        prepare(sys.argv[1], pathlib.Path(sys.argv[2]), network)
