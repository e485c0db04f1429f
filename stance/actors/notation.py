"""The notation in which aliases are written, and what one written alias stands for.

An alias is a name as a text prints it, with these signs:

``{a,b,c}``
    one of several parts, which may be empty: ``Rosj{a,i,ę}``. Several groups multiply; they do not nest.
``*`` at the end
    any further letters: ``северокорейск*``. The mention takes them in. Not for Chinese characters.
``|`` at either end
    no letter may stand there, also in scripts where a name may else touch its neighbours: ``북|``.
``-`` in front
    an exclusion: a longer name that means something else (``-Corea del Sud``); it hides what it overlaps.
``?`` in front
    counts only when the text is known to be in the alias's language: ``?Chin`` (Polish).
``=`` in front
    upper and lower case exactly as written.

Without ``=`` a capital of an alias stands for a capital alone and a small letter for either, so ``Turkey`` is found in
"Turkey" and "TURKEY" but not in "turkey", ``US`` not in "us", and ``russe`` in "russe", "Russe" and "RUSSE".
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from stance.errors import ActorError

_FLAGS = "-?="
_SIGNS = re.compile(r"[{}*|]")
_GROUP = re.compile(r"\{([^{}]*)\}")
MAX_EXPANSIONS = 500


@dataclass(frozen=True, slots=True)
class AliasPattern:
    """One alias after its signs are read: the bare ``name`` and what the signs said about it."""

    name: str
    exclusion: bool = False
    only_language: bool = False
    exact_case: bool = False
    open_end: bool = False
    closed_start: bool = False
    closed_end: bool = False


def literal(name: str) -> AliasPattern:
    """Return a pattern for ``name`` as it stands, no sign read."""
    return AliasPattern(name)


def _alternatives(body: str, written: str) -> Iterator[str]:
    parts = _GROUP.split(body)
    # re.split with one group gives fixed text at even places and the content of braces at odd ones
    choices = [part.split(",") if place % 2 else [part] for place, part in enumerate(parts)]
    if any("{" in part or "}" in part for part in parts):
        raise ActorError(f"the alias {written!r} has a brace without its partner, or one within another")
    if any(place % 2 and "," not in part for place, part in enumerate(parts)):
        raise ActorError(f"the alias {written!r} has braces with fewer than two alternatives")
    count = 1
    for choice in choices:
        count *= len(choice)
    if count > MAX_EXPANSIONS:
        raise ActorError(f"the alias {written!r} stands for {count} names; at most {MAX_EXPANSIONS} are allowed")
    for combination in itertools.product(*choices):
        yield "".join(combination)


def parse_alias(written: str) -> tuple[AliasPattern, ...]:
    """Read one written alias.

    Returns:
        The patterns it stands for, one for each combination of its alternatives.

    Raises:
        ActorError: A sign is malformed or out of place, or nothing is left of the name.
    """
    flags, body = "", written.strip()
    while body and body[0] in _FLAGS:
        if body[0] in flags:
            raise ActorError(f"the alias {written!r} has the sign {body[0]!r} twice")
        flags, body = flags + body[0], body[1:]
    closed_start, body = body.startswith("|"), body.removeprefix("|")
    open_end, body = body.endswith("*"), body.removesuffix("*")
    closed_end, body = body.endswith("|"), body.removesuffix("|")
    if open_end and closed_end:
        raise ActorError(f"the alias {written!r} cannot be open and closed at its end")
    found = []
    for name in _alternatives(body, written):
        if _SIGNS.search(name):
            raise ActorError(f"the alias {written!r} has a '*' or '|' inside; they stand at the ends only")
        if not name.strip() or name != name.strip():
            raise ActorError(f"the alias {written!r} stands for an empty name or one with outer spaces")
        found.append(
            AliasPattern(name, "-" in flags, "?" in flags, "=" in flags, open_end, closed_start, closed_end),
        )
    return tuple(found)
