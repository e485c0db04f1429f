"""Words, reporting cues and mentions of people in a paragraph whose quotations are blotted out."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

import regex

from stance.quotes.tables import Hit, Table
from stance.types import Span

#: Stands for each quoted character, so that places stay the same.
BLOT = "\ue000"
_TOKEN = regex.compile(r"\ue000+|[\p{L}\p{M}\p{N}](?:[\p{L}\p{M}\p{N}'’\-‑]|\.(?=\p{L}))*|\s+|.", regex.DOTALL)
_CUES = frozenset({"cue_verbs", "cue_before", "cue_after", "cue_nouns"})
_SUFFIX = regex.compile(r"['’]\p{Ll}{1,6}$")
_PREFIX = regex.compile(r"^(?:[dlDL]|[Dd]ell|[Aa]ll|[Nn]ell|[Dd]all|[Uu]n|[Qq]u)['’](?=\p{L})")
_TRAILING = frozenset({"it", "fr", "es", "pt", "ar"})
_NO_CASE = frozenset({"ar", "fa", "he", "zh", "ja", "ko"})


@dataclass(frozen=True, slots=True)
class Grammar:
    """The few function words that end a noun phrase, link two, or join a second verb to the same subject."""

    links: frozenset[str] = frozenset()
    stops: frozenset[str] = frozenset()
    joins: frozenset[str] = frozenset()


@cache
def _grammars() -> dict[str, Grammar]:
    raw = json.loads(files("stance.quotes").joinpath("grammar.json").read_text(encoding="utf-8"))
    return {code: Grammar(**{name: frozenset(words) for name, words in lists.items()}) for code, lists in raw.items()}


def grammar(language: str) -> Grammar:
    """Return the function words of a language, empty ones where there are none."""
    return _grammars().get(language, Grammar())


@dataclass(slots=True)
class Token:
    """A word or a sign, with the categories of the table that begin at it."""

    start: int
    end: int
    text: str
    low: str
    kinds: set[str] = field(default_factory=set)
    cue: bool = False

    @property
    def is_word(self) -> bool:
        """Tell whether the token is a word or a number."""
        return self.text[0].isalnum()


@dataclass(frozen=True, slots=True)
class Cue:
    """A reporting expression: its place, its category, and whether it is negated."""

    start: int
    end: int
    kind: str
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Mention:
    """A phrase that can be a speaker.

    ``kind`` is name, role, collective, pronoun or noun; ``name`` is the place of the person's own name in it;
    ``governed`` tells that a preposition stands before it, so that it is hardly a subject.
    """

    start: int
    end: int
    kind: str
    name: Span | None = None
    governed: bool = False


class Frame:
    """A paragraph as the frame of its quotations: tokens, cues and mentions, all in places of the whole text."""

    def __init__(self, masked: str, offset: int, table: Table, known: frozenset[str] = frozenset()) -> None:
        """Read a paragraph whose quotations are blotted out.

        Args:
            masked: the paragraph, each quoted character replaced.
            offset: where it starts in the whole text.
            table: the expressions of its language.
            known: words that stand with a capital letter inside sentences of the text, in lower case.
        """
        self.masked, self.offset, self.table, self.known = masked, offset, table, known
        self.grammar = grammar(table.language)
        self.cased = table.language not in _NO_CASE
        self.tokens: list[Token] = []
        low = table.lower(masked)
        for match in _TOKEN.finditer(masked):
            start, end = match.span()
            text = match.group()
            if not text.isspace():
                self.tokens.append(Token(start, end, text, low[start:end]))
        self._by_start = {token.start: index for index, token in enumerate(self.tokens)}
        self._starters = self._sentence_starts()
        self.cues = self._tag(table.hits(masked))
        self.mentions = self._find_mentions()

    # --- cues ---------------------------------------------------------------------------------------------------------

    def _tag(self, hits: list[Hit]) -> list[Cue]:
        cues: list[Hit] = []
        for hit in hits:
            index = self._by_start.get(hit.start)
            if index is None and self.table.language == "ar":
                index = next((i for i in range(len(self.tokens)) if self.tokens[i].start <= hit.start < self.tokens[i].end), None)
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
        for hit in sorted(cues, key=lambda hit: (hit.start - hit.end, hit.start)):
            kept.append(hit) if not any(hit.start < other.end and other.start < hit.end for other in kept[-64:]) else None
        kept.sort(key=lambda hit: hit.start)
        made = []
        for hit in kept:
            kind = next(name for name in ("cue_before", "cue_after", "cue_verbs", "cue_nouns") if name in hit.kinds)
            for token in self.tokens:
                if hit.start <= token.start < hit.end:
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
        before = [token for token in self.tokens if start - 30 < token.start < start][-2:]
        if any(token.text in ",;:.«»—–" for token in before[-1:]):
            before = []
        if any("negations" in token.kinds for token in before if not token.text.startswith(BLOT)):
            return True
        if self.table.language in ("de", "nl"):
            after = [token for token in self.tokens if end <= token.start < end + 16][:1]
            return any("negations" in token.kinds for token in after)
        return False

    # --- mentions -----------------------------------------------------------------------------------------------------

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
            if token.start in self._starters and low not in self.known and not self._name_follows(token):
                return False
            return low not in self.table.is_name_never and not token.kinds & {"pronouns", "introducers", "negations"}
        return len(bare) > 2 and not bare.startswith("ال") and not token.kinds and token.low not in self.grammar.stops

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

    def _find_mentions(self) -> list[Mention]:
        found: list[Mention] = []
        index = 0
        while index < len(self.tokens):
            token = self.tokens[index]
            if token.cue or not token.is_word:
                index += 1
                continue
            if token.low in _ONE_OF and self._partitive(index):
                last = self._extend(index + 1)
                found.append(self._mention(index, max(last, index + 2), "noun"))
                index = max(last, index + 2)
                continue
            if token.kinds & {"pronouns"} and not self._is_head(token):
                if not self._relative(index):
                    found.append(self._mention(index, index + 1, "pronoun"))
                index += 1
                continue
            if self._is_head(token) or (self._is_name(token) and (self.cased or self._after_cue(index))):
                last = self._extend(index)
                first = self._retreat(index, found[-1].end if found else 0)
                found.append(self._describe(first, index, last))
                index = last
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

    def _partitive(self, index: int) -> bool:
        """Tell whether *one of ...* begins here."""
        after = self.tokens[index + 1] if index + 1 < len(self.tokens) else None
        if after is None or not after.is_word or after.cue:
            return False
        return after.low in self.grammar.links or after.low in ("из", "із", "z", "ze", "dos", "das", "von", "van", "di", "de")

    def _relative(self, index: int) -> bool:
        """Tell whether a pronoun begins a relative clause, after a comma and before no cue."""
        return self.tokens[index].low in ("who", "che", "qui", "que", "die", "der", "das", "lo", "le", "la", "li")

    def _after_cue(self, index: int) -> bool:
        back = index - 1
        while back >= 0 and "articles" in self.tokens[back].kinds and self.tokens[back].low not in self.grammar.stops:
            back -= 1
        return back >= 0 and self.tokens[back].cue

    def _bare_noun(self, index: int) -> Mention | None:
        """Read a phrase with no known head right after a cue: its words up to a stop."""
        last = index
        while last < len(self.tokens) and last - index < 12 and self._goes_on(last, index):
            last += 1
        if last == index or not self.tokens[index].is_word:
            return None
        if all("articles" in token.kinds for token in self.tokens[index:last]):
            return None
        return self._describe(index, index, last, "noun")

    def _goes_on(self, place: int, first: int) -> bool:
        token = self.tokens[place]
        if token.low in self.grammar.links or "particles" in token.kinds:
            return place > first and place + 1 < len(self.tokens) and not self._is_stop(self.tokens[place + 1])
        return not self._is_stop(token) and not token.kinds & {"introducers", "negations"}

    def _extend(self, index: int) -> int:
        """Return the index after the last token of the phrase whose head or name is at ``index``."""
        last = index + 1
        tokens = self.tokens
        while last < len(tokens) and last - index < 16:
            token = tokens[last]
            if self._is_name(token) or self._is_head(token):
                last += 1
            elif (token.low in self.grammar.links or "particles" in token.kinds) and token.is_word:
                after = last + 1
                while after < len(tokens) and ("articles" in tokens[after].kinds or "particles" in tokens[after].kinds):
                    after += 1
                if after >= len(tokens) or self._is_stop(tokens[after]):
                    break
                headed = any(self._is_head(one) for one in tokens[index:last])
                if (not headed and token.low not in NAME_PARTICLES) or (
                    (not headed or token.low not in self.grammar.links) and not self._is_name(tokens[after])
                ):
                    break
                last = after + 1
            elif token.text in ".-" and tokens[last - 1].end == token.start and len(tokens[last - 1].text) <= 4:
                if token.text == "." and tokens[last - 1].low + "." not in self.table.stops and len(tokens[last - 1].text) > 1:
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
                if not named and place < ahead <= place + 2 and ends and self.table.language in _TRAILING:
                    return ahead
                return 0
        return 0

    def _apposition(self, index: int, comma: int) -> int:
        """Return the index after a name set off by a comma after a role, or 0."""
        if not any(self._is_head(token) for token in self.tokens[index:comma]) or not self.cased:
            return 0
        after = comma + 1
        while after < len(self.tokens) and self._is_name(self.tokens[after]) and after - comma < 6:
            after += 1
        if not 1 < after - comma < 6:
            return 0
        follows = self.tokens[after] if after < len(self.tokens) else None
        ends = follows is None or not follows.is_word or follows.cue
        return after if ends and not self._is_head(self.tokens[comma + 1]) else 0

    def _retreat(self, index: int, floor: int) -> int:
        """Return the index of the phrase's first token: words between an article (or a boundary) and the head."""
        for back in range(index - 1, max(index - 5, -1), -1):
            token = self.tokens[back]
            if token.end <= floor or (self._is_stop(token) and "articles" not in token.kinds):
                boundary = back + 1 <= index and (token.cue or not token.is_word) and not token.text.startswith(BLOT)
                return back + 1 if boundary or token.end <= floor else index
            if "articles" in token.kinds:
                return back + 1
            if token.kinds & {"introducers", "pronouns", "negations"}:
                return index
        return 0 if index <= 3 and all(not self._is_stop(token) for token in self.tokens[:index]) else index

    def _describe(self, first: int, head: int, last: int, kind: str = "") -> Mention:
        tokens = self.tokens[first:last]
        heads = [place for place, token in enumerate(tokens) if self._is_head(token)]
        run: list[Token] = []
        for token in reversed(tokens):
            if (self._is_name(token) or (token.text in ".-" and run)) and not self._is_head(token):
                run.insert(0, token)
            elif token.low in NAME_PARTICLES and run and token.is_word and not heads:
                run.insert(0, token)
            else:
                break
        while run and not (run[0].is_word and self._is_name(run[0])):
            run.pop(0)
        run = self._own_name(run, tokens, bool(heads))
        if not kind:
            roles = any("roles" in tokens[place].kinds for place in heads)
            kind = "role" if roles else "collective" if heads else "name"
        name = (run[0].start, run[-1].end) if run else None
        return self._mention(first, last, kind, name)

    def _own_name(self, run: list[Token], tokens: list[Token], headed: bool) -> list[Token]:
        """Take the place or organisation off the front of a name that follows a role."""
        if not run or not headed or run[0] is tokens[0]:
            return run
        before = tokens[tokens.index(run[0]) - 1]
        linked = before.low in self.grammar.links or bool(before.kinds & {"particles", "articles"})
        words = [token for token in run if token.is_word]
        if linked:
            return run[run.index(words[1]) :] if len(words) >= 3 else []
        if self.table.language in ("ru", "uk", "pl", "de") and len(words) >= 3 and len(words[0].text) > 4:
            return run[run.index(words[-2]) :]
        return run

    def _mention(self, first: int, last: int, kind: str, name: Span | None = None) -> Mention:
        while first < last - 1 and "articles" in self.tokens[first].kinds and not self._is_head(self.tokens[first]):
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
        return Mention(start, end, kind, name, self._governed(first))

    def _governed(self, first: int) -> bool:
        back = first - 1
        while back >= 0 and "articles" in self.tokens[back].kinds and self.tokens[back].low not in self.grammar.stops:
            back -= 1
        if back < 0:
            return False
        token = self.tokens[back]
        if self.table.language == "ar" and self.tokens[first].low.startswith(("لل", "بال")):
            return True
        fused = token.low in self.grammar.stops and token.low not in self.grammar.joins
        if not token.is_word or token.cue or token.low in _RELATIVES or "introducers" in token.kinds:
            return False
        return fused or token.low in self.grammar.links


_ONE_OF = frozenset("one uno una un une einer eine uno um uma een één jeden jedna один одна одно два".split())
_RELATIVES = frozenset(
    "that which who whose when while because as if where chi mentre quando wenn als wie aber die das der den qui dont où quand lorsque"
    " quien cuando mientras como enquanto dat toen het de een un una não no é è est is ist war ha a_ hat który która który który który"
    " который которая которые які який яка is was are were has have had will would could also not или не nie ne pas non nicht niet".split()
)
#: Small words that stand inside the names of people.
NAME_PARTICLES = frozenset(
    "de da di von van der den del della bin ibn al el la le du dos das do ter ten zu y e af av фон ван де да ди бін бен bint".split()
)
