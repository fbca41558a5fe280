#!/usr/bin/env python3
"""Measures `tilescope serve`: cost of a request, overload, stops, slow clients, uploads, memory, kills in a scan.

    service.py latency --address http://127.0.0.1:8080 --pid 1234 --model cars [--clients 1,16,64] [--seconds 10]
    service.py stops --command 'tilescope serve --models models --listen 127.0.0.1:8080' --model cars

The server is either one that runs (--pid), or one that is started here (--command, which must listen on --address);
stops, upload and events start and kill servers, so they need --command. Prints a JSON line a row, with machine and commit;
exits with 1 where something is wrong that does not depend on the machine (an unanswered request, other bytes).

CPU time and memory are those of the server's process and of all its descendants, from /proc. memoryMB counts pages that two
processes share in each of them, proportionalMB once. The load comes from h2load (Debian: nghttp2-client) with HTTP/1.1
and kept connections; it shares the cores with the server, and generatorCPUSeconds says how much it took.
`peer` needs a venv: python3 -m venv V; V/bin/pip install -r benchmarks/requirements-service.txt.
"""

import argparse
import asyncio
import base64
import collections
import contextlib
import datetime
import hashlib
import http.client
import json
import os
import pathlib
import platform
import random
import resource
import shlex
import signal
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import zlib

HERE = pathlib.Path(__file__).resolve().parent.parent
TICKS = os.sysconf("SC_CLK_TCK")

# LitServe without a model: what a request costs before any work is done for it. It decodes base64 and no picture.
PEER = """
import base64
import sys

import litserve


class NoModel(litserve.LitAPI):
    def setup(self, device):
        pass

    def decode_request(self, request):
        return base64.b64decode(request["image"])

    def predict(self, images):
        return [len(image) for image in images]

    def encode_response(self, output):
        return {"predictions": [output]}


if __name__ == "__main__":
    server = litserve.LitServer(NoModel(max_batch_size=16, batch_timeout=float(sys.argv[2])), accelerator="cpu")
    server.run(host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", generate_client_file=False)
"""


# What is reported


def machine():
    """Where and with what was measured."""
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    cpu = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "unknown CPU")
    git = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=HERE, capture_output=True, text=True)
    return {
        "cpu": cpu, "cores": os.cpu_count(), "system": platform.platform(),
        "date": datetime.date.today().isoformat(), "commit": git.stdout.strip(),
    }


def report(benchmark, values):
    """Prints a row; load is what the machine had to do in the last minute, by us and by others."""
    rounded = {name: round(value, 4) if isinstance(value, float) else value for name, value in values.items()}
    print(json.dumps({"benchmark": benchmark, **rounded, "load": round(os.getloadavg()[0], 2), "machine": machine()}), flush=True)


def percentile(values, fraction):
    """The nearest rank; None of nothing."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(fraction * len(ordered)))] if ordered else None


def png(side, seed=1):
    """A picture of noise, RGB, side x side."""
    noise = random.Random(seed)
    rows = b"".join(b"\0" + noise.randbytes(3 * side) for _ in range(side))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


# The server


class Server:
    """A server, ours or the peer's: where it listens, its processes, what they have used."""

    def __init__(self, address, pid=None, command=None, token=None, ready="/health/ready"):
        parts = urllib.parse.urlsplit(address)
        self.address, self.host, self.port = address.rstrip("/"), parts.hostname, parts.port
        self.pid, self.command, self.ready = pid, command, ready
        self.process, self.groups = None, []
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def start(self):
        """Returns when it is ready."""
        self.process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL, start_new_session=True)
        self.pid = self.process.pid
        self.groups.append(self.pid)
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                sys.exit(f"{shlex.join(self.command)} has ended with {self.process.returncode}")
            with contextlib.suppress(OSError, http.client.HTTPException):
                if self.request("GET", self.ready)[0] == 200:
                    return
            time.sleep(0.05)
        self.end()
        sys.exit(f"{shlex.join(self.command)} is not ready after two minutes")

    def stop(self):
        """Ends it by SIGTERM, by SIGKILL after a minute; returns the exit code."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(60)
        except subprocess.TimeoutExpired:
            return self.kill()

    def kill(self):
        """Kills the process alone: what it has started goes on, as after a crash."""
        self.process.kill()
        return self.process.wait()

    def end(self):
        """Stops it if it runs, and kills what any of its runs has left behind."""
        if self.process and self.process.poll() is None:
            self.stop()
        for group in self.groups:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)

    def connection(self, timeout=60):
        return http.client.HTTPConnection(self.host, self.port, timeout=timeout)

    def request(self, method, path, body=None, headers=None, connection=None):
        """Status and body of the answer; on a connection of its own if none is given."""
        used = connection or self.connection()
        used.request(method, path, body=body, headers={**self.headers, **(headers or {})})
        response = used.getresponse()
        content = response.read()
        if connection is None:
            used.close()
        return response.status, content

    def json(self, method, path, value=None):
        """The answer as a value; ends the program when it is an error."""
        body = None if value is None else json.dumps(value)
        status, content = self.request(method, path, body, {"Content-Type": "application/json"} if body else {})
        if status >= 300:
            sys.exit(f"{method} {path}: {status} {content[:300]!r}")
        return json.loads(content)

    def processes(self):
        """The process and its descendants that live."""
        found, waiting = [], [self.pid]
        while waiting:
            pid = waiting.pop()
            found.append(pid)
            for task in pathlib.Path(f"/proc/{pid}/task").glob("*"):
                with contextlib.suppress(OSError):
                    waiting += [int(word) for word in (task / "children").read_text().split()]
        return found

    def cpu_seconds(self):
        """User and system time of all of them, and of children that have ended and were waited for."""
        ticks = 0
        for pid in self.processes():
            with contextlib.suppress(OSError):
                fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
                ticks += sum(int(field) for field in fields[11:15])
        return ticks / TICKS

    def memory(self):
        """Megabytes (10^6 bytes): resident, and with shared pages divided among their users."""
        sizes = collections.Counter()
        for pid in self.processes():
            with contextlib.suppress(OSError):
                for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                    name, *words = line.split()
                    if name in ("Rss:", "Pss:"):
                        sizes[name] += int(words[0]) * 1024
        return {"memoryMB": round(sizes["Rss:"] / 1e6, 1), "proportionalMB": round(sizes["Pss:"] / 1e6, 1)}

    def metric(self, name):
        """The sum of a counter of /metrics over all labels; None where there is none."""
        with contextlib.suppress(OSError, http.client.HTTPException):
            lines = self.request("GET", "/metrics")[1].decode().splitlines()
            values = [float(line.split()[-1]) for line in lines if line.split("{")[0].split(" ")[0] == name]
            return sum(values) if values else None
        return None


class HighestMemory:
    """Looks at a server's memory ten times a second, in a thread, while it is entered."""

    def __init__(self, server):
        self.server, self.value, self.ended = server, 0, threading.Event()
        self.thread = threading.Thread(target=self.look)

    def look(self):
        while not self.ended.wait(0.1):
            self.value = max(self.value, self.server.memory()["memoryMB"])

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()


@contextlib.contextmanager
def running(options, command_needed=False):
    """The server of the options, started and stopped here if a command is given."""
    if command_needed and not options.command:
        sys.exit(f"{options.benchmark} needs --command")
    if not options.command and not options.pid:
        sys.exit("--pid or --command says which server is measured")
    server = Server(options.address, options.pid, options.command, options.token)
    try:
        if options.command:
            server.start()
        yield server
    finally:
        server.end()


def predict_path(options):
    return f"/v1/models/{urllib.parse.quote(options.model, safe='')}/predict"


# Load


Answer = collections.namedtuple("Answer", ["status", "milliseconds"])


def load(server, path, body, content_type, clients, seconds, rate=None):
    """POSTs the body for so long. Returns an Answer for each request, and the seconds of CPU that the generator took.

    Without a rate each client sends its next request when it has the answer to the last. With a rate (requests a second, all
    clients together) requests become due by the clock, and a client that is late catches up.
    """
    with tempfile.TemporaryDirectory() as folder:
        posted, log = pathlib.Path(folder, "body"), pathlib.Path(folder, "log")
        posted.write_bytes(body)
        command = ["h2load", "--h1", "-t", 1, "-c", clients, "-D", seconds, "-d", posted, "--log-file", log]
        for name, value in {**server.headers, "Content-Type": content_type}.items():
            command += ["-H", f"{name}: {value}"]
        if rate:
            command += ["--rps", f"{rate / clients:.6f}"]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        ended = subprocess.run([str(word) for word in [*command, server.address + path]], capture_output=True, text=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if ended.returncode != 0 or not log.exists():
            sys.exit(f"h2load: {ended.stdout} {ended.stderr}")
        rows = [line.split("\t") for line in log.read_text().splitlines()]
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return [Answer(int(status), int(microseconds) / 1000) for _, status, microseconds in rows], cpu


def measured(server, path, body, content_type, clients, options):
    """A row: rates, times and CPU of so many clients, after a second that does not count."""
    load(server, path, body, content_type, clients, 1)
    counted, cpu, start = server.metric(options.engine_metric), server.cpu_seconds(), time.monotonic()
    answers, generator = load(server, path, body, content_type, clients, options.seconds)
    cpu, seconds = server.cpu_seconds() - cpu, time.monotonic() - start
    times = [answer.milliseconds for answer in answers if answer.status == 200]
    if not times:
        sys.exit(f"{server.address}{path}: no request succeeded: {collections.Counter(answer.status for answer in answers)}")
    engine = options.engine_milliseconds
    if counted is not None:
        engine = 1000 * (server.metric(options.engine_metric) - counted) / len(times)
    return {
        "clients": clients, "requestsPerSecond": len(times) / seconds,
        "p50Milliseconds": percentile(times, 0.5), "p99Milliseconds": percentile(times, 0.99),
        "cpuMillisecondsPerRequest": 1000 * cpu / len(times),
        # Without the model's own work, where that is known.
        "cpuMillisecondsWithoutEngine": None if engine is None else 1000 * cpu / len(times) - engine,
        "requestsPerCPUSecond": len(times) / max(cpu, 1 / TICKS), "otherAnswers": len(answers) - len(times),
        "generatorCPUSeconds": generator, **server.memory(),
    }


def median_row(rows):
    """The median of each number."""
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    return {name: None if None in values else statistics.median(values) for name, values in columns.items()}


def compare(servers, options):
    """Measures servers in turn, round after round: {name: (server, path, body, content type)}."""
    rows = collections.defaultdict(list)
    for round_number in range(options.rounds):
        for clients in options.clients:
            for name, (server, path, body, content_type) in servers.items():
                row = measured(server, path, body, content_type, clients, options)
                rows[name, clients].append(row)
                report(options.benchmark, {"server": name, "round": round_number, **row})
    for (name, clients), found in rows.items():
        report(options.benchmark, {"server": name, "medianOfRounds": options.rounds, **median_row(found)})


def latency(options):
    """What a request costs: a PNG to .../predict by 1, 16 and 64 clients on kept connections."""
    with running(options) as server:
        compare({"tilescope": (server, predict_path(options), png(options.side), "image/png")}, options)


def peer(options):
    """The same beside LitServe without a model (batch 16, base64 in JSON), interleaved."""
    picture = png(options.side)
    with running(options) as server, tempfile.TemporaryDirectory() as folder, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        script = pathlib.Path(folder, "peer.py")
        script.write_text(PEER)
        other = Server(
            f"http://127.0.0.1:{port}", command=[options.peer_python, str(script), str(port), str(options.peer_timeout)], ready="/health")
        posted = json.dumps({"image": base64.b64encode(picture).decode()}).encode()
        try:
            other.start()
            compare({
                "tilescope": (server, predict_path(options), picture, "image/png"),
                "litserve": (other, "/predict", posted, "application/json"),
            }, options)
        finally:
            other.end()


def engine(options):
    """The service's images per second of CPU beside those of `tilescope bench engine`, interleaved."""
    command = [
        options.tilescope, "bench", "engine", "--weights", options.model_file, "--task", "score", "--batch", options.batch,
        "--seconds", options.seconds, "--no-peaks", "--json", *(["--workers", options.workers] if options.workers else [])]
    rows = []
    with running(options) as server:
        for round_number in range(options.rounds):
            ended = subprocess.run([str(word) for word in command], capture_output=True, text=True)
            if ended.returncode != 0:
                sys.exit(f"bench engine: {ended.stderr}")
            alone = json.loads(ended.stdout)["results"][0]
            for clients in options.clients:
                served = measured(server, predict_path(options), png(options.side), "image/png", clients, options)
                served |= {
                    "engineImagesPerSecond": alone["imagesPerSecond"], "engineImagesPerCPUSecond": alone["imagesPerCPUSecond"],
                    "ofEngine": served["requestsPerCPUSecond"] / alone["imagesPerCPUSecond"],
                }
                rows.append(served)
                report("engine", {"round": round_number, "precision": alone["precision"], **served})
    for clients in options.clients:
        found = [row for row in rows if row["clients"] == clients]
        report("engine", {"medianOfRounds": options.rounds, **median_row(found)})


def overload(options):
    """So many times what it can do, by the clock: what is done, how soon the rest is refused, what memory is taken."""
    picture, path = png(options.side), predict_path(options)
    with running(options) as server:
        load(server, path, picture, "image/png", 64, 2)
        cpu, start = server.cpu_seconds(), time.monotonic()
        answers, _ = load(server, path, picture, "image/png", 64, options.capacity_seconds)
        capacity = sum(answer.status == 200 for answer in answers) / (time.monotonic() - start)
        per_cpu_second = sum(answer.status == 200 for answer in answers) / (server.cpu_seconds() - cpu)
        before, cpu, start = server.memory(), server.cpu_seconds(), time.monotonic()
        with HighestMemory(server) as highest:
            answers, generator = load(
                server, path, picture, "image/png", options.connections, options.seconds, options.times * capacity)
        seconds, cpu = time.monotonic() - start, server.cpu_seconds() - cpu
        done = [answer.milliseconds for answer in answers if answer.status == 200]
        refused = [answer.milliseconds for answer in answers if answer.status in (429, 503)]
        time.sleep(2)
        after = server.memory()
        report("overload", {
            "capacityPerSecond": capacity, "offeredPerSecond": options.times * capacity, "answeredPerSecond": len(answers) / seconds,
            "donePerSecond": len(done) / seconds, "doneOfCapacity": len(done) / seconds / capacity,
            # The generator takes CPU from the server: by CPU second the two runs are comparable on a shared machine.
            "donePerCPUSecondOfCapacity": len(done) / cpu / per_cpu_second, "generatorCPUSeconds": generator,
            "doneP50Milliseconds": percentile(done, 0.5), "doneP99Milliseconds": percentile(done, 0.99),
            "refusedCount": len(refused), "refusedP50Milliseconds": percentile(refused, 0.5),
            "refusedP99Milliseconds": percentile(refused, 0.99), "refusedMaxMilliseconds": max(refused, default=None),
            "statuses": dict(collections.Counter(answer.status for answer in answers)),
            "memoryBeforeMB": before["memoryMB"], "memoryAfterMB": after["memoryMB"], "memoryHighestMB": highest.value,
        })


# Stops


class StopClient(threading.Thread):
    """Sends requests until the server is gone, and counts what became of each.

    - answered: a whole answer came, whatever its status.
    - lost: the request was sent whole on a connection that the server had answered on before, and no answer came.
    - crossed: the same, but the connection closed within a millisecond: both closed and sent at one time, which HTTP/1.1 allows.
    - unaccepted: no answer on a new connection, on which the server has not answered yet: it may never have accepted it.
    - unsent: the connection was refused or closed before the request was sent.
    """

    def __init__(self, server, path, body, kept):
        super().__init__()
        self.server, self.path, self.body, self.kept = server, path, body, kept
        self.counts, self.statuses, self.ended = collections.Counter(), collections.Counter(), threading.Event()

    def run(self):
        connection, used = None, False
        while not self.ended.is_set():
            try:
                connection = connection or self.server.connection()
                close = {} if self.kept else {"Connection": "close"}
                headers = {"Content-Type": "image/png", **self.server.headers, **close}
                connection.request("POST", self.path, self.body, headers)
            except OSError:
                self.counts["unsent"] += 1
                connection, used = None, False
                time.sleep(0.01)
                continue
            sent = time.monotonic()
            try:
                response = connection.getresponse()
                response.read()
                self.counts["answered"] += 1
                self.statuses[response.status] += 1
                used = True
                if response.will_close or not self.kept:
                    connection.close()
                    connection, used = None, False
            except (OSError, http.client.HTTPException):
                crossed = time.monotonic() - sent < 0.001
                self.counts["unaccepted" if not used else "crossed" if crossed else "lost"] += 1
                connection, used = None, False


def stops(options):
    """SIGTERM under load, many times, at a random moment: every accepted request is answered."""
    moments, total, statuses, rows = random.Random(options.seed), collections.Counter(), collections.Counter(), []
    picture, path = png(options.side), predict_path(options)
    server = Server(options.address, None, options.command, options.token)
    for _ in range(options.stops):
        server.start()
        clients = [StopClient(server, path, picture, kept=index % 4 != 3) for index in range(options.threads)]
        for client in clients:
            client.start()
        time.sleep(moments.uniform(0.3, 2))
        readiness = server.connection(timeout=5)
        server.request("GET", "/health/ready", connection=readiness)
        start = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        # What a load balancer sees at once: 503, or nobody there.
        try:
            after_signal = server.request("GET", "/health/ready", connection=readiness)[0]
        except (OSError, http.client.HTTPException):
            after_signal = "closed"
        code = server.stop()
        seconds = time.monotonic() - start
        time.sleep(0.2)
        for client in clients:
            client.ended.set()
        for client in clients:
            client.join()
        counts = sum((client.counts for client in clients), collections.Counter())
        total += counts
        statuses += sum((client.statuses for client in clients), collections.Counter())
        server.end()
        rows.append({"exitCode": code, "seconds": seconds, "readiness": after_signal})
    report("stops", {
        "stops": len(rows), "threads": options.threads, "seed": options.seed,
        **{name: total[name] for name in ["answered", "lost", "crossed", "unaccepted", "unsent"]}, "statuses": dict(statuses),
        "secondsMedian": statistics.median(row["seconds"] for row in rows), "secondsMax": max(row["seconds"] for row in rows),
        "exitCodes": dict(collections.Counter(str(row["exitCode"]) for row in rows)),
        "readinessAfterSignal": dict(collections.Counter(str(row["readiness"]) for row in rows)),
    })
    if total["lost"] or any(row["exitCode"] != 0 for row in rows):
        sys.exit("requests were lost, or the server ended badly")


# Slow clients


async def drip(server, begin, held, ends):
    """Opens a connection, sends the beginning of a request and a byte a second, and comes again when it is closed."""
    while True:
        opened = time.monotonic()
        try:
            reader, writer = await asyncio.open_connection(server.host, server.port)
        except OSError:
            ends["refused"] += 1
            await asyncio.sleep(1)
            continue
        held.add(writer)
        try:
            writer.write(begin)
            while True:
                try:
                    answer = await asyncio.wait_for(reader.read(4096), 1)
                    status = answer.split(b" ")[1].decode() if answer.startswith(b"HTTP/") else "closed"
                    ends[f"{status} after {time.monotonic() - opened:.0f} s"] += 1
                    break
                except asyncio.TimeoutError:
                    writer.write(b"a")
        except OSError:
            ends["reset"] += 1
        finally:
            held.discard(writer)
            writer.close()
        await asyncio.sleep(0.1)


async def slow_round(server, options, picture):
    """Answers to the well-behaved, first alone, then beside the slow; how many were open; how theirs ended."""
    path = predict_path(options)
    alone, _ = await asyncio.to_thread(load, server, path, picture, "image/png", 4, options.seconds)
    lines = [f"Host: {server.host}", *(f"{name}: {value}" for name, value in server.headers.items())]
    post = "\r\n".join([f"POST {path} HTTP/1.1", *lines, ""])
    begins = [f"{post}X-Slow: ".encode()] * options.headers
    begins += [f"{post}Content-Type: image/png\r\nContent-Length: 100000\r\n\r\n".encode()] * options.bodies
    held, ends = set(), collections.Counter()
    tasks = [asyncio.create_task(drip(server, begin, held, ends)) for begin in begins]
    await asyncio.sleep(3)
    opened = len(held)
    beside, _ = await asyncio.to_thread(load, server, path, picture, "image/png", 4, options.seconds)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return alone, beside, opened, ends


def slow(options):
    """Half-open headers and bodies of a byte a second: what they cost four others."""
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    picture = png(options.side)
    with running(options) as server:
        load(server, predict_path(options), picture, "image/png", 4, 1)
        rows = []
        for _ in range(options.rounds):
            before = server.memory()["memoryMB"]
            with HighestMemory(server) as highest:
                alone, beside, opened, ends = asyncio.run(slow_round(server, options, picture))
            row = {"openedCount": opened, "memoryBeforeMB": before, "memoryHighestMB": highest.value}
            for name, answers in {"alone": alone, "beside": beside}.items():
                times = [answer.milliseconds for answer in answers if answer.status == 200]
                row |= {
                    f"{name}P50Milliseconds": percentile(times, 0.5), f"{name}P99Milliseconds": percentile(times, 0.99),
                    f"{name}PerSecond": len(times) / options.seconds, f"{name}OtherAnswers": len(answers) - len(times),
                }
            row["p99Ratio"] = row["besideP99Milliseconds"] / row["aloneP99Milliseconds"] if row["besideP99Milliseconds"] else None
            rows.append(row)
            report("slow", {"headers": options.headers, "bodies": options.bodies, **row, "ends": dict(ends.most_common(12))})
            time.sleep(2)
        report("slow", {"medianOfRounds": options.rounds, **median_row(rows)})


# Uploads


def tiff_head(columns, rows):
    """A grey BigTIFF of columns x rows tiles of 256, not compressed, up to where its zeros begin."""
    tiles, entries = columns * rows, 10
    offsets = 16 + 8 + 20 * entries + 8
    counts = offsets + 8 * tiles
    pixels = counts + 8 * tiles
    tags = [
        (256, 4, 1, 256 * columns), (257, 4, 1, 256 * rows), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1), (277, 3, 1, 1),
        (322, 3, 1, 256), (323, 3, 1, 256), (324, 16, tiles, offsets), (325, 16, tiles, counts),
    ]
    head = struct.pack("<2sHHHQQ", b"II", 43, 8, 0, 16, len(tags))
    head += b"".join(struct.pack("<HHQQ", *tag) for tag in tags) + struct.pack("<Q", 0)
    head += struct.pack(f"<{tiles}Q", *range(pixels, pixels + 65536 * tiles, 65536))
    return head + struct.pack(f"<{tiles}Q", *[65536] * tiles)


class Upload:
    """A file that is never in memory: its head, then zeros."""

    def __init__(self, server, name, byte_count):
        self.server, self.path = server, f"/v1/scenes/uploads/{urllib.parse.quote(name, safe='')}"
        side = max(2, round((byte_count / 65536) ** 0.5))
        self.head, self.total = tiff_head(side, side), 0
        self.total = len(self.head) + 65536 * side * side
        self.side, self.zeros, self.sent_count = 256 * side, bytes(16 << 20), 0

    def part(self, first, count):
        count = min(count, self.total - first)
        here = self.head[first:first + count]
        return here + self.zeros[:count - len(here)]

    def headers(self, first, count):
        return {
            **self.server.headers, "Content-Type": "application/octet-stream",
            "Content-Range": f"bytes {first}-{first + count - 1}/{self.total}"}

    def send(self, first, end, part_byte_count):
        """Sends parts from one byte until another is passed; returns the next byte and the last answer."""
        connection, status, content = self.server.connection(), None, b""
        while first < end:
            part = self.part(first, part_byte_count)
            status, content = self.server.request("PUT", self.path, part, self.headers(first, len(part)), connection)
            if status not in (201, 202):
                sys.exit(f"PUT from {first}: {status} {content[:300]!r}")
            first += len(part)
            self.sent_count += len(part)
        connection.close()
        return first, status, content

    def send_half(self, first, part_byte_count):
        """Sends half of a part and leaves the connection open."""
        part, connection = self.part(first, part_byte_count), self.server.connection()
        connection.putrequest("PUT", self.path)
        for name, value in {**self.headers(first, len(part)), "Content-Length": len(part)}.items():
            connection.putheader(name, str(value))
        connection.endheaders()
        connection.send(part[:len(part) // 2])
        self.sent_count += len(part) // 2
        return connection

    def digest(self):
        """SHA-256 of the whole file."""
        sum_of, first = hashlib.sha256(), 0
        while first < self.total:
            part = self.part(first, len(self.zeros))
            sum_of.update(part)
            first += len(part)
        return sum_of.hexdigest()


def upload(options):
    """A large upload in parts: memory; the server is killed at 90 %, and what is sent again is counted."""
    part_byte_count = options.part << 20
    with running(options, command_needed=True) as server:
        server.request("GET", "/v1/scenes")
        uploaded = Upload(server, f"upload-{os.getpid()}.tif", options.byte_count)
        before, start = server.memory()["memoryMB"], time.monotonic()
        with HighestMemory(server) as highest:
            kill_at = int(0.9 * uploaded.total)
            first, _, _ = uploaded.send(0, kill_at, part_byte_count)
            broken = uploaded.send_half(first, part_byte_count)
            time.sleep(0.3)
        rate = uploaded.sent_count / (time.monotonic() - start)
        server.kill()
        broken.close()
        server.start()
        received = server.json("GET", uploaded.path)["receivedByteCount"]
        again = uploaded.sent_count - received
        restarted = server.memory()["memoryMB"]
        with HighestMemory(server) as highest_again:
            _, status, content = uploaded.send(received, uploaded.total, part_byte_count)
        scene = json.loads(content)
        details = server.json("GET", f"/v1/scenes/{scene['id']}")
        found = None
        if options.data:
            paths = [path for path in options.data.rglob("*") if path.is_file() and path.stat().st_size == uploaded.total]
            found = bool(paths) and hashlib.file_digest(paths[0].open("rb"), "sha256").hexdigest() == uploaded.digest()
        deleted, _ = server.request("DELETE", f"/v1/scenes/{scene['id']}")
        report("upload", {
            "byteCount": uploaded.total, "partByteCount": part_byte_count, "bytesPerSecond": round(rate), "status": status,
            "memoryBeforeMB": before, "memoryHighestMB": highest.value, "memoryAddedMB": round(highest.value - before, 1),
            "memoryAddedAfterRestartMB": round(highest_again.value - restarted, 1),
            "sentBeforeKill": first + part_byte_count // 2, "receivedAfterRestart": received, "sentAgainByteCount": again,
            "isWholeFile": found, "sceneWidth": details.get("width"), "expectedWidth": uploaded.side, "deleteStatus": deleted,
        })
        if status != 201 or found is False or again > 8 << 20 or details.get("width") != uploaded.side:
            sys.exit("the upload is not what was sent, or too much was sent again")


# Mixed requests


def mixed_kinds(options):
    """Name, expected statuses and request: method, path, body, headers."""
    predict, picture = predict_path(options), png(options.side)
    image, text = {"Content-Type": "image/png"}, {"Content-Type": "application/json"}
    return [
        ("good", {200}, ("POST", predict, picture, image)),
        ("good large", {200}, ("POST", predict, png(200), image)),
        ("models", {200}, ("GET", "/v1/models", None, {})),
        ("scenes", {200}, ("GET", "/v1/scenes?limit=3", None, {})),
        ("metrics", {200}, ("GET", "/metrics", None, {})),
        ("ready", {200}, ("GET", "/health/ready", None, {})),
        ("no such page", {404}, ("GET", "/v1/nothing", None, {})),
        ("no such model", {404}, ("POST", "/v1/models/no-such-model/predict", picture, image)),
        ("no such tile", {404}, ("GET", "/v1/scenes/0123456789abcdef/tiles/0/0/0", None, {})),
        ("broken image", {422}, ("POST", predict, picture[:len(picture) // 2], image)),
        ("no image", {415, 422}, ("POST", predict, b"no image at all", image)),
        ("empty body", {400, 411, 415, 422}, ("POST", predict, b"", image)),
        ("broken JSON", {400}, ("POST", predict, b'{"addresses": [', text)),
        ("wrong JSON", {400, 422}, ("POST", "/v1/scans", b'{"scene": 7}', text)),
        ("wrong type", {415}, ("POST", predict, picture, {"Content-Type": "text/html"})),
        ("wrong method", {405}, ("DELETE", predict, None, {})),
        ("wrong query", {400}, ("POST", predict + "?top=many", picture, image)),
        ("half body", None, ("POST", predict, picture, image)),
    ]


def send_mixed(server, kinds, count, seed, counts, unexpected):
    """So many requests of random kinds on one connection."""
    choose, connection = random.Random(seed), server.connection()
    for _ in range(count):
        name, expected, (method, path, body, headers) = choose.choice(kinds)
        try:
            if expected is None:
                connection.putrequest(method, path)
                for key, value in {**server.headers, **headers, "Content-Length": str(len(body))}.items():
                    connection.putheader(key, value)
                connection.endheaders()
                connection.send(body[:len(body) // 2])
                connection.close()
                status = "left"
            else:
                status, _ = server.request(method, path, body, headers, connection)
                if status not in expected:
                    unexpected[f"{name}: {status}"] += 1
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            status = type(error).__name__
            unexpected[f"{name}: {status}"] += 1
        counts[name] += 1
    connection.close()


def mixed(options):
    """Requests of all kinds, good and bad: memory early and late."""
    kinds, memory, count = mixed_kinds(options), {}, 0
    counts, unexpected = collections.Counter(), collections.Counter()
    with running(options) as server:
        start, cpu = time.monotonic(), server.cpu_seconds()
        for until in options.looks:
            each = (until - count) // options.threads
            arguments = [
                (server, kinds, each, f"{options.seed} {until} {index}", counts, unexpected) for index in range(options.threads)]
            threads = [threading.Thread(target=send_mixed, args=given) for given in arguments]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            count = until
            time.sleep(2)
            memory[until] = server.memory()["memoryMB"]
        first, last = options.looks[0], options.looks[-1]
        report("mixed", {
            "requestCount": sum(counts.values()), "seconds": round(time.monotonic() - start, 1), "seed": options.seed,
            "serverCPUSeconds": server.cpu_seconds() - cpu, "memoryMB": memory, "memoryRatio": memory[last] / memory[first],
            "kinds": len(kinds), "unexpected": dict(unexpected.most_common(20)),
        })
        if unexpected:
            sys.exit("some answers have another status than expected")


# Scans and events


def events_of(server, scan, last=None):
    """Events of a scan as they come: (id, event, value)."""
    connection = server.connection(timeout=60)
    headers = {**server.headers, "Accept": "text/event-stream", **({"Last-Event-ID": last} if last else {})}
    connection.request("GET", f"/v1/scans/{scan}/events", headers=headers)
    response, fields = connection.getresponse(), {}
    if response.status != 200:
        sys.exit(f"events: {response.status} {response.read(300)!r}")
    try:
        for line in response:
            name, _, value = line.decode().rstrip("\r\n").partition(": ")
            if name in ("id", "event", "data"):
                fields[name] = value
            elif not name and "data" in fields:
                yield fields.get("id"), fields.get("event"), json.loads(fields["data"])
                fields = {}
    finally:
        connection.close()


def reference(options, folder):
    """detections.jsonl of `tilescope scan` with the same options."""
    command = [
        options.tilescope, "scan", options.scene_file, "--model", options.model_file, "--output", folder / "scan",
        "--threshold", options.threshold, "--stride", options.stride]
    ended = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if ended.returncode != 0:
        sys.exit(f"{command}: {ended.stderr}")
    return (folder / "scan" / "detections.jsonl").read_bytes()


def events(options):
    """A scan whose server is killed in the middle goes on when it is started again, and finds what the command finds."""
    with tempfile.TemporaryDirectory() as folder:
        expected = reference(options, pathlib.Path(folder))
    with running(options, command_needed=True) as server:
        name = options.scene_file.name
        scenes = server.json("GET", f"/v1/scenes?search={urllib.parse.quote(name)}")["scenes"]
        scene = next((scene["id"] for scene in scenes if scene["name"].endswith(name)), None)
        if scene is None:
            sys.exit(f"the server has no scene {name}")
        scan = server.json("POST", "/v1/scans", {
            "scene": scene, "model": options.model, "stride": options.stride, "rule": {"threshold": options.threshold}})["id"]
        identifiers, killed = [], None
        for identifier, _, value in events_of(server, scan):
            identifiers.append(int(identifier))
            if value["state"] not in ("waiting", "running"):
                sys.exit(f"the scan was {value['state']} before the kill: take a larger scene")
            if value["progress"]["fraction"] >= options.kill_at:
                killed = value["progress"]
                server.kill()
                break
        if killed is None:
            sys.exit("the events ended before the scan")
        server.start()
        start, first, last = time.monotonic(), None, None
        for identifier, _, last in events_of(server, scan, str(identifiers[-1])):
            first = first or last["progress"]
            identifiers.append(int(identifier))
        found = b""
        if last and last["state"] == "finished":
            found = server.request("GET", f"/v1/scans/{scan}/files/detections.jsonl")[1]
        report("events", {
            "state": last and last["state"], "error": last and last["error"], "eventCount": len(identifiers),
            "idsGrow": all(a < b for a, b in zip(identifiers, identifiers[1:])), "windowCount": killed["windowCount"],
            "finishedAtKill": killed["finishedWindowCount"], "finishedAtFirstEvent": first and first["finishedWindowCount"],
            "secondsAfterRestart": time.monotonic() - start, "sameBytes": found == expected, "byteCount": len(expected),
            "sha256": hashlib.sha256(expected).hexdigest(),
        })
        if found != expected:
            sys.exit("other detections than those of tilescope scan")


# The command


def numbers(text):
    return [int(word) for word in text.split(",")]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    benchmarks = parser.add_subparsers(dest="benchmark", required=True)

    def benchmark(run):
        words = run.__doc__.replace("%", "%%")
        added = benchmarks.add_parser(run.__name__, help=words, description=words)
        added.set_defaults(run=run)
        added.add_argument("--address", default="http://127.0.0.1:8080")
        added.add_argument("--pid", type=int, help="the server's process")
        added.add_argument("--command", type=shlex.split, help="starts the server, in one word")
        added.add_argument("--token")
        added.add_argument("--model", required=run is not upload, help="a model's name, as in /v1/models")
        added.add_argument("--side", type=int, default=32, help="of the picture, in pixels")
        return added

    for run in (latency, peer, engine):
        added = benchmark(run)
        added.add_argument("--clients", type=numbers, default=[1, 16, 64])
        added.add_argument("--seconds", type=int, default=10)
        added.add_argument("--rounds", type=int, default=3)
        added.add_argument(
            "--engine-metric", default="tilescope_engine_cpu_seconds_total", help="a counter of /metrics: CPU of the model's own work")
        added.add_argument(
            "--engine-milliseconds", type=float, help="CPU of the model's own work for an image, where the server has no such counter")
        if run is engine:
            added.set_defaults(clients=[64])
            added.add_argument("--tilescope", default="tilescope")
            added.add_argument("--model-file", type=pathlib.Path, required=True)
            added.add_argument("--batch", type=int, default=16, help="images that the engine scores at once")
            added.add_argument("--workers", type=int, help="as given to the server")
        if run is peer:
            added.add_argument("--peer-python", default=str(HERE / ".deps/service-venv/bin/python"), help="that of the venv")
            added.add_argument(
                "--peer-timeout", type=float, default=0, help="seconds that LitServe waits for a batch of 16; its own default is 0")
    added = benchmark(overload)
    added.add_argument("--seconds", type=int, default=60)
    added.add_argument("--capacity-seconds", type=int, default=20)
    added.add_argument("--times", type=float, default=3)
    added.add_argument("--connections", type=int, default=512, help="over which the requests are sent")
    added = benchmark(stops)
    added.add_argument("--stops", type=int, default=20)
    added.add_argument("--threads", type=int, default=16, help="clients; each fourth opens a connection a request")
    added.add_argument("--seed", type=int, default=1)
    added = benchmark(slow)
    added.add_argument("--headers", type=int, default=1000, help="connections that never end their header")
    added.add_argument("--bodies", type=int, default=200, help="connections that send a byte a second of their body")
    added.add_argument("--seconds", type=int, default=20)
    added.add_argument("--rounds", type=int, default=3)
    added = benchmark(upload)
    added.add_argument("--byte-count", type=int, default=2 << 30)
    added.add_argument("--part", type=int, default=8, help="MiB")
    added.add_argument("--data", type=pathlib.Path, help="the server's --data: the file in it is compared, too")
    added = benchmark(mixed)
    added.add_argument("--looks", type=numbers, default=[20_000, 100_000], help="after how many requests memory is looked at")
    added.add_argument("--threads", type=int, default=16)
    added.add_argument("--seed", type=int, default=1)
    added = benchmark(events)
    added.add_argument("--tilescope", default="tilescope")
    added.add_argument("--scene-file", type=pathlib.Path, required=True, help="the file that the server shows as a scene")
    added.add_argument("--model-file", type=pathlib.Path, required=True)
    added.add_argument("--stride", type=int, default=8)
    added.add_argument("--threshold", type=float, default=0.5)
    added.add_argument("--kill-at", type=float, default=0.4, help="fraction of the windows")
    options = parser.parse_args()
    # So that a script which is ended ends its servers.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by SIGTERM"))
    if options.run is stops and not options.command:
        sys.exit("stops needs --command")
    options.run(options)


if __name__ == "__main__":
    main()
