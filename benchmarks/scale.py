"""How fast a cluster reads an archive: ``python -m benchmarks.scale [--price 0.04] [--output docs]``.

One process with one and two threads and Ray with one and two workers of one thread take turns at the same articles.
Ray's rate is that of warm workers: from when the last of them began its first batch until the first of them had no
more. From it the page computes what a hundred million articles cost. Writes ``scale.md``.
"""

from __future__ import annotations

import argparse
import logging
import os
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow

import stance
from benchmarks import scale_report
from benchmarks.scale_worker import COLUMNS, TimedReader
from export.report import machine
from stance import frames
from stance.integrations import ray as stance_ray
from stance.training.articles import read

log = logging.getLogger(__name__)

DATA = Path("data") / "articles"
# Smaller than the default, so that a few hundred articles are many batches; what Ray costs a batch counts the more.
BATCH = 8
# What a reader of an archive may choose, by what the page calls it: options of load, options of predict.
VARIANTS: dict[str, tuple[str | None, dict[str, Any]]] = {
    "full": (None, {}),
    "full, only_named": (None, {"only_named": True}),
    "rules": (None, {"mode": "rules"}),
    "model fast, rules": ("fast", {"mode": "rules"}),
    "model fast, rules, only_named": ("fast", {"mode": "rules", "only_named": True}),
}
# No article names it: what an article costs that is not read.
NOBODY = ["Qwxyvk Zzurb"]


@dataclass(frozen=True, slots=True)
class Job:
    """What was measured of one job of Ray: seconds until all were at work and in all, rate, idleness, memory."""

    started: float
    seconds: float
    rate: float  # characters a second, of all workers
    busy: float  # share of the time in which a worker was reading
    gap: float  # seconds between two batches of a worker
    spent: float  # seconds of a processor for an article
    peak: float  # megabytes of the largest worker
    answers: dict[int, Any]


@dataclass(slots=True)
class Findings:
    """All figures of the page; rates are characters a second, a list of them one a round."""

    machine: dict[str, Any]
    texts: int
    characters: int
    languages: int
    load: float = 0.0  # of the machine before anything was measured
    initialised: float = 0.0
    alone: dict[int, list[float]] = field(default_factory=dict)
    jobs: dict[int, list[Job]] = field(default_factory=dict)
    variants: dict[str, float] = field(default_factory=dict)
    skipped: dict[str, float] = field(default_factory=dict)
    named: float = 0.0
    different: int = 0


def alone(texts: Sequence[str], threads: int) -> tuple[float, dict[int, Any]]:
    """Return the rate of this process and its answers by the place of the text."""
    predictor = stance.load(threads=threads)
    for _ in predictor.predict_many(texts[:4]):
        pass
    start = time.perf_counter()
    documents = list(predictor.predict_many(texts))
    seconds = time.perf_counter() - start
    answers = {place: frames.statement_rows(document) for place, document in enumerate(documents)}
    return sum(map(len, texts)) / seconds, answers


def with_ray(texts: Sequence[str], workers: int) -> Job:
    """Read the texts with so many workers of Ray."""
    import ray

    table = pyarrow.table({"place": range(len(texts)), "text": texts})
    begun = time.time()
    answered = stance_ray.predict(ray.data.from_arrow(table), text_column="text", workers=workers, batch_size=BATCH)
    tables: Any = answered.iter_batches(batch_size=None, batch_format="pyarrow")
    rows = [row for table in tables for row in table.to_pylist()]
    seconds = time.time() - begun
    batches: dict[tuple[float, ...], int] = {}
    for row in rows:
        key = tuple(row[name] for name in COLUMNS[:4])
        batches[key] = batches.get(key, 0) + len(row["text"])
    started, rate, busy, gap = at_work({key[:3]: size for key, size in batches.items()})
    spent = sum(key[3] for key in batches) / len(rows)
    answers = {row["place"]: row["statements"] for row in rows}
    return Job(started - begun, seconds, rate, busy, gap, spent, max(row["peak"] for row in rows), answers)


def at_work(batches: dict[tuple[float, ...], int]) -> tuple[float, float, float, float]:
    """Return when all workers were at work, and while they were: characters a second, share busy, seconds of a gap."""
    workers = {process for _, _, process in batches}
    first = {one: min(began for began, _, process in batches if process == one) for one in workers}
    last = {one: max(ended for _, ended, process in batches if process == one) for one in workers}
    start, end = max(first.values()), min(last.values())
    if end <= start:
        sys.exit("the workers were never at work together; give more --articles")
    done = busy = gaps = count = 0.0
    for (began, ended, _), size in batches.items():
        inside = max(0.0, min(ended, end) - max(began, start))
        busy += inside
        done += size * inside / (ended - began)
    for one in workers:
        times = sorted((began, ended) for began, ended, process in batches if process == one)
        for (_, before), (after, _) in pairwise(times):
            gaps += after - before
            count += 1
    return start, done / (end - start), busy / (len(workers) * (end - start)), gaps / max(1.0, count)


def variants(found: Findings, texts: Sequence[str]) -> None:
    """Measure the rates of one thread by model, mode and choice, and what is skipped by ``only_named``."""
    size = sum(map(len, texts))
    for name, (model, options) in VARIANTS.items():
        predictor = stance.load(model, threads=1)
        for actors, rates in ((None, found.variants), (NOBODY, found.skipped)):
            if actors and not options.get("only_named"):
                continue
            list(predictor.predict_many(texts[:2], actors=actors, **options))
            start = time.perf_counter()
            for _ in predictor.predict_many(texts, actors=actors, **options):
                pass
            rates[name] = size / (time.perf_counter() - start)
        log.info("%s: %.0f characters a second", name, found.variants[name])
    naming = [bool(doc.predictions) for doc in stance.predict_many(texts, mode="rules", only_named=True)]
    found.named = sum(naming) / len(naming)


def measure(found: Findings, texts: Sequence[str], rounds: int) -> None:
    """Let one process and Ray take turns."""
    import ray

    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    stance_ray._Reader = TimedReader  # type: ignore[misc]
    start = time.perf_counter()
    ray.init(num_cpus=max(2, os.cpu_count() or 2), include_dashboard=False, log_to_driver=False)
    found.initialised = time.perf_counter() - start
    ray.data.DataContext.get_current().enable_progress_bars = False
    logging.getLogger("ray.data").setLevel(logging.WARNING)
    try:
        for number in range(rounds):
            for count in (1, 2):
                rate, expected = alone(texts, count)
                found.alone.setdefault(count, []).append(rate)
                job = with_ray(texts, count)
                found.jobs.setdefault(count, []).append(job)
                found.different += sum(job.answers.get(place) != answer for place, answer in expected.items())
                log.info("round %d, %d: alone %.0f, Ray %.0f characters a second", number + 1, count, rate, job.rate)
    finally:
        ray.shutdown()


def main() -> None:
    """Measure and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=160)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--price", type=float, default=0.04, help="dollars for a core hour")
    parser.add_argument("--named", type=float, default=0.1, help="share of an archive that names an actor, 0 to 1")
    parser.add_argument("--output", type=Path, default=Path("docs"))
    options = parser.parse_args()
    if options.articles < 4 * BATCH or options.rounds < 1 or options.price < 0 or not 0 <= options.named <= 1:
        parser.error(f"--articles must be at least {4 * BATCH}, --rounds 1, --price 0, --named from 0 to 1")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    # Languages mixed, in an order that is always the same.
    paths = sorted(DATA.glob("??/*.txt"))
    random.Random(3).shuffle(paths)
    paths = paths[: options.articles]
    texts = [read(path).text for path in paths]
    found = Findings(machine(), len(texts), sum(map(len, texts)), len({path.parent for path in paths}))
    found.load = os.getloadavg()[0]
    variants(found, texts)
    measure(found, texts, options.rounds)
    options.output.mkdir(parents=True, exist_ok=True)
    page = scale_report.page(found, price=options.price, named=options.named)
    (options.output / "scale.md").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
