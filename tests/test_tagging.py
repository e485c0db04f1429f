"""The tagger's reading of a text, its decoding, the union with the rules, its training and its place in the graph."""

from __future__ import annotations

import dataclasses
import itertools
import json
import pickle
import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import stance
from stance import quotes
from stance.errors import InputError, ModelError
from stance.folder import MODEL_FILES
from stance.predictor import Predictor
from stance.tagging import decoding, speakers, union, windows
from stance.tagging.decoding import Pointed, Reading, Stretch, WindowOutputs
from stance.tagging.labels import KINDS, OUTSIDE, POINTER_SIZE, POINTERS, TAGS, TARGETS, WINDOW, begin
from stance.tagging.speakers import Speaker
from stance.text import clean, neighbourhood, sentences
from stance.types import ExtractionMode, StatementKind


def inside(kind):
    return begin(kind) + 1


ROOT = Path(__file__).parents[1]
DIRECT, MIXED, INDIRECT = KINDS
FULL = union.LIMITS[ExtractionMode.FULL]


@pytest.fixture(scope="module")
def encoder(tiny_folder):
    return Predictor.load(tiny_folder, precision="fp32")._encoder


# --- windows ----------------------------------------------------------------------------------------------------------


def test_tokens_stand_where_their_words_stand(encoder):
    text = "Russia will  meet.\n\n“China,” he said."
    tokens = windows.tokenise(encoder, text)
    pieces = [text[start:end] for start, end in zip(tokens.starts, tokens.ends, strict=True)]
    # A mark at the beginning of a line may come as two tokens at one place.
    assert "".join(piece for piece, _ in itertools.groupby(pieces)) == "".join(text.split())
    breaks = [place for place, number in enumerate(tokens.ids) if number == encoder.end_id]
    assert len(breaks) == 1
    assert pieces[breaks[0]] == ""
    first, last = tokens.covering(text.index("China"), text.index("China") + 5)
    assert text[tokens.starts[first] : tokens.ends[last - 1]].strip("“”,") == "China"


def test_letters_with_loose_marks_are_composed_and_keep_their_places(encoder):
    text = "e\u0301te\u0301 \ud83d\ude00 Russia \ud800x"
    tokens = windows.tokenise(encoder, text)
    assert tokens.ends[-1] == len(text)
    place = text.index("Russia")
    first, last = tokens.covering(place, place + 6)
    assert text[tokens.starts[first] : tokens.ends[last - 1]] == "Russia"


def test_what_is_no_language_is_not_read(encoder):
    assert len(windows.tokenise(encoder, '"' * 10_000).ids) == 0
    kept = windows.tokenise(encoder, "a" * 100_000 + "\nRussia")
    assert "".join(("a" * 100_000 + "\nRussia")[a:b] for a, b in zip(kept.starts, kept.ends, strict=True)) == "Russia"


@given(st.integers(0, 5000))
def test_every_token_is_answered_for_once_by_a_window_that_has_it(count):
    starts = windows.starts_of(count)
    edges = windows.owned(starts, count)
    assert [place for first, last in edges for place in range(first, last)] == list(range(count))
    for start, (first, last) in zip(starts, edges, strict=True):
        assert start <= first <= last <= start + WINDOW - 2
        assert first == 0 or first - start >= windows.BEFORE


# --- decoding ---------------------------------------------------------------------------------------------------------


def _allowed(path):
    return all(
        tag % 2 == 1 or tag == OUTSIDE or before in (tag, tag - 1) for before, tag in itertools.pairwise([0, *path])
    )


@settings(max_examples=30)
@given(st.integers(0, 10_000), st.integers(1, 4))
def test_the_best_path_is_the_best_of_all_that_are_allowed(seed, length):
    scores = np.random.default_rng(seed).normal(size=(length, TAGS)).astype(np.float32)
    path = decoding.best_path(scores)
    paths = [one for one in itertools.product(range(TAGS), repeat=length) if _allowed(one)]
    best = max(sum(scores[place, tag] for place, tag in enumerate(one)) for one in paths)
    assert _allowed(path)
    assert sum(scores[place, tag] for place, tag in enumerate(path)) == pytest.approx(best, abs=1e-4)


def test_runs_are_spans_of_one_kind():
    path = [0, begin(DIRECT), inside(DIRECT), begin(DIRECT), begin(INDIRECT), inside(INDIRECT), 0]
    assert decoding.runs(path) == [(DIRECT, 1, 3), (DIRECT, 3, 4), (INDIRECT, 4, 6)]


def _reading(encoder, text, marked, *, points=None, sure=12.0):
    """Return a reading whose tagger is sure of the marked words, which point to other words."""
    tokens = windows.tokenise(encoder, text)
    size = len(tokens.ids) + 2
    tags = np.zeros((size, TAGS), np.float32)
    tags[:, OUTSIDE] = sure
    queries = np.zeros((size, POINTERS, POINTER_SIZE), np.float32)
    keys = np.zeros_like(queries)
    keys[0, :, 0] = 1.0  # nowhere, unless something else is pointed to
    for number, (words, kind) in enumerate(marked, start=1):
        place = text.index(words)
        first, last = tokens.covering(place, place + len(words))
        tags[1 + first : 1 + last, OUTSIDE] = 0.0
        tags[1 + first : 1 + last, inside(kind)] = sure
        tags[1 + first, [begin(kind), inside(kind)]] = sure, 0.0
        queries[1 + first : 1 + last, :, 0] = 20.0
        for target, aim in (points or {}).get(words, {}).items():
            where = text.index(aim)
            one, other = tokens.covering(where, where + len(aim))
            pointer = 2 * TARGETS.index(target)
            queries[1 + first : 1 + last, pointer : pointer + 2, number] = 200.0
            keys[1 + one, pointer, number] = 1.0
            keys[other, pointer + 1, number] = 1.0
    return Reading(text, tokens, [0], [WindowOutputs(tags, queries, keys)])


def test_a_reading_gives_spans_and_where_they_point_to(encoder):
    text = "China said that it will meet Russia. Nobody spoke."
    reading = _reading(
        encoder, text, [("it will meet Russia", INDIRECT)], points={"it will meet Russia": {"name": "China"}}
    )
    (stretch,) = reading.stretches()
    assert text[slice(*stretch.span)] == "it will meet Russia"
    assert stretch.kind is INDIRECT
    assert stretch.confidence > 0.99
    pointed = reading.point([stretch.span])
    assert text[slice(*pointed["name"].span)] == "China"
    assert pointed["mention"].span is None
    assert reading.probability([stretch.span]) > 0.99
    assert reading.probability([(text.index("Nobody"), len(text))]) < 0.01
    assert reading.probability([stretch.span], [DIRECT]) < 0.01


# --- union ------------------------------------------------------------------------------------------------------------


def _unite(encoder, text, marked, *, points=None, limits=FULL):
    rules = quotes.extract(text, language="en")
    return union.unite(clean(text), text, rules, _reading(encoder, text, marked, points=points), limits=limits)


NEWS = (
    "The mayor, Ann Bell, said that the bridge is safe. “We will pay for it,” she said. The ship “Morning Star” left."
)


def test_the_tagger_adds_what_stands_in_no_marks_and_takes_away_what_is_none(encoder):
    quoted, reported = "We will pay for it", "the bridge is safe"
    points = {reported: {"mention": "Ann Bell", "name": "Ann Bell", "cue": "said"}}
    found = _unite(encoder, NEWS, [(quoted, DIRECT), (reported, INDIRECT)], points=points)
    assert [(one.text.strip(","), one.kind) for one in found] == [(reported, INDIRECT), (quoted, DIRECT)]
    assert found[0].speaker == "Ann Bell"
    assert NEWS[slice(*found[0].speaker_span)] == "Ann Bell"
    assert found[0].cue == "said"
    assert "bridge" in found[0].context
    assert _unite(encoder, NEWS, []) == []


def test_what_rules_and_tagger_both_have_is_given_once(encoder):
    found = _unite(encoder, NEWS, [("We will pay", DIRECT)])
    assert [one.text.strip(",") for one in found] == ["We will pay for it"]


def test_two_stretches_that_meet_inside_a_word_do_not_share_it(encoder):
    text = "Bell said the bridge reconstruction costs much."
    parts = [
        Stretch((10, text.index("struction")), INDIRECT, 1.0),
        Stretch((text.index("struction"), 46), INDIRECT, 1.0),
    ]
    found = union._added(text, parts, [], FULL)
    assert [text[slice(*one.span)] for one in found] == ["the bridge reconstruction", "costs much"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("“the bridge is safe”,", "the bridge is safe"),
        ("the bridge is “safe”.", "the bridge is “safe”"),
        (", so it is –", "so it is"),
        ("“”", None),
    ],
)
def test_signs_at_the_edges_are_no_words_of_a_statement(text, expected):
    span = union._trimmed(text, (0, len(text)), stops=True)
    assert (None if span is None else text[slice(*span)]) == expected


def test_precise_gives_less_than_full(encoder):
    text = NEWS
    reading = _reading(encoder, text, [("the bridge is safe", INDIRECT)], sure=3.0)
    rules = quotes.extract(text, language="en")
    full = union.unite(clean(text), text, rules, reading, limits=FULL)
    precise = union.unite(clean(text), text, rules, reading, limits=union.LIMITS[ExtractionMode.PRECISE])
    assert [one.text for one in full] == ["the bridge is safe"]
    assert precise == []


def test_stretches_with_nothing_but_signs_between_are_one():
    text = "He ate. She left. “Why?” No."
    parts = [Stretch((0, 6), DIRECT, 1.0), Stretch((8, 16), DIRECT, 0.5), Stretch((19, 22), DIRECT, 1.0)]
    first, second = union.merged(parts, text)
    assert first.span == (0, 16)
    assert first.confidence == pytest.approx((6 * 1.0 + 8 * 0.5) / 14)
    assert second is parts[2]


@pytest.mark.parametrize(
    ("mention", "name", "rules", "expected"),
    [
        # both see the same mention: the rules name it, unless the tagger is surer
        (((0, 3), 0.9), ((4, 12), 0.7), Speaker("Bob Cole", (0, 3), 1.0), "Bob Cole"),
        (((0, 3), 0.9), ((4, 12), 0.95), Speaker("Bob Cole", (0, 3), 1.0), "Ann Bell"),
        # another mention than the rules': the tagger's name
        (((0, 3), 0.9), ((4, 12), 0.7), Speaker("Bob Cole", (13, 19), 1.0), "Ann Bell"),
        # neither name nor mention is likely: the rules'
        (((0, 3), 0.3), ((4, 12), 0.3), Speaker("Bob Cole", (13, 19), 1.0), "Bob Cole"),
        # a sure mention by name beats an unsure name of somebody else
        (((13, 19), 0.95), ((4, 12), 0.7), None, "Doctor"),
        ((None, 0.9), (None, 0.9), None, None),
    ],
)
def test_the_surer_speaker_is_taken(mention, name, rules, expected):
    text = "she Ann Bell Doctor Bob Cole"
    pointed = {"mention": Pointed(*mention), "name": Pointed(*name), "cue": Pointed(None, 0.0)}
    assert speakers.choose(text, pointed, rules=rules).name == expected


def test_a_short_name_becomes_the_full_one_that_the_text_has():
    names = speakers.Names({"Mark Rutte", "Ann Bell-Rutte Smith", "Rutte", "Jan Kok", "Piet Kok"})
    assert names.fullest("Rutte") == "Mark Rutte"
    assert names.fullest("Bell") == "Bell"
    assert names.fullest("Peter") == "Peter"
    # Two could be meant.
    assert names.fullest("Kok") == "Kok"


def test_the_neighbourhood_of_a_span_is_its_sentence_and_those_beside_it():
    text = "One goes. Two comes. Three stays. Four sits."
    places = sentences(text)
    start = text.index("Three")
    assert neighbourhood(text, places, start, start + 5) == "Two comes. Three stays. Four sits."
    assert neighbourhood(text, places, 0, 3) == "One goes. Two comes."
    assert neighbourhood("", [], 0, 0) == ""


# --- the public functions ---------------------------------------------------------------------------------------------


def test_a_model_without_a_tagger_says_so(tiny):
    document = tiny.predict("“Russia will leave,” said Ann Bell.")
    assert any("no tagger" in warning for warning in document.warnings)
    assert tiny.predict("“Russia will leave,” said Ann Bell.", kinds=["direct"]).warnings == ()
    assert tiny.predict("“Russia will leave,” said Ann Bell.", mode="rules").warnings == ()
    with pytest.raises(ModelError, match="needs one"):
        tiny.extract("“Russia will leave,” said Ann Bell.", mode="precise")


def test_a_mode_that_there_is_not_is_named():
    with pytest.raises(InputError, match="mode must be one of"):
        stance.extract("x", mode="all")
    with pytest.raises(InputError, match="mode must be one of"):
        stance.predict_many([], mode="all")


def test_rules_need_no_model(monkeypatch):
    monkeypatch.setattr(stance.api, "_default", lambda: pytest.fail("the model was opened"))
    assert stance.extract("“We will leave,” said Ann Bell.", mode="rules")[0].speaker == "Ann Bell"


# --- training and export ----------------------------------------------------------------------------------------------

torch = pytest.importorskip("torch", reason="the extra 'train' is not installed")

from export import convert, graph, nodes, quantise, verify, vocabulary, weights  # noqa: E402
from export.config import ExportConfig  # noqa: E402
from stance.encoding import ACTOR, StatementEncoder  # noqa: E402
from stance.runtime import Runtime  # noqa: E402
from stance.training.articles import Marked, read_passages  # noqa: E402
from stance.training.base import load_base  # noqa: E402
from stance.training.config import BaseConfig, BaseKind  # noqa: E402
from stance.training.model import StanceModel  # noqa: E402
from stance.training.tagging import examples, run  # noqa: E402
from stance.training.tagging.config import TaggerConfig  # noqa: E402
from stance.training.tagging.model import Tagger  # noqa: E402

PASSAGE = (
    'The <sp id="1">mayor, Ann Bell</sp>, <cue id="1">said</cue> that '
    '<q id="1" kind="indirect" by="Ann Bell">the bridge is safe</q>. '
    '“<q id="2" kind="direct" by="Ann Bell">We will pay for it</q>,” <sp id="2">she</sp> '
    '<cue id="2">said</cue>. The ship “<x>Morning Star</x>” left.\n'
)


@pytest.fixture(scope="module")
def random_stance():
    torch.manual_seed(4)
    base = BaseConfig(kind=BaseKind.RANDOM, vocabulary=400, hidden_size=32, layers=3, heads=2)
    encoder, tokenizer = load_base(base, texts=[NEWS, PASSAGE] * 5)
    model = StanceModel(encoder, actor_id=tokenizer.token_to_id(ACTOR)).eval()
    with torch.no_grad():
        for name, weight in model.named_parameters():
            weight.mul_(10.0 if weight.ndim == 2 and "embeddings" not in name else 1.0)
    return model, tokenizer


@pytest.fixture
def passages(tmp_path):
    path = tmp_path / "en.txt"
    path.write_text("===\n".join([PASSAGE] * 3), encoding="utf-8")
    return path


def test_a_marked_text_becomes_tags_and_pointers(random_stance, passages):
    reader = StatementEncoder(random_stance[1])
    article = read_passages(passages)[0]
    document = examples.read(reader, article)
    (window,) = examples.windows(reader, document)
    tokens = windows.tokenise(reader, article.text)
    tags = [0 if tag == examples.IGNORED else int(tag) for tag in window.tags]
    found = {
        kind: article.text[tokens.starts[first - 1] : tokens.ends[last - 2]]
        for kind, first, last in decoding.runs(tags)
    }
    assert found[INDIRECT].rstrip(".") == "the bridge is safe"
    assert found[DIRECT].strip("“”,") == "We will pay for it"
    mention = window.right[1, 2 * TARGETS.index("mention")]
    assert article.text[tokens.starts[int(mention.argmax()) - 1] :].startswith("she")
    name = window.right[1, 2 * TARGETS.index("name")]
    assert article.text[tokens.starts[int(name.argmax()) - 1] :].startswith("Ann Bell")
    assert set(window.owner.tolist()) == {-1, 0, 1}


def test_every_passage_of_the_repository_becomes_examples(random_stance):
    reader = StatementEncoder(random_stance[1])
    found = [one for path in sorted((ROOT / "data" / "passages").glob("??.txt"))[:3] for one in read_passages(path)]
    texts = examples.documents(reader, found, restyle=0.5, chance=random.Random(1))
    assert sum(len(text.statements) for text in texts) == sum(len(one.statements) for one in found)
    for text in texts:
        for window in examples.windows(reader, text):
            assert len(window.ids) <= WINDOW
            # whoever is pointed from points somewhere, be it to <s>
            known = window.right.any(axis=2).any(axis=1)
            assert all(known[number] for number in set(window.owner.tolist()) - {-1})


def test_an_inflected_name_is_found():
    text = "Как сообщила Анна Белова, мост цел. С Анной Беловой согласны."
    marked = Marked([(0, 3)], "direct", "Анна Белова")
    assert [text[slice(*span)] for span in examples.names_of(text, marked)] == ["Анна Белова"]
    marked.speaker = "Анне Беловой"
    assert [text[slice(*span)] for span in examples.names_of(text, marked)] == ["Анна Белова", "Анной Беловой"]
    marked.speaker = "Пётр Ильин"
    assert examples.names_of(text, marked) is None
    marked.speaker = None
    assert examples.names_of(text, marked) == []


def test_other_marks_have_the_same_places():
    text = "“Yes,” she said. “No.”"
    other = examples.restyled(text, random.Random(3))
    assert len(other) == len(text)
    assert other != text
    assert examples.restyled("“Yes", random.Random(3)) == "“Yes"


@pytest.fixture
def trained(random_stance, passages, tmp_path, monkeypatch):
    from stance.training.checkpoint import LoadedRun

    model, tokenizer = random_stance
    loaded = LoadedRun(model, tokenizer, {}, {}, {}, {}, {})
    monkeypatch.setattr(run, "load_run", lambda folder: loaded)
    monkeypatch.chdir(tmp_path)
    config = TaggerConfig(
        run="a-run", passages=["en.txt"], tap=1, layers=1, epochs=30, learning_rate=5e-3, head_learning_rate=1e-2,
        dropout=0.0, restyle=0.0, precision="fp32", threads=1,
    )  # fmt: skip
    run.train(config, tmp_path / "tagger")
    return tmp_path / "tagger", loaded


def test_training_learns_and_leaves_a_tagger_that_can_be_loaded(trained):
    folder, (loaded) = trained
    history = json.loads((folder / "tagger.json").read_text(encoding="utf-8"))["history"]
    assert history[-1]["loss"] < 0.3 * history[0]["loss"]
    tagger = run.load_tagger(folder)
    assert tagger.report["run"] == "a-run"
    assert tagger.model.tap == 1
    before = loaded.model.encoder.encoder.layer[1].output.dense.weight
    assert not torch.equal(tagger.model.layers[0].output.dense.weight, before)
    with pytest.raises(ModelError, match="train with"):
        run.load_tagger(folder / "nothing")


def test_a_tagger_does_not_fit_an_encoder_with_fewer_layers(random_stance):
    with pytest.raises(InputError, match="do not fit"):
        Tagger(random_stance[0], tap=2, layers=2)


def test_a_tagger_of_another_run_is_not_exported(trained):
    config = ExportConfig(run="other-run", target="x", name="n", tagger=str(trained[0]))
    with pytest.raises(InputError, match=r"quantise\.passages"):
        convert._tagger_of(config)
    config.quantise.passages = config.verify.articles = ["en.txt"]
    with pytest.raises(ModelError, match="not on other-run"):
        convert._tagger_of(config)


@pytest.fixture
def files(trained, tmp_path):
    folder, loaded = trained
    tagger = run.load_tagger(folder).model
    kept = vocabulary.everything(loaded.tokenizer)
    parts = weights.extract(loaded.model, kept, len(kept) - 1, tagger=tagger)
    reader = StatementEncoder(loaded.tokenizer)
    inputs = [windows.framed(reader, windows.tokenise(reader, NEWS).ids)]
    scales = quantise.calibrate(loaded.model, inputs)
    tagger_scales = quantise.calibrate_tagger(tagger, inputs)
    quantised = quantise.quantise(parts, scales, scheme=quantise.Scheme(alpha=0.5), tagger_scales=tagger_scales)
    models = {
        "fp32": graph.build(parts, table=None, quantised=None),
        "int8": graph.build(parts, table=None, quantised=quantised),
    }
    paths = {name: tmp_path / f"{name}.onnx" for name in models}
    for name, model in models.items():
        nodes.save(model, paths[name])
    return paths, tagger, kept, reader


def _products(path, method, ids):
    """Count the attentions that a call computes: one a layer."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.enable_profiling = True
    options.profile_file_prefix = str(path.with_name(method))
    runtime = Runtime(path)
    object.__setattr__(runtime, "_process", None)
    process = runtime._here()
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    runtime._process = dataclasses.replace(process, session=session)
    getattr(runtime, method)([ids])
    events = json.loads(Path(session.end_profiling()).read_text(encoding="utf-8"))
    return sum(event.get("args", {}).get("op_name") == "Attention" for event in events)


def test_the_file_tags_as_torch_does_and_answers_on_stance_as_without(files):
    paths, tagger, kept, reader = files
    found = verify.tagger_agreement(tagger, kept, paths, reader, [NEWS, "Nobody spoke."])
    assert found["fp32"]["max_difference"] < 1e-3
    assert found["int8"]["tags"] > 0.9
    plain = graph.build(weights.extract(tagger._stance[0], kept, len(kept) - 1), table=None, quantised=None)
    nodes.save(plain, paths["fp32"].with_name("plain.onnx"))
    ids = reader.encode("We will pay for it", ["Ann Bell"]).windows[0].input_ids
    one, two = (Runtime(path).run([ids])[0] for path in (paths["fp32"], paths["fp32"].with_name("plain.onnx")))
    np.testing.assert_array_equal(one.stance, two.stance)
    assert _products(paths["fp32"], "run", ids) == 3
    assert _products(paths["fp32"], "tag", ids) == 1 + 1
    with pytest.raises(ModelError, match="no tagger"):
        Runtime(paths["fp32"].with_name("plain.onnx")).tag([ids])


def test_a_folder_with_a_tagger_finds_what_it_was_taught(files, tiny_folder, tmp_path):
    paths, _, _, reader = files
    folder = tmp_path / "folder"
    (folder / "onnx").mkdir(parents=True)
    (folder / "stance.json").write_text((tiny_folder / "stance.json").read_text(encoding="utf-8"), encoding="utf-8")
    reader._tokenizer.save(str(folder / "tokenizer.json"))
    paths["fp32"].rename(folder / MODEL_FILES["fp32"])
    predictor = Predictor.load(folder, threads=2)
    document = predictor.predict(NEWS, language="en")
    assert {one.statement.kind for one in document.predictions} >= {StatementKind.INDIRECT}
    reported = [one.statement.text for one in document.predictions if one.statement.kind is INDIRECT]
    assert reported == ["the bridge is safe"]
    assert document.warnings == ()
    again = pickle.loads(pickle.dumps(predictor)).predict(NEWS, language="en")
    assert again == document
    assert [one.statement for one in document.predictions] == predictor.extract(NEWS, language="en")
    assert list(predictor.predict_many([NEWS, "", NEWS], language="en"))[2] == document
    direct = predictor.extract(NEWS, language="en", kinds=["direct"])
    assert {one.kind for one in direct} <= {StatementKind.DIRECT}


def test_the_configuration_composes_and_refuses_a_misspelt_key():
    from hydra import compose, initialize_config_dir
    from hydra.errors import ConfigCompositionException
    from omegaconf import OmegaConf

    from stance.training.tagging.config import register

    register()
    with initialize_config_dir(str(ROOT / "configs"), version_base="1.3"):
        config = OmegaConf.to_object(compose("tagger", overrides=["run=a-run"]))
        with pytest.raises(ConfigCompositionException):
            compose("tagger", overrides=["run=a-run", "epoch=3"])
    assert isinstance(config, TaggerConfig)
    names = [path.name for path in run.files([str(ROOT / pattern) for pattern in config.articles])]
    # The test articles are numbered 04 to 10 and from 21.
    assert names
    assert all(int(name[3:5]) < 4 or 10 < int(name[3:5]) < 21 for name in names)
