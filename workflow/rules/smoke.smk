"""Proves a build: scores each `.pte` against its fp32 submodule, and makes sounds.

On the target by the runner (`..._on_target`); by ExecuTorch's Python runtime on this machine where
the runner cannot be built (targets ending in -python).
"""


rule compare:
    input:
        ptes=scored,
        reference=recorded,
        modules=own_modules("compare.py"),
    output:
        "results/{model}/smoke/{target}/compare.{part}.{scheme}.json",
    log:
        "logs/{model}/compare.{target}.{part}.{scheme}.log",
    wildcard_constraints:
        target=f".+{PYTHON_SUFFIX}",
    cache: True
    conda:
        "../../envs/compare.yaml"
    threads: 2
    resources:
        mem_mb=lambda wildcards, input: 1000 + 3 * input.size_mb,
    params:
        part="{part}",
        scheme="{scheme}",
        target="{target}",
        machine=MACHINE,
        gate_db=gate,
    message:
        "Compare {input.ptes} with eager fp32 on {wildcards.target}"
    script:
        "../scripts/compare.py"


rule smoke:
    input:
        bundle="results/{model}/bundle",
        comparisons=comparisons,
        modules=own_modules("smoke.py"),
    output:
        wav="results/{model}/smoke/{target}/{prompt}.wav",
        json="results/{model}/smoke/{target}/{prompt}.json",
    log:
        "logs/{model}/smoke.{target}.{prompt}.log",
    wildcard_constraints:
        target=f".+{PYTHON_SUFFIX}",
    cache: True
    conda:
        "../../envs/smoke.yaml"
    threads: 2
    resources:
        mem_mb=lambda wildcards, input: 1000 + 2 * input.size_mb,
    params:
        target="{target}",
        machine=MACHINE,
        prompt=lambda wildcards: PROMPTS["smoke"][wildcards.prompt],
        steps=config["steps"],
    message:
        "Generate {output.wav}"
    script:
        "../scripts/smoke.py"


rule compare_on_target:
    input:
        ptes=scored,
        reference=recorded,
        runner=f"results/runner/{TARGET.architecture}",
        modules=own_modules("compare_on_target.py"),
    output:
        "results/{model}/smoke/{target}/compare.{part}.{scheme}.json",
    log:
        "logs/{model}/compare.{target}.{part}.{scheme}.log",
    wildcard_constraints:
        target=f".+(?<!{PYTHON_SUFFIX})",
    cache: True
    conda:
        "../../envs/compare_on_target.yaml"
    threads: 2
    resources:
        mem_mb=lambda wildcards, input: 1000 + 3 * input.size_mb,
    params:
        part="{part}",
        scheme="{scheme}",
        target=TARGET.settings,
        machine=target_machine(),
        # The decoder is slow where it is emulated: one call of it.
        cases=1 if TARGET.kind == "emulated" else None,
        gate_db=gate,
    message:
        "Compare {input.ptes} with eager fp32 on {wildcards.target}"
    script:
        "../scripts/compare_on_target.py"


rule smoke_on_target:
    input:
        bundle="results/{model}/bundle",
        runner=f"results/runner/{TARGET.architecture}",
        comparisons=comparisons,
        modules=own_modules("smoke_on_target.py"),
    output:
        wav="results/{model}/smoke/{target}/{prompt}.wav",
        json="results/{model}/smoke/{target}/{prompt}.json",
    log:
        "logs/{model}/smoke.{target}.{prompt}.log",
    wildcard_constraints:
        target=f".+(?<!{PYTHON_SUFFIX})",
    cache: True
    conda:
        "../../envs/smoke_on_target.yaml"
    threads: 2
    resources:
        mem_mb=lambda wildcards, input: 1000 + 2 * input.size_mb,
    params:
        target=TARGET.settings,
        machine=target_machine(),
        prompt=lambda wildcards: PROMPTS["smoke"][wildcards.prompt],
        steps=config["steps"],
    message:
        "Generate {output.wav}"
    script:
        "../scripts/smoke_on_target.py"
