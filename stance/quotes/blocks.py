"""Paragraphs of a page, and which of them are links to other articles, captions or the tail of the page."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from enum import Enum

import regex

from stance.quotes.tables import Table
from stance.text import sentences
from stance.types import Span

_BULLET = regex.compile(r"[\s•●▪◦*▶►■□◆◇>»→·|\-–—]*")
_CAPTION = regex.compile(
    r"(?i)(?:photo|foto|fot|фото|bild|image|imagen|imagem|afbeelding|beeld|zdjęcie|didascalia|写真|図|사진|صورة|图|图片|fotoğraf|pie)"
    r"[\w ]{0,12}\s?[:|©/：]"
)
# A longer paragraph (an article on one line) is read in pieces that end with a sentence.
LONGEST_PARAGRAPH = 20_000
_TERMINAL = '.!?…:;。！？؟»”"“)»'


class BlockKind(Enum):
    """What a paragraph is on the page."""

    BODY = "body"
    LINK = "link"
    TAIL = "tail"


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph: its place in the text without white space around it, and what it is."""

    start: int
    end: int
    kind: BlockKind = BlockKind.BODY


def _is_wrapped(lines: list[Span], text: str) -> bool:
    """Tell whether the lines were broken at a width, so that a line break ends no paragraph."""
    inner = 0
    full = 0
    for (start, end), (after, _) in itertools.pairwise(lines):
        if text.count("\n", end, after) > 1:
            continue
        inner += 1
        full += 50 <= end - start <= 100 and text[end - 1] not in _TERMINAL
    return inner >= 3 and full * 2 > inner


def _lines(text: str) -> list[Span]:
    spans = []
    start = 0
    for line in text.split("\n"):
        left = start + len(line) - len(line.lstrip())
        right = start + len(line.rstrip())
        if left < right:
            spans.append((left, right))
        start += len(line) + 1
    return spans


def paragraphs(text: str) -> list[Span]:
    """Return the spans of the paragraphs of a cleaned text; a line broken in mid sentence does not end one."""
    lines = _lines(text)
    wrapped = _is_wrapped(lines, text)
    spans: list[Span] = []
    for start, end in lines:
        if spans:
            before = spans[-1]
            breaks = text.count("\n", before[1], start)
            runs_on = text[before[1] - 1] not in _TERMINAL and text[start].islower() and before[1] - before[0] > 30
            if breaks == 1 and (wrapped or runs_on):
                spans[-1] = (before[0], end)
                continue
        spans.append((start, end))
    return [piece for span in spans for piece in _pieces(text, span)]


def _pieces(text: str, span: Span) -> list[Span]:
    """Cut a paragraph that is too long to be one (an article on one line) between sentences."""
    start, end = span
    if end - start <= LONGEST_PARAGRAPH:
        return [span]
    pieces: list[Span] = []
    for first, last in sentences(text[start:end]):
        for place in range(first, last, LONGEST_PARAGRAPH):
            stop = min(place + LONGEST_PARAGRAPH, last)
            if pieces and start + stop - pieces[-1][0] <= LONGEST_PARAGRAPH:
                pieces[-1] = (pieces[-1][0], start + stop)
            else:
                pieces.append((start + place, start + stop))
    return pieces


def _starts_with(low: str, start: int, phrases: tuple[str, ...]) -> int:
    """Return where the longest of the phrases that ``low`` has at ``start`` ends, or 0."""
    found = 0
    for phrase in phrases:
        if low.startswith(phrase, start):
            end = start + len(phrase)
            alone = end >= len(low) or not (low[end].isalnum() and low[end - 1].isalnum()) or low[end] > "\u2e80"
            # a single word such as "source" starts a link only with a colon after it or alone in its line
            if alone and (" " in phrase or phrase[0] > "\u2e80" or low[end : end + 2].lstrip()[:1] in "\n:：|–—"):
                found = max(found, end)
    return found


def _is_listed(piece: str, bullet: bool, made: list[Block]) -> bool:
    """Tell whether a paragraph below a heading such as *Read also* is one of its links and not the article again."""
    if bullet:
        return True
    again = len(made) > 1 and made[-1].kind is made[-2].kind is BlockKind.LINK
    return not again and len(piece) < 200 and piece.rstrip()[-1:] not in ".。"


def blocks(text: str, table: Table) -> list[Block]:
    """Split a cleaned text into paragraphs and tell links and the page's tail apart from the article.

    Args:
        text: the cleaned text.
        table: the expressions of its language.

    Returns:
        The paragraphs in order.
    """
    links = tuple(table.lower(phrase).rstrip(":： ") for phrase in table.link_lines)
    tails = tuple(table.lower(phrase) for phrase in table.tail_lines)
    made: list[Block] = []
    pending = False
    tail = False
    for start, end in paragraphs(text):
        head = table.lower(text[start : min(end, start + 160)])
        bullet = _BULLET.match(head)
        offset = bullet.end() if bullet else 0
        kind = BlockKind.BODY
        link = _starts_with(head, offset, links)
        if tail or (_starts_with(head, offset, tails) and end - start < 400 and made):
            kind = BlockKind.TAIL
            phrase = text[start:end].strip(" :")
            tail = tail or (start > len(text) * 0.6 and (" " in phrase or phrase[:1] > "\u2e80"))
        elif link and (end - start < 260 or head[link : link + 3].lstrip()[:1] in (":", "：")):
            kind = BlockKind.LINK
            rest = text[start + link : end].strip(" :：|-–—…")
            pending = not rest
        elif _CAPTION.match(head, offset) and end - start < 260:
            kind = BlockKind.LINK
        elif pending:
            bulleted = bool(bullet and bullet.group().strip())
            kind = BlockKind.LINK if _is_listed(text[start:end], bulleted, made) else BlockKind.BODY
            pending = bulleted
        elif (
            made and made[-1].kind is BlockKind.LINK and bullet and bullet.group().strip(" \n") in ("•", "●", "▪", "·")
        ):
            kind = BlockKind.LINK
        made.append(Block(start, end, kind))
    return made
