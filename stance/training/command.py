"""The command that trains: ``python train.py`` in the repository, ``python -m stance.training`` anywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import hydra
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf

from stance.training.config import TrainConfig, register
from stance.training.resume import resumed_config
from stance.training.run import train


def config_path() -> str:
    """Return where Hydra finds the configuration: in the installed package, or the folder of the repository."""
    package = Path(__file__).resolve().parents[1]
    if (package / "configs").is_dir():
        return "pkg://stance.configs"
    return str(package.parent / "configs")


def main() -> None:
    """Run the training that the command line describes."""
    register()
    hydra.main(version_base="1.3", config_path=config_path(), config_name="train")(_run)()


def _run(config: DictConfig) -> float:
    """Run one training; return ``stance_f1`` on dev, for sweepers."""
    output = HydraConfig.get()
    folder = Path(config.resume or output.runtime.output_dir)
    if config.resume:
        config = resumed_config(config, list(output.overrides.task))
    return train(typed(config), folder, config)


def typed(config: DictConfig) -> TrainConfig:
    """Return the configuration as objects; ConfigKeyError names a key that ``+`` brought past the schema."""
    merged = OmegaConf.merge(OmegaConf.structured(TrainConfig), OmegaConf.to_container(config))
    return cast(TrainConfig, cast(Any, OmegaConf.to_object(merged)))
