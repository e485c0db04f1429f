"""What must be measured in a process of its own: ``python -m benchmarks.speed_process WHAT ...`` prints JSON.

``import`` and ``load`` tell seconds, ``articles`` and ``many`` the memory of predicting, ``system`` that of a system of
:mod:`benchmarks.speed_systems`. Nothing but the library is imported before it is asked for.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

CHUNK, WARM = 200, 2000
Figures = dict[str, float]


def memory() -> Figures:
    """Return the megabytes of this process, now and at most."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    fields = dict(line.split(":", 1) for line in lines)
    return {name: int(fields[key].split()[0]) / 1e3 for name, key in (("now", "VmRSS"), ("peak", "VmHWM"))}


def statements(folder: Path) -> list[str]:
    """Return the project's own statements, every language mixed, in an order that is always the same."""
    found = []
    for path in sorted(folder.glob("*.jsonl")):
        found += [json.loads(line)["text"] for line in path.read_text(encoding="utf-8").splitlines()]
    random.Random(5).shuffle(found)
    return found


def mixed(texts: list[str], count: int) -> Iterator[list[str]]:
    """Yield statements of very different lengths in parts, no two alike."""
    chance = random.Random(11)
    for start in range(0, count, CHUNK):
        part = []
        for number in range(start, min(start + CHUNK, count)):
            pieces = chance.sample(texts, chance.choice((1, 1, 1, 2, 2, 3, 5)))
            part.append(f"{' '.join(pieces)} {number}")
        yield part


def importing() -> Figures:
    """Return the seconds of ``import stance``."""
    start = time.perf_counter()
    import stance  # noqa: F401

    return {"seconds": time.perf_counter() - start}


def loading() -> Figures:
    """Return the seconds of ``stance.load()``, which imports what ``import stance`` left, and those to an answer."""
    import stance

    start = time.perf_counter()
    predictor = stance.load()
    loaded = time.perf_counter()
    predictor.classify(["We will not forget what Moscow did."])
    return {"seconds": loaded - start, "answer": time.perf_counter() - start, **memory()}


def articles() -> Figures:
    """Return the memory of reading articles whole, a JSON list of texts, statements found by the tagger."""
    import stance

    texts = json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))
    documents = sum(1 for _ in stance.predict_many(texts))
    return {"documents": documents, **memory()}


def many() -> Figures:
    """Return the memory after the first statements and after all, which are of mixed length."""
    import stance

    count = int(sys.argv[2])
    texts, predictor = statements(Path("data/quotes")), stance.load()
    warm: Figures = {}
    for done, part in enumerate(mixed(texts, count), 1):
        predictor.classify(part)
        if not warm and done * CHUNK >= min(WARM, count):
            warm = {"warm": memory()["now"], "warm_after": min(done * CHUNK, count)}
    return {**warm, "statements": count, **memory()}


def system() -> Figures:
    """Return the memory of one of the systems that ours is held against, by its place in their list."""
    import torch

    from benchmarks import speed_systems

    place, threads = int(sys.argv[2]), int(sys.argv[3])
    torch.set_num_threads(threads)
    system = speed_systems.OTHERS[place].make(speed_systems.counter(), 4)(1)
    system.run(statements(Path("data/quotes"))[:8])
    return memory()


WAYS: dict[str, Callable[[], Figures]] = {
    "import": importing,
    "load": loading,
    "articles": articles,
    "many": many,
    "system": system,
}

if __name__ == "__main__":
    sys.stdout.write(json.dumps(WAYS[sys.argv[1]]()))
