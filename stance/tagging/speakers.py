"""Who says a statement: the answers of rules and tagger weighed against each other.

The order was chosen on passages that neither had seen (docs/quotes.md): where both see the same mention the rules tell
better whom it names; where they differ the tagger is right twice as often.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

import regex

from stance.tagging.decoding import Pointed
from stance.types import Span

_WORD = regex.compile(r"[\p{L}\p{M}\p{N}]+")
_NAME_LIKE = regex.compile(r"\p{Lu}|[\p{Han}\p{Hangul}\p{Katakana}\p{Arabic}]")
# Shorter words without a capital are pronouns in nearly every language.
_SHORTEST_ROLE = 5
# From this on the tagger's name is taken against a mention that both see, its name against another mention, its
# mention where its name is somebody else's.
AGREED, NAMED, MENTIONED = 0.9, 0.6, 0.9
# How much of its probability the tagger's answer keeps where the rules name somebody else.
CONTRADICTED = 0.7


@dataclass(frozen=True, slots=True)
class Speaker:
    """A speaker: the fullest name known, and the nearest mention as a span of the cleaned text."""

    name: str | None
    span: Span | None
    confidence: float


def choose(
    text: str,
    pointed: Mapping[str, Pointed],
    *,
    rules: Speaker | None,
    names: Names | None = None,
    pronouns: Collection[str] = (),
) -> Speaker:
    """Return the speaker of a statement.

    Args:
        text: the cleaned text.
        pointed: where the statement's words point to.
        rules: whom the rules name; None where they do not know the statement.
        names: full names that the text has, to complete a mention with.
        pronouns: words that are nobody's name, in small letters.
    """
    names = names or Names()
    mention, name = pointed["mention"], _named(text, pointed["name"], pronouns)
    mentioned, named = _words(text, mention), _words(text, name)
    if mentioned and mentioned.casefold() in pronouns:
        mentioned = None
    if meet(name.span, pointed["cue"].span):
        named = None
    same = rules is not None and meet(mention.span, rules.span)
    if rules is not None and rules.name and same and name.confidence < AGREED:
        return Speaker(rules.name, rules.span, max(name.confidence, mention.confidence * NAMED))
    place = mention.span or name.span
    if mentioned and _is_name(mentioned) and mention.confidence >= MENTIONED:
        other = (
            named is not None
            and not shares_word(named, mentioned)
            and name.confidence < min(mention.confidence, AGREED)
        )
        if other or named is None or name.confidence < NAMED:
            return _doubted(Speaker(names.fullest(mentioned), place, mention.confidence), rules)
    if named and (name.confidence >= NAMED or rules is None or rules.name is None):
        return _doubted(Speaker(names.fullest(named), place, name.confidence), rules)
    if rules is not None:
        return Speaker(rules.name, rules.span, name.confidence)
    return Speaker(None, None, name.confidence)


def _named(text: str, name: Pointed, pronouns: Collection[str]) -> Pointed:
    """Return the likeliest that is no pronoun."""
    if name.span is None:
        return name
    ranked = ((name.span, name.confidence), *name.others)
    named = (one for one in ranked if words_at(text, one[0]).casefold() not in pronouns)
    return Pointed(*next(named, (None, name.confidence)))


def _doubted(found: Speaker, rules: Speaker | None) -> Speaker:
    """Return the tagger's speaker, less sure where the rules name somebody else."""
    if rules is None or rules.name is None or found.name is None or shares_word(found.name, rules.name):
        return found
    return replace(found, confidence=found.confidence * CONTRADICTED)


class Names:
    """The full names of a text, found by their first and last words; made once for a text."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        """Take the names; those of one word complete nothing."""
        self._by_edge: dict[str, list[tuple[str, frozenset[str]]]] = {}
        for name in sorted(set(names)):
            words = _WORD.findall(name)
            for edge in {words[0], words[-1]} if len(words) > 1 else ():
                self._by_edge.setdefault(edge, []).append((name, frozenset(words)))

    def fullest(self, name: str) -> str:
        """Return the longest name that has all words of ``name`` and ends or begins as it does.

        The name itself where there is none, or where several of one length could be meant: two Ruttes.
        """
        words = _WORD.findall(name)
        if not words:
            return name
        near = self._by_edge.get(words[-1], [])
        fit = [
            (len(theirs), other)
            for other, theirs in near
            if len(words) < len(theirs) <= len(words) + 3 and theirs.issuperset(words)
        ]
        most = max((size for size, _ in fit), default=0)
        longest = [other for size, other in fit if size == most]
        return longest[0] if len(longest) == 1 else name


def shares_word(first: str, second: str) -> bool:
    """Tell whether two names have a word in common, inflected perhaps."""
    return bool(_stems(first) & _stems(second))


def _stems(name: str) -> set[str]:
    return {word[: max(4, len(word) - 2)].casefold() for word in _WORD.findall(name)}


def _is_name(words: str) -> bool:
    return len(words) >= _SHORTEST_ROLE or (len(words) > 1 and _NAME_LIKE.search(words) is not None)


def meet(first: Span | None, second: Span | None) -> bool:
    """Tell whether two spans share a character; None shares none."""
    return first is not None and second is not None and first[0] < second[1] and second[0] < first[1]


def words_at(text: str, span: Span) -> str:
    """Return the words of a span on one line."""
    return " ".join(text[slice(*span)].split())


def _words(text: str, pointed: Pointed) -> str | None:
    return None if pointed.span is None else words_at(text, pointed.span) or None
