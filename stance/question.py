"""What is asked of a text: one checked value, which predictors, services, tables and clusters pass on."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from stance import actors as actor_registry
from stance import quotes
from stance.errors import InputError
from stance.types import Actor, ExtractionMode, StatementKind


@dataclass(frozen=True, slots=True)
class Question:
    """The options of :func:`stance.predict`, checked; hashable, picklable and the same in every process."""

    actors: tuple[Actor, ...]
    language: str | None = None
    kinds: frozenset[StatementKind] | None = None
    mode: ExtractionMode = ExtractionMode.FULL
    only_named: bool = False
    explain: bool = False

    @classmethod
    def of(
        cls,
        *,
        actors: Iterable[str | Actor] | None = None,
        language: str | None = None,
        kinds: Collection[StatementKind | str] | None = None,
        mode: ExtractionMode | str = ExtractionMode.FULL,
        only_named: bool = False,
        explain: bool = False,
    ) -> Question:
        """Return the question.

        Raises:
            StanceError: If an option cannot be used; its subclass says which.
            TypeError: If an actor or the language is of another type.
        """
        for name, value in (("only_named", only_named), ("explain", explain)):
            if not isinstance(value, bool):
                raise InputError(f"{name} must be True or False, not {value!r}")
        quotes.language_of("", language=language)
        return cls(
            actor_registry.resolve(actors),
            language,
            None if kinds is None else quotes.kinds_of(kinds),
            quotes.mode_of(mode),
            only_named,
            explain,
        )
