"""The service under load: ``python -m benchmarks.service [--minutes 30] [--output docs]``.

Starts ``stance serve`` in a process of its own and asks it over loopback, as other programs would: first as fast as it
answers (its capacity), then at 80 % of that for the minutes given, at twice of it for one minute, and at 60 % while a
worker is killed every ten seconds. Requests arrive at random times (a Poisson process), whether or not earlier ones are
answered, and their time counts from the moment at which they were due.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from benchmarks.service_report import Figures, Phase, page
from benchmarks.statements import load

log = logging.getLogger(__name__)

SHARE, OVERLOAD, GENTLE = 0.8, 2.0, 0.6
WARM_SECONDS, CAPACITY_SECONDS, CLIENTS = 10.0, 45.0, 8
OVERLOAD_SECONDS, KILL_SECONDS, BETWEEN_KILLS = 60.0, 40.0, 10.0
SAMPLE_SECONDS = 5.0
LIMIT_SECONDS = 60.0
# What callers ask for, and in which shares.
KINDS = {"article": 0.35, "quoted": 0.25, "statements": 0.30, "two articles": 0.10}
STATEMENTS = 6
NO_ANSWER = 0

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Request:
    """One request of the mix."""

    path: str
    body: Body


@dataclass(slots=True)
class Load:
    """What came of the requests of a phase: status and seconds of each, and megabytes of memory now and then."""

    answers: list[tuple[int, float]] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)
    seconds: float = 0.0
    last_sent: float = 0.0

    def phase(self) -> Phase:
        """Return its figures."""
        statuses = Counter(status for status, _ in self.answers)
        accepted = [seconds for status, seconds in self.answers if status == httpx.codes.OK]
        p50, p99 = np.percentile(accepted, [50, 99]) if accepted else (0.0, 0.0)
        head = self.memory[: max(1, len(self.memory) // 10)]
        tail = self.memory[-max(1, len(self.memory) // 10) :]
        growth = float(np.mean(tail) / np.mean(head) - 1) if head else 0.0
        return Phase(
            seconds=self.seconds,
            statuses=dict(sorted(statuses.items())),
            p50=float(p50),
            p99=float(p99),
            longest=max(accepted, default=0.0),
            growth=growth,
            memory=max(self.memory, default=0.0),
        )


class Mix:
    """Requests as callers send them, in an order that is always the same."""

    def __init__(self, folder: Path, *, seed: int = 3) -> None:
        articles = load(folder, "all", None)
        self._texts = [article.text for article in articles if 500 <= len(article.text) <= 4000]
        self._sentences = [part.strip() for text in self._texts for part in text.split("\n") if 40 < len(part) < 300]
        self._chance = random.Random(seed)

    def next(self) -> Request:
        """Return the next request."""
        chance = self._chance
        kind = chance.choices(list(KINDS), list(KINDS.values()))[0]
        if kind == "statements":
            return Request("/v1/classify", {"statements": chance.sample(self._sentences, STATEMENTS)})
        if kind == "two articles":
            return Request("/v1/predict", {"texts": chance.sample(self._texts, 2), "mode": "rules"})
        mode = "rules" if kind == "quoted" else "full"
        return Request("/v1/predict", {"text": chance.choice(self._texts), "mode": mode})

    def wait(self, rate: float) -> float:
        """Return the seconds to the next arrival at a mean of ``rate`` a second."""
        return self._chance.expovariate(rate)


class Server:
    """The service in a process of its own."""

    def __init__(self, options: Sequence[str]) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        program = "from stance.cli import main; main()"
        self.process = subprocess.Popen(
            [sys.executable, "-c", program, "serve", "--port", str(port), *options], stderr=subprocess.DEVNULL
        )

    def workers(self) -> list[int]:
        """Return the processes that compute."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text(encoding="ascii")
        return [int(number) for number in children.split()]

    def memory(self) -> float:
        """Return the megabytes of the service and its workers, shared pages counted once (PSS)."""
        total = 0
        for number in (self.process.pid, *self.workers()):
            lines = Path(f"/proc/{number}/smaps_rollup").read_text(encoding="ascii").splitlines()
            total += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        return total / 1e3


@contextmanager
def serving(options: Sequence[str]) -> Iterator[Server]:
    """Start the service, wait until it is ready, and stop it at the end."""
    server = Server(options)
    try:
        end = time.monotonic() + 60
        while True:
            with suppress(httpx.TransportError, KeyError):
                if httpx.get(f"{server.url}/ready").json()["workers"] == len(server.workers()):
                    break
            if server.process.poll() is not None or time.monotonic() > end:
                raise SystemExit("the service did not start")
            time.sleep(0.2)
        yield server
    finally:
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(90)


async def ask(client: httpx.AsyncClient, request: Request, due: float, load: Load) -> None:
    """Send a request and note its status and the seconds since it was due; 0 is the status of one without answer."""
    try:
        answer = await client.post(request.path, json=request.body)
        status = answer.status_code
    except httpx.TransportError:
        status = NO_ANSWER
    load.answers.append((status, time.monotonic() - due))


async def capacity(client: httpx.AsyncClient, mix: Mix, seconds: float) -> float:
    """Return how many requests a second are answered to callers who always wait for one."""
    load = Load()
    end = time.monotonic() + seconds

    async def caller() -> None:
        while time.monotonic() < end:
            await ask(client, mix.next(), time.monotonic(), load)

    start = time.monotonic()
    await asyncio.gather(*(caller() for _ in range(CLIENTS)))
    return sum(status == httpx.codes.OK for status, _ in load.answers) / (time.monotonic() - start)


async def steady(
    client: httpx.AsyncClient,
    mix: Mix,
    server: Server,
    *,
    rate: float,
    seconds: float,
    also: Callable[[], Awaitable[None]] | None = None,
) -> Load:
    """Send requests at a mean rate for some seconds and return what came of them."""
    load = Load()
    start = time.monotonic()
    end = start + seconds

    async def watch() -> None:
        while time.monotonic() < end:
            with suppress(OSError):  # a worker that was killed just now
                load.memory.append(server.memory())
            await asyncio.sleep(max(0.0, min(SAMPLE_SECONDS, end - time.monotonic())))

    beside = [asyncio.create_task(watch()), *([asyncio.create_task(also())] if also else [])]  # type: ignore[arg-type]
    waiting: set[asyncio.Task[None]] = set()
    due = start
    while (due := due + mix.wait(rate)) < end:
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        task = asyncio.create_task(ask(client, mix.next(), due, load))
        waiting.add(task)
        task.add_done_callback(waiting.discard)
    load.last_sent = time.monotonic()
    await asyncio.gather(*waiting, *beside)
    load.seconds = time.monotonic() - start
    return load


async def recovery(client: httpx.AsyncClient, mix: Mix, usual: float, *, start: float) -> float:
    """Return the seconds since ``start`` until a request that is answered in the usual time is sent."""
    while True:
        load = Load()
        await ask(client, mix.next(), time.monotonic(), load)
        status, seconds = load.answers[0]
        if status == httpx.codes.OK and seconds <= usual:
            return time.monotonic() - start - seconds
        await asyncio.sleep(0.05)


async def measure(server: Server, mix: Mix, minutes: float) -> Figures:
    """Return all figures of one server."""
    limits = httpx.Limits(max_connections=500, max_keepalive_connections=100)
    async with httpx.AsyncClient(base_url=server.url, timeout=LIMIT_SECONDS + 10, limits=limits) as client:
        await capacity(client, mix, WARM_SECONDS)
        most = await capacity(client, mix, CAPACITY_SECONDS)
        log.info("capacity: %.2f requests a second", most)
        usual = await steady(client, mix, server, rate=SHARE * most, seconds=60 * minutes)
        log.info("at %.0f %%: %s", 100 * SHARE, usual.phase())
        over = await steady(client, mix, server, rate=OVERLOAD * most, seconds=OVERLOAD_SECONDS)
        log.info("at %.0f %%: %s", 100 * OVERLOAD, over.phase())
        back = await recovery(client, mix, usual.phase().p99, start=over.last_sent)
        log.info("recovery: %.1f s", back)
        killed: list[int] = []

        async def kill() -> None:
            for _ in range(round(KILL_SECONDS / BETWEEN_KILLS) - 1):
                await asyncio.sleep(BETWEEN_KILLS)
                killed.append(server.workers()[0])
                os.kill(killed[-1], signal.SIGKILL)

        rough = await steady(client, mix, server, rate=GENTLE * most, seconds=KILL_SECONDS, also=kill)
        return Figures(most, usual.phase(), over.phase(), back, rough.phase(), len(killed), len(server.workers()))


def main() -> None:
    """Measure, print the page and write it where it was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=30.0, help="of the load at 80 %% of the capacity")
    parser.add_argument("--articles", type=Path, default=Path("data/articles"))
    parser.add_argument("--output", type=Path, help="folder for service.md")
    given = parser.parse_args()
    # What half an hour has measured is told at once.
    logging.basicConfig(format="%(asctime)s %(message)s")
    log.setLevel(logging.INFO)
    mix = Mix(given.articles)
    with serving([]) as server:
        figures = asyncio.run(measure(server, mix, given.minutes))
    text = page(figures)
    sys.stdout.write(text)
    if given.output is not None:
        (given.output / "service.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
