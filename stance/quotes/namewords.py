"""Which words of a paragraph are names or heads of phrases, and where they stand."""

from __future__ import annotations

from bisect import bisect_left
from itertools import accumulate

import regex

from stance.quotes.cases import is_inflected
from stance.quotes.tables import Table
from stance.quotes.words import NO_CASE, Token, common, grammar

SUFFIX = regex.compile(r"['’]\p{Ll}{1,6}$")
PREFIX = regex.compile(r"^(?:[dlDL]|[Dd]ell|[Aa]ll|[Nn]ell|[Dd]all|[Uu]n|[Qq]u)['’](?=\p{L})")


class NameReader:
    """Tells names from other words in the tagged tokens of a paragraph."""

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
        bare = PREFIX.sub("", token.text)
        if self.cased:
            if not bare[:1].isupper():
                return False
            low = self.table.lower(SUFFIX.sub("", bare)) if self.table.language == "tr" else self.table.lower(bare)
            inflected = self.table.language == "tr" and is_inflected(low)
            fresh = token.start in self._starters and low not in self.known
            if fresh and (inflected or not self._name_follows(token)):
                return False
            if low not in self.table.is_name_never and not token.kinds & {"pronouns", "introducers", "negations"}:
                return True
            return token.start not in self._starters and self._inside_name(token, low)
        if token.low in self.table.is_name_never:
            return False
        return (
            (len(bare) > 2 or self._short_name(token))
            and not bare.startswith("ال")
            and not token.kinds
            and token.low not in self.grammar.stops
        )

    def _short_name(self, token: Token) -> bool:
        """Tell whether a word of two letters is part of a foreign name in Arabic: *كيم يو سون*, *لي مينغ*."""
        index = self._by_start[token.start]
        before = self.tokens[index - 1] if index else None
        after = self.tokens[index + 1] if index + 1 < len(self.tokens) else None
        if before is None or after is None or not before.is_word or not after.is_word or before.cue or after.cue:
            return False
        plain = len(after.text) > 2 and not after.kinds and after.low not in self.grammar.stops
        headed = self._is_head(before) or not before.kinds
        return plain and headed and before.low not in self.grammar.stops and not after.text.startswith("ال")

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
        if after.low in common("name_particles"):
            # "Ursula von der Leyen" at the start of a sentence
            follow = [one for one in self.tokens[index : index + 3] if one.low not in common("name_particles")][:1]
            return bool(follow) and follow[0].is_word and follow[0].text[0].isupper() and not follow[0].kinds
        return after.text[:1].isupper() and after.is_word

    def _is_head(self, token: Token) -> bool:
        return bool(token.kinds & {"roles", "collectives"}) and not token.cue
