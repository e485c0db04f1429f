"""Which quotations of a paragraph report speech, under which reporting word, and who is its subject."""

from __future__ import annotations

from dataclasses import dataclass, field

import regex

from stance.quotes.marks import Quotation
from stance.quotes.phrases import BLOT, Cue, Frame, Mention, Token
from stance.quotes.tables import Table
from stance.text import sentences
from stance.types import Span, StatementKind

_WORD = regex.compile(r"[\p{L}\p{N}][\p{L}\p{M}\p{N}'’\-]*")
_TERMINAL = regex.compile(r"[.!?…。！？؟]\s*$")
_CODE = regex.compile(r"^[\p{L}\- ]{1,20}[-–]\d{1,4}[\p{L}]?$|^\p{Lu}{1,4}\d+$")
_SOV = frozenset({"tr"})


@dataclass(slots=True)
class Draft:
    """A statement in the making, with places of the cleaned text."""

    parts: list[Span]
    kind: StatementKind
    sentence: Span
    block: int
    cue: Span | None = None
    mention: Mention | None = None
    speaker: str | None = None
    floating: bool = False
    open_end: bool = False
    at_start: bool = False
    linked: str = ""
    offset: int | None = None
    place: Span | None = None
    context: str | None = None


@dataclass(slots=True)
class Passage:
    """A paragraph to read: its place, quotations and frame, and the sentences of the frame."""

    text: str
    start: int
    end: int
    index: int
    quotations: list[Quotation]
    frame: Frame
    sentences: list[Span] = field(default_factory=list)
    headline: bool = False


def blot(text: str, start: int, end: int, quotations: list[Quotation]) -> str:
    """Return the paragraph with every quoted character replaced, so that places stay the same."""
    pieces = []
    place = start
    for found in quotations:
        pieces.append(text[place : found.outer_start])
        pieces.append(BLOT * (found.outer_end - found.outer_start))
        place = found.outer_end
    pieces.append(text[place:end])
    return "".join(pieces)


def split(passage: Passage, table: Table) -> list[Span]:
    """Return the sentences of a paragraph, in places of the whole text; a finished quotation can end one."""
    masked = passage.frame.masked
    spans = [(a + passage.start, b + passage.start) for a, b in sentences(masked, abbreviations=table.stops, quotations=())]
    cuts = [found.outer_end for found in passage.quotations if _ends_sentence(passage, found)]
    made: list[Span] = []
    for start, end in spans:
        for cut in cuts:
            if start < cut < end:
                made.append((start, cut))
                start = cut + len(masked[cut - passage.start : end - passage.start]) - len(
                    masked[cut - passage.start : end - passage.start].lstrip()
                )
        if start < end:
            made.append((start, end))
    return made


def _ends_sentence(passage: Passage, found: Quotation) -> bool:
    text = passage.text
    if not _TERMINAL.search(text, max(found.start, found.end - 3), found.end):
        return False
    rest = text[found.outer_end : min(found.outer_end + 80, passage.end)].lstrip(" .")
    if not rest or not (rest[0].isupper() or rest[0] in "\"“„«‘'–—¿¡(" or rest[0].isdigit()):
        return False
    if text[found.end - 1 : found.end] == "." or rest[0] in "\"“„«‘":
        return not _soon_cue(passage, found.outer_end, 14) or rest[0] in "\"“„«‘"
    return not _soon_cue(passage, found.outer_end, 40)


def _soon_cue(passage: Passage, place: int, reach: int) -> bool:
    """Tell whether a reporting verb comes within ``reach`` characters, before any comma."""
    masked = passage.frame.masked
    for cue in passage.frame.cues:
        start = cue.start + passage.start
        if place <= start <= place + reach and cue.kind == "cue_verbs":
            between = masked[place - passage.start : cue.start]
            return not any(sign in between for sign in ",;.:" + BLOT)
    return False


class Reader:
    """Reads the quotations of one paragraph into drafts."""

    def __init__(self, passage: Passage, table: Table) -> None:
        """Keep the paragraph; nothing is read before ``read``."""
        self.passage, self.table = passage, table
        self.frame = passage.frame
        self.offset = passage.start

    def read(self) -> list[Draft]:
        """Return the drafts of the paragraph, in order."""
        drafts: list[Draft] = []
        quotations = self.passage.quotations
        for place, found in enumerate(quotations):
            before = quotations[place - 1] if place else None
            after = quotations[place + 1] if place + 1 < len(quotations) else None
            sentence = self._sentence(found)
            draft = self._draft(found, before, after, sentence)
            if draft is None:
                continue
            last = drafts[-1] if drafts else None
            if last is not None and before is not None and self._joins(last, draft):
                last.parts.extend(draft.parts)
                last.open_end = draft.open_end
                last.sentence = (last.sentence[0], max(draft.sentence[1], last.sentence[1]))
                continue
            drafts.append(draft)
        return drafts

    # --- one quotation ------------------------------------------------------------------------------------------------

    def _sentence(self, found: Quotation) -> Span:
        for span in self.passage.sentences:
            if span[0] <= found.outer_start < span[1]:
                return span
        return self.passage.start, self.passage.end

    def _words(self, start: int, end: int) -> list[Token]:
        """Return the words of the frame between two places of the whole text."""
        start, end = start - self.offset, end - self.offset
        return [token for token in self.frame.tokens if start <= token.start < end and token.is_word]

    def _draft(
        self, found: Quotation, before: Quotation | None, after: Quotation | None, sentence: Span
    ) -> Draft | None:
        if found.is_title:
            return None
        text = self.passage.text
        lead = text[sentence[0] : found.outer_start].rstrip()
        at_start = self._begins(found, sentence)
        colon = lead.endswith((":", "："))
        limit = min(sentence[1], after.outer_start if after else sentence[1])
        floor = sentence[0]
        cue, side = self._cue(found, floor, limit, at_start, colon)
        if not self._is_statement(found, cue, side, at_start, colon, sentence):
            return None
        kind = self._kind(found, lead, cue, side, at_start, colon)
        mention = self._speaker(found, cue, side, sentence, limit, colon)
        draft = Draft([(found.start, found.end)], kind, sentence, self.passage.index, mention=mention, linked=side)
        draft.cue = (cue.start + self.offset, cue.end + self.offset) if cue else None
        draft.open_end = not found.closed
        draft.at_start = at_start
        draft.offset = self.offset
        draft.floating = mention is None
        return draft

    def _begins(self, found: Quotation, sentence: Span) -> bool:
        """Tell whether the quotation begins its sentence, a dateline or the time of a ticker aside."""
        lead = self._masked(sentence[0], found.outer_start)
        if BLOT in lead:
            return False
        if not any(character.isalnum() for character in lead):
            return True
        return sentence[0] == self.passage.start and _DATELINE.fullmatch(lead) is not None

    def _masked(self, start: int, end: int) -> str:
        return self.frame.masked[start - self.offset : end - self.offset]

    def _cue(self, found: Quotation, floor: int, limit: int, at_start: bool, colon: bool) -> tuple[Cue | None, str]:
        """Return the reporting expression of a quotation and on which side of it that stands."""
        start, end = found.outer_start - self.offset, found.outer_end - self.offset
        earlier = [c for c in self.frame.cues if floor - self.offset <= c.start and c.end <= start and not c.negated]
        later = [c for c in self.frame.cues if end <= c.start < limit - self.offset and not c.negated]
        earlier = [c for c in earlier if c.kind != "cue_nouns"] or earlier
        later = [c for c in later if c.kind != "cue_nouns"] or later
        near = next((c for c in later if self._gap(end, c.start) <= (8 if at_start else 2)), None)
        if near is None and later and at_start:
            near = later[0] if self._gap(end, later[0].start) <= 14 else None
        if self.table.language in _SOV:
            tail = next((c for c in later if self._gap(end, c.start) <= 3 and c.kind != "cue_before"), None)
            if tail and not colon:
                return tail, "after"
        if at_start:
            return (near, "after") if near else (None, "")
        usable = self._main([c for c in earlier if self._reaches(c, start)], start)
        if near is not None and not colon and not self._introduces(near) and self._adjacent(end, near) and (
            not usable or near.kind in ("cue_before", "cue_after") or self._gap(usable[-1].end, start) > 4
        ):
            return near, "after"
        if usable:
            return usable[-1], "before"
        if near is not None:
            return near, "after"
        return (later[0], "after") if later and self._gap(end, later[0].start) <= 6 and not colon else (None, "")

    def _introduces(self, cue: Cue) -> bool:
        """Tell whether a clause of its own follows the cue (*emphasizing that ...*)."""
        after = [t for t in self.frame.tokens if cue.end <= t.start][:2]
        return cue.kind == "cue_verbs" and any("introducers" in t.kinds for t in after if t.text != ",")

    def _main(self, cues: list[Cue], start: int) -> list[Cue]:
        """Leave out a last cue that lies far off inside the clause that an earlier cue introduces."""
        if len(cues) < 2 or self._gap(cues[-1].end, start) <= 3 or cues[-1].kind != "cue_verbs":
            return cues
        before, last = cues[-2], cues[-1]
        between = [t for t in self.frame.tokens if before.end <= t.start < last.start]
        joined = any(t.low in self.frame.grammar.joins or t.text.startswith(BLOT) for t in between)
        if self._introduces(before) and not joined and not self._introduces(last):
            return cues[:-1]
        return cues

    def _gap(self, start: int, end: int) -> int:
        return sum(1 for token in self.frame.tokens if start <= token.start < end and token.is_word)

    def _adjacent(self, end: int, cue: Cue) -> bool:
        return not self.frame.masked[end : cue.start].strip(" ,،–—-")

    def _reaches(self, cue: Cue, start: int) -> bool:
        """Tell whether nothing between a cue and a later quotation shuts the cue off."""
        between = self.frame.masked[cue.end : start]
        return ";" not in between and "؛" not in between

    # --- is it a statement --------------------------------------------------------------------------------------------

    def _is_statement(
        self, found: Quotation, cue: Cue | None, side: str, at_start: bool, colon: bool, sentence: Span
    ) -> bool:
        inner = self.passage.text[found.start : found.end].strip()
        words = _WORD.findall(inner)
        if not words:
            return False
        finished = bool(_TERMINAL.search(inner))
        if _CODE.match(inner) or self._named(found, side, colon):
            return False
        if at_start and self._stands_alone(found, sentence):
            stopped = self.passage.text[found.outer_end : found.outer_end + 1] in (".", "!", "?", "…")
            return len(words) >= 4 or finished or (len(words) >= 2 and (cue is not None or stopped))
        if at_start and cue is not None and (self._comma_after(found) or self._adjacent(found.outer_end - self.offset, cue)):
            return True
        if colon:
            return len(words) >= 2 or cue is not None
        return self._fragment(found, words, finished, cue, side, at_start)

    def _stands_alone(self, found: Quotation, sentence: Span) -> bool:
        return not self._words(found.outer_end, sentence[1])

    def _comma_after(self, found: Quotation) -> bool:
        rest = self.passage.text[found.outer_end : found.outer_end + 4].lstrip()
        return rest[:1] in (",", "،", "–", "—", "-") or self.passage.text[found.end - 1 : found.end] in ",!?…"

    def _fragment(
        self, found: Quotation, words: list[str], finished: bool, cue: Cue | None, side: str, at_start: bool
    ) -> bool:
        """Weigh the evidence that quoted words inside a sentence are somebody's."""
        score = {1: -2.0, 2: 0.0, 3: 0.5}.get(len(words), 2.0 if len(words) >= 7 else 1.0)
        start, end = found.outer_start - self.offset, found.outer_end - self.offset
        if cue is not None:
            gap = self._gap(cue.end, start) if side == "before" else self._gap(end, cue.start)
            direct_object = side == "before" and gap <= 4 and not self._introduced(cue.end, start)
            score += 2.0 if direct_object or (side == "after" and self._adjacent(end, cue)) else 1.5
            if cue.kind == "cue_before" and side == "before":
                score -= 0.5
            named = any(m.name and cue.end <= m.start < start for m in self.frame.mentions)
            if len(words) == 1 and direct_object and not named:
                score += 1.5
        elif self._introduced_directly(found):
            score += 1.5
        elif self._headline_link(found):
            score += 2.0 + (1.5 if len(words) == 1 else 0.0)
        elif at_start and self._comma_after(found) and len(words) >= 4:
            score += 1.5
        elif self._after_colon(found):
            score += 1.0
        if self._title_case(words):
            score -= 1.0 if len(words) > 1 else 0.5
        score += 0.5 if finished else 0.0
        return score >= 1.5

    def _introduced_directly(self, found: Quotation) -> bool:
        """Tell whether a conjunction of reported speech stands right before the quotation."""
        before = [t for t in self.frame.tokens if t.end <= found.outer_start - self.offset][-1:]
        return bool(before) and "introducers" in before[0].kinds and before[0].low not in _WEAK_INTRODUCERS

    def _after_colon(self, found: Quotation) -> bool:
        """Tell whether the clause with the quotation comes after *somebody ...:* in its sentence."""
        sentence = self._sentence(found)
        lead = self._masked(sentence[0], found.outer_start)
        colon = lead.rfind(": ")
        return colon > 0 and any(
            sentence[0] - self.offset <= m.start and m.end <= sentence[0] - self.offset + colon and m.kind != "noun"
            for m in self.frame.mentions
        )

    def _introduced(self, start: int, end: int) -> bool:
        return any("introducers" in t.kinds and t.low not in ("as", "come", "als", "como", "comme", "di", "de", "um")
                   for t in self.frame.tokens if start <= t.start < end)

    def _title_case(self, words: list[str]) -> bool:
        if self.table.language == "ar" or len(words) > 5 or (self.table.language == "de" and len(words) < 2):
            return False
        return all(word[0].isupper() or word[0].isdigit() or self.table.lower(word) in self.table.particles for word in words)

    def _headline_link(self, found: Quotation) -> bool:
        """Tell whether the quotation follows a person or institution directly, in a headline."""
        if not self.passage.headline:
            return False
        place = found.outer_start - self.offset
        ends = [m.end for m in self.frame.mentions if m.end <= place and m.kind != "noun"]
        return bool(ends) and not self.frame.masked[max(ends) : place].strip(" :,") or bool(
            ends and ":" in self.frame.masked[max(ends) : place]
        )

    def _named(self, found: Quotation, side: str, colon: bool) -> bool:
        """Tell whether the words before a quotation say that it is a name or that nobody means it."""
        if colon:
            return False
        place = found.outer_start - self.offset
        before = [token for token in self.frame.tokens if place - 60 <= token.start < place][-4:]
        window = before[-1:]
        while before and not before[-1].is_word:
            before.pop()
        if any("scare" in token.kinds and not token.cue for token in before) and not _WORDY.match(
            self.passage.text[found.start : found.end]
        ):
            return True
        if self.table.language == "tr":
            after = [token for token in self.frame.tokens if token.start >= found.outer_end - self.offset][:1]
            if any(t.low.startswith(("soru", "adlı", "isimli", "slogan", "başlıklı", "yazılı")) for t in after):
                return True
        if window and window[0].is_word and not window[0].cue:
            return "name_nouns" in window[0].kinds or self._compound(window[0].low)
        return False

    def _compound(self, word: str) -> bool:
        """Tell whether a German or Dutch compound ends with a noun that announces a name."""
        if self.table.language not in ("de", "nl"):
            return False
        return any(word.endswith(noun) for noun in self.table.long_name_nouns if len(word) > len(noun) + 2)

    # --- kind ---------------------------------------------------------------------------------------------------------

    def _kind(
        self, found: Quotation, lead: str, cue: Cue | None, side: str, at_start: bool, colon: bool
    ) -> StatementKind:
        if at_start or colon:
            return StatementKind.DIRECT
        inner = self.passage.text[found.start : found.end].strip()
        if self.table.language in _SOV and side == "after" and lead.endswith(","):
            return StatementKind.DIRECT
        if side == "before" and cue is not None and lead.endswith(",") and inner[:1].isupper():
            gap = self._gap(cue.end, found.outer_start - self.offset)
            return StatementKind.DIRECT if gap <= 6 else StatementKind.MIXED
        return StatementKind.MIXED

    # --- speaker ------------------------------------------------------------------------------------------------------

    def _speaker(
        self, found: Quotation, cue: Cue | None, side: str, sentence: Span, limit: int, colon: bool
    ) -> Mention | None:
        start, end = found.outer_start - self.offset, found.outer_end - self.offset
        first, last = sentence[0] - self.offset, limit - self.offset
        if cue is None:
            return self._without_cue(start, end, first, last, colon)
        if cue.kind == "cue_nouns":
            return self._without_cue(start, end, first, last, colon) or self._next(cue.end, sentence[1] - self.offset)
        if cue.kind == "cue_before":
            return self._next(cue.end, min(cue.end + 120, sentence[1] - self.offset)) or self._subject(cue, first, last)
        if side == "after":
            return self._after(end, cue, first, sentence[1] - self.offset)
        return self._subject(cue, first, sentence[1] - self.offset)

    def _without_cue(self, start: int, end: int, first: int, last: int, colon: bool) -> Mention | None:
        before = [m for m in self.frame.mentions if first <= m.start and m.end <= start]
        sign = self.frame.masked.rfind(":", first, start)
        if sign > 0 and any(m.end <= sign for m in before):
            before = [m for m in before if m.end <= sign]
            colon = True
        free = [m for m in before if not m.governed and m.kind != "noun"] or before
        if self.passage.headline and (not free or self._gap(free[-1].end, start) > 1) and not colon:
            loose = self._loose(start)
            if loose is not None:
                return loose
        if free and self.passage.headline:
            return free[-1]
        if free:
            return free[0]
        after = [m for m in self.frame.mentions if end <= m.start < last]
        return after[0] if after and (self.passage.headline or not colon) else None

    def _loose(self, start: int) -> Mention | None:
        """Return *the parents* right before a headline's quotation: an article and a word that no table knows."""
        before = [t for t in self.frame.tokens if t.end <= start][-2:]
        if len(before) == 2 and "articles" in before[0].kinds and before[1].is_word and not before[1].cue:
            return Mention(before[1].start, before[1].end, "collective")
        return None

    def _next(self, place: int, last: int) -> Mention | None:
        """Return the first mention after a place, if no sentence or other quotation comes between."""
        for mention in self.frame.mentions:
            if place <= mention.start < last:
                between = self.frame.masked[place : mention.start]
                return mention if BLOT not in between and self._gap(place, mention.start) <= 6 else None
        return None

    def _after(self, end: int, cue: Cue, first: int, last: int) -> Mention | None:
        """Return the subject of a cue that follows its quotation: between them, or after the cue."""
        between = [m for m in self.frame.mentions if end <= m.start and m.end <= cue.start]
        close = [m for m in between if not m.governed]
        if close and self._gap(close[-1].end, cue.start) <= 4:
            return close[-1]
        found = self._behind(cue, last) if self.table.language not in _SOV or self._participle(cue) else None
        if found is not None:
            return found
        if self.table.language in _SOV:
            found = self._before_comma(first, end)
            if found is not None:
                return found
        if close:
            return close[-1]
        inside = [m for m in self.frame.mentions if cue.start <= m.start < cue.end]
        if inside:
            return inside[0]
        earlier = [m for m in self.frame.mentions if first <= m.start and m.end <= end and not m.governed]
        return earlier[0] if earlier else None

    def _participle(self, cue: Cue) -> bool:
        """Tell whether a Turkish cue is a participle, whose subject follows it (*diyen Tamm*)."""
        return regex.search(r"(?:[ae]n|diğ\p{L}+|olan)$", self.frame.masked[cue.start : cue.end].lower()) is not None

    def _before_comma(self, first: int, end: int) -> Mention | None:
        """Return the last mention of a Turkish sentence that a comma sets off as its subject before the quotation."""
        inside = [m for m in self.frame.mentions if first <= m.start and m.end <= end and not m.governed]
        commas = [m for m in inside if self.frame.masked[m.end : m.end + 1] == ","]
        return (commas or inside or [None])[-1 if commas else 0]

    def _behind(self, cue: Cue, last: int) -> Mention | None:
        """Return the first mention after a cue that no preposition governs, in the same clause."""
        stop = self.frame.masked.find(BLOT, cue.end, last)
        stop = last if stop < 0 else stop
        near = [m for m in self.frame.mentions if cue.end <= m.start < stop and self._gap(cue.end, m.start) <= 7]
        candidates = [m for m in near if not self._conjunction(cue.end, m.start) and (not m.governed or self._owned(m))]
        free = [m for m in candidates if not m.governed]
        strong = [m for m in free if m.kind != "noun"]
        if free and free[0].kind == "noun" and strong and strong[0].start - free[0].end > 2:
            return strong[0] if strong[0].name else free[0]
        return (free or candidates or [None])[0]

    def subject(self, cue: Cue, first: int, last: int) -> Mention | None:
        """Return the subject of a cue between two places of the paragraph."""
        if cue.kind == "cue_before":
            return self._next(cue.end, last)
        return self._subject(cue, first, last)

    def _owned(self, mention: Mention) -> bool:
        """Tell whether a mention is governed by a genitive alone (*the words of the deputy*)."""
        before = [token for token in self.frame.tokens if token.end <= mention.start][-2:]
        return any(token.low in self.frame.grammar.links for token in before)

    def _conjunction(self, start: int, end: int) -> bool:
        """Tell whether a conjunction or the end of a clause stands between two places."""
        return any(
            ("introducers" in t.kinds and t.low not in ("di", "de", "um", "as", "come", "como", "als", "comme"))
            for t in self.frame.tokens
            if start <= t.start < end
        )

    def _subject(self, cue: Cue, first: int, last: int) -> Mention | None:
        """Return the subject of a cue that stands before its quotation."""
        before = [m for m in self.frame.mentions if first <= m.start and m.end <= cue.start]
        free = [m for m in before if not m.governed]
        index = next((i for i, token in enumerate(self.frame.tokens) if token.start >= cue.start), 0)
        joined = index > 0 and self.frame.tokens[index - 1].low in self.frame.grammar.joins | {",", "،"}
        previous = [c for c in self.frame.cues if first <= c.start < cue.start and c.kind == "cue_verbs"]
        ahead = [m for m in self.frame.mentions if cue.end <= m.start < last and not m.governed]
        ahead = [m for m in ahead if self._gap(cue.end, m.start) <= 1 and BLOT not in self.frame.masked[cue.end : m.start]]
        if index > 0 and ahead and self.table.language not in _SOV:
            token = self.frame.tokens[index - 1]
            if token.text in ",–—" or token.text.startswith(BLOT):
                return ahead[0]
        if joined and previous and not (free and self._gap(free[-1].end, cue.start) <= 0 and free[-1].start > previous[-1].end):
            return self._subject(previous[-1], first, cue.start)
        if free and self._gap(free[-1].end, cue.start) <= 4 and free[-1].kind != "noun":
            return free[-1]
        direct = [m for m in self.frame.mentions if cue.end <= m.start < last and self._gap(cue.end, m.start) <= 2]
        direct = [m for m in direct if not m.governed]
        if direct and (not free or self.table.language == "ar"):
            return direct[0]
        if free:
            strong = [m for m in free if m.kind != "noun"]
            return (strong or free)[0]
        behind = self._behind(cue, last)
        return behind or (before[0] if before else None)

    # --- one statement or two -----------------------------------------------------------------------------------------

    def _joins(self, last: Draft, draft: Draft) -> bool:
        """Tell whether a draft goes on with the one before it."""
        if draft.cue is not None:
            return draft.cue == last.cue
        if draft.kind is not StatementKind.DIRECT or last.kind is not StatementKind.DIRECT:
            return False
        stop = last.parts[-1][1]
        between = [span for span in self.passage.sentences if stop < span[0] < draft.sentence[0]]
        told = last.cue is not None and last.cue[0] > last.parts[0][0]
        return told and not between and draft.at_start and draft.parts[0][0] - stop < 400


_WEAK_INTRODUCERS = frozenset(
    "as come als como comme di de um if whether how why what se si ob ki of se quanto perché como cómo о як чи ли wie".split()
)
_DATELINE = regex.compile(r"(?:\d{1,2}[:.]\d\d\s*)?(?:[^a-z]{0,20}[\p{L}\p{N} ,./()\n\-–]{2,60}\s[–—-]|\|)?\s*")
_WORDY = regex.compile(r"(?:[\p{L}'’\-]+[\s,]+){6}")


def subjects(passage: Passage, table: Table) -> list[Mention]:
    """Return who each sentence of a paragraph is about: the subject of its reporting verb, else its first free mention."""
    reader = Reader(passage, table)
    frame = passage.frame
    found: list[Mention] = []
    for start, end in passage.sentences or split(passage, table):
        first, last = start - passage.start, end - passage.start
        inside = [m for m in frame.mentions if first <= m.start < last and m.kind != "noun"]
        if not inside:
            continue
        cue = next((c for c in frame.cues if first <= c.start < last and c.kind in ("cue_verbs", "cue_before")), None)
        mention = reader.subject(cue, first, last) if cue else None
        if mention is None or mention.kind == "noun":
            mention = next((m for m in inside if not m.governed), None)
        if mention is not None:
            found.append(mention)
    return found
