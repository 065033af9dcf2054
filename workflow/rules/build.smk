"""Lowers a program to XNNPACK: the `.pte` and what was delegated."""


rule build:
    input:
        program=to_lower,
        modules=own_modules("build.py"),
    output:
        pte="results/{model}/pte/{program}.{scheme}.pte",
        summary="results/{model}/pte/{program}.{scheme}.json",
    log:
        "logs/{model}/build.{program}.{scheme}.log",
    cache: True
    conda:
        "../../envs/build.yaml"
    resources:
        mem_mb=lambda wildcards, input: 800 + 3 * input.size_mb,
    params:
        program="{program}",
        scheme="{scheme}",
        partitioners=lambda wildcards: scheme_of(wildcards.program, wildcards.scheme).partitioners,
        # XNNPACK's passes that our own graphs have no use for; the guide's has.
        lean=lambda wildcards: scheme_of(wildcards.program, wildcards.scheme).graph == "rewritten",
        allowed=allowed_undelegated,
        architecture=ARCHITECTURE,
    message:
        "Build {output.pte}"
    script:
        "../scripts/build.py"
