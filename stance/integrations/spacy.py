"""The pipeline component ``stance`` of spaCy: ``pip install 'quote-stance[spacy]'``, then ``nlp.add_pipe("stance")``.

It sets ``doc.spans["stance"]``, one span a statement in the order of the document's predictions, from the start of its
first piece to the end of its last (``span._.pieces`` are the pieces), widened to whole tokens, with the statement's
kind as its label; ``doc._.stance``, the :class:`stance.Document`, made anew whenever it is asked for; and for each of
those spans ``span._.statement``, ``span._.speaker``, ``span._.stances`` and ``span._.sentiment``, which are None for
other spans. What they tell lies in ``doc.user_data`` as plain values, so it goes to bytes and back with the document
(``DocBin(store_user_data=True)``); a program that only reads such documents imports this module for its extensions.

Importing it registers the component and the extensions, as spaCy has it: there is no later moment in a process that
gets its documents as bytes.
"""

from __future__ import annotations

import functools
import json
import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from stance.errors import InputError, MissingExtraError
from stance.integrations import reading
from stance.predictor import Predictor, Unread
from stance.types import Actor, Document, Prediction, Sentiment, Stance, Statement

try:
    from spacy.language import Language
    from spacy.strings import get_string_id
    from spacy.tokens import Doc, Span, SpanGroup
    from spacy.util import raise_error
except ModuleNotFoundError as _error:
    if (_error.name or "").partition(".")[0] != "spacy":
        raise
    raise MissingExtraError("spacy", "spacy") from None

log = logging.getLogger(__name__)

KEY = "stance"
_FILE = "config.json"
# (name of the component, the component, the documents, what was raised): what spaCy calls for a document that failed.
ErrorHandler = Callable[[str, Any, list[Doc], Exception], None]


@Language.factory(
    "stance",
    assigns=["doc._.stance", "doc.spans"],
    default_config={
        "actors": None,
        "language": None,
        "kinds": None,
        "mode": "full",
        "only_named": False,
        "explain": False,
        "model": None,
        "precision": "auto",
        "threads": None,
    },
)
def make_stance(
    nlp: Language,
    name: str,
    actors: list[str | dict[str, Any]] | None,
    language: str | None,
    kinds: list[str] | None,
    mode: str,
    only_named: bool,
    explain: bool,
    model: str | None,
    precision: str,
    threads: int | None,
) -> StanceComponent:
    """Return the component that ``nlp.add_pipe("stance", config={...})`` adds.

    Args:
        nlp: The pipeline.
        name: What the component is called in it.
        actors: Names, or what ``Actor.to_dict`` gives; None for NATO, Russia, DPRK and China.
        language: ISO 639-1 code; None to detect that of each document, whatever the pipeline's.
        kinds: As in :func:`stance.predict`.
        mode: As in :func:`stance.predict`.
        only_named: As in :func:`stance.predict`.
        explain: As in :func:`stance.predict`.
        model: As in :func:`stance.load`.
        precision: As in :func:`stance.load`.
        threads: As in :func:`stance.load`; 1 is best for ``nlp.pipe(..., n_process=2)`` and more.
    """
    config = {
        "actors": actors,
        "language": language,
        "kinds": kinds,
        "mode": mode,
        "only_named": only_named,
        "explain": explain,
        "model": model,
        "precision": precision,
        "threads": threads,
    }
    return StanceComponent(name, config)


class StanceComponent:
    """The component: it knows its configuration, and opens the model when the first document comes."""

    def __init__(self, name: str, config: dict[str, Any]) -> None:
        """Check the configuration; StanceError tells what cannot be used."""
        self.name = name
        self._error_handler: ErrorHandler = raise_error
        self._configure(config)

    def _configure(self, config: dict[str, Any]) -> None:
        asked = reading.asked(**{**config, "actors": _actors(config["actors"])})
        self.config = config
        self._asked = asked
        self._predictor: Predictor | None = None

    def _opened(self) -> Predictor:
        if self._predictor is None:
            self._predictor = self._asked.predictor()
        return self._predictor

    def __getstate__(self) -> dict[str, Any]:
        """Give another process all but the open model."""
        return {**self.__dict__, "_predictor": None}

    def __call__(self, doc: Doc) -> Doc:
        """Return the document with its statements."""
        return _annotated(doc, self._opened().answer(doc.text, self._asked.question))

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 0) -> Iterator[Doc]:
        """Yield documents with their statements, in order.

        They are taken from the stream as there is work for the threads, so ``batch_size`` changes nothing. A document
        that cannot be read goes to the pipeline's error handler, and the others are read on.
        """
        waiting: deque[Doc] = deque()

        def texts() -> Iterator[str]:
            for doc in stream:
                waiting.append(doc)
                yield doc.text

        for answer in self._opened().answers(texts(), self._asked.question):
            doc = waiting.popleft()
            try:
                if isinstance(answer, Unread):
                    raise answer.error
                yield _annotated(doc, answer)
            except Exception as error:
                self._error_handler(self.name, self, [doc], error)

    def set_error_handler(self, error_handler: ErrorHandler) -> None:
        """Call this for a document that failed; spaCy's own raises the error."""
        self._error_handler = error_handler

    def get_error_handler(self) -> ErrorHandler:
        """Return what is called for a document that failed."""
        return self._error_handler

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        """Return the configuration, not the model."""
        return json.dumps(self.config).encode("ascii")

    def from_bytes(self, data: bytes, *, exclude: Iterable[str] = ()) -> StanceComponent:
        """Take the configuration that ``to_bytes`` gave."""
        self._configure(json.loads(data))
        return self

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        """Write the configuration, not the model, into a folder."""
        folder = Path(path)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _FILE).write_bytes(self.to_bytes())

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> StanceComponent:
        """Take the configuration that ``to_disk`` wrote."""
        return self.from_bytes((Path(path) / _FILE).read_bytes())


def _actors(given: list[str | dict[str, Any]] | None) -> list[str | Actor] | None:
    if given is None or isinstance(given, str):
        return given
    return [Actor.from_dict(actor) if isinstance(actor, dict) else actor for actor in given]


def _annotated(doc: Doc, document: Document) -> Doc:
    """Write the answer into the document."""
    spans = []
    for number, prediction in enumerate(document.predictions):
        statement = prediction.statement
        span = doc.char_span(
            statement.start,
            statement.end,
            label=statement.kind.value,
            span_id=str(number),
            alignment_mode="expand",
        )
        if span is None:
            raise InputError(f"no tokens stand at the characters {statement.start} to {statement.end}")
        spans.append(span)
    doc.spans[KEY] = SpanGroup(doc, name=KEY, spans=spans)
    # The text is the document's own.
    doc.user_data[KEY] = {**document.to_dict(), "text": len(doc.text)}
    return doc


def _document(doc: Doc) -> Document | None:
    """Return the answer for a document; None if there is none, or if it is that of another text."""
    data = _data(doc)
    return None if data is None else Document.from_dict({**data, "text": doc.text})


def _data(doc: Doc) -> dict[str, Any] | None:
    data = doc.user_data.get(KEY)
    return data if data and data["text"] == len(doc.text) else None


@functools.lru_cache(maxsize=8)
def _numbers(count: int) -> dict[int, int]:
    """Return the numbers below a count by the ids that spaCy has for them, in whatever vocabulary."""
    return {get_string_id(str(number)): number for number in range(count)}


def _prediction(span: Span) -> Prediction | None:
    """Return the prediction of one of our spans, which bears its number."""
    data = _data(span.doc)
    if data is None or not span.id:
        return None
    number = _numbers(len(data["statements"])).get(span.id)
    if number is None:
        return None
    prediction = Prediction.from_dict(data["statements"][number])
    statement = prediction.statement
    # Spans of others may have such an id as well: ours stands where its statement does.
    expected = span.doc.char_span(statement.start, statement.end, alignment_mode="expand")
    theirs = expected is None or (span.start, span.end) != (expected.start, expected.end)
    return None if theirs or span.label_ != statement.kind.value else prediction


def _statement(span: Span) -> Statement | None:
    found = _prediction(span)
    return None if found is None else found.statement


def _speaker(span: Span) -> str | None:
    found = _prediction(span)
    return None if found is None else found.statement.speaker


def _stances(span: Span) -> dict[str, Stance] | None:
    found = _prediction(span)
    return None if found is None else dict(found.stances)


def _sentiment(span: Span) -> Sentiment | None:
    found = _prediction(span)
    return None if found is None else found.sentiment


def _pieces(span: Span) -> list[Span] | None:
    found = _prediction(span)
    if found is None:
        return None
    spans = (span.doc.char_span(start, end, alignment_mode="expand") for start, end in found.statement.spans)
    return [piece for piece in spans if piece is not None]


def _register() -> None:
    """Register the extensions; one of the same name that somebody else has registered stays his."""
    extensions: tuple[tuple[Any, str, Callable[[Any], Any]], ...] = (
        (Doc, "stance", _document),
        (Span, "statement", _statement),
        (Span, "speaker", _speaker),
        (Span, "stances", _stances),
        (Span, "sentiment", _sentiment),
        (Span, "pieces", _pieces),
    )
    for owner, name, getter in extensions:
        there = owner.get_extension(name) if owner.has_extension(name) else None
        if there is not None and getattr(there[2], "__module__", None) != __name__:
            log.warning("the extension %s._.%s is another's already and is left to it", owner.__name__, name)
        else:
            owner.set_extension(name, getter=getter, force=True)


_register()
