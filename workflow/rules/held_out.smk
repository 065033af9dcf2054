"""Records fp32 calls of each submodule on held-out inputs, to score every `.pte` against.

In: exported/<submodule>.pt2, the held-out prompts. Out: held_out/<submodule>.safetensors; the
encoder's are of the sounds that the decoder made, and of sounds of other kinds.
"""

# Each submodule's inputs are what real generations give it: the outputs of the one before it.
UPSTREAM = {
    "conditioners": [],
    "dit": ["conditioners"],
    "autoencoder": ["dit"],
    "autoencoder_encoder": ["autoencoder"],
}


rule held_out:
    input:
        program="results/{model}/exported/{submodule}.pt2",
        upstream=lambda wildcards: expand(
            "results/{model}/held_out/{upstream}.safetensors",
            model=wildcards.model,
            upstream=UPSTREAM[wildcards.submodule],
        ),
        spiece=fetched("text_encoder", "spiece.model"),
        modules=own_modules("held_out.py"),
    output:
        "results/{model}/held_out/{submodule}.safetensors",
    log:
        "logs/{model}/held_out.{submodule}.log",
    cache: True
    conda:
        "../../envs/held_out.yaml"
    threads: 2
    resources:
        mem_mb=memory(1900, 0.6),
        runtime=minutes(20),
    params:
        submodule="{submodule}",
        prompts=PROMPTS["held_out"],
        steps=config["steps"],
        architecture=ARCHITECTURE,
    message:
        "Record held-out calls of {wildcards.submodule} in fp32"
    script:
        "../scripts/held_out.py"
