"""Texts that fail alone, as Ray, Spark and spaCy read them."""

from __future__ import annotations

import importlib
import pickle
import sys
import types

import pytest

from stance import columns, frames
from stance.errors import ActorError, InputError, MissingExtraError
from stance.integrations import reading
from stance.types import Actor, StatementKind
from tests.conftest import NEWS


@pytest.fixture(scope="module")
def asked(tiny_folder):
    return reading.asked(model=tiny_folder, precision="fp32", mode="rules")


def test_a_question_is_checked_before_it_is_sent():
    with pytest.raises(ActorError):
        reading.asked(actors=[])
    with pytest.raises(InputError, match="mode must be"):
        reading.asked(mode="quick")
    with pytest.raises(InputError, match="kinds"):
        reading.asked(kinds="direct")
    with pytest.raises(InputError):
        reading.asked(language="klingon")
    with pytest.raises(InputError, match="threads"):
        reading.asked(threads=0)
    with pytest.raises(InputError, match="only_named"):
        reading.asked(only_named="yes")


def test_a_question_travels_and_is_hashable():
    one = reading.asked(actors=["NATO", Actor("<b>&\"'", {"en": ["Kalnina"]})], kinds={"mixed", "direct"})
    assert one.question.kinds == {StatementKind.DIRECT, StatementKind.MIXED}
    again = pickle.loads(pickle.dumps(one))
    assert again == one
    assert hash(again) == hash(one)


def test_every_text_has_a_row_in_its_place(tiny, asked, monkeypatch):
    whole = tiny._finish

    def failing(task, question, matcher):
        if "broken" in task.text:
            raise RuntimeError("too long \ud800")
        return whole(task, question, matcher)

    monkeypatch.setattr(tiny, "_finish", failing)
    given = [NEWS, "", None, 7, b"NATO", "broken", "  \n", "\ud800 “We thank NATO,” she said.", NEWS]
    rows = list(reading.rows(tiny, given, asked))
    assert [row["error"] for row in rows] == [
        None,
        "the text is empty",
        "the text is null",
        "the text must be a string, not int",
        "the text must be a string, not bytes",
        "RuntimeError: too long \ufffd",
        "the text is empty",
        "the text has half of a surrogate pair, which is no character",
        None,
    ]
    assert rows[2] == {"language": None, "warnings": [], "statements": [], "error": rows[2]["error"]}
    expected = frames.statement_rows(tiny.predict(NEWS, mode="rules"))
    assert rows[0]["statements"] == rows[-1]["statements"] == expected
    assert all(row["warnings"] == [] for row in rows if row["error"])


def test_a_model_is_opened_once_a_process(asked):
    assert reading.opened(asked) is reading.opened(pickle.loads(pickle.dumps(asked)))


def test_two_questions_share_a_model(asked, tiny_folder):
    other = reading.asked(model=tiny_folder, precision="fp32", mode="rules", actors=["NATO"])
    assert other != asked
    assert reading.opened(other) is reading.opened(asked)
    assert reading.opened(reading.asked(model=tiny_folder, precision="fp32", threads=2)) is not reading.opened(asked)


def test_a_missing_extra_is_named(monkeypatch, tiny_folder):
    from stance.integrations import ray, spark

    for package in ("ray", "pyspark", "spacy"):
        for name in [name for name in sys.modules if name.partition(".")[0] == package]:
            monkeypatch.delitem(sys.modules, name)
        monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtraError, match=r"quote-stance\[ray\]"):
        ray.predict(None, text_column="text", model=tiny_folder)
    with pytest.raises(MissingExtraError, match=r"quote-stance\[ray\]"):
        ray.predict_files("in", "out")
    with pytest.raises(MissingExtraError, match=r"quote-stance\[spark\]"):
        spark.predict_udf(model=tiny_folder)
    monkeypatch.delitem(sys.modules, "stance.integrations.spacy", raising=False)
    with pytest.raises(MissingExtraError, match=r"quote-stance\[spacy\]"):
        importlib.import_module("stance.integrations.spacy")


def test_a_text_that_is_not_utf8_fails_alone(tiny, asked):
    pa = pytest.importorskip("pyarrow")
    places = pa.array([0, 4, 7, 7], pa.int32()).buffers()[1]
    texts = pa.StringArray.from_buffers(3, places, pa.py_buffer(b"NATO\xff\xfe\xfd"))
    coded = pa.DictionaryArray.from_arrays(pa.array([0, 1, 2]), texts)
    for array in (texts, coded):
        values = [columns.text_of(text) for text in pa.chunked_array([array])]
        assert values == ["NATO", b"\xff\xfe\xfd", ""]
        errors = [row["error"] for row in reading.rows(tiny, values, asked, column="body")]
        assert errors == [None, "'body' is not UTF-8 (the byte 0xff)", "'body' is empty"]


@pytest.mark.parametrize("array", [[float("nan")] * 2, [None, None], [1, 2], [b"a", b"\xff"]])
def test_a_block_of_another_type_fails_row_by_row(tiny_folder, array):
    pa = pytest.importorskip("pyarrow")
    from stance.integrations.ray import _Reader

    reader = _Reader(reading.asked(model=tiny_folder, precision="fp32", mode="rules"), "text")
    answered = reader(pa.table({"text": pa.array(array), "error": ["a", "b"]}))
    assert answered.column_names == ["text", "input_error", *columns.ANSWERS]
    assert all(error.startswith("'text' ") for error in answered["error"].to_pylist())


def test_a_dataset_without_rows_has_the_columns_under_their_names(tmp_path):
    pa = pytest.importorskip("pyarrow")
    from pyarrow import fs, parquet

    from stance.integrations.ray import _write_empty

    class Given:
        def schema(self):
            return types.SimpleNamespace(base_schema=pa.schema([("text", pa.string()), ("language", pa.int8())]))

    _write_empty(Given(), fs.LocalFileSystem(), str(tmp_path / "out"))
    names = parquet.read_table(tmp_path / "out").schema.names
    assert names == ["text", "input_language", "language", "warnings", "statements", "error"]


def test_tables_and_clusters_say_the_same_of_a_row(tmp_path, tiny, tiny_folder):
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    from stance.files import TableJob, predict_table
    from stance.integrations.ray import _Reader

    table = pa.table({"text": pa.array([NEWS, None, "", " \n"])})
    parquet.write_table(table, tmp_path / "in.parquet")
    asked = reading.asked(model=tiny_folder, precision="fp32", mode="rules")
    job = TableJob(str(tmp_path / "in.parquet"), "text", output=tmp_path / "out.parquet", question=asked.question)
    predict_table(job, lambda: tiny)
    assert parquet.read_table(tmp_path / "out.parquet").to_pylist() == _Reader(asked, "text")(table).to_pylist()
