# `make demo` and `make test` do all the set-up by themselves; see README.md.

.PHONY: demo test build bench bench-loader setup format lint
.DEFAULT_GOAL := build

# Where scripts/setup writes what it knows of oneDNN. Added to the user's own paths; the system's are searched anyway.
export PKG_CONFIG_PATH := $(CURDIR)/.deps/pkgconfig$(if $(PKG_CONFIG_PATH),:$(PKG_CONFIG_PATH))

# Where `make demo` leaves its pictures and report.
DEMO ?= demo

demo: build
	"$$(swift build -c release --show-bin-path)/tilescope" demo --output "$(DEMO)" --overwrite

# In release, without @testable, so that tests and command share one build.
test: setup lint
	swift build -c release --build-tests
	swift test -c release --skip-build --disable-testable-imports
	TILESCOPE_TEST_MEMORY=1000 swift test -c release --skip-build --disable-testable-imports --filter MemoryTests
	@echo 'For plain swift build and swift test: export PKG_CONFIG_PATH=$(PKG_CONFIG_PATH)'

build: setup
	swift build -c release --product tilescope

# Measures beside torch, onnxruntime and OpenVINO, which go into .deps/ and are used for nothing else. For less than
# all: make bench BENCH='--networks cifar-resnet20-v2 --rounds 3'.
bench: build
	python3 -m venv .deps/bench-venv
	.deps/bench-venv/bin/pip install --quiet --requirement benchmarks/requirements.txt
	.deps/bench-venv/bin/python benchmarks/peers.py $(BENCH)

# The loader beside torch's with torchvision, on JPEG pictures made of a folder of photographs:
# make bench-loader PHOTOS=folder BENCH='--rounds 5'.
bench-loader: build
	@test -d "$(PHOTOS)" || { echo 'say where photographs are: make bench-loader PHOTOS=folder' >&2; exit 1; }
	python3 -m venv .deps/bench-venv
	.deps/bench-venv/bin/pip install --quiet --requirement benchmarks/requirements.txt
	.deps/bench-venv/bin/pip install --quiet --no-deps --requirement benchmarks/requirements-loader.txt
	.deps/bench-venv/bin/python benchmarks/loaders.py "$(PHOTOS)" $(BENCH)

setup:
	@scripts/setup

format:
	swift format format --in-place --recursive --parallel Package.swift Sources Tests

lint:
	swift format lint --strict --recursive --parallel Package.swift Sources Tests
