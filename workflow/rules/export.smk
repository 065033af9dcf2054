"""Turns each submodule's weights into a torch.export program in fp32."""


rule export:
    input:
        weights="results/{model}/weights/{submodule}.safetensors",
        spiece=fetched("text_encoder", "spiece.model"),
        post_deploy=post_deploy("export"),
        modules=lambda wildcards: own_modules(f"export_{wildcards.submodule}.py"),
    output:
        "results/{model}/exported/{submodule}.pt2",
    log:
        "logs/{model}/export.{submodule}.log",
    cache: True
    conda:
        "../../envs/export.yaml"
    threads: 2
    resources:
        mem_mb=lambda wildcards, input: 1000 + 2.5 * input.size_mb,
    params:
        submodule="{submodule}",
        architecture=ARCHITECTURE,
    message:
        "Export {wildcards.submodule}"
    script:
        "../scripts/export_{wildcards.submodule}.py"
