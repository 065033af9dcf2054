"""What all rules share: the config's parts, paths, and input functions."""

import json
import os
import platform
import shutil
import sys
from functools import cache
from pathlib import Path
from types import SimpleNamespace

WORKFLOW = Path(workflow.current_basedir.get_path_or_uri(secret_free=True)).parent
sys.path.insert(0, str(WORKFLOW / "scripts"))

from sao.between_workflow_cache import use_private_cache
from sao.errors import BuildError
from sao.imports import own_imports
from sao.lock import source_name
from sao.machine import cpu_model
from sao.schemes import scheme_of
from sao.submodules import PARTS, PROGRAMS, SUBMODULES, whole
from sao.targets import PYTHON_SUFFIX, resolve

# Weights are gated: nothing of them for other users, here or in the cache.
os.umask(0o077)
use_private_cache()


def check(content, schema, where):
    """Validate `content`, which was read from `where`, and fill in defaults; one line if it fails."""
    try:
        validate(content, WORKFLOW / f"schemas/{schema}.schema.yaml")
    except WorkflowError as error:
        fault = error.__context__
        raise WorkflowError(
            f"{where}: {fault.json_path}: {fault.message} (config/README.md says what may be there)"
        ) from None


check(config, "config", "the configuration")

MODEL = config["model"]
# Not part of the between-workflow cache's key by itself: pass it on as a parameter.
ARCHITECTURE = platform.machine()
MACHINE = f"{ARCHITECTURE}, {cpu_model()}"

try:
    TARGET = resolve(config, ARCHITECTURE, shutil.which)
except BuildError as error:
    raise WorkflowError(f"the configuration: {error}") from None

# What the benchmark measures.
RECIPES = ("reference", "ours", "eager")

with open(config["prompts"]) as prompts_file:
    PROMPTS = yaml.safe_load(prompts_file)
check(PROMPTS, "prompts", config["prompts"])


wildcard_constraints:
    model=MODEL,
    submodule="|".join(SUBMODULES),
    program="|".join(PROGRAMS),
    part="|".join(PARTS),
    scheme=r"[a-z0-9]+",
    target=r"[a-z0-9_-]+",
    prompt="|".join(PROMPTS["smoke"]),
    commit=r"[0-9a-f]{40}",


def own_modules(script):
    """Return the modules that a rule's script imports, as inputs of that rule."""
    return sorted(os.path.relpath(path) for path in own_imports(WORKFLOW / "scripts" / script))


def runner_sources():
    """Return what the runner is built from."""
    folder = WORKFLOW / "runner"
    built = {folder / "build"}  # made by hand, by the presets
    return sorted(
        os.path.relpath(path)
        for path in folder.rglob("*")
        if path.is_file() and not built & set(path.parents)
    )


def target_machine():
    """Return what the target computes on, for reports and as a part of cache keys."""
    if TARGET.kind == "emulated":
        return f"aarch64, {TARGET.options['core']} emulated by qemu on {MACHINE}"
    if TARGET.kind in ("native", "python"):
        return MACHINE
    return f"{TARGET.architecture}, {TARGET.name}"


def post_deploy(rule):
    """Return the script that completes a rule's environment: Snakemake's cache key leaves it out."""
    return os.path.relpath(WORKFLOW.parent / f"envs/{rule}.post-deploy.sh")


def repositories(wildcards):
    """Return the folder that a local Hub is to serve, or nothing: the real Hub."""
    return [f"resources/hub/{MODEL}"] if config["hub"] == "local" else []


@cache
def lock():
    """Return the model's lock: roles to sources. Input functions ask for it many times."""
    path = config["lock"]
    if not os.path.exists(path):
        raise WorkflowError(
            f"{path} is missing: nothing says yet which files of {MODEL} to trust. With access to "
            f"the model, make and commit it: snakemake --cores 1 lock (README: the real model)"
        )
    with open(path) as file:
        content = json.load(file)
    check(content, "lock", path)
    return content


def fetched(role, name):
    """Return an input function that gives where a file of a lock's source lies once fetched."""

    def path(wildcards):
        source = lock()[role]
        return f"resources/{source_name(source)}/{source['commit']}/{name}"

    return path


def all_fetched(wildcards):
    """Return where each file of the lock lies once fetched."""
    return [
        fetched(role, name)(wildcards)
        for role, source in lock().items()
        for name in source["files"]
    ]


def weights(wildcards):
    """Return the weights of a program: those of the submodule that it is, or is a piece of."""
    return f"results/{wildcards.model}/weights/{whole(wildcards.program)}.safetensors"


def exported(wildcards):
    """Return the exported program that a scheme starts from."""
    graph = scheme_of(wildcards.program, wildcards.scheme).graph
    suffix = "" if graph == "rewritten" else f".{graph}"
    return f"results/{wildcards.model}/exported/{wildcards.program}{suffix}.pt2"


def calibration(wildcards):
    """Return the recorded inputs of a program, where its scheme reads any."""
    if not scheme_of(wildcards.program, wildcards.scheme).calibrated:
        return []
    recorded = "windows" if wildcards.program == "autoencoder_tail" else "latents"
    return [f"results/{wildcards.model}/calibration/{recorded}.safetensors"]


def to_lower(wildcards):
    """Return the program to lower: quantized, or as exported."""
    if scheme_of(wildcards.program, wildcards.scheme).quantizer is None:
        return exported(wildcards)
    return f"results/{wildcards.model}/quantized/{wildcards.program}.{wildcards.scheme}.pt2"


def allowed_undelegated(wildcards):
    """Return the operators that may stay outside the one delegate; none limits the reference."""
    if wildcards.scheme == "reference":
        return None
    return config["undelegated"][whole(wildcards.program)]


def licences(wildcards):
    """Return the model's licence file, where its repository has one."""
    names = [name for name in lock()["model"]["files"] if name.startswith("LICENSE")]
    return [fetched("model", name)(wildcards) for name in names[:1]]


def artifact(program, suffix):
    """Return the path of a program's artifact in the scheme that the config chooses."""
    scheme = config["schemes"][whole(program)]
    return f"results/{MODEL}/pte/{program}.{scheme}{suffix}"


def scored(wildcards):
    """Return the `.pte` files of a part that is compared with eager fp32."""
    return [
        f"results/{wildcards.model}/pte/{program}.{wildcards.scheme}.pte"
        for program in PARTS[wildcards.part]
    ]


def recorded(wildcards):
    """Return the recorded calls of a part."""
    return f"results/{wildcards.model}/reference/{whole(wildcards.part)}.safetensors"


def comparisons(wildcards):
    """Return the scores of all parts of the build.

    Emulated, the whole decoder takes minutes, and no generation uses it: its pieces stand for it.
    """
    parts = [part for part in PARTS if TARGET.kind != "emulated" or part != "autoencoder"]
    return [
        f"results/{MODEL}/smoke/{TARGET.name}/compare.{part}.{config['schemes'][whole(part)]}.json"
        for part in parts
    ]


def gate(wildcards):
    """Return the lowest SNR that a part may have, in dB."""
    return config["gates"][whole(wildcards.part)][wildcards.scheme]


def smoke_files(suffix):
    """Return the smoke generation's files of one kind, one per prompt."""
    return [f"results/{MODEL}/smoke/{TARGET.name}/{name}{suffix}" for name in PROMPTS["smoke"]]


def recipe(name):
    """Return what the benchmark measures of a recipe: files, and the jobs that make them, by part.

    Recipes: `reference`, `ours` (the config's schemes) and `eager` (torch, fp32, not rewritten).
    """
    if name == "eager":
        parts = {part: [f"results/{MODEL}/exported/{part}.eager.pt2"] for part in SUBMODULES}
    elif name == "reference":
        parts = {part: [f"results/{MODEL}/pte/{part}.reference.pte"] for part in SUBMODULES}
    else:
        parts = {part: [artifact(part, ".pte")] for part in SUBMODULES}
        parts["pieces"] = [artifact(piece, ".pte") for piece in PARTS["autoencoder_pieces"]]
    return {
        part: {"files": files, "jobs": [job for file in files for job in building(file)]}
        for part, files in parts.items()
    }


def building(file):
    """Return the jobs that make a program from weights, by the names of their logs."""
    program, _, scheme = Path(file).stem.partition(".")
    if scheme == "eager":
        return [f"export.{program}.eager"]
    made = SimpleNamespace(model=MODEL, program=program, scheme=scheme)
    jobs = [f"export.{Path(exported(made)).stem}", f"build.{program}.{scheme}"]
    if scheme_of(program, scheme).quantizer is not None:
        jobs.append(f"quantize.{program}.{scheme}")
    if calibration(made):
        jobs.append("calibrate")
    return jobs


def again(target):
    """Return the command that makes a target of this build."""
    files = [os.path.relpath(path) for path in workflow.overwrite_configfiles]
    chosen = f" --configfile {' '.join(files)}" if files else ""
    return f"snakemake --cores 2 {target}{chosen}"
