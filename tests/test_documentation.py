"""The documentation: every block is run or checked, every command named in it exists, and the site builds."""

from __future__ import annotations

import importlib.util
import json
import re
import shlex
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path

import pytest

import stance
from tests.documentation_blocks import OUTPUT, ROOT, RUN, Block, Page, blocks_of, difference

FOLDERS = ("tutorials", "howto", "concepts")
PAGES = sorted(
    [
        ROOT / "README.md",
        ROOT / "docs" / "index.md",
        *(path for folder in FOLDERS for path in (ROOT / "docs" / folder).glob("*.md")),
        ROOT / "docs" / "reference" / "http.md",
    ]
)
WITHOUT = "README.md"  # the one page with blocks that name no language: commands for a fresh machine
# How many blocks of a page a test cannot run; each says why in the comment before it.
NOT_RUN = {
    "docs/howto/data-frames.md": 1,
    "docs/howto/other-runtimes.md": 2,
    "docs/howto/ray-and-spark.md": 2,
    "docs/howto/reports-and-pictures.md": 1,
    "docs/howto/spacy-and-datasets.md": 1,
    "docs/tutorials/first-article.md": 1,
    "docs/tutorials/retrain.md": 2,
    "docs/tutorials/service.md": 2,
}


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def all_blocks() -> list[Block]:
    return [block for path in PAGES for block in blocks_of(path)]


# --- what is run ------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.enable_socket
@pytest.mark.parametrize("path", PAGES, ids=name)
def test_the_blocks_of_a_page_run_and_print_what_it_shows(path, tmp_path):
    blocks = [block for block in blocks_of(path) if block.language in RUN and block.not_run is None]
    if not blocks:
        return
    page = Page(tmp_path)
    try:
        for block in blocks:
            printed = page.run(block)
            if block.expected is not None:
                different = difference(block.expected, printed)
                assert different is None, f"{block.place}: {different}"
    finally:
        page.close()


def test_blocks_that_are_not_run_are_those_that_are_known():
    counts = Counter(block.page for block in all_blocks() if block.not_run is not None)
    assert dict(counts) == NOT_RUN


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_every_block_names_a_language_that_is_checked(path):
    languages = {block.language for block in blocks_of(path)}
    known = {*RUN, *OUTPUT, "json", "toml", "yaml"} | ({""} if name(path) == WITHOUT else set())
    assert languages <= known, languages - known


def test_lines_of_code_fit_the_page():
    for block in all_blocks():
        if block.page != WITHOUT and block.language not in OUTPUT:
            assert max(map(len, block.code.splitlines())) <= 120, block.place


def test_blocks_of_json_can_be_read():
    for block in all_blocks():
        if block.language == "json":
            json.loads(block.code)


def test_no_output_is_left_to_be_filled_in():
    for block in all_blocks():
        assert "@@" not in f"{block.code}\n{block.expected}".splitlines(), block.place


def test_files_that_a_page_shows_are_those_of_the_repository():
    shown = 0
    for path in PAGES:
        text = path.read_text(encoding="utf-8")
        for file, code in re.findall(r"<!-- the file (\S+) -->\n```\w+\n(.*?)```\n", text, re.S):
            assert code == (ROOT / file).read_text(encoding="utf-8"), f"{name(path)}: {file}"
            shown += 1
    assert shown


def test_the_example_of_the_http_reference_is_a_real_answer():
    schemas = pytest.importorskip("stance.server.schemas", reason="the extra 'serve' is not installed")
    blocks = [
        json.loads(block.code) for block in blocks_of(ROOT / "docs/reference/http.md") if block.language == "json"
    ]
    asked, answer, classified, problem = blocks
    request = schemas.PredictRequest.model_validate_json(json.dumps(asked))
    schemas.ClassifyRequest.model_validate_json(json.dumps(classified))
    schemas.ProblemAnswer.model_validate(problem)
    actors = [
        actor if isinstance(actor, str) else stance.Actor(actor["name"], actor["aliases"]) for actor in asked["actors"]
    ]
    given = stance.predict(request.text, actors=actors, only_named=request.only_named).to_dict()
    assert given.pop("text") == request.text
    _compare(answer, given)


def test_every_status_of_the_service_is_explained():
    app = pytest.importorskip("stance.server.app", reason="the extra 'serve' is not installed")
    page = (ROOT / "docs/reference/http.md").read_text(encoding="utf-8")
    assert {int(status) for status in re.findall(r"^\| (\d{3}) \|", page, re.M)} == set(app._PROBLEMS)


def test_every_field_and_path_of_the_service_is_explained():
    app = pytest.importorskip("stance.server.app", reason="the extra 'serve' is not installed")
    from stance.server.settings import Settings

    page = (ROOT / "docs/reference/http.md").read_text(encoding="utf-8")
    described = app.create_app(Settings()).openapi()
    for path, methods in described["paths"].items():
        for method in methods:
            assert f"`{method.upper()} {path}`" in page, path
    for schema in ("PredictRequest", "ClassifyRequest", "ActorInput", "StatementInput"):
        for field in described["components"]["schemas"][schema]["properties"]:
            assert f"`{field}`" in page, field


def _compare(shown: object, given: object) -> None:
    if isinstance(shown, dict):
        assert isinstance(given, dict)
        assert list(shown) == list(given)
        for key, value in shown.items():
            _compare(value, given[key])
    elif isinstance(shown, list):
        assert isinstance(given, list)
        assert len(shown) == len(given)
        for one, other in zip(shown, given, strict=True):
            _compare(one, other)
    elif isinstance(shown, float):
        assert shown == pytest.approx(given, abs=0.03)
    else:
        assert shown == given


def test_figures_of_limits_are_those_of_the_measured_pages():
    page = (ROOT / "docs/concepts/limits-and-misuse.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\|[^|]+\|([^|]+)\| \[[^]]+\]\(\.\./(\w+\.md)\) \|$", page, re.M)
    assert len(rows) > 8
    for figures, source in rows:
        measured = re.findall(r"\d+(?:\.\d+)?", (ROOT / "docs" / source).read_text(encoding="utf-8"))
        for figure in re.findall(r"\d+(?:\.\d+)?", figures):
            assert figure in measured, f"{figure} is not in {source}"


def test_messages_that_are_explained_are_those_of_the_library():
    """The tables of messages quote what the code says; ``...`` stands for what changes."""
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "stance").rglob("*.py"))
    code = re.sub(r"\"\s*\n\s*f?\"", "", code)  # a message over several lines
    page = (ROOT / "docs/howto/messages.md").read_text(encoding="utf-8")
    tables = re.findall(r"^## (?:Warnings of a document|The command line)$(.*?)(?=^## )", page, re.M | re.S)
    quoted = [message for table in tables for message in re.findall(r"^\| `([^`]+)`", table, re.M)]
    assert len(quoted) > 8
    for message in quoted:
        for part in filter(None, (part.strip() for part in message.split("..."))):
            # A name that the code fills in may stand for a word of it: "not UTF-8" for "not {name}".
            pattern = r"\s".join(rf"(?:{re.escape(word)}|\{{\w+\}})" for word in part.split())
            assert re.search(pattern, code), message


# --- what is checked without being run --------------------------------------------------------------------------------


def commands() -> list[tuple[str, list[str]]]:
    """Return every command line in a block, with its place."""
    found = []
    for block in all_blocks():
        if block.language not in ("", "bash", "console", "sh"):
            continue
        for line in block.code.replace("\\\n", " ").splitlines():
            for part in re.split(r"\s(?:\||&&|;)\s", line.split("  #")[0].removeprefix("$ ")):
                try:
                    words = shlex.split(part, comments=True)
                except ValueError:  # a quotation over several lines: the block that has it is run
                    continue
                while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
                    words = words[1:]
                if words:
                    found.append((f"{block.place}: {line}", words))
    return found


def test_extras_that_are_named_exist():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = set()
    for path in PAGES:
        text = path.read_text(encoding="utf-8")
        for extras in re.findall(r"(?:\s'?\.|quote-stance)\[([\w,-]+)\]", text):
            named |= set(extras.split(","))
    assert named
    assert named <= set(project["optional-dependencies"])


def test_modules_and_targets_that_are_named_exist():
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    for place, words in commands():
        if words[0] == "python" and words[1:2] == ["-m"]:
            assert importlib.util.find_spec(words[2]) is not None, place
        if words[0] == "make":
            assert {word for word in words[1:] if "=" not in word} <= targets, place


def test_commands_and_options_of_stance_exist():
    from typer.main import get_command

    from stance.cli.app import app

    group = get_command(app)
    options = {
        command: {option for parameter in found.params for option in (*parameter.opts, *parameter.secondary_opts)}
        for command, found in group.commands.items()
    }
    seen = 0
    for place, words in commands():
        if words[0] != "stance" or words[1].startswith("-"):
            continue
        assert words[1] in options, place
        asked = {word.split("=")[0] for word in words[2:] if word.startswith("-") and word != "-"}
        assert asked <= options[words[1]] | {"--help"}, f"{place}: {asked - options[words[1]]}"
        seen += 1
    assert seen > 10


# --- the site ---------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_site_builds_without_a_warning(tmp_path):
    pytest.importorskip("mkdocs", reason="the extra 'dev' is not installed")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path / "site")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    pages = list((tmp_path / "site").rglob("*.html"))
    assert len(pages) > 20
    for page in pages:
        text = page.read_text(encoding="utf-8")
        # Nothing is loaded from elsewhere: neither fonts nor scripts.
        for loaded in re.findall(r"<(?:script|img|link)\b[^>]*?(?:src|href)=[\"']?(https?://[^\"'> ]+)", text):
            assert loaded.startswith("http://localhost"), f"{page}: {loaded}"
    reference = (tmp_path / "site" / "reference" / "python" / "index.html").read_text(encoding="utf-8")
    for expected in ("predict_many", "only_named", "StanceLabel", "ModelError"):
        assert expected in reference
    commands_page = (tmp_path / "site" / "reference" / "command-line" / "index.html").read_text(encoding="utf-8")
    assert "--only-named" in commands_page


def _heading_id(heading: str) -> str:
    """Return the anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", re.sub(r"[`*]", "", heading).strip().lower()).replace(" ", "-")


def test_links_lead_to_files_and_headings_of_the_repository():
    paths = [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "data").rglob("*.md"),
        *(ROOT / "stance").rglob("*.md"),
    ]
    for path in paths:
        text = re.sub(r"```.*?```|`[^`\n]*`", "", path.read_text(encoding="utf-8"), flags=re.S)
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            if re.match(r"[a-z]+:", target):
                continue
            file, _, anchor = target.partition("#")
            found = (path.parent / file).resolve() if file else path
            assert found.exists(), f"{name(path)}: {target}"
            assert found.is_relative_to(ROOT), f"{name(path)}: {target}"
            if anchor and found.suffix == ".md":
                headings = re.findall(r"^#+ (.+)$", found.read_text(encoding="utf-8"), re.M)
                assert anchor in {_heading_id(heading) for heading in headings}, f"{name(path)}: {target}"


# --- the test itself --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expected", "printed", "same"),
    [
        ("a\nb", "a\nb\n", True),
        ("a\n...\nd", "a\nb\nc\nd", True),
        ("a ... d", "a b c d", True),
        ("share 0.91", "share 0.92", True),
        ("share 0.91", "share 0.81", False),
        ("share 0.91", "share none", False),
        ("a", "a\nb", False),
        ("a\nb", "a", False),
        ("", "something", False),
        ("x [0.50, 1.00]", "x [0.49, 1.00]", True),
    ],
)
def test_outputs_are_compared(expected, printed, same):
    assert (difference(expected, printed) is None) is same


def test_blocks_are_read_with_output_and_comments(tmp_path, monkeypatch):
    monkeypatch.setattr("tests.documentation_blocks.ROOT", tmp_path)
    page = tmp_path / "page.md"
    page.write_text(
        "```python\nprint(1)\n```\n\n```text\n1\n```\n\n<!-- not run: needs an index -->\n```bash\npip install x\n```\n"
        "It prints:\n\n```text\nfree\n```\n<!-- in the background -->\n```bash\nserve\n```\n",
        encoding="utf-8",
    )
    found = [(block.language, block.expected, block.not_run, block.background) for block in blocks_of(page)]
    assert found == [
        ("python", "1", None, False),
        ("bash", None, "needs an index", False),
        ("text", None, None, False),
        ("bash", None, None, True),
    ]
    page.write_text("<!-- not run -->\n```bash\nx\n```\n", encoding="utf-8")
    with pytest.raises(AssertionError, match="say why"):
        blocks_of(page)
