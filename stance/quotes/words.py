"""Words of a paragraph, and the few function words of each language that the rules need."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

from stance.types import Span

#: Stands for each quoted character, so that places stay the same.
BLOT = "\ue000"
#: Languages whose script has no capital letters.
NO_CASE = frozenset({"ar", "fa", "he", "zh", "ja", "ko"})


@dataclass(frozen=True, slots=True)
class Grammar:
    """The few function words that end a noun phrase, link two, or join a second verb to the same subject."""

    links: frozenset[str] = frozenset()
    stops: frozenset[str] = frozenset()
    joins: frozenset[str] = frozenset()


@cache
def _raw() -> dict[str, dict[str, list[str]]]:
    found: dict[str, dict[str, list[str]]] = json.loads(
        files("stance.quotes").joinpath("grammar.json").read_text(encoding="utf-8")
    )
    return found


@cache
def _grammars() -> dict[str, Grammar]:
    return {
        code: Grammar(**{name: frozenset(words) for name, words in lists.items()})
        for code, lists in _raw().items()
        if code != "*"
    }


@cache
def common(name: str) -> frozenset[str]:
    """Return a set of small words that is kept for all languages together, such as ``relatives``."""
    return frozenset(_raw()["*"][name])


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
