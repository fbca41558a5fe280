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
with open(output, "w", encoding="utf-8") as file:
    for row in found.filter(found.kind != tilescope.FINISHED).orderBy("address", "y", "x").toLocalIterator():
        print(json.dumps({name: row[name] for name in ("address", "x", "y", "class", "score", "cause")}), file=file)
spark.stop()
