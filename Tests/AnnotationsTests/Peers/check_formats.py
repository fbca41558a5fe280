"""Reads our annotations in other people's programs, for FormatPeersTests, which starts Python once.

Reads one JSON list per line, a format's name and a folder, and answers with what was printed and whether it failed:

    ["coco", "/tmp/…"]  ->  {"failed": false, "output": "..."}

The folder holds the files of that format, whose names begin with `found`, and the same annotations in `expected.jsonl`.
"""

import contextlib
import io
import json
import pathlib
import subprocess
import sys
import traceback

WIDTH, HEIGHT = 1000, 800
# Of the georeferenced scene: EPSG:32633, half a metre a pixel.
WEST, NORTH, STEP = 500000, 5000000, 0.5


def expected(folder):
    return [json.loads(line) for line in (folder / "expected.jsonl").read_text().splitlines()]


def same(found, wanted, tolerance, what):
    assert len(found) == len(wanted), f"{what}: {len(found)} instead of {len(wanted)}"
    worst = max((abs(a - b) for a, b in zip(found, wanted)), default=0)
    assert worst <= tolerance, f"{what}: {worst} away"


def same_boxes(found, folder, tolerance=1e-5):
    for box, want in zip(found, expected(folder), strict=True):
        same([float(value) for value in box], want["box"], tolerance, "a box")


def jsonl(folder):
    import pandas

    table = pandas.read_json(folder / "found.jsonl", lines=True)
    assert list(table["class"]) == [one["class"] for one in expected(folder)]


def csv(folder):
    import pandas

    table = pandas.read_csv(folder / "found.csv")
    same_boxes(table[["x0", "y0", "x1", "y1"]].values, folder, 0)
    same(table["score"], [one["score"] for one in expected(folder)], 1e-7, "scores")
    assert set(table["image"]) == {"scene.tif"}
    words = subprocess.run(
        ["ogrinfo", "-ro", "-so", str(folder / "found.csv"), "found"], capture_output=True, text=True, check=True)
    assert f"Feature Count: {len(table)}" in words.stdout, words.stdout


def coco(folder):
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    truth = COCO(str(folder / "found.coco.json"))
    found = truth.loadRes(str(folder / "found.coco-results.json"))
    loaded = [truth.anns[key] for key in sorted(truth.anns)]
    same_boxes([[x, y, x + w, y + h] for x, y, w, h in (one["bbox"] for one in loaded)], folder)
    names = [truth.cats[one["category_id"]]["name"] for one in loaded]
    assert names == [one["class"] for one in expected(folder)]
    evaluation = COCOeval(truth, found, "bbox")
    evaluation.params.maxDets = [1, 10, 1000]
    evaluation.evaluate()
    evaluation.accumulate()
    # Of all detections, not of the best 1 or 10.
    precision = evaluation.eval["precision"][..., 2]
    assert (precision[precision > -1] > 0.999).all(), "the results are not the instances"


def picture(folder):
    import cv2
    import numpy

    cv2.imwrite(str(folder / "found.png"), numpy.zeros((HEIGHT, WIDTH, 3), "uint8"))


def yolo(folder):
    import supervision
    import yaml

    picture(folder)
    names = (folder / "classes.txt").read_text().splitlines()
    (folder / "data.yaml").write_text(yaml.safe_dump({"names": names}))
    labels = folder / "labels"
    labels.mkdir()
    # supervision takes a sixth number for a part of an outline.
    lines = (folder / "found.txt").read_text().splitlines()
    (labels / "found.txt").write_text("\n".join(" ".join(line.split()[:5]) for line in lines))
    data = supervision.DetectionDataset.from_yolo(str(folder), str(labels), str(folder / "data.yaml"))
    detections = next(iter(data.annotations.values()))
    same_boxes(detections.xyxy, folder, 1e-3)
    assert [data.classes[number] for number in detections.class_id] == [one["class"] for one in expected(folder)]
    same([float(line.split()[5]) for line in lines], [one["score"] for one in expected(folder)], 1e-7, "scores")


def voc(folder):
    import supervision

    picture(folder)
    text = (folder / "found.xml").read_text()
    (folder / "found.xml").write_text(text.replace("scene.tif", "found.png"))
    data = supervision.DetectionDataset.from_pascal_voc(str(folder), str(folder))
    detections = next(iter(data.annotations.values()))
    assert len(detections) == len(expected(folder))
    for box, one in zip(detections.xyxy, expected(folder)):
        x0, y0, x1, y1 = one["box"]
        # supervision takes the first pixel for 0, and the last one for the edge.
        same([float(value) for value in box], [round(x0), round(y0), round(x1) - 1, round(y1) - 1], 1, "a box")
    assert [data.classes[number] for number in detections.class_id] == [one["class"] for one in expected(folder)]


def label_studio(folder):
    from label_studio_sdk.label_interface import LabelInterface

    classes = sorted({one["class"] for one in expected(folder)})
    labels = "".join(f'<Label value="{name}"/>' for name in classes)
    interface = LabelInterface(
        f'<View><Image name="image" value="$image"/><RectangleLabels name="label" toName="image">{labels}'
        "</RectangleLabels></View>")
    tasks = json.loads((folder / "found.label-studio.json").read_text())
    for task in tasks:
        assert task["data"]["image"] == "scene.tif"
        for prediction in task["predictions"]:
            errors = interface.validate_prediction(prediction, return_errors=True)
            assert not errors, errors
    boxes = []
    for result in tasks[0]["predictions"][0]["result"]:
        value = result["value"]
        x, y = value["x"] * WIDTH / 100, value["y"] * HEIGHT / 100
        boxes.append([x, y, x + value["width"] * WIDTH / 100, y + value["height"] * HEIGHT / 100])
    same_boxes(boxes, folder)


def qupath(folder):
    import geopandas

    path = folder / "found.qupath.geojson"
    # GDAL takes coordinates for degrees, which these are not; it reads the outlines all the same.
    table = geopandas.read_file(path)
    same_boxes(table.geometry.bounds.values, folder)
    for feature, one in zip(json.loads(path.read_text())["features"], expected(folder), strict=True):
        assert feature["properties"]["objectType"] == "detection"
        assert feature["properties"]["classification"]["name"] == one["class"]
        assert len(feature["properties"]["classification"]["color"]) == 3
    subprocess.run(["ogrinfo", "-ro", "-al", "-so", str(path)], capture_output=True, check=True)


def parquet(folder, is_on_earth=False):
    import duckdb
    import geopandas
    import pyarrow.parquet

    path = str(folder / "found.parquet")
    wanted = expected(folder)
    file = pyarrow.parquet.ParquetFile(path)
    table = file.read()
    table.validate(full=True)
    assert table["class"].to_pylist() == [one["class"] for one in wanted]
    assert [score is None for score in table["score"].to_pylist()] == ["score" not in one for one in wanted]
    column = {name: file.schema_arrow.get_field_index(name) for name in ["x0", "score"]}
    statistics = file.metadata.row_group(0).column(column["x0"]).statistics
    first = [one.get("box", one.get("point"))[0] for one in wanted[: file.metadata.row_group(0).num_rows]]
    same([statistics.min, statistics.max], [min(first), max(first)], 0, "bounds")
    print(file.metadata.row_group(0).column(0).compression, file.metadata.num_row_groups, "groups")

    geo = json.loads(file.metadata.metadata[b"geo"])
    assert geo["version"] == "1.1.0"
    places = geopandas.read_parquet(path)
    assert places.geometry.is_valid.all()
    shapes = [one.get("box") or one["point"] * 2 for one in wanted]
    if is_on_earth:
        assert places.crs == "EPSG:32633", places.crs
        shapes = [
            [WEST + STEP * x0, NORTH - STEP * y1, WEST + STEP * x1, NORTH - STEP * y0] for x0, y0, x1, y1 in shapes]
    else:
        assert places.crs is None, places.crs
    for bounds, shape in zip(places.geometry.bounds.values, shapes, strict=True):
        same([float(value) for value in bounds], shape, 1e-6, "an outline")
    # The column of bounds is used where only a part is asked for.
    x0, y0, x1, y1 = shapes[0]
    part = geopandas.read_parquet(path, bbox=(x0, y0, x1, y1))
    assert 0 < len(part) <= len(places)

    count, least = duckdb.sql(f"select count(*), min(score) from '{path}'").fetchall()[0]
    assert count == len(wanted)
    scores = [one["score"] for one in wanted if "score" in one]
    assert not scores or abs(least - min(scores)) < 1e-6
    inside = duckdb.sql(f"select count(*) from '{path}' where bbox.xmin <= {x0} and bbox.xmax >= {x0}").fetchall()[0][0]
    assert inside == sum(1 for one in shapes if one[0] <= x0 <= one[2]), inside


CHECKS = {
    "jsonl": jsonl,
    "csv": csv,
    "coco": coco,
    "yolo": yolo,
    "voc": voc,
    "label-studio": label_studio,
    "qupath": qupath,
    "parquet": parquet,
    "parquet on Earth": lambda folder: parquet(folder, True),
}


def run(name, folder):
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        try:
            CHECKS[name](pathlib.Path(folder))
            failed = False
        except Exception:  # Whatever goes wrong is the test's to judge.
            failed = True
            print(traceback.format_exc())
    return {"failed": failed, "output": output.getvalue()}


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(run(*json.loads(line))), flush=True)
