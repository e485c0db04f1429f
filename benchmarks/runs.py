"""Finished training runs side by side: ``python -m benchmarks.runs outputs/a outputs/b [--external ../shared/data]``.

Prints a Markdown table, a line a run: minutes, ``stance_f1`` on dev with its parts by label, actor and language, the
sentiment, the calibration error, and with ``--external`` the macro-F1 on the test parts of the target sets, which are
only reported on. Runs whose names differ in a last number (``a-1``, ``a-2``) are seeds of one: a line with their mean
and standard deviation follows.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.stance_quality import LABELS, SETS
from benchmarks.tables import table_lines
from stance.training.evaluation import MAIN_ACTORS

LANGUAGES = ("en", "it", "de", "es", "pt", "ru")
EXTERNAL = {
    "mtsc rw": SETS["newsmtsc"],
    "mtsc mt": SETS["newsmtsc_mt"],
    "ru": SETS["ru_grouped"],
    "gerntsa": SETS["gerntsa"],
}
Row = dict[str, float | None]


def measured(folder: Path) -> Row:
    """Return the figures of a run's report, in per cent but for the minutes; None for what it does not have."""
    path = folder / "metrics.json"
    if not path.is_file():
        sys.exit(f"{folder} is no finished run: it has no metrics.json")
    report: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    dev = report["dev"]
    seconds = report.get("train_seconds")
    row: Row = {"min": seconds / 60 if seconds else None, "dev": 100 * dev["stance_f1"]}
    row |= {label: 100 * dev[f"f1_{label}"] for label in LABELS}
    row |= {actor: _part(dev, "by_actor", actor) for actor in MAIN_ACTORS}
    row |= {language: _part(dev, "by_language", language) for language in LANGUAGES}
    row["sentiment"] = 100 * dev["sentiment_f1"] if "sentiment_f1" in dev else None
    error = report.get("calibration", {}).get("stance")
    row["ECE"] = 100 * error["after"] if error else None
    return row


def _part(dev: Mapping[str, Any], key: str, value: str) -> float | None:
    found = dev.get(key, {}).get(value)
    return 100 * found["stance_f1"] if found else None


def external(folder: Path, root: Path) -> Row:
    """Return the macro-F1 of a run on the test parts of the target sets that are there, in per cent."""
    from stance.encoding import StatementEncoder
    from stance.training.checkpoint import load_run
    from stance.training.config import SourceConfig, SourceFormat
    from stance.training.evaluation import predict, scores
    from stance.training.sources import load_source
    from stance.training.trainer import use_bf16

    run = load_run(folder)
    encoder = StatementEncoder(run.tokenizer)
    row: Row = {}
    for name, place in EXTERNAL.items():
        if not (root / place).is_file():
            row[name] = None
            continue
        config = SourceConfig(path=str(root / place), format=SourceFormat.TARGETS, origin=name, licence="to report on")
        records = load_source(name, config)
        outputs = predict(run.model, encoder, records, bf16=use_bf16("auto"))
        # These sets know three labels: the most probable of them is the answer.
        outputs.stance[:, LABELS.index("unrelated")] = -np.inf
        found = scores(outputs, records)
        row[name] = 100 * float(np.mean([found[f"f1_{label}"] for label in LABELS[:3]]))
    return row


def table(rows: Mapping[str, Row]) -> str:
    """Return the rows as a Markdown table, with a line of mean and standard deviation after runs of several seeds."""
    columns = list(dict.fromkeys(key for row in rows.values() for key in row))
    lines = table_lines(["run", *columns])
    lines += [f"| {name} | {' | '.join(_shown(row.get(column)) for column in columns)} |" for name, row in rows.items()]
    groups: dict[str, list[Row]] = {}
    for name, row in rows.items():
        groups.setdefault(re.sub(r"-\d+$", "", name), []).append(row)
    for name, members in groups.items():
        if len(members) > 1:
            cells = [_spread([row.get(column) for row in members]) for column in columns]
            lines.append(f"| {name}, mean ± sd of {len(members)} seeds | {' | '.join(cells)} |")
    return "\n".join(lines)


def _shown(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"


def _spread(values: Sequence[float | None]) -> str:
    known = [value for value in values if value is not None]
    return f"{np.mean(known):.1f} ± {np.std(known, ddof=1):.1f}" if len(known) == len(values) else "–"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="+", type=Path, help="folders of finished runs; name-1, name-2 are seeds of one")
    parser.add_argument("--external", type=Path, default=None, help="the folder with the target sets")
    arguments = parser.parse_args()
    rows = {}
    for folder in arguments.runs:
        rows[folder.name] = measured(folder) | (external(folder, arguments.external) if arguments.external else {})
    sys.stdout.write(table(rows) + "\n")


if __name__ == "__main__":
    main()
