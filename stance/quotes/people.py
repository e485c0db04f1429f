"""Who is who: the fullest name an article gives for the person behind a mention."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import regex

from stance.quotes import genders
from stance.quotes.phrases import Frame
from stance.quotes.tables import Table
from stance.quotes.words import Mention, common
from stance.types import Span

Answer = TypeVar("Answer")
_TOKEN = regex.compile(r"[\p{L}\p{N}][\p{L}\p{M}\p{N}’'\-‑]*")


def _same_word(first: str, second: str) -> bool:
    """Tell whether two words are one name, perhaps inflected."""
    first, second = first.lower(), second.lower()
    if first == second:
        return True
    short, long = sorted((first, second), key=len)
    common = 0
    for one, other in zip(short, long, strict=False):
        if one != other:
            break
        common += 1
    return common >= 4 and common >= len(short) - 2 and len(long) - common <= 3


@dataclass(frozen=True, slots=True)
class Person:
    """A name in the article: its words, where it stands, and whether it stood there as a subject may."""

    name: str
    place: int
    free: bool = True

    @property
    def words(self) -> list[str]:
        """Return the words of the name."""
        return list(_TOKEN.findall(self.name))


class Register:
    """The people and institutions that an article names, outside its quotations."""

    def __init__(self, table: Table) -> None:
        """Begin with nobody."""
        self.table = table
        self.people: list[Person] = []
        self.mentions: list[tuple[int, int, str, str | None, bool]] = []
        self._full: dict[str, str] = {}
        self._sizes = (0, 0)
        self._answers: dict[tuple[str, str], Any] = {}

    def _remembered(self, question: str, words: str, find: Callable[[str], Answer]) -> Answer:
        """Return what ``find`` answers; asked once while nobody new is named, or long articles take quadratic time."""
        sizes = (len(self.people), len(self.mentions))
        if sizes != self._sizes:
            self._sizes = sizes
            self._answers.clear()
        key = (question, words)
        if key not in self._answers:
            self._answers[key] = find(words)
        answer: Answer = self._answers[key]
        return answer

    def add(self, frame: Frame) -> None:
        """Take in the mentions of a paragraph."""
        for mention in frame.mentions:
            if mention.kind == "pronoun" or (mention.kind == "noun" and mention.name is None):
                continue
            name = frame.masked[mention.name[0] : mention.name[1]] if mention.name else None
            words = frame.masked[mention.start : mention.end]
            self.note(words, name, mention.start + frame.offset, mention.kind, governed=mention.governed)

    def note(self, words: str, name: str | None, place: int, kind: str, *, governed: bool = False) -> None:
        """Take in one mention."""
        self.mentions.append((place, len(words), words, name, governed))
        if name and len(self.people) < 4000 and (kind in ("role", "noun") or len(_TOKEN.findall(name)) >= 2):
            self.people.append(Person(name.strip(" ,."), place, kind == "role" or not governed))

    def full_name(self, name: str) -> str:
        """Return the fullest name of the article that has the words of ``name``, or ``name`` itself."""
        if name not in self._full:
            self._full[name] = self._longest(name)
        return self._full[name]

    def _longest(self, name: str) -> str:
        words = _TOKEN.findall(name)
        if not words or len(words) > 3:
            return name
        best = name
        for person in self.people:
            theirs = person.words
            if len(theirs) <= len(_TOKEN.findall(best)) or len(theirs) > 5:
                continue
            alike = _same_word(words[-1], theirs[-1]) or (len(words) == 1 and _same_word(words[0], theirs[0]))
            if alike and (len(words) == 1 or any(_same_word(words[0], other) for other in theirs[:-1])):
                best = person.name
        return best

    def last_person(self, place: int) -> str | None:
        """Return the name of the person mentioned last before a place, subjects first."""
        person = self._before(place, free=True) or self._before(place, free=False)
        return self.full_name(person.name) if person else None

    def _before(self, place: int, *, free: bool) -> Person | None:
        """Return the last person before a place, or the last one there that may be a subject."""
        ordered: list[Person] = self._remembered("free" if free else "all", "", lambda _: self._ordered(free=free))
        number = bisect_left(ordered, place, key=lambda person: person.place)
        return ordered[number - 1] if number else None

    def _ordered(self, *, free: bool) -> list[Person]:
        return sorted((person for person in self.people if person.free or not free), key=lambda person: person.place)

    def main_person(self, place: int) -> str | None:
        """Return the person whom an interview is with: the one named most often, the first of them in doubt."""
        found = [person for person in self.people if person.place < place] or self.people
        names = [self.full_name(person.name) for person in found if person.free]
        names = [name for name in names if " " in name] or names
        return max(names, key=lambda name: (names.count(name), -names.index(name)), default=None)

    def named_between(self, start: int, end: int) -> str | None:
        """Return the person named last, as a subject may be, between two places."""
        person = self._before(end, free=True)
        return self.full_name(person.name) if person and person.place >= start else None

    def next_person(self, start: int, end: int) -> str | None:
        """Return the first person named, as a subject may be, between two places."""
        ordered: list[Person] = self._remembered("free", "", lambda _: self._ordered(free=True))
        number = bisect_left(ordered, start, key=lambda person: person.place)
        if number == len(ordered) or ordered[number].place >= end:
            return None
        return self.full_name(ordered[number].name)

    def agreeing(self, pronoun: str, name: str, place: int) -> str:
        """Return the name, or that of the last person before a place whom the pronoun fits where it does not fit it."""
        language = self.table.language
        if not genders.contradicts(pronoun, name, language):
            return name
        ordered: list[Person] = self._remembered("free", "", lambda _: self._ordered(free=True))
        number = bisect_left(ordered, place, key=lambda person: person.place)
        recent = ordered[max(number - 12, 0) : number]
        first = {person.words[0] for person in recent if person.words}
        for person in reversed(recent):
            full = self.full_name(person.name)
            # "Павла" is the genitive of "Павел", whose other cases show him, and no woman
            if any(word[:3] == full[:3] and word != full.split()[0] for word in first):
                continue
            if genders.of_name(full, language) == genders.of_pronoun(pronoun):
                return full
        return name

    def is_person(self, name: str) -> bool:
        """Tell whether a name is that of a person of the article."""
        names: set[str] = self._remembered("names", "", lambda _: {person.name for person in self.people})
        return name in names

    def is_plain(self, name: str) -> bool:
        """Tell whether the article names a person, and never with a role."""
        return self._remembered("plain", name, self._is_plain)

    def _is_plain(self, name: str) -> bool:
        own = [(words, bare) for _, _, words, bare, _ in self.mentions if bare and self.full_name(bare) == name]
        return self.is_person(name) and all(words == bare for words, bare in own)

    def institution(self, words: str) -> str:
        """Return the fullest mention of an institution that ``words`` shorten (*the ministry*)."""
        return self._remembered("institution", words, self._institution)

    def in_role(self, role: str) -> str | None:
        """Return the person whom the article names with the same role."""
        return self._remembered("role", role, self._in_role)

    def _in_role(self, role: str) -> str | None:
        own = list(_TOKEN.findall(role))
        for _, _, longer, name, _ in self.mentions:
            if name and longer != name:
                theirs = _TOKEN.findall(longer.replace(name, " "))
                if theirs and own and all(any(_same_word(word, other) for other in theirs) for word in own):
                    return self.full_name(name)
        return None

    def _institution(self, words: str) -> str:
        short = _TOKEN.findall(words)
        if len(short) != 1 or len(short[0]) < 5:
            return words
        for _, _, longer, name, _ in self.mentions:
            theirs = _TOKEN.findall(longer)
            if 1 < len(theirs) <= 7 and not name and any(_same_word(short[0], word) for word in theirs):
                return longer
        return words


def resolve(
    mention: Mention, text: str, offset: int, register: Register, antecedent: Callable[[], str | None]
) -> str | None:
    """Name the person or institution behind a mention.

    Args:
        mention: the mention, in places of its paragraph.
        text: the cleaned text.
        offset: where the paragraph starts.
        register: who the article names.
        antecedent: tells who was spoken of last before.

    Returns:
        The fullest name, else the words of the mention; None for a pronoun of nobody known.
    """
    place = mention.start + offset
    words = " ".join(text[place : mention.end + offset].split())
    if mention.name is not None:
        return register.full_name(text[mention.name[0] + offset : mention.name[1] + offset].strip(" ,."))
    if mention.kind == "pronoun":
        return antecedent()
    lead = _TOKEN.findall(text[max(0, place - 12) : place])
    indefinite = bool(lead) and lead[-1].lower() in common("indefinite")
    if mention.kind == "noun" and mention.governed:
        return words
    if mention.kind in ("role", "noun") and not indefinite:
        named = register.in_role(words)
        if named is not None:
            return named
        if _is_short(words, register.table.language) and not _is_plural(words, register.table.language):
            found = antecedent()
            # one word that is no person's name is a place, hardly the minister
            return words if found is None or (" " not in found and not register.is_person(found)) else found
        # "the director of the port" is whom the paragraph has just named without a role
        single = mention.kind == "role" and not mention.governed and not _is_plural(words, register.table.language)
        last = antecedent() if single else None
        return last if last is not None and register.is_plain(last) else words
    if mention.kind == "collective":
        return register.institution(words)
    return words


def _is_short(words: str, language: str) -> bool:
    """Tell whether a role is named so briefly that it points back to somebody."""
    return len(words) <= 4 if language in ("zh", "ja") else len(words.split()) <= 1


def _is_plural(word: str, language: str) -> bool:
    """Tell whether the ending of a role is that of several people; unsure where endings do not tell."""
    endings = {"en": "s", "es": "s", "fr": "s", "pt": "s", "ru": "иы", "uk": "иії", "pl": "iy", "it": "i"}
    return word[-1:] in tuple(endings.get(language, "")) or (language == "tr" and word.endswith(("ler", "lar")))


def span_of(mention: Mention, offset: int) -> Span:
    """Return the place of a mention in the whole cleaned text."""
    return mention.start + offset, mention.end + offset
