"""Reporting in Chinese, Japanese and Korean, where particles and word order tell what capital letters do elsewhere."""

from __future__ import annotations

import regex

from stance.quotes.chinese import Chinese
from stance.quotes.easternbase import EasternReader
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
    """Enter the people whom a paragraph names with a role, a form of address or an age."""
    # what the frame took for names by the rules of alphabetic scripts is none here
    while register.people and register.people[-1].place >= passage.start:
        register.people.pop()
    while register.mentions and register.mentions[-1][0] >= passage.start:
        register.mentions.pop()
    reader = _READERS[table.language](passage, table, register)
    # marks of the language's own, which are not those of quotations elsewhere
    passage.quotations[:] = reader.quotations
    reader.note_people()
