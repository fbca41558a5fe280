"""Exports a model and holds the file to ONNX's own checker, and its scores in onnxruntime to ours.

    check_onnx.py TOOL MODEL FOLDER SIDE PRECISION TOLERANCE PHOTOS
"""

import json
import pathlib
import sys

import numpy
import onnx
import onnxruntime
import safetensors.numpy
from peers import compare, pixels, predicted, run, write_pictures

tool, model, folder, side, precision, tolerance, photos = sys.argv[1:]
folder = pathlib.Path(folder)
write_pictures(folder / "pictures", int(side), photos)
path = folder / "exported.onnx"
run(tool, "export", model, "--format", "onnx", "--precision", precision, "--output", path)

file = onnx.load(path)
onnx.checker.check_model(file, full_check=True)
assert [(entry.domain, entry.version) for entry in file.opset_import] == [("", 13)]
contract = json.loads({entry.key: entry.value for entry in file.metadata_props}["tilescope"])
has_bytes = any(node.op_type == "QuantizeLinear" for node in file.graph.node)
assert contract["precision"] == precision and has_bytes == (precision == "int8")

session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
images = pixels(folder / "pictures")
scores = session.run(["scores"], {"pixels": images})[0]
one_by_one = numpy.concatenate([session.run(None, {"pixels": image[None]})[0] for image in images])
numpy.testing.assert_allclose(scores, one_by_one, atol=1e-5)
assert scores.shape[1] == len(contract["classes"])
ours = predicted(tool, model, folder / "pictures", scores.shape[1], "--precision", precision)
compare(f"onnxruntime, {precision}", ours, scores, float(tolerance))

# The safetensors file, by the package of that name.
run(tool, "export", model, "--format", "safetensors", "--output", folder / "weights.safetensors")
weights = safetensors.numpy.load_file(folder / "weights.safetensors")
original = safetensors.numpy.load_file(model)
assert weights.keys() == original.keys()
for name, tensor in weights.items():
    numpy.testing.assert_array_equal(tensor, original[name], err_msg=name)
