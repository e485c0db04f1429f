"""Where texts and statements name the actors that are asked about."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from stance import quotes
from stance.actors import ActorMatcher, matcher_for, without_capitals
from stance.encoding import Finder, readable
from stance.question import Question
from stance.text import clean
from stance.types import Actor, Span, Statement

# Actors' names with start and end, in the order of the text.
Mentions = tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What judging statements needs to know of their text: its language, whether it has capitals, who is named."""

    language: str | None
    ignore_case: bool
    mentions: Mentions

    def of(self, statements: Sequence[Statement]) -> Surroundings:
        """Return the surroundings of some of the statements alone."""
        spans = sorted(span for statement in statements for span in statement.spans)
        return Surroundings(self.language, self.ignore_case, inside(self.mentions, spans))


def surroundings_of(text: str, found: quotes.Extraction, actors: tuple[Actor, ...]) -> Surroundings:
    """Return the surroundings of all statements that were found in a text."""
    ignore_case = without_capitals(text)
    mentions = mentions_in(text, matcher_for(actors), language=found.language, ignore_case=ignore_case)
    return Surroundings(found.language, ignore_case, mentions)


def mentions_in(text: str, matcher: ActorMatcher, *, language: str | None, ignore_case: bool) -> Mentions:
    """Return where a text names the actors."""
    return tuple((m.actor, m.start, m.end) for m in matcher.find(text, language=language, ignore_case=ignore_case))


def inside(mentions: Mentions, spans: Sequence[Span]) -> Mentions:
    """Return the mentions that lie inside one of the spans, each once."""
    found: dict[tuple[str, int, int], None] = {}
    for start, end in spans:
        place = bisect_left(mentions, start, key=lambda one: one[1])
        while place < len(mentions) and mentions[place][1] < end:
            if mentions[place][2] <= end:
                found[mentions[place]] = None
            place += 1
    return tuple(found)


def finder(matcher: ActorMatcher, asked: Sequence[Actor], language: str | None, *, ignore_case: bool) -> Finder:
    """Return what tells the encoder where a text names the actors."""
    places = {actor.name: place for place, actor in enumerate(asked)}

    def find(text: str) -> Iterator[tuple[int, int, int]]:
        for mention in matcher.find(text, language=language, ignore_case=ignore_case):
            yield places[mention.actor], mention.start, mention.end

    return find


def has_no_capitals(statement: Statement) -> bool:
    """Tell whether a statement with its context has no capitals: a fragment alone may have none by chance."""
    return without_capitals(f"{statement.text} {statement.context or ''}")


def language_and_naming(text: str, question: Question, *, ignore_case: bool) -> tuple[str | None, bool]:
    """Return a text's language and whether it names any of the actors."""
    cleaned = clean(text).text
    language = quotes.language_of(cleaned, language=question.language)
    find = finder(matcher_for(question.actors), question.actors, language, ignore_case=ignore_case)
    return language, any(find(readable(cleaned)))


def naming(text: str, found: quotes.Extraction, actors: tuple[Actor, ...]) -> quotes.Extraction:
    """Return what was found in a text without the statements that name none of the actors: see ``only_named``."""
    find = finder(matcher_for(actors), actors, found.language, ignore_case=without_capitals(text))
    return replace(found, statements=tuple(one for one in found.statements if names_any(find, one)))


def names_any(find: Finder, statement: Statement) -> bool:
    """Tell whether a statement, its speaker or the sentences around it name an actor that is looked for."""
    parts = (statement.text, statement.speaker, statement.context)
    return any(next(iter(find(readable(part))), None) is not None for part in parts if part)
