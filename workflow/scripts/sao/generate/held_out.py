"""Calls of each submodule in generations of the fp32 model. Needs numpy and sentencepiece.

Each submodule's inputs come from the recorded calls of the one before it, so they are what real
generations go through. BuildError where an output has a number that is not finite.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sao.generate.cases import Case
from sao.generate.latents import final_latents
from sao.generate.noise import Noise
from sao.generate.sampler import sample_pingpong
from sao.model.tokenizer import Tokenizer
from sao.score.finite import require_finite
from sao.submodules import RECORDED

Call = Callable[..., list[np.ndarray]]


def conditioners_cases(call: Call, prompts: list[dict], tokenizer: Tokenizer) -> list[Case]:
    """Return one call per entry of `prompts` (prompt, seconds, seed)."""
    return [
        _record("conditioners", call, *tokenizer(entry["prompt"]), seconds(entry["seconds"]))
        for entry in prompts
    ]


def dit_cases(
    call: Call, prompts: list[dict], conditions: list[Case], shape: tuple[int, ...], steps: int
) -> list[Case]:
    """Return every step of one generation per prompt; `conditions` are the conditioners' cases."""
    cases: list[Case] = []
    for entry, condition in zip(prompts, conditions, strict=True):

        def velocity(x: np.ndarray, t: np.ndarray, condition: Case = condition) -> np.ndarray:
            inputs = (x, t, condition["cross_attn_cond"], condition["global_cond"])
            cases.append(_record("dit", call, *inputs))
            return cases[-1]["velocity"]

        sample_pingpong(velocity, shape, steps, Noise(entry["seed"]))
    return cases


def autoencoder_cases(call: Call, steps: list[Case], steps_each: int) -> list[Case]:
    """Return one call per generation; `steps` are the DiT's cases."""
    return [_record("autoencoder", call, latent) for latent in final_latents(steps, steps_each)]


def encoder_cases(call: Call, decoded: list[Case], others: list[np.ndarray]) -> list[Case]:
    """Return one call per sound: those of the decoder's cases, then `others`, (2, samples)."""
    sounds = [*(case["audio"] for case in decoded), *others]
    return [_record("autoencoder_encoder", call, sound) for sound in sounds]


def seconds(value: float) -> np.ndarray:
    """Return the input `seconds_total`, float32, shape (1,)."""
    return np.array([value], dtype=np.float32)


def _record(submodule: str, call: Call, *inputs: np.ndarray) -> Case:
    names = RECORDED[submodule]
    named_inputs = dict(zip(names.inputs, inputs, strict=True))
    named_outputs = dict(zip(names.outputs, call(*inputs), strict=True))
    for name, output in named_outputs.items():
        require_finite(output, name, f"{submodule} in fp32")
    return named_inputs | named_outputs
