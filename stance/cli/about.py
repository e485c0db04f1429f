"""What ``stance info`` tells: the model, the languages, the actors and the versions."""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from typing import Any

from stance.actors import DEFAULT_ACTORS, names
from stance.cli.output import Format, console
from stance.errors import ModelError
from stance.folder import HEADS, MODEL_FILES, ModelFolder
from stance.text import LANGUAGES
from stance.types import FrozenMap
from stance.version import __version__

_PACKAGES = ("onnxruntime", "tokenizers", "numpy", "regex", "ahocorasick-rs", "py3langid")


@dataclass(frozen=True, slots=True)
class Facts:
    """What is installed; ``model`` is None where the folder cannot be opened, and ``error`` says why then."""

    model: Mapping[str, Any] | None
    error: str | None
    languages: tuple[str, ...]
    actors: tuple[str, ...]
    versions: Mapping[str, str]

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {
            "version": __version__,
            "model": None if self.model is None else dict(self.model),
            "languages": list(self.languages),
            "actors": list(self.actors),
            "default_actors": list(DEFAULT_ACTORS),
            "versions": dict(self.versions),
        }


def about(folder: str | None) -> Facts:
    """Return the facts about an exported folder, or about the package's own model."""
    model, error = None, None
    try:
        model = _model(ModelFolder.open(folder))
    except ModelError as failure:
        error = str(failure)
    versions = {"stance": __version__, "python": platform.python_version()}
    versions |= {package: metadata.version(package) for package in _PACKAGES}
    return Facts(model, error, LANGUAGES, names(), FrozenMap(versions))


def _model(folder: ModelFolder) -> Mapping[str, Any]:
    files = {name: folder.path / file for name, file in MODEL_FILES.items()}
    return FrozenMap(
        {
            "folder": str(folder.path),
            "precisions": [name for name, file in files.items() if file.is_file()],
            "megabytes": round(sum(file.stat().st_size for file in folder.path.rglob("*") if file.is_file()) / 1e6, 1),
            "languages": list(folder.languages),
            "actors_trained": list(folder.actors),
            "temperatures": {head: folder.scaling(head)[0].tolist() for head in HEADS},
            "offsets": {head: folder.scaling(head)[1].tolist() for head in HEADS},
        }
    )


def print_about(facts: Facts, form: Format) -> None:
    """Print the facts: as a table, or as one JSON object."""
    if form is not Format.TABLE:
        indent = 2 if form is Format.JSON else None
        sys.stdout.write(json.dumps(facts.to_dict(), ensure_ascii=False, indent=indent) + "\n")
        return
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for key, value in _lines(facts):
        table.add_row(key, Text(value))
    console().print(table)


def _lines(facts: Facts) -> list[tuple[str, str]]:
    model = facts.model or {}
    lines = [("model", f"{model['folder']} ({model['megabytes']} MB)" if model else "none")]
    if model:
        lines.append(("precisions", ", ".join(model["precisions"])))
        lines.append(("trained on", f"{', '.join(model['languages'])}; {', '.join(model['actors_trained'])}"))
    lines.append(("languages", ", ".join(facts.languages)))
    others = [name for name in facts.actors if name not in DEFAULT_ACTORS]
    lines.append(("actors", f"{', '.join(DEFAULT_ACTORS)} (the default); {', '.join(others)}; any other name"))
    lines.append(("versions", ", ".join(f"{name} {version}" for name, version in facts.versions.items())))
    return lines
