"""Reporting in Chinese, Japanese and Korean, where particles and word order tell what capital letters do elsewhere."""

from __future__ import annotations

import regex

from stance.quotes.marks import Quotation
from stance.quotes.people import Register
from stance.quotes.phrases import BLOT, Mention
from stance.quotes.reporting import Draft, Passage
from stance.quotes.tables import Hit, Table
from stance.types import Span, StatementKind

LANGUAGES = frozenset({"zh", "ja", "ko"})

_KO_AFTER = regex.compile(
    r"\s?(?:(?:이?라|다|자|냐)?고(?![가-힣]*\s?질문)|(?:이?라)?며|(?:이?라)?면서|이?라는|이?라던|는\s(?:입장|반응|말|주장|설명|지적|비판|것)|하고|였다|이었다|이?란)"
)
_KO_NOT = regex.compile(r"\s?(?:이?라는|이?란|는|라던)\s?(?:제목|이름|질문|문구|뜻|의미|구호|표현|글귀|간판|현수막)")
_KO_SUBJECT = regex.compile(r"(?:^|[\s,.…·])(?P<words>[^\s,.…:]+(?:\s[^\s,.…:]+){0,6}?)(?:은|는|이|가|께서|측은|에서는)(?=\s|,)")
_KO_BREAK = regex.compile(r"(?:에서|에게|에|을|를|으로|로|며|고|면서|는|은|한|인|던|된|의|자|해|서|다)$")
_JA_AFTER = regex.compile(r"(?:など|等)?(?:と(?!いう\p{Han}|題|銘)|って|とも|との\p{Han}{0,6}(?:考え|見方|認識|立場|見解)|として|とした)")
_JA_TOPIC = regex.compile(r"(?P<words>[^、。，．\s「」『』\ue000【】]{1,40}?)(?:は|が|も|では|によると|によれば)(?=[、\p{Han}\p{Katakana}\p{Hiragana}\ue000])")
_ZH_STOP = "在于就对向当昨今明日说称表示则也还又并曾已将随起后此近先首最另同周月年，。：；、！？“”（）() \ue000的了是这那有与和及从被用再"
_ZH_LEAD = regex.compile(
    r"^[\s，。：；、]*(?:据悉|此外|另外|同时|随后|但是?|而且?|不过|对此|当天|昨天|今天|日前|此前|其中|批评来自反对派|在[^，。]{1,14}(?:中|上|里|后|时)|\d{1,2}[月日时点]?\d{0,2}日?)*"
)


def read(passage: Passage, table: Table, register: Register) -> list[Draft]:
    """Read the quotations of one paragraph.

    Args:
        passage: the paragraph.
        table: the expressions of its language.
        register: takes in the people that the paragraph names.

    Returns:
        The statements in the making, in order.
    """
    reader = {"ko": _Korean, "ja": _Japanese, "zh": _Chinese}[table.language](passage, table, register)
    return reader.read()


def subjects(passage: Passage, table: Table, register: Register) -> list[Mention]:
    """Return who the sentences of a paragraph are about."""
    reader = {"ko": _Korean, "ja": _Japanese, "zh": _Chinese}[table.language](passage, table, register)
    found = []
    start = 0
    for stop in [match.end() for match in regex.finditer(r"[。！？\n]|\. ", reader.masked)] + [len(reader.masked)]:
        mention = reader.topic(start, stop)
        if mention is not None:
            found.append(mention)
        start = stop
    return found


class _Reader:
    """What the three languages share."""

    stops = "。！？\n"

    def __init__(self, passage: Passage, table: Table, register: Register) -> None:
        self.passage, self.table, self.register = passage, table, register
        self.masked = passage.frame.masked
        self.offset = passage.start
        self.hits = table.hits(self.masked)
        self.cues = _longest([hit for hit in self.hits if "cue_verbs" in hit.kinds])

    def read(self) -> list[Draft]:
        drafts: list[Draft] = []
        for place, found in enumerate(self.passage.quotations):
            before = self.passage.quotations[place - 1] if place else None
            after = self.passage.quotations[place + 1] if place + 1 < len(self.passage.quotations) else None
            draft = None if found.is_title else self.draft(found, before, after)
            if draft is None:
                continue
            draft.open_end = not found.closed
            draft.offset = self.offset
            if drafts and before is not None and self.joins(drafts[-1], draft, before):
                drafts[-1].parts.extend(draft.parts)
                drafts[-1].open_end = draft.open_end
                drafts[-1].sentence = (drafts[-1].sentence[0], max(draft.sentence[1], drafts[-1].sentence[1]))
                if drafts[-1].mention is None:
                    drafts[-1].mention, drafts[-1].cue = draft.mention, draft.cue or drafts[-1].cue
                continue
            drafts.append(draft)
        return drafts

    def draft(self, found: Quotation, before: Quotation | None, after: Quotation | None) -> Draft | None:
        raise NotImplementedError

    def joins(self, last: Draft, draft: Draft, before: Quotation) -> bool:
        if last.parts[-1][0] != before.start:
            return draft.cue is not None and draft.cue == last.cue
        return draft.cue is not None and draft.cue == last.cue

    def around(self, found: Quotation, before: Quotation | None, after: Quotation | None) -> tuple[str, str, int, int]:
        """Return the text before and after a quotation in its sentence, and where these begin and end."""
        start, end = found.outer_start - self.offset, found.outer_end - self.offset
        first = max(self.masked.rfind(stop, 0, start) for stop in self.stops) + 1
        inner_end = self.passage.text[found.end - 1 : found.end]
        last = min((p for p in (self.masked.find(stop, end) for stop in self.stops) if p >= 0), default=len(self.masked))
        if after is not None:
            last = min(last, after.outer_start - self.offset)
        if before is not None and self.ended(before):
            first = max(first, before.outer_end - self.offset)
        del inner_end
        return self.masked[first:start], self.masked[end:last], first, last

    def ended(self, before: Quotation) -> bool:
        """Tell whether a quotation ends its sentence."""
        return self.passage.text[before.end - 1 : before.end] in "。！？"

    def make(
        self, found: Quotation, kind: StatementKind, first: int, last: int, cue: Hit | None, mention: Mention | None
    ) -> Draft:
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
        inside = [hit for hit in self.hits if start <= hit.start and hit.end <= end]
        if any(hit.start == start and hit.end == end and "pronouns" in hit.kinds for hit in inside):
            return Mention(start, end, "pronoun")
        heads = _longest([hit for hit in inside if hit.kinds & {"roles", "collectives"}])
        kind = "name" if not heads else "role" if any("roles" in hit.kinds for hit in heads) else "collective"
        name = self.person(start, end, heads)
        mention = Mention(start, end, kind, name)
        own = self.masked[name[0] : name[1]] if name else None
        self.register.note(stripped, own, start + self.offset, kind)
        return mention

    def person(self, start: int, end: int, heads: list[Hit]) -> Span | None:
        raise NotImplementedError

    def topic(self, first: int, last: int) -> Mention | None:
        raise NotImplementedError


def _longest(hits: list[Hit]) -> list[Hit]:
    kept: list[Hit] = []
    for hit in hits:
        if kept and hit.start < kept[-1].end:
            if hit.end > kept[-1].end and hit.start == kept[-1].start:
                kept[-1] = hit
            continue
        kept.append(hit)
    return kept


class _Korean(_Reader):
    """Korean: subject with its particle, quotation, quotative ending, verb."""

    stops = ".\n"

    def draft(self, found: Quotation, before: Quotation | None, after: Quotation | None) -> Draft | None:
        start, end = found.outer_start - self.offset, found.outer_end - self.offset
        first = self._sentence_start(start, before)
        lead = self.masked[first:start]
        stop = self.masked.find(". ", end)
        last = len(self.masked) if stop < 0 else stop + 1
        tail = self.masked[end:last]
        inner = self.passage.text[found.start : found.end].strip()
        quoted = _KO_AFTER.match(tail) if not _KO_NOT.match(tail) else None
        cue = next((hit for hit in self.cues if end <= hit.start < last), None)
        earlier = [hit for hit in self.cues if first <= hit.start < start]
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
            return self.make(found, StatementKind.DIRECT, first, last, earlier[-1] if earlier else None, self._subject(first, start))
        return self._headline(found, first, start, last, lead)

    def _other_marks(self) -> bool:
        return True

    def _trim_colon(self, first: int, start: int) -> Span:
        return first, first + len(self.masked[first:start].rstrip(" :："))

    def _sentence_start(self, start: int, before: Quotation | None) -> int:
        first = 0
        for match in regex.finditer(r"(?<=[다요까죠])\.\s+|\n|…", self.masked[:start]):
            first = match.end()
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
            known = [hit for hit in self.hits if begin <= hit.start and hit.end <= word_end]
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
        words = self.masked[start:end]
        match = regex.match(r"(?P<name>[가-힣]{2,4})(?:\s?\(\d+\))?(?=\s|$)|(?P<two>[가-힣]{1,5}\s[가-힣]{1,5})(?=\s)", words)
        for hit in heads:
            place = hit.start - start
            left = words[:place].rstrip()
            if match and left.startswith(match.group("name") or "\0") and len(words) > len(match.group()) and self._is_person(words, match.group("name"), heads, start):
                return start, start + len(match.group("name"))
            name = regex.search(r"(?:^|\s)([가-힣]{2,4})$", left)
            if name and not any(h.start - start <= name.start(1) < h.end - start for h in heads) and place + len(self.masked[hit.start : hit.end]) >= len(words) - 2:
                return start + name.start(1), start + name.end(1)
        age = regex.search(r"([가-힣]{2,4}(?:\s모)?)\s?(?:\(\d+\))?\s?(?:씨|군|양)?$", words)
        if age and ("씨" in words[age.start() :] or "(" in words[age.start() :]):
            return start + age.start(1), start + age.end(1)
        return None

    def _is_person(self, words: str, name: str | None, heads: list[Hit], start: int) -> bool:
        return name is not None and len(name) == 3 and not any(h.start - start < len(name) for h in heads)


class _Japanese(_Reader):
    """Japanese: topic, quotation, と, verb."""

    def draft(self, found: Quotation, before: Quotation | None, after: Quotation | None) -> Draft | None:
        lead, tail, first, last = self.around(found, before, after)
        start, end = found.outer_start - self.offset, found.outer_end - self.offset
        inner = self.passage.text[found.start : found.end].strip()
        if found.mark == "『" and len(inner) < 12:
            return None
        lead = regex.sub(r"^\s*\d{1,2}[:：時]\d{0,2}\s*", "", lead)
        quoted = _JA_AFTER.match(tail)
        sentence_end = self._sentence_end(end)
        cue = next((hit for hit in self.cues if end <= hit.start < sentence_end), None)
        alone = not tail.strip(" 。") or tail.startswith("。")
        if quoted:
            mention = self._topic(first, start)
            kind = StatementKind.MIXED if regex.search(r"(?:を|について(?:は)?|に対し(?:て)?)$", lead) else StatementKind.DIRECT
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
            heads = [hit for hit in self.hits if end <= hit.start < last and hit.kinds & {"roles", "collectives"}]
            if heads and len(piece) < 20:
                place = self.masked.index(piece, end)
                mention = self.noun(place, place + len(piece))
            return self.make(found, kind, first, last, None, mention)
        return None

    def _ticker(self, found: Quotation, lead: str, first: int, start: int, last: int) -> Draft | None:
        """Read *the ministry "..."*: a quotation that ends its sentence after words without a verb."""
        inner = self.passage.text[found.start : found.end].strip()
        earlier = [hit for hit in self.cues if first <= hit.start < start]
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
        if draft.cue is not None and draft.cue == last.cue:
            return True
        between = self.passage.text[before.outer_end : draft.parts[0][0]].strip("「『\"“ ")
        told = last.cue is not None and last.cue[0] > last.parts[-1][0]
        return draft.at_start and draft.mention is None and draft.cue is None and told and between.count("。") <= 1

    def topic(self, first: int, last: int) -> Mention | None:
        """Return the topic of a sentence."""
        return self._topic(first, last)

    def _sentence_end(self, place: int) -> int:
        stop = self.masked.find("。", place)
        return len(self.masked) if stop < 0 else stop

    def _topic(self, first: int, last: int) -> Mention | None:
        best: Mention | None = None
        for match in _JA_TOPIC.finditer(self.masked, first, last + 1):
            begin, end = match.span("words")
            words = self.masked[begin:end]
            if end - begin < 2 and not any(hit.start == begin and "pronouns" in hit.kinds for hit in self.hits):
                continue
            strong = any(begin <= hit.start and hit.end <= end and hit.kinds & {"roles", "collectives", "pronouns"} for hit in self.hits)
            if (strong and best is None) or (best is None and regex.search(r"(?:さん|氏)(?:（\d+）)?$", words)):
                cut = regex.search(r"^.*(?:で|を|た|る|に|、)(?=[\p{Han}\p{Katakana}A-Z]{2,}[^でをにる]*$)", words)
                best = self.noun(begin + (cut.end() if cut else 0), end)
        return best

    def person(self, start: int, end: int, heads: list[Hit]) -> Span | None:
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


class _Chinese(_Reader):
    """Chinese: subject, verb, colon, quotation; or quotation, subject, verb."""

    def draft(self, found: Quotation, before: Quotation | None, after: Quotation | None) -> Draft | None:
        lead, tail, first, last = self.around(found, before, after)
        start, end = found.outer_start - self.offset, found.outer_end - self.offset
        inner = self.passage.text[found.start : found.end].strip()
        if found.is_single and len(inner) < 12:
            return None
        bare = lead.strip(" ，、")
        colon = lead.rstrip().endswith(("：", ":"))
        earlier = [hit for hit in self.cues if first <= hit.start < start and not self._negated(hit)]
        later = [hit for hit in self.cues if end <= hit.start < min(last, end + 30)]
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

    def _leading(
        self, found: Quotation, first: int, end: int, last: int, later: list[Hit], inner: str
    ) -> Draft | None:
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
                mention = self.noun(end + dash.end(), end + dash.end() + (stop.start() if stop else len(tail) - dash.end()))
            elif tail.strip(" ，。") and not self.ended(found):
                return None
            draft = self.make(found, StatementKind.DIRECT, first, last, None, mention)
            draft.at_start = True
            return draft
        return None

    def joins(self, last: Draft, draft: Draft, before: Quotation) -> bool:
        return draft.cue is not None and draft.cue == last.cue and draft.cue[0] < draft.parts[0][0]

    def _so(self, end: int, last: int) -> tuple[Hit, Mention | None] | None:
        for hit in self.hits:
            if end <= hit.start <= end + 3 and hit.kinds & {"cue_before", "cue_after"} and hit.start < last:
                stop = regex.search(r"[，。在]", self.masked[hit.end : last])
                return hit, self.noun(hit.end, hit.end + (stop.start() if stop else last - hit.end))
        return None

    def _negated(self, cue: Hit) -> bool:
        return self.masked[cue.start - 1 : cue.start] in "没未不" or self.masked[max(0, cue.start - 2) : cue.start] in ("没有", "并未", "拒绝")

    def _scare(self, start: int) -> bool:
        return any("scare" in hit.kinds and start - 3 <= hit.end <= start for hit in self.hits) or any(
            "name_nouns" in hit.kinds and hit.end == start for hit in self.hits
        )

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
        cue = next((hit for hit in self.cues if first <= hit.start < last), None)
        mention = self._subject(cue.start, first) if cue else None
        if mention is not None:
            return mention
        roles = [hit for hit in self.hits if first <= hit.start < last and "roles" in hit.kinds]
        return self._chunk(roles[0].start, last) if roles else None

    def _chunk(self, begin: int, end: int) -> Mention | None:
        """Return the subject at the head of a clause."""
        piece = self.masked[begin:end]
        lead = _ZH_LEAD.match(piece)
        begin += lead.end() if lead else 0
        piece = self.masked[begin:end]
        inside = [hit for hit in self.hits if begin <= hit.start and hit.end <= end]
        pronoun = next((hit for hit in inside if "pronouns" in hit.kinds and hit.start - begin <= 2), None)
        if pronoun is not None:
            return Mention(pronoun.start, pronoun.end, "pronoun")
        heads = _longest([hit for hit in inside if hit.kinds & {"roles", "collectives"}])
        if heads:
            limit = regex.search(r"(?<=.)[在于就对向\d]", piece)
            bound = begin + limit.start() if limit else end
            near = [hit for hit in heads if hit.start < bound] or heads[:1]
            stop = near[-1].end
            while stop < end and self.masked[stop] not in _ZH_STOP and stop - near[-1].end < 14:
                stop += 1
            return self.noun(begin, stop)
        stop = begin
        while stop < end and self.masked[stop] not in _ZH_STOP:
            stop += 1
        if 2 <= stop - begin <= 12 and "cue" not in piece and (end - stop <= 8 or "·" in piece):
            return self.noun(begin, stop)
        return None

    def person(self, start: int, end: int, heads: list[Hit]) -> Span | None:
        if not heads:
            return (start, end) if 2 <= end - start <= 14 and "·" in self.masked[start:end] or end - start in (2, 3) else None
        last = heads[-1]
        if "roles" in last.kinds and 2 <= end - last.end <= 16:
            return last.end, end
        return None
