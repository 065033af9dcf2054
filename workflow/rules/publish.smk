"""Uploads the bundle to the Hugging Face Hub: `snakemake publish`, never by itself.

In: the bundle, `publish` in the config, a token that may write. Out: nothing here; the repository
has the bundle's files. Private, unless the config says otherwise.
"""


rule publish:
    input:
        bundle=f"results/{MODEL}/bundle",
        modules=own_modules("publish.py"),
    log:
        f"logs/{MODEL}/publish.log",
    localrule: True
    conda:
        "../../envs/publish.yaml"
    resources:
        mem_mb=memory(500),
        runtime=minutes(60),
    params:
        settings=config["publish"],
        gated=lambda wildcards: lock()["model"]["gated"],
    message:
        "Upload {input.bundle} to the Hub"
    script:
        "../scripts/publish.py"
