"""The reliability diagram: how often answers of a confidence are right, as an SVG that needs no library."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

SIZE, MARGIN, GAP = 260, 48, 40
_STYLE = "font-family='sans-serif' font-size='13' fill='#222'"


def diagram(calibration: Mapping[str, Any]) -> str:
    """Return an SVG with a panel a head: points of a bin's confidence and accuracy, as large as it has answers.

    ``calibration`` maps heads to their ``bins`` (``confidence``, ``accuracy``, ``answers``) and ``after``, the error.
    """
    step = SIZE + MARGIN + GAP
    panels = [_panel(head, found, MARGIN + place * step) for place, (head, found) in enumerate(calibration.items())]
    width = len(panels) * step + MARGIN // 2
    height = SIZE + 2 * MARGIN + 12
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width} {height}' width='{width}' height='{height}' "
        f"role='img' aria-label='reliability diagram'>\n<rect width='{width}' height='{height}' fill='white'/>\n"
        + "\n".join(panels)
        + "\n</svg>\n"
    )


def _panel(head: str, found: Mapping[str, Any], left: float) -> str:
    top, bottom = MARGIN, MARGIN + SIZE
    lines = [
        f"<text x='{left}' y='{top - 14}' {_STYLE}>{head}: error {100 * found['after']:.1f} %</text>",
        f"<rect x='{left}' y='{top}' width='{SIZE}' height='{SIZE}' fill='none' stroke='#888'/>",
        f"<line x1='{left}' y1='{bottom}' x2='{left + SIZE}' y2='{top}' stroke='#888' stroke-dasharray='5 4'/>",
        f"<text x='{left + SIZE / 2}' y='{bottom + 38}' {_STYLE} text-anchor='middle'>confidence</text>",
        f"<text x='{left + 8}' y='{top + 20}' {_STYLE}>right</text>",
    ]
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        along = left + tick * SIZE
        lines.append(f"<text x='{along}' y='{bottom + 18}' {_STYLE} text-anchor='middle'>{tick:g}</text>")
        lines.append(f"<text x='{left - 6}' y='{bottom - tick * SIZE + 4}' {_STYLE} text-anchor='end'>{tick:g}</text>")
    lines.extend(_points(found["bins"], left, bottom))
    return "\n".join(lines)


def _points(bins: Sequence[Mapping[str, float]], left: float, bottom: float) -> Iterator[str]:
    most = max((one["answers"] for one in bins), default=1)
    path = " ".join(f"{left + one['confidence'] * SIZE:.1f},{bottom - one['accuracy'] * SIZE:.1f}" for one in bins)
    yield f"<polyline points='{path}' fill='none' stroke='#1f6feb' stroke-width='1.5'/>"
    for one, place in zip(bins, path.split(), strict=True):
        along, up = place.split(",")
        radius = 2.5 + 9 * (one["answers"] / most) ** 0.5
        told = f"{one['answers']} answers, confidence {one['confidence']:.2f}, right {one['accuracy']:.2f}"
        shape = f"cx='{along}' cy='{up}' r='{radius:.1f}' fill='#1f6feb' fill-opacity='0.65'"
        yield f"<circle {shape}><title>{told}</title></circle>"
