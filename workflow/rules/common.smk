"""Loads and validates the configuration, and names what all rules share."""

import os
import platform
import shutil
import sys
from pathlib import Path

import yaml

from snakemake.logging import logger
from snakemake.utils import validate

WORKFLOW = Path(workflow.current_basedir.get_path_or_uri(secret_free=True)).parent
sys.path[:0] = [str(WORKFLOW / "scripts"), str(WORKFLOW)]

from bootstrap.conda_choice import choose_conda
from sao.caches import environments_folder, use_private_cache
from sao.console import use_console, without_stages
from sao.errors import BuildError
from sao.machine import cpu_model
from sao.prompts import check_values, put_together
from sao.submodules import PARTS, PROGRAMS, SUBMODULES
from sao.target.targets import resolve

use_console(logger, workflow.output_settings, workflow.is_main_process)
# Weights are gated: nothing of them for other users, here or in the cache.
os.umask(0o077)
try:
    use_private_cache()
except BuildError as error:
    raise WorkflowError(str(error)) from None
# Shared by all checkouts of this user, so that a second clone starts at once.
if workflow.deployment_settings.conda_prefix is None:
    workflow.deployment_settings.conda_prefix = environments_folder()
# Jobs inherit the choice of the run that starts them.
if workflow.is_main_process:
    logger.info(choose_conda())


def check(content, schema, where):
    """Validate `content`, which was read from `where`, and fill in defaults; one line if it fails."""
    try:
        validate(content, WORKFLOW / f"schemas/{schema}.schema.yaml")
    except WorkflowError as error:
        fault = error.__context__
        raise WorkflowError(
            f"{where}: {fault.json_path}: {fault.message} (config/README.md says what may be there)"
        ) from None


def read_prompts(path):
    """Return what a file of prompts holds; one line that names it where it is no such file."""
    try:
        with open(path) as file:
            content = yaml.safe_load(file)
        # The schema says what else is missing.
        return content if isinstance(content, dict) else {}
    except OSError as error:
        raise WorkflowError(f"{path}: {error.strerror}; set `prompts` in the config") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise WorkflowError(f"{path}: not YAML: {' '.join(str(error).split())}") from None


check(config, "config", "the configuration")

MODEL = config["model"]
# Not part of the between-workflow cache's key by itself: pass it on as a parameter.
ARCHITECTURE = platform.machine()
MACHINE = f"{ARCHITECTURE}, {cpu_model()}"

try:
    TARGET = resolve(config, ARCHITECTURE, shutil.which)
except BuildError as error:
    raise WorkflowError(f"the configuration: {error}") from None

check(WRITTEN := read_prompts(config["prompts"]), "prompts", config["prompts"])
try:
    PROMPTS = put_together(WRITTEN, config["prompts"])
    check_values(PROMPTS, config["prompts"])
except BuildError as error:
    raise WorkflowError(str(error)) from None

# The sounds of the held-out prompts, by number; no smoke prompt's name has an underscore.
HELD_OUT = {f"held_out_{number}": prompt for number, prompt in enumerate(PROMPTS["held_out"], 1)}

# Results of another target have no rule: what their path says would not be what ran. Two rules make
# those of this one, of which one has a name that no path has.
NO_PATH = "(?!)"
BY_PYTHON = TARGET.name if TARGET.kind == "python" else NO_PATH
BY_RUNNER = NO_PATH if TARGET.kind == "python" else TARGET.name


wildcard_constraints:
    model=MODEL,
    submodule="|".join(SUBMODULES),
    program="|".join(PROGRAMS),
    part="|".join(PARTS),
    scheme=r"[a-z0-9]+",
    target=TARGET.name,
    prompt="|".join([*PROMPTS["smoke"], *HELD_OUT]),
    commit=r"[0-9a-f]{40}",
