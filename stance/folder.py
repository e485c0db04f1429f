"""The model folder: what training and export leave, and what :func:`stance.load` opens."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib import resources
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from stance.encoding import INPUT_LAYOUT, Lengths
from stance.errors import InputError, ModelError
from stance.types import FrozenMap, SentimentLabel, StanceLabel

FORMAT_VERSION = 1
DESCRIPTION = "stance.json"
TOKENIZER = "tokenizer.json"
# Models that come with the package: the best one, and half its layers without a tagger.
DEFAULT = "default"
PACKAGED = (DEFAULT, "fast")
_PACKAGED_NAMES = " or ".join(map(repr, PACKAGED))
MODEL_FILES: Mapping[str, str] = FrozenMap({"int8": "onnx/model_quantized.onnx", "fp32": "onnx/model.onnx"})
# Temperatures and offsets beyond these are no calibration, and the softmax could not be computed.
SMALLEST, LARGEST = 1e-3, 1e3
PRECISIONS = ("auto", *MODEL_FILES)
HEADS: Mapping[str, tuple[str, ...]] = FrozenMap(
    {"stance": tuple(StanceLabel), "sentiment": tuple(SentimentLabel)},
)
_REMEDY = "export it again with: python -m export run=..."


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A checked model folder.

    Before the softmax the logits of each head are divided by its ``temperatures`` and its ``offsets`` are added, one of
    each a label; a single temperature may be given for all labels. ``thresholds`` are reserved and may be empty.
    ``actors`` are the names the model was trained with; any other name can be asked about too. ``languages`` are ISO
    639-1 codes; ``data_hashes`` are the SHA-256 of the files it was trained on.
    """

    path: Path
    lengths: Lengths = field(default_factory=Lengths)
    temperatures: Mapping[str, float | Sequence[float]] = field(
        default_factory=lambda: FrozenMap(dict.fromkeys(HEADS, 1.0))
    )
    offsets: Mapping[str, Sequence[float]] = field(default_factory=FrozenMap)
    thresholds: Mapping[str, float] = field(default_factory=FrozenMap)
    actors: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    data_hashes: Mapping[str, str] = field(default_factory=FrozenMap)

    def __post_init__(self) -> None:
        """Freeze the containers and check the temperatures and offsets."""
        object.__setattr__(self, "path", Path(self.path))
        for name in ("temperatures", "offsets", "thresholds", "data_hashes"):
            object.__setattr__(self, name, FrozenMap(getattr(self, name)))
        given = {head: self.temperatures.get(head) for head in HEADS}
        temperatures = {head: _each(value, len(HEADS[head])) for head, value in given.items()}
        for head, values in temperatures.items():
            if values is None or not all(value >= SMALLEST for value in values):
                shown = repr(given[head])
                raise ModelError(
                    f"the temperature of the head {head!r} must be a positive number, or one a label, not {shown}"
                )
        offsets = {head: _each(self.offsets.get(head, 0.0), len(labels)) for head, labels in HEADS.items()}
        strange = {*self.temperatures, *self.offsets} - {*HEADS}
        if strange:
            raise ModelError(f"there is no head {sorted(map(str, strange))[0]!r} to scale, only {', '.join(HEADS)}")
        for head, values in offsets.items():
            if values is None or not all(map(isfinite, values)):
                raise ModelError(f"the offsets of the head {head!r} must be numbers, one a label")
        object.__setattr__(self, "temperatures", FrozenMap(temperatures))
        object.__setattr__(self, "offsets", FrozenMap(offsets))

    def scaling(self, head: str) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Return the temperatures and the offsets of a head, each of the shape (labels,)."""
        return np.array(self.temperatures[head], np.float64), np.array(self.offsets[head], np.float64)

    @classmethod
    def open(cls, folder: str | Path | None = None) -> ModelFolder:
        """Read and check a folder; None means the model of the package.

        A ``str`` that is one of :data:`PACKAGED` is that model of the package, not a folder of this name (for which
        ``"./fast"`` or a ``Path`` stands). ModelError names what is missing, or a format this version of the library
        cannot read.
        """
        if not isinstance(folder, str | Path | None) or folder == "":
            raise ModelError(f"a model is {_PACKAGED_NAMES}, or the path of a model folder, not {folder!r}")
        name = DEFAULT if folder is None else folder
        packaged = isinstance(name, str) and name in PACKAGED
        path = Path(str(resources.files("stance").joinpath("models", str(name)))) if packaged else Path(name)
        try:
            is_there = path.is_dir()
        except OSError as error:
            raise ModelError(f"the model folder {str(name)[:100]!r} cannot be looked at: {error.strerror}") from error
        if not is_there:
            what = f"this installation has no model {name!r}" if packaged else f"there is no model folder {name}"
            raise ModelError(f"{what}; give {_PACKAGED_NAMES}, or the path of a folder that `python -m export` wrote")
        missing = [name for name in (DESCRIPTION, TOKENIZER) if not (path / name).is_file()]
        if not any((path / name).is_file() for name in MODEL_FILES.values()):
            missing.append(" or ".join(MODEL_FILES.values()))
        if missing:
            raise ModelError(f"the model folder {path} lacks {', '.join(missing)}; {_REMEDY}")
        return cls._of_description(path, _read(path / DESCRIPTION))

    @classmethod
    def _of_description(cls, path: Path, data: Mapping[str, Any]) -> ModelFolder:
        version = data.get("format_version")
        if version != FORMAT_VERSION:
            raise ModelError(
                f"{path / DESCRIPTION} has format_version {version!r}, this library reads {FORMAT_VERSION}; "
                "install the library's version that fits the model, or export the model again"
            )
        layout = data.get("input_layout")
        if layout != INPUT_LAYOUT:
            raise ModelError(f"{path} has the input layout {layout!r}, this library makes {INPUT_LAYOUT!r}; {_REMEDY}")
        heads = data.get("heads")
        if not isinstance(heads, dict) or {head: tuple(labels) for head, labels in heads.items()} != dict(HEADS):
            raise ModelError(f"{path} has the heads {heads!r}, this library reads {dict(HEADS)}; {_REMEDY}")
        try:
            return cls(
                path,
                Lengths(**data["lengths"]),
                data["temperatures"],
                data.get("offsets") or {},
                data.get("thresholds") or {},
                tuple(data["actors"]),
                tuple(data["languages"]),
                data["data_hashes"],
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(f"{path / DESCRIPTION} is not complete: {error!r}; {_REMEDY}") from error

    @property
    def tokenizer(self) -> Path:
        """The path of ``tokenizer.json``."""
        return self.path / TOKENIZER

    def model(self, precision: str = "auto") -> Path:
        """Return the model file of a precision.

        ``"int8"`` and ``"fp32"`` are files; ``"auto"`` is int8 where the folder has it, else fp32. InputError for
        another word, ModelError where the folder has no such file.
        """
        if precision not in PRECISIONS:
            raise InputError(f"precision must be one of {', '.join(PRECISIONS)}, not {precision!r}")
        wanted = MODEL_FILES if precision == "auto" else (precision,)
        for name in wanted:
            file = self.path / MODEL_FILES[name]
            if file.is_file():
                return file
        there = [name for name, file in MODEL_FILES.items() if (self.path / file).is_file()]
        raise ModelError(
            f"the model folder {self.path} has no {precision} model, only {', '.join(there) or 'none'}; "
            "another precision needs an export of your own"
        )

    def describe(self) -> dict[str, Any]:
        """Return the content of ``stance.json``."""
        return {
            "format_version": FORMAT_VERSION,
            "heads": {head: [str(label) for label in labels] for head, labels in HEADS.items()},
            "input_layout": INPUT_LAYOUT,
            "lengths": asdict(self.lengths),
            "temperatures": {head: self.scaling(head)[0].tolist() for head in HEADS},
            "offsets": {head: self.scaling(head)[1].tolist() for head in HEADS},
            "thresholds": dict(self.thresholds),
            "actors": list(self.actors),
            "languages": list(self.languages),
            "data_hashes": dict(self.data_hashes),
        }


def _each(value: object, count: int) -> tuple[float, ...] | None:
    """Return a value for each of ``count`` labels; None where that is not what was given."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return (float(value),) * count if abs(value) < LARGEST else None
    if not isinstance(value, list | tuple) or len(value) != count:
        return None
    numbers = [_each(item, 1) if isinstance(item, int | float) else None for item in value]
    return tuple(number[0] for number in numbers if number) if all(numbers) else None


def _read(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ModelError(f"{path} is not JSON: {error}; {_REMEDY}") from error
    if not isinstance(data, dict):
        raise ModelError(f"{path} holds no object; {_REMEDY}")
    return data
