"""The component of spaCy: spans, extensions, bytes, several processes, documents that fail."""

from __future__ import annotations

import itertools
import pickle

import pytest

from stance.errors import ActorError, InputError, ModelError
from stance.types import Actor, Document, Prediction, Sentiment, Stance, Statement
from tests.conftest import NEWS

spacy = pytest.importorskip("spacy", reason="spaCy is not installed")

from spacy.tokens import Doc, DocBin, Span  # noqa: E402
from spacy.util import ignore_error  # noqa: E402

from stance.integrations import spacy as component  # noqa: E402

PARTS = (
    "“NATO has kept us safe,” the minister said, “and we are grateful.” “China!” <b> رحبت الصين 👍🏽 e\u0301  \n end"
)
ODD = Actor("<b>&\"'", {"en": ["minister"]})


@pytest.fixture
def nlp(tiny_folder):
    return made(tiny_folder)


def made(tiny_folder, **config):
    nlp = spacy.blank("en")
    settings = {"model": str(tiny_folder), "precision": "fp32", "mode": "rules", "threads": 1, **config}
    nlp.add_pipe("stance", config=settings)
    return nlp


def told(doc):
    """Return all that the extensions of a document's spans tell."""
    return [
        (span.start, span.end, span.label_, span._.statement, span._.speaker, span._.stances, span._.sentiment)
        for span in doc.spans["stance"]
    ]


def test_spans_and_extensions_are_the_answer(nlp, tiny):
    doc, expected = nlp(NEWS), tiny.predict(NEWS, mode="rules")
    assert doc._.stance == expected
    assert expected.predictions
    spans = list(doc.spans["stance"])
    assert [span.label_ for span in spans] == [one.statement.kind for one in expected.predictions]
    for span, one in zip(spans, expected.predictions, strict=True):
        assert span.start_char <= one.statement.start
        assert one.statement.end <= span.end_char
        assert span._.statement == one.statement
        assert span._.speaker == one.statement.speaker
        assert span._.stances == dict(one.stances)
        assert span._.sentiment == one.sentiment
    parts = next(span for span in spans if len(span._.statement.spans) == 2)
    assert [piece.start_char for piece in parts._.pieces] == [start for start, _ in parts._.statement.spans]


def test_other_spans_have_no_answer(nlp):
    doc = nlp(NEWS)
    assert doc[0:3]._.speaker is None
    assert doc[0:3]._.pieces is None
    doc.spans["theirs"] = [Span(doc, 0, 2, label="direct", span_id="0"), Span(doc, 0, 2, label="direct", span_id="x")]
    assert [span._.statement for span in doc.spans["theirs"]] == [None, None]
    assert spacy.blank("en")(NEWS)._.stance is None
    assert spacy.blank("en")(NEWS)[0:2]._.stances is None


@pytest.mark.parametrize("text", ["", "   ", "\n\n \t", "."])
def test_a_text_without_statements_has_an_empty_answer(nlp, text):
    doc = nlp(text)
    assert doc._.stance.text == text
    assert list(doc.spans["stance"]) == []
    assert [one._.stance.predictions for one in nlp.pipe([text, text])] == [(), ()]


def prediction(text, spans):
    shares = {"against": 1.0, "favor": 0.0, "neutral": 0.0, "unrelated": 0.0}
    tones = {"negative": 1.0, "neutral": 0.0, "positive": 0.0}
    stances = {ODD.name: Stance(ODD.name, "against", 1.0, shares)}
    return Prediction(Statement.of_spans(text, spans), stances, Sentiment("negative", 1.0, tones))


@pytest.mark.parametrize("language", ["en", "xx", "ar", "zh"])
def test_every_span_of_characters_finds_its_tokens(language):
    doc = spacy.blank(language)(PARTS)
    spans = list(itertools.combinations(range(len(PARTS) + 1), 2))
    predictions = tuple(prediction(PARTS, [span]) for span in spans)
    component._annotated(doc, Document(PARTS, "en", predictions))
    assert len(doc.spans["stance"]) == len(spans)
    for (start, end), span in zip(spans, doc.spans["stance"], strict=True):
        # Overlapping and nested statements, thousands of them, keep their own answers.
        assert span._.statement.spans == ((start, end),), span
        assert PARTS[start:end].strip() in span.text


def test_the_answer_goes_to_bytes_and_back(nlp):
    doc = nlp(NEWS)
    again = Doc(spacy.blank("fr").vocab).from_bytes(doc.to_bytes())
    assert told(again) == told(doc)
    assert again._.stance == doc._.stance
    several = DocBin(store_user_data=True, docs=[doc, nlp("")])
    back = list(DocBin().from_bytes(several.to_bytes()).get_docs(spacy.blank("xx").vocab))
    assert told(back[0]) == told(doc)
    assert back[1]._.stance == nlp("")._.stance
    assert pickle.loads(pickle.dumps(doc))._.stance == doc._.stance
    # A part has another text, to which the answer does not belong.
    assert doc[3:12].as_doc()._.stance is None


def test_a_pipeline_goes_to_disk_and_back(tiny_folder, tmp_path):
    odd = ODD.to_dict()
    nlp = made(tiny_folder, actors=["NATO", odd], kinds=["direct"])
    nlp.to_disk(tmp_path / "nlp")
    again = spacy.load(tmp_path / "nlp")
    assert again.get_pipe("stance").config == nlp.get_pipe("stance").config
    assert again(NEWS)._.stance == nlp(NEWS)._.stance
    assert {name for one in again(NEWS)._.stance.predictions for name in one.stances} == {"NATO", ODD.name}
    bytes_only = made(tiny_folder)
    bytes_only.from_bytes(nlp.to_bytes())
    assert bytes_only(NEWS)._.stance == nlp(NEWS)._.stance
    # Not the model: the folder holds a few kilobytes of it.
    assert sum(file.stat().st_size for file in (tmp_path / "nlp" / "stance").iterdir()) < 2000


def test_pipe_is_lazy_and_in_order(nlp):
    taken = []

    def texts():
        for number in range(1000):
            taken.append(number)
            yield f"{NEWS}\n{number}"

    docs = nlp.pipe(texts(), batch_size=4)
    first = [next(docs) for _ in range(3)]
    assert [doc.text for doc in first] == [f"{NEWS}\n{number}" for number in range(3)]
    assert len(taken) < 100
    assert [doc._.stance for doc in first] == [nlp(doc.text)._.stance for doc in first]


def test_a_bad_document_goes_to_the_error_handler_alone(nlp, monkeypatch):
    pipe = nlp.get_pipe("stance")
    predictor = pipe._opened()
    whole = predictor._prepare

    def failing(text, wanted):
        if "broken" in text:
            raise ValueError("no such thing")
        return whole(text, wanted)

    monkeypatch.setattr(predictor, "_prepare", failing)
    with pytest.raises(ValueError, match="no such thing"):
        list(nlp.pipe([NEWS, "broken", NEWS]))
    seen = []
    nlp.set_error_handler(lambda name, proc, docs, error: seen.append((name, [doc.text for doc in docs], str(error))))
    assert [doc.text for doc in nlp.pipe([NEWS, "broken", NEWS, ""])] == [NEWS, NEWS, ""]
    assert seen == [("stance", ["broken"], "no such thing")]
    nlp.set_error_handler(ignore_error)
    assert len(list(nlp.pipe(["broken"] * 3))) == 0


@pytest.mark.slow
def test_several_processes_give_the_same(nlp):
    texts = [f"{NEWS}\n{number}" for number in range(12)]
    alone = [told(doc) for doc in nlp.pipe(texts)]
    assert [told(doc) for doc in nlp.pipe(texts, n_process=2, batch_size=3)] == alone


def test_the_component_pickles_without_its_model(nlp):
    pipe = nlp.get_pipe("stance")
    doc = nlp(NEWS)
    again = pickle.loads(pickle.dumps(pipe))
    assert again._predictor is None
    assert again(nlp.make_doc(NEWS))._.stance == doc._.stance


def test_what_cannot_be_used_is_told_when_it_is_added(tiny_folder):
    for config, error in (
        ({"mode": "quick"}, InputError),
        ({"actors": []}, ActorError),
        ({"model": "/nowhere"}, ModelError),
        ({"kinds": ["loud"]}, InputError),
        ({"threads": 0}, InputError),
    ):
        with pytest.raises(error):
            made(tiny_folder, **config)


def test_an_extension_of_another_is_left_to_him(caplog):
    mine = Span.get_extension("speaker")
    try:
        Span.set_extension("speaker", default="theirs", force=True)
        component._register()
        assert Span.get_extension("speaker")[0] == "theirs"
        assert "Span._.speaker is another's" in caplog.text
    finally:
        Span.set_extension("speaker", getter=mine[2], force=True)


def test_the_factory_is_found_by_its_entry_point():
    from importlib.metadata import entry_points

    (found,) = entry_points(group="spacy_factories", name="stance")
    assert found.load() is component.make_stance
