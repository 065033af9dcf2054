"""Makes a sound of each smoke prompt, and of the held-out prompts.

In: the bundle, the runner, the scores of its parts. Out: results/<model>/smoke/<target>/
<prompt>.wav and .json. On the target by the runner (`..._on_target`); by ExecuTorch's Python runtime
on this machine where the runner cannot be built (target: python).
"""


rule smoke:
    input:
        bundle="results/{model}/bundle",
        comparisons=comparisons,
        start=start_of,
        modules=own_modules("smoke.py"),
    output:
        wav="results/{model}/smoke/{target}/{prompt}.wav",
        json="results/{model}/smoke/{target}/{prompt}.json",
    log:
        "logs/{model}/smoke.{target}.{prompt}.log",
    wildcard_constraints:
        target=BY_PYTHON,
    cache: True
    conda:
        "../../envs/smoke.yaml"
    threads: 2
    resources:
        mem_mb=memory(1000, 2),
        runtime=minutes_on_target(20),
    params:
        target="{target}",
        machine=MACHINE,
        prompt=lambda wildcards: sound_prompt(wildcards.prompt),
        steps=lambda wildcards: sound_prompt(wildcards.prompt).get("steps", config["steps"]),
    message:
        "Generate {output.wav}"
    script:
        "../scripts/smoke.py"


rule smoke_on_target:
    input:
        bundle="results/{model}/bundle",
        runner=f"results/runner/{TARGET.architecture}",
        comparisons=comparisons,
        start=start_of,
        modules=own_modules("smoke_on_target.py"),
    output:
        wav="results/{model}/smoke/{target}/{prompt}.wav",
        json="results/{model}/smoke/{target}/{prompt}.json",
    log:
        "logs/{model}/smoke.{target}.{prompt}.log",
    wildcard_constraints:
        target=BY_RUNNER,
    cache: CACHED_ON_TARGET
    conda:
        "../../envs/smoke_on_target.yaml"
    threads: 2
    resources:
        mem_mb=memory(1000, 2),
        runtime=minutes_on_target(20),
    params:
        target=TARGET.settings,
        machine=target_machine(),
        emulator=emulator,
        prompt=lambda wildcards: sound_prompt(wildcards.prompt),
        steps=lambda wildcards: sound_prompt(wildcards.prompt).get("steps", config["steps"]),
    message:
        "Generate {output.wav}"
    script:
        "../scripts/smoke_on_target.py"
