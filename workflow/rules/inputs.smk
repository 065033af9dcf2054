"""Input functions and what else rules ask for, in the order of the chain."""

from functools import cache

from sao.artifacts import calibration, exported, lowered, made_on_the_way, precision, to_lower
from sao.hub.lock import revision, source_name
from sao.hub.lock_schema import read_lock
from sao.imports import own_imports
from sao.prompts import NAME
from sao.rule_edges import made_for, rule_edges
from sao.schemes import scheme_of
from sao.submodules import recorded_as, whole
from sao.target.toolchain import emulator_version, toolchain


def own_modules(script):
    """Return a rule's script and the modules that it imports, as inputs of that rule.

    Of the script Snakemake itself looks at the time alone.
    """
    script = WORKFLOW / "scripts" / script
    paths = sorted(os.path.relpath(path) for path in {script, *own_imports(script)})
    # Neither in a module's `prefix` nor in an object store, like all that a checkout has.
    return [local(path) for path in paths]


def own_file(path):
    """Return a file of the workflow's folder, as an input."""
    return local(os.path.relpath(WORKFLOW / path))


def own_files(folder, pattern):
    """Return the files of a folder of the workflow's, as inputs."""
    return [own_file(path) for path in sorted((WORKFLOW / folder).glob(pattern))]


def post_deploy(rule):
    """Return the script that completes a rule's environment: Snakemake's cache key leaves it out."""
    return own_file(f"../envs/{rule}.post-deploy.sh")


def placed(paths):
    """Return paths that a script gets as parameters with a module's `prefix`, as inputs have it."""
    if isinstance(paths, dict):
        return {name: placed(path) for name, path in paths.items()}
    if isinstance(paths, list):
        return [placed(path) for path in paths]
    return workflow.modifier.path_modifier.replace_prefix(paths)


def memory(base, per_input=0.0):
    """Return the memory of a job: `base` MB and so many for each MB of its inputs, each attempt.

    Measured at full size: a tenth to a half over the peak, with Snakemake's own on a node.
    """
    return lambda wildcards, input, attempt: round((base + per_input * input.size_mb) * attempt)


def minutes(limit):
    """Return how long a job may take on a cluster, more at each attempt.

    Ten times and more of what it took at full size on two cores: nodes and file systems differ.
    """
    return lambda wildcards, attempt: limit * attempt


def minutes_on_target(limit):
    """Return the same of a job that runs on the target; emulated, one takes far longer."""
    return minutes(12 * limit if TARGET.kind == "emulated" else limit)


def again(target):
    """Return the command that makes a target of this build."""
    files = [os.path.relpath(path) for path in workflow.overwrite_configfiles]
    chosen = f" --configfile {' '.join(files)}" if files else ""
    return f"snakemake --cores 2 {target}{chosen}"


def page_templates():
    """Return what all pages build on, as inputs."""
    return [own_file(f"report/{name}") for name in ("base.html.j2", "parts.html.j2")]


# lock


# A lock that is there is a source file, which no rule makes. Where it is missing the first run
# makes it, unless nothing may be trusted that was not reviewed.
LOCKED = config["locked"] or os.environ.get("CI", "").lower() in ("true", "1")
LOCK_IS_THERE = os.path.exists(LOCK)


def lock_to_make():
    """Return the lock as an output, where this run is to make it."""
    return [] if LOCK_IS_THERE or LOCKED else [local(LOCK)]


@cache
def lock():
    """Return the model's lock: roles to sources. Input functions ask for it many times."""
    path = LOCK
    if lock_to_make():
        checkpoints.lock.get()
    elif not LOCK_IS_THERE:
        why = "`locked` is set" if config["locked"] else "CI is set"
        raise WorkflowError(
            f"{path} is missing, and {why}: a run may not choose what to trust. Make it where it "
            f"can be reviewed, and commit it: {again('lock')}"
        )
    with errors_as(f"{{}} ({again('lock')})"):
        return read_lock(path, WORKFLOW / "schemas/lock.schema.yaml")


def repositories(sources):
    """Return the folder that a local Hub is to serve, or nothing: the real Hub, or none at all."""
    asked = config["hub"] == "local" and any("folder" not in source for source in sources)
    return [f"resources/hub/{MODEL}"] if asked else []


# fetch


def configured(wildcards):
    """Return what the config says of a source that is fetched."""
    role = next(role for role, s in lock().items() if source_name(s) == wildcards.source)
    return config["sources"].get(role, {})


def fetched(role, name):
    """Return an input function that gives where a file of a lock's source lies once fetched."""

    def path(wildcards):
        source = lock()[role]
        return f"resources/{source_name(source)}/{revision(source)}/{name}"

    return path


def all_fetched(wildcards):
    """Return where each file of the lock lies once fetched."""
    return [
        fetched(role, name)(wildcards)
        for role, source in lock().items()
        for name in source["files"]
    ]


# export


def weights(wildcards):
    """Return the weights of a program: those of the submodule that it is, or is a piece of."""
    return f"results/{wildcards.model}/weights/{whole(wildcards.program)}.safetensors"


# held out


HELD_OUT_CALLS = {
    submodule: f"results/{MODEL}/held_out/{submodule}.safetensors" for submodule in SUBMODULES
}


def recorded(wildcards):
    """Return the recorded held-out calls of a part."""
    return f"results/{wildcards.model}/held_out/{recorded_as(wildcards.part)}.safetensors"


# precision, quantize and build

# Beside the calls that a program's precision is decided on: the exported program that makes inputs
# of what they end in.
BEFORE = {"autoencoder_tail": "autoencoder_head", "autoencoder_encoder": "autoencoder"}


def before(wildcards):
    """Return the exported program that gives the inputs of another, where one does."""
    names = [BEFORE[wildcards.program]] if wildcards.program in BEFORE else []
    return [f"results/{wildcards.model}/exported/{name}.pt2" for name in names]


# Held-out calls, which gates look at, are not those that precision is decided on.
ABOVE_THE_GATE_DB = 1.0


def target_db(wildcards):
    """Return how near (dB) a program is to be on the calibration calls."""
    return config["gates"][whole(wildcards.program)][wildcards.scheme] + ABOVE_THE_GATE_DB


def of_program(path):
    """Return an input function from a function of model, program and scheme."""
    return lambda wildcards: path(wildcards.model, wildcards.program, wildcards.scheme)


def decided(wildcards):
    """Return what was decided of a program, where its scheme is measured: made here or committed."""
    paths = precision(wildcards.model, wildcards.program, wildcards.scheme)
    return [path if path.startswith("results/") else local(path) for path in paths]


def scheme(wildcards):
    """Return the scheme of a program."""
    return scheme_of(wildcards.program, wildcards.scheme)


def allowed_undelegated(wildcards):
    """Return the operators that may stay outside the one delegate; none limits the reference."""
    if wildcards.scheme == "reference":
        return None
    return config["undelegated"][whole(wildcards.program)]


# bundle


def artifact(program, suffix=".pte"):
    """Return the path of a program's artifact in the scheme that the config chooses."""
    return lowered(MODEL, program, config["schemes"][whole(program)], suffix)


def licences(wildcards):
    """Return the model's licence file, where its repository has one."""
    return of_the_model("LICENSE", wildcards)[:1]


def model_cards(wildcards):
    """Return the model's own card, where the lock pins it."""
    return of_the_model("README", wildcards)


def of_the_model(start, wildcards):
    """Return the model's files whose names begin so."""
    names = [name for name in lock()["model"]["files"] if name.startswith(start)]
    return [fetched("model", name)(wildcards) for name in names]


def runners():
    """Return the runner, where one is built: as an input that may be none."""
    return [] if TARGET.kind == "python" else [f"results/runner/{TARGET.architecture}"]


# runner


def runner_sources():
    """Return what the runner is built from."""
    folder = WORKFLOW / "runner"
    built = {folder / "build"}  # made by hand, by the presets
    paths = sorted(
        os.path.relpath(path)
        for path in folder.rglob("*")
        if path.is_file() and not built & set(path.parents)
    )
    return [local(path) for path in paths]


# compare and smoke


def target_machine():
    """Return what the target computes on, for reports and as a part of cache keys."""
    if TARGET.kind == "emulated":
        return f"aarch64, {TARGET.options['core']} emulated by qemu on {MACHINE}"
    if TARGET.kind in ("native", "python"):
        return MACHINE
    return f"{TARGET.architecture}, {TARGET.name}"


# What another machine made is known by no key: not its CPU, nor what else may be changed there.
CACHED_ON_TARGET = TARGET.kind in ("native", "emulated")


def emulator(wildcards):
    """Return which emulator runs the target's programs, if one does."""
    return emulator_version() if TARGET.kind == "emulated" else None


def scored(wildcards):
    """Return the `.pte` files of a part that is compared with eager fp32."""
    return [
        lowered(wildcards.model, program, wildcards.scheme) for program in PARTS[wildcards.part]
    ]


def scored_calls(wildcards):
    """Return how many recorded calls a part is scored on; none for all of them.

    Emulated, a call of the decoder or the encoder takes half a minute.
    """
    slow = TARGET.kind == "emulated" and whole(wildcards.part) == "autoencoder"
    return 1 if slow else None


def gate(wildcards):
    """Return the lowest SNR that a part may have, in dB."""
    return config["gates"][whole(wildcards.part)][wildcards.scheme]


def comparisons(wildcards):
    """Return the scores of all parts of the build.

    Emulated, the whole decoder takes minutes, and no generation uses it: its pieces stand for it.
    """
    parts = [part for part in PARTS if TARGET.kind != "emulated" or part != "autoencoder"]
    return [
        f"results/{MODEL}/smoke/{TARGET.name}/compare.{part}.{config['schemes'][whole(part)]}.json"
        for part in parts
    ]


def smoke_files(suffix):
    """Return the smoke generation's files of one kind, one per prompt."""
    return [f"results/{MODEL}/smoke/{TARGET.name}/{name}{suffix}" for name in PROMPTS["smoke"]]


def sound_prompt(name):
    """Return the prompt of a sound by its name."""
    return HELD_OUT[name] if name in HELD_OUT else PROMPTS["smoke"][name]


def start_of(wildcards):
    """Return the sound that a smoke prompt starts from, where it has one."""
    given = sound_prompt(wildcards.prompt).get("input")
    if given is None:
        return []
    if NAME.fullmatch(given):
        return [f"results/{wildcards.model}/smoke/{TARGET.name}/{given}.wav"]
    return [local(given)]


def held_out_files(suffix):
    """Return the held-out prompts' files of one kind, in order.

    Emulated, a sound takes half a minute: there it is the first one's only.
    """
    names = list(HELD_OUT)[:1] if TARGET.kind == "emulated" else HELD_OUT
    return [f"results/{MODEL}/smoke/{TARGET.name}/{name}{suffix}" for name in names]


def sound_scores():
    """Return the path of what the whole sounds of the held-out prompts are from fp32's."""
    return f"results/{MODEL}/smoke/{TARGET.name}/compare.sound.json"


# summary


def parts_of_this_build(wildcards):
    """Return what this build makes before its summary, of each job one file at least."""
    chains = [
        made_on_the_way(MODEL, program, config["schemes"][whole(program)]) for program in PROGRAMS
    ]
    return [
        *dict.fromkeys(path for chain in chains for path in chain),
        *(f"results/{MODEL}/held_out/{name}.safetensors" for name in RECORDED),
        *comparisons(wildcards),
        *smoke_files(".wav"),
        *held_out_files(".wav"),
        sound_scores(),
        LOCK,
        f"resources/hub/{MODEL}",
        f"results/{MODEL}/prompts.json",
        f"results/{MODEL}/provenance.json",
        f"results/{MODEL}/bundle",
    ]


# report


def graph(wildcards):
    """Return the rules of this build as edges, the same whatever of it was asked for or ran."""
    return rule_edges(workflow.rules, targets())


# all


def targets():
    """Return what is asked of a whole build."""
    return [path for path in rules.all.input if not callable(path)]


def broken_results(wildcards):
    """Return what of this build is broken in the cache, which else only a job that reads it needs."""
    return sorted(BROKEN & made_for(workflow.rules, targets())) if BROKEN else []
