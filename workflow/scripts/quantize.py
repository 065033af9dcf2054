"""Quantize an exported program: a pure function of it and of what was decided."""

from sao.offline import forbid_network
from sao.stage import stage

with stage(snakemake):
    forbid_network()
    import torch

    from sao.export.program_file import load_program, save_program
    from sao.quantize.decided import read_precision
    from sao.quantize.quantizers import quantize
    from sao.threads import THREADS

    torch.set_num_threads(THREADS)
    decided = None
    for path in snakemake.input.precision:
        decided = read_precision(path, snakemake.input.weights)
    # No name here holds the program: its weights are freed as they are replaced.
    loaded = [*load_program(snakemake.input.program)]
    constants = loaded.pop()
    quantized = quantize(
        loaded.pop(), snakemake.params.quantizer, decided, snakemake.wildcards.program
    )
    save_program(quantized, constants, snakemake.output[0])
