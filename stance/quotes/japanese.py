"""Reporting in Japanese: topic, quotation, と, verb."""

from __future__ import annotations

import regex

from stance.quotes.easternbase import EasternReader
from stance.quotes.marks import Quotation
from stance.quotes.passage import Draft
from stance.quotes.tables import Hit
from stance.quotes.words import Mention
from stance.types import Span, StatementKind

_JA_AFTER = regex.compile(
    r"(?:など|等)?(?:と(?!いう\p{Han}|題|銘)|って|とも|との\p{Han}{0,6}(?:考え|見方|認識|立場|見解)|として|とした)"
)
_JA_TOPIC = regex.compile(
    r"(?P<words>[^、。，．\s「」『』\ue000【】]{1,40}?)(?:は|が|も|では|によると|によれば)(?=[、\p{L}\ue000])"
)


class Japanese(EasternReader):
    """Japanese: topic, quotation, と, verb."""

    def draft(self, found: Quotation, before: Quotation | None, after: Quotation | None) -> Draft | None:
        """Read one quotation; None where it is no statement."""
        lead, tail, first, last = self.around(found, before, after)
        start, end = found.outer_start - self.offset, found.outer_end - self.offset
        inner = self.passage.text[found.start : found.end].strip()
        if found.mark == "『" and len(inner) < 12:
            return None
        lead = regex.sub(r"^\s*\d{1,2}[:：時]\d{0,2}\s*", "", lead)
        quoted = _JA_AFTER.match(tail)
        sentence_end = self._sentence_end(end)
        cue = next((hit for hit in self.cues_in(end, sentence_end)), None)
        alone = not tail.strip(" 。") or tail.startswith("。")
        if quoted:
            mention = self._topic(first, start)
            kind = (
                StatementKind.MIXED
                if regex.search(r"(?:を|について(?:は)?|に対し(?:て)?)$", lead)
                else StatementKind.DIRECT
            )
            draft = self.make(found, kind, first, sentence_end, cue, mention)
            draft.at_start = not lead.strip()
            return draft
        if not lead.strip() and (alone or self.ended(found)):
            if before is not None and not found.closed:
                return None
            if len(inner) < 5 and not self.ended(found):
                return None
            behind = self._topic(end, sentence_end) if tail.strip(" 。") and not self.passage.headline else None
            draft = self.make(found, StatementKind.DIRECT, first, sentence_end, cue if behind else None, behind)
            draft.at_start = True
            return draft
        if alone or self.ended(found) or not found.closed:
            return self._ticker(found, lead, first, start, sentence_end)
        if self.passage.headline and len(inner) > 4 and tail[:1] in "　 ":
            piece = tail.strip(" 　")
            kind = StatementKind.DIRECT if not lead.strip() else StatementKind.MIXED
            mention = None
            heads = [hit for hit in self.hits_in(end, last) if hit.kinds & {"roles", "collectives"}]
            place = self.masked.index(piece, end) if piece else end
            if heads and len(piece) < 20 and heads[-1].end == place + len(piece):
                mention = self.noun(place, place + len(piece))
            return self.make(found, kind, first, last, None, mention)
        return None

    def _ticker(self, found: Quotation, lead: str, first: int, start: int, last: int) -> Draft | None:
        """Read *the ministry "..."*: a quotation that ends its sentence after words without a verb."""
        inner = self.passage.text[found.start : found.end].strip()
        earlier = [hit for hit in self.cues_in(first, start)]
        if len(inner) < 6 or (not lead.strip("　 ").endswith(("に", "、", "で", "。", "：", ":")) and len(lead) > 24):
            return None
        mention = self._topic(first, start)
        if mention is None:
            piece = regex.split(r"[、。　]", lead.strip("　 、。：:"))[0]
            place = self.masked.rfind(piece, first, start)
            mention = self.noun(place, place + len(piece)) if piece and place >= 0 else None
        if mention is None or (mention.kind == "name" and mention.name is None and not earlier):
            return None
        return self.make(found, StatementKind.DIRECT, first, last, earlier[-1] if earlier else None, mention)

    def joins(self, last: Draft, draft: Draft, before: Quotation) -> bool:
        """Tell whether a draft goes on with the one before it."""
        if draft.cue is not None and draft.cue == last.cue:
            return True
        between = self.passage.text[before.outer_end : draft.parts[0][0]].strip('「『"“ ')
        told = last.mention is not None and last.mention.start + self.offset > last.parts[-1][0]
        told = told or (last.cue is not None and last.cue[0] > last.parts[-1][0])
        return draft.at_start and draft.mention is None and draft.cue is None and told and between.count("。") <= 1

    def topic(self, first: int, last: int) -> Mention | None:
        """Return the topic of a sentence."""
        return self._topic(first, last)

    def _sentence_end(self, place: int) -> int:
        stop = self.masked.find("。", place)
        return len(self.masked) if stop < 0 else stop

    def _topic(self, first: int, last: int) -> Mention | None:
        best: Mention | None = None
        opening = regex.match(
            r"\s*(?:\d{1,2}[:：]\d\d)?\s*(?P<words>[^、。\s\ue000「]{2,30})、", self.masked[first:last]
        )
        if opening:
            begin, end = first + opening.start("words"), first + opening.end("words")
            if any(hit.end == end and hit.kinds & {"roles", "collectives"} for hit in self.hits_in(begin, end)):
                best = self.noun(begin, end)
        for match in _JA_TOPIC.finditer(self.masked, first, last + 1):
            begin, end = match.span("words")
            words = self.masked[begin:end]
            if end - begin < 2 and not any("pronouns" in hit.kinds for hit in self.hits_in(begin, begin + 1)):
                continue
            bare = end - len(words) + len(regex.sub(r"(?:（[^）]*）|たち|ら|側)+$", "", words))
            strong = any(
                begin <= hit.start and hit.end == bare and hit.kinds & {"roles", "collectives", "pronouns"}
                for hit in self.hits_in(begin, end)
            )
            if (strong and best is None) or (best is None and regex.search(r"(?:さん|氏)(?:（\d+）)?$", words)):
                cut = regex.search(r"^.*(?:で|を|た|る|に|、)(?=[\p{Han}\p{Katakana}A-Z]{2,}[^でをにる]*$)", words)
                best = self.noun(begin + (cut.end() if cut else 0), end)
        return best or self._closing_noun(first, last)

    def _closing_noun(self, first: int, last: int) -> Mention | None:
        """Return the noun with which a sentence without a verb ends."""
        piece = regex.sub(r"(?:（[^）]*）)?[。\s]*$", "", self.masked[first:last])
        end = first + len(piece)
        heads = [hit for hit in self.hits_in(first, end) if hit.end == end and hit.kinds & {"roles", "collectives"}]
        if not heads:
            return None
        cut = regex.search(r"^.*[たるの、で　](?=.{1,12}$)", piece)
        begin = first + (cut.end() if cut else 0)
        return self.noun(min(begin, heads[0].start), end)

    def person(self, start: int, end: int, heads: list[Hit]) -> Span | None:
        """Return the place of the person's own name in a noun phrase, None where it has none."""
        words = self.masked[start:end]
        for suffix in ("さん", "氏", "議員", "容疑者"):
            if words.endswith(suffix):
                piece = words.removesuffix(suffix)
                left = max(piece.rfind("の"), piece.rfind("る"), piece.rfind("、"), -1) + 1
                return (start + left, start + len(piece)) if left < len(piece) else None
        roles = [hit for hit in heads if "roles" in hit.kinds]
        if not roles or roles[-1].end != end:
            return None
        stop = roles[-1].start
        while stop > start and self.masked[stop - 1] in "副元前新両":
            stop -= 1
        left = start + max(self.masked[start:stop].rfind(sign) for sign in "のるた、") + 1
        taken = [hit for hit in heads if hit.start < stop and hit.end > left and hit is not roles[-1]]
        if taken:
            left = max(hit.end for hit in taken)
        return (left, stop) if 2 <= stop - left <= 16 and stop > left else None
