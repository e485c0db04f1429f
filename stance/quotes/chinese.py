"""Reporting in Chinese: subject, verb, colon, quotation; or quotation, subject, verb."""

from __future__ import annotations

import regex

from stance.quotes.easternbase import EasternReader, longest
from stance.quotes.marks import Quotation
from stance.quotes.passage import Draft
from stance.quotes.tables import Hit
from stance.quotes.words import BLOT, Mention
from stance.types import Span, StatementKind

_ZH_STOP = (
    "0123456789年月日，。：；、！？“”（）() \ue000"
    "在于就对向当昨今明说称表示则也还又并曾已将随起后此近先首最另同周的了是这那有与和及从被用再"
)
_ZH_LEAD = regex.compile(
    r"^[\s，。：；、]*(?:[^，。]{2,16}电\s?(?:（[^）]{1,30}）|\([^)]{1,30}\))|有(?=\p{Han}{2,4}[用在说])|据悉|此外|另外|同时|随后|但是?|而且?|不过|对此|当天|昨天|今天|日前|此前|其中|批评来自反对派|在[^，。]{1,14}(?:中|上|里|后|时)|\d{1,2}[月日时点]?\d{0,2}日?)*"
)
_ZH_VERBS = "提强指发宣认呼警拒否批谴证补告抱承答写回介透坦敦反张"


def name_end(text: str, start: int, end: int) -> int:
    """Return where a Chinese name that begins at ``start`` ends: three characters, or more with a dot inside."""
    dotted = "·" in text[start : min(start + 9, end)]
    stop = start
    while stop < end and text[stop] not in _ZH_STOP and stop - start < (16 if dotted else 3):
        if dotted and text[stop] in _ZH_VERBS and "·" in text[start : stop - 1]:
            break
        stop += 1
    return stop


class Chinese(EasternReader):
    """Chinese: subject, verb, colon, quotation; or quotation, subject, verb."""

    def draft(self, found: Quotation, before: Quotation | None, after: Quotation | None) -> Draft | None:
        """Read one quotation; None where it is no statement."""
        lead, _tail, first, last = self.around(found, before, after)
        start, end = found.outer_start - self.offset, found.outer_end - self.offset
        inner = self.passage.text[found.start : found.end].strip()
        if found.is_single and len(inner) < 12:
            return None
        bare = lead.strip(" ，、")
        colon = lead.rstrip().endswith(("：", ":"))
        earlier = [hit for hit in self.cues_in(first, start) if not self._negated(hit)]
        later = [hit for hit in self.cues_in(end, min(last, end + 30))]
        if not bare:
            return self._leading(found, first, end, last, later, inner)
        if colon:
            cue = earlier[-1] if earlier else None
            mention = self._subject(cue.start if cue else start - 1, first) or self._subject(start - 1, first)
            if mention is None and cue is None and len(inner) < 8:
                return None
            return self.make(found, StatementKind.DIRECT, first, last, cue, mention)
        if earlier and start - earlier[-1].end <= 40:
            if self._scare(start) or len(inner) < 4:
                return None
            cue = earlier[-1]
            if BLOT in self.masked[cue.end : start] and start - cue.end > 24:
                cue = earlier[-1]
            return self.make(found, StatementKind.MIXED, first, last, cue, self._subject(cue.start, first))
        if later and later[0].start - end <= 12 and len(inner) >= 4 and not self._scare(start):
            mention = self._between(end, later[0])
            return self.make(found, StatementKind.MIXED, first, last, later[0], mention)
        so = self._so(end, last)
        if so is not None and not self._scare(start) and len(inner) >= 4:
            return self.make(found, StatementKind.MIXED, first, last, so[0], so[1])
        return None

    def _leading(self, found: Quotation, first: int, end: int, last: int, later: list[Hit], inner: str) -> Draft | None:
        """Read a quotation that begins its sentence."""
        if later:
            mention = self._between(end, later[0])
            draft = self.make(found, StatementKind.DIRECT, first, last, later[0], mention)
            draft.at_start = True
            return draft
        tail = self.masked[end:last]
        if len(inner) >= 7 or inner[-1:] in "。！？":
            mention = None
            if dash := regex.match(r"\s*[–—-]+\s*", tail):
                stop = regex.search(r"[在说，。于]", tail[dash.end() :])
                mention = self.noun(
                    end + dash.end(), end + dash.end() + (stop.start() if stop else len(tail) - dash.end())
                )
            elif tail.strip(" ，。") and not self.ended(found):
                return None
            draft = self.make(found, StatementKind.DIRECT, first, last, None, mention)
            draft.at_start = True
            return draft
        return None

    def joins(self, last: Draft, draft: Draft, before: Quotation) -> bool:
        """Tell whether a draft goes on with the one before it."""
        return draft.cue is not None and draft.cue == last.cue and draft.cue[0] < draft.parts[0][0]

    def _so(self, end: int, last: int) -> tuple[Hit, Mention | None] | None:
        if match := regex.match(r"[，,]\s?如此(?P<who>[^，。]{2,16})(?=[，。]|$)", self.masked[end:last]):
            hit = Hit(end + match.start("who") - 2, end + match.start("who"), frozenset({"cue_before"}))
            return hit, self.noun(end + match.start("who"), end + match.end("who"))
        for hit in self.hits_in(end, end + 4):
            if end <= hit.start <= end + 3 and hit.kinds & {"cue_before", "cue_after"} and hit.start < last:
                stop = regex.search(r"[，。在]", self.masked[hit.end : last])
                return hit, self.noun(hit.end, hit.end + (stop.start() if stop else last - hit.end))
        return None

    def _negated(self, cue: Hit) -> bool:
        if cue.start and self.masked[cue.start - 1] in "没未不之传学小据":
            return True
        return self.masked[max(0, cue.start - 2) : cue.start] in ("没有", "并未", "拒绝")

    def _scare(self, start: int) -> bool:
        return any(
            "scare" in hit.kinds and start - 3 <= hit.end <= start for hit in self.hits_in(start - 12, start)
        ) or any("name_nouns" in hit.kinds and hit.end == start for hit in self.hits_in(start - 12, start))

    def _between(self, end: int, cue: Hit) -> Mention | None:
        """Return the subject of a cue after a quotation: between them, or right after the cue."""
        piece = self.masked[end : cue.start]
        lead = len(piece) - len(piece.lstrip(" ，,、"))
        if piece.strip(" ，,、"):
            return self._chunk(end + lead, cue.start)
        after = regex.match(r"了?", self.masked[cue.end :])
        start = cue.end + (after.end() if after else 0)
        stop = regex.search(r"[在，。于：]", self.masked[start : start + 40])
        return self.noun(start, start + stop.start()) if stop else self.noun(start, min(start + 20, len(self.masked)))

    def _subject(self, place: int, first: int) -> Mention | None:
        """Return the subject of the verb at ``place``, in its own clause or an earlier one of the sentence."""
        stop = place
        for _ in range(5):
            begin = max(self.masked.rfind(sign, first, stop) for sign in "，；\ue000 ") + 1
            begin = max(begin, first)
            mention = self._chunk(begin, stop)
            if mention is not None:
                return mention
            if begin <= first:
                return None
            stop = begin - 1
        return None

    def topic(self, first: int, last: int) -> Mention | None:
        """Return the subject of a sentence: that of its reporting verb, else the first role with a name."""
        cue = next((hit for hit in self.cues_in(first, last)), None)
        mention = self._subject(cue.start, first) if cue else None
        if mention is not None:
            return mention
        heads = [hit for hit in self.hits_in(first, last) if hit.kinds & {"roles", "collectives"}]
        if not heads:
            return None
        begin = max([first, *(self.masked.rfind(sign, first, heads[0].start) + 1 for sign in "，；。")])
        comma = self.masked.find("，", begin, last)
        return self._chunk(begin, last if comma < 0 else comma)

    def _chunk(self, begin: int, end: int) -> Mention | None:
        """Return the subject at the head of a clause."""
        piece = self.masked[begin:end]
        lead = _ZH_LEAD.match(piece)
        begin += lead.end() if lead else 0
        piece = self.masked[begin:end]
        inside = [hit for hit in self.hits_in(begin, end) if hit.end <= end]
        pronoun = next((hit for hit in inside if "pronouns" in hit.kinds and hit.start - begin <= 2), None)
        if pronoun is not None:
            return Mention(pronoun.start, pronoun.end, "pronoun")
        heads = longest([hit for hit in inside if hit.kinds & {"roles", "collectives"}])
        if heads:
            limit = regex.search(r"(?<=.)[在于就对向\d]", piece)
            bound = begin + limit.start() if limit else end
            near = [hit for hit in heads if hit.start < bound] or heads[:1]
            stop = name_end(self.masked, near[-1].end, end)
            return self.noun(begin, stop)
        stop = begin
        while stop < end and self.masked[stop] not in _ZH_STOP:
            stop += 1
        if 2 <= stop - begin <= 12 and "cue" not in piece and (end - stop <= 8 or "·" in piece):
            return self.noun(begin, stop)
        return None

    def person(self, start: int, end: int, heads: list[Hit]) -> Span | None:
        """Return the place of the person's own name in a noun phrase, None where it has none."""
        if not heads:
            return (
                (start, end)
                if (2 <= end - start <= 14 and "·" in self.masked[start:end]) or end - start in (2, 3)
                else None
            )
        last = heads[-1]
        if "roles" in last.kinds and 2 <= end - last.end <= 16:
            return last.end, end
        return None
