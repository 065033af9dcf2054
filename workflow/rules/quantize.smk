"""Quantizes an exported program by a scheme other than fp32."""


rule quantize:
    input:
        program=exported,
        calibration=calibration,
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
        mem_mb=lambda wildcards, input: 700 + 2 * input.size_mb,
    params:
        quantizer=lambda wildcards: scheme_of(wildcards.program, wildcards.scheme).quantizer,
        architecture=ARCHITECTURE,
    message:
        "Quantize {wildcards.program} to {wildcards.scheme}"
    script:
        "../scripts/quantize.py"
