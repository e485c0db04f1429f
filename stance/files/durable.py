"""Files that outlast a power cut: what is written is on the disk before anything says that it is."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from stance.errors import InputError

try:
    import fcntl
except ImportError:  # Windows: two runs with one output are not kept apart there
    fcntl = None  # type: ignore[assignment,unused-ignore]


def sync(path: Path) -> None:
    """Wait until the content of a file is on the disk."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def sync_folder(path: Path) -> None:
    """Wait until the names in a folder are on the disk; where a folder cannot be opened, the system sees to it."""
    if os.name != "posix":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def replace_json(path: Path, value: Mapping[str, Any]) -> None:
    """Write a JSON file so that there is either the old one or the new one at any moment."""
    new = path.with_name(f"{path.name}.new")
    with new.open("w", encoding="utf-8") as file:
        json.dump(value, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(new, path)
    sync_folder(path.parent)


@contextmanager
def only_one(path: Path, what: str) -> Iterator[None]:
    """Hold a lock file while the block runs; InputError if another process holds it. It ends with the process."""
    with path.open("ab") as file:
        if fcntl is not None:
            try:
                fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise InputError(f"another process is writing {what} now") from None
            # One that has just ended has taken the name away: what is locked here must be what the next one finds.
            if not path.exists() or path.stat().st_ino != os.fstat(file.fileno()).st_ino:
                raise InputError(f"another process has just written {what}; try again")
        try:
            yield
        finally:
            path.unlink(missing_ok=True)
