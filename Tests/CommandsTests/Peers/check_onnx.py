"""Exports a model and holds the file to ONNX's own checker, and its scores in onnxruntime to ours."""

import json
import pathlib

import numpy
import onnx
import onnxruntime
import safetensors.numpy
from peers import compare, pixels, predicted, run, write_pictures


def check(tool, model, folder, side, precision, tolerance, photos, kind="trained"):
    """Scales the last layer of an "untrained" model first, in its file, so that the scores of pictures differ."""
    folder = pathlib.Path(folder)
    pictures = folder / "pictures"
    write_pictures(pictures, int(side), photos)
    images = pixels(pictures)
    path = folder / "exported.onnx"
    if kind == "untrained":
        scale_last_layer(tool, model, path, images)
    run(tool, "export", model, "--format", "onnx", "--precision", precision, "--output", path, "--overwrite")

    file = onnx.load(path)
    onnx.checker.check_model(file, full_check=True)
    assert [(entry.domain, entry.version) for entry in file.opset_import] == [("", 13)]
    contract = json.loads({entry.key: entry.value for entry in file.metadata_props}["tilescope"])
    has_bytes = any(node.op_type == "QuantizeLinear" for node in file.graph.node)
    assert contract["precision"] == precision and has_bytes == (precision == "int8")

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    scores = session.run(["scores"], {"pixels": images})[0]
    one_by_one = numpy.concatenate([session.run(None, {"pixels": image[None]})[0] for image in images])
    numpy.testing.assert_allclose(scores, one_by_one, atol=1e-5)
    assert scores.shape[1] == len(contract["classes"])
    ours = predicted(tool, model, pictures, scores.shape[1], "--precision", precision)
    # 100 times the tolerance of bytes is more than scores can differ.
    compare(f"onnxruntime, {precision}", ours, scores, float(tolerance), spread=0.2 if precision == "int8" else None)

    # The safetensors file, by the package of that name.
    run(tool, "export", model, "--format", "safetensors", "--output", folder / "weights.safetensors", "--overwrite")
    weights = safetensors.numpy.load_file(folder / "weights.safetensors")
    original = safetensors.numpy.load_file(model)
    assert weights.keys() == original.keys()
    for name, tensor in weights.items():
        numpy.testing.assert_array_equal(tensor, original[name], err_msg=name)


def scale_last_layer(tool, model, path, images):
    """Makes the logits lie around 0 and differ by about 1 between pictures."""
    run(tool, "export", model, "--format", "onnx", "--output", path, "--overwrite")
    file = onnx.load(path)
    logits = next(node.input[0] for node in file.graph.node if node.op_type == "Softmax")
    file.graph.output.append(onnx.helper.make_tensor_value_info(logits, onnx.TensorProto.FLOAT, None))
    session = onnxruntime.InferenceSession(file.SerializeToString(), providers=["CPUExecutionProvider"])
    values = session.run([logits], {"pixels": images})[0]
    with safetensors.safe_open(model, "numpy") as source:
        metadata = source.metadata()
    tensors = safetensors.numpy.load_file(model)
    scale = 1 / values.std(axis=0).mean()
    tensors["fc.weight"] = tensors["fc.weight"] * scale
    tensors["fc.bias"] = (tensors["fc.bias"] - values.mean(axis=0)) * scale
    safetensors.numpy.save_file(tensors, model, metadata)
