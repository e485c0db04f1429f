"""The functions of the package: the default model, opened once when it is first needed."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path

from stance import quotes
from stance.predictor import Predictor
from stance.types import Actor, Document, ExtractionMode, Prediction, Statement, StatementKind

_lock = threading.Lock()


@cache
def _open_default() -> Predictor:
    return Predictor.load()


def _default() -> Predictor:
    with _lock:
        return _open_default()


def load(
    folder: str | Path | None = None,
    *,
    threads: int | None = None,
    threads_per_statement: int = 1,
    spinning: bool = False,
    memory_arena: bool | None = None,
    precision: str = "auto",
) -> Predictor:
    """Open a model folder and return a predictor.

    It has the methods ``predict``, ``predict_many``, ``classify`` and ``extract`` of this module. Answers do not depend
    on the options of speed.

    Args:
        folder: A folder that ``python -m export`` wrote; None for the model of the package; ``"fast"`` for its smaller
            one, which has half the layers and no tagger.
        threads: How many statements are computed at the same time; None for as many as the process has processors.
        threads_per_statement: How many threads compute one statement; more than 1 for a program that waits for one
            statement at a time while processors are idle.
        spinning: Whether those threads wait in a loop: faster on an idle machine, slower for all on a shared one.
        memory_arena: Whether freed memory is kept for the next call. None for what is fastest: kept by one thread, and
            given back where several threads would wait for one another over it.
        precision: ``"int8"``, ``"fp32"``, or ``"auto"``: int8 where the folder has it, else fp32.

    Raises:
        ModelError: If the folder is missing, incomplete or of another format version.
        InputError: If an option has a value that cannot be used.
    """
    return Predictor.load(
        folder,
        threads=threads,
        threads_per_statement=threads_per_statement,
        spinning=spinning,
        memory_arena=memory_arena,
        precision=precision,
    )


def predict(
    text: str,
    *,
    actors: Iterable[str | Actor] | None = None,
    language: str | None = None,
    kinds: Collection[StatementKind | str] | None = None,
    mode: ExtractionMode | str = ExtractionMode.FULL,
    only_named: bool = False,
    explain: bool = False,
) -> Document:
    """Return the statements of a news text with their speakers, stances toward actors and sentiment.

    Args:
        text: The text as it is: plain or with remnants of HTML. Offsets in the answer are characters of this text.
        actors: Names, or actors of your own; None for NATO, Russia, DPRK and China.
        language: ISO 639-1 code; None to detect it.
        kinds: Which kinds of statements to give, such as ``["direct"]``; None for all.
        mode: ``"full"`` for what rules and tagger find together; ``"precise"`` for that of which the tagger is nearly
            sure, fewer statements and hardly a wrong one; ``"rules"`` for what stands in quotation marks by the rules
            alone, in a twentieth of the time.
        only_named: Leave out statements that name none of the actors, neither in their words nor in their speaker nor
            in the sentences around them: nearly all of those are unrelated to all, and a text that names no actor then
            costs next to nothing; it is not searched, so its document has no warnings either.
        explain: Tell in ``Stance.words`` which words carry each stance other than ``unrelated``: every word is hidden
            from the model in turn, so that a statement takes as many times longer as it has words, at most 48.

    Raises:
        TypeError: If the text is no str.
        StanceError: If an actor, a language, a kind or a mode cannot be used; its subclass says which.
    """
    return _default().predict(
        text, actors=actors, language=language, kinds=kinds, mode=mode, only_named=only_named, explain=explain
    )


def predict_many(
    texts: Iterable[str],
    *,
    actors: Iterable[str | Actor] | None = None,
    language: str | None = None,
    kinds: Collection[StatementKind | str] | None = None,
    mode: ExtractionMode | str = ExtractionMode.FULL,
    only_named: bool = False,
    explain: bool = False,
) -> Iterator[Document]:
    """Yield the document of every text, lazily and in order; the options are those of :func:`predict`.

    An item that is no str does not end the others: its document is empty and its ``warnings`` say what it was. The
    iterator belongs to the process that began it; a process forked meanwhile begins one of its own.
    """
    return _default().predict_many(
        texts, actors=actors, language=language, kinds=kinds, mode=mode, only_named=only_named, explain=explain
    )


def classify(
    statements: Iterable[str | Statement],
    *,
    actors: Iterable[str | Actor] | None = None,
    speakers: Sequence[str | None] | None = None,
    contexts: Sequence[str | None] | None = None,
    explain: bool = False,
) -> list[Prediction]:
    """Return stances and sentiment of statements that you have already, one prediction a statement, in order.

    Args:
        statements: Texts of statements, or statements of :func:`extract`.
        actors: Names, or actors of your own; None for NATO, Russia, DPRK and China.
        speakers: Who said each; None where it is not known.
        contexts: The reporting sentence with its neighbours for each; None where it is not known.
        explain: As in :func:`predict`.

    Raises:
        TypeError: If a statement, speaker or context is of another type; nothing has been computed then.
        InputError: If a statement is empty or the lists differ in length; it names the places.
    """
    return _default().classify(statements, actors=actors, speakers=speakers, contexts=contexts, explain=explain)


def extract(
    text: str,
    *,
    language: str | None = None,
    kinds: Collection[StatementKind | str] | None = None,
    mode: ExtractionMode | str = ExtractionMode.FULL,
) -> list[Statement]:
    """Return the statements of a text with their speakers, in order.

    The options and errors are those of :func:`predict`. In the mode ``"rules"`` no model is needed or opened.
    """
    if quotes.mode_of(mode) is ExtractionMode.RULES:
        return list(quotes.extract(text, language=language, kinds=kinds).statements)
    return _default().extract(text, language=language, kinds=kinds, mode=mode)
