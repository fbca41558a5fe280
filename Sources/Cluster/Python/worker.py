"""Starts `tilescope worker` and speaks its protocol, which docs/worker-protocol.md describes. Needs nothing but Python.

    worker = Worker(["tilescope", "worker"])
    number = worker.take(task)               # raises RefusedError where it cannot
    answer = worker.score(number, 7, rows=(0, 40), columns=(0, 90))
"""

import json
import os
import select
import signal
import struct
import subprocess
import sys
import time
import zlib

VERSION = 1
(HELLO, TASK, READY, RANGE, RESULT, FAILED, HEARTBEAT, FINISH, SETTLE, SETTLED, PLAN, PLANNED, PICTURES,
 PREDICTIONS) = range(1, 15)

# Seconds without a message, heartbeats among them, after which a worker counts as hanging.
SILENCE = 30.0


class WorkerError(Exception):
    """The process ended, hung, or spoke something else. Another one may do better."""


class RefusedError(Exception):
    """The worker cannot do what it is asked for. `reason` is `refused` where another machine may, and `scene` where none can."""

    def __init__(self, reason, cause):
        super().__init__(cause)
        self.reason = reason


class Failure:
    """Why a range has no result."""

    def __init__(self, fields):
        self.reason, self.cause, self.window_count = fields["reason"], fields["cause"], fields["windowCount"]


class Result:
    """What was found in a range. Columns are slices of one buffer, as little-endian numbers of fixed width."""

    HEADER = struct.Struct("<8I6d")

    def __init__(self, payload):
        if len(payload) < self.HEADER.size:
            raise WorkerError("a result is shorter than its numbers")
        (self.task, self.range, row, row_end, column, column_end, self.count, self.checksum, self.read_seconds,
         self.wait_seconds, self.score_seconds, self.scan_seconds, self.cpu_seconds, self.fetch_seconds) = self.HEADER.unpack_from(payload)
        self.rows, self.columns = (row, row_end), (column, column_end)
        start = _aligned(self.HEADER.size)
        view, columns = memoryview(payload), []
        for width in (4, 4, 4, 2):
            columns.append(view[start:start + width * self.count])
            end = start + width * self.count
            start = _aligned(end)
        if end != len(payload):
            raise WorkerError("a result is not as long as it says")
        # Row and column of a window, score (float), label (16 bits).
        self.window_rows, self.window_columns, self.scores, self.labels = columns


def _aligned(offset):
    return (offset + 63) // 64 * 64


class Worker:
    """One process. Not for several threads at once."""

    def __init__(self, command, silence=SILENCE):
        self.silence = silence
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=sys.stderr.fileno(), bufsize=0)
        self.tasks, self.task_count = {}, 0
        kind, self.hello = self._answer()
        if kind != HELLO:
            raise self._died(f"it began with a message of kind {kind}")

    def take(self, task):
        """Gives a task, a dictionary with `scan`, `scene`, `model` and `blockPixelLimit`, unless it has it; the task's number."""
        for number, taken in self.tasks.items():
            if taken == task:
                return number
        number = self.task_count
        self.task_count += 1
        self._ask(TASK, {**task, "task": number}, READY)
        # The worker forgets the oldest of more.
        while len(self.tasks) >= self.hello["taskLimit"]:
            del self.tasks[next(iter(self.tasks))]
        self.tasks[number] = task
        return number

    def score(self, task, number, rows, columns, seconds=None):
        """The `Result` of a range of windows, or its `Failure`."""
        message = {"task": task, "range": number, "windows": {"rows": list(rows), "columns": list(columns)}}
        if seconds is not None:
            message["seconds"] = seconds
        self._send(RANGE, message)
        kind, answer = self._answer()
        if kind == FAILED:
            return Failure(answer)
        if kind != RESULT or (answer.task, answer.range) != (task, number):
            raise self._died(f"it answered a range with a message of kind {kind}")
        return answer

    def settle(self, message):
        """What all workers of a job go by: a dictionary as docs/worker-protocol.md has it."""
        return self._ask(SETTLE, message, SETTLED)

    def plan(self, message):
        """The task and the ranges of a scene: a dictionary as docs/worker-protocol.md has it."""
        return self._ask(PLAN, message, PLANNED)

    def predict(self, message):
        """What a model sees in pictures: a dictionary as docs/worker-protocol.md has it."""
        return self._ask(PICTURES, message, PREDICTIONS)

    def _ask(self, question, message, expected):
        self._send(question, message)
        kind, fields = self._answer()
        if kind == FAILED:
            raise RefusedError(fields["reason"], fields["cause"])
        if kind != expected:
            raise self._died(f"it answered a message of kind {question} with one of kind {kind}")
        return fields

    def close(self):
        """Ends the process and returns what it took."""
        try:
            self._send(FINISH, {})
            kind, fields = self._answer()
            self.process.stdin.close()
            self.process.wait(timeout=self.silence)
            return fields if kind == FINISH else None
        except subprocess.TimeoutExpired:
            raise self._died("it did not end")
        finally:
            self.kill()

    def kill(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            stream.close()

    @property
    def is_alive(self):
        return self.process.poll() is None

    def _send(self, kind, fields):
        payload = json.dumps(fields).encode()
        start = struct.pack("<IHH", len(payload), kind, VERSION)
        data = memoryview(start + struct.pack("<I", zlib.crc32(payload, zlib.crc32(start))) + payload)
        try:
            while data:
                data = data[os.write(self.process.stdin.fileno(), data):]
        except OSError as error:
            raise self._died(f"it takes no messages: {error}")

    def _answer(self):
        """The next message that is no heartbeat."""
        while True:
            end = time.monotonic() + self.silence
            start = self._read(12, end)
            length, kind, version, checksum = struct.unpack("<IHHI", start)
            if version != VERSION:
                raise self._died(f"it speaks version {version} of the worker protocol, not {VERSION}")
            if not HELLO <= kind <= PREDICTIONS or length > 1 << 30:
                raise self._died(f"a message of kind {kind} with {length} bytes is not part of the worker protocol")
            payload = self._read(length, end)
            if zlib.crc32(payload, zlib.crc32(start[:8])) != checksum:
                raise self._died("the checksum of a message does not match")
            if kind == RESULT:
                return kind, Result(payload)
            if kind != HEARTBEAT:
                return kind, json.loads(payload)

    def _read(self, count, end):
        data = bytearray(count)
        view, stream = memoryview(data), self.process.stdout.fileno()
        while view:
            ready, _, _ = select.select([stream], [], [], max(0, end - time.monotonic()))
            if not ready:
                raise self._died(f"it said nothing for {self.silence:g} s")
            got = os.readv(stream, [view])
            if got == 0:
                raise self._died("it ended")
            view = view[got:]
        return bytes(data)

    def _died(self, cause):
        self.kill()
        status = self.process.returncode
        how = f"signal {-status}" if status < 0 else f"exit status {status}"
        return WorkerError(f"the worker process {self.process.pid} is of no more use: {cause} ({how})")
