"""Builds audiogen, the program that generates sound on the target.

In: workflow/runner/. Out: results/runner/<architecture>/, with the libraries that it needs.
"""


rule runner:
    input:
        project=own_file("runner/CMakeLists.txt"),
        sources=runner_sources(),
        modules=own_modules("runner.py"),
    output:
        directory("results/runner/{architecture}"),
    log:
        "logs/runner/{architecture}.log",
    wildcard_constraints:
        architecture=r"x86_64|aarch64|arm64|android-arm64",
    cache: True
    conda:
        "../../envs/runner.yaml"
    threads: 2
    resources:
        mem_mb=memory(1500),
        runtime=minutes(20),
    params:
        architecture="{architecture}",
        executorch=TARGET.options.get("executorch"),
        machine=ARCHITECTURE,
        # Compiler, C library, and what is built for Android elsewhere.
        toolchain=lambda wildcards: toolchain(
            wildcards.architecture, ARCHITECTURE, TARGET.options.get("executorch")
        ),
    message:
        "Build the runner for {wildcards.architecture}"
    script:
        "../scripts/runner.py"
