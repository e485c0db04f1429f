"""What the site needs beside the pages: files of the repository that pages link to, and the command line's own help.

Links are written for a reader of the repository (``../data/README.md``). A page that is linked to becomes a page of the
site, another file is copied; so every link leads somewhere in both places.
"""

from __future__ import annotations

import inspect
import posixpath
import re
from enum import Enum
from pathlib import Path
from typing import Any, get_args, get_type_hints

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from typer.models import ArgumentInfo

ROOT = Path(__file__).resolve().parents[1]
PREFIX = "repository"  # the folder of the site that holds what is not under docs
LINK = re.compile(r"(?P<before>\]\()(?P<target>[^)\s#]+)(?P<after>#[^)\s]*)?(?P<end>\))")
EXTERNAL = re.compile(r"[a-z]+:|/|#")
COMMANDS = "<!-- the commands -->"


def _in_repository(page: str) -> str:
    """Return where the source of a page of the site stands in the repository."""
    return page.removeprefix(PREFIX + "/") if page.startswith(PREFIX + "/") else f"docs/{page}"


def _in_site(path: str) -> str:
    """Return the source of the site that a file of the repository becomes."""
    return path.removeprefix("docs/") if path.startswith("docs/") else f"{PREFIX}/{path}"


def _linked(page: str, target: str) -> str | None:
    """Return the file of the repository that a link of a page leads to, None where that is not one."""
    if EXTERNAL.match(target):
        return None
    path = posixpath.normpath(posixpath.join(posixpath.dirname(_in_repository(page)), target))
    found = ROOT / path
    if path.startswith("..") or not found.exists():
        return None
    if found.is_dir():
        return f"{path}/README.md" if (found / "README.md").is_file() else None
    return path


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put pages that a benchmark has written since, and the navigation does not name, under *Measured*."""
    named = re.findall(r"[\w/-]+\.md", str(config.nav))
    for section in config.nav or []:
        if isinstance(section, dict) and "Measured" in section:
            section["Measured"] += [
                path.name for path in sorted((ROOT / "docs").glob("*.md")) if path.name not in named
            ]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add every file outside docs that a page links to, and what those pages link to in turn."""
    waiting = [file.src_uri for file in files.documentation_pages()]
    while waiting:
        page = waiting.pop()
        for match in LINK.finditer((ROOT / _in_repository(page)).read_text(encoding="utf-8")):
            path = _linked(page, match["target"])
            if path is None or files.get_file_from_path(_in_site(path)) is not None or path.startswith("docs/"):
                continue
            files.append(File.generated(config, _in_site(path), abs_src_path=str(ROOT / path)))
            if path.endswith(".md"):
                waiting.append(_in_site(path))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Turn links of the repository into links of the site, and write the commands where a page asks for them."""
    here = page.file.src_uri

    def turned(match: re.Match[str]) -> str:
        path = _linked(here, match["target"])
        if path is None:
            return match[0]
        target = posixpath.relpath(_in_site(path), posixpath.dirname(here) or ".")
        return f"{match['before']}{target}{match['after'] or ''}{match['end']}"

    return LINK.sub(turned, markdown).replace(COMMANDS, commands() if COMMANDS in markdown else "")


def commands() -> str:
    """Return the help of every command of ``stance`` as Markdown, out of the functions that are the commands."""
    from stance.cli.app import app

    found = {entry.name or entry.callback.__name__: entry for entry in app.registered_commands if entry.callback}
    return "\n".join(line for name in sorted(found) for line in _command(name, found[name].callback))


def _command(name: str, function: Any) -> list[str]:
    lines = [
        f"## stance {name}",
        "",
        inspect.getdoc(function) or "",
        "",
        "| option | meaning | default |",
        "| --- | --- | --- |",
    ]
    hints = get_type_hints(function, include_extras=True)
    for parameter in inspect.signature(function).parameters.values():
        kind, info = get_args(hints[parameter.name])
        if not info.hidden:
            default = "required" if parameter.default is parameter.empty else _default(parameter.default)
            cells = (_names(parameter.name, kind, info), info.help or "", default)
            lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return [*lines, ""]


def _names(name: str, kind: Any, info: Any) -> str:
    """Return the names of an option with the form of its value; the form alone of an argument."""
    if isinstance(info, ArgumentInfo):
        return f"`{info.metavar or name.upper()}`"
    given = [text for text in (info.default, *(info.param_decls or ())) if isinstance(text, str) and text[:1] == "-"]
    names = given or ["--" + name.replace("_", "-")]
    base = next((part for part in get_args(kind) if part is not type(None)), kind)
    if base is bool:
        return ", ".join(f"`{option}`" for option in names)
    enum = isinstance(base, type) and issubclass(base, Enum)
    choices = ",".join(str(member.value) for member in base) if enum else ""
    form = info.metavar or (f"{{{choices}}}" if enum else {int: "N", float: "SECONDS"}.get(base, name.upper()))
    return ", ".join(f"`{option} {form}`" for option in names)


def _default(value: object) -> str:
    """Return what an option is where it is not given; nothing where that says nothing."""
    return "" if value is None or isinstance(value, bool) else f"`{getattr(value, 'value', value)}`"
