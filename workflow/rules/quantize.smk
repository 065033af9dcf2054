"""Quantizes an exported program by a scheme other than fp32.

In: exported/<program>.pt2 and, where the scheme is measured, what was decided. Out:
quantized/<program>.<scheme>.pt2, a pure function of the two.
"""


rule quantize:
    input:
        program=of_program(exported),
        precision=decided,
        weights=weights,
        modules=own_modules("quantize.py"),
    output:
        "results/{model}/quantized/{program}.{scheme}.pt2",
    log:
        "logs/{model}/quantize.{program}.{scheme}.log",
    cache: True
    conda:
        "../../envs/quantize.yaml"
    threads: 2
    resources:
        mem_mb=memory(1200, 0.6),
        runtime=minutes(15),
    params:
        quantizer=lambda wildcards: scheme(wildcards).quantizer,
        architecture=ARCHITECTURE,
    message:
        "Quantize {wildcards.program} to {wildcards.scheme}"
    script:
        "../scripts/quantize.py"
