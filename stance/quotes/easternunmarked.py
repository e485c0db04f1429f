"""Speech that other signs than quotation marks bound: labelled lines, answers, comments or seldom marks."""

from __future__ import annotations

from bisect import bisect_left

import regex

from stance.quotes.marks import Quotation
from stance.quotes.words import common
from stance.types import Span

#: What stands for the opening mark of words after the speaker's name, and of an answer without one.
LABELLED = "："
ANSWER = "答"
_WINDOW = 3000
_LABEL = regex.compile(
    r"[◆◇■□▶▷●○◎▲△▽▼★☆*•·\-–―—\s]*"
    r"(?P<label>\p{L}[^:：\n「」『』“”\"《》。、，,!?？！.　]{0,19}?)"
    r"(?P<sign>\s?[：:]\s?|[　 ]{1,2})(?=[^\s:：/\d「『“\"‘«„《])"
)
_COLON = regex.compile(_LABEL.pattern.replace("|[　 ]{1,2})", ")"))
#: A comment under the name of who gave it: *Professor X (international politics): ...*.
_COMMENT = regex.compile(
    r"[◆◇■□▶▷●○◎▲△▽▼★☆・\s]*(?P<label>[^:：\n「」『』“”\"。]{2,40}?)"
    r"(?:の(?:話|談話|コメント)|談)[\s　:：]+(?=[^\s「『])"
)
_QUESTION = regex.compile(
    r"(?:[QＱ]\s?\d*\s?[.．)）:：　 ]|[문問问]\s?[.．:：　 ]|(?:――|──|――|—|─|―|-|–)(?=\S)|[-–] (?=\S))"
)
_ANSWER = regex.compile(r"(?:[AＡ]\s?\d*\s?[.．)）　]\s*|[답答]\s?[.．　]\s*|[▲△]\s?)(?=[^\s「『“\"‘])")
_MARKS = regex.compile(r"[「『“”\"«„《〈]")
_ASKERS = frozenset(
    ["記者", "记者", "기자", "聞き手", "本紙", "本报", "本報", "編集部", "編輯部", "编辑部", "질문", "본지"]
)
_FOREIGN = {
    "ja": regex.compile(r"｢(?P<in>[^｢｣\n]{1,400})｣|〝(?P<in>[^〝〟〞\n]{1,400})[〟〞]|”(?P<in>[^”“\n]{2,400})”"),
    "zh": regex.compile(r"〝(?P<in>[^〝〟〞\n]{1,400})[〟〞]|”(?P<in>[^”“\n]{2,400})”"),
}


def found_without_marks(text: str, start: int, end: int, language: str) -> Quotation | None:
    """Return what a labelled line, an answer or a comment says, None where the paragraph is none of these.

    Args:
        text: the cleaned text.
        start: where the paragraph starts.
        end: where it ends.
        language: its language.
    """
    if end - start > 4000:
        return None
    spaced = language == "ja"
    if spaced and (match := _COMMENT.match(text, start, end)):
        return _rest(match.end(), end, LABELLED)
    match = (_LABEL if spaced else _COLON).match(text, start, end)
    if match is not None and _is_turn(text, start, end, match):
        return _rest(match.end(), end, LABELLED)
    before = _line_before(text, start)
    if _QUESTION.match(text, *before) is None:
        return None
    if match := _ANSWER.match(text, start, end):
        return _rest(match.end(), end, ANSWER)
    plain = _QUESTION.match(text, start, end) is None and _MARKS.search(text, start, end) is None
    dashed = text[before[0]] in "―─—-–" and before[1] - before[0] < 120
    if plain and dashed and language != "zh" and end - start > 8 and _asked_again(text, start):
        return _rest(start, end, ANSWER)
    return None


def label_of(text: str, start: int, found: Quotation) -> Span:
    """Return the place of the name before a labelled line's words."""
    for pattern in (_COMMENT, _LABEL, _COLON):
        match = pattern.match(text, start, found.end)
        if match is not None and match.end() == found.start:
            start, stop = match.span("label")
            return start, stop
    return start, start


def marked_otherwise(text: str, start: int, end: int, language: str, made: list[Quotation]) -> list[Quotation]:
    """Return the quotations between half-width brackets, slanted marks or two closing ones, apart from those known."""
    pattern = _FOREIGN.get(language)
    if pattern is None:
        return []
    found = []
    starts = [one.outer_start for one in made]
    for match in pattern.finditer(text, start, end):
        place = bisect_left(starts, match.end())
        if not place or made[place - 1].outer_end <= match.start():
            start, stop = match.span("in")
            found.append(Quotation(start, stop, match.start(), match.end(), "「"))
    return found


def _rest(start: int, end: int, mark: str) -> Quotation:
    return Quotation(start, end, start, end, mark)


def _is_turn(text: str, start: int, end: int, match: regex.Match[str]) -> bool:
    """Tell whether the label of a line is that of other lines too, or answers the line before it."""
    label = match.group("label").strip()
    low = label.lower()
    if low in _ASKERS or low in common("questions") or regex.fullmatch(r"[\d\p{P}]+", label):
        return False
    spaced = not match.group("sign").strip()
    if spaced and (len(label) > 8 or text[end - 1] not in "。！？!?…）♪"):
        return False
    before = _line_before(text, start)
    if spaced and text.startswith(("――", "──", "―"), before[0]):
        return True
    again = regex.compile(
        rf"(?<=\n)[◆◇■□▶▷●○◎▲△▽▼\s]*{regex.escape(label)}{'[　 ]' if spaced else r'(?:[（(][^)）]{1,20}[)）])?[：:]'}"
    )
    window = "\n" + text[max(0, start - _WINDOW) : start + _WINDOW]
    return len(again.findall(window)) >= 2


def _line_before(text: str, start: int) -> Span:
    """Return the place of the line before a paragraph, without white space."""
    stop = start
    first = max(0, start - 400)
    while stop > first and text[stop - 1].isspace():
        stop -= 1
    begin = max(text.rfind("\n", first, stop) + 1, first)
    while begin < stop and text[begin].isspace():
        begin += 1
    return begin, stop


def _asked_again(text: str, start: int) -> bool:
    """Tell whether more than one question after a dash stands near a place."""
    window = "\n" + text[max(0, start - _WINDOW) : start + _WINDOW]
    return len(regex.findall(r"\n\s*[―─—–-]{1,2}\s?[^\n―─—–-]{1,118}[?？.。は](?=\n)", window)) >= 2
