"""Changes to statements for the behaviour tests: pure functions, which return None where a change cannot be made."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, partial

from stance.actors import Mention, matcher_for, names, resolve, wordings

OTHER_MARKS = {'"': "«»", "“”": "«»", "„“": "“”", "«»": "“”", "「」": "“”", "‘’": "“”"}
INVENTED = {
    "ru": "Халвория",
    "bg": "Халвория",
    "uk": "Халворія",
    "ar": "هالفوريا",
    "zh": "哈尔沃里亚",
    "ja": "ハルヴォリア",
    "ko": "할보리아",
}
HONORIFICS = {
    "en": "Mr {}",
    "de": "Herr {}",
    "es": "Don {}",
    "fr": "M. {}",
    "it": "Signor {}",
    "pt": "Senhor {}",
    "ru": "господин {}",
    "uk": "пан {}",
    "pl": "pan {}",
    "nl": "de heer {}",
    "tr": "Sayın {}",
    "ar": "السيد {}",
    "zh": "{}先生",
    "ja": "{}氏",
    "ko": "{} 씨",
    "ro": "domnul {}",
    "bg": "господин {}",
}
# What stands before a name in French and Italian depends on its first letter; replaced names must not give it away.
ELISIONS = {
    "fr": [
        (r"\b([Ll])['’] ?(?=[^\WAEÉIOUYHaeéiouyh])", r"\1a "),
        (r"\b([Dd])['’] ?(?=[^\WAEÉIOUYHaeéiouyh])", r"\1e la "),
        (r"\b([LlDd])[ae] (?=[AEÉIOU])", r"\1'"),
    ],
    "it": [
        (r"\b([Ll]|[Dd]ell|[Aa]ll|[Nn]ell|[Dd]all|[Ss]ull)['’](?=[^\WAEIOUHaeiouh])", r"\1a "),
        (r"\b([Ll]|[Dd]ell|[Aa]ll|[Nn]ell|[Dd]all|[Ss]ull)a (?=[AEIOU])", r"\1'"),
    ],
}
_ARABIC_PREFIX = re.compile(r"(?:[وف])?(?:[بكل])?")
_CHAIN = "(?:pro|anti|про|анти|проти)?-?"


@dataclass(frozen=True, slots=True)
class Item:
    """One statement as it is asked: text, language, speaker and context (None where unknown)."""

    text: str
    lang: str
    speaker: str | None = None
    context: str | None = None

    def parts(self) -> tuple[str, ...]:
        """Return text, speaker and context, those that there are."""
        return tuple(part for part in (self.text, self.speaker, self.context) if part)


def mentions(text: str, lang: str) -> list[Mention]:
    """Return where a text names any actor of the registry."""
    return matcher_for(resolve(names())).find(text, language=lang)


def named(item: Item) -> set[str]:
    """Return the actors that the text, the speaker or the context names."""
    return {mention.actor for part in item.parts() for mention in mentions(part, item.lang)}


@cache
def wording(actor: str, lang: str) -> str:
    """Return the actor's first full name in a language; the English one where the registry has none."""
    known = wordings(actor)
    return next((name for language, name in known if language == lang), next(n for la, n in known if la == "en"))


def invented(lang: str) -> str:
    """Return the name of a country that does not exist, in the script of a language."""
    return INVENTED.get(lang, "Halvoria")


def _arabic(mention: str, actor: str, name: str) -> str:
    """Keep the conjunction and the preposition that Arabic writes together with a name."""
    prefix = _ARABIC_PREFIX.match(mention)
    # A first letter is a prefix only if what follows is a name by itself: Beijing begins with a letter that may be one.
    if prefix is None or not prefix.group() or actor not in {m.actor for m in mentions(mention[prefix.end() :], "ar")}:
        return name
    if mention[prefix.end() - 1] == "ل" and name.startswith("ال"):
        return prefix.group() + "ل" + name[2:]
    return prefix.group() + name


def _mended(before: str, name: str, lang: str) -> str:
    """Return what stands before a name with its article or preposition fitted to the name's first letter."""
    tail = before[-8:]
    for pattern, put in ELISIONS.get(lang, []):
        fitted, count = re.subn(pattern + f"(?={re.escape(name)})", put, tail + name)
        if count:
            return before[: len(before) - len(tail)] + fitted[: len(fitted) - len(name)]
    return before


def rename(text: str, lang: str, new: Mapping[str, str]) -> str | None:
    """Put another name at every mention of some actors.

    Args:
        text: Any text.
        lang: Its ISO 639-1 code.
        new: The name to put, by actor. Names are put in their dictionary form, whatever the case of the mention.

    Returns:
        The changed text; None where a mention also names another actor, so that it cannot be replaced alone.
    """
    found = mentions(text, lang)
    ours = [mention for mention in found if mention.actor in new]
    if any(a is not b and a.start < b.end and b.start < a.end for a in ours for b in found):
        return None
    changed, reached = "", 0
    for mention in ours:
        old = text[mention.start : mention.end]
        name = new[mention.actor]
        if lang == "ar":
            name = _arabic(old, mention.actor, name)
        suffix = old[-2:] if old.endswith(("'s", "’s")) else ""
        changed = _mended(changed + text[reached : mention.start], name, lang) + name + suffix
        reached = mention.end
    return changed + text[reached:]


def rename_item(item: Item, new: Mapping[str, str]) -> Item | None:
    """Rename actors in the text, the speaker and the context alike; None where one of them cannot be changed."""
    parts = [rename(part, item.lang, new) if part else part for part in (item.text, item.speaker, item.context)]
    text, speaker, context = parts
    if text is None or (speaker is None) != (item.speaker is None) or (context is None) != (item.context is None):
        return None
    return Item(text, item.lang, speaker, context)


def swap(item: Item, one: str, other: str) -> Item | None:
    """Exchange two actors; None where a mention names both."""
    return rename_item(item, {one: wording(other, item.lang), other: wording(one, item.lang)})


def substitute(item: Item, actor: str, other: str) -> Item | None:
    """Put one actor, that is not named, in the place of another; None where it is named or names are interwoven."""
    changed = None if other in named(item) else rename_item(item, {actor: wording(other, item.lang)})
    return changed if changed is not None and actor not in named(changed) else None


def left_over(item: Item, actor: str) -> bool:
    """Tell whether a statement still names an actor, be it in a form that the registry does not list."""
    if actor in named(item):
        return True
    whole = " ".join(item.parts()).casefold()
    for language, name in wordings(actor):
        if language != item.lang:
            continue
        folded = name.casefold()
        stem = folded[:-1] if len(folded) > 5 and " " not in folded else folded
        border = rf"(?<!\w){_CHAIN}" if unicodedata.name(stem[0]).split()[0] in {"LATIN", "CYRILLIC"} else ""
        if re.search(border + re.escape(stem), whole):
            return True
    return False


def mask(item: Item, actor: str) -> Item | None:
    """Put an invented name at every mention of an actor; None where the text does not name it or a name is left."""
    if actor not in {mention.actor for mention in mentions(item.text, item.lang)}:
        return None
    changed = rename_item(item, {actor: invented(item.lang)})
    return None if changed is None or left_over(changed, actor) else changed


def _everywhere(item: Item, change: Callable[[str], str]) -> Item | None:
    """Apply a change to text and context; None where it changes nothing."""
    changed = replace(item, text=change(item.text), context=change(item.context) if item.context else item.context)
    return None if changed == item else changed


def _text_only(item: Item, text: str) -> Item:
    """Put another text, also where the context repeats it."""
    return replace(item, text=text, context=item.context.replace(item.text, text) if item.context else item.context)


def typo(item: Item, *, seed: int = 0) -> Item | None:
    """Swap two neighbouring letters inside a word that is no mention of an actor; None where there is no such word."""
    chance = random.Random(f"{seed} {item.text}")
    taken = [(mention.start, mention.end) for mention in mentions(item.text, item.lang)]
    places = [
        place
        for word in re.finditer(r"[^\W\d_]{5,}", item.text)
        if not any(start < word.end() and word.start() < end for start, end in taken)
        for place in range(word.start() + 1, word.end() - 2)
        if item.text[place] != item.text[place + 1]
    ]
    if not places or item.lang in {"zh", "ja", "ko"}:
        return None
    place = chance.choice(places)
    return _text_only(item, item.text[:place] + item.text[place + 1] + item.text[place] + item.text[place + 2 :])


def lower_case(item: Item) -> Item | None:
    """Write all in small letters; None in scripts without case."""
    return _everywhere(item, lambda text: (_turkish(text, "Iİ", "ıi") if item.lang == "tr" else text).lower())


def upper_case(item: Item) -> Item | None:
    """Write all in capitals; None in scripts without case (a Latin acronym in them does not count)."""
    if item.lang in {"ar", "zh", "ja", "ko"}:
        return None
    return _everywhere(item, lambda text: (_turkish(text, "iı", "İI") if item.lang == "tr" else text).upper())


def _turkish(text: str, old: str, new: str) -> str:
    return text.translate(str.maketrans(old, new))


def quote_style(item: Item) -> Item | None:
    """Write quotation marks in another style; a text without any is put between marks as a whole."""
    for marks, other in OTHER_MARKS.items():
        if all(mark in item.text for mark in marks):
            return _everywhere(item, partial(_requoted, marks=marks, other=other))
    return _text_only(item, f"«{item.text}»" if item.lang in {"en", "ko", "zh", "ja"} else f"“{item.text}”")


def _requoted(text: str, marks: str, other: str) -> str:
    if len(marks) == 2:
        return text.translate(str.maketrans(marks, other))
    turns = iter(range(len(text)))
    return re.sub(re.escape(marks), lambda _: other[next(turns) % 2], text)


def honorific(item: Item) -> Item | None:
    """Put a polite word to the speaker's name; None where the speaker is unknown or no name."""
    if not item.speaker or item.speaker[0].islower() or item.lang not in HONORIFICS:
        return None
    return replace(item, speaker=HONORIFICS[item.lang].format(item.speaker))


def link(item: Item) -> Item:
    """Put a link after the text, as a copied post has it."""
    return _text_only(item, f"{item.text} https://example.org/a/40817")


def hard_spaces(item: Item) -> Item | None:
    """Put no-break spaces for spaces; None where there are none."""
    return _everywhere(item, lambda text: text.replace(" ", "\u00a0"))


def decomposed(item: Item) -> Item | None:
    """Write letters with marks as two characters (NFD); None where there are none."""
    return _everywhere(item, lambda text: unicodedata.normalize("NFD", text))


INVARIANCES: dict[str, Callable[[Item], Item | None]] = {
    "typo": typo,
    "lower case": lower_case,
    "upper case": upper_case,
    "quote style": quote_style,
    "honorific": honorific,
    "link": link,
    "no-break spaces": hard_spaces,
    "NFD": decomposed,
}


def bare(lang: str, actors: Mapping[str, str]) -> Iterator[Item]:
    """Yield statements that say nothing: a name alone, dots, a dash, a number."""
    for text in (*actors.values(), "…", "—", "?!", "1 234"):
        yield Item(text, lang)
