"""One peer on a fixed number of threads: answers requests, one JSON object per line, until its input ends.

A request names a network, task, precision, batch and seconds, and is answered with the rates in that time; with
"scores" it is answered with the scores of the shared pixels. What goes wrong is answered as {"error": …}.

Run by peers.py: `worker.py <peer> <threads> <folder>`.
"""

import json
import os
import pathlib
import sys
import warnings

import numpy

from cases import CLASS_COUNT
from prepare import read_pixels, read_torch_model
from timing import measure


class Torch:
    """torch, channels last: eager, or compiled (for scoring with frozen weights)."""

    def __init__(self, folder, threads, compiles):
        import torch

        torch.set_num_threads(threads)
        self.torch, self.folder, self.compiles = torch, folder, compiles
        if compiles:
            import torch._inductor.config

            torch._inductor.config.freezing = True

    def compiled(self, model):
        return self.torch.compile(model, dynamic=False) if self.compiles else model

    def scoring(self, network, precision, x):
        """bf16: weights and input in bf16. Compiled code is frozen under `no_grad`; eager takes `inference_mode`."""
        torch = self.torch
        dtype = {"fp32": torch.float32, "bf16": torch.bfloat16}[precision]
        model = read_torch_model(self.folder, network).to(dtype, memory_format=torch.channels_last)
        model = self.compiled(model)
        x = torch.from_numpy(x).to(dtype, memory_format=torch.channels_last)
        without_gradients = torch.no_grad if self.compiles else torch.inference_mode

        def run():
            with without_gradients():
                return model(x)

        return lambda: run().float().numpy() if precision == "fp32" else run()

    def training(self, network, precision, x):
        """A step of SGD with momentum and weight decay; bf16: autocast, weights in fp32."""
        torch = self.torch
        model = read_torch_model(self.folder, network).train().to(memory_format=torch.channels_last)
        optimizer = torch.optim.SGD(
            model.parameters(), lr=0.001, momentum=0.9, weight_decay=1e-4, fused=True)
        model = self.compiled(model)
        x = torch.from_numpy(x).to(memory_format=torch.channels_last)
        labels = torch.arange(len(x)) % CLASS_COUNT

        def run():
            with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16"):
                loss = torch.nn.functional.cross_entropy(model(x), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

        return run


class ONNXRuntime:
    """onnxruntime with all optimisations of its graph."""

    def __init__(self, folder, threads):
        self.folder, self.threads = folder, threads

    def scoring(self, network, precision, x):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        options.intra_op_num_threads, options.inter_op_num_threads = self.threads, 1
        file = {"fp32": "model.onnx", "int8": "model-int8.onnx"}[precision]
        session = onnxruntime.InferenceSession(
            self.folder / network / file, options, providers=["CPUExecutionProvider"])
        return lambda: session.run(None, {"pixels": x})[0]


class OpenVINO:
    """OpenVINO: the batch at once on all threads, or in sixteenths on a stream per thread."""

    def __init__(self, folder, threads, has_streams):
        self.folder, self.threads, self.has_streams = folder, threads, has_streams

    def scoring(self, network, precision, x):
        import openvino

        core = openvino.Core()
        file = "model-int8.xml" if precision == "int8" else "model.onnx"
        model = core.read_model(self.folder / network / file)
        part = max(1, len(x) // 16) if self.has_streams else len(x)
        model.reshape([part, *x.shape[1:]])
        settings = {"INFERENCE_NUM_THREADS": self.threads}
        settings["NUM_STREAMS"] = self.threads if self.has_streams else 1
        # An int8 model keeps OpenVINO's own choice for what is not quantised.
        if precision != "int8":
            settings["INFERENCE_PRECISION_HINT"] = {"fp32": "f32", "bf16": "bf16"}[precision]
        compiled = core.compile_model(model, "CPU", settings)
        requests = []
        for start in range(0, len(x), part):
            requests.append(compiled.create_infer_request())
            requests[-1].set_input_tensor(openvino.Tensor(x[start : start + part].copy()))

        def run():
            for request in requests:
                request.start_async()
            for request in requests:
                request.wait()
            return numpy.concatenate([request.get_output_tensor().data for request in requests])

        return run


def make_peer(name, threads, folder):
    """The peer of that name."""
    if name in ("torch", "torch.compile"):
        return Torch(folder, threads, compiles=name == "torch.compile")
    if name == "onnxruntime":
        return ONNXRuntime(folder, threads)
    return OpenVINO(folder, threads, has_streams=name == "openvino-streams")


def softmax(logits):
    exponentials = numpy.exp(logits - logits.max(1, keepdims=True))
    return exponentials / exponentials.sum(1, keepdims=True)


def serve(peer, folder, replies):
    """Answers requests; programs are made once, warmed up and kept."""
    programs = {}
    for line in sys.stdin:
        request = json.loads(line)
        key = tuple(request[name] for name in ("network", "task", "precision", "batch"))
        try:
            if key not in programs:
                x, _ = read_pixels(folder, request["network"])
                make = peer.scoring if request["task"] == "score" else peer.training
                programs[key] = make(request["network"], request["precision"], x[: request["batch"]].copy())
                for _ in range(3):
                    programs[key]()
            if request.get("scores"):
                answer = {"scores": softmax(programs[key]()).ravel().tolist()}
            else:
                answer = measure(programs[key], request["batch"], request["seconds"])
        except Exception as error:  # A peer may throw what it likes: it is reported, not ours to handle.
            answer = {"error": " ".join(repr(error).split())[:300]}
        print(json.dumps(answer), file=replies, flush=True)


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    # The peers print to standard output as they like; answers go where it was.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    models = pathlib.Path(sys.argv[3])
    serve(make_peer(sys.argv[1], int(sys.argv[2]), models), models, answers)
