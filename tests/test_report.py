import base64
import hashlib
import os
import re
import sys
from datetime import date
from pathlib import Path

import pytest
import typer

from stance.cli.dates import Dates, read_dates
from stance.cli.report import report
from stance.drawing.segments import Limits
from stance.errors import InputError
from stance.report import Article, Report
from stance.types import Document
from tests.conftest import NEWS
from tests.pictures import prediction, spoken, wellformed

EVIL = "<script>alert(1)</script>\"'&"
CHROMIUM = Path("/usr/bin/chromium")


def page_of(*articles, **options):
    made = Report(**options)
    for article in articles:
        made.add(article)
    return made.html()


@pytest.fixture
def articles():
    return (
        Article("one.txt", spoken("Ann", NATO="against", Russia="favor"), date(2026, 3, 1)),
        Article("two.txt", spoken("Bob", NATO="against", Russia="unrelated"), date(2026, 3, 9)),
        Article("three.txt", Document("Nothing.", "de", (), ("a warning",))),
    )


def test_the_page_counts_and_shows_all(articles):
    page = wellformed(page_of(*articles, title="News"))
    assert "3 articles · 2 statements · 2 speakers · 2 languages (de, en) · 2026-03-01 to 2026-03-09" in page.text
    assert "1 article without a date left out." in page.text
    assert "a warning" in page.text
    assert page.tags.count("article") == 3
    assert page.tags.count("figure") == 2
    assert page.marked(1) == "WordsWords"


def test_every_link_leads_somewhere(articles):
    page = wellformed(page_of(*articles))
    assert len(page.links) == 5 + 3 + 2
    assert all(link.startswith("#") and link[1:] in page.ids for link in page.links)


def test_the_page_asks_nobody_for_anything(articles):
    source = page_of(*articles)
    page = wellformed(source)
    assert "://" not in source
    assert not {"script", "link", "img", "iframe", "object", "base"} & set(page.tags)
    assert not [name for _, name, _ in page.attributes if name.startswith("on") or name in ("src", "style", "action")]
    assert not re.search(r"url\(|@import", source)
    style = re.search(r"<style>(.*?)</style>", source, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = dict(re.findall(r'http-equiv="([^"]+)" content="([^"]+)"', source))["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; ")
    assert f"'sha256-{digest}'" in policy
    assert "unsafe" not in policy


def test_the_same_articles_give_the_same_page(articles):
    assert page_of(*articles) == page_of(*articles)


def test_nothing_of_the_input_becomes_markup():
    text = f"{EVIL} said {EVIL}"
    one = prediction(text, [(0, len(EVIL))], {EVIL: "against"}, speaker=EVIL, speaker_span=(0, 9))
    made = Report(EVIL)
    made.add(Article(EVIL, Document(text, EVIL, (one,), (EVIL,)), date(2026, 1, 1)))
    made.add_failure(EVIL)
    source = made.html()
    page = wellformed(source)
    assert "script" not in page.tags
    assert page.marked(1) == EVIL
    # Title, heading, name twice, speaker twice, actor, text, language, warning, failure, and more.
    assert source.count("&lt;script&gt;") >= 12


def test_what_cannot_be_written_in_utf8_is_replaced():
    text = "a \ud800 b"
    one = prediction(text, [(0, 5)], {"\udc00": "favor"}, speaker="\ud800")
    source = page_of(Article("\udcff.txt", Document(text, "en", (one,), ("\ud8ff",))), title="\ud800")
    wellformed(source.encode("utf-8").decode("utf-8"))


def test_an_empty_report_is_a_page():
    page = wellformed(page_of())
    assert "0 articles" in page.text
    assert "No statement was found." in page.text


def test_articles_beyond_the_limit_are_counted(articles):
    page = wellformed(page_of(*articles, texts=1))
    assert "3 articles · 2 statements" in page.text
    assert page.tags.count("article") == 1
    assert "2 articles are counted, but not shown below." in page.text
    assert all(link[1:] in page.ids for link in page.links)


def test_long_articles_are_shortened_in_plain_words(articles):
    page = wellformed(page_of(articles[0], limits=Limits(characters=5)))
    assert "Shortened: the first 5 of 16 characters and 1 of 1 statements are shown." in page.text


def test_speakers_beyond_the_limit_and_without_a_name_are_told(articles):
    page = wellformed(page_of(*articles, Article("four", spoken(None, NATO="favor")), speakers=1))
    assert "1 speaker with fewer statements have no row." not in page.text
    assert "1 speaker with fewer statements has no row." in page.text
    assert "Of 1 statement the article does not tell the speaker." in page.text


def test_wrong_limits_are_named():
    with pytest.raises(InputError, match="0 or more"):
        Report(texts=-1)


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("2026-03-04.txt", date(2026, 3, 4)),
        ("a/2025-01-01/b_2026-03-04_x.txt", date(2026, 3, 4)),
        ("2026-03-04/a.txt", date(2026, 3, 4)),
        ("2026-13-04.txt", None),
        ("12026-03-04.txt", None),
        ("2026-03-041.txt", None),
        ("a.txt", None),
        ("<stdin>", None),
    ],
)
def test_a_name_tells_its_day(name, day):
    assert Dates().of(name) == day


def test_a_pattern_of_the_users_own():
    assert Dates(pattern=r"(?P<day>\d\d)(?P<month>\d\d)(?P<year>\d{4})").of("x-04032026.txt") == date(2026, 3, 4)
    for pattern, said in (("(", "no regular expression"), ("(?P<year>.)", r"\(\?P<month>...\), \(\?P<day>")):
        with pytest.raises(InputError, match=said):
            Dates(pattern=pattern)
    assert Dates(pattern=r"(?P<year>[a-z]+)(?P<month>x)(?P<day>y)").of("axy") is None


def test_a_table_of_dates(tmp_path):
    file = tmp_path / "dates.csv"
    file.write_text("\ufeffdate, file\n2026-03-04,a.txt\n2026-03-05T10:00:00Z,sub/b.txt\n,\n", encoding="utf-8")
    days = Dates(read_dates(str(file)))
    assert days.of("a.txt") == days.of("/long/way/a.txt") == date(2026, 3, 4)
    assert days.of("sub/b.txt") == days.of("./sub/b.txt") == date(2026, 3, 5)
    assert days.of("b.txt") is None


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("name,day\na,b\n", "file and date is missing"),
        ("file,date\na,tomorrow\n", ":2: 'tomorrow' is no date"),
        ("file,date\na,2026-02-30\n", "no date"),
        ("file,date\na\n", ":2: '' is no date"),
        ("file,date\na,2026-02-20\na,2026-02-21\n", "two dates"),
        ("", "must have the columns"),
    ],
)
def test_a_wrong_table_of_dates_is_named(tmp_path, content, said):
    file = tmp_path / "dates.csv"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=said):
        read_dates(str(file))
    with pytest.raises(InputError, match="no such file"):
        read_dates(str(tmp_path / "none.csv"))


class Answer:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err


@pytest.fixture
def run(monkeypatch, capfd, tmp_path, tiny_folder):
    """Run the command in this process, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(report)

    def run(*arguments):
        given = ["report", *map(str, arguments), "--model", str(tiny_folder), "--precision", "fp32"]
        monkeypatch.setattr(sys, "argv", given)
        monkeypatch.setenv("COLUMNS", "200")
        with pytest.raises(SystemExit) as end:
            app()
        written = capfd.readouterr()
        return Answer(end.value.code or 0, written.out, written.err)

    return run


@pytest.fixture
def news(tmp_path):
    for name in ("2026-03-04 one.txt", "two.txt"):
        (tmp_path / name).write_text(NEWS, encoding="utf-8")
    return tmp_path


def test_the_command_writes_one_file(run, news, tiny):
    done = run("2026-03-04 one.txt", "two.txt", "--title", "My <news>", "--actors", "Russia,NATO")
    assert (done.code, done.err) == (0, "")
    assert done.out.strip() == str(news / "report.html")
    assert sorted(file.name for file in news.iterdir()) == ["2026-03-04 one.txt", "report.html", "two.txt"]
    source = (news / "report.html").read_text(encoding="utf-8")
    page = wellformed(source)
    assert "My <news>" in page.text
    assert f"2 articles · {2 * len(tiny.predict(NEWS).predictions)} statements" in page.text
    assert page.tags.count("input") == 2
    assert "2026-03-04" in page.text
    assert os.stat(news / "report.html").st_mode & 0o777 == os.stat(news / "two.txt").st_mode & 0o777
    again = run("2026-03-04 one.txt", "two.txt", "--title", "My <news>", "--actors", "Russia,NATO", "--force")
    assert again.code == 0
    assert (news / "report.html").read_text(encoding="utf-8") == source


def test_a_file_that_is_there_is_kept(run, news):
    (news / "kept.html").write_text("mine")
    done = run("two.txt", "-o", "kept.html")
    assert done.code == 2
    assert "give --force to write over it" in done.err
    assert (news / "kept.html").read_text() == "mine"
    assert run("two.txt", "-o", "kept.html", "--force").code == 0
    assert (news / "kept.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_one_article_that_fails_is_told_and_the_others_are_done(run, news):
    (news / "broken.txt").write_bytes(b"\xff\xfe\xfa")
    done = run("none.txt", "two.txt", "broken.txt")
    assert done.code == 1
    assert "none.txt: no such file" in done.err
    page = wellformed((news / "report.html").read_text(encoding="utf-8"))
    assert "1 article ·" in page.text
    assert "2 inputs could not be read:" in page.text
    assert "none.txt: no such file" in page.text


def test_no_report_of_nothing(run, news):
    assert run("none.txt").code == 1
    assert not (news / "report.html").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("-o", "nowhere/report.html"), "there is no folder"),
        (("-o", "."), "not a regular file"),
        (("-o", ""), "--output is empty"),
        (("--dates", "none.csv"), "none.csv: no such file"),
        (("--date-pattern", "("), "no regular expression"),
        (("--kinds", "shouted"), "shouted"),
        (("--actors", " "), ""),
    ],
)
def test_wrong_usage_ends_before_anything_is_read(run, news, options, said):
    done = run("two.txt", *options)
    assert done.code == 2
    assert said in done.err
    assert not (news / "report.html").exists()


def test_dates_of_a_table_and_words_that_carry(run, news):
    (news / "dates.csv").write_text("file,date\ntwo.txt,2025-12-31\n")
    done = run("two.txt", "2026-03-04 one.txt", "--dates", "dates.csv", "--explain", "-o", "-")
    assert done.code == 0
    page = wellformed(done.out)
    assert "2025-12-31 to 2026-03-04" in page.text
    assert not (news / "report.html").exists()
    assert "st-worded" in done.out


def test_a_link_stays_a_link(run, news):
    (news / "shelf").mkdir()
    (news / "link.html").symlink_to(news / "shelf" / "real.html")
    assert run("two.txt", "-o", "link.html").code == 0
    assert (news / "link.html").is_symlink()
    assert (news / "shelf" / "real.html").is_file()


@pytest.mark.slow
@pytest.mark.enable_socket
@pytest.mark.skipif(not CHROMIUM.exists(), reason="there is no chromium")
def test_in_a_browser_the_buttons_colour_the_marks(tmp_path):
    playwright = pytest.importorskip("playwright.sync_api")
    text = "Words were said."
    one = prediction(text, [(0, 5)], {"A": "against", "B": "favor"}, speaker="S")
    file = tmp_path / "report.html"
    file.write_text(page_of(Article("a", Document(text, "en", (one,)))), encoding="utf-8")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        page = browser.new_page(color_scheme="light")
        asked, said = [], []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.goto(file.as_uri())
        colour = "getComputedStyle(document.querySelector('mark')).backgroundColor"
        assert page.evaluate(colour) == "rgb(255, 225, 209)"
        page.click("label:has(.st-pick1)")
        assert page.evaluate(colour) == "rgb(207, 238, 234)"
        page.emulate_media(color_scheme="dark")
        assert page.evaluate(colour) == "rgb(13, 66, 61)"
        page.click("a.st-number")
        assert page.locator("#a1-1").is_visible()
        assert asked == [file.as_uri()]
        # Of two drawings in one notebook each has buttons of its own, and the notebook's theme counts.
        drawn = Document(text, "en", (one,))._repr_html_()
        page = browser.new_page(color_scheme="light")
        page.set_content(f'<body data-jp-theme-light="true">{drawn}{drawn}</body>')
        page.locator("label:has(.st-pick1)").nth(1).click()
        colours = "Array.from(document.querySelectorAll('mark'), one => getComputedStyle(one).backgroundColor)"
        assert page.evaluate(colours) == ["rgb(255, 225, 209)", "rgb(207, 238, 234)"]
        page.keyboard.press("Enter")
        assert page.evaluate(colours) == ["rgb(255, 225, 209)", "rgb(207, 238, 234)"]
        page.evaluate("document.body.dataset.jpThemeLight = 'false'")
        assert page.evaluate(colours) == ["rgb(84, 36, 15)", "rgb(13, 66, 61)"]
        browser.close()
    assert said == []


def test_what_is_read_is_never_written_over(tmp_path, capsys):
    from typer.testing import CliRunner

    from stance.cli.app import app

    article, days = tmp_path / "a.txt", tmp_path / "days.csv"
    article.write_text("“We stay,” said Per Aaslund.", encoding="utf-8")
    days.write_text("file,date\na.txt,2026-03-01\n", encoding="utf-8")
    for target in (article, days):
        before = target.read_bytes()
        done = CliRunner().invoke(app, ["report", str(article), "--dates", str(days), "-o", str(target), "--force"])
        assert done.exit_code == 2
        assert target.read_bytes() == before
