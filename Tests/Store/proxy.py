"""Stands between a client and an HTTP server: logs every request, and makes faults where it is told to.

    python3 proxy.py --to 127.0.0.1:9000 --log requests.jsonl [--port 0] [--control-port 0] [--while-input]

Listens on 127.0.0.1 and prints one line of JSON when it is ready: {"port": …, "control": …}. Requests go on as they came,
with their `Host`, which signatures of S3 cover. --while-input ends the proxy when its standard input ends.

The log has one line of JSON for each request:

    {"start": seconds since 1970, "seconds": …, "method": "GET", "path": "/lake/a.tif?query", "range": "bytes=0-9" or null,
     "status": 206, "received": bytes of the request's body, "sent": bytes of the answer's body, "faults": ["cut"]}

Rules make the faults. The control port takes the whole list of them (POST /, JSON) and shows it (GET /). Both answer when no
request is under way any more, or after five seconds, so that the log is complete then.

    {"method": "GET", "path": "regular expression, searched in path and query", "skip": 2, "count": 3, EFFECTS}

All of it may be left out. A rule passes over the first `skip` requests that match it, then has its effects on the next `count`, or
on all. Where several rules match a request, all have theirs. The effects:

    "status": 503, "code": "SlowDown"    the proxy answers so itself, with an error as S3 words it; with "lost": true the
                                         server gets the request all the same, and its own answer is lost
    "cut": 1000                          the connection ends after so many bytes of the answer's body
    "delay": 20                          milliseconds before the request goes on
    "rate": 100000                       bytes of the answer's body per second
    "drop": "if-none-match"              the server does not get this header
"""

import argparse
import asyncio
import json
import re
import sys
import time

PIECE = 1 << 16


class Rule:
    KEYS = {"method", "path", "skip", "count", "status", "code", "lost", "cut", "delay", "rate", "drop"}

    def __init__(self, fields):
        unknown = fields.keys() - self.KEYS
        if unknown:
            raise ValueError(f"unknown in a rule: {', '.join(sorted(unknown))}")
        self.fields = dict(fields)
        self.path = re.compile(fields.get("path", ""))

    def takes(self, request):
        """Whether it has its effects on this request, which it then counts."""
        if self.fields.get("method", request.method) != request.method or not self.path.search(request.path):
            return False
        if self.fields.get("skip", 0) > 0:
            self.fields["skip"] -= 1
            return False
        if self.fields.get("count", 1) <= 0:
            return False
        if "count" in self.fields:
            self.fields["count"] -= 1
        return True


class Head:
    """The first line of a request or an answer and the headers, as they came and by name."""

    def __init__(self, data):
        self.data = data
        first, *lines = data.decode("latin-1").rstrip("\r\n").split("\r\n")
        self.words = first.split(" ", 2)
        pairs = (line.split(":", 1) for line in lines)
        self.headers = {name.strip().lower(): value.strip() for name, value in pairs}

    def without(self, name):
        """The same without a header."""
        lines = self.data.split(b"\r\n")
        return Head(b"\r\n".join(line for line in lines if not line.lower().startswith(name.encode() + b":")))

    @property
    def method(self):
        return self.words[0]

    @property
    def path(self):
        return self.words[1]

    @property
    def status(self):
        return int(self.words[1])

    @property
    def ends_connection(self):
        return self.headers.get("connection", "").lower() == "close"


async def read_head(reader):
    """Nothing where the other side has ended the connection."""
    try:
        return Head(await reader.readuntil(b"\r\n\r\n"))
    except asyncio.IncompleteReadError as end:
        if end.partial:
            raise
        return None


async def body(reader, head, until_end):
    """The pieces of a body as they go over the wire, each with how many bytes of the body itself it holds."""
    if head.headers.get("transfer-encoding", "").lower() == "chunked":
        while True:
            line = await reader.readuntil(b"\r\n")
            size = int(line.split(b";")[0], 16)
            if size == 0:
                yield line + await reader.readuntil(b"\r\n"), 0
                return
            yield line + await reader.readexactly(size + 2), size
    elif "content-length" in head.headers:
        left = int(head.headers["content-length"])
        while left > 0:
            piece = await reader.read(min(left, PIECE))
            if not piece:
                raise ConnectionError("the body is cut")
            left -= len(piece)
            yield piece, len(piece)
    elif until_end:
        while piece := await reader.read(PIECE):
            yield piece, len(piece)


class Cut(Exception):
    """A rule ends the connection."""


class Proxy:
    def __init__(self, target, log):
        self.target, self.log = target, log
        self.rules = []
        self.under_way = 0

    async def serve(self, reader, writer):
        """The requests of one connection of a client, one after the other."""
        try:
            while request := await read_head(reader):
                if not await self.answer(request, reader, writer):
                    break
        except (ConnectionError, asyncio.IncompleteReadError, Cut):
            pass
        finally:
            writer.close()

    async def answer(self, request, reader, writer):
        """Answers one request and writes its line. Returns whether the connection goes on."""
        effects = {}
        for rule in self.rules:
            if rule.takes(request):
                effects |= rule.fields
        names = [name for name in ("status", "cut", "delay", "rate", "drop") if name in effects]
        line = {"start": time.time(), "seconds": 0, "method": request.method, "path": request.path,
                "range": request.headers.get("range"), "status": None, "received": 0, "sent": 0, "faults": names}
        self.under_way += 1
        try:
            await asyncio.sleep(effects.get("delay", 0) / 1000)
            if "status" in effects and not effects.get("lost"):
                return await self.refuse(request, effects, reader, writer, line)
            return await self.forward(request, effects, reader, writer, line)
        finally:
            line["seconds"] = round(time.time() - line["start"], 6)
            self.log.write(json.dumps(line) + "\n")
            self.log.flush()
            self.under_way -= 1

    async def refuse(self, request, effects, reader, writer, line):
        waits = "expect" in request.headers
        if not waits:
            async for _, size in body(reader, request, False):
                line["received"] += size
        self.write_error(request, effects, writer, line, ends=waits)
        await writer.drain()
        return not waits

    def write_error(self, request, effects, writer, line, ends):
        code = effects.get("code", "SlowDown")
        text = b""
        if request.method != "HEAD":
            text = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>by the proxy</Message></Error>".encode()
        head = f"HTTP/1.1 {effects['status']} {code}\r\nContent-Type: application/xml\r\nContent-Length: {len(text)}\r\n"
        writer.write(head.encode() + (b"Connection: close\r\n" if ends else b"") + b"\r\n" + text)
        line["status"], line["sent"] = effects["status"], len(text)

    async def forward(self, request, effects, reader, writer, line):
        server_reader, server_writer = await asyncio.open_connection(*self.target, limit=1 << 20)
        if "drop" in effects:
            request = request.without(effects["drop"])
        sending = asyncio.create_task(self.send(request, reader, server_writer, line))
        try:
            # After "100 Continue" the client sends its body, and the answer is still to come.
            while (head := await self.read_answer(server_reader, sending)).status < 200:
                writer.write(head.data)
            # A server may answer before it has all of a body, and the client then stops, or not.
            whole = sending.done()
            if effects.get("lost"):
                await sending
                self.write_error(request, effects, writer, line, ends=True)
                await writer.drain()
                return False
            line["status"] = head.status
            writer.write(head.data)
            await self.send_answer(head, request, effects, server_reader, writer, line)
            return whole and not request.ends_connection and not head.ends_connection
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
            server_writer.close()

    async def read_answer(self, server_reader, sending):
        """The head of an answer, unless the client goes away in the middle of its request."""
        reading = asyncio.create_task(read_head(server_reader))
        try:
            await asyncio.wait({reading, sending}, return_when=asyncio.FIRST_COMPLETED)
            if not reading.done():
                await sending
            if (head := await reading) is None:
                raise ConnectionError("the server ended the connection")
            return head
        finally:
            reading.cancel()

    async def send(self, request, reader, server_writer, line):
        server_writer.write(request.data)
        async for piece, size in body(reader, request, False):
            server_writer.write(piece)
            line["received"] += size
            await server_writer.drain()

    async def send_answer(self, head, request, effects, server_reader, writer, line):
        if request.method == "HEAD" or head.status in (204, 304):
            await writer.drain()
            return
        rate, cut = effects.get("rate"), effects.get("cut")
        async for piece, size in body(server_reader, head, True):
            if cut is not None and line["sent"] + size > cut:
                # Pieces of chunked bodies are not cut in themselves; the stores send objects with their length.
                piece = piece[:cut - line["sent"]] if size == len(piece) else b""
                line["sent"] += len(piece)
                writer.write(piece)
                raise Cut
            # Not all at once, so that a slow answer is a steady one.
            step = len(piece) if rate is None else max(1, rate // 20)
            for start in range(0, len(piece), step):
                writer.write(piece[start:start + step])
                await writer.drain()
                if rate is not None:
                    await asyncio.sleep(min(step, len(piece) - start) / rate)
            line["sent"] += size

    async def control(self, reader, writer):
        try:
            request = await read_head(reader)
            if request is None:
                return
            end = time.time() + 5
            while self.under_way > 0 and time.time() < end:
                await asyncio.sleep(0.005)
            status = "200 OK"
            if request.method == "POST":
                text = b"".join([piece async for piece, _ in body(reader, request, False)])
                try:
                    self.rules = [Rule(fields) for fields in json.loads(text)]
                except (ValueError, TypeError, AttributeError, re.error) as error:
                    status, answer = "400 Bad Request", {"error": str(error)}
            if status == "200 OK":
                answer = [rule.fields for rule in self.rules]
            text = json.dumps(answer).encode() + b"\n"
            head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(text)}\r\nConnection: close\r\n\r\n"
            writer.write(head.encode() + text)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


async def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--to", required=True, metavar="HOST:PORT", help="the server")
    parser.add_argument("--log", required=True, help="file that gets a line for each request")
    parser.add_argument("--port", type=int, default=0, help="0: a free one")
    parser.add_argument("--control-port", type=int, default=0, help="0: a free one")
    parser.add_argument("--while-input", action="store_true", help="end when the standard input does")
    options = parser.parse_args()
    host, port = options.to.rsplit(":", 1)

    with open(options.log, "a", encoding="utf-8") as log:
        proxy = Proxy((host, int(port)), log)
        server = await asyncio.start_server(proxy.serve, "127.0.0.1", options.port, limit=1 << 20)
        control = await asyncio.start_server(proxy.control, "127.0.0.1", options.control_port)
        ports = [listener.sockets[0].getsockname()[1] for listener in (server, control)]
        print(json.dumps({"port": ports[0], "control": ports[1]}), flush=True)
        if options.while_input:
            await asyncio.get_running_loop().run_in_executor(None, sys.stdin.buffer.read)
        else:
            await asyncio.Event().wait()


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        pass
