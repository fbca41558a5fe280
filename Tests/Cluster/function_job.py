"""A Spark job of somebody else's, which uses Tilescope: function_job.py SCENES MODEL OUTPUT

SCENES is a list of addresses, a line each. OUTPUT gets a JSON line for each candidate and each failure.
"""

import json
import sys

from pyspark.sql import SparkSession

from tilescope import spark as tilescope

scenes, model, output = sys.argv[1:]
spark = SparkSession.builder.appName("somebody else's").getOrCreate()
found = tilescope.scan(spark, spark.read.text(scenes), model, stride=8, floor=0.2, classes=["car"])
# Sorted here: for an order of Spark's the scenes would be scanned twice.
rows = found.filter(found.kind != tilescope.FINISHED).select("address", "x", "y", "class", "score", "cause").collect()
with open(output, "w", encoding="utf-8") as file:
    for row in sorted(rows, key=lambda row: (row["address"], row["y"] or 0, row["x"] or 0)):
        print(json.dumps({name: row[name] for name in ("address", "x", "y", "class", "score", "cause")}), file=file)
spark.stop()
