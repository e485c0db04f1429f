"""What reading Chinese, Japanese and Korean paragraphs has in common."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import replace

import regex

from stance.quotes.easternunmarked import ANSWER, LABELLED, found_without_marks, label_of, marked_otherwise
from stance.quotes.marks import Quotation
from stance.quotes.passage import Draft, Passage, blot
from stance.quotes.people import Register
from stance.quotes.tables import Hit, Table
from stance.quotes.words import BLOT, Mention
from stance.types import Span, StatementKind


class EasternReader:
    """What the three languages share."""

    stops = "。！？\n"
    sentence_end = r"[。！？\n]|\. "
    blank = ' \u3000\n。、，"“”「」『』‘’–—-' + BLOT

    def __init__(self, passage: Passage, table: Table, register: Register) -> None:
        self.passage, self.table, self.register = passage, table, register
        self.offset = passage.start
        self.quotations = self.prepared(passage.quotations)
        self.masked = blot(passage.text, passage.start, passage.end, self.quotations)
        self.headline = passage.headline and not regex.search(r"[。！？]", self.masked)
        self.hits = table.hits(self.masked)
        self._hit_starts = [hit.start for hit in self.hits]
        self.cues = longest([hit for hit in self.hits if "cue_verbs" in hit.kinds])
        self._cue_starts = [hit.start for hit in self.cues]

    def prepared(self, quotations: list[Quotation]) -> list[Quotation]:
        """Return the quotations as the language's own signs correct them: an end without a mark, other marks."""
        passage = self.passage
        unmarked = found_without_marks(passage.text, passage.start, passage.end, self.table.language)
        if unmarked is not None:
            return [unmarked]
        others = marked_otherwise(passage.text, passage.start, passage.end, self.table.language, quotations)
        if others:
            quotations = sorted([*quotations, *others], key=lambda found: found.start)
        if all(found.closed for found in quotations):
            return quotations
        return [found if found.closed else self._trimmed(found) for found in quotations]

    def _trimmed(self, found: Quotation) -> Quotation:
        stop = self.unmarked_end(self.passage.text[found.start : found.end])
        if stop is None:
            return found
        return replace(found, end=found.start + stop, outer_end=found.start + stop)

    def unmarked_end(self, inner: str) -> int | None:
        """Return where a quotation that no mark closes ends by its words, None where nothing tells."""
        del inner
        return None

    def hits_in(self, start: int, end: int) -> list[Hit]:
        """Return the expressions of the table that begin between two places."""
        return self.hits[bisect_left(self._hit_starts, start) : bisect_left(self._hit_starts, end)]

    def cues_in(self, start: int, end: int) -> list[Hit]:
        """Return the reporting verbs that begin between two places."""
        return self.cues[bisect_left(self._cue_starts, start) : bisect_left(self._cue_starts, end)]

    def read(self) -> list[Draft]:
        """Return the drafts of the paragraph, in order."""
        drafts: list[Draft] = []
        for place, found in enumerate(self.quotations):
            before = self.quotations[place - 1] if place else None
            after = self.quotations[place + 1] if place + 1 < len(self.quotations) else None
            draft = None if found.is_title else self._drafted(found, before, after)
            if draft is None:
                continue
            draft.open_end = not found.closed and found.outer_end >= self.passage.end - 1
            draft.offset = self.offset
            draft.mention = self.referred(draft.mention)
            if drafts and before is not None and self.joins(drafts[-1], draft, before):
                drafts[-1].parts.extend(draft.parts)
                drafts[-1].open_end = draft.open_end
                drafts[-1].sentence = (drafts[-1].sentence[0], max(draft.sentence[1], drafts[-1].sentence[1]))
                if drafts[-1].mention is None:
                    drafts[-1].mention, drafts[-1].cue = draft.mention, draft.cue or drafts[-1].cue
                continue
            drafts.append(draft)
        for draft in drafts:
            if draft.mention is None and draft.speaker is None:
                draft.mention = self.referred(self.earlier(draft.parts[0][0] - self.offset))
        return drafts

    def earlier(self, place: int) -> Mention | None:
        """Return who the sentences before a place of the paragraph are about, the nearest first."""
        # a few sentences tell; the whole of a very long paragraph would take time
        first = max(0, place - 600)
        ends = [first + match.end() for match in regex.finditer(self.sentence_end, self.masked[first:place])][-5:]
        if self.headline and not ends:
            return None
        for start, stop in reversed(list(zip([first, *ends], [*ends, place], strict=True))):
            if self.masked[start:stop].strip(self.blank) and (mention := self.topic(start, stop)) is not None:
                return mention
        return None

    def _drafted(self, found: Quotation, before: Quotation | None, after: Quotation | None) -> Draft | None:
        """Read one quotation, or words that no marks bound."""
        if found.mark not in (LABELLED, ANSWER):
            return self.draft(found, before, after)
        mention = None
        if found.mark == LABELLED:
            first, last = label_of(self.passage.text, self.offset, found)
            mention = self.noun(first - self.offset, last - self.offset)
        return self.make(found, StatementKind.DIRECT, 0, found.outer_end - self.offset, None, mention)

    def draft(self, found: Quotation, before: Quotation | None, after: Quotation | None) -> Draft | None:
        """Read one quotation; None where it is no statement."""
        raise NotImplementedError

    def joins(self, last: Draft, draft: Draft, before: Quotation) -> bool:
        """Tell whether a draft goes on with the one before it."""
        if last.parts[-1][0] != before.start:
            return draft.cue is not None and draft.cue == last.cue
        return draft.cue is not None and draft.cue == last.cue

    def around(self, found: Quotation, before: Quotation | None, after: Quotation | None) -> tuple[str, str, int, int]:
        """Return the text before and after a quotation in its sentence, and where these begin and end."""
        start, end = found.outer_start - self.offset, found.outer_end - self.offset
        first = max(self.masked.rfind(stop, 0, start) for stop in self.stops) + 1
        last = min(
            (p for p in (self.masked.find(stop, end) for stop in self.stops) if p >= 0), default=len(self.masked)
        )
        if after is not None:
            last = min(last, after.outer_start - self.offset)
        if before is not None and self.ended(before):
            first = max(first, before.outer_end - self.offset)
        return self.masked[first:start], self.masked[end:last], first, last

    def ended(self, before: Quotation) -> bool:
        """Tell whether a quotation ends its sentence."""
        return self.passage.text[before.end - 1 : before.end] in "。！？"

    def make(
        self, found: Quotation, kind: StatementKind, first: int, last: int, cue: Hit | None, mention: Mention | None
    ) -> Draft:
        """Make a draft of one quotation."""
        draft = Draft([(found.start, found.end)], kind, (first + self.offset, last + self.offset), self.passage.index)
        draft.cue = (cue.start + self.offset, cue.end + self.offset) if cue else None
        draft.mention = mention
        return draft

    def noun(self, start: int, end: int) -> Mention | None:
        """Make a mention of the characters from ``start`` to ``end``: who it is, and the person's own name."""
        words = self.masked[start:end]
        stripped = words.strip(" 、，,　")
        start += len(words) - len(words.lstrip(" 、，,　"))
        end = start + len(stripped)
        stripped = regex.sub(r"\s?[（(]\d+[)）]?$", "", stripped)
        end = start + len(stripped)
        if start >= end or len(stripped) > 45:
            return None
        inside = [hit for hit in self.hits_in(start, end) if hit.end <= end]
        if any(hit.start == start and hit.end == end and "pronouns" in hit.kinds for hit in inside):
            return Mention(start, end, "pronoun")
        heads = longest([hit for hit in inside if hit.kinds & {"roles", "collectives"}])
        kind = "name" if not heads else "collective" if "collectives" in heads[-1].kinds else "role"
        name = self.person(start, end, heads)
        mention = Mention(start, end, kind, name)
        own = self.masked[name[0] : name[1]] if name else None
        self.register.note(stripped, own, start + self.offset, kind)
        return mention

    def referred(self, mention: Mention | None) -> Mention | None:
        """Return the mention with the fullest name of its person, be it a part of the name or a role."""
        if mention is None or mention.kind not in ("role", "name") or mention.end <= mention.start:
            return mention
        here = mention.start + self.offset
        if mention.name is not None:
            own = self.masked[mention.name[0] : mention.name[1]]
            longer = [
                person for person in self.register.people[-400:] if person.name != own and person.name.startswith(own)
            ]
            found = [(person.place, person.name) for person in longer if len(own) >= 2 and person.place < here]
        else:
            words = self.masked[mention.start : mention.end]
            found = [
                (place, name)
                for place, _, longer_words, name, _ in self.register.mentions[-400:]
                if name and place < here and longer_words.replace(name, "").strip().endswith(words)
            ]
        if not found:
            return self._somebody_new(mention)
        place, name = found[-1]
        start = self.passage.text.find(name, place, place + 80)
        if start < 0:
            return mention
        span = start - self.offset, start - self.offset + len(name)
        return Mention(mention.start, mention.end, mention.kind, span, mention.governed)

    def _somebody_new(self, mention: Mention) -> Mention:
        """Return a role that nobody named has as that of somebody new, unless a pointing word stands before it."""
        pointed = regex.search(
            r"(?:[这這那][位名个個]|[该該同此]|この|その|同|이|그|해당)\s?$", self.masked[: mention.start]
        )
        if mention.name is not None or mention.kind != "role" or pointed or self.headline:
            return mention
        return replace(mention, kind="indefinite")

    def person(self, start: int, end: int, heads: list[Hit]) -> Span | None:
        """Return the place of the person's own name in a noun phrase, None where it has none."""
        raise NotImplementedError

    def note_people(self) -> None:
        """Enter the people whom the paragraph names with a role, a form of address or an age."""
        raise NotImplementedError

    def topic(self, first: int, last: int) -> Mention | None:
        """Return who a sentence is about."""
        raise NotImplementedError


def longest(hits: list[Hit]) -> list[Hit]:
    """Return the hits that overlap no longer one that begins before."""
    kept: list[Hit] = []
    for hit in hits:
        if kept and hit.start < kept[-1].end:
            if hit.end > kept[-1].end and hit.start == kept[-1].start:
                kept[-1] = hit
            continue
        kept.append(hit)
    return kept
