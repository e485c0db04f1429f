"""Actors: the countries and organisations known by name, their aliases, and where a text names them."""

from stance.actors.matcher import ActorMatcher, Mention, matcher_for, without_capitals
from stance.actors.registry import DEFAULT_ACTORS, get, names, resolve, wordings

__all__ = [
    "DEFAULT_ACTORS",
    "ActorMatcher",
    "Mention",
    "get",
    "matcher_for",
    "names",
    "resolve",
    "without_capitals",
    "wordings",
]
