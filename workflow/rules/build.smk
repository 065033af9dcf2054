"""Lowers a program to XNNPACK.

In: a program, quantized or as exported. Out: pte/<program>.<scheme>.pte, and .json: what was
delegated.
"""


rule build:
    input:
        program=of_program(to_lower),
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
        mem_mb=memory(1000, 3),
        runtime=minutes(30),
    params:
        program="{program}",
        scheme="{scheme}",
        partitioners=lambda wildcards: scheme(wildcards).partitioners,
        # XNNPACK's passes that our own graphs have no use for; the guide's has.
        lean=lambda wildcards: scheme(wildcards).graph == "rewritten",
        allowed=allowed_undelegated,
        architecture=ARCHITECTURE,
    message:
        "Build {output.pte}"
    script:
        "../scripts/build.py"
