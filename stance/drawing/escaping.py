"""Text that goes into HTML: escaped, and without what is no character."""

from __future__ import annotations

import html

# HTML has no control characters; half of a surrogate pair cannot be written in UTF-8.
_NO_CHARACTERS: dict[int, str] = {
    **dict.fromkeys([*range(9), 11, 12, *range(14, 32), *range(127, 160)], "\ufffd"),
    **dict.fromkeys(range(0xD800, 0xE000), "\ufffd"),
    **dict.fromkeys([0xFFFE, 0xFFFF], "\ufffd"),
}
# Marks that turn the direction of all that follows, names beside it as well: they count inside an article alone.
_DIRECTIONS: dict[int, None] = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])


def escape(text: str) -> str:
    """Return a text for an element or a quoted attribute; every character stays where it is."""
    return html.escape(text.translate(_NO_CHARACTERS), quote=True)


def one_line(text: str, *, most: int = 120) -> str:
    """Return a name on one line, with white space as single spaces, shortened to ``most`` characters; not escaped."""
    line = " ".join(text.translate(_NO_CHARACTERS).translate(_DIRECTIONS).split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def name(text: str, *, most: int = 120) -> str:
    """Return a name as HTML; its direction does not reach the words around it."""
    return f"<bdi>{escape(one_line(text, most=most))}</bdi>"


def counted(number: int, singular: str, plural: str | None = None) -> str:
    """Return a number with its noun: ``1 statement``, ``2,000 statements``; the plural adds ``s`` by default."""
    if number == 1:
        return f"1 {singular}"
    return f"{number:,} {plural or singular + 's'}"


def percent(share: float) -> str:
    """Return a share from 0 to 1 in whole per cent, where 100 means certain to the last digit: ``99 %`` for 0.997."""
    return f"{min(99, round(share * 100)) if share < 1 else 100} %"
