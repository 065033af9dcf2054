"""Export the conditioners: T5's encoder and the number embedder, fp32."""

from sao.offline import forbid_network
from sao.stage import stage

with stage(snakemake):
    forbid_network()
    import torch

    from sao.export.exporting import export_program
    from sao.export.guide import half_text_encoder
    from sao.export.rewrites.conditioners import REWRITES
    from sao.model.conditioners import load_conditioners
    from sao.model.loading import read_constants
    from sao.threads import THREADS

    torch.set_num_threads(THREADS)
    module, example = load_conditioners(snakemake.input.weights, snakemake.input.spiece)
    constants = read_constants(snakemake.input.weights)
    export_program(
        module,
        example,
        constants,
        snakemake.params.graph,
        snakemake.output.program,
        REWRITES,
        half_text_encoder,
    )
