"""The reader of Ray that tells when it was at work; in a module of its own, which workers import."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pyarrow

from stance.integrations.ray import _Reader

COLUMNS = ("began", "ended", "process", "spent", "peak")


class TimedReader(_Reader):
    """Adds to each row when its batch began and ended, the process that read it, its processor time and its memory.

    ``spent`` are the seconds of processors that the batch took, ``peak`` the most megabytes that the process has held.
    """

    def __call__(self, batch: Any) -> Any:
        """Return a batch with the answers and the columns of :data:`COLUMNS`."""
        began, spent = time.time(), time.process_time()
        answered = super().__call__(batch)
        values = (began, time.time(), float(os.getpid()), time.process_time() - spent, peak())
        for name, value in zip(COLUMNS, values, strict=True):
            answered = answered.append_column(name, pyarrow.array([value] * len(answered), pyarrow.float64()))
        return answered


def peak() -> float:
    """Return the most megabytes that this process has held."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1e3
