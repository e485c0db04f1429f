"""Spark: a column of texts becomes a column of answers, the same as one process gives."""

from __future__ import annotations

import os
import shutil
import sys

import pytest

from stance import frames
from stance.errors import InputError, ModelError
from tests.conftest import NEWS

pytest.importorskip("pyspark", reason="pyspark is not installed")
if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
    pytest.skip("Spark needs Java, and there is none", allow_module_level=True)

from stance.integrations.spark import predict_udf

pytestmark = [
    pytest.mark.slow,
    pytest.mark.enable_socket,
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning"),
]


@pytest.fixture(scope="module")
def spark():
    from pyspark.sql import SparkSession

    # The workers shall be of this environment, not of whatever python3 is found first.
    before = {name: os.environ.get(name) for name in ("PYSPARK_PYTHON", "SPARK_LOCAL_IP")}
    os.environ.update({"PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"})
    builder = SparkSession.builder.master("local[2]").appName("stance").config("spark.ui.enabled", "false")
    session = builder.config("spark.sql.shuffle.partitions", "2").config("spark.driver.memory", "512m").getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    yield session
    # The JVM ends with its gateway, not with the session.
    gateway = session.sparkContext._gateway
    session.stop()
    gateway.shutdown()
    gateway.proc.stdin.close()
    gateway.proc.wait(timeout=30)
    type(session.sparkContext)._gateway = type(session.sparkContext)._jvm = None
    for name, value in before.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def test_a_column_of_texts_becomes_a_column_of_answers(spark, tiny, tiny_folder):
    texts = [None if n == 5 else "" if n == 6 else f"{NEWS}\n{n}" for n in range(30)]
    given = spark.createDataFrame(list(enumerate(texts)), ["id", "text"]).repartition(3)
    ask = predict_udf(mode="rules", actors=["NATO", "<b>&\"'"], model=tiny_folder, precision="fp32")
    rows = given.withColumn("answer", ask("text")).select("id", "answer.*").orderBy("id").collect()
    assert [row.id for row in rows] == list(range(30))
    for row, text in zip(rows, texts, strict=True):
        found = row.asDict(recursive=True)
        if not text:
            assert found == {
                "id": row.id,
                "language": None,
                "warnings": [],
                "statements": [],
                "error": "the text is empty" if text == "" else "the text is null",
            }
            continue
        document = tiny.predict(text, mode="rules", actors=["NATO", "<b>&\"'"])
        assert (found["language"], found["error"]) == (document.language, None)
        assert found["warnings"] == list(document.warnings)
        assert found["statements"] == frames.statement_rows(document)


def test_the_answers_can_be_taken_apart(spark, tiny, tiny_folder):
    from pyspark.sql import functions

    given = spark.createDataFrame([(NEWS,)] * 2, ["text"])
    ask = predict_udf(mode="rules", model=tiny_folder, precision="fp32")
    exploded = given.select(functions.explode(ask("text").statements).alias("one")).select("one.speaker")
    speakers = [one.statement.speaker for one in tiny.predict(NEWS, mode="rules").predictions]
    assert [row.speaker for row in exploded.collect()] == speakers * 2


def test_what_cannot_be_used_is_told_at_once(tiny_folder):
    with pytest.raises(InputError, match="mode"):
        predict_udf(mode="quick", model=tiny_folder)
    with pytest.raises(ModelError):
        predict_udf(model="/nowhere")
