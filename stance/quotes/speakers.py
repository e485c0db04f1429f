"""Who says it: the subject of a reporting word, by the order of words."""

from __future__ import annotations

import itertools

import regex

from stance.quotes.marks import Quotation
from stance.quotes.passage import Reading
from stance.quotes.words import BLOT, Cue, Mention, Token, common
from stance.types import Span

_SOV = frozenset({"tr"})
_AUXILIARIES = regex.compile(
    r"is|are|was|were|ha[sd]|have|will|would|could|can|must|should|è|sono|era|ha|hanno|aveva|est|sont|était|a|ont|avait|"
    r"es|son|han|había|é|são|foi|tem|tinha"
)
#: "Et d'inviter ...": an infinitive that takes up the speaker before.
_CHAINED = regex.compile(r"^Et d(?:e\s|['’])$")
_INVERTED = regex.compile(r"-(?P<pronoun>ils?|elles?|on)$")


class Attributing(Reading):
    """Finds the mention of the speaker of one quotation at a time."""

    def _speaker(
        self, found: Quotation, cue: Cue | None, side: str, sentence: Span, limit: int, colon: bool
    ) -> Mention | None:
        start, end = found.outer_start - self.offset, found.outer_end - self.offset
        first, last = sentence[0] - self.offset, limit - self.offset
        if cue is None:
            return self._without_cue(start, end, first, last, colon)
        if self.table.language == "ar":
            source = regex.search(
                r"(?:^|\s)و?(?:نقل|نقلت|ينقل|تنقل)\s[^.:؛]{3,80}?\sعن\s", self.frame.masked[first:start]
            )
            mention = self._next(first + source.end(), start) if source else None
            if mention is not None:
                return mention
        if self.table.language == "fr" and _CHAINED.search(self.frame.masked[first : cue.start]):
            return None
        if (inside := self._pronoun_inside(cue)) is not None:
            return inside
        if (own := self._possessor(cue)) is not None:
            return own
        if cue.kind == "cue_nouns":
            return self._without_cue(start, end, first, last, colon) or self._next(cue.end, sentence[1] - self.offset)
        if cue.kind == "cue_before":
            return self._next(cue.end, min(cue.end + 120, sentence[1] - self.offset)) or self._subject(cue, first, last)
        if side == "next":
            return self._behind(cue, cue.end + 150) or self._subject(cue, sentence[1] - self.offset, cue.end + 150)
        if side == "after":
            return self._after(end, cue, first, sentence[1] - self.offset)
        return self._subject(cue, first, sentence[1] - self.offset)

    def _pronoun_inside(self, cue: Cue) -> Mention | None:
        """Return the pronoun that a reporting expression holds (*écrit-elle*, *fügte sie hinzu*)."""
        if cue.kind != "cue_verbs":
            return None
        tokens = self.frame.between(cue.start, cue.end)
        if self.table.language in ("de", "nl"):
            inner = [token for token in tokens[1:] if token.low in ("er", "sie", "hij", "zij", "ze")]
            return Mention(inner[0].start, inner[0].end, "pronoun") if inner else None
        found = _INVERTED.search(self.frame.masked[cue.start : cue.end].lower())
        if found is None or self.table.language != "fr":
            return None
        return Mention(cue.start + found.start("pronoun"), cue.end, "pronoun")

    def _possessor(self, cue: Cue) -> Mention | None:
        """Return the pronoun with which an expression itself says whose words they are (*по его словам, selon lui*)."""
        if cue.kind != "cue_before":
            return None
        # "according to her" is that, "according to her lawyer" is not
        owned = self.frame.mentions_in(cue.end, cue.end + 2)
        last = self.frame.between(cue.start, cue.end)[-1:]
        if owned and owned[0].name is None and last and last[0].low in common("possessives"):
            return None
        for token in reversed(self.frame.between(cue.start, cue.end)):
            if token.low in common("possessives") or "pronouns" in token.kinds:
                return Mention(token.start, token.end, "pronoun")
        return None

    def _without_cue(self, start: int, end: int, first: int, last: int, colon: bool) -> Mention | None:
        view = self._view(first, start)
        if view is not None:
            return view
        before = [m for m in self.frame.mentions_in(first, start) if m.end <= start]
        sign = self.frame.masked.rfind(":", first, start)
        if sign > 0 and any(m.end <= sign for m in before):
            before = [m for m in before if m.end <= sign]
            colon = True
        before = [m for m in before if self.frame.masked[m.start - 1 : m.start] != "("] or before
        free = [m for m in before if not m.governed and m.kind != "noun"]
        if not free and colon:
            opening = self._opening_noun(first, start)
            free = [opening] if opening is not None else free
        if not free and not (self.passage.headline and colon):
            free = before
        if self.passage.headline and (not free or self._gap(free[-1].end, start) > 1) and not colon:
            loose = self._loose(start)
            if loose is not None:
                return loose
        if free and self.passage.headline:
            return free[-1]
        if free:
            return free[0]
        after = [m for m in self.frame.mentions_in(end, last) if not m.governed]
        if after and (self.passage.headline or not colon):
            return after[0]
        return None if colon else self._unknown(end, last)

    def _view(self, first: int, last: int) -> Mention | None:
        """Return in whose eyes something is so: *per il sindaco, ...*, *, pour le romancier, ...*."""
        tokens = self.frame.between(first, last)
        for index, token in enumerate(tokens[:-1]):
            if token.low not in common("views") or token.cue or (index and tokens[index - 1].text != ","):
                continue
            near = self.frame.mentions_in(token.end, min(token.end + 40, last))
            between = self.frame.between(token.end, near[0].start) if near else tokens
            person = bool(near) and near[0].kind in ("role", "name", "pronoun")
            if person and all("articles" in one.kinds for one in between):
                return near[0]
            noun = self._opening_noun(token.end, last)
            if noun is not None and index and self.frame.masked[noun.end : noun.end + 1] == ",":
                return noun
        return None

    def _opening_noun(self, first: int, last: int) -> Mention | None:
        """Return *a passer-by* where a sentence begins with it: an article and what no table knows, up to a stop."""
        tokens = self.frame.between(first, last)
        stops = self.frame.grammar.stops
        if not tokens or "articles" not in tokens[0].kinds or tokens[0].low in ("this", "that", "das", "dat", "ce"):
            return None
        words: list[Token] = []
        for token in tokens[1:4]:
            if not token.is_word or token.cue or token.low in stops or token.kinds & {"pronouns", "weekdays_months"}:
                break
            words.append(token)
        return Mention(words[0].start, words[-1].end, "noun") if words else None

    def _unknown(self, end: int, last: int) -> Mention | None:
        """Return *a baker* after a quotation whose reporting word no table knows: an article and a small word."""
        tokens = self.frame.between(end, last)[:12]
        for token, after in itertools.pairwise(tokens):
            stops = self.frame.grammar.stops
            article = "articles" in token.kinds and token.low not in stops
            plain = after.text[:1].islower() and after.low not in stops and "articles" not in after.kinds
            if article and plain and not after.cue:
                return Mention(after.start, after.end, "noun")
        return None

    def _loose(self, start: int) -> Mention | None:
        """Return *the parents* right before a headline's quotation: an article and a word that no table knows."""
        before = self.frame.before(start, 2)
        if len(before) == 2 and "articles" in before[0].kinds and before[1].is_word and not before[1].cue:
            return Mention(before[1].start, before[1].end, "collective")
        return None

    def _next(self, place: int, last: int) -> Mention | None:
        """Return the first mention after a place, if no sentence or other quotation comes between."""
        paper = self._title_after(place)
        if paper is not None:
            return Mention(paper.start + 1, paper.end - 1, "collective")
        for mention in self.frame.mentions_in(place, last):
            if place <= mention.start < last:
                between = self.frame.masked[place : mention.start]
                return mention if BLOT not in between and self._gap(place, mention.start) <= 6 else None
        return None

    def _names_itself(self, sentence: Span) -> Mention | None:
        """Return the name with which the sentence after an opening quotation begins."""
        following = self._sentence_after(sentence)
        if following is None:
            return None
        first = following[0] - self.offset
        opening = [m for m in self.frame.mentions_in(first, first + 5) if m.name is not None]
        return opening[0] if opening else None

    def _after(self, end: int, cue: Cue, first: int, last: int) -> Mention | None:
        """Return the subject of a cue that follows its quotation: between them, or after the cue."""
        between = [m for m in self.frame.mentions_in(end, cue.start) if m.end <= cue.start]
        close = [m for m in between if not m.governed]
        if close and self._gap(close[-1].end, cue.start) <= 4:
            return close[-1]
        plain = self._plain_subject(cue, end) if not between else None
        if plain is not None:
            return plain
        found = self._behind(cue, last) if self.table.language not in _SOV or self._participle(cue) else None
        if found is not None:
            return found
        if self.table.language in _SOV:
            found = self._before_comma(first, end)
            if found is not None:
                return found
        if close:
            return close[-1]
        inside = [m for m in self.frame.mentions_in(cue.start, cue.end)]
        if inside:
            return inside[0]
        earlier = [m for m in self.frame.mentions_in(first, end) if m.end <= end and not m.governed]
        return earlier[0] if earlier else self._behind(cue, last)

    def _participle(self, cue: Cue) -> bool:
        """Tell whether a Turkish cue is a participle, whose subject follows it (*diyen Tamm*)."""
        return regex.search(r"(?:[ae]n|diğ\p{L}+|olan)$", self.frame.masked[cue.start : cue.end].lower()) is not None

    def _before_comma(self, first: int, end: int) -> Mention | None:
        """Return the last mention of a Turkish sentence that a comma sets off as its subject before the quotation."""
        inside = [m for m in self.frame.mentions_in(first, end) if m.end <= end and not m.governed]
        commas = [m for m in inside if self.frame.masked[m.end : m.end + 1] == ","]
        if commas:
            return commas[-1]
        return inside[0] if inside else None

    def _behind(self, cue: Cue, last: int) -> Mention | None:
        """Return the first mention after a cue that no preposition governs, in the same clause."""
        stop = self._next_quotation(cue, last)
        near = [m for m in self.frame.mentions_in(cue.end, stop) if self._gap(cue.end, m.start) <= 7]
        candidates = [m for m in near if not self._conjunction(cue.end, m.start) and (not m.governed or self._owned(m))]
        free = [m for m in candidates if not m.governed]
        strong = [m for m in free if m.kind != "noun"]
        beyond = bool(strong) and "," in self.frame.masked[free[0].end : strong[0].start]
        if free and free[0].kind == "noun" and strong and strong[0].start - free[0].end > 2 and not beyond:
            return strong[0] if strong[0].name else free[0]
        chosen = free or candidates
        return chosen[0] if chosen else None

    def _next_quotation(self, cue: Cue, last: int) -> int:
        """Return where the next quotation after a cue begins; a paper's name in marks right after it is none."""
        title = self._title_after(cue.end)
        stop = self.frame.masked.find(BLOT, title.end if title is not None else cue.end, last)
        return last if stop < 0 else stop

    def _title_after(self, place: int) -> Token | None:
        """Return the name in marks that stands right after a place, as a paper's does: *told “The Post”*."""
        after = self.frame.between(place, place + 20)[:1]
        if not after or not after[0].text.startswith(BLOT) or len(after[0].text) > 30:
            return None
        inner = self.passage.text[after[0].start + self.offset : after[0].end + self.offset].strip("«»„“”\"'‘’ ")
        plain = inner[:1].isupper() and inner.count(" ") <= 2 and not inner.endswith((".", "!", "?", ","))
        return after[0] if plain else None

    def subject(self, cue: Cue, first: int, last: int) -> Mention | None:
        """Return the subject of a cue between two places of the paragraph."""
        if cue.kind == "cue_before":
            return self._next(cue.end, last)
        return self._subject(cue, first, last)

    def _past_title(self, token: Token, free: Mention, ahead: Mention) -> bool:
        """Tell whether a verb's subject stands before a short title in marks (*X told the "Post" that ...*)."""
        title = token.text.startswith(BLOT) and len(token.text) <= 40
        return title and free.kind in ("name", "role") and ahead.name is None and free.end <= token.start

    def _past_aside(self, free: list[Mention], cue: Cue) -> Mention | None:
        """Return the subject that an aside parts from its verb (*X, who leads it, called*; *X, del PP, cree*)."""
        index = self.frame.index_at(cue.start)
        if index == 0 or self.frame.tokens[index - 1].text != ",":
            return None
        for mention in reversed(free[-6:]):
            after = self.frame.between(mention.end, mention.end + 16)[:2]
            if len(after) < 2 or after[0].text != "," or mention.kind == "noun" or after[1].end >= cue.start:
                continue
            if after[1].low in common("relative_starts"):
                return mention
            aside = self.frame.between(after[1].start, cue.start)[:-1]
            of_party = after[1].low in self.frame.grammar.links and len(aside) <= 4
            if of_party and all(token.is_word and not token.cue for token in aside):
                return mention
        return None

    def _set_off(self, mention: Mention, first: int) -> bool:
        """Tell whether a mention begins its clause, so that a comma after it does not part it from its verb."""
        before = self.frame.between(first, mention.start)[-6:]
        while before and "articles" in before[-1].kinds:
            before.pop()
        return not before or not before[-1].is_word

    def _heads_clause(self, mention: Mention) -> bool:
        """Tell whether a verb of its own follows a mention, as in *said NATO had ...*."""
        after = self.frame.between(mention.end, mention.end + 3)[:1]
        if not after or not after[0].is_word or after[0].cue or not after[0].text[0].islower():
            return False
        token = after[0]
        if self.table.language in ("de", "nl") or mention.kind == "pronoun":
            return False
        if token.low in self.frame.grammar.joins:
            return True
        return _AUXILIARIES.fullmatch(token.low) is not None or (
            token.low not in self.frame.grammar.stops | self.frame.grammar.links and "articles" not in token.kinds
        )

    def _plain_subject(self, cue: Cue, first: int) -> Mention | None:
        """Return a subject that no table knows, right before its verb: *the novelist called*, *сокурсник назвал*.

        It is the noun that an article begins, or in languages without articles the one noun before the verb.
        """
        if self.table.language in _SOV or self.table.language == "ar" or cue.kind != "cue_verbs":
            return None
        before = self.frame.between(first, cue.start)[-6:]
        grammar = self.frame.grammar
        words: list[Token] = []
        while before and before[-1].is_word and not before[-1].cue and len(words) < 4:
            token = before[-1]
            if "articles" in token.kinds or token.low in grammar.stops or token.kinds & {"pronouns", "introducers"}:
                break
            words.insert(0, before.pop())
        if not words or any(token.kinds & {"weekdays_months", "negations"} for token in words):
            return None
        if self.table.language in ("ru", "uk", "pl"):
            return self._plain_noun(words[-1])
        opened = bool(before) and "articles" in before[-1].kinds and before[-1].low not in ("this", "ce", "questo")
        lead = before[-2] if len(before) > 1 else None
        free = opened and (lead is None or not lead.is_word)
        return Mention(words[0].start, words[-1].end, "noun") if free else None

    def _plain_noun(self, token: Token) -> Mention | None:
        """Return a Slavic noun before its verb, unless its ending speaks against it."""
        low = token.low
        adverb = low.endswith(("о", "е", "и", "ы", "у", "ю", "ом", "ем", "ой", "ою", "ях", "ах", "ть", "ти"))
        adverb = adverb or low.endswith(("o", "ie", "ą", "ę", "ym", "im", "em", "ć", "u", "y", "i", "ej", "ach"))
        if adverb or len(low) < 4 or low in self.table.is_name_never:
            return None
        return Mention(token.start, token.end, "noun")

    def _owned(self, mention: Mention) -> bool:
        """Tell whether a mention is governed by a genitive alone (*the words of the deputy*)."""
        before = self.frame.before(mention.start, 2)
        return any(token.low in self.frame.grammar.links for token in before)

    def _conjunction(self, start: int, end: int) -> bool:
        """Tell whether a conjunction or the end of a clause stands between two places."""
        return any(
            ("introducers" in t.kinds and t.low not in ("di", "de", "um", "as", "come", "como", "als", "comme"))
            for t in self.frame.between(start, end)
        )

    def _subject(self, cue: Cue, first: int, last: int) -> Mention | None:
        """Return the subject of a cue that stands before its quotation."""
        before = [m for m in self.frame.mentions_in(first, cue.start) if m.end <= cue.start]
        free = [m for m in before if not m.governed]
        if (parted := self._past_aside(free, cue)) is not None:
            return parted
        index = self.frame.index_at(cue.start)
        joined = index > 0 and self.frame.tokens[index - 1].low in self.frame.grammar.joins | {",", "،"}
        previous = [c for c in self.frame.cues_in(first, cue.start) if c.kind == "cue_verbs"]
        ahead = [m for m in self.frame.mentions_in(cue.end, last) if not m.governed]
        ahead = [m for m in ahead if not self._conjunction(cue.end, m.start)]
        ahead = [
            m for m in ahead if self._gap(cue.end, m.start) <= 1 and BLOT not in self.frame.masked[cue.end : m.start]
        ]
        if index > 0 and ahead and self.table.language not in _SOV:
            token = self.frame.tokens[index - 1]
            beside = bool(free) and self._gap(free[-1].end, cue.start) == 0
            closed = beside and self._set_off(free[-1], first)
            if (
                (token.text in ",،–—" or token.text.startswith(BLOT))
                and not closed
                and (ahead[0].kind != "noun" or not beside)
                and not (free and self._heads_clause(ahead[0]))
                and not (free and not previous and self._past_title(token, free[-1], ahead[0]))
            ):
                return ahead[0]
        if (
            joined
            and previous
            and not (free and self._gap(free[-1].end, cue.start) <= 0 and free[-1].start > previous[-1].end)
        ):
            return self._subject(previous[-1], first, cue.start)
        if self.table.language == "ar" and previous and not ahead:
            return self._subject(previous[-1], first, cue.start)
        if free and self._gap(free[-1].end, cue.start) <= 4 and free[-1].kind != "noun":
            return free[-1]
        if not free and before and before[-1].kind == "collective" and self._gap(before[-1].end, cue.start) == 0:
            return before[-1]
        direct = [m for m in self.frame.mentions_in(cue.end, last) if self._gap(cue.end, m.start) <= 2]
        direct = [m for m in direct if not m.governed and not self._conjunction(cue.end, m.start)]
        plain = self._plain_subject(cue, first) if not free else None
        if plain is not None:
            return plain
        if direct and (not free or self.table.language == "ar"):
            return direct[0]
        if free:
            strong = [m for m in free if m.kind != "noun"]
            return (strong or free)[0]
        behind = self._behind(cue, last)
        return behind or (before[0] if before else None)
