"""Turns each submodule's weights into torch.export programs in fp32.

In: weights/<submodule>.safetensors. Out: exported/<program>.pt2, its graph rewritten for XNNPACK;
.reference.pt2, as in Arm's guide; .eager.pt2, as it is. Beside those that are checked a .json: how far
each output is from fp64, and how far eager fp32 is.
"""


rule export:
    input:
        weights=weights,
        spiece=fetched("text_encoder", "spiece.model"),
        post_deploy=post_deploy("export"),
        modules=lambda wildcards: own_modules(f"export_{wildcards.program}.py"),
    output:
        program="results/{model}/exported/{program}.pt2",
        checked="results/{model}/exported/{program}.json",
    log:
        "logs/{model}/export.{program}.log",
    cache: True
    conda:
        "../../envs/export.yaml"
    threads: 2
    resources:
        mem_mb=memory(1900, 1),
        runtime=minutes(20),
    params:
        program="{program}",
        graph="rewritten",
        architecture=ARCHITECTURE,
    message:
        "Export {wildcards.program}"
    script:
        "../scripts/export_{wildcards.program}.py"


# The graph and the precisions of Arm's guide, for the scheme `reference`.
use rule export as export_reference with:
    output:
        program="results/{model}/exported/{program}.reference.pt2",
    log:
        "logs/{model}/export.{program}.reference.log",
    params:
        program="{program}",
        graph="reference",
        architecture=ARCHITECTURE,
    message:
        "Export {wildcards.program} as Arm's guide does"


# The graph as it is, in fp32: what the benchmark runs as eager torch.
use rule export as export_eager with:
    output:
        program="results/{model}/exported/{program}.eager.pt2",
        checked="results/{model}/exported/{program}.eager.json",
    log:
        "logs/{model}/export.{program}.eager.log",
    params:
        program="{program}",
        graph="eager",
        architecture=ARCHITECTURE,
    message:
        "Export {wildcards.program} as it is"
