"""The page of the benchmark of speed and its figures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import arithmetic
from benchmarks.speed_findings import EXACT, FAST, FOUR, ONE, PAIRS, Findings, Timed
from benchmarks.tables import table_lines

OURS, OTHERS = "#c1121f", "#3a86c8"


def ratio(slow: Timed, fast: Timed) -> str:
    """Return how many times the seconds of one system are the other's, round by round: the median, least and most."""
    each = np.array(slow.rounds) / np.array(fast.rounds)
    return f"{np.median(each):.2f} ({each.min():.2f}–{each.max():.2f})"


def _ratios(found: Findings) -> list[str]:
    systems = found.systems
    in_torch = next(name for name in systems if name.startswith("torch"))
    others = list(systems)[list(systems).index(in_torch) + 1 :]
    rows = [
        ["four actors in place of one", ratio(systems[FOUR], systems[ONE])],
        ["sixteen actors in place of one", ratio(systems["int8, 16 actors"], systems[ONE])],
        ["pair by pair with the same file", ratio(systems[PAIRS], systems[FOUR])],
        ["float32 in place of int8", ratio(systems[EXACT], systems[FOUR])],
        [f"{in_torch}", ratio(systems[in_torch], systems[FOUR])],
        *([name, ratio(systems[name], systems[FOUR])] for name in others),
        ["the model `fast`", ratio(systems[FAST], systems[FOUR])],
    ]
    return table_lines(["against int8 with four actors", "times as long: median of the rounds (least–most)"], rows)


def _systems(found: Findings) -> list[str]:
    rows = []
    for name, timed in found.systems.items():
        singles = np.array(timed.singles) * 1000
        peak = found.processes.get("many" if name == FOUR else name, {}).get("peak")
        rows.append(
            [
                name,
                f"{1 / timed.seconds:.1f}",
                f"{np.percentile(singles, 50):.1f}",
                f"{np.percentile(singles, 99):.1f}",
                f"{timed.bytes / 1e6:.0f}",
                "" if peak is None else f"{peak:.0f}",
            ]
        )
    return table_lines(["", "statements a second", "p50 ms", "p99 ms", "MB on disk", "MB of memory, peak"], rows)


def _growth(found: Findings) -> list[str]:
    lengths = [
        [str(tokens), f"{plain * 1000:.2f}", f"{asked * 1000:.2f}", f"{plain * 1e6 / tokens:.0f}"]
        for tokens, (plain, asked) in found.length.items()
    ]
    actors = [
        [str(count), f"{seconds * 1000:.2f}", f"{seconds / found.actors[0]:.2f}"]
        for count, seconds in found.actors.items()
    ]
    articles = [
        [str(count), f"{full * 1000:.2f}", f"{rules * 1000:.2f}"] for count, (full, rules) in found.articles.items()
    ]
    return [
        "Length of a statement, one thread:",
        "",
        *table_lines(["tokens", "ms, no actor", "ms, 4 actors", "µs a token, no actor"], lengths),
        "",
        "Actors, 64 tokens of text, one thread:",
        "",
        *table_lines(["actors", "ms", "to no actor"], actors),
        "",
        "Threads, statements with four actors from text to labels; times as fast as one thread, round by round:",
        "",
        *table_lines(["threads", "statements a second", "median (least–most)"], _threads(found)),
        "",
        f"Articles in one call of `predict_many`, {found.threads} threads:",
        "",
        *table_lines(["articles", "ms for 1,000 characters, mode full", "mode rules"], articles),
        "",
        "![Time by length and by actors](speed-growth.svg)",
    ]


def _threads(found: Findings) -> list[list[str]]:
    one = np.array(found.by_threads[1])
    rows = []
    for number, seconds in found.by_threads.items():
        each = one / np.array(seconds)
        times = f"{np.median(each):.2f} ({each.min():.2f}–{each.max():.2f})"
        rows.append([str(number), f"{1 / np.median(seconds):.0f}", times])
    return rows


def _limit(found: Findings) -> list[str]:
    if not found.arithmetic:
        return ["Not measured: there is no C compiler here, or it could not build for this processor."]
    wanted = arithmetic.products(64)
    rows = []
    for name, speed in found.arithmetic.items():
        least = wanted / speed
        rows.append([name, f"{speed:.0f}", f"{least * 1000:.2f}", f"{least / found.call:.0%}"])
    return [
        f"64 tokens are {wanted:.2f} billion multiplications of bytes; a call takes {found.call * 1000:.2f} ms on one "
        "thread. `benchmarks/arithmetic.c` measures how fast this processor multiplies bytes in registers, by the "
        "instructions that there are for it; attention's own products, norms and GELU are not in bytes, and are part "
        "of the call.",
        "",
        *table_lines(["instructions", "billion a second", "least ms", "reached"], rows),
    ]


def _options(found: Findings) -> list[str]:
    rows = [[name, f"{short * 1000:.2f}", f"{long * 1000:.2f}"] for name, (short, long) in found.options.items()]
    return [
        "One statement at a time, four actors:",
        "",
        *table_lines(["`stance.load` with", "ms, 64 tokens", "ms, 256 tokens"], rows),
        "",
        "- `threads`: statements side by side, by default as many as the processors that the process may use by its "
        "affinity and its control group. Right for everything that has many statements. A service with several worker "
        "processes gives each its share.",
        "- `threads_per_statement`: for a program that waits for one statement at a time while its processors are "
        "idle. With many statements it only costs.",
        "- `spinning`: lets those threads wait in a loop. On a machine of one's own it saves the time to wake them; on "
        "a shared one it burns what others need.",
        "- `memory_arena`: whether freed memory is kept for the next call. By default one thread keeps it, and several "
        "give it back: they would wait for one another over a shared one. `False` suits a process that reads a long "
        "text now and then and waits most of the time.",
    ]


def _processes(found: Findings) -> list[str]:
    loaded, many, articles = (found.processes[name] for name in ("load", "many", "articles"))
    rows = [
        ["`import stance`, s", f"{found.processes['import']['seconds']:.3f}"],
        ["`stance.load()`, with what `import stance` leaves to it, s", f"{loaded['seconds']:.3f}"],
        ["`stance.load()` and the first answer, s", f"{loaded['answer']:.3f}"],
        ["memory after the first answer, MB", f"{loaded['now']:.0f}"],
        [f"peak memory of {many['statements']:.0f} statements of mixed length, MB", f"{many['peak']:.0f}"],
        [f"growth from the {many['warm_after']:,.0f}th to the last", f"{many['now'] / many['warm'] - 1:+.1%}"],
        [f"peak memory of {articles['documents']:.0f} articles in the mode full, MB", f"{articles['peak']:.0f}"],
    ]
    return table_lines(["in a process of its own", ""], rows)


def _shares(found: Findings) -> list[str]:
    count = found.shares["statements an article"]
    rows = [[name, f"{value * 1000:.1f}"] for name, value in found.shares.items() if name != "statements an article"]
    return [
        f"Twenty of the project's articles, {count:.1f} statements each, one thread:",
        "",
        *table_lines(["", "ms an article"], rows),
    ]


def page(found: Findings) -> str:
    """Return the page as Markdown."""
    versions = found.machine["versions"]
    parts = [
        "# Speed",
        f"`python -m benchmarks.speed` writes this page. {found.statements} of the project's statements with "
        f"{found.tokens:.0f} tokens in the mean, {found.threads} threads, all systems in turns. Ours is timed from "
        "text to labels; others only by their passes over as many tokens, with random weights, since speed does not "
        "depend on them and theirs cannot be had here: zero-shot NLI asks three hypotheses an actor, a target "
        "classifier one pass an actor, a prompted encoder reads all labels with the text.",
        f"{found.machine['processor']}, ONNX Runtime {versions['onnxruntime']}, torch {versions['torch']}, "
        f"Python {versions['python']}.",
        "## Ratios",
        "\n".join(_ratios(found)),
        "![Statements a second](speed.svg)",
        "## Systems",
        "\n".join(_systems(found)),
        "Those of others run in torch in float32, each with the best of three batch sizes; p99 of what takes longer "
        "than a fifth of a second is out of one round. A peak stands where a system was run alone in a process of its "
        "own; those of others hold torch and what the benchmark imports; ours is that of "
        f"{found.processes['many']['statements']:.0f} statements.",
        "## How cost grows",
        "\n".join(_growth(found)),
        "## Memory and start",
        "\n".join(_processes(found)),
        "## Against what the processor can multiply",
        "\n".join(_limit(found)),
        "## Where the time of an article goes",
        "\n".join(_shares(found)),
        "## Options",
        "\n".join(_options(found)),
    ]
    return "\n\n".join(parts) + "\n"


def write(found: Findings, folder: Path) -> None:
    """Write ``speed.md`` and its two figures."""
    folder.mkdir(parents=True, exist_ok=True)
    _bars(found, folder / "speed.svg")
    _curves(found, folder / "speed-growth.svg")
    (folder / "speed.md").write_text(page(found), encoding="utf-8")


def _figure(width: float, height: float, columns: int = 1) -> tuple[Any, Sequence[Any]]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), facecolor="white", layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(1, columns, squeeze=False)[0]
    for one in axes:
        one.spines[["top", "right"]].set_visible(False)
        one.grid(color="#e2e2e2", zorder=0)
        one.set_axisbelow(True)
    return figure, axes


def _save(figure: Any, path: Path) -> None:
    import matplotlib as mpl

    with mpl.rc_context({"svg.hashsalt": "speed"}):
        figure.savefig(path, metadata={"Date": None})


def _bars(found: Findings, path: Path) -> None:
    names = list(found.systems)[::-1]
    figure, (axes,) = _figure(10, 1.2 + 0.4 * len(names))
    speeds = [1 / found.systems[name].seconds for name in names]
    ours = [name.startswith(("int8", "fp32", "model")) for name in names]
    axes.barh(names, speeds, color=[OURS if own else OTHERS for own in ours], zorder=2)
    for place, speed in enumerate(speeds):
        axes.text(speed * 1.05, place, f"{speed:.1f}", va="center")
    axes.set_xscale("log")
    axes.set_xlim(right=max(speeds) * 2)
    axes.grid(axis="y", visible=False)
    axes.set_xlabel(f"statements a second, {found.threads} threads (logarithmic); red: this library")
    _save(figure, path)


def _curves(found: Findings, path: Path) -> None:
    figure, (left, right) = _figure(10, 3.6, columns=2)
    tokens = list(found.length)
    for place, (label, style) in enumerate((("no actor", "o--"), ("4 actors", "s-"))):
        left.plot(tokens, [found.length[n][place] * 1000 for n in tokens], style, color=OURS, label=label)
    left.set_xlabel("tokens of a statement")
    left.set_ylabel("ms, one thread")
    left.legend(frameon=False)
    right.plot(list(found.actors), [1000 * seconds for seconds in found.actors.values()], "o-", color=OURS)
    right.set_xlabel("actors asked about, 64 tokens of text")
    right.set_ylim(bottom=0)
    left.set_ylim(bottom=0)
    _save(figure, path)
