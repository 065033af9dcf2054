"""Lowers a program to XNNPACK: the `.pte` and what was delegated."""


rule build:
    input:
        program=program,
        modules=own_modules("build.py"),
    output:
        pte="results/{model}/pte/{submodule}.{scheme}.pte",
        summary="results/{model}/pte/{submodule}.{scheme}.json",
    log:
        "logs/{model}/build.{submodule}.{scheme}.log",
    cache: True
    conda:
        "../../envs/build.yaml"
    resources:
        mem_mb=lambda wildcards, input: 800 + 3 * input.size_mb,
    params:
        submodule="{submodule}",
        scheme="{scheme}",
        architecture=ARCHITECTURE,
    message:
        "Build {output.pte}"
    script:
        "../scripts/build.py"
