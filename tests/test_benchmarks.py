"""The figures that the documents quote come out of these functions, so their arithmetic is checked by hand."""

import json
import random

import numpy as np
import pytest
from sklearn.metrics import f1_score

from benchmarks import end_to_end, quotes, stance_quality, statements
from benchmarks.scoring import Pair, interval, macro_f1
from stance.training import articles
from stance.training.config import SourceConfig, SourceFormat
from stance.training.sources import load_source
from stance.types import Prediction, Sentiment, Stance, Statement

ARTICLE = """id: en-99
lang: en
style: wire
---
Talks on the bridge began at noon.

"<q id="1" kind="direct" by="Ada Brandt" st="NATO=unrelated Russia=against DPRK=unrelated China=neutral">They broke \
every promise they made</q>," <cue id="1">said</cue> <sp id="1">Ada Brandt</sp> of Moscow on Monday. \
The film "<x>Low Tide</x>" was shown later.
"""


@pytest.fixture
def article(tmp_path):
    path = tmp_path / "en-99.txt"
    path.write_text(ARTICLE, encoding="utf-8")
    return articles.read(path)


def test_macro_f1_is_that_of_sklearn():
    chance = np.random.default_rng(3)
    labels, predicted = chance.integers(0, 4, 200), chance.integers(0, 4, 200)
    assert macro_f1(labels, predicted, 4) == pytest.approx(f1_score(labels, predicted, average="macro"))


def test_a_label_that_never_occurs_counts_nothing():
    assert macro_f1(np.array([0, 0]), np.array([0, 0]), 4) == 0.25


def test_the_interval_holds_the_score_and_narrows_with_more_statements():
    def pairs(count):
        chance = random.Random(5)
        return [Pair(n, "NATO", "en", "s", n % 4, n % 4 if chance.random() < 0.7 else 0) for n in range(count)]

    few, many = pairs(60), pairs(1200)
    score = macro_f1(np.array([p.label for p in many]), np.array([p.predicted for p in many]), 4)
    low, high = interval(many, 4, rounds=200)
    assert low < score < high
    assert high - low < np.subtract(*reversed(interval(few, 4, rounds=200)))


def test_targets_of_one_sentence_are_one_question(tmp_path):
    (tmp_path / "train/newsmtsc").mkdir(parents=True)
    shared = {"text": "A thanked B.", "lang": "en"}
    records = [{"id": "1", "target": "A", "label": "neutral"}, {"id": "2", "target": "B", "label": "favor"}]
    rows = [json.dumps(shared | record) for record in records]
    (tmp_path / "train/newsmtsc/test.jsonl").write_text("\n".join(rows), encoding="utf-8")
    (record,) = stance_quality.read(tmp_path, "newsmtsc")
    assert record["stance"] == {"A": "neutral", "B": "favor"}


def test_a_set_that_is_not_there_is_named(tmp_path):
    with pytest.raises(SystemExit, match=r"real/dev\.jsonl.*--data"):
        stance_quality.read(tmp_path, "dev")


def test_marked_articles_are_read_without_their_tags(article):
    (one,) = article.statements
    assert "<" not in article.text
    assert [article.text[a:b] for a, b in one.spans] == ["They broke every promise they made"]
    assert one.stances == {"NATO": "unrelated", "Russia": "against", "DPRK": "unrelated", "China": "neutral"}
    assert [article.text[a:b] for a, b in article.others] == ["Low Tide"]


def test_the_context_of_a_statement_holds_it_and_its_neighbours(article):
    (context,) = articles.contexts(article)
    assert "They broke every promise they made" in context
    assert "Ada Brandt" in context


def test_statements_of_articles_become_examples(tmp_path, article):
    config = SourceConfig(
        path=str(tmp_path / "*.txt"), format=SourceFormat.ARTICLES, origin="us", licence="ours", drop_context=0.1
    )
    (example,) = load_source("articles", config)
    assert example["actors"] == ["NATO", "Russia", "DPRK", "China"]
    assert example["labels"] == [3, 0, 3, 2]
    assert (example["speaker"], example["drop_context"], example["sentiment"]) == ("Ada Brandt", 0.1, -1)


def _answer(article, span, speaker, russia):
    labels = {"NATO": "unrelated", "Russia": russia, "DPRK": "unrelated", "China": "neutral"}
    stances = {name: Stance(name, label, 1.0, {label: 1.0}) for name, label in labels.items()}
    return Prediction(
        Statement.of_spans(article.text, [span], speaker=speaker), stances, Sentiment("neutral", 1.0, {"neutral": 1.0})
    )


def test_an_answer_is_whole_only_when_span_speaker_and_stances_are_right(article):
    (start, end), = article.statements[0].spans  # fmt: skip
    right = end_to_end.judge(article, [_answer(article, (start, end), "Brandt", "against")])
    assert (right.marked, right.found, right.speaker, right.stances, right.whole) == (1, 1, 1, 1, 1)
    wrong_stance = end_to_end.judge(article, [_answer(article, (start, end), "Ada Brandt", "favor")])
    assert (wrong_stance.found, wrong_stance.speaker, wrong_stance.stances, wrong_stance.whole) == (1, 1, 0, 0)
    wrong_speaker = end_to_end.judge(article, [_answer(article, (start, end), "Moscow", "against")])
    assert (wrong_speaker.speaker, wrong_speaker.stances, wrong_speaker.whole) == (0, 1, 0)
    wrong_span = end_to_end.judge(article, [_answer(article, (start, end - 9), "Ada Brandt", "against")])
    assert (wrong_span.found, wrong_span.whole, wrong_span.reported) == (0, 0, 1)


def test_parts_of_direct_quotations_are_counted_by_hand():
    text = "Alpha beta. Gamma delta. Epsilon zeta."
    marked = (
        articles.Marked([(0, 11), (12, 24)], "direct"),
        articles.Marked([(25, 32)], "indirect"),
    )
    article = articles.Article("en-1", "en", text, marked, ())
    # one part right but for its full stop, one cut short, one of another kind, which counts for nothing
    answers = [statements.Answer(((0, 10), (12, 17))), statements.Answer(((25, 38),))]
    counted = statements.direct_parts([article], lambda _: answers)
    assert (counted.gold, counted.found, counted.exact) == (2, 2, 1)
    assert (counted.row()["exact F1"], counted.row()["overlap F1"]) == (50.0, 100.0)


def test_the_page_on_quotations_names_what_is_not_there(tmp_path):
    systems = {"stance": statements.baseline, "regular expression": statements.baseline}
    page = "\n".join(quotes.foreign_section(tmp_path, systems))
    assert page.count("not there") == 4 * len(quotes.FOREIGN)
