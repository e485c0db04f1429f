"""What the commands share: their options, how they open inputs and the model, and how a process ends."""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from stance.cli.inputs import STDIN, Inputs
from stance.cli.output import Format
from stance.errors import InputError, StanceError
from stance.types import Actor, Document, ExtractionMode, StatementKind

if TYPE_CHECKING:
    from stance.predictor import Predictor
    from stance.question import Question

SOME_FAILED, USAGE, INTERRUPTED = 1, 2, 130


class Precision(StrEnum):
    """Which file of the model is computed with."""

    AUTO = "auto"
    INT8 = "int8"
    FP32 = "fp32"


Files = Annotated[list[str], typer.Argument(metavar="FILE...", help="Text files in UTF-8; - for standard input.")]
RecordFiles = Annotated[
    list[str],
    typer.Argument(
        metavar="FILE.jsonl...",
        help="One JSON object a line: text, and if known id, speaker and context; - for standard input.",
    ),
]
FormatOption = Annotated[Format, typer.Option("--format", help="Form of the output; jsonl is one answer a line.")]
# None where it is not given, so that one that a table cannot have is told.
ChosenFormatOption = Annotated[
    Format | None,
    typer.Option("--format", help="Form of the output: table (the default), json, or jsonl, one answer a line."),
]
ActorsOption = Annotated[
    list[str] | None,
    typer.Option("--actors", metavar="NAME,...", help="Actors to ask about; by default NATO, Russia, DPRK, China."),
]
KindsOption = Annotated[
    list[str] | None,
    typer.Option("--kinds", metavar="KIND,...", help=f"Only these kinds: {', '.join(StatementKind)}."),
]
ModeOption = Annotated[
    ExtractionMode,
    typer.Option("--mode", help="full: all statements; precise: nearly certain ones; rules: quoted ones, very fast."),
]
OnlyNamedOption = Annotated[
    bool, typer.Option("--only-named", help="Only statements that name one of the actors, or stand beside its name.")
]
ExplainOption = Annotated[
    bool, typer.Option("--explain", help="Tell in JSON which words carry each stance; takes several times as long.")
]
LanguageOption = Annotated[
    str | None, typer.Option("--language", metavar="CODE", help="ISO 639-1 code; detected when it is left out.")
]
ModelOption = Annotated[
    str | None, typer.Option("--model", metavar="FOLDER", help="An exported model, or fast: the package's smaller one.")
]
ThreadsOption = Annotated[
    int | None, typer.Option("--threads", min=1, help="Statements computed at a time; by default one a processor.")
]
PrecisionOption = Annotated[Precision, typer.Option("--precision", help="auto is int8 where the model has it.")]


@contextmanager
def quiet_end() -> Iterator[None]:
    """End the process in an orderly way: an error of usage, an interruption, a reader of the output who has left."""
    try:
        yield
        sys.stdout.flush()
    except InputError as error:
        raise typer.BadParameter(str(error)) from None
    except StanceError as error:
        sys.stderr.write(f"stance: {error}\n")
        raise typer.Exit(USAGE) from None
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPTED) from None
    except BrokenPipeError:
        # What is still in the buffer must not be written at exit, where it would fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(0) from None


@contextmanager
def open_inputs(names: Sequence[str]) -> Iterator[Inputs]:
    """Give the inputs of a command, and end the process with 1 if some of them failed."""
    if list(names).count(STDIN) > 1:
        raise InputError("- is given more than once; standard input can be read once")
    inputs = Inputs(names)
    try:
        yield inputs
    finally:
        inputs.clear_status()
    if inputs.failed:
        sys.stdout.flush()
        raise typer.Exit(SOME_FAILED)


def split(values: Sequence[str] | None) -> list[str] | None:
    """Return the items of comma lists; None if there was no list."""
    if values is None or not list(values):
        return None
    items = [item.strip() for value in values for item in value.split(",")]
    return [item for item in items if item]


def check(language: str | None, kinds: list[str] | None) -> list[str] | None:
    """Return the kinds; InputError for a wrong kind or language, before any file is read."""
    from stance import quotes

    quotes.extract("", language=language, kinds=kinds)
    return kinds


def resolve_actors(actors: Sequence[str] | None) -> tuple[Actor, ...]:
    """Return the actors of the option ``--actors``; the default ones where it was not given."""
    from stance.actors import resolve

    return resolve(split(actors))


def open_predictor(model: str | None, threads: int | None, precision: Precision) -> Predictor:
    """Open the model that the options name."""
    from stance.predictor import Predictor

    return Predictor.load(model, threads=threads, precision=precision.value)


def answers(inputs: Inputs, predictor: Predictor, question: Question) -> Iterator[tuple[str, Document]]:
    """Yield the name and the document of every input in order; one that cannot be read is told on stderr."""
    from stance.predictor import Unread

    names: deque[str] = deque()

    def texts() -> Iterator[str]:
        for name, text in inputs.texts():
            names.append(name)
            yield text

    done = 0
    for answer in predictor.answers(texts(), question):
        inputs.clear_status()
        name = names.popleft()
        if isinstance(answer, Unread):
            inputs.fail(f"{name}: {answer.reason}")
        else:
            done += 1
            yield name, answer
        inputs.show_status(done + inputs.failed)
