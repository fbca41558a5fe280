"""Scores ranges of windows in Spark's Python workers: what `tilescope scan --cluster` runs on the machines of a cluster.

Rows carry ranges of windows, not pixels; each Python worker of Spark keeps one native process, which reads the scene itself.
"""

import os

import pyarrow as pa

from .worker import Failure, RefusedError, Worker

# A row tells that a range is finished, or has failed, or is a candidate of one.
FINISHED, FAILED, CANDIDATE = 0, 1, 2

FIELDS = [
    ("scene", pa.int32(), "the scene's number in the plan"),
    ("range", pa.int32(), "the range's number in the plan"),
    ("kind", pa.int8(), "0: the range is finished; 1: it has failed; 2: a candidate of it"),
    ("row", pa.int32(), "of a candidate's window, or the first of the range"),
    ("column", pa.int32(), "the same"),
    ("label", pa.int32(), "of a candidate"),
    ("score", pa.float32(), "of a candidate"),
    ("rowEnd", pa.int32(), "after the range's last row"),
    ("columnEnd", pa.int32(), "after the range's last column"),
    ("candidates", pa.int32(), "how many the range has"),
    ("checksum", pa.int64(), "CRC-32C of the range's windows and candidates, as in a file of candidates"),
    ("readSeconds", pa.float64(), "in which pixels were read, beside the rest"),
    ("waitSeconds", pa.float64(), "in which scoring waited for pixels"),
    ("scoreSeconds", pa.float64(), "in which windows were scored"),
    ("scanSeconds", pa.float64(), "from the first pixel to the last score"),
    ("cpuSeconds", pa.float64(), "of the native process, of all threads"),
    ("cause", pa.string(), "why a range has failed"),
]
SCHEMA = pa.schema([(name, kind) for name, kind, _ in FIELDS])
SPARK_TYPES = {pa.int8(): "byte", pa.int32(): "int", pa.int64(): "long", pa.float32(): "float", pa.float64(): "double",
               pa.string(): "string"}
SPARK_SCHEMA = ", ".join(f"{name} {SPARK_TYPES[kind]}" for name, kind, _ in FIELDS)


def scan(spark, plan, numbers):
    """Scores ranges of a plan.

    `plan` is the application's plan.json: a task for each scene, and ranges with their costs. `numbers` are those of ranges in
    it. Returns a DataFrame with the columns of FIELDS: for each range one row that tells what became of it, and a row for each of
    its candidates. Nothing is computed before the DataFrame is used.
    """
    shared = spark.sparkContext.broadcast({"plan": plan, "numbers": numbers})
    score = _Scoring(shared)
    # One range is one task of Spark, the most expensive ones first.
    return spark.range(0, len(numbers), 1, max(1, len(numbers))).mapInArrow(score, SPARK_SCHEMA)


class _Scoring:
    """What runs in Spark's Python workers."""

    def __init__(self, shared):
        self.shared = shared

    def __call__(self, batches):
        shared = self.shared.value
        plan, numbers = shared["plan"], shared["numbers"]
        for batch in batches:
            for place in batch.column(0).to_pylist():
                yield rows(plan, numbers[place], native_worker(plan))


def rows(plan, number, worker):
    """Has one range scored and gives its rows."""
    wanted = plan["ranges"][number]
    task = plan["tasks"][wanted["scene"]]
    limit = plan.get("rangeSeconds")
    try:
        worker.take(wanted["scene"], {**task, "model": model_path(task["model"])})
        answer = worker.score(wanted["scene"], number, wanted["rows"], wanted["columns"], limit)
    except RefusedError as refusal:
        # Another machine may be able to; after some tries Spark ends the job with these words.
        if refusal.reason == "refused":
            raise RuntimeError(f"this machine cannot score the task: {refusal}") from None
        return failed(wanted, number, str(refusal))
    if isinstance(answer, Failure):
        if answer.reason == "time":
            # The machine may be what is slow.
            worker.kill()
            raise RuntimeError(f"range {number} of scene {task['scene']}: {answer.cause}")
        return failed(wanted, number, answer.cause)
    return finished(wanted, number, answer)


def failed(wanted, number, cause):
    return _batch(1, scene=wanted["scene"], range=number, kind=FAILED, row=wanted["rows"][0], column=wanted["columns"][0],
                  rowEnd=wanted["rows"][1], columnEnd=wanted["columns"][1], cause=cause)


def finished(wanted, number, result):
    head = _batch(1, scene=wanted["scene"], range=number, kind=FINISHED, row=result.rows[0], column=result.columns[0],
                  rowEnd=result.rows[1], columnEnd=result.columns[1], candidates=result.count, checksum=result.checksum,
                  readSeconds=result.read_seconds, waitSeconds=result.wait_seconds, scoreSeconds=result.score_seconds,
                  scanSeconds=result.scan_seconds, cpuSeconds=result.cpu_seconds)
    if result.count == 0:
        return head

    def column(kind, data):
        return pa.Array.from_buffers(kind, result.count, [None, pa.py_buffer(data)])

    candidates = _batch(
        result.count, scene=wanted["scene"], range=number, kind=CANDIDATE, row=column(pa.int32(), result.window_rows),
        column=column(pa.int32(), result.window_columns), score=column(pa.float32(), result.scores),
        label=column(pa.uint16(), result.labels).cast(pa.int32()))
    return pa.concat_batches([head, candidates]) if hasattr(pa, "concat_batches") else _joined(head, candidates)


def _joined(*batches):
    table = pa.Table.from_batches(batches).combine_chunks()
    return table.to_batches()[0]


def _batch(count, **columns):
    """A batch whose other columns are empty; a single number stands in every row."""
    arrays = []
    for name, kind, _ in FIELDS:
        value = columns.get(name)
        if isinstance(value, pa.Array):
            arrays.append(value)
        elif value is None:
            arrays.append(pa.nulls(count, kind))
        else:
            arrays.append(pa.repeat(pa.scalar(value, kind), count))
    return pa.RecordBatch.from_arrays(arrays, schema=SCHEMA)


# One native process for each Python worker, which Spark keeps for the next tasks.
_worker = None


def native_worker(plan):
    global _worker
    if _worker is None or not _worker.is_alive:
        _worker = Worker(command())
        hello = _worker.hello
        if hello["version"] != plan["version"]:
            _worker.kill()
            raise RuntimeError(f"the bundle's worker is tilescope {hello['version']}, the plan is of {plan['version']}")
    return _worker


def bundle_folder():
    """Where Spark has unpacked the archive."""
    from pyspark import SparkFiles
    for folder in (SparkFiles.get("tilescope"), os.path.abspath("tilescope")):
        if os.path.exists(os.path.join(folder, "tilescope-worker")):
            return folder
    raise RuntimeError("the application has no archive named tilescope: spark.archives=BUNDLE.tar.gz#tilescope")


def model_path(name):
    """Where the model is for this machine: the application ships it, unless the plan names a path or an address."""
    if name != "shipped":
        return name
    from pyspark import SparkFiles
    return SparkFiles.get("model.safetensors")


def command():
    from pyspark import TaskContext
    return [os.path.join(bundle_folder(), "tilescope-worker"), "--workers", str(TaskContext.get().cpus())]
