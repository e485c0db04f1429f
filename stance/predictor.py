"""From text to answers: extraction, actors, encoding, the model, calibrated probabilities. Orchestration only."""

from __future__ import annotations

import itertools
import logging
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from stance import actors as actor_registry
from stance import quotes
from stance.actors import ActorMatcher, matcher_for, without_capitals
from stance.encoding import Encoding, Finder, StatementEncoder, readable
from stance.errors import InputError
from stance.explanation import explained, needs_words, parts_of, without
from stance.folder import HEADS, ModelFolder
from stance.given import as_statements
from stance.runtime import Outputs, Repeats, Runtime, RuntimeOptions, results
from stance.tagging.finder import StatementFinder
from stance.text import clean
from stance.types import (
    Actor,
    Document,
    ExtractionMode,
    Prediction,
    Sentiment,
    SentimentLabel,
    Span,
    Stance,
    StanceLabel,
    Statement,
    StatementKind,
)

log = logging.getLogger(__name__)

Actors = Iterable[str | Actor]
Kinds = Collection[StatementKind | str]
Mode = ExtractionMode | str
Label = TypeVar("Label", StanceLabel, SentimentLabel)
FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What a caller wants of a text: its actors, its statements."""

    actors: tuple[Actor, ...]
    language: str | None
    kinds: Kinds | None
    mode: Mode
    only_named: bool = False
    explain: bool = False

    def __post_init__(self) -> None:
        for name in ("only_named", "explain"):
            if not isinstance(getattr(self, name), bool):
                raise InputError(f"{name} must be True or False, not {getattr(self, name)!r}")


@dataclass(slots=True)
class _Task:
    """A document on its way: its statements are extracted and encoded, their outputs arrive one by one."""

    text: str
    language: str | None
    statements: tuple[Statement, ...] = ()
    encodings: tuple[Encoding, ...] = ()
    warnings: list[str] = field(default_factory=list)
    outputs: list[Outputs] = field(default_factory=list)
    ignore_case: bool = False

    @property
    def windows(self) -> list[npt.NDArray[np.int64]]:
        return [ids for encoding in self.encodings for ids in _windows(encoding)]


class Predictor:
    """A loaded model with its tokenizer; made by :func:`stance.load`.

    It keeps no state of a call, so threads may share one, and it can be pickled: the other process opens the model
    again.
    """

    def __init__(self, folder: ModelFolder, *, precision: str = "auto", options: RuntimeOptions | None = None) -> None:
        self.folder = folder
        self.precision = precision
        self._options = options or RuntimeOptions()
        self._encoder = StatementEncoder.from_file(folder.tokenizer, lengths=folder.lengths)
        self._runtime = Runtime(folder.model(precision), options=self._options)
        self._finder = StatementFinder(self._encoder, self._runtime)
        self._scaling = {head: folder.scaling(head) for head in HEADS}

    @classmethod
    def load(
        cls,
        folder: str | Path | None = None,
        *,
        threads: int | None = None,
        threads_per_statement: int = 1,
        spinning: bool = False,
        memory_arena: bool | None = None,
        precision: str = "auto",
    ) -> Predictor:
        """Open a model folder; see :func:`stance.load`."""
        options = RuntimeOptions(
            threads=threads,
            threads_per_statement=threads_per_statement,
            spinning=spinning,
            memory_arena=memory_arena,
        )
        return cls(ModelFolder.open(folder), precision=precision, options=options)

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle the folder and the options; the session is opened anew where it is used."""
        return _rebuild, (self.folder.path, self.precision, self._options)

    def extract(
        self, text: str, *, language: str | None = None, kinds: Kinds | None = None, mode: Mode = ExtractionMode.FULL
    ) -> list[Statement]:
        """Return the statements of a text; see :func:`stance.extract`."""
        return list(self.find(text, language=language, kinds=kinds, mode=mode).statements)

    def find(
        self, text: str, *, language: str | None = None, kinds: Kinds | None = None, mode: Mode = ExtractionMode.FULL
    ) -> quotes.Extraction:
        """Return the statements of a text with its language and warnings; the options are those of ``extract``."""
        return self._finder.extract(text, language=language, kinds=kinds, mode=mode)

    def predict(
        self,
        text: str,
        *,
        actors: Actors | None = None,
        language: str | None = None,
        kinds: Kinds | None = None,
        mode: Mode = ExtractionMode.FULL,
        only_named: bool = False,
        explain: bool = False,
    ) -> Document:
        """Return a text's statements with stances and sentiment; see :func:`stance.predict`."""
        wanted = _Wanted(actor_registry.resolve(actors), language, kinds, mode, only_named, explain)
        if only_named:
            # What is wrong with the question is told even where no actor is named and nothing is looked for.
            self.find("", language=language, kinds=kinds, mode=mode)
        task = self._prepare(text, wanted)
        task.outputs.extend(self._runtime.run(task.windows))
        return self._finish(task, wanted, matcher_for(wanted.actors))

    def judge(
        self,
        text: str,
        found: quotes.Extraction,
        *,
        actors: Actors | None = None,
        only_named: bool = False,
        explain: bool = False,
        first: int = 1,
    ) -> Document:
        """Return stances and sentiment of statements that :meth:`find` found in a text.

        ``find`` and ``judge`` one after the other are ``predict``; a program that shows how far it is, or shares a long
        article among processes, judges some statements at a time: ``dataclasses.replace(found, statements=some)``.

        Args:
            text: The text in which they were found.
            found: Its statements, language and warnings.
            actors: Names, or actors of your own; None for NATO, Russia, DPRK and China.
            only_named: Leave out statements that name none of the actors.
            explain: Tell which words carry each stance.
            first: The number that warnings give to the first of these statements.
        """
        resolved = actor_registry.resolve(actors)
        wanted = _Wanted(resolved, found.language, None, ExtractionMode.FULL, only_named, explain)
        task = self._encode_found(text, found, wanted, ignore_case=without_capitals(text), first=first)
        task.outputs.extend(self._runtime.run(task.windows))
        return self._finish(task, wanted, matcher_for(resolved))

    def predict_many(
        self,
        texts: Iterable[str],
        *,
        actors: Actors | None = None,
        language: str | None = None,
        kinds: Kinds | None = None,
        mode: Mode = ExtractionMode.FULL,
        only_named: bool = False,
        explain: bool = False,
    ) -> Iterator[Document]:
        """Yield the document of every text, in order; see :func:`stance.predict_many`."""
        if isinstance(texts, str | bytes):
            raise TypeError("texts must be several texts, not one; use predict for one text")
        # What is wrong with the question is told now, not when the first document is asked for.
        self.find("", language=language, kinds=kinds, mode=mode)
        wanted = _Wanted(actor_registry.resolve(actors), language, kinds, mode, only_named, explain)
        return self._predict_many(texts, wanted)

    def _predict_many(self, texts: Iterable[str], wanted: _Wanted) -> Iterator[Document]:
        matcher = matcher_for(wanted.actors)
        waiting: deque[tuple[_Task, list[Future[Outputs]]]] = deque()
        ahead = self._runtime.threads * self._options.look_ahead
        # The same dispatch stands in many articles: what this call has read lately is not read again.
        repeats = Repeats()
        numbers = itertools.count()
        source = iter(texts)
        broken: Exception | None = None
        try:
            while True:
                try:
                    text = next(source)
                except StopIteration:
                    break
                except Exception as error:  # the caller's own: what was read before it is answered first
                    broken = error
                    break
                task = self._prepare_one(next(numbers), text, wanted)
                waiting.append((task, self._runtime.submit(task.windows, repeats=repeats)))
                while waiting and (len(waiting) > ahead or all(future.done() for future in waiting[0][1])):
                    yield self._finish_waiting(waiting, wanted, matcher)
            while waiting:
                yield self._finish_waiting(waiting, wanted, matcher)
        finally:
            # A caller that wants no more documents shall not pay for those begun.
            for _, futures in waiting:
                for future in futures:
                    future.cancel()
        if broken is not None:
            raise broken

    def _prepare_one(self, number: int, text: object, wanted: _Wanted) -> _Task:
        """Prepare one item of many; one that cannot be read fails alone, and its document says why."""
        if not isinstance(text, str):
            kind = type(text).__name__
            return _Task("", None, warnings=[f"item {number} was not read: text must be str, not {kind}"])
        try:
            return self._prepare(text, wanted)
        except Exception as error:
            log.exception("item %d was not read", number)
            return _Task(text, None, warnings=[f"item {number} was not read: {type(error).__name__}: {error}"])

    def _finish_waiting(
        self, waiting: deque[tuple[_Task, list[Future[Outputs]]]], wanted: _Wanted, matcher: ActorMatcher
    ) -> Document:
        task, futures = waiting.popleft()
        task.outputs.extend(results(futures))
        return self._finish(task, wanted, matcher)

    def classify(
        self,
        statements: Iterable[str | Statement],
        *,
        actors: Actors | None = None,
        speakers: Sequence[str | None] | None = None,
        contexts: Sequence[str | None] | None = None,
        explain: bool = False,
    ) -> list[Prediction]:
        """Return stances and sentiment of statements that are at hand already; see :func:`stance.classify`."""
        if not isinstance(explain, bool):
            raise InputError(f"explain must be True or False, not {explain!r}")
        given = as_statements(statements, speakers, contexts)
        asked = actor_registry.resolve(actors)
        matcher = matcher_for(asked)
        small = [_without_capitals(statement) for statement in given]
        encodings: list[Encoding] = []
        futures: list[Future[Outputs]] = []
        repeats = Repeats(room=max(1, len(given)))
        # Each is on its way to the model while the next is encoded.
        for statement, ignore_case in zip(given, small, strict=True):
            encoding = self._encode(statement, asked, _finder(matcher, asked, None, ignore_case=ignore_case))
            encodings.append(encoding)
            if len(given) > 1:
                futures += self._runtime.submit(_windows(encoding), repeats=repeats)
        outputs = iter(results(futures) if len(given) != 1 else self._runtime.run(_windows(encodings[0])))
        predictions = [
            self._prediction(
                statement,
                encoding,
                list(itertools.islice(outputs, len(encoding.windows))),
                asked,
                [(m.actor, m.start, m.end) for m in matcher.find(statement.text, ignore_case=ignore_case)],
            )
            for statement, encoding, ignore_case in zip(given, encodings, small, strict=True)
        ]
        if explain:
            finders = (_finder(matcher, asked, None, ignore_case=ignore_case) for ignore_case in small)
            return [self._explained(one, asked, find) for one, find in zip(predictions, finders, strict=True)]
        return predictions

    def _explained(self, prediction: Prediction, asked: Sequence[Actor], find: Finder) -> Prediction:
        """Return a prediction with the words that carry its stances: the statement is read again without each."""
        parts = parts_of(prediction.statement) if needs_words(prediction) else []
        encodings = [self._encode(without(prediction.statement, part), asked, find) for part in parts]
        outputs = iter(self._runtime.run([ids for encoding in encodings for ids in _windows(encoding)]))
        hidden = [
            self._probabilities(list(itertools.islice(outputs, len(encoding.windows))), asked) for encoding in encodings
        ]
        return explained(prediction, parts, hidden)

    def _encode(self, statement: Statement, asked: Sequence[Actor], find: Finder) -> Encoding:
        wordings = [actor.wording or actor.name for actor in asked]
        return self._encoder.encode(
            statement.text, wordings, speaker=statement.speaker, context=statement.context, find=find
        )

    def _prepare(self, text: str, wanted: _Wanted) -> _Task:
        if not isinstance(text, str):
            raise TypeError(f"text must be str, not {type(text).__name__}")
        small = without_capitals(text)
        if wanted.only_named:
            language, named = _language_and_naming(text, wanted, ignore_case=small)
            if not named:
                return _Task(text, language)
        found = self.find(text, language=wanted.language, kinds=wanted.kinds, mode=wanted.mode)
        return self._encode_found(text, found, wanted, ignore_case=small)

    def _encode_found(
        self, text: str, found: quotes.Extraction, wanted: _Wanted, *, ignore_case: bool, first: int = 1
    ) -> _Task:
        asked = wanted.actors
        find = _finder(matcher_for(asked), asked, found.language, ignore_case=ignore_case)
        statements = tuple(one for one in found.statements if not wanted.only_named or _names_any(find, one))
        encodings = tuple(self._encode(statement, asked, find) for statement in statements)
        warnings = list(found.warnings)
        for number, encoding in enumerate(encodings, first):
            if len(encoding.windows) > 1:
                tokens = self._encoder.lengths.text
                warnings.append(
                    f"statement {number} is longer than the encoder reads at once ({tokens} tokens with its context); "
                    f"it was read in {len(encoding.windows)} windows"
                )
            if encoding.context_shortened:
                warnings.append(f"of the sentences around statement {number} only the nearest words were read")
        return _Task(text, found.language, statements, encodings, warnings, ignore_case=ignore_case)

    def _finish(self, task: _Task, wanted: _Wanted, matcher: ActorMatcher) -> Document:
        outputs = iter(task.outputs)
        places = matcher.find(task.text, language=task.language, ignore_case=task.ignore_case)
        mentions = [(m.actor, m.start, m.end) for m in places]
        predictions = [
            self._prediction(
                statement,
                encoding,
                list(itertools.islice(outputs, len(encoding.windows))),
                wanted.actors,
                [m for m in mentions if any(start <= m[1] and m[2] <= end for start, end in statement.spans)],
            )
            for statement, encoding in zip(task.statements, task.encodings, strict=True)
        ]
        if wanted.explain:
            find = _finder(matcher, wanted.actors, task.language, ignore_case=task.ignore_case)
            predictions = [self._explained(prediction, wanted.actors, find) for prediction in predictions]
        return Document(task.text, task.language, tuple(predictions), tuple(task.warnings))

    def _prediction(
        self,
        statement: Statement,
        encoding: Encoding,
        outputs: Sequence[Outputs],
        asked: Sequence[Actor],
        mentions: Sequence[tuple[str, int, int]],
    ) -> Prediction:
        tones = [_softmax(output.sentiment, *self._scaling["sentiment"]) for output in outputs]
        lengths = np.array([window.tokens for window in encoding.windows], dtype=np.float64) + 1e-9
        stances = {}
        for name, probabilities in self._probabilities(outputs, asked).items():
            spans: tuple[Span, ...] = tuple((start, end) for actor, start, end in mentions if actor == name)
            label = _most_likely(StanceLabel, probabilities)
            stances[name] = Stance(name, label, probabilities[label], probabilities, spans)
        shares = _shares(SentimentLabel, np.average(np.stack(tones), axis=0, weights=lengths))
        tone = _most_likely(SentimentLabel, shares)
        return Prediction(statement, stances, Sentiment(tone, shares[tone], shares))

    def _probabilities(self, outputs: Sequence[Outputs], asked: Sequence[Actor]) -> dict[str, dict[str, float]]:
        """Return the calibrated probabilities of a statement's stances, by actor and label."""
        found = {}
        for place, actor in enumerate(asked):
            windows = np.stack([_softmax(output.stance[place], *self._scaling["stance"]) for output in outputs])
            # Of a statement in several windows, those that speak of the actor tell its stance.
            related = 1.0 - windows[:, list(StanceLabel).index(StanceLabel.UNRELATED)]
            found[actor.name] = _shares(StanceLabel, np.average(windows, axis=0, weights=related + 1e-9))
        return found


def _rebuild(path: Path, precision: str, options: RuntimeOptions) -> Predictor:
    return Predictor(ModelFolder.open(path), precision=precision, options=options)


def _without_capitals(statement: Statement) -> bool:
    """Tell whether a statement with its context has no capitals: a fragment alone may have none by chance."""
    return without_capitals(f"{statement.text} {statement.context or ''}")


def _finder(matcher: ActorMatcher, asked: Sequence[Actor], language: str | None, *, ignore_case: bool) -> Finder:
    places = {actor.name: place for place, actor in enumerate(asked)}

    def find(text: str) -> Iterator[tuple[int, int, int]]:
        for mention in matcher.find(text, language=language, ignore_case=ignore_case):
            yield places[mention.actor], mention.start, mention.end

    return find


def _language_and_naming(text: str, wanted: _Wanted, *, ignore_case: bool) -> tuple[str | None, bool]:
    """Return a text's language and whether it names any of the actors."""
    cleaned = clean(text).text
    language = quotes.language_of(cleaned, language=wanted.language)
    find = _finder(matcher_for(wanted.actors), wanted.actors, language, ignore_case=ignore_case)
    return language, any(find(readable(cleaned)))


def _windows(encoding: Encoding) -> list[npt.NDArray[np.int64]]:
    return [window.input_ids for window in encoding.windows]


def _names_any(find: Finder, statement: Statement) -> bool:
    """Tell whether a statement, its speaker or the sentences around it name an actor that is looked for."""
    parts = (statement.text, statement.speaker, statement.context)
    return any(next(iter(find(readable(part))), None) is not None for part in parts if part)


def _softmax(logits: npt.NDArray[np.floating], temperatures: FloatArray, offsets: FloatArray) -> FloatArray:
    scaled = logits.astype(np.float64) / temperatures + offsets
    exponents = np.exp(scaled - scaled.max())
    shares: FloatArray = exponents / exponents.sum()
    return shares


def _shares(labels: type[Label], shares: FloatArray) -> dict[str, float]:
    return {label.value: float(share) for label, share in zip(labels, shares, strict=True)}


def _most_likely(labels: type[Label], probabilities: Mapping[str, float]) -> Label:
    return labels(max(probabilities, key=probabilities.__getitem__))
