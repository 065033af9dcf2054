"""Quantize an exported program: a pure function of it and of what was decided."""

from sao.offline import forbid_network
from sao.stage import stage

with stage(snakemake):
    forbid_network()
    import torch

    from sao.files import atomic
    from sao.quantize.calibration import THREADS
    from sao.quantize.decided import read_precision
    from sao.quantize.quantizers import quantize

    torch.set_num_threads(THREADS)
    precision = {}
    for path in snakemake.input.precision:
        precision = read_precision(path, snakemake.input.weights)
    program = quantize(
        torch.export.load(snakemake.input.program), snakemake.params.quantizer, precision
    )
    with atomic(snakemake.output[0]) as path:
        torch.export.save(program, path)
