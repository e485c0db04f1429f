"""Raw news text made readable without losing the way back: cleaning, language, sentences.

Nothing here raises on odd input and every function takes time in proportion to the text.
"""

from __future__ import annotations

import html
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import regex

from stance.types import Span

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

#: Languages the detector may answer: the shipped ones and the neighbours they are often mistaken for.
LANGUAGES = ("ar", "de", "en", "es", "fr", "it", "ja", "ko", "nl", "pl", "pt", "ru", "tr", "uk", "zh")
_NEIGHBOURS = (
    "bg",
    "cs",
    "da",
    "el",
    "et",
    "fa",
    "fi",
    "he",
    "hr",
    "hu",
    "lt",
    "lv",
    "no",
    "ro",
    "sk",
    "sl",
    "sr",
    "sv",
)

_BLOCK_TAGS = (
    "p|br|div|li|ul|ol|h[1-6]|tr|td|th|table|tbody|blockquote|section|article|header|footer|hr|figure|figcaption"
)
_INLINE_TAGS = "b|i|u|s|a|em|strong|span|small|sup|sub|font|img|cite|q|mark|time|abbr|iframe|center|script|style"
_DIRT = regex.compile(
    rf"(?P<block><\s{{0,2}}/?\s{{0,2}}(?:{_BLOCK_TAGS})(?:\s[^<>=]{{1,60}}=[^<>]{{0,300}}|\s{{0,2}}/)?\s?>)"
    rf"|(?P<inline><\s{{0,2}}/?\s{{0,2}}(?:{_INLINE_TAGS})(?:\s[^<>=]{{1,60}}=[^<>]{{0,300}}|\s{{0,2}}/)?\s?>)"
    r"|(?P<entity>&(?:amp;){0,3}(?:\#[0-9]{1,7}|\#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,30});)"
    r"|(?P<mojibake>â€(?:[œž™˜“”]|\x9d|\x9c|\x99|\x98|\x93|\x94))"
    r"|(?P<newline>\r\n?|[\u2028\u2029\x0b\x0c\x85])"
    r"|(?P<space>[\t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+)"
    r"|(?P<nothing>[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]+)"
    r"|(?P<ticks>``|(?<!')''(?!'))"
    r"|(?P<open>(?:<<|‹‹)(?=\s?\p{L}))|(?P<close>(?<=[\p{L}.,!?…]\s?)(?:>>|››))"
    r"|(?P<comma>(?<![\w,]),,(?=\w))"
)
_MOJIBAKE = {
    "œ": "“",
    "\x9c": "“",
    "\x9d": "”",
    "ž": "„",
    "™": "’",
    "\x99": "’",
    "˜": "‘",
    "\x98": "‘",
    "“": "–",
    "\x93": "–",
    "”": "—",
    "\x94": "—",
}


@dataclass(frozen=True, slots=True)
class CleanText:
    """A cleaned text and the way back to the original.

    ``text`` is the cleaned text. The other fields describe pieces: where each starts in the cleaned text and in the
    original, and how long it is in each; a piece that is equally long in both is verbatim unless it was replaced.
    """

    text: str
    starts: tuple[int, ...]
    originals: tuple[int, ...]
    lengths: tuple[int, ...]
    verbatim: tuple[bool, ...]

    def to_original(self, start: int, end: int) -> Span:
        """Return the span of the original that ``[start, end)`` of the cleaned text came from.

        Args:
            start: first character, counted in the cleaned text.
            end: one past the last character.

        Returns:
            A span of the original; a character that stood as an entity comes back as the whole entity.
        """
        if not self.starts:
            return 0, 0
        start = min(max(start, 0), len(self.text))
        end = min(max(end, start), len(self.text))
        first = max(bisect_right(self.starts, start) - 1, 0)
        begin = self.originals[first] + (start - self.starts[first] if self.verbatim[first] else 0)
        if end == start:
            return begin, begin
        last = max(bisect_right(self.starts, end - 1) - 1, 0)
        inside = end - self.starts[last] if self.verbatim[last] else self.lengths[last]
        return begin, self.originals[last] + inside

    def to_clean(self, place: int) -> int:
        """Return where a place of the original stands in the cleaned text; what was left out stands where it was."""
        number = bisect_right(self.originals, place) - 1
        if number < 0:
            return 0
        after = self.starts[number + 1] if number + 1 < len(self.starts) else len(self.text)
        inside = place - self.originals[number]
        if inside and not self.verbatim[number]:
            return after
        return min(self.starts[number] + inside, after)


def _replacement(match: regex.Match[str]) -> str:
    kind = match.lastgroup
    found = str(match.group())
    if kind == "entity":
        value = html.unescape(regex.sub(r"^&(?:amp;)+", "&", found))
        if value == found or not value:
            return found
        if value in "\u00a0\u2009\u202f\u2002\u2003\u3000\t":
            return " "
        return "" if value in "\u00ad\u200b\ufeff\u200e\u200f" else value
    if kind == "mojibake":
        return _MOJIBAKE[found[2]]
    if kind == "ticks":
        return "“" if found == "``" else '"'
    return {"block": "\n", "newline": "\n", "space": " ", "open": "«", "close": "»", "comma": "„"}.get(kind or "", "")


def clean(text: str) -> CleanText:
    """Remove what is not text: tags, entities, odd spaces, invisible characters, typewriter quotation marks.

    Args:
        text: anything, as it was scraped.

    Returns:
        The cleaned text with ``to_original``; block tags become line breaks, a ``<`` of mathematics stays.
    """
    pieces: list[str] = []
    starts: list[int] = []
    originals: list[int] = []
    lengths: list[int] = []
    verbatim: list[bool] = []
    place = size = 0

    def add(piece: str, start: int, length: int, same: bool) -> None:
        nonlocal size
        if piece:
            pieces.append(piece)
            starts.append(size)
            originals.append(start)
            lengths.append(length)
            verbatim.append(same)
            size += len(piece)

    for match in _DIRT.finditer(text):
        new = _replacement(match)
        if new == match.group():
            continue
        add(text[place : match.start()], place, match.start() - place, True)
        add(new, match.start(), match.end() - match.start(), False)
        place = match.end()
    add(text[place:], place, len(text) - place, True)
    return CleanText("".join(pieces), tuple(starts), tuple(originals), tuple(lengths), tuple(verbatim))


def plain(text: str) -> str:
    """Return the cleaned text on one line, single-spaced, for a model to read."""
    return " ".join(clean(text).text.split())


# --- language ---------------------------------------------------------------------------------------------------------

_SCRIPTS = regex.compile(
    r"(?P<kana>[\p{Hiragana}\p{Katakana}])|(?P<hangul>\p{Hangul})|(?P<han>\p{Han})|(?P<arabic>\p{Arabic})"
    r"|(?P<letter>\p{L})"
)
_SAMPLE = 6000


@cache
def _identifier() -> LanguageIdentifier:
    """Load py3langid once, kept to the languages that are of use."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    found = LanguageIdentifier.from_model_file(MODEL_FILE)
    known = set(found.labels)
    found.set_languages([code for code in (*LANGUAGES, *_NEIGHBOURS) if code in known])
    if hasattr(found, "_full_model"):
        # It keeps the tables of all languages to choose others from: 28 MB that nobody here asks for again.
        found._full_model = None
    return found


def detect_language(text: str) -> str | None:
    """Tell the language of a text.

    Args:
        text: plain or dirty text; only its first few thousand characters are read.

    Returns:
        An ISO 639-1 code, or None where there is too little text to tell.
    """
    sample = text[:_SAMPLE]
    counts = {"kana": 0, "hangul": 0, "han": 0, "arabic": 0, "letter": 0}
    for match in _SCRIPTS.finditer(sample):
        counts[match.lastgroup or "letter"] += 1
    total = sum(counts.values())
    eastern = counts["kana"] + counts["hangul"] + counts["han"]
    if eastern >= 2 and eastern * 3 > total:
        if counts["hangul"] > counts["kana"]:
            return "ko" if counts["hangul"] * 3 > eastern else "zh"
        return "ja" if counts["kana"] * 12 > eastern else "zh"
    if total < 12 or len(set(sample.lower())) < 8:
        return None
    if counts["arabic"] * 2 > total:
        persian = sum(sample.count(letter) for letter in "پچژگکی")
        return "fa" if persian * 12 > counts["arabic"] else "ar"
    safe = sample.encode("utf-8", "replace").decode("utf-8")
    code = str(_identifier().classify(safe)[0])
    return code or None


# --- sentences --------------------------------------------------------------------------------------------------------

_CLOSERS = "\"”“»«’'」』)]）】›‹"
_END = regex.compile(r"(?:[.!?…؟。！？‽]+|\n)[" + regex.escape(_CLOSERS) + r"]{0,3}(?P<gap>\s*)")
_QUOTED = regex.compile(
    r"“[^“”\n]{1,900}”|«[^«»\n]{1,900}»|„[^„“”\n]{1,900}[“”]|\"[^\"\n]{1,900}\"|「[^「」\n]{1,900}」|『[^『』\n]{1,900}』"
)
_WORD_BEFORE = regex.compile(r"[\p{L}\p{M}.’'-]{1,20}$")
_ORDINAL = regex.compile(r"(?<!\d)\d{1,2}$")
_ABBREVIATION = regex.compile(
    r"a\.m|apr|art|aug|av|avv|bd|bijv|bzw|ca|capt|col|corp|d|d\.c|d\.h|dec|dhr|dott|doç|dr|drs|dña|"
    r"e\.g|e\.u|exmo|feb|fr|gen|gen\.|gov|hr|i\.e|im|inc|ing|ir|jan|jr|jul|jun|ks|lt|ltd|m|mar|mevr|"
    r"mgr|mjr|mlle|mme|mr|mr\.|mrs|ms|no|nov|nov\.|np|nr|o\.a|oct|on|p\.m|prof|prof\.ssa|płk|r|rep|"
    r"sen|sept|sgt|sig|sig\.ra|sog|sr|sra|srta|st|str|tj|tzw|u\.a|u\.k|u\.n|u\.s|ul|usw|vb|vs|w|yrd|"
    r"z\.b|вул|г|гг|д|е|им|млн|млрд|н\.|см|стр|т\.д|т\.е|т\.п|тис|тыс|ул|ім"
)
_FULL_WIDTH = "。！？"


def _cuts_nothing(text: str, match: regex.Match[str], abbreviations: Collection[str]) -> bool:
    """Tell whether a mark of the end of a sentence is none: an abbreviation, an initial, a number, an ordinal."""
    mark = match.group().strip()
    after = text[match.end() : match.end() + 1]
    if "\n" in match.group():
        return False
    if mark[:1] in _FULL_WIDTH or "。" in mark:
        return False
    if not match.group("gap") and after:
        return True
    if after and after.islower():
        return True
    if not mark.startswith(".") or mark.startswith(".."):
        return False
    before = _WORD_BEFORE.search(text, max(0, match.start() - 20), match.start())
    if before is None:
        # "15. Mai" and "3. 2." go on, "in 2024. Then" does not
        return _ORDINAL.search(text, max(0, match.start() - 3), match.start()) is not None
    word = before.group().lower()
    if len(word) == 1 and before.group().isupper() and word.isalpha():
        return True
    return _ABBREVIATION.fullmatch(word) is not None or word + "." in abbreviations


def sentences(
    text: str, *, abbreviations: Collection[str] = (), quotations: Sequence[Span] | None = None
) -> list[Span]:
    """Split a text into sentences without cutting inside a quotation.

    Args:
        text: the text; line breaks end sentences too.
        abbreviations: further words that end with a full stop and end no sentence, lower case, with the stop.
        quotations: spans, in order, that must stay whole; by default the plainly paired quotations.

    Returns:
        Spans in order, without the white space around each sentence.
    """
    kept = [match.span() for match in _QUOTED.finditer(text)] if quotations is None else list(quotations)
    known = abbreviations if isinstance(abbreviations, (set, frozenset, dict)) else frozenset(abbreviations)
    spans: list[Span] = []
    start = index = 0
    for match in _END.finditer(text):
        while index < len(kept) and kept[index][1] <= match.start():
            index += 1
        place = match.end() - len(match.group("gap"))
        if index < len(kept) and kept[index][0] < place < kept[index][1]:
            continue
        if _cuts_nothing(text, match, known):
            continue
        _append(text, start, place, spans)
        start = match.end()
    _append(text, start, len(text), spans)
    return spans


def neighbourhood(text: str, places: Sequence[Span], start: int, end: int) -> str:
    """Return the sentences that a span touches with the one before and the one after, on one line.

    ``places`` are the text's :func:`sentences`.
    """
    first = bisect_right(places, start, key=lambda place: place[1])
    last = bisect_left(places, end, key=lambda place: place[0]) - 1
    if first >= len(places) or last < first:
        return ""
    around = text[places[max(first - 1, 0)][0] : places[min(last + 1, len(places) - 1)][1]]
    return " ".join(around.split())


def _append(text: str, start: int, end: int, spans: list[Span]) -> None:
    piece = text[start:end]
    left = start + len(piece) - len(piece.lstrip())
    right = start + len(piece.rstrip())
    if left < right:
        spans.append((left, right))
