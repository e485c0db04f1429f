"""Word embeddings in 4 bits: blocks of 32 weights that share a half-precision scale, ``(nibble - 8) * scale``."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

BLOCK = 32


@dataclass(frozen=True, slots=True)
class BlockTable:
    """A table of 4-bit rows.

    ``nibbles`` is uint8 of shape (rows, width / 2): byte ``16 b + i`` holds weight ``32 b + i`` of its row in the low
    half and weight ``32 b + 16 + i`` in the high half. ``scales`` is float16 of shape (rows, width / 32). ``exact``
    tells whether every weight is reproduced to the last bit.
    """

    nibbles: npt.NDArray[np.uint8]
    scales: npt.NDArray[np.float16]
    exact: bool

    def dequantise(self) -> npt.NDArray[np.float32]:
        """Return the weights as float32, of shape (rows, width)."""
        packed = self.nibbles.reshape(*self.scales.shape, BLOCK // 2)
        values = np.concatenate([packed & 15, packed >> 4], axis=2).astype(np.float32) - 8.0
        return (values * self.scales.astype(np.float32)[..., None]).reshape(len(packed), -1)


def pack(words: npt.NDArray[np.float32], rows: int = 4096) -> BlockTable:
    """Return ``words`` in 4 bits, ``rows`` at a time.

    Weights that were in such blocks before come out exactly; others are rounded to the nearest of 16 steps.
    """
    if words.shape[1] % BLOCK:
        raise ValueError(f"a row of {words.shape[1]} weights does not divide into blocks of {BLOCK}")
    parts = [_pack(words[start : start + rows]) for start in range(0, len(words), rows)]
    nibbles, scales, exact = zip(*parts, strict=True)
    return BlockTable(np.concatenate(nibbles), np.concatenate(scales), all(exact))


def _pack(words: npt.NDArray[np.float32]) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float16], bool]:
    blocks = words.reshape(-1, BLOCK)
    extreme = blocks[np.arange(len(blocks)), np.abs(blocks).argmax(axis=1)]
    scales = np.zeros(len(blocks), dtype=np.float16)
    values = np.zeros(blocks.shape, dtype=np.float32)
    open_rows = np.arange(len(blocks))
    # The extreme weight of a block is its scale times a whole number from -8 to 7; the first that fits all is taken.
    for steps in (-8, 7, -7, 6, -6, 5, -5, 4, -4, 3, -3, 2, -2, 1, -1):
        guess, found = _quantise(blocks[open_rows], extreme[open_rows] / steps)
        fits = (found * guess.astype(np.float32)[:, None] == blocks[open_rows]).all(axis=1)
        scales[open_rows[fits]], values[open_rows[fits]] = guess[fits], found[fits]
        open_rows = open_rows[~fits]
    if len(open_rows):
        scales[open_rows], values[open_rows] = _quantise(blocks[open_rows], extreme[open_rows] / -8)
    nibbles = (values + 8).astype(np.uint8)
    packed = np.bitwise_or(nibbles[:, : BLOCK // 2], nibbles[:, BLOCK // 2 :] << 4, dtype=np.uint8)
    return packed.reshape(len(words), -1), scales.reshape(len(words), -1), not len(open_rows)


def _quantise(
    blocks: npt.NDArray[np.float32], scales: npt.NDArray[np.float32]
) -> tuple[npt.NDArray[np.float16], npt.NDArray[np.float32]]:
    half = scales.astype(np.float16)
    divisor = np.where(half == 0, 1, half).astype(np.float32)[:, None]
    return half, np.clip(np.rint(blocks / divisor), -8, 7)
