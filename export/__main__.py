"""Write a model folder: ``python -m export run=outputs/... [target=...] [key=value ...]``; see configs/export.yaml.

``python -m export format=triton target=...`` writes a Triton repository of a model folder.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, cast

import hydra
from omegaconf import DictConfig, OmegaConf

from export.config import ExportConfig, register
from export.convert import export
from export.triton import export_triton
from stance.errors import StanceError

# What configs/export.yaml gives for a model folder: a place inside its run.
DEFAULT_TARGET = "${run}/folder"

register()


@hydra.main(version_base="1.3", config_path="../configs", config_name="export")
def main(config: DictConfig) -> None:
    """Export as the configuration says; a reason to refuse is printed without a traceback."""
    try:
        if config.format == "triton":
            _write_triton(config)
        elif config.format == "onnx":
            export(cast(ExportConfig, cast(Any, OmegaConf.to_object(config))))
        else:
            sys.exit(f"export: format must be onnx or triton, not {config.format!r}")
    except (StanceError, OSError) as error:
        sys.exit(f"export: {error}")


def _write_triton(config: DictConfig) -> None:
    settings = config.triton
    raw = cast(dict[str, Any], OmegaConf.to_container(config, resolve=False))
    if raw["target"] == DEFAULT_TARGET:
        sys.exit("export: name the repository to write: python -m export format=triton target=...")
    export_triton(settings.folder, Path(config.target), precision=settings.precision, instances=settings.instances)


if __name__ == "__main__":
    main()
