"""Texts that fail alone, as Ray, Spark and spaCy read them."""

from __future__ import annotations

import importlib
import pickle
import sys

import pytest
from conftest import NEWS

from stance import frames
from stance.errors import ActorError, InputError, MissingExtraError
from stance.integrations import reading
from stance.types import Actor, StatementKind


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
            raise MemoryError("too long \ud800")
        return whole(task, question, matcher)

    monkeypatch.setattr(tiny, "_finish", failing)
    given = [NEWS, "", None, 7, b"NATO", "broken", "  \n", "\ud800 “We thank NATO,” she said.", NEWS]
    rows = list(reading.rows(tiny, given, asked))
    assert [row["error"] for row in rows] == [
        None,
        "the text is empty",
        "text must be str, not NoneType",
        "text must be str, not int",
        "text must be str, not bytes",
        "MemoryError: too long ?",
        "the text is empty",
        None,
        None,
    ]
    assert rows[2] == {"language": None, "warnings": [], "statements": [], "error": rows[2]["error"]}
    expected = frames.statement_rows(tiny.predict(NEWS, mode="rules"))
    assert rows[0]["statements"] == rows[-1]["statements"] == expected
    assert all(row["warnings"] == [] for row in rows if row["error"])


def test_a_model_is_opened_once_a_process(asked):
    assert reading.opened(asked) is reading.opened(pickle.loads(pickle.dumps(asked)))


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
    from stance.integrations.ray import _values

    places = pa.array([0, 4, 7, 7], pa.int32()).buffers()[1]
    texts = pa.chunked_array([pa.StringArray.from_buffers(3, places, pa.py_buffer(b"NATO\xff\xfe\xfd"))])
    assert list(_values(texts)) == ["NATO", b"\xff\xfe\xfd", ""]
    errors = [row["error"] for row in reading.rows(tiny, _values(texts), asked)]
    assert errors == [None, "text must be str, not bytes", "the text is empty"]
