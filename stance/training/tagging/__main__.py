"""Train a tagger: ``python -m stance.training.tagging run=outputs/... [key=value ...]``; see configs/tagger.yaml."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import hydra
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf

from stance.training.command import config_path
from stance.training.tagging.config import TaggerConfig, register
from stance.training.tagging.run import train


def main() -> None:
    """Run the training that the command line describes."""
    register()
    hydra.main(version_base="1.3", config_path=config_path(), config_name="tagger")(_run)()


def _run(config: DictConfig) -> None:
    train(cast(TaggerConfig, cast(Any, OmegaConf.to_object(config))), Path(HydraConfig.get().runtime.output_dir))


if __name__ == "__main__":
    main()
