"""Noun phrases that can name a speaker: how far they go, which name stands in them, what governs them."""

from __future__ import annotations

from bisect import bisect_left
from itertools import accumulate

import regex

from stance.quotes.cases import governed_germanic, is_inflected, is_oblique
from stance.quotes.tables import Table
from stance.quotes.words import BLOT, NO_CASE, Mention, Token, common, grammar
from stance.types import Span

_SUFFIX = regex.compile(r"['’]\p{Ll}{1,6}$")
_PREFIX = regex.compile(r"^(?:[dlDL]|[Dd]ell|[Aa]ll|[Nn]ell|[Dd]all|[Uu]n|[Qq]u)['’](?=\p{L})")
_TRAILING = frozenset({"it", "fr", "es", "pt", "ar"})


class Phraser:
    """Reads noun phrases in the tagged tokens of a paragraph."""

    def __init__(self, masked: str, tokens: list[Token], table: Table, known: frozenset[str]) -> None:
        """Keep the tokens; ``known`` are words that stand with a capital letter inside sentences of the text."""
        self.masked, self.tokens, self.table, self.known = masked, tokens, table, known
        self.grammar = grammar(table.language)
        self.cased = table.language not in NO_CASE
        self._by_start = {token.start: index for index, token in enumerate(tokens)}
        self._starters = self._sentence_starts()
        self._starts = [token.start for token in tokens]
        self._counts = list(accumulate((token.is_word for token in tokens), initial=0))

    def between(self, start: int, end: int) -> list[Token]:
        """Return the tokens that begin between two places."""
        return self.tokens[bisect_left(self._starts, start) : bisect_left(self._starts, end)]

    def index_at(self, place: int) -> int:
        """Return the index of the first token that begins at or after a place, 0 where there is none."""
        index = bisect_left(self._starts, place)
        return index if index < len(self.tokens) else 0

    def before(self, place: int, count: int) -> list[Token]:
        """Return the last tokens that end at or before a place."""
        last = bisect_left(self._starts, place)
        return self.tokens[max(last - count, 0) : last]

    def count_words(self, start: int, end: int) -> int:
        """Count the words that begin between two places."""
        first, last = bisect_left(self._starts, start), bisect_left(self._starts, end)
        return max(self._counts[last] - self._counts[first], 0) if last > first else 0

    def _is_stop(self, token: Token) -> bool:
        return not token.is_word or token.cue or token.low in self.grammar.stops

    def _is_name(self, token: Token) -> bool:
        """Tell whether a token can be part of a proper name."""
        if not token.is_word or token.cue or token.text[0].isdigit():
            return False
        bare = _PREFIX.sub("", token.text)
        if self.cased:
            if not bare[:1].isupper():
                return False
            low = self.table.lower(_SUFFIX.sub("", bare)) if self.table.language == "tr" else self.table.lower(bare)
            inflected = self.table.language == "tr" and is_inflected(low)
            fresh = token.start in self._starters and low not in self.known
            if fresh and (inflected or not self._name_follows(token)):
                return False
            if low not in self.table.is_name_never and not token.kinds & {"pronouns", "introducers", "negations"}:
                return True
            return token.start not in self._starters and self._inside_name(token, low)
        if token.low in self.table.is_name_never:
            return False
        return len(bare) > 2 and not bare.startswith("ال") and not token.kinds and token.low not in self.grammar.stops

    def _inside_name(self, token: Token, low: str) -> bool:
        """Tell whether a small word with a capital letter is part of a name: *Amedeo La Torre*, *Ma Zhaoxu*."""
        index = self._by_start[token.start]
        before = self.tokens[index - 1] if index else None
        after = self.tokens[index + 1] if index + 1 < len(self.tokens) else None
        if after is None or after.start != token.end + 1 or not after.is_word or after.cue:
            return False
        follows = after.text[0].isupper() and self.table.lower(after.text) not in self.table.is_name_never
        follows = follows or after.low in common("name_particles")
        if before is None or before.end + 1 != token.start or not before.is_word or before.cue:
            return False
        if not before.text[0].isupper():
            return follows and low in common("name_particles") and self.table.language not in ("de", "en")
        return follows and before.start not in self._starters and not before.kinds & {"articles", "weekdays_months"}

    def _sentence_starts(self) -> frozenset[int]:
        """Return the places of the words that begin a sentence, whose capital letter tells nothing."""
        found = set()
        fresh = True
        for token in self.tokens:
            if fresh and token.is_word:
                found.add(token.start)
                fresh = False
            elif token.text in ".!?…:\n|–—":
                fresh = True
        return frozenset(found)

    def _name_follows(self, token: Token) -> bool:
        """Tell whether the word after one that begins a sentence bears it out as a name or a speaker."""
        index = self._by_start[token.start] + 1
        if index >= len(self.tokens):
            return True
        after = self.tokens[index]
        if after.cue or after.text in ",:(" or after.kinds & {"roles", "collectives"}:
            return True
        return after.text[:1].isupper() and after.is_word

    def _is_head(self, token: Token) -> bool:
        return bool(token.kinds & {"roles", "collectives"}) and not token.cue

    def _extend(self, index: int) -> int:
        """Return the index after the last token of the phrase whose head or name is at ``index``."""
        last = index + 1
        tokens = self.tokens
        if self._place_before_name(index):
            return last
        while last < len(tokens) and last - index < 16:
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
        if lead.start not in self._starters and not (token.text.isupper() and lead.low in self.grammar.stops):
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
        if prefix := _PREFIX.match(text):
            start += prefix.end()
        if self.table.language == "tr" and (suffix := _SUFFIX.search(text)):
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
