"""The sizes that a model's config implies. Standard library only."""

from __future__ import annotations

from sao.errors import BuildError


def model_shapes(model_config: dict) -> dict[str, int]:
    """Return the sizes of the tensors between the submodules, and the sound's, from a model config.

    prompt_length (tokens), cond_dim, latent_channels, latent_length, sample_rate (Hz).
    Raises BuildError where the config is not of the supported architecture.
    """
    try:
        model = model_config["model"]
        conditioning = {entry["id"]: entry for entry in model["conditioning"]["configs"]}
        ratio = model["pretransform"]["config"]["downsampling_ratio"]
        return {
            "prompt_length": conditioning["prompt"]["config"]["max_length"],
            "cond_dim": model["conditioning"]["cond_dim"],
            "latent_channels": model["io_channels"],
            "latent_length": model_config["sample_size"] // ratio,
            "sample_rate": model_config["sample_rate"],
        }
    except (KeyError, TypeError) as error:
        raise BuildError(f"model_config.json: no {error} where this build expects it") from error
