import logging
import sys
import warnings
from datetime import date, datetime

import numpy as np
import pytest

from stance import plot
from stance.errors import InputError, MissingExtraError
from stance.types import Document
from tests.pictures import prediction, spoken

pytest.importorskip("matplotlib")


@pytest.fixture
def documents():
    return [
        spoken("Ann", NATO="against", Russia="unrelated"),
        spoken("Ann", NATO="favor", Russia="neutral"),
        spoken("Ann", NATO="favor", Russia="unrelated"),
        spoken("Bob", NATO="unrelated", Russia="against"),
        spoken(None, NATO="favor", Russia="unrelated"),
    ]


def draw(figure):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure.canvas.draw()
    return figure


def labels(axis):
    return [label.get_text() for label in axis.get_ticklabels()]


def test_the_heat_map_has_the_counted_cells(documents):
    figure = draw(plot.speakers(documents))
    (axes,) = figure.axes
    assert labels(axes.yaxis) == ["Ann", "Bob"]
    assert labels(axes.xaxis) == ["NATO", "Russia"]
    values = axes.images[0].get_array()
    assert values.tolist() == [[pytest.approx(1 / 4), 0.0], [None, pytest.approx(-1 / 2)]]
    assert axes.images[0].get_clim() == (-1, 1)
    assert [text.get_text() for text in axes.texts] == ["+0.33\nof 3", "0.00\nof 1", "·", "−1.00\nof 1"]


def test_most_leaves_speakers_out(documents):
    assert labels(plot.speakers(documents, most=1).axes[0].yaxis) == ["Ann"]


def test_one_document_will_do(documents):
    assert labels(draw(plot.speakers(documents[0])).axes[0].yaxis) == ["Ann"]


def test_axes_of_the_caller_are_drawn_in(documents):
    from matplotlib.figure import Figure

    figure = Figure()
    left, right = figure.subplots(1, 2)
    assert plot.speakers(documents, axes=left) is figure
    assert plot.stances(documents, axes=right) is figure
    assert len(left.images) == 1
    assert len(right.patches) == 6
    draw(figure)


def test_bars_have_the_counted_widths(documents):
    (axes,) = draw(plot.stances(documents)).axes
    widths = [[bar.get_width() for bar in bars] for bars in axes.containers]
    assert widths == [[1, 1], [0, 1], [3, 0]]
    starts = [[bar.get_x() for bar in bars] for bars in axes.containers]
    assert starts == [[0, 0], [1, 1], [1, 2]]
    assert labels(axes.yaxis) == ["NATO", "Russia"]


def test_lines_have_the_counted_points(documents):
    days = [date(2026, 3, 4), datetime(2026, 3, 4, 23), "2026-03-06T10:00:00", "2026-03-06", None]
    figure = draw(plot.timeline(documents, days))
    nato, russia = figure.axes
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["NATO", "Russia"]
    assert nato.collections[1].get_offsets()[:, 1].tolist() == [0.0, 1.0]
    assert np.diff(nato.collections[1].get_offsets()[:, 0]).tolist() == [2.0]
    assert [text.get_text() for text in nato.texts] == ["2", "1"]
    assert russia.collections[1].get_offsets()[:, 1].tolist() == [0.0, -1.0]
    low, high = nato.collections[0].get_segments()[1][:, 1]
    assert -1 < low < high == 1.0
    (only,) = plot.timeline(documents, days, actors=["Russia"], period="month").axes
    assert only.get_title(loc="left") == "Russia"
    assert only.collections[1].get_offsets()[:, 1].tolist() == [-0.5]


def test_one_day_alone_is_drawn(documents):
    draw(plot.timeline(documents[:1], [date(2026, 3, 4)]))


@pytest.mark.parametrize(
    ("dates", "said"), [([None], "5 documents, not 1"), (["yesterday"] * 5, "no date"), ("2026-03-04", "5 documents")]
)
def test_dates_that_do_not_fit_are_named(documents, dates, said):
    with pytest.raises(InputError, match=said):
        plot.timeline(documents, dates)


def test_a_wrong_period_is_named(documents):
    with pytest.raises(InputError, match="give one of day, week, month"):
        plot.timeline(documents, [None] * 5, period="year")


def test_nothing_to_draw_is_said():
    for figure in (plot.speakers([]), plot.stances([]), plot.timeline([], []), plot.speakers(Document("a", None))):
        assert draw(figure).axes[0].texts[0].get_text().startswith("no statement")
    assert "speaker" in plot.speakers([spoken(None, X="favor")]).axes[0].texts[0].get_text()


@pytest.mark.parametrize(
    "name", ["$x$ $", "<b>&\"'", "a\nb", "half \ud800 pair", "عمر الأحمد", "Łukasz Żółć", "x" * 500, "_^\\"]
)
def test_odd_names_are_drawn_as_they_are(name):
    document = Document("Words.", "en", (prediction("Words.", [(0, 5)], {name: "favor"}, speaker=name),))
    for figure in (plot.speakers(document), plot.stances(document), plot.timeline([document], ["2026-01-01"])):
        draw(figure)
    (label,) = labels(plot.speakers(document).axes[0].yaxis)
    assert label.startswith(name.split()[0][:20])
    assert len(label) <= 40


def test_letters_that_no_font_has_are_told(caplog):
    # Of a private area; no font that is installed for people has it.
    with caplog.at_level(logging.WARNING):
        plot.speakers(spoken("\U0010fabc", X="favor"))
    assert "no installed font has" in caplog.text


def test_letters_of_other_fonts_are_found(monkeypatch):
    from matplotlib import font_manager, rcParams

    letter = "\U0001d538"  # STIX comes with matplotlib and has it
    monkeypatch.setitem(rcParams, "font.family", ["DejaVu Sans Mono"])
    first, second = plot._font([f"a{letter}"])["fontfamily"]
    assert first == "DejaVu Sans Mono"
    assert ord(letter) in font_manager.get_font(font_manager.findfont(second)).get_charmap()


def test_many_actors_stay_a_picture():
    stances = {f"actor {number}": "favor" for number in range(60)}
    documents = [spoken(f"speaker {number % 500}", **stances) for number in range(300)]
    figure = plot.speakers(documents, most=40)
    assert max(figure.get_size_inches()) <= 60
    assert len(figure.axes[0].texts) == 40 * 60


def test_pyplot_is_not_touched(documents):
    import subprocess

    code = (
        "import sys\nfrom stance import plot\nassert 'matplotlib' not in sys.modules\n"
        "from stance.types import Document\nplot.speakers([]).savefig('/dev/null', format='png')\n"
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_without_matplotlib_the_extra_is_named(monkeypatch, documents):
    for name in [name for name in sys.modules if name.split(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    for call in (plot.speakers, plot.stances, lambda given: plot.timeline(given, ["2026-01-01"] * 5)):
        with pytest.raises(MissingExtraError, match=r"pip install 'quote-stance\[plot\]'"):
            call(documents)
