"""What int8 holds, and scales that no rounding of fp32 can move. Standard library only."""

from __future__ import annotations

import math

# The least and the largest that int8 holds.
LOW, HIGH = -128, 127
# Weights in int4 share a scale by so many: XNNPACK's kernels take groups of a multiple of 32.
INT4_GROUP = 32
# Scales are powers of two to the so manieth part: what fp32 sums of another order change of a range
# is far less.
PARTS_OF_AN_OCTAVE = 32

# Scale and zero point of a tensor, by the name of the node that makes it.
Ranges = dict[str, tuple[float, int]]


def on_grid(scale: float) -> float:
    """Return the smallest scale of the grid that is no smaller."""
    return 2 ** (math.ceil(math.log2(scale) * PARTS_OF_AN_OCTAVE) / PARTS_OF_AN_OCTAVE)
