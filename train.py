"""Train a model: ``python train.py [experiment=...] [key=value ...]``; see configs/train.yaml for every key."""

from pathlib import Path
from typing import Any, cast

import hydra
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf

from stance.training.config import TrainConfig, register
from stance.training.run import train

register()


@hydra.main(version_base="1.3", config_path="configs", config_name="train")
def main(config: DictConfig) -> float:
    """Run one training; return ``stance_f1`` on dev, for sweepers."""
    folder = Path(config.resume or HydraConfig.get().runtime.output_dir)
    typed = cast(TrainConfig, cast(Any, OmegaConf.to_object(config)))
    return train(typed, folder, config)


if __name__ == "__main__":
    main()
