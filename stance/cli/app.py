"""The commands and their options."""

from __future__ import annotations

import itertools
import os
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from stance.cli.inputs import STDIN, Inputs, StatementRecord
from stance.cli.output import Format, JsonWriter, TableWriter, Writer, use_utf8
from stance.errors import InputError, StanceError
from stance.types import Actor, ExtractionMode, StatementKind
from stance.version import __version__

if TYPE_CHECKING:
    from stance.predictor import Predictor

SOME_FAILED, USAGE, INTERRUPTED = 1, 2, 130
_CHUNK = 64  # statements that classify computes before it writes them

app = typer.Typer(
    name="stance",
    help="Find the quoted statements of news, who said them, and their stance toward countries and organisations.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


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


def main() -> None:
    """Run the command line; ends the process with 0, with 1 if some inputs failed, or with 2 for wrong usage."""
    use_utf8(sys.stdout)
    use_utf8(sys.stderr)
    app()


@app.callback(invoke_without_command=True)
def _root(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        typer.echo(__version__)
        raise typer.Exit


@app.command()
def predict(
    files: Files,
    form: FormatOption = Format.TABLE,
    actors: ActorsOption = None,
    kinds: KindsOption = None,
    mode: ModeOption = ExtractionMode.FULL,
    only_named: OnlyNamedOption = False,
    language: LanguageOption = None,
    model: ModelOption = None,
    threads: ThreadsOption = None,
    precision: PrecisionOption = Precision.AUTO,
) -> None:
    """Print the statements of texts with their speakers, stances and sentiment."""
    with _quiet_end(), _inputs(files) as inputs:
        asked = _resolve(actors)
        wanted = _check(language, _split(kinds))
        predictor = _open(model, threads, precision)
        writer = _writer(form, inputs, asked)
        names: deque[str] = deque()

        def texts() -> Iterator[str]:
            for name, text in inputs.texts():
                names.append(name)
                yield text

        documents = predictor.predict_many(
            texts(), actors=asked, language=language, kinds=wanted, mode=mode, only_named=only_named
        )
        for done, document in enumerate(documents, 1):
            inputs.clear_status()
            writer.document(names.popleft(), document.language, document.warnings, document.predictions)
            inputs.show_status(done + inputs.failed)
        writer.close()


@app.command()
def extract(
    files: Files,
    form: FormatOption = Format.TABLE,
    kinds: KindsOption = None,
    mode: ModeOption = ExtractionMode.FULL,
    language: LanguageOption = None,
    model: ModelOption = None,
    precision: PrecisionOption = Precision.AUTO,
) -> None:
    """Print the statements of texts with their speakers alone; with --mode rules no model is needed."""
    with _quiet_end(), _inputs(files) as inputs:
        from stance import quotes

        wanted = _check(language, _split(kinds))
        predictor = None if mode is ExtractionMode.RULES else _open(model, None, precision)
        writer = _writer(form, inputs, ())
        for done, (name, text) in enumerate(inputs.texts(), 1):
            if predictor is None:
                found = quotes.extract(text, language=language, kinds=wanted)
            else:
                found = predictor.find(text, language=language, kinds=wanted, mode=mode)
            inputs.clear_status()
            writer.document(name, found.language, found.warnings, found.statements)
            inputs.show_status(done + inputs.failed)
        writer.close()


@app.command()
def classify(
    files: RecordFiles,
    form: FormatOption = Format.JSONL,
    actors: ActorsOption = None,
    model: ModelOption = None,
    threads: ThreadsOption = None,
    precision: PrecisionOption = Precision.AUTO,
) -> None:
    """Print stances and sentiment of statements that are at hand already, one answer a line."""
    with _quiet_end(), _inputs(files) as inputs:
        asked = _resolve(actors)
        predictor = _open(model, threads, precision)
        # A JSONL file is many answers, so that JSON is a list of them even where there is one file.
        writer = _writer(form, inputs, asked, several=True)
        for done, (name, text) in enumerate(inputs.texts(), 1):
            for chunk in _chunks(inputs.records(name, text)):
                predictions = predictor.classify(
                    [record.text for record in chunk],
                    actors=asked,
                    speakers=[record.speaker for record in chunk],
                    contexts=[record.context for record in chunk],
                )
                inputs.clear_status()
                for record, prediction in zip(chunk, predictions, strict=True):
                    writer.record(name, record, prediction)
            inputs.show_status(done + inputs.failed)
        writer.close()


@app.command()
def info(
    form: Annotated[Format, typer.Option("--format", help="Form of the output.")] = Format.TABLE,
    model: ModelOption = None,
) -> None:
    """Print the model, the languages, the actors and the versions."""
    with _quiet_end():
        from stance.cli.about import about, print_about

        facts = about(model)
        print_about(facts, form)
        if facts.error is not None:
            sys.stderr.write(f"stance: {facts.error}\n")
            raise typer.Exit(SOME_FAILED)


@contextmanager
def _quiet_end() -> Iterator[None]:
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
def _inputs(names: Sequence[str]) -> Iterator[Inputs]:
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


def _split(values: Sequence[str] | None) -> list[str] | None:
    """Return the items of comma lists; None if there was no list."""
    if values is None or not list(values):
        return None
    items = [item.strip() for value in values for item in value.split(",")]
    return [item for item in items if item]


def _check(language: str | None, kinds: list[str] | None) -> list[str] | None:
    """Return the kinds; InputError for a wrong kind or language, before any file is read."""
    from stance import quotes

    quotes.extract("", language=language, kinds=kinds)
    return kinds


def _resolve(actors: Sequence[str] | None) -> tuple[Actor, ...]:
    from stance.actors import resolve

    return resolve(_split(actors))


def _open(model: str | None, threads: int | None, precision: Precision) -> Predictor:
    from stance.predictor import Predictor

    return Predictor.load(model, threads=threads, precision=precision.value)


def _writer(form: Format, inputs: Inputs, actors: Iterable[Actor], *, several: bool | None = None) -> Writer:
    if form is Format.TABLE:
        return TableWriter([actor.name for actor in actors])
    return JsonWriter(lines=form is Format.JSONL, several=len(inputs.names) > 1 if several is None else several)


def _chunks(records: Iterator[StatementRecord]) -> Iterator[list[StatementRecord]]:
    while chunk := list(itertools.islice(records, _CHUNK)):
        yield chunk
