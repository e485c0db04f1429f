"""The table of training runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="the extra 'train' is not installed")

from benchmarks.runs import measured, table


def run(folder: Path, score: float) -> Path:
    folder.mkdir()
    dev = {"stance_f1": score, "by_actor": {"NATO": {"stance_f1": 0.5}}, "by_language": {}, "sentiment_f1": 0.7}
    dev |= {f"f1_{label}": score for label in ("against", "favor", "neutral", "unrelated")}
    report = {"dev": dev, "train_seconds": 120.0, "calibration": {"stance": {"after": 0.03}}}
    (folder / "metrics.json").write_text(json.dumps(report), encoding="utf-8")
    return folder


def test_runs_of_several_seeds_get_their_mean_and_deviation(tmp_path):
    rows = {name: measured(run(tmp_path / name, score)) for name, score in (("a-1", 0.6), ("a-2", 0.62), ("b", 0.5))}
    lines = table(rows).splitlines()
    assert lines[0].startswith("| run | min | dev | against |")
    assert lines[2].startswith("| a-1 | 2.0 | 60.0 | 60.0 |")
    assert lines[-1].startswith("| a, mean ± sd of 2 seeds | 2.0 ± 0.0 | 61.0 ± 1.4 |")
    assert "| 3.0 |" in lines[2]
    assert sum("mean ± sd" in line for line in lines) == 1


def test_a_folder_that_is_no_run_is_named(tmp_path):
    with pytest.raises(SystemExit, match="no finished run"):
        measured(tmp_path)
