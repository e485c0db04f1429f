"""Reporting in Korean: subject with its particle, quotation, quotative ending, verb."""

from __future__ import annotations

import regex

from stance.quotes.easternbase import EasternReader
from stance.quotes.marks import Quotation
from stance.quotes.passage import Draft
from stance.quotes.tables import Hit
from stance.quotes.words import BLOT, Mention
from stance.types import Span, StatementKind

_KO_AFTER = regex.compile(
    r"\s?(?:(?:이?라|다|자|냐)?고(?![가-힣]*\s?질문)|(?:이?라)?며|(?:이?라)?면서|이?라는|이?라던|는\s(?:입장|반응|말|주장|설명|지적|비판|것)|하고|였다|이었다|이?란)"
)
_KO_NOT = regex.compile(r"\s?(?:이?라는|이?란|는|라던)\s?(?:제목|이름|질문|문구|뜻|의미|구호|표현|글귀|간판|현수막)")
_KO_BREAK = regex.compile(r"(?:에서|에게|에|을|를|으로|로|며|고|면서|는|은|한|인|던|된|의|자|해|서|다)$")


class Korean(EasternReader):
    """Korean: subject with its particle, quotation, quotative ending, verb."""

    stops = ".\n"

    def draft(self, found: Quotation, before: Quotation | None, after: Quotation | None) -> Draft | None:
        """Read one quotation; None where it is no statement."""
        start, end = found.outer_start - self.offset, found.outer_end - self.offset
        first = self._sentence_start(start, before)
        lead = self.masked[first:start]
        stop = self.masked.find(". ", end)
        last = len(self.masked) if stop < 0 else stop + 1
        tail = self.masked[end:last]
        inner = self.passage.text[found.start : found.end].strip()
        quoted = _KO_AFTER.match(tail) if not _KO_NOT.match(tail) else None
        cue = next((hit for hit in self.cues_in(end, last)), None)
        earlier = [hit for hit in self.cues_in(first, start)]
        alone = not lead.strip() and (not tail.strip(" .…") or inner[-1:] in ".?!")
        if found.is_single and self._other_marks() and not quoted:
            return None
        if quoted or (alone and len(inner) > 5):
            if found.is_single and quoted and cue is None:
                return None
            mention = self._subject(first, start) if lead.strip() else None
            draft = self.make(found, StatementKind.DIRECT, first, last, cue, mention)
            draft.at_start = not lead.strip()
            if lead.strip() and len(inner.split()) <= 2 and regex.search(r"(?:을|를|에 대해)\s?$", lead):
                draft.kind = StatementKind.MIXED
            return draft
        if regex.search(r"[:：]\s*$", lead) and len(inner) > 4:
            return self.make(found, StatementKind.DIRECT, first, last, cue, self.noun(*self._trim_colon(first, start)))
        if cue is not None and lead.strip() and not found.is_single and inner[-1:] in ".?!":
            return self.make(found, StatementKind.DIRECT, first, last, cue, self._subject(first, start))
        if not found.closed and lead.strip():
            return self.make(
                found, StatementKind.DIRECT, first, last, earlier[-1] if earlier else None, self._subject(first, start)
            )
        return self._headline(found, first, start, last, lead)

    def _other_marks(self) -> bool:
        return True

    def _trim_colon(self, first: int, start: int) -> Span:
        return first, first + len(self.masked[first:start].rstrip(" :："))

    def _sentence_start(self, start: int, before: Quotation | None) -> int:
        first = found = max(0, start - 1500)
        for match in regex.finditer(r"(?<=[다요까죠])\.\s+|\n|…", self.masked[first:start]):
            found = first + match.end()
        first = found
        if before is not None and self.passage.text[before.end - 1 : before.end] in ".?!":
            after = before.outer_end - self.offset
            if self.masked[after : after + 1] == " ":
                first = max(first, after + 1)
        return first

    def _headline(self, found: Quotation, first: int, start: int, last: int, lead: str) -> Draft | None:
        if not self.passage.headline or not lead.strip():
            return None
        piece = regex.split(r"[…·,.]|\ue000+", lead)[-1]
        mention = self.noun(start - len(piece), start)
        inner = self.passage.text[found.start : found.end]
        if mention is None or found.is_single:
            return None
        verbal = inner.rstrip()[-1:] in "다나중함까라자" or len(inner.split()) > 2
        return self.make(found, StatementKind.DIRECT if verbal else StatementKind.MIXED, first, last, None, mention)

    def _subject(self, first: int, start: int) -> Mention | None:
        best: Mention | None = None
        for match in regex.finditer(r"\S+?(?:은|는|이|가|께서)(?=[\s,])", self.masked[first:start]):
            word_end = first + match.end() - (2 if match.group().endswith("께서") else 1)
            begin = self._phrase_start(first, first + match.start())
            words = self.masked[begin:word_end]
            if BLOT in words:
                begin = begin + words.rfind(BLOT) + 1
            known = [hit for hit in self.hits_in(begin, word_end) if hit.end <= word_end]
            strong = any(hit.kinds & {"roles", "collectives", "pronouns"} for hit in known)
            if strong or best is None:
                mention = self.noun(begin, word_end)
                if mention is not None and (strong or best is None):
                    best = mention
                if strong:
                    break
        return best

    def topic(self, first: int, last: int) -> Mention | None:
        """Return the subject of a sentence."""
        return self._subject(first, last)

    def _phrase_start(self, first: int, place: int) -> int:
        """Go back over words without a particle that end before ``place``."""
        begin = place
        while begin > first:
            previous = self.masked[:begin].rstrip()
            left = max(previous.rfind(" "), previous.rfind("\n"), first - 1) + 1
            word = previous[left:]
            if left < first or _KO_BREAK.search(regex.sub(r"\(\d+\)", "", word)) or word[-1:] in ",.:…" or BLOT in word:
                break
            if regex.search(r"\d+일$|이날$|한편$|또$|특히$|반면$|이어$", word):
                break
            begin = left
            if place - begin > 40:
                break
        return begin

    def person(self, start: int, end: int, heads: list[Hit]) -> Span | None:
        """Return the place of the person's own name in a noun phrase, None where it has none."""
        words = self.masked[start:end]
        match = regex.match(
            r"(?P<name>[가-힣]{2,4})(?:\s?\(\d+\))?(?=\s|$)|(?P<two>[가-힣]{1,5}\s[가-힣]{1,5})(?=\s)", words
        )
        for hit in heads:
            place = hit.start - start
            left = words[:place].rstrip()
            if (
                match
                and left.startswith(match.group("name") or "\0")
                and len(words) > len(match.group())
                and self._is_person(words, match.group("name"), heads, start)
            ):
                return start, start + len(match.group("name"))
            name = regex.search(r"(?:^|\s)([가-힣]{2,4})$", left)
            if (
                name
                and not any(h.start - start <= name.start(1) < h.end - start for h in heads)
                and place + len(self.masked[hit.start : hit.end]) >= len(words) - 2
            ):
                return start + name.start(1), start + name.end(1)
        age = regex.search(r"([가-힣]{2,4}(?:\s모)?)\s?(?:\(\d+\))?\s?(?:씨|군|양)?$", words)
        if age and ("씨" in words[age.start() :] or "(" in words[age.start() :]):
            return start + age.start(1), start + age.end(1)
        return None

    def _is_person(self, words: str, name: str | None, heads: list[Hit], start: int) -> bool:
        return name is not None and len(name) == 3 and not any(h.start - start < len(name) for h in heads)
