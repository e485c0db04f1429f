"""Weights rounded one input after the other, each with the errors of those before it made up for.

Rounding every weight to the nearest step leaves errors that add up over the inputs. GPTQ (Frantar et al. 2023,
arXiv:2210.17323) rounds the weights of one input, then moves those of the inputs that follow so that the product
changes least on a sample of inputs; how strongly an input can stand in for another is told by the inverse of their
second moments.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]

# Added to the diagonal of the second moments, as a share of its mean: inputs that the sample hardly has stay put.
DAMPING = 0.01
_BLOCK = 128
# A 4-bit number is from -7 to 7.
NIBBLE_BLOCK, NIBBLE_LIMIT = 32, 7


def rounded(weight: Array, scales: Array, inputs: Array, *, limit: int, nibbles: bool = False) -> npt.NDArray[np.int8]:
    """Return the weights as whole steps of the scales, no more than ``limit`` from zero.

    Args:
        weight: shape (inputs, outputs).
        scales: the step of each output.
        inputs: a sample of what the weights are multiplied with, shape (tokens, inputs).
        limit: the greatest number of steps.
        nibbles: whether every number shall be a 4-bit one times a whole one that 32 inputs of an output share.
    """
    moments = inputs.T.astype(np.float64) @ inputs
    moments[np.diag_indices_from(moments)] += max(DAMPING * float(np.mean(np.diag(moments))), 1e-12)
    # Row i tells how an error at input i is spread over the inputs after it.
    spread = np.linalg.cholesky(np.linalg.inv(moments)).T
    left = weight.astype(np.float64)
    steps = np.zeros(weight.shape, dtype=np.int8)
    for start in range(0, len(left), _BLOCK):
        stop = min(start + _BLOCK, len(left))
        errors = np.zeros((stop - start, left.shape[1]))
        for row in range(start, stop):
            if nibbles and row % NIBBLE_BLOCK == 0:
                # What the block needs is known only now that the errors before it have been spread.
                most = np.abs(left[row : row + NIBBLE_BLOCK] / scales).max(axis=0)
                factors = np.clip(np.ceil(most / NIBBLE_LIMIT), 1, limit // NIBBLE_LIMIT)
            if nibbles:
                whole = np.clip(np.rint(left[row] / (scales * factors)), -NIBBLE_LIMIT, NIBBLE_LIMIT) * factors
            else:
                whole = np.rint(left[row] / scales)
            steps[row] = np.clip(whole, -limit, limit)
            errors[row - start] = (left[row] - steps[row] * scales) / spread[row, row]
            left[row + 1 : stop] -= np.outer(spread[row, row + 1 : stop], errors[row - start])
        left[stop:] -= spread[start:stop, stop:].T @ errors
    return steps
