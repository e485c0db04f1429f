"""The smaller model of the package."""

import json

import pytest

import stance
from stance.folder import ModelFolder
from tests.conftest import ROOT

FOLDERS = {name: ROOT / "stance" / "models" / name for name in ("default", "fast")}
ARTICLE = (ROOT / "examples" / "summit_en.txt").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def fast():
    return stance.load("fast")


@pytest.fixture(scope="module")
def cases():
    lines = (ROOT / "tests" / "fixtures" / "reference.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def test_it_is_opened_by_its_name_and_half_as_large(fast):
    assert fast.folder.path == FOLDERS["fast"]
    assert ModelFolder.open("default").path == ModelFolder.open().path
    assert fast.folder.model().stat().st_size <= 25_000_000
    assert set(fast.folder.languages) == set(ModelFolder.open().languages)


def test_a_name_that_is_no_model_of_the_package_is_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "fast").mkdir()
    assert stance.load("fast").folder.path == FOLDERS["fast"]
    with pytest.raises(stance.ModelError, match="lacks"):
        stance.load("./fast")
    with pytest.raises(stance.ModelError, match="no model folder slow; give 'default' or 'fast'"):
        stance.load("slow")
    for wrong in ("", 5, b"fast", ["fast"]):
        with pytest.raises(stance.ModelError, match="a model is 'default' or 'fast', or the path"):
            stance.load(wrong)
    with pytest.raises(stance.ModelError, match="cannot be looked at"):
        stance.load("x" * 5000)
    with pytest.raises(stance.ModelError, match=r"no fp32 model.*an export of your own"):
        stance.load(precision="fp32")


def test_the_mode_precise_needs_the_other_model(fast):
    with pytest.raises(stance.ModelError, match="take the package's default model"):
        fast.predict(ARTICLE, mode="precise")


def test_it_says_mostly_what_the_default_says(fast, cases):
    default = stance.load()
    agreeing = 0
    for one in cases:
        found = [
            predictor.classify([one["text"]], actors=[one["actor"]])[0].stances[one["actor"]].label
            for predictor in (fast, default)
        ]
        agreeing += found[0] == found[1]
    assert agreeing >= 0.8 * len(cases)


def test_it_finds_statements_by_rules_and_says_so(fast):
    document = fast.predict(ARTICLE)
    assert [p.statement for p in document.predictions] == stance.extract(ARTICLE, mode="rules")
    assert any("no tagger" in warning for warning in document.warnings)
    assert not fast.predict(ARTICLE, mode="rules").warnings
    found = {p.statement.text[:12]: p.stances for p in document.predictions}
    assert found["Russia is sh"]["Russia"].label == "against"
    assert found["NATO has kep"]["NATO"].label == "favor"


def test_its_answers_do_not_depend_on_other_actors(fast):
    alone = fast.predict(ARTICLE, actors=["Russia"])
    together = fast.predict(ARTICLE, actors=["China", "NATO", "Russia", "Iran"])
    for one, other in zip(alone.predictions, together.predictions, strict=True):
        for label, share in one.stances["Russia"].probabilities.items():
            assert share == pytest.approx(other.stances["Russia"].probabilities[label], abs=0.01)


@pytest.mark.parametrize("name", FOLDERS)
def test_the_shipped_file_passes_the_gate_that_exports_must_pass(name):
    pytest.importorskip("torch", reason="the extra 'train' is not installed")
    pytest.importorskip("onnx", reason="the extra 'export' is not installed")
    from export import report, verify
    from export.config import VerifyConfig

    measured = json.loads((FOLDERS[name] / "export_report.json").read_text(encoding="utf-8"))
    verify.check(measured, VerifyConfig())
    assert measured["files"]["int8"]["bytes"] == ModelFolder.open(name).model("int8").stat().st_size
    assert report.markdown(measured) == (FOLDERS[name] / "export_report.md").read_text(encoding="utf-8")
