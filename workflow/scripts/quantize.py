"""Quantize an exported program."""

from sao.offline import forbid_network
from sao.stage import stage

with stage(snakemake):
    forbid_network()
    import torch

    from sao.export.program_file import load_program, save_program
    from sao.generate.cases import load_cases
    from sao.quantize.quantizers import quantize
    from sao.threads import THREADS

    torch.set_num_threads(THREADS)
    calls = [
        tuple(map(torch.from_numpy, case.values()))
        for path in snakemake.input.calibration
        for case in load_cases(path)
    ]
    program, constants = load_program(snakemake.input.program)
    quantized = quantize(program, snakemake.params.quantizer, calls)
    save_program(quantized, constants, snakemake.output[0])
