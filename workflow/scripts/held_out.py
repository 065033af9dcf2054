"""Run a submodule in fp32 in generations of some prompts, and keep its inputs and outputs.

The held-out prompts, to compare with; the calibration prompts, to decide precision on.
"""

from sao.stage import stage

with stage(snakemake):
    import torch

    from sao.generate.cases import load_cases, save_cases
    from sao.generate.exported import Exported
    from sao.generate.held_out import (
        autoencoder_cases,
        conditioners_cases,
        dit_cases,
        encoder_cases,
    )
    from sao.generate.pieces import PiecewiseEncoder
    from sao.generate.signals import signals
    from sao.generate.speech import speech
    from sao.model.tokenizer import Tokenizer
    from sao.progress import counting
    from sao.threads import THREADS

    torch.set_num_threads(THREADS)
    program = Exported(snakemake.input.program)
    prompts, steps = snakemake.params.prompts, snakemake.params.steps
    submodule = snakemake.wildcards.submodule
    calls = len(prompts) * (steps if submodule == "dit" else 1)
    call = counting(program, "call", calls)

    if submodule == "conditioners":
        tokenizer = Tokenizer(snakemake.input.spiece, program.shape[1])
        cases = conditioners_cases(call, prompts, tokenizer)
    elif submodule == "dit":
        conditions = load_cases(snakemake.input.upstream[0])
        cases = dit_cases(call, prompts, conditions, program.shape, steps)
    elif submodule == "autoencoder_encoder":
        decoded = load_cases(snakemake.input.upstream[0])
        samples, steps = decoded[0]["audio"].shape[1], decoded[0]["latent"].shape[2]
        others = [*signals(prompts[0]["seed"], samples).values(), speech(samples)]
        whole = PiecewiseEncoder(program, program.shape[1], samples // steps)
        call = counting(whole, "call", calls + len(others))
        cases = encoder_cases(call, decoded, others)
    else:
        cases = autoencoder_cases(call, load_cases(snakemake.input.upstream[0]), steps)
    save_cases(snakemake.output[0], cases)
