"""Interviews: questions that stand in paragraphs of their own, and the answers after them, which no marks bound."""

from __future__ import annotations

from collections.abc import Collection

import regex

from stance.quotes.blocks import Block, BlockKind
from stance.quotes.speech import Turn
from stance.types import Span

_BULLET = regex.compile(r"[■◆●▶►•❓▪]\s*")
_DASH = regex.compile(r"[-–—]\s*")
_LABEL = regex.compile(r"\p{L}[\p{L}\p{M} .'’]{0,30}:\s+")
_BOLD_BEFORE = regex.compile(r"<(?:b|strong)>\s*$", regex.IGNORECASE)
_BOLD_AFTER = regex.compile(r"\s*</(?:b|strong)>", regex.IGNORECASE)
_MARKS = regex.compile('[«“„"「‘]')
_LONGEST = 320


def bold_lines(raw: str, spans: list[Span]) -> frozenset[int]:
    """Return which paragraphs were in bold type as a whole.

    Args:
        raw: the text as it was scraped.
        spans: the places of the paragraphs in it.

    Returns:
        The indexes of the paragraphs between ``<b>`` or ``<strong>`` and its end.
    """
    if "<" not in raw:
        return frozenset()
    return frozenset(
        index
        for index, (start, end) in enumerate(spans)
        if _BOLD_BEFORE.search(raw, max(start - 12, 0), start) and _BOLD_AFTER.match(raw, end)
    )


def interview(text: str, blocks: list[Block], bold: frozenset[int]) -> list[Turn]:
    """Find the answers of an interview whose turns no name introduces.

    Args:
        text: the cleaned text.
        blocks: its paragraphs.
        bold: the paragraphs in bold type, as questions often are.

    Returns:
        The answers, each marked as such; none where the text has fewer than three questions by themselves.
    """
    asked = [
        index
        for index, block in enumerate(blocks)
        if block.kind is BlockKind.BODY and _asks(text, block, index in bold)
    ]
    plain = [index for index in asked if index + 1 < len(blocks) and index + 1 not in asked]
    marked = [index for index in plain if index in bold or _BULLET.match(text, blocks[index].start)]
    sure = len(marked) >= 2 and len(plain) >= 3
    body = sum(block.kind is BlockKind.BODY for block in blocks)
    if not sure and (len(plain) < 3 or len(plain) * 4 < body):
        return []
    questions = marked if sure else plain
    found = []
    for place, index in enumerate(questions):
        stop = questions[place + 1] if place + 1 < len(questions) else index + 2
        parts = _answer(text, blocks, index + 1, stop)
        if parts:
            found.append(Turn(tuple(parts), parts[0], answer=True, block=index + 1))
    return found


def _asks(text: str, block: Block, bold: bool) -> bool:
    piece = text[block.start : block.end].rstrip()
    if len(piece) > _LONGEST or _DASH.match(piece):
        return False
    question = piece.rstrip('"”»“')[-1:] in ("?", "؟", "？")
    if bold or _BULLET.match(piece):
        return question or piece[-1:] in ".…:"
    return question and not _MARKS.match(piece)


def _answer(text: str, blocks: list[Block], first: int, stop: int) -> list[Span]:
    """Return the spans of an answer: its first paragraph, and those after it that tell of nobody else."""
    parts: list[Span] = []
    for block in blocks[first:stop]:
        if block.kind is not BlockKind.BODY or text[block.start] in "([（":
            break
        start = block.start
        if dash := _DASH.match(text, start):
            start = dash.end()
        elif parts and _MARKS.search(text, start, block.end):
            break
        if label := _LABEL.match(text, start, block.end):
            start = label.end()
        if _MARKS.match(text, start):
            break
        parts.append((start, block.end))
    return parts


def asked_after_dashes(text: str, blocks: list[Block], whole: list[int], told: Collection[int]) -> frozenset[int]:
    """Return which paragraphs of dialogue are an interviewer's questions, each with its answer behind it.

    Args:
        text: the cleaned text.
        blocks: its paragraphs.
        whole: the indexes of the paragraphs that are speech after a dash and nothing else, in order.
        told: the indexes of all paragraphs of dialogue, those with a reporting word too.

    Returns:
        The indexes of the questions; none where there are fewer than two of them.
    """
    spoken = frozenset(told)
    found = [
        index
        for index in whole
        if text[blocks[index].end - 1] == "?"
        and index + 1 in spoken
        and text[blocks[index + 1].end - 1] != "?"
        and (index - 1 not in spoken or text[blocks[index - 1].end - 1] != "?")
    ]
    return frozenset(found) if len(found) >= 2 else frozenset()
