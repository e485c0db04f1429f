"""The figure of the quality benchmark: for each measure ours, the baselines and the best published score."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path

from benchmarks.quality_report import OURS, Rated

# Shape and colour, so that nobody needs to tell colours apart.
LOOKS = {
    "majority": ("x", "#8a8a8a"),
    "log odds": ("v", "#b8860b"),
    "VADER": ("^", "#7a5195"),
    "TF-IDF": ("s", "#2a9d8f"),
    "frozen encoder": ("P", "#3a86c8"),
    "pair encoder": ("D", "#444444"),
}
OUR_COLOUR = "#c1121f"


def draw(rated: Sequence[Rated], path: Path) -> None:
    """Write the figure; the ending of the path chooses its kind. The same scores give the same file."""
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with mpl.rc_context({"svg.hashsalt": "quality", "font.size": 12, "text.color": "black"}):
        figure = Figure(figsize=(10, 1.9 + 0.62 * len(rated)), facecolor="white", layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        axes.set_facecolor("white")
        heights = [len(rated) - place for place in range(len(rated))]
        for name, (marker, colour) in LOOKS.items():
            found = [(100 * one.scores[name], y) for one, y in zip(rated, heights, strict=True) if name in one.scores]
            if found:
                xs, ys = zip(*found, strict=True)
                axes.scatter(xs, ys, marker=marker, color=colour, s=62, label=name, zorder=6)
        published = [(one.measure.best, y) for one, y in zip(rated, heights, strict=True) if one.measure.best]
        if published:
            xs, ys = zip(*published, strict=True)
            axes.scatter(
                xs,
                ys,
                marker="|",
                color="black",
                s=420,
                linewidths=2.6,
                label="best published (ru: another split)",
                zorder=4,
            )
        for one, y in zip(rated, heights, strict=True):
            if OURS in one.scores:
                axes.plot([100 * one.low, 100 * one.high], [y, y], color=OUR_COLOUR, linewidth=3, alpha=0.55, zorder=2)
        ours = [(100 * one.scores[OURS], y) for one, y in zip(rated, heights, strict=True) if OURS in one.scores]
        if ours:
            xs, ys = zip(*ours, strict=True)
            axes.scatter(xs, ys, color=OUR_COLOUR, s=130, label=f"{OURS}, 95 % interval", zorder=5)
        axes.set_yticks(heights, [textwrap.fill(one.measure.title, 34) for one in rated])
        axes.set_xlim(-2, 100)
        axes.set_ylim(0.4, len(rated) + 0.6)
        axes.set_xlabel("macro-F1 in per cent; of the labels named, where some are")
        axes.grid(axis="both", color="#e2e2e2", zorder=0)
        axes.set_axisbelow(True)
        axes.spines[["top", "right"]].set_visible(False)
        figure.legend(loc="outside lower center", ncols=4, frameon=False)
        metadata = {"Date": None} if path.suffix == ".svg" else None
        figure.savefig(path, dpi=120, metadata=metadata)
