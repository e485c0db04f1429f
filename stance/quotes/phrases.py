"""A paragraph as the frame of its quotations: its words, reporting cues and mentions of people."""

from __future__ import annotations

from bisect import bisect_left

import regex

from stance.quotes.cues import CueTagger
from stance.quotes.nouns import Phraser
from stance.quotes.tables import Table
from stance.quotes.words import BLOT, Cue, Mention, Token, common

_TOKEN = regex.compile(r"\ue000+|[\p{L}\p{M}\p{N}](?:[\p{L}\p{M}\p{N}'’\-‑]|\.(?=\p{L}))*|\s+|.", regex.DOTALL)


#: Elided articles and prepositions by the full word that they stand for.
_ELIDED = {
    "it": {"l": "la", "un": "una", "d": "di", "dell": "della", "all": "alla", "dall": "dalla", "nell": "nella"}
    | {"sull": "sulla", "quest": "questa", "quell": "quella", "s": "si", "c": "ci"},
    "fr": {"l": "la", "d": "de", "qu": "que", "c": "ce", "j": "je", "n": "ne", "s": "se", "m": "me", "t": "te"},
}
_ELISION = regex.compile(r"(\p{L}{1,5})['’](?=\p{L}{2})")


def _tokens(masked: str, table: Table) -> list[Token]:
    low = table.lower(masked)
    elided = _ELIDED.get(table.language, {})
    found: list[Token] = []
    for match in _TOKEN.finditer(masked):
        start, end = match.span()
        if match.group().isspace():
            continue
        prefix = _ELISION.match(masked, start, end) if elided else None
        full = elided.get(low[start : prefix.end() - 1]) if prefix else None
        # "D'Alema" is one name, "L'Opposante" at the start of a sentence is not
        named = masked[start] in "Dd" and masked[start].isupper() and prefix and masked[prefix.end()].isupper()
        if prefix is not None and full is not None and not named:
            token = Token(start, prefix.end(), masked[start : prefix.end()], full)
            token.kinds |= {"articles"} if full in table.is_article else set()
            found.append(token)
            start = prefix.end()
        found.append(Token(start, end, masked[start:end], low[start:end]))
    return found


class Frame(Phraser):
    """A paragraph whose quotations are blotted out; places count from its start."""

    def __init__(self, masked: str, offset: int, table: Table, known: frozenset[str] = frozenset()) -> None:
        """Read a paragraph.

        Args:
            masked: the paragraph, each quoted character replaced.
            offset: where it starts in the whole text.
            table: the expressions of its language.
            known: words that stand with a capital letter inside sentences of the text, in lower case.
        """
        super().__init__(masked, _tokens(masked, table), table, known)
        self.offset = offset
        self.cues = CueTagger(self.tokens, table).tag(table.hits(masked))
        self.mentions = self._merged(self._find_mentions())
        self._mention_starts = [mention.start for mention in self.mentions]
        self._cue_starts = [cue.start for cue in self.cues]

    def mentions_in(self, start: int, end: int) -> list[Mention]:
        """Return the mentions that begin between two places."""
        return self.mentions[bisect_left(self._mention_starts, start) : bisect_left(self._mention_starts, end)]

    def cues_in(self, start: int, end: int) -> list[Cue]:
        """Return the cues that begin between two places."""
        return self.cues[bisect_left(self._cue_starts, start) : bisect_left(self._cue_starts, end)]

    def _find_mentions(self) -> list[Mention]:
        found: list[Mention] = []
        index = 0
        while index < len(self.tokens):
            token = self.tokens[index]
            if token.cue or not token.is_word:
                index += 1
                continue
            if token.low in common("one_of") and self._partitive(index):
                last = min(max(self._extend(index + 2), index + 3), len(self.tokens))
                place = self.tokens[index].start
                found.append(Mention(place, self.tokens[last - 1].end, "noun", None, self._governed(index)))
                index = last
                continue
            if token.kinds & {"pronouns"} and not self._is_head(token):
                if not self._relative(index) and not self._impersonal(index):
                    found.append(self._mention(index, index + 1, "pronoun"))
                index += 1
                continue
            if self._is_head(token) or (self._is_name(token) and (self.cased or self._after_cue(index))):
                last = self._extend(index)
                first = self._retreat(index, found[-1].end if found else 0)
                found.append(self._describe(first, index, last))
                index = last
                continue
            if "articles" in token.kinds and index + 1 < len(self.tokens):
                index += 1
                continue
            if self._after_cue(index) and not self._is_stop(token):
                noun = self._bare_noun(index)
                if noun is not None:
                    found.append(noun)
                    index = self._by_start.get(noun.end, index) if noun.end in self._by_start else index + 1
                    while index < len(self.tokens) and self.tokens[index].start < noun.end:
                        index += 1
                    continue
            index += 1
        return found

    def _merged(self, mentions: list[Mention]) -> list[Mention]:
        """Join a role with the name that follows it, and a name with the role that a comma sets off behind it."""
        made: list[Mention] = []
        for mention in mentions:
            last = made[-1] if made else None
            if last is not None and self.masked[last.end : mention.start].strip() in ("(", "«", "„", "“", '"'):
                continue
            if last is not None and last.kind in ("role", "noun") and last.name is None and mention.kind == "name":
                between = self.between(last.end, mention.start)
                plain = self._plain_between(last, between)
                if plain and len(between) <= 8 and not mention.governed and mention.name is not None:
                    made[-1] = Mention(last.start, mention.end, "role", mention.name, last.governed)
                    continue
            posted = self._posted(made, mention)
            if posted is not None:
                made[-1] = posted
                continue
            anchor = self._set_off_from(made, mention)
            if anchor is None:
                anchor = self._complemented(made, mention)
            if anchor is not None:
                first = made[anchor]
                del made[anchor:]
                name = first.name or mention.name
                mention = Mention(first.start, mention.end, "role", name, first.governed)
            made.append(mention)
        return made

    def _posted(self, made: list[Mention], mention: Mention) -> Mention | None:
        """Join a role, the place where it is held and the name after it: *посол России в Осло Андрей Вихров*."""
        role = made[-1] if made else None
        if role is None or role.name is not None or not mention.governed:
            return None
        if role.kind != "role" and not any("roles" in token.kinds for token in self.between(role.start, role.end)):
            return None
        between = self.between(role.end, mention.start)
        words = [token for token in self.between(mention.start, mention.end) if token.is_word]
        if len(between) != 1 or between[0].low not in common("locatives") or len(words) not in (3, 4):
            return None
        if not self.cased or not all(token.text[0].isupper() for token in words):
            return None
        return Mention(role.start, mention.end, "role", (words[-2].start, words[-1].end), role.governed)

    def _complemented(self, made: list[Mention], mention: Mention) -> int | None:
        """Return the index of the role that a name follows after a complement (*ambassador to the EU Cui Dawei*)."""
        if len(made) < 2 or mention.kind != "name" or mention.governed or mention.name is None:
            return None
        role, complement = made[-2:]
        if role.kind != "role" or role.name is not None or not complement.governed or complement.name is not None:
            return None
        if self.masked[complement.end : mention.start].strip():
            return None
        small = self.grammar.stops | self.grammar.links
        between = self.between(role.end, complement.start)
        joined = all(token.low in small or "articles" in token.kinds for token in between)
        return len(made) - 2 if between and joined else None

    def _plain_between(self, role: Mention, between: list[Token]) -> bool:
        """Tell whether only words that describe stand between a role and a name: a complement, or a quoted title."""
        if len(between) == 1 and between[0].text.startswith(BLOT):
            return len(between[0].text) <= 40
        if 2 < len(between) <= 8 and between[0].text in '«“„"' and between[-1].text in '»”“"':
            return True
        if not all(token.is_word and not token.cue for token in between):
            return False
        if self.table.language in ("ru", "uk", "pl"):
            return True
        # with articles and verbs about, only a role right after its reporting word can have no verb behind it
        index = self._by_start[role.start] - 1
        while index >= 0 and "articles" in self.tokens[index].kinds:
            index -= 1
        return index >= 0 and self.tokens[index].cue and self.table.language in ("it", "es", "fr", "pt")

    def _set_off_from(self, made: list[Mention], mention: Mention) -> int | None:
        """Return the index of the mention that a mention between commas explains (*X, the mayor,*), or None."""
        if not made or not self.cased or mention.start - made[-1].end > 32:
            return None
        lead = self.between(made[-1].end, mention.start)
        if self.table.language in ("it", "es", "fr", "pt") and made[-1].kind == "role" and made[-1].name is None:
            # "il ministro della Difesa estone, X,"
            while len(lead) > 1 and lead[0].is_word and lead[0].text[0].islower() and not self._is_stop(lead[0]):
                lead.pop(0)
        if not lead or lead[0].text != "," or not all("articles" in token.kinds for token in lead[1:]):
            return None
        after = self.between(mention.end, mention.end + 3)[:1]
        if after and after[0].is_word and not after[0].cue:
            return None
        last = made[-1]
        if last.name is not None and last.kind != "collective" and not last.governed:
            explains = mention.kind == "role" and mention.name is None
            return len(made) - 1 if explains and not mention.governed and len(lead) <= 2 else None
        index = len(made) - 1
        while index > 0 and made[index].governed and made[index].name is None:
            if any(not token.is_word or token.cue for token in self.between(made[index - 1].end, made[index].start)):
                break
            index -= 1
        first = made[index]
        named = mention.name is not None and mention.kind in ("name", "role")
        if mention.kind == "name" and mention.name is not None:
            named = mention.name[0] == mention.start
        plain = first.kind == "noun" and mention.kind == "name" and index == len(made) - 1
        return index if named and (first.kind == "role" or plain) and first.name is None else None

    def _partitive(self, index: int) -> bool:
        """Tell whether *one of ...* begins here."""
        after = self.tokens[index + 1] if index + 1 < len(self.tokens) else None
        if after is None or not after.is_word or after.cue or index + 2 >= len(self.tokens):
            return False
        return after.low in self.grammar.links or after.low in (
            "из",
            "із",
            "z",
            "ze",
            "dos",
            "das",
            "von",
            "van",
            "di",
            "de",
        )

    def _relative(self, index: int) -> bool:
        """Tell whether a pronoun begins a relative clause, after a comma and before no cue."""
        return self.tokens[index].low in ("who", "che", "qui", "que", "die", "der", "das", "lo", "le", "la", "li")

    def _impersonal(self, index: int) -> bool:
        """Tell whether a pronoun is no speaker: *it* and *who* away from a reporting word."""
        if self.tokens[index].low not in ("it", "who"):
            return False
        beside = self.tokens[max(index - 1, 0) : index] + self.tokens[index + 1 : index + 3]
        return not any(token.cue for token in beside)

    def _after_cue(self, index: int) -> bool:
        back = index - 1
        if back > 0 and self.tokens[back].low in common("objects"):
            back -= 1
        while back >= 0 and "articles" in self.tokens[back].kinds and self.tokens[back].low not in self.grammar.stops:
            back -= 1
        if back < 0 or not self.tokens[back].cue:
            return False
        return self.tokens[back].low not in self.table.conjunctions

    def _bare_noun(self, index: int) -> Mention | None:
        """Read a phrase with no known head right after a cue: its words up to a stop."""
        last = index
        while last < len(self.tokens) and last - index < 12 and self._goes_on(last, index):
            last += 1
        if last == index or not self.tokens[index].is_word:
            return None
        if any("weekdays_months" in token.kinds or token.text[0].isdigit() for token in self.tokens[index:last]):
            return None
        inner = [place for place in range(index, min(index + 3, last - 1)) if "articles" in self.tokens[place].kinds]
        if inner and self.tokens[inner[-1]].low not in self.grammar.stops | self.grammar.links:
            index = inner[-1] + 1
        if all("articles" in token.kinds for token in self.tokens[index:last]):
            return None
        return self._describe(index, index, last, "noun")

    def _goes_on(self, place: int, first: int) -> bool:
        token = self.tokens[place]
        if token.low in self.grammar.links or "particles" in token.kinds:
            return place > first and place + 1 < len(self.tokens) and not self._is_stop(self.tokens[place + 1])
        return not self._is_stop(token) and not token.kinds & {"introducers", "negations"}
