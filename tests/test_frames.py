import itertools
import subprocess
import sys

import numpy
import pandas
import polars
import pyarrow
import pytest

from stance.errors import InputError, MissingExtraError
from stance.frames import COLUMNS, statement_rows, statements_type, to_frame
from stance.types import Document, Prediction, Sentiment, Stance, Statement, WordWeight
from tests.conftest import NEWS, ROOT

STANCES = {"against": 0.7, "favor": 0.1, "neutral": 0.1, "unrelated": 0.1}
TONES = {"negative": 0.2, "neutral": 0.2, "positive": 0.6}
LIBRARIES = ["pandas", "polars"]


def prediction(text, spans, actors, *, words=None, **of):
    stances = {actor: Stance(actor, "against", 0.7, STANCES, ((1, 2),), words) for actor in actors}
    return Prediction(Statement.of_spans(text, spans, **of), stances, Sentiment("positive", 0.6, TONES))


def document(text="We stand. We fall.", spans=(((0, 9),), ((10, 18),)), actors=("NATO", "Iran"), language="en", **of):
    return Document(text, language, tuple(prediction(text, places, actors, **of) for places in spans))


def rows_of(frame):
    if isinstance(frame, polars.DataFrame):
        return frame.to_dicts()
    return frame.astype(object).where(frame.notna(), None).to_dict("records")


def types_of(frame):
    return dict(frame.schema) if isinstance(frame, polars.DataFrame) else dict(frame.dtypes)


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_row_a_stance(library):
    frame = to_frame([document(), document(actors=["EU"], speaker="Ann Bell", cue="said")], library=library)
    assert isinstance(frame, {"pandas": pandas.DataFrame, "polars": polars.DataFrame}[library])
    assert list(frame.columns) == list(COLUMNS)
    rows = rows_of(frame)
    assert [(row["document"], row["statement"], row["actor"]) for row in rows] == [
        (0, 0, "NATO"),
        (0, 0, "Iran"),
        (0, 1, "NATO"),
        (0, 1, "Iran"),
        (1, 0, "EU"),
        (1, 1, "EU"),
    ]
    assert rows[-1] == {
        "document": 1,
        "language": "en",
        "statement": 1,
        "text": "We fall.",
        "speaker": "Ann Bell",
        "kind": "direct",
        "cue": "said",
        "start": 10,
        "end": 18,
        "actor": "EU",
        "stance": "against",
        "confidence": 0.7,
        **STANCES,
        "sentiment": "positive",
        "sentiment_confidence": 0.6,
    }
    assert rows[0]["speaker"] is None


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_row_a_statement_with_the_actors_of_all_documents(library):
    odd = "<b>&\"', \n ناتو"
    frame = to_frame([document(), document(actors=["Iran", odd])], library=library, rows="statements")
    assert list(frame.columns)[-8:] == [
        "stance_NATO",
        "confidence_NATO",
        "stance_Iran",
        "confidence_Iran",
        f"stance_{odd}",
        f"confidence_{odd}",
        "sentiment",
        "sentiment_confidence",
    ]
    rows = rows_of(frame)
    assert [row["stance_NATO"] for row in rows] == ["against", "against", None, None]
    assert [row["confidence_Iran"] for row in rows] == [0.7] * 4
    assert [row[f"confidence_{odd}"] for row in rows] == [None, None, 0.7, 0.7]


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("rows", ["stances", "statements"])
def test_frames_without_rows_have_the_types_of_others(library, rows):
    full = types_of(to_frame(document(speaker="A", cue="b"), library=library, rows=rows))
    for none in ([], [Document("", None)], Document("", None), iter([Document("Nothing was said.", "en")] * 3)):
        frame = to_frame(none, library=library, rows=rows)
        assert len(frame) == 0
        assert types_of(frame) == {
            name: kind for name, kind in full.items() if "_NATO" not in name and "_Iran" not in name
        }


def test_both_libraries_agree_on_the_answers_of_a_model(tiny):
    documents = list(tiny.predict_many([NEWS, "", "«Мы за мир», — сказал Дмитрий Песков."]))
    one, other = to_frame(documents), to_frame(iter(documents), library="polars")
    assert rows_of(one) == rows_of(other)
    assert len(one) == 4 * sum(len(each.predictions) for each in documents)
    assert set(one["document"]) == {0, 2}
    for row in rows_of(one):
        text = documents[row["document"]].text
        assert (
            text[row["start"] : row["end"]] == row["text"] or row["kind"] != "direct" or len(row["text"]) < row["end"]
        )
    assert documents[0].to_frame(rows="statements").equals(to_frame(documents[0], rows="statements"))
    assert documents[0].to_frame(library="polars").equals(to_frame(documents[0], library="polars"))


@pytest.mark.parametrize("ids", [["a", "b"], [7, -1], iter(["a\ud800", ""])])
def test_ids_name_the_documents(ids):
    kept, ids = itertools.tee(ids)
    frame = to_frame([document()] * 2, ids=ids)
    expected = [name.replace("\ud800", "\ufffd") if isinstance(name, str) else name for name in kept]
    assert frame["document"].tolist() == [expected[0]] * 4 + [expected[1]] * 4


@pytest.mark.parametrize("ids", [["a"], ["a", "b", "c"], ["a", 1], [True, False], [None, "a"], [1.0, 2.0]])
def test_ids_that_do_not_fit_are_refused(ids):
    with pytest.raises(InputError, match="ids"):
        to_frame([document()] * 2, ids=ids)


def test_wrong_arguments_are_refused():
    with pytest.raises(InputError, match="library"):
        to_frame([], library="duckdb")
    with pytest.raises(InputError, match="rows"):
        to_frame([], rows="words")
    with pytest.raises(TypeError, match="Document"):
        to_frame([document(), "text"])
    with pytest.raises(TypeError, match="ids"):
        to_frame([document()], ids="a")


def test_halves_of_surrogate_pairs_keep_their_place():
    text = "Wir \ud83d stehen 😀."
    found = document(text, [((0, 10),), ((11, len(text)),)], ["A\udfff", "A\ud800"], speaker="B\ud800", context=text)
    for library in LIBRARIES:
        rows = rows_of(to_frame(found, library=library))
        assert rows[0]["text"] == "Wir \ufffd steh"
        assert rows[-1]["text"] == "n 😀."
        assert (rows[0]["speaker"], rows[0]["actor"]) == ("B\ufffd", "A\ufffd")
        assert len(to_frame(found, library=library, rows="statements")) == 2
    pyarrow.array([statement_rows(found)], statements_type())


def test_many_statements_that_overlap_and_an_actor_that_is_met_late():
    text = "x" * 20_001
    big = document(text, [((place, place + 2), (place + 3, place + 9)) for place in range(10_000)], ["NATO"])
    late = document(actors=["Iran", "NATO"])
    frame = to_frame(iter([big, late, big]), library="polars", rows="statements")
    assert len(frame) == 20_002
    assert frame["confidence_Iran"].null_count() == 20_000
    assert frame["stance_NATO"].null_count() == 0
    assert frame["statement"].to_list()[:10_000] == list(range(10_000))
    assert len(to_frame(iter([big, late, big]))) == 20_004


def test_an_iterator_is_read_as_it_comes(monkeypatch):
    monkeypatch.setattr("stance.frames._BATCH", 8)
    made = []

    def documents():
        for number in range(100):
            made.append(number)
            yield document()

    from stance import frames

    batches = []
    real = frames._schema
    monkeypatch.setattr(frames, "_schema", lambda *given: batches.append(len(made)) or real(*given))
    assert len(to_frame(documents())) == 400
    assert batches[:3] == [2, 4, 6]


def test_the_nested_column_holds_what_a_prediction_tells(tmp_path):
    from pyarrow import parquet

    explained = document(
        spans=[((0, 2), (3, 9))], words=(WordWeight(0, 2, -0.25),), speaker="Ann", speaker_span=(3, 8), context="We."
    )
    plain = document(spans=[((0, 9),)])
    column = pyarrow.array([statement_rows(each) for each in (explained, plain, Document("", None))], statements_type())
    table = pyarrow.table({"statements": column})
    parquet.write_table(table, tmp_path / "one.parquet")
    found = parquet.read_table(tmp_path / "one.parquet")
    assert found.schema.field("statements").type == statements_type()
    (one,), (two,), none = found["statements"].to_pylist()
    assert none == []
    assert one["spans"] == [{"start": 0, "end": 2}, {"start": 3, "end": 9}]
    assert one["speaker_span"] == {"start": 3, "end": 8}
    assert [stance["actor"] for stance in one["stances"]] == ["NATO", "Iran"]
    assert one["stances"][0]["words"] == [{"start": 0, "end": 2, "weight": -0.25}]
    assert one["stances"][0]["probabilities"] == STANCES
    assert (two["speaker"], two["speaker_span"], two["stances"][0]["words"]) == (None, None, None)
    assert two["sentiment"] == {"label": "positive", "confidence": 0.6, "probabilities": TONES}
    # What to_dict gives is all there, in another shape.
    given = explained.predictions[0].to_dict()
    assert set(one) == set(given)
    assert set(one["stances"][0]) == {"actor", *given["stances"]["NATO"]}


@pytest.mark.parametrize(
    ("missing", "library", "extra"),
    [
        ("pandas", "pandas", "frames"),
        ("pyarrow", "pandas", "frames"),
        ("polars", "polars", "polars"),
        ("pyarrow", "polars", "polars"),
    ],
)
def test_a_missing_package_is_named_with_its_extra(monkeypatch, missing, library, extra):
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(MissingExtraError, match=rf"{missing} is not installed.*\[{extra}\]"):
        document().to_frame(library=library)
    if missing == "pyarrow":
        with pytest.raises(MissingExtraError):
            statements_type()


def test_polars_needs_no_pandas_and_the_core_needs_neither():
    # pyarrow asks for pandas by itself and does without where there is none.
    program = (
        "import sys\n"
        "class Hidden:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name in ('pandas', 'ray', 'pyspark'): raise ModuleNotFoundError(name, name=name)\n"
        "sys.meta_path.insert(0, Hidden())\n"
        "import stance, stance.frames\n"
        "assert not {'polars', 'pyarrow'} & set(sys.modules)\n"
        "assert len(stance.Document('', None).to_frame(library='polars')) == 0\n"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)


@pytest.mark.parametrize("library", LIBRARIES)
def test_ids_of_numpy_are_integers(library):
    frame = to_frame([document(), document()], library=library, ids=numpy.array([7, 9]))
    assert list(frame["document"]) == [7, 7, 7, 7, 9, 9, 9, 9]
    assert rows_of(frame) == rows_of(to_frame([document(), document()], library=library, ids=[7, 9]))
    for wrong in ([True, False], numpy.array([True, False]), [1.0, 2.0]):
        with pytest.raises(InputError, match="must be str or int"):
            to_frame([document(), document()], library=library, ids=wrong)
