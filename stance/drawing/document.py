"""A whole document as HTML: buttons to choose the actor, the article with marks, and the table of its statements."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from stance.drawing.colours import SIGNS
from stance.drawing.escaping import counted, escape, name
from stance.drawing.marks import article, explained
from stance.drawing.segments import Limits, shown
from stance.drawing.styles import style_sheet
from stance.drawing.tables import statements_table
from stance.types import Document, StanceLabel

# Of hundreds of actors, those with most statements get a button.
_BUTTONS = 24
_WARNINGS = 20


def document_html(document: Document, *, limits: Limits | None = None) -> str:
    """Return a document as a piece of HTML with its own style, for a notebook or any page; no script, no links.

    Args:
        document: The document.
        limits: How much of it is shown; by default 100,000 characters and 200 statements.
    """
    actors, counts = ranked_actors([document])
    default = busiest(counts)
    part = shown(document, limits or Limits())
    head = f"{counted(len(document.predictions), 'statement')} · language {escape(document.language or 'unknown')}"
    pieces = [
        f'<div class="stance-doc stance-card"><style>{style_sheet(len(actors), default=default)}</style>',
        # A form of its own keeps the buttons of two drawings on one page apart; it is never sent.
        '<form method="dialog"><button type="submit" disabled hidden></button>',
        picker(actors, counts, default, worded=explained(part.predictions)),
        f'<p class="st-head">{head}</p>',
        warnings_list(document.warnings),
        article(document, part, actors),
        f'<p class="st-note">{part.note}</p>' if part.note else "",
    ]
    if part.predictions:
        summary = f"<summary>Table of {counted(len(part.predictions), 'statement')}</summary>"
        pieces.append(f"<details>{summary}{statements_table(part.predictions, actors)}</details>")
    return "".join([*pieces, "</form></div>"])


def ranked_actors(documents: Iterable[Document]) -> tuple[list[str], list[int]]:
    """Return the actors in the order asked and how many statements speak of each; of very many, the busiest."""
    related: dict[str, int] = {}
    for document in documents:
        for prediction in document.predictions:
            for actor, stance in prediction.stances.items():
                related[actor] = related.get(actor, 0) + (stance.label is not StanceLabel.UNRELATED)
    return most_related(related)


def most_related(related: dict[str, int]) -> tuple[list[str], list[int]]:
    """Return at most as many actors as there is room for, in their order, with their counts."""
    kept = sorted(related, key=lambda actor: -related[actor])[:_BUTTONS]
    actors = [actor for actor in related if actor in kept]
    return actors, [related[actor] for actor in actors]


def busiest(counts: Sequence[int]) -> int:
    """Return the place of the actor that most statements speak of; the first of equals, 0 where there is none."""
    return max(range(len(counts)), key=lambda place: (counts[place], -place), default=0)


def picker(actors: Sequence[str], counts: Sequence[int], default: int, *, worded: bool) -> str:
    """Return the buttons that choose whose labels colour the marks, and the legend; empty without actors."""
    if not actors:
        return ""
    buttons = []
    for place, (actor, count) in enumerate(zip(actors, counts, strict=True)):
        checked = " checked" if place == default else ""
        button = f'<input type="radio" name="stance-actor" class="st-pick{place}"{checked}>'
        buttons.append(f"<label>{button}{name(actor, most=40)} <small>{count:,}</small></label>")
    return (
        f'<fieldset class="st-pick"><legend>Stance toward</legend>{"".join(buttons)}</fieldset>{legend(worded=worded)}'
    )


def legend(*, worded: bool) -> str:
    """Return what the colours and signs mean, and the lines under words where there are such."""
    items = "".join(
        f'<li class="st-chip st-{label.value}">{"in favor" if label is StanceLabel.FAVOR else label.value}</li>'
        for label in SIGNS
    )
    words = "<li>underlined: words that carry the stance, the thicker the more</li>" if worded else ""
    return f'<ul class="st-legend">{items}{words}</ul>'


def warnings_list(warnings: Sequence[str]) -> str:
    """Return the warnings of a document as a list; empty where there are none."""
    if not warnings:
        return ""
    items = "".join(f"<li>{escape(warning)}</li>" for warning in warnings[:_WARNINGS])
    rest = f"<li>and {len(warnings) - _WARNINGS:,} more</li>" if len(warnings) > _WARNINGS else ""
    return f'<ul class="st-warnings">{items}{rest}</ul>'
