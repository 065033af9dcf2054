"""Quantize an exported program."""

from sao.offline import forbid_network
from sao.stage import stage

with stage(snakemake):
    forbid_network()
    import torch

    from sao.files import atomic
    from sao.generate.cases import load_cases
    from sao.quantize.quantizers import quantize
    from sao.threads import THREADS

    torch.set_num_threads(THREADS)
    calls = [
        tuple(map(torch.from_numpy, case.values()))
        for path in snakemake.input.calibration
        for case in load_cases(path)
    ]
    program = quantize(
        torch.export.load(snakemake.input.program), snakemake.params.quantizer, calls
    )
    with atomic(snakemake.output[0]) as path:
        torch.export.save(program, path)
