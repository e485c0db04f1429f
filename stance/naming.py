"""Where texts and statements name the actors that are asked about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from stance import quotes
from stance.actors import ActorMatcher, matcher_for, without_capitals
from stance.encoding import Finder, readable
from stance.question import Question
from stance.text import clean
from stance.types import Actor, Statement


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


def names_any(find: Finder, statement: Statement) -> bool:
    """Tell whether a statement, its speaker or the sentences around it name an actor that is looked for."""
    parts = (statement.text, statement.speaker, statement.context)
    return any(next(iter(find(readable(part))), None) is not None for part in parts if part)
