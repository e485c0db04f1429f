"""Quotation marks of a paragraph paired into quotations, by where they stand rather than by which sign they are.

The same sign opens in one language and closes in another, and machine translation mixes them; but an opening mark has
a space before it and a letter after it, a closing one the reverse. The sign itself decides only where that fails.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import regex

_DOUBLE = '“”„‟«»"＂″'
_SINGLE = "‘’‚'‹›"
_BRACKETS = {"「": "」", "『": "』", "《": "》", "〈": "〉", "＜": "＞"}
_CLOSING_BRACKETS = {close: opening for opening, close in _BRACKETS.items()}
_MARKS = regex.compile("[" + regex.escape(_DOUBLE + _SINGLE + "".join(_BRACKETS) + "".join(_CLOSING_BRACKETS)) + "]")
#: Five marks or more in a row are an ornament.
_RUN = regex.compile(_MARKS.pattern + "{5,}")
_BEFORE = frozenset("([{<–—-/:=¿¡|•：，。；、（…")
_AFTER = frozenset(".,;:!?…)]}–—-/(|。，、；：！？）؟،؛·*")
_OPENERS = frozenset("„‟«‘‚‹“")
_CLOSERS = frozenset("”»’›")
_NATURAL = {"“": "”", "„": "“”", "«": "»", "‘": "’", "‹": "›", "‚": "‘’", "»": "«", '"': '"', "”": "”", "'": "'"}
_ELISION = regex.compile(r"(?i)['’‘](?:s|t|n|m|k|r|em|til|cause|tis|twas|round|bout|\d0s)\b")
_DEPTH = 8
_UNSPACED = frozenset({"zh", "ja"})


@dataclass(frozen=True, slots=True)
class Quotation:
    """Words between marks: ``start`` and ``end`` without the marks, ``outer_start`` and ``outer_end`` with them.

    ``opened`` and ``closed`` tell whether the mark is there; ``mark`` is the opening one (or the closing one).
    """

    start: int
    end: int
    outer_start: int
    outer_end: int
    mark: str
    opened: bool = True
    closed: bool = True

    @property
    def is_title(self) -> bool:
        """Tell whether the marks are those of titles alone."""
        return self.mark in "《〈＜"

    @property
    def is_single(self) -> bool:
        """Tell whether the marks are single ones."""
        return self.mark in _SINGLE


@dataclass(slots=True)
class _Mark:
    place: int
    sign: str
    role: str  # "open", "close", "either" (a space on both sides), "inside" (a space on neither)


def _roles(text: str, start: int, end: int) -> list[_Mark]:
    found: list[_Mark] = []
    runs = [match.span() for match in _RUN.finditer(text, start, end)]
    run = 0
    for match in _MARKS.finditer(text, start, end):
        while run < len(runs) and runs[run][1] <= match.start():
            run += 1
        if run < len(runs) and runs[run][0] <= match.start():
            continue
        place = match.start()
        sign = match.group()
        before = text[place - 1] if place > start else " "
        after = text[place + 1] if place + 1 < end else " "
        touching = bool(found) and found[-1].place == place - 1
        left = before.isspace() or before in _BEFORE or (touching and found[-1].role == "open")
        right = after.isspace() or after in _AFTER or (after in _CLOSERS and not left)
        if touching and found[-1].role == "close" and not left:
            right = right or after.isalnum() is False
        role = {(True, False): "open", (False, True): "close", (True, True): "either"}.get((left, right), "inside")
        if after in _MARKS_SET and not right:
            role = "open" if left else "close"
        found.append(_Mark(place, sign, role))
    return found


_MARKS_SET = frozenset(_DOUBLE + _SINGLE + "".join(_BRACKETS) + "".join(_CLOSING_BRACKETS))


class _Pairer:
    """Pairs the marks of one paragraph; made for one paragraph and thrown away."""

    def __init__(self, text: str, start: int, end: int, language: str, reports: Callable[[int, int], bool]) -> None:
        self.text, self.start, self.end = text, start, end
        self.unspaced = language in _UNSPACED
        self.particles = language == "ko"
        self.reports = reports
        self.stack: list[_Mark] = []
        self.pairs: list[tuple[_Mark, _Mark, int]] = []
        self.strays: list[_Mark] = []

    def run(self) -> None:
        """Read all marks of the paragraph."""
        marks = _roles(self.text, self.start, self.end)
        single_closers = [mark.place for mark in marks if mark.sign in "’'›" and mark.role == "close"]
        last_single = single_closers[-1] if single_closers else -1
        for index, mark in enumerate(marks):
            after = marks[index + 1] if index + 1 < len(marks) else None
            if mark.sign in _BRACKETS:
                self._open(mark)
            elif mark.sign in _CLOSING_BRACKETS:
                self._close(mark, _CLOSING_BRACKETS[mark.sign])
            elif mark.sign in _SINGLE:
                self._single(mark, last_single, single_closers)
            elif self._opens(mark, after):
                self._open(mark)
            else:
                self._close(mark, _DOUBLE)

    def _top(self, family: str) -> _Mark | None:
        return next((mark for mark in reversed(self.stack) if mark.sign in family), None)

    def _open(self, mark: _Mark) -> None:
        if len(self.stack) < _DEPTH:
            self.stack.append(mark)

    def _close(self, mark: _Mark, family: str) -> None:
        for depth in range(len(self.stack) - 1, -1, -1):
            if self.stack[depth].sign in family:
                self.pairs.append((self.stack[depth], mark, depth))
                del self.stack[depth:]
                return
        if family == _DOUBLE and not self.stack:
            self.strays.append(mark)

    def _single(self, mark: _Mark, last: int, closers: list[int]) -> None:
        inside = bool(self.stack) and self.stack[-1].sign in _SINGLE
        glued = mark.sign in "‘’" and (self.unspaced or (self.particles and (inside or mark.sign == "‘")))
        if mark.role == "inside" and not glued:
            return
        if mark.role == "inside" or mark.role == "either":
            mark.role = "open" if mark.sign in "‘‚‹" else "close"
        if mark.role == "open":
            elision = _ELISION.match(self.text, mark.place)
            if mark.sign in "‘‚‹" or (mark.sign == "'" and not elision):
                if (mark.sign == "‘" and elision and inside) or (last <= mark.place and mark.sign == "'"):
                    return
                self._open(mark)
        elif inside and not self._possessive(mark, closers):
            self._close(mark, _SINGLE)

    def _possessive(self, mark: _Mark, closers: list[int]) -> bool:
        """Tell whether the mark is a plural's apostrophe: a small letter follows, and a better closing mark later."""
        text, place = self.text, mark.place
        if not (
            text[place - 1] in "szx" and text[place + 1 : place + 2] == " " and text[place + 2 : place + 3].islower()
        ):
            return False
        return any(place < other < place + 400 and text[other - 1] in ".,!?…" for other in closers[-8:])

    def _opens(self, mark: _Mark, after: _Mark | None) -> bool:
        top = self._top(_DOUBLE)
        sign = mark.sign
        if self.unspaced and sign in "“”„«»":
            return self._opens_unspaced(mark, after, top)
        if sign in '"″' and top is None and self._inches(mark):
            mark.role = "close"
            return False
        if top is None:
            return (
                mark.role == "open"
                or (mark.role in ("either", "inside") and sign not in _CLOSERS)
                or (mark.role == "close" and sign in "«„" and not self.text[mark.place - 1].isalnum())
            )
        natural = sign in _NATURAL.get(top.sign, "")
        if mark.role == "open":
            return not (sign in _CLOSERS and natural) and not self._lone_straight(mark, after, top)
        if mark.role == "either":
            return sign == "«"
        if mark.role == "close" and sign in '"″' and self._inches(mark) and after is not None and after.role == "close":
            return False
        return False

    def _lone_straight(self, mark: _Mark, after: _Mark | None, top: _Mark) -> bool:
        """Tell whether a straight mark with a space before it closes: nothing else is left to close the quotation."""
        return mark.sign == top.sign == '"' and after is None and self.text[mark.place - 1] == " "

    def _inches(self, mark: _Mark) -> bool:
        return mark.role == "close" and mark.place > self.start and self.text[mark.place - 1].isdigit()

    def _opens_unspaced(self, mark: _Mark, after: _Mark | None, top: _Mark | None) -> bool:
        sign = mark.sign
        if top is None:
            return sign not in _CLOSERS or mark.role == "open"
        if sign in _CLOSERS or sign in _NATURAL.get(top.sign, ""):
            return False
        if sign == "“" and (after is None or after.sign != "”"):
            return False
        return mark.role != "close"


def _contained(text: str, opening: _Mark, closing: int, closed: bool, end: int) -> Quotation:
    return Quotation(
        opening.place + 1,
        closing,
        opening.place,
        min(closing + 1, end) if closed else closing,
        opening.sign,
        True,
        closed,
    )


def _unclosed(pairer: _Pairer, top: list[Quotation]) -> list[Quotation]:
    """Decide about the marks that nothing closed: one forgot its end, one is a stray mark inside a quotation."""
    text, end = pairer.text, pairer.end
    left = [mark for mark in pairer.stack if mark.sign not in _SINGLE or mark.sign == "‘"]
    made = list(top)
    while left:
        outer = left.pop(0)
        following = [pair for pair in made if pair.outer_start > outer.place]
        rest = [mark.place for mark in left]
        first = min([pair.outer_start for pair in following] + rest, default=end)
        if first == end:
            made.append(_contained(text, outer, end, False, end))
            continue
        if pairer.reports(outer.place + 1, first):
            stop = first
            made.append(_contained(text, outer, stop, False, end))
            continue
        child = next((pair for pair in following if pair.outer_start == first), None)
        if child is None:
            left.pop(0)
            left.insert(0, outer)
            if len(left) == 1:
                following = [pair for pair in made if pair.outer_start > outer.place]
                if not following:
                    made.append(_contained(text, outer, end, False, end))
                    left.pop(0)
            continue
        before = text[outer.place + 1 : first].rstrip()[-1:]
        joined = (before in ".!?…。！？,;:" or child.mark == outer.sign) and child.mark not in _BRACKETS
        if outer.sign in _SINGLE and child.mark not in _SINGLE:
            joined = False
        if joined:
            stop = child.end
            made = [pair for pair in made if not (outer.place < pair.outer_start and pair.outer_end <= child.outer_end)]
            made.append(replace(_contained(text, outer, stop, True, end), outer_end=child.outer_end))
        elif outer.sign not in _SINGLE:
            made = [pair for pair in made if pair.outer_start < outer.place]
            made.append(_contained(text, outer, end, False, end))
    return sorted(made, key=lambda pair: pair.start)


def _unopened(pairer: _Pairer, made: list[Quotation]) -> list[Quotation]:
    """Give a quotation to the first mark that closes what nothing opened, where a report follows it."""
    if not pairer.strays:
        return made
    stray = pairer.strays[0]
    place = stray.place
    if any(pair.outer_start < place for pair in made) or stray.role == "open":
        return made
    if stray.sign in '"″' and pairer.text[place - 1].isdigit():
        return made
    first = pairer.start
    colon = pairer.text.rfind(": ", first, place) if stray.role == "close" else -1
    begins = pairer.text[colon + 2 : colon + 3].isupper() and place - colon > 20
    if colon > first + 3 and begins and "\n" not in pairer.text[colon:place]:
        made = [Quotation(colon + 2, place, colon + 2, place + 1, stray.sign, opened=False), *made]
    elif place - first > 8 and pairer.reports(place + 1, min(place + 60, pairer.end)):
        made = [Quotation(first, place, first, place + 1, stray.sign, opened=False), *made]
    return made


def pair(text: str, start: int, end: int, *, language: str, reports: Callable[[int, int], bool]) -> list[Quotation]:
    """Pair the quotation marks of one paragraph.

    Args:
        text: the cleaned text.
        start: where the paragraph starts.
        end: where it ends.
        language: its language, since scripts without spaces must go by the signs.
        reports: tells whether a piece of text holds a reporting word outside the words quoted.

    Returns:
        The outermost quotations in order, apart from each other; an unclosed one ends with the paragraph.
    """
    pairer = _Pairer(text, start, end, language, reports)
    pairer.run()
    outermost: list[Quotation] = []
    unclosed = {id(mark) for mark in pairer.stack}
    for opening, closing, _ in sorted(pairer.pairs, key=lambda found: found[0].place):
        if id(opening) not in unclosed and (not outermost or opening.place >= outermost[-1].outer_end):
            outermost.append(_contained(text, opening, closing.place, True, end))
    made = _unclosed(pairer, outermost) if pairer.stack else outermost
    made = _unopened(pairer, made)
    apart: list[Quotation] = []
    for found in made:
        if found.start < found.end and text[found.start : found.end].strip():
            if apart and found.outer_start < apart[-1].outer_end:
                continue
            apart.append(found)
    return apart
