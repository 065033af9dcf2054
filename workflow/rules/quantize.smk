"""Quantizes an exported program by a scheme other than fp32."""


rule quantize:
    input:
        program="results/{model}/exported/{submodule}.pt2",
        modules=own_modules("quantize.py"),
    output:
        "results/{model}/quantized/{submodule}.{scheme}.pt2",
    log:
        "logs/{model}/quantize.{submodule}.{scheme}.log",
    cache: True
    conda:
        "../../envs/quantize.yaml"
    resources:
        mem_mb=lambda wildcards, input: 700 + 2 * input.size_mb,
    params:
        scheme="{scheme}",
        architecture=ARCHITECTURE,
    message:
        "Quantize {wildcards.submodule} to {wildcards.scheme}"
    script:
        "../scripts/quantize.py"
