"""Run a submodule in fp32 on held-out inputs, and keep inputs and outputs for comparisons."""

from sao.stage import stage

with stage(snakemake):
    import torch

    from sao.cases import load_cases, save_cases
    from sao.held_out import autoencoder_cases, conditioners_cases, dit_cases
    from sao.tokenizer import Tokenizer

    torch.set_num_threads(snakemake.threads)
    exported = torch.export.load(snakemake.input.program)
    module = exported.module(check_guards=False)
    first_shape = tuple(exported.example_inputs[0][0].shape)
    prompts, steps = snakemake.params.held_out, snakemake.params.steps

    def call(*inputs):
        """Run the fp32 program on arrays."""
        with torch.no_grad():
            outputs = module(*map(torch.from_numpy, inputs))
        return [output.numpy() for output in torch.utils._pytree.tree_leaves(outputs)]

    if snakemake.wildcards.submodule == "conditioners":
        tokenizer = Tokenizer(snakemake.input.spiece, first_shape[1])
        cases = conditioners_cases(call, prompts, tokenizer)
    elif snakemake.wildcards.submodule == "dit":
        conditions = load_cases(snakemake.input.upstream[0])
        cases = dit_cases(call, prompts, conditions, first_shape, steps)
    else:
        cases = autoencoder_cases(call, load_cases(snakemake.input.upstream[0]), steps)
    save_cases(snakemake.output[0], cases)
