"""Export the conditioners: T5's encoder and the number embedder, fp32."""

from sao.offline import forbid_network
from sao.stage import stage

with stage(snakemake):
    forbid_network()
    import torch

    from sao.eager import load_conditioners
    from sao.exporting import export_program

    torch.set_num_threads(snakemake.threads)
    module, example = load_conditioners(snakemake.input.weights, snakemake.input.spiece)
    export_program("conditioners", module, example, snakemake.params.graph, snakemake.output[0])
