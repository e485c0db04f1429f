"""Reporting in Chinese, Japanese and Korean, where particles and word order tell what capital letters do elsewhere."""

from __future__ import annotations

import regex

from stance.quotes.chinese import Chinese
from stance.quotes.chinesenames import name_end
from stance.quotes.easternbase import EasternReader, longest
from stance.quotes.japanese import Japanese
from stance.quotes.korean import Korean
from stance.quotes.passage import Draft, Passage
from stance.quotes.people import Register
from stance.quotes.tables import Table
from stance.quotes.words import Mention

LANGUAGES = frozenset({"zh", "ja", "ko"})
_READERS: dict[str, type[EasternReader]] = {"ko": Korean, "ja": Japanese, "zh": Chinese}


def read(passage: Passage, table: Table, register: Register) -> list[Draft]:
    """Read the quotations of one paragraph.

    Args:
        passage: the paragraph.
        table: the expressions of its language.
        register: takes in the people that the paragraph names.

    Returns:
        The statements in the making, in order.
    """
    reader = _READERS[table.language](passage, table, register)
    return reader.read()


def subjects(passage: Passage, table: Table, register: Register) -> list[Mention]:
    """Return who the sentences of a paragraph are about."""
    reader = _READERS[table.language](passage, table, register)
    found = []
    start = 0
    for stop in [match.end() for match in regex.finditer(r"[。！？\n]|\. ", reader.masked)] + [len(reader.masked)]:
        mention = reader.topic(start, stop)
        if mention is not None:
            found.append(mention)
        start = stop
    return found


def note_people(passage: Passage, table: Table, register: Register) -> None:
    """Enter the people whom a paragraph names with a role or an age."""
    masked = passage.frame.masked
    if table.language == "ko":
        pattern = regex.compile(
            r"(?<![가-힣])(?P<name>[가-힣]{2,4})(?=\s?(?:\(\d+\))?\s?(?:씨|\S{0,8}(?:대변인|장관|의원|대표|교수|국장|조합장|공사|대사))(?:[는은이가]|\s|$))"
        )
    elif table.language == "ja":
        pattern = regex.compile(r"(?P<name>[\p{Han}\p{Katakana}ー・]{2,12})(?:さん|氏)")
    else:
        pattern = regex.compile(r"岁的(?P<name>\p{Han}{2,4})(?=[。，、])")
    for match in pattern.finditer(masked):
        register.note(match.group(), match.group("name"), match.start() + passage.start, "role")
    reader = _READERS[table.language](passage, table, register)
    if table.language == "zh":
        bounds = frozenset(hit.start for hit in reader.cues)
        for hit in longest([hit for hit in reader.hits if "roles" in hit.kinds]):
            stop = name_end(masked, hit.end, len(masked), bounds)
            if stop - hit.end >= 2:
                register.note(masked[hit.start : stop], masked[hit.end : stop], hit.start + passage.start, "role")
