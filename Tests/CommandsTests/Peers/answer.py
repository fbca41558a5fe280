"""Runs the checks of this folder for the tests, which start Python once.

Reads one JSON list per line, a check's name and its arguments, and answers with what it printed and whether it failed:

    ["check_onnx", "tilescope", ...]  ->  {"failed": false, "output": "..."}

`modules` is a check too: whether its argument can be imported.
"""

import contextlib
import importlib
import io
import json
import sys
import traceback


def run(check, arguments):
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        try:
            if check == "modules":
                for name in arguments[0].split(", "):
                    importlib.import_module(name)
            else:
                importlib.import_module(check).check(*arguments)
            failed = False
        except SystemExit as end:
            failed = True
            print(end)
        except Exception:  # Whatever goes wrong is the test's to judge.
            failed = True
            print(traceback.format_exc())
    return {"failed": failed, "output": output.getvalue()}


for line in sys.stdin:
    check, *arguments = json.loads(line)
    print(json.dumps(run(check, arguments)), flush=True)
