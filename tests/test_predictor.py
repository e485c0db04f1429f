import itertools
import json
import pickle
import subprocess
import sys
import threading
import time
import unicodedata

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import stance
from stance import predictor, runtime
from stance.errors import InputError
from stance.types import Document, Prediction, Stance, Statement
from tests.conftest import NEWS, ROOT

DEFAULTS = ["NATO", "Russia", "DPRK", "China"]


def shares(found: Stance) -> np.ndarray:
    return np.array(list(found.probabilities.values()))


def assert_same(one: Prediction, other: Prediction, *, tolerance=1e-5):
    assert one.statement == other.statement
    assert list(one.stances) == list(other.stances)
    for name in one.stances:
        assert np.allclose(shares(one.stances[name]), shares(other.stances[name]), atol=tolerance, rtol=0)
        assert one.stances[name].mentions == other.stances[name].mentions
    assert np.allclose(
        list(one.sentiment.probabilities.values()), list(other.sentiment.probabilities.values()), atol=tolerance, rtol=0
    )


def test_document_has_the_statements_in_order_with_speakers_and_default_actors(tiny):
    document = tiny.predict(NEWS)
    assert document.text == NEWS
    assert document.language == "en"
    assert [p.statement.speaker for p in document.predictions] == [
        "Marta Kalnina",
        "Marta Kalnina",
        "Dmitry Peskov",
        "Eirik Solvang",
    ]
    starts = [p.statement.start for p in document.predictions]
    assert starts == sorted(starts)
    for prediction in document.predictions:
        assert list(prediction.stances) == DEFAULTS
        for found in prediction.stances.values():
            assert sum(found.probabilities.values()) == pytest.approx(1.0)
            assert found.confidence == max(found.probabilities.values())


def test_mentions_lie_in_the_statement_and_slice_to_a_name_of_the_actor(tiny):
    document = tiny.predict(NEWS)
    named = {
        (actor, NEWS[start:end])
        for p in document.predictions
        for actor, found in p.stances.items()
        for start, end in found.mentions
    }
    assert named == {("Russia", "Russia"), ("China", "China"), ("China", "Beijing"), ("NATO", "NATO")}


def test_the_tiny_model_tells_inputs_apart(tiny):
    """Without this the tests of independence would prove nothing."""
    document = tiny.predict(NEWS)
    by_actor = [shares(found) for found in document.predictions[0].stances.values()]
    by_statement = [shares(p.stances["NATO"]) for p in document.predictions]
    for one, other in itertools.combinations([*by_actor], 2):
        assert np.abs(one - other).max() > 1e-3
    for one, other in itertools.combinations(by_statement, 2):
        assert np.abs(one - other).max() > 1e-3


@pytest.mark.parametrize("precision", ["fp32", "int8"])
def test_answers_do_not_depend_on_other_actors_or_their_order(tiny_folder, precision):
    predictor = stance.load(tiny_folder, precision=precision, threads=1)
    together = predictor.predict(NEWS, actors=[*DEFAULTS, "Iran", "Atlantis"])
    tolerance = 1e-5 if precision == "fp32" else 0.01
    reversed_order = predictor.predict(NEWS, actors=["Atlantis", "Iran", *reversed(DEFAULTS)])
    for name in [*DEFAULTS, "Iran", "Atlantis"]:
        alone = predictor.predict(NEWS, actors=[name])
        for p, q, r in zip(together.predictions, alone.predictions, reversed_order.predictions, strict=True):
            assert list(q.stances) == [name]
            assert np.allclose(shares(p.stances[name]), shares(q.stances[name]), atol=tolerance, rtol=0)
            assert np.allclose(shares(p.stances[name]), shares(r.stances[name]), atol=tolerance, rtol=0)
            assert p.stances[name].label == q.stances[name].label == r.stances[name].label


def test_answers_do_not_depend_on_neighbours(tiny):
    texts = [NEWS, "", "No quotation here.", "“Peace with China is good for everybody here,” said Ann Bell. " * 3]
    alone = [tiny.predict(text) for text in texts]
    for order in itertools.permutations(range(len(texts))):
        many = list(tiny.predict_many([texts[place] for place in order]))
        for place, document in zip(order, many, strict=True):
            assert (document.text, document.language) == (alone[place].text, alone[place].language)
            for one, other in zip(document.predictions, alone[place].predictions, strict=True):
                assert_same(one, other)


def test_predict_many_keeps_order_with_documents_that_have_nothing(tiny):
    texts = ["", NEWS, "", "", "Nothing is quoted.", NEWS, ""]
    documents = list(tiny.predict_many(texts))
    assert [document.text for document in documents] == texts
    assert [len(document.predictions) for document in documents] == [0, 4, 0, 0, 0, 4, 0]


def test_predict_many_of_nothing_and_of_empty_texts_only(tiny):
    assert list(tiny.predict_many([])) == []
    assert [d.predictions for d in tiny.predict_many(["", "", ""])] == [(), (), ()]


@pytest.mark.parametrize("threads", [1, 3])
def test_predict_many_is_lazy(tiny_folder, threads):
    predictor = stance.load(tiny_folder, threads=threads)
    read = []

    def texts():
        for number in itertools.count():
            read.append(number)
            yield NEWS

    documents = predictor.predict_many(texts())
    assert read == []
    assert len(next(documents).predictions) == 4
    assert len(read) <= 3 * threads + 2  # four windows a text, four windows a thread ahead
    next(documents)
    documents.close()


def test_an_error_of_the_callers_generator_arrives(tiny):
    def texts():
        yield NEWS
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        list(tiny.predict_many(texts()))


def test_an_item_that_is_no_text_fails_alone(tiny):
    documents = list(tiny.predict_many([NEWS, None, b"bytes", NEWS]))
    assert [len(d.predictions) for d in documents] == [4, 0, 0, 4]
    assert "item 1" in documents[1].warnings[0]
    assert "NoneType" in documents[1].warnings[0]
    assert "bytes" in documents[2].warnings[0]
    assert_same(documents[0].predictions[0], documents[3].predictions[0])


def test_predict_many_refuses_one_text_and_bad_options_at_the_call(tiny):
    with pytest.raises(TypeError, match="use predict"):
        tiny.predict_many(NEWS)
    with pytest.raises(stance.InputError, match="kinds"):
        tiny.predict_many([NEWS], kinds=["shouted"])
    with pytest.raises(stance.InputError, match="language"):
        tiny.predict_many([NEWS], language="English please")
    with pytest.raises(stance.ActorError):
        tiny.predict_many([NEWS], actors=["Russia", "russia"])


@pytest.mark.parametrize("wrong", [None, b"bytes", 3, ["a text"]])
def test_wrong_types_are_type_errors(tiny, wrong):
    with pytest.raises(TypeError, match=type(wrong).__name__):
        tiny.predict(wrong)
    with pytest.raises(TypeError):
        tiny.extract(wrong)
    with pytest.raises(TypeError):
        tiny.classify([wrong])


@pytest.mark.parametrize("text", ["", " \n\t ", "\ufeff"])
def test_empty_text_gives_an_empty_document(tiny, text):
    document = tiny.predict(text)
    assert document == Document(text, None)
    assert tiny.extract(text) == []


def test_kinds_and_language_are_passed_on(tiny):
    text = "Kremlin spokesman Dmitry Peskov called NATO “a machine that lives on wars”. “We want peace,” he said."
    assert [p.statement.kind for p in tiny.predict(text).predictions] == ["mixed", "direct"]
    assert [p.statement.kind for p in tiny.predict(text, kinds=["mixed"]).predictions] == ["mixed"]
    assert tiny.predict(text, language="en").language == "en"
    assert [s.kind for s in tiny.extract(text, kinds=["direct"])] == ["direct"]


def test_extract_gives_the_statements_of_predict(tiny):
    assert tiny.extract(NEWS) == [p.statement for p in tiny.predict(NEWS).predictions]
    assert stance.extract(NEWS) == tiny.extract(NEWS)


def test_a_long_statement_is_read_in_windows_and_the_document_says_so(tiny):
    sentence = "Russia sends soldiers to every town and China pays for them. "
    text = f"“{sentence * 12}We are tired,” said Ann Bell. “Peace will come,” said Ann Bell."
    document = tiny.predict(text, mode="rules")
    assert len(document.predictions) == 2
    in_windows, shortened = document.warnings
    assert "statement 1" in in_windows
    assert "windows" in in_windows
    # The tiny folder reads 32 tokens of context, and the sentences behind the statement have more.
    assert shortened == "of the sentences around statement 1 only the nearest words were read"
    for found in document.predictions[0].stances.values():
        assert sum(found.probabilities.values()) == pytest.approx(1.0)


def test_classify_agrees_with_predict_where_speaker_and_context_are_the_same(tiny):
    predictions = tiny.predict(NEWS).predictions
    texts = [p.statement.text for p in predictions]
    again = tiny.classify(
        texts,
        speakers=[p.statement.speaker for p in predictions],
        contexts=[p.statement.context for p in predictions],
    )
    of_statements = tiny.classify([p.statement for p in predictions])
    for one, two, three in zip(predictions, again, of_statements, strict=True):
        for name in DEFAULTS:
            assert np.allclose(shares(one.stances[name]), shares(two.stances[name]), atol=1e-5, rtol=0)
            assert np.allclose(shares(one.stances[name]), shares(three.stances[name]), atol=1e-5, rtol=0)
        assert three.statement == one.statement


def test_classify_keeps_order_and_duplicates_and_finds_mentions(tiny):
    texts = ["Moscow must stop.", "We thank NATO.", "Moscow must stop."]
    found = tiny.classify(texts, actors=["Russia"], speakers=["Ann Bell", None, "Ann Bell"])
    assert [p.statement.text for p in found] == texts
    assert found[0] == found[2]
    assert [p.stances["Russia"].mentions for p in found] == [((0, 6),), (), ((0, 6),)]
    assert found[0].statement.speaker == "Ann Bell"


def test_classify_reads_speaker_and_context(tiny):
    bare, spoken, context = tiny.classify(
        ["They must leave."] * 3,
        speakers=[None, "Dmitry Peskov", None],
        contexts=[None, None, "“They must leave,” he said of the Russian troops."],
    )
    assert np.abs(shares(bare.stances["Russia"]) - shares(spoken.stances["Russia"])).max() > 1e-4
    assert np.abs(shares(bare.stances["Russia"]) - shares(context.stances["Russia"])).max() > 1e-4


def test_classify_of_nothing_and_of_wrong_input(tiny):
    assert tiny.classify([]) == []
    with pytest.raises(stance.InputError, match=r"\[1\]"):
        tiny.classify(["Good.", "  "])
    with pytest.raises(stance.InputError):
        tiny.classify(["Good."], speakers=["a", "b"])
    with pytest.raises(TypeError):
        tiny.classify("one statement")
    with pytest.raises(TypeError):
        tiny.classify(["Good."], speakers=[3])
    with pytest.raises(TypeError):
        tiny.classify(["Good."], actors="NATO")


def test_an_actor_of_the_users_own(tiny):
    league = stance.Actor("Northern League of Cities", aliases={"en": ["the League", "NLC"]})
    text = "“The NLC has failed us, and the League knows it,” said Ann Bell."
    found = tiny.predict(text, actors=[league, "Russia"]).predictions[0].stances
    assert list(found) == ["Northern League of Cities", "Russia"]
    assert [text[start:end] for start, end in found["Northern League of Cities"].mentions] == ["NLC", "the League"]


@pytest.mark.parametrize("wrong", [[], [""], ["Russia", "Russia"], ["North Korea", "DPRK"], ["a\nb"]])
def test_actors_that_cannot_be_used(tiny, wrong):
    with pytest.raises(stance.ActorError):
        tiny.predict(NEWS, actors=wrong)


def test_words_that_look_like_special_tokens_stay_words(tiny):
    text = "“We [ACTOR] Russia </s> are [ACTOR] <pad> not afraid <s> of them,” said Ann Bell."
    prediction = tiny.predict(text, actors=["NATO"]).predictions[0]
    assert list(prediction.stances) == ["NATO"]


def test_half_of_a_surrogate_pair_does_not_end_the_run(tiny):
    text = "“We are not afraid \ud83d of Russia,” said Ann Bell."
    prediction = tiny.predict(text).predictions[0]
    assert text[prediction.statement.start : prediction.statement.end] == prediction.statement.text
    assert tiny.classify(["Not afraid \udc00 of Russia."])[0].stances["Russia"].mentions == ((16, 22),)


def test_round_trip_through_json(tiny):
    document = tiny.predict(NEWS)
    again = Document.from_dict(json.loads(json.dumps(document.to_dict())))
    assert again == document
    assert hash(again) == hash(document)
    assert Prediction.from_dict(document.predictions[0].to_dict()) == document.predictions[0]
    assert pickle.loads(pickle.dumps(document)) == document


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.one_of(st.text(max_size=40), st.sampled_from([*'“”"«»„,.\n—: ', " said ", " Russia ", "&quot;"])),
        max_size=12,
    )
)
def test_any_text_gives_spans_that_slice(tiny, parts):
    text = "".join(parts)
    document = tiny.predict(text, actors=["Russia"])
    assert document.text == text
    for prediction in document.predictions:
        statement: Statement = prediction.statement
        assert " ".join(text[start:end] for start, end in statement.spans) == statement.text
        for start, end in prediction.stances["Russia"].mentions:
            assert any(first <= start < end <= last for first, last in statement.spans)
    assert Document.from_dict(document.to_dict()) == document


@settings(max_examples=60, deadline=None)
@given(
    text=st.text(min_size=1, max_size=80).filter(lambda text: bool(text.strip())),
    actor=st.text(min_size=1, max_size=20),
)
def test_classify_takes_any_statement_and_any_name_or_says_why_not(tiny, text, actor):
    try:
        found = tiny.classify([text], actors=[actor])
    except stance.ActorError:
        return
    assert found[0].statement.text == text
    for start, end in found[0].stances[actor.strip()].mentions:
        assert 0 <= start < end <= len(text)


def test_a_pickled_predictor_answers_alike(tiny):
    again = pickle.loads(pickle.dumps(tiny))
    assert again.precision == "fp32"
    for one, other in zip(again.predict(NEWS).predictions, tiny.predict(NEWS).predictions, strict=True):
        assert_same(one, other)


def test_a_predictor_travels_to_another_process(tiny, tmp_path):
    (tmp_path / "predictor.pickle").write_bytes(pickle.dumps(tiny))
    program = (
        "import pickle, sys; predictor = pickle.load(open(sys.argv[1], 'rb'));"
        "print(predictor.classify(['We thank NATO.'])[0].stances['NATO'].confidence)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, tmp_path / "predictor.pickle"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    )
    expected = tiny.classify(["We thank NATO."])[0].stances["NATO"].confidence
    assert float(done.stdout) == pytest.approx(expected, abs=1e-5)


def test_threads_may_share_one_predictor(tiny_folder):
    predictor = stance.load(tiny_folder, precision="fp32", threads=2)
    expected = predictor.predict(NEWS)
    found = {}

    def work(number):
        found[number] = [predictor.predict(NEWS) for _ in range(5)]

    workers = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(found) == [0, 1, 2, 3]
    for document in itertools.chain.from_iterable(found.values()):
        for one, other in zip(document.predictions, expected.predictions, strict=True):
            assert_same(one, other)


def test_two_predict_many_at_once_keep_their_own_answers(tiny):
    first, second = tiny.predict_many([NEWS] * 3), tiny.predict_many(["", NEWS, ""])
    pairs = list(zip(first, second, strict=True))
    assert [(len(one.predictions), len(other.predictions)) for one, other in pairs] == [(4, 0), (4, 4), (4, 0)]


def test_precisions_and_options_of_load(tiny_folder, tmp_path):
    int8 = stance.load(tiny_folder, precision="auto")
    assert int8.folder.model("auto").name == "model_quantized.onnx"
    with pytest.raises(stance.InputError, match="precision"):
        stance.load(tiny_folder, precision="fp64")
    with pytest.raises(stance.InputError, match="threads"):
        stance.load(tiny_folder, threads=0)
    with pytest.raises(stance.ModelError, match="nowhere"):
        stance.load(tmp_path / "nowhere")
    with pytest.raises(stance.ModelError, match=r"stance\.json"):
        stance.load(tmp_path)


def test_int8_stays_near_fp32(tiny, tiny_folder):
    int8 = stance.load(tiny_folder, precision="int8")
    for one, other in zip(int8.predict(NEWS).predictions, tiny.predict(NEWS).predictions, strict=True):
        assert np.abs(shares(one.stances["NATO"]) - shares(other.stances["NATO"])).max() < 0.2


def test_a_document_without_statements_does_not_wait_for_the_next(tiny):
    endless = itertools.repeat("Plain text without quotes.")
    assert next(tiny.predict_many(endless)).predictions == ()


def test_what_was_read_before_the_source_broke_is_answered(tiny):
    def texts():
        yield "“Russia must go,” said Ann Bell."
        raise OSError("the disk is gone")

    found = []
    with pytest.raises(OSError, match="the disk is gone"):
        found.extend(tiny.predict_many(texts()))
    assert [len(document.predictions) for document in found] == [1]


def test_a_text_that_breaks_extraction_fails_alone(tiny, monkeypatch):
    extract = predictor.quotes.extract

    def breaking(text, **options):
        if "bad" in text:
            raise IndexError("no such place")
        return extract(text, **options)

    monkeypatch.setattr(predictor.quotes, "extract", breaking)
    good, bad, again = tiny.predict_many(["“We go,” said Ann Bell.", "bad", "“We go,” said Ann Bell."])
    assert (len(good.predictions), len(again.predictions)) == (1, 1)
    assert bad.text == "bad"
    assert bad.warnings == ("item 1 was not read: IndexError: no such place",)


def test_a_fragment_without_capitals_is_no_text_without_them(tiny):
    fragment = "un odio nato dalla paura"
    [alone] = tiny.classify([fragment])
    [inside] = tiny.classify([fragment], contexts=[f"Rossi ha parlato di {fragment}."])
    assert alone.stances["NATO"].mentions == ((8, 12),)
    assert inside.stances["NATO"].mentions == ()
    assert alone.stances["NATO"].probabilities != inside.stances["NATO"].probabilities


@pytest.mark.parametrize("threads", [1, 2])
def test_a_statement_that_stands_in_many_articles_is_read_once(tiny_folder, monkeypatch, threads):
    seen = []
    real = runtime._call

    def call(session, window):
        seen.append(window.tobytes())
        return real(session, window)

    monkeypatch.setattr(runtime, "_call", call)
    predictor = stance.load(tiny_folder, threads=threads)
    one, *others = list(predictor.predict_many([NEWS] * 30))
    assert one.predictions
    assert all(document == one for document in others)
    assert len(seen) == len(set(seen)) == len(one.predictions)


def test_options_of_speed_change_no_answer(tiny_folder):
    expected = stance.load(tiny_folder).predict(NEWS)
    for options in (
        {"threads": 1},
        {"threads": 3},
        {"threads_per_statement": 2},
        {"threads_per_statement": 2, "spinning": True},
        {"memory_arena": False},
    ):
        assert stance.load(tiny_folder, **options).predict(NEWS) == expected
    with pytest.raises(InputError, match="spinning"):
        stance.load(tiny_folder, spinning="yes")
    with pytest.raises(InputError, match="threads_per_statement"):
        stance.load(tiny_folder, threads_per_statement=0)


def test_a_caller_that_wants_no_more_documents_leaves_the_rest_undone(tiny_folder, monkeypatch):
    predictor = stance.load(tiny_folder, threads=2)
    # No two alike for a small vocabulary that knows no numbers.
    texts = [f'"Russia must leave {"our towns " * number}at once," the minister said.' for number in range(1, 30)]
    expected = predictor.predict(texts[0])
    futures = []
    real = predictor._runtime.submit

    def submit(windows, **keys):
        futures.extend(real(windows, **keys))
        return futures[-len(windows) :]

    monkeypatch.setattr(predictor._runtime, "submit", submit)
    slow = runtime._call
    monkeypatch.setattr(runtime, "_call", lambda *given: (time.sleep(0.02), slow(*given))[1])
    documents = predictor.predict_many(texts)
    assert next(documents) == expected
    documents.close()
    assert any(future.cancelled() for future in futures)


def test_only_named_is_true_or_false(tiny):
    with pytest.raises(InputError, match="only_named"):
        tiny.predict(NEWS, only_named="no")


UNNAMED = '"The harvest was good and the bridge will open in May," said Ann Bell, the mayor, on Monday.'


def test_statements_that_name_no_actor_can_be_left_out(tiny, monkeypatch):
    everything = tiny.predict(NEWS, actors=["Russia"])
    named = tiny.predict(NEWS, actors=["Russia"], only_named=True)
    assert 0 < len(named.predictions) < len(everything.predictions)
    assert (named.text, named.language) == (everything.text, everything.language)
    # What is kept is answered as before, and what is left out names Russia nowhere near.
    kept = {p.statement: p for p in named.predictions}
    for prediction in everything.predictions:
        one = prediction.statement
        shown = f"{one.text} {one.speaker} {one.context}"
        assert (one in kept) == any(name in shown for name in ("Russia", "Moscow", "Kremlin"))
        if one in kept:
            assert kept[one] == prediction
    many = list(tiny.predict_many([NEWS, UNNAMED], actors=["Russia"], only_named=True))
    assert many[0] == named
    assert (many[1].text, many[1].language, many[1].predictions) == (UNNAMED, "en", ())


def test_a_text_that_names_no_actor_is_not_even_looked_through(tiny, monkeypatch):
    asked = []
    find = tiny._finder.extract
    monkeypatch.setattr(tiny._finder, "extract", lambda text, **keys: (asked.append(text), find(text, **keys))[1])
    assert tiny.predict(UNNAMED, only_named=True).predictions == ()
    assert UNNAMED not in asked
    assert tiny.predict(UNNAMED).predictions


def test_a_wrong_question_is_refused_though_no_actor_is_named(tiny):
    for wrong in ({"mode": "fast"}, {"kinds": ["loud"]}, {"language": "no language"}):
        with pytest.raises(InputError):
            tiny.predict(UNNAMED, only_named=True, **wrong)
    with pytest.raises(TypeError, match="text must be str"):
        tiny.predict(None, only_named=True)


@pytest.mark.parametrize("name", ["North  Korea", "North \n Korea", unicodedata.normalize("NFD", "Corée du Nord")])
def test_a_name_is_seen_as_the_encoder_sees_it(tiny, name):
    text = f'"We will not forget what {name} did to us all," said Ann Bell, the mayor, on Monday.'
    language = "fr" if "du" in name else None
    named = tiny.predict(text, actors=["DPRK"], only_named=True, language=language)
    assert named.predictions == tiny.predict(text, actors=["DPRK"], language=language).predictions
    assert named.predictions


def test_a_name_that_markup_breaks_is_seen(tiny):
    text = '"We will not forget what Rus&shy;sia did," said Ann Bell, the mayor, on Monday.'
    assert len(tiny.predict(text, actors=["Russia"], only_named=True).predictions) == len(
        tiny.predict(text).predictions
    )
