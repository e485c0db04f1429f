"""Marked articles and passages: the reader of ``data/articles`` and ``data/passages``, see their READMEs."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import regex

from stance import quotes
from stance.errors import RecordError
from stance.text import neighbourhood, plain, sentences
from stance.types import Span

_TAG = regex.compile(r"<(?P<close>/?)(?P<name>q|sp|cue|x)(?P<attributes>(?:\s+[a-z]+=\"[^\"]*\")*)\s*>")
_ATTRIBUTE = regex.compile(r"([a-z]+)=\"([^\"]*)\"")


@dataclass(slots=True)
class Marked:
    """A statement as a reader marked it; ``cue`` are the reporting words where their places are not known."""

    spans: list[Span] = field(default_factory=list)
    kind: str = ""
    speaker: str | None = None
    speaker_span: Span | None = None
    cues: list[Span] = field(default_factory=list)
    cue: str = ""
    stances: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Article:
    """A marked article: its text without the tags, its statements, and quoted words that are no statements.

    ``style`` is what its header says of the way in which it is written; empty for what has no header.
    """

    name: str
    language: str
    text: str
    statements: tuple[Marked, ...]
    others: tuple[Span, ...]
    style: str = ""


def read(path: Path) -> Article:
    """Read one marked article; RecordError where a tag is not closed or a statement has no kind."""
    head, _, body = path.read_bytes().decode("utf-8").partition("\n---\n")
    header = dict(line.split(": ", 1) for line in head.strip().splitlines())
    return _parse(body, header["id"], header["lang"], style=header.get("style", ""))


def read_passages(path: Path) -> list[Article]:
    """Read a file of marked passages, named after its language; RecordError as :func:`read`."""
    bodies = regex.split(r"(?m)^===$", path.read_bytes().decode("utf-8"))
    return [_parse(body, f"{path.stem}-passage-{n}", path.stem) for n, body in enumerate(bodies, 1) if body.strip()]


def _parse(body: str, name: str, language: str, *, style: str = "") -> Article:
    body = body.strip("\n")
    pieces: list[str] = []
    size = place = 0
    open_tags: list[tuple[str, dict[str, str], int]] = []
    found: dict[str, Marked] = {}
    others: list[Span] = []
    for tag in _TAG.finditer(body):
        pieces.append(body[place : tag.start()])
        size += tag.start() - place
        place = tag.end()
        if not tag["close"]:
            open_tags.append((tag["name"], dict(_ATTRIBUTE.findall(tag["attributes"])), size))
            continue
        if not open_tags or open_tags[-1][0] != tag["name"]:
            raise RecordError(f"{name}: </{tag['name']}> closes nothing at character {size}")
        kind, attributes, start = open_tags.pop()
        if kind == "x":
            others.append((start, size))
            continue
        _take(found.setdefault(attributes["id"], Marked()), kind, attributes, (start, size))
    if open_tags:
        raise RecordError(f"{name}: <{open_tags[-1][0]}> is never closed")
    pieces.append(body[place:])
    statements = sorted(found.values(), key=lambda one: min(one.spans, default=(0, 0)))
    if any(not one.kind or not one.spans for one in statements):
        raise RecordError(f"{name}: a statement has no kind or no span")
    return Article(name, language, "".join(pieces), tuple(statements), tuple(others), style)


def _take(one: Marked, name: str, attributes: dict[str, str], span: Span) -> None:
    if name == "sp":
        one.speaker_span = span
    elif name == "cue":
        one.cues.append(span)
    elif name == "q":
        one.spans = sorted([*one.spans, span])
        if "kind" in attributes:
            one.kind, one.speaker = attributes["kind"], attributes.get("by") or None
            one.stances = dict(pair.split("=", 1) for pair in attributes.get("st", "").split())


def contexts(article: Article) -> list[str]:
    """Return the context of each statement: extraction's where it finds it, else its sentence and those next to it.

    So training reads contexts of the kind that come with articles, of indirect statements too.
    """
    found = {one.start: one.context for one in quotes.extract(article.text, language=article.language).statements}
    places = sentences(article.text)
    made = []
    for one in article.statements:
        start, end = one.spans[0][0], one.spans[-1][1]
        near = [found[place] for place in range(start - 2, start + 3) if found.get(place)]
        around = plain(neighbourhood(article.text, places, start, end))
        made.append(next((context for context in near if context), around))
    return made
