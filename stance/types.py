"""The values that go in and come out: frozen, slotted, checked when they are made.

Every offset counts characters of the text as the caller gave it; a span is ``(start, end)`` with ``end`` exclusive.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from typing import Any, Literal, TypeVar

from stance.errors import ActorError, InputError, RecordError, StanceError

Span = tuple[int, int]
# Of an actor, in characters: a block of the encoder is a name, not a text.
LONGEST_NAME = 100
Key = TypeVar("Key")
Value_co = TypeVar("Value_co", covariant=True)


class StanceLabel(StrEnum):
    """Attitude that the speaker expresses toward an actor, in the order of the model's outputs."""

    AGAINST = "against"
    FAVOR = "favor"
    NEUTRAL = "neutral"
    UNRELATED = "unrelated"


class SentimentLabel(StrEnum):
    """Tone of a whole statement, in the order of the model's outputs."""

    NEGATIVE = "negative"
    NEUTRAL = "neutral"
    POSITIVE = "positive"


class StatementKind(StrEnum):
    """How a statement stands in the text."""

    DIRECT = "direct"
    MIXED = "mixed"
    INDIRECT = "indirect"


class ExtractionMode(StrEnum):
    """Which statements are given.

    ``FULL`` is what rules and tagger find together, ``PRECISE`` that of which the tagger is nearly sure, ``RULES`` what
    stands in quotation marks by the rules alone, which need no model and take a twentieth of the time.
    """

    FULL = "full"
    PRECISE = "precise"
    RULES = "rules"


class FrozenMap(Mapping[Key, Value_co]):
    """A mapping that cannot change: hashable, picklable, in the order it was given."""

    __slots__ = ("_items",)

    def __init__(self, items: Mapping[Key, Value_co] | Iterable[tuple[Key, Value_co]] = ()) -> None:
        """Copy the items."""
        self._items: dict[Key, Value_co] = dict(items)

    def __getitem__(self, key: Key) -> Value_co:
        """Return the value of ``key``; KeyError names the keys there are."""
        try:
            return self._items[key]
        except KeyError:
            raise KeyError(f"{key!r}; there are {list(self._items)}") from None

    def __contains__(self, key: object) -> bool:
        """Tell whether ``key`` is there."""
        return key in self._items

    def __iter__(self) -> Iterator[Key]:
        """Iterate over the keys."""
        return iter(self._items)

    def __len__(self) -> int:
        """Count the keys."""
        return len(self._items)

    def __hash__(self) -> int:
        """Hash by content; the order does not matter, as in comparison."""
        return hash(frozenset(self._items.items()))

    def __repr__(self) -> str:
        """Show the content as a dictionary."""
        return repr(self._items)

    def __reduce__(self) -> tuple[type[FrozenMap[Key, Value_co]], tuple[dict[Key, Value_co]]]:
        """Pickle by content."""
        return type(self), (self._items,)


def _check_span(span: Span, what: str) -> None:
    if len(span) != 2 or not all(isinstance(place, int) for place in span) or not 0 <= span[0] < span[1]:
        raise InputError(f"{what} must be (start, end) with 0 <= start < end, not {span!r}")


def _span(value: Any) -> Span:
    start, end = value
    return int(start), int(end)


@dataclass(frozen=True, slots=True)
class Actor:
    """A country or organisation to ask about.

    ``aliases`` are the names that the text may use for it: a mapping of ISO 639-1 codes to names (``"*"`` for names of
    every language), or names alone. The actor's own name is always one of them. ``wording`` is what the model reads as
    the actor's name, by default the name itself.
    """

    name: str
    aliases: Mapping[str, Sequence[str]] = field(default_factory=FrozenMap)
    wording: str | None = None

    def __post_init__(self) -> None:
        """Check the name and freeze the aliases."""
        if not isinstance(self.name, str):
            raise TypeError(f"an actor's name must be str, not {type(self.name).__name__}")
        if not self.name.strip():
            raise ActorError("an actor's name is empty; give a name such as 'NATO'")
        if not isinstance(self.wording, str | None):
            raise TypeError(f"the wording of {self.name!r} must be str or None, not {type(self.wording).__name__}")
        if self.wording is not None and not 0 < len(self.wording.strip()) <= LONGEST_NAME:
            raise ActorError(f"the wording of {self.name[:40]!r} must have 1 to {LONGEST_NAME} characters")
        if len(self.name) > LONGEST_NAME:
            raise ActorError(f"the actor's name {self.name[:30]!r}... is longer than {LONGEST_NAME} characters")
        given: Any = self.aliases
        if isinstance(given, str):
            raise TypeError("aliases must be a mapping of languages to names, or several names, not one str")
        groups = given.items() if isinstance(given, Mapping) else [("*", given)]
        frozen: dict[str, tuple[str, ...]] = {}
        for language, names in groups:
            names = (names,) if isinstance(names, str) else tuple(names)
            for alias in names:
                if not isinstance(alias, str):
                    raise TypeError(f"an alias of {self.name!r} must be str, not {type(alias).__name__}")
                if not alias.strip():
                    raise ActorError(f"an alias of {self.name!r} is empty; leave it out")
            frozen[str(language)] = names
        object.__setattr__(self, "aliases", FrozenMap(frozen))

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {"name": self.name, "aliases": {k: list(v) for k, v in self.aliases.items()}, "wording": self.wording}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Actor:
        """Make an actor out of what ``to_dict`` gave."""
        _require(data, cls, "name")
        with _reading(cls):
            return cls(data["name"], data.get("aliases") or {}, data.get("wording"))


@dataclass(frozen=True, slots=True)
class Statement:
    """What somebody is reported to have said.

    ``text`` is the words of ``spans`` joined by a space; ``start`` and ``end`` are the first span's start and the last
    one's end. ``speaker`` is the fullest name the text gives, ``speaker_span`` the nearest mention; both None where
    the text does not tell. ``context`` is the reporting sentence with at most two sentences around it.
    """

    text: str
    start: int
    end: int
    spans: tuple[Span, ...]
    kind: StatementKind = StatementKind.DIRECT
    speaker: str | None = None
    speaker_span: Span | None = None
    cue: str | None = None
    context: str | None = None

    def __post_init__(self) -> None:
        """Check that the spans are in order and agree with start and end."""
        object.__setattr__(self, "kind", StatementKind(self.kind))
        spans = tuple(_span(span) for span in self.spans)
        object.__setattr__(self, "spans", spans)
        if not spans:
            raise InputError("a statement needs at least one span")
        for span in spans:
            _check_span(span, "a statement's span")
        if any(after[0] < before[1] for before, after in pairwise(spans)):
            raise InputError(f"a statement's spans must be in order and apart, not {spans}")
        if (self.start, self.end) != (spans[0][0], spans[-1][1]):
            raise InputError(f"start and end must be those of the spans {spans}, not {self.start} and {self.end}")
        if len(self.text) != sum(end - start for start, end in spans) + len(spans) - 1:
            raise InputError(f"the text {self.text[:40]!r} has not the length of its spans {spans} joined by a space")
        if self.speaker_span is not None:
            object.__setattr__(self, "speaker_span", _span(self.speaker_span))
            _check_span(self.speaker_span, "a speaker's span")

    @classmethod
    def of_spans(
        cls,
        text: str,
        spans: Iterable[Span],
        *,
        kind: StatementKind = StatementKind.DIRECT,
        speaker: str | None = None,
        speaker_span: Span | None = None,
        cue: str | None = None,
        context: str | None = None,
    ) -> Statement:
        """Make a statement out of spans of ``text``."""
        places = tuple(spans)
        if not places:
            raise InputError("a statement needs at least one span")
        words = " ".join(text[start:end] for start, end in places)
        return cls(words, places[0][0], places[-1][1], places, kind, speaker, speaker_span, cue, context)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {
            "text": self.text,
            "start": self.start,
            "end": self.end,
            "spans": [list(span) for span in self.spans],
            "kind": self.kind.value,
            "speaker": self.speaker,
            "speaker_span": list(self.speaker_span) if self.speaker_span else None,
            "cue": self.cue,
            "context": self.context,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Statement:
        """Make a statement out of what ``to_dict`` gave."""
        _require(data, cls, "text", "spans")
        for key in ("speaker", "cue", "context"):
            if not isinstance(data.get(key), str | None):
                raise RecordError(f"a statement's {key!r} must be str or None, not {type(data[key]).__name__}")
        with _reading(cls):
            spans = tuple(_span(span) for span in data["spans"])
            if not spans:
                raise RecordError("a statement's 'spans' is empty")
            return cls(
                data["text"],
                data.get("start", spans[0][0]),
                data.get("end", spans[-1][1]),
                spans,
                StatementKind(data.get("kind", "direct")),
                data.get("speaker"),
                _span(data["speaker_span"]) if data.get("speaker_span") else None,
                data.get("cue"),
                data.get("context"),
            )


def _check_distribution(label: str, confidence: float, probabilities: Mapping[str, float]) -> None:
    if label not in probabilities:
        raise InputError(f"the label {label!r} has no probability among {list(probabilities)}")
    if abs(sum(probabilities.values()) - 1.0) > 1e-3 or min(probabilities.values()) < 0.0:
        raise InputError(f"probabilities must be at least 0 and sum to 1, not {dict(probabilities)}")
    if abs(confidence - probabilities[label]) > 1e-6:
        raise InputError(f"confidence must be the probability of {label!r}, not {confidence}")


@dataclass(frozen=True, slots=True)
class WordWeight:
    """How much a word of a statement carries a stance: what ``explain=True`` adds.

    ``weight`` is how far the probability of the stance's label falls when the word is hidden from the model, from -1 to
    1; below 0 the word speaks against the label.
    """

    start: int
    end: int
    weight: float

    def __post_init__(self) -> None:
        """Check the span and the weight."""
        _check_span((self.start, self.end), "a word's span")
        if not -1.0 - 1e-6 <= self.weight <= 1.0 + 1e-6:
            raise InputError(f"a word's weight must be from -1 to 1, not {self.weight}")

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {"start": self.start, "end": self.end, "weight": self.weight}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> WordWeight:
        """Make a word's weight out of what ``to_dict`` gave."""
        _require(data, cls, "start", "end", "weight")
        with _reading(cls):
            return cls(int(data["start"]), int(data["end"]), float(data["weight"]))


@dataclass(frozen=True, slots=True)
class Stance:
    """The speaker's attitude toward one actor.

    ``probabilities`` has every label of :class:`StanceLabel` and sums to 1; ``confidence`` is that of ``label``.
    ``mentions`` are the places in the statement that name the actor (empty where it is meant without being named).
    ``words`` tell which words carry the label, in the order of the text; None where no explanation was asked for, empty
    where there is nothing to explain (``unrelated``).
    """

    actor: str
    label: StanceLabel
    confidence: float
    probabilities: Mapping[str, float]
    mentions: tuple[Span, ...] = ()
    words: tuple[WordWeight, ...] | None = None

    def __post_init__(self) -> None:
        """Check the distribution and freeze the containers."""
        object.__setattr__(self, "label", StanceLabel(self.label))
        object.__setattr__(self, "probabilities", FrozenMap(self.probabilities))
        object.__setattr__(self, "mentions", tuple(_span(span) for span in self.mentions))
        for span in self.mentions:
            _check_span(span, "a mention's span")
        if self.words is not None:
            object.__setattr__(self, "words", tuple(self.words))
        _check_distribution(self.label, self.confidence, self.probabilities)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values, without the actor's name, which is the key in a prediction.

        ``words`` is there only where an explanation was asked for.
        """
        words = {} if self.words is None else {"words": [word.to_dict() for word in self.words]}
        return {
            "label": self.label.value,
            "confidence": self.confidence,
            "probabilities": dict(self.probabilities),
            "mentions": [list(span) for span in self.mentions],
            **words,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], *, actor: str) -> Stance:
        """Make a stance out of what ``to_dict`` gave."""
        _require(data, cls, "label", "confidence", "probabilities")
        with _reading(cls):
            mentions = tuple(_span(span) for span in data.get("mentions", ()))
            words = None if data.get("words") is None else tuple(WordWeight.from_dict(one) for one in data["words"])
            return cls(actor, StanceLabel(data["label"]), data["confidence"], data["probabilities"], mentions, words)


@dataclass(frozen=True, slots=True)
class Sentiment:
    """The tone of a whole statement; ``probabilities`` has every label of :class:`SentimentLabel`."""

    label: SentimentLabel
    confidence: float
    probabilities: Mapping[str, float]

    def __post_init__(self) -> None:
        """Check the distribution and freeze it."""
        object.__setattr__(self, "label", SentimentLabel(self.label))
        object.__setattr__(self, "probabilities", FrozenMap(self.probabilities))
        _check_distribution(self.label, self.confidence, self.probabilities)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {
            "label": self.label.value,
            "confidence": self.confidence,
            "probabilities": dict(self.probabilities),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Sentiment:
        """Make a sentiment out of what ``to_dict`` gave."""
        _require(data, cls, "label", "confidence", "probabilities")
        with _reading(cls):
            return cls(SentimentLabel(data["label"]), data["confidence"], data["probabilities"])


@dataclass(frozen=True, slots=True)
class Prediction:
    """A statement with the stance toward every actor asked about, by the actor's name, and its sentiment."""

    statement: Statement
    stances: Mapping[str, Stance]
    sentiment: Sentiment

    def __post_init__(self) -> None:
        """Freeze the stances and check that each stands under its actor's name."""
        object.__setattr__(self, "stances", FrozenMap(self.stances))
        for name, stance in self.stances.items():
            if name != stance.actor:
                raise InputError(f"the stance toward {stance.actor!r} stands under {name!r}")

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values: the statement's keys, ``stances`` by actor and ``sentiment``."""
        return {
            **self.statement.to_dict(),
            "stances": {name: stance.to_dict() for name, stance in self.stances.items()},
            "sentiment": self.sentiment.to_dict(),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Prediction:
        """Make a prediction out of what ``to_dict`` gave."""
        _require(data, cls, "stances", "sentiment")
        with _reading(cls):
            stances = {name: Stance.from_dict(stance, actor=name) for name, stance in data["stances"].items()}
            return cls(Statement.from_dict(data), stances, Sentiment.from_dict(data["sentiment"]))


@dataclass(frozen=True, slots=True)
class Document:
    """A text with its statements, in the order in which they start.

    ``language`` is an ISO 639-1 code, given or detected, None where it cannot be told. ``warnings`` say in plain words
    what a reader of the result must know, such as a statement that was read in windows.
    """

    text: str
    language: str | None
    predictions: tuple[Prediction, ...] = ()
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check that every span slices to the words of its statement."""
        object.__setattr__(self, "predictions", tuple(self.predictions))
        object.__setattr__(self, "warnings", tuple(self.warnings))
        for prediction in self.predictions:
            statement = prediction.statement
            if " ".join(self.text[start:end] for start, end in statement.spans) != statement.text:
                raise InputError(f"the spans {statement.spans} do not slice to {statement.text[:40]!r}")

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values; the predictions stand under ``statements``."""
        return {
            "text": self.text,
            "language": self.language,
            "warnings": list(self.warnings),
            "statements": [prediction.to_dict() for prediction in self.predictions],
        }

    def to_frame(
        self, *, library: Literal["pandas", "polars"] = "pandas", rows: Literal["stances", "statements"] = "stances"
    ) -> Any:
        """Return a pandas or polars data frame, a row a stance or a statement; see :func:`stance.frames.to_frame`."""
        # By name and when it is asked for: values know nothing of the tables that are made of them, and the packages
        # behind these are optional.
        frames = importlib.import_module("stance.frames")
        return frames.to_frame(self, library=library, rows=rows)

    def _repr_html_(self) -> str:
        """Return the document as a notebook shows it: the text with its statements marked, and their table."""
        # Values know nothing of drawings; the import stands here so that none is loaded before a notebook asks for one.
        from stance.drawing.document import document_html

        return document_html(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Document:
        """Make a document out of what ``to_dict`` gave."""
        _require(data, cls, "text", "statements")
        if not isinstance(data.get("language"), str | None):
            raise RecordError(f"a document's 'language' must be str or None, not {type(data['language']).__name__}")
        if isinstance(data.get("warnings"), str):
            raise RecordError("a document's 'warnings' must be several str, not one")
        with _reading(cls):
            predictions = tuple(Prediction.from_dict(item) for item in data["statements"])
            return cls(data["text"], data.get("language"), predictions, tuple(data.get("warnings", ())))


@contextmanager
def _reading(cls: type) -> Iterator[None]:
    """Turn what goes wrong with a value of another form into a RecordError that names what was being made."""
    try:
        yield
    except StanceError:
        raise
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise RecordError(f"a {cls.__name__} cannot be made out of this: {error}") from error


def _require(data: Mapping[str, Any], cls: type, *keys: str) -> None:
    """Raise RecordError if ``data`` is no mapping or lacks one of ``keys``."""
    if not isinstance(data, Mapping):
        raise RecordError(f"a {cls.__name__} is made out of a mapping, not {type(data).__name__}")
    missing = [key for key in keys if key not in data]
    if missing:
        raise RecordError(f"a {cls.__name__} needs the keys {missing}, which are missing among {list(data)}")
