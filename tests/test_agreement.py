"""Agreement of readers: what is counted, and that the readings in the repository are well-formed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("sklearn", reason="the extra 'train' is not installed")

from benchmarks.agreement import readings, report

FILE = Path(__file__).parents[1] / "data" / "readings" / "second.jsonl"


def record(first: dict, second: dict, third: dict | None = None, *, file: str = "quotes/en-press.jsonl") -> dict:
    tones = {"sentiment": "neutral"}
    return {
        "id": "1", "file": file, "lang": "en", "first": {"stance": first} | tones, "second": {"stance": second} | tones,
        "third": {"stance": third or {}},
    }  # fmt: skip


def test_pairs_and_sentiments_are_counted_and_differences_told():
    rows = [
        record({"NATO": "favor", "Iran": "neutral"}, {"NATO": "neutral", "Iran": "neutral"}, {"NATO": "neutral"}),
        record({"NATO": "against"}, {"NATO": "against"}, file="labels/europarl_it.jsonl"),
        record({"NATO": "unrelated"}, {"NATO": "unrelated"}, file="quotes/en.jsonl"),
    ]
    found = readings(rows)
    assert [one.group for one in found if one.actor] == ["quotes, press", "quotes, press", "labels", "quotes"]
    told = report(found)
    assert "| 75.0% | 4 |" in told.splitlines()[2]
    assert "| 66.7% | 3 |" in told.splitlines()[3]
    assert "1 stances differ: favor / neutral 1." in told
    assert "took the second 1 times" in told


def test_the_readings_in_the_repository_are_of_records_that_are_there():
    rows = [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]
    known: dict[str, set[str]] = {}
    for row in rows:
        file = FILE.parents[1] / row["file"]
        if row["file"] not in known:
            known[row["file"]] = {json.loads(line)["id"] for line in file.read_text(encoding="utf-8").splitlines()}
        assert row["id"] in known[row["file"]]
        assert set(row["second"]["stance"]) <= set(row["first"]["stance"])
        differ = {a for a, label in row["second"]["stance"].items() if label != row["first"]["stance"][a]}
        assert set(row.get("third", {}).get("stance", {})) == differ
    assert len(rows) == 1905
