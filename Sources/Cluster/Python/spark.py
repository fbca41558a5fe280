"""Scores scenes and pictures in Spark's Python workers, each of which keeps one native process.

    from tilescope import spark as tilescope
    found = tilescope.scan(spark, scenes, "s3a://lake/model.safetensors", stride=16)
    seen = tilescope.predict(spark, pictures, "s3a://lake/model.safetensors")

`tilescope cluster bundle` makes the two files that a job needs for it, and says how to submit one. Rows carry addresses and ranges
of windows, no pixels: the native processes read scenes and pictures themselves. `tilescope scan --cluster` and
`tilescope predict --cluster` run the same code.
"""

import json
import os
import time

import pyarrow as pa

from .worker import Failure, RefusedError, Worker

# A row tells that a range is finished, or has failed, or is a candidate of one.
FINISHED, FAILED, CANDIDATE = 0, 1, 2

FIELDS = [
    ("scene", pa.int32(), "the scene's number in the plan; empty where a row has its address"),
    ("address", pa.string(), "the scene's address"),
    ("range", pa.int32(), "the range's number in the plan, or among those of its scene"),
    ("kind", pa.int8(), "0: the range is finished; 1: it has failed; 2: a candidate of it"),
    ("row", pa.int32(), "of a candidate's window, or the first of the range"),
    ("column", pa.int32(), "the same"),
    ("label", pa.int32(), "of a candidate"),
    ("score", pa.float32(), "of a candidate"),
    ("x", pa.int32(), "of a candidate's left edge, in pixels of the scene"),
    ("y", pa.int32(), "of its upper edge; its sides are the model's input size"),
    ("class", pa.string(), "the label's name"),
    ("rowEnd", pa.int32(), "after the range's last row"),
    ("columnEnd", pa.int32(), "after the range's last column"),
    ("candidates", pa.int32(), "how many the range has"),
    ("checksum", pa.int64(), "CRC-32C of the range's windows and candidates, as in a file of candidates"),
    ("began", pa.float64(), "when its scoring began, in seconds since 1970"),
    ("ended", pa.float64(), "and ended"),
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

# What a plan on the cluster has of each range.
RANGE_SCHEMA = "address string, task string, classes string, range int, row int, rowEnd int, column int, columnEnd int, cost double, cause string"

# So long a task of Spark takes, and so many each slot has at least: docs/cluster.md says why.
TASK_SECONDS, TASKS_PER_SLOT = 2.0, 20
# Of predictions.
PICTURES_PER_MESSAGE, PICTURES_PER_TASK = 64, 512
PREDICTION_SCHEMA = "picture string, classes array<string>, scores array<float>, cause string"


# Scans

def scan(spark, scenes, model, stride=None, classes=None, floor=None, views=None, dense_block=None, precision=None):
    """Scores all windows of scenes.

    `scenes` is a DataFrame whose first column has addresses that all machines can read; `model` is the path of a file of this
    machine, or an address that all machines can read. The other options are those of `tilescope scan`; `dense_block` is the side of
    the blocks of a dense scan. What is not given is as the model's contract says.

    Returns a DataFrame with the columns of FIELDS: for each range of windows a row that tells what became of it, and a row for
    each candidate, which is a window and label whose score is not below `floor`. A scene that cannot be opened is one row of the
    kind FAILED. The scenes are opened and planned when this is called; they are scored when the DataFrame is used.

    Machines that cannot compute the same bits as the one that planned the first scene refuse, and Spark goes on elsewhere.
    """
    options = {"model": _shipped(spark, model), "stride": stride, "classes": classes, "floor": floor, "views": views,
               "denseBlockPixelLimit": dense_block and dense_block ** 2, "precision": precision}
    options = {name: value for name, value in options.items() if value is not None}
    addresses = scenes.select(scenes.columns[0])
    slots = max(1, spark.sparkContext.defaultParallelism // _task_cpus(spark))
    first = _first_plan(spark, addresses, options)
    if first is None:
        # None can be planned; each has a row with its reason.
        first = {}
    options |= first
    ranges = _planned(addresses, options, slots).persist()
    seconds, count = _sums(ranges)
    wanted = TASKS_PER_SLOT * slots
    if first and count < wanted and seconds < wanted * TASK_SECONDS:
        # Few windows: smaller ranges keep all slots busy to the end.
        ranges.unpersist()
        options["windowsPerRange"] = max(1, int(seconds / first["secondsPerWindow"] / wanted))
        ranges = _planned(addresses, options, slots).persist()
        seconds, count = _sums(ranges)
    from pyspark.sql import functions as F
    # Such as scenes that cannot be read in parts: they begin first, so that nobody waits for them in the end.
    dear = ranges.filter(F.col("cost") > 3 * TASK_SECONDS)
    dear_count = dear.count()
    cheap = ranges.filter(~(F.col("cost") > 3 * TASK_SECONDS))
    tasks = max(1, min(count - dear_count, max(wanted, int(seconds / TASK_SECONDS))))
    spread = cheap.repartition(tasks)
    if dear_count:
        spread = dear.repartitionByRange(dear_count, F.desc("cost"), F.hash("address", "range")).union(spread)
    return spread.mapInArrow(_score_planned, SPARK_SCHEMA)


def _first_plan(spark, addresses, options):
    """What the first scene that can be planned says for all: what to compute with, and what a window costs."""
    for row in addresses.limit(100).collect():
        probe = spark.createDataFrame([(row[0],)], "address string").coalesce(1)
        planned = probe.mapInArrow(_Planning(options), RANGE_SCHEMA).limit(1).collect()[0]
        if planned["cause"] is None:
            task = json.loads(planned["task"])
            windows = (planned["rowEnd"] - planned["row"]) * (planned["columnEnd"] - planned["column"])
            return {"numerics": task["scan"]["numerics"], "secondsPerWindow": planned["cost"] / windows}
    return None


def _planned(addresses, options, slots):
    return addresses.repartition(2 * slots).mapInArrow(_Planning(options), RANGE_SCHEMA)


def _sums(ranges):
    from pyspark.sql import functions as F
    row = ranges.agg(F.coalesce(F.sum("cost"), F.lit(0.0)), F.count("*")).collect()[0]
    return row[0], row[1]


def _task_cpus(spark):
    return int(spark.sparkContext.getConf().get("spark.task.cpus", "1"))


def _shipped(spark, model):
    """How workers name the model: a file of this machine goes there with the application."""
    if not os.path.exists(model):
        return model
    spark.sparkContext.addFile(os.path.abspath(model))
    return "shipped:" + os.path.basename(model)


class _Planning:
    """Opens scenes and makes ranges of their windows."""

    def __init__(self, options):
        self.options = options

    def __call__(self, batches):
        for batch in batches:
            for address in batch.column(0).to_pylist():
                yield self.ranges(address)

    def ranges(self, address):
        message = {**self.options, "scene": address, "model": model_path(self.options["model"])}
        names = [field.split(" ")[0] for field in RANGE_SCHEMA.split(", ")]
        try:
            planned = native_worker().plan(message)
        except RefusedError as refusal:
            if refusal.reason == "refused":
                raise RuntimeError(f"this machine cannot score the task: {refusal}") from None
            return _range_batch([dict.fromkeys(names) | {
                "address": address, "range": 0, "row": 0, "rowEnd": 0, "column": 0, "columnEnd": 0, "cost": 0.0,
                "cause": str(refusal)}])
        # Each worker finds the model in a place of its own.
        task = json.dumps({**planned["task"], "model": self.options["model"]}, sort_keys=True)
        classes, seconds = json.dumps(planned["classes"]), planned["secondsPerWindow"]
        return _range_batch([
            {"address": address, "task": task, "classes": classes, "range": number, "row": rows[0], "rowEnd": rows[1],
             "column": columns[0], "columnEnd": columns[1],
             "cost": (rows[1] - rows[0]) * (columns[1] - columns[0]) * seconds, "cause": None}
            for number, (rows, columns) in enumerate((part["rows"], part["columns"]) for part in planned["ranges"])
        ])


def _range_batch(rows):
    kinds = {"string": pa.string(), "int": pa.int32(), "double": pa.float64()}
    fields = [field.split(" ") for field in RANGE_SCHEMA.split(", ")]
    return pa.RecordBatch.from_pylist(rows, schema=pa.schema([(name, kinds[kind]) for name, kind in fields]))


def _score_planned(batches):
    """Scores the ranges of a plan that was made on the cluster."""
    for batch in batches:
        for wanted in batch.to_pylist():
            place = {"address": wanted["address"], "range": wanted["range"]}
            wanted |= {"rows": [wanted["row"], wanted["rowEnd"]], "columns": [wanted["column"], wanted["columnEnd"]]}
            if wanted["cause"] is not None:
                yield failed(wanted, place, wanted["cause"])
                continue
            limit = max(60.0, 50 * wanted["cost"])
            yield rows(json.loads(wanted["task"]), wanted, place, native_worker(), limit, json.loads(wanted["classes"]))


# The plan of `tilescope scan --cluster`

def score(spark, plan, numbers):
    """Scores ranges of a plan.

    `plan` is the application's plan.json: a task for each scene, and ranges with their costs. `numbers` are those of ranges in
    it. Returns a DataFrame as `scan` does, with the numbers of scenes. Nothing is computed before the DataFrame is used.
    """
    shared = spark.sparkContext.broadcast({"plan": plan, "numbers": numbers})
    # One range is one task of Spark, the most expensive ones first.
    return spark.range(0, len(numbers), 1, max(1, len(numbers))).mapInArrow(_Scoring(shared), SPARK_SCHEMA)


class _Scoring:
    """What runs in Spark's Python workers."""

    def __init__(self, shared):
        self.shared = shared

    def __call__(self, batches):
        shared = self.shared.value
        plan, numbers = shared["plan"], shared["numbers"]
        for batch in batches:
            for place in batch.column(0).to_pylist():
                number = numbers[place]
                wanted = plan["ranges"][number]
                place = {"scene": wanted["scene"], "range": number}
                task = plan["tasks"][wanted["scene"]]
                yield rows(task, wanted, place, native_worker(plan["version"]), plan.get("rangeSeconds"))


# Rows

def rows(task, wanted, place, worker, limit, classes=None):
    """Has one range scored and gives its rows.

    `place` are the columns that tell which range it is. With the names of `classes`, candidates have their pixels and names.
    """
    # A number of its own for each task that this process has seen.
    number = _task_numbers.setdefault(json.dumps(task, sort_keys=True), len(_task_numbers))
    began = time.time()
    try:
        worker.take(number, {**task, "model": model_path(task["model"])})
        answer = worker.score(number, place["range"], wanted["rows"], wanted["columns"], limit)
    except RefusedError as refusal:
        # Another machine may be able to; after some tries Spark ends the job with these words.
        if refusal.reason == "refused":
            raise RuntimeError(f"this machine cannot score the task: {refusal}") from None
        return failed(wanted, place, str(refusal))
    if isinstance(answer, Failure):
        if answer.reason == "time":
            # The machine may be what is slow.
            worker.kill()
            raise RuntimeError(f"range {place['range']} of scene {task['scene']}: {answer.cause}")
        return failed(wanted, place, answer.cause)
    grid = task["scan"]["grid"] if classes is not None else None
    return finished(place, answer, began, grid, classes)


_task_numbers = {}


def failed(wanted, place, cause):
    return _batch(1, **place, kind=FAILED, row=wanted["rows"][0], column=wanted["columns"][0],
                  rowEnd=wanted["rows"][1], columnEnd=wanted["columns"][1], cause=cause)


def finished(place, result, began, grid, classes):
    head = _batch(1, **place, kind=FINISHED, row=result.rows[0], column=result.columns[0],
                  rowEnd=result.rows[1], columnEnd=result.columns[1], candidates=result.count, checksum=result.checksum,
                  began=began, ended=time.time(), readSeconds=result.read_seconds, waitSeconds=result.wait_seconds,
                  scoreSeconds=result.score_seconds, scanSeconds=result.scan_seconds, cpuSeconds=result.cpu_seconds)
    if result.count == 0:
        return head

    def column(kind, data):
        return pa.Array.from_buffers(kind, result.count, [None, pa.py_buffer(data)])

    columns = {"row": column(pa.int32(), result.window_rows), "column": column(pa.int32(), result.window_columns),
               "score": column(pa.float32(), result.scores),
               "label": column(pa.uint16(), result.labels).cast(pa.int32())}
    if grid is not None:
        import pyarrow.compute as pc
        for name, own, scene in [("x", "column", grid["sceneWidth"]), ("y", "row", grid["sceneHeight"])]:
            pixels = pc.multiply(columns[own], pa.scalar(grid["stride"], pa.int32()))
            # The last window of a row or column stands at the scene's edge, or as near to it as a dense scan allows.
            last = (scene - grid["windowSize"]) // grid["alignment"] * grid["alignment"]
            columns[name] = pc.min_element_wise(pixels, pa.scalar(last, pa.int32()))
        columns["class"] = pa.array(classes, pa.string()).take(columns["label"])
    candidates = _batch(result.count, **place, kind=CANDIDATE, **columns)
    return pa.Table.from_batches([head, candidates]).combine_chunks().to_batches()[0]


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


# Predictions

def predict(spark, pictures, model, top=5, precision=None):
    """Says what a model sees in pictures.

    `pictures` is a DataFrame whose first column has addresses that all machines can read; `model` is as for `scan`. Returns a
    DataFrame with a row for each of them: `picture`, its address; `classes` and `scores` of the `top` classes, the highest first;
    `cause`, why there are none. Predictions are those of `tilescope predict`.
    """
    options = {"model": _shipped(spark, model), "top": top}
    if precision is not None:
        options["precision"] = precision
    empty = spark.range(1).coalesce(1).mapInArrow(_Settling(options), "numerics string").collect()
    options["numerics"] = json.loads(empty[0]["numerics"])
    addresses = pictures.select(pictures.columns[0])
    slots = max(1, spark.sparkContext.defaultParallelism // _task_cpus(spark))
    count = addresses.count()
    tasks = max(1, min(-(-count // PICTURES_PER_MESSAGE), max(TASKS_PER_SLOT * slots, count // PICTURES_PER_TASK)))
    return addresses.repartition(tasks).mapInArrow(_Predicting(options), PREDICTION_SCHEMA)


class _Settling:
    """Has one machine choose what all compute with."""

    def __init__(self, options):
        self.options = options

    def __call__(self, batches):
        for _ in batches:
            answer = _predictions(self.options, [])
            yield pa.RecordBatch.from_pylist([{"numerics": json.dumps(answer["numerics"])}])


class _Predicting:
    def __init__(self, options):
        self.options = options

    def __call__(self, batches):
        for batch in batches:
            for start in range(0, batch.num_rows, PICTURES_PER_MESSAGE):
                pictures = batch.column(0).slice(start, PICTURES_PER_MESSAGE)
                answer = _predictions(self.options, pictures.to_pylist())
                yield pa.RecordBatch.from_arrays(
                    [pictures.cast(pa.string()), pa.array(answer["classes"], pa.list_(pa.string())),
                     pa.array(answer["scores"], pa.list_(pa.float32())), pa.array(answer["causes"], pa.string())],
                    names=["picture", "classes", "scores", "cause"])


def _predictions(options, pictures):
    try:
        return native_worker().predict({**options, "model": model_path(options["model"]), "pictures": pictures})
    except RefusedError as refusal:
        raise RuntimeError(f"this machine cannot predict: {refusal}") from None


# One native process for each Python worker, which Spark keeps for the next tasks.
_worker = None


def native_worker(version=None):
    """The process; a new one where the last has ended. `version` is what the bundle's program must be of."""
    global _worker
    if _worker is None or not _worker.is_alive:
        _worker = Worker(command())
        _task_numbers.clear()
        theirs = _worker.hello["version"]
        if version not in (None, theirs):
            _worker.kill()
            raise RuntimeError(f"the bundle's worker is tilescope {theirs}, the plan is of {version}")
    return _worker


def bundle_folder():
    """Where Spark has unpacked the archive."""
    from pyspark import SparkFiles
    for folder in (SparkFiles.get("tilescope"), os.path.abspath("tilescope")):
        if os.path.exists(os.path.join(folder, "tilescope-worker")):
            return folder
    raise RuntimeError("the application has no archive named tilescope: spark.archives=BUNDLE.tar.gz#tilescope")


def model_path(name):
    """Where the model is for this machine: a path or an address, unless the application ships it."""
    if not name.startswith("shipped:"):
        return name
    from pyspark import SparkFiles
    return SparkFiles.get(name.removeprefix("shipped:"))


def command():
    from pyspark import TaskContext
    return [os.path.join(bundle_folder(), "tilescope-worker"), "--workers", str(TaskContext.get().cpus())]
