#!/usr/bin/env python3
"""Asks a running service everything that its OpenAPI document allows, and much that it does not: no answer may break the document.

    python3 -m venv V && V/bin/pip install -r Tests/ServiceTests/Schema/requirements.txt
    V/bin/python Tests/ServiceTests/Schema/schema_test.py http://127.0.0.1:8080 [--cases 1000] [--seed 1] [--token T]

Schemathesis makes the cases, in two rounds: with invented names and ids, then with a model, a scene, a scan and a run that the
service really has, so that requests get past 404. It uploads, starts, cancels and deletes: give it a service with a data folder
of its own, a small scene, a small model and, best, a finished scan. Prints the count of cases and what failed; exits with 1 for
any failure, or fewer cases than asked for.
"""

import argparse
import json
import pathlib
import signal
import subprocess
import sys
import tempfile
import urllib.request

# Statuses beside Schemathesis' own that a request may get which fits the document: bytes that are no image fit `image/png`, a
# range may lie outside a file, and an address need not be allowed.
CONFIGURATION = """
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "3xx", "401", "403", "404", "409", "413", "416", "422", "429", "503"]

[checks.negative_data_rejection]
expected-statuses = ["400", "401", "403", "404", "405", "406", "409", "411", "413", "415", "416", "422", "429"]

[checks.missing_required_header]
expected-statuses = ["400", "401", "403", "411", "415", "422"]
"""
# Where ids are found: the list's path, its key in the answer, and the name of an entry's id.
LISTS = [
    ("/v1/models", "models", "name"), ("/v1/scenes", "scenes", "id"), ("/v1/scans", "scans", "id"), ("/v1/runs", "runs", "name")]


def ask(options, path):
    headers = {"Authorization": f"Bearer {options.token}"} if options.token else {}
    with urllib.request.urlopen(urllib.request.Request(options.address + path, headers=headers), timeout=30) as answer:
        return json.load(answer)


def real_names(options, document):
    """TOML that gives the first name in the paths below each list a value that the service knows."""
    text = ""
    for list_path, list_name, field in LISTS:
        entries = ask(options, list_path)[list_name] if list_path in document["paths"] else []
        if not entries:
            continue
        for path in document["paths"]:
            if path.startswith(list_path + "/{"):
                name = path[len(list_path) + 2:].split("}")[0]
                text += f"\n[[operations]]\ninclude-path = {json.dumps(path)}\n"
                values = {f"path.{name}": entries[0][field]}
                if path.endswith("/files/{name}"):
                    values["path.name"] = "detections.jsonl"
                pairs = ", ".join(f"{json.dumps(key)} = {json.dumps(value)}" for key, value in values.items())
                text += f"parameters = {{ {pairs} }}\n"
    return text


def ask_all(options, configuration, examples, folder):
    """Runs Schemathesis; returns its report."""
    (folder / "schemathesis.toml").write_text(configuration)
    report = folder / "report.json"
    # Each case is stopped by a time-out, so that a stream which never ends is noticed as a failure.
    command = [
        pathlib.Path(sys.executable).parent / "schemathesis", "--config-file", folder / "schemathesis.toml", "run",
        options.address + "/v1/openapi.json", "--url", options.address, "--checks", "all", "--max-examples", examples,
        "--seed", options.seed, "--request-timeout", 30, "--continue-on-failure", "--no-color", "--warnings", "off",
        "--generation-database", "none", "--report", "json", "--report-json-path", report]
    if options.token:
        command += ["--header", f"Authorization: Bearer {options.token}"]
    if not options.token:
        command += ["--exclude-checks", "ignored_auth"]
    code = subprocess.run([str(word) for word in command], stdout=sys.stderr, cwd=folder).returncode
    if not report.exists():
        sys.exit(f"schemathesis ended with {code} and wrote no report")
    return json.loads(report.read_text()), code


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("address")
    parser.add_argument("--cases", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--token")
    options = parser.parse_args()
    # So that Schemathesis ends, too, when this script is ended.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by SIGTERM"))
    options.address = options.address.rstrip("/")
    document = ask(options, "/v1/openapi.json")
    operations = sum(len(set(item) & {"get", "put", "post", "delete"}) for item in document["paths"].values())
    # In each of the two rounds, and besides those at the limits of each parameter; an operation without parameters has only a few.
    examples = max(10, options.cases // operations)
    count, failures, codes = 0, {}, []
    for real in (False, True):
        configuration = CONFIGURATION + (real_names(options, document) if real else "")
        with tempfile.TemporaryDirectory() as folder:
            report, code = ask_all(options, configuration, examples, pathlib.Path(folder))
        count += report["test_cases"]["generated"]
        codes.append(code)
        for failure in report["failures"]:
            failures[f"{failure['code']} {failure['title']}"] = failure["operations"]
    print(json.dumps({"operations": operations, "cases": count, "seed": options.seed, "failures": failures, "exitCodes": codes}))
    if any(codes) or count < options.cases:
        sys.exit("the service does not keep to its document" if any(codes) else f"{count} cases instead of {options.cases}")


if __name__ == "__main__":
    main()
