"""Who speaks in a Chinese sentence: its clauses, their subjects, and the people these name."""

from __future__ import annotations

import regex

from stance.quotes import chinesesigns
from stance.quotes.chinesenames import is_limit, name_end
from stance.quotes.easternbase import EasternReader, longest
from stance.quotes.tables import Hit
from stance.quotes.words import BLOT, Mention
from stance.types import Span


class ChineseNouns(EasternReader):
    """Finds the subjects of Chinese clauses."""

    def _about(self, cue: Hit) -> bool:
        return self.masked[cue.start : cue.end] in chinesesigns.ABOUT

    def _between(self, end: int, cue: Hit) -> Mention | None:
        """Return the subject of a cue after a quotation: between them, or right after the cue."""
        if self.masked[end : cue.start].strip(" ，,、"):
            return self._clauses(end, cue.start)
        after = regex.match(r"了?", self.masked[cue.end :])
        return self._chunk(cue.end + (after.end() if after else 0), min(cue.end + 30, len(self.masked)))

    def _clauses(self, begin: int, end: int) -> Mention | None:
        """Return the subject of the first clause that has one."""
        for match in regex.finditer(r"[^，；。]+", self.masked[begin:end]):
            if mention := self._chunk(begin + match.start(), begin + match.end()):
                return mention
        return None

    def _subject(self, place: int, first: int) -> Mention | None:
        """Return the subject of the verb at ``place``, in its own clause or an earlier one of the sentence."""
        stop = place
        places = [cue.start for cue in self.cues_in(first, place)][-4:]
        for turn in range(6):
            begin = max([first, *(self.masked.rfind(sign, first, stop) + 1 for sign in "，；, 　")])
            mention = self._source(begin, stop) or self._chunk(begin, stop)
            if mention is not None:
                return mention
            if begin <= first:
                return None
            # the second verb of a sentence shares the subject of the first, whatever the clauses between are about
            mention = self._source(first, begin) if turn == 0 else None
            if mention is not None:
                return mention
            told = [other for other in places if other < begin] if turn == 0 else []
            mention = self._subject(told[-1], first) if told else None
            if mention is not None:
                return mention
            stop = begin - 1
        return None

    def _source(self, begin: int, end: int) -> Mention | None:
        """Return whom a paper quotes: *the daily cites the words of a colonel*."""
        cited = regex.search(r"(?:引述|援引|引用|转述|轉述)", self.masked[begin:end])
        if cited is None:
            return None
        return self._chunk(begin + cited.end(), end)

    def topic(self, first: int, last: int) -> Mention | None:
        """Return the subject of a sentence: that of its reporting verb, else of its first clause that has one."""
        cue = next((hit for hit in self.cues_in(first, last) if not self._about(hit)), None)
        mention = self._subject(cue.start, first) if cue else None
        return mention or self._clauses(first, last)

    def note_people(self) -> None:
        """Enter the people whom the paragraph names after a role or an age."""
        bounds = frozenset(hit.start for hit in self.cues)
        places = [hit.span("name") for hit in regex.finditer(r"岁的(?P<name>\p{Han}{2,4})(?=[。，、])", self.masked)]
        for hit in longest([hit for hit in self.hits if "roles" in hit.kinds]):
            places.append((hit.end, name_end(self.masked, hit.end, len(self.masked), bounds)))
        for start, stop in places:
            if stop - start >= 2:
                words = self.masked[max(0, start - 2) : stop]
                self.register.note(words, self.masked[start:stop], start + self.offset, "role")

    def _chunk(self, begin: int, end: int) -> Mention | None:
        """Return the subject at the head of a clause."""
        piece = self.masked[begin:end]
        lead = chinesesigns.LEAD.match(piece)
        begin += lead.end() if lead else 0
        begin += len(self.masked[begin:end]) - len(self.masked[begin:end].lstrip(" \ue000　"))
        piece = self.masked[begin:end]
        if not piece or chinesesigns.ADVERB.fullmatch(piece):
            return None
        if len(piece) == 1 and piece not in "他她它我你您谁誰":
            return self._by_surname(begin)
        headed = any(
            hit.start == begin and hit.kinds & {"roles", "collectives"} for hit in self.hits_in(begin, begin + 1)
        )
        if cited := regex.match(r"(?:根?[据據]|按照?)(?=\p{Han}{2})", piece):
            return self._headed(begin + cited.end(), end) or self._bare(begin + cited.end(), end)
        if title := regex.match(r"《[^》]{1,16}》", piece):
            return Mention(begin, begin + title.end(), "collective", (begin + 1, begin + title.end() - 1))
        if chinesesigns.TOPIC.match(piece) and not headed:
            return self._relative(begin, end, names=True)
        pronoun = self._pronoun(begin, end)
        if pronoun is not None:
            return pronoun
        return self._headed(begin, end) or self._bare(begin, end)

    def _by_surname(self, place: int) -> Mention | None:
        """Return who is meant by a surname alone, as papers write of somebody named before."""
        sign, here = self.masked[place], place + self.offset
        for person in reversed(self.register.people[-50:]):
            if person.place < here and person.name.startswith(sign) and 2 <= len(person.name) <= 3:
                start = self.passage.text.find(person.name, person.place, person.place + 80) - self.offset
                return Mention(place, place + 1, "name", (start, start + len(person.name)))
        return None

    def _pronoun(self, begin: int, end: int) -> Mention | None:
        for hit in self.hits_in(begin, min(end, begin + 14)):
            if "pronouns" not in hit.kinds or self.masked[hit.start - 1 : hit.start] in ("其", "吉", "利"):
                continue
            if self.masked[hit.end : hit.end + 1] in tuple("国國人者"):
                continue
            if kin := chinesesigns.KIN.match(self.masked, hit.end, end):
                return Mention(hit.start, kin.end(), "indefinite")
            if hit.start - begin <= 1 or self.masked[hit.start - 1] == "的":
                return self._institution(hit) or Mention(hit.start, hit.end, "pronoun")
        return None

    def _institution(self, hit: Hit) -> Mention | None:
        """Return the institution that *it* stands for: the last one named."""
        if self.masked[hit.start] != "它":
            return None
        heads = longest([one for one in self.hits_in(0, hit.start) if one.kinds & {"collectives", "roles"}])
        things = [one for one in heads if "collectives" in one.kinds]
        return self._headed(self._head_start(things[-1].start), hit.start) if things else None

    def _head_start(self, place: int) -> int:
        return max(self.masked.rfind(sign, 0, place) + 1 for sign in "，；。\n")

    def _headed(self, begin: int, end: int) -> Mention | None:
        """Return the noun phrase at ``begin`` whose head is a role or an institution of the table."""
        heads = longest(
            [hit for hit in self.hits_in(begin, end) if hit.end <= end and hit.kinds & {"roles", "collectives"}]
        )
        last: Hit | None = None
        place = begin
        for hit in heads:
            gap = self.masked[place : hit.start]
            if not self._leads_on(gap, place, hit.start, last is None):
                break
            last, place = hit, hit.end
        if last is None:
            return None
        stop = last.end
        relative = self.masked[begin : heads[0].start].endswith("的")
        link = stop + 1 if self.masked[stop : stop + 1] == "的" else stop
        if "roles" in last.kinds or link > stop:
            after = name_end(self.masked, link, end, self._bounds(stop, end))
            stop = after if after > link else stop
        elif name_end(self.masked, stop, end, self._bounds(stop, end), sure=False) - stop >= 3:
            stop = name_end(self.masked, stop, end, self._bounds(stop, end), sure=False)
        if (
            stop == last.end
            and self.masked[stop : stop + 1] in chinesesigns.PERSON_END
            and is_limit(self.masked, stop + 1)
        ):
            stop += 1
        return self.noun(heads[0].start if relative and stop > last.end else begin, stop)

    def _leads_on(self, gap: str, start: int, end: int, opening: bool) -> bool:
        """Tell whether the words before a head belong to its noun phrase."""
        if not gap:
            return True
        gap = regex.sub(r"《[^》]*》|\ue000+|被\p{Han}{2,3}者|[驻駐]?[当當]地|[驻駐]", "", gap)
        broken = any(sign in gap for sign in "，。；：") or bool(chinesesigns.BREAK.match(gap))
        if not broken and not chinesesigns.BREAK.search(gap) and not self.cues_in(start, end):
            return len(gap) <= (16 if opening else 8)
        return (
            bool(chinesesigns.RELATIVE.fullmatch(gap))
            and (opening or not broken)
            and not any(sign in gap for sign in "说說称稱")
        )

    def _bounds(self, start: int, end: int) -> frozenset[int]:
        return frozenset(hit.start for hit in self.cues_in(start, end))

    def _bare(self, begin: int, end: int) -> Mention | None:
        """Return the noun phrase at ``begin`` without a head that the table knows: a name, or a noun for a person."""
        bounds = self._bounds(begin, end)
        somebody = chinesesigns.SOMEBODY.match(self.masked, begin, end)
        if somebody is not None and name_end(self.masked, somebody.end(), end, bounds, sure=False) == somebody.end():
            return self.noun(begin, somebody.end())
        stop = name_end(self.masked, begin, end, bounds, sure=False)
        if stop > begin and self.masked[stop : stop + 1] != "的":
            return self._named(begin, begin, stop)
        if (relative := self._relative(begin, end, names=False)) is not None:
            return relative
        stop = self._noun_end(begin, end, bounds)
        for start in (stop - 3, stop - 2):
            if start > begin + 1 and name_end(self.masked, start, stop, sure=False) == stop:
                return self._named(begin, start, stop)
        words = self.masked[begin:stop]
        if not 2 <= len(words) <= 14 or words in self.table.is_name_never:
            return None
        if words[-1] in chinesesigns.PERSON_END:
            return self.noun(begin, stop)
        for place in range(min(begin + 10, stop), begin + 1, -1):
            if self.masked[place - 1] in chinesesigns.SURE_PERSON:
                return self.noun(begin, place)
        told = stop in bounds or end in self._bounds(end, end + 1)
        return self.noun(begin, stop) if len(words) <= (8 if told else 4) and (told or stop == end) else None

    def _relative(self, begin: int, end: int, *, names: bool) -> Mention | None:
        """Return *the runner Xiaozhou who came from Chengdu*: a noun or a name after a relative clause."""
        bounds = self._bounds(begin, end)
        match = regex.match(r"[^，。；：]{1,40}?的(?:前|原)?", self.masked[begin:end])
        if match is None:
            return None
        head = begin + match.end()
        stop = self._noun_end(head, end, bounds)
        for start in range(head, min(head + 8, stop)):
            named = name_end(
                self.masked,
                start,
                end,
                bounds,
                sure=start == head or self.masked[start - 1] in chinesesigns.SURE_PERSON,
            )
            if named > start and (start == head or self.masked[start - 1] in chinesesigns.SURE_PERSON):
                return self._named(begin, start, named)
        if not names and head < stop <= head + 8 and self.masked[stop - 1] in chinesesigns.PERSON_END:
            return self.noun(begin, stop)
        return None

    def _noun_end(self, begin: int, end: int, bounds: frozenset[int]) -> int:
        stop = begin
        while stop < end and stop not in bounds and not is_limit(self.masked, stop):
            stop += 1
        return stop

    def _named(self, begin: int, start: int, stop: int) -> Mention:
        """Make a mention of a noun phrase that ends with a name."""
        self.register.note(self.masked[begin:stop], self.masked[start:stop], begin + self.offset, "noun")
        return Mention(begin, stop, "name", (start, stop))

    def noun(self, start: int, end: int) -> Mention | None:
        """Make a mention; one of somebody new and unnamed is of the kind ``indefinite``."""
        if article := chinesesigns.ARTICLE.match(self.masked[start:end]):
            start += article.end()
        if chinesesigns.PAPER.search(self.masked[start:end]):
            return None
        mention = super().noun(start, end)
        if mention is not None and mention.name is None and mention.kind != "pronoun":
            words = self.masked[mention.start : mention.end]
            if chinesesigns.INDEFINITE.match(words):
                return Mention(mention.start, mention.end, "indefinite")
            if mention.kind == "name":
                return Mention(mention.start, mention.end, "role")
        return mention

    def person(self, start: int, end: int, heads: list[Hit]) -> Span | None:
        """Return the place of the person's own name in a noun phrase, None where it has none."""
        if not heads:
            return (start, end) if name_end(self.masked, start, end, sure=False) == end else None
        last = heads[-1]
        begin = last.end + (self.masked[last.end : last.end + 1] == "的")
        if begin < end and name_end(self.masked, begin, end) == end:
            return begin, end
        if "roles" in last.kinds and last.end == end:
            # a title after the name: 王教授, 陈女士
            left = max(
                [
                    start,
                    *(hit.end for hit in heads[:-1]),
                    self.masked.rfind("的", start, last.start) + 1,
                    self.masked.rfind(BLOT, start, last.start) + 1,
                ]
            )
            if 1 <= last.start - left <= 12 and name_end(self.masked, left, last.start, sure=False) == last.start:
                return left, end if last.start - left == 1 else last.start
        return None
