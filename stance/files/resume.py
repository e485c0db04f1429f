"""What an interrupted run leaves beside its output, and how the next one goes on from there.

``OUTPUT.resume.json`` says how far a run is: the rows that are done, and how long the output and the file of failures
are with exactly these rows in them. It is replaced as a whole, every few seconds, after both files have reached the
disk. Whatever happens in between, the next run cuts both back to these lengths and goes on with the row after; so none
is lost and none is there twice, and rows without any statement count as well. What was done since is done again.

At the end the record stays, and says so: by it alone a finished output is told from another file of its name.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from stance.errors import InputError
from stance.files.durable import replace_json
from stance.folder import DESCRIPTION
from stance.predictor import Predictor

_FORMAT = 1
_EDGE = 1024 * 1024  # bytes at either end of a table that are compared


@dataclass(frozen=True, slots=True)
class Done:
    """How far a run is: rows, those of them that failed or have warnings, and the places of both files.

    ``size`` are the bytes of the output of a run that is finished; None of one that is not.
    """

    rows: int = 0
    failed: int = 0
    output: int = 0
    failures: int = 0
    warned: int = 0
    size: int | None = None

    @property
    def finished(self) -> bool:
        """Whether there is nothing left to do."""
        return self.size is not None


def record_of(output: Path) -> Path:
    """Return the file that says how far a run is."""
    return output.with_name(f"{output.name}.resume.json")


def save(path: Path, run: Mapping[str, Any], done: Done) -> None:
    """Write down how far a run is."""
    replace_json(path, {"format": _FORMAT, "finished": done.finished, "run": run, "done": asdict(done)})


def load(path: Path, run: Mapping[str, Any]) -> Done:
    """Return how far the run is that wrote a record; InputError if it was another one, with what differs."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        before, done = found["run"], Done(**found["done"])
        readable = found["format"] == _FORMAT
    except (ValueError, KeyError, TypeError):
        readable = False
    if not readable:
        raise InputError(f"{path} is not what an interrupted run of this version leaves; begin anew with --force")
    differing = [
        f"{name} ({_shown(before.get(name))} then, {_shown(run.get(name))} now)"
        for name in dict.fromkeys([*before, *run])
        if before.get(name) != run.get(name)
    ]
    if differing:
        kind = "finished" if done.finished else "interrupted"
        raise InputError(
            f"the {kind} run differs from this one in {'; '.join(differing)}: give it the same, "
            "or begin anew with --force"
        )
    return done


def is_finished(path: Path) -> bool:
    """Tell whether a record says that its run is finished; one that cannot be read says nothing."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))["finished"] is True
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:77]}..."


def facts_of_input(path: Path) -> dict[str, Any]:
    """Return what tells whether a table is the same as before, without reading all of it."""
    status = path.stat()
    with path.open("rb") as file:
        edges = hashlib.sha256(file.read(_EDGE))
        file.seek(max(0, status.st_size - _EDGE))
        edges.update(file.read(_EDGE))
    return {
        "input": str(path.resolve()),
        "size of the input": status.st_size,
        "time of the input": status.st_mtime_ns,
        "content of the input": edges.hexdigest()[:16],
    }


def facts_of_model(predictor: Predictor) -> str:
    """Return a hash of what the answers depend on in a model folder."""
    folder = predictor.folder
    found = hashlib.sha256()
    for path in (folder.path / DESCRIPTION, folder.tokenizer, folder.model(predictor.precision)):
        with Path(path).open("rb") as file:
            found.update(hashlib.file_digest(file, "sha256").digest())
    return found.hexdigest()[:16]
