"""Records fp32 calls of each submodule on held-out inputs, to score every `.pte` against."""

# Each submodule's inputs are what real generations give it: the outputs of the one before it.
UPSTREAM = {"conditioners": [], "dit": ["conditioners"], "autoencoder": ["dit"]}


rule reference:
    input:
        program="results/{model}/exported/{submodule}.pt2",
        upstream=lambda wildcards: expand(
            "results/{model}/reference/{upstream}.safetensors",
            model=wildcards.model,
            upstream=UPSTREAM[wildcards.submodule],
        ),
        spiece=fetched("text_encoder", "spiece.model"),
        modules=own_modules("reference.py"),
    output:
        "results/{model}/reference/{submodule}.safetensors",
    log:
        "logs/{model}/reference.{submodule}.log",
    cache: True
    conda:
        "../../envs/reference.yaml"
    threads: 2
    resources:
        mem_mb=lambda wildcards, input: 1000 + 2.5 * input.size_mb,
    params:
        submodule="{submodule}",
        held_out=PROMPTS["held_out"],
        steps=config["steps"],
        architecture=ARCHITECTURE,
    message:
        "Record held-out calls of {wildcards.submodule} in fp32"
    script:
        "../scripts/reference.py"
