"""Reporting in Korean: subject with its particle, quotation, quotative ending, verb."""

from __future__ import annotations

from dataclasses import replace

import regex

from stance.quotes import koreansigns
from stance.quotes.koreannouns import KoreanNouns
from stance.quotes.marks import Quotation
from stance.quotes.passage import Draft
from stance.quotes.tables import Hit
from stance.quotes.words import BLOT, Mention
from stance.types import StatementKind


class Korean(KoreanNouns):
    """Korean: subject with its particle, quotation, quotative ending, verb."""

    stops = ".\n"

    def prepared(self, quotations: list[Quotation]) -> list[Quotation]:
        """Add what stands between title marks or glued single ones, where a quotative ending follows."""
        made = [part for found in super().prepared(quotations) for part in self._parted(found)]
        text = self.passage.text
        for match in regex.finditer(koreansigns.OTHER_MARKS, text[self.passage.start : self.passage.end]):
            start, end = match.start() + self.passage.start, match.end() + self.passage.start
            told = koreansigns.TOLD.match(text, end) or koreansigns.JUDGED.match(text, end)
            apart = all(end <= found.outer_start or found.outer_end <= start for found in made)
            if told and apart and not koreansigns.NAMED.match(text, end):
                made.append(Quotation(start + 1, end - 1, start, end, "‘" if text[start] == "'" else "“"))
        return quotations if made == quotations else sorted(made, key=lambda found: found.start)

    def _parted(self, found: Quotation) -> list[Quotation]:
        """Part a quotation whose closing mark is missing from the next one, which its marks embrace."""
        match = koreansigns.RUN_ON.search(self.passage.text, found.start, min(found.end, found.start + 2000))
        if match is None or not found.closed:
            return [found]
        stop, again = match.start("end"), match.start("mark")
        return [
            replace(found, end=stop, outer_end=stop),
            replace(found, start=again + 1, outer_start=again, mark=match.group("mark")),
        ]

    def draft(self, found: Quotation, before: Quotation | None, after: Quotation | None) -> Draft | None:
        """Read one quotation; None where it is no statement."""
        start, end = found.outer_start - self.offset, found.outer_end - self.offset
        first = self._sentence_start(start, before)
        lead = self.masked[first:start].strip(" -–—\u3000")
        last = self._sentence_end(end)
        limit = min(last, after.outer_start - self.offset) if after is not None else last
        tail = self.masked[end:last]
        inner = self.passage.text[found.start : found.end].strip()
        if koreansigns.NAMED.match(tail) or (koreansigns.TERM.match(tail) and len(inner.split()) <= 3):
            return None
        told = koreansigns.TOLD.match(tail)
        cue = next(iter(self.cues_in(end, last)), None)
        verbal = bool(koreansigns.ENDING.search(inner)) and len(inner.split()) >= 2
        if found.is_single and not (told and (cue is not None or verbal)) and not self._judged(tail, cue):
            return self._headline(found, first, start, last, lead) if found.outer_end == self.passage.end else None
        if not told and after is not None and self.masked[end : after.outer_start - self.offset].strip(" ,") == "":
            told = koreansigns.TOLD.match(self.masked, after.outer_end - self.offset)
            if told:
                return self._told(found, first, last, limit, lead, cue, 0)
        if told:
            return self._told(found, first, last, limit, lead, cue, told.end())
        if not lead:
            return self._leading(found, first, last, limit, cue, inner)
        return self._inside(found, first, last, lead, cue, inner)

    def _told_by(self, first: int, start: int) -> Mention | None:
        """Return who says what stands at ``start``: who is cited, who stands right before it, or the topic."""
        again = self.masked.rfind(BLOT, first, start) + 1
        if again > first and (other := self._subject(again, start)) is not None:
            # the second clause of a sentence tells of somebody else only where a topic says so
            topical = self.masked[other.end : other.end + 1] in ("은", "는", "도")
            if topical and (other.name is not None or other.kind in ("collective", "indefinite")):
                return other
        subject, source = self._subject(first, start), self._source(first, start)
        if source is not None and (subject is None or source.start > subject.start):
            return source
        near = regex.search(r"(?P<who>[^\s\ue000]+)[이가]\s?$", self.masked[first:start])
        if near and self._rank(first + near.start("who"), first + near.end("who"), first + near.end("who"), "가") >= 6:
            return self._phrase(first, first + near.end("who")) or subject
        return subject

    def _owner(self, end: int, last: int) -> Mention | None:
        """Return whose claim it is: *"..." is the ministry's explanation*."""
        owner = regex.search(
            rf"(?:^|\s)(?P<who>[^\s\ue000]+)의\s(?:{koreansigns.REACTION})(?:이다|이었다|다|이라고)",
            self.masked[end:last],
        )
        return self._phrase(end + owner.start(), end + owner.end("who")) if owner else None

    def _source(self, first: int, start: int) -> Mention | None:
        """Return who is cited: *according to a source*, *citing an official*."""
        cited = regex.search(
            r"(?P<who>[^\s\ue000]+?)(?:에\s?(?:따르|의하)면|의\s말을\s(?:빌리면|인용[^\s]*)|[을를]\s인용(?:해|하며|해서)?)(?=[\s,])",
            self.masked[first:start],
        )
        return self._phrase(first, first + cited.end("who")) if cited else None

    def _judged(self, tail: str, cue: Hit | None) -> bool:
        return koreansigns.JUDGED.match(tail) is not None and (cue is not None or len(tail) < 60)

    def _told(
        self, found: Quotation, first: int, last: int, limit: int, lead: str, cue: Hit | None, skip: int
    ) -> Draft | None:
        """Read a quotation with a quotative ending."""
        start, end = found.outer_start - self.offset, found.outer_end - self.offset
        inner = self.passage.text[found.start : found.end].strip()
        mention = self._told_by(first, start) if lead else None
        if mention is None and (place := koreansigns.PLACE.search(self.masked[first:start])) and cue is None:
            mention = self.noun(first + place.start("who"), first + place.end("who"))
        mention = mention or self._subject(end + skip, limit) or self._owner(end + skip, last)
        noun = regex.match(r"\s?이?(?:라는|란)", self.masked[end:last])
        if noun and cue is None and (mention is None or len(inner) < 5):
            return None
        kind = StatementKind.DIRECT
        if lead and len(inner.split()) <= 4 and regex.search(r"(?:을|를|에 대해|두고|향해|가리켜)\s?$", lead):
            kind = StatementKind.MIXED
        draft = self.make(found, kind, first, last, cue, mention)
        draft.at_start = not lead
        return draft

    def _leading(
        self, found: Quotation, first: int, last: int, limit: int, cue: Hit | None, inner: str
    ) -> Draft | None:
        """Read a quotation that begins its sentence and has no ending after it."""
        end = found.outer_end - self.offset
        tail = self.masked[end:last]
        finished = inner[-1:] in ".?!…" or bool(koreansigns.ENDING.search(inner))
        alone = not tail.strip(" .…")
        if self.headline and tail.startswith("…") and len(inner) > 4:
            piece = regex.match(r"…\s?(?P<who>[^,…\ue000]{2,20})", tail)
            who = self.noun(end + piece.start("who"), end + piece.end("who")) if piece else None
            return self.make(found, StatementKind.DIRECT, first, last, None, who)
        if (len(inner) <= 5 and not self._shouted(found, inner)) or (
            not alone and not (finished and tail[:1] in " \n")
        ):
            return None
        mention = None
        opening = not self.masked[: found.outer_start - self.offset].strip(" -–—")
        passed_on = finished and limit < last and not opening and not koreansigns.BACK.search(self.masked[end:limit])
        if not alone and not passed_on and (cue is not None or opening):
            mention = self.topic(end, limit)
        if mention is None and opening and self._sentence_end(last) < len(self.masked) + 1:
            mention = self.topic(last, min(self._sentence_end(last + 1), self._next_quotation(last)))
        draft = self.make(found, StatementKind.DIRECT, first, last, cue if mention and not alone else None, mention)
        draft.at_start = True
        label = koreansigns.LABEL.search(self.passage.text, max(0, self.passage.start - 120), self.passage.start)
        if mention is None and opening and label:
            draft.speaker, draft.place = label.group("name"), label.span("name")
        return draft

    def _shouted(self, found: Quotation, inner: str) -> bool:
        """Tell whether short words are a call: a sign of exclamation ends them after a reporting sentence."""
        start = found.outer_start - self.offset
        return inner[-1:] in "!?" and bool(self.cues_in(max(0, start - 24), start))

    def _next_quotation(self, place: int) -> int:
        found = self.masked.find(BLOT, place)
        return len(self.masked) if found < 0 else found

    def _inside(self, found: Quotation, first: int, last: int, lead: str, cue: Hit | None, inner: str) -> Draft | None:
        """Read a quotation after other words of its sentence and without a quotative ending."""
        start, end = found.outer_start - self.offset, found.outer_end - self.offset
        tail = self.masked[end:last]
        if regex.search(r"[:：]$", lead) and len(inner) > 4:
            return self.make(found, StatementKind.DIRECT, first, last, cue, self._label(first, start))
        if said := regex.search(r"왈,?$", lead):
            stop = first + self.masked[first:start].rfind(said.group())
            return self.make(found, StatementKind.DIRECT, first, last, None, self._phrase(first, stop))
        if self.headline or self._heads_page():
            return self._headline(found, first, start, last, lead)
        earlier = self.cues_in(first, start)
        mention = self._subject(first, start)
        if not found.closed or (inner[-1:] in ".?!" and (cue is not None or mention is not None)):
            return self.make(found, StatementKind.DIRECT, first, last, earlier[-1] if earlier else cue, mention)
        words = len(inner.split())
        reported = regex.match(
            r"\s?[^\s,.]{0,12}(?:\s[^\s,.]{1,8})?(?:이?라고|이?라며|다고|다며|라면서|뿐이며|이?라는|고)", tail
        )
        if mention is None and koreansigns.JUDGED.match(tail) and cue is not None and lead.endswith(("을", "를")):
            return self.make(found, StatementKind.MIXED, first, last, cue, None)
        if mention is not None and (self._judged(tail, cue) or (words >= 2 and cue is not None and reported)):
            return self.make(found, StatementKind.MIXED, first, last, cue, mention)
        if mention is not None and cue is not None and words >= 3 and koreansigns.ENDING.search(inner):
            return self.make(found, StatementKind.MIXED, first, last, cue, mention)
        return None

    def _label(self, first: int, start: int) -> Mention | None:
        return self.noun(first, first + len(self.masked[first:start].rstrip(" :：")))

    def _heads_page(self) -> bool:
        """Tell whether the paragraph is a headline after a line of navigation."""
        words = self.passage.text[self.passage.start : self.passage.end]
        return self.passage.index <= 2 and len(words) < 120 and "\n" not in words and not regex.search(r"다\.", words)

    def _sentence_start(self, start: int, before: Quotation | None) -> int:
        first = found = max(0, start - 1500)
        for match in regex.finditer(r"(?<=[다요까죠오라네][.!?])\s+|\n|…|\.\.(?!\.)", self.masked[first:start]):
            found = first + match.end()
        if before is not None and self.passage.text[before.end - 1 : before.end] in ".?!":
            after = before.outer_end - self.offset
            if self.masked[after : after + 1] in (" ", "\n"):
                found = max(found, after + 1)
        return found

    def _sentence_end(self, place: int) -> int:
        match = regex.search(r"\.(?=\s|$)|\n", self.masked[place:])
        return place + match.start() + (match.group() == ".") if match else len(self.masked)

    def ended(self, before: Quotation) -> bool:
        """Tell whether a quotation ends its sentence."""
        return self.passage.text[before.end - 1 : before.end] in ".?!…"

    def joins(self, last: Draft, draft: Draft, before: Quotation) -> bool:
        """Tell whether a draft goes on with the one before it: in one chain of reporting, one statement."""
        if last.parts[-1][0] != before.start:
            return False
        between = self.passage.text[before.outer_end : draft.parts[0][0] - 1]
        if not between.strip(" ,") and draft.cue == last.cue and draft.mention is None:
            return True
        told = last.mention is not None and last.mention.start + self.offset > last.parts[-1][0]
        alone = draft.at_start and draft.mention is None and draft.cue is None
        if told and alone and self.ended(before) and koreansigns.BETWEEN.fullmatch(between):
            return True
        if draft.cue is not None and draft.cue == last.cue and "." not in between:
            return not self._subject(before.outer_end - self.offset, draft.parts[0][0] - 1 - self.offset)
        chained = regex.fullmatch(
            r"\s?(?:이?라|다|자|냐)?(?:고|며|면서)도?,?\s?(?:[^\s.]+(?:며|면서)도?,?\s)?(?:[^\s.]+\s){0,2}", between
        )
        return chained is not None and regex.search(r"(?:며|면서)도?,?\s", between) is not None

    def _headline(self, found: Quotation, first: int, start: int, last: int, lead: str) -> Draft | None:
        if not lead or not (self.headline or self._heads_page()):
            return None
        piece = regex.split(r"[…·,.\]】]|\ue000+", self.masked[first:start].rstrip())[-1].strip()
        inner = self.passage.text[found.start : found.end].rstrip()
        place = self.masked.rfind(piece, first, start) if piece else -1
        mention = self.noun(place, place + len(piece)) if place >= 0 else None
        verbal = inner[-1:] in "다나중함까라자" or len(inner.split()) > 2
        if mention is None or (found.is_single and not (verbal and len(piece.split()) <= 3)):
            return None
        return self.make(found, StatementKind.DIRECT if verbal else StatementKind.MIXED, first, last, None, mention)

    def unmarked_end(self, inner: str) -> int | None:
        """Return where a quotation that no mark closes goes over into a quotative ending and its verb."""
        for match in regex.finditer(r"(?:이?라고|(?<=다)고|이?라며|(?<=다)며)\s(?P<verb>\S{2,})", inner):
            hits = [hit for hit in self.table.hits(match.group("verb")) if hit.start == 0 and "cue_verbs" in hit.kinds]
            if hits and match.start() > 6:
                return int(match.start())
        return None
