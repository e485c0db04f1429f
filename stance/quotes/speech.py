"""Speech that marks do not bound: asides inside quotations, dialogue after dashes, turns of a transcript."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

import regex

from stance.quotes.blocks import Block, BlockKind
from stance.quotes.marks import Quotation
from stance.quotes.tables import Hit, Table
from stance.quotes.words import common, grammar
from stance.text import sentences
from stance.types import Span

_DASHED = frozenset({"pl", "es", "fr", "ru", "uk", "pt", "it", "tr", "und"})
_DASH = regex.compile(r"(?<=[\s,.!?…»”\"“])[–—-]+(?=[\s\p{L}¿¡«„“\"])|—|(?<=[\p{L}\p{N}»”\"])[–—](?=[\s.,])")
_OPENING = regex.compile(r"[–—-]+\s*(?=[\p{L}\p{N}¿¡«„“\"…])")
_LABEL = regex.compile(
    r"[\s◆◇■□▶▷●○◎▲△★☆*•·\-–—▣]*(?P<mark>[“\"«])?(?P<label>\p{L}[^:：\n«»“”\"「」.!?。]{0,40}?)"
    r"\s*(?:[(（][^)）\n]{1,40}[)）])?\s?[:：]\s*(?:[(（][^)）\n]{1,30}[)）]\s*)?(?=[^\s:：/\d])"
)


_STOP = regex.compile(r"(?<!\b\p{Lu})(?:[.,،!?]|\s?:)\s+")


def reporting_hits(text: str, table: Table) -> list[Hit]:
    """Return the reporting verbs in a piece of text."""
    return [hit for hit in table.hits(text) if "cue_verbs" in hit.kinds]


def _introduces(piece: str, hit: Hit, commas: bool) -> int:
    """Return where an aside begins whose verb is ``hit``: at the dash or comma right before it; or -1."""
    before = piece[: hit.start].rstrip()
    if before[-1:] in "–—-" and before:
        stripped = before.rstrip("–—-")
        return len(stripped.rstrip()) if stripped and (stripped[-1] in ' ,.!?…»”"' or before[-1] == "—") else -1
    if commas and before[-1:] in (",", "،") and len(before) > 8:
        return len(before) - 1
    return -1


def _aside_end(
    piece: str, place: int, dashed: bool, apposed: Callable[[str], bool] = lambda _: False
) -> tuple[int, int]:
    """Return where an aside ends and where the speech goes on after it; both the length where it does not."""
    if dashed:
        for match in regex.finditer(r"\s?[.,]?\s*[–—-]+\s*[.,:]?\s+|—[.,:]?\s*|[.,]\s+[–—-]+\s*", piece, pos=place):
            return match.start(), match.end()
        return len(piece), len(piece)
    found = list(itertools.islice(_STOP.finditer(piece, place), 3))
    if not found:
        return len(piece), len(piece)
    stop = found[0]
    # "said X, the mayor of Y. ..." goes on with who X is
    near = stop.group()[0] == "," and len(found) > 1 and found[1].start() - stop.end() < 70
    if near and apposed(piece[stop.end() : found[1].start()]):
        stop = found[1]
    return stop.start(), stop.end()


def asides(text: str, found: Quotation, table: Table, *, reported: bool) -> list[Quotation]:
    """Split a quotation at the asides inside its marks (*"A, said X, B"* in one pair of marks).

    Args:
        text: the cleaned text.
        found: the quotation.
        table: the expressions of its language.
        reported: a reporting word stands outside, so that a comma alone makes no aside.

    Returns:
        The quotation itself, or its parts of speech with the asides between them.
    """
    piece = text[found.start : found.end]
    if len(piece) > 6000:
        return [found]
    commas = not reported or not found.closed
    for hit in reporting_hits(piece, table):
        cut = _introduces(piece, hit, commas)
        if cut < 3:
            continue
        dashed = piece[cut : hit.start].strip(" ,")[:1] in ("–", "—", "-")
        last = not found.closed and len(piece) - hit.end < 60 and not regex.search(r"[.!?]\s", piece[hit.end :])
        if not dashed and not last and not _has_subject(piece, hit, table):
            continue
        _stop, again = _aside_end(piece, hit.end, dashed, lambda words: _explains(words, table))
        first = replace(found, end=found.start + cut, outer_end=found.start + cut, closed=True)
        if again >= len(piece.rstrip()) or (not dashed and not found.closed):
            return [first]
        rest = replace(found, start=found.start + again, outer_start=found.start + again)
        return [first, rest]
    return [found]


def _explains(words: str, table: Table) -> bool:
    """Tell whether the words between two commas say who somebody is: an age, a role, *now in retirement*."""
    first = words.split(maxsplit=1)[0] if words.strip() else ""
    if len(words.split()) > 9 or not (first[:1].islower() or first[:1].isdigit()):
        return False
    if first[:1].isdigit() or table.lower(first) in common("asides"):
        return True
    hits = table.hits(words)
    lead = max((hit.end for hit in hits if hit.start == 0 and "articles" in hit.kinds), default=0)
    return any("roles" in hit.kinds and hit.start <= lead + 1 for hit in hits)


def _has_subject(piece: str, hit: Hit, table: Table) -> bool:
    """Tell whether a possible speaker follows a verb closely."""
    after = piece[hit.end : hit.end + 60].lstrip()
    found = table.hits(after)
    if any(other.start <= 4 and other.kinds & {"pronouns", "roles", "collectives", "articles"} for other in found):
        return True
    inside = any(
        hit.start < other.start < hit.end and "pronouns" in other.kinds for other in table.hits(piece[: hit.end])
    )
    return after[:1].isupper() or inside or "-" in piece[hit.start : hit.end]


def trim_unclosed(text: str, found: Quotation, table: Table) -> Quotation:
    """Cut what is plainly no speech off the end of a quotation whose closing mark is missing."""
    piece = text[found.start : found.end]
    goes_on = text[found.end : found.end + 8].lstrip()[:1] in ("“", "„", "«", "»", '"', "「", "‘")
    if (
        found.closed
        or len(piece) > 6000
        or table.language == "zh"
        or (goes_on and "\n" in text[found.end : found.end + 8])
    ):
        return found
    if table.language == "tr":
        match = regex.search(r"(?<=\p{L}{3}),? (?:diye|diyen|diyerek|dedi|demişti|diyor)\b", piece)
        if match:
            return replace(found, end=found.start + match.start(), outer_end=found.start + match.start())
    if table.language == "ko":
        match = regex.search(r"(?<=[다요까라자])(?:고|며|면서)\s+\S*(?:했|말|밝|전|주장|강조|덧붙|설명)", piece)
        if match:
            return replace(found, end=found.start + match.start(), outer_end=found.start + match.start())
    spans = sentences(piece, abbreviations=table.stops)
    for start, end in spans[1:]:
        sentence = piece[start:end]
        hits = table.hits(sentence)
        cue = any(hit.kinds & {"cue_verbs", "cue_before", "cue_after"} for hit in hits)
        third = any("pronouns" in hit.kinds for hit in hits) or table.language in ("ja", "zh")
        own = any("first_pronouns" in hit.kinds for hit in hits)
        third = third or any(hit.kinds & {"cue_verbs"} and 0 < hit.start <= 30 for hit in hits)
        if cue and third and not own:
            stop = found.start + len(piece[:start].rstrip())
            return replace(found, end=stop, outer_end=stop)
    return found


# --- dialogue after dashes --------------------------------------------------------------------------------------------


def dialogue(text: str, block: Block, table: Table, *, trusted: bool) -> list[Quotation]:
    """Find the speech of a paragraph in which dashes stand for quotation marks.

    Args:
        text: the cleaned text.
        block: the paragraph.
        table: the expressions of its language.
        trusted: other paragraphs show that the text has dialogue, so that a paragraph needs no reporting word.

    Returns:
        The parts of speech, the dash counted among the marks; empty where the dashes are something else.
    """
    piece = text[block.start : block.end]
    opening = _OPENING.match(piece)
    if opening is None:
        return _inline_dialogue(piece, block, table) if table.language in _DASHED else []
    hyphen = opening.group().startswith("-")
    parts = _speech(piece, opening.end(), opening.start(), block.start, table)
    told = len(parts) > 1 or (bool(parts) and parts[-1].outer_end < block.end)
    dashed = table.language in _DASHED
    if told and (dashed or regex.search(r"[–—]", piece[opening.end() :])):
        return parts
    if dashed and (trusted and not hyphen and piece.rstrip()[-1:] in ".!?…"):
        return parts
    return []


def _inline_dialogue(piece: str, block: Block, table: Table) -> list[Quotation]:
    """Find Polish-style dialogue that begins after a sentence in the middle of a paragraph."""
    for match in regex.finditer(r"(?<=[.!?…:”\"])\s[–—]\s+(?=[\p{Lu}¿¡])", piece):
        parts = _speech(piece, match.end(), match.start() + 1, block.start, table)
        introduced = piece[match.start() - 1] == ":" and len(piece) - match.end() > 20
        if parts and (parts[0].outer_end < block.end or introduced):
            return parts
    return []


def _told(piece: str, place: int, table: Table) -> bool:
    """Tell whether an aside begins at ``place``: a reporting verb, or a small word that a name follows soon."""
    stop = min(place + 90, len(piece))
    words = piece[place:stop]
    lead = len(words) - len(words.lstrip())
    if table.language == "es" and regex.search(r"\s[–—]$", piece[max(place - 2, 0) : place]) and words[:1].islower():
        # Spanish sets the dash that opens an aside against its first word
        return True
    hits = table.hits(words)
    if any("cue_verbs" in hit.kinds and hit.start <= lead for hit in hits):
        return True
    early = [hit for hit in hits if "cue_verbs" in hit.kinds and hit.start <= lead + 24]
    head = regex.split(r"[.!?–—]", words, maxsplit=1)[0]
    if early and not head.strip()[:1].isupper() and "," not in words[: early[0].start]:
        return True
    before = piece[:place].rstrip("–—- ")[-1:]
    ended = before in "!?…" or (before == "," and table.language in ("ru", "uk") and len(head) < 120)
    if ended and head.strip()[:1].islower() and table.language in ("pl", "ru", "uk", "it", "pt"):
        return True
    small = head.strip()[:1].islower() and not any(hit.kinds & {"introducers"} and hit.start <= lead for hit in hits)
    named = regex.search(r"\s\p{Lu}\p{Ll}+\s\p{Lu}\p{Ll}+", head) is not None
    stops = grammar(table.language).stops
    return small and named and head.split()[0].lower() not in stops if head.split() else False


def _speech(piece: str, start: int, dash: int, offset: int, table: Table) -> list[Quotation]:
    parts: list[Quotation] = []
    place = start
    while True:
        end, after = _speech_end(piece, place, table)
        body = piece[place:end].rstrip()
        if body:
            parts.append(
                Quotation(offset + place, offset + place + len(body), offset + dash, offset + place + len(body), "–")
            )
        if after < 0:
            return parts
        again = regex.search(r"[.!?…:,]\s*[–—-]+\s*|[–—-]+[.,:]\s+", piece, pos=after)
        if again is None:
            if piece[end : end + 1] == ",":
                comma = _aside_end(piece, after + 3, False)
                if comma[1] < len(piece) and len(piece) - comma[1] > 3 and table.language in ("fr", "es", "it", "pt"):
                    place, dash = comma[1], comma[1]
                    parts.append(
                        Quotation(offset + place, offset + len(piece), offset + dash, offset + len(piece), "–")
                    )
            return parts
        place, dash = again.end(), again.start() + 1
        if place >= len(piece):
            return parts


def _speech_end(piece: str, place: int, table: Table) -> tuple[int, int]:
    """Return where speech ends and where its aside begins; the length and -1 where no aside follows."""
    for match in _DASH.finditer(piece, place):
        if _told(piece, match.end(), table):
            return match.start(), match.end()
    if table.language in ("fr", "es", "it", "pt", "tr"):
        for match in regex.finditer(r"[,!?]\s+", piece, pos=place):
            hits = [hit for hit in reporting_hits(piece[match.end() : match.end() + 60], table) if hit.start == 0]
            if hits and _has_subject(piece[match.end() : match.end() + 120], hits[0], table):
                return match.start(), match.end()
            if hits and table.language == "tr":
                return match.start(), match.end()
    return len(piece), -1


# --- transcripts ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn of a transcript: its paragraphs' words, the label, and whether the label is that of an answer."""

    parts: tuple[Span, ...]
    label: Span
    answer: bool = False
    block: int = 0


def turns(text: str, blocks: list[Block]) -> list[Turn]:
    """Find the turns of a transcript or an interview, none where the text is no such thing.

    Args:
        text: the cleaned text.
        blocks: its paragraphs.

    Returns:
        The turns, the interviewer's questions left out where a label such as *Q* tells them.
    """
    labelled: dict[int, regex.Match[str]] = {}
    for index, block in enumerate(blocks):
        match = _LABEL.match(text, block.start, block.end)
        if block.kind is not BlockKind.BODY or match is None or len(match.group("label").split()) > 5:
            continue
        # a transcript quoted as a whole: “WALLACE: ...
        if match.group("mark") is None or match.group("label").isupper():
            labelled[index] = match
    counts = Counter(match.group("label").strip() for match in labelled.values())
    repeated = {label for label, count in counts.items() if count > 1}
    total = sum(counts[label] for label in repeated)
    if len(labelled) < 3 or total < (2 if all(label.isupper() for label in repeated) else 3):
        return []
    capitals = all(label.isupper() for label in repeated) and any(label.lower() != label.upper() for label in repeated)
    lasts = {label.split()[-1] for label in repeated}
    chosen = {
        i: m
        for i, m in labelled.items()
        if m.group("label").strip() in repeated
        or (capitals and m.group("label").isupper())
        or m.group("label").split()[-1] in lasts
    }
    one = len({m.group("label").split()[-1] for m in chosen.values()}) == 1
    found: list[Turn] = []
    for index, match in chosen.items():
        label = match.group("label").strip()
        if label.lower() in common("questions"):
            continue
        parts = [(match.end(), blocks[index].end), *_goes_on(text, blocks, index, frozenset(chosen), one=one)]
        place = (match.start("label"), match.start("label") + len(label))
        found.append(Turn(tuple(parts), place, label.lower() in common("answers"), index))
    return found


def _goes_on(text: str, blocks: list[Block], index: int, chosen: frozenset[int], *, one: bool) -> list[Span]:
    """Return the paragraphs with which a turn goes on; where one person alone is named, the others are questions."""
    parts: list[Span] = []
    last = max(chosen)
    follow = index + 1
    while follow < last and follow not in chosen and blocks[follow].kind is BlockKind.BODY:
        start, end = blocks[follow].start, blocks[follow].end
        asked = follow + 1 in chosen or text[end - 1] in "?؟？"
        if one and (asked or regex.search('[«“„"「]', text[start:end])):
            return parts
        if text[start] not in "([（*【":
            parts.append((start, end))
        follow += 1
    return parts
