"""The actors that the library knows by name, and how a request for actors is read.

Each file of ``data/`` describes one actor: ``name``, ``wording`` (what the model reads), ``also`` (other English names
to ask for it), ``wordings`` (full names by language, which are aliases too), ``aliases`` and ``exclude`` by language,
both in the notation of :mod:`stance.actors.notation`. In an :class:`Actor` the exclusions stand among the aliases,
marked ``-``.
"""

from __future__ import annotations

import functools
import json
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import resources
from typing import Any

from stance.errors import ActorError, RecordError
from stance.types import LONGEST_NAME, Actor

DEFAULT_ACTORS = ("NATO", "Russia", "DPRK", "China")
_KEYS = {"name", "wording", "also", "wordings", "aliases", "exclude"}


@dataclass(frozen=True, slots=True)
class _Record:
    actor: Actor
    also: tuple[str, ...]
    wordings: tuple[tuple[str, str], ...]


def _record(data: dict[str, Any], source: str) -> _Record:
    if set(data) != _KEYS:
        raise RecordError(f"{source} must have the keys {sorted(_KEYS)}, not {sorted(data)}")
    also = tuple(data["also"])
    groups: dict[str, dict[str, None]] = {"*": dict.fromkeys((data["name"], *also))}
    for part, sign in (("wordings", ""), ("aliases", ""), ("exclude", "-")):
        for language, names in data[part].items():
            groups.setdefault(language, {}).update(dict.fromkeys(sign + name for name in names))
    aliases = {language: tuple(names) for language, names in groups.items()}
    wordings = tuple((language, wording) for language, names in data["wordings"].items() for wording in names)
    return _Record(Actor(data["name"], aliases, data["wording"]), also, wordings)


@functools.cache
def _records() -> dict[str, _Record]:
    """Return every record by its name, the default actors first."""
    found: dict[str, _Record] = {}
    for file in resources.files("stance.actors").joinpath("data").iterdir():
        if file.name.endswith(".json"):
            record = _record(json.loads(file.read_text(encoding="utf-8")), file.name)
            found[record.actor.name] = record
    order = [*DEFAULT_ACTORS, *sorted(set(found) - set(DEFAULT_ACTORS))]
    return {name: found[name] for name in order}


@functools.cache
def _index() -> dict[str, str]:
    """Return the registry name of every name that can be asked for, case folded."""
    index: dict[str, str] = {}
    for name, record in _records().items():
        for asked in (name, *record.also):
            if index.setdefault(asked.casefold(), name) != name:
                raise RecordError(f"{asked!r} names both {index[asked.casefold()]} and {name} in the registry")
    # Full names of other languages ask for the same actor; an English name goes before one that is spelt alike.
    for name, record in _records().items():
        for _, wording in record.wordings:
            index.setdefault(wording.casefold(), name)
    return index


def _lookup(name: str) -> _Record | None:
    known = _index().get(name.strip().casefold())
    return None if known is None else _records()[known]


def names() -> tuple[str, ...]:
    """Return the names of the registry, the default actors first, then by alphabet."""
    return tuple(_records())


def get(name: str) -> Actor | None:
    """Return the registry's actor of that name or other English name, whatever the case; None if it has none."""
    record = _lookup(name)
    return None if record is None else record.actor


def wordings(name: str) -> tuple[tuple[str, str], ...]:
    """Return ``(language, wording)`` for each full name of an actor; empty if the registry does not have it."""
    record = _lookup(name)
    return () if record is None else record.wordings


def _checked_name(name: str) -> str:
    stripped = name.strip()
    if not stripped:
        raise ActorError("an actor's name is empty; give a name such as 'NATO'")
    if len(stripped) > LONGEST_NAME:
        raise ActorError(f"the actor's name {stripped[:30]!r}... is longer than {LONGEST_NAME} characters")
    # Cc control, Cs lone surrogate, Zl and Zp line and paragraph separators
    if any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in stripped):
        raise ActorError(f"the actor's name {stripped!r} contains a control character")
    return stripped


def _resolve_one(asked: Any) -> Actor:
    if isinstance(asked, Actor):
        name = _checked_name(asked.name)
        return asked if name == asked.name else Actor(name, asked.aliases, asked.wording)
    if not isinstance(asked, str):
        raise TypeError(f"an actor must be given as str or Actor, not {type(asked).__name__}")
    name = _checked_name(asked)
    known = get(name)
    if known is None:
        return Actor(name, {"*": (name,)})
    return known if known.name == name else Actor(name, known.aliases, known.wording)


def resolve(actors: Iterable[str | Actor] | None) -> tuple[Actor, ...]:
    """Make actors out of a request.

    Args:
        actors: Names or actors. A name of the registry brings its aliases and wording and keeps the spelling it was
            asked by; another name stands for itself alone; an :class:`Actor` is taken as it is. None: the defaults.

    Returns:
        The actors in the order they were asked.

    Raises:
        TypeError: One str instead of several, or something that is neither a name nor an Actor.
        ActorError: No actor, a name that cannot be used, or the same actor twice.
    """
    if actors is None:
        actors = DEFAULT_ACTORS
    if isinstance(actors, str):
        raise TypeError(f"actors must be a list of names, not one str; pass [{actors!r}]")
    if isinstance(actors, Actor):
        raise TypeError("actors must be a list; pass the one actor in a list")
    resolved = tuple(map(_resolve_one, actors))
    if not resolved:
        raise ActorError("no actor was given; leave actors out for the default ones")
    asked_as: dict[str, str] = {}
    for actor in resolved:
        folded = actor.name.casefold()
        canonical = _index().get(folded, folded)
        if canonical in asked_as:
            raise ActorError(f"{actor.name!r} and {asked_as[canonical]!r} are the same actor; ask for it once")
        asked_as[canonical] = actor.name
    return resolved
