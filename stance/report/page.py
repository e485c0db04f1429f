"""The page: a summary, speakers by actors, stance over time, and the articles with their statements marked."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from stance.drawing.charts import timeline_chart, totals_chart
from stance.drawing.colours import DARK, LIGHT
from stance.drawing.counts import Period, SpeakerCounts, SpeakerTable, TimeCounts, Timeline
from stance.drawing.document import busiest, most_related, picker, warnings_list
from stance.drawing.escaping import counted, escape, name, one_line
from stance.drawing.marks import article as marked
from stance.drawing.marks import explained
from stance.drawing.segments import Limits, shown
from stance.drawing.styles import rules, style_sheet
from stance.drawing.tables import heat_map, statements_table
from stance.errors import InputError
from stance.types import Document
from stance.version import __version__

_PERIODS = {
    Period.DAY: "Each point is a day",
    Period.WEEK: "Each point is a week, by its Monday",
    Period.MONTH: "Each point is a month",
}
_BALANCE = (
    "The balance is the mean of +1 for every statement in favor of the actor, −1 for one against it and 0 for a "
    "neutral one; statements unrelated to the actor are left out."
)
_CAUTION = (
    "Statements, speakers and labels were found by a model, which errs: read the statement before you rely on its "
    "label. Few statements make a weak balance."
)


@dataclass(frozen=True, slots=True)
class Article:
    """A document with the name it is shown under, and the day it was published, None where that is not known."""

    name: str
    document: Document
    day: date | None = None


@dataclass(frozen=True, slots=True)
class _Entry:
    """An article's line in the table of articles, and its section where it is shown with its text."""

    name: str
    day: date | None
    language: str | None
    statements: int
    number: int | None


class Report:
    """Takes articles one by one and gives the page; of articles beyond ``texts`` it keeps the counts alone.

    Args:
        title: The heading.
        speakers: How many speakers the table of speakers has at most.
        texts: How many articles are shown with their text.
        limits: How much of one article is shown.
    """

    def __init__(
        self, title: str = "Stance report", *, speakers: int = 30, texts: int = 300, limits: Limits | None = None
    ) -> None:
        if speakers < 0 or texts < 0:
            raise InputError(f"speakers and texts must be 0 or more, not {speakers} and {texts}")
        self.title = one_line(title, most=200) or "Stance report"
        self._speakers = speakers
        self._texts = texts
        self._limits = limits or Limits()
        self._counts = SpeakerCounts()
        self._times = TimeCounts()
        self._entries: list[_Entry] = []
        self._articles: list[Article] = []
        self._failed: list[str] = []

    def add(self, article: Article) -> None:
        """Add an article."""
        self._counts.add(article.document)
        self._times.add(article.document, article.day)
        number = None
        if len(self._articles) < self._texts:
            self._articles.append(article)
            number = len(self._articles)
        document = article.document
        entry = _Entry(article.name, article.day, document.language, len(document.predictions), number)
        self._entries.append(entry)

    def add_failure(self, message: str) -> None:
        """Add what is told about an input that could not be read."""
        self._failed.append(message)

    def html(self) -> str:
        """Return the page: the same for the same articles, in UTF-8 when it is written."""
        table = self._counts.table(most=self._speakers)
        related = {actor: count.related for actor, count in zip(table.actors, table.total, strict=True)}
        actors, counts = most_related(related)
        default = busiest(counts)
        worded = any(explained(one.document.predictions) for one in self._articles)
        style = style_sheet(len(actors), default=default) + _page_rules()
        timeline = self._times.timeline()
        sections = [
            ("summary", "Summary", self._summary(table)),
            ("speakers", "Speakers and actors", self._speakers_section(table)),
            ("time", "Stance over time", self._time_section(timeline)),
            ("list", "List of articles", self._list()),
            ("articles", "Articles", self._articles_section(actors, picker(actors, counts, default, worded=worded))),
        ]
        sections = [section for section in sections if section[2]]
        links = "".join(f'<li><a href="#{place}">{title}</a></li>' for place, title, _ in sections)
        body = "".join(
            f'<section id="{place}"><h2>{title}</h2>{content}</section>' for place, title, content in sections
        )
        return (
            f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n{_policy(style)}\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>{escape(self.title)}</title>\n<style>{style}</style>\n</head>\n"
            f'<body class="stance-doc"><header><h1 dir="auto">{escape(self.title)}</h1>{self._facts(table)}'
            f'<nav aria-label="Contents"><ul>{links}</ul></nav></header>\n<main>{body}</main>\n'
            f"<footer><p>{_CAUTION}</p><p>Made by stance {escape(__version__)}.</p></footer></body>\n</html>\n"
        )

    def _facts(self, table: SpeakerTable) -> str:
        languages = sorted({entry.language for entry in self._entries if entry.language})
        days = sorted(entry.day for entry in self._entries if entry.day)
        facts = [
            counted(len(self._entries), "article"),
            counted(table.statements, "statement"),
            counted(table.speakers, "speaker"),
        ]
        if languages:
            facts.append(f"{counted(len(languages), 'language')} ({', '.join(map(escape, languages))})")
        if days:
            facts.append(f"{days[0].isoformat()} to {days[-1].isoformat()}" if days[0] < days[-1] else str(days[0]))
        return f'<p class="rp-facts">{" · ".join(facts)}</p>'

    def _summary(self, table: SpeakerTable) -> str:
        failed = ""
        if self._failed:
            items = "".join(f"<li>{escape(one_line(message, most=300))}</li>" for message in self._failed)
            told = f"{counted(len(self._failed), 'input')} could not be read:"
            failed = f'<p class="st-note">{told}</p><ul class="st-warnings">{items}</ul>'
        if not table.statements:
            return f"<p>No statement was found.</p>{failed}"
        return f'{totals_chart(table)}<p class="st-note">{_BALANCE}</p>{failed}'

    def _speakers_section(self, table: SpeakerTable) -> str:
        if not table.rows:
            return ""
        notes = [
            "A cell has the balance of the speaker toward the actor and the number of statements behind it; it is "
            "paler where they are few. Names are counted as the articles write them."
        ]
        if table.others:
            have = "has" if table.others == 1 else "have"
            notes.append(f"{counted(table.others, 'speaker')} with fewer statements {have} no row.")
        if table.unnamed:
            notes.append(f"Of {counted(table.unnamed, 'statement')} the article does not tell the speaker.")
        return f'{heat_map(table)}<p class="st-note">{" ".join(notes)}</p>'

    def _time_section(self, timeline: Timeline) -> str:
        chart = timeline_chart(timeline)
        if not chart:
            return ""
        undated = f" {counted(timeline.undated, 'article')} without a date left out." if timeline.undated else ""
        return (
            f'{chart}<p class="st-note">{_PERIODS[timeline.period]}: the balance, beside it the number of statements, '
            "behind it a 95 % interval that takes statements for independent, which those of one article are not."
            f"{undated}</p>"
        )

    def _list(self) -> str:
        if not self._entries:
            return ""
        rows = []
        for entry in self._entries:
            shown_name = name(entry.name)
            link = shown_name if entry.number is None else f'<a href="#a{entry.number}">{shown_name}</a>'
            rows.append(
                f"<tr><td>{link}</td><td>{entry.day.isoformat() if entry.day else '–'}</td>"
                f'<td>{escape(entry.language or "–")}</td><td class="st-count">{entry.statements:,}</td></tr>'
            )
        heads = "".join(f'<th scope="col">{head}</th>' for head in ("article", "date", "language", "statements"))
        table = f"<table><thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
        left_out = len(self._entries) - len(self._articles)
        are = "is" if left_out == 1 else "are"
        note = (
            f'<p class="st-note">{counted(left_out, "article")} {are} counted, but not shown below.</p>'
            if left_out
            else ""
        )
        return f'<div class="st-wide">{table}</div>{note}'

    def _articles_section(self, actors: Sequence[str], buttons: str) -> str:
        if not self._articles:
            return ""
        articles = "".join(self._article(number, one, actors) for number, one in enumerate(self._articles, 1))
        return f'<div class="rp-picker">{buttons}</div>{articles}' if buttons else articles

    def _article(self, number: int, article: Article, actors: Sequence[str]) -> str:
        document = article.document
        part = shown(document, self._limits)
        facts = [counted(len(document.predictions), "statement"), f"language {escape(document.language or 'unknown')}"]
        if article.day:
            facts.insert(0, article.day.isoformat())
        note = f'<p class="st-note">{part.note}</p>' if part.note else ""
        table = ""
        if part.predictions:
            summary = f"<summary>Table of {counted(len(part.predictions), 'statement')}</summary>"
            rows = statements_table(part.predictions, actors, anchor=f"a{number}")
            table = f"<details>{summary}{rows}</details>"
        head = f'<h3 dir="auto">{name(article.name)}</h3><p class="st-head">{" · ".join(facts)}</p>'
        text = marked(document, part, actors, anchor=f"a{number}")
        return f'<article id="a{number}">{head}{warnings_list(document.warnings)}{text}{note}{table}</article>'


def _page_rules() -> str:
    # The paper beside the page, where variables of the body do not reach.
    papers = f"html{{background:{LIGHT.paper}}}@media (prefers-color-scheme:dark){{html{{background:{DARK.paper}}}}}"
    return f"{papers}@media print{{html{{background:{LIGHT.paper}}}}}{rules('report.css', package='stance.report')}"


def _policy(style: str) -> str:
    """Return the rule that the page may use its own style and nothing else: it asks nobody for anything."""
    digest = base64.b64encode(hashlib.sha256(style.encode("utf-8")).digest()).decode("ascii")
    content = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return f'<meta http-equiv="Content-Security-Policy" content="{content}">'
