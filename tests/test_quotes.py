"""Quotations with their speakers: a sentence of our own for every way in which they go wrong."""

import gc
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
        ("de", "Das schreibt die „Hafenwoche am Sonntag“ in ihrer neuen Ausgabe."),
        ("de", "Wie „küste online“ berichtet, kamen viele Gäste."),
        ("de", "Nora Wittlich sagte das beim „Tag der Fischerei“ in Kiel."),
        ("de", "Das meldete Nora Wittlich laut „hafen.example.org“ am Abend."),
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


@pytest.mark.parametrize(
    ("language", "text", "words"),
    [
        # the verb of the aside is in no table
        (
            "de",
            "»Wir bauen hier keine Luftschlösser«, stupst Nora Wittlich ihn an, »wir bauen einen Hafen.«",
            "Wir bauen hier keine Luftschlösser|wir bauen einen Hafen",
        ),
        ("fr", "« On verra bien », pouffe la boulangère, « mais pas demain. »", "On verra bien|mais pas demain"),
        (
            "nl",
            "– Het dak lekt al jaren, – vertelt buurvrouw Ria Smit. – Niemand komt.",
            "Het dak lekt al jaren|Niemand komt",
        ),
        ("es", "—Aquí no entra nadie —nos frena la portera—. Ni usted.", "Aquí no entra nadie|Ni usted"),
    ],
)
def test_one_utterance_split_by_words_that_no_table_knows(language, text, words):
    assert [one for one, _ in found(text, language)] == [words]


@pytest.mark.parametrize(
    ("language", "text", "words"),
    [
        (
            "it",
            "Il sindaco Nora Bellandi parla di «un regalo fatto con i soldi degli altri».",
            "un regalo fatto con i soldi degli altri",
        ),
        ("nl", "Burgemeester Nora Witteman ziet ‘spoken in een leeg pakhuis’.", "spoken in een leeg pakhuis"),
        ("pl", "Dla burmistrza most to „zwykła kładka nad strumykiem”.", "zwykła kładka nad strumykiem"),
        ("tr", "Müdür Nora Vural ``bu kapı hep açık kalacak'' diye övündü.", "bu kapı hep açık kalacak"),
    ],
)
def test_a_clause_in_small_letters_is_a_statement_under_any_verb(language, text, words):
    assert [one for one, _ in found(text, language)] == [words]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("es", "Una pancarta en el muelle reza «Que se vayan todos hoy»."),
        ("en", "She has a gift for “soft” power, said nobody."),
        ("fr", "Une banderole proclame « Rendez-nous le port »."),
    ],
)
def test_banners_and_words_inside_a_phrase_are_none(language, text):
    assert found(text, language) == []


@pytest.mark.parametrize(
    ("language", "text", "speaker"),
    [
        ("en", "“It leaks,” Nora Whitlock, the harbour master, told the board.", "Nora Whitlock"),
        (
            "en",
            "The old colonel, never one for praise, said Europe had been “brave to the last neighbour”.",
            "old colonel",
        ),
        ("it", "Lo dice l'ambasciatrice lettone Nora Bellandi: «Il porto resta aperto».", "Nora Bellandi"),
        ("it", "Il molo nuovo è, per la segretaria Nora Bellandi, «una spesa senza alcun senso».", "Nora Bellandi"),
        ("it", "«È tardi», ha detto il presidente Amedeo La Torre.", "Amedeo La Torre"),
        ("es", "“Es tarde ya”, dijo el ministro al diario La Ola, y Nora Vidal calló.", "ministro"),
        (
            "de",
            "Mit der Ministerin Ute Wahl sprach Nora Wittlich. „Der Hafen bleibt offen“, sagte sie.",
            "Nora Wittlich",
        ),
        ("de", "Eine Passantin zu unserem Reporter: „Der Hafen bleibt offen.“", "Passantin"),
        ("nl", "De ambassadeur bij de EU, Nora Witteman, zei: ‘De haven blijft open.’", "Nora Witteman"),
        ("pl", "Burmistrz nazwał Rosję „najgorszym z naszych sąsiadów”.", "Burmistrz"),
        ("ru", "Сокурсник назвал министра «самым тихим человеком города».", "Сокурсник"),
        ("fr", "L'ambassade se tait. « C'est une affaire ancienne », écrit-elle.", "ambassade"),
    ],
)
def test_the_subject_and_not_another_name(language, text, speaker):
    assert [who for _, who in found(text, language)] == [speaker]


def test_an_interview_without_names_before_its_answers():
    text = (
        "Nora Bellandi guida il porto da nove anni. Nora Bellandi è nata qui.\n\n"
        "<b>Quando apre il molo?</b>\nApre a maggio, se il vento vuole.\n\n"
        "<b>E i traghetti?</b>\nTornano tutti.\n\n<b>Chi paga i lavori?</b>\nPaga la regione."
    )
    assert found(text, "it") == [
        ("Apre a maggio, se il vento vuole", "Nora Bellandi"),
        ("Tornano tutti", "Nora Bellandi"),
        ("Paga la regione", "Nora Bellandi"),
    ]


def test_questions_between_the_answers_of_one_named_person():
    text = (
        "Nora Vidigal: Abrimos em maio.\n\nE os barcos, voltam?\n\nVidigal: Voltam todos.\n\n"
        "Quem paga?\n\nVidigal: Paga a região.\n\nO que vem depois?\n\nVidigal: Férias."
    )
    assert [one for one, _ in found(text, "pt")] == ["Abrimos em maio", "Voltam todos", "Paga a região", "Férias"]


def test_the_paragraph_after_a_list_of_links_belongs_to_the_article():
    text = (
        "Der Hafen ist zu.\n\nLesen Sie auch:\n>> »Mein Leben am Kai«\n\n"
        "Die Bürgermeisterin Nora Wittlich nannte das „Unfug von ganz oben“."
    )
    assert found(text, "de") == [("Unfug von ganz oben", "Nora Wittlich")]


def test_a_closing_mark_alone_after_a_colon():
    text = "Nora Witek nie kryła złości: My czekamy, oni milczą. Wstyd mi za urząd!” (cytat)."
    assert [one for one, _ in found(text, "pl")] == ["My czekamy, oni milczą. Wstyd mi za urząd"]


def test_questions_after_dashes_are_the_interviewers():
    text = (
        "Мы расспросили капитана Нору Витальеву.\n\n— Когда откроют порт?\n\n— В мае, если позволит лёд.\n\n"
        "— А паромы вернутся?\n\n— Все до одного вернутся.\n\n— Ну вот, — смеётся Витальева. — Я же говорила."
    )
    words = [one for one, _ in found(text, "ru")]
    assert words == ["В мае, если позволит лёд", "Все до одного вернутся", "Ну вот|Я же говорила"]


def test_a_transcript_in_quotation_marks():
    text = "“WHITLOCK: The harbour is closed.\n\nBRANDT: Who closed it?\n\nWHITLOCK: The ice did.\n\nBRANDT: I see.”"
    assert [one for one, _ in found(text, "en")] == ["The harbour is closed", "Who closed it", "The ice did", "I see"]


def seconds(text, language):
    """Return the least processor time of two runs, without what the collector of garbage does in between."""
    taken = []
    for _ in range(2):
        gc.collect()
        gc.disable()
        before = time.process_time()
        assert extract(text, language=language).statements
        taken.append(time.process_time() - before)
        gc.enable()
    return min(taken)


@pytest.mark.parametrize(
    ("language", "unit"),
    [
        ("it", "«Il vento cambia», ha detto il pescatore. "),
        ("de", "„Der Wind dreht“, sagte der Fischer. "),
        ("es", '"El viento cambia", dijo Ana Ruiz. Ella añadió: "No iremos". '),
        ("zh", "“风要变了。”渔民老秦说。"),
        ("ja", "「風が変わる」と漁師は話す。"),
        ("ko", '어민은 "바람이 바뀐다"고 말했다. '),
    ],
)
def test_one_long_paragraph_takes_time_in_proportion(language, unit):
    extract(unit, language=language)
    taken = [seconds(unit * count, language) for count in (1600, 6400)]
    # Four times the text; were the time quadratic, it would be sixteen times as long.
    assert taken[1] < 9 * taken[0]


@pytest.mark.parametrize("text", ['"…"\n\n毛宁表示:“中方反对。”', "“……”\n“是不可接受的。”毛宁说。", '다「.\n정서 "과'])
def test_marks_around_nothing_are_no_statement_and_break_nothing(text):
    assert all(any(map(str.isalnum, found.text)) for found in extract(text).statements)


@pytest.mark.parametrize("pattern", ["Ann Bell said: “{}END.”", "“{}END,” said Ann Bell."])
def test_a_very_long_quotation_is_whole(pattern):
    words = "The river must be saved now. " * 300
    (found,) = extract(pattern.format(words), language="en").statements
    assert len(found.spans) == 1
    assert found.text.startswith("The river")
    assert "END" in found.text
    assert found.speaker == "Ann Bell"


def test_a_paragraph_that_is_read_in_pieces_is_told():
    found = extract("The river rose again in the night. " * 700, language="en")
    assert len(found.warnings) == 1
    assert "read in pieces" in found.warnings[0]
