"""The most that one core can multiply in a second, by what it has for bytes: compiles ``arithmetic.c`` and runs it."""

from __future__ import annotations

import logging
import shutil
import subprocess
import tempfile
from pathlib import Path

log = logging.getLogger(__name__)

SOURCE = Path(__file__).with_name("arithmetic.c")
# Channels and layers of the default model. A layer multiplies 12 squares of its channels a token: 3 for query, key and
# value, 1 for what they give, 8 for the two feed-forward products. Of the last layer only query, key and value are
# computed for all tokens; the rest is for the heads' few rows.
CHANNELS, LAYERS = 384, 12
SQUARES = 12 * (LAYERS - 1) + 3


def products(tokens: int) -> float:
    """Return the multiplications of bytes for a text of so many tokens, in billions; attention's own are in floats."""
    return tokens * SQUARES * CHANNELS**2 / 1e9


def limits() -> dict[str, float]:
    """Return billions of multiply-accumulates of bytes a second and core, by instruction.

    Empty, with a warning, where there is no compiler or where it cannot build for this processor.
    """
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        log.warning("there is no C compiler, so the processor's limit is not measured")
        return {}
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "arithmetic"
        built = subprocess.run([compiler, "-O3", "-o", program, SOURCE], capture_output=True, text=True, check=False)
        if built.returncode:
            log.warning("%s could not build %s: %s", compiler, SOURCE.name, built.stderr[-500:])
            return {}
        printed = subprocess.run([program], capture_output=True, text=True, check=True).stdout
    pairs = (line.split() for line in printed.splitlines())
    return {name: float(value) for name, value in pairs}
