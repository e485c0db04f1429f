"""Texts that the export reads: to count pieces, to calibrate and to verify."""

from __future__ import annotations

import glob
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stance.actors.registry import DEFAULT_ACTORS
from stance.encoding import Encoding, StatementEncoder
from stance.errors import InputError, RecordError
from stance.training.examples import Example, encoding_of, registered_wording

UNKNOWN_LANGUAGE = "und"
_JOINED = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Record:
    """A statement as it stands in a file; ``stance`` maps actors to gold labels and is empty where there are none."""

    text: str
    language: str = UNKNOWN_LANGUAGE
    speaker: str | None = None
    context: str | None = None
    stance: Mapping[str, str] = field(default_factory=dict)

    def actors(self) -> tuple[str, ...]:
        """Return the default actors and those with a label."""
        return tuple(dict.fromkeys((*DEFAULT_ACTORS, *self.stance)))

    def words(self) -> Iterator[str]:
        """Yield every text of the record."""
        yield self.text
        for other in (self.speaker, self.context):
            if other:
                yield other


def encode(encoder: StatementEncoder, record: Record, actors: Sequence[str]) -> Encoding:
    """Return a record as the runtime reads it, asked about actors of the registry by their wordings or by any name."""
    return encoding_of(encoder, Example(record.text, record.speaker, record.context, None, list(actors)))


def wording(actor: str) -> str:
    """Return what the model reads as the name of an actor; records write names of two words as one."""
    return registered_wording(_JOINED.sub(" ", actor))


def expand(patterns: Iterable[str], *, never: Sequence[str] = ()) -> list[Path]:
    """Return the files that the patterns name, each once and in order, without those whose name is in ``never``.

    InputError names a pattern that fits no file.
    """
    found: dict[Path, None] = {}
    for pattern in patterns:
        paths = sorted(glob.glob(str(Path(pattern).expanduser()), recursive=True))
        if not paths:
            raise InputError(f"there is no file {pattern!r}; set data_root=..., or change the list that names it")
        found.update(dict.fromkeys(Path(path) for path in paths if Path(path).name not in never))
    return list(found)


def read(paths: Iterable[Path]) -> Iterator[Record]:
    """Yield the records of JSON-lines files and, of other files, each whole text as one record."""
    for path in paths:
        if path.suffix != ".jsonl":
            yield Record(path.read_text(encoding="utf-8"))
            continue
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield _record(json.loads(line), f"{path}:{number}")


def _record(data: Any, place: str) -> Record:
    if not isinstance(data, dict) or not isinstance(data.get("text"), str):
        raise RecordError(f"{place} is no record with a text")
    stance = data.get("stance")
    return Record(
        data["text"],
        data.get("lang") or UNKNOWN_LANGUAGE,
        data.get("speaker"),
        data.get("context"),
        stance if isinstance(stance, dict) else {},
    )


def spread(records: Sequence[Record], count: int) -> list[Record]:
    """Return ``count`` of the records, alike from every language and evenly through each; all if there are fewer."""
    groups: dict[str, list[Record]] = {}
    for record in records:
        groups.setdefault(record.language, []).append(record)
    left, chosen = min(count, len(records)), []
    for position, group in enumerate(sorted(groups.values(), key=len)):
        share = min(len(group), left // (len(groups) - position))
        chosen += [group[index * len(group) // share] for index in range(share)]
        left -= share
    return chosen
