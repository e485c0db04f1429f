"""The benchmark of speed: what it counts, how it compares, and the page that it writes."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

pytest.importorskip("torch", reason="the extra 'train' is not installed")
pytest.importorskip("matplotlib", reason="the extra 'bench' is not installed")

import stance
from benchmarks import arithmetic, speed, speed_report, speed_systems
from benchmarks.speed_findings import EXACT, FAST, FOUR, ONE, PAIRS, Findings, Timed
from benchmarks.speed_process import mixed, statements
from benchmarks.speed_systems import System
from stance.folder import ModelFolder
from tests.conftest import ROOT


def test_products_of_a_text_are_those_of_the_layers():
    onnx = pytest.importorskip("onnx", reason="the extra 'export' is not installed")
    file = onnx.load(str(ModelFolder.open().model("int8")))
    sizes = {one.name: one.dims for one in file.graph.initializer}
    # The stance encoder's own weights, without the tagger's.
    layers = [name for name in sizes if name.startswith("layer") and name.endswith("_weight")]
    products = {name: sizes[name][0] * sizes[name][1] for name in layers if len(sizes[name]) == 2}
    last = f"layer{max(int(name.split('_')[0].removeprefix('layer')) for name in products)}_"
    # Of the last layer all tokens need what attention reads alone.
    every = sum(count for name, count in products.items() if not name.startswith(last) or "context" in name)
    assert arithmetic.products(64) == pytest.approx(64 * every / 1e9)


def test_limits_are_measured_where_there_is_a_compiler(monkeypatch):
    found = arithmetic.limits()
    assert all(value > 1 for value in found.values())
    monkeypatch.setattr("shutil.which", lambda name: None)
    assert arithmetic.limits() == {}


def test_systems_take_turns_and_slow_ones_read_alone_once(monkeypatch):
    order = []

    def system(name):
        return System(name, lambda texts: order.append((name, len(texts))), 1)

    ticks = iter(range(10_000))
    monkeypatch.setattr(speed.time, "perf_counter", lambda: float(next(ticks)))
    found = speed.compare([system("a"), system("b")], ["x", "y", "z"], rounds=2)
    assert order[:2] == [("a", 2), ("b", 2)]  # once to warm up
    assert order[2:4] == [("a", 3), ("b", 3)]
    assert order[4:6] == [("a", 1), ("b", 1)]
    # Every run takes one tick: a third of one for a statement, which is slow, so the second round has no singles.
    assert found["a"].rounds == (pytest.approx(1 / 3), pytest.approx(1 / 3))
    assert len(found["b"].singles) == 3
    assert found["a"].seconds == pytest.approx(1 / 3)


def test_mixed_statements_are_all_different_and_always_the_same():
    texts = statements(ROOT / "data" / "quotes")
    first, again = (list(mixed(texts, 500)) for _ in range(2))
    assert first == again
    assert [len(part) for part in first] == [200, 200, 100]
    assert len({text for part in first for text in part}) == 500
    lengths = [len(text) for part in first for text in part]
    assert max(lengths) > 5 * np.median(lengths) / 2


def test_a_process_of_its_own_tells_its_figures():
    def told(name):
        command = [sys.executable, "-m", "benchmarks.speed_process", name]
        return json.loads(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout)

    imported = told("import")["seconds"]
    loaded = told("load")
    # What the import leaves for later is imported by loading.
    assert 0 < imported < loaded["seconds"] < loaded["answer"]
    assert 0 < loaded["now"] <= loaded["peak"] < 1000


@pytest.mark.slow
def test_a_float32_file_is_made_where_the_folder_has_none(tiny_folder, tmp_path):
    assert speed_systems.with_float32(ModelFolder.open(tiny_folder), tmp_path) == tiny_folder
    made = speed_systems.with_float32(ModelFolder.open("fast"), tmp_path)
    assert made == tmp_path
    (prediction,) = stance.load(made, precision="fp32").classify(["We will not forget."], actors=["Russia"])
    assert set(prediction.stances) == {"Russia"}


def test_others_read_as_many_tokens_as_are_asked_for_in_batches_of_like_lengths():
    seen = []

    class Reader(speed_systems.nn.Module):
        def forward(self, input_ids, attention_mask):
            seen.append(tuple(input_ids.shape))

    system = speed_systems.OfOthers(Reader(), len).system("x", passes=12, extra=5, batch=2)
    system.run(["abcdef", "abc", "abcd"])
    assert seen == [(24, 9), (12, 11)]
    assert system.bytes == 0


@pytest.fixture
def findings():
    def timed(name, seconds):
        return Timed(name, (seconds, seconds * 1.1), (seconds, seconds * 2), 50_000_000)

    names = {
        ONE: 0.004,
        FOUR: 0.005,
        "int8, 16 actors": 0.009,
        EXACT: 0.01,
        PAIRS: 0.016,
        FAST: 0.003,
    }
    names |= {"torch fp32, batches of 8, 4 actors": 0.015, "zero-shot": 0.5}
    found = Findings(2, {"processor": "A processor", "versions": {"onnxruntime": "1", "torch": "2", "python": "3"}})
    found.systems = {name: timed(name, seconds) for name, seconds in names.items()}
    found.length = {64: (0.006, 0.007), 128: (0.012, 0.013)}
    found.by_threads = {1: [0.01, 0.008, 0.0095], 2: [0.0055, 0.005, 0.005]}
    found.actors = {0: 0.006, 4: 0.007}
    found.articles = {5: (0.05, 0.01)}
    found.options = {"default": (0.006, 0.03)}
    found.arithmetic = {"avx2": 140.0}
    found.call = 0.02
    found.processes = {
        "import": {"seconds": 0.1},
        "load": {"seconds": 0.2, "answer": 0.5, "now": 190.0, "peak": 200.0},
        "many": {"statements": 20_000, "peak": 300.0, "warm": 200.0, "warm_after": 2000, "now": 210.0},
        "articles": {"documents": 40, "peak": 350.0},
        "zero-shot": {"peak": 2000.0},
    }
    found.shares = {"finding statements by rules": 0.001, "statements an article": 6.0}
    return found


def test_the_page_has_ratios_before_times(findings, tmp_path):
    speed_report.write(findings, tmp_path)
    page = (tmp_path / "speed.md").read_text(encoding="utf-8")
    for part in (
        "| four actors in place of one | 1.25 (1.25–1.25) |",
        "| zero-shot | 100.00 (100.00–100.00) |",
        "| 2 | 200 | 1.82 (1.60–1.90) |",
        "| growth from the 2,000th to the last | +5.0% |",
        "| avx2 | 140 | 9.10 | 46% |",
        "A processor",
    ):
        assert part in page
    assert page.index("## Ratios") < page.index("## Systems")
    assert (tmp_path / "speed.svg").stat().st_size > 1000
    assert (tmp_path / "speed-growth.svg").stat().st_size > 1000


def test_the_page_on_quantisation_has_a_row_a_scheme_and_names_the_machine():
    pytest.importorskip("onnx", reason="the extra 'export' is not installed")
    from benchmarks import quantisation
    from export.report import machine

    agreement = {"pairs": 900, "stance": 0.995, "by_language": {"de": {"pairs": 200, "stance": 0.99}}}
    rows = {name: quantisation.Row(40.0, agreement, 0.7, 0.1, None) for name in ("fp32", "shipped")}
    setting = quantisation.Setting([None] * 300, None, None)
    page = quantisation.page(setting, rows, {"fp32": 2.0, "shipped": 1.0})
    assert "| shipped | 99.50% | de 99.00% | 70.0 | 0.1000 | 0.50 | 40.0 |" in page
    assert machine()["processor"] in page
    assert "{" not in page
