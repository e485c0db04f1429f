"""Quotations with their speakers: a sentence of our own for every way in which they go wrong."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stance.errors import InputError
from stance.quotes import Extraction, extract
from stance.types import StatementKind


def found(text, language):
    """Return (words of the spans joined by |, speaker) of every statement."""
    result = extract(text, language=language)
    for one in result.statements:
        assert " ".join(text[start:end] for start, end in one.spans) == one.text
    return [("|".join(text[a:b].strip(" .,!?…。") for a, b in one.spans), one.speaker) for one in result.statements]


PLAIN = [
    (
        "en",
        "“The harbour will stay open,” said Nora Whitlock on Friday.",
        "The harbour will stay open",
        "Nora Whitlock",
    ),
    ("en", "Nora Whitlock said: “The harbour will stay open.”", "The harbour will stay open", "Nora Whitlock"),
    ("it", "«Il porto resta aperto», ha detto Nora Bellandi venerdì.", "Il porto resta aperto", "Nora Bellandi"),
    ("de", "„Der Hafen bleibt offen“, sagte Nora Wittlich am Freitag.", "Der Hafen bleibt offen", "Nora Wittlich"),
    ("fr", "« Le port restera ouvert », a déclaré Nora Vitrac vendredi.", "Le port restera ouvert", "Nora Vitrac"),
    ("es", "“El puerto seguirá abierto”, dijo Nora Vidal el viernes.", "El puerto seguirá abierto", "Nora Vidal"),
    (
        "pt",
        "“O porto vai continuar aberto”, disse Nora Vidigal na sexta.",
        "O porto vai continuar aberto",
        "Nora Vidigal",
    ),
    ("nl", "‘De haven blijft gewoon open,’ zei Nora Witteman vrijdag.", "De haven blijft gewoon open", "Nora Witteman"),
    (
        "pl",
        "„Port pozostanie otwarty dla wszystkich” – powiedziała Nora Witek.",
        "Port pozostanie otwarty dla wszystkich",
        "Nora Witek",
    ),
    ("ru", "«Порт останется открытым», — сказала Нора Витальева.", "Порт останется открытым", "Нора Витальева"),
    ("uk", "«Порт залишиться відкритим», – сказала Нора Вітренко.", "Порт залишиться відкритим", "Нора Вітренко"),
    ("zh", "市长林若安说：“港口会继续开放。”", "港口会继续开放", "林若安"),
    ("ko", '윤서아 시장은 회견에서 "항구는 계속 열려 있을 것"이라고 말했다.', "항구는 계속 열려 있을 것", "윤서아"),
    ("ja", "森川由紀市長は会見で「港は開けておく」と述べた。", "港は開けておく", "森川由紀"),
    ("tr", 'Nora Vural, toplantıda "Liman açık kalacak" dedi.', "Liman açık kalacak", "Nora Vural"),
    ("ar", "وقالت نورا الوادي للصحفيين: «الميناء سيبقى مفتوحا للجميع».", "الميناء سيبقى مفتوحا للجميع", "نورا الوادي"),
]


@pytest.mark.parametrize(("language", "text", "words", "speaker"), PLAIN)
def test_a_plain_quotation_in_every_language(language, text, words, speaker):
    assert found(text, language) == [(words, speaker)]


@pytest.mark.parametrize(
    "marks",
    ["„…“", '„…"', "„…”", "»…«", "«…»", "“…”", '"…"', "“…“", "«…“", "&quot;…&quot;", "&laquo;…&raquo;", "<<…>>"],
)
def test_marks_of_another_language(marks):
    opening, closing = marks.split("…")
    text = f"{opening}Der Hafen bleibt offen{closing}, sagte Nora Wittlich."
    assert found(text, "de") == [("Der Hafen bleibt offen", "Nora Wittlich")]


def test_reversed_marks_in_arabic():
    text = "وقالت نورا الوادي: ”الميناء سيبقى مفتوحا للجميع“."
    assert [words for words, _ in found(text, "ar")] == ["الميناء سيبقى مفتوحا للجميع"]


def test_no_space_around_the_marks():
    text = "Nora Wittlich warnte davor „Der Hafen wird bald versanden“und ging."
    assert [words for words, _ in found(text, "de")] == ["Der Hafen wird bald versanden"]


@pytest.mark.parametrize(
    ("language", "text", "words"),
    [
        (
            "en",
            "“We waited a year. “Nobody came to help us,” said Nora Whitlock.",
            "We waited a year. “Nobody came to help us",
        ),
        ("en", "“We waited a whole year for the boat.", "We waited a whole year for the boat"),
        ("fr", "« Nous avons attendu un an, a dit Nora Vitrac.", "Nous avons attendu un an"),
        ("it", "Io non ho mai visto quel molo”, dice Nora Bellandi.", "Io non ho mai visto quel molo"),
        (
            "en",
            "‘They asked me, “Where is the boat?” I said it sank,’ said Nora Whitlock.",
            "They asked me, “Where is the boat?” I said it sank",
        ),
        (
            "en",
            "‘It’s the residents’ boat, and that’s that,’ said Nora Whitlock.",
            "It’s the residents’ boat, and that’s that",
        ),
        (
            "nl",
            "‘We zien ’s nachts foto’s van de haven langskomen,’ zei Nora Witteman.",
            "We zien ’s nachts foto’s van de haven langskomen",
        ),
        ("en", 'The 5" pipe burst. "It flooded the whole cellar," said Nora Whitlock.', "It flooded the whole cellar"),
    ],
)
def test_a_mark_missing_stray_nested_or_no_mark(language, text, words):
    assert [one for one, _ in found(text, language)] == [words]


@pytest.mark.parametrize(
    ("language", "text", "words", "speaker"),
    [
        (
            "en",
            "“We are late,” said Nora Whitlock, “but we will come.”",
            "We are late|but we will come",
            "Nora Whitlock",
        ),
        (
            "en",
            "“We are late,” said Nora Whitlock. “We will come anyway.”",
            "We are late|We will come anyway",
            "Nora Whitlock",
        ),
        (
            "ru",
            "«Мы опоздали, — сказала Нора Витальева. — Но мы придём».",
            "Мы опоздали|Но мы придём",
            "Нора Витальева",
        ),
        (
            "es",
            "“Llegamos muy tarde, ha dicho Nora Vidal. Pero vendremos”.",
            "Llegamos muy tarde|Pero vendremos",
            "Nora Vidal",
        ),
        ("ko", '윤서아 시장은 "배가 늦었다"며 "그래도 온다"고 말했다.', "배가 늦었다|그래도 온다", "윤서아"),
        ("zh", "“船晚了很久，”林若安说，“但是一定会来。”", "船晚了很久，|但是一定会来", "林若安"),
    ],
)
def test_one_utterance_split_by_the_speaker(language, text, words, speaker):
    got = found(text, language)
    assert [(one.replace("，", ""), who) for one, who in got] == [(words.replace("，", ""), speaker)]


def test_paragraphs_that_each_open_anew_are_one_statement():
    text = (
        "Nora Vitrac a réagi dans un communiqué :\n\n« Le port est ouvert.\n\n« Il le restera demain.\n\n"
        "« Et nous y veillerons. »\n"
    )
    assert found(text, "fr") == [("Le port est ouvert|Il le restera demain|Et nous y veillerons", "Nora Vitrac")]


@pytest.mark.parametrize(
    ("language", "text", "words", "speaker"),
    [
        (
            "pl",
            "– To był zły pomysł – powiedziała Nora Witek. – Nie wrócimy.",
            "To był zły pomysł|Nie wrócimy",
            "Nora Witek",
        ),
        ("es", "—Fue una mala idea —dijo Nora Vidal—. No volveremos.", "Fue una mala idea|No volveremos", "Nora Vidal"),
        (
            "ru",
            "— Это была плохая идея, — сказала Нора Витальева. — Мы не вернёмся.",
            "Это была плохая идея|Мы не вернёмся",
            "Нора Витальева",
        ),
        (
            "fr",
            "– C'était une mauvaise idée, a dit Nora Vitrac. Nous ne reviendrons pas.",
            "C'était une mauvaise idée|Nous ne reviendrons pas",
            "Nora Vitrac",
        ),
    ],
)
def test_dialogue_after_dashes(language, text, words, speaker):
    assert found(text, language) == [(words, speaker)]


def test_a_list_with_dashes_is_no_dialogue():
    assert found("Na liście są:\n- mleko\n- chleb\n- masło", "pl") == []


def test_a_transcript():
    text = "Present: Nora Whitlock and Piet Darby.\n\nWHITLOCK: Is the boat here?\n\n"
    text += "DARBY: Not yet, I fear.\n\nWHITLOCK: Then we wait."
    assert found(text, "en") == [
        ("Is the boat here", "Nora Whitlock"),
        ("Not yet, I fear", "Piet Darby"),
        ("Then we wait", "Nora Whitlock"),
    ]


@pytest.mark.parametrize(
    ("language", "text", "words"),
    [
        ("en", "The council called the plan “a gift to the sea” on Monday.", ["a gift to the sea"]),
        ("en", "Nora Whitlock calls the plan “absurd”.", ["absurd"]),
        ("de", "Der Rat bezeichnete den Plan als „Geschenk an das Meer“.", ["Geschenk an das Meer"]),
        ("es", "La alcaldesa dijo que “nadie quiere hablar de eso”.", ["nadie quiere hablar de eso"]),
        ("ja", "市長は計画を「海への贈り物だ」と批判した。", ["海への贈り物だ"]),
        ("de", "Es war eine „schlimme Sturmflut“, laut Fischern.", ["schlimme Sturmflut"]),
    ],
)
def test_fragments_are_mixed(language, text, words):
    statements = extract(text, language=language).statements
    assert [one.text for one in statements] == words
    assert [one.kind for one in statements] == [StatementKind.MIXED]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "They sent a so-called “peace boat” to the harbour."),
        ("en", "The ship “Morning Star” left on Sunday."),
        ("en", "Under “multiple” treaties the harbour stays open."),
        ("en", "The bench, known to locals as ‘the Parliament’, was removed."),
        ("it", "Era in pratica una richiesta di “resa”."),
        ("it", "Ha cantato nel film «La barca rossa» da bambina."),
        ("de", "Der Marschflugkörper „Albatros“ traf das Schiff „Seestern“."),
        ("de", "Lesen Sie auch:\nHafen in Not: „Wir haben alles verloren“, „das Ende naht“"),
        ("fr", "La soi-disant « armée des ombres » a disparu."),
        ("ru", "Газета «Морской вестник» вышла, а корабль «Чайка» ушёл."),
        ("uk", "Так звані «морські вовки» пішли з порту."),
        ("ko", "상인들은 ‘결사반대’ 현수막을 걸었다."),
        ("ja", "町の「浜の灯台」が来年取り壊される。"),
        ("zh", "他们是所谓“志愿者”。《海港的早晨》昨天上映。"),
        ("en", "Leave a Reply\n\nYour email address will not be published."),
    ],
)
def test_names_titles_scare_quotes_and_links_are_none(language, text):
    assert found(text, language) == []


def test_a_negated_cue_reports_nothing():
    assert found("Nora Whitlock did not say “the boat is lost”.", "en") == []


@pytest.mark.parametrize(
    ("language", "text", "speakers"),
    [
        ("en", "Mayor Nora Whitlock was angry. “Nobody asked the harbour board.”", ["Nora Whitlock"]),
        (
            "en",
            "Nora Whitlock spoke at noon. “Nobody asked the board,” she said. “It is a shame,” Whitlock added.",
            ["Nora Whitlock", "Nora Whitlock"],
        ),
        ("en", "“Nobody asked the board,” Nora Whitlock told Reuters.", ["Nora Whitlock"]),
        ("de", "Nora Wittlich kam spät. „Niemand hat uns gefragt“, sagte sie.", ["Nora Wittlich"]),
        ("it", "Il sindaco Nora Bellandi è furioso. «Nessuno ci ha chiesto niente», ha aggiunto.", ["Nora Bellandi"]),
        ("en", "“It is a mess down there,” said a senior official.", ["senior official"]),
        ("fr", "« Tout le monde le savait », raconte un agent municipal.", ["agent municipal"]),
        ("en", "“It is a mess down there and nobody cares.”", [None]),
    ],
)
def test_who_says_it(language, text, speakers):
    assert [speaker for _, speaker in found(text, language)] == speakers


def test_the_mention_is_the_nearest_and_its_words_slice_the_text():
    text = "Nora Whitlock came late.\n\n“Nobody asked the board,” said Whitlock."
    (one,) = extract(text, language="en").statements
    assert one.speaker == "Nora Whitlock"
    assert text[slice(*one.speaker_span)] == "Whitlock"
    assert one.speaker_span[0] > one.end
    assert one.cue == "said"
    assert one.context == "“Nobody asked the board,” said Whitlock."


def test_offsets_are_those_of_the_dirty_text():
    text = "<p>Intro.< /p>\r\n&quot;Nobody&nbsp;asked the board&quot;, said Nora Whitlock."
    (one,) = extract(text, language="en").statements
    assert one.text == "Nobody&nbsp;asked the board"
    assert text[one.start : one.end] == one.text
    assert "Nobody asked the board" in one.context


def test_kinds_and_language():
    text = "“Nobody asked the board,” said Nora Whitlock. She called it “a great shame for us”."
    assert [one.kind.value for one in extract(text, kinds=["mixed"]).statements] == ["mixed"]
    assert extract(text).language == "en"
    assert extract(text, language="en-GB").language == "en"
    assert extract("", language=None) == Extraction(None)


def test_another_language_is_warned_about():
    result = extract("„Přístav zůstane otevřený,“ řekla Nora Vitková.", language="cs")
    assert result.language == "cs"
    assert "cs" in result.warnings[0]


@pytest.mark.parametrize("options", [{"language": "klingon!"}, {"kinds": "direct"}, {"kinds": ["spoken"]}])
def test_wrong_options_say_so(options):
    with pytest.raises(InputError):
        extract("“A”", **options)


def test_text_must_be_str():
    with pytest.raises(TypeError):
        extract(b"bytes")


PIECES = [
    "“",
    "”",
    "„",
    "«",
    "»",
    '"',
    "'",
    "’",
    "‘",
    "「",
    "」",
    "『",
    " said ",
    " Nora Whitlock ",
    ", ",
    ". ",
    "\n",
    "– ",
    ": ",
]
PIECES += [
    "A word. ",
    "&quot;",
    "< /p>",
    "sagte er",
    " 说：",
    "と述べた。",
    "고 말했다. ",
    "\ud800",
    "\u200b",
    "«Ja», ",
    "قال ",
    "7",
]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.sampled_from(PIECES), max_size=40),
    st.sampled_from([None, "en", "de", "pl", "zh", "ja", "ko", "ar", "tr"]),
)
def test_never_raises_slices_and_keeps_order(pieces, language):
    text = "".join(pieces)
    statements = extract(text, language=language).statements
    for one in statements:
        assert " ".join(text[start:end] for start, end in one.spans) == one.text
        assert one.text.strip()
        if one.speaker_span:
            assert text[slice(*one.speaker_span)]
    assert [one.start for one in statements] == sorted(one.start for one in statements)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200))
def test_any_text_at_all(text):
    extract(text)


@pytest.mark.parametrize(
    "text", ['"' * 10_000, "a" * 100_000, "“" * 10_000, "<" * 50_000, "\n" * 100_000, "– " * 20_000, '“«"' * 4_000]
)
def test_odd_texts_take_no_time(text):
    extract("“Nobody asked us,” said Nora.", language="en")
    before = time.process_time()
    extract(text, language="en")
    assert time.process_time() - before < 2.0


def test_time_grows_with_the_text_alone():
    unit = "“Nobody asked the board,” said Nora Whitlock.\n\nIt rained all day in the old town.\n\n"
    extract(unit, language="en")
    taken = []
    for count in (50, 400):
        before = time.process_time()
        assert len(extract(unit * count, language="en").statements) == count
        taken.append(time.process_time() - before)
    assert taken[1] < 40 * max(taken[0], 0.01)
