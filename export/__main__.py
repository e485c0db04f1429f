"""Write a model folder: ``python -m export run=outputs/... [target=...] [key=value ...]``; see configs/export.yaml."""

from __future__ import annotations

from typing import Any, cast

import hydra
from omegaconf import DictConfig, OmegaConf

from export.config import ExportConfig, register
from export.convert import export

register()


@hydra.main(version_base="1.3", config_path="../configs", config_name="export")
def main(config: DictConfig) -> None:
    """Export one run."""
    export(cast(ExportConfig, cast(Any, OmegaConf.to_object(config))))


if __name__ == "__main__":
    main()
