"""Upload the bundle to a repository of the user's on the Hugging Face Hub."""

from sao.stage import stage

with stage(snakemake, with_token=True) as terminal:
    from pathlib import Path

    from sao.errors import BuildError
    from sao.hub.connection import connect
    from sao.hub.publishing import publish

    settings = snakemake.params.settings
    if "repository" not in settings:
        raise BuildError(
            "no repository to publish to: set publish: {repository: <you>/<name>} in the config"
        )
    folder = Path(snakemake.input.bundle)
    print(publish(connect(), folder, settings, snakemake.params.gated), file=terminal, flush=True)
