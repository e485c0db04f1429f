"""The most that one core can multiply in a second, by what it has for bytes: compiles ``arithmetic.c`` and runs it."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

SOURCE = Path(__file__).with_name("arithmetic.c")
# Of a model of 12 layers with 384 channels: products a token, and further ones a token for every token that it sees.
LINEAR, ATTENTION = 12 * 12 * 384**2, 2 * 12 * 384


def products(tokens: int) -> float:
    """Return the multiplications of a text of so many tokens, in billions."""
    return tokens * (LINEAR + ATTENTION * tokens) / 1e9


def limits() -> dict[str, float]:
    """Return billions of multiply-accumulates of bytes a second and core, by instruction; empty without a compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "arithmetic"
        built = subprocess.run([compiler, "-O3", "-o", program, SOURCE], capture_output=True, text=True, check=False)
        if built.returncode:
            return {}
        printed = subprocess.run([program], capture_output=True, text=True, check=True).stdout
    pairs = (line.split() for line in printed.splitlines())
    return {name: float(value) for name, value in pairs}
