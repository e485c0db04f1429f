"""How fast the package's models are, against what, and how cost grows: ``python -m benchmarks.speed [--output docs]``.

Everything runs in one go on the same statements, taking turns, so the ratios hold whatever else the machine does;
times and sizes stand beside the processor's name. Writes ``speed.md`` and its figures.
"""

from __future__ import annotations

import argparse
import json
import logging
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch

import stance
from benchmarks import arithmetic, speed_systems
from benchmarks.speed_findings import FAST, PAIRS, Findings, Timed
from benchmarks.speed_process import statements
from benchmarks.speed_report import write
from benchmarks.speed_systems import ACTORS, Ours, System
from export.report import machine
from stance import runtime
from stance.encoding import StatementEncoder
from stance.folder import ModelFolder
from stance.runtime import Runtime, RuntimeOptions, available_processors
from stance.training.articles import read

log = logging.getLogger(__name__)

DATA = Path("data")

BATCHES = (1, 4, 8, 16, 32)
LENGTHS = (16, 32, 64, 128, 256, 500)
COUNTS = (0, 1, 2, 4, 8, 16)
SLOW = 0.2
THREAD_TEXTS, THREAD_ROUNDS = 96, 15


def compare(systems: Sequence[System], texts: Sequence[str], *, rounds: int) -> dict[str, Timed]:
    """Let the systems take turns at the same statements: all of them at once, and one by one.

    A system that takes longer than a fifth of a second for a statement reads them one by one in the first round alone.
    """
    together: dict[str, list[float]] = {system.name: [] for system in systems}
    alone: dict[str, list[float]] = {system.name: [] for system in systems}
    for system in systems:
        system.run(texts[:2])
    for number in range(rounds):
        for system in systems:
            together[system.name].append(_seconds(system.run, texts) / len(texts))
        for text in texts:
            for system in systems:
                if not number or together[system.name][0] < SLOW:
                    alone[system.name].append(_seconds(system.run, [text]))
        log.info("round %d of %d", number + 1, rounds)
    return {
        system.name: Timed(system.name, tuple(together[system.name]), tuple(alone[system.name]), system.bytes)
        for system in systems
    }


def _seconds(run: Callable[..., object], *given: object) -> float:
    start = time.perf_counter()
    run(*given)
    return time.perf_counter() - start


def best_batch(make: Callable[[int], System], texts: Sequence[str], sizes: Sequence[int]) -> System:
    """Return the system with the batch size that is fastest."""
    tried = {size: make(size) for size in sizes}
    times = {}
    for size, system in tried.items():
        system.run(texts[:2])
        times[size] = _seconds(system.run, texts)
    return tried[min(times, key=times.__getitem__)]


def against_others(found: Findings, exact: Path, texts: Sequence[str], rounds: int) -> None:
    """Time ours with 1 to 16 actors, pair by pair, on one thread, in torch, and what others would pick."""
    torch.set_num_threads(found.threads)
    int8 = Ours(None, precision="int8", threads=found.threads)
    fp32 = Ours(exact, precision="fp32", threads=found.threads)
    systems = [
        ours.system(f"{name}, {count} actor{'s' * (count > 1)}", count)
        for name, ours in (("int8", int8), ("fp32", fp32))
        for count in (1, 4, 8, 16)
    ]
    systems.append(int8.pair_by_pair(PAIRS, 4))
    systems.append(Ours("fast", precision="int8", threads=found.threads).system(FAST, 4))
    model, encoder = speed_systems.random_model(ModelFolder.open())

    def in_torch(size: int) -> System:
        return speed_systems.in_torch(model, encoder, actors=4, batch=size)

    systems.append(best_batch(in_torch, texts, BATCHES))
    count = speed_systems.counter()
    systems += [best_batch(other.make(count, 4), texts[:8], (1, 4, 8)) for other in speed_systems.OTHERS]
    found.systems = compare(systems, texts, rounds=rounds)


def calls(*, options: RuntimeOptions | None = None) -> Callable[[int, int], Callable[[], object]]:
    """Return what makes a call of the int8 file on so many tokens of text and actors."""
    folder = ModelFolder.open()
    encoder = StatementEncoder.from_file(folder.tokenizer, lengths=folder.lengths)
    runtime = Runtime(folder.model("int8"), options=options or RuntimeOptions(threads=1))
    words = encoder.ids("the minister said that troops of the alliance stand guard") * 60

    def make(tokens: int, actors: int) -> Callable[[], object]:
        ids = [encoder.start_id, *words[: tokens - 2], encoder.end_id]
        for name in ACTORS[:actors]:
            ids += [encoder.actor_id, *encoder.ids(name), encoder.end_id]
        window = np.array(ids, np.int64)
        return lambda: runtime.run([window])

    return make


def medians(runs: Mapping[Any, Callable[[], object]], *, rounds: int = 40) -> dict[Any, float]:
    """Return the median seconds of each of the calls, which take turns."""
    times: dict[Any, list[float]] = {key: [] for key in runs}
    for run in runs.values():
        run()
    for _ in range(rounds):
        for key, run in runs.items():
            times[key].append(_seconds(run))
    return {key: statistics.median(values) for key, values in times.items()}


def growth(found: Findings) -> None:
    """Time single calls by length and by actors on one thread, and what the options of the runtime change."""
    make = calls()
    plain = medians({tokens: make(tokens, 0) for tokens in LENGTHS})
    asked = medians({tokens: make(tokens, 4) for tokens in LENGTHS})
    found.length = {tokens: (plain[tokens], asked[tokens]) for tokens in LENGTHS}
    found.actors = medians({count: make(64, count) for count in COUNTS})
    found.call = medians({"call": make(64, 0)}, rounds=150)["call"]
    variants: dict[str, RuntimeOptions] = {
        "one thread": RuntimeOptions(threads=1),
        "one thread, without arena": RuntimeOptions(threads=1, memory_arena=False),
        f"{found.threads} threads a statement": RuntimeOptions(threads=1, threads_per_statement=found.threads),
        f"{found.threads} threads a statement, spinning": RuntimeOptions(
            threads=1, threads_per_statement=found.threads, spinning=True
        ),
    }
    makers = {name: calls(options=options) for name, options in variants.items()}
    short, long = (medians({name: one(tokens, 4) for name, one in makers.items()}) for tokens in (64, 256))
    found.options = {name: (short[name], long[name]) for name in variants}


def by_threads(found: Findings, texts: Sequence[str]) -> None:
    """Time many statements on one thread and on more; before anything else runs threads of its own in this process."""
    numbers = [number for number in (1, 2, 4, 8, 16, 32) if number <= found.threads] or [1]
    predictors = {number: stance.load(threads=number) for number in numbers}
    asked = list(ACTORS[:4])
    for predictor in predictors.values():
        predictor.classify(texts[:4], actors=asked)
    found.by_threads = {number: [] for number in numbers}
    for _ in range(THREAD_ROUNDS):
        for number, predictor in predictors.items():
            start = time.perf_counter()
            predictor.classify(texts, actors=asked)
            found.by_threads[number].append((time.perf_counter() - start) / len(texts))


def whole_articles(found: Findings, texts: Sequence[str]) -> None:
    """Time documents by their number, in both ways to find statements, and see where the time goes."""
    predictor = stance.load(threads=found.threads)
    read_all(predictor, texts[:2], "full")
    for count in (5, 10, 20, 40):
        some = texts[:count]
        size = sum(map(len, some)) / 1000
        times = [min(_seconds(read_all, predictor, some, mode) for _ in range(2)) for mode in ("full", "rules")]
        found.articles[count] = (times[0] / size, times[1] / size)
    single, some = stance.load(threads=1), texts[:20]
    extracted = [single.extract(text) for text in some]
    asked = list(ACTORS[:4])

    def by(mode: str) -> None:
        for text in some:
            single.extract(text, mode=mode)

    def stances() -> None:
        for group in extracted:
            single.classify(group, actors=asked)

    parts = {
        "finding statements by rules": _seconds(by, "rules"),
        "finding them by rules and tagger": _seconds(by, "full"),
    }
    with in_the_model() as seconds:
        parts["stance of the statements"] = _seconds(stances)
    parts["of that in the model"] = sum(seconds)
    found.shares = {name: value / len(some) for name, value in parts.items()}
    found.shares["statements an article"] = sum(map(len, extracted)) / len(some)


@contextmanager
def in_the_model() -> Iterator[list[float]]:
    """Give a list that fills with the seconds of every call of the model for stance."""
    seconds: list[float] = []
    real = runtime._call

    def timed(session: Any, window: Any) -> Any:
        start = time.perf_counter()
        try:
            return real(session, window)
        finally:
            seconds.append(time.perf_counter() - start)

    runtime._call = timed
    try:
        yield seconds
    finally:
        runtime._call = real


def read_all(predictor: stance.Predictor, texts: Sequence[str], mode: str) -> None:
    """Read articles in one call, to the end."""
    for _ in predictor.predict_many(texts, mode=mode):
        pass


def process(*arguments: str) -> dict[str, float]:
    """Return what a process of its own printed of itself."""
    command = [sys.executable, "-m", "benchmarks.speed_process", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(arguments)} failed:\n{done.stderr}")
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def processes(found: Findings, texts: Sequence[str], count: int, scratch: Path) -> None:
    """Measure what a fresh process tells: import, load, memory."""
    for name in ("import", "load"):
        runs = [process(name) for _ in range(7)]
        found.processes[name] = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
    (scratch / "articles.json").write_text(json.dumps(texts[:40]), encoding="utf-8")
    found.processes["articles"] = process("articles", str(scratch / "articles.json"))
    found.processes["many"] = process("many", str(count))
    for place, other in enumerate(speed_systems.OTHERS):
        found.processes[other.name] = process("system", str(place), str(found.threads))


def main() -> None:
    """Measure everything and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=24, help="statements that every system answers in a round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--many", type=int, default=20_000, help="statements that memory is watched over")
    parser.add_argument("--output", type=Path, default=Path("docs"))
    options = parser.parse_args()
    if min(options.count, options.rounds, options.many) < 1:
        parser.error("--count, --rounds and --many must be at least 1")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    texts = statements(DATA / "quotes")[: options.count]
    # Languages mixed, in an order that is always the same.
    paths = sorted((DATA / "articles").glob("??/*.txt"))
    random.Random(3).shuffle(paths)
    articles = [read(path).text for path in paths[:40]]
    count = speed_systems.counter()
    found = Findings(available_processors(), machine(), len(texts), statistics.mean(count(text) for text in texts))
    found.arithmetic = arithmetic.limits()
    with tempfile.TemporaryDirectory() as scratch:
        by_threads(found, statements(DATA / "quotes")[:THREAD_TEXTS])
        exact = speed_systems.with_float32(ModelFolder.open(), Path(scratch))
        against_others(found, exact, texts, options.rounds)
        growth(found)
        whole_articles(found, articles)
        processes(found, articles, options.many, Path(scratch))
    write(found, options.output)


if __name__ == "__main__":
    main()
