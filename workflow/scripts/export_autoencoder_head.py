"""Export the head of the autoencoder's decoder, fp32."""

from sao.offline import forbid_network
from sao.stage import stage

with stage(snakemake):
    forbid_network()
    import torch

    from sao.eager import load_decoder_head
    from sao.exporting import export_program

    torch.set_num_threads(snakemake.threads)
    module, example = load_decoder_head(snakemake.input.weights)
    export_program("autoencoder", module, example, snakemake.params.graph, snakemake.output[0])
