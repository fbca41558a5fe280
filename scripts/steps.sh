# What the set-up scripts share; each begins by sourcing it.

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

make_environment() {
    quietly python3 -m venv "$1" || stop "Python could not make a virtual environment; on Debian it needs python3-venv."
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
