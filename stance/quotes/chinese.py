"""Reporting in Chinese: subject, verb, colon, quotation; or quotation, subject, verb."""

from __future__ import annotations

import regex

from stance.quotes.chinesenames import is_limit, name_end
from stance.quotes.easternbase import EasternReader, longest
from stance.quotes.marks import Quotation
from stance.quotes.passage import Draft
from stance.quotes.tables import Hit
from stance.quotes.words import BLOT, Mention
from stance.types import Span, StatementKind

#: What can stand before the subject of a clause: a dateline, a time, a place, a conjunction.
_LEAD = regex.compile(
    r"^(?:[\s，。：；、]+|[^，。]{2,16}[电電讯訊]\s?(?:（[^）]{1,30}）|\([^)]{1,30}\)|[：:　 ]|$)|[（(【〔\[][^）)】〕\]]{1,30}[）)】〕\]]|"
    r"据悉|據悉|此外|另外|同时|同時|随后|隨後|但是?|而且?|不过|不過|然而|对此|對此|另据|其中|于是|於是|接着|接著|最后|最後|"
    r"当[天日晚]|當[天日晚]|[昨今前明]天?[日晚晨早](?:间)?|[昨今前明]天|日前|近日|此前|稍早|稍后|稍後|早些时候|目前|如今|当时|當時|上午|下午|晚间|晚間|深夜|凌晨|"
    r"周[一二三四五六日末]|週[一二三四五六日末]|星期[一二三四五六日天]|(?:在|当|當|于|於)[^，。在]{1,16}?(?:期间|期間|[中上里裡后後时時前间間])(?!\p{Han}?[部将將])|"
    r"批评来自反对派|[\d一二三四五六七八九十]{1,4}[年月日号號时時点點分](?:[上下]旬)?)*"
)
#: Clauses that only name what is spoken about, or when.
_TOPIC = regex.compile(
    r"^(?:谈[到起及]|談[到起及]|[说說]起|提[到起及]|被?[问問](?:[到及起]|是否)|记者[问追]|記者[問追]|面[对對]|[对對]于|對於|针对|針對|关于|關於|就|[对對]|看着|看著|随着|隨著|为了?|為了?|"
    r"由[于於]|除了?|据|據|根据|根據|当|當|在|自从?|从|從|经过|經過|至[于於]|如果|尽管|盡管|虽然|雖然|截获|截獲|听[到完]|聽[到完]|作为|作為|[话話]未|[话話]音)"
)
#: A verb or preposition between two nouns tells that the second is no longer the subject.
_BREAK = regex.compile(
    r"[，。；：、在于於就对對向把將将用当當说說称稱则則也还還又并並却卻与與及从從被给給了着著让讓请請派使叫看听聽问問打跟为為以]|[会會接]见|會見|[访訪][问問]|接受|出席|前往|宣布|批评|批評|描述|竖起"
)
_RELATIVE = regex.compile(
    r"[^，。；：\ue000]{0,26}的(?:前|原|那|这|這|一[名位个個]|多[名位]|[另别別]一[名位])?\p{Han}{0,4}"
)
_INDEFINITE = regex.compile(
    r"^(?:有的?(?!关|關)|[一两兩几幾多数數]{1,2}[名位个個些]|某|另一|部分|不少|许多|許多|众|眾|\p{Han}{2,12}[一两兩几幾多数數][名位个個])"
)
_ARTICLE = regex.compile(r"(?:[这這那][位名个個]|[该該](?=\p{Han}{2}))")
_PERSON_END = frozenset(
    "者员員长長官家师師民客手兵工人迷商方部局署院社報报党黨军軍省庭团團生宾賓妇婦将將友眷属屬嫂姐哥爷爺们們"
)
_SURE_PERSON = frozenset("妇婦女生工者员員长長官師师民兵人商客迷手")
_SENTENCE = regex.compile(r"[我你您他她它们們是不了没沒要会會能都就还還吗嗎呢吧别別让讓把被着著过過很太谁誰怎什再无無]")
_VERBAL = regex.compile(r"^[坚堅不将將绝絕已正必要无無没沒应應]|反[对對]|支持|[谴譴][责責]|[欢歡]迎|拒[绝絕]")
_ABOUT = frozenset("谈到 談到 提到 提及 谈及 談及 谈起 說起 说起 希望 相信 期待 要求 反对 同意 支持".split())
_SHORT = 4


class Chinese(EasternReader):
    """Chinese: subject, verb, colon, quotation; or quotation, subject, verb."""

    stops = "。！？!?\n"

    def draft(self, found: Quotation, before: Quotation | None, after: Quotation | None) -> Draft | None:
        """Read one quotation; None where it is no statement."""
        lead, _tail, first, last = self.around(found, before, after)
        start, end = found.outer_start - self.offset, found.outer_end - self.offset
        inner = self.passage.text[found.start : found.end].strip()
        if self._is_name(found, start, end, inner):
            return None
        earlier = [hit for hit in self.cues_in(first, start) if not self._negated(hit) and hit.end <= start]
        later = [hit for hit in self.cues_in(end, last) if not self._about(hit)]
        if not lead.strip(" ，、　") or _LEAD.sub("", lead).strip(" ，、　") == "":
            return self._leading(found, first, end, last, later, inner)
        if lead.rstrip().endswith(("：", ":")):
            cue = earlier[-1] if earlier else None
            mention = self._subject(cue.start if cue else start - 1, first) or self._subject(start - 1, first)
            if mention is None and cue is None and len(inner) < 6 and inner[-1:] not in "。！？!?":
                return None
            return self.make(found, StatementKind.DIRECT, first, last, cue, mention)
        return self._inside(found, first, last, earlier, later, inner)

    def _is_name(self, found: Quotation, start: int, end: int, inner: str) -> bool:
        """Tell whether words around a quotation say that it is a name or that nobody means it."""
        if self.masked[:start].rstrip()[-1:] in "：:":
            return False
        if self._scare(start, inner) or (found.is_single and len(inner) < 12):
            return True
        after = self.masked[end : end + 6]
        if after[:1] in "：:" and after[1:2] == BLOT:
            return True
        if any("scare" in hit.kinds and hit.start <= end + 2 for hit in self.hits_in(end, end + 3)):
            return True
        return bool(regex.match(r"[号號]|(?:之[称稱说說]|一[词詞]|二字|字[样樣])", after))

    def _inside(
        self, found: Quotation, first: int, last: int, earlier: list[Hit], later: list[Hit], inner: str
    ) -> Draft | None:
        """Read a quotation inside a sentence, after other words than a colon."""
        start, end = found.outer_start - self.offset, found.outer_end - self.offset
        kind = StatementKind.MIXED
        whole = len(inner) >= 9 and bool(_SENTENCE.search(inner))
        if len(inner) <= 8 and not _SENTENCE.search(inner) and self.masked[end : end + 1] == "的":
            return None
        linked = bool(regex.search(r"[是为為成作做于於像如有说說称稱道到，、：]\s?$", self.masked[first:start]))
        modifies = len(inner) < 9 and not _VERBAL.search(inner) and bool(
            regex.match(r"(?![的地之而但并並等来來作做与與和去吧吗了为為在])\p{Han}", self.masked[end:])
        )
        if earlier and start - earlier[-1].end <= 60:
            cue = earlier[-1]
            adjacent = start - cue.end <= 1
            if len(inner) < (2 if adjacent else _SHORT) or (modifies and not linked and not adjacent):
                return None
            mention = self._subject(cue.start, first)
            return self.make(found, kind, first, last, cue, mention or self._subject(start, first))
        near = [hit for hit in later if hit.start - end <= 12]
        if near and len(inner) >= _SHORT:
            mention = self._subject(start, first) or self._between(end, near[0])
            return self.make(found, kind, first, last, near[0], mention)
        so = self._so(end, last)
        if so is not None and len(inner) >= _SHORT:
            return self.make(found, kind, first, last, so[0], so[1])
        mention = self._subject(start, first)
        finished = inner[-1:] in "。！？…!?" and len(inner) >= 6
        if finished or (whole and mention is not None and not modifies):
            if self.masked[:start].rstrip()[-1:] in "，,":
                kind = StatementKind.DIRECT
            return self.make(found, kind, first, last, None, mention)
        if linked and mention is not None and not modifies and len(inner) >= _SHORT and self.passage.headline:
            return self.make(found, kind, first, last, None, mention)
        return None

    def _leading(self, found: Quotation, first: int, end: int, last: int, later: list[Hit], inner: str) -> Draft | None:
        """Read a quotation that begins its sentence."""
        tail = self.masked[end:last]
        cue = next((hit for hit in later if hit.start - end <= 40), None)
        mention = None
        if dash := regex.match(r"\s*[–—-]+\s*", tail):
            stop = regex.search(r"[在说說，。于於]", tail[dash.end() :])
            place = end + dash.end()
            mention = self.noun(place, place + (stop.start() if stop else len(tail) - dash.end()))
        elif cue is not None:
            mention = self._between(end, cue)
        elif tail.strip(" ，。"):
            mention = self._clauses(end, last)
        finished = inner[-1:] in "。！？，…!?,"
        if cue is None and len(inner) < 7 and not finished:
            return None
        if cue is None and mention is None and tail.strip(" ，。") and not finished and len(inner) < 10:
            return None
        draft = self.make(found, StatementKind.DIRECT, first, last, cue, mention)
        draft.at_start = True
        return draft

    def joins(self, last: Draft, draft: Draft, before: Quotation) -> bool:
        """Tell whether a draft goes on with the one before it."""
        if draft.cue is not None and draft.cue == last.cue and draft.cue[0] < draft.parts[0][0]:
            return True
        between = self.passage.text[before.outer_end : draft.parts[0][0] - 1]
        if last.parts[-1][0] != before.start:
            return False
        if not between.strip():
            return draft.cue is None
        told = last.cue is not None and last.cue[0] > last.parts[-1][0]
        told = told or (last.mention is not None and last.mention.start + self.offset > last.parts[-1][0])
        asked = self.passage.text[before.end - 1 : before.end] in "？?"
        alone = draft.at_start and draft.cue is None and draft.mention is None
        if between.rstrip().endswith(("，", ",")) and "。" not in between and last.at_start:
            return told and draft.cue is None
        return told and alone and not asked and between.rstrip().endswith("。") and between.count("。") == 1

    def _so(self, end: int, last: int) -> tuple[Hit, Mention | None] | None:
        if match := regex.match(r"[，,]\s?如此(?P<who>[^，。]{2,16})(?=[，。]|$)", self.masked[end:last]):
            hit = Hit(end + match.start("who") - 2, end + match.start("who"), frozenset({"cue_before"}))
            return hit, self.noun(end + match.start("who"), end + match.end("who"))
        return None

    def _negated(self, cue: Hit) -> bool:
        window = self.masked[max(0, cue.start - 8) : cue.start]
        if self.masked[cue.start : cue.end][-1:] in "为為作做" and regex.search(r"被[^，。]{0,6}$", window):
            return True
        if self.masked[cue.start : cue.start + 1] in "说說称稱" and window[-1:] in tuple(
            "之小传傳学學据據游遊俗名职職"
        ):
            return True
        if regex.search(
            r"[没沒未]有?(?:明确|明確|正面)?$|(?:没有|沒有|并未|並未|拒绝|拒絕|不愿|不願|不肯)\p{Han}{0,2}$|不$", window
        ):
            return not window.endswith(("不得不", "忍不住"))
        return False

    def _about(self, cue: Hit) -> bool:
        return self.masked[cue.start : cue.end] in _ABOUT

    def _scare(self, start: int, inner: str) -> bool:
        verbal = bool(_SENTENCE.search(inner))
        return any(
            ("scare" in hit.kinds and start - 1 <= hit.end <= start)
            or ("name_nouns" in hit.kinds and hit.end == start and not verbal)
            for hit in self.hits_in(start - 12, start)
        )

    # --- who speaks ---------------------------------------------------------------------------------------------------

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
        lead = _LEAD.match(piece)
        begin += lead.end() if lead else 0
        begin += len(self.masked[begin:end]) - len(self.masked[begin:end].lstrip(" \ue000　"))
        piece = self.masked[begin:end]
        if not piece:
            return None
        headed = any(
            hit.start == begin and hit.kinds & {"roles", "collectives"} for hit in self.hits_in(begin, begin + 1)
        )
        if cited := regex.match(r"(?:根?[据據]|按照?)(?=\p{Han}{2})", piece):
            return self._headed(begin + cited.end(), end) or self._bare(begin + cited.end(), end)
        if title := regex.match(r"《[^》]{1,16}》", piece):
            return Mention(begin, begin + title.end(), "collective", (begin + 1, begin + title.end() - 1))
        if _TOPIC.match(piece) and not headed:
            return self._relative(begin, end, names=True)
        pronoun = self._pronoun(begin, end)
        if pronoun is not None:
            return pronoun
        return self._headed(begin, end) or self._bare(begin, end)

    def _pronoun(self, begin: int, end: int) -> Mention | None:
        for hit in self.hits_in(begin, min(end, begin + 14)):
            if "pronouns" not in hit.kinds or self.masked[hit.start - 1 : hit.start] in ("其", "吉", "利"):
                continue
            if self.masked[hit.end : hit.end + 1] in tuple("国國人者"):
                continue
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
        link = stop + 1 if self.masked[stop : stop + 1] == "的" else stop
        if "roles" in last.kinds or link > stop:
            after = name_end(self.masked, link, end, self._bounds(stop, end))
            stop = after if after > link else stop
        elif name_end(self.masked, stop, end, self._bounds(stop, end), sure=False) - stop >= 3:
            stop = name_end(self.masked, stop, end, self._bounds(stop, end), sure=False)
        if stop == last.end and self.masked[stop : stop + 1] in _PERSON_END and is_limit(self.masked, stop + 1):
            stop += 1
        return self.noun(begin, stop)

    def _leads_on(self, gap: str, start: int, end: int, opening: bool) -> bool:
        """Tell whether the words before a head belong to its noun phrase."""
        if not gap:
            return True
        gap = regex.sub(r"《[^》]*》|\ue000+", "", gap)
        broken = any(sign in gap for sign in "，。；：") or bool(_BREAK.match(gap))
        if not broken and not _BREAK.search(gap) and not self.cues_in(start, end):
            return len(gap) <= (16 if opening else 8)
        return (
            bool(_RELATIVE.fullmatch(gap)) and (opening or not broken) and not any(sign in gap for sign in "说說称稱")
        )

    def _bounds(self, start: int, end: int) -> frozenset[int]:
        return frozenset(hit.start for hit in self.cues_in(start, end))

    def _bare(self, begin: int, end: int) -> Mention | None:
        """Return the noun phrase at ``begin`` without a head that the table knows: a name, or a noun for a person."""
        bounds = self._bounds(begin, end)
        stop = name_end(self.masked, begin, end, bounds, sure=False)
        if stop > begin:
            return self._named(begin, begin, stop)
        if relative := regex.match(r"[^，。；：\ue000]{1,26}的(?:前|原)?", self.masked[begin:end]):
            head = begin + relative.end()
            stop = name_end(self.masked, head, end, bounds)
            if stop > head:
                return self._named(begin, head, stop)
            stop = self._noun_end(head, end, bounds)
            return self.noun(begin, stop) if head < stop <= head + 8 and self.masked[stop - 1] in _PERSON_END else None
        stop = self._noun_end(begin, end, bounds)
        words = self.masked[begin:stop]
        if not 2 <= len(words) <= 14 or words in self.table.is_name_never:
            return None
        if words[-1] in _PERSON_END:
            return self.noun(begin, stop)
        for place in range(min(begin + 10, stop), begin + 1, -1):
            if self.masked[place - 1] in "者员員长長官师師民兵":
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
                self.masked, start, end, bounds, sure=start == head or self.masked[start - 1] in _SURE_PERSON
            )
            if named > start and (start == head or self.masked[start - 1] in _SURE_PERSON):
                return self._named(begin, start, named)
        if not names and head < stop <= head + 8 and self.masked[stop - 1] in _PERSON_END:
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
        if article := _ARTICLE.match(self.masked[start:end]):
            start += article.end()
        mention = super().noun(start, end)
        if mention is not None and mention.name is None and mention.kind != "pronoun":
            words = self.masked[mention.start : mention.end]
            if _INDEFINITE.match(words):
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
