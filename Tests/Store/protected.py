"""Serves the files of a folder by HTTP on 127.0.0.1, with ranges, to whoever has the password.

    python3 protected.py FOLDER --password user:password [--while-input]

Prints its port. --while-input ends it when its standard input ends.
"""

import argparse
import base64
import http.server
import os
import re
import sys
import threading


def handler(folder, password):
    expected = "Basic " + base64.b64encode(password.encode()).decode()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self):
            self.answer(False)

        def do_GET(self):
            self.answer(True)

        def answer(self, with_body):
            path = os.path.normpath(os.path.join(folder, self.path.lstrip("/")))
            if self.headers.get("Authorization") != expected:
                return self.finish_with(401, b"", with_body, [("WWW-Authenticate", "Basic realm=tests")])
            if not path.startswith(folder + "/") or not os.path.isfile(path):
                return self.finish_with(404, b"", with_body)
            with open(path, "rb") as file:
                data = file.read()
            span = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
            if span is None:
                return self.finish_with(200, data, with_body)
            first, last = int(span[1]), min(int(span[2] or len(data) - 1), len(data) - 1)
            if first > last:
                return self.finish_with(416, b"", with_body)
            place = f"bytes {first}-{last}/{len(data)}"
            self.finish_with(206, data[first:last + 1], with_body, [("Content-Range", place)])

        def finish_with(self, status, body, with_body, headers=()):
            self.send_response(status)
            for name, value in [("Content-Length", str(len(body))), ("Accept-Ranges", "bytes"), *headers]:
                self.send_header(name, value)
            self.end_headers()
            if with_body:
                self.wfile.write(body)

        def log_message(self, *words):
            pass

    return Handler


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder")
    parser.add_argument("--password", required=True, metavar="USER:PASSWORD")
    parser.add_argument("--while-input", action="store_true", help="end when the standard input does")
    options = parser.parse_args()
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), handler(os.path.realpath(options.folder), options.password))
    print(server.server_port, flush=True)
    if options.while_input:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        sys.stdin.buffer.read()
    else:
        server.serve_forever()


if __name__ == "__main__":
    main()
