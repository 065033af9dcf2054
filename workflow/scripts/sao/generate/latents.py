"""What recorded calls of the DiT end in. Needs numpy."""

from __future__ import annotations

import numpy as np

from sao.generate.cases import Case


def final_latents(steps: list[Case], steps_each: int) -> list[np.ndarray]:
    """Return each generation's latent, float32 (1, 64, N); `steps` are the DiT's cases.

    The last step of the ping-pong sampler ends at t = 0, so it leaves x - t v.
    """
    last = steps[steps_each - 1 :: steps_each]
    return [case["x"] - case["t"] * case["velocity"] for case in last]
