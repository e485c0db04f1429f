"""Tables as HTML: the statements of a document, and speakers by actors as a heat map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from stance.drawing.colours import TONES
from stance.drawing.counts import SpeakerTable, StanceCount
from stance.drawing.escaping import escape, name, percent
from stance.drawing.styles import step_class
from stance.types import Prediction, StanceLabel

# With more actors their answers share one column.
_COLUMNS = 6
_BAR = 64  # width of a bar of probabilities, in pixels
# Against to favor from one end to the other, as on every scale here.
BAR_ORDER = (StanceLabel.AGAINST, StanceLabel.NEUTRAL, StanceLabel.FAVOR, StanceLabel.UNRELATED)


def statements_table(predictions: Sequence[Prediction], actors: Sequence[str], *, anchor: str | None = None) -> str:
    """Return a table of statements with speaker, kind, stances and sentiment; a row has the id ``{anchor}-1`` ..."""
    apart = len(actors) <= _COLUMNS
    heads = [name(actor, most=40) for actor in actors] if apart else ["stances other than unrelated"]
    columns = ["#", "speaker", "kind", "statement", *heads, "sentiment"]
    head = "".join(f'<th scope="col">{column}</th>' for column in columns)
    rows = []
    for number, prediction in enumerate(predictions, 1):
        statement = prediction.statement
        speaker = name(statement.speaker) if statement.speaker else '<span class="st-none">–</span>'
        cells = [
            f'<td class="st-count">{number}</td><td>{speaker}</td><td>{statement.kind.value}</td>',
            f'<td class="st-words" dir="auto">{escape(statement.text)}</td>',
            *(_answer_cells(prediction, actors) if apart else [_answer_list(prediction)]),
            f'<td class="st-answer">{_tone(prediction)}</td>',
        ]
        place = f' id="{anchor}-{number}"' if anchor else ""
        rows.append(f"<tr{place}>{''.join(cells)}</tr>")
    return f'<div class="st-wide"><table><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>'


def _answer_cells(prediction: Prediction, actors: Sequence[str]) -> list[str]:
    cells = []
    for actor in actors:
        stance = prediction.stances.get(actor)
        if stance is None:
            cells.append('<td class="st-answer"></td>')
            continue
        answer = _chip(stance.label, stance.label.value, stance.confidence)
        if stance.label is StanceLabel.UNRELATED:
            answer = f'<span class="st-none" title="unrelated {percent(stance.confidence)}">·</span>'
            cells.append(f'<td class="st-answer">{answer}</td>')
        else:
            cells.append(f'<td class="st-answer">{answer}{_bar(stance.probabilities)}</td>')
    return cells


def _answer_list(prediction: Prediction) -> str:
    items = [
        f"<li>{name(actor, most=40)} {_chip(stance.label, stance.label.value, stance.confidence)}</li>"
        for actor, stance in prediction.stances.items()
        if stance.label is not StanceLabel.UNRELATED
    ]
    return f'<td><ul class="st-list">{"".join(items) or "<li>·</li>"}</ul></td>'


def _tone(prediction: Prediction) -> str:
    tone = prediction.sentiment
    return _chip(TONES[tone.label], tone.label.value, tone.confidence)


def _chip(like: StanceLabel, word: str, confidence: float) -> str:
    return f'<span class="st-chip st-{like.value}">{word}</span> <small>{percent(confidence)}</small>'


def _bar(probabilities: Mapping[str, float]) -> str:
    """Return a bar that is divided as the probabilities are; each part tells its own when the pointer rests on it."""
    place, parts = 0.0, []
    for label in BAR_ORDER:
        share = probabilities.get(label.value, 0.0)
        width = share * _BAR
        title = f"<title>{label.value} {percent(share)}</title>"
        parts.append(
            f'<rect class="st-fill-{label.value}" x="{place:.1f}" width="{width:.1f}" height="5">{title}</rect>'
        )
        place += width
    told = ", ".join(f"{label} {percent(share)}" for label, share in probabilities.items())
    return (
        f'<svg class="st-bar" width="{_BAR}" height="5" role="img" aria-label="{escape(told)}">{"".join(parts)}</svg>'
    )


def heat_map(table: SpeakerTable) -> str:
    """Return the table of speakers by actors, each cell coloured by its balance, with the numbers behind it."""
    head = "".join(f'<th scope="col">{name(actor, most=40)}</th>' for actor in table.actors)
    body = [
        f'<tr><th scope="row">{name(row.speaker, most=60)}</th><td class="st-count">{row.statements:,}</td>'
        f"{''.join(_heat_cell(cell) for cell in row.cells)}</tr>"
        for row in table.rows
    ]
    return (
        '<div class="st-wide"><table class="st-heat"><thead><tr><th scope="col">speaker</th>'
        f'<th scope="col">statements</th>{head}</tr></thead><tbody>{"".join(body)}</tbody></table></div>'
    )


def _heat_cell(count: StanceCount) -> str:
    if count.balance is None or count.weighed is None:
        return '<td class="st-empty" title="no statement speaks of the actor">·</td>'
    told = f"{count.against} against, {count.neutral} neutral, {count.favor} in favor"
    return (
        f'<td class="{step_class(count.weighed)}" title="{told}">{signed(count.balance)}'
        f"<small>of {count.related:,}</small></td>"
    )


def signed(balance: float) -> str:
    """Return a balance with its sign: ``+0.50``, ``−1.00``, ``0.00``."""
    rounded = round(balance, 2) or 0.0
    return f"{'+' if rounded > 0 else '−' if rounded < 0 else ''}{abs(rounded):.2f}"
