"""The shipped folder in other hands: the reference cases replayed without this library, in Python and in Node."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess

import numpy as np
import pytest

from benchmarks import reference
from stance.folder import ModelFolder
from tests.conftest import ROOT

FOLDER = ROOT / "stance" / "models" / "default"
FIXTURE = ROOT / "tests" / "fixtures" / "reference.jsonl"
NODE = ROOT / "examples" / "node"
# Kernels of another processor round sums in another order.
TOLERANCE = 2e-2


@pytest.fixture(scope="module")
def cases():
    return [json.loads(line) for line in FIXTURE.read_text(encoding="utf-8").splitlines()]


def test_the_fixture_is_what_the_shipped_model_answers(cases):
    assert len(cases) == 50
    assert len({one["lang"] for one in cases}) == 10
    found = reference.answers(ModelFolder.open(None), ROOT / "data" / "quotes")
    for now, then in zip(found, cases, strict=True):
        assert {key: now[key] for key in ("text", "actor", "input_ids", "label")} == {
            key: then[key] for key in ("text", "actor", "input_ids", "label")
        }
        np.testing.assert_allclose(now["logits"], then["logits"], atol=TOLERANCE)


def test_the_folder_answers_the_same_without_this_library(cases):
    pytest.importorskip("transformers", reason="the extra 'train' is not installed")
    spec = importlib.util.spec_from_file_location("minimal", ROOT / "examples" / "python_minimal" / "classify.py")
    minimal = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(minimal)
    classify = minimal.load(FOLDER)
    for one in cases:
        ids, logits, probabilities = classify(one["text"], one["actor"])
        assert ids.tolist() == one["input_ids"]
        np.testing.assert_allclose(logits, one["logits"], atol=TOLERANCE)
        assert max(probabilities, key=probabilities.get) == one["label"]


@pytest.mark.slow
def test_node_gives_the_same_labels(cases, tmp_path):
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("Node and npm are not installed")
    for name in ("package.json", "stance.mjs", "replay.mjs"):
        shutil.copy(NODE / name, tmp_path)
    command = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund"]
    installed = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=240)
    if installed.returncode:
        pytest.skip(f"npm cannot install the packages: {installed.stderr[-200:]}")
    command = ["node", "replay.mjs", str(FOLDER), str(FIXTURE)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True, timeout=120)
    found = json.loads(done.stdout)
    assert found["cases"] == found["ids"] == found["labels"] == len(cases), found["differ"]
    assert found["greatest_difference"] < TOLERANCE
