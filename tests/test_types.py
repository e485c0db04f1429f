"""The values that go in and come out: checks, freezing, round trips."""

from __future__ import annotations

import copy
import dataclasses
import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.errors import ActorError, InputError, RecordError, StanceError
from stance.types import (
    Actor,
    Document,
    FrozenMap,
    Prediction,
    Sentiment,
    SentimentLabel,
    Stance,
    StanceLabel,
    Statement,
    StatementKind,
)

TEXT = 'The minister said: "We trust NATO" and added "we always will".'
FIRST, SECOND = TEXT.index("We trust"), TEXT.index("we always")
SPANS = ((FIRST, FIRST + 13), (SECOND, SECOND + 14))


def statement() -> Statement:
    return Statement.of_spans(TEXT, SPANS, speaker="The minister", speaker_span=(0, 12), cue="said", context=TEXT)


def stance(actor: str = "NATO", label: str = "favor") -> Stance:
    probabilities = {"against": 0.1, "favor": 0.1, "neutral": 0.1, "unrelated": 0.1, label: 0.7}
    return Stance(actor, StanceLabel(label), 0.7, probabilities, ((FIRST + 9, FIRST + 13),))


def sentiment() -> Sentiment:
    return Sentiment(SentimentLabel.POSITIVE, 0.8, {"negative": 0.1, "neutral": 0.1, "positive": 0.8})


def document() -> Document:
    prediction = Prediction(statement(), {"NATO": stance()}, sentiment())
    return Document(TEXT, "en", (prediction,), ("one warning",))


def test_labels_stand_in_the_order_of_the_outputs():
    assert list(StanceLabel) == ["against", "favor", "neutral", "unrelated"]
    assert list(SentimentLabel) == ["negative", "neutral", "positive"]


def test_a_statement_joins_its_spans():
    found = statement()
    assert found.text == "We trust NATO we always will"
    assert (found.start, found.end) == (FIRST, SECOND + 14)
    assert [TEXT[start:end] for start, end in found.spans] == ["We trust NATO", "we always will"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"spans": ()}, "at least one span"),
        ({"spans": ((5, 5),)}, "start < end"),
        ({"spans": ((-1, 4),)}, "0 <= start"),
        ({"spans": ((20, 33), (19, 48))}, "in order and apart"),
        ({"start": 0}, "start and end must be those"),
        ({"text": "too short"}, "has not the length"),
        ({"speaker_span": (4, 4)}, "speaker's span"),
        ({"kind": "shouted"}, "shouted"),
    ],
)
def test_a_statement_that_contradicts_itself_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(statement(), **change)


@pytest.mark.parametrize("value", [statement(), stance(), sentiment(), document(), Actor("X", {"en": ("Y",)})])
def test_values_are_frozen_slotted_hashable_and_picklable(value):
    assert not hasattr(value, "__dict__")
    field = dataclasses.fields(value)[0].name
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(value, field, None)
    for same in (pickle.loads(pickle.dumps(value)), copy.deepcopy(value)):
        assert same == value
        assert hash(same) == hash(value)


def test_a_document_survives_json():
    made = document()
    record = json.loads(json.dumps(made.to_dict()))
    assert Document.from_dict(record) == made
    assert record["statements"][0]["stances"]["NATO"]["mentions"] == [[FIRST + 9, FIRST + 13]]
    assert record["statements"][0]["spans"] == [list(span) for span in SPANS]
    assert set(record) == {"text", "language", "warnings", "statements"}


def test_other_values_survive_json():
    for value in (statement(), sentiment(), Actor("X", {"en": ["Y"], "*": ["Z"]}, "the X")):
        assert type(value).from_dict(json.loads(json.dumps(value.to_dict()))) == value
    assert Stance.from_dict(json.loads(json.dumps(stance().to_dict())), actor="NATO") == stance()


def test_what_a_record_lacks_is_named():
    for cls in (Actor, Document, Prediction, Sentiment, Statement):
        with pytest.raises(RecordError, match="needs the keys"):
            cls.from_dict({})
        with pytest.raises(RecordError, match="not list"):
            cls.from_dict([])
    with pytest.raises(RecordError, match="confidence"):
        Stance.from_dict({"label": "favor", "probabilities": {}}, actor="NATO")
    with pytest.raises(RecordError, match="spans"):
        Statement.from_dict({"text": "x", "spans": []})


def test_probabilities_must_be_a_distribution_that_agrees():
    with pytest.raises(InputError, match="sum to 1"):
        Sentiment(SentimentLabel.NEUTRAL, 0.5, {"neutral": 0.5, "negative": 0.2, "positive": 0.1})
    with pytest.raises(InputError, match="at least 0"):
        Sentiment(SentimentLabel.NEUTRAL, 1.2, {"neutral": 1.2, "negative": -0.2, "positive": 0.0})
    with pytest.raises(InputError, match="confidence"):
        Sentiment(SentimentLabel.NEUTRAL, 0.4, {"neutral": 0.5, "negative": 0.5, "positive": 0.0})
    with pytest.raises(InputError, match="no probability"):
        Stance("NATO", StanceLabel.FAVOR, 0.5, {"against": 0.5, "neutral": 0.5})


def test_a_stance_must_stand_under_its_actor():
    with pytest.raises(InputError, match="'NATO' stands under 'Russia'"):
        Prediction(statement(), {"Russia": stance("NATO")}, sentiment())


def test_a_document_checks_that_its_spans_slice_to_the_words():
    prediction = Prediction(statement(), {}, sentiment())
    with pytest.raises(InputError, match="do not slice"):
        Document("x" + TEXT, "en", (prediction,))
    assert Document("", None).predictions == ()


def test_an_actor_knows_its_aliases_however_they_are_given():
    assert Actor("X", ["a", "b"]).aliases == {"*": ("a", "b")}
    assert Actor("X", {"en": "a"}).aliases == {"en": ("a",)}
    with pytest.raises(TypeError, match="not one str"):
        Actor("X", "alias")
    with pytest.raises(TypeError, match="must be str"):
        Actor(3)
    with pytest.raises(TypeError, match="must be str"):
        Actor("X", [1])
    for bad in [("  ", ()), ("X", ["a", " "])]:
        with pytest.raises(ActorError, match="empty"):
            Actor(*bad)


def test_errors_are_the_librarys_own_and_values_are_value_errors():
    assert issubclass(RecordError, InputError)
    assert issubclass(InputError, StanceError)
    assert issubclass(InputError, ValueError)


@given(st.dictionaries(st.text(max_size=3), st.integers()))
def test_a_frozen_map_is_a_mapping_that_cannot_change(items):
    frozen = FrozenMap(items)
    assert frozen == items
    assert dict(frozen) == items
    assert list(frozen) == list(items)
    assert hash(frozen) == hash(FrozenMap(reversed(list(items.items()))))
    assert pickle.loads(pickle.dumps(frozen)) == frozen
    items["new key"] = 1
    assert "new key" not in frozen
    with pytest.raises(TypeError):
        frozen["x"] = 1  # a mapping without __setitem__
    with pytest.raises(KeyError, match="there are"):
        frozen["new key"]


@given(st.text(min_size=1, max_size=40), st.data())
def test_spans_of_any_text_slice_to_the_statement(text, data):
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)), min_size=2, max_size=6)))
    spans = [(cuts[place], cuts[place + 1]) for place in range(0, len(cuts) - 1, 2)]
    made = Statement.of_spans(text, spans, kind=StatementKind.MIXED)
    neutral = Sentiment(SentimentLabel.NEUTRAL, 1.0, {"neutral": 1.0, "negative": 0.0, "positive": 0.0})
    kept = Document(text, None, (Prediction(made, {}, neutral),))
    assert Document.from_dict(kept.to_dict()) == kept
    assert (made.start, made.end) == (spans[0][0], spans[-1][1])


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (Statement, {"text": "ab", "spans": "zz"}),
        (Statement, {"text": "ab", "spans": 5}),
        (Statement, {"text": "ab", "spans": [[0, 2]], "kind": "zz"}),
        (Statement, {"text": "ab", "spans": [[0, 2]], "speaker": 5}),
        (Sentiment, {"label": None, "confidence": 1.0, "probabilities": {}}),
        (Sentiment, {"label": "neutral", "confidence": "zz", "probabilities": {"neutral": 1.0}}),
        (Prediction, {"text": "ab", "spans": [[0, 2]], "stances": [], "sentiment": {}}),
        (Document, {"text": "ab", "statements": 5}),
        (Document, {"text": "ab", "statements": [], "warnings": "zz"}),
        (Document, {"text": "ab", "statements": [], "language": []}),
    ],
)
def test_a_malformed_dictionary_is_a_record_error(kind, data):
    with pytest.raises(RecordError):
        kind.from_dict(data)


@pytest.mark.parametrize("wording", [" ", "\n", "w" * 101])
def test_a_wording_is_a_name(wording):
    with pytest.raises(ActorError, match="wording"):
        Actor("Acme", wording=wording)
