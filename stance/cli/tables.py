"""Tables for people: as wide as the terminal, wrapped, with no word left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from stance.types import Prediction, Statement

_STYLES = {
    "against": "red",
    "favor": "green",
    "neutral": "yellow",
    "unrelated": "dim",
    "negative": "red",
    "positive": "green",
}
_ANSWER_WIDTH = 8  # of the longest label in a column of its own ("positive")
_STATEMENT_WIDTH = 30  # below it the answers go into one column
_TABLE_WIDTH = 60  # below it there is no table at all
_GAP = 2
# Control characters in a scraped text must not steer the terminal.
_CONTROLS = dict.fromkeys([*range(32), *range(127, 160)], "\ufffd")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: a statement under a number or a name of its own, and its prediction where there is one."""

    number: str
    statement: Statement
    prediction: Prediction | None = None


def visible(text: str) -> str:
    """Return a text for one cell: white space is one space, control characters are shown as the replacement sign."""
    return " ".join(text.split()).translate(_CONTROLS)


def print_heading(console: Console, source: str, note: str, count: int, warnings: Sequence[str]) -> None:
    """Print an input's name, a note such as its language, how many statements it has, and the warnings."""
    statements = "1 statement" if count == 1 else f"{count or 'no'} statements"
    line = Text(visible(source), style="bold")
    line.append(f"  {note}{', ' if note else ''}{statements}", style="not bold")
    console.print(line, overflow="fold")
    for warning in warnings:
        console.print(Text(f"! {visible(warning)}", style="yellow"), overflow="fold")


def print_rows(console: Console, rows: Sequence[Row], actors: Sequence[str]) -> None:
    """Print the statements: a column an actor where the width allows it, else one for all answers, else paragraphs."""
    if not rows or console.width < _TABLE_WIDTH:
        for row in rows:
            _print_paragraph(console, row, actors)
        console.print()
        return
    classified = rows[0].prediction is not None
    wide = _room_for_statement(console.width, rows, actors if classified else ()) >= _STATEMENT_WIDTH
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, _GAP - 1, 0, 0), pad_edge=False, leading=1)
    table.add_column("#", justify="right", overflow="fold")
    table.add_column("speaker", overflow="fold", max_width=_speaker_width(console.width))
    table.add_column("kind", overflow="fold")
    table.add_column("statement", overflow="fold", ratio=1)
    if classified and wide:
        for actor in (*actors, "sentiment"):
            table.add_column(visible(actor), overflow="fold", min_width=_ANSWER_WIDTH)
    elif classified:
        table.add_column("stances and sentiment", overflow="fold", max_width=_answers_width(console.width))
    for row in rows:
        statement = row.statement
        cells = [row.number, statement.speaker or "–", statement.kind.value, statement.text]
        table.add_row(*(Text(visible(cell)) for cell in cells), *_answers(row.prediction, actors, wide=wide))
    console.print(table)


def _print_paragraph(console: Console, row: Row, actors: Sequence[str]) -> None:
    statement = row.statement
    head = f"\n{row.number}  {visible(statement.speaker or '–')} ({statement.kind.value})"
    console.print(Text(head, style="bold"), overflow="fold")
    console.print(Text(visible(statement.text)), overflow="fold")
    for answer in _answers(row.prediction, actors, wide=False):
        console.print(answer, overflow="fold")


def _speaker_width(width: int) -> int:
    return max(8, min(24, width // 6))


def _answers_width(width: int) -> int:
    return max(10, width * 2 // 5)


def _room_for_statement(width: int, rows: Sequence[Row], actors: Sequence[str]) -> int:
    """Return how wide the statement's column can be if every actor has a column of its own."""
    speaker = min(_speaker_width(width), max(cell_len(visible(row.statement.speaker or "")) for row in rows))
    number = max(cell_len(row.number) for row in rows)
    kind = max(len(row.statement.kind.value) for row in rows)
    answers = [max(_ANSWER_WIDTH, cell_len(visible(name))) for name in (*actors, "sentiment")] if actors else []
    taken = [number, max(speaker, len("speaker")), kind, *answers]
    return width - sum(taken) - _GAP * len(taken)


def _answers(prediction: Prediction | None, actors: Sequence[str], *, wide: bool) -> list[Text]:
    if prediction is None:
        return []
    found = [(actor, prediction.stances[actor].label.value, prediction.stances[actor].confidence) for actor in actors]
    found.append(("sentiment", prediction.sentiment.label.value, prediction.sentiment.confidence))
    if wide:
        return [_answer(label, confidence, "\n") for _, label, confidence in found]
    lines = [Text(f"{visible(name)} ").append_text(_answer(label, score, " ")) for name, label, score in found]
    return [Text("\n").join(lines)]


def _answer(label: str, confidence: float, separator: str) -> Text:
    if label == "unrelated":
        return Text("·", style="dim")
    return Text(f"{label}{separator}{confidence:.2f}", style=_STYLES[label])
