"""Training: model, loop, interruption, checkpoints, batches, augmentation, metrics, calibration."""

from __future__ import annotations

import dataclasses
import json
import logging
import random
import unicodedata
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="the extra 'train' is not installed")

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from omegaconf import OmegaConf
from safetensors.torch import load_file
from sklearn.metrics import accuracy_score, f1_score

from stance.actors import registry
from stance.encoding import ACTOR, StatementEncoder
from stance.errors import InputError, ModelError
from stance.training import checkpoint, evaluation, run, trainer
from stance.training.augmenter import Augmenter, noisy
from stance.training.average import average, mean
from stance.training.base import actor_id, begin_anew, load_base, shorten, special_ids, with_vocabulary
from stance.training.calibration import (
    Form,
    choose,
    expected_calibration_error,
    fit,
    folds,
    held_out,
    log_loss,
    reliability,
    unscaled,
)  # fmt: skip
from stance.training.checkpoint import CHECKPOINT, load_run
from stance.training.config import (
    AugmentConfig,
    BaseConfig,
    BaseKind,
    DataConfig,
    ModelConfig,
    ModelKind,
    SourceConfig,
    SourceFormat,
    TrainConfig,
    TrainerConfig,
)
from stance.training.dropout import PooledDropout, set_dropout
from stance.training.evaluation import Outputs, predict, scores
from stance.training.examples import (
    Batch,
    Encoded,
    Example,
    bucketed,
    collate,
    encode,
    encode_pairs,
    finder,
    plain_example,
)
from stance.training.inventednames import invented_name
from stance.training.losses import disagreement, loss_of
from stance.training.metrics import sentiment_scores, stance_f1, stance_scores
from stance.training.model import Logits, PairModel, StanceModel, block_ids, block_mask, block_positions
from stance.training.sources import STANCE_NUMBERS, load_source
from stance.training.trainer import Trainer, parameter_groups, use_bf16

torch.set_num_threads(1)  # inputs are tiny: a second thread only waits
BASE = BaseConfig(kind=BaseKind.RANDOM, name="random", hidden_size=32, layers=2, heads=2, vocabulary=300)
VERBS = {"against": "condemns and rejects", "favor": "warmly thanks", "neutral": "will soon meet"}


def lines(count: int) -> list[dict]:
    """Return statements whose label can be read off the verb."""
    made = []
    for number in range(count):
        actor = ("Russia", "China", "NATO", "DPRK")[number % 4]
        label = list(VERBS)[number % 3]
        wording = {"DPRK": "North Korea"}.get(actor, actor)
        others = dict.fromkeys(("NATO", "Russia", "DPRK", "China"), "unrelated")
        made.append(
            {
                "id": f"t-{number}",
                "lang": "en",
                "text": f"Our government {VERBS[label]} {wording} in matter number {number}",
                "speaker": "The minister",
                "context": f"The minister said it on day {number}.",
                "stance": others | {actor: label},
                "sentiment": ("negative", "neutral", "positive")[number % 3],
            }
        )
    return made


@pytest.fixture(scope="module")
def data_file(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("data") / "own.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines(40)), encoding="utf-8")
    return path


def configured(data_file: Path, *, seed: int = 1, resume: Path | None = None, **trainer_keys) -> TrainConfig:
    source = SourceConfig(
        path=str(data_file), format=SourceFormat.STATEMENTS, origin="a test", licence="none", held_out=0.3
    )
    keys = {
        "epochs": 3,
        "batch_tokens": 400,
        "batch_examples": 6,
        "precision": "fp32",
        "checkpoint_minutes": 60.0,
        "average_decay": 0.9,
        "evaluations_per_epoch": 2,
        "patience": 100,
        "learning_rate": 1e-3,
    }
    return TrainConfig(
        data=DataConfig(sources={"own": source}),
        model=ModelConfig(base=dataclasses.replace(BASE)),
        trainer=TrainerConfig(**(keys | trainer_keys)),
        seed=seed,
        resume=str(resume) if resume else None,
    )


def trained(config: TrainConfig, folder: Path) -> dict:
    run.train(config, folder, OmegaConf.structured(config))
    return json.loads((folder / "metrics.json").read_text(encoding="utf-8"))


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(folder / "model" / "weights.safetensors") | load_file(folder / "model" / "words.safetensors")


@pytest.fixture(scope="module")
def uninterrupted(data_file, tmp_path_factory) -> tuple[Path, dict]:
    folder = tmp_path_factory.mktemp("uninterrupted")
    return folder, trained(configured(data_file), folder)


class InterruptionError(Exception):
    """Stands for a power cut."""


def interrupted(config: TrainConfig, folder: Path, monkeypatch, *, saved_after: int, stopped_after: int) -> None:
    """Train, save a checkpoint after one step and die after a later one."""
    step = Trainer._step
    done = 0

    def counting(self, batch):
        nonlocal done
        if done == stopped_after:
            raise InterruptionError
        # a checkpoint is due at the end of the step in which the last one is too long ago
        self._saved_at = float("-inf") if done + 1 == saved_after else float("inf")
        done += 1
        return step(self, batch)

    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "_step", counting)
        with pytest.raises(InterruptionError):
            run.train(config, folder, OmegaConf.structured(config))
    assert (folder / CHECKPOINT).is_file()
    assert not (folder / "metrics.json").exists()


# --- runs and interruptions -------------------------------------------------------------------------------------------


def test_a_run_leaves_all_that_is_needed_to_know_what_it_was(uninterrupted, data_file):
    folder, report = uninterrupted
    assert set(report) >= {"dev", "scaling", "calibration", "history", "best_step", "seed", "data_hashes", "versions"}
    assert list(report["data_hashes"]) == [str(data_file)]
    assert report["versions"]["torch"] == torch.__version__.split("+")[0] or report["versions"]["torch"]
    assert {"torch", "transformers", "datasets", "python"} <= set(report["versions"])
    again = OmegaConf.merge(OmegaConf.structured(TrainConfig), OmegaConf.load(folder / "config.yaml"))
    assert OmegaConf.to_object(again) == configured(data_file)
    assert not (folder / CHECKPOINT).exists()
    steps = [row["step"] for row in report["history"]]
    assert steps == sorted(set(steps))
    assert len(steps) == 3 * 2
    best = max(report["history"], key=lambda row: row["stance_f1"])
    assert report["best_step"] == best["step"]
    assert report["dev"]["stance_f1"] == pytest.approx(best["stance_f1"])


def test_the_same_seed_gives_the_same_run_and_another_seed_another(uninterrupted, data_file, tmp_path):
    folder, report = uninterrupted
    again = trained(configured(data_file), tmp_path / "again")
    assert again["history"] == report["history"]
    other = trained(configured(data_file, seed=2), tmp_path / "other")
    for name, value in weights(folder).items():
        assert torch.equal(value, weights(tmp_path / "again")[name]), name
    assert other["history"] != report["history"]
    assert not torch.equal(weights(folder)["stance_head.weight"], weights(tmp_path / "other")["stance_head.weight"])


@pytest.mark.parametrize(("saved", "stopped"), [(1, 3), (4, 4), (5, 7), (7, 12)])
def test_an_interrupted_run_goes_on_to_the_very_same_result(
    uninterrupted, data_file, tmp_path, monkeypatch, saved, stopped
):
    folder, report = uninterrupted
    interrupted(configured(data_file), tmp_path, monkeypatch, saved_after=saved, stopped_after=stopped)
    torch.manual_seed(99)  # the generators of a new process stand anywhere
    random.seed(99)
    resumed = trained(configured(data_file, resume=tmp_path), tmp_path)
    assert [row["step"] for row in resumed["history"]] == [row["step"] for row in report["history"]]
    for mine, theirs in zip(resumed["history"], report["history"], strict=True):
        assert mine == pytest.approx(theirs)
    assert resumed["best_step"] == report["best_step"]
    ours = weights(tmp_path)
    for name, value in weights(folder).items():
        torch.testing.assert_close(ours[name], value, atol=1e-6, rtol=0.0)
    assert OmegaConf.load(tmp_path / "config.yaml").resume is None
    assert not (tmp_path / CHECKPOINT).exists()


def test_the_batches_after_an_interruption_are_those_that_were_left(data_file, tmp_path, monkeypatch):
    seen: list[list] = []
    step = Trainer._step

    def recording(self, items):
        seen[-1].append([list(item.input_ids) for item in items])
        return step(self, items)

    monkeypatch.setattr(Trainer, "_step", recording)
    seen.append([])
    trained(configured(data_file), tmp_path / "a")
    seen.append([])
    interrupted(configured(data_file), tmp_path / "b", monkeypatch, saved_after=3, stopped_after=5)
    seen.append([])
    trained(configured(data_file, resume=tmp_path / "b"), tmp_path / "b")
    whole, first, rest = seen
    assert first == whole[:5]
    assert rest == whole[3:]


def test_going_on_with_a_finished_run_changes_nothing(uninterrupted, data_file):
    folder, report = uninterrupted
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    config = configured(data_file, resume=folder)
    assert run.train(config, folder, OmegaConf.structured(config)) == report["dev"]["stance_f1"]
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_a_run_stopped_before_its_first_checkpoint_starts_anew(uninterrupted, data_file, tmp_path, monkeypatch):
    _, report = uninterrupted
    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "run", lambda self: (_ for _ in ()).throw(InterruptionError))
        with pytest.raises(InterruptionError):
            trained(configured(data_file), tmp_path)
    assert trained(configured(data_file, resume=tmp_path), tmp_path)["history"] == report["history"]


def test_a_crash_after_the_last_step_loses_nothing(uninterrupted, data_file, tmp_path, monkeypatch):
    folder, report = uninterrupted
    interrupted(configured(data_file), tmp_path, monkeypatch, saved_after=8, stopped_after=9)
    with monkeypatch.context() as patch:
        patch.setattr(run, "save_model", lambda *_, **__: (_ for _ in ()).throw(OSError("disk full")))
        with pytest.raises(OSError, match="disk full"):
            trained(configured(data_file, resume=tmp_path), tmp_path)
    assert trained(configured(data_file, resume=tmp_path), tmp_path)["history"] == report["history"]
    torch.testing.assert_close(weights(tmp_path)["stance_head.bias"], weights(folder)["stance_head.bias"])


def test_data_that_changed_meanwhile_is_named(data_file, tmp_path, monkeypatch):
    own = tmp_path / "own.jsonl"
    own.write_text(data_file.read_text(encoding="utf-8"), encoding="utf-8")
    interrupted(configured(own), tmp_path / "run", monkeypatch, saved_after=2, stopped_after=3)
    own.write_text(own.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"changed.*own\.jsonl"):
        trained(configured(own, resume=tmp_path / "run"), tmp_path / "run")


def _with_fixed_scores(monkeypatch, values: list[float]) -> None:
    left = list(values)

    def fixed(outputs, records):
        return {"stance_f1": left.pop(0) if len(left) > 1 else left[0]}

    monkeypatch.setattr(trainer, "scores", fixed)


def test_training_stops_when_dev_gains_nothing_and_keeps_the_best(data_file, tmp_path, monkeypatch):
    _with_fixed_scores(monkeypatch, [0.1, 0.5, 0.4, 0.3])
    report = trained(configured(data_file, patience=3, epochs=30), tmp_path)
    assert [row["stance_f1"] for row in report["history"]] == [0.1, 0.5, 0.4, 0.3, 0.3]
    assert report["best_step"] == report["history"][1]["step"]


def test_patience_survives_an_interruption(data_file, tmp_path, monkeypatch):
    config = configured(data_file, patience=4, epochs=30, evaluations_per_epoch=1)
    per_epoch = _steps_per_epoch(config)
    _with_fixed_scores(monkeypatch, [0.5, 0.4])
    stop = 3 * per_epoch
    interrupted(config, tmp_path, monkeypatch, saved_after=stop, stopped_after=stop)
    _with_fixed_scores(monkeypatch, [0.4])
    config = configured(data_file, patience=4, epochs=30, evaluations_per_epoch=1, resume=tmp_path)
    report = trained(config, tmp_path)
    assert [row["stance_f1"] for row in report["history"]] == [0.5, 0.4, 0.4, 0.4, 0.4]
    assert report["best_step"] == per_epoch


def _steps_per_epoch(config: TrainConfig) -> int:
    return _trainer_of(config, Path()).steps_per_epoch


def _trainer_of(config: TrainConfig, folder: Path) -> Trainer:
    sources, dev = run.load_data(config.data)
    torch.manual_seed(config.seed)
    base, tokenizer = load_base(
        config.model.base, texts=[t for _, records in sources.values() for t in records["text"]]
    )
    model = StanceModel(base, actor_id=actor_id(tokenizer))
    return Trainer(
        model, StatementEncoder(tokenizer), sources, dev,
        config=config.trainer, augmenter=Augmenter(config.data.augment), seed=config.seed, folder=folder,
    )  # fmt: skip


def test_progress_tells_how_much_time_is_left(data_file, tmp_path, caplog):
    caplog.set_level(logging.INFO)
    trained(configured(data_file), tmp_path)
    assert any("step 10/" in message and "minutes left" in message for message in caplog.messages)


def test_a_loaded_run_answers_as_the_model_in_memory_did(data_file, tmp_path, monkeypatch):
    kept = {}
    calibrate = run.calibrate

    def keeping(model, encoder, dev):
        kept["outputs"], kept["dev"] = predict(model, encoder, dev), dev
        return calibrate(model, encoder, dev)

    monkeypatch.setattr(run, "calibrate", keeping)
    report = trained(configured(data_file), tmp_path)
    torch.manual_seed(1234)
    loaded = load_run(tmp_path)
    assert not loaded.model.training
    found = predict(loaded.model, StatementEncoder(loaded.tokenizer), kept["dev"])
    np.testing.assert_array_equal(found.stance, kept["outputs"].stance)
    np.testing.assert_array_equal(found.sentiment, kept["outputs"].sentiment)
    assert loaded.scaling == report["scaling"]
    assert loaded.calibration == report["calibration"]
    assert loaded.metrics == report["dev"]
    assert loaded.config["seed"] == 1
    (tmp_path / "model" / "tokenizer.json").unlink()
    with pytest.raises(ModelError, match=r"tokenizer\.json"):
        load_run(tmp_path)


def test_a_second_stage_starts_with_the_first_ones_weights(uninterrupted, data_file, tmp_path):
    folder, _ = uninterrupted
    config = configured(data_file, max_steps=0)
    config.model.init_from = str(folder)
    trained(config, tmp_path)
    assert torch.equal(weights(tmp_path)["stance_head.weight"], weights(folder)["stance_head.weight"])
    # What a run began with is named with it: a model card must know every source.
    assert [stage["model"]["init_from"] for stage in load_run(tmp_path).stages] == [None, str(folder)]
    config.model.init_from = str(tmp_path / "nowhere")
    with pytest.raises(ModelError, match="nowhere is no finished run"):
        trained(config, tmp_path / "other")


def test_the_mean_of_two_states_is_weighted():
    states = [{"w": torch.tensor([0.0, 4.0])}, {"w": torch.tensor([8.0, 0.0])}]
    assert mean(states, [0.75, 0.25])["w"].tolist() == [2.0, 3.0]
    with pytest.raises(InputError, match="sum to 1"):
        mean(states, [0.5, 0.6])
    with pytest.raises(InputError, match="different models"):
        mean([states[0], {"w": torch.zeros(3)}], [0.5, 0.5])


def test_the_mean_of_runs_is_a_run(uninterrupted, tmp_path):
    folder, report = uninterrupted
    score = average([folder, folder], [0.5, 0.5], tmp_path / "mean")
    assert score == pytest.approx(report["dev"]["stance_f1"])
    assert load_run(tmp_path / "mean").metrics["stance_f1"] == score
    with pytest.raises(InputError, match="is there already"):
        average([folder], [1.0], tmp_path / "mean")
    ended = load_file(folder / "model" / "last.safetensors")
    average([folder, folder.with_name(f"{folder.name}:last")], [0.5, 0.5], tmp_path / "ends")
    found = load_file(tmp_path / "ends" / "model" / "weights.safetensors")
    best = load_file(folder / "model" / "weights.safetensors")
    for name, value in found.items():
        torch.testing.assert_close(value, (best[name] + ended[name]) / 2)
    (folder / "model" / "last.safetensors").unlink()
    with pytest.raises(InputError, match=r"last\.safetensors"):
        average([folder.with_name(f"{folder.name}:last")], [1.0], tmp_path / "none")


def test_nothing_to_train_on_is_an_error(data_file):
    with pytest.raises(InputError, match="nothing to train on"):
        run.load_data(DataConfig())
    config = configured(data_file).data
    config.sources["own"].held_out = 1.0
    with pytest.raises(InputError, match="nothing to train on"):
        run.load_data(config)


def test_an_unknown_precision_is_refused():
    assert use_bf16("bf16")
    assert not use_bf16("fp32")
    with pytest.raises(InputError, match="fp16"):
        use_bf16("fp16")


@pytest.mark.slow
def test_sixteen_examples_are_learnt_by_heart(tmp_path, data_file):
    config = configured(
        data_file, epochs=150, learning_rate=1e-3, head_learning_rate=2e-3, layer_decay=1.0, average_decay=0.0,
        label_smoothing=0.0, evaluations_per_epoch=1, batch_tokens=4000, batch_examples=16,
    )  # fmt: skip
    config.data.augment = AugmentConfig(0.0, 0.0, 0.0, 0.0, 0)
    sources, _ = run.load_data(config.data)
    source, records = sources["own"]
    # Only the actor that is named: to match names with blocks takes a tiny random encoder long.
    records = records.select(range(16)).map(_only_the_named_actor)
    assert {len(actors) for actors in records["actors"]} == {1}
    torch.manual_seed(3)
    base, tokenizer = load_base(dataclasses.replace(BASE, hidden_size=64), texts=records["text"])
    set_dropout(base, hidden=0.0, attention=0.0)
    learner = Trainer(
        StanceModel(base, actor_id=actor_id(tokenizer), dropout=0.0), StatementEncoder(tokenizer),
        {"own": (source, records)}, records,
        config=config.trainer, augmenter=Augmenter(config.data.augment), seed=3, folder=tmp_path,
    )  # fmt: skip
    assert scores(predict(learner.model, learner.encoder, records), records)["accuracy"] < 0.7
    assert learner.total_steps == 150
    items = learner._epoch_items(0)
    learner.model.train()
    losses = [learner._step(items) for _ in range(150)]
    assert losses[-1] < 0.1 * losses[0]
    assert scores(predict(learner.model, learner.encoder, records), records)["accuracy"] == 1.0


def _only_the_named_actor(record: dict) -> dict:
    pairs = zip(record["actors"], record["labels"], strict=True)
    kept = [(actor, label) for actor, label in pairs if label != STANCE_NUMBERS["unrelated"]]
    return {"actors": [actor for actor, _ in kept], "labels": [label for _, label in kept]}


# --- the model --------------------------------------------------------------------------------------------------------

A = 4
IDS = torch.tensor([[0, 7, 2, A, 8, 2, A, 9, 2, 1], [0, 7, 2, A, 8, 2, 1, 1, 1, 1]])
ATTENTION = torch.tensor([[1] * 9 + [0], [1] * 6 + [0] * 4])


def test_blocks_positions_and_mask_by_hand():
    assert block_ids(IDS, A).tolist() == [[0, 0, 0, 1, 1, 1, 2, 2, 2, 2], [0, 0, 0, 1, 1, 1, 1, 1, 1, 1]]
    assert block_positions(IDS, A).tolist() == [[0, 1, 2, 0, 1, 2, 0, 1, 2, 3], [0, 1, 2, 0, 1, 2, 3, 4, 5, 6]]
    mask = block_mask(IDS, ATTENTION, A)
    assert mask.shape == (2, 1, 10, 10)
    seen = ["".join("x" if cell else "." for cell in row) for row in mask[0, 0].tolist()]
    assert seen == [
        "xxx.......",
        "xxx.......",
        "xxx.......",
        "xxxxxx....",
        "xxxxxx....",
        "xxxxxx....",
        "xxx...xxx.",
        "xxx...xxx.",
        "xxx...xxx.",
        "xxx...xxxx",
    ]
    assert not mask[1, 0, :6, 6:].any(), "nobody who is read sees padding"
    assert mask.any(dim=-1).all(), "a row that sees nothing would be NaN"


@pytest.fixture(scope="module", params=[True, False], ids=["names", "whole text"])
def reader(request) -> tuple[StanceModel, StatementEncoder]:
    torch.manual_seed(5)
    base, tokenizer = load_base(BASE, texts=[line["text"] for line in lines(40)])
    special = special_ids(tokenizer) if request.param else None
    model = StanceModel(base, actor_id=actor_id(tokenizer), special=special)
    for parameter in model.parameters():  # a fresh model is too quiet to tell anything
        parameter.data += 0.2 * torch.randn_like(parameter)
    return model.eval(), StatementEncoder(tokenizer)


def answers(reader, inputs: list[tuple[str, list[str]]]) -> tuple[list[dict[str, np.ndarray]], np.ndarray]:
    model, encoder = reader
    items = [
        Encoded(encoder.encode(text, actors).windows[0].input_ids.tolist(), [0] * len(actors), 0, 1.0)
        for text, actors in inputs
    ]
    batch = collate(items, pad_id=encoder.pad_id)
    with torch.inference_mode():
        logits = model(batch.input_ids, batch.attention_mask)
    rows = iter(logits.stance.numpy())
    return [{actor: next(rows) for actor in actors} for _, actors in inputs], logits.sentiment.numpy()


def test_an_actors_answer_depends_on_no_other_actor_no_order_and_no_padding(reader):
    text = lines(3)[0]["text"]
    actors = ["Russia", "China", "North Korea", "NATO", "Our government"]
    together, tone = answers(reader, [(text, actors)])
    spread = np.ptp(np.stack(list(together[0].values())), axis=0).max()
    assert spread > 1e-2, "the answers differ by actor, or the test would show nothing"
    backwards, _ = answers(reader, [(text, actors[::-1])])
    padded, tones = answers(reader, [(f"{text} " * 9, actors), (text, actors[1:3]), (text, []), (text, ["NATO"])])
    for actor in actors:
        alone, tone_alone = answers(reader, [(text, [actor])])
        np.testing.assert_allclose(alone[0][actor], together[0][actor], atol=1e-5)
        np.testing.assert_allclose(alone[0][actor], backwards[0][actor], atol=1e-5)
        np.testing.assert_allclose(tone_alone[0], tone[0], atol=1e-5)
    for row in (1, 3):
        for actor, answer in padded[row].items():
            np.testing.assert_allclose(answer, together[0][actor], atol=1e-5)
    for row in (1, 2, 3):
        np.testing.assert_allclose(tones[row], tone[0], atol=1e-5)


# --- blocks that look at names ----------------------------------------------------------------------------------------

START_ID, PAD_ID, END_ID, UNKNOWN_ID, BLOCK_ID = range(5)


def seen(text: list[int], *blocks: list[list[int]]) -> list[list[int]]:
    """Return the places of the text that the ``[ACTOR]`` of each block sees; a block is the pieces of its names."""
    ids = [START_ID, *text, END_ID]
    for names in blocks:
        ids += [BLOCK_ID, *(number for name in names for number in (*name, END_ID))]
    tensor = torch.tensor([ids])
    mask = block_mask(tensor, torch.ones_like(tensor), BLOCK_ID, special=range(4))[0, 0]
    actors = [place for place, number in enumerate(ids) if number == BLOCK_ID]
    return [[place for place in range(len(text) + 2) if mask[actor, place]] for actor in actors]


def test_a_block_sees_the_names_of_its_actor_and_all_of_a_text_without_them():
    text = [10, 11, 12, 13]
    assert seen(text, [[12]], [[20]], [[20], [10]]) == [[3], [0, 1, 2, 3, 4, 5], [1]]


def test_a_name_of_several_pieces_is_found_as_a_whole():
    north, south, korea, own = 10, 11, 12, 13
    text = [north, korea, own, south, korea, own, north]
    assert seen(text, [[north, korea, own]], [[south, korea]], [[korea]]) == [[1, 2, 3], [4, 5], [2, 5]]
    assert seen(text, [[north, own]]) == [list(range(len(text) + 2))]


def test_unknown_pieces_and_special_tokens_are_no_names():
    assert seen([UNKNOWN_ID, 10], [[UNKNOWN_ID]]) == [[0, 1, 2, 3]]


def test_the_text_sees_all_of_itself_whoever_is_asked_about():
    ids = torch.tensor([[START_ID, 10, 11, END_ID, BLOCK_ID, 10, END_ID, PAD_ID]])
    mask = block_mask(ids, (ids != PAD_ID).long(), BLOCK_ID, special=range(4))[0, 0]
    assert mask[:4, :4].all()
    assert not mask[:4, 4:].any()
    assert mask[4].tolist() == [False, True, False, False, True, True, True, False]
    assert mask[5].tolist() == mask[4].tolist()


def test_what_is_said_of_one_actor_reaches_the_other_through_its_name_alone():
    base, tokenizer = load_base(BASE, texts=[line["text"] for line in lines(40)])
    torch.manual_seed(5)
    model = StanceModel(base, actor_id=actor_id(tokenizer), special=special_ids(tokenizer)).eval()
    for parameter in model.parameters():
        parameter.data += 0.2 * torch.randn_like(parameter)
    one = plain_example(record("Russia attacks.", {"Russia": "against", "China": "unrelated"}))
    found = encode(StatementEncoder(tokenizer), one)
    ids = torch.tensor([found.input_ids])
    mask = block_mask(ids, torch.ones_like(ids), model.actor_id, special=model.special)[0, 0]
    first, second = (place for place, number in enumerate(found.input_ids) if number == model.actor_id)
    assert mask[first, :first].sum() < mask[second, :first].sum() == first


def test_new_layers_begin_anew_and_the_others_stay():
    base, _ = load_base(BASE, texts=["one two three"])
    before = {name: value.clone() for name, value in base.state_dict().items()}
    begin_anew(base, 1)
    changed = {name for name, value in base.state_dict().items() if not torch.equal(value, before[name])}
    assert changed == {name for name in before if name.startswith("encoder.layer.1.") and name.endswith("weight")} - {
        name for name in before if "LayerNorm" in name
    }
    with pytest.raises(ModelError, match="new_layers=3"):
        begin_anew(base, 3)


def test_a_shortened_encoder_trains_and_is_loaded_as_short(data_file, tmp_path):
    config = configured(data_file, epochs=1)
    config.model.layers = 1
    config.model.focus = True
    trained(config, tmp_path)
    loaded = load_run(tmp_path)
    assert len(loaded.model.encoder.encoder.layer) == loaded.model.encoder.config.num_hidden_layers == 1
    assert loaded.model.special == special_ids(loaded.tokenizer)
    base, _ = load_base(BASE, texts=["one two three"])
    with pytest.raises(ModelError, match="layers=0"):
        shorten(base, 0)


def test_padding_beyond_the_last_position_does_no_harm(reader):
    many = [f"nobody {number}" for number in range(150)]
    text = lines(1)[0]["text"]
    found, _ = answers(reader, [(text, many), (text, ["NATO"])])
    alone, _ = answers(reader, [(text, ["NATO"])])
    assert sum(len(reader[1].encode(text, many).windows[0].input_ids) for _ in range(1)) > 512
    np.testing.assert_allclose(found[1]["NATO"], alone[0]["NATO"], atol=1e-5)


def test_word_embeddings_stay_and_the_actor_vector_learns():
    base, tokenizer = load_base(BASE, texts=["one two three"])
    model = StanceModel(base, actor_id=actor_id(tokenizer), frozen_layers=1)
    names = {name for name, parameter in model.named_parameters() if parameter.requires_grad}
    assert "actor_embedding" in names
    assert not any("embeddings" in name or "layer.0." in name for name in names)
    groups = parameter_groups(model, TrainerConfig())
    assert sum(len(group["params"]) for group in groups) == len(names)
    assert {group["weight_decay"] for group in groups} == {0.0, 0.01}


def test_lower_layers_learn_slower():
    base, tokenizer = load_base(BASE, texts=["one two three"])
    model = StanceModel(base, actor_id=actor_id(tokenizer))
    rates = {}
    for group in parameter_groups(model, TrainerConfig(learning_rate=1.0, head_learning_rate=7.0, layer_decay=0.5)):
        rates |= {id(parameter): group["lr"] for parameter in group["params"]}
    by_name = {name: rates[id(p)] for name, p in model.named_parameters() if p.requires_grad}
    assert by_name["encoder.encoder.layer.1.output.dense.weight"] == 1.0
    assert by_name["encoder.encoder.layer.0.output.dense.weight"] == 0.5
    assert by_name["encoder.embeddings.position_embeddings.weight"] == 0.25
    assert by_name["stance_head.weight"] == 7.0


def test_unknown_labels_count_for_nothing_in_the_loss():
    logits = Logits(torch.tensor([[2.0, 0, 0, 0], [0, 5.0, 0, 0], [0, 0, 0, 9.0]]), torch.zeros(2, 3))
    items = [Encoded([0, 2], [0, -1], -1, 1.0), Encoded([0, 2], [-1], -1, 1.0)]
    config = TrainerConfig(label_smoothing=0.0)
    loss = loss_of(logits, collate(items, pad_id=1), config, torch.ones(4))
    expected = -np.log(np.exp(2) / (np.exp(2) + 3))
    assert float(loss) == pytest.approx(expected, rel=1e-5)
    none = [Encoded([0, 2], [-1, -1], -1, 1.0), Encoded([0, 2], [-1], -1, 1.0)]
    assert float(loss_of(logits, collate(none, pad_id=1), config, torch.ones(4))) == 0.0


# --- batches and augmentation -----------------------------------------------------------------------------------------


@given(st.lists(st.integers(1, 300), max_size=300), st.integers(1, 500), st.integers(1, 9), st.text(max_size=4))
@settings(deadline=None, max_examples=60)
def test_batches_hold_every_place_once_and_keep_their_limits(lengths, tokens, examples, seed):
    batches = bucketed(lengths, tokens=tokens, examples=examples, seed=seed)
    assert sorted(place for batch in batches for place in batch) == list(range(len(lengths)))
    for batch in batches:
        assert 0 < len(batch) <= examples
        assert len(batch) == 1 or len(batch) * max(lengths[place] for place in batch) <= tokens
    assert batches == bucketed(lengths, tokens=tokens, examples=examples, seed=seed)


def test_an_epoch_repeats_and_samples_as_the_source_says(data_file):
    config = configured(data_file)
    config.data.sources["own"].repeat = 3
    learner = _trainer_of(config, Path())
    total = len(learner.sources["own"][1])
    counts = Counter(record["id"] for _, record in learner._epoch_records(0))
    assert set(counts.values()) == {3}
    assert len(counts) == total
    assert len({key for key, _ in learner._epoch_records(0)}) == 3 * total
    config.data.sources["own"].sample = 5
    learner = _trainer_of(config, Path())
    epochs = [Counter(record["id"] for _, record in learner._epoch_records(epoch)) for epoch in (0, 1, 0)]
    assert all(len(epoch) == 5 and set(epoch.values()) == {3} for epoch in epochs)
    assert epochs[0] == epochs[2]
    assert epochs[0] != epochs[1]


def record(text: str, stances: dict[str, str], *, registered: bool = True, language: str = "en", context=None) -> dict:
    return {
        "text": text, "speaker": "The minister", "context": context, "language": language, "registered": registered,
        "actors": list(stances), "labels": [STANCE_NUMBERS[label] for label in stances.values()],
        "drop_context": None,
    }  # fmt: skip


def test_the_same_key_gives_the_same_example():
    one = record("Russia attacks and China watches.", {"Russia": "against", "China": "neutral"}, context="So he said.")
    augment = Augmenter(AugmentConfig(0.5, 0.5, 0.5, 0.5, 2))
    copies = {str(augment(one, random.Random(f"key {key}"))) for key in range(30)}
    assert len(copies) > 10
    assert copies == {str(Augmenter(augment.config)(one, random.Random(f"key {key}"))) for key in range(30)}


def test_a_source_may_keep_its_contexts_whatever_the_others_do():
    one = record("They did it.", {"Russia": "against"}, context="They did it, he said of Moscow.")
    augment = Augmenter(AugmentConfig(drop_context=1.0))
    assert augment(one, random.Random(1)).context is None
    assert augment(one | {"drop_context": 0.0}, random.Random(1)).context == one["context"]


def test_without_chances_an_example_is_only_shuffled():
    one = record("Russia attacks and China watches.", {"Russia": "against", "China": "neutral"}, context="So he said.")
    found = Augmenter(AugmentConfig(0.0, 0.0, 0.0, 0.0, 0))(one, random.Random(1))
    assert (found.text, found.speaker, found.context) == (one["text"], one["speaker"], one["context"])
    plain = plain_example(one)
    assert dict(zip(found.wordings, found.labels, strict=True)) == dict(zip(plain.wordings, plain.labels, strict=True))


def test_other_wordings_come_from_the_registry_and_keep_their_label():
    one = record("La Russia attacca.", {"Russia": "against", "DPRK": "unrelated"}, language="it")
    known = {name: {wording for _, wording in registry.wordings(name)} for name in ("Russia", "DPRK")}
    seen = set()
    for key in range(60):
        found = Augmenter(AugmentConfig(1.0, 0.0, 0.0, 0.0, 0))(one, random.Random(key))
        for wording, label in zip(found.wordings, found.labels, strict=True):
            assert wording in known["Russia" if label == STANCE_NUMBERS["against"] else "DPRK"]
            seen.add(wording)
        assert found.text == one["text"]
    assert len(seen) > 6


def test_a_renamed_actor_keeps_its_label_under_the_new_name():
    one = record(
        "Russia and the Russian army attack; China watches.",
        {"Russia": "against", "China": "favor", "NATO": "unrelated"},
        context="Russia attacks, said the minister.",
    )
    changed = 0
    for key in range(80):
        found = Augmenter(AugmentConfig(0.0, 1.0, 0.0, 0.0, 1))(one, random.Random(key))
        labels = dict(zip(found.wordings, found.labels, strict=True))
        assert len(labels) == len(found.wordings), "no actor is asked about twice"
        if "Russia" not in found.text:
            new = found.text.split(" and the ")[0]
            assert found.text == f"{new} and the {new} army attack; China watches."
            assert found.context == f"{new} attacks, said the minister."
            assert labels[new] == STANCE_NUMBERS["against"]
            assert labels["Russia"] == STANCE_NUMBERS["unrelated"]
            assert labels["China"] == STANCE_NUMBERS["favor"]
            changed += 1
        else:
            assert "China" not in found.text
            assert labels["China"] == STANCE_NUMBERS["unrelated"]
            assert labels["Russia"] == STANCE_NUMBERS["against"]
    assert 10 < changed < 70


def test_a_pair_differs_in_one_name_and_has_the_same_labels_in_the_same_places():
    one = record("Russia attacks; China watches.", {"Russia": "against", "China": "neutral", "NATO": "unrelated"})
    for key in range(40):
        first, second = Augmenter(AugmentConfig(0.0, 0.0, 0.0, 0.0, 1, exchange=0.3)).pair(one, random.Random(key))
        assert first.labels == second.labels
        differing = [place for place, w in enumerate(first.wordings) if w != second.wordings[place]]
        assert len(differing) == 1
        place = differing[0]
        assert second.text == first.text.replace(first.wordings[place], second.wordings[place])
        assert second.text != first.text


def test_invented_names_are_found_in_texts_without_spaces_between_words():
    example = Example("我们谴责卡罗维亚的行为", None, None, "zh", ["卡罗维亚", "NATO"], [0, 3])
    assert list(finder(example)(example.text)) == [(0, 4, 8)]


def test_a_target_that_is_no_name_is_looked_for_nowhere():
    example = Example("The very long clause.", None, None, "en", ["a" * 200, "clause"], [0, 1])
    assert list(finder(example)(example.text)) == [(1, 14, 20)]


@pytest.mark.parametrize("language", ["en", "ru", "uk", "bg", "ar", "zh", "ja", "ko", "de"])
def test_invented_names_have_the_script_of_their_language_and_are_many(language):
    names = {invented_name(language, random.Random(key)) for key in range(400)}
    assert len(names) > 150
    script = {"en": "LATIN", "de": "LATIN", "ar": "ARABIC", "zh": "CJK", "ja": "KATAKANA", "ko": "HANGUL"}
    wanted = script.get(language, "CYRILLIC")
    for name in names:
        assert all(unicodedata.name(letter).startswith(wanted) for letter in name), name
        assert invented_name(language, random.Random(0)) == invented_name(language, random.Random(0))


def test_targets_of_other_corpora_keep_their_names():
    one = record("Donald Trump spoke to Russia.", {"Donald Trump": "favor", "Russia": "against"}, registered=False)
    augment = Augmenter(AugmentConfig(0.0, 1.0, 0.0, 0.0, 0))
    for key in range(20):
        found = augment(one, random.Random(key))
        assert found.text == one["text"]
        assert sorted(found.wordings) == ["Donald Trump", "Russia"]


def test_added_actors_are_named_nowhere_and_unrelated():
    one = record("Russia attacks Ukraine.", {"Russia": "against"}, context="In Berlin, Germany's minister said so.")
    for key in range(60):
        found = Augmenter(AugmentConfig(0.0, 0.0, 0.0, 0.0, 3))(one, random.Random(key))
        assert len(found.wordings) == 4
        assert Counter(found.labels) == {STANCE_NUMBERS["against"]: 1, STANCE_NUMBERS["unrelated"]: 3}
        for name in ("Russia", "Ukraine", "Germany"):
            added = {w for _, w in registry.wordings(name)} & {
                wording
                for wording, label in zip(found.wordings, found.labels, strict=True)
                if label == STANCE_NUMBERS["unrelated"]
            }
            assert not added


def test_labels_follow_their_blocks_into_the_batch(reader):
    _, encoder = reader
    first = encode(encoder, plain_example(record("Russia attacks.", {"Russia": "against", "China": "neutral"})))
    second = encode(encoder, plain_example(record("Nothing.", {})), sentiment=2, weight=0.5)
    batch = collate([first, second], pad_id=encoder.pad_id)
    assert batch.labels.tolist() == [0, 2]
    assert batch.sentiment.tolist() == [-1, 2]
    assert batch.label_weights.tolist() == [1.0, 1.0]
    assert batch.weights.tolist() == [1.0, 0.5]
    assert (batch.input_ids == encoder.actor_id).sum().item() == len(batch.labels)
    assert batch.attention_mask.sum(dim=1).tolist() == [len(first.input_ids), len(second.input_ids)]


# --- metrics and calibration ------------------------------------------------------------------------------------------


def test_scores_by_hand():
    # against: 2 right, 1 wrongly, 1 missed: 2/3; favor: none right: 0; neutral: 1 right, 1 wrongly: 2/3; unrelated: 1
    gold = ["against", "against", "against", "favor", "neutral", "unrelated"]
    predicted = ["against", "against", "neutral", "against", "neutral", "unrelated"]
    found = stance_scores(predicted, gold)
    assert found["f1_against"] == pytest.approx(2 / 3)
    assert found["f1_favor"] == 0.0
    assert found["f1_neutral"] == pytest.approx(2 / 3)
    assert found["f1_unrelated"] == 1.0
    assert found["stance_f1"] == pytest.approx((2 / 3 + 0 + 2 / 3 + 1) / 4)
    assert found["accuracy"] == pytest.approx(4 / 6)
    assert stance_f1(predicted, gold) == found["stance_f1"]
    assert stance_f1(["against"], ["against"]) == 0.25, "labels that do not occur count 0"


@pytest.mark.parametrize("seed", range(3))
def test_scores_are_those_of_scikit_learn(seed):
    chance = np.random.default_rng(seed)
    gold, predicted = chance.integers(0, 4, 200).tolist(), chance.integers(0, 4, 200).tolist()
    found = stance_scores(predicted, gold)
    assert found["stance_f1"] == pytest.approx(f1_score(gold, predicted, average="macro", labels=range(4)))
    assert found["accuracy"] == pytest.approx(accuracy_score(gold, predicted))
    tones = sentiment_scores([label % 3 for label in predicted], [label % 3 for label in gold])
    assert tones["sentiment_f1"] == pytest.approx(
        f1_score([label % 3 for label in gold], [label % 3 for label in predicted], average="macro", labels=range(3))
    )


def test_scores_of_a_data_set_pool_the_four_actors_and_skip_unknown_labels(tmp_path):
    rows = lines(2)
    rows[0]["stance"] = {"Russia": "against", "France": "favor", "China": None}
    rows[1] |= {"lang": "it", "stance": {"NATO": "neutral"}, "sentiment": None}
    path = tmp_path / "x.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    records = load_source("x", SourceConfig(path=str(path), format=SourceFormat.STATEMENTS, origin="", licence=""))
    logits = np.eye(4, dtype=np.float32)[[0, 0, 3, 1]]  # Russia right, France wrong, China unknown, NATO wrong
    found = scores(Outputs(logits, np.eye(3, dtype=np.float32)[[0, 2]]), records)
    assert found["accuracy"] == 0.5
    assert found["f1_against"] == 1.0
    assert found["stance_f1"] == 0.25
    assert found["by_language"]["it"]["pairs"] == 1
    assert set(found["by_actor"]) == {"NATO", "Russia"}
    assert found["other_actors"]["pairs"] == 1
    assert found["sentiment_f1"] == pytest.approx(1 / 3)
    assert evaluation.MAIN_ACTORS == ("NATO", "Russia", "DPRK", "China")


def _answers(count: int, *, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Logits whose softmax is right: a label is as frequent as its probability says."""
    chance = np.random.default_rng(seed)
    logits = chance.normal(size=(count, 4)) * 2
    share = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return logits, (share.cumsum(axis=1) > chance.random((count, 1))).argmax(axis=1)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.5])
def test_a_known_temperature_is_found_again(temperature):
    logits, labels = _answers(20000)
    found = fit(logits * temperature, labels)
    assert found.temperatures == pytest.approx((temperature,) * 4, rel=0.05)
    assert found.offsets == (0.0,) * 4
    assert expected_calibration_error(found.probabilities(logits * temperature), labels) < 0.02
    assert log_loss(logits * temperature, labels, found) <= log_loss(logits * temperature, labels, unscaled(4)) + 1e-9


def test_a_vector_is_found_and_chosen_where_labels_are_off_by_different_amounts():
    logits, labels = _answers(6000)
    bent = logits * np.array([0.5, 1.0, 2.0, 1.0]) + np.array([0.0, 1.5, 0.0, 0.0])
    groups = [str(number // 4) for number in range(len(labels))]
    scaling, probabilities = choose(bent, labels, groups)
    assert scaling.temperatures == pytest.approx((0.5, 1.0, 2.0, 1.0), rel=0.15)
    assert scaling.offsets[1] - np.mean([scaling.offsets[n] for n in (0, 2, 3)]) == pytest.approx(-1.5, abs=0.3)
    assert expected_calibration_error(probabilities, labels) < 0.03


def test_a_label_apart_is_found_and_chosen_where_it_alone_is_off():
    logits, labels = _answers(6000)
    bent = logits * np.array([1.5, 1.5, 1.5, 0.5]) + np.array([0.0, 0.0, 0.0, 0.4])
    groups = [str(number // 4) for number in range(len(labels))]
    scaling, probabilities = choose(bent, labels, groups, apart=3)
    assert scaling.temperatures == pytest.approx((1.5, 1.5, 1.5, 0.5), rel=0.15)
    assert expected_calibration_error(probabilities, labels) < 0.03
    alone = fit(bent, labels, form=Form.APART, apart=3)
    assert len(set(alone.temperatures[:3])) == 1
    assert alone.offsets[:3] == (0.0,) * 3
    assert log_loss(bent, labels, alone) < log_loss(bent, labels, fit(bent, labels)) - 0.01


def test_one_temperature_is_kept_where_a_vector_gives_nothing():
    logits, labels = _answers(800, seed=3)
    scaling, _ = choose(logits * 1.7, labels, [str(number) for number in range(len(labels))])
    assert len(set(scaling.temperatures)) == 1
    assert scaling.offsets == (0.0,) * 4


def test_pairs_of_a_statement_are_in_one_fold_and_are_answered_without_having_been_seen():
    logits, labels = _answers(400)
    groups = [f"s{number // 5}" for number in range(len(labels))]
    fold = folds(groups)
    assert all(len(set(fold[start : start + 5])) == 1 for start in range(0, 400, 5))
    assert len(set(fold)) == 5
    found = held_out(logits, labels, groups, form=Form.VECTOR)
    assert found.sum(axis=1) == pytest.approx(np.ones(400))
    changed = labels.copy()
    changed[:5] = (changed[:5] + 1) % 4
    np.testing.assert_array_equal(held_out(logits, changed, groups, form=Form.VECTOR)[:5], found[:5])


def test_a_head_without_labels_is_left_as_it_is():
    assert fit(np.zeros((0, 4)), np.zeros(0, int)) == unscaled(4)


def test_reliability_counts_every_answer_once():
    logits, labels = _answers(1000)
    bins = reliability(unscaled(4).probabilities(logits), labels)
    assert sum(found["answers"] for found in bins) == 1000
    assert [found["confidence"] for found in bins] == sorted(found["confidence"] for found in bins)
    assert all(abs(found["confidence"] - found["accuracy"]) < 0.15 for found in bins if found["answers"] > 60)


def test_calibration_error_by_hand():
    logits = np.log(np.array([[0.8, 0.2], [0.8, 0.2], [0.6, 0.4], [0.6, 0.4]]))
    labels = np.array([0, 1, 0, 0])
    assert expected_calibration_error(unscaled(2).probabilities(logits), labels) == pytest.approx(0.5 * 0.3 + 0.5 * 0.4)


def test_pooled_dropout_drops_its_share_keeps_the_mean_and_follows_the_seed():
    dropout = PooledDropout(0.25)
    values = torch.ones(64, 500)
    torch.manual_seed(5)
    first, second = dropout(values), dropout(values)
    assert (first == 0).float().mean() == pytest.approx(0.25, abs=0.02)
    assert first.mean() == pytest.approx(1.0, abs=0.03)
    assert not torch.equal(first, second)
    torch.manual_seed(5)
    assert torch.equal(dropout(values), first)
    assert dropout.eval()(values) is values


def test_dropout_of_hidden_states_and_of_attention_are_set_apart(data_file):
    encoder, _ = load_base(BASE, texts=["a b c"])
    set_dropout(encoder, hidden=0.3, attention=0.0)
    layer = encoder.encoder.layer[0]
    assert isinstance(layer.output.dropout, PooledDropout)
    assert layer.output.dropout.share == 0.3
    assert layer.attention.self.dropout.p == 0.0


def test_a_base_keeps_the_pieces_of_another_tokenizer_with_their_vectors(tmp_path):
    encoder, tokenizer = load_base(BASE, texts=["wind rain snow", "rain and more rain"])
    before = encoder.embeddings.word_embeddings.weight.detach().clone()
    data = json.loads(tokenizer.to_str())
    data["model"]["vocab"] = [entry for entry in data["model"]["vocab"] if entry[0] != "\u2581snow"]
    data["added_tokens"] = [token for token in data["added_tokens"] if token["content"] != ACTOR]
    (tmp_path / "tokenizer.json").write_text(json.dumps(data), encoding="utf-8")
    smaller = with_vocabulary(encoder, tokenizer, tmp_path / "tokenizer.json")
    after = encoder.embeddings.word_embeddings.weight
    assert len(after) == smaller.get_vocab_size()
    for piece in ("\u2581rain", "\u2581wind", "</s>"):
        assert torch.equal(after[smaller.token_to_id(piece)], before[tokenizer.token_to_id(piece)])
    data["model"]["vocab"].append(["\u2581hail", -3.0])
    (tmp_path / "tokenizer.json").write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(ModelError, match="another encoder"):
        with_vocabulary(encoder, tokenizer, tmp_path / "tokenizer.json")


def test_a_pair_encoder_trains_loads_and_answers_each_actor_alone(data_file, tmp_path):
    config = configured(data_file, epochs=1)
    config.model.kind = ModelKind.PAIRS
    report = trained(config, tmp_path)
    loaded = load_run(tmp_path)
    assert isinstance(loaded.model, PairModel)
    _, dev = run.load_data(config.data)
    encoder = StatementEncoder(loaded.tokenizer)
    together = predict(loaded.model, encoder, dev)
    assert together.stance.shape == (sum(len(actors) for actors in dev["actors"]), 4)
    assert together.sentiment.shape == (len(dev), 3)
    assert report["dev"]["stance_f1"] == pytest.approx(scores(together, dev)["stance_f1"], abs=1e-6)
    alone = dev.select([0]).map(lambda row: {"actors": row["actors"][1:2], "labels": row["labels"][1:2]})
    np.testing.assert_allclose(predict(loaded.model, encoder, alone).stance[0], together.stance[1], atol=1e-5)


def test_an_example_is_split_into_its_pairs():
    example = plain_example(record("Russia attacks Ukraine.", {"Russia": "against", "Ukraine": "neutral"}))
    _, tokenizer = load_base(BASE, texts=["Russia attacks Ukraine."])
    encoder = StatementEncoder(tokenizer)
    first, second = encode_pairs(encoder, example, sentiment=1, weight=0.5)
    assert (first.labels, second.labels) == ((example.labels[0],), (example.labels[1],))
    assert list(first.input_ids).count(encoder.actor_id) == 1
    assert (second.sentiment, second.weight) == (1, 0.5)


def test_disagreement_is_zero_for_equal_answers_symmetric_and_weighed():
    first, second = (Logits(torch.randn(3, 4), torch.randn(2, 3)) for _ in range(2))
    weights = torch.tensor([1.0, 0.0, 1.0])
    one = Batch(*(torch.zeros(2, 3, dtype=torch.long),) * 2, torch.zeros(3), weights, torch.zeros(2), torch.ones(2))
    assert disagreement(first, first, one).item() == pytest.approx(0.0, abs=1e-7)
    assert disagreement(first, second, one).item() == pytest.approx(disagreement(second, first, one).item())
    assert disagreement(first, second, one).item() > 0
    changed = Logits(second.stance.clone(), second.sentiment)
    changed.stance[1] += torch.tensor([5.0, 0.0, 0.0, 0.0])
    assert disagreement(first, changed, one).item() == pytest.approx(disagreement(first, second, one).item())


def test_training_with_two_readings_of_each_batch_is_reported_and_learns(data_file, tmp_path):
    learner = _trainer_of(configured(data_file, consistency=0.5, epochs=1), tmp_path)
    items = learner._epoch_items(0)[:6]
    learner.model.train()
    losses = [learner._step(items) for _ in range(40)]
    assert losses[-1] < losses[0]


def test_actors_that_change_places_take_their_labels_along():
    one = record("Moscow thanked Beijing, and the Kremlin meant it.", {"Russia": "neutral", "China": "favor"})
    one["speaker"] = "Russian envoy"
    augment = Augmenter(AugmentConfig(0.0, 0.0, 0.0, 0.0, 0, exchange=1.0))
    found = augment(one, random.Random(4))
    assert found.text == "China thanked Russia, and China meant it."
    assert found.speaker == "China envoy"
    labels = dict(zip(found.wordings, found.labels, strict=True))
    assert labels == {"China": STANCE_NUMBERS["neutral"], "Russia": STANCE_NUMBERS["favor"]}


def test_an_actor_may_change_places_with_one_that_is_not_there():
    one = record("We condemn NATO.", {"NATO": "against", "China": "unrelated", "DPRK": "unrelated"})
    augment = Augmenter(AugmentConfig(0.0, 0.0, 0.0, 0.0, 0, exchange=1.0))
    seen = set()
    for key in range(30):
        found = augment(one, random.Random(key))
        against = [
            w for w, label in zip(found.wordings, found.labels, strict=True) if label == STANCE_NUMBERS["against"]
        ]
        assert len(against) == 1
        assert found.text != one["text"]
        seen.add(found.text)
    assert seen == {"We condemn China.", "We condemn North Korea."}


def test_actors_that_nothing_names_keep_their_places():
    one = record("They must stop.", {"Russia": "against", "China": "unrelated"})
    found = Augmenter(AugmentConfig(0.0, 0.0, 0.0, 0.0, 0, exchange=1.0))(one, random.Random(1))
    assert found.text == one["text"]
    assert dict(zip(found.wordings, found.labels, strict=True))["Russia"] == STANCE_NUMBERS["against"]


def test_noise_changes_how_a_text_is_typed_and_nothing_else():
    text = "The alliance will not accept this from moscow"
    names = [(text.index("moscow"), len(text))]
    found = {noisy(text, random.Random(key), language="en", names=names) for key in range(90)}
    assert {text.upper(), text.lower()} <= found
    assert any(" https://" in one for one in found)
    assert any(one[1:-1] == text for one in found)
    typed = [one for one in found if len(one) == len(text) and one.lower() != text.lower()]
    assert typed
    assert all(sorted(one) == sorted(text) and one.endswith("moscow") for one in typed)
    assert all(noisy("…", random.Random(key), language="en") for key in range(10))


def test_noise_knows_the_script():
    chinese = "北约不会接受这一点"
    assert all(chinese in noisy(chinese, random.Random(key), language="zh") for key in range(30))
    assert {noisy(chinese, random.Random(key), language="zh") for key in range(30)} != {chinese}
    turkish = {noisy("İran ılık bir iz", random.Random(key), language="tr") for key in range(60)}
    assert "İRAN ILIK BİR İZ" in turkish
    assert "iran ılık bir iz" in turkish


def test_a_badly_typed_statement_still_stands_in_its_context():
    one = record(
        "We will never bow to them.", {"NATO": "against"}, context='Then he said: "We will never bow to them." So.'
    )
    augment = Augmenter(AugmentConfig(0.0, 0.0, 0.0, 0.0, 0, noise=1.0))
    for key in range(20):
        found = augment(one, random.Random(key))
        assert found.text != one["text"]
        assert found.text in found.context


def test_names_that_share_a_word_in_the_context_do_not_change_places():
    one = record(
        "Russia is right.", {"Russia": "favor", "China": "unrelated"}, context="Of Sino-Russian ties he said so."
    )
    augment = Augmenter(AugmentConfig(0.0, 0.0, 0.0, 0.0, 0, exchange=1.0))
    assert all(augment(one, random.Random(key)).text == one["text"] for key in range(10))


def test_a_run_keeps_its_own_pieces_whatever_is_shipped(data_file, tmp_path, monkeypatch):
    trained(configured(data_file, epochs=1), tmp_path)
    saved = OmegaConf.load(tmp_path / "config.yaml")
    saved.model.base.tokenizer = "shipped"
    OmegaConf.save(saved, tmp_path / "config.yaml")
    asked = []

    def loading(config, *, texts):
        asked.append(config.tokenizer)
        return load_base(dataclasses.replace(config, tokenizer=None), texts=texts)

    monkeypatch.setattr(checkpoint, "load_base", loading)
    load_run(tmp_path)
    assert asked == [str(tmp_path / "model" / "tokenizer.json")]
