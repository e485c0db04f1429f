"""A small model that learns from a large one: its loss, its layers, and a run from configuration to folder."""

from __future__ import annotations

import copy
import dataclasses
import json

import pytest

pytest.importorskip("torch", reason="the extra 'train' is not installed")

import torch

from stance.encoding import StatementEncoder
from stance.errors import InputError, ModelError, RecordError, StanceError
from stance.training.base import actor_id, keep_layers, load_base
from stance.training.checkpoint import load_run
from stance.training.config import BaseConfig, BaseKind, DistilConfig, SourceConfig, SourceFormat
from stance.training.distillation import Teacher, divergence
from stance.training.examples import collate, encode, plain_example
from stance.training.model import StanceModel
from stance.training.sources import UNKNOWN, load_source
from tests.test_training import configured, data_file, interrupted, record, trained  # noqa: F401 (data_file is a fixture)

TEXT = "NATO praises the troops of Europe and the minister thanks China for peace"
BASE = BaseConfig(kind=BaseKind.RANDOM, name="none", hidden_size=32, layers=3, heads=2, vocabulary=60)


@pytest.fixture
def large():
    torch.manual_seed(4)
    encoder, tokenizer = load_base(BASE, texts=[TEXT])
    model = StanceModel(encoder, actor_id=actor_id(tokenizer), dropout=0.0)
    with torch.no_grad():
        for name, value in model.named_parameters():
            # Layers that begin with small weights hardly change what they read.
            value.mul_(8.0 if "layer." in name and value.ndim > 1 else 1.0)
    return model.eval(), StatementEncoder(tokenizer)


@pytest.fixture
def batch(large):
    records = [record(TEXT, {"NATO": "favor", "China": "neutral"}), record("Europe thanks NATO", {"NATO": "favor"})]
    return collate([encode(large[1], plain_example(one)) for one in records], pad_id=large[1].pad_id)


def small_of(model: StanceModel, layers: list[int]) -> StanceModel:
    student = copy.deepcopy(model)
    keep_layers(student.encoder, layers)
    return student


def test_a_student_that_is_its_teacher_has_nothing_to_learn(large, batch):
    student = copy.deepcopy(large[0])
    teacher = Teacher(large[0], student, [0, 1, 2], config=DistilConfig(teacher="x"))
    loss = teacher.loss(student(batch.input_ids, batch.attention_mask), batch, bf16=False)
    assert loss.item() == pytest.approx(0.0, abs=1e-6)
    with torch.no_grad():
        student.stance_head.bias[0] += 1.0
    assert teacher.loss(student(batch.input_ids, batch.attention_mask), batch, bf16=False).item() > 1e-3


def test_states_are_compared_layer_by_layer_and_padding_counts_for_nothing(large, batch):
    student = small_of(large[0], [0, 2])
    answer = student(batch.input_ids, batch.attention_mask)
    # The first layer of both is the same and reads the same; the second one of the student lacks one before it.
    same, other = (
        Teacher(copy.deepcopy(large[0]), student, layers, config=DistilConfig(teacher="x", sentiment=0.0))
        for layers in ([0, 2], [1, 2])
    )
    answer = student(batch.input_ids, batch.attention_mask)
    assert same.loss(answer, batch, bf16=False) < other.loss(answer, batch, bf16=False)
    changed = dataclasses.replace(batch, input_ids=batch.input_ids.clone())
    changed.input_ids[batch.attention_mask == 0] = 7
    again = same.loss(student(changed.input_ids, changed.attention_mask), changed, bf16=False)
    answer = student(batch.input_ids, batch.attention_mask)
    assert again.item() == pytest.approx(same.loss(answer, batch, bf16=False).item(), abs=1e-6)


def test_a_student_comes_nearer_to_its_teacher_without_labels(large, batch):
    student = small_of(large[0], [0, 2])
    unknown = dataclasses.replace(batch, labels=torch.full_like(batch.labels, UNKNOWN))
    teacher = Teacher(large[0], student, [0, 2], config=DistilConfig(teacher="x"))
    optimizer = torch.optim.Adam([p for p in student.parameters() if p.requires_grad], lr=1e-3)
    losses = []
    for _ in range(30):
        loss = teacher.loss(student(unknown.input_ids, unknown.attention_mask), unknown, bf16=False)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    assert losses[-1] < 0.6 * losses[0]
    assert all(p.grad is None for p in large[0].parameters())


def test_divergence_is_weighed_softened_and_scaled():
    one, other = torch.tensor([[2.0, 0.0], [0.0, 0.0]]), torch.tensor([[0.0, 0.0], [3.0, 0.0]])
    first = divergence(one, other, torch.tensor([1.0, 0.0]), 1.0)
    p = torch.softmax(one[0], dim=0)
    assert first.item() == pytest.approx(-(0.5 * (2 * p).log()).sum().item())
    both = divergence(one, other, torch.tensor([1.0, 1.0]), 1.0)
    second = divergence(one, other, torch.tensor([0.0, 1.0]), 1.0)
    assert both.item() == pytest.approx((first + second).item() / 2)
    assert divergence(one, other, torch.ones(2), 2.0).item() == pytest.approx(
        4 * divergence(one / 2, other / 2, torch.ones(2), 1.0).item()
    )


@pytest.mark.parametrize("layers", [[0], [0, 1, 2], [0, 3]])
def test_a_teacher_needs_a_layer_for_each_of_the_student_s(large, layers):
    with pytest.raises(InputError, match=r"2 layers; name as many of the teacher's 0 to 2"):
        Teacher(large[0], small_of(large[0], [0, 2]), layers, config=DistilConfig(teacher="x"))


def test_a_teacher_of_another_base_is_refused(large):
    student = copy.deepcopy(large[0])
    with torch.no_grad():
        student.encoder.embeddings.word_embeddings.weight += 1.0
    with pytest.raises(InputError, match=r"same model\.base"):
        Teacher(large[0], student, [0, 1, 2], config=DistilConfig(teacher="x"))


def test_layers_that_are_not_there_cannot_be_kept(large):
    for layers in ([], [3], [-1], [1, 0], [0, 0]):
        with pytest.raises(ModelError, match="kept_layers"):
            keep_layers(large[0].encoder, layers)


def test_a_small_model_is_trained_beside_its_teacher_and_loaded_again(data_file, tmp_path):  # noqa: F811
    trained(configured(data_file, epochs=1), tmp_path / "large")
    config = configured(data_file, epochs=1)
    layers = len(load_run(tmp_path / "large").model.encoder.encoder.layer)
    config.model.init_from = config.distil.teacher = str(tmp_path / "large")
    config.model.kept_layers = [layers - 1]
    report = trained(config, tmp_path / "small")
    found = load_run(tmp_path / "small")
    assert len(found.model.encoder.encoder.layer) == 1
    assert found.metrics["stance_f1"] == report["dev"]["stance_f1"]
    assert [stage["distil"]["teacher"] for stage in found.stages] == [None, str(tmp_path / "large")]


def test_two_readings_of_a_batch_and_a_teacher_go_together(data_file, tmp_path):  # noqa: F811
    trained(configured(data_file, epochs=1), tmp_path / "large")
    config = configured(data_file, epochs=1, consistency=1.0)
    config.data.augment.second_name = True
    config.model.init_from = config.distil.teacher = str(tmp_path / "large")
    config.distil.states = 100.0
    report = trained(config, tmp_path / "small")
    # A student that begins as its teacher and is held to its states stays near it.
    assert report["dev"]["stance_f1"] == pytest.approx(
        json.loads((tmp_path / "large" / "metrics.json").read_text(encoding="utf-8"))["dev"]["stance_f1"], abs=0.25
    )
    weights = tmp_path / "large" / "model" / "weights.safetensors"
    assert str(weights) in report["data_hashes"]


def test_a_teacher_that_changed_meanwhile_is_named(data_file, tmp_path, monkeypatch):  # noqa: F811
    trained(configured(data_file, epochs=1), tmp_path / "large")
    config = configured(data_file, epochs=2)
    config.distil.teacher = str(tmp_path / "large")
    interrupted(config, tmp_path / "small", monkeypatch, saved_after=2, stopped_after=3)
    trained(configured(data_file, epochs=1, learning_rate=2e-3), tmp_path / "large")
    config.resume = str(tmp_path / "small")
    with pytest.raises(StanceError, match=r"weights\.safetensors"):
        trained(config, tmp_path / "small")


def test_texts_without_labels_need_a_teacher(data_file, tmp_path):  # noqa: F811
    config = configured(data_file, epochs=1)
    config.data.sources["raw"] = SourceConfig(
        path=str(data_file), format=SourceFormat.UNLABELLED, origin="a test", licence="none"
    )
    with pytest.raises(InputError, match=r"set distil\.teacher"):
        trained(config, tmp_path / "run")


@pytest.mark.parametrize(
    "wrong", [{"share": 1.5}, {"share": -0.1}, {"temperature": 0.0}, {"sentiment": -1.0}, {"states": -1.0}]
)
def test_weights_of_the_teaching_are_checked(large, wrong):
    with pytest.raises(InputError, match=r"distil\.share must be"):
        Teacher(large[0], small_of(large[0], [0, 2]), [0, 2], config=DistilConfig(teacher="x", **wrong))


def test_a_teacher_that_looks_at_names_alone_teaches_no_student_that_does_not(large):
    student = copy.deepcopy(large[0])
    student.special = (0, 1, 2, 3)
    with pytest.raises(InputError, match=r"model\.focus"):
        Teacher(large[0], student, [0, 1, 2], config=DistilConfig(teacher="x"))


def test_texts_without_labels_are_asked_about_the_actors_that_they_name(tmp_path):
    lines = [{"id": "a", "lang": "en", "text": TEXT, "speaker": None}, {"id": "b", "lang": "en", "text": "Nobody."}]
    (tmp_path / "raw.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    source = SourceConfig(
        path=str(tmp_path / "raw.jsonl"), format=SourceFormat.UNLABELLED, origin="a test", licence="none"
    )
    first, second = load_source("raw", source)
    assert set(first["actors"]) >= {"NATO", "China"}
    assert first["labels"] == [UNKNOWN] * len(first["actors"])
    assert (second["actors"], second["labels"], second["sentiment"]) == ([], [], UNKNOWN)
    (tmp_path / "raw.jsonl").write_text('{"id": "a", "lang": "en"}', encoding="utf-8")
    with pytest.raises(RecordError, match="has no 'text'"):
        load_source("raw", source)
