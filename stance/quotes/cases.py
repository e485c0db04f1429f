"""Case: whether the form of a noun phrase shows that it is no subject, in the languages where forms tell."""

from __future__ import annotations

import regex

from stance.quotes.tables import Table
from stance.quotes.words import Token, common

_GERMAN_OBLIQUE = regex.compile(
    r"de[mns]|vom|zum|zur|beim|im|am|eine[mns]|(?:dies|ihr|sein|unser|mein|kein|jed|jen)e[mn]|(?:sein|ihr|unser)es"
)
_SLAVIC_ENDINGS = {
    "ru": (
        "ом",
        "ем",
        "ём",
        "ою",
        "ею",
        "у",
        "ю",
        "ам",
        "ям",
        "ами",
        "ями",
        "ах",
        "ях",
        "ого",
        "ому",
        "ему",
        "ым",
        "ых",
        "их",
    ),
    "uk": (
        "ом",
        "ем",
        "єм",
        "ою",
        "ею",
        "єю",
        "у",
        "ю",
        "ові",
        "еві",
        "ам",
        "ям",
        "ами",
        "ями",
        "ах",
        "ях",
        "ого",
        "их",
    ),
    "pl": ("em", "owi", "ą", "ę", "ami", "om", "ach", "ego", "emu", "ych", "ich"),
}
_TURKISH_NOUN = regex.compile(
    r"(?:(?:s|y|l[ae]r)?[ıiuü]n(?:a|e|da|de|dan|den|[ıiuü])|l[ae]r(?:a|e|da|de|dan|den|[ıi])|y(?:a|e|ı|i|u|ü|la|le))$"
)
_TURKISH_SUFFIX = regex.compile(r"['’](?:n?[ae]|y?[ae]|[dt][ae]n?|n[dt][ae]n?|y?[ıiuü]|n[ıiuü]|y?l[ae])$")


def governed_germanic(tokens: list[Token], first: int) -> bool:
    """Tell whether a German or Dutch phrase is no subject, by the article and the preposition before it.

    Args:
        tokens: the words of the paragraph.
        first: index of the phrase's first word, its article aside.

    Returns:
        True where a preposition stands before it or its article is one of another case than the nominative.
    """
    back = first - 1
    articles: list[str] = []
    while back >= 0 and "articles" in tokens[back].kinds and not tokens[back].cue and len(articles) < 4:
        if tokens[back].low in common("germanic_prepositions"):
            return True
        articles.append(tokens[back].low)
        back -= 1
    if any(_GERMAN_OBLIQUE.fullmatch(article) for article in articles):
        return True
    if back < 0 or not tokens[back].is_word or tokens[back].cue:
        return False
    token = tokens[back]
    if token.low in common("germanic_prepositions") or _GERMAN_OBLIQUE.fullmatch(token.low):
        return True
    # "die Rede der Ministerin": a genitive after its noun
    return "der" in articles and token.text[0].isupper() and back > 0 and bool(tokens[back - 1].is_word)


def is_inflected(low: str) -> bool:
    """Tell whether a Turkish word, lower case, carries the endings of a noun that is no subject (*zararını*)."""
    return len(low) > 6 and _TURKISH_NOUN.search(low) is not None


def is_oblique(tokens: list[Token], head: Token, last: int, table: Table) -> bool:
    """Tell whether the form of a phrase's head, in a language that inflects it, is not that of a subject.

    Args:
        tokens: the words of the paragraph.
        head: the role, institution or noun that the phrase is about.
        last: index after the phrase's last word.
        table: the expressions of the language.

    Returns:
        True where the ending shows another case; False where nothing tells.
    """
    low = head.low
    if table.language == "tr":
        if _TURKISH_SUFFIX.search(low):
            return True
        after = tokens[last] if last < len(tokens) else None
        carries = after is not None and after.is_word and not after.cue and after.text[0].islower()
        if carries and after is not None and not after.kinds and _TURKISH_NOUN.search(after.low):
            return True
        return not head.text[0].isupper() and is_inflected(low)
    endings = _SLAVIC_ENDINGS.get(table.language)
    if endings is None or len(low) < 5 or head.text.isupper():
        return False
    stem = low[:-1]
    if low.endswith(("а", "a", "я")):
        return _is_genitive(stem, table)
    # "агроном" ends like an instrumental, but the genitive that adds a vowel shows it whole
    return low.endswith(endings) and not (table.is_head_word(low + "а") or table.is_head_word(low + "a"))


def _is_genitive(stem: str, table: Table) -> bool:
    """Tell whether a word in -a is the genitive of a masculine: its stem stands alone, and no feminine form of it."""
    masculine = any(table.is_head_word(stem + ending) for ending in ("", "ь", "й"))
    feminine = any(table.is_head_word(stem + ending) for ending in ("ой", "ою", "ей", "ею", "ą", "ę"))
    declined = any(table.is_head_word(stem + ending) for ending in ("ом", "ем", "єм", "em", "owi", "ові"))
    return masculine and declined and not feminine
