"""For tests of the page: a browser, and a service that answers what a test tells it to."""

from __future__ import annotations

import json
import re
import threading
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.conftest import ROOT

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = "no-sandbox disable-gpu disable-quic no-first-run disable-background-networking disable-component-update"
PAGE = ROOT / "stance" / "server" / "page"
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:"
TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}
STREAM = "application/x-ndjson"


@contextmanager
def chromium() -> Iterator[Any]:
    """A browser without a window."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        flags = [f"--{flag}" for flag in [*FLAGS.split(), "disable-sync"]]
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=flags)
        yield browser
        browser.close()


class _Handler(BaseHTTPRequestHandler):
    server: Scripted

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def reply(self, status: int, body: bytes | None, kind: str, **headers: str) -> None:
        """Send a whole answer, or its head alone where the body comes later."""
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Security-Policy": POLICY, **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        if body is not None:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body or b"")

    def do_GET(self) -> None:
        name = "index.html" if self.path == "/" else self.path.removeprefix("/page/")
        if self.path == "/v1/model":
            self.reply(200, json.dumps(self.server.model).encode(), "application/json")
        elif (PAGE / name).is_file():
            self.reply(200, (PAGE / name).read_bytes(), TYPES[Path(name).suffix])
        else:
            self.reply(404, b"", "text/plain")

    def do_POST(self) -> None:
        question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append(question)
        answer = self.server.answers.pop(0) if len(self.server.answers) > 1 else self.server.answers[0]
        answer(self, question)


Answer = Callable[[_Handler, dict[str, Any]], None]


class Scripted(ThreadingHTTPServer):
    """The page with a service whose answers are given: one after the other, the last one ever again."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}/"
        self.answers: list[Answer] = []
        self.asked: list[dict[str, Any]] = []
        self.model: dict[str, Any] = {"name": "scripted", "version": "1", "actors": ["NATO"], "limits": {}}
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def script(self, *answers: Answer) -> None:
        """Give the answers to come and forget what was asked."""
        self.answers = list(answers)
        self.asked = []


def lines(*events: dict[str, Any], until: threading.Event | None = None) -> Answer:
    """An answer of events; with ``until`` the stream stays open until then and breaks off."""

    def answer(handler: _Handler, _: dict[str, Any]) -> None:
        handler.reply(200, None, STREAM)
        for event in events:
            handler.wfile.write(json.dumps(event).encode() + b"\n")
        handler.wfile.flush()
        if until is not None:
            until.wait(30)

    return answer


def document(
    statements: list[dict[str, Any]], *, language: str | None = "en", warnings: tuple[str, ...] = ()
) -> Answer:
    """The whole stream of a document."""
    bare = [{k: v for k, v in one.items() if k not in {"stances", "sentiment"}} for one in statements]
    return lines(
        {"event": "found", "language": language, "statements": bare},
        {"event": "judged", "first": 0, "statements": statements},
        {
            "event": "document",
            "document": {"language": language, "warnings": list(warnings), "statements": statements},
        },
    )


def refusal(status: int, title: str = "No", detail: str = "", **headers: str) -> Answer:
    """An answer that is a problem."""
    body = json.dumps({"type": "about:blank", "title": title, "status": status, "detail": detail}).encode()
    return lambda handler, _: handler.reply(status, body, "application/problem+json", **headers)


def prediction(
    text: str, *parts: str, labels: dict[str, str], speaker: str | None = "Ann", **more: Any
) -> dict[str, Any]:
    """A statement made of the first places of ``parts`` in a text, with a stance toward every actor of ``labels``."""
    spans = [[text.index(part), text.index(part) + len(part)] for part in parts]
    stances = {}
    for actor, label in labels.items():
        shares = {one: 0.7 if one == label else 0.1 for one in ("against", "favor", "neutral", "unrelated")}
        stances[actor] = {"label": label, "confidence": 0.7, "probabilities": shares, "mentions": []}
    tone = {"label": "neutral", "confidence": 1.0, "probabilities": {"negative": 0.0, "neutral": 1.0, "positive": 0.0}}
    words = " ".join(parts)
    place = {"text": words, "start": spans[0][0], "end": spans[-1][1], "spans": spans, "kind": "direct"}
    told = {"speaker": speaker, "speaker_span": None, "cue": "said", "context": None}
    return {**place, **told, "stances": stances, "sentiment": tone, **more}


def origins(requests: list[str]) -> set[str]:
    """Where requests went; what a page makes itself (``data:``, ``blob:``) goes nowhere."""
    parts = [urllib.parse.urlsplit(url) for url in requests if not re.match(r"data:|blob:", url)]
    return {f"{part.scheme}://{part.netloc}/" for part in parts}
