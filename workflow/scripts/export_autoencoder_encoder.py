"""Export the autoencoder's encoder, fp32."""

from sao.offline import forbid_network
from sao.stage import stage

with stage(snakemake):
    forbid_network()
    import torch

    from sao.export.exporting import SHORT, export_program
    from sao.export.guide import HalfEncoder
    from sao.export.rewrites.autoencoder import REWRITES
    from sao.model.autoencoder import downsampling, load_encoder
    from sao.model.loading import read_constants
    from sao.threads import THREADS

    torch.set_num_threads(THREADS)
    module, example = load_encoder(snakemake.input.weights)
    constants = read_constants(snakemake.input.weights) | {"latent_scale": module.latent_scale}
    samples = SHORT * downsampling(module)
    export_program(
        module,
        example,
        constants,
        snakemake.params.graph,
        snakemake.output.program,
        REWRITES,
        HalfEncoder,
        short=tuple(audio[:, :samples].contiguous() for audio in example),
    )
