"""Lets one process at a time make an environment. Runs in Snakemake itself.

Snakemake removes an environment that is half made, also one that another checkout is making at
this moment in the same folder. A lock in what it calls as `conda` would come too late for that.
"""

from __future__ import annotations

import functools
import os
from pathlib import Path

from snakemake.deployment.conda import Env, get_env_setup_done_flag_file
from snakemake.logging import logger

from sao.locks import locked


def lock_environments() -> None:
    """Have Snakemake's own function wait where another process makes the same environment."""
    create = Env.create
    if hasattr(create, "__wrapped__"):  # a Snakefile may be read twice
        return

    @functools.wraps(create)
    def create_alone(self: Env, dryrun: bool = False) -> str:
        if dryrun:
            return create(self, dryrun)
        place = Path(self.address)
        place.parent.mkdir(parents=True, exist_ok=True)
        wait = f"{self.file.simplify_path()}: waits for another build that makes this environment"
        with locked(place.with_name(f"{place.name}.lock"), when_taken=lambda: logger.info(wait)):
            made = create(self, dryrun)
            # When it was last used, for who removes what is not.
            os.utime(get_env_setup_done_flag_file(place))
        return made

    Env.create = create_alone
