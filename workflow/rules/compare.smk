"""Scores each part of a build against its fp32 submodule, and fails below its gate.

In: `.pte` files, the recorded held-out calls, the runner. Out: results/<model>/smoke/<target>/
compare.<part>.<scheme>.json. On the target by the runner (`..._on_target`); by ExecuTorch's Python
runtime on this machine where the runner cannot be built (target: python).
"""


rule compare:
    input:
        ptes=scored,
        held_out=recorded,
        modules=own_modules("compare.py"),
    output:
        "results/{model}/smoke/{target}/compare.{part}.{scheme}.json",
    log:
        "logs/{model}/compare.{target}.{part}.{scheme}.log",
    wildcard_constraints:
        target=BY_PYTHON,
    cache: True
    conda:
        "../../envs/compare.yaml"
    threads: 2
    resources:
        mem_mb=memory(1200, 2),
        runtime=minutes_on_target(20),
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


rule compare_on_target:
    input:
        ptes=scored,
        held_out=recorded,
        runner=f"results/runner/{TARGET.architecture}",
        modules=own_modules("compare_on_target.py"),
    output:
        "results/{model}/smoke/{target}/compare.{part}.{scheme}.json",
    log:
        "logs/{model}/compare.{target}.{part}.{scheme}.log",
    wildcard_constraints:
        target=BY_RUNNER,
    cache: CACHED_ON_TARGET
    conda:
        "../../envs/compare_on_target.yaml"
    threads: 2
    resources:
        mem_mb=memory(1200, 2),
        runtime=minutes_on_target(20),
    params:
        part="{part}",
        scheme="{scheme}",
        target=TARGET.settings,
        machine=target_machine(),
        emulator=emulator,
        cases=scored_calls,
        gate_db=gate,
    message:
        "Compare {input.ptes} with eager fp32 on {wildcards.target}"
    script:
        "../scripts/compare_on_target.py"
