"""The examples of integrations run as they are written, each in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"


@pytest.mark.parametrize(
    ("name", "package", "speaker"),
    [("datasets_map", "datasets", "Ilse Maarten: We will not"), ("spacy_pipeline", "spacy", "Ilse Maarten: NATO has")],
)
def test_an_example_runs(name, package, speaker, tiny_folder, tmp_path):
    pytest.importorskip(package, reason=f"{package} is not installed")
    done = subprocess.run(
        [sys.executable, EXAMPLES / f"{name}.py", tiny_folder],
        cwd=tmp_path,
        env={**os.environ, "HF_HOME": str(tmp_path), "HF_HUB_OFFLINE": "1", "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert speaker in done.stdout
