"""Put what the benchmarks measured into the model's card: ``python -m benchmarks.card [--model FOLDER] [--docs docs]``.

Takes the scores of ``docs/quality.md``, which ``benchmarks.quality`` writes, and the table of ``docs/behaviour.md``,
which is what ``benchmarks.behaviour`` prints (``> docs/behaviour.md``), and puts them between the marks that
``python -m export`` leaves in the folder's ``README.md``, in place of older ones.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from export.card import MEASURED_BEGIN, MEASURED_END

FIGURES = ("quality.md", "behaviour.md")
QUALITY_PARTS = ("Ours and simpler ones", "Real statements by label, actor and language")
BEHAVIOUR_PARTS = ("Written cases, right in %", "Changes to dev, held in %")


def section(markdown: str, title: str) -> str:
    """Return the text under a second-level heading; exits with a message where there is none."""
    mark = f"## {title}\n"
    if mark not in markdown:
        sys.exit(f"there is no section {title!r}: was the file written by the benchmark?")
    return markdown.split(mark, 1)[1].split("\n## ", 1)[0].strip()


def table(markdown: str) -> str:
    """Return the first table of a text."""
    lines = markdown.splitlines()
    start = next((place for place, line in enumerate(lines) if line.startswith("|")), None)
    if start is None:
        sys.exit("a section without a table: was the file written by the benchmark?")
    rows = []
    for line in lines[start:]:
        if not line.startswith("|"):
            break
        rows.append(line)
    return "\n".join(rows)


def measured(quality: str, behaviour: str) -> str:
    """Return the card's part on what was measured, as Markdown."""
    tables = [f"### {title}\n\n{table(section(quality, title))}" for title in QUALITY_PARTS]
    return "\n\n".join(
        [
            "## Measured on real text",
            "The int8 file through `stance.load().classify`; `python -m benchmarks.quality` measured the scores. Dev "
            "chose the model and fitted its calibration, so its figures flatter a little. Intervals come from a "
            "bootstrap over statements.",
            *tables,
            "## Behaviour",
            "`python -m benchmarks.behaviour` printed how often, in per cent, the model does what a reader would; in "
            "brackets the cases. What is far under 100 here it does not understand.",
            *(f"### {title}\n\n{table(section(behaviour, title))}" for title in BEHAVIOUR_PARTS),
        ]
    )


def fill(card: str, content: str) -> str:
    """Return the card with the content between its marks; exits with a message where it has none."""
    if MEASURED_BEGIN not in card or MEASURED_END not in card:
        sys.exit("the card has no marks for what was measured: export the model again")
    before, rest = card.split(MEASURED_BEGIN, 1)
    return f"{before}{MEASURED_BEGIN}\n\n{content}\n\n{MEASURED_END}{rest.split(MEASURED_END, 1)[1]}"


def main() -> None:
    """Fill the card."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=Path("stance/models/default"), help="the model folder")
    parser.add_argument("--docs", type=Path, default=Path("docs"), help="where the benchmarks wrote their figures")
    arguments = parser.parse_args()
    card = arguments.model / "README.md"
    missing = [path for path in (card, *(arguments.docs / name for name in FIGURES)) if not path.is_file()]
    if missing:
        sys.exit(f"there is no file {missing[0]}; run the benchmarks first, or name its folder")
    texts = [(arguments.docs / name).read_text(encoding="utf-8") for name in FIGURES]
    card.write_text(fill(card.read_text(encoding="utf-8"), measured(*texts)), encoding="utf-8")


if __name__ == "__main__":
    main()
