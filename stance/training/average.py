"""Average the weights of finished runs: ``python -m stance.training.average --run A --run B --share 0.5 --target C``.

Runs that began with the same weights, or with one another's, lie near enough for their mean to keep what each has
learnt (Wortsman et al. 2022, arXiv:2203.05482). ``--run A:last`` takes the weights that a run ended with in place of
those that were best on dev. The mean is scored and calibrated on the last run's dev and left as a
run's folder of its own, which ``python -m export`` takes.
"""

from __future__ import annotations

import argparse
import json
import logging
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from omegaconf import OmegaConf
from safetensors.torch import load_file
from torch import Tensor

from stance.encoding import StatementEncoder
from stance.errors import InputError
from stance.training.checkpoint import CONFIG, HASHES, LAST_WEIGHTS, REPORT, WEIGHTS, load_run, load_trained, save_model
from stance.training.config import TrainConfig
from stance.training.run import calibrate, evaluate_run, load_data

log = logging.getLogger(__name__)


def mean(states: Sequence[Mapping[str, Tensor]], shares: Sequence[float]) -> dict[str, Tensor]:
    """Return the weighted mean of the states; InputError if their shapes differ or the shares do not sum to 1."""
    if len(states) != len(shares) or abs(sum(shares) - 1.0) > 1e-6 or min(shares, default=0.0) < 0.0:
        raise InputError(f"{len(states)} runs need as many shares that sum to 1, not {list(shares)}")
    shapes = [{name: tuple(value.shape) for name, value in state.items()} for state in states]
    if any(shape != shapes[0] for shape in shapes):
        raise InputError("the runs are of different models: their weights differ in name or shape")
    result = {}
    for name, first in states[0].items():
        weighted = [share * state[name].double() for share, state in zip(shares, states, strict=True)]
        result[name] = sum(weighted[1:], weighted[0]).to(first.dtype)
    return result


def _weights(run: Path) -> dict[str, Tensor]:
    """Return the weights of a run; InputError where those that it ended with are asked for and were not kept."""
    folder, last = _folder(run)
    path = folder / (LAST_WEIGHTS if last else WEIGHTS)
    if not path.is_file():
        raise InputError(f"{folder} has no {path.name}; it is no finished run, or one of before such weights were kept")
    return load_file(path)


def _folder(run: Path) -> tuple[Path, bool]:
    name = run.name.removesuffix(":last")
    return run.with_name(name), name != run.name


def average(runs: Sequence[Path], shares: Sequence[float], target: Path) -> float:
    """Write the mean of finished runs as a run's folder; return its ``stance_f1`` on the last run's dev."""
    if target.exists():
        raise InputError(f"{target} is there already; remove it or name another folder")
    folder, _ = _folder(runs[-1])
    last = load_run(folder)
    state = mean([_weights(run) for run in runs], shares)
    load_trained(last.model, state)
    loaded = OmegaConf.merge(OmegaConf.structured(TrainConfig), OmegaConf.load(folder / CONFIG))
    config = cast(TrainConfig, cast(Any, OmegaConf.to_object(loaded)))
    _, dev = load_data(config.data)
    encoder = StatementEncoder(last.tokenizer)
    found = evaluate_run(last.model, encoder, dev)
    save_model(target, state, last.tokenizer)
    for name in (CONFIG, HASHES):
        shutil.copy(folder / name, target / name)
    report = {
        "dev": found,
        **calibrate(last.model, encoder, dev),
        "averaged": {str(run): share for run, share in zip(runs, shares, strict=True)},
        "data_hashes": last.data_hashes,
    }
    (target / REPORT).write_text(json.dumps(report, indent=1, ensure_ascii=False), encoding="utf-8")
    log.info("stance_f1 on dev %.4f; the mean is in %s", found["stance_f1"], target)
    return float(found["stance_f1"])


def main() -> None:
    """Read the command line and average."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", action="append", required=True, type=Path, help="a finished run; give several")
    parser.add_argument("--share", action="append", type=float, help="the weight of each run; equal by default")
    parser.add_argument("--target", required=True, type=Path, help="the folder to write")
    given = parser.parse_args()
    average(given.run, given.share or [1.0 / len(given.run)] * len(given.run), given.target)


if __name__ == "__main__":
    main()
