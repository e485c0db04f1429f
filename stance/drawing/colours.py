"""The colours of the labels, in one place for every picture: HTML, figures and the page of the service.

Readers who do not see red and green apart still tell the labels: orange and teal differ in blue too, and wherever there
is room a sign stands beside the colour. Inks keep a contrast of 4.5 on their own fill and on the paper.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from stance.types import FrozenMap, SentimentLabel, StanceLabel


@dataclass(frozen=True, slots=True)
class Shade:
    """The colour of a label: ``ink`` for words and lines, ``fill`` behind words; each ``#rrggbb``."""

    ink: str
    fill: str


@dataclass(frozen=True, slots=True)
class Theme:
    """The colours of one scheme; ``labels`` has those of every stance."""

    paper: str
    raised: str
    ink: str
    quiet: str
    line: str
    labels: Mapping[StanceLabel, Shade]


LIGHT = Theme(
    paper="#ffffff",
    raised="#f6f7f8",
    ink="#1c2126",
    quiet="#5b6570",
    line="#dde1e5",
    labels=FrozenMap(
        {
            StanceLabel.AGAINST: Shade("#b83a0a", "#ffe1d1"),
            StanceLabel.FAVOR: Shade("#0c6b64", "#cfeeea"),
            StanceLabel.NEUTRAL: Shade("#6f5f1f", "#f1ebcd"),
            StanceLabel.UNRELATED: Shade("#5b6570", "#eef0f2"),
        }
    ),
)
DARK = Theme(
    paper="#16191d",
    raised="#1e2227",
    ink="#e4e7ea",
    quiet="#9aa4ae",
    line="#343a41",
    labels=FrozenMap(
        {
            StanceLabel.AGAINST: Shade("#ff9d70", "#54240f"),
            StanceLabel.FAVOR: Shade("#62d3c6", "#0d423d"),
            StanceLabel.NEUTRAL: Shade("#d9c985", "#423a1a"),
            StanceLabel.UNRELATED: Shade("#9aa4ae", "#23282e"),
        }
    ),
)
# The sign that stands for a label where there is no room for the word.
SIGNS: Mapping[StanceLabel, str] = FrozenMap(
    {
        StanceLabel.AGAINST: "−",
        StanceLabel.FAVOR: "+",
        StanceLabel.NEUTRAL: "○",
        StanceLabel.UNRELATED: "·",
    }
)
# A tone is drawn like the stance that it resembles.
TONES: Mapping[SentimentLabel, StanceLabel] = FrozenMap(
    {
        SentimentLabel.NEGATIVE: StanceLabel.AGAINST,
        SentimentLabel.NEUTRAL: StanceLabel.NEUTRAL,
        SentimentLabel.POSITIVE: StanceLabel.FAVOR,
    }
)
# Mean of favor minus against, from -1 to 1, in equal steps: from orange over paper to teal.
DIVERGING = (
    *("#9a2f06", "#b84c1f", "#e08e65", "#f0bfa3", "#f7e2d5"),
    "#f4f2ec",
    *("#d6ebe8", "#a9d6d0", "#6fb8b0", "#2a837b", "#0b5f58"),
)


def mix(first: str, second: str, share: float) -> str:
    """Return the colour ``share`` (0 to 1) of the way from ``first`` to ``second``, as ``#rrggbb``."""
    pairs = zip(_channels(first), _channels(second), strict=True)
    return "#" + "".join(f"{round(start + (end - start) * share):02x}" for start, end in pairs)


def contrast(first: str, second: str) -> float:
    """Return the contrast of two colours as WCAG 2 reckons it, from 1 to 21."""
    brighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def ink_on(background: str) -> str:
    """Return black or white, whichever is easier to read on a colour: its contrast is 4.5 at least."""
    return max(("#000000", "#ffffff"), key=lambda ink: contrast(ink, background))


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    parts = [part / 255 for part in _channels(colour)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
