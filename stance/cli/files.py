"""``stance predict`` on tables: its options, and what it tells while it runs."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stance.cli.inputs import STDIN
from stance.cli.options import SOME_FAILED, Precision, open_predictor
from stance.cli.output import Format
from stance.errors import InputError

if TYPE_CHECKING:
    from stance.files import Progress, TableJob
    from stance.question import Question

_PANEL = "Tables: .jsonl, .csv, .tsv and .parquet"
_NAMED_FAILURES = 10  # rows that failed are named on stderr up to this number where a file has them all
_STATUS_SECONDS = 0.2


class OnError(StrEnum):
    """What a row that fails does to the others."""

    SKIP = "skip"
    STOP = "stop"


class InputFormat(StrEnum):
    """Forms of a table that a file's name need not tell."""

    JSONL = "jsonl"
    CSV = "csv"
    TSV = "tsv"
    PARQUET = "parquet"


class Engine(StrEnum):
    """What the rows are computed by."""

    LOCAL = "local"
    RAY = "ray"


TextsOrTable = Annotated[
    list[str],
    typer.Argument(metavar="FILE...", help="Text files in UTF-8, or a table with --text-column; - for standard input."),
]
TextColumnOption = Annotated[
    str | None,
    typer.Option(
        "--text-column",
        metavar="NAME",
        help="The column, or key, of the texts; a table needs it.",
        rich_help_panel=_PANEL,
    ),
]
OutputOption = Annotated[
    str | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="Where the answers go: .jsonl, .parquet, or without warnings .csv, .tsv; JSON Lines on standard output "
        "without it.",
        rich_help_panel=_PANEL,
    ),
]
IdColumnOption = Annotated[
    str | None,
    typer.Option("--id-column", metavar="NAME", help="The column that names the rows.", rich_help_panel=_PANEL),
]
KeepColumnsOption = Annotated[
    bool,
    typer.Option(
        "--keep-columns", help="Put the input's other columns into .jsonl and .csv too.", rich_help_panel=_PANEL
    ),
]
InputFormatOption = Annotated[
    InputFormat | None,
    typer.Option("--input-format", help="Form of the table, where its name does not tell.", rich_help_panel=_PANEL),
]
DelimiterOption = Annotated[
    str | None,
    typer.Option("--delimiter", metavar="SIGN", help="What stands between the fields of CSV.", rich_help_panel=_PANEL),
]
ResumeOption = Annotated[
    bool, typer.Option("--resume", help="Go on where an interrupted run stopped, if one did.", rich_help_panel=_PANEL)
]
ForceOption = Annotated[
    bool, typer.Option("--force", help="Begin anew, over an output that is there.", rich_help_panel=_PANEL)
]
OnErrorOption = Annotated[
    OnError, typer.Option("--on-error", help="What to do at a row that fails.", rich_help_panel=_PANEL)
]
FailuresOption = Annotated[
    str | None,
    typer.Option(
        "--failures",
        metavar="FILE",
        help="Where rows that failed go; OUTPUT.failures.jsonl without it.",
        rich_help_panel=_PANEL,
    ),
]
CheckpointOption = Annotated[
    float | None,
    typer.Option(
        "--checkpoint-seconds",
        min=0,
        help="How often what is done is made to last; 5, or 30 for Parquet.",
        rich_help_panel=_PANEL,
    ),
]
EngineOption = Annotated[
    Engine,
    typer.Option(
        "--engine",
        help="ray: Parquet files or folders to a folder, on all machines of a cluster.",
        rich_help_panel=_PANEL,
    ),
]


@dataclass(frozen=True, slots=True)
class TableOptions:
    """The options of this module, as they were given."""

    text_column: str | None = None
    output: str | None = None
    id_column: str | None = None
    keep_columns: bool = False
    input_format: InputFormat | None = None
    delimiter: str | None = None
    resume: bool = False
    force: bool = False
    on_error: OnError = OnError.SKIP
    failures: str | None = None
    checkpoint_seconds: float | None = None
    engine: Engine = Engine.LOCAL

    def given(self) -> list[str]:
        """Return the names of those that are not as they are by themselves."""
        standard = TableOptions()
        names = [name for name in self.__slots__ if getattr(self, name) != getattr(standard, name)]
        return [f"--{name.replace('_', '-')}" for name in names]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of the texts, and of which model."""

    question: Question
    model: str | None
    threads: int | None
    precision: Precision


def are_tables(files: Sequence[str], options: TableOptions) -> bool:
    """Tell whether the inputs are tables; InputError for a table of which it is not known where the texts are."""
    if options.text_column is not None:
        return True
    from stance.files import is_table

    table = next((name for name in files if name != STDIN and is_table(name)), None)
    if table is not None:
        raise InputError(f"{table} is a table: say with --text-column NAME which of its columns has the texts")
    if options.given():
        raise InputError(f"{options.given()[0]} is for tables: give --text-column NAME with it")
    return False


def predict_tables(files: Sequence[str], options: TableOptions, asked: Asked, form: Format | None) -> None:
    """Answer the texts of a table; ends the process with 1 if some rows failed."""
    if form in (Format.JSON, Format.TABLE):
        raise InputError(f"--format {form} is not for tables; the name of --output tells its form")
    if options.engine is Engine.RAY:
        _predict_by_ray(files, options, asked)
        return
    if len(files) != 1:
        raise InputError(f"one table is read at a time, not {len(files)}; call the command once for each")
    from stance.files import RowFailedError, UnreadableTableError, predict_table, resumable

    job = _job(files[0], options, asked)
    if form is Format.JSONL and job.output_form != form.value:
        raise InputError(f"--format jsonl is not for {job.output}; the name of --output tells its form")
    status = _Status(job)
    try:
        progress = predict_table(
            job, lambda: open_predictor(asked.model, asked.threads, asked.precision), watch=status.show
        )
    except (RowFailedError, UnreadableTableError, OSError) as error:
        status.clear()
        if isinstance(error, BrokenPipeError):
            raise
        again = "; go on with --resume" if resumable(job) and not isinstance(error, UnreadableTableError) else ""
        sys.stderr.write(f"stance: {_of_the_system(error, job) if isinstance(error, OSError) else error}{again}\n")
        raise typer.Exit(SOME_FAILED) from None
    except KeyboardInterrupt:
        status.clear()
        if resumable(job):
            sys.stderr.write("stance: interrupted; go on with --resume\n")
        raise
    status.end(progress)
    if progress.failed:
        raise typer.Exit(SOME_FAILED)


def _of_the_system(error: OSError, job: TableJob) -> str:
    """Return what the system says is wrong, and with which file; it does not name one that is open already."""
    output = "standard output" if job.output is None else str(job.output)
    named = "" if error.filename is None else str(error.filename)
    # What stands beside the output is ours, and means nothing to the user.
    name = output if not named or Path(named).name.startswith(Path(output).name) else named
    return f"{name}: {error.strerror or error}"


def _job(name: str, options: TableOptions, asked: Asked) -> TableJob:
    from stance.files import FileFormat, OnError, TableJob

    return TableJob(
        name,
        options.text_column or "",
        output=None if options.output is None else Path(options.output),
        id_column=options.id_column,
        input_format=None if options.input_format is None else FileFormat(options.input_format),
        delimiter=options.delimiter,
        keep_columns=options.keep_columns,
        failures=None if options.failures is None else Path(options.failures),
        on_error=OnError(options.on_error),
        resume=options.resume,
        force=options.force,
        checkpoint_seconds=options.checkpoint_seconds,
        question=asked.question,
    )


class _Status:
    """What is told on stderr: rows that fail, and how far the run is where somebody sits there to read it."""

    def __init__(self, job: TableJob) -> None:
        self._job = job
        self._named = 0
        self._width = 0
        self._last = 0.0
        self._shown = sys.stderr.isatty()

    def show(self, progress: Progress) -> None:
        """Tell of a row that is done."""
        if progress.failure is not None and (self._job.failures_file is None or self._named < _NAMED_FAILURES):
            self.clear()
            self._named += 1
            sys.stderr.write(f"stance: {self._job.input}: {progress.failure}\n")
        now = time.monotonic()
        if self._shown and now - self._last >= _STATUS_SECONDS:
            self._last = now
            self.clear()
            status = _told(progress)
            self._width = len(status)
            sys.stderr.write(status)
            sys.stderr.flush()

    def clear(self) -> None:
        """Take the status away, before something else is written to the same terminal."""
        if self._width:
            sys.stderr.write("\r" + " " * self._width + "\r")
            sys.stderr.flush()
            self._width = 0

    def end(self, progress: Progress) -> None:
        """Tell how it ended, where there is something to tell."""
        self.clear()
        if progress.finished:
            sys.stderr.write(f"stance: {self._job.output} is finished; there is nothing to go on with\n")
        for name in progress.renamed:
            sys.stderr.write(f"stance: the input's column {name!r} is called 'input_{name}' in {self._job.output}\n")
        if self._shown and not progress.finished:
            sys.stderr.write(f"{_told(progress)}\n")
        if progress.warned and self._job.output_form in ("csv", "tsv"):
            sys.stderr.write(
                f"stance: {progress.warned:,} rows have warnings, which {self._job.output_form} has no column for; "
                ".jsonl and .parquet have them\n"
            )
        if progress.failed and self._job.failures_file is not None:
            sys.stderr.write(
                f"stance: {progress.failed:,} of {progress.rows:,} rows failed; they are in {self._job.failures_file}\n"
            )


def _told(progress: Progress) -> str:
    pace = progress.new / progress.seconds if progress.seconds else 0.0
    return f"{progress.rows:,} rows done, {pace:,.1f} a second, {progress.failed:,} failed"


def _predict_by_ray(files: Sequence[str], options: TableOptions, asked: Asked) -> None:
    strange = [name for name in options.given() if name not in ("--text-column", "--output", "--engine")]
    if strange:
        raise InputError(f"{strange[0]} is not for --engine ray")
    if options.output is None:
        raise InputError("--engine ray writes to a folder; name it with --output")
    from stance.integrations.ray import predict_files

    threads: dict[str, Any] = {} if asked.threads is None else {"threads": asked.threads}
    written = predict_files(
        list(files),
        options.output,
        text_column=options.text_column or "",
        actors=asked.question.actors,
        language=asked.question.language,
        kinds=asked.question.kinds,
        mode=asked.question.mode,
        only_named=asked.question.only_named,
        explain=asked.question.explain,
        model=asked.model,
        precision=asked.precision.value,
        **threads,
    )
    if written.failed:
        sys.stderr.write(
            f"stance: {written.failed:,} of {written.rows:,} rows failed; see the column error in {options.output}\n"
        )
        raise typer.Exit(SOME_FAILED)
