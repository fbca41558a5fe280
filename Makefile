# `make demo` and `make test` do all the set-up by themselves; see README.md.

.PHONY: demo test test-long test-peers test-formats test-store test-cluster test-page test-projects test-kill test-pjrt test-gpu-compile test-sanitize test-address test-thread fuzz build build-tests bench bench-loader bench-merging bench-gpu \
    setup format lint install
.DEFAULT_GOAL := build

# Where scripts/setup writes what it knows of oneDNN. Added to the user's own paths; the system's are searched anyway.
export PKG_CONFIG_PATH := $(CURDIR)/.deps/pkgconfig$(if $(PKG_CONFIG_PATH),:$(PKG_CONFIG_PATH))

TOOL = "$$(swift build -c release --show-bin-path)/tilescope"

# Where `make demo` leaves its pictures and report.
DEMO ?= demo

demo: build
	$(TOOL) demo --output "$(DEMO)" --overwrite

# SwiftPM keeps the plan of the last build, and in that of one product all programs of our dependencies belong to the
# tests, among them protoc with its 520 C++ files. Each build therefore makes its own plan.
BUILD := swift build -c release --disable-build-manifest-caching

build: setup
	$(BUILD) --product tilescope

# The command with the libraries that it takes from .deps/, its manual pages, and completions for bash, zsh and fish:
# make install PREFIX=~/.local
PREFIX ?= /usr/local
install: build
	$(BUILD) --product generate-manual
	scripts/install $(TOOL) "$(DESTDIR)$(PREFIX)"

build-tests: setup
	$(BUILD) --build-tests

# In release, without @testable, so that tests and command share one build.
# Where a crash happened, in few lines: a log may keep only its last ones.
export SWIFT_BACKTRACE ?= enable=yes,color=no,threads=crashed,registers=none,images=none
TEST := swift test -c release --skip-build --disable-testable-imports --disable-xctest

# Tests write thousands of small files, which are synchronised with the disk; where 2 GB of memory are free for files, with that.
MEMORY := $(shell df -k --output=avail /dev/shm 2>/dev/null | awk 'NR == 2 && $$1 > 2000000 { print "TMPDIR=/dev/shm" }')

test: setup lint build-tests
	$(MEMORY) $(TEST)
	TILESCOPE_TEST_MEMORY=1000 $(TEST) --filter MemoryTests
	scripts/test-kill $(TOOL) --kills 2 --jobs mosaic,pack-records,scan,export
	@echo 'For plain swift build and swift test: export PKG_CONFIG_PATH=$(PKG_CONFIG_PATH)'

# What tests do with other seeds, kills and networks than make test does: minutes.
LONG := GoldenTests|ONNXTests|ScanFolderTests|PackCommandTests|ScanCommandTests|damagedFilesOfEveryKind
test-long: build-tests
	TILESCOPE_TEST_LONG=1 $(MEMORY) $(TEST) --filter '$(LONG)'

# Kills and interrupts every command that writes, at seeded moments: tens of minutes.
KILLS ?= 30
test-kill: build
	scripts/test-kill $(TOOL) --kills $(KILLS)
	scripts/test-kill $(TOOL) --signals --kills 8

# Programs for accelerators are checked and run by jax, and our models read by onnxruntime (300 MB, fetched once into
# .deps/). With torch, too: make test-peers TILESCOPE_TEST_PYTHON=venv/bin/python.
TILESCOPE_TEST_PYTHON ?= $(CURDIR)/.deps/peers-venv/bin/python
test-peers: build-tests
	@scripts/setup-peers
	TILESCOPE_TEST_JAX=$(CURDIR)/.deps/jax-venv/bin/python TILESCOPE_TEST_PYTHON=$(TILESCOPE_TEST_PYTHON) \
	$(TEST) --filter JaxTests --filter PeerSoftwareTests

# Annotations that we write, read by pycocotools, pyarrow, geopandas, DuckDB, supervision, Label Studio's SDK and ogrinfo (500 MB,
# fetched once into .deps/).
test-formats: build-tests
	python3 -m venv .deps/formats-venv
	.deps/formats-venv/bin/pip install --quiet --requirement Tests/AnnotationsTests/Peers/requirements.txt
	TILESCOPE_TEST_FORMATS=$(CURDIR)/.deps/formats-venv/bin/python $(TEST) --filter FormatPeersTests

# Files in an object store, in a real one: Ceph's, which Debian has, on this machine. Its files go where $TMPDIR is.
test-store: build-tests
	@folder=$$(mktemp -d) && scripts/test-store start $$folder || exit; \
	set -a; . $$folder/environment; set +a; export TILESCOPE_TEST_STORE=$$AWS_S3_ENDPOINT; status=0; \
	trap 'scripts/test-store stop '$$folder EXIT INT TERM; \
	for suite in StoreTests StoreSceneTests StoreCommandTests; do $(TEST) --filter $$suite || status=1; done; exit $$status

# Commands on a Spark cluster, of three workers on this machine (PyPI's Spark, 500 MB, fetched once into .deps/).
test-cluster: build-tests
	@folder=$$(mktemp -d) && scripts/test-cluster start $$folder || exit; \
	set -a; . $$folder/environment; set +a; trap 'scripts/test-cluster stop '$$folder EXIT INT TERM; \
	$(TEST) --filter ClusterCommandTests

# The service's page in a browser: Debian's chromium, driven by selenium (fetched once into .deps/). Screenshots go into SCREENSHOTS.
test-page: build-tests
	scripts/test-page $(TOOL) $(SCREENSHOTS)

# From nothing to a finder in a browser; a quarter of an hour. PHOTOGRAPHS=200 BOXES=30 is the whole way of docs/benchmarks.md.
test-projects: build-tests
	scripts/test-projects $(TOOL) $(SCREENSHOTS)

# The way of an accelerator, on the CPU: a plugin made of TensorFlow's package (262 MB, fetched once into .deps/).
test-pjrt: build-tests
	Tests/XLAEngineTests/Plugin/build.sh
	TILESCOPE_TEST_PJRT_PLUGIN=$(CURDIR)/.deps/pjrt-cpu/pjrt_cpu_plugin.so \
	TILESCOPE_TEST_PJRT_HEADER=$(CURDIR)/.deps/pjrt-cpu/tensorflow/include/xla/pjrt/c/pjrt_c_api.h \
	TF_CPP_MIN_LOG_LEVEL=3 $(TEST) --filter XLAEngineTests

# Compiles for a GPU that need not be there, with NVIDIA's compilers (246 MB, fetched once into .deps/).
test-gpu-compile: build-tests
	@scripts/setup-cuda-compile
	TILESCOPE_TEST_CUDA=$(CURDIR)/.deps/cuda TF_CPP_MIN_LOG_LEVEL=3 $(TEST) --filter XLAEngineTests

# The tests under sanitizers, in builds of their own: address, then thread; in both, C is checked for undefined behaviour,
# too, which on Linux swiftc can only pass on to clang. What is passed over stands with its reason in Tests/Sanitizers.
SANITIZED = -c release --sanitize $(1) -Xcc -fsanitize=undefined -Xcc -fno-sanitize-recover=undefined \
    --scratch-path .build/sanitize-$(1)
# Loaded into all that the tests of threads start.
MUTEX := $(CURDIR)/.build/sanitize-thread/mutex.so
export TSAN_OPTIONS := suppressions=$(CURDIR)/Tests/Sanitizers/races.txt
export LSAN_OPTIONS := suppressions=$(CURDIR)/Tests/Sanitizers/leaks.txt:print_suppressions=0
export UBSAN_OPTIONS := print_stacktrace=1

test-sanitize: test-address test-thread

test-address test-thread: test-%: setup
	swift build $(call SANITIZED,$*) --build-tests --disable-build-manifest-caching
	[ $* = address ] || clang -O2 -shared -fPIC -o $(MUTEX) Tests/Sanitizers/mutex.c
	$(if $(filter thread,$*),LD_PRELOAD=$(MUTEX)) \
	swift test $(call SANITIZED,$*) --skip-build --disable-testable-imports --disable-xctest

# Damaged files through every reader, for so many minutes.
MINUTES ?= 10
fuzz: setup
	swift build $(call SANITIZED,address) --product tilescope-fuzz --disable-build-manifest-caching
	.build/sanitize-address/release/tilescope-fuzz --minutes $(MINUTES)

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

# The methods of merging boxes beside torchvision, SAHI and ensemble-boxes: make bench-merging BENCH='--rounds 9'.
bench-merging: build
	python3 -m venv .deps/bench-venv
	.deps/bench-venv/bin/pip install --quiet --requirement benchmarks/requirements.txt
	.deps/bench-venv/bin/pip install --quiet --no-deps --requirement benchmarks/requirements-merging.txt
	.deps/bench-venv/bin/python benchmarks/merging.py $(TOOL) $(BENCH)

# On a machine with a GPU, beside torch, with a Python that has both torch and the plugin. More rows are measured where
# files are given: make bench-gpu PYTHON=venv/bin/python BENCH='--cifar packs', and see benchmarks/gpu.py --help.
PYTHON ?= python3
bench-gpu: build
	$(PYTHON) benchmarks/gpu.py $(BENCH)

setup:
	@scripts/setup

format:
	swift format format --in-place --recursive --parallel Package.swift Sources Tests

lint:
	swift format lint --strict --recursive --parallel Package.swift Sources Tests
