"""Compares ways to make the layers 8-bit: ``python -m benchmarks.quantisation run=outputs/... [key=value]``.

Every scheme is written to a file of its own and reads the real statements of dev with their labels. Takes the keys of
``configs/export.yaml``; ``+schemes=[name,...]`` compares only some. Writes ``docs/quantisation.md``.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import hydra
import numpy as np
from omegaconf import DictConfig, OmegaConf, open_dict

from benchmarks.tables import table_lines
from export import blocks, convert, graph, nodes, quantise, texts, verify, weights
from export.config import ExportConfig, register
from export.quantise import FULL_LIMIT, PRODUCTS, Scheme
from export.report import machine
from export.verify import Answers, Case, FileAnswer
from stance.actors.registry import DEFAULT_ACTORS
from stance.encoding import StatementEncoder
from stance.training.checkpoint import load_run

register()

PAGE = Path("docs/quantisation.md")
ROUNDS = 5
FIXED = Scheme(alpha=0.7)
# Names as the page shows them. What differs from the first in one thing tells what that thing does.
SCHEMES: Mapping[str, Scheme] = {
    "shipped": Scheme(),
    "alpha 0.7": FIXED,
    "alpha 0.5": Scheme(alpha=0.5),
    "alpha 0.9": Scheme(alpha=0.9),
    "no smoothing": Scheme(smoothed=False),
    "nearest step": replace(FIXED, fitted=False),
    "dynamic": replace(FIXED, dynamic=True),
    "plain dynamic": Scheme(smoothed=False, fitted=False, dynamic=True),
    "U8S8, 8 bits": replace(FIXED, limit=FULL_LIMIT),
    "U8U8, 8 bits": replace(FIXED, limit=FULL_LIMIT, unsigned=True),
    **{
        f"{product} in fp32": replace(FIXED, exact=frozenset(f"layer{number}.{product}" for number in range(12)))
        for product in PRODUCTS
    },
    "last layer in fp32": replace(FIXED, exact=frozenset({"layer11"})),
    "first layer in fp32": replace(FIXED, exact=frozenset({"layer0"})),
    "4 bits, unfolded to 8": replace(FIXED, nibbles=True),
}


@dataclass(frozen=True, slots=True)
class Setting:
    """What every scheme is measured with."""

    found: Sequence[Case]
    reference: Answers
    encoder: StatementEncoder


@dataclass(frozen=True, slots=True)
class Row:
    """What was measured of one scheme."""

    megabytes: float
    agreement: dict[str, Any]
    score: float
    moved: float
    file: FileAnswer


def measure(path: Path, setting: Setting) -> Row:
    """Return the figures of a file but for its time."""
    answer = FileAnswer.open(path)
    answers = Answers.of(answer, [case.trimmed for case in setting.found])
    score = verify.score(answers, setting.found)
    assert score is not None
    return Row(
        path.stat().st_size / 1e6,
        verify.agreement(setting.reference, answers, setting.found),
        score["stance_f1"],
        moved(answer, setting.encoder, setting.found),
        answer,
    )


def moved(answer: FileAnswer, encoder: StatementEncoder, found: Sequence[Case]) -> float:
    """Return the greatest change of a logit of the first actor when three others are asked about as well."""
    wordings = [texts.wording(actor) for actor in DEFAULT_ACTORS]
    worst = 0.0
    for case in found[:: max(1, len(found) // 40)]:
        ids = case.trimmed.windows[0].input_ids
        text = ids[: int(np.argmax(ids == encoder.actor_id))]
        asked = [np.array([encoder.actor_id, *encoder.ids(name), encoder.end_id]) for name in wordings]
        alone, together = (answer(np.concatenate([text, *part])).stance[0] for part in (asked[:1], asked))
        worst = max(worst, float(np.abs(alone - together).max()))
    return worst


def times(files: Mapping[str, FileAnswer], found: Sequence[Case]) -> dict[str, float]:
    """Return the mean milliseconds of statements of dev by file, on one thread.

    The files take turns at every statement, and the best of the rounds counts for each: what else the machine does
    hits all alike and drops out.
    """
    inputs = [case.trimmed.windows[0].input_ids for case in found[::8]]
    total = dict.fromkeys(files, 0.0)
    for ids in inputs:
        best = dict.fromkeys(files, float("inf"))
        for _ in range(ROUNDS):
            for name, answer in files.items():
                start = time.perf_counter()
                answer(ids)
                best[name] = min(best[name], time.perf_counter() - start)
        for name, seconds in best.items():
            total[name] += seconds * 1000 / len(inputs)
    return total


def build(config: ExportConfig, wanted: Mapping[str, Scheme], folder: Path) -> tuple[Setting, dict[str, Row]]:
    """Write and measure float32 and every scheme."""
    run = load_run(config.run)
    words = convert.trim_vocabulary(run.tokenizer, config)
    parts = weights.extract(run.model, words.kept, len(words.kept) - 1)
    table = blocks.pack(parts.words)
    scales, _ = convert.calibrate(run, words, config, None)
    records = list(texts.read(texts.expand(config.verify.texts, never=config.never)))
    found = verify.cases(records, trimmed=words.encoder(), full=words.encoder())
    exact = folder / "fp32.onnx"
    nodes.save(graph.build(parts, table=table, quantised=None), exact)
    reference = Answers.of(FileAnswer.open(exact), [case.trimmed for case in found])
    setting = Setting(found, reference, words.encoder())
    rows = {"fp32": measure(exact, setting)}
    for number, (name, scheme) in enumerate(wanted.items()):
        path = folder / f"{number}.onnx"
        quantised = quantise.quantise(parts, scales, scheme=scheme)
        nodes.save(graph.build(parts, table=table, quantised=quantised), path)
        rows[name] = measure(path, setting)
        sys.stderr.write(f"{name}: {rows[name].agreement['stance']:.4f}\n")
    return setting, rows


def page(setting: Setting, rows: Mapping[str, Row], milliseconds: Mapping[str, float]) -> str:
    """Return the page as Markdown."""
    pairs = rows["fp32"].agreement["pairs"]
    cells = []
    for name, row in rows.items():
        languages = row.agreement["by_language"]
        many = {key: found["stance"] for key, found in languages.items() if found["pairs"] >= verify.FEW_PAIRS}
        worst = min(many, key=many.__getitem__, default=None)
        cells.append(
            [
                name,
                f"{row.agreement['stance']:.2%}",
                "" if worst is None else f"{worst} {many[worst]:.2%}",
                f"{row.score * 100:.1f}",
                f"{row.moved:.4f}",
                f"{milliseconds[name] / milliseconds['fp32']:.2f}",
                f"{row.megabytes:.1f}",
            ]
        )
    head = ["scheme", "labels as fp32", "worst language", "stance_f1", "moved by other actors", "time to fp32", "MB"]
    return "\n".join(
        [
            "# Ways to make the model 8-bit",
            "",
            "`python -m benchmarks.quantisation` writes this page. "
            f"{len(setting.found)} real statements of dev, {pairs} pairs of statement and actor; languages with at "
            f"least {verify.FEW_PAIRS} pairs count for the worst. The files have no tagger. Moved: the greatest change "
            "of a logit of one actor when three others are asked about too. Time: one thread, the files take turns "
            f"at every statement, best of {ROUNDS} rounds; schemes that differ in numbers alone compute the same, so "
            f"what their times differ by is the error of measuring. Measured on {machine()['processor']}.",
            "",
            *table_lines(head, cells),
            "",
            "`shipped`: constant input scales, smoothing with an alpha chosen for each product by the error it leaves, "
            "weights of 7 bits rounded with the inputs in view (GPTQ), U8S8. Every other scheme fixes alpha, at 0.7 "
            "where its name says nothing, and changes what its name says. Weights of 8 bits in signed bytes (U8S8, 8 "
            "bits) overflow on processors without VNNI, so they cannot be shipped whatever this table says of them. "
            "`4 bits, unfolded to 8` holds weights that are a 4-bit number times a whole one for 32 inputs; its file "
            f"here has them in 8 bits, packed it would be {packed(rows)} MB.",
            "",
        ]
    )


def packed(rows: Mapping[str, Row]) -> str:
    """Return the megabytes of the file with 4-bit weights, were they packed: half a byte each and one for 32."""
    row = rows.get("4 bits, unfolded to 8")
    if row is None:
        return "–"
    layers = 12 * 12 * 384 * 384
    return f"{row.megabytes - layers * (0.5 - 1 / 32) / 1e6:.1f}"


@hydra.main(version_base="1.3", config_path="../configs", config_name="export")
def main(config: DictConfig) -> None:
    """Measure and write the page."""
    with open_dict(config):
        names: Sequence[str] = config.pop("schemes", list(SCHEMES))
    strange = set(names) - set(SCHEMES)
    if strange:
        sys.exit(f"there is no scheme {sorted(strange)}; there are: {', '.join(SCHEMES)}")
    wanted = {name: SCHEMES[name] for name in names}
    with tempfile.TemporaryDirectory() as folder:
        export_config = cast(ExportConfig, cast(Any, OmegaConf.to_object(config)))
        setting, rows = build(export_config, wanted, Path(folder))
        milliseconds = times({name: row.file for name, row in rows.items()}, setting.found)
    PAGE.write_text(page(setting, rows, milliseconds), encoding="utf-8")


if __name__ == "__main__":
    main()
