"""The model that the package brings along."""

import json
import resource
import subprocess
import sys

import pytest

import stance
from tests.conftest import ROOT

FOLDER = ROOT / "stance" / "models" / "default"
ARTICLE = ROOT / "examples" / "summit_en.txt"


@pytest.fixture(scope="module")
def document():
    return stance.predict(ARTICLE.read_text(encoding="utf-8"))


def test_speakers_of_the_example(document):
    assert document.language == "en"
    quoted = [p.statement for p in document.predictions if p.statement.kind != "indirect"]
    assert [(one.speaker, one.kind.value) for one in quoted[1:]] == [
        ("Marta Kalnina", "direct"),
        ("Marta Kalnina", "direct"),
        ("Dmitry Peskov", "direct"),
        ("Dmitry Peskov", "mixed"),
        ("Eirik Solvang", "direct"),
        ("Lin Qiao", "direct"),
        ("Kenji Morita", "direct"),
        ("Ona Petraitiene", "direct"),
    ]
    texts = " ".join(p.statement.text for p in document.predictions)
    assert "friendship line" not in texts
    assert "Amber Shield" not in texts


@pytest.mark.parametrize(
    ("text", "said", "speaker"),
    [
        (
            "Ann Bell, the mayor, said on Monday that the bridge would open in May. She thanked nobody.",
            "bridge",
            "Ann Bell",
        ),
        ("Der Minister Jan Kohl sagte, die Lage sei ernst und man müsse handeln.", "Lage", "Jan Kohl"),
        ("Selon le ministre Paul Morel, la Russie ne respecte pas l'accord.", "Russie", "Paul Morel"),
        ("Министр Иван Петров заявил, что завод закроют в мае.", "завод", "Иван Петров"),
        ("王毅表示，中方反对任何形式的制裁。", "制裁", "王毅"),
        ("Bakan Ali Kaya, köprünün mayısta açılacağını söyledi.", "açılacağını", "Ali Kaya"),
    ],
)
def test_reported_speech_without_marks_is_found_with_its_speaker(text, said, speaker):
    (one,) = stance.extract(text)
    assert one.kind.value == "indirect"
    assert said in one.text
    assert one.text in text
    assert speaker in one.speaker
    assert stance.extract(text, mode="rules") == []


def test_stances_of_the_example_that_leave_no_doubt(document):
    found = {
        p.statement.text[:12]: {name: s.label.value for name, s in p.stances.items()} for p in document.predictions
    }
    assert found["Russia is sh"]["Russia"] == "against"
    assert found["NATO has kep"]["NATO"] == "favor"
    assert found["China sells "]["China"] == "against"
    assert set(found["I just want "].values()) == {"unrelated"}


def test_answers_do_not_depend_on_other_actors():
    text = ARTICLE.read_text(encoding="utf-8")
    together = stance.predict(text, actors=["Iran", "China", "NATO", "Ukraine", "Russia"])
    alone = stance.predict(text, actors=["Russia"])
    for one, other in zip(together.predictions, alone.predictions, strict=True):
        assert one.stances["Russia"].label == other.stances["Russia"].label
        for label, share in one.stances["Russia"].probabilities.items():
            assert share == pytest.approx(other.stances["Russia"].probabilities[label], abs=0.01)


def test_the_command_answers_from_a_cold_start_in_three_seconds():
    command = [sys.executable, "-c", "from stance.cli import main; main()", "predict", str(ARTICLE), "--format", "json"]
    # Processor time is what the program needs; the clock also shows what else the machine is doing.
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert len(json.loads(done.stdout)["statements"]) == 10
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 3.0


def test_the_model_file_has_at_most_50_megabytes():
    assert (FOLDER / "onnx" / "model_quantized.onnx").stat().st_size <= 50_000_000
    # With the tokenizer, whose pieces and scores are text.
    assert sum(file.stat().st_size for file in FOLDER.rglob("*") if file.is_file()) <= 54_000_000


def test_the_folder_describes_itself():
    folder = stance.load().folder
    assert {"NATO", "Russia", "DPRK", "China"} <= set(folder.actors)
    assert len(folder.languages) >= 15
    assert folder.data_hashes
    assert (FOLDER / "README.md").is_file()


def test_the_example_of_the_package_is_true():
    import doctest

    import stance

    done = doctest.testmod(stance)
    assert (done.attempted, done.failed) == (3, 0)
