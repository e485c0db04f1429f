"""Which quotations of a paragraph report speech, under which reporting word, joined into statements."""

from __future__ import annotations

import regex

from stance.quotes.deciding import Deciding
from stance.quotes.marks import Quotation
from stance.quotes.passage import Draft, Passage, split
from stance.quotes.speakers import Attributing
from stance.quotes.tables import Table
from stance.quotes.words import BLOT, Cue, Mention
from stance.types import Span, StatementKind

_SOV = frozenset({"tr"})
_CLOSING = '”»“"「」』’«› '
_DATELINE = regex.compile(r"(?:\d{1,2}[:.]\d\d\s*)?(?:[^a-z]{0,20}[\p{L}\p{N} ,./()\n\-–]{2,60}\s[–—-]|\|)?\s*")


class Reader(Deciding, Attributing):
    """Reads the quotations of one paragraph into drafts."""

    def read(self) -> list[Draft]:
        """Return the drafts of the paragraph, in order."""
        drafts: list[Draft] = []
        quotations = self.passage.quotations
        for place, found in enumerate(quotations):
            before = quotations[place - 1] if place else None
            after = quotations[place + 1] if place + 1 < len(quotations) else None
            sentence = self._sentence(found)
            if after is not None and self._begins(found, sentence) and self._listed(found, after):
                after = None
            draft = self._draft(found, before, after, sentence)
            if draft is None:
                draft = self._gapped_draft(drafts, before, found)
            if draft is None:
                continue
            last = drafts[-1] if drafts else None
            chained = last is not None and before is not None and last.parts[-1] == (before.start, before.end)
            if chained and before is not None and last is not None and last.cue == draft.cue:
                draft.mention = self._gapped(before, found, draft) or draft.mention
            if last is not None and before is not None and self._joins(last, draft):
                last.parts.extend(draft.parts)
                last.open_end = draft.open_end
                last.sentence = (last.sentence[0], max(draft.sentence[1], last.sentence[1]))
                continue
            drafts.append(draft)
        return drafts

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
        if cue is None and at_start and self._stands_alone(found, sentence):
            cue, side = self._next_sentence(sentence)
        if not self._is_statement(found, cue, side, at_start, colon, sentence):
            return None
        kind = self._kind(found, lead, cue, side, at_start, colon)
        mention = self._speaker(found, cue, side, sentence, limit, colon)
        draft = Draft([(found.start, found.end)], kind, sentence, self.passage.index, mention=mention, linked=side)
        draft.cue = (cue.start + self.offset, cue.end + self.offset) if cue else None
        draft.open_end = not found.closed
        draft.at_start = at_start
        draft.offset = self.offset
        if mention is None and cue is None and at_start and sentence[0] == self.passage.start:
            draft.mention = self._names_itself(sentence)
        return draft

    def _listed(self, found: Quotation, after: Quotation) -> bool:
        """Tell whether nothing but *and* or *but* parts two quotations (*"A" but "b", said X*)."""
        between = self.frame.between(found.outer_end - self.offset, after.outer_start - self.offset)
        words = [token for token in between if token.is_word]
        joins = self.frame.grammar.joins
        return len(words) == 1 and words[0].low in joins and len(between) <= 2 and found.closed

    def _begins(self, found: Quotation, sentence: Span) -> bool:
        """Tell whether the quotation begins its sentence, a dateline or the time of a ticker aside."""
        lead = self._masked(sentence[0], found.outer_start)
        if found.mark == "–":
            return True
        if BLOT in lead:
            return False
        if not any(character.isalnum() for character in lead):
            return True
        return sentence[0] == self.passage.start and _DATELINE.fullmatch(lead) is not None

    def _cue(self, found: Quotation, floor: int, limit: int, at_start: bool, colon: bool) -> tuple[Cue | None, str]:
        """Return the reporting expression of a quotation and on which side of it that stands."""
        start, end = found.outer_start - self.offset, found.outer_end - self.offset
        earlier = [c for c in self.frame.cues_in(floor - self.offset, start) if c.end <= start and not c.negated]
        later = [c for c in self.frame.cues_in(end, limit - self.offset) if not c.negated]
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
        if (
            near is not None
            and not colon
            and not self._introduces(near)
            and self._adjacent(end, near)
            and (
                not usable or self._gap(usable[-1].end, start) > (2 if near.kind in ("cue_before", "cue_after") else 4)
            )
        ):
            return near, "after"
        if usable:
            return usable[-1], "before"
        if near is not None:
            return near, "after"
        return (later[0], "after") if later and self._gap(end, later[0].start) <= 6 and not colon else (None, "")

    def _next_sentence(self, sentence: Span) -> tuple[Cue | None, str]:
        """Return the cue with which the next sentence takes up a quotation (*With these words X answered*)."""
        following = self._sentence_after(sentence)
        if following is None or BLOT in self._masked(*following):
            return None, ""
        first = following[0] - self.offset
        opening = [c for c in self.frame.cues_in(first, first + 4) if c.kind == "cue_nouns"]
        verbs = [c for c in self.frame.cues_in(first, following[1] - self.offset) if c.kind == "cue_verbs"]
        return (verbs[0], "next") if opening and verbs and not verbs[0].negated else (None, "")

    def _introduces(self, cue: Cue) -> bool:
        """Tell whether a clause of its own follows the cue (*emphasizing that ...*)."""
        after = self.frame.between(cue.end, cue.end + 60)[:2]
        return cue.kind == "cue_verbs" and any("introducers" in t.kinds for t in after if t.text != ",")

    def _main(self, cues: list[Cue], start: int) -> list[Cue]:
        """Leave out a last cue that lies far off inside the clause that an earlier cue introduces."""
        if len(cues) < 2 or self._gap(cues[-1].end, start) <= 2 or cues[-1].kind != "cue_verbs":
            return cues
        before, last = cues[-2], cues[-1]
        between = self.frame.between(before.end, last.start)
        joined = any(t.low in self.frame.grammar.joins or t.text.startswith(BLOT) for t in between)
        if self._introduces(before) and not joined and not self._introduces(last):
            return cues[:-1]
        return cues

    def _reaches(self, cue: Cue, start: int) -> bool:
        """Tell whether nothing between a cue and a later quotation shuts the cue off."""
        between = self.frame.masked[cue.end : start]
        return ";" not in between and "؛" not in between

    def _joins(self, last: Draft, draft: Draft) -> bool:
        """Tell whether a draft goes on with the one before it."""
        if draft.cue is not None and draft.cue == last.cue:
            return draft.mention == last.mention
        if self._resumes(last, draft):
            return True
        if draft.cue is not None:
            return False
        if draft.kind is not StatementKind.DIRECT or last.kind is not StatementKind.DIRECT:
            return False
        stop = last.parts[-1][1]
        between = self._sentences_between(stop, draft.sentence[0])
        told = last.cue is not None and last.cue[0] > last.parts[0][0]
        if not told and last.at_start and not self._words(draft.parts[-1][1], draft.sentence[1]):
            told = bool(self._words(stop, last.sentence[1])) and self._ends_open(stop)
        return told and not between and draft.at_start and draft.parts[0][0] - stop < 400

    def _gapped(self, before: Quotation, found: Quotation, draft: Draft) -> Mention | None:
        """Return the subject of a second quotation whose verb is not said again (*X called it "a", Y – "b"*)."""
        start, end = before.outer_end - self.offset, found.outer_start - self.offset
        if draft.cue is None or draft.cue[1] > before.outer_start or end - start > 80:
            return None
        tokens = self.frame.between(start, end)
        mentions = [m for m in self.frame.mentions_in(start, end) if m.kind in ("collective", "role", "name")]
        if len(mentions) != 1 or not tokens or tokens[0].text not in (",", "،", ";") or any(t.cue for t in tokens):
            return None
        small = self.frame.grammar.stops | self.frame.grammar.links | self.frame.grammar.joins
        mention = mentions[0]
        lead = [t for t in tokens[1:] if t.start < mention.start]
        rest = [t for t in tokens if t.start >= mention.end and t.is_word]
        joined = all(t.low in small or "articles" in t.kinds for t in lead)
        dashed = any(t.text in "–—-" for t in tokens)
        bare = all(t.low in small or "articles" in t.kinds for t in rest) or (dashed and len(rest) <= 2)
        bare = bare or (len(rest) <= 3 and rest[0].low in self.frame.grammar.links)
        return mention if joined and bare else None

    def _gapped_draft(self, drafts: list[Draft], before: Quotation | None, found: Quotation) -> Draft | None:
        """Return a statement of a few words whose verb the one before it has (*... de “x”, Tokio de “y”*)."""
        last = drafts[-1] if drafts else None
        if last is None or before is None or last.parts[-1] != (before.start, before.end) or last.linked != "before":
            return None
        draft = Draft([(found.start, found.end)], StatementKind.MIXED, last.sentence, self.passage.index, last.cue)
        draft.mention, draft.linked, draft.offset = self._gapped(before, found, draft), "before", self.offset
        same = last.sentence[0] <= found.start < last.sentence[1]
        return draft if draft.mention is not None and same and found.end - found.start < 60 else None

    def _ends_open(self, stop: int) -> bool:
        """Tell whether a comma, a dash or a small letter after a quotation shows that its sentence goes on."""
        text = self.passage.text
        rest = text[stop : stop + 6].lstrip(_CLOSING)
        return rest.lstrip()[:1] in (",", "،", "–", "—", "-") or rest.lstrip()[:1].islower() or text[stop - 1] == ","

    def _resumes(self, last: Draft, draft: Draft) -> bool:
        """Tell whether a quotation resumes one that an aside has interrupted in the same sentence.

        Commas on both sides show it (*"A", X put in, "b"*), whether the reporting word is known or not.
        """
        stop, start = last.parts[-1][1], draft.parts[0][0]
        if not last.at_start or start - stop > 160 or last.kind is not StatementKind.DIRECT:
            return False
        aside = self._masked(stop, start).replace(BLOT, "").strip()
        inner = aside.strip(",،–—- ")
        if not inner or any(sign in inner for sign in ".;:!?…؟") or not self._ends_open(stop):
            return False
        if aside[-1:] not in (",", "،", "–", "—", "-") or self._gap(stop - self.offset, start - self.offset) > 16:
            return False
        first = self.passage.text[start : start + 1]
        known = draft.cue is not None and last.cue is not None
        return not known and (not first.isupper() or self.table.language == "de")


def subjects(passage: Passage, table: Table) -> list[Mention]:
    """Return who each sentence is about: the subject of its reporting verb, else its first free mention."""
    reader = Reader(passage, table)
    frame = passage.frame
    found: list[Mention] = []
    for start, end in passage.sentences or split(passage, table):
        first, last = start - passage.start, end - passage.start
        inside = [m for m in frame.mentions_in(first, last) if m.kind != "noun"]
        if not inside:
            continue
        cue = next((c for c in frame.cues_in(first, last) if c.kind in ("cue_verbs", "cue_before")), None)
        mention = reader.subject(cue, first, last) if cue else None
        if mention is None or mention.kind == "noun":
            mention = next((m for m in inside if not m.governed), None)
        if mention is not None:
            found.append(mention)
    return found
