"""Loads and validates the configuration, and names what all rules share."""

import copy
import os
import shutil
import sys
from contextlib import contextmanager

import yaml

from snakemake.logging import logger
from snakemake.utils import validate

# A module of another workflow, whose settings are that workflow's own.
AS_MODULE = not workflow.modifier.is_main_snakefile()
# Taken back at the end of workflow/Snakefile.
OWN_PACKAGES = [str(WORKFLOW / "scripts"), str(WORKFLOW)]
sys.path[:0] = OWN_PACKAGES

from bootstrap.conda_choice import choose_conda
from bootstrap.environment_lock import lock_environments
from sao.cached.missing import take_broken_for_missing
from sao.cached.store import use_recorded_cache
from sao.caches import (
    environments_folder,
    hold,
    local_cache,
    refuse_open_cache,
    use_private_cache,
)
from sao.console import use_console, without_stages
from sao.errors import BuildError
from sao.machine import architecture, cpu_model
from sao.old_changes import notice_old_changes
from sao.prompts import check_inputs, check_values, put_together
from sao.submodules import PARTS, PROGRAMS, RECORDED, SUBMODULES
from sao.target.targets import HANDED, handed, resolve
from sao.working_folder import use_working_folder


@contextmanager
def errors_as(line="{}"):
    """Raise what is a BuildError within as Snakemake's own error, which it shows as that one line."""
    try:
        yield
    except BuildError as error:
        raise WorkflowError(line.format(error)) from None


# Results of this checkout that are broken in the cache.
BROKEN = set()

with errors_as():
    if AS_MODULE:
        refuse_open_cache()
    else:
        use_private_cache()
if not AS_MODULE:
    use_console(logger, workflow.output_settings, workflow.is_main_process)
    # Weights are gated: nothing of them for other users. Scripts set it for themselves too.
    os.umask(0o077)
    # Shared by all checkouts of this user, so that a second clone starts at once.
    if workflow.deployment_settings.conda_prefix is None:
        workflow.deployment_settings.conda_prefix = environments_folder()
    use_recorded_cache()
    notice_old_changes()
    lock_environments()
    # Jobs inherit the choice of the run that starts them.
    if workflow.is_main_process:
        with errors_as():
            use_working_folder(workflow.output_settings.dryrun, "--unlock" in sys.argv)
        logger.info(choose_conda())
        for folder in filter(None, (local_cache(), environments_folder())):
            hold(folder, lambda: logger.info("waits for `make caches`, which removes from them"))
        if local_cache():
            BROKEN = take_broken_for_missing(workflow, local_cache())


def found(path):
    """Return a file that the config names; beside the workflow where the folder here lacks it."""
    beside = WORKFLOW.parent / path
    return os.path.relpath(beside) if not os.path.exists(path) and beside.exists() else path


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


if AS_MODULE:
    # The other workflow's is left as it is, and need not name what config.yaml has.
    with open(WORKFLOW.parent / "config/config.yaml") as config_file:
        config = yaml.safe_load(config_file) | copy.deepcopy(config)
check(config, "config", "the configuration")

MODEL = config["model"]
LOCK = found(config["lock"])
# Not part of the between-workflow cache's key by itself: pass it on as a parameter.
with errors_as():
    ARCHITECTURE = architecture()
MACHINE = f"{ARCHITECTURE}, {cpu_model()}"

# Where the run is started, once: the nodes of a cluster may have other tools.
with errors_as("the configuration: {}"):
    if workflow.is_main_process:
        TARGET = resolve(config, ARCHITECTURE, shutil.which)
        os.environ[HANDED] = TARGET.to_hand()
    workflow.register_envvars(HANDED)
    TARGET = handed(config, ARCHITECTURE, os.environ[HANDED])

check(WRITTEN := read_prompts(found(config["prompts"])), "prompts", config["prompts"])
with errors_as():
    PROMPTS = put_together(WRITTEN, config["prompts"])
    check_values(PROMPTS, config["prompts"])
    check_inputs(PROMPTS["smoke"], config["prompts"])

# The sounds of the held-out prompts, by number; no smoke prompt's name has an underscore.
HELD_OUT = {f"held_out_{number}": prompt for number, prompt in enumerate(PROMPTS["held_out"], 1)}

# Results of another target have no rule: what their path says would not be what ran. Two rules make
# those of this one, of which one has a name that no path has.
NO_PATH = "(?!)"
BY_PYTHON = TARGET.name if TARGET.kind == "python" else NO_PATH
BY_RUNNER = NO_PATH if TARGET.kind == "python" else TARGET.name


wildcard_constraints:
    model=MODEL,
    submodule="|".join(RECORDED),
    program="|".join(PROGRAMS),
    part="|".join(PARTS),
    scheme=r"[a-z0-9_]+",
    target=TARGET.name,
    prompt="|".join([*PROMPTS["smoke"], *HELD_OUT]),
    commit=r"[0-9a-f]{40}",
