"""Scores scenes and pictures in Spark's Python workers, each of which keeps one native process.

    from tilescope import spark as tilescope
    found = tilescope.scan(spark, scenes, "s3://lake/model.safetensors", stride=16)
    seen = tilescope.predict(spark, pictures, "s3://lake/model.safetensors")

`tilescope cluster bundle` makes the two files that a job needs for it, and says how to submit one. Rows carry addresses and ranges
of windows, no pixels: the native processes read scenes and pictures themselves. `tilescope scan --cluster` and
`tilescope predict --cluster` run the same code.
"""

import atexit
import gc
import hashlib
import json
import os
import shutil
import tempfile
import time

import pyarrow as pa

from .worker import Failure, RefusedError, Worker, WorkerError

# A row tells that a range is finished, or has failed, or is a candidate of one.
FINISHED, FAILED, CANDIDATE, SKIPPED = 0, 1, 2, 3

FIELDS = [
    ("scene", pa.int32(), "the scene's number in the plan; empty where a row has its address"),
    ("address", pa.string(), "the scene's address"),
    ("range", pa.int32(), "the range's number in the plan, or among those of its scene"),
    ("kind", pa.int8(), "0: the range is finished; 1: it has failed; 2: a candidate of it; 3: windows of it that were not scored"),
    ("row", pa.int32(), "of a candidate's window or of windows that were not scored, or the first row of the range"),
    ("column", pa.int32(), "of a candidate's window, or the first column of the range or of windows that were not scored"),
    ("label", pa.int32(), "of a candidate"),
    ("score", pa.float32(), "of a candidate"),
    ("x", pa.int32(), "left edge of a candidate's window, in pixels of the scene"),
    ("y", pa.int32(), "upper edge of a candidate's window; its sides are the model's input size"),
    ("class", pa.string(), "name of a candidate's label"),
    ("rowEnd", pa.int32(), "after the range's last row"),
    ("columnEnd", pa.int32(), "after the last column of the range or of windows that were not scored"),
    ("candidates", pa.int32(), "how many the range has"),
    ("checksum", pa.int64(), "CRC-32C of the range's windows and candidates, as in a file of candidates"),
    ("began", pa.float64(), "when the scoring of the range began, in seconds since 1970"),
    ("ended", pa.float64(), "when the scoring of the range ended, in seconds since 1970"),
    ("readSeconds", pa.float64(), "in which pixels were read and decoded, beside the rest"),
    ("fetchSeconds", pa.float64(), "of them, those in which bytes of stores and web servers were waited for"),
    ("waitSeconds", pa.float64(), "in which scoring waited for pixels"),
    ("scoreSeconds", pa.float64(), "in which windows were scored"),
    ("scanSeconds", pa.float64(), "from the first pixel to the last score"),
    ("cpuSeconds", pa.float64(), "of the native process, of all threads"),
    ("cause", pa.string(), "why a range has failed, or why windows were not scored"),
]
SCHEMA = pa.schema([(name, kind) for name, kind, _ in FIELDS])
SPARK_TYPES = {pa.int8(): "byte", pa.int32(): "int", pa.int64(): "long", pa.float32(): "float", pa.float64(): "double",
               pa.string(): "string"}
SPARK_SCHEMA = ", ".join(f"{name} {SPARK_TYPES[kind]}" for name, kind, _ in FIELDS)

# What a plan that was made on the cluster has of each range.
RANGE_FIELDS = [("address", pa.string()), ("task", pa.string()), ("range", pa.int32()), ("row", pa.int32()),
                ("rowEnd", pa.int32()), ("column", pa.int32()), ("columnEnd", pa.int32()), ("cost", pa.float64()),
                ("cause", pa.string())]
RANGE_SCHEMA = ", ".join(f"{name} {SPARK_TYPES[kind]}" for name, kind in RANGE_FIELDS)
PREDICTION_SCHEMA = "picture string, classes array<string>, scores array<float>, cause string"

SCENES_PER_PLANNING_TASK, PICTURES_PER_MESSAGE, PICTURES_PER_TASK = 64, 64, 512
# Larger labels stand for windows that were not scored; the reasons, from label 65535 downwards.
FIRST_SKIP_LABEL = 65532
SKIP_REASONS = ["outside the area", "too few valid pixels", "little variation"]
# A range whose native process dies, hangs or takes too long in so many attempts becomes a row that says so.
ATTEMPTS = 4


# Scans

def scan(spark, scenes, model, stride=None, classes=None, floor=None, views=None, dense=None, dense_block=None,
         precision=None, kernels=None):
    """Scores all windows of scenes.

    `scenes` is a DataFrame whose first column has addresses that all machines can read (`s3://…`, as `tilescope scan` has them);
    `model` is the path of a file of this machine, or an address that all machines can read. The other options are those of
    `tilescope scan`; `classes` is a list of names, `dense` True or False, `dense_block` the side of the blocks of a dense scan, which
    the scan then is. What is not given is as the model's contract says; where that asks for a dense scan and a scene is too small for
    one, or views are given, the scan is exact.

    Returns a DataFrame with the columns of FIELDS: for each range of windows a row that tells what became of it, and a row for
    each candidate, which is a window and label whose score is not below `floor`. Windows with less than half of their pixels valid
    (alpha, masks, "no data") are not scored: rows of the kind SKIPPED name them. Scenes are seen at full size, upright as their
    EXIF tag says. A scene that cannot be opened is one row of the
    kind FAILED. The scenes are opened and planned when this is called; they are scored when the DataFrame is used.

    All machines compute the same bits: those that cannot refuse. Let Spark go elsewhere then by the settings that
    `tilescope cluster bundle` prints.
    """
    if dense is False and dense_block is not None:
        raise ValueError("dense_block is for dense scans, and dense is False")
    options = {"stride": stride, "floor": floor, "views": views, "dense": dense,
               "denseBlockPixelLimit": dense_block and dense_block ** 2}
    if classes is not None:
        if isinstance(classes, str):
            raise TypeError("classes is a list of names")
        options["classes"] = list(classes)
    settled = _settle(spark, model, precision, kernels)
    options = {name: value for name, value in options.items() if value is not None} | {
        name: settled[name] for name in ("model", "digest", "numerics", "secondsPerWindow")}
    addresses = scenes.select(scenes.columns[0])
    slots = _slots(spark)
    planning_tasks = max(2 * slots, addresses.count() // SCENES_PER_PLANNING_TASK)
    ranges, seconds, count = _planned(addresses, options, planning_tasks)
    # How large ranges and tasks of Spark should be.
    usual = settled["ranges"]
    wanted = usual["leastCountPerSlot"] * slots
    if count < wanted and 0 < seconds < wanted * usual["seconds"]:
        # Few windows: smaller ranges keep all slots busy to the end.
        ranges.unpersist()
        options["windowsPerRange"] = max(1, int(max(usual["leastSeconds"], seconds / wanted) / options["secondsPerWindow"]))
        ranges, seconds, count = _planned(addresses, options, planning_tasks)
    from pyspark.sql import functions as F
    # Ranges of scenes that cannot be read in parts, for example. They begin first, so that nobody waits for them in the end.
    is_expensive = F.col("cost") > 3 * usual["seconds"]
    expensive_count = ranges.filter(is_expensive).count()
    tasks = max(1, min(count - expensive_count, max(wanted, int(seconds / usual["seconds"]))))
    spread = ranges.filter(~is_expensive).repartition(tasks)
    if expensive_count:
        expensive = ranges.filter(is_expensive).repartitionByRange(expensive_count, F.desc("cost"), F.hash("address", "range"))
        spread = expensive.union(spread)
    return spread.mapInArrow(_ScoringPlanned(settled["classes"]), SPARK_SCHEMA)


def _settle(spark, model, precision, kernels):
    """What all machines go by: the model with its digest, what to compute with, what a window costs."""
    options = {"model": _shipped(spark, model), "precision": precision, "kernels": kernels}
    options = {name: value for name, value in options.items() if value is not None}
    row = spark.range(1).coalesce(1).mapInArrow(_Settling(options), "settled string").collect()[0]
    return json.loads(row["settled"])


class _Settling:
    def __init__(self, options):
        self.options = options

    def __call__(self, batches):
        for _ in batches:
            try:
                settled = native_worker().settle({**self.options, "model": model_path(self.options["model"])})
            except RefusedError as refusal:
                raise RuntimeError(f"the model cannot be used: {refusal}") from None
            # Each machine finds the model in a place of its own.
            settled["model"] = self.options["model"]
            yield pa.RecordBatch.from_pylist([{"settled": json.dumps(settled)}])


def _planned(addresses, options, tasks):
    """Ranges of all scenes, the seconds that they cost together, and how many they are."""
    from pyspark.sql import functions as F
    ranges = addresses.repartition(tasks).mapInArrow(_Planning(options), RANGE_SCHEMA).persist()
    row = ranges.agg(F.coalesce(F.sum("cost"), F.lit(0.0)), F.count("*")).collect()[0]
    return ranges, row[0], row[1]


def _slots(spark):
    cpus = int(spark.sparkContext.getConf().get("spark.task.cpus", "1"))
    return max(1, spark.sparkContext.defaultParallelism // cpus)


def _shipped(spark, model):
    """How workers name the model: a file of this machine goes there with the application, under its digest."""
    if not os.path.exists(model):
        return model
    with open(model, "rb") as file:
        name = hashlib.file_digest(file, "sha256").hexdigest() + ".safetensors"
    # Executors fetch it from there whenever they need it.
    folder = tempfile.mkdtemp(prefix="tilescope-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    copy = os.path.join(folder, name)
    shutil.copyfile(model, copy)
    spark.sparkContext.addFile(copy)
    return "shipped:" + name


class _Planning:
    """Opens scenes and makes ranges of their windows."""

    def __init__(self, options):
        self.options = options

    def __call__(self, batches):
        for batch in batches:
            for address in batch.column(0).to_pylist():
                yield pa.RecordBatch.from_pylist(self.ranges(address), schema=pa.schema(RANGE_FIELDS))

    def ranges(self, address):
        failed = {"address": address, "range": 0, "row": 0, "rowEnd": 0, "column": 0, "columnEnd": 0, "cost": 0.0}
        if address is None:
            return [failed | {"cause": "the row has no address"}]
        message = {**self.options, "scene": address, "model": model_path(self.options["model"])}
        try:
            planned = native_worker().plan(message)
        except RefusedError as refusal:
            _raise_if_another_machine_may(refusal)
            return [failed | {"cause": str(refusal)}]
        except WorkerError as error:
            if not _is_last_attempt():
                raise
            return [failed | {"cause": str(error)}]
        task = json.dumps({**planned["task"], "model": self.options["model"]}, sort_keys=True)
        rows = []
        for number, part in enumerate(planned["ranges"]):
            (row, row_end), (column, column_end) = part["rows"], part["columns"]
            rows.append({
                "address": address, "task": task, "range": number, "row": row, "rowEnd": row_end, "column": column,
                "columnEnd": column_end, "cost": (row_end - row) * (column_end - column) * self.options["secondsPerWindow"]})
        return rows


class _ScoringPlanned:
    """Scores the ranges of a plan that was made on the cluster."""

    def __init__(self, classes):
        self.classes = classes

    def __call__(self, batches):
        for batch in batches:
            for wanted in batch.to_pylist():
                own = {"address": wanted["address"], "range": wanted["range"]}
                wanted |= {"rows": [wanted["row"], wanted["rowEnd"]], "columns": [wanted["column"], wanted["columnEnd"]]}
                if wanted["cause"] is not None:
                    yield failed(wanted, own, wanted["cause"])
                else:
                    yield rows(json.loads(wanted["task"]), wanted, own, classes=self.classes)


# The plan of `tilescope scan --cluster`

def score(spark, plan, numbers):
    """Scores ranges of a plan.

    `plan` is the application's plan.json: a task for each scene, and ranges with their costs. `numbers` are those of ranges in
    it. Returns a DataFrame as `scan` does, with the numbers of scenes.
    """
    ranges = [plan["ranges"][number] for number in numbers]
    scoring = _Scoring(plan["version"], numbers, ranges, {part["scene"]: plan["tasks"][part["scene"]] for part in ranges})
    # One range is one task of Spark, the most expensive ones first.
    return spark.range(0, len(numbers), 1, max(1, len(numbers))).mapInArrow(scoring, SPARK_SCHEMA)


class _Scoring:
    """What runs in Spark's Python workers. It goes to them with the tasks; Spark broadcasts what is larger than a megabyte."""

    def __init__(self, version, numbers, ranges, tasks):
        self.version, self.numbers, self.ranges, self.tasks = version, numbers, ranges, tasks

    def __call__(self, batches):
        for batch in batches:
            for index in batch.column(0).to_pylist():
                wanted = self.ranges[index]
                own = {"scene": wanted["scene"], "range": self.numbers[index]}
                yield rows(self.tasks[wanted["scene"]], wanted, own, version=self.version)


# Rows

def rows(task, wanted, own, classes=None, version=None):
    """Has one range scored and gives its rows.

    `own` are the columns that tell which range it is. With the names of `classes`, candidates have their pixels and names.
    `version` is what the native program must be of.
    """
    began = time.time()
    # Fifty times what it should take, and a minute at least.
    limit = max(60.0, 50 * wanted["cost"])
    try:
        worker = native_worker(version)
        number = worker.take({**task, "model": model_path(task["model"])})
        answer = worker.score(number, own["range"], wanted["rows"], wanted["columns"], limit)
        if isinstance(answer, Failure) and answer.reason == "time":
            # The machine may be what is slow.
            worker.kill()
            raise WorkerError(f"range {own['range']} of {task['scene']}: {answer.cause}")
    except RefusedError as refusal:
        _raise_if_another_machine_may(refusal)
        return failed(wanted, own, str(refusal))
    except WorkerError as error:
        if not _is_last_attempt():
            raise
        return failed(wanted, own, str(error))
    if isinstance(answer, Failure):
        return failed(wanted, own, answer.cause)
    return finished(own, answer, began, task["scan"]["grid"] if classes is not None else None, classes)


def _raise_if_another_machine_may(refusal):
    """After some tries Spark ends the job with these words."""
    if refusal.reason == "refused":
        raise RuntimeError(f"this machine cannot score the task: {refusal}") from None


def _is_last_attempt():
    from pyspark import TaskContext
    context = TaskContext.get()
    return context is not None and context.attemptNumber() + 1 >= ATTEMPTS


def failed(wanted, own, cause):
    return _batch(1, **own, kind=FAILED, row=wanted["rows"][0], column=wanted["columns"][0],
                  rowEnd=wanted["rows"][1], columnEnd=wanted["columns"][1], cause=cause)


def finished(own, result, began, grid, classes):
    """A range's rows: one of its own, one for each candidate, and for whoever reads them as a table one for each run of windows
    that were not scored. Without `grid`, such runs stand among the candidates, as in a file of candidates."""
    columns = _columns(result)
    skipped = None
    if grid is not None:
        import pyarrow.compute as pc
        is_candidate = pc.less(columns["label"], FIRST_SKIP_LABEL)
        skipped = {name: pc.filter(column, pc.invert(is_candidate)) for name, column in columns.items()}
        columns = {name: pc.filter(column, is_candidate) for name, column in columns.items()}
    count = len(columns["row"])
    head = _batch(1, **own, kind=FINISHED, row=result.rows[0], column=result.columns[0],
                  rowEnd=result.rows[1], columnEnd=result.columns[1], candidates=count, checksum=result.checksum,
                  began=began, ended=time.time(), readSeconds=result.read_seconds, fetchSeconds=result.fetch_seconds,
                  waitSeconds=result.wait_seconds,
                  scoreSeconds=result.score_seconds, scanSeconds=result.scan_seconds, cpuSeconds=result.cpu_seconds)
    batches = [head]
    if grid is not None and count > 0:
        for name, index, length in [("x", "column", grid["sceneWidth"]), ("y", "row", grid["sceneHeight"])]:
            pixels = pc.multiply(columns[index], pa.scalar(grid["stride"], pa.int32()))
            # The last window of a row or column stands at the scene's edge, or as near to it as a dense scan allows.
            last = max(0, length - grid["windowSize"]) // grid["alignment"] * grid["alignment"]
            columns[name] = pc.min_element_wise(pixels, pa.scalar(last, pa.int32()))
        columns["class"] = pa.array(classes, pa.string()).take(columns["label"])
    if count > 0:
        batches.append(_batch(count, **own, kind=CANDIDATE, **columns))
    if skipped is not None and len(skipped["row"]) > 0:
        ends = pc.add(skipped["column"], skipped["score"].cast(pa.int32()))
        reasons = pc.subtract(pa.scalar(65535, pa.int32()), skipped["label"])
        batches.append(_batch(len(ends), **own, kind=SKIPPED, row=skipped["row"], column=skipped["column"],
                              columnEnd=ends, cause=pa.array(SKIP_REASONS).take(reasons)))
    if len(batches) == 1:
        return head
    return pa.Table.from_batches(batches).combine_chunks().to_batches()[0]


def _columns(result):
    """What a result has, candidates and runs of windows that were not scored."""
    def column(kind, data):
        return pa.Array.from_buffers(kind, result.count, [None, pa.py_buffer(data)])

    return {"row": column(pa.int32(), result.window_rows), "column": column(pa.int32(), result.window_columns),
            "score": column(pa.float32(), result.scores),
            "label": column(pa.uint16(), result.labels).cast(pa.int32())}


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

def predict(spark, pictures, model, top=5, precision=None, kernels=None):
    """Says what a model sees in pictures.

    `pictures` is a DataFrame whose first column has addresses that all machines can read; `model` is as for `scan`. Returns a
    DataFrame with a row for each of them: `picture`, its address; `classes` and `scores` of the `top` classes, the highest first;
    `cause`, why there are none. Predictions are those of `tilescope predict`.
    """
    settled = _settle(spark, model, precision, kernels)
    options = {name: settled[name] for name in ("model", "digest", "numerics")} | {"top": top}
    addresses = pictures.select(pictures.columns[0])
    count = addresses.count()
    tasks = max(1, min(-(-count // PICTURES_PER_MESSAGE), max(settled["ranges"]["leastCountPerSlot"] * _slots(spark), count // PICTURES_PER_TASK)))
    return addresses.repartition(tasks).mapInArrow(_Predicting(options), PREDICTION_SCHEMA)


class _Predicting:
    def __init__(self, options):
        self.options = options

    def __call__(self, batches):
        for batch in batches:
            for start in range(0, batch.num_rows, PICTURES_PER_MESSAGE):
                pictures = batch.column(0).slice(start, PICTURES_PER_MESSAGE).cast(pa.string())
                classes, scores, causes = self.answers(pictures.to_pylist())
                yield pa.RecordBatch.from_arrays(
                    [pictures, pa.array(classes, pa.list_(pa.string())), pa.array(scores, pa.list_(pa.float32())),
                     pa.array(causes, pa.string())], names=["picture", "classes", "scores", "cause"])

    def answers(self, pictures):
        """A place in each list for each picture."""
        there = [picture for picture in pictures if picture is not None]
        if len(there) < len(pictures):
            found = zip(*self.answers(there)) if there else iter(())
            rows = [([], [], "the row has no address") if picture is None else next(found) for picture in pictures]
            return tuple(list(column) for column in zip(*rows))
        try:
            answer = native_worker().predict(
                {**self.options, "model": model_path(self.options["model"]), "pictures": pictures})
        except RefusedError as refusal:
            raise RuntimeError(f"this machine cannot predict: {refusal}") from None
        except WorkerError as error:
            if not _is_last_attempt():
                raise
            # One of them ends the process: each by itself.
            if len(pictures) == 1:
                return [[]], [[]], [str(error)]
            rows = [self.answers([picture]) for picture in pictures]
            return tuple([row[index][0] for row in rows] for index in range(3))
        return answer["classes"], answer["scores"], answer["causes"]


# One native process for each Python worker, which Spark keeps for the next tasks.
_worker = None


def native_worker(version=None):
    """The process; a new one where the last has ended. `version` is what the bundle's program must be of."""
    global _worker
    if _worker is None or not _worker.is_alive:
        _worker = Worker(command())
        # Spark's Python collects garbage after each task; of the modules, which stay, that takes longer than all else of it.
        gc.freeze()
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
