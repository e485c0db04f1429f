"""One run over a table: rows in, answers out, failures beside them, and how far it is, so that another can go on."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from stance.errors import InputError
from stance.files import parquetwriting, resume
from stance.files.asking import Answer, answers
from stance.files.durable import only_one
from stance.files.job import OnError, TableJob
from stance.files.parquetreading import ParquetTable
from stance.files.reading import CsvTable, JsonLines
from stance.files.resume import Done
from stance.files.rows import STDIN, FileFormat, RowFailedError, Table, UnreadableTableError
from stance.files.writing import GrowingFile, LineSink, Sink, StreamSink, csv_line, failure_line, json_line
from stance.predictor import Predictor
from stance.version import __version__

Open = Callable[[], Predictor]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is.

    ``rows`` and ``failed`` count from the table's beginning, ``new`` are the rows of this run; ``seconds`` is the time
    it has taken. ``failure`` says what has just failed. ``finished`` tells that an earlier run had done everything.
    ``warned`` are rows whose documents have warnings, for which CSV has no column.
    """

    rows: int
    failed: int
    new: int
    seconds: float
    failure: str | None = None
    finished: bool = False
    renamed: tuple[str, ...] = ()
    warned: int = 0


Watch = Callable[[Progress], None]


def predict_table(job: TableJob, predictor: Open, *, watch: Watch | None = None) -> Progress:
    """Answer the texts of a table and write the answers in the order of its rows.

    Args:
        job: What is read, asked and written.
        predictor: Opens the model.
        watch: Is told of every row that is done.

    Returns:
        How far the run has come: to the table's end.

    Raises:
        InputError: If a column is not there, the output is there already, or ``resume`` finds another run's traces.
        ModelError: If the model cannot do what is asked; then nothing has been touched.
        UnreadableTableError: If the table cannot be read, or breaks off; what stands before is done.
        RowFailedError: At the first row that fails, if the job is to stop there; what stands before is done.
    """
    with ExitStack() as held:
        # The file of failures may be named for several outputs, so it is locked as well.
        for path in (job.output, job.failures_file):
            if path is not None:
                path = path.resolve()
                held.enter_context(only_one(path.with_name(f"{path.name}.lock"), str(path)))
        if job.output is None:
            return _to_stdout(job, predictor, watch)
        return _to_file(job, job.output, predictor, watch)


def resumable(job: TableJob) -> bool:
    """Tell whether there is an interrupted run that ``resume`` could go on with."""
    record = None if job.output is None or job.input == STDIN else resume.record_of(job.output)
    return record is not None and record.exists() and not resume.is_finished(record)


def _to_stdout(job: TableJob, predictor: Open, watch: Watch | None) -> Progress:
    if not job.force:
        _check_free(job)
    table = _table(job)
    opened = _opened(job, predictor)
    if job.force:
        _remove(job)
    stream = StreamSink(sys.stdout.buffer, json_line(keep_columns=job.keep_columns))
    try:
        return _Run(job, table, opened, stream, watch).go(Done())
    finally:
        _tidy(job)


def _to_file(job: TableJob, output: Path, predictor: Open, watch: Watch | None) -> Progress:
    record = resume.record_of(output)
    # Where the output of a finished run was taken away, its record tells nothing any more.
    going_on = job.resume and record.exists() and not (resume.is_finished(record) and not output.exists())
    if job.resume and not going_on and output.exists():
        raise InputError(
            f"{output} is there, but without {record.name}, by which a run can be gone on with: it is of another "
            "program or version; name another output, or write over it with --force"
        )
    if not job.force and not going_on:
        _check_free(job)
    table = _table(job)
    sink = _file_sink(job, table)
    opened = _opened(job, predictor)
    facts = _facts(job, opened)
    done = resume.load(record, facts) if going_on else Done()
    if done.finished:
        if output.stat().st_size != done.size:
            raise InputError(f"{output} has been changed since it was finished; write over it with --force")
        _tidy(job)
        return Progress(done.rows, done.failed, 0, 0.0, finished=True, warned=done.warned)
    # Until here nothing has been touched: what is wrong with the job must not cost what is there.
    if job.force:
        _remove(job)
    if done == Done():
        # First what tells that a run is on its way, then its files: so there is none of them without it.
        resume.save(record, facts, done)
    run = _Run(job, table, opened, sink, watch, facts)
    progress = run.go(done)
    resume.save(record, facts, replace(run.done, size=output.stat().st_size))
    _tidy(job)
    return progress


def _opened(job: TableJob, predictor: Open) -> Predictor:
    """Open the model; ModelError if it cannot do what is asked, which would fail for every row."""
    opened = predictor()
    opened.answers([], job.question)
    return opened


def _files_of(job: TableJob) -> list[Path]:
    """Return what a run leaves, the record of it last."""
    failures = [] if job.failures_file is None else [job.failures_file]
    if job.output is None:
        return failures
    return [job.output, parquetwriting.parts_folder(job.output), *failures, resume.record_of(job.output)]


def _check_free(job: TableJob) -> None:
    record = None if job.output is None else resume.record_of(job.output)
    for path in _files_of(job):
        if path == record and resume.is_finished(path):
            continue  # its output is not there, or it would have been found
        if path.exists():
            if record is not None and record.exists() and not resume.is_finished(record):
                raise InputError(
                    f"an interrupted run was writing {job.output}: go on with --resume, or anew with --force"
                )
            raise InputError(f"{path} is there already; give --force to write over it")


def _remove(job: TableJob) -> None:
    """Take away what a run left; the record last, so that a part of an output never stands alone."""
    for path in _files_of(job):
        if path.is_file():
            path.unlink()
        elif path.is_dir():
            parquetwriting.remove_parts(job.output or Path())


def _tidy(job: TableJob) -> None:
    """Take away what is of no use after the end: the parts, and a file of failures without any."""
    if job.output is not None:
        parquetwriting.remove_parts(job.output)
    failures = job.failures_file
    if failures is not None and failures.is_file() and failures.stat().st_size == 0:
        failures.unlink()


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
        watch: Watch | None,
        facts: dict[str, Any] | None = None,
    ) -> None:
        self._job, self._table, self._predictor, self._sink = job, table, predictor, sink
        self._watch, self._facts = watch, facts
        self._failures = None if job.failures_file is None else GrowingFile(job.failures_file)
        self.done = Done()
        self._rows = self._failed = self._warned = self._new = 0
        self._begin = time.monotonic()

    def go(self, done: Done) -> Progress:
        """Read, answer and write to the end."""
        self._rows, self._failed, self._warned = done.rows, done.failed, done.warned
        with ExitStack() as stack:
            stack.callback(self._sink.close)
            self._sink.open(done.output)
            if self._failures is not None:
                stack.callback(self._failures.close)
                self._failures.open(done.failures)
                # At once, so that another run with the same file of failures finds it.
                self._failures.create()
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
        self._warned += document is not None and bool(document.warnings)
        self._sink.write(row, document, error)
        self._rows += 1
        self._new += 1
        if self._watch is not None:
            self._watch(self._progress(message))

    def _commit(self) -> None:
        output = self._sink.commit()
        failures = self._failures.commit() if self._failures is not None else 0
        if self._job.output is not None and self._facts is not None:
            self.done = Done(self._rows, self._failed, output, failures, self._warned)
            resume.save(resume.record_of(self._job.output), self._facts, self.done)

    def _progress(self, failure: str | None) -> Progress:
        renamed = getattr(self._sink, "renamed", ())
        seconds = time.monotonic() - self._begin
        return Progress(self._rows, self._failed, self._new, seconds, failure, renamed=renamed, warned=self._warned)
