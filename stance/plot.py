"""Figures of documents in matplotlib: speakers by actors, stance over time, statements of every label.

Every function returns a :class:`matplotlib.figure.Figure` of its own, made without pyplot, so nothing global changes:
``figure.savefig("speakers.png")``, or show it in a notebook after ``%matplotlib inline``. They count as the HTML
report does (:mod:`stance.drawing.counts`). Names in letters that the default font lacks are drawn in an installed font
that has them; if there is none, a warning is logged and boxes stand for them: install one, such as Noto Sans CJK.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from stance.drawing.charts import told
from stance.drawing.colours import DIVERGING, LIGHT, ink_on
from stance.drawing.counts import Period, Point, SpeakerTable, StanceCount, TimeCounts, Timeline, count_speakers
from stance.drawing.escaping import one_line
from stance.drawing.tables import BAR_ORDER, signed
from stance.errors import InputError, MissingExtraError
from stance.types import Document, StanceLabel

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

log = logging.getLogger(__name__)

Documents = Document | Iterable[Document]
_NAME = 40  # characters of a name that a figure has room for
_WIDEST, _HIGHEST = 40.0, 60.0  # of a figure, in inches
_ALL_NUMBERED = 24  # points a line may have to get their numbers written beside them
# Tried first where letters are missing; any other installed font that has them comes after these.
_FALLBACKS = (
    *("Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans CJK KR", "Noto Sans SC", "Noto Sans JP", "Noto Sans KR"),
    *("Source Han Sans", "WenQuanYi Micro Hei", "Microsoft YaHei", "PingFang SC", "Hiragino Sans", "Malgun Gothic"),
    *("Noto Sans Arabic", "Noto Naskh Arabic", "Noto Sans", "Arial Unicode MS"),
)


def speakers(documents: Documents, *, axes: Axes | None = None, most: int = 20) -> Figure:
    """Return a heat map of speakers by actors: the balance in every cell, and of how many statements it is the mean.

    The balance is the mean of +1 for a statement in favor, -1 against and 0 for neutral; cells without a statement
    about the actor are grey, and colours are paler where statements are few.

    Args:
        documents: One document or several.
        axes: Where to draw; by default a figure of its own.
        most: How many speakers have a row, those with the most statements about the actors first.
    """
    table = count_speakers(_several(documents), most=most)
    names = [one_line(row.speaker, most=_NAME) for row in table.rows]
    actors = [one_line(actor, most=_NAME) for actor in table.actors]
    drawn = axes or _axes(2.4 + 0.075 * max(map(len, names), default=0) + 0.95 * len(actors), 1.1 + 0.46 * len(names))
    if not names:
        return _nothing(drawn, "no statement with a speaker")
    _heat(drawn, table)
    font = _font([*names, *actors])
    drawn.set_xticks(range(len(actors)), actors, **font)
    drawn.set_yticks(range(len(names)), names, **font)
    drawn.tick_params(length=0, labelcolor=LIGHT.ink, top=False, bottom=False, labeltop=True, labelbottom=False)
    return _figure_of(drawn)


def _heat(axes: Axes, table: SpeakerTable) -> None:
    import numpy as np
    from matplotlib.colors import LinearSegmentedColormap

    colours = LinearSegmentedColormap.from_list("stance", DIVERGING).with_extremes(bad=LIGHT.raised)
    values = [[np.nan if cell.weighed is None else cell.weighed for cell in row.cells] for row in table.rows]
    axes.imshow(np.ma.masked_invalid(np.array(values)), cmap=colours, vmin=-1, vmax=1, aspect="auto")
    for place, row in enumerate(table.rows):
        for column, cell in enumerate(row.cells):
            axes.text(column, place, _cell_text(cell), ha="center", va="center", fontsize=8, color=_ink(cell, colours))
    # White lines between the cells.
    axes.set_xticks([column + 0.5 for column in range(len(table.actors) - 1)], minor=True)
    axes.set_yticks([place + 0.5 for place in range(len(table.rows) - 1)], minor=True)
    axes.grid(which="minor", color=LIGHT.paper, linewidth=3)
    axes.tick_params(which="minor", length=0)
    axes.spines[:].set_visible(False)


def _cell_text(cell: StanceCount) -> str:
    return "·" if cell.balance is None else f"{signed(cell.balance)}\nof {cell.related:,}"


def _ink(cell: StanceCount, colours: Any) -> str:
    if cell.weighed is None:
        return LIGHT.quiet
    from matplotlib.colors import to_hex

    return ink_on(to_hex(colours((cell.weighed + 1) / 2)))


def timeline(
    documents: Documents,
    dates: Sequence[date | str | None],
    *,
    actors: Sequence[str] | None = None,
    period: Period | str | None = None,
) -> Figure:
    """Return the balance of every actor over time, a panel an actor, with 95 % intervals and numbers of statements.

    The interval is Wilson's (:func:`stance.drawing.counts.interval`); it takes statements for independent, which those
    of one article are not.

    Args:
        documents: The documents.
        dates: The day of each, as ``date``, ``datetime`` or ISO 8601; None where it is not known: it is left out.
        actors: The actors that get a panel; by default all that statements speak of.
        period: ``"day"``, ``"week"`` or ``"month"``; by default what suits the span of the days.

    Raises:
        InputError: If there are not as many dates as documents, or one is no date.
    """
    counts = TimeCounts()
    given = list(_several(documents))
    if isinstance(dates, str) or len(dates) != len(given):
        raise InputError(f"there must be a date or None for each of the {len(given)} documents, not {len(dates)}")
    for document, day in zip(given, dates, strict=True):
        counts.add(document, _day(day))
    made = counts.timeline(period=_period(period))
    lines = {actor: line for actor, line in made.lines.items() if line and (actors is None or actor in actors)}
    if not lines or made.bounds is None:
        return _nothing(_axes(6, 2), "no statement with a date")
    return _panels(lines, made)


def _panels(lines: Mapping[str, tuple[Point, ...]], made: Timeline) -> Figure:
    figure = _figure(8.5, 0.7 + 1.35 * len(lines))
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    panels = figure.subplots(len(lines), 1, sharex=True, sharey=True, squeeze=False)[:, 0]
    font = _font(lines)
    for panel, (actor, line) in zip(panels, lines.items(), strict=True):
        _line(panel, line)
        panel.set_title(one_line(actor, most=_NAME), loc="left", fontsize=10, color=LIGHT.ink, **font)
        panel.set_ylim(-1.15, 1.15)
        panel.set_yticks([-1, 0, 1], ["against", "0", "in favor"])
        panel.tick_params(length=0, labelsize=8, labelcolor=LIGHT.quiet)
        panel.spines[:].set_visible(False)
    locator = AutoDateLocator(minticks=3, maxticks=8)  # type: ignore[no-untyped-call]
    panels[-1].xaxis.set_major_locator(locator)
    panels[-1].xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]
    panels[-1].set_xlabel(f"by {made.period.value}, from {_span(made)}", fontsize=8, color=LIGHT.quiet, loc="left")
    return figure


def _line(panel: Axes, line: Sequence[Point]) -> None:
    from matplotlib.dates import date2num

    places = [float(date2num(point.start)) for point in line]  # type: ignore[no-untyped-call]
    balances = [point.balance for point in line]
    panel.axhline(0, color=LIGHT.line, linewidth=1, zorder=0)
    lows, highs = [point.low for point in line], [point.high for point in line]
    panel.vlines(places, lows, highs, color=LIGHT.quiet, alpha=0.22, linewidth=5)
    panel.plot(places, balances, color=LIGHT.quiet, linewidth=1.2, alpha=0.6)
    colours = [LIGHT.labels[_leaning(balance)].ink for balance in balances]
    sizes = [16 + 6 * point.count**0.5 for point in line]
    panel.scatter(places, balances, c=colours, s=sizes, zorder=3, edgecolors=LIGHT.paper)
    if len(line) <= _ALL_NUMBERED:
        for place, point in zip(places, line, strict=True):
            panel.annotate(
                f"{point.count:,}",
                (place, point.balance),
                (5, 4),
                textcoords="offset points",
                fontsize=7,
                color=LIGHT.quiet,
            )


def _leaning(balance: float) -> StanceLabel:
    if not balance:
        return StanceLabel.NEUTRAL
    return StanceLabel.FAVOR if balance > 0 else StanceLabel.AGAINST


def _span(made: Timeline) -> str:
    first, last = made.bounds or (date.min, date.min)
    return f"{told(first, made.period)} to {told(last, made.period)}"


def stances(documents: Documents, *, axes: Axes | None = None) -> Figure:
    """Return a bar for every actor: how many statements are against it, neutral and in its favor.

    Args:
        documents: One document or several.
        axes: Where to draw; by default a figure of its own.
    """
    table = count_speakers(_several(documents))
    actors = [one_line(actor, most=_NAME) for actor in table.actors]
    drawn = axes or _axes(7, 1.0 + 0.5 * len(actors))
    if not actors:
        return _nothing(drawn, "no statements")
    starts = [0] * len(actors)
    for label in BAR_ORDER[:3]:
        widths = [count.of(label) for count in table.total]
        title = "in favor" if label is StanceLabel.FAVOR else label.value
        colour = LIGHT.labels[label].ink
        bars = drawn.barh(range(len(actors)), widths, left=starts, color=colour, height=0.55, label=title)
        numbers = [f"{width:,}" if width else "" for width in widths]
        drawn.bar_label(bars, numbers, label_type="center", color="#ffffff", fontsize=8)
        starts = [start + width for start, width in zip(starts, widths, strict=True)]
    drawn.set_yticks(range(len(actors)), actors, **_font(actors))
    drawn.invert_yaxis()
    drawn.tick_params(length=0, labelcolor=LIGHT.ink)
    drawn.xaxis.set_visible(False)
    drawn.spines[:].set_visible(False)
    drawn.legend(ncols=3, frameon=False, loc="lower left", bbox_to_anchor=(0, 1), fontsize=8, labelcolor=LIGHT.ink)
    return _figure_of(drawn)


def _several(documents: Documents) -> Iterable[Document]:
    return (documents,) if isinstance(documents, Document) else documents


def _day(day: date | str | None) -> date | None:
    # pandas.NaT, which stands for a day that is not known, is a datetime that is not even equal to itself.
    if isinstance(day, datetime):
        return day.date() if day == day else None
    if day is None or isinstance(day, date):
        return day
    try:
        return datetime.fromisoformat(day).date()
    except (TypeError, ValueError):
        raise InputError(f"{day!r} is no date; give a date or '2026-03-31'") from None


def _period(period: Period | str | None) -> Period | None:
    try:
        return None if period is None else Period(period)
    except ValueError:
        raise InputError(f"{period!r} is no period; give one of {', '.join(Period)}") from None


def _figure(width: float, height: float) -> Figure:
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingExtraError("matplotlib", "plot") from None
    size = (min(_WIDEST, width), min(_HIGHEST, height))
    return Figure(figsize=size, layout="constrained", facecolor=LIGHT.paper)


def _axes(width: float, height: float) -> Axes:
    return _figure(width, height).subplots()


def _figure_of(axes: Axes) -> Figure:
    figure = axes.get_figure(root=True)
    if figure is None:
        raise InputError("the axes belong to no figure")
    return figure


def _nothing(axes: Axes, told: str) -> Figure:
    axes.set_axis_off()
    axes.text(0.5, 0.5, told, ha="center", va="center", color=LIGHT.quiet, transform=axes.transAxes)
    return _figure_of(axes)


def _font(texts: Iterable[str]) -> dict[str, Any]:
    """Return how names are drawn: in fonts that have their letters, and a dollar sign as a dollar sign."""
    from matplotlib.font_manager import FontProperties, fontManager, get_font

    families = list(FontProperties().get_family())
    letters = {ord(letter) for letter in "".join(texts) if not letter.isspace()}
    missing = letters - get_font(fontManager.findfont(FontProperties())).get_charmap().keys()
    if missing:
        preferred = {name: place for place, name in enumerate(_FALLBACKS)}
        for entry in sorted(fontManager.ttflist, key=lambda one: (preferred.get(one.name, len(preferred)), one.name)):
            # Matplotlib's own last resort has every letter, as a box.
            if entry.style != "normal" or entry.name in families or entry.name.startswith("Last Resort"):
                continue
            found = missing & get_font(entry.fname).get_charmap().keys()
            if found:
                families.append(entry.name)
                missing -= found
            if not missing:
                break
    if missing:
        lacking = "".join(sorted(map(chr, missing)))[:20]
        log.warning("no installed font has %s; boxes are drawn for them: install one such as Noto Sans CJK", lacking)
    return {"fontfamily": families, "parse_math": False}
