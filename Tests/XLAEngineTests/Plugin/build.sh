#!/usr/bin/env bash
# Builds the test plugin, a PJRT plugin that runs on the CPU, into .deps/pjrt-cpu/. It is made of the XLA inside
# TensorFlow's package (262 MB, fetched once). Quick when nothing has changed. For `make test-pjrt`.
set -euo pipefail
cd "$(dirname "$0")"
root=$(cd ../../.. && pwd)

say() { printf 'pjrt-cpu: %s\n' "$*"; }
stop() { printf 'pjrt-cpu: %s\n' "$*" >&2; exit 1; }

deps=$root/.deps/pjrt-cpu
tensorflow=$deps/tensorflow
plugin=$deps/pjrt_cpu_plugin.so
[ ! -f "$plugin" ] || [ -n "$(find . -newer "$plugin" -print -quit)" ] || exit 0

mkdir -p "$deps"
work=$(mktemp -d "$deps/build.XXXXXX")
trap 'rm -rf "$work"' EXIT

if [ ! -d "$tensorflow" ]; then
    [ "$(uname -m)" = x86_64 ] || stop "the pinned package is for x86_64, this is $(uname -m)"
    say "TensorFlow 2.21.0 from PyPI (262 MB)"
    python3 -m venv "$work/venv"
    printf 'tensorflow-cpu==2.21.0 --hash=sha256:%s\n' \
        2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c >"$work/wheel.txt"
    # Only its libraries and headers are used, so this machine's Python need not be the one that it is for.
    "$work/venv/bin/pip" download --quiet --disable-pip-version-check --no-deps --require-hashes \
        --only-binary :all: --python-version 3.11 --implementation cp --abi cp311 --platform manylinux_2_27_x86_64 \
        --dest "$work" --requirement "$work/wheel.txt" || stop "it could not be fetched from PyPI; is there a network?"
    headers=(xla tsl absl google Eigen unsupported ml_dtypes external/farmhash_archive external/highwayhash)
    headers=("${headers[@]/#/tensorflow/include/}")
    unzip -q "$work"/*.whl 'tensorflow/libtensorflow_*.so.2' "${headers[@]/%//*}" -d "$work/unpacked"
    mv "$work/unpacked/tensorflow" "$tensorflow"
fi

say "building (a minute)"
include=$tensorflow/include
"${CXX:-g++}" -std=c++17 -O1 -DNDEBUG -fPIC -fvisibility=hidden -w -shared -o "$work/plugin.so" plugin.cc -Istub \
    -isystem "$include" -isystem "$include/external/farmhash_archive/src" -isystem "$include/external/highwayhash" \
    "$tensorflow/libtensorflow_cc.so.2" "$tensorflow/libtensorflow_framework.so.2" \
    -Wl,-rpath,'$ORIGIN/tensorflow' -Wl,--no-undefined
mv "$work/plugin.so" "$plugin"
say "ready: $plugin"
