"""Characters as the matcher sees them: one for one, so that every offset stays the text's own."""

from __future__ import annotations

import functools
import unicodedata
from enum import IntEnum

_REPLACEMENT = 0xFFFD


class Script(IntEnum):
    """What a character is to the question whether a word ends beside it."""

    NONE = 0
    ALPHABET = 1
    DIGIT = 2
    HANGUL = 3
    KATAKANA = 4
    HAN = 5


@functools.cache
def _table() -> dict[int, int]:
    """Return the map of characters that are written in several ways onto one of them."""
    table = {code: _REPLACEMENT for code in range(0xD800, 0xE000)}  # lone surrogates cannot be encoded
    table |= {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}  # full-width Latin
    groups = {
        "'": "’‘ʼ‛′`´＇",
        "-": "‐‑‒–—−",
        "·": "・•‧∙･",
        " ": "\t\n\r\u00a0\u2002\u2003\u2009\u200a\u202f\u3000",
        "I": "İ",
        "i": "ı",
        "е": "ё",
        "Е": "Ё",
        "ا": "أإآٱ",
        "ي": "ى",
    }
    for target, sources in groups.items():
        table |= {ord(source): ord(target) for source in sources}
    return table


def fold(text: str) -> str:
    """Return ``text`` with variants of a character made one; the length and the case stay."""
    return text.translate(_table())


def lower(folded: str) -> str:
    """Return the small letters of a folded text, character for character."""
    small = folded.lower().replace("ς", "σ")
    if len(small) == len(folded):
        return small
    # no folded character is known to grow, but a later Unicode version may add one
    return "".join(low if len(low := character.lower()) == 1 else character for character in folded)


@functools.lru_cache(maxsize=4096)
def script(character: str) -> Script:
    """Return to which kind of script a character belongs."""
    code = ord(character)
    if 0xAC00 <= code <= 0xD7A3 or 0x1100 <= code <= 0x11FF or 0x3130 <= code <= 0x318F:
        return Script.HANGUL
    if 0x30A1 <= code <= 0x30FA or code == 0x30FC:
        return Script.KATAKANA
    if 0x3040 <= code <= 0x309F or 0x3400 <= code <= 0x9FFF or 0xF900 <= code <= 0xFAFF or 0x20000 <= code <= 0x3FFFF:
        return Script.HAN
    if 0x064B <= code <= 0x065F:
        return Script.NONE  # Arabic vowel signs may follow a whole word
    category = unicodedata.category(character)
    if category[0] == "L" or category[0] == "M":
        return Script.ALPHABET
    return Script.DIGIT if category[0] == "N" else Script.NONE


def touches(character: str, neighbour: Script) -> bool:
    """Tell whether a neighbour of that kind makes ``character`` part of a longer word."""
    own = script(character)
    if own is Script.ALPHABET or own is Script.DIGIT:
        return neighbour is Script.ALPHABET or neighbour is Script.DIGIT
    return own is not Script.NONE and neighbour is own
