"""A model folder as a repository that NVIDIA Triton serves: ``python -m export format=triton [folder=...] target=...``.

One model with one version, served by Triton's ONNX Runtime backend on processors. A request holds one statement or
several that are padded to one length; Triton must not put requests together, since ``stance_logits`` has a row an
actor and not a row an input. So it runs as many single-threaded instances as there are processors, as the library does.
"""

from __future__ import annotations

import logging
import shutil
import tempfile
from pathlib import Path
from typing import Any

from stance.errors import InputError, ModelError
from stance.folder import ModelFolder
from stance.runtime import available_processors, open_session

log = logging.getLogger(__name__)

MODEL = "quote_stance"
VERSION = "1"
FILE = "model.onnx"
TYPES = {"tensor(int64)": "TYPE_INT64", "tensor(float)": "TYPE_FP32"}
# One thread an instance: instances side by side use the processors better than threads within one.
PARAMETERS = {
    "intra_op_thread_count": "1",
    "inter_op_thread_count": "1",
    "execution_mode": "0",
    # A memory plan would be kept for every length that ever came.
    "enable_mem_pattern": "0",
}


def export_triton(
    folder: str | Path | None, target: Path, *, precision: str = "auto", instances: int | None = None
) -> Path:
    """Write the repository of a model folder and return its path.

    Args:
        folder: a model folder; None for the model of the package, ``"fast"`` for its smaller one.
        target: the repository to write, a folder that is not there yet or holds an older one of this function, which
            is replaced when the new one is whole.
        precision: which model file: ``"int8"``, ``"fp32"`` or ``"auto"``.
        instances: how many statements are computed at a time; None for as many as there are processors here.

    Raises:
        ModelError: If the folder is no model folder.
        InputError: If the target holds something else, or ``instances`` is no positive number.
    """
    if instances is not None and instances < 1:
        raise InputError(f"instances must be at least 1, not {instances}")
    source = ModelFolder.open(folder)
    file = source.model(precision)
    if target.exists() and not (target / MODEL / "config.pbtxt").is_file():
        raise InputError(f"{target} holds something else than a Triton repository; name another target=...")
    text = configuration(file, instances=instances or available_processors())
    target.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f"{target.name}.", dir=target.parent))
    try:
        (work / VERSION).mkdir()
        shutil.copy(file, work / VERSION / FILE)
        for other in (source.tokenizer, source.path / "stance.json"):
            # What a client needs to make ids and read logits, beside the model that they belong to.
            shutil.copy(other, work)
        (work / "config.pbtxt").write_text(text, encoding="utf-8")
        # Temporary folders are their owner's alone; a server is another user at times.
        work.chmod(0o755)
        target.mkdir(exist_ok=True)
        if (target / MODEL).exists():
            shutil.rmtree(target / MODEL)
        work.replace(target / MODEL)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    log.info("the Triton repository is %s", target)
    return target


def configuration(file: Path, *, instances: int) -> str:
    """Return ``config.pbtxt`` for a model file: its inputs and outputs are read off the file itself."""
    session = open_session(file)
    lines = [
        f'name: "{MODEL}"',
        'backend: "onnxruntime"',
        f'default_model_filename: "{FILE}"',
        "# Inputs have both their dimensions: Triton adds none for a batch and puts no requests together.",
        "max_batch_size: 0",
    ]
    for kind, values in (("input", session.get_inputs()), ("output", session.get_outputs())):
        lines += [line for value in values for line in _tensor(kind, value)]
    lines += [f"instance_group [ {{ kind: KIND_CPU count: {instances} }} ]"]
    lines += [
        f'parameters {{ key: "{key}" value: {{ string_value: "{value}" }} }}' for key, value in PARAMETERS.items()
    ]
    return "\n".join(lines) + "\n"


def _tensor(kind: str, value: Any) -> list[str]:
    if value.type not in TYPES:
        raise ModelError(f"the model has the {kind} {value.name} of the type {value.type}, which was never exported")
    sizes = ", ".join(str(size if isinstance(size, int) else -1) for size in value.shape)
    return [f'{kind} [ {{ name: "{value.name}" data_type: {TYPES[value.type]} dims: [ {sizes} ] }} ]']
