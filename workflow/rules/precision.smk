"""Decides which sites of a program may be in int8, so that it is as near to fp32 as promised.

In: exported/<program>.pt2, recorded calibration calls. Out: precision/<program>.<scheme>.json, a
small file that may be committed below config/, where it is then taken as it is.
"""


rule precision:
    input:
        program=of_program(exported),
        weights=weights,
        calibration=lambda wildcards: calibration(wildcards.model, wildcards.program),
        before=before,
        modules=own_modules("precision.py"),
    output:
        "results/{model}/precision/{program}.{scheme}.json",
    log:
        "logs/{model}/precision.{program}.{scheme}.log",
    cache: True
    conda:
        "../../envs/precision.yaml"
    threads: 2
    resources:
        mem_mb=memory(1600, 0.5),
        runtime=minutes(30),
    params:
        program="{program}",
        quantizer=lambda wildcards: scheme(wildcards).quantizer,
        steps=config["steps"],
        target_db=target_db,
        strict=config["strict"],
        architecture=ARCHITECTURE,
    message:
        "Decide the precision of {wildcards.program} in {wildcards.scheme}"
    script:
        "../scripts/precision.py"
