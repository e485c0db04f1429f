"""The arithmetic of the benchmark of scale."""

from __future__ import annotations

import pytest

pytest.importorskip("pyarrow", reason="pyarrow is not installed")

from benchmarks import scale, scale_report


def test_a_rate_is_that_of_the_time_in_which_all_are_at_work():
    batches = {
        (0.0, 1.0, 1): 100,  # before the second worker began
        (1.0, 3.0, 1): 200,
        (3.5, 5.0, 1): 150,  # after a gap of half a second
        (1.0, 4.0, 2): 300,
        (4.0, 5.0, 2): 100,
    }
    start, rate, busy, gap = scale.at_work(batches)
    assert start == 1.0
    assert rate == pytest.approx((200 + 150 + 300 + 100) / 4)
    assert busy == pytest.approx(7.5 / 8)
    assert gap == pytest.approx(0.5 / 3)
    # One worker goes on alone: what it does then does not count.
    _, rate, _, _ = scale.at_work({(0.0, 2.0, 1): 200, (0.0, 4.0, 2): 100})
    assert rate == pytest.approx(200 / 2 + 100 / 4)


def test_an_archive_is_counted_in_core_hours():
    assert scale_report.core_hours(3600, 2.0) == 2.0
    assert scale_report.machines_for_a_week(32 * 168) == 1
    assert scale_report.machines_for_a_week(32 * 168 + 1) == 2


def job(rate, **others):
    figures = {"started": 3.0, "seconds": 20.0, "busy": 0.99, "gap": 0.01, "spent": 0.1, "peak": 500.0, "answers": {}}
    return scale.Job(rate=rate, **{**figures, **others})


def test_the_page_tells_what_was_measured():
    machine = {"processor": "CPU", "versions": {"onnxruntime": "1", "python": "3"}}
    found = scale.Findings(machine, texts=10, characters=10_000, languages=2)
    found.alone = {1: [10_000.0], 2: [18_000.0]}
    found.jobs = {1: [job(10_000.0)], 2: [job(20_000.0)]}
    found.variants = {"full": 10_000.0, "full, only_named": 15_000.0}
    found.skipped = {"full, only_named": 1_000_000.0}
    text = scale_report.page(found, price=0.05, named=0.1)
    assert "| Ray, 2 workers of one thread | 20.00 (20.00–20.00) | 2.00 (2.00–2.00) |" in text
    # 0.1 s a core and article: 100 million articles are 2,778 core hours.
    assert "| full, as Ray's two workers read | 100.0 | 2,778 | 1 | 139 |" in text
    # A tenth is read in full, the rest skipped in a millisecond.
    assert "| full, only_named, one thread | 10.9 | 303 | 1 | 15 |" in text
    assert "All 20 articles" in text
    found.different = 1
    assert "**Of 20 articles" in scale_report.page(found, price=0.05, named=0.1)
