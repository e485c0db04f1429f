"""Going on with an interrupted run: its own configuration and data, or a clear error."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from stance.errors import InputError
from stance.training.checkpoint import CONFIG, HASHES
from stance.training.config import TrainConfig

# What may be another on another machine without changing the result's order.
FREE_KEYS = ("resume", "trainer.threads", "trainer.checkpoint_minutes")


def resumed_config(given: DictConfig, overrides: Sequence[str]) -> DictConfig:
    """Return the configuration with which to go on with the run of ``given.resume``.

    With no override but ``resume`` it is the run's own; with others it is ``given``, which must agree with it.
    InputError if there is no run, or names the keys that differ.
    """
    folder = Path(given.resume)
    if not (folder / CONFIG).is_file():
        raise InputError(f"there is no run to go on with at {folder}: it has no {CONFIG}")
    saved = OmegaConf.load(folder / CONFIG)
    if all(override.lstrip("+").startswith("resume=") for override in overrides):
        config = OmegaConf.merge(OmegaConf.structured(TrainConfig), saved, {"resume": str(folder)})
        assert isinstance(config, DictConfig)
        return config
    theirs = _flat(OmegaConf.to_container(saved, resolve=True))
    ours = _flat(OmegaConf.to_container(given, resolve=True, enum_to_str=True))
    differ = [key for key in sorted({*theirs, *ours} - {*FREE_KEYS}) if theirs.get(key) != ours.get(key)]
    if differ:
        shown = ", ".join(f"{key} ({theirs.get(key)!r} then, {ours.get(key)!r} now)" for key in differ[:5])
        more = f" and {len(differ) - 5} more" if len(differ) > 5 else ""
        raise InputError(
            f"the run in {folder} was configured otherwise: {shown}{more}. Give resume={folder} alone to go on with it "
            "as it was, or train anew"
        )
    return given


def check_hashes(folder: Path, hashes: Mapping[str, str]) -> None:
    """Raise InputError naming the files that changed since the run in ``folder`` began."""
    if not (folder / HASHES).is_file():
        return
    before = json.loads((folder / HASHES).read_text(encoding="utf-8"))
    changed = sorted(path for path in {*before, *hashes} if before.get(path) != hashes.get(path))
    if changed:
        raise InputError(f"the data changed since the run in {folder} began: {', '.join(changed)}; train anew")


def _flat(value: Any, prefix: str = "") -> dict[str, Any]:
    """Return the leaves of nested mappings by their dotted keys."""
    if not isinstance(value, Mapping) or not value:
        return {prefix: value}
    return {key: leaf for name, part in value.items() for key, leaf in _flat(part, _joined(prefix, name)).items()}


def _joined(prefix: str, name: object) -> str:
    return f"{prefix}.{name}" if prefix else str(name)
