"""Reporting in Japanese: topic, quotation, と, verb."""

from __future__ import annotations

import regex

from stance.quotes.easternbase import EasternReader
from stance.quotes.marks import Quotation
from stance.quotes.passage import Draft
from stance.quotes.tables import Hit
from stance.quotes.words import BLOT, Mention
from stance.types import Span, StatementKind

#: What stands after a quotation that is told.
_TOLD = regex.compile(
    r"(?:（[^）]{1,12}）)?(?:など|等)?(?:だ|だった|である)?(?:と(?!いう\p{Han}|の(?:\p{Han}{1,2}(?:板|札|字)))|って|とも|なんて)"
)
#: What stands after words that are a name, a title, a sign, or only thought.
_NAMED = regex.compile(
    r"と(?:呼ばれ|名付|名づけ|題し|題する|題された|銘打|称さ|(?:大きく)?(?:書か|記さ|刻ま|印字さ)れた(?=[\p{Han}ァ-ヶ])|心の中|心で|思[っい]|祈[っり]|感じ|願[っい]|信じ|なっている)|"
    r"という(?:名|題|称号|標語|スローガン|歌|曲|映画|作品|小説|看板|見出し|文字|\p{Han}{1,3}の)|の(?:文字|愛称|通称|異名|標語|名で)|こと(?=[\p{Han}ァ-ヶ])"
)
#: A quotation that is the predicate of what somebody says, or compared with something.
_PREDICATE = regex.compile(
    r"(?:だ|だった|である|であり|な(?:の|ん)だ|の(?:よう|ごと)|よう|ような|に(?:たとえ|なぞらえ|例え|等しい)|と同じ|[をにへのでが]|など)"
)
_TOPIC = regex.compile(
    r"(?P<words>[^、。，．,\s「」『』\ue000【】〈〉＜＞]{1,44}?)(?P<particle>(?:は|が|も|では)|に?(?:によると|によれば|よると|よれば))(?=[、，,\p{L}\p{N}\ue000\s])"
)
_AGE = r"[（(][^（）()]{1,14}[）)]"
_PERSON = regex.compile(
    rf"(?:さん|氏|ちゃん|君|様|選手|被告|容疑者|議員|たち|ら|側|[者員長官家師士生手民兵婦客主人親父母妻夫子女男友孫兄姉弟妹娘将帥相王]|省|庁|局|社|党|軍|府|署|団|紙|派|筋)(?:{_AGE})?$"
)
_KATAKANA = regex.compile(r"(?:.*[のでた])?[ァ-ヶー]{2,}(?:[・＝=][ァ-ヶー]+)*$")
_DOTTED = regex.compile(r"[ァ-ヶー]+(?:[・＝=][ァ-ヶー]+)+")
_NO_SPEAKER = regex.compile(
    r"(?:^(?:これ|それ|あれ|ここ|そこ|今|何|誰|どれ)$|[日月年時分秒中後前上下間回点面件体果的声々]$|こと$|もの$|ため$|とき$|言葉$|表情$|反応$|際$|場合$|そう$|よう$|[るたいなてに]$|[での]$)"
)
_CUT = regex.compile(
    r"^.*(?:で|を|た|る|に|、|ない|へ|から|一方|対し)(?=(?:[\p{Han}\p{Katakana}A-Za-zＡ-Ｚ]|元)[^をにる]*$)"
)
_SPOKEN = regex.compile(
    r"(?:[。！？!?…♪]|です|ます|た|だ|る|い|ん|よ|ね|か|わ|ぞ|ない|べき|せよ|しろ|で|や|な|って|から|けど)[）)]?$"
)
_INSTITUTION = regex.compile(
    r"(?:サイト|新聞|紙|誌|通信社?|[局社党会]|団体|グループ|集団|チャンネル|アカウント|メディア|企業|政府系)$"
)
#: A relative clause before a noun; nouns for people that carry no name before them.
_RELATIVE = regex.compile(r"(?:る|た|う|す|く|ない|んだ|いる|しい|るい|かい)(?P<noun>[\p{Han}\p{Katakana}ー]{1,5})$")
_NAMELESS = frozenset(
    "関係者 担当者 幹部 職員 役員 住民 市民 研究者 専門家 高官 当局者 漁師 農家 男性 女性 関係筋 外交筋 筋 者 労働者 従業員 組合員 組合長 高校生 学生 遺族 家族".split()
)
_NO_NAME = regex.compile(r"[会社省庁党軍団業界組員学校院病署営課室国県市町村区]$|関係|[会省庁党軍業]")
_DATELINE = regex.compile(r"^[\s　]*(?:[（(【＝〔][^）)】＝〕]{1,24}[）)】＝〕][\s　]*)+")
_CLOCK = regex.compile(r"[\s　]*\d{1,2}(?:[:：]\d{2}|時\d{0,2}分?)[\s　]*")
_SUFFIXES = ("さん", "氏", "ちゃん", "君", "選手", "議員", "容疑者", "被告")


class Japanese(EasternReader):
    """Japanese: topic, quotation, と, verb."""

    stops = "。！？!?\n"

    def draft(self, found: Quotation, before: Quotation | None, after: Quotation | None) -> Draft | None:
        """Read one quotation; None where it is no statement."""
        _, tail, first, last = self.around(found, before, after)
        start, end = found.outer_start - self.offset, found.outer_end - self.offset
        inner = self.passage.text[found.start : found.end].strip()
        if clock := _CLOCK.match(self.masked[first:start]):
            first += clock.end()
        lead = _DATELINE.sub("", self.masked[first:start]).strip("　 、,–—-")
        spoken = bool(_SPOKEN.search(inner)) and len(inner) >= 6
        if found.mark == "『" and len(inner) < 12 and not _TOLD.match(tail):
            return None
        stop = self._sentence_end(end)
        cue = next(iter(self.cues_in(end, stop)), None)
        if self._is_name(start, end, spoken):
            return None
        weak = cue is None and not spoken and self._weak(found, inner) and not tail.startswith("との")
        if _TOLD.match(tail) and not weak:
            return self._told(found, first, stop, lead, cue)
        if not lead:
            return self._leading(found, before, first, stop, cue, inner)
        return self._inside(found, first, last, stop, lead, cue, inner)

    def _weak(self, found: Quotation, inner: str) -> bool:
        """Tell whether quoted words without a reporting verb are more likely a name than somebody's words."""
        return len(inner) < 8 or found.is_single

    def _is_name(self, start: int, end: int, spoken: bool) -> bool:
        if _NAMED.match(self.masked, end):
            return True
        window = self.hits_in(max(0, start - 12), start)
        if any("scare" in hit.kinds and hit.end >= start - 1 for hit in window):
            return True
        named = any("name_nouns" in hit.kinds and hit.end == start for hit in window)
        return named and not (spoken and _TOLD.match(self.masked, end))

    def _told(self, found: Quotation, first: int, stop: int, lead: str, cue: Hit | None) -> Draft:
        """Read a quotation with *to* after it."""
        start, end = found.outer_start - self.offset, found.outer_end - self.offset
        mention = self._topic(first, start) if lead else None
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
        return self._topic(end, stop) or self._closing_noun(end, stop)

    def _leading(
        self, found: Quotation, before: Quotation | None, first: int, stop: int, cue: Hit | None, inner: str
    ) -> Draft | None:
        """Read a quotation that begins its sentence and has no *to* after it."""
        end = found.outer_end - self.offset
        tail = self.masked[end:stop]
        finished = self.ended(found) or not tail.strip(" 。、,–—-　")
        if before is not None and not found.closed and before.outer_end >= found.outer_start - 1:
            return None
        if len(inner) < 5 and not self.ended(found):
            return None
        if not finished and not regex.match(r"[\s　]*[,、:：–—-]|[　\s]", tail) and not _SPOKEN.search(inner):
            return None
        mention = None
        if tail.strip(" 。、,–—-:：　") and not self.passage.headline:
            mention = self._behind(end, stop, cue)
        elif self.passage.headline and tail.strip(" 　"):
            mention = self._headline_noun(end, stop)
        if mention is None and finished:
            mention, cue = self._next(end, found)
        draft = self.make(found, StatementKind.DIRECT, first, stop, cue if mention else None, mention)
        draft.at_start = True
        return draft

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
        cue = next(iter(self.cues_in(start, stop)), None)
        if mention is None or BLOT in self.masked[start:stop]:
            return None, None
        place = found.outer_start - self.offset
        opening = not self.masked[:place].strip("　 ")
        return (mention, cue) if opening or cue is not None else (None, None)

    def _inside(
        self, found: Quotation, first: int, last: int, stop: int, lead: str, cue: Hit | None, inner: str
    ) -> Draft | None:
        """Read a quotation after other words of its sentence and without *to* right after it."""
        start, end = found.outer_start - self.offset, found.outer_end - self.offset
        tail = self.masked[end:last]
        if not tail.strip(" 。") or tail.startswith("。") or self.ended(found) or not found.closed:
            return self._ticker(found, lead, first, start, stop)
        if self.passage.headline and len(inner) > 4:
            mention = self._headline_noun(end, stop) if tail[:1] in ("　", " ") else None
            mention = mention or self._lead_noun(first, start)
            spoken = bool(_SPOKEN.search(inner)) or tail[:1] in ("　", " ")
            if mention is not None and spoken:
                return self.make(found, StatementKind.MIXED, first, last, None, mention)
        told = (
            regex.search(r"(?:と|よう)(?:いう|[^、。]{0,6})?$|.*[とう]", self.masked[end : cue.start]) if cue else None
        )
        compared = regex.match(r"に(?:たとえ|なぞらえ|例え)", tail)
        if len(inner) < 4 or not _PREDICATE.match(tail) or (not compared and (cue is None or told is None)):
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

    def _lead_noun(self, first: int, start: int) -> Mention | None:
        """Return the speaker who stands before a quotation without a particle: *Foreign minister "..."*."""
        lead = self.masked[first:start].rstrip(" 　、。：:,")
        for piece in reversed(regex.split(r"[、。　 】＞〉\]]", lead)):
            place = self.masked.rfind(piece, first, start)
            if not 2 <= len(piece) <= 24 or place < 0:
                continue
            heads = [hit for hit in self.hits_in(place, place + len(piece)) if hit.kinds & {"roles", "collectives"}]
            ends = any(hit.end >= place + len(piece) for hit in heads)
            if ends or _PERSON.search(piece) or _KATAKANA.match(piece) or self._known(piece):
                return self.noun(place, place + len(piece))
        return None

    def _known(self, words: str) -> bool:
        """Tell whether the words are the name, or its beginning, of somebody whom the article names."""
        if len(words) < 2 or any(person.name.startswith(words) for person in self.register.people[-200:]):
            return len(words) >= 2
        return (
            len(words) <= 8
            and regex.search(regex.escape(words) + r"(?:さん|氏|[（(]\d|は、)", self.passage.text) is not None
        )

    def joins(self, last: Draft, draft: Draft, before: Quotation) -> bool:
        """Tell whether a draft goes on with the one before it."""
        if draft.cue is not None and draft.cue == last.cue:
            return True
        between = self.passage.text[before.outer_end : draft.parts[0][0]].strip('「『"“„«”»＂ –—-。\n')
        told = last.mention is not None and last.mention.start + self.offset > last.parts[-1][0]
        told = told or (last.cue is not None and last.cue[0] > last.parts[-1][0])
        return draft.at_start and draft.mention is None and draft.cue is None and told and between.count("。") == 0

    def topic(self, first: int, last: int) -> Mention | None:
        """Return the topic of a sentence."""
        return self._topic(first, last) or self._closing_noun(first, last)

    def note_people(self) -> None:
        """Enter the people whom the paragraph names with a form of address, an age or a foreign name."""
        pattern = rf"(?P<name>[\p{{Han}}\p{{Katakana}}ー・]{{2,16}})(?:さん|氏)|(?P<name>[\p{{Han}}ぁ-んァ-ヶー・]{{2,12}})[（(]\d{{1,3}}[＝=）)]|(?P<name>{_DOTTED.pattern})"
        for match in regex.finditer(pattern, self.masked):
            start, stop = match.span("name")
            heads = [hit for hit in self.hits_in(start, stop) if hit.kinds & {"roles", "collectives"}]
            own = self._own(start, stop, heads)
            if own is not None:
                words = self.masked[match.start() : match.end()]
                self.register.note(words + " ", self.masked[own[0] : own[1]], own[0] + self.offset, "role")

    def _sentence_end(self, place: int) -> int:
        places = [self.masked.find(sign, place) for sign in "。\n"]
        return min((found for found in places if found >= 0), default=len(self.masked))

    def _topic(self, first: int, last: int) -> Mention | None:
        """Return who a stretch of a sentence is about: a person or institution with a particle, the likeliest one."""
        best: tuple[int, int, int] | None = None
        for place, match in enumerate(_TOPIC.finditer(self.masked, first, last + 1)):
            begin, end = match.span("words")
            if clock := _CLOCK.match(self.masked[begin:end]):
                begin += clock.end()
            begin = self._cut(begin, end)
            rank = self._rank(begin, end, match.group("particle"))
            if rank and (best is None or rank > best[0]):
                best = (rank, begin, end)
            if place > 20:
                break
        opening = self._opening(first, last) or self._titled(first, last)
        if opening is not None and (best is None or best[0] < 6):
            return opening
        return self.noun(best[1], best[2]) if best else None

    def _cut(self, begin: int, end: int) -> int:
        """Return where the noun phrase begins that ends with a particle at ``end``."""
        words = self.masked[begin:end]
        relative = _RELATIVE.search(words)
        if relative and len(words) <= 30 and not self._known(relative.group("noun")) and _PERSON.search(words):
            return begin
        cut = _CUT.search(regex.sub(_AGE + "$", lambda age: "者" * len(age.group()), words))
        return begin + cut.end() if cut else begin

    def _rank(self, begin: int, end: int, particle: str) -> int:
        """Return how likely a phrase with its particle is the speaker, 0 for never."""
        words = self.masked[begin:end]
        inside = self.hits_in(begin, end)
        bare = regex.sub(rf"(?:{_AGE}|たち|ら|側|の一人)+$", "", words)
        strong = any(
            hit.kinds & {"roles", "collectives", "pronouns"} and hit.end == begin + len(bare) and hit.start >= begin
            for hit in inside
        )
        if not strong and (len(words) < 2 and not _PERSON.search(words)):
            return 0
        likely = _PERSON.search(words) or regex.search(_KATAKANA, bare) or regex.search(_DOTTED.pattern + "$", bare)
        titled = regex.search(r"の[\p{Han}ぁ-んァ-ヶー]{1,6}$", bare)
        if titled and any(hit.end == begin + titled.start() and "roles" in hit.kinds for hit in inside):
            likely = titled
        rank = 3 if strong else 2 if likely or self._known(bare) else 0
        if not rank and bare != words:
            rank = 2
        if not rank:
            near = self.masked[end + 1 : end + 14]
            if not near.startswith("、") and BLOT not in near:
                return 0
            if particle != "は" or words in self.table.is_name_never or _NO_SPEAKER.search(words) or len(words) > 16:
                return 0
            return 1
        return 2 * rank + (3 if particle == "は" else 2 if particle.startswith(("に", "よ")) else 1)

    def _opening(self, first: int, last: int) -> Mention | None:
        """Return the institution or person with which a headline-like sentence opens: *The Kremlin, ...*."""
        match = regex.match(r"[\s　]*(?P<words>[^、。\s\ue000「]{2,30})、", self.masked[first:last])
        if match is None:
            return None
        begin, end = first + match.start("words"), first + match.end("words")
        if clock := _CLOCK.match(self.masked[begin:end]):
            begin += clock.end()
        if any(hit.end == end and hit.kinds & {"roles", "collectives"} for hit in self.hits_in(begin, end)):
            return self.noun(begin, end)
        return None

    def _titled(self, first: int, last: int) -> Mention | None:
        """Return an institution whose name stands between marks: *the site "Echo" said*."""
        match = regex.search(
            rf"(?P<words>[^、。\s\ue000]{{1,30}})(?P<name>{BLOT}{{4,30}})(?:は|が|によると|によれば)",
            self.masked[first:last],
        )
        if match is None or not _INSTITUTION.search(match.group("words")):
            return None
        name = first + match.start("name") + 1, first + match.end("name") - 1
        return Mention(
            self._cut(first + match.start("words"), first + match.end("words")), name[1] + 1, "collective", name
        )

    def _closing_noun(self, first: int, last: int) -> Mention | None:
        """Return the noun with which a sentence without a verb ends."""
        piece = regex.sub(r"[。\s　]*$", "", self.masked[first:last])
        piece = regex.sub(r"(?<=[^。]{2})(?:だ|だった|である|です)$", "", piece)
        end = first + len(piece)
        bare = first + len(regex.sub(_AGE + "$", "", piece))
        heads = [hit for hit in self.hits_in(first, end) if hit.end == bare and hit.kinds & {"roles", "collectives"}]
        dotted = regex.search(_DOTTED.pattern + "$", piece)
        if (
            not heads
            and not dotted
            and not (bare < end and _PERSON.search(piece))
            and not _KATAKANA.fullmatch(piece.strip("　 "))
        ):
            return None
        cut = regex.search(r"^.*(?:[たるがはに、　\ue000]|で(?!\p{Katakana})|のは)(?=[^たるがは、]{1,24}$)", piece)
        begin = first + (cut.end() if cut else 0)
        return self.noun(min([begin, *(hit.start for hit in heads)]), end)

    def noun(self, start: int, end: int) -> Mention | None:
        """Make a mention, its age in brackets included."""
        words = self.masked[start:end]
        stripped = regex.sub(_AGE + "$", "", words)
        mention = super().noun(start, start + len(stripped))
        if mention is None:
            return None
        kind = "role" if mention.kind == "name" and mention.name is None else mention.kind
        stop = end if len(stripped) < len(words) else mention.end
        if kind == "role" and regex.match(r"(?:ある|別の|一人の|匿名の|\p{Han}*の一人)", words):
            kind = "indefinite"
        return Mention(mention.start, stop, kind, mention.name)

    def person(self, start: int, end: int, heads: list[Hit]) -> Span | None:
        """Return the place of the person's own name in a noun phrase, None where it has none."""
        words = self.masked[start:end]
        if dotted := regex.search(_DOTTED.pattern + rf"(?=(?:{'|'.join(_SUFFIXES)})?$|[\p{{Han}}A-Z])", words):
            return start + dotted.start(), start + dotted.end()
        roles = [hit for hit in heads if "roles" in hit.kinds]
        for suffix in _SUFFIXES:
            if words.endswith(suffix) and len(words) > len(suffix):
                return self._own(start, end - len(suffix), heads)
        aged = self.masked[end : end + 1] in ("（", "(")
        if not roles or roles[-1].end != end:
            titled = any(self.masked[hit.end : hit.end + 1] == "の" and end - hit.end <= 7 for hit in roles)
            plain = titled and not any(hit.end == end for hit in heads)
            plain = plain or _KATAKANA.fullmatch(words) or self._known(words) or aged
            return self._own(start, end, heads) if plain and not any(hit.end == end for hit in heads) else None
        if titled := regex.search(r"(?P<name>[\p{Han}ぁ-んァ-ヶー]{3,7})・[\p{Han}ァ-ヶー]+$", words):
            return self._own(start, start + titled.end("name"), heads)
        stop = roles[-1].start
        while stop > start and self.masked[stop - 1] in "副元前新両":
            stop -= 1
        return self._own(start, stop, heads)

    def _own(self, start: int, stop: int, heads: list[Hit]) -> Span | None:
        """Return the name that ends at ``stop``: what is left of it after particles, roles and institutions."""
        left = start + max(self.masked[start:stop].rfind(sign) for sign in "のるた、で　") + 1
        left = max([left, *(hit.end for hit in heads if hit.start < stop and hit.end < stop and hit.end > left)])
        if (party := regex.fullmatch(r"(?P<name>\p{Han}{2,4})(?:同?党|軍)", self.masked[left:stop])) is not None:
            stop = left + party.end("name")
        name = self.masked[left:stop]
        role = self.masked[stop : max([stop, *(hit.end for hit in heads)])]
        plain = regex.fullmatch(r"\p{Han}+", name) is not None
        if plain and (
            role in _NAMELESS or _NO_NAME.search(name) or any(hit.start <= left and hit.end >= stop for hit in heads)
        ):
            return None
        return (left, stop) if 2 <= stop - left <= 16 else None

    def unmarked_end(self, inner: str) -> int | None:
        """Return where a quotation that no mark closes goes over into *to* and its verb."""
        for hit in self.table.hits(inner):
            if "cue_verbs" in hit.kinds and inner[hit.start - 1 : hit.start] == "と" and hit.start > 6:
                return hit.start - 1
        return None
