"""Cleaning with the way back, language, sentences."""

import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stance.text import clean, detect_language, plain, sentences

DIRTY = st.text(alphabet=st.sampled_from(list("ab <>/p&quot;«»“”„\"'`,.\n\u00a0\u200b\ud800。「」！A5")), max_size=200)


def test_tags_and_entities_go_and_the_way_back_holds():
    text = "<p>&laquo;Wir bleiben&raquo;, sagte&nbsp;sie.< /p>Ende<br/>"
    found = clean(text)
    assert found.text == "\n«Wir bleiben», sagte sie.\nEnde\n"
    start = found.text.index("Wir")
    assert text[slice(*found.to_original(start, start + 11))] == "Wir bleiben"
    mark = found.text.index("«")
    assert text[slice(*found.to_original(mark, mark + 1))] == "&laquo;"


@pytest.mark.parametrize(
    "text", ["a < b and b > c", "1 << 3 == 8", "AT&T & Söhne", "x<y>z", "if a<b: pass", "rock 'n' roll"]
)
def test_what_is_no_dirt_survives(text):
    assert clean(text).text == text


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("``So'' it is", '“So" it is'),
        ("<<Oui>> dit-il", "«Oui» dit-il"),
        ("‹‹Ja›› sagt er", "«Ja» sagt er"),
        (",,Tak'' mówi", '„Tak" mówi'),
        ("â€œYesâ€\x9d", "“Yes”"),
        ("&amp;quot;Ja&amp;quot;", '"Ja"'),
        ("a\u00a0b\u2009c\u3000d", "a b c d"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
    ],
)
def test_marks_and_spaces(text, wanted):
    assert clean(text).text == wanted


def test_plain_is_one_line():
    assert plain("<p>One</p>\n\n  two&nbsp;three") == "One two three"


@given(DIRTY)
def test_the_way_back_is_monotonous_and_inside(text):
    found = clean(text)
    last = 0
    for place in range(len(found.text)):
        start, end = found.to_original(place, place + 1)
        assert last <= start < end <= len(text)
        last = start
    assert found.to_original(0, len(found.text))[1] <= len(text)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The ministers will meet again in the autumn to discuss the budget.", "en"),
        ("Die Minister treffen sich im Herbst wieder, um über den Haushalt zu beraten.", "de"),
        ("I ministri si incontreranno di nuovo in autunno per discutere il bilancio.", "it"),
        ("Министры снова встретятся осенью, чтобы обсудить бюджет.", "ru"),
        ("Міністри знову зустрінуться восени, щоб обговорити бюджет і податки.", "uk"),
        ("部长们将于秋天再次会面。", "zh"),
        ("大臣たちは秋に再び会う予定だ。", "ja"),
        ("장관들은 가을에 다시 만날 것이다.", "ko"),
        ("سيجتمع الوزراء مرة أخرى في الخريف لمناقشة الميزانية.", "ar"),
    ],
)
def test_language(text, language):
    assert detect_language(text) == language


@pytest.mark.parametrize("text", ["", "   ", "12 34 56", "!!!", "a" * 500, "\ud800\udfff"])
def test_too_little_text_has_no_language(text):
    assert detect_language(text) is None


def cut(text, **options):
    return [text[start:end] for start, end in sentences(text, **options)]


def test_sentences():
    assert cut("It rained. We stayed! Why? Nobody knows…") == ["It rained.", "We stayed!", "Why?", "Nobody knows…"]
    assert cut("Mr. Dale met J. Alder on 15. Mai. They ate.") == ["Mr. Dale met J. Alder on 15. Mai.", "They ate."]
    assert cut("Sie kam am 4. Dezember. Er nicht.") == ["Sie kam am 4. Dezember.", "Er nicht."]
    assert cut("下雨了。我们留下！为什么？") == ["下雨了。", "我们留下！", "为什么？"]
    assert cut("هل جاء؟ لا. ذهب.") == ["هل جاء؟", "لا.", "ذهب."]


def test_no_cut_inside_a_quotation():
    assert cut("“Stop. Now. Please,” she said. He did.") == ["“Stop. Now. Please,” she said.", "He did."]
    assert cut("「行く。帰らない」と言った。雨だ。") == ["「行く。帰らない」と言った。", "雨だ。"]


def test_given_abbreviations_end_no_sentence():
    assert cut("Der Abg. Meier kam.", abbreviations=["abg."]) == ["Der Abg. Meier kam."]


@given(DIRTY)
def test_sentences_cover_the_words_in_order(text):
    spans = sentences(text)
    assert all(a < b for a, b in spans)
    assert all(one[1] <= other[0] for one, other in pairwise(spans))
    assert "".join("".join(text[a:b].split()) for a, b in spans) == "".join(text.split())


@settings(max_examples=50)
@given(st.text(max_size=300))
def test_never_raises(text):
    clean(text)
    plain(text)
    detect_language(text)
    sentences(text)


@pytest.mark.parametrize("unit", ['"', "“", "a", "<", "&amp;", "<p ", " ", "\n", ".", "a. ", "''", "。"])
def test_time_is_linear(unit):
    text = unit * (200_000 // len(unit))
    before = time.process_time()
    sentences(clean(text).text)
    assert time.process_time() - before < 2.0
