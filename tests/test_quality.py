"""The quality benchmark: each baseline on tiny data that it can get wrong, the reading of sets, and the report."""

from __future__ import annotations

import json

import numpy as np
import pytest

import stance
from benchmarks import baselines, quality, quality_figure, quality_report, quality_sets
from benchmarks.baselines import FrozenEncoder, LogOdds, Majority, Vader, WordWeights, around, words
from benchmarks.quality_report import OURS, Measure, Task
from benchmarks.quality_sets import STATEMENTS, Question, TestSet, target_questions
from benchmarks.scoring import Pair, interval, macro_f1, score

THREE = ["against", "favor", "neutral"]
FOUR = [*THREE, "unrelated"]
PRAISE = ["We praise {} for its courage", "Grateful thanks go to {} today", "The courage of {} deserves praise"]
BLAME = ["We condemn {} for its cruelty", "Shameful crimes of {} continue", "The cruelty of {} and its crimes"]
FACTS = ["The delegation of {} meets on Monday", "On Monday {} opens the meeting", "A meeting with {} is on the table"]
NAMES = ["Karvenia", "Ordalia", "Morvia", "Tessaland"]


def question(text, name="", label="neutral", *, number=0, language="en", **more):
    actor = stance.Actor(name) if name else None
    places = quality_sets.mentions(actor, text) if actor else ()
    return Question(number, language, "test", text, label, actor, shown=text, places=places, **more)


def training(*, unrelated=False):
    groups = [("favor", PRAISE), ("against", BLAME), ("neutral", FACTS)]
    made = [(label, text.format(name), name) for label, texts in groups for text in texts for name in NAMES]
    if unrelated:
        made += [
            ("unrelated", text.format("the club"), name) for _, texts in groups for text in texts for name in NAMES
        ]
    return [question(text, name, label, number=number) for number, (label, text, name) in enumerate(made)]


UNSEEN = [
    question("Quorland deserves praise and thanks", "Quorland", "favor"),
    question("The crimes and the cruelty of Quorland", "Quorland", "against"),
    question("Quorland opens a meeting on Monday", "Quorland", "neutral"),
]


def embed(texts):
    """Stand in for an encoder: one feature each for praise, blame and facts, with one that is always there."""
    groups = [["praise", "thanks", "courage"], ["crimes", "cruelty", "condemn"], ["monday", "meeting"]]
    return np.array([[*(sum(w in words(t) for w in g) for g in groups), 1.0] for t in texts], np.float32)


def test_the_majority_is_the_commonest_label_that_is_allowed():
    system = Majority()
    system.fit(
        [question("x", label=label) for label in ["unrelated", "unrelated", "unrelated", "against", "against", "favor"]]
    )
    assert system.predict([question("y")] * 2, FOUR) == ["unrelated"] * 2
    assert system.predict([question("y")], THREE) == ["against"]


@pytest.mark.parametrize(
    "system", [LogOdds(), WordWeights(), FrozenEncoder(embed, strength=10.0)], ids=["log odds", "words", "frozen"]
)
def test_what_is_learnt_of_some_names_holds_for_another(system):
    system.fit(training())
    assert system.predict(UNSEEN, THREE) == [one.label for one in UNSEEN]


@pytest.mark.parametrize("make", [LogOdds, WordWeights], ids=["log odds", "words"])
def test_a_statement_that_does_not_name_the_actor_is_unrelated(make):
    system = make()
    system.fit(training(unrelated=True))
    absent = question("The club deserves praise and thanks", "Quorland")
    assert system.predict([absent, UNSEEN[0]], FOUR) == ["unrelated", "favor"]
    assert system.predict([absent], THREE)[0] in THREE


def test_labels_that_are_not_allowed_are_not_given():
    system = FrozenEncoder(embed, strength=10.0)
    system.fit(training())
    assert system.predict(UNSEEN, ["against", "neutral"])[1:] == ["against", "neutral"]


def test_systems_tell_the_sentiment_too():
    labels = {"favor": "positive", "against": "negative", "neutral": "neutral"}
    tones = [question(one.text, label=labels[one.label], number=one.statement) for one in training()]
    for system in (LogOdds(), WordWeights(), FrozenEncoder(embed, strength=10.0)):
        system.fit(tones)
        found = system.predict([question(one.text) for one in UNSEEN], ["negative", "neutral", "positive"])
        assert found == ["positive", "negative", "neutral"]


def test_vader_reads_the_words_near_the_mention():
    pytest.importorskip("vaderSentiment")
    far = "x " * 80
    near = question(f"A terrible, hateful crime was told of. {far} Quorland is great, wonderful.", "Quorland")
    absent = question("A wonderful day", "Quorland")
    assert Vader().predict([near], THREE) == ["favor"]
    assert Vader().predict([near, absent], FOUR) == ["favor", "unrelated"]
    assert Vader().predict([question("A hateful crime")], ["negative", "neutral", "positive"]) == ["negative"]
    with pytest.raises(ValueError, match="ru"):
        Vader().predict([question("Привет", language="ru")], THREE)


def test_words_near_a_mention_are_whole_and_do_not_tell_the_name():
    text = "far " * 40 + "they thank Quorland, and Quorland only, " + "away " * 40
    piece = around(question(text, "Quorland"))
    assert "Quorland" not in piece
    assert "thank §, and § only," in piece
    assert set(words(piece)) == {"far", "they", "thank", "and", "only", "away"}
    assert len(piece) < 2 * (2 * baselines.NEAR + 30)
    assert around(question("Nobody is named", "Quorland")) == "Nobody is named"


def test_chinese_words_are_pairs_of_characters():
    assert words("我们反对 NATO, Пётр") == ["我们", "们反", "反对", "nato", "пётр"]


def test_the_same_text_is_embedded_once():
    calls = []

    def counting(texts):
        calls.extend(texts)
        return np.array([[float(len(text))] for text in texts], np.float32)

    states = baselines.cached(counting)
    assert states(["aa", "b", "aa"]).tolist() == [[2.0], [1.0], [2.0]]
    assert states(["b", "ccc"]).tolist() == [[1.0], [3.0]]
    assert sorted(calls) == ["aa", "b", "ccc"]


def _write(path, records):
    path.parent.mkdir(parents=True, exist_ok=True)
    shared = {"lang": "en", "target_start": None, "target_end": None}
    path.write_text("\n".join(json.dumps(shared | record) for record in records), encoding="utf-8")


def test_a_question_counts_once_and_one_with_two_labels_not_at_all(tmp_path):
    path = tmp_path / "set.jsonl"
    _write(
        path,
        [
            {"text": "A met B.", "target": "A", "label": "neutral"},
            {"text": "A met B.", "target": "A", "label": "neutral"},
            {"text": "A met B.", "target": "B", "label": "neutral"},
            {"text": "A met B.", "target": "B", "label": "favor"},
            {"text": "A met B.", "target": "C" * 101, "label": "favor"},
            {"text": "B, said A of B.", "target": "B", "label": "against", "target_start": 13, "target_end": 14},
        ],
    )
    found = target_questions(path, TestSet("x", "x", "x", STATEMENTS))
    assert [(q.text, q.name, q.label, q.statement) for q in found] == [
        ("A met B.", "A", "neutral", 0),
        ("B, said A of B.", "B", "against", 1),
    ]
    assert found[1].places == ((13, 14),)
    kept = target_questions(path, TestSet("x", "x", "x", STATEMENTS, clear_neutral=False))
    assert [(q.name, q.label) for q in kept] == [("A", "neutral"), ("B", "favor"), ("B", "against")]


def test_real_statements_ask_for_four_actors_and_the_sentiment():
    labels = {"NATO": "unrelated", "Russia": "against", "SouthKorea": "favor"}
    record = {"lang": "en", "source": "s", "text": "Moscow lies.", "stance": labels, "sentiment": "negative"}
    found = quality_sets.statement_questions([record], main_only=True)
    assert [(q.name, q.label, bool(q.places)) for q in found] == [
        ("NATO", "unrelated", False),
        ("Russia", "against", True),
        ("", "negative", False),
    ]
    everybody = quality_sets.statement_questions([record], main_only=False)
    assert [q.name for q in everybody] == ["NATO", "Russia", "South Korea", ""]


def test_rows_are_drawn_by_whole_statements_the_same_every_time():
    questions = [question("t", name, number=number) for number in range(50) for name in ("A", "B")]
    few = quality_sets.draw(questions, limit=20)
    assert len(few) == 20
    assert few == quality_sets.draw(questions, limit=20)
    assert all(sum(q.statement == one.statement for q in few) == 2 for one in few)
    assert max(q.statement for q in few) > 20


def test_a_text_that_was_learnt_is_not_asked():
    asked = [question("We met them.", "them", number=0), question("We saw them.", "them", number=1)]
    drawn = quality_sets.drawn_without(asked, {"wemetthem"}, limit=9, rows=2)
    assert [q.text for q in drawn.questions] == ["We saw them."]
    assert (drawn.available, drawn.rows) == (1, 2)


def test_pools_hold_no_text_that_is_reported_on(tmp_path):
    own, root = tmp_path / "own", tmp_path / "root"
    one = {"source": "written", "speaker": None, "context": None, "sentiment": "neutral", "stance": {"NATO": "neutral"}}
    texts = ["NATO will meet in the spring of this year.", "NATO has met in the autumn of that year."]
    _write(own / "quotes/en.jsonl", [one | {"id": str(place), "text": text} for place, text in enumerate(texts)])
    _write(
        root / "eval/vast/test.jsonl", [{"id": "v", "text": texts[1], "target": "NATO", "label": "favor", "seen": 0}]
    )
    for name in ("newsmtsc", "gerntsa"):
        _write(
            root / f"train/{name}/train.jsonl", [{"id": "n", "text": "They met.", "target": "They", "label": "favor"}]
        )
    pools, learnt, missing = quality_sets.read_pools(root, own)
    assert {q.text for q in pools[STATEMENTS]} == {texts[0]}
    assert quality_sets.text_key(texts[1]) in learnt
    assert [q.label for q in pools["newsmtsc"]] == ["favor"]
    assert "ru_grouped" not in pools
    assert any("ru_grouped" in line for line in missing)
    assert any("real_train" in line for line in missing)


def test_the_average_of_some_labels_is_theirs_alone():
    labels, predicted = np.array([0, 0, 1, 2]), np.array([0, 1, 1, 0])
    assert macro_f1(labels, predicted, 3, only=[0, 1]) == pytest.approx((0.5 + 2 / 3) / 2)
    pairs = [Pair(n, "x", "en", "s", n % 3, 0) for n in range(30)]
    assert score(pairs, 3, only=[0]) == pytest.approx(0.5)
    low, high = interval(pairs, 3, only=[0], rounds=50)
    assert low < 0.5 < high
    assert interval(pairs, 3, only=[1], rounds=50) == (0.0, 0.0)


def test_the_shipped_model_answers_each_question_with_its_own_actor(tiny):
    asked = [
        question("Russia and China will meet in Brussels.", "Russia"),
        question("NATO has kept us safe for years.", "China"),
        question("Russia and China will meet in Brussels.", "China"),
        question("NATO has kept us safe for years."),
    ]
    stances = quality.Shipped(tiny).predict(asked[:3], THREE)
    for one, label in zip(asked[:3], stances, strict=True):
        shares = tiny.classify([one.text], actors=[one.actor])[0].stances[one.name].probabilities
        assert label == max(THREE, key=shares.__getitem__)
    (tone,) = quality.Shipped(tiny).predict(asked[3:], ["negative", "neutral", "positive"])
    assert tone == tiny.classify([asked[3].text])[0].sentiment.label


def test_questions_become_examples_of_the_training():
    rows = quality.examples([question("Moscow lies.", "Russia"), question("It rains.")])
    assert rows["text"] == ["Moscow lies.", "It rains."]
    assert rows["actors"][0] == ["Russia"]
    assert rows["registered"] == [False, False]


def _task(labels, key="dev", language="en"):
    asked = [question("t", "NATO", label, number=number, language=language) for number, label in enumerate(labels)]
    return Task(key, "a set", STATEMENTS, tuple(asked), tuple(FOUR), len(asked), len(asked) + 3)


def test_a_set_keeps_its_labels_where_few_rows_are_drawn():
    one = question("Moscow lies.", "Russia", "neutral")
    tone = question("Moscow lies.", label="negative")
    (target,) = quality.tasks_of(quality_sets.TARGETS[0], quality_sets.Drawn((one,), 1, 1))
    assert target.allowed == tuple(THREE)
    stances, tones = quality.tasks_of(quality_sets.DEV, quality_sets.Drawn((one, tone), 1, 1))
    assert (stances.allowed, stances.questions) == (tuple(FOUR), (one,))
    assert (tones.allowed, tones.questions) == (("negative", "neutral", "positive"), (tone,))


def test_a_system_that_left_a_row_out_has_no_score():
    task = _task(FOUR * 5)
    right = dict(enumerate(FOUR * 5))
    rated = quality_report.rate(
        Measure("dev", "all"), task, {OURS: right, "VADER": {0: "against"}, "majority": dict.fromkeys(right, "favor")}
    )
    assert rated.scores == {OURS: 1.0, "majority": pytest.approx(0.1)}
    assert (rated.low, rated.high, rated.count) == (1.0, 1.0, 20)


def test_english_rows_are_scored_alone():
    english, german = _task(FOUR), _task(["favor"], language="de")
    task = Task("dev", "a set", STATEMENTS, (*english.questions, *german.questions), tuple(FOUR), 5, 5)
    given = {"VADER": dict(enumerate(FOUR))}
    assert quality_report.rate(Measure("dev", "en", english=True), task, given).scores == {"VADER": 1.0}
    assert quality_report.rate(Measure("dev", "all"), task, given).scores == {}


def test_a_measure_without_rows_has_no_line():
    task = _task(FOUR, language="de")
    rated = quality_report.rate_all([task], {"dev": {OURS: dict(enumerate(FOUR))}})
    assert rated
    assert not any(one.measure.english for one in rated)


def test_a_missing_set_has_no_line_and_the_best_of_a_line_is_bold():
    task = _task(FOUR * 5)
    right = dict(enumerate(FOUR * 5))
    answers = {"dev": {OURS: dict.fromkeys(right, "against"), "TF-IDF": right}}
    rated = quality_report.rate_all([task], answers)
    table = quality_report.main_table(rated)
    assert {one.measure.task for one in rated} == {"dev"}
    assert table[0] == "| set, measure | rows | TF-IDF | ours, int8 | 95 % interval of ours |"
    assert "| 20 | **100.0** | 10.0 |" in table[2]


def test_the_report_has_every_part(tmp_path, monkeypatch, tiny_folder):
    monkeypatch.setattr("sys.argv", ["quality.py", "--limit", "5"])
    labels = FOUR * 12
    task = _task(labels)
    newsmtsc = Task("newsmtsc", "NewsMTSC rw", "newsmtsc", task.questions[:3], tuple(FOUR), 5, 5)
    given = dict(enumerate(labels))
    answers = {"dev": {OURS: given, "majority": dict.fromkeys(given, "unrelated")}, "newsmtsc": {OURS: given}}
    quality_report.write(
        tmp_path, [task, newsmtsc], answers, sizes={STATEMENTS: 1234}, notes=["VAST is left out."], model=tiny_folder
    )
    text = (tmp_path / "quality.md").read_text(encoding="utf-8")
    assert "`python -m benchmarks.quality --limit 5`" in text
    assert "| label favor: F1 | 100.0 | 100.0 to 100.0 | 12 |" in text
    assert "| actor NATO | 100.0 |" in text
    assert "| language en | 100.0 |" in text
    assert "- VAST is left out." in text
    assert "- a set: 3 rows left out whose text a training source has." in text
    assert "- NewsMTSC rw: 3 of 5 rows, drawn evenly" in text
    assert "statements 1,234" in text
    assert "83.1" in text
    assert "GPT-4" not in text
    figure = (tmp_path / "quality.svg").read_text(encoding="utf-8")
    assert figure.rstrip().endswith("</svg>")


def test_the_figure_is_the_same_every_time(tmp_path):
    rated = quality_report.rate_all([_task(FOUR * 5)], {"dev": {OURS: dict(enumerate(FOUR * 5))}})
    for name in ("a.svg", "b.svg"):
        quality_figure.draw(rated, tmp_path / name)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_only_checked_figures_are_cited():
    assert {one.mark for one in quality_report.PUBLISHED} <= {"V", "A"}
    assert {one.task for one in quality_report.PUBLISHED} <= {measure.task for measure in quality_report.MEASURES}
