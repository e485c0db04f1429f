"""Reporting in Japanese: topic, quotation, と, verb."""

from __future__ import annotations

import regex

from stance.quotes import japanesesigns
from stance.quotes.japanesenouns import JapaneseNouns
from stance.quotes.marks import Quotation
from stance.quotes.passage import Draft
from stance.quotes.tables import Hit
from stance.quotes.words import BLOT, Mention
from stance.types import StatementKind


class Japanese(JapaneseNouns):
    """Japanese: topic, quotation, と, verb."""

    stops = "。！？!?\n"

    def draft(self, found: Quotation, before: Quotation | None, after: Quotation | None) -> Draft | None:
        """Read one quotation; None where it is no statement."""
        _, tail, first, last = self.around(found, before, after)
        start, end = found.outer_start - self.offset, found.outer_end - self.offset
        inner = self.passage.text[found.start : found.end].strip()
        if clock := japanesesigns.CLOCK.match(self.masked[first:start]):
            first += clock.end()
        lead = japanesesigns.DATELINE.sub("", self.masked[first:start]).strip("　 、,–—-")
        spoken = bool(japanesesigns.SPOKEN.search(inner)) and len(inner) >= 6
        if found.mark == "『" and len(inner) < 12 and not japanesesigns.TOLD.match(tail):
            return None
        stop = self._sentence_end(end)
        cue = next(iter(self.cues_in(end, stop)), None)
        if self._is_name(start, end, spoken):
            return None
        if (source := japanesesigns.SOURCE.match(self.masked, end)) and (who := self._bracketed(end, source)):
            return self.make(found, StatementKind.DIRECT, first, stop, cue, who)
        called = japanesesigns.CALLED.match(tail) and self.masked[:start].endswith("を")
        voices = japanesesigns.VOICES.match(tail) or self._listed(end, after)
        weak = cue is None and not spoken and self._weak(found, inner) and not tail.startswith("との")
        weak = weak and not called and not voices and not (len(inner) >= 3 and self._addressed(first, start, inner))
        if (japanesesigns.TOLD.match(tail) and not weak) or self._listed(end, after):
            return self._told(found, first, stop, lead, cue)
        if not lead:
            return self._leading(found, before, first, stop, cue, inner)
        return self._inside(found, first, last, stop, lead, cue, inner)

    def _listed(self, end: int, after: Quotation | None) -> bool:
        """Tell whether the next quotation follows at once and voices many say follow it."""
        if after is None or after.outer_start - self.offset > end + 1:
            return False
        return japanesesigns.VOICES.match(self.masked, after.outer_end - self.offset) is not None

    def _bracketed(self, end: int, source: regex.Match[str]) -> Mention | None:
        """Return the person or institution in brackets after a quotation."""
        begin, stop = source.span("who")
        heads = any(hit.end == stop and hit.kinds & {"roles", "collectives"} for hit in self.hits_in(begin, stop))
        words = source.group("who")
        if heads or japanesesigns.PERSON.search(words) or self._known(words):
            return self.noun(begin, stop)
        return None

    def _addressed(self, first: int, start: int, inner: str) -> bool:
        """Tell whether a person's topic stands right before short words that end as speech does."""
        if not regex.search(r"(?:だ|です|ます|た|ない|ん|よ|ね|か|な|ぞ|しろ|せよ)$", inner):
            return False
        before = self.masked[first:start]
        match = regex.search(r"(?P<who>[^、。\s\ue000]{2,24})[はが]$", before)
        return match is not None and self._rank(first + match.start("who"), first + match.end("who"), "は") >= 6

    def _weak(self, found: Quotation, inner: str) -> bool:
        """Tell whether quoted words without a reporting verb are more likely a name than somebody's words."""
        return len(inner) < 8 or found.is_single

    def _is_name(self, start: int, end: int, spoken: bool) -> bool:
        if japanesesigns.NAMED.match(self.masked, end):
            return True
        window = self.hits_in(max(0, start - 12), start)
        if any("scare" in hit.kinds and hit.end >= start - 1 for hit in window):
            return True
        named = any("name_nouns" in hit.kinds and hit.end == start for hit in window)
        return named and not (spoken and japanesesigns.TOLD.match(self.masked, end))

    def _told(self, found: Quotation, first: int, stop: int, lead: str, cue: Hit | None) -> Draft:
        """Read a quotation with *to* after it."""
        start, end = found.outer_start - self.offset, found.outer_end - self.offset
        mention = self._topic(first, start) if lead else None
        if mention is None and (group := japanesesigns.FROM.search(self.masked[first:start])):
            mention = self.noun(first + group.start("who"), first + group.end("who"))
        if mention is None:
            mention = self._behind(end, stop, cue)
        mixed = regex.search(r"(?:を|について(?:は)?|に対し(?:て)?|という?より)$", self.masked[first:start])
        kind = StatementKind.MIXED if mixed else StatementKind.DIRECT
        draft = self.make(found, kind, first, stop, cue, mention)
        draft.at_start = not lead
        return draft

    def _behind(self, end: int, stop: int, cue: Hit | None) -> Mention | None:
        """Return the subject between a quotation and its verb, or the noun that ends the sentence."""
        if match := regex.match(r"[\s,、–—-]*(?:など|等)?と?", self.masked[end:stop]):
            end += match.end()
        if cue is not None and cue.start <= end + 1 and self.masked[cue.end : stop].strip("　 "):
            after = self._closing_noun(cue.end, stop)
            if after is not None:
                return after
        if (topic := self._topic(end, stop)) is not None:
            return topic
        plain = regex.match(
            r"(?!これ|それ|いう|いった)(?P<who>[^、。\s\ue000]{1,11}?[^のと])(?:は|が)", self.masked[end:stop]
        )
        if plain and _ends_with_to(self.masked, end) and not japanesesigns.DOCUMENT.search(plain.group("who")):
            return self.noun(end, end + plain.end("who"))
        return self._closing_noun(end, stop)

    def _leading(
        self, found: Quotation, before: Quotation | None, first: int, stop: int, cue: Hit | None, inner: str
    ) -> Draft | None:
        """Read a quotation that begins its sentence and has no *to* after it."""
        end = found.outer_end - self.offset
        tail = self.masked[end:stop]
        finished = self.ended(found) or not tail.strip(" 。、,–—-　")
        if before is not None and not found.closed and before.outer_end >= found.outer_start - 1:
            return None
        if len(inner) < 5 and not self.ended(found) and not self._told_next(end):
            return None
        if (
            not finished
            and not regex.match(r"[\s　]*[,、:：–—-]|[　\s]", tail)
            and not japanesesigns.SPOKEN.search(inner)
        ):
            return None
        mention = None
        if tail.strip(" 。、,–—-:：　") and not self.headline:
            mention = self._behind(end, stop, cue)
        elif self.headline and tail.strip(" 　"):
            mention = self._headline_noun(end, stop)
        if mention is None and finished:
            mention, cue = self._next(end, found)
        draft = self.make(found, StatementKind.DIRECT, first, stop, cue if mention else None, mention)
        draft.at_start = True
        return draft

    def _told_next(self, end: int) -> bool:
        """Tell whether the next sentence points back to short words: *so said the father*."""
        if not regex.match(r"[。\s]", self.masked[end:]):
            return False
        return japanesesigns.BACK.search(self.masked, end + 1, self._sentence_end(end + 1)) is not None

    def _headline_noun(self, end: int, stop: int) -> Mention | None:
        """Return the person or institution of which a piece of a headline after its quotation consists."""
        piece = self.masked[end:stop].strip(" 　。:：")
        place = self.masked.find(piece, end)
        heads = [hit for hit in self.hits_in(place, place + len(piece)) if hit.kinds & {"roles", "collectives"}]
        if heads and len(piece) < 20 and any(hit.end == place + len(piece) for hit in heads):
            return self.noun(place, place + len(piece))
        return self._topic(end, stop)

    def _next(self, end: int, found: Quotation) -> tuple[Mention | None, Hit | None]:
        """Return the subject of the sentence after a quotation that stands alone, where that sentence tells of it."""
        rest = regex.match(r"[。\s　―–—…]*", self.masked[end:])
        start = end + (rest.end() if rest else 0)
        stop = self._sentence_end(start)
        if start >= stop or self.masked[start] == BLOT or "\n" in self.masked[end:start]:
            return None, None
        mention = self._topic(start, stop)
        blot = self.masked.find(BLOT, start, stop)
        cue = next(iter(self.cues_in(start, blot if blot >= 0 else stop)), None)
        if mention is None or (blot >= 0 and not self._points_back(start, blot, mention)):
            return None, None
        place = found.outer_start - self.offset
        opening = not self.masked[:place].strip("　 ")
        return (mention, cue) if opening or cue is not None else (None, None)

    def _points_back(self, start: int, blot: int, mention: Mention) -> bool:
        """Tell whether the clause before the next quotation tells of the one before: *so he began, and went on*."""
        clause = self.masked[start:blot]
        return mention.end <= blot and japanesesigns.BACK.search(clause) is not None

    def _inside(
        self, found: Quotation, first: int, last: int, stop: int, lead: str, cue: Hit | None, inner: str
    ) -> Draft | None:
        """Read a quotation after other words of its sentence and without *to* right after it."""
        start, end = found.outer_start - self.offset, found.outer_end - self.offset
        tail = self.masked[end:last]
        if not tail.strip(" 。") or tail.startswith("。") or self.ended(found) or not found.closed:
            return self._ticker(found, lead, first, start, stop)
        if self.headline and len(inner) >= 4:
            mention = self._headline_noun(end, stop) if tail[:1] in ("　", " ") else None
            country = self._country(first, start)
            mention = mention or self._lead_noun(first, start) or country
            spoken = bool(japanesesigns.SPOKEN.search(inner)) or tail[:1] in ("　", " ") or country is not None
            if mention is not None and spoken:
                return self.make(found, StatementKind.MIXED, first, last, None, mention)
        told = (
            regex.search(r"(?:と|よう)(?:いう|[^、。]{0,6})?$|.*[とう]", self.masked[end : cue.start]) if cue else None
        )
        compared = regex.match(r"に(?:たとえ|なぞらえ|例え)", tail)
        if (
            len(inner) < 4
            or not japanesesigns.PREDICATE.match(tail)
            or (not compared and (cue is None or told is None))
        ):
            return None
        predicate = regex.match(r"だ|である|な(?:の|ん)だ|の?よう|に(?:たとえ|なぞ|例え)", tail)
        if not predicate and not (len(inner) >= 6 and regex.search(r"[をはがもに]|ない|[るた](?=.)", inner)):
            return None
        mention = self._topic(first, start)
        return self.make(found, StatementKind.MIXED, first, stop, cue, mention) if mention else None

    def _ticker(self, found: Quotation, lead: str, first: int, start: int, last: int) -> Draft | None:
        """Read *the ministry "..."*: a quotation that ends its sentence after words without a verb."""
        inner = self.passage.text[found.start : found.end].strip()
        earlier = self.cues_in(first, start)
        linked = (
            lead.endswith(("に", "で", "。", "：", ":", "は", "し", "て")) or self.masked[:start].rstrip()[-1:] in "、,"
        )
        if len(inner) < 6 or (not linked and len(lead) > 24):
            return None
        mention = self._topic(first, start) or self._lead_noun(first, start)
        if mention is None and not (earlier and lead.endswith(("：", ":"))):
            return None
        return self.make(found, StatementKind.DIRECT, first, last, earlier[-1] if earlier else None, mention)

    def _country(self, first: int, start: int) -> Mention | None:
        """Return the country that a headline names with one sign right before a quotation."""
        match = japanesesigns.COUNTRY.search(self.masked[max(0, first - 1) : start])
        return Mention(start - 1, start, "collective") if match else None

    def _lead_noun(self, first: int, start: int) -> Mention | None:
        """Return the speaker who stands before a quotation without a particle: *Foreign minister "..."*."""
        lead = self.masked[first:start].rstrip(" 　、。：:,")
        for piece in reversed(regex.split(r"[、。　 】＞〉\]]", lead)):
            place = self.masked.rfind(piece, first, start)
            if not 2 <= len(piece) <= 24 or place < 0:
                continue
            heads = [hit for hit in self.hits_in(place, place + len(piece)) if hit.kinds & {"roles", "collectives"}]
            ends = any(hit.end >= place + len(piece) for hit in heads)
            if ends or japanesesigns.PERSON.search(piece) or japanesesigns.KATAKANA.match(piece) or self._known(piece):
                return self.noun(place, place + len(piece))
        return None

    def joins(self, last: Draft, draft: Draft, before: Quotation) -> bool:
        """Tell whether a draft goes on with the one before it."""
        if draft.cue is not None and draft.cue == last.cue:
            return True
        if last.parts[-1][0] != before.start:
            return False
        behind = draft.parts[-1][1] + 1 - self.offset
        if before.outer_end == draft.parts[0][0] - 1 and japanesesigns.VOICES.match(self.masked, behind):
            return True
        between = self.passage.text[before.outer_end : draft.parts[0][0]].strip('「『"“„«”»＂ –—-。\n')
        told = last.mention is not None and last.mention.start + self.offset > last.parts[-1][0]
        told = told or (last.cue is not None and last.cue[0] > last.parts[-1][0])
        return draft.at_start and draft.mention is None and draft.cue is None and told and between.count("。") == 0

    def unmarked_end(self, inner: str) -> int | None:
        """Return where a quotation that no mark closes goes over into *to* and its verb."""
        for hit in self.table.hits(inner):
            if "cue_verbs" in hit.kinds and inner[hit.start - 1 : hit.start] == "と" and hit.start > 6:
                return hit.start - 1
        return None


def _ends_with_to(text: str, place: int) -> bool:
    """Tell whether *to* stands right before a place, so that a noun there speaks."""
    return text[place - 1 : place] == "と"
