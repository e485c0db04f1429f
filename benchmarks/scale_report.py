"""The page of the benchmark of scale, and its arithmetic."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from typing import TYPE_CHECKING

from benchmarks.tables import table_lines

if TYPE_CHECKING:
    from benchmarks.scale import Findings, Job

ARCHIVE = 100_000_000
CORES, WEEK = 32, 7 * 24


def core_hours(articles: float, seconds: float) -> float:
    """Return the core hours of so many articles that take a core so many seconds each."""
    return articles * seconds / 3600


def machines_for_a_week(hours: float) -> int:
    """Return how many machines of 32 cores do so many core hours in a week."""
    return max(1, math.ceil(hours / (CORES * WEEK)))


def page(found: Findings, *, price: float, named: float) -> str:
    """Return the page as Markdown.

    Args:
        found: What was measured.
        price: Dollars for a core hour.
        named: Share of the archive's articles that name an actor.
    """
    versions = found.machine["versions"]
    size = found.characters / found.texts
    parts = [
        "# Scale",
        f"`python -m benchmarks.scale` writes this page. {found.texts} of the project's articles, {size:,.0f} "
        f"characters each in the mean, in {found.languages} languages, four actors, the model of the package, int8. "
        f"One process and Ray on one machine take turns, {len(found.jobs[1])} times; medians, with the least and the "
        "most.",
        f"{found.machine['processor']}, ONNX Runtime {versions['onnxruntime']}, Python {versions['python']}. "
        f"Load of the machine by other work when it began: {found.load:.1f}.",
        "## Ray and one process",
        "\n".join(_rates(found, size)),
        "The rate of Ray is that of warm workers: from when the last of them began its first batch until the first had "
        "no more. What it cost until then, and the end, in which not all have work, stand in the next table; a job of "
        "hours has both once.",
        _answers(found),
        "## What Ray costs",
        "\n".join(_costs(found)),
        "\n".join(_defaults()),
        "## A hundred million articles",
        "\n".join(_archive(found, size, price, named)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _spread(values: Sequence[float], digits: int) -> str:
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f}–{max(values):.{digits}f})"


def _rates(found: Findings, size: float) -> list[str]:
    one = [job.rate for job in found.jobs[1]]
    rows = []
    for count, rates in found.alone.items():
        times = [rate / base for rate, base in zip(rates, one, strict=True)]
        name = f"one process, {count} thread{'s' * (count > 1)}"
        rows.append([name, _spread([rate / size for rate in rates], 2), _spread(times, 2)])
    for count, jobs in found.jobs.items():
        times = [job.rate / base for job, base in zip(jobs, one, strict=True)]
        name = f"Ray, {count} worker{'s' * (count > 1)} of one thread"
        rows.append([name, _spread([job.rate / size for job in jobs], 2), _spread(times, 2)])
    return table_lines(["", "articles a second", "times one worker of Ray, round by round"], rows)


def _answers(found: Findings) -> str:
    asked = found.texts * sum(map(len, found.jobs.values()))
    if found.different:
        return f"**Of {asked} articles that Ray read, {found.different} got another answer than from one process.**"
    return f"All {asked} articles that Ray read got the same answer as from one process, to the last bit."


def _costs(found: Findings) -> list[str]:
    def of(name: str, digits: int, factor: float = 1.0) -> list[str]:
        return [_spread([getattr(job, name) * factor for job in jobs], digits) for jobs in found.jobs.values()]

    head = ["", *(f"{count} worker{'s' * (count > 1)}" for count in found.jobs)]
    tails = [_spread([_tail(found, job) for job in jobs], 1) for jobs in found.jobs.values()]
    rows = [
        ["seconds until all were at work (processes, imports, model)", *of("started", 1)],
        ["seconds of the whole job", *of("seconds", 1)],
        ["of these, more than its work takes warm workers", *tails],
        ["share of the time in which a worker was reading, %", *of("busy", 1, 100)],
        ["processor ms an article", *of("spent", 1, 1000)],
        ["ms between two batches of a worker", *of("gap", 0, 1000)],
        ["MB of the largest worker, with its libraries and the model", *of("peak", 0)],
    ]
    start = f"`ray.init()` on this machine took {found.initialised:.1f} s once."
    return [*table_lines(head, rows), "", start]


def _tail(found: Findings, job: Job) -> float:
    return job.seconds - found.characters / job.rate


def _defaults() -> list[str]:
    return [
        "Why `stance.integrations.ray` does it so:",
        "",
        "- Workers are processes of one thread each: the threads of a process wait for one another in Python, where "
        "statements are found and encoded; processes do not.",
        "- Blocks are cut to `batch_size` rows before they are handed out, 64 by default and 8 in the table above. "
        "Ray's own blocks are up to 128 MB: one worker would have all of a small data set, and a worker that dies "
        "would have hours to do again.",
        "- A worker's thread is reserved as half a processor. Were it a whole one, workers on all processors would "
        "leave none for the tasks that read and write, and the job would never begin. On one machine of few "
        "processors it is less, so that a whole one stays free.",
        "- `predict_files` reads and writes with a tenth of a processor, and gathers 10,000 rows a file.",
    ]


def _archive(found: Findings, size: float, price: float, named: float) -> list[str]:
    least = min(found.jobs[2], key=lambda job: job.rate)
    seconds = {"full, as Ray's two workers read": statistics.median(2 * size / job.rate for job in found.jobs[2])}
    seconds["the same in the slowest round"] = 2 * size / least.rate
    for name, rate in found.variants.items():
        every = size / rate
        if name in found.skipped:
            # Articles that name an actor cost what others do, the rest what looking for names does.
            every = named * size / found.variants[name.replace(", only_named", "")] + (1 - named) * (
                size / found.skipped[name]
            )
        seconds[f"{name}, one thread"] = every
    rows = []
    for name, each in seconds.items():
        hours = core_hours(ARCHIVE, each)
        rows.append(
            [name, f"{each * 1000:.1f}", f"{hours:,.0f}", str(machines_for_a_week(hours)), f"{hours * price:,.0f}"]
        )
    head = ["", "core ms an article", "core hours", f"machines of {CORES} cores for a week", "dollars"]
    skipped = min(size / rate for rate in found.skipped.values()) * 1000
    return [
        f"Computed from the rates measured here, not run: {ARCHIVE:,} articles of {size:,.0f} characters; core hours = "
        f"articles × seconds / 3,600; machines = core hours / ({CORES} × {WEEK}), rounded up; {price} dollars a core "
        "hour (`--price`; put in what yours costs). A core is a hardware thread of the processor named above, and it "
        f"is assumed that {CORES} of them do {CORES // 2} times what two do, which memory and clock may not allow. "
        "Cost grows with the length of the articles: yours may have two or three times the characters.",
        "",
        *table_lines(head, rows),
        "",
        f"`only_named` leaves out what names none of the actors. Of an archive of all kinds of news {named:.0%} are "
        f"taken to name one (`--named`; of the project's articles {found.named:.0%} do), and an article that names "
        f"none costs {skipped:.1f} ms. Mode `rules` finds what stands in quotation marks alone; what that loses is in "
        "[quotes.md](quotes.md), and what the small model loses in its card.",
    ]
