import dataclasses
from itertools import pairwise
from unittest.mock import patch

import pytest

import stance
from stance.errors import InputError
from stance.explanation import MOST_PARTS, parts_of, without
from stance.types import Document, StanceLabel, Statement, WordWeight
from tests.conftest import NEWS


def words_of(text):
    statement = Statement.of_spans(text, [(0, len(text))])
    return [text[part.start : part.end] for part in parts_of(statement)]


def test_words_are_those_of_the_script():
    assert words_of("We don't thank NATO-led forces, 3.5 times!") == [
        *("We", "don't", "thank", "NATO-led", "forces", "3.5", "times"),
    ]
    assert words_of("Мы осуждаем это…") == ["Мы", "осуждаем", "это"]
    assert words_of("我们坚决支持俄罗斯") == ["我们", "坚决", "支持", "俄罗", "斯"]
    assert words_of("ロシアを支持する") == ["ロシア", "を", "支持", "する"]
    assert words_of("우리는 러시아를 규탄한다") == ["우리는", "러시아를", "규탄한다"]
    assert words_of("…!?") == []


def test_a_long_statement_is_hidden_in_groups_that_cover_every_word():
    text = " ".join(f"word{n}" for n in range(500))
    parts = parts_of(Statement.of_spans(text, [(0, len(text))]))
    assert len(parts) == MOST_PARTS
    assert parts[0].start == 0
    assert parts[-1].end == len(text)
    assert all(after.start - before.end == 1 for before, after in pairwise(parts))


def test_a_hidden_word_is_hidden_in_the_context_too():
    text = "“We thank NATO,” she said, “and China.”"
    statement = Statement.of_spans(text, [(1, 15), (28, 38)], context=text)
    hidden = [without(statement, part) for part in parts_of(statement)]
    assert [one.text for one in hidden] == [
        *("… thank NATO, and China.", "We … NATO, and China.", "We thank …, and China."),
        *("We thank NATO, … China.", "We thank NATO, and …."),
    ]
    assert hidden[3].context == "“We thank NATO,” she said, “… China.”"


def test_words_are_those_that_are_read_and_places_those_of_the_text():
    text = "<b>Russia</b> is&nbsp;shelling  our towns &amp; cities"
    statement = Statement.of_spans(text, [(0, len(text))], context=f"“{text},” she  said.")
    parts = parts_of(statement)
    assert [text[part.start : part.end] for part in parts] == ["Russia", "is", "shelling", "our", "towns", "cities"]
    assert without(statement, parts[2]).context == "“Russia is … our towns & cities,” she said."
    assert "shelling" not in without(statement, parts[2]).text


def test_predictions_are_the_same_and_words_lie_in_the_statement(tiny):
    plain = tiny.predict(NEWS)
    explained = tiny.predict(NEWS, explain=True)
    found = 0
    for before, after in zip(plain.predictions, explained.predictions, strict=True):
        for name, one in after.stances.items():
            assert dataclasses.replace(one, words=None) == before.stances[name]
            assert one.words is not None
            if one.label is StanceLabel.UNRELATED:
                assert one.words == ()
            for word in one.words:
                found += 1
                assert any(start <= word.start < word.end <= end for start, end in after.statement.spans)
                assert not any(start <= word.start and word.end <= end for start, end in one.mentions)
                assert NEWS[word.start : word.end].strip()
    assert found > 20
    assert Document.from_dict(explained.to_dict()) == explained
    assert "words" not in plain.to_dict()["statements"][0]["stances"]["NATO"]


def test_a_weight_is_the_fall_of_the_probability(tiny):
    text = "We thank Acme for peace"
    whole = tiny.classify([text], actors=["Brussels"], explain=True)[0].stances["Brussels"]
    assert whole.label is not StanceLabel.UNRELATED
    without_peace = tiny.classify(["We thank Acme for …"], actors=["Brussels"])[0].stances["Brussels"]
    last = whole.words[-1]
    assert text[last.start : last.end] == "peace"
    assert last.weight == pytest.approx(whole.confidence - without_peace.probabilities[whole.label], abs=1e-6)


def test_statements_of_a_document_keep_the_places_of_its_text(tiny):
    document = tiny.predict(NEWS, actors=["Russia", "NATO"], explain=True)
    again = tiny.classify([one.statement for one in document.predictions], actors=["Russia", "NATO"], explain=True)
    for before, after in zip(document.predictions, again, strict=True):
        for name, stance_ in after.stances.items():
            assert stance_.mentions == before.stances[name].mentions
            assert [(word.start, word.end) for word in stance_.words] == [
                (word.start, word.end) for word in before.stances[name].words
            ]


def test_every_way_explains_alike(tiny):
    one = tiny.predict(NEWS, explain=True)
    assert list(tiny.predict_many([NEWS, NEWS], explain=True)) == [one, one]
    assert tiny.judge(NEWS, tiny.find(NEWS), explain=True) == one
    assert all(found.words is None for found in tiny.predict(NEWS).predictions[0].stances.values())


def test_judge_after_find_is_predict_also_in_parts(tiny):
    found = tiny.find(NEWS)
    whole = tiny.predict(NEWS)
    assert tiny.judge(NEWS, found) == whole
    parts = [
        tiny.judge(NEWS, dataclasses.replace(found, statements=found.statements[n : n + 1]), first=n + 1)
        for n in range(len(found.statements))
    ]
    assert tuple(prediction for part in parts for prediction in part.predictions) == whole.predictions


def test_the_work_is_bounded(tiny):
    text = " ".join(["We thank Acme for peace and trade"] * 30)
    with patch.object(type(tiny), "_encode", autospec=True, side_effect=type(tiny)._encode) as encode:
        tiny.classify([text], actors=["Brussels"], explain=True)
    assert encode.call_count <= 1 + MOST_PARTS


def test_what_is_wrong_is_told(tiny):
    for call in (
        lambda: tiny.predict(NEWS, explain="yes"),
        lambda: tiny.predict_many([NEWS], explain=1),
        lambda: tiny.classify(["We thank NATO."], explain=None),
    ):
        with pytest.raises(InputError, match="explain must be True or False"):
            call()
    with pytest.raises(InputError, match="weight"):
        WordWeight(0, 1, 1.5)


def test_the_shipped_model_finds_the_verb():
    prediction = stance.classify(["We condemn the actions of Russia in the strongest terms."], explain=True)[0]
    toward = prediction.stances["Russia"]
    assert toward.label is StanceLabel.AGAINST
    heaviest = max(toward.words, key=lambda word: word.weight)
    assert prediction.statement.text[heaviest.start : heaviest.end] == "condemn"
