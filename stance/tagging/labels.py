"""What the tagger answers for a token, in the order of its outputs; training, export and runtime share it."""

from __future__ import annotations

from stance.types import StatementKind

KINDS: tuple[StatementKind, ...] = tuple(StatementKind)
# O, then B- and I- of every kind.
OUTSIDE = 0
TAGS = 1 + 2 * len(KINDS)
# What the words of a statement point to: the mention of its speaker, the speaker's full name, the reporting word.
TARGETS = ("mention", "name", "cue")
# Two pointers a target: to its first token and to its last one.
POINTERS = 2 * len(TARGETS)
POINTER_SIZE = 64
# Tokens of a window with <s> and </s>, and without; the encoder has no more positions.
WINDOW = 512
ROOM = WINDOW - 2


def begin(kind: StatementKind) -> int:
    """Return the tag of the first token of a span of this kind."""
    return 1 + 2 * KINDS.index(kind)
