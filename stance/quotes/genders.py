"""Whether a pronoun can mean a person: her first name may tell that *he* does not."""

from __future__ import annotations

from stance.quotes.words import common

#: Languages in which a first name without a final *a* is hardly a woman's.
_STRICT = frozenset({"ru", "uk", "pl"})


def of_pronoun(word: str) -> str | None:
    """Return ``"f"`` or ``"m"`` for a pronoun of one person, None where it tells nothing."""
    low = word.lower()
    if low in common("she"):
        return "f"
    return "m" if low in common("he") else None


def of_name(name: str, language: str) -> str | None:
    """Return the likely gender of a full name by its first word, None where that tells nothing."""
    words = name.split()
    if len(words) < 2 or len(words[0]) < 3 or words[0].lower() in common("men_in_a"):
        return None
    if words[0][-1] in "aаяія":
        return "f"
    return "m" if language in _STRICT and len(words) == 2 and len(words[0]) > 3 else None


def contradicts(pronoun: str, name: str, language: str) -> bool:
    """Tell whether a pronoun can hardly mean the person of this name."""
    first, second = of_pronoun(pronoun), of_name(name, language)
    return first is not None and second is not None and first != second
