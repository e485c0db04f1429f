"""Who speaks in a Japanese sentence: topics with their particles, nouns that end a sentence, and whom they name."""

from __future__ import annotations

import regex

from stance.quotes import japanesesigns
from stance.quotes.easternbase import EasternReader
from stance.quotes.tables import Hit
from stance.quotes.words import BLOT, Mention
from stance.types import Span

_HEADS = frozenset({"roles", "collectives", "pronouns"})


class JapaneseNouns(EasternReader):
    """Finds the subjects of Japanese sentences."""

    def _known(self, words: str) -> bool:
        """Tell whether the words are the name, or its beginning, of somebody whom the article names."""
        if len(words) < 2 or any(person.name.startswith(words) for person in self.register.people[-200:]):
            return len(words) >= 2
        return (
            len(words) <= 8
            and regex.search(regex.escape(words) + r"(?:さん|氏|[（(]\d)", self.passage.text[:20_000]) is not None
        )

    def topic(self, first: int, last: int) -> Mention | None:
        """Return the topic of a sentence."""
        interviewed = regex.search(
            r"(?P<who>[^、。\s\ue000【】＜＞〈〉]{2,40}?)(?:に(?:話を)?(?:聞いた|聞く|伺|尋ね|インタビュー|取材)|との一問一答|への?インタビュー|の一問一答)",
            self.masked[first:last],
        )
        if interviewed:
            end = first + interviewed.end("who")
            return self.noun(self._cut(first + interviewed.start("who"), end), end)
        if comment := regex.search(
            r"(?P<who>[^、。\ue000【】＜＞〈〉]{2,40}?)の(?:コメント|談話|話)\s*$", self.masked[first:last]
        ):
            return self._commented(first + comment.start("who"), first + comment.end("who"))
        mention = self._topic(first, last)
        return mention if mention is not None and self._somebody(mention) else self._closing_noun(first, last)

    def _commented(self, begin: int, end: int) -> Mention | None:
        """Return who gives a comment that a line announces; the name may be printed with a space in it."""
        words = self.masked[begin:end]
        name = regex.search(r"(?<=[\s　])\p{Han}{1,3}[\s　][\p{Han}ぁ-んァ-ヶ]{1,4}$", words)
        if name is not None:
            return Mention(begin, end, "role", (begin + name.start(), end))
        return self.noun(begin, end)

    def _somebody(self, mention: Mention) -> bool:
        """Tell whether a topic is a person or institution rather than a thing that a sentence is about."""
        words = self.masked[mention.start : mention.end]
        known = any(hit.end == mention.end and hit.kinds & _HEADS for hit in self.hits_in(mention.start, mention.end))
        return (
            mention.name is not None or mention.kind == "pronoun" or known or bool(japanesesigns.PERSON.search(words))
        )

    def note_people(self) -> None:
        """Enter the people whom the paragraph names with a form of address, an age or a foreign name."""
        pattern = (
            r"(?P<name>[\p{Han}\p{Katakana}ー・]{2,16})(?:さん|氏)|"
            r"(?P<name>[\p{Han}ぁ-んァ-ヶー・]{2,12})[（(]\d{1,3}[＝=）)]|"
            rf"(?P<name>{japanesesigns.DOTTED.pattern})"
        )
        for match in regex.finditer(pattern, self.masked):
            start, stop = match.span("name")
            heads = [hit for hit in self.hits_in(start, stop) if hit.kinds & {"roles", "collectives"}]
            own = self.person(start, stop, heads) or self._own(start, stop, heads)
            if own is not None:
                words = self.masked[match.start() : match.end()]
                self.register.note(words + " ", self.masked[own[0] : own[1]], own[0] + self.offset, "role")

    def _sentence_end(self, place: int) -> int:
        places = [self.masked.find(sign, place) for sign in "。\n"]
        return min((found for found in places if found >= 0), default=len(self.masked))

    def _topic(self, first: int, last: int) -> Mention | None:
        """Return who a stretch of a sentence is about: a person or institution with a particle, the likeliest one."""
        best: tuple[int, int, int] | None = None
        for place, match in enumerate(japanesesigns.TOPIC.finditer(self.masked, first, last + 1)):
            begin, end = match.span("words")
            if clock := japanesesigns.CLOCK.match(self.masked[begin:end]):
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
        relative = japanesesigns.RELATIVE.search(words)
        if (
            relative
            and len(words) <= 30
            and not self._known(relative.group("noun"))
            and japanesesigns.PERSON.search(words)
        ):
            return begin
        cut = japanesesigns.CUT.search(regex.sub(japanesesigns.AGE + "$", lambda age: "者" * len(age.group()), words))
        return begin + cut.end() if cut else begin

    def _rank(self, begin: int, end: int, particle: str) -> int:
        """Return how likely a phrase with its particle is the speaker, 0 for never."""
        words = self.masked[begin:end]
        inside = self.hits_in(begin, end)
        bare = regex.sub(rf"(?:{japanesesigns.AGE}|たち|ら|側|の一人)+$", "", words)
        strong = any(
            hit.kinds & {"roles", "collectives", "pronouns"} and hit.end == begin + len(bare) and hit.start >= begin
            for hit in inside
        )
        if japanesesigns.DOCUMENT.search(bare) or words.endswith("から"):
            return 0
        if not strong and (len(words) < 2 and not japanesesigns.PERSON.search(words)):
            return 0
        likely = (
            japanesesigns.PERSON.search(words)
            or regex.search(japanesesigns.KATAKANA, bare)
            or regex.search(japanesesigns.DOTTED.pattern + "$", bare)
        )
        titled = regex.search(r"の[\p{Han}ぁ-んァ-ヶー]{1,6}$", bare)
        if titled and any(hit.end == begin + titled.start() and "roles" in hit.kinds for hit in inside):
            likely = titled
        rank = 3 if strong else 2 if likely or self._known(bare) else 0
        if not rank and bare != words:
            rank = 2
        if not rank:
            ahead = self.masked[end + 1 : end + 14]
            if (
                not (ahead.startswith("、") or BLOT in ahead)
                or particle != "は"
                or words in self.table.is_name_never
                or japanesesigns.NO_SPEAKER.search(words)
                or self._predicate_follows(end + 1)
                or len(words) > 16
            ):
                return 0
            return 1
        # the topic right before the quotation is seldom another's than its speaker's
        near = 2 if self.masked[end + 1 : end + 2] == BLOT else 0
        return 2 * rank + near + (3 if particle == "は" else 2 if particle.startswith(("に", "よ")) else 1)

    def _predicate_follows(self, place: int) -> bool:
        """Tell whether the quotation at a place is what its clause says of its topic: *the reaction was "..."*."""
        if self.masked[place : place + 1] != BLOT:
            return False
        after = regex.compile(BLOT + "+").match(self.masked, place)
        return after is not None and self.masked.startswith(("だ", "である", "そのもの"), after.end())

    def _opening(self, first: int, last: int) -> Mention | None:
        """Return the institution or person with which a headline-like sentence opens: *The Kremlin, ...*."""
        match = regex.match(r"[\s　]*(?P<words>[^、。\s\ue000「]{2,30})、", self.masked[first:last])
        if match is None:
            return None
        begin, end = first + match.start("words"), first + match.end("words")
        if own := regex.match(
            rf"、(?P<name>[\p{{Han}}ぁ-んァ-ヶー・]{{2,16}}(?:さん|氏))(?:{japanesesigns.AGE})?(?=[。はが]|$)",
            self.masked[end:last],
        ):
            return self.noun(end + own.start("name"), end + own.end("name"))
        if clock := japanesesigns.CLOCK.match(self.masked[begin:end]):
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
        if match is None or not japanesesigns.INSTITUTION.search(match.group("words")):
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
        bare = first + len(regex.sub(japanesesigns.AGE + "$", "", piece))
        heads = [hit for hit in self.hits_in(first, end) if hit.end == bare and hit.kinds & {"roles", "collectives"}]
        titled = regex.search(r"の[\p{Han}ぁ-んァ-ヶー]{1,6}$", piece)
        if titled:
            place = first + titled.start()
            heads += [hit for hit in self.hits_in(first, place) if hit.end == place and "roles" in hit.kinds]
        dotted = regex.search(japanesesigns.DOTTED.pattern + "$", piece)
        if (
            not heads
            and not dotted
            and not (bare < end and japanesesigns.PERSON.search(piece))
            and not japanesesigns.KATAKANA.fullmatch(piece.strip("　 "))
        ):
            return None
        cut = regex.search(r"^.*(?:[たるがはに、　\ue000]|で(?!\p{Katakana})|のは)(?=[^たるがは、]{1,24}$)", piece)
        begin = first + (cut.end() if cut else 0)
        own = regex.search(r"、(?P<name>[\p{Han}ぁ-んァ-ヶー・]{2,16}(?:さん|氏))$", self.masked[first:bare])
        if own is not None:
            return self.noun(first + own.start("name"), end)
        return self.noun(min([begin, *(hit.start for hit in heads)]), end)

    def noun(self, start: int, end: int) -> Mention | None:
        """Make a mention, its age in brackets included."""
        words = self.masked[start:end]
        stripped = regex.sub(japanesesigns.AGE + "$", "", words)
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
        if dotted := regex.search(
            japanesesigns.DOTTED.pattern + rf"(?=(?:{'|'.join(japanesesigns.SUFFIXES)})?$|[\p{{Han}}A-Z])", words
        ):
            return start + dotted.start(), start + dotted.end()
        roles = [hit for hit in heads if "roles" in hit.kinds]
        for suffix in japanesesigns.SUFFIXES:
            if words.endswith(suffix) and len(words) > len(suffix):
                return self._own(start, end - len(suffix), heads)
        aged = self.masked[end : end + 1] in ("（", "(")
        if not roles or roles[-1].end != end:
            titled = any(self.masked[hit.end : hit.end + 1] == "の" and end - hit.end <= 7 for hit in roles)
            plain = titled and not any(hit.end == end for hit in heads)
            plain = plain or japanesesigns.KATAKANA.fullmatch(words) or self._known(words) or aged
            return self._own(start, end, heads) if plain and not any(hit.end == end for hit in heads) else None
        if titled := regex.search(r"(?P<name>[\p{Han}ぁ-んァ-ヶー]{3,7})・[\p{Han}ァ-ヶー]+$", words):
            return self._own(start, start + titled.end("name"), heads)
        first = min(hit.start for hit in heads)
        if japanesesigns.FULL.fullmatch(self.masked[start:first]):
            return start, first
        stop = roles[-1].start
        while stop > start and self.masked[stop - 1] in "副元前新両":
            stop -= 1
        return self._own(start, stop, heads)

    def _own(self, start: int, stop: int, heads: list[Hit]) -> Span | None:
        """Return the name that ends at ``stop``: what is left of it after particles, roles and institutions."""
        # a verb with its ending before the name: a name in hiragana before signs has no sign before it
        cuts = regex.finditer(
            r"[の、　]|[るたで](?=[\p{Han}ァ-ヶ])|"
            r"(?<=\p{Han})(?:[むぶぐくすつうぬい]|[ぁ-ん]+[むぶぐくすつうぬいが])(?=[\p{Han}ァ-ヶ])",
            self.masked[start:stop],
        )
        left = start + max((cut.end() for cut in cuts), default=0)
        left = max([left, *(hit.end for hit in heads if hit.start < stop and hit.end < stop and hit.end > left)])
        if (party := regex.fullmatch(r"(?P<name>\p{Han}{2,4})(?:同?党|軍)", self.masked[left:stop])) is not None:
            stop = left + party.end("name")
        name = self.masked[left:stop]
        role = self.masked[stop : max([stop, *(hit.end for hit in heads)])]
        plain = regex.fullmatch(r"\p{Han}+", name) is not None
        if plain and (
            role in japanesesigns.NAMELESS
            or (len(name) == 2 and japanesesigns.CHIEF.search(role) and name not in japanesesigns.SURNAMES)
            or japanesesigns.NO_NAME.search(name)
            or any(hit.start <= left and hit.end >= stop for hit in heads)
        ):
            return None
        if regex.search(r"[をへ\d]|(?:して|った|いた|れた)$", name):
            return None
        return (left, stop) if 2 <= stop - left <= 16 else None
