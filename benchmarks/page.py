"""A long article on the page: ``python -m benchmarks.page [--kilobytes 300]``; needs Chromium.

Starts ``stance serve``, pastes an article of that size into the page in a real browser and tells the seconds until
there is progress to look at, until the first statement is marked, until all
quotations about the actors are, and until the end.
The article is made of the project's English news reports, one after the other, as often as it takes.
"""

from __future__ import annotations

import argparse
import itertools
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import stance
from benchmarks.service import serving
from benchmarks.tables import table_lines
from stance.training.articles import read

_SWITCHES = "no-sandbox disable-gpu disable-quic no-first-run disable-background-networking disable-component-update"
FLAGS = [f"--{switch}" for switch in [*_SWITCHES.split(), "disable-sync"]]
SECOND_PASS = "now everything"
DOING = "document.querySelector('#doing').textContent"


def article(folder: Path, size: int) -> str:
    """Return a text of about ``size`` bytes of UTF-8."""
    parts: list[str] = []
    length = 0
    texts = [read(path).text for path in sorted((folder / "en").glob("*.txt"))]
    # A mark that is never closed takes the articles behind it along, which no single article can do.
    whole = [text for text in texts if _is_closed(text)]
    for text in itertools.cycle(whole):
        parts.append(text.strip())
        length += len(parts[-1].encode()) + 2
        if length >= size:
            return "\n\n".join(parts)
    raise SystemExit(f"there are no articles in {folder}")


def _is_closed(text: str) -> bool:
    """Tell whether a text leaves no quotation open: read twice over it has each of its statements twice."""
    once, twice = (stance.extract("\n\n".join([text] * times), mode="rules") for times in (1, 2))
    return [one.text for one in twice] == [one.text for one in once] * 2


def watch(page: Any) -> Iterator[tuple[str, float]]:
    """Yield what happens on the page and after how many seconds."""
    start = time.monotonic()
    page.click("#run")
    for name, condition in {
        "progress to look at": "() => !document.querySelector('#progress').hidden",
        "first statement marked": "() => document.querySelector('#article mark:not(.pending)')",
        "all quotations about the actors marked": f"() => {DOING}.includes('{SECOND_PASS}')",
        "quoted and reported statements, the end": "() => document.querySelector('#progress').hidden",
    }.items():
        page.wait_for_function(condition, timeout=300_000)
        yield name, time.monotonic() - start


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kilobytes", type=int, default=300)
    parser.add_argument("--articles", type=Path, default=Path("data/articles"))
    given = parser.parse_args()
    chromium = shutil.which("chromium")
    if chromium is None:
        raise SystemExit("there is no chromium; install it, on Debian with: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    text = article(given.articles, given.kilobytes * 1000)
    with serving([]) as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        page = browser.new_page()
        page.goto(server.url)
        page.fill("#text", text)
        rows = [[name, f"{seconds:.1f}"] for name, seconds in watch(page)]
        summary = page.text_content("#summary") or ""
        browser.close()
    head = [f"{len(text.encode()) / 1000:.0f} kB, {summary.strip()}", "seconds"]
    sys.stdout.write("\n".join(table_lines(head, rows)) + "\n")


if __name__ == "__main__":
    main()
