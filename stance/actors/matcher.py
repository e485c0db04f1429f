"""Finds where a text names actors.

Aliases of all languages are looked for together, because news mixes languages and machine translation leaves names as
they were; only aliases marked ``?`` (see :mod:`stance.actors.notation`) wait for their language to be told.

Words end where the script marks it. In alphabets no letter or digit may touch an alias on either side; hyphens and
apostrophes may (*pro-Russian*, *NATO'nun*), and the Arabic article and one-letter prefixes may stand before it; the
mention then is the whole word. In Korean and in katakana the left side must be free, while particles and compounds may
follow. Chinese characters have no such borders.

For each actor the leftmost of its candidates wins, of several there the longest, and an exclusion wins like any other
but gives no mention. Different actors may be found in the same place (*Sino-Russian*, 中俄).
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

from ahocorasick_rs import AhoCorasick, MatchKind

from stance.actors.characters import Script, fold, lower, script, touches
from stance.actors.notation import AliasPattern, literal, parse_alias
from stance.errors import ActorError
from stance.types import Actor

_RIGHT_FREE = (Script.HANGUL, Script.KATAKANA, Script.HAN)
# conjunction, then preposition or future prefix, then article; li- and the article melt into one form
_ARABIC_PREFIXES = frozenset(
    conjunction + rest for conjunction in ("", "و", "ف") for rest in ("", "ال", "ب", "ل", "ك", "بال", "كال", "لل")
) - {""}
_LONGEST_PREFIX = max(map(len, _ARABIC_PREFIXES))
_HEADLINE_WINDOW = 24


@dataclass(frozen=True, slots=True)
class Mention:
    """A place that names an actor: the actor's name and the span ``(start, end)`` in characters, ``end`` exclusive."""

    actor: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Entry:
    """What one searched string means for one actor."""

    actor: int
    folded: str
    capitals: tuple[int, ...]
    language: str
    pattern: AliasPattern
    left_bound: bool
    right_bound: bool
    arabic: bool
    acronym: bool
    short: bool


def _entry(actor: int, language: str, pattern: AliasPattern) -> _Entry:
    folded = fold(pattern.name)
    first, last = script(folded[0]), script(folded[-1])
    if pattern.open_end and last in (Script.HAN, Script.NONE):
        raise ActorError(f"the alias {pattern.name + '*'!r} must have a letter before '*', and no Chinese character")
    return _Entry(
        actor=actor,
        folded=folded,
        capitals=tuple(place for place, character in enumerate(folded) if character.isupper()),
        language=language,
        pattern=pattern,
        left_bound=pattern.closed_start or first is not Script.HAN,
        right_bound=not pattern.open_end and (pattern.closed_end or last not in _RIGHT_FREE),
        arabic="\u0600" <= folded[0] <= "\u06ff",
        # two capitals are also a word of two letters in a headline (UN, EU, US)
        acronym=len(folded) == 2 and folded.isascii() and folded.isalpha() and folded.isupper(),
        # and in small letters those of three are words too (who, usa)
        short=len(folded) <= 3 and folded.isascii() and folded.isupper(),
    )


def _in_capitals(folded: str, start: int, end: int) -> bool:
    """Tell whether the surroundings of a span are all in capitals, as in a headline."""
    around = folded[max(0, start - _HEADLINE_WINDOW) : start] + folded[end : end + _HEADLINE_WINDOW]
    capitals = sum(character.isupper() for character in around)
    return capitals >= 6 and not any(character.islower() for character in around)


def _arabic_start(folded: str, start: int) -> int | None:
    """Return where the word of an alias at ``start`` begins if only prefixes stand before it, else None."""
    begin = start
    while begin > 0 and script(folded[begin - 1]) in (Script.ALPHABET, Script.DIGIT):
        begin -= 1
        if start - begin > _LONGEST_PREFIX:
            return None
    return begin if begin == start or folded[begin:start] in _ARABIC_PREFIXES else None


def without_capitals(text: str) -> bool:
    """Tell whether a text has letters that could be capitals, and none that is."""
    return text != text.upper() and not any(character.isupper() for character in text)


def _place(entry: _Entry, folded: str, start: int, end: int, *, ignore_case: bool) -> tuple[int, int] | None:
    """Return the span of a candidate if case and borders allow it, else None."""
    capitals = () if ignore_case and not entry.short else entry.capitals
    if not all(folded[start + place].isupper() for place in capitals):
        return None
    if entry.pattern.exact_case and folded[start:end] != entry.folded:
        return None
    if entry.arabic:
        begin = _arabic_start(folded, start)
        if begin is None:
            return None
        start = begin
    elif entry.left_bound and start > 0 and touches(folded[start], script(folded[start - 1])):
        return None
    if entry.right_bound and end < len(folded) and touches(folded[end - 1], script(folded[end])):
        return None
    if entry.pattern.open_end:
        kind = script(folded[end - 1])
        while end < len(folded) and script(folded[end]) is kind:
            end += 1
    if entry.acronym and _in_capitals(folded, start, end):
        return None
    return start, end


def _patterns(actor: Actor) -> dict[tuple[str, AliasPattern], None]:
    """Return the actor's patterns with their languages, in order and without repetition."""
    found: dict[tuple[str, AliasPattern], None] = {}
    own = actor.name.strip()
    known = {alias.casefold() for aliases in actor.aliases.values() for alias in aliases}
    # an alias that spells the name says how its case counts: "nato" asked for must not find the Italian "nato"
    if own.casefold() not in known:
        found["*", literal(own)] = None
    for language, aliases in actor.aliases.items():
        for alias in aliases:
            for pattern in [literal(own)] if alias == own else parse_alias(alias):
                found[language, pattern] = None
    return found


class ActorMatcher:
    """Finds mentions of a fixed set of actors; building takes longer than finding, so keep it.

    It holds no state of a call: threads may share one.
    """

    __slots__ = ("_automaton", "_entries", "_names", "actors")

    def __init__(self, actors: Sequence[Actor]) -> None:
        """Build the automaton over every alias of ``actors``; ActorError if an alias is malformed."""
        self.actors = tuple(actors)
        self._names = tuple(actor.name for actor in self.actors)
        entries: dict[str, list[_Entry]] = {}
        for number, actor in enumerate(self.actors):
            for language, pattern in _patterns(actor):
                entry = _entry(number, language, pattern)
                entries.setdefault(lower(entry.folded), []).append(entry)
        self._entries = tuple(map(tuple, entries.values()))
        self._automaton = AhoCorasick(list(entries), matchkind=MatchKind.Standard)

    def __reduce__(self) -> tuple[type[ActorMatcher], tuple[tuple[Actor, ...]]]:
        """Pickle as the actors; the automaton is built again."""
        return type(self), (self.actors,)

    def find(self, text: str, *, language: str | None = None, ignore_case: bool = False) -> list[Mention]:
        """Find the mentions of every actor.

        Args:
            text: Any text.
            language: ISO 639-1 code of the text if known; it adds the aliases that count in that language alone.
            ignore_case: Whether names may be without their capitals (*russia*), as in posts; more other words are then
                taken for names (*china plates*), but none of two or three letters (*us*, *who*).

        Returns:
            Mentions sorted by start, end and order of the actors; those of one actor do not overlap.
        """
        if not isinstance(text, str):
            raise TypeError(f"the text must be str, not {type(text).__name__}")
        spoken = language.replace("_", "-").split("-")[0].lower() if language else None
        folded = fold(text)
        candidates: dict[int, list[tuple[int, int, bool]]] = {}
        for number, start, end in self._automaton.find_matches_as_indexes(lower(folded), overlapping=True):
            for entry in self._entries[number]:
                if entry.pattern.only_language and entry.language != spoken:
                    continue
                place = _place(entry, folded, start, end, ignore_case=ignore_case)
                if place is not None:
                    # negative end and False before True: the longest first, an exclusion before an equal alias
                    item = (place[0], -place[1], not entry.pattern.exclusion)
                    candidates.setdefault(entry.actor, []).append(item)
        found: list[tuple[int, int, int]] = []
        for actor, items in candidates.items():
            reached = 0
            for start, negative_end, is_mention in sorted(items):
                if start < reached:
                    continue
                reached = -negative_end
                if is_mention:
                    found.append((start, reached, actor))
        return [Mention(self._names[actor], start, end) for start, end, actor in sorted(found)]


@functools.lru_cache(maxsize=64)
def matcher_for(actors: tuple[Actor, ...]) -> ActorMatcher:
    """Return the matcher of these actors, built once for each tuple of them."""
    return ActorMatcher(actors)
