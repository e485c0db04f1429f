"""How fast it is, against what, and how cost grows: ``python -m benchmarks.speed [--model FOLDER] [--output docs]``.

Everything runs in one go on the same statements, taking turns, so the ratios hold whatever else the machine does;
times and sizes stand beside the processor's name. Writes ``speed.md`` and its figures.
"""

from __future__ import annotations

import argparse
import json
import logging
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

import stance
from benchmarks import arithmetic, speed_systems
from benchmarks.speed_findings import ONE_THREAD, PAIRS, Findings, Timed
from benchmarks.speed_process import statements
from benchmarks.speed_report import write
from benchmarks.speed_systems import ACTORS, Ours, System
from export.report import machine
from stance.encoding import StatementEncoder
from stance.folder import ModelFolder
from stance.runtime import Runtime, RuntimeOptions, available_processors
from stance.training.articles import read

log = logging.getLogger(__name__)

BATCHES = (1, 4, 8, 16, 32)
LENGTHS = (16, 32, 64, 128, 256, 500)
COUNTS = (0, 1, 2, 4, 8, 16)
SLOW = 0.2


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


def best_batch(make: Callable[[int], System], texts: Sequence[str]) -> System:
    """Return the system with the batch size that is fastest, of two tries each."""
    tried = {size: make(size) for size in BATCHES}
    times = {}
    for size, system in tried.items():
        system.run(texts[:2])
        times[size] = min(_seconds(system.run, texts) for _ in range(2))
    return tried[min(times, key=times.__getitem__)]


def against_others(found: Findings, model: Path | None, exact: Path, texts: Sequence[str], rounds: int) -> None:
    """Time ours with 1 to 16 actors, pair by pair, on one thread, in torch, and what others would pick."""
    torch.set_num_threads(found.threads)
    int8 = Ours(model, precision="int8", threads=found.threads)
    fp32 = Ours(exact, precision="fp32", threads=found.threads)
    systems = [
        ours.system(f"{name}, {count} actor{'s' * (count > 1)}", count)
        for name, ours in (("int8", int8), ("fp32", fp32))
        for count in (1, 4, 8, 16)
    ]
    systems.append(Ours(model, precision="int8", threads=1).system(ONE_THREAD, 4))
    systems.append(int8.pair_by_pair(PAIRS, 4))

    def torch_of(size: int) -> System:
        return speed_systems.in_torch(model, f"torch fp32, batches of {size}, 4 actors", actors=4, batch=size)

    systems.append(best_batch(torch_of, texts))
    systems += speed_systems.others(speed_systems.counter(model), actors=4)
    found.systems = compare(systems, texts, rounds=rounds)


def calls(model: Path | None, *, options: RuntimeOptions | None = None) -> Callable[[int, int], Callable[[], object]]:
    """Return what makes a call of the int8 file on so many tokens of text and actors."""
    folder = ModelFolder.open(model)
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


def growth(found: Findings, model: Path | None) -> None:
    """Time single calls by length and by actors on one thread, and what the options of the runtime change."""
    make = calls(model)
    plain = medians({tokens: make(tokens, 0) for tokens in LENGTHS})
    asked = medians({tokens: make(tokens, 4) for tokens in LENGTHS})
    found.length = {tokens: (plain[tokens], asked[tokens]) for tokens in LENGTHS}
    found.actors = medians({count: make(64, count) for count in COUNTS})
    found.call = medians({"call": make(64, 0)}, rounds=150)["call"]
    variants: dict[str, RuntimeOptions] = {
        "default": RuntimeOptions(threads=1),
        "without arena": RuntimeOptions(threads=1, memory_arena=False),
        f"{found.threads} threads a statement": RuntimeOptions(threads=1, threads_per_statement=found.threads),
        f"{found.threads} threads a statement, spinning": RuntimeOptions(
            threads=1, threads_per_statement=found.threads, spinning=True
        ),
    }
    makers = {name: calls(model, options=options) for name, options in variants.items()}
    short, long = (medians({name: one(tokens, 4) for name, one in makers.items()}) for tokens in (64, 256))
    found.options = {name: (short[name], long[name]) for name in variants}


def whole_articles(found: Findings, model: Path | None, folder: Path) -> None:
    """Time documents by their number, in both ways to find statements, and see where the time goes."""
    predictor = stance.load(model, threads=found.threads)
    texts = [read(path).text for path in sorted(folder.glob("??/*.txt"))[::3]]
    for count in (5, 10, 20, 40):
        some = (texts * (1 + count // len(texts)))[:count]
        times = [min(_seconds(read_all, predictor, some, mode) for _ in range(2)) for mode in ("full", "rules")]
        found.articles[count] = (times[0] / count, times[1] / count)
    single = stance.load(model, threads=1)
    some = texts[:20]
    for text in some[:2]:
        single.predict(text)
    extracted = [single.extract(text) for text in some]
    asked = list(ACTORS[:4])
    parts = {
        "finding statements by rules": _seconds(lambda: [single.extract(text, mode="rules") for text in some]),
        "finding statements by rules and tagger": _seconds(lambda: [single.extract(text) for text in some]),
        "stance of the statements": _seconds(lambda: [single.classify(found, actors=asked) for found in extracted]),
    }
    windows = [
        single._encoder.encode(one.text, asked, speaker=one.speaker, context=one.context).windows[0].input_ids
        for group in extracted
        for one in group
    ]
    parts["of that, the model"] = _seconds(lambda: [single._runtime.run([window]) for window in windows])
    found.shares = {name: seconds / len(some) for name, seconds in parts.items()}
    found.shares["statements an article"] = len(windows) / len(some)


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


def processes(found: Findings, count: int) -> None:
    """Measure what a fresh process tells: import, load, memory."""
    for name in ("import", "load"):
        runs = [process(name) for _ in range(7)]
        found.processes[name] = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
    found.processes["articles"] = process("articles")
    found.processes["many"] = process("many", str(count))
    names = list(found.systems)[-len(speed_systems.OTHERS) :]
    for place, name in enumerate(names):
        found.processes[name] = process("system", str(place), str(found.threads))


def main() -> None:
    """Measure everything and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=None, help="a model folder; the package's own by default")
    parser.add_argument("--data", type=Path, default=Path("data"), help="the project's statements and articles")
    parser.add_argument("--count", type=int, default=24, help="statements that every system answers in a round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--many", type=int, default=20_000, help="statements that memory is watched over")
    parser.add_argument("--output", type=Path, default=Path("docs"))
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    texts = statements(options.data / "quotes")[: options.count]
    count = speed_systems.counter(options.model)
    found = Findings(available_processors(), machine(), len(texts), statistics.mean(count(text) for text in texts))
    found.arithmetic = arithmetic.limits()
    with tempfile.TemporaryDirectory() as scratch:
        exact = speed_systems.with_float32(ModelFolder.open(options.model), Path(scratch))
        against_others(found, options.model, exact, texts, options.rounds)
        growth(found, options.model)
        whole_articles(found, options.model, options.data / "articles")
        processes(found, options.many)
    write(found, options.output)


if __name__ == "__main__":
    main()
