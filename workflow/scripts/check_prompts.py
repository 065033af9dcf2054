"""Check that the model makes sounds as long as the prompts ask for; say what would be better."""

from sao.stage import stage

with stage(snakemake) as terminal:
    from sao.files import read_json, write_json
    from sao.prompt_advice import advice, token_limit
    from sao.prompts import check_lengths, longest_sound

    model_config = read_json(snakemake.input.model_config)
    prompts, where = snakemake.params.prompts, snakemake.params.where
    check_lengths(prompts, where, longest_sound(model_config), model_config["sample_rate"])
    for line in advice(prompts, where, snakemake.input.spiece, token_limit(model_config)):
        print(line)
        print(line, file=terminal, flush=True)
    write_json(snakemake.output[0], prompts)
