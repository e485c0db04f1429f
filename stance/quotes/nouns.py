"""Noun phrases that can name a speaker: how far they go, which name stands in them, what governs them."""

from __future__ import annotations

from stance.quotes.cases import governed_germanic, is_oblique
from stance.quotes.namewords import PREFIX, SUFFIX, NameReader
from stance.quotes.words import BLOT, Mention, Token, common
from stance.types import Span

_TRAILING = frozenset({"it", "fr", "es", "pt", "ar"})


class Phraser(NameReader):
    """Reads noun phrases in the tagged tokens of a paragraph."""

    def _extend(self, index: int) -> int:
        """Return the index after the last token of the phrase whose head or name is at ``index``."""
        last = index + 1
        tokens = self.tokens
        if self._place_before_name(index):
            return last
        while last < len(tokens) and last - index < 16 and not self._new_subject(index, tokens[last]):
            token = tokens[last]
            if (
                self._is_name(token)
                or self._is_head(token)
                or (not self.cased and token.low.startswith("ال") and not self._is_stop(token))
            ):
                last += 1
            elif token.is_word and (
                token.low in self.grammar.links or "particles" in token.kinds or self._joins_names(last)
            ):
                after = self._linked(index, last)
                if not after:
                    break
                last = after
            elif token.text in ".-" and tokens[last - 1].end == token.start and len(tokens[last - 1].text) <= 4:
                if (
                    token.text == "."
                    and tokens[last - 1].low + "." not in self.table.stops
                    and len(tokens[last - 1].text) > 1
                ):
                    break
                last += 1
            elif token.text == "(" and self._party(index, last):
                last += 3
            elif token.text == "," and self._apposition(index, last):
                last = self._apposition(index, last)
            else:
                ahead = self._adjectives(last, index)
                if not ahead:
                    break
                last = ahead
        while last > index + 1 and not tokens[last - 1].is_word:
            last -= 1
        return last

    def _new_subject(self, index: int, token: Token) -> bool:
        """Tell whether a role begins a phrase of its own after one in another case (*обратился к жителям глава*)."""
        if self.table.language not in ("ru", "uk", "pl") or "roles" not in token.kinds or token.cue:
            return False
        head = self.tokens[index]
        plural = head.low.endswith(("ам", "ям", "ами", "ями", "ах", "ях", "om", "ami", "ach"))
        return plural and self._is_head(head) and not is_oblique(self.tokens, token, len(self.tokens), self.table)

    def _linked(self, index: int, place: int) -> int:
        """Return the index after what a small word such as *of* links to the phrase that begins at ``index``, or 0."""
        tokens, token = self.tokens, self.tokens[place]
        after = place + 1
        while after < len(tokens) and tokens[after].kinds & {"articles", "particles"}:
            after += 1
        if after >= len(tokens) or self._is_stop(tokens[after]):
            return 0
        headed = any(self._is_head(one) for one in tokens[index:place])
        if not headed and token.low not in common("name_particles"):
            return 0
        complement = headed and token.low in self.grammar.links
        return after + 1 if complement or self._is_name(tokens[after]) else 0

    def _joins_names(self, index: int) -> bool:
        """Tell whether a small word stands between two words of a name (*Villads af Rosenborg*)."""
        if (
            self.tokens[index].low not in common("name_particles") - {"zu", "e", "y"}
            or not 0 < index < len(self.tokens) - 1
        ):
            return False
        first, last = index - 1, index + 1
        while first > 0 and self.tokens[first].low in common("name_particles") and index - first < 3:
            first -= 1
        while last < len(self.tokens) - 1 and self.tokens[last].low in common("name_particles") and last - index < 3:
            last += 1
        before, after = self.tokens[first], self.tokens[last]
        plain = self.table.language not in ("es", "pt", "it", "pl", "fr") or len(self.tokens[index].low) > 1
        return plain and self._is_name(before) and self._is_name(after)

    def _place_before_name(self, index: int) -> bool:
        """Tell whether a place with its preposition stands before somebody's full name (*Da Pechino Qiu Lanying*)."""
        token = self.tokens[index]
        names = self.tokens[index + 1 : index + 3]
        if "collectives" not in token.kinds or "roles" in token.kinds or len(names) < 2 or not self.cased:
            return False
        lead = self.tokens[index - 1]
        told = index > 1 and self.tokens[index - 2].cue and lead.low in self.grammar.stops
        if (
            lead.start not in self._starters
            and not told
            and not (token.text.isupper() and lead.low in self.grammar.stops)
        ):
            return False
        return index > 0 and all(self._is_name(name) and not self._is_head(name) for name in names)

    def _adjectives(self, place: int, first: int) -> int:
        """Return the index after lower-case words that a head, a name or the end of the phrase follows, or 0."""
        named = [token for token in self.tokens[first:place] if self._is_name(token) and not self._is_head(token)]
        if named:
            before = self.tokens[self._by_start[named[-1].start] - 1]
            linked = before.low in self.grammar.links or before.kinds & {"articles", "particles"}
            if not linked or not any(self._is_head(token) for token in self.tokens[first:place]):
                return 0
        for ahead in range(place, min(place + 4, len(self.tokens))):
            token = self.tokens[ahead]
            if ahead > place and (self._is_name(token) or self._is_head(token)):
                return ahead
            if ahead > place and (token.low in self.grammar.links or "particles" in token.kinds) and token.is_word:
                return ahead
            if self._is_stop(token) or token.kinds & {"introducers", "negations", "articles", "pronouns"}:
                ends = (not token.is_word or token.cue) and not token.text.startswith(BLOT)
                plain = self.tokens[place - 1].text[:1].islower() or not self.cased
                if not named and plain and place < ahead <= place + 2 and ends and self.table.language in _TRAILING:
                    return ahead
                return 0
        return 0

    def _party(self, index: int, place: int) -> bool:
        """Tell whether a party in brackets stands inside a role and its name: *le sénateur (LR) Cyrille d'Aubigny*."""
        after = self.tokens[place + 1 : place + 4]
        if len(after) < 3 or after[1].text != ")" or len(after[0].text) > 8 or not after[0].text[0].isupper():
            return False
        role = self._is_head(self.tokens[place - 1]) and any("roles" in t.kinds for t in self.tokens[index:place])
        return role and (self._is_name(after[2]) or after[2].low in self.grammar.links)

    def _apposition(self, index: int, comma: int) -> int:
        """Return the index after a name set off by a comma after a role, or 0."""
        if not any("roles" in token.kinds for token in self.tokens[index:comma]) or not self.cased:
            return 0
        after = comma + 1
        while after < len(self.tokens) and self._is_name(self.tokens[after]) and after - comma < 6:
            after += 1
        if not 1 < after - comma < 6:
            return 0
        follows = self.tokens[after] if after < len(self.tokens) else None
        ends = follows is None or not follows.is_word or follows.cue
        only_role = self._is_head(self.tokens[comma + 1]) and not self._is_name(self.tokens[after - 1])
        return after if ends and not only_role and not self._is_head(self.tokens[after - 1]) else 0

    def _retreat(self, index: int, floor: int) -> int:
        """Return the index of the phrase's first token: words between an article (or a boundary) and the head."""
        reach = 2 if self.table.language in ("de", "nl") and not self._is_head(self.tokens[index]) else 4
        for back in range(index - 1, max(index - 1 - reach, -1), -1):
            token = self.tokens[back]
            if token.text[0].isdigit() and (not self.cased or ":" in self.masked[token.start - 1 : token.end + 1]):
                return back + 1
            if token.end <= floor or (self._is_stop(token) and "articles" not in token.kinds):
                boundary = back + 1 <= index and (token.cue or not token.is_word) and not token.text.startswith(BLOT)
                if boundary and not token.cue and self.cased and not self._is_head(self.tokens[index]):
                    return index
                return back + 1 if boundary or token.end <= floor else index
            if "articles" in token.kinds or (token.start in self._starters and token.low in self.table.is_name_never):
                return back + 1
            if token.kinds & {"introducers", "pronouns", "negations"} or self._is_infinitive(token):
                return index
        return 0 if index <= 3 and all(not self._is_stop(token) for token in self.tokens[:index]) else index

    def _is_infinitive(self, token: Token) -> bool:
        """Tell whether a Slavic word is an infinitive, which stands in no phrase of a person."""
        endings = {"ru": ("ть", "ться"), "uk": ("ти", "тися"), "pl": ("ać", "eć", "ić", "yć")}
        return len(token.low) > 4 and token.low.endswith(endings.get(self.table.language, ("\0",)))

    def _describe(self, first: int, head: int, last: int, kind: str = "") -> Mention:
        tokens = self.tokens[first:last]
        heads = [place for place, token in enumerate(tokens) if self._is_head(token)]
        run: list[Token] = []
        for place, token in zip(range(last - 1, first - 1, -1), reversed(tokens), strict=True):
            if (
                ((self._is_name(token) or (token.text in ".-" and run)) and not self._is_head(token))
                or (not self.cased and token.low.startswith("ال") and not token.kinds)
                or (token.low in common("name_particles") and run and token.is_word and not heads)
                or (run and self._joins_names(place))
            ):
                run.insert(0, token)
            else:
                break
        particles = [
            place
            for place, token in enumerate(run)
            if token.low in common("name_particles") and not token.text[0].isupper()
        ]
        if particles and len(run) - particles[-1] > 2:
            run = run[particles[-1] + 1 :]
        while run and not (run[0].is_word and self._is_name(run[0])):
            run.pop(0)
        run = self._own_name(run, tokens, bool(heads))
        if not kind and self._named_like_a_place(tokens, heads, first):
            kind, run = "name", list(tokens)
        if not kind:
            kinds = tokens[heads[0]].kinds if heads else set()
            kind = "collective" if "collectives" in kinds else "role" if heads else "name"
        lead = self.tokens[first - 1] if first else None
        if (
            (
                kind == "name"
                and len(tokens) == 1
                and self.table.language == "de"
                and tokens[0].low not in self.table.particles
            )
            and lead is not None
            and lead.low in ("der", "die", "das", "ein", "eine")
        ):
            kind, run = "noun", []
        name = (run[0].start, run[-1].end) if run else None
        return self._mention(first, last, kind, name)

    def _named_like_a_place(self, tokens: list[Token], heads: list[int], first: int) -> bool:
        """Tell whether a phrase is a person's name that begins like a place's: *Washington Etcheverry*."""
        if heads != [0] or len(tokens) != 2 or not self.cased or "roles" in tokens[0].kinds:
            return False
        lead = self.tokens[first - 1] if first else None
        bare = lead is None or not (lead.kinds & {"articles", "particles"} or lead.low in self.grammar.links)
        return bare and tokens[0].text.istitle() and tokens[1].text.istitle() and self._is_name(tokens[1])

    def _own_name(self, run: list[Token], tokens: list[Token], headed: bool) -> list[Token]:
        """Take the place or organisation off the front of a name that follows a role."""
        if not run or not headed or run[0] is tokens[0]:
            return run
        place = tokens.index(run[0])
        while place > 1 and tokens[place - 1].text[0].isupper() and not self._is_head(tokens[place - 1]):
            place -= 1
        before = tokens[place - 1]
        linked = before.low in self.grammar.links or bool(before.kinds & {"particles", "articles"})
        words = [token for token in run if token.is_word]
        if self.table.language == "ar" and len(words) < 2:
            return []
        if linked:
            return run[run.index(words[1]) :] if len(words) >= 3 else []
        if self.table.language in ("ru", "uk", "pl", "de") and len(words) >= 3 and len(words[0].text) > 4:
            return run[run.index(words[-2]) :]
        return run

    def _mention(self, first: int, last: int, kind: str, name: Span | None = None) -> Mention:
        while (
            first < last - 1
            and "articles" in self.tokens[first].kinds
            and (
                not self._is_head(self.tokens[first])
                or self.tokens[first].low in ("the", "la", "le", "il", "el", "o", "a", "de", "der", "die")
            )
        ):
            first += 1
        start, end = self.tokens[first].start, self.tokens[last - 1].end
        text = self.masked[start:end]
        if prefix := PREFIX.match(text):
            start += prefix.end()
        if self.table.language == "tr" and (suffix := SUFFIX.search(text)):
            end -= len(suffix.group())
        if name is not None:
            name = (max(name[0], start), min(name[1], end))
            if name[0] >= name[1]:
                name = None
        governed = self._governed(first) or (kind != "pronoun" and self._oblique(first, last, kind))
        return Mention(start, end, kind, name, governed)

    def _oblique(self, first: int, last: int, kind: str) -> bool:
        """Tell whether the form of the phrase's head shows that it is no subject."""
        if self.table.language not in ("ru", "uk", "pl", "tr"):
            return False
        tokens = self.tokens[first:last]
        head = next((token for token in tokens if self._is_head(token)), None)
        if head is None and self.table.language == "tr":
            head = tokens[-1]
        if head is None and kind == "noun":
            head = tokens[0]
        return head is not None and is_oblique(self.tokens, head, last, self.table)

    def _is_odd_capital(self, token: Token) -> bool:
        """Tell whether a word is capitalised in mid sentence though it is no name elsewhere (*em São Paulo*)."""
        plain = token.is_word and not token.cue and token.text[0].isupper() and token.start not in self._starters
        return plain and self.cased and self.table.language != "de" and not self._is_name(token)

    def _governed(self, first: int) -> bool:
        if self.table.language in ("de", "nl"):
            return governed_germanic(self.tokens, first)
        back = first - 1
        if back > 0 and self._is_odd_capital(self.tokens[back]):
            back -= 1
        # Portuguese "a" before a role is the article
        plain = frozenset({"a"}) if self.table.language == "pt" and "roles" in self.tokens[first].kinds else frozenset()
        while back >= 0 and "articles" in self.tokens[back].kinds:
            if self.tokens[back].low in self.grammar.stops and self.tokens[back].low not in plain:
                break
            back -= 1
        if back < 0:
            return False
        token = self.tokens[back]
        if token.low in common("objects") and back > 0 and self.tokens[back - 1].cue:
            return False
        if self.table.language == "ar" and self.tokens[first].low.startswith(("لل", "بال")):
            return True
        fused = token.low in self.grammar.stops and token.low not in self.grammar.joins
        fused = fused and token.low not in ("este", "esta")
        if not token.is_word or token.cue or token.low in common("relatives"):
            return False
        if "introducers" in token.kinds and len(token.low) > 1:
            return False
        if "articles" in token.kinds and not fused and back > 0 and self.tokens[back - 1].cue:
            return False
        return fused or token.low in self.grammar.links
