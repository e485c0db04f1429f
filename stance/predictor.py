"""From text to answers: extraction, actors, encoding, the model, calibrated probabilities. Orchestration only."""

from __future__ import annotations

import itertools
import logging
from collections import deque
from collections.abc import Collection, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from stance import actors as actor_registry
from stance import quotes
from stance.actors import ActorMatcher, matcher_for, without_capitals
from stance.encoding import Encoding, Finder, StatementEncoder
from stance.errors import InputError, ModelError, StanceError
from stance.explanation import explained, needs_words, parts_of, without
from stance.folder import ModelFolder
from stance.given import as_statements, placed
from stance.judging import Judge
from stance.naming import (
    Mentions,
    Surroundings,
    finder,
    has_no_capitals,
    inside,
    language_and_naming,
    mentions_in,
    names_any,
)
from stance.question import Question
from stance.runtime import Outputs, Progress, Repeats, Runtime, RuntimeOptions, results
from stance.tagging.finder import StatementFinder
from stance.types import (
    Actor,
    Document,
    ExtractionMode,
    Prediction,
    Statement,
    StatementKind,
)

log = logging.getLogger(__name__)

Actors = Iterable[str | Actor]
Kinds = Collection[StatementKind | str]
Mode = ExtractionMode | str


@dataclass(frozen=True, slots=True)
class Unread:
    """An item of many that could not be read, and what went wrong with it; the others are not touched by it."""

    item: object
    error: Exception

    @property
    def reason(self) -> str:
        """What went wrong, in words."""
        told = str(self.error)
        return told if isinstance(self.error, StanceError) else f"{type(self.error).__name__}: {told}"


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


@dataclass(frozen=True, slots=True)
class _Begun:
    """An item of many whose outputs are on their way, or that failed already."""

    text: object
    task: _Task | None
    futures: list[Future[Outputs]]
    error: Exception | None = None

    @property
    def done(self) -> bool:
        return all(future.done() for future in self.futures)


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
        self._judge = Judge(folder)

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
        self,
        text: str,
        *,
        language: str | None = None,
        kinds: Kinds | None = None,
        mode: Mode = ExtractionMode.FULL,
        progress: Progress | None = None,
    ) -> quotes.Extraction:
        """Return the statements of a text with its language and warnings; the options are those of ``extract``.

        ``progress`` is called with how many parts of the text are searched and how many there are.
        """
        return self._finder.extract(text, language=language, kinds=kinds, mode=mode, progress=progress)

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
        question = Question.of(
            actors=actors, language=language, kinds=kinds, mode=mode, only_named=only_named, explain=explain
        )
        return self.answer(text, question)

    def answer(self, text: str, question: Question) -> Document:
        """Return the answer to a question that is at hand: what ``predict`` gives."""
        if question.only_named:
            # What is wrong with the question is told even where no actor is named and nothing is looked for.
            self._check(question)
        task = self._prepare(text, question)
        task.outputs.extend(self._runtime.run(task.windows))
        return self._finish(task, question, matcher_for(question.actors))

    def _check(self, question: Question) -> None:
        """Raise ModelError where the model cannot be opened, or cannot do what is asked."""
        self._runtime.open()
        self.find("", language=question.language, kinds=question.kinds, mode=question.mode)

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
        question = Question.of(actors=actors, language=found.language, only_named=only_named, explain=explain)
        task = self._encode_found(text, found, question, ignore_case=without_capitals(text), first=first)
        task.outputs.extend(self._runtime.run(task.windows))
        return self._finish(task, question, matcher_for(question.actors))

    def judge_statements(
        self, statements: Sequence[Statement], around: Surroundings, question: Question, *, first: int = 1
    ) -> tuple[tuple[Prediction, ...], tuple[str, ...]]:
        """Return the predictions for some statements of a text, and what a reader must know of them.

        It needs no more of the text than :func:`stance.naming.surroundings_of` tells, so that a long one is looked at
        once and not again for every part of its statements. ``first`` is the number of the first in the warnings.
        """
        found = quotes.Extraction(around.language, tuple(statements))
        task = self._encode_found("", found, question, ignore_case=around.ignore_case, first=first)
        task.outputs.extend(self._runtime.run(task.windows))
        return self._predictions(task, question, around.mentions), tuple(task.warnings)

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
        question = Question.of(
            actors=actors, language=language, kinds=kinds, mode=mode, only_named=only_named, explain=explain
        )
        return _told(self.answers(texts, question))

    def answers(self, texts: Iterable[object], question: Question) -> Generator[Document | Unread]:
        """Yield the answer to every text, lazily and in order; for one that cannot be read, an ``Unread`` in its place.

        An error of ``texts`` itself comes through when what was read before it has been answered. The options are those
        of ``predict_many``, which gives a document with a warning in place of an ``Unread``.
        """
        if isinstance(texts, str | bytes):
            raise TypeError("texts must be several texts, not one; use predict for one text")
        # What is wrong with the question is told now, not when the first document is asked for.
        self._check(question)
        return self._answers(texts, question)

    def _answers(self, texts: Iterable[object], question: Question) -> Generator[Document | Unread]:
        waiting: deque[_Begun] = deque()
        ahead = self._runtime.threads * self._options.look_ahead
        # The same dispatch stands in many articles: what this call has read lately is not read again.
        repeats = Repeats()
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
                waiting.append(self._begin(text, question, repeats))
                while waiting and (len(waiting) > ahead or waiting[0].done):
                    yield self._end(waiting.popleft(), question)
            while waiting:
                yield self._end(waiting.popleft(), question)
        finally:
            # A caller that wants no more documents shall not pay for those begun.
            for begun in waiting:
                for future in begun.futures:
                    future.cancel()
        if broken is not None:
            raise broken

    def _begin(self, text: object, question: Question, repeats: Repeats) -> _Begun:
        """Prepare one item of many and start to compute it; one that cannot be read fails alone."""
        try:
            if not isinstance(text, str):
                raise InputError(f"text must be str, not {type(text).__name__}")
            task = self._prepare(text, question)
            return _Begun(text, task, self._runtime.submit(task.windows, repeats=repeats))
        except ModelError:  # of every item, not of this one
            raise
        except Exception as error:
            return _Begun(text, None, [], error)

    def _end(self, begun: _Begun, question: Question) -> Document | Unread:
        try:
            if begun.error is not None:
                raise begun.error
            assert begun.task is not None
            # None of them is cancelled after an error: other items may wait for the same windows.
            begun.task.outputs.extend(future.result() for future in begun.futures)
            return self._finish(begun.task, question, matcher_for(question.actors))
        except ModelError:
            raise
        except Exception as error:
            if not isinstance(error, StanceError):
                log.exception("an item was not read")
            return Unread(begun.text, error)

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
        small = [has_no_capitals(statement) for statement in given]
        encodings: list[Encoding] = []
        futures: list[Future[Outputs]] = []
        repeats = Repeats(room=max(1, len(given)))
        # Each is on its way to the model while the next is encoded.
        for statement, ignore_case in zip(given, small, strict=True):
            encoding = self._encode(statement, asked, finder(matcher, asked, None, ignore_case=ignore_case))
            encodings.append(encoding)
            if len(given) > 1:
                futures += self._runtime.submit(_windows(encoding), repeats=repeats)
        outputs = iter(results(futures) if len(given) != 1 else self._runtime.run(_windows(encodings[0])))
        predictions = [
            self._judge.prediction(
                statement,
                encoding,
                list(itertools.islice(outputs, len(encoding.windows))),
                asked,
                [
                    (m.actor, *placed(statement, m.start, m.end))
                    for m in matcher.find(statement.text, ignore_case=ignore_case)
                ],
            )
            for statement, encoding, ignore_case in zip(given, encodings, small, strict=True)
        ]
        if explain:
            finders = (finder(matcher, asked, None, ignore_case=ignore_case) for ignore_case in small)
            return [self._explained(one, asked, find) for one, find in zip(predictions, finders, strict=True)]
        return predictions

    def _explained(self, prediction: Prediction, asked: Sequence[Actor], find: Finder) -> Prediction:
        """Return a prediction with the words that carry its stances: the statement is read again without each."""
        parts = parts_of(prediction.statement) if needs_words(prediction) else []
        encodings = [self._encode(without(prediction.statement, part), asked, find) for part in parts]
        outputs = iter(self._runtime.run([ids for encoding in encodings for ids in _windows(encoding)]))
        hidden = [
            self._judge.probabilities(list(itertools.islice(outputs, len(encoding.windows))), asked)
            for encoding in encodings
        ]
        return explained(prediction, parts, hidden)

    def _encode(self, statement: Statement, asked: Sequence[Actor], find: Finder) -> Encoding:
        wordings = [actor.wording or actor.name for actor in asked]
        return self._encoder.encode(
            statement.text, wordings, speaker=statement.speaker, context=statement.context, find=find
        )

    def _prepare(self, text: str, question: Question) -> _Task:
        if not isinstance(text, str):
            raise TypeError(f"text must be str, not {type(text).__name__}")
        small = without_capitals(text)
        if question.only_named:
            language, named = language_and_naming(text, question, ignore_case=small)
            if not named:
                return _Task(text, language)
        found = self.find(text, language=question.language, kinds=question.kinds, mode=question.mode)
        return self._encode_found(text, found, question, ignore_case=small)

    def _encode_found(
        self, text: str, found: quotes.Extraction, question: Question, *, ignore_case: bool, first: int = 1
    ) -> _Task:
        asked = question.actors
        find = finder(matcher_for(asked), asked, found.language, ignore_case=ignore_case)
        statements = tuple(one for one in found.statements if not question.only_named or names_any(find, one))
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

    def _finish(self, task: _Task, question: Question, matcher: ActorMatcher) -> Document:
        mentions = mentions_in(task.text, matcher, language=task.language, ignore_case=task.ignore_case)
        return Document(task.text, task.language, self._predictions(task, question, mentions), tuple(task.warnings))

    def _predictions(self, task: _Task, question: Question, mentions: Mentions) -> tuple[Prediction, ...]:
        outputs = iter(task.outputs)
        predictions = [
            self._judge.prediction(
                statement,
                encoding,
                list(itertools.islice(outputs, len(encoding.windows))),
                question.actors,
                inside(mentions, statement.spans),
            )
            for statement, encoding in zip(task.statements, task.encodings, strict=True)
        ]
        if question.explain:
            matcher = matcher_for(question.actors)
            find = finder(matcher, question.actors, task.language, ignore_case=task.ignore_case)
            predictions = [self._explained(prediction, question.actors, find) for prediction in predictions]
        return tuple(predictions)


def _told(answers: Generator[Document | Unread]) -> Iterator[Document]:
    """Yield documents alone: one with a warning where an item could not be read."""
    with closing(answers):
        for number, answer in enumerate(answers):
            if isinstance(answer, Unread):
                text = answer.item if isinstance(answer.item, str) else ""
                answer = Document(text, None, warnings=(f"item {number} was not read: {answer.reason}",))
            yield answer


def _rebuild(path: Path, precision: str, options: RuntimeOptions) -> Predictor:
    return Predictor(ModelFolder.open(path), precision=precision, options=options)


def _windows(encoding: Encoding) -> list[npt.NDArray[np.int64]]:
    return [window.input_ids for window in encoding.windows]
