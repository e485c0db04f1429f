"""Language tables: what a language uses to report speech, read from ``data/<language>.json`` and checked strictly."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

import ahocorasick_rs
import regex

from stance.errors import RecordError

#: Categories of a table, each a list of expressions.
LISTS = (
    "cue_verbs",
    "cue_before",
    "cue_after",
    "cue_nouns",
    "pronouns",
    "first_pronouns",
    "articles",
    "roles",
    "collectives",
    "particles",
    "introducers",
    "negations",
    "scare",
    "name_nouns",
    "link_lines",
    "tail_lines",
    "weekdays_months",
    "not_names",
    "abbreviations",
)
_UNSPACED = frozenset({"zh", "ja", "ko"})
_MATCHED = tuple(name for name in LISTS if name not in ("link_lines", "tail_lines", "abbreviations", "not_names"))
_CLITICS = regex.compile(r"(?:^|[^\p{L}\p{M}])(?:[وف]?[بلك]?(?:ال)?|[وف]?لل)$")
_APOSTROPHES = str.maketrans("’ʼ`´", "''''")


@dataclass(frozen=True, slots=True)
class Hit:
    """An expression of the table found in a text: where, and of which categories."""

    start: int
    end: int
    kinds: frozenset[str]


@dataclass(frozen=True)
class Table:
    """One language's expressions by category; ``marks`` are pairs of quotation marks, the usual one first."""

    language: str
    marks: tuple[tuple[str, str], ...]
    cue_verbs: tuple[str, ...] = ()
    cue_before: tuple[str, ...] = ()
    cue_after: tuple[str, ...] = ()
    cue_nouns: tuple[str, ...] = ()
    pronouns: tuple[str, ...] = ()
    first_pronouns: tuple[str, ...] = ()
    articles: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    collectives: tuple[str, ...] = ()
    particles: tuple[str, ...] = ()
    introducers: tuple[str, ...] = ()
    negations: tuple[str, ...] = ()
    scare: tuple[str, ...] = ()
    name_nouns: tuple[str, ...] = ()
    link_lines: tuple[str, ...] = ()
    tail_lines: tuple[str, ...] = ()
    weekdays_months: tuple[str, ...] = ()
    not_names: tuple[str, ...] = ()
    abbreviations: tuple[str, ...] = ()

    @cached_property
    def _kinds(self) -> dict[str, frozenset[str]]:
        kinds: dict[str, set[str]] = {}
        for name in _MATCHED:
            for expression in getattr(self, name):
                kinds.setdefault(self.lower(expression), set()).add(name)
        return {expression: frozenset(names) for expression, names in kinds.items()}

    @cached_property
    def _matcher(self) -> tuple[ahocorasick_rs.AhoCorasick, list[str]]:
        expressions = list(self._kinds)
        return ahocorasick_rs.AhoCorasick(expressions or ["\0"]), expressions or ["\0"]

    @cached_property
    def is_name_never(self) -> frozenset[str]:
        """Words, lower case, that are no names though they stand with a capital letter."""
        words = (*self.not_names, *self.weekdays_months, *self.articles, *self.pronouns, *self.first_pronouns)
        return frozenset(self.lower(word) for word in words)

    @cached_property
    def is_article(self) -> frozenset[str]:
        """The articles and their like, lower case."""
        return frozenset(self.lower(word) for word in self.articles)

    @cached_property
    def conjunctions(self) -> frozenset[str]:
        """The words that introduce a reported clause, lower case."""
        return frozenset(self.lower(word) for word in self.introducers)

    @cached_property
    def verb_pairs(self) -> dict[str, frozenset[str]]:
        """Second words of two-word reporting verbs by their first, for languages that part auxiliary and participle."""
        pairs: dict[str, set[str]] = {}
        if self.language in ("fr", "it", "es", "pt", "de", "nl"):
            for verb in self.cue_verbs:
                words = self.lower(verb).split()
                if len(words) == 2 and len(words[1]) > 4 and len(words[0]) <= 7:
                    pairs.setdefault(words[0], set()).add(words[1])
        return {first: frozenset(seconds) for first, seconds in pairs.items()}

    @cached_property
    def long_name_nouns(self) -> tuple[str, ...]:
        """Nouns before names that are long enough to end a compound."""
        return tuple(self.lower(noun) for noun in self.name_nouns if len(noun) >= 5 and " " not in noun)

    @cached_property
    def _head_words(self) -> frozenset[str]:
        return frozenset(self.lower(word) for word in (*self.roles, *self.collectives))

    def is_head_word(self, word: str) -> bool:
        """Tell whether a word, lower case, is a role or an institution of the table as it stands."""
        return word in self._head_words

    @cached_property
    def stops(self) -> frozenset[str]:
        """Abbreviations with their full stop, lower case."""
        return frozenset(self.lower(word) for word in self.abbreviations)

    def lower(self, text: str) -> str:
        """Return the text in lower case and with plain apostrophes, character for character as long as before."""
        if self.language == "tr":
            text = text.replace("İ", "i").replace("I", "ı")
        low = text.lower()
        if len(low) != len(text):
            low = "".join(character.lower() if len(character.lower()) == 1 else character for character in text)
        return low.translate(_APOSTROPHES)

    def hits(self, text: str) -> list[Hit]:
        """Return the expressions of the table in ``text``, in order of start and then the longest first."""
        if not text:
            return []
        low = self.lower(text).encode("utf-8", "replace").decode("utf-8")
        matcher, expressions = self._matcher
        found = []
        for index, start, end in matcher.find_matches_as_indexes(low, overlapping=True):
            if self._stands_alone(low, start, end):
                found.append(Hit(start, end, self._kinds.get(expressions[index], frozenset())))
        found.sort(key=lambda hit: (hit.start, -hit.end))
        return found

    def _stands_alone(self, low: str, start: int, end: int) -> bool:
        if self.language in _UNSPACED:
            return True
        before = low[start - 1] if start else " "
        after = low[end] if end < len(low) else " "
        if after.isalnum() and low[end - 1].isalnum():
            return False
        if before.isalnum() and low[start].isalnum():
            return self.language == "ar" and _CLITICS.search(low, max(0, start - 6), start) is not None
        return True


def _check(data: Any, language: str) -> Table:
    where = f"the quotation table of {language!r}"
    if not isinstance(data, dict):
        raise RecordError(f"{where} must be one JSON object")
    known = {field.name for field in fields(Table)}
    if odd := sorted(set(data) ^ known):
        raise RecordError(f"{where} has missing or unknown keys: {', '.join(odd)}")
    if data["language"] != language:
        raise RecordError(f"{where} says that its language is {data['language']!r}")
    marks = data["marks"]
    if not marks or not all(
        isinstance(p, list) and len(p) == 2 and all(isinstance(m, str) and m for m in p) for p in marks
    ):
        raise RecordError(f"'marks' of {where} must be pairs of marks")
    for name in LISTS:
        if not isinstance(data[name], list) or not all(isinstance(word, str) and word.strip() for word in data[name]):
            raise RecordError(f"{name!r} of {where} must be a list of non-empty str")
    lists = {name: tuple(dict.fromkeys(data[name])) for name in LISTS}
    return Table(language=language, marks=tuple((first, second) for first, second in marks), **lists)


def languages() -> Iterator[str]:
    """Yield the codes of the languages that have a table."""
    for entry in sorted(files("stance.quotes").joinpath("data").iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".json"):
            yield entry.name.removesuffix(".json")


@cache
def table(language: str | None) -> Table | None:
    """Return the table of a language, read once.

    Args:
        language: an ISO 639-1 code.

    Returns:
        The table, or None where the language has none.

    Raises:
        RecordError: the table's file is broken.
    """
    if language is None or not language.isalpha():
        return None
    path = files("stance.quotes").joinpath("data", f"{language}.json")
    if not path.is_file():
        return None
    return _check(json.loads(path.read_text(encoding="utf-8")), language)


@cache
def generic() -> Table:
    """Return the table for any other language: marks alone, no words."""
    return Table("und", (("“", "”"), ("„", "“"), ("«", "»"), ('"', '"')))


@cache
def pronouns(language: str | None) -> frozenset[str]:
    """Return the pronouns of a language, in small letters; none where it has no table."""
    words = table(language)
    return frozenset(word.lower() for word in words.pronouns) if words else frozenset()
