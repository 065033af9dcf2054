"""Proves a build: scores each `.pte` against its fp32 submodule, and makes sounds."""


rule compare:
    input:
        pte="results/{model}/pte/{submodule}.{scheme}.pte",
        reference="results/{model}/reference/{submodule}.safetensors",
        modules=own_modules("compare.py"),
    output:
        "results/{model}/smoke/{target}/compare.{submodule}.{scheme}.json",
    log:
        "logs/{model}/compare.{target}.{submodule}.{scheme}.log",
    cache: True
    conda:
        "../../envs/compare.yaml"
    threads: 2
    resources:
        mem_mb=lambda wildcards, input: 1000 + 3 * input.size_mb,
    params:
        submodule="{submodule}",
        scheme="{scheme}",
        target="{target}",
        machine=MACHINE,
        gate_db=lambda wildcards: config["gates"][wildcards.submodule][wildcards.scheme],
    message:
        "Compare {input.pte} with eager fp32 on {wildcards.target}"
    script:
        "../scripts/compare.py"


rule smoke:
    input:
        bundle="results/{model}/bundle",
        comparisons=[
            f"results/{{model}}/smoke/{{target}}/compare.{submodule}.{scheme}.json"
            for submodule, scheme in config["schemes"].items()
        ],
        modules=own_modules("smoke.py"),
    output:
        wav="results/{model}/smoke/{target}/{prompt}.wav",
        json="results/{model}/smoke/{target}/{prompt}.json",
    log:
        "logs/{model}/smoke.{target}.{prompt}.log",
    cache: True
    conda:
        "../../envs/smoke.yaml"
    threads: 2
    resources:
        mem_mb=lambda wildcards, input: 1000 + 2 * input.size_mb,
    params:
        target="{target}",
        machine=MACHINE,
        prompt=lambda wildcards: PROMPTS["smoke"][wildcards.prompt],
        steps=config["steps"],
    message:
        "Generate {output.wav}"
    script:
        "../scripts/smoke.py"
