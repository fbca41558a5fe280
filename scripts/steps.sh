# What the set-up scripts share; each begins by sourcing it.
# shellcheck shell=bash

say() { printf '%s: %s\n' "${0##*/}" "$*"; }
stop() { say "$*" >&2; exit 1; }

# Runs a command and shows what it printed only where it fails.
quietly() {
    local output status=0
    output=$("$@" 2>&1) || status=$?
    [ "$status" -eq 0 ] || printf '%s\n' "$output" | tail -n 40 >&2
    return "$status"
}

# Nothing fails without a word, wherever `set -e` ends a script.
set -E
trap 'say "line $LINENO failed with status $?: $BASH_COMMAND" >&2' ERR

# What the store of `make test-store` needs: ceph-common gives the tools, ceph-base, which the daemons bring along, monmaptool.
store_packages=(curl python3 ceph-common ceph-mon ceph-osd radosgw)
# What the cluster of `make test-cluster` needs.
cluster_packages=(curl python3 openjdk-17-jre-headless)
make_spark() { environment .deps/spark-venv Tests/Cluster/requirements.txt "pyspark, pyarrow, pandas"; }
# What `make test-page` needs: a browser, and what drives it.
page_packages=(chromium chromium-driver)
make_selenium() { environment .deps/selenium-venv Tests/ServiceTests/Browser/requirements.txt selenium; }
# Which of a package's files are used is not known, so none is compiled in advance.
pip_options=(--disable-pip-version-check --no-deps --only-binary :all: --no-compile)

make_environment() {
    quietly python3 -m venv "$1" || stop "Python could not make a virtual environment; on Debian it needs python3-venv."
}

# Makes a Python environment in folder $1 with what the file $2 names, anew when the file has changed. Then imports $3 have to work.
environment() {
    local folder=$1 requirements=$2 imports=$3
    cmp -s "$requirements" "$folder/requirements.txt" && return
    say "fetching $imports from PyPI into $folder (up to 200 MB)"
    command -v python3 >/dev/null || stop "python3 is missing; scripts/setup installs it."
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        stop "Python 3.11 or newer is needed, this is $(python3 --version)."
    rm -rf "$folder"
    mkdir -p .deps
    make_environment "$folder"
    # Without dependencies: the files name all that is used, which for jax is less than it asks for.
    quietly "$folder/bin/pip" install "${pip_options[@]}" --requirement "$requirements" ||
        stop "PyPI did not give what $requirements names; is there a network?"
    quietly "$folder/bin/python" -c "import $imports" || stop "what $requirements names does not load."
    # Written last: what is half made is made again.
    cp "$requirements" "$folder/requirements.txt"
}

# Fetches wheels by their checksums and unpacks them into $1/unpacked. The others: name==version, SHA-256, and so on.
fetch_wheels() {
    local work=$1 wheel
    shift
    make_environment "$work/venv"
    printf '%s --hash=sha256:%s\n' "$@" >"$work/wheels.txt"
    quietly "$work/venv/bin/pip" download --disable-pip-version-check --no-deps --require-hashes --only-binary :all: \
        --dest "$work" --requirement "$work/wheels.txt" || stop "PyPI did not give $1; is there a network?"
    for wheel in "$work"/*.whl; do unzip -q -o "$wheel" -d "$work/unpacked"; done
}

# Installs those of the named Debian packages that are missing; touches nothing that is there.
install_missing() {
    local package state missing=()
    for package in "$@"; do
        # Of a package that it has never heard of, dpkg says nothing, and fails.
        state=$(dpkg-query -W -f='${Status}' "$package" 2>/dev/null || true)
        [ "$state" = "install ok installed" ] || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] || install_packages "${missing[@]}"
}

install_packages() {
    command -v apt-get >/dev/null || stop "missing: $*. This script installs them on Debian and Ubuntu only; install them by hand and run this again."
    local as_root=() size
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || stop "missing: $*. Run as root or install sudo, or ask an administrator for: apt-get install $*"
        as_root=(sudo)
    fi
    say "missing: $*"
    say "reading the package lists (apt-get update)"
    quietly "${as_root[@]}" apt-get update -qq || say "the package lists are not all fresh; going on with what is there"
    size=$(apt-get install --print-uris -qq --no-install-recommends "$@" 2>/dev/null |
        awk '{ bytes += $3 } END { printf "%d packages, %d MB to fetch", NR, bytes / 1e6 }') || size="size unknown"
    say "installing them and what they need ($size); this takes some minutes"
    # The variable goes through `env`, because sudo would drop it.
    quietly "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" ||
        stop "apt-get could not install: $*"
}
