"""The commands and their options."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterable, Iterator
from typing import Annotated

import typer

from stance.cli.files import (
    Asked,
    CheckpointOption,
    DelimiterOption,
    Engine,
    EngineOption,
    FailuresOption,
    ForceOption,
    IdColumnOption,
    InputFormatOption,
    KeepColumnsOption,
    OnError,
    OnErrorOption,
    OutputOption,
    ResumeOption,
    TableOptions,
    TextColumnOption,
    TextsOrTable,
    are_tables,
    predict_tables,
)
from stance.cli.inputs import Inputs, StatementRecord
from stance.cli.options import (
    SOME_FAILED,
    ActorsOption,
    ChosenFormatOption,
    ExplainOption,
    Files,
    FormatOption,
    KindsOption,
    LanguageOption,
    ModelOption,
    ModeOption,
    OnlyNamedOption,
    Precision,
    PrecisionOption,
    RecordFiles,
    ThreadsOption,
    answers,
    check,
    open_inputs,
    open_predictor,
    quiet_end,
    resolve_actors,
    split,
)
from stance.cli.output import Format, JsonWriter, TableWriter, Writer, use_utf8
from stance.cli.report import report
from stance.cli.serve import serve
from stance.types import Actor, ExtractionMode
from stance.version import __version__

_CHUNK = 64  # statements that classify computes before it writes them

app = typer.Typer(
    name="stance",
    help="Find the quoted statements of news, who said them, and their stance toward countries and organisations.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


app.command()(report)
app.command()(serve)


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
    files: TextsOrTable,
    form: ChosenFormatOption = None,
    actors: ActorsOption = None,
    kinds: KindsOption = None,
    mode: ModeOption = ExtractionMode.FULL,
    only_named: OnlyNamedOption = False,
    explain: ExplainOption = False,
    language: LanguageOption = None,
    model: ModelOption = None,
    threads: ThreadsOption = None,
    precision: PrecisionOption = Precision.AUTO,
    text_column: TextColumnOption = None,
    output: OutputOption = None,
    id_column: IdColumnOption = None,
    keep_columns: KeepColumnsOption = False,
    input_format: InputFormatOption = None,
    delimiter: DelimiterOption = None,
    resume: ResumeOption = False,
    force: ForceOption = False,
    on_error: OnErrorOption = OnError.SKIP,
    failures: FailuresOption = None,
    checkpoint_seconds: CheckpointOption = None,
    engine: EngineOption = Engine.LOCAL,
) -> None:
    """Print the statements of texts with their speakers, stances and sentiment; or write those of a table's texts."""
    options = TableOptions(
        text_column,
        output,
        id_column,
        keep_columns,
        input_format,
        delimiter,
        resume,
        force,
        on_error,
        failures,
        checkpoint_seconds,
        engine,
    )
    with quiet_end():
        tables = are_tables(files, options)
        from stance.question import Question

        question = Question.of(
            actors=split(actors),
            language=language,
            kinds=split(kinds),
            mode=mode,
            only_named=only_named,
            explain=explain,
        )
        asked = Asked(question, model, threads, precision)
        if tables:
            predict_tables(files, options, asked, form)
        else:
            _predict_texts(files, form or Format.TABLE, asked)


def _predict_texts(files: list[str], form: Format, asked: Asked) -> None:
    with open_inputs(files) as inputs:
        predictor = open_predictor(asked.model, asked.threads, asked.precision)
        writer = _writer(form, inputs, asked.question.actors)
        for name, document in answers(inputs, predictor, asked.question):
            writer.document(name, document.language, document.warnings, document.predictions)
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
    with quiet_end(), open_inputs(files) as inputs:
        from stance import quotes

        wanted = check(language, split(kinds))
        predictor = None if mode is ExtractionMode.RULES else open_predictor(model, None, precision)
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
    explain: ExplainOption = False,
    model: ModelOption = None,
    threads: ThreadsOption = None,
    precision: PrecisionOption = Precision.AUTO,
) -> None:
    """Print stances and sentiment of statements that are at hand already, one answer a line."""
    with quiet_end(), open_inputs(files) as inputs:
        asked = resolve_actors(actors)
        predictor = open_predictor(model, threads, precision)
        # A JSONL file is many answers, so that JSON is a list of them even where there is one file.
        writer = _writer(form, inputs, asked, several=True)
        for done, (name, text) in enumerate(inputs.texts(), 1):
            for chunk in _chunks(inputs.records(name, text)):
                predictions = predictor.classify(
                    [record.text for record in chunk],
                    actors=asked,
                    speakers=[record.speaker for record in chunk],
                    contexts=[record.context for record in chunk],
                    explain=explain,
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
    with quiet_end():
        from stance.cli.about import about, print_about

        facts = about(model)
        print_about(facts, form)
        if facts.error is not None:
            sys.stderr.write(f"stance: {facts.error}\n")
            raise typer.Exit(SOME_FAILED)


def _writer(form: Format, inputs: Inputs, actors: Iterable[Actor], *, several: bool | None = None) -> Writer:
    if form is Format.TABLE:
        return TableWriter([actor.name for actor in actors])
    return JsonWriter(lines=form is Format.JSONL, several=len(inputs.names) > 1 if several is None else several)


def _chunks(records: Iterator[StatementRecord]) -> Iterator[list[StatementRecord]]:
    while chunk := list(itertools.islice(records, _CHUNK)):
        yield chunk
