"""Statements that a caller has already, checked before anything is computed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from stance.errors import InputError
from stance.types import Span, Statement


def as_statements(
    statements: Iterable[str | Statement],
    speakers: Sequence[str | None] | None,
    contexts: Sequence[str | None] | None,
) -> list[Statement]:
    """Return statements out of what a caller has; raise at once for all that cannot be used, before anything is run."""
    if isinstance(statements, str | bytes | Statement):
        raise TypeError("statements must be several statements, not one; put it into a list")
    given = list(statements)
    for name, values in (("speakers", speakers), ("contexts", contexts)):
        if values is None:
            continue
        if isinstance(values, str):
            raise TypeError(f"{name} must be a list with one entry a statement, not one str")
        if len(values) != len(given):
            raise InputError(
                f"there are {len(given)} statements, but {len(values)} {name}; use None where one is unknown"
            )
        wrong = [place for place, value in enumerate(values) if not isinstance(value, str | None)]
        if wrong:
            raise TypeError(f"{name} must be str or None; those at {wrong[:10]} are not")
    wrong = [place for place, item in enumerate(given) if not isinstance(item, str | Statement)]
    if wrong:
        kind = type(given[wrong[0]]).__name__
        raise TypeError(f"statements must be str or Statement; those at {wrong[:10]} are not (the first is {kind})")
    empty = [place for place, item in enumerate(given) if isinstance(item, str) and not item.strip()]
    if empty:
        raise InputError(f"the statements at {empty[:10]} are empty; leave them out")
    return [
        _as_statement(
            item,
            speakers[place] if speakers is not None else None,
            contexts[place] if contexts is not None else None,
        )
        for place, item in enumerate(given)
    ]


def _as_statement(item: str | Statement, speaker: str | None, context: str | None) -> Statement:
    if isinstance(item, str):
        return Statement(item, 0, len(item), ((0, len(item)),), speaker=speaker, context=context)
    return Statement(
        item.text,
        item.start,
        item.end,
        item.spans,
        item.kind,
        speaker if speaker is not None else item.speaker,
        item.speaker_span,
        item.cue,
        context if context is not None else item.context,
    )


def placed(statement: Statement, start: int, end: int) -> Span:
    """Return where characters of a statement's text stand in the text that its spans count."""
    found = []
    # The end is the place after the last character, which is still in the same span.
    for place, shift in ((start, 0), (end - 1, 1)):
        begin = 0
        for first, after in statement.spans:
            if place <= begin + after - first:
                break
            begin += after - first + 1
        found.append(first + place - begin + shift)
    return found[0], found[1]
