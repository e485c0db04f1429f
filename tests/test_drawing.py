import random
import re
import time

import pytest

from stance.drawing.charts import timeline_chart, totals_chart
from stance.drawing.colours import DARK, DIVERGING, LIGHT, SIGNS, contrast, ink_on, mix
from stance.drawing.counts import Period, StanceCount, TimeCounts, count_speakers, interval
from stance.drawing.document import document_html
from stance.drawing.escaping import counted, escape, one_line, percent
from stance.drawing.segments import Limits, cut, shown
from stance.drawing.styles import step_class, step_colour, style_sheet
from stance.drawing.tables import heat_map, signed, statements_table
from stance.types import Document, StanceLabel
from tests.conftest import NEWS
from tests.pictures import prediction, spoken, weight, wellformed

EVIL = "<script>alert(1)</script>\"'&"


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_labels_can_be_read_on_their_fill_and_on_the_paper(theme):
    assert set(theme.labels) == set(StanceLabel) == set(SIGNS)
    for shade in theme.labels.values():
        assert contrast(shade.ink, shade.fill) >= 4.5
        assert contrast(shade.ink, theme.paper) >= 4.5
        assert contrast(theme.ink, shade.fill) >= 7
    assert contrast(theme.quiet, theme.raised) >= 4.5


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_every_step_of_the_heat_map_leaves_its_number_readable(theme):
    for number in range(len(DIVERGING)):
        background = step_colour(number, theme)
        assert contrast(ink_on(background), background) >= 4.5


def _without_red_and_green(colour):
    """What a reader without cones for green sees, by the matrix of Viénot, Brettel and Mollon (1999)."""
    red, green, blue = ((int(colour[place : place + 2], 16) / 255) ** 2.2 for place in (1, 3, 5))
    yellow = 0.29275 * red + 0.70725 * green
    return yellow, -0.02234 * red + 0.02234 * green + blue


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_against_and_favor_differ_without_red_and_green(theme):
    against, favor = (theme.labels[label] for label in (StanceLabel.AGAINST, StanceLabel.FAVOR))
    for one, other, times in ((against.ink, favor.ink, 2), (against.fill, favor.fill, 1.3)):
        # What is left is blue against yellow; pale colours differ less.
        first, second = (blue / yellow for yellow, blue in map(_without_red_and_green, (one, other)))
        assert second > times * first


def test_mix_goes_from_one_colour_to_the_other():
    assert mix("#000000", "#ffffff", 0) == "#000000"
    assert mix("#000000", "#ffffff", 1) == "#ffffff"
    assert mix("#000000", "#ffffff", 0.5) == "#808080"
    assert (step_class(-1), step_class(0), step_class(1)) == ("st-step0", "st-step5", "st-step10")


def test_what_is_no_character_is_replaced_in_place():
    assert escape("a\ud800b\x00c\x85<\n\t\r") == "a\ufffdb\ufffdc\ufffd&lt;\n\t\r"
    assert escape(EVIL) == "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#x27;&amp;"


def test_a_name_is_one_line_and_turns_nothing_around_it():
    assert one_line("  a\n\u202eb\u2066 \tc ") == "a b c"
    assert one_line("x" * 200, most=10) == "x" * 9 + "…"
    assert one_line("عمر", most=10) == "عمر"


def test_numbers_are_told_as_they_are():
    assert counted(1, "speaker") == "1 speaker"
    assert counted(12000, "speaker") == "12,000 speakers"
    assert (percent(0.9999), percent(1.0), percent(0.004)) == ("99 %", "100 %", "0 %")
    assert (signed(0.5), signed(-1), signed(-0.001)) == ("+0.50", "−1.00", "0.00")


def test_overlapping_nested_and_several_spans_keep_every_word():
    text = "He said she said they all want peace now, and then he left <b>."
    document = Document(
        text,
        "en",
        (
            prediction(text, [(0, 40)], {"NATO": "against"}),
            prediction(text, [(8, 40)], {"NATO": "favor"}, speaker="she", speaker_span=(8, 11)),
            prediction(text, [(17, 21), (30, 63)], {"NATO": "neutral"}),
            prediction(text, [(17, 21)], {"NATO": "unrelated"}),
        ),
    )
    page = wellformed(document_html(document))
    for number, one in enumerate(document.predictions, 1):
        assert page.marked(number) == "".join(text[start:end] for start, end in one.statement.spans)
    found = [" ".join(numbers) for numbers, *_ in page.marks]
    assert found == ["1", "2 1", "4 2 3 1", "2 1", "2 3 1", "3"]
    # The shortest statement colours a mark, and stands first.
    classes = {tuple(numbers): given["class"].split()[0] for numbers, _, given in page.marks}
    assert classes["1",] == "s0a"
    assert classes["2", "1"] == "s0f"
    assert classes["4", "2", "3", "1"] == "s0u"


@pytest.mark.parametrize("seed", range(30))
def test_random_statements_are_marked_exactly(seed):
    chance = random.Random(seed)
    text = "".join(chance.choice("ab <>&\"'é🙂ع\n") for _ in range(chance.randrange(1, 60)))
    predictions = []
    for _ in range(chance.randrange(0, 8)):
        count = chance.randrange(1, 4)
        edges = sorted(chance.randrange(0, len(text) + 1) for _ in range(2 * count))
        spans = [span for span in zip(edges[::2], edges[1::2], strict=True) if span[0] < span[1]]
        if not spans:
            continue
        start = chance.randrange(0, len(text))
        words = {"X": (weight(start, start + 1, chance.uniform(-1, 1)),)}
        predictions.append(
            prediction(
                text, spans, {"X": chance.choice(["against", "favor"])}, speaker_span=(start, start + 2), words=words
            )
        )
    predictions.sort(key=lambda one: one.statement.start)
    document = Document(text, None, tuple(predictions))
    segments = cut(document.predictions, len(text))
    assert "".join(text[one.start : one.end] for one in segments) == text
    page = wellformed(document_html(document))
    for number, one in enumerate(document.predictions, 1):
        assert page.marked(number) == "".join(text[start:end] for start, end in one.statement.spans)


def test_nothing_of_a_document_becomes_markup():
    text = f"{EVIL} said {EVIL}"
    document = Document(
        text,
        EVIL,
        (prediction(text, [(0, len(EVIL))], {EVIL: "against", "b": "favor"}, speaker=EVIL, speaker_span=(0, 5)),),
        (EVIL,),
    )
    source = document_html(document)
    page = wellformed(source)
    assert "script" not in page.tags
    assert "<script" not in source
    assert page.marked(1) == EVIL
    assert not [name for _, name, _ in page.attributes if name.startswith("on") or name in ("style", "src", "href")]
    title = page.marks[0][2]["title"]
    assert EVIL in title
    assert "against 85 % (favor 5 %, neutral 5 %, unrelated 5 %)" in title


def test_a_document_without_statements_is_shown_as_its_text():
    page = wellformed(Document("Nothing was said.", "en")._repr_html_())
    assert "Nothing was said." in page.text
    assert "0 statements · language en" in page.text
    assert "table" not in page.tags
    wellformed(Document("", None)._repr_html_())
    wellformed(Document("No actors.", None, (prediction("No actors.", [(0, 2)], {}),))._repr_html_())


def test_the_notebook_shows_what_the_model_found(tiny):
    document = tiny.predict(NEWS, actors=["Russia", "NATO"])
    source = document._repr_html_()
    page = wellformed(source)
    assert len(document.predictions) > 3
    for number, one in enumerate(document.predictions, 1):
        start, end = one.statement.spans[0]
        assert page.marked(number).startswith(NEWS[start:end])
    assert source == document._repr_html_()
    assert "://" not in source
    assert page.tags.count("input") == 2


def test_the_actor_that_most_statements_speak_of_is_chosen():
    text = "One. Two."
    document = Document(
        text,
        "en",
        (
            prediction(text, [(0, 4)], {"A": "unrelated", "B": "neutral", "C": "against"}),
            prediction(text, [(5, 9)], {"A": "unrelated", "B": "favor", "C": "unrelated"}),
        ),
    )
    source = document_html(document)
    assert re.findall(r'class="st-pick(\d)"( checked)?', source) == [("0", ""), ("1", " checked"), ("2", "")]


def test_of_hundreds_of_actors_the_busiest_get_buttons():
    text = "One."
    stances = {f"actor {number}": "unrelated" for number in range(100)} | {"actor 77": "favor"}
    page = wellformed(document_html(Document(text, "en", (prediction(text, [(0, 4)], stances),))))
    assert page.tags.count("input") == 24
    assert "actor 77" in page.text


def test_words_are_underlined_by_weight():
    text = "a bad idea today"
    words = {"X": (weight(0, 1, 0.01), weight(2, 5, 0.5), weight(6, 10, 0.12), weight(11, 16, -0.4))}
    one = prediction(text, [(0, 16)], {"X": "against", "Y": "unrelated"}, words=words)
    source = document_html(Document(text, "en", (one,)))
    assert re.findall(r'<u class="([^"]+)">([^<]+)</u>', source) == [("w0-3", "bad"), ("w0-2", "idea")]
    assert wellformed(source).marked(1) == text
    assert "st-worded" in source
    plain = document_html(Document(text, "en", (prediction(text, [(0, 16)], {"X": "against"}),)))
    assert "st-text st-worded" not in plain


def test_a_very_long_document_is_shortened_and_says_so():
    text = "Word. " * 30_000
    spans = [(place * 6, place * 6 + 5) for place in range(10_000)]
    document = Document(text, "en", tuple(prediction(text, [span], {"X": "favor"}) for span in spans))
    began = time.monotonic()
    source = document_html(document)
    assert time.monotonic() - began < 5
    page = wellformed(source)
    assert "Shortened: the first 1,200 of 180,000 characters and 200 of 10,000 statements are shown." in page.text
    assert len(page.marks) == 200
    assert page.marked(200) == "Word."
    assert len(source) < 400_000


def test_a_long_text_is_cut_and_a_statement_across_the_cut_with_it():
    text = "x" * 300
    predictions = tuple(prediction(text, [span], {"X": "favor"}) for span in ((0, 10), (90, 200), (250, 260)))
    part = shown(Document(text, "en", predictions), Limits(characters=100))
    assert (part.end, len(part.predictions)) == (100, 2)
    page = wellformed(document_html(Document(text, "en", predictions), limits=Limits(characters=100)))
    assert page.marked(2) == "x" * 10
    assert shown(Document(text, "en", predictions), Limits()).note is None


def test_ten_thousand_nested_statements_do_not_take_for_ever():
    text = "y" * 20_000
    document = Document(
        text, "en", tuple(prediction(text, [(place, 20_000 - place)], {"X": "favor"}) for place in range(9_999))
    )
    began = time.monotonic()
    page = wellformed(document_html(document))
    assert time.monotonic() - began < 10
    assert page.marked(200).startswith("y")


def test_right_to_left_text_finds_its_own_direction():
    text = "قال عمر «نريد السلام»."
    one = prediction(text, [(9, 20)], {"روسيا": "favor"}, speaker="عمر", speaker_span=(4, 7))
    source = document_html(Document(text, "ar", (one,)))
    assert wellformed(source).marked(1) == text[9:20]
    assert '<div class="st-text" dir="auto">' in source
    assert "<bdi>عمر</bdi>" in source


def test_the_table_of_many_actors_lists_what_is_related():
    text = "One."
    stances = {f"a{number}": "unrelated" for number in range(9)} | {"a3": "favor"}
    page = wellformed(statements_table([prediction(text, [(0, 4)], stances)], list(stances)))
    assert "a3" in page.text
    assert "a4" not in page.text


def test_a_statement_without_some_actor_leaves_its_cell_empty():
    text = "One. Two."
    found = [prediction(text, [(0, 4)], {"A": "favor"}), prediction(text, [(5, 9)], {"B": "against"})]
    page = wellformed(document_html(Document(text, "en", tuple(found))))
    assert page.tags.count("tr") == 3


def test_speakers_are_counted_by_hand():
    documents = [
        spoken("Ann", NATO="against", Russia="unrelated"),
        spoken("Ann", NATO="favor", Russia="neutral"),
        spoken(" Ann\n", NATO="favor", Russia="unrelated"),
        spoken("Bob", NATO="unrelated", Russia="against"),
        spoken("Cy", NATO="unrelated", Russia="unrelated"),
        spoken(None, NATO="favor", Russia="unrelated"),
    ]
    table = count_speakers(documents)
    assert table.actors == ("NATO", "Russia")
    assert [(row.speaker, row.statements) for row in table.rows] == [("Ann", 3), ("Bob", 1), ("Cy", 1)]
    assert table.rows[0].cells == (StanceCount(1, 2, 0, 0), StanceCount(0, 0, 1, 2))
    assert table.rows[0].cells[0].balance == pytest.approx(1 / 3)
    assert table.rows[0].cells[0].weighed == pytest.approx(1 / 4)
    assert table.rows[2].cells[0].balance is None
    assert table.total == (StanceCount(1, 3, 0, 2), StanceCount(1, 0, 1, 4))
    assert (table.statements, table.speakers, table.unnamed, table.others) == (6, 3, 1, 0)
    short = count_speakers(documents, most=1)
    assert ([row.speaker for row in short.rows], short.others) == (["Ann"], 2)
    page = wellformed(heat_map(table))
    assert "+0.33of 3" in page.text
    assert page.tags.count("td") == 3 * 3
    wellformed(totals_chart(table))


def test_nobody_spoke():
    table = count_speakers([])
    assert (table.rows, table.actors, table.statements) == ((), (), 0)
    wellformed(heat_map(table))
    wellformed(totals_chart(table))


def test_time_is_counted_by_hand():
    from datetime import date

    counts = TimeCounts()
    counts.add(spoken("a", X="favor", Y="unrelated"), date(2026, 3, 4))
    counts.add(spoken("a", X="against", Y="unrelated"), date(2026, 3, 4))
    counts.add(spoken("a", X="against", Y="unrelated"), date(2026, 3, 8))
    counts.add(spoken("a", X="favor", Y="favor"), None)
    days = counts.timeline()
    assert days.period is Period.DAY
    assert [(point.start.day, point.count, point.balance) for point in days.lines["X"]] == [(4, 2, 0.0), (8, 1, -1.0)]
    assert days.lines["Y"] == ()
    assert (days.dated, days.undated) == (3, 1)
    weeks = counts.timeline(period=Period.WEEK)
    (week,) = weeks.lines["X"]
    assert (week.start, week.count) == (date(2026, 3, 2), 3)
    assert week.balance == pytest.approx(-1 / 3)
    counts.add(spoken("a", X="favor"), date(2026, 5, 1))
    assert counts.timeline().period is Period.WEEK
    counts.add(spoken("a", X="favor"), date(2028, 5, 1))
    assert counts.timeline().period is Period.MONTH
    page = wellformed(timeline_chart(counts.timeline()))
    assert page.tags.count("circle") == 3
    assert "2026-03" in page.text


def test_no_dates_no_chart():
    assert timeline_chart(TimeCounts().timeline()) == ""
    counts = TimeCounts()
    counts.add(spoken("a", X="favor"), None)
    assert timeline_chart(counts.timeline()) == ""


def test_the_interval_is_wilsons():
    # By hand: 5 of 10 in favor gives 0.2366 to 0.7634 of the share.
    low, high = interval(0.0, 10)
    assert (low, high) == (pytest.approx(-0.5268, abs=1e-3), pytest.approx(0.5268, abs=1e-3))
    assert interval(1.0, 1)[1] == 1.0
    assert interval(1.0, 1)[0] < 0
    assert interval(-1.0, 1000)[0] == -1.0


def test_every_rule_of_the_style_is_scoped():
    plain = re.sub(r"@supports[^{]*\{(.*)\}$", r"\1", style_sheet(3, default=1))
    plain = re.sub(r"@media[^{]*\{((?:[^{}]*\{[^{}]*\})*)\}", r"\1", plain)
    selectors = re.findall(r"([^{}]+)\{[^{}]*\}", plain)
    assert len(selectors) > 60
    for selector in selectors:
        assert all(".stance-doc" in one for one in selector.split(",") if ":is(" not in one), selector
    assert style_sheet(3).count("{") == style_sheet(3).count("}")
