"""Stands for the service that gives temporary keys for a web identity token, as AWS's STS does.

    python3 identity.py --store 127.0.0.1:9000 --token TOKEN [--while-input]

Prints its port. Who asks with the right token gets real temporary keys of the store, for the keys in AWS_ACCESS_KEY_ID and
AWS_SECRET_ACCESS_KEY. --while-input ends it when its standard input ends.
"""

import argparse
import http.server
import os
import re
import subprocess
import sys
import threading
import urllib.parse

ANSWER = """<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult>
{}</AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>"""
REFUSAL = "<ErrorResponse><Error><Code>InvalidIdentityToken</Code><Message>unknown token</Message></Error></ErrorResponse>"


def keys(store):
    """The element with temporary keys that the store gives for its own ones."""
    user = "{AWS_ACCESS_KEY_ID}:{AWS_SECRET_ACCESS_KEY}".format(**os.environ)
    command = ["curl", "--silent", "--fail", "--user", user, "--aws-sigv4", "aws:amz:us-east-1:sts"]
    command += ["--data", "Action=GetSessionToken&DurationSeconds=900", f"http://{store}/"]
    answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return re.search("<Credentials>.*</Credentials>", answer, re.DOTALL).group()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query))
        is_right = query.get("Action") == "AssumeRoleWithWebIdentity" and query.get("WebIdentityToken") == self.server.token
        body = (ANSWER.format(keys(self.server.store)) if is_right else REFUSAL).encode()
        self.send_response(200 if is_right else 400)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--store", required=True, metavar="HOST:PORT")
    parser.add_argument("--token", required=True)
    parser.add_argument("--while-input", action="store_true", help="end when the standard input does")
    options = parser.parse_args()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.store, server.token = options.store, options.token
    print(server.server_port, flush=True)
    threading.Thread(target=server.serve_forever, daemon=not options.while_input).start()
    if options.while_input:
        sys.stdin.buffer.read()
        server.shutdown()
    else:
        threading.Event().wait()


main()
