"""How a service runs: every limit in one place, checked when it is made."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite

from stance.errors import InputError
from stance.runtime import available_processors

KEYS_VARIABLE = "STANCE_API_KEYS"
_MOST_WORKERS = 256


@dataclass(frozen=True, slots=True)
class Settings:
    """What ``stance serve`` was asked for.

    ``workers`` are processes with a model each (about 350 MB), of one thread: as many as there are processors is right.
    ``queue`` is how many requests may be accepted and not yet answered, ``wait`` how many seconds one may be expected
    to wait for those before it; beyond either a request is refused with 429. ``seconds`` is the time limit of a
    request. ``body_bytes``, ``items`` (texts or statements of a request) and ``characters`` (of one of them) bound what
    is read. ``keys`` are secrets, one of which a caller of ``/v1`` must show; none where it is open.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    model: str | None = None
    precision: str = "auto"
    workers: int | None = None
    queue: int = 64
    wait: float = 5.0
    seconds: float = 60.0
    body_bytes: int = 8_000_000
    items: int = 256
    characters: int = 1_000_000
    keys: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check the limits."""
        for name in ("queue", "body_bytes", "items", "characters"):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise InputError(f"{name} must be a whole number of 1 or more, not {value!r}")
        for name in ("wait", "seconds"):
            value = getattr(self, name)
            if not isinstance(value, int | float) or not isfinite(value) or value <= 0:
                raise InputError(f"{name} must be a number of seconds above 0, not {value!r}")
        if self.workers is not None and not 1 <= self.workers <= _MOST_WORKERS:
            raise InputError(f"workers must be from 1 to {_MOST_WORKERS}, not {self.workers!r}")
        if not 0 <= self.port <= 65535:
            raise InputError(f"the port must be from 0 to 65535, not {self.port!r}")
        if any(not key.strip() or not key.isascii() for key in self.keys):
            raise InputError(f"a key in {KEYS_VARIABLE} is empty or not ASCII; write keys of letters and figures")

    @property
    def processes(self) -> int:
        """How many workers there are: as many as processors, by affinity and control group, where none is given."""
        return self.workers or available_processors()


def keys_of(environment: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Return the keys of the environment's ``STANCE_API_KEYS``, which may be several, parted by commas.

    InputError where the variable is set but holds no key: a service that should be closed must not stand open.
    """
    given = (os.environ if environment is None else environment).get(KEYS_VARIABLE)
    if given is None:
        return ()
    keys = tuple(key.strip() for key in given.split(","))
    if not all(keys):
        raise InputError(f"{KEYS_VARIABLE} is set but a key in it is empty; unset it for a service without keys")
    return keys
