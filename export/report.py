"""``export_report.json``: what was measured on the files that were written."""

from __future__ import annotations

import platform
import time
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from export import verify
from export.config import VerifyConfig
from export.texts import Record
from export.verify import Answers, Case, FileAnswer, Ids
from stance.encoding import StatementEncoder
from stance.training.model import StanceModel

PACKAGES = ("onnx", "onnxruntime", "torch", "transformers", "tokenizers", "numpy")
SPEED_TOKENS, SPEED_RUNS = 64, 30


def measure(
    *,
    model: StanceModel,
    kept: Ids,
    files: Mapping[str, Path],
    encoder: StatementEncoder,
    full_encoder: StatementEncoder,
    records: Sequence[Record],
    config: VerifyConfig,
) -> dict[str, Any]:
    """Return by file, with float32 first: size, agreement, score, independence and speed; and what trimming changes."""
    found = verify.cases(records, trimmed=encoder, full=full_encoder)
    opened = {name: FileAnswer.open(path) for name, path in files.items()}
    encodings = [case.trimmed for case in found]
    answers = {name: Answers.of(answer, encodings) for name, answer in opened.items()}
    sample = found[:: max(1, len(found) // config.parity_count)][: config.parity_count]
    few = records[:: max(1, len(records) // 20)][:20]
    report: dict[str, Any] = {"statements": len(found), "files": {}}
    for name, answer in opened.items():
        report["files"][name] = {
            "bytes": answer.path.stat().st_size,
            "max_logit_difference": verify.parity(verify.torch_answer(model, kept), answer, sample),
            "agreement": verify.agreement(answers["fp32"], answers[name], found),
            "score": verify.score(answers[name], found),
            "independence": verify.independence(answer, encoder, few),
            "milliseconds": speed(answer, encoder),
        }
    report["vocabulary_agreement"] = _vocabulary_agreement(model, answers["fp32"], found)
    return report


def _vocabulary_agreement(model: StanceModel, trimmed: Answers, found: Sequence[Case]) -> dict[str, Any]:
    full = Answers.of(verify.torch_answer(model), [case.full for case in found])
    figures = verify.agreement(full, trimmed, found)
    return {**figures, "score_before": verify.score(full, found)}


def speed(answer: FileAnswer, encoder: StatementEncoder) -> dict[str, float]:
    """Return the median milliseconds of a call on one thread: 64 tokens of text alone, and with one and four actors."""
    words = encoder.ids("news") or [encoder.end_id]
    text = [encoder.start_id, *(words * SPEED_TOKENS)[: SPEED_TOKENS - 2], encoder.end_id]
    found = {}
    for actors in (0, 1, 4):
        ids = np.array(text + [encoder.actor_id, *words[:2], encoder.end_id] * actors, dtype=np.int64)
        times = []
        for _ in range(SPEED_RUNS):
            start = time.perf_counter()
            answer(ids)
            times.append((time.perf_counter() - start) * 1000.0)
        found[f"{actors}_actors"] = round(float(np.median(times)), 2)
    return found


def machine() -> dict[str, Any]:
    """Return the processor, the system and the versions that the figures were measured with."""
    return {
        "processor": _processor(),
        "system": platform.system(),
        "versions": {name: metadata.version(name) for name in PACKAGES} | {"python": platform.python_version()},
    }


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if not cpuinfo.is_file():
        return platform.processor() or platform.machine()
    pairs = [line.partition(":") for line in cpuinfo.read_text(encoding="utf-8").splitlines()]
    values = {name.strip(): value.strip() for name, _, value in pairs}
    kernels = [flag for flag in ("avx2", "avx512_vnni", "avx_vnni") if flag in values.get("flags", "").split()]
    return " ".join([values.get("model name", platform.machine()), *kernels])
