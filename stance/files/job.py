"""What a run over a table reads and writes, checked as far as it can be told without opening a file."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from stance.errors import InputError
from stance.files.rows import STDIN, FileFormat, format_of
from stance.question import Question


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
    where each time makes a file, as in Parquet. Ids keep their type in JSON Lines and from Parquet to Parquet; in
    Parquet that is made of JSON Lines they are strings, so that 7 and "7" are one.
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
        if self.checkpoint_seconds is not None and self.output is None:
            raise InputError("--checkpoint-seconds needs --output: what has gone to standard output is gone")
        form = self.form
        if self.delimiter is not None and form not in (FileFormat.CSV, FileFormat.TSV):
            raise InputError(f"a delimiter is for CSV, not for {form}")
        if self.keep_columns and form is FileFormat.JSONL and self.output_form in (FileFormat.CSV, FileFormat.TSV):
            raise InputError(
                "the keys of JSON Lines are not the same in all rows, so CSV cannot keep them; write .jsonl"
            )
        for path in (self.output, self.failures):
            if path is not None and not path.parent.is_dir():
                raise InputError(f"there is no folder {path.parent} to write to")
            if path is not None and path.is_dir():
                raise InputError(f"{path} is a folder; name a file")
        self._check_apart()

    def _check_apart(self) -> None:
        failures = self.failures_file
        files = {
            "input": None if self.input == STDIN else Path(self.input),
            "output": self.output,
            "failures": failures,
        }
        if self.output is not None:
            # What a run leaves beside its output belongs to it alone.
            for role, end in {"record": ".resume.json", "new record": ".resume.json.new", "lock": ".lock"}.items():
                files[f"the output's {role}"] = self.output.with_name(f"{self.output.name}{end}")
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
