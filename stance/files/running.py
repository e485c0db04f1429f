"""One run over a table: rows in, answers out, failures beside them, and how far it is, so that another can go on."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from stance.errors import InputError
from stance.files import parquetwriting, resume
from stance.files.asking import Answer, answers
from stance.files.durable import only_one
from stance.files.parquetreading import ParquetTable
from stance.files.reading import CsvTable, JsonLines
from stance.files.resume import Done
from stance.files.rows import STDIN, FileFormat, RowFailedError, Table, UnreadableTableError, format_of
from stance.files.writing import GrowingFile, LineSink, Sink, StreamSink, csv_line, failure_line, json_line
from stance.predictor import Predictor
from stance.question import Question
from stance.version import __version__


class OnError(StrEnum):
    """What a row that fails does to the others."""

    SKIP = "skip"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class TableJob:
    """What is read and written.

    ``input`` is the name of a file, or ``-`` for standard input, whose form ``input_format`` then tells; ``output`` is
    a file, or None for JSON Lines on standard output. ``failures`` is where rows that failed go: beside the output if
    it is not given. ``checkpoint_seconds`` is how often what is done is made to last; None for every 5 seconds, or 30
    where each time makes a file, as in Parquet.
    """

    input: str
    text_column: str
    output: Path | None = None
    id_column: str | None = None
    input_format: FileFormat | None = None
    delimiter: str | None = None
    keep_columns: bool = False
    failures: Path | None = None
    on_error: OnError = OnError.SKIP
    resume: bool = False
    force: bool = False
    checkpoint_seconds: float | None = None
    question: Question = field(default_factory=Question.of)

    def __post_init__(self) -> None:
        """Check what can be told without opening a file; InputError says what does not go together."""
        if self.resume and (self.output is None or self.input == STDIN):
            raise InputError("--resume needs --output, and an input that is a file: another could not be read again")
        if self.resume and self.force:
            raise InputError("--resume goes on with what is there, --force begins anew; give one of them")
        if self.checkpoint_seconds is not None and not self.checkpoint_seconds >= 0:
            raise InputError("checkpoint_seconds must be at least 0")
        form = self.form
        if self.delimiter is not None and form not in (FileFormat.CSV, FileFormat.TSV):
            raise InputError(f"a delimiter is for CSV, not for {form}")
        if self.keep_columns and form is FileFormat.JSONL and self.output_form in (FileFormat.CSV, FileFormat.TSV):
            raise InputError(
                "the keys of JSON Lines are not the same in all rows, so CSV cannot keep them; write .jsonl"
            )
        if self.output is not None:
            if not self.output.parent.is_dir():
                raise InputError(f"there is no folder {self.output.parent} to write to")
            if self.output.is_dir():
                raise InputError(f"{self.output} is a folder; name a file")
        self._check_apart()

    def _check_apart(self) -> None:
        failures = self.failures_file
        files = {
            "input": None if self.input == STDIN else Path(self.input),
            "output": self.output,
            "failures": failures,
        }
        places = [(role, path.resolve()) for role, path in files.items() if path is not None]
        for number, (role, path) in enumerate(places):
            for other, same in places[:number]:
                if path == same or (path.exists() and same.exists() and path.samefile(same)):
                    raise InputError(f"{other} and {role} are the same file, {path}")

    @property
    def form(self) -> FileFormat:
        """The form of the input."""
        if self.input_format is None:
            if self.input == STDIN:
                raise InputError("standard input has no name to tell its form; give --input-format jsonl or csv")
            return format_of(self.input, "the input")
        if self.input_format is FileFormat.PARQUET and self.input == STDIN:
            raise InputError("Parquet is read from its end and cannot come from standard input; name a file")
        return self.input_format

    @property
    def output_form(self) -> FileFormat:
        """The form of the output."""
        return FileFormat.JSONL if self.output is None else format_of(str(self.output), "the output")

    @property
    def checkpoint(self) -> float:
        """Seconds from one time that what is done is made to last to the next."""
        if self.checkpoint_seconds is not None:
            return self.checkpoint_seconds
        return 30.0 if self.output_form is FileFormat.PARQUET else 5.0

    @property
    def failures_file(self) -> Path | None:
        """Where rows that failed go; None if nothing was said of it and there is no output to put them beside."""
        if self.failures is not None or self.output is None:
            return self.failures
        return self.output.with_name(f"{self.output.name}.failures.jsonl")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is.

    ``rows`` and ``failed`` count from the table's beginning, ``new`` are the rows of this run; ``seconds`` is the time
    it has taken. ``failure`` says what has just failed. ``finished`` tells that an earlier run had done everything.
    """

    rows: int
    failed: int
    new: int
    seconds: float
    failure: str | None = None
    finished: bool = False
    renamed: tuple[str, ...] = ()


def predict_table(
    job: TableJob, predictor: Callable[[], Predictor], *, watch: Callable[[Progress], None] | None = None
) -> Progress:
    """Answer the texts of a table and write the answers in the order of its rows.

    Args:
        job: What is read, asked and written.
        predictor: Opens the model; it is not called where there is nothing to do.
        watch: Is told of every row that is done.

    Returns:
        How far the run has come: to the table's end.

    Raises:
        InputError: If a column is not there, the output is there already, or ``resume`` finds another run's traces.
        UnreadableTableError: If the table cannot be read, or breaks off; what stands before is done.
        RowFailedError: At the first row that fails, if the job is to stop there; what stands before is done.
    """
    if job.output is None:
        _remove(job) if job.force else _check_free(job)
        stream = StreamSink(sys.stdout.buffer, json_line(keep_columns=job.keep_columns))
        return _Run(job, _table(job), predictor(), stream, watch).go(Done())
    with only_one(job.output.with_name(f"{job.output.name}.lock"), str(job.output)):
        record = resume.record_of(job.output)
        if job.resume and not record.exists() and job.output.exists():
            parquetwriting.remove_parts(job.output)
            return Progress(0, 0, 0, 0.0, finished=True)
        if job.force:
            _remove(job)
        elif not (job.resume and record.exists()):
            _check_free(job)
        table = _table(job)
        sink = _file_sink(job, table)
        opened = predictor()
        facts = _facts(job, opened)
        done = resume.load(record, facts) if record.exists() else Done()
        if done == Done():
            # First what tells that a run is on its way, then its files: so a file without it is a finished one.
            resume.save(record, facts, done)
        progress = _Run(job, table, opened, sink, watch, facts).go(done)
        record.unlink()
        parquetwriting.remove_parts(job.output)
        return progress


def _files_of(job: TableJob) -> list[Path]:
    """Return what a run leaves, the record of it first."""
    failures = [] if job.failures_file is None else [job.failures_file]
    if job.output is None:
        return failures
    return [resume.record_of(job.output), job.output, parquetwriting.parts_folder(job.output), *failures]


def _check_free(job: TableJob) -> None:
    for path in _files_of(job):
        if path.exists():
            if job.output is not None and resume.record_of(job.output).exists():
                raise InputError(
                    f"an interrupted run was writing {job.output}: go on with --resume, or anew with --force"
                )
            raise InputError(f"{path} is there already; give --force to write over it")


def _remove(job: TableJob) -> None:
    for path in _files_of(job):
        if path.is_file():
            path.unlink()
    if job.output is not None:
        parquetwriting.remove_parts(job.output)


def _table(job: TableJob) -> Table:
    all_used = job.keep_columns or job.output_form is FileFormat.PARQUET
    if job.form is FileFormat.PARQUET:
        return ParquetTable(job.input, text_column=job.text_column, id_column=job.id_column, all_used=all_used)
    if job.form is FileFormat.JSONL:
        return JsonLines(job.input, text_column=job.text_column, id_column=job.id_column)
    usual = "\t" if job.form is FileFormat.TSV else ","
    delimiter = usual if job.delimiter is None else job.delimiter
    return CsvTable(
        job.input, text_column=job.text_column, id_column=job.id_column, delimiter=delimiter, all_used=all_used
    )


def _others(job: TableJob, table: Table) -> list[str]:
    """Return the input's columns that CSV keeps."""
    if not job.keep_columns:
        return []
    return [name for name in table.columns or () if name not in (job.text_column, job.id_column)]


def _file_sink(job: TableJob, table: Table) -> Sink:
    target = job.output or Path()
    form = job.output_form
    if form is FileFormat.JSONL:
        return LineSink(target, json_line(keep_columns=job.keep_columns))
    if form is not FileFormat.PARQUET:
        line, head = csv_line(columns=_others(job, table), form=form)
        return LineSink(target, line, head=head)
    if isinstance(table, ParquetTable):
        return parquetwriting.of_parquet(target, table)
    return parquetwriting.of_lines(
        target, table.columns, text_column=job.text_column, id_column=job.id_column, keep_columns=job.keep_columns
    )


def _facts(job: TableJob, predictor: Predictor) -> dict[str, Any]:
    """Return what must be the same for a run to go on; on_error and the number of threads may change."""
    question = job.question
    failures = job.failures_file
    return {
        **({} if job.input == STDIN else resume.facts_of_input(Path(job.input))),
        "input format": job.form,
        "delimiter": job.delimiter,
        "text column": job.text_column,
        "id column": job.id_column,
        "keep columns": job.keep_columns,
        "failures": None if failures is None else str(failures.resolve()),
        "actors": [actor.to_dict() for actor in question.actors],
        "language": question.language,
        "kinds": None if question.kinds is None else sorted(question.kinds),
        "mode": question.mode,
        "only named": question.only_named,
        "explain": question.explain,
        "model": resume.facts_of_model(predictor),
        "version": __version__,
    }


class _Run:
    """The loop over the rows, and what it has done."""

    def __init__(
        self,
        job: TableJob,
        table: Table,
        predictor: Predictor,
        sink: Sink,
        watch: Callable[[Progress], None] | None,
        facts: dict[str, Any] | None = None,
    ) -> None:
        self._job, self._table, self._predictor, self._sink = job, table, predictor, sink
        self._watch, self._facts = watch, facts
        self._failures = None if job.failures_file is None else GrowingFile(job.failures_file)
        self._rows = self._failed = self._new = 0
        self._begin = time.monotonic()

    def go(self, done: Done) -> Progress:
        """Read, answer and write to the end."""
        self._rows, self._failed = done.rows, done.failed
        with ExitStack() as stack:
            stack.callback(self._sink.close)
            self._sink.open(done.output)
            if self._failures is not None:
                stack.callback(self._failures.close)
                self._failures.open(done.failures)
            last = time.monotonic()
            rows = self._table.rows(done.rows)
            try:
                for answer in answers(self._predictor, rows, self._job.question):
                    self._take(answer)
                    if time.monotonic() - last >= self._job.checkpoint:
                        self._commit()
                        last = time.monotonic()
            except (RowFailedError, UnreadableTableError):
                # All before it is written in full. Any other end may come in the middle of a row, and leaves what is
                # done since the last time to the next run.
                self._commit()
                raise
            self._commit()
            self._sink.finish()
        return self._progress(None)

    def _take(self, answer: Answer) -> None:
        row, document, error = answer
        message = None
        if error is not None:
            message = f"{row.name}: {error}"
            if self._job.on_error is OnError.STOP:
                raise RowFailedError(message)
            if self._failures is not None:
                self._failures.add(failure_line(row, error))
            self._failed += 1
        self._sink.write(row, document, error)
        self._rows += 1
        self._new += 1
        if self._watch is not None:
            self._watch(self._progress(message))

    def _commit(self) -> None:
        output = self._sink.commit()
        failures = self._failures.commit() if self._failures is not None else 0
        if self._job.output is not None and self._facts is not None:
            done = Done(self._rows, self._failed, output, failures)
            resume.save(resume.record_of(self._job.output), self._facts, done)

    def _progress(self, failure: str | None) -> Progress:
        renamed = getattr(self._sink, "renamed", ())
        return Progress(self._rows, self._failed, self._new, time.monotonic() - self._begin, failure, renamed=renamed)
