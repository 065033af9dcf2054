"""The sizes that a model's config implies. Standard library only."""

from __future__ import annotations

from collections.abc import Iterator

from sao.errors import BuildError

# What this build can export: place in model_config.json, and the one value that is supported.
ARCHITECTURE = {
    "model_type": "diffusion_cond",
    "model.pretransform.type": "autoencoder",
    "model.pretransform.config.encoder.type": "oobleck",
    "model.pretransform.config.decoder.type": "oobleck",
    "model.pretransform.config.bottleneck.type": "vae",
    "model.diffusion.type": "dit",
    "model.diffusion.diffusion_objective": "rf_denoiser",
    "model.conditioning.configs": {"prompt": "t5", "seconds_total": "number"},
}


def check_architecture(model_config: dict) -> None:
    """Raise BuildError where a config names a type that this build cannot export."""
    for place, supported in ARCHITECTURE.items():
        found: object = model_config
        for key in place.split("."):
            found = found.get(key) if isinstance(found, dict) else None
        if isinstance(supported, dict) and isinstance(found, list):
            found = dict(_types(found))
        if found != supported:
            raise BuildError(
                f"model_config.json: {place} is {found!r}, this build supports {supported!r} only; "
                "is this the config of Stable Audio Open Small?"
            )


def _types(entries: list) -> Iterator[tuple[object, object]]:
    for entry in entries:
        if isinstance(entry, dict):
            yield entry.get("id"), entry.get("type")


def model_shapes(model_config: dict) -> dict[str, int]:
    """Return the sizes of the tensors between the submodules, and the sound's, from a model config.

    prompt_length (tokens), cond_dim, latent_channels, latent_length, sample_rate (Hz),
    sample_size (samples of a channel that the decoder makes of a latent).
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
        }
    except (KeyError, TypeError) as error:
        raise BuildError(f"model_config.json: no {error} where this build expects it") from error
