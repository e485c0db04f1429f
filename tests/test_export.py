"""The exported files against the torch model, the trimmed tokenizer, and what a failure looks like."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")
transformers = pytest.importorskip("transformers")

from hydra import compose, initialize_config_dir  # noqa: E402
from hydra.errors import ConfigCompositionException  # noqa: E402
from omegaconf import OmegaConf  # noqa: E402
from tokenizers import Tokenizer  # noqa: E402

from benchmarks.card import fill, measured  # noqa: E402
from export import blocks, convert, graph, nodes, quantise, rounding, texts, verify, vocabulary, weights  # noqa: E402
from export.card import MEASURED, recipe  # noqa: E402
from export.config import ExportConfig, QuantiseConfig, VerifyConfig, VocabularyConfig, register  # noqa: E402
from export.quantise import Scheme  # noqa: E402
from export.reliability import MARGIN, SIZE, diagram  # noqa: E402
from export.verify import FileAnswer  # noqa: E402
from stance.encoding import ACTOR, StatementEncoder  # noqa: E402
from stance.errors import InputError, ModelError, RecordError  # noqa: E402
from stance.folder import ModelFolder  # noqa: E402
from stance.training.base import load_base, special_ids  # noqa: E402
from stance.training.checkpoint import LoadedRun  # noqa: E402
from stance.training.config import BaseConfig, BaseKind  # noqa: E402
from stance.training.model import PairModel, StanceModel  # noqa: E402

ROOT = Path(__file__).parents[1]
SENTENCES = [
    "The council thanked Norway for the grain that reached the harbour before winter.",
    "They shelled the bridge twice, and nobody in Moscow will say who gave the order.",
    "Seoul wants talks; Pyongyang answers with rockets and with silence.",
    "Der Kanzler lobte die Allianz und warnte vor einem neuen Wettrüsten in Europa.",
    "Brussels will decide on Friday whether the tariffs against China stay in place.",
    "Пекин предлагает посредничество, а Киев просит оружия и времени.",
]
ACTORS = ["NATO", "Russia", "North Korea", "China"]


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    _, tokenizer = load_base(
        BaseConfig(kind=BaseKind.RANDOM, vocabulary=300, hidden_size=64, heads=4), texts=SENTENCES * 5 + ACTORS
    )
    return tokenizer


@pytest.fixture(scope="module", params=[True, False], ids=["names", "whole text"])
def model(request, tokenizer) -> StanceModel:
    """Return a random model whose blocks look at the names of their actors, and one whose blocks see all of a text."""
    torch.manual_seed(5)
    config = transformers.BertConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=128,
        layer_norm_eps=1e-5,
    )
    encoder = transformers.BertModel(config, add_pooling_layer=False)
    special = special_ids(tokenizer) if request.param else None
    made = StanceModel(encoder, actor_id=tokenizer.token_to_id(ACTOR), special=special).eval()
    with torch.no_grad():
        # Biases and norms away from 0 and 1, and weights that mix the tokens: else a slip in the graph would not show.
        for name, weight in made.named_parameters():
            if weight.ndim == 1:
                weight.add_(torch.randn_like(weight) * 0.1)
            else:
                weight.mul_(20.0 if "head" in name else 5.0)
    return made


@pytest.fixture(scope="module")
def encoder(tokenizer) -> StatementEncoder:
    return StatementEncoder(Tokenizer.from_str(vocabulary.trim(tokenizer, vocabulary.everything(tokenizer)).to_str()))


def windows(encoder, actors=ACTORS):
    return [
        texts.encode(encoder, texts.Record(text, speaker="the envoy", context=f"{text} The hall was quiet."), actors)
        .windows[0]
        .input_ids
        for text in SENTENCES
    ]


@pytest.fixture(scope="module")
def parts(model, tokenizer):
    return weights.extract(model, vocabulary.everything(tokenizer), tokenizer.get_vocab_size() - 1)


@pytest.fixture(scope="module")
def fp32(parts, tmp_path_factory) -> FileAnswer:
    path = tmp_path_factory.mktemp("fp32") / "model.onnx"
    nodes.save(graph.build(parts, table=None, quantised=None), path)
    return FileAnswer.open(path)


@pytest.fixture(scope="module")
def int8(parts, model, encoder, tmp_path_factory) -> FileAnswer:
    path = tmp_path_factory.mktemp("int8") / "model.onnx"
    scales = quantise.calibrate(model, windows(encoder))
    quantised = quantise.quantise(parts, scales, scheme=Scheme(alpha=0.7))
    nodes.save(graph.build(parts, table=blocks.pack(parts.words), quantised=quantised), path)
    return FileAnswer.open(path)


def test_fp32_equals_torch(model, encoder, fp32):
    answer = verify.torch_answer(model)
    for ids in windows(encoder) + windows(encoder, ["NATO"]):
        one, two = answer(ids), fp32(ids)
        np.testing.assert_allclose(two.stance, one.stance, atol=2e-5)
        np.testing.assert_allclose(two.sentiment, one.sentiment, atol=2e-5)
        assert np.abs(one.stance).max() > 0.5  # else the comparison would mean nothing


def test_the_file_finds_names_where_torch_does(model, tokenizer, fp32):
    if model.special is None:
        pytest.skip("this model's blocks do not look for names")
    one, two, three, end, actor = 10, 11, 12, model.special[2], model.actor_id
    text = [model.special[0], one, two, three, two, one, end]
    for names in ([one], [one, two], [two, three], [one, three], [three, two, one], [one, two, three, two, one]):
        ids = np.array([*text, actor, *names, end, actor, 13, end, two, end], dtype=np.int64)
        expected = verify.torch_answer(model)(ids)
        np.testing.assert_allclose(fp32(ids).stance, expected.stance, atol=2e-5)


def test_fp32_equals_torch_in_a_padded_batch(model, encoder, fp32):
    rows = [windows(encoder)[0], windows(encoder, ["China"])[2], windows(encoder, ["NATO", "Iran"])[4]]
    length = max(map(len, rows))
    ids = np.array([[*row, *[encoder.pad_id] * (length - len(row))] for row in rows])
    mask = np.array([[1] * len(row) + [0] * (length - len(row)) for row in rows])
    with torch.inference_mode():
        expected = model(torch.from_numpy(ids), torch.from_numpy(mask))
    logits, stance, sentiment = fp32.batch(rows, pad_id=encoder.pad_id)
    np.testing.assert_allclose(stance, expected.stance.numpy(), atol=2e-5)
    np.testing.assert_allclose(sentiment, expected.sentiment.numpy(), atol=2e-5)
    np.testing.assert_array_equal(logits, stance[[0, 4, 5]])  # the first actor of each row


def test_an_answer_depends_on_nothing_but_its_own_actor(encoder, fp32, int8):
    # In int8 a float may round the other way: a hundredth of the logits' size.
    for answer, tolerance in ((fp32, 1e-5), (int8, 1e-2)):
        for place in range(len(SENTENCES)):
            together = answer(windows(encoder)[place])
            backwards = answer(windows(encoder, ACTORS[::-1])[place])
            np.testing.assert_allclose(backwards.stance[::-1], together.stance, atol=tolerance)
            np.testing.assert_allclose(backwards.sentiment, together.sentiment, atol=tolerance)
            for number, actor in enumerate(ACTORS):
                alone = answer(windows(encoder, [actor])[place])
                np.testing.assert_allclose(alone.stance[0], together.stance[number], atol=tolerance)
                assert alone.stance[0].argmax() == together.stance[number].argmax()


def test_padding_and_the_batch_change_nothing(encoder, fp32, int8):
    rows = [windows(encoder)[0], windows(encoder, ["China"])[1], windows(encoder, [])[2], windows(encoder)[3]]
    for answer, tolerance in ((fp32, 1e-5), (int8, 1e-3)):
        logits, stance, sentiment = answer.batch(rows, pad_id=encoder.pad_id)
        single = [answer(row) for row in rows]
        np.testing.assert_allclose(stance, np.concatenate([one.stance for one in single]), atol=tolerance)
        np.testing.assert_allclose(sentiment, [one.sentiment for one in single], atol=tolerance)
        assert stance.shape == (9, 4)
        np.testing.assert_array_equal(logits[2], 0.0)  # asked about nobody


def test_int8_is_near_fp32(encoder, fp32, int8):
    differences, same = [], []
    for ids in windows(encoder):
        one, two = fp32(ids), int8(ids)
        differences.append(np.abs(one.stance - two.stance).max() / np.abs(one.stance).max())
        same += (one.stance.argmax(axis=1) == two.stance.argmax(axis=1)).tolist()
    assert 0.0 < max(differences) < 0.25  # embeddings of random numbers lose most in 4 bits
    assert np.mean(same) > 0.9


def test_no_weight_can_overflow_in_sixteen_bits(parts, model, encoder):
    scales = quantise.calibrate(model, windows(encoder))
    for quantised in quantise.quantise(parts, scales, scheme=Scheme(alpha=0.7)).layers:
        for linear in (quantised.attention, quantised.attention_out, quantised.inner, quantised.outer):
            assert 2 * 255 * np.abs(linear.weight.astype(np.int64)).max() < 2**15
            assert 0 <= linear.input_zero <= 255


def test_the_alpha_that_is_chosen_leaves_the_least_error(parts, model, encoder):
    seen = quantise.calibrate(model, windows(encoder))[0]

    def error(alpha):
        linear = quantise.quantise_layer(parts.layers[0], seen, Scheme(alpha=alpha), "layer0").inner
        product = quantise.rounded_inputs(linear, seen.inner.sample) @ (linear.weight * linear.weight_scales)
        exact = seen.inner.sample @ parts.layers[0].inner.weight + parts.layers[0].inner.bias
        return np.square(product + linear.bias - exact).mean()

    fixed = [error(alpha) for alpha in quantise.ALPHAS]
    assert error(None) == min(fixed) < max(fixed)


OTHER_SCHEMES = {
    "dynamic": Scheme(alpha=0.7, dynamic=True),
    "unsigned": Scheme(alpha=0.7, limit=quantise.FULL_LIMIT, unsigned=True),
    "nearest": Scheme(alpha=0.7, fitted=False),
    "not smoothed": Scheme(smoothed=False, fitted=False),
    "nibbles": Scheme(alpha=0.7, nibbles=True),
    "exact layer": Scheme(alpha=0.7, exact=frozenset({"layer1"})),
    "exact products": Scheme(
        alpha=0.7, exact=frozenset({"layer0.attention", "layer1.attention_out", "layer0.outer", "layer1.inner"})
    ),
}


@pytest.mark.parametrize("name", OTHER_SCHEMES)
def test_every_scheme_answers_nearly_as_float32_does(parts, model, encoder, fp32, tmp_path, name):
    scales = quantise.calibrate(model, windows(encoder))
    quantised = quantise.quantise(parts, scales, scheme=OTHER_SCHEMES[name])
    nodes.save(graph.build(parts, table=None, quantised=quantised), tmp_path / "model.onnx")
    other = FileAnswer.open(tmp_path / "model.onnx")
    for ids in windows(encoder):
        one, two = fp32(ids), other(ids)
        # Logits here are from about -4 to 4.
        np.testing.assert_allclose(one.stance, two.stance, atol=0.8 if name == "nibbles" else 0.2)
        assert not np.array_equal(one.stance, two.stance)


def test_a_scheme_with_everything_exact_is_float32(parts, model, encoder, fp32, tmp_path):
    scheme = Scheme(alpha=0.7, exact=frozenset(f"layer{number}" for number in range(len(parts.layers))))
    quantised = quantise.quantise(parts, quantise.calibrate(model, windows(encoder)), scheme=scheme)
    nodes.save(graph.build(parts, table=None, quantised=quantised), tmp_path / "model.onnx")
    other = FileAnswer.open(tmp_path / "model.onnx")
    for ids in windows(encoder):
        # The position table has half the digits in the other file.
        np.testing.assert_allclose(fp32(ids).stance, other(ids).stance, atol=5e-3)


@pytest.mark.parametrize(
    "wrong",
    [
        {"alpha": 1.5},
        {"limit": 0},
        {"limit": 128},
        {"exact": frozenset({"outer"})},
        {"nibbles": True, "fitted": False},
        {"nibbles": True, "limit": 5},
    ],
)
def test_a_scheme_that_cannot_be_is_refused(wrong):
    with pytest.raises(InputError, match=next(iter(wrong))):
        Scheme(**wrong)


def test_nibbles_are_few_numbers_a_block():
    weight = np.random.default_rng(1).normal(size=(64, 6)).astype(np.float32)
    scales = np.abs(weight).max(axis=0) / 64
    found = rounding.rounded(weight, scales, np.eye(64, dtype=np.float32), limit=64, nibbles=True)
    for block in (found[:32], found[32:]):
        for column in block.T.astype(int):
            factor = np.gcd.reduce(column)
            assert np.abs(column // factor).max() <= 7


def test_rounding_with_the_inputs_in_view_leaves_less_error_than_to_the_nearest_step():
    chance = np.random.default_rng(4)
    mixing = chance.normal(size=(150, 150)) / 6 + np.eye(150)
    inputs = (chance.normal(size=(900, 150)) @ mixing).astype(np.float32)
    weight = chance.normal(size=(150, 20)).astype(np.float32)
    scales = (np.abs(weight).max(axis=0) / 8).astype(np.float32)

    def error(steps):
        return np.square(inputs @ (steps * scales) - inputs @ weight).mean()

    found = rounding.rounded(weight, scales, inputs, limit=8)
    assert found.dtype == np.int8
    assert np.abs(found).max() <= 8
    assert error(found) < 0.7 * error(np.clip(np.rint(weight / scales), -8, 8))


def test_inputs_that_never_occur_are_rounded_to_the_nearest_step():
    weight = np.array([[0.4, -1.6], [2.2, 0.9]], dtype=np.float32)
    found = rounding.rounded(weight, np.ones(2, np.float32), np.zeros((3, 2), np.float32), limit=2)
    assert found.tolist() == [[0, -2], [2, 1]]


def test_calibration_needs_texts_and_leaves_no_hook(model):
    with pytest.raises(ValueError, match="nothing to calibrate"):
        quantise.calibrate(model, [])
    assert not any(module._forward_pre_hooks for module in model.modules())


def test_blocks_of_four_bits_come_back_exactly():
    random = np.random.default_rng(0)
    nibbles = random.integers(0, 16, (50, 4, 32)).astype(np.float32)
    nibbles[0, 0], nibbles[1, 1] = 8, 9
    scales = random.normal(0, 0.02, (50, 4, 1)).astype(np.float16).astype(np.float32)
    words = ((nibbles - 8) * scales).reshape(50, 128)
    table = blocks.pack(words, rows=16)
    assert table.exact
    np.testing.assert_array_equal(table.dequantise(), words)
    assert table.nibbles.nbytes + table.scales.nbytes == 50 * 4 * 18


def test_other_numbers_are_rounded_to_four_bits():
    words = np.random.default_rng(1).normal(0, 1, (20, 64)).astype(np.float32)
    table = blocks.pack(words)
    assert not table.exact
    assert np.abs(table.dequantise() - words).max() < np.abs(words).max() / 8


def test_the_graph_reads_four_bits_exactly(parts, encoder, tmp_path):
    table = blocks.pack(parts.words)
    rounded = weights.ModelWeights(
        **{name: getattr(parts, name) for name in weights.ModelWeights.__slots__ if name != "words"},
        words=table.dequantise(),
    )
    nodes.save(graph.build(rounded, table=None, quantised=None), tmp_path / "floats.onnx")
    nodes.save(graph.build(rounded, table=table, quantised=None), tmp_path / "blocks.onnx")
    floats, packed = FileAnswer.open(tmp_path / "floats.onnx"), FileAnswer.open(tmp_path / "blocks.onnx")
    for ids in windows(encoder):
        np.testing.assert_array_equal(floats(ids).stance, packed(ids).stance)


CHOICE = vocabulary.Choice(140, ("Latin", "Cyrillic"), ("Cyrillic",))


def test_trimming_keeps_the_paths_of_what_was_counted(tokenizer):
    counts = {"en": vocabulary.piece_counts(tokenizer, SENTENCES[:3])}
    kept = vocabulary.choose(tokenizer, counts, ["NATO", "Russia"], CHOICE)
    trimmed = vocabulary.trim(tokenizer, kept)
    assert len(kept) < tokenizer.get_vocab_size()
    assert trimmed.get_vocab_size() == len(kept)
    assert trimmed.token_to_id(ACTOR) == len(kept) - 1
    for text in [*SENTENCES[:3], "NATO", "Russia"]:
        before = tokenizer.encode(text, add_special_tokens=False)
        after = trimmed.encode(text, add_special_tokens=False)
        assert after.tokens == before.tokens
        assert kept[after.ids].tolist() == before.ids
    for text in SENTENCES:  # what was not counted is cut finer, but no character is lost
        assert "<unk>" not in trimmed.encode(text, add_special_tokens=False).tokens


def test_scores_of_kept_pieces_stay(tokenizer):
    kept = vocabulary.choose(tokenizer, {}, [], CHOICE)
    before = dict(json.loads(tokenizer.to_str())["model"]["vocab"])
    after = dict(json.loads(vocabulary.trim(tokenizer, kept).to_str())["model"]["vocab"])
    assert {piece: before[piece] for piece in after} == pytest.approx(after, rel=1e-12)
    assert min(before.values()) == min(after.values())


def test_coverage_tells_what_trimming_changes(tokenizer):
    counts = {"en": vocabulary.piece_counts(tokenizer, SENTENCES[:1])}
    kept = vocabulary.choose(tokenizer, counts, [], vocabulary.Choice(0, ("Latin",), ()))
    trimmed = vocabulary.trim(tokenizer, kept)
    records = [texts.Record(SENTENCES[0], "en"), texts.Record(SENTENCES[3], "de")]
    found = vocabulary.coverage(tokenizer, trimmed, kept, records)
    assert found["de"]["identical"] == 0.0
    assert found["de"]["growth"] > 1.0
    everything = vocabulary.everything(tokenizer)
    same = vocabulary.coverage(tokenizer, vocabulary.trim(tokenizer, everything), everything, records)
    assert same["de"] == {"texts": 1, "identical": 1.0, "growth": 1.0}


def test_a_plain_client_s_pair_is_our_input(tokenizer, encoder, fp32, tmp_path):
    vocabulary.save(vocabulary.trim(tokenizer, vocabulary.everything(tokenizer)), tmp_path)
    plain = transformers.AutoTokenizer.from_pretrained(tmp_path)
    for text in SENTENCES:
        inputs = plain(text, "North Korea")
        ours = encoder.encode(text, ["North Korea"]).windows[0].input_ids
        assert set(inputs) == {"input_ids", "attention_mask"}
        assert inputs["input_ids"] == ours.tolist()
        assert plain(text)["input_ids"] == ours[: ours.tolist().index(encoder.actor_id)].tolist()
    assert plain.pad_token_id == encoder.pad_id
    assert (
        encoder.encode("He wrote [ACTOR] Russia </s>.", ["NATO"]).windows[0].input_ids == encoder.actor_id
    ).sum() == 1


def test_read_and_spread(tmp_path):
    lines = [{"text": f"t{number}", "lang": "en" if number % 5 else "de"} for number in range(50)]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    (tmp_path / "secret.jsonl").write_text("{}", encoding="utf-8")
    paths = texts.expand([str(tmp_path / "*.jsonl")], never=["secret.jsonl"])
    assert [path.name for path in paths] == ["a.jsonl"]
    records = list(texts.read(paths))
    languages = [record.language for record in texts.spread(records, 20)]
    assert len(languages) == 20
    assert languages.count("de") == 10
    with pytest.raises(InputError, match="no file"):
        texts.expand([str(tmp_path / "b*.jsonl")])
    with pytest.raises(RecordError, match=r"secret\.jsonl:1"):
        list(texts.read([tmp_path / "secret.jsonl"]))


def agreed(share, **languages):
    by_language = {name: {"stance": stance, "pairs": pairs} for name, (stance, pairs) in languages.items()}
    return {"stance": share, "pairs": 1000, "by_language": by_language}


def figures(**changes):
    file = {
        "max_logit_difference": 1e-6,
        "agreement": agreed(0.99),
        "score": {"stance_f1": 0.7},
        "independence": {"alone": 0.0, "reversed": 0.0, "padded": 0.0},
    }
    return {"files": {"fp32": file, "int8": file | changes}}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"agreement": agreed(0.98)}, r"98.00% of fp32's labels in all languages \(1000 pairs\), less than 99.00%"),
        ({"agreement": agreed(0.995, de=(1.0, 500), bg=(0.984, 125))}, r"in bg \(125 pairs\)"),
        ({"agreement": agreed(0.995, uk=(0.8, 10))}, r"in uk \(10 pairs\)"),
        ({"score": {"stance_f1": 0.69}}, "loses 0.0100"),
        ({"independence": {"alone": 0.2, "reversed": 0.0, "padded": 0.0}}, "other actors or padding"),
        ({"agreement": agreed(float("nan"))}, "less than"),
    ],
)
def test_a_limit_that_is_exceeded_is_named(changes, message):
    verify.check(figures(), VerifyConfig())
    with pytest.raises(ModelError, match=message):
        verify.check(figures(**changes), VerifyConfig())


def test_one_other_label_of_a_few_is_let_pass():
    verify.check(figures(agreement=agreed(0.995, uk=(0.9, 10), ar=(0.99, 99))), VerifyConfig())


def test_verification_sees_a_wrong_weight(model, encoder, tokenizer, fp32):
    records = [texts.Record(text, stance={"NATO": "against"}) for text in SENTENCES]
    found = verify.cases(records, trimmed=encoder, full=encoder)
    assert verify.parity(verify.torch_answer(model), fp32, found) < 1e-4
    other = verify.torch_answer(StanceModel(model.encoder, actor_id=model.actor_id).eval())
    assert verify.parity(other, fp32, found) > 1e-2
    score = verify.score(verify.Answers.of(fp32, [case.trimmed for case in found]), found)
    assert score is not None
    assert score["pairs"] == len(SENTENCES)


@pytest.mark.parametrize("group", ["full", "own"])
def test_the_configuration_is_whole(group):
    register()
    with initialize_config_dir(str(ROOT / "configs"), version_base="1.3"):
        config = OmegaConf.to_object(compose("export", [f"export={group}", "run=outputs/x", "data_root=/there"]))
        with pytest.raises(ConfigCompositionException, match="alhpa"):
            compose("export", ["run=outputs/x", "quantise.alhpa=0.5"])
    assert isinstance(config, ExportConfig)
    assert config.target == "outputs/x/folder"
    for patterns in (config.vocabulary.texts, config.vocabulary.held_out, config.quantise.texts, config.verify.texts):
        assert not any("test" in pattern for pattern in patterns)
    # What is held out or verified on is neither counted nor calibrated on.
    if group == "full":
        assert not set(config.verify.texts) & {*config.quantise.texts, *config.vocabulary.texts}
        assert not set(config.vocabulary.held_out) & set(config.vocabulary.texts)


@pytest.fixture
def export_config(tmp_path, tokenizer, model, monkeypatch):
    config = {
        "task": "full",
        "model": {"base": {"name": "a-base"}},
        "data": {"sources": {"ours": {"origin": "this project", "licence": "Apache-2.0"}}, "dev": {}},
    }
    theirs = {"sources": {"theirs": {"origin": "elsewhere", "licence": "CC BY 4.0"}}, "dev": {}}
    run = LoadedRun(
        model,
        Tokenizer.from_str(tokenizer.to_str()),
        config,
        {
            "stance": {"temperatures": [1.5, 1.0, 2.0, 1.0], "offsets": [0.0, 0.5, 0.0, -0.5]},
            "sentiment": {"temperatures": [0.5] * 3, "offsets": [0.0] * 3},
        },
        {
            "stance": {
                "before": 0.08,
                "after": 0.03,
                "related": 0.04,
                "bins": [{"confidence": 0.7, "accuracy": 0.6, "answers": 10}],
            }
        },
        {"stance_f1": 0.5, "by_language": {}},
        {"ours.jsonl": "00"},
        (config | {"task": "first", "data": theirs}, config),
    )
    monkeypatch.setattr(convert, "load_run", lambda folder: run)
    lines = [{"text": text, "lang": "en", "stance": {"NATO": "neutral", "SouthKorea": "favor"}} for text in SENTENCES]
    (tmp_path / "texts.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    patterns = [str(tmp_path / "*.jsonl")]
    return ExportConfig(
        run="somewhere",
        target=str(tmp_path / "folder"),
        name="a-model",
        languages=["en"],
        vocabulary=VocabularyConfig(pieces=150, texts=patterns, scripts=["Latin", "Cyrillic"], held_out=patterns),
        quantise=QuantiseConfig(texts=patterns),
        # A random model with random embeddings is no good model in 4 bits.
        verify=VerifyConfig(texts=patterns, written=patterns, int8_agreement=0.5, score_loss=1.0),
    )


def test_a_run_becomes_a_folder(export_config):
    folder = ModelFolder.open(convert.export(export_config))
    assert [part.tolist() for part in folder.scaling("stance")] == [[1.5, 1.0, 2.0, 1.0], [0.0, 0.5, 0.0, -0.5]]
    assert folder.scaling("sentiment")[0].tolist() == [0.5] * 3
    assert folder.actors[:4] == ("NATO", "Russia", "DPRK", "China")
    assert folder.data_hashes == {"ours.jsonl": "00"}
    card = (folder.path / "README.md").read_text(encoding="utf-8")
    assert "| ours | this project | Apache-2.0 | training in stage 2 (full) |" in card
    assert "| theirs | elsewhere | CC BY 4.0 | training in stage 1 (first) |" in card
    described = json.loads((folder.path / "config.json").read_text(encoding="utf-8"))
    assert described["id2label"] == {"0": "against", "1": "favor", "2": "neutral", "3": "unrelated"}
    assert described["vocab_size"] == Tokenizer.from_file(str(folder.tokenizer)).get_vocab_size()
    report = json.loads((folder.path / "export_report.json").read_text(encoding="utf-8"))
    assert report["files"]["fp32"]["max_logit_difference"] < 1e-4
    assert report["files"]["int8"]["agreement"]["by_language"].keys() == {"en"}
    assert report["files"]["fp32"]["score"]["pairs"] == len(SENTENCES)
    page = (folder.path / "export_report.md").read_text(encoding="utf-8")
    for part in ("| int8 |", "| en |", "made up", report["machine"]["processor"], "| language | pairs |"):
        assert part in page
    card = (folder.path / "README.md").read_text(encoding="utf-8")
    for part in ("# a-model", "Apache-2.0", "`onnx/model_quantized.onnx`", "base_model: a-base"):
        assert part in card
    assert not list(folder.path.parent.glob("*.unverified"))


def test_a_failed_verification_leaves_the_older_folder(export_config):
    target = Path(export_config.target)
    target.mkdir()
    (target / "old").touch()
    export_config.verify.fp32_difference = 0.0
    with pytest.raises(ModelError, match="differs from torch"):
        convert.export(export_config)
    assert [path.name for path in target.iterdir()] == ["old"]
    assert (target.with_name("folder.unverified") / "export_report.json").is_file()


def test_the_reliability_diagram_has_a_panel_a_head_and_a_point_a_bin():
    bins = [{"confidence": 0.5, "accuracy": 0.25, "answers": 4}, {"confidence": 0.9, "accuracy": 1.0, "answers": 16}]
    drawn = diagram({"stance": {"after": 0.031, "bins": bins}, "sentiment": {"after": 0.05, "bins": bins[:1]}})
    root = ElementTree.fromstring(drawn)
    circles = root.findall(".//{*}circle")
    assert len(circles) == 3
    # Half of the way to the right and a quarter up, in a panel that begins at the margin.
    assert (float(circles[0].get("cx")), float(circles[0].get("cy"))) == (MARGIN + SIZE / 2, MARGIN + SIZE * 0.75)
    assert float(circles[1].get("r")) > float(circles[0].get("r"))
    assert "stance: error 3.1 %" in drawn


def test_the_card_and_the_report_tell_how_well_confidence_is_calibrated(export_config):
    folder = convert.export(export_config)
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert "| stance | 8.0% | 3.0% |" in card
    assert "| stance | 0.70 | 0.60 | 10 |" in card
    assert (folder / "reliability.svg").read_text(encoding="utf-8").startswith("<svg")
    assert (
        json.loads((folder / "export_report.json").read_text(encoding="utf-8"))["calibration"]["stance"]["after"]
        == 0.03
    )


def test_a_run_is_exported_without_an_int8_file(export_config):
    export_config.quantise.enabled = False
    folder = ModelFolder.open(convert.export(export_config))
    assert folder.model() == folder.model("fp32")
    assert "| fp32 |" in (folder.path / "export_report.md").read_text(encoding="utf-8")


def test_weights_that_overflow_on_other_processors_are_refused():
    assert convert.scheme(QuantiseConfig()) == Scheme()
    assert convert.scheme(QuantiseConfig(limit=127, unsigned=True)).limit == 127
    with pytest.raises(InputError, match=r"overflows.*quantise\.unsigned=true"):
        convert.scheme(QuantiseConfig(limit=127))


def test_a_layer_that_is_not_there_cannot_stay_exact(parts, model, encoder):
    scales = quantise.calibrate(model, windows(encoder))
    with pytest.raises(InputError, match=r"\['layer9.outer'\], but the model has only layer0, layer1"):
        quantise.quantise(parts, scales, scheme=Scheme(exact=frozenset({"layer9.outer"})))


def test_the_card_names_the_teacher():
    stage = {"task": "full", "model": {}, "data": {}}
    taught = {"task": "fast", "model": {"kept_layers": [0, 2]}, "data": {}, "distil": {"teacher": "outputs/large"}}
    text = recipe([stage, taught], {})
    assert "the states of large" in text
    assert "layers 0, 2 of that run" in text
    assert "learnt from" not in recipe([stage], {})


def test_a_pair_encoder_is_not_exported(export_config, tokenizer, model, monkeypatch):
    pair = PairModel(model.encoder, actor_id=model.actor_id)
    monkeypatch.setattr(convert, "load_run", lambda folder: LoadedRun(pair, tokenizer, {}, {}, {}, {}, {}))
    with pytest.raises(ModelError, match="only joint ones"):
        convert.export(export_config)


def test_measured_figures_are_put_into_the_card_and_replaced_by_newer_ones():
    card = f"# A model\n\n{MEASURED}\n\n## Files\n"
    quality = "# Q\n\n## Ours and simpler ones\n\n| a |\n| - |\n| 1 |\n\ntext\n\n"
    quality += "## Real statements by label, actor and language\n\nsaid.\n\n| b |\n| - |\n| 2 |\n"
    behaviour = (
        "## Written cases, right in %\n\n| c |\n| - |\n| 3 |\n\n## Changes to dev, held in %\n\n| d |\n| - |\n| 4 |\n"
    )
    first = fill(card, measured(quality, behaviour))
    assert all(f"| {number} |" in first for number in (1, 2, 3, 4))
    assert "text" not in first.split("## Files")[0].split("### Ours")[1].split("###")[0]
    second = fill(first, measured(quality.replace("| 1 |", "| 9 |"), behaviour))
    assert "| 9 |" in second
    assert "| 1 |" not in second
    assert second.count("## Behaviour") == 1
    assert second.endswith("## Files\n")
    with pytest.raises(SystemExit, match="no marks"):
        fill("# A model\n", "x")
    with pytest.raises(SystemExit, match="no section"):
        measured("# Q\n", "")


def test_a_run_that_trained_with_the_pieces_it_has_keeps_them_all(export_config):
    export_config.vocabulary.pieces = 100_000
    folder = convert.export(export_config)
    words = json.loads((folder / "export_report.json").read_text(encoding="utf-8"))["vocabulary"]
    assert words["pieces"] == words["pieces_before"]
    assert "was trained with the" in (folder / "README.md").read_text(encoding="utf-8")
