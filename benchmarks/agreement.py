"""How far readers of labels agree: ``python -m benchmarks.agreement [--readings data/readings/second.jsonl]``.

Prints Cohen's kappa of the first and the second reading, and how a third reader decided where they differ.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sklearn.metrics import cohen_kappa_score

from stance.actors import DEFAULT_ACTORS
from stance.types import StanceLabel

EITHER = "either"


@dataclass(frozen=True, slots=True)
class Reading:
    """One label given twice, and by a third reader where the two differ (None where there was no third)."""

    group: str
    language: str
    actor: str | None
    first: str
    second: str
    third: str | None


def readings(records: Iterable[Mapping[str, Any]]) -> list[Reading]:
    """Return a reading for each pair of a statement and an actor, and one (without an actor) for its sentiment."""
    found = []
    for record in records:
        first, second, third = (record.get(name) or {} for name in ("first", "second", "third"))
        place = _group(record["file"]), record["lang"]
        for actor, label in first["stance"].items():
            if actor in second["stance"]:
                decided = third.get("stance", {}).get(actor)
                found.append(Reading(*place, actor, label, second["stance"][actor], decided))
        found.append(Reading(*place, None, first["sentiment"], second["sentiment"], None))
    return found


def _group(file: str) -> str:
    folder, name = file.split("/")
    kind = Path(name).stem.partition("-")[2]
    return folder if folder == "labels" or not kind else f"{folder}, {kind}"


def row(name: str, chosen: Sequence[Reading]) -> str:
    """Return a line of the table: kappa, the share of equal labels, their number."""
    first, second = [one.first for one in chosen], [one.second for one in chosen]
    equal = sum(one.first == one.second for one in chosen) / len(chosen)
    # Kappa is undefined where only one label was ever given.
    kappa = f"{cohen_kappa_score(first, second):.3f}" if len({*first, *second}) > 1 else "–"
    return f"| {name} | {kappa} | {equal:.1%} | {len(chosen)} |"


def report(found: Sequence[Reading]) -> str:
    """Return the tables as Markdown."""
    stances = [one for one in found if one.actor]
    related = [one for one in stances if StanceLabel.UNRELATED not in (one.first, one.second)]
    rows = [
        row("stance, all pairs", stances),
        row("stance, pairs that both call related", related),
        row("stance, the four main actors", [one for one in stances if one.actor in DEFAULT_ACTORS]),
        row("sentiment", [one for one in found if not one.actor]),
    ]
    keys: tuple[Callable[[Reading], str], ...] = (lambda one: one.group, lambda one: one.language)
    for key in keys:
        rows += [
            row(f"stance, {value}", [o for o in stances if key(o) == value]) for value in sorted(set(map(key, stances)))
        ]
    differ = [one for one in stances if one.first != one.second]
    decided = Counter(
        {one.first: "the first", one.second: "the second", EITHER: "either", None: "nobody"}.get(one.third, "another")
        for one in differ
    )
    kinds = Counter(" / ".join(sorted((one.first, one.second))) for one in differ)
    return "\n".join(
        [
            "| labels | kappa | equal | pairs |",
            "| --- | --- | --- | --- |",
            *rows,
            "",
            f"{len(differ)} stances differ: "
            + ", ".join(f"{name} {count}" for name, count in kinds.most_common())
            + ".",
            "A third reader took " + ", ".join(f"{name} {count} times" for name, count in decided.most_common()) + ".",
        ]
    )


def main() -> None:
    """Print the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--readings", type=Path, default=Path("data/readings/second.jsonl"), help="what was read twice")
    path = parser.parse_args().readings
    if not path.is_file():
        sys.exit(f"there is no file {path}; give one with --readings")
    with path.open(encoding="utf-8") as lines:
        sys.stdout.write(report(readings(map(json.loads, lines))) + "\n")


if __name__ == "__main__":
    main()
