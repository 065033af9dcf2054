"""The sizes that a model's config implies. Standard library only."""

from __future__ import annotations

import math
from collections.abc import Iterator

from sao.errors import BuildError

AUTOENCODER = "model.pretransform.config"
ENCODER, DECODER = f"{AUTOENCODER}.encoder.config", f"{AUTOENCODER}.decoder.config"
CONDITIONING, DIT = "model.conditioning.configs", "model.diffusion.config"
# What this build can export: place in model_config.json, and the one value that is supported.
ARCHITECTURE = {
    "model_type": "diffusion_cond",
    "model.pretransform.type": "autoencoder",
    f"{AUTOENCODER}.encoder.type": "oobleck",
    f"{AUTOENCODER}.decoder.type": "oobleck",
    f"{AUTOENCODER}.bottleneck.type": "vae",
    f"{AUTOENCODER}.io_channels": 2,
    "model.diffusion.type": "dit",
    "model.diffusion.diffusion_objective": "rf_denoiser",
    "model.diffusion.cross_attention_cond_ids": ["prompt", "seconds_total"],
    "model.diffusion.global_cond_ids": ["seconds_total"],
    CONDITIONING: {"prompt": "t5", "seconds_total": "number"},
}
# The same, where stable-audio-tools takes this value if there is none.
DEFAULTS = {
    "audio_channels": 2,
    "model.diffusion.input_concat_ids": [],
    "model.diffusion.prepend_cond_ids": [],
    "model.conditioning.pre_encoded_keys": [],
    f"{DIT}.patch_size": 1,
    f"{DIT}.input_concat_dim": 0,
    f"{DIT}.prepend_cond_dim": 0,
    f"{AUTOENCODER}.pretransform": None,
    f"{AUTOENCODER}.in_channels": 2,
    f"{AUTOENCODER}.out_channels": 2,
    f"{ENCODER}.in_channels": 2,
    f"{DECODER}.out_channels": 2,
    f"{DECODER}.antialias_activation": False,
    f"{DECODER}.use_nearest_upsample": False,
}
# Whole numbers over zero.
SIZES = (
    "sample_rate",
    "sample_size",
    "model.io_channels",
    "model.conditioning.cond_dim",
    f"{CONDITIONING}.prompt.config.max_length",
    f"{AUTOENCODER}.downsampling_ratio",
    f"{ENCODER}.channels",
    f"{DECODER}.channels",
    f"{DIT}.embed_dim",
    f"{DIT}.depth",
    f"{DIT}.num_heads",
)


def check_architecture(model_config: dict) -> None:
    """Raise BuildError where a config is not of what this build can export, in words."""
    for place, supported in ARCHITECTURE.items():
        _require(model_config, place, supported)
    for place, supported in DEFAULTS.items():
        _require(model_config, place, supported, supported)
    for place in SIZES:
        if not _is_size(found := _find(model_config, place)):
            _refuse(place, found, "a whole number over 0")
    for coder in (ENCODER, DECODER):
        _check_strides(model_config, coder)
    for place, supported in _implied(model_config):
        _require(model_config, place, supported)
    _check_numbers(model_config)


def _check_strides(model_config: dict, coder: str) -> None:
    lists = [_find(model_config, f"{coder}.{name}") for name in ("c_mults", "strides")]
    for place, found in zip(("c_mults", "strides"), lists, strict=True):
        if not (isinstance(found, list) and found and all(map(_is_size, found))):
            _refuse(f"{coder}.{place}", found, "a list of whole numbers over 0")
    if any(stride % 2 for stride in lists[1]):  # Oobleck's layers then lose a sample each
        _refuse(f"{coder}.strides", lists[1], "even ones")
    if len(lists[0]) != len(lists[1]):
        _refuse(f"{coder}.c_mults", lists[0], f"{len(lists[1])} of them, as many as strides,")


def _implied(model_config: dict) -> Iterator[tuple[str, object]]:
    """Yield the places whose value follows from another's, and that value."""
    channels = _find(model_config, "model.io_channels")
    cond_dim = _find(model_config, "model.conditioning.cond_dim")
    yield f"{AUTOENCODER}.latent_dim", channels
    yield f"{DECODER}.latent_dim", channels
    yield f"{ENCODER}.latent_dim", 2 * channels  # mean and scale of the VAE
    yield f"{DIT}.io_channels", channels
    yield f"{DIT}.cond_token_dim", cond_dim
    yield f"{DIT}.global_cond_dim", cond_dim
    for coder in (ENCODER, DECODER):
        strides = _find(model_config, f"{coder}.strides")
        yield f"{AUTOENCODER}.downsampling_ratio", math.prod(strides)


def _check_numbers(model_config: dict) -> None:
    for place, by in (
        ("sample_size", f"{AUTOENCODER}.downsampling_ratio"),
        (f"{DIT}.embed_dim", f"{DIT}.num_heads"),
    ):
        found, unit = _find(model_config, place), _find(model_config, by)
        if found % unit:
            _refuse(place, found, f"multiples of {by}, {unit},")
    seconds = f"{CONDITIONING}.seconds_total.config"
    low, high = (
        _find(model_config, f"{seconds}.{name}", default)
        for name, default in (("min_val", 0), ("max_val", 1))
    )
    if not _is_number(low):
        _refuse(f"{seconds}.min_val", low, "a number")
    if not (_is_number(high) and high > low):
        _refuse(f"{seconds}.max_val", high, f"a number over min_val, {low},")
    scale = _find(model_config, "model.pretransform.scale", 1.0)
    if not (_is_number(scale) and scale > 0):
        _refuse("model.pretransform.scale", scale, "a number over 0")


def _find(model_config: object, place: str, default: object = None):
    """Return what is at a place, dots between its keys; of conditions the key is the id."""
    found = model_config
    for key in place.split("."):
        if isinstance(found, list):
            found = {e["id"]: e for e in found if isinstance(e, dict) and e.get("id") == key}
        if not isinstance(found, dict) or key not in found:
            return default
        found = found[key]
    return found


def _require(model_config: dict, place: str, supported: object, default: object = None) -> None:
    found = _find(model_config, place, default)
    if isinstance(supported, dict) and isinstance(found, list):
        found = _types(found)
    # False is no 0, and 2.0 no 2, to those who read the config next.
    if found != supported or type(found) is not type(supported):
        _refuse(place, found, repr(supported))


def _refuse(place: str, found: object, supported: str) -> None:
    raise BuildError(
        f"model_config.json: {place} is {found!r}, this build supports {supported} only; "
        "is this the config of Stable Audio Open Small?"
    )


def _types(entries: list) -> dict | list:
    """Return {id: type} of conditions, or they as they are where an id is no name of its own."""
    ids = [entry.get("id") if isinstance(entry, dict) else None for entry in entries]
    if not all(isinstance(name, str) for name in ids) or len(set(ids)) < len(ids):
        return entries
    return {entry["id"]: entry.get("type") for entry in entries}


def _is_size(value: object) -> bool:
    return type(value) is int and value > 0


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value)


def model_shapes(model_config: dict) -> dict[str, int]:
    """Return the sizes of the tensors between the submodules, and the sound's, from a model config.

    prompt_length (tokens), cond_dim, latent_channels, latent_length, sample_rate (Hz),
    sample_size (samples of a channel that the decoder makes of a latent), audio_channels.
    Raises BuildError where the config is not of the supported architecture.
    """
    try:
        model = model_config["model"]
        conditioning = {entry["id"]: entry for entry in model["conditioning"]["configs"]}
        ratio = model["pretransform"]["config"]["downsampling_ratio"]
        length = model_config["sample_size"] // ratio
        return {
            "prompt_length": conditioning["prompt"]["config"]["max_length"],
            "cond_dim": model["conditioning"]["cond_dim"],
            "latent_channels": model["io_channels"],
            "latent_length": length,
            "sample_rate": model_config["sample_rate"],
            "sample_size": length * ratio,
            "audio_channels": model_config.get("audio_channels", 2),
        }
    except (KeyError, TypeError) as error:
        raise BuildError(f"model_config.json: no {error} where this build expects it") from error
