"""Speakers of headlines, which the body of an article names more fully."""

from __future__ import annotations

from difflib import SequenceMatcher

import regex

from stance.quotes.passage import Draft
from stance.quotes.people import Register

_ODD_SPACE = regex.compile(r"\s+")


def take_from_body(drafts: list[Draft], text: str) -> None:
    """Take the speaker of a headline's quotation from the body, where the same words have one.

    Args:
        drafts: the statements of the text, changed in place.
        text: the cleaned text.
    """
    for draft in drafts:
        if draft.block > 1 or (draft.mention is not None and draft.cue is not None):
            continue
        words = _words(text, draft)
        for other in drafts:
            if (
                other is not draft
                and other.speaker
                and other.block > draft.block
                and _overlap(words, _words(text, other))
            ):
                draft.speaker = other.speaker
                if draft.mention is None:
                    draft.mention, draft.offset = other.mention, other.offset
                break


def name_officials(
    drafts: list[Draft], text: str, register: Register, *, headlines: frozenset[int], starts: list[int]
) -> None:
    """Take a headline's unnamed official for the first named speaker of the body.

    Args:
        drafts: the statements of the text, changed in place.
        text: the cleaned text.
        register: the people of the text.
        headlines: which paragraphs are headlines.
        starts: where each paragraph starts.
    """
    for draft in drafts:
        if draft.block > 1 or draft.mention is None or draft.mention.kind != "role" or draft.mention.name:
            continue
        stop = draft.mention.end + starts[draft.block]
        if text[stop : stop + 2].strip()[:1] not in (":", "：", "–", "—", "在"):
            continue
        if draft.block in headlines and not register.is_person(draft.speaker or ""):
            later = [other for other in drafts if other.block > draft.block and other.mention is not None]
            named = next(
                (other.speaker for other in later if other.speaker and register.is_person(other.speaker)), None
            )
            draft.speaker = named or draft.speaker


def _words(text: str, draft: Draft) -> str:
    return " ".join(_ODD_SPACE.sub(" ", text[start:end]).lower().strip(" .,!?…") for start, end in draft.parts)


def _overlap(first: str, second: str) -> bool:
    short, long = sorted((first, second), key=len)
    if not short:
        return False
    if len(short) >= 6 and short in long:
        return True
    if len(long) < 600:
        common = SequenceMatcher(None, short, long, autojunk=False).find_longest_match(0, len(short), 0, len(long)).size
        if common >= (5 if short[0] > "\u2e80" else 12) and common >= 0.55 * len(short):
            return True
    ours, theirs = set(short.split()), set(long.split())
    return len(ours) >= 4 and len(ours & theirs) >= 0.75 * len(ours)
