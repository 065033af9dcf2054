"""Records fp32 calls of the conditioners and the DiT, to decide the precision of programs on.

In: exported/<submodule>.pt2, the calibration prompts. Out: calibration/<submodule>.safetensors; the
decoder's inputs are where the DiT's calls end.
"""


use rule held_out as calibrate with:
    input:
        program="results/{model}/exported/{submodule}.pt2",
        upstream=lambda wildcards: expand(
            "results/{model}/calibration/{upstream}.safetensors",
            model=wildcards.model,
            upstream=UPSTREAM[wildcards.submodule],
        ),
        spiece=fetched("text_encoder", "spiece.model"),
        modules=own_modules("held_out.py"),
    output:
        "results/{model}/calibration/{submodule}.safetensors",
    log:
        "logs/{model}/calibrate.{submodule}.log",
    wildcard_constraints:
        submodule="conditioners|dit",
    cache: True  # which is not inherited
    conda:
        "../../envs/calibrate.yaml"
    params:
        submodule="{submodule}",
        prompts=PROMPTS["calibration"],
        steps=config["steps"],
        architecture=ARCHITECTURE,
    message:
        "Record calibration calls of {wildcards.submodule} in fp32"
