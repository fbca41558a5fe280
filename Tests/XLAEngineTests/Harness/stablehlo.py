"""Checks and runs StableHLO programs on virtual CPU devices, for the tests.

Reads one JSON object per line and answers each with one:

    {"verify": "module.mlir"}   ->  {"verified": true}
    {"run": "folder"}           ->  {"outputs": [{"type": "f32", "shape": [2, 3]}, ...], "donated": [0, 1]}

or {"error": "..."}. A folder to run has `module.mlir` and `manifest.json`:

    {"replicas": 2, "arguments": [[{"type": "f32", "shape": [2, 3], "file": "a.bin"}, ...], ...one list per replica]}

Files hold the elements row-major, little endian. The outputs are written beside them as `out_<replica>_<index>.bin`.
`donated` are the arguments that the program has taken over.
"""

import json
import os
import sys
from pathlib import Path

DEVICES = 4
os.environ["XLA_FLAGS"] = f"--xla_force_host_platform_device_count={DEVICES}"
os.environ["JAX_PLATFORMS"] = "cpu"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import jax
import ml_dtypes
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from jaxlib import xla_client
from jaxlib.mlir import ir
from jaxlib.mlir._mlir_libs import _jax_mlir_ext
from jaxlib.mlir.dialects import stablehlo

TYPES = {"f32": np.float32, "bf16": ml_dtypes.bfloat16, "ui8": np.uint8, "i32": np.int32, "i1": np.bool_}
NAMES = {np.dtype(element): name for name, element in TYPES.items()}


def verify(path):
    functions = ir.DialectRegistry()
    _jax_mlir_ext.register_dialects(functions)
    with ir.Context() as context:
        context.append_dialect_registry(functions)
        stablehlo.register_dialect(context)
        ir.Module.parse(Path(path).read_text()).operation.verify()
    return {"verified": True}


class Runner:
    """Compiles each text once."""

    def __init__(self):
        self.programs = {}

    def program(self, text, replicas):
        key = (text, replicas)
        if key not in self.programs:
            devices = jax.devices()[:replicas]
            options = xla_client.CompileOptions()
            options.num_replicas = replicas
            options.num_partitions = 1
            ids = np.array([[device.id] for device in devices], np.int32)
            options.device_assignment = xla_client.DeviceAssignment.create(ids)
            self.programs[key] = devices[0].client.compile_and_load(text, devices, options)
        return self.programs[key]

    def run(self, folder):
        folder = Path(folder)
        manifest = json.loads((folder / "manifest.json").read_text())
        replicas = manifest["replicas"]
        if not 1 <= replicas <= DEVICES or len(manifest["arguments"]) != replicas:
            raise ValueError(f"one argument list for each of 1...{DEVICES} replicas, please")
        program = self.program((folder / "module.mlir").read_text(), replicas)
        arguments = [self.place(folder, shards) for shards in zip(*manifest["arguments"], strict=True)]
        # By output, then by device.
        results = program.execute_sharded(arguments).disassemble_into_single_device_arrays()
        outputs = []
        for index, shards in enumerate(results):
            for replica, shard in enumerate(shards):
                np.asarray(shard).tofile(folder / f"out_{replica}_{index}.bin")
            outputs.append({"type": NAMES[shards[0].dtype], "shape": list(shards[0].shape)})
        donated = [index for index, argument in enumerate(arguments) if argument.is_deleted()]
        return {"outputs": outputs, "donated": donated}

    def place(self, folder, shards):
        """One argument on all devices. Jax takes the shards for copies of one array; they may differ all the same."""
        shape = tuple(shards[0]["shape"])
        devices = jax.devices()[: len(shards)]
        sharding = NamedSharding(Mesh(np.array(devices), ("replica",)), PartitionSpec())
        placed = []
        for shard, device in zip(shards, devices):
            elements = np.fromfile(folder / shard["file"], TYPES[shard["type"]]).reshape(shard["shape"])
            placed.append(jax.device_put(elements, device))
        return jax.make_array_from_single_device_arrays(shape, sharding, placed)


def main():
    runner = Runner()
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = verify(request["verify"]) if "verify" in request else runner.run(request["run"])
        except Exception as error:  # Whatever goes wrong is the test's to judge.
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
