"""Reporting expressions of a paragraph: where they stand and whether they are negated."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from stance.quotes.tables import Hit, Table
from stance.quotes.words import BLOT, Cue, Token

_CUES = frozenset({"cue_verbs", "cue_before", "cue_after", "cue_nouns"})


class CueTagger:
    """Tags the tokens of a paragraph with the categories of the table and finds its cues."""

    def __init__(self, tokens: list[Token], table: Table) -> None:
        """Keep the tokens, which ``tag`` changes."""
        self.tokens, self.table = tokens, table
        self._starts = [token.start for token in tokens]
        self._by_start = {token.start: index for index, token in enumerate(tokens)}

    def tag(self, hits: list[Hit]) -> list[Cue]:
        """Tag the tokens and return the cues in order, the longest where some overlap."""
        cues: list[Hit] = []
        for hit in hits:
            index = self._by_start.get(hit.start)
            if index is None and self.table.language == "ar":
                index = bisect_right(self._starts, hit.start) - 1 if self._starts else None
            if index is None:
                if not hit.kinds & _CUES:
                    continue
            else:
                while index < len(self.tokens) and self.tokens[index].start < hit.end:
                    self.tokens[index].kinds |= hit.kinds - _CUES
                    index += 1
            if hit.kinds & _CUES:
                cues.append(hit)
        cues.extend(self._parted())
        kept: list[Hit] = []
        taken = bytearray(max((hit.end for hit in cues), default=0))
        for hit in sorted(cues, key=lambda hit: (hit.start - hit.end, hit.start)):
            if not any(taken[hit.start : hit.end]):
                taken[hit.start : hit.end] = b"\1" * (hit.end - hit.start)
                kept.append(hit)
        kept.sort(key=lambda hit: hit.start)
        made = []
        for hit in kept:
            kind = next(name for name in ("cue_before", "cue_after", "cue_verbs", "cue_nouns") if name in hit.kinds)
            first = bisect_left(self._starts, hit.start)
            for token in self.tokens[first : bisect_left(self._starts, hit.end)]:
                token.cue = True
            made.append(Cue(hit.start, hit.end, kind, self._negated(hit.start, hit.end)))
        return made

    def _parted(self) -> list[Hit]:
        """Find reporting verbs of two words with others between (*a seulement indiqué*, *hat ... erzählt*)."""
        pairs = self.table.verb_pairs
        reach = 8 if self.table.language in ("de", "nl") else 3
        found = []
        for index, token in enumerate(self.tokens):
            if token.low not in pairs:
                continue
            for ahead in range(index + 2, min(index + 2 + reach, len(self.tokens))):
                other = self.tokens[ahead]
                if not other.is_word or "negations" in self.tokens[ahead - 1].kinds:
                    break
                if other.low in pairs[token.low]:
                    # German frames its subject, so that only the participle is the cue
                    start = other.start if reach == 8 else token.start
                    found.append(Hit(start, other.end, frozenset({"cue_verbs"})))
                    break
        return found

    def _negated(self, start: int, end: int) -> bool:
        """Tell whether a negation stands right before the cue, or right after it with a comma or nothing to follow."""
        index = bisect_left(self._starts, start)
        before = [token for token in self.tokens[max(index - 2, 0) : index] if token.start > start - 30]
        if any(token.text in ",;:.«»—–" for token in before[-1:]):
            before = []
        if any("negations" in token.kinds for token in before if not token.text.startswith(BLOT)):
            return True
        if self.table.language in ("de", "nl"):
            place = bisect_left(self._starts, end)
            after = self.tokens[place : place + 1]
            return any("negations" in token.kinds for token in after)
        return False
