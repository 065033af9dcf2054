"""Record what the decoder and its pieces are given in generations by the fp32 model."""

from sao.stage import stage

with stage(snakemake):
    import torch

    from sao.generate.cases import save_cases
    from sao.generate.exported import Exported
    from sao.generate.held_out import conditioners_cases, dit_cases, final_latents
    from sao.model.tokenizer import Tokenizer
    from sao.quantize.calibration import some_windows
    from sao.threads import THREADS

    torch.set_num_threads(THREADS)
    prompts, steps = snakemake.params.prompts, snakemake.params.steps
    call = Exported(snakemake.input.conditioners)
    tokenizer = Tokenizer(snakemake.input.spiece, call.shape[1])
    conditions = conditioners_cases(call, prompts, tokenizer)
    del call  # one model in memory at a time
    call = Exported(snakemake.input.dit)
    latents = final_latents(dit_cases(call, prompts, conditions, call.shape, steps), steps)
    del call
    call = Exported(snakemake.input.head)
    windows = [window for latent in latents for window in some_windows(call(latent)[0])]
    save_cases(snakemake.output.latents, [{"latent": latent} for latent in latents])
    save_cases(snakemake.output.windows, [{"window": window} for window in windows])
