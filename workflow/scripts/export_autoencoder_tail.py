"""Export the tail of the autoencoder's decoder, fp32."""

from sao.offline import forbid_network
from sao.stage import stage

with stage(snakemake):
    forbid_network()
    import torch

    from sao.export.exporting import SHORT, export_program
    from sao.export.guide import HalfDecoder
    from sao.export.rewrites.autoencoder import REWRITES
    from sao.model.autoencoder import load_decoder_tail
    from sao.model.loading import read_constants
    from sao.threads import THREADS

    torch.set_num_threads(THREADS)
    module, example = load_decoder_tail(snakemake.input.weights)
    constants = read_constants(snakemake.input.weights)
    export_program(
        module,
        example,
        constants,
        snakemake.params.graph,
        snakemake.output.program,
        REWRITES,
        HalfDecoder,
        short=tuple(signal[..., :SHORT] for signal in example),
    )
