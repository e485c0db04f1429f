"""The article with its statements marked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from stance.drawing.escaping import escape, one_line, percent
from stance.drawing.segments import Segment, Shown, cut
from stance.types import Document, Prediction, StanceLabel

# How far the label's probability falls without the word, for a thin, a middling and a thick line.
WEIGHT_LEVELS = (0.03, 0.1, 0.3)
_STATEMENTS_IN_TITLE = 3


def article(document: Document, shown: Shown, actors: Sequence[str], *, anchor: str | None = None) -> str:
    """Return the text as HTML with a ``mark`` for every stretch that belongs to statements.

    Args:
        document: The document.
        shown: What of it is shown.
        actors: The actors in the order of the buttons; a mark has a class for the label toward each.
        anchor: Where it is given, statement 1 links to ``#{anchor}-1`` and so on.
    """
    predictions = shown.predictions
    titles = [_title(number, one) for number, one in enumerate(predictions, 1)]
    classes = [_classes(one, actors) for one in predictions]
    begun: set[int] = set()
    parts = []
    for places, group in groupby(cut(predictions, shown.end), key=lambda segment: segment.statements):
        segments = list(group)
        for place in sorted(set(places) - begun):
            begun.add(place)
            parts.append(_number(place + 1, classes[place], anchor))
        inner = "".join(_piece(document.text, segment, actors) for segment in segments)
        if not places:
            parts.append(inner)
            continue
        title = "\n\n".join(titles[place] for place in places[:_STATEMENTS_IN_TITLE])
        # The shortest statement gives the colour; the others are named by number.
        numbers = " ".join(str(place + 1) for place in places)
        nested = " st-inner" if len(places) > 1 else ""
        parts.append(
            f'<mark class="{classes[places[0]]}{nested}" data-statements="{numbers}" title="{escape(title)}">'
            f"{inner}</mark>"
        )
    return f'<div class="st-text{" st-worded" if explained(predictions) else ""}" dir="auto">{"".join(parts)}</div>'


def explained(predictions: Iterable[Prediction]) -> bool:
    """Tell whether words are underlined: whether any stance says which words carry it."""
    return any(stance.words for one in predictions for stance in one.stances.values())


def _number(number: int, classes: str, anchor: str | None) -> str:
    if anchor is None:
        return f'<sup class="st-number {classes}">{number}</sup>'
    return f'<a class="st-number {classes}" href="#{anchor}-{number}">{number}</a>'


def _classes(prediction: Prediction, actors: Sequence[str]) -> str:
    found = [
        f"s{place}{prediction.stances[actor].label.value[0]}"
        for place, actor in enumerate(actors)
        if actor in prediction.stances
    ]
    return " ".join(found) or "st-plain"


def _piece(text: str, segment: Segment, actors: Sequence[str]) -> str:
    words = escape(text[segment.start : segment.end])
    classes = [
        f"w{place}-{level}"
        for place, actor in enumerate(actors)
        if (level := sum(segment.weights.get(actor, 0.0) >= least for least in WEIGHT_LEVELS))
    ]
    if classes:
        words = f'<u class="{" ".join(classes)}">{words}</u>'
    return f'<span class="st-speaker">{words}</span>' if segment.speaker else words


def _title(number: int, prediction: Prediction) -> str:
    """Return what a mark tells when the pointer rests on it, in lines; not escaped."""
    statement, tone = prediction.statement, prediction.sentiment
    lines = [f"{number} · {one_line(statement.speaker or '') or 'speaker not told'} · {statement.kind.value}"]
    unrelated = []
    for actor, stance in prediction.stances.items():
        if stance.label is StanceLabel.UNRELATED:
            unrelated.append(one_line(actor, most=40))
        else:
            others = ", ".join(
                f"{label} {percent(share)}" for label, share in stance.probabilities.items() if label != stance.label
            )
            lines.append(f"{one_line(actor, most=40)}: {stance.label.value} {percent(stance.confidence)} ({others})")
    if unrelated:
        rest = f" and {len(unrelated) - 8} more" if len(unrelated) > 8 else ""
        lines.append(f"unrelated: {', '.join(unrelated[:8])}{rest}")
    lines.append(f"sentiment: {tone.label.value} {percent(tone.confidence)}")
    return "\n".join(lines)
