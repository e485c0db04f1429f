"""``export_report.json`` and ``export_report.md``: what was measured on the files that were written."""

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
from export.tables import table
from export.texts import Record
from export.verify import Answers, Case, FileAnswer, Ids
from stance.encoding import StatementEncoder
from stance.training.model import StanceModel

PACKAGES = ("onnx", "onnxruntime", "torch", "transformers", "tokenizers", "numpy")
SPEED_TOKENS, SPEED_RUNS = 64, 30
# Instructions that decide how fast a processor multiplies bytes.
KERNELS = ("avx2", "fma", "avx512f", "avx512_vnni", "avx_vnni", "amx_int8", "asimddp", "i8mm")


def measure(
    *,
    model: StanceModel,
    kept: Ids,
    files: Mapping[str, Path],
    encoder: StatementEncoder,
    full_encoder: StatementEncoder,
    records: Sequence[Record],
    written: Sequence[Record],
    config: VerifyConfig,
) -> dict[str, Any]:
    """Return by file, with float32 first: size, agreement, score, independence and speed; and what trimming changes.

    ``written`` are further statements, of which only the agreement is told, apart from the others.
    """
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
    if written and len(opened) > 1:
        others = verify.cases(written, trimmed=encoder, full=full_encoder)
        theirs = {name: Answers.of(answer, [case.trimmed for case in others]) for name, answer in opened.items()}
        report["written"] = {
            name: verify.agreement(theirs["fp32"], theirs[name], others) for name in theirs if name != "fp32"
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
    flags = (values.get("flags") or values.get("Features") or "").split()
    kernels = [flag for flag in KERNELS if flag in flags]
    return " ".join([values.get("model name", platform.machine()), *kernels])


def markdown(report: Mapping[str, Any]) -> str:
    """Return a report as a page to read."""
    limits, machine = report["limits"], report["machine"]
    parts = [
        "# Export report",
        f"{report['statements']} real statements were read by every file; `export_report.json` has all figures. "
        f"{machine['processor']}, {machine['system']}, "
        f"{', '.join(f'{name} {version}' for name, version in machine['versions'].items())}. The export took "
        f"{report['seconds']} seconds.",
        "## Files\n\n" + _file_table(report),
        "Labels as float32: the share of stance labels that are those of the float32 file, which must be at least "
        f"{limits['int8_agreement']:.1%} in every language (of fewer than {verify.FEW_PAIRS} pairs all but one). "
        f"stance_f1 may fall by {limits['score_loss']} at most, a float32 logit may differ from torch by "
        f"{limits['fp32_difference']:.0e}. Milliseconds: 64 tokens of text on one thread.",
        "## By language\n\n" + _language_table(report),
    ]
    if "written" in report:
        parts += [
            "## Statements that were made up\n\nFor the languages without real ones; reported, not a limit. The ranges "
            "of the int8 file's inputs were taken from some of them.\n\n" + _written_table(report["written"])
        ]
    if "tagger" in report:
        rows = [[name, f"{found['tags']:.2%}"] for name, found in report["tagger"]["files"].items()]
        head = f"## Tagger\n\nOn {report['tagger']['articles']} marked articles.\n\n"
        parts += [head + table(["file", "tags as torch"], rows)]
    return "\n\n".join(parts) + "\n"


def _file_table(report: Mapping[str, Any]) -> str:
    rows = []
    for name, file in report["files"].items():
        score, moved = file["score"], file["independence"]
        rows.append(
            [
                name,
                f"{file['bytes'] / 1e6:.1f}",
                f"{file['max_logit_difference']:.1e}",
                f"{file['agreement']['stance']:.2%}",
                "–" if score is None else f"{score['stance_f1'] * 100:.1f}",
                f"{max(moved[key] for key in ('alone', 'reversed', 'padded')):.1e}",
                " / ".join(f"{value:.2f}" for value in file["milliseconds"].values()),
            ]
        )
    head = ["file", "MB", "logit to torch", "labels as float32", "stance_f1", "moved by others", "ms, 0 / 1 / 4 actors"]
    return table(head, rows)


def _language_table(report: Mapping[str, Any]) -> str:
    files = report["files"]
    names = [name for name in files if name != "fp32"]
    rows = []
    for language, found in files["fp32"]["agreement"]["by_language"].items():
        shares = [f"{files[name]['agreement']['by_language'][language]['stance']:.2%}" for name in names]
        scores = [((file["score"] or {}).get("by_language") or {}).get(language) for file in files.values()]
        rows.append([language, str(found["pairs"]), *shares, *("–" if s is None else f"{s * 100:.1f}" for s in scores)])
    head = ["language", "pairs", *(f"labels, {name}" for name in names), *(f"stance_f1, {name}" for name in files)]
    return table(head, rows)


def _written_table(written: Mapping[str, Any]) -> str:
    languages = next(iter(written.values()))["by_language"]
    rows = [
        [
            language,
            str(one["pairs"]),
            *(f"{found['by_language'][language]['stance']:.2%}" for found in written.values()),
        ]
        for language, one in languages.items()
    ]
    return table(["language", "pairs", *(f"labels, {name}" for name in written)], rows)
