"""Which prompts a generation can start from. Standard library only."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path

from sao.errors import BuildError
from sao.model.shapes import model_shapes

# The keys of a prompt's parts, in the order that guides to this model recommend: genre, subgenre,
# musical elements (texture, rhythm, articulation), atmosphere, tempo. Source: learn.arm.com, "Run
# Stable Audio Open Small with ExecuTorch", Understand prompt structure.
PARTS = ("genre", "subgenre", "elements", "atmosphere", "tempo")
OF_AN_ELEMENT = ("texture", "rhythm", "articulation", "name")
# What only smoke prompts have: others are recorded, with the config's steps and from noise.
OF_SMOKE = ("steps", "input", "strength")
# How much of a sound noise replaces where a prompt does not say.
STRENGTH = 0.7
# Of a smoke prompt, as an input: its sound. The name of a file has a dot or a slash.
NAME = re.compile(r"[a-z0-9-]+")


def text_of(prompt: dict) -> str:
    """Return the text of a prompt: its own, or its parts put together; audiogen does the same."""
    if "prompt" in prompt:
        return prompt["prompt"]
    written = {
        "elements": ", ".join(map(_element, prompt.get("elements", []))),
        "tempo": f"{prompt['tempo']} BPM" if "tempo" in prompt else "",
    }
    parts = (written.get(name) or prompt.get(name) for name in PARTS)
    return ", ".join(part for part in parts if part)


def put_together(prompts: dict, where: str) -> dict:
    """Return prompts with a text each, and no parts.

    Raises BuildError where one has neither text nor parts, or both; where one whose steps are
    recorded has what only smoke prompts have; and where one has a strength and no input.
    """
    for key, prompt in _entries(prompts):
        for name in OF_SMOKE:
            if name in prompt and not key.startswith("smoke."):
                raise BuildError(
                    f"{where}: {key}.{name}: only smoke prompts have {name} of their own; "
                    "take it out"
                )
        if "strength" in prompt and "input" not in prompt:
            raise BuildError(f"{where}: {key}.strength: of what? there is no input")
        if ("prompt" in prompt) == bool(prompt.keys() & set(PARTS)):
            raise BuildError(f"{where}: {key}: give either `prompt` or parts ({', '.join(PARTS)})")
    return {
        use: (
            {name: _with_text(prompt) for name, prompt in group.items()}
            if isinstance(group, dict)
            else [_with_text(prompt) for prompt in group]
        )
        for use, group in prompts.items()
    }


def _with_text(prompt: dict) -> dict:
    rest = {name: value for name, value in prompt.items() if name not in PARTS}
    if "input" in prompt:
        rest.setdefault("strength", STRENGTH)
    return rest | {"prompt": text_of(prompt)}


def check_inputs(smoke: dict, where: str) -> None:
    """Raise BuildError where a smoke prompt's input is no sound of one above it, and no file."""
    above: set[str] = set()
    for name, prompt in smoke.items():
        given = prompt.get("input", "")
        place = f"{where}: smoke.{name}.input: {given}"
        if NAME.fullmatch(given):
            if given not in above:
                raise BuildError(
                    f"{place} is no prompt above this one; the name of a file has a dot or a slash"
                )
        elif given and not Path(given).is_file():
            raise BuildError(f"{place}: no such file")
        above.add(name)


def _element(element: dict) -> str:
    return " ".join(element[name] for name in OF_AN_ELEMENT if name in element)


def check_values(prompts: dict, where: str) -> None:
    """Raise BuildError where a prompt has a value that the schema lets by and no generation takes.

    `prompts` follow prompts.schema.yaml and were read from `where`.
    """
    for key, prompt in _entries(prompts):
        if not 0 < prompt["seconds"] < math.inf:
            raise BuildError(f"{where}: {key}.seconds: {prompt['seconds']} is no length of a sound")
        if not isinstance(prompt["seed"], int):
            raise BuildError(
                f"{where}: {key}.seed: {prompt['seed']} is no whole number; write it so"
            )
        if "\0" in prompt["prompt"] or not _encodes(prompt["prompt"]):
            raise BuildError(
                f"{where}: {key}.prompt: has characters that no text has; write it anew"
            )


def longest_sound(model_config: dict) -> float:
    """Return the length in s of the longest sound that a model makes.

    Raises BuildError where the config is not of the supported architecture.
    """
    shapes = model_shapes(model_config)
    ratio = model_config["model"]["pretransform"]["config"]["downsampling_ratio"]
    return shapes["latent_length"] * ratio / shapes["sample_rate"]


def check_lengths(prompts: dict, where: str, longest: float, sample_rate: int) -> None:
    """Raise BuildError where a sound is longer than `longest`, in s, or than no sample at all."""
    for key, prompt in _entries(prompts):
        seconds = prompt["seconds"]
        if seconds > longest or round(seconds * sample_rate) < 1:
            raise BuildError(
                f"{where}: {key}.seconds: {seconds}, and this model makes sounds of one sample to "
                f"{longest:.2f} s; change it"
            )


def _entries(prompts: dict) -> Iterator[tuple[str, dict]]:
    """Yield each prompt with the key that a person finds it by."""
    for name, prompt in prompts["smoke"].items():
        yield f"smoke.{name}", prompt
    for use in ("held_out", "calibration"):
        for number, prompt in enumerate(prompts[use]):
            yield f"{use}[{number}]", prompt


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
