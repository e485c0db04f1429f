"""The command ``report``: many articles in, one HTML file out."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from stance.cli.dates import Dates, read_dates
from stance.cli.inputs import STDIN
from stance.cli.options import (
    ActorsOption,
    Files,
    KindsOption,
    LanguageOption,
    ModelOption,
    ModeOption,
    OnlyNamedOption,
    Precision,
    PrecisionOption,
    ThreadsOption,
    answers,
    open_inputs,
    open_predictor,
    quiet_end,
    split,
)
from stance.errors import InputError
from stance.types import ExtractionMode

OutputOption = Annotated[
    str, typer.Option("--output", "-o", metavar="FILE.html", help="Where the report goes; - for standard output.")
]
ForceOption = Annotated[bool, typer.Option("--force", help="Write over a file that is there.")]
TitleOption = Annotated[str, typer.Option("--title", help="Heading of the report.")]
DatesOption = Annotated[
    str | None, typer.Option("--dates", metavar="FILE.csv", help="Days of publication; columns file and date.")
]
PatternOption = Annotated[
    str | None,
    typer.Option(
        "--date-pattern",
        metavar="REGEX",
        help="How a file's name tells its day, with the groups year, month and day; by default YYYY-MM-DD.",
    ),
]
ExplainOption = Annotated[bool, typer.Option("--explain", help="Underline the words that carry a stance; much slower.")]
SpeakersOption = Annotated[int, typer.Option("--speakers", min=0, help="Speakers that get a row in their table.")]
TextsOption = Annotated[
    int, typer.Option("--texts", min=0, help="Articles shown with their text; the counts are of all.")
]


def report(
    files: Files,
    output: OutputOption = "report.html",
    title: TitleOption = "Stance report",
    dates: DatesOption = None,
    date_pattern: PatternOption = None,
    actors: ActorsOption = None,
    kinds: KindsOption = None,
    mode: ModeOption = ExtractionMode.FULL,
    only_named: OnlyNamedOption = False,
    language: LanguageOption = None,
    explain: ExplainOption = False,
    speakers: SpeakersOption = 30,
    texts: TextsOption = 300,
    force: ForceOption = False,
    model: ModelOption = None,
    threads: ThreadsOption = None,
    precision: PrecisionOption = Precision.AUTO,
) -> None:
    """Write one HTML file about articles: their statements marked, speakers and stances counted, lines over time."""
    with quiet_end(), open_inputs(files) as inputs:
        from stance.question import Question
        from stance.report import Article, Report

        # What is wrong with the question is told before the first article is read.
        target = _target(output, force=force, read=[*files, *filter(None, [dates])])
        days = Dates(read_dates(dates) if dates else {}, date_pattern)
        question = Question.of(
            actors=split(actors),
            language=language,
            kinds=split(kinds),
            mode=mode,
            only_named=only_named,
            explain=explain,
        )
        made = Report(title, speakers=speakers, texts=texts)
        predictor = open_predictor(model, threads, precision)
        done = dated = 0
        for name, document in answers(inputs, predictor, question):
            day = days.of(name)
            made.add(Article(name, document, day))
            done, dated = done + 1, dated + (day is not None)
        inputs.clear_status()
        if dates and done > dated:
            sys.stderr.write(f"stance: {done - dated} of {done} articles have no date in {dates} or in their names\n")
        for failure in inputs.failures:
            made.add_failure(failure)
        if done:
            _write(made.html(), target, force=force)


def _target(output: str, *, force: bool, read: Sequence[str] = ()) -> Path | None:
    """Return the file to write, None for standard output.

    Raises:
        InputError: If it is one of those that are read, or is there already and must not be written over, or the place
            cannot hold a file.
    """
    if output == STDIN:
        return None
    if not output:
        raise InputError("--output is empty; give the name of a file")
    # A link stays one: the file it leads to is written.
    path = Path(os.path.realpath(output))
    if any(name != STDIN and os.path.realpath(name) == str(path) for name in read):
        raise InputError(f"{output} is read and cannot be written too; name another file for the report")
    if path.exists() and not path.is_file():
        raise InputError(f"{output} is not a regular file")
    if path.exists() and not force:
        raise InputError(f"{output} is there already; give --force to write over it")
    if not path.parent.is_dir():
        raise InputError(f"there is no folder {path.parent} to write the report into")
    return path


def _write(page: str, target: Path | None, *, force: bool) -> None:
    """Write the page to a file beside the target and rename it: nobody sees half a report."""
    if target is None:
        sys.stdout.write(page)
        return
    passing = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        passing.write_text(page, encoding="utf-8", newline="\n")
        _target(str(target), force=force)  # another process may have written it meanwhile
        passing.replace(target)
    except OSError as error:
        raise InputError(f"{target} cannot be written: {(error.strerror or str(error)).lower()}") from None
    finally:
        passing.unlink(missing_ok=True)
    sys.stdout.write(f"{target}\n")
