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


def rounded(weight: Array, scales: Array, inputs: Array, *, limit: int) -> npt.NDArray[np.int8]:
    """Return the weights as whole steps of the scales, no more than ``limit`` from zero.

    Args:
        weight: shape (inputs, outputs).
        scales: the step of each output.
        inputs: a sample of what the weights are multiplied with, shape (tokens, inputs).
        limit: the greatest number of steps.
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
            steps[row] = np.clip(np.rint(left[row] / scales), -limit, limit)
            errors[row - start] = (left[row] - steps[row] * scales) / spread[row, row]
            left[row + 1 : stop] -= np.outer(spread[row, row + 1 : stop], errors[row - start])
        left[stop:] -= spread[start:stop, stop:].T @ errors
    return steps
