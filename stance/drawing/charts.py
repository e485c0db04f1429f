"""Charts as HTML with inline SVG, which take the colours of the style sheet: totals of every actor, lines over time."""

from __future__ import annotations

from datetime import date

from stance.drawing.counts import Period, Point, SpeakerTable, StanceCount, Timeline
from stance.drawing.escaping import counted, name
from stance.drawing.tables import BAR_ORDER, signed
from stance.types import StanceLabel

_BAR_WIDTH, _BAR_HEIGHT = 300, 14
_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 760, 128, 64, 24, 20, 28
_ALL_NUMBERED = 20  # points a line may have to get their numbers written beside them
_TICKS = 5


def totals_chart(table: SpeakerTable) -> str:
    """Return a bar for every actor: how many statements are against it, neutral and in its favor."""
    longest = max((count.related for count in table.total), default=0)
    rows = []
    for actor, count in zip(table.actors, table.total, strict=True):
        balance = "–" if count.balance is None else signed(count.balance)
        numbers = " ".join(
            f'<span class="st-chip st-{label.value}" title="{label.value}">{count.of(label):,}</span>'
            for label in BAR_ORDER[:3]
        )
        rows.append(
            f'<tr><th scope="row">{name(actor, most=40)}</th>'
            f'<td class="st-total">{_total_bar(count, longest)}{numbers}</td>'
            f'<td class="st-count">{count.related:,}</td><td class="st-count st-balance">{balance}</td></tr>'
        )
    columns = ("actor", "against · neutral · in favor", "statements", "balance")
    head = "".join(f'<th scope="col">{title}</th>' for title in columns)
    return (
        f'<div class="st-wide"><table class="st-totals"><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _total_bar(count: StanceCount, longest: int) -> str:
    place, parts = 0.0, []
    for label in BAR_ORDER[:3]:
        width = count.of(label) / longest * _BAR_WIDTH if longest else 0.0
        if width:
            title = f"<title>{label.value}: {counted(count.of(label), 'statement')}</title>"
            size = f'x="{place:.1f}" width="{max(width - 1, 0.5):.1f}" height="{_BAR_HEIGHT}"'
            parts.append(f'<rect class="st-fill-{label.value}" {size}>{title}</rect>')
        place += width
    told = f"{count.against} against, {count.neutral} neutral, {count.favor} in favor"
    size = f'viewBox="0 0 {_BAR_WIDTH} {_BAR_HEIGHT}" height="{_BAR_HEIGHT}" preserveAspectRatio="none"'
    return f'<svg {size} role="img" aria-label="{told}">{"".join(parts)}</svg>'


def timeline_chart(timeline: Timeline) -> str:
    """Return a panel for every actor that has points, all on one scale of time; empty where there are none."""
    bounds = timeline.bounds
    if bounds is None:
        return ""
    return "".join(
        f'<figure class="st-wide"><figcaption>{name(actor, most=60)} '
        f"<small>{counted(sum(point.count for point in line), 'statement')}</small></figcaption>"
        f"{_panel(line, bounds, timeline.period)}</figure>"
        for actor, line in timeline.lines.items()
        if line
    )


def _panel(line: tuple[Point, ...], bounds: tuple[date, date], period: Period) -> str:
    first, last = bounds
    days = max(1, (last - first).days)
    inner = _WIDTH - _LEFT - _RIGHT

    def x(day: date) -> float:
        return _LEFT + inner * ((day - first).days / days if last > first else 0.5)

    parts = [_axis(level, text) for level, text in ((1.0, "in favor"), (0.0, "0"), (-1.0, "against"))]
    ticks = dict.fromkeys(first + (last - first) * step / (_TICKS - 1) for step in range(_TICKS))
    for tick in ticks:
        anchor = "middle" if first < tick < last or first == last else "start" if tick == first else "end"
        parts.append(f'<text x="{x(tick):.1f}" y="{_HEIGHT - 6}" text-anchor="{anchor}">{told(tick, period)}</text>')
    if len(line) > 1:
        places = " ".join(f"{x(point.start):.1f},{_y(point.balance):.1f}" for point in line)
        parts.append(f'<polyline class="st-path" points="{places}"/>')
    parts += [_point(point, x(point.start), period, numbered=len(line) <= _ALL_NUMBERED) for point in line]
    # Numbers and years of a chart run from left to right in every language.
    return f'<svg class="st-lines" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" direction="ltr">{"".join(parts)}</svg>'


def _y(balance: float) -> float:
    return _TOP + (_HEIGHT - _TOP - _BOTTOM) * (1 - balance) / 2


def _axis(level: float, text: str) -> str:
    height = _y(level)
    kind = "st-grid" if level else "st-zero"
    return (
        f'<line class="{kind}" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{height:.1f}" y2="{height:.1f}"/>'
        f'<text x="{_LEFT - 14}" y="{height + 4:.1f}" text-anchor="end">{text}</text>'
    )


def _point(point: Point, x: float, period: Period, *, numbered: bool) -> str:
    label = StanceLabel.NEUTRAL
    if point.balance:
        label = StanceLabel.FAVOR if point.balance > 0 else StanceLabel.AGAINST
    title = (
        f"<title>{told(point.start, period)}: {signed(point.balance)} of {counted(point.count, 'statement')}, "
        f"95 % interval {signed(point.low)} to {signed(point.high)}</title>"
    )
    radius = min(8.0, 3 + point.count**0.5 / 2)
    number = f'<text x="{x + radius + 2:.1f}" y="{_y(point.balance) - 4:.1f}">{point.count}</text>' if numbered else ""
    return (
        f'<g>{title}<line class="st-interval" x1="{x:.1f}" x2="{x:.1f}" y1="{_y(point.high):.1f}" '
        f'y2="{_y(point.low):.1f}"/><circle class="st-fill-{label.value}" cx="{x:.1f}" cy="{_y(point.balance):.1f}" '
        f'r="{radius:.1f}"/>{number}</g>'
    )


def told(day: date, period: Period) -> str:
    """Return a period's start as ISO 8601 writes it: ``2026-03-02``, for a month ``2026-03``."""
    return day.isoformat()[:7] if period is Period.MONTH else day.isoformat()
