"""Whether the files answer as the model does, and whether an answer depends on nothing but its own input."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from export.config import VerifyConfig
from export.texts import Record, encode, wording
from stance.actors import registry
from stance.encoding import Encoding, StatementEncoder
from stance.errors import ModelError
from stance.runtime import Outputs, Runtime, open_session
from stance.tagging.labels import ROOM
from stance.tagging.windows import framed, starts_of, tokenise
from stance.text import clean
from stance.training.metrics import stance_f1
from stance.training.model import StanceModel
from stance.training.tagging.model import Tagger
from stance.types import StanceLabel

Ids = npt.NDArray[np.int64]
Answer = Callable[[Ids], Outputs]
# Of fewer pairs one label more or less is more than one in a hundred.
FEW_PAIRS = 100


@dataclass(frozen=True, slots=True)
class Case:
    """A statement to verify on: its inputs by the trimmed and by the full tokenizer, its actors and gold labels."""

    language: str
    trimmed: Encoding
    full: Encoding
    actors: tuple[str, ...]
    gold: tuple[int | None, ...]


def cases(records: Iterable[Record], *, trimmed: StatementEncoder, full: StatementEncoder) -> list[Case]:
    """Return the records as inputs; each asks about the default actors and those it is labelled for."""
    order = {str(label): number for number, label in enumerate(StanceLabel)}
    found = []
    for record in records:
        actors = record.actors()
        wordings = [wording(actor) for actor in actors]
        inputs = [encode(encoder, record, wordings) for encoder in (trimmed, full)]
        gold = tuple(order.get(record.stance.get(actor, "")) for actor in actors)
        found.append(Case(record.language, inputs[0], inputs[1], actors, gold))
    return found


def torch_answer(model: StanceModel, kept: Ids | None = None) -> Answer:
    """Return the torch model as a function of ids, which are those of the kept vocabulary unless ``kept`` is None."""

    def answer(ids: Ids) -> Outputs:
        batch = torch.from_numpy(ids if kept is None else kept[ids])[None]
        with torch.inference_mode():
            logits = model(batch, torch.ones_like(batch))
        return Outputs(logits.stance.numpy(), logits.sentiment[0].numpy())

    return answer


@dataclass(frozen=True, slots=True)
class FileAnswer:
    """A model file as a function of ids."""

    path: Path
    session: Any

    @classmethod
    def open(cls, path: Path) -> FileAnswer:
        """Open a model file; ModelError if the runtime cannot."""
        return cls(path, open_session(path))

    def __call__(self, ids: Ids) -> Outputs:
        """Return the logits of one window."""
        _, stance, sentiment = self.batch([ids], pad_id=0)
        return Outputs(stance, sentiment[0])

    def batch(self, windows: Sequence[Ids], *, pad_id: int) -> list[npt.NDArray[np.float32]]:
        """Return ``logits``, ``stance_logits`` and ``sentiment_logits`` of windows that are padded to one length."""
        shape = (len(windows), max(map(len, windows)))
        ids, mask = np.full(shape, pad_id, dtype=np.int64), np.zeros(shape, dtype=np.int64)
        for row, window in enumerate(windows):
            ids[row, : len(window)], mask[row, : len(window)] = window, 1
        names = ["logits", "stance_logits", "sentiment_logits"]
        outputs: list[npt.NDArray[np.float32]] = self.session.run(names, {"input_ids": ids, "attention_mask": mask})
        return outputs


def _mean(answer: Answer, encoding: Encoding) -> Outputs:
    parts = [answer(window.input_ids) for window in encoding.windows]
    stance, sentiment = (np.mean([getattr(part, name) for part in parts], axis=0) for name in ("stance", "sentiment"))
    return Outputs(stance, sentiment)


def parity(reference: Answer, other: Answer, found: Sequence[Case]) -> float:
    """Return the greatest difference of a logit between two models on the same inputs."""
    worst = 0.0
    for case in found:
        for window in case.trimmed.windows:
            one, two = reference(window.input_ids), other(window.input_ids)
            for name in ("stance", "sentiment"):
                difference = np.abs(getattr(one, name) - getattr(two, name))
                worst = max(worst, float(difference.max(initial=0.0)))
    return worst


@dataclass(frozen=True, slots=True)
class Answers:
    """Outputs of one model for every case."""

    outputs: tuple[Outputs, ...]

    @classmethod
    def of(cls, answer: Answer, encodings: Iterable[Encoding]) -> Answers:
        """Ask a model about every encoding; windows of one statement are averaged."""
        return cls(tuple(_mean(answer, encoding) for encoding in encodings))

    def labels(self) -> list[npt.NDArray[np.int64]]:
        """Return the stance labels of every case, one number an actor."""
        return [output.stance.argmax(axis=1) for output in self.outputs]


def agreement(reference: Answers, other: Answers, found: Sequence[Case]) -> dict[str, Any]:
    """Return how many pairs there are and the share of equal labels: of ``stance``, by language, of ``sentiment``."""
    same: defaultdict[str, list[bool]] = defaultdict(list)
    for case, one, two in zip(found, reference.labels(), other.labels(), strict=True):
        same[case.language] += (one == two).tolist()
    everything = [flag for flags in same.values() for flag in flags]
    tones = [
        int(one.sentiment.argmax()) == int(two.sentiment.argmax())
        for one, two in zip(reference.outputs, other.outputs, strict=True)
    ]
    return {
        "pairs": len(everything),
        "stance": float(np.mean(everything)),
        "sentiment": float(np.mean(tones)),
        "by_language": {
            language: {"pairs": len(flags), "stance": float(np.mean(flags))} for language, flags in sorted(same.items())
        },
    }


def score(answers: Answers, found: Sequence[Case]) -> dict[str, Any] | None:
    """Return ``stance_f1`` of the labelled pairs of the default actors, in all and by language; None without labels."""
    rows = [
        (case.language, int(label), gold)
        for case, labels in zip(found, answers.labels(), strict=True)
        for actor, label, gold in zip(case.actors, labels, case.gold, strict=True)
        if gold is not None and actor in registry.DEFAULT_ACTORS
    ]
    if not rows:
        return None
    languages = sorted({language for language, _, _ in rows})
    return {
        "pairs": len(rows),
        "stance_f1": _f1(rows),
        "by_language": {name: _f1([row for row in rows if row[0] == name]) for name in languages},
    }


def _f1(rows: Sequence[tuple[str, int, int]]) -> float:
    return stance_f1([predicted for _, predicted, _ in rows], [gold for _, _, gold in rows])


def independence(answer: FileAnswer, encoder: StatementEncoder, records: Sequence[Record]) -> dict[str, float]:
    """Return the greatest change of a probability.

    ``alone`` is an actor asked about alone or with others, ``reversed`` in another order, ``padded`` in a padded batch.
    ``labels_changed`` counts labels that differ; ``logits`` is the greatest difference between the output for plain
    clients and the first actor's.
    """
    wordings = [wording(actor) for actor in registry.DEFAULT_ACTORS]
    worst = {"alone": 0.0, "reversed": 0.0, "padded": 0.0, "logits": 0.0}
    changed = 0
    for record in records:
        together = _window(encoder, record, wordings)
        first, stance, sentiment = answer.batch([together], pad_id=encoder.pad_id)
        worst["logits"] = max(worst["logits"], float(np.abs(first[0] - stance[0]).max()))
        alone = [_window(encoder, record, [name]) for name in wordings]
        single = np.concatenate([answer(window).stance for window in alone])
        backwards = answer(_window(encoder, record, wordings[::-1])).stance[::-1]
        _, padded, tones = answer.batch([alone[0], together], pad_id=encoder.pad_id)
        pairs = {"alone": (single, stance), "reversed": (backwards, stance), "padded": (padded[1:], stance)}
        for name, (one, two) in pairs.items():
            worst[name] = max(worst[name], _difference(one, two))
            changed += int((one.argmax(axis=1) != two.argmax(axis=1)).sum())
        worst["padded"] = max(worst["padded"], _difference(tones[1:], sentiment))
    return {**worst, "labels_changed": float(changed)}


def _window(encoder: StatementEncoder, record: Record, wordings: Sequence[str]) -> Ids:
    return encode(encoder, record, wordings).windows[0].input_ids


def _difference(one: npt.NDArray[np.float32], two: npt.NDArray[np.float32]) -> float:
    return float(np.abs(_softmax(one) - _softmax(two)).max(initial=0.0))


def _softmax(logits: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    exponents = np.exp(logits.astype(np.float64) - logits.max(axis=-1, keepdims=True))
    return np.asarray(exponents / exponents.sum(axis=-1, keepdims=True))


def tagger_agreement(
    tagger: Tagger, kept: Ids, files: Mapping[str, Path], encoder: StatementEncoder, texts: Sequence[str]
) -> dict[str, dict[str, float]]:
    """Return for every file the greatest difference of a tag's score to torch's, and the share of equal tags."""
    windows = []
    for text in texts:
        ids = tokenise(encoder, clean(text).text).ids
        windows += [framed(encoder, ids[start : start + ROOM]) for start in starts_of(len(ids))]
    expected = []
    with torch.inference_mode():
        for ids in windows:
            batch = torch.from_numpy(kept[ids])[None]
            expected.append(tagger(batch, torch.ones_like(batch)).tags[0].numpy())
    found = {}
    for name, path in files.items():
        answers = [one.tags for one in Runtime(path).tag(windows)]
        pairs = list(zip(answers, expected, strict=True))
        same = np.concatenate([one.argmax(axis=1) == two.argmax(axis=1) for one, two in pairs])
        found[name] = {
            "max_difference": max(float(np.abs(one - two).max()) for one, two in pairs),
            "tags": float(same.mean()),
        }
    return found


def _disagreements(agreement: Mapping[str, Any], least: float) -> list[str]:
    """Return what is said of the languages in which fewer labels than ``least`` are those of float32."""
    broken = []
    groups = {"all languages": {"pairs": agreement["pairs"], "stance": agreement["stance"]}, **agreement["by_language"]}
    for name, found in groups.items():
        share, pairs = found["stance"], found["pairs"]
        # In a few pairs one other label is more than the share that is allowed: so many are let pass.
        if pairs < FEW_PAIRS and round((1.0 - share) * pairs) <= 1:
            continue
        if not share >= least:
            broken.append(f"int8 gives {share:.2%} of fp32's labels in {name} ({pairs} pairs), less than {least:.2%}")
    return broken


def check(report: dict[str, Any], config: VerifyConfig) -> None:
    """Raise ModelError with every limit that the figures of :mod:`export.report` exceed."""
    broken = []
    fp32 = report["files"]["fp32"]
    if not fp32["max_logit_difference"] <= config.fp32_difference:
        found = fp32["max_logit_difference"]
        broken.append(f"fp32 differs from torch by {found:.2e} in a logit, more than {config.fp32_difference:.0e}")
    for name, file in report["files"].items():
        limit = config.int8_independence if name == "int8" else 1e-4
        moved = max(file["independence"][key] for key in ("alone", "reversed", "padded"))
        if not moved <= limit:
            broken.append(f"{name}: other actors or padding move a probability by {moved:.4f}, more than {limit}")
    int8 = report["files"].get("int8")
    if int8 is not None:
        broken += _disagreements(int8["agreement"], config.int8_agreement)
        if int8["score"] is not None:
            loss = fp32["score"]["stance_f1"] - int8["score"]["stance_f1"]
            if not loss <= config.score_loss:
                broken.append(f"int8 loses {loss:.4f} of stance_f1, more than {config.score_loss}")
    tags = report["tagger"]["files"] if "tagger" in report else {}
    if tags and not tags["fp32"]["max_difference"] <= 10 * config.fp32_difference:
        # Over 512 tokens rounding adds up more than over a statement.
        broken.append(f"fp32 differs from torch by {tags['fp32']['max_difference']:.2e} in a tag's score")
    if "int8" in tags and not tags["int8"]["tags"] >= config.tag_agreement:
        broken.append(f"int8 gives {tags['int8']['tags']:.2%} of the tags, less than {config.tag_agreement:.2%}")
    if broken:
        raise ModelError("the exported files do not answer as the model does: " + "; ".join(broken))
