"""Check that the model makes sounds as long as the prompts ask for."""

from sao.files import read_json, write_json
from sao.prompts import check_lengths, longest_sound
from sao.stage import stage

with stage(snakemake):
    model_config = read_json(snakemake.input.model_config)
    prompts, where = snakemake.params.prompts, snakemake.params.where
    check_lengths(prompts, where, longest_sound(model_config), model_config["sample_rate"])
    write_json(snakemake.output[0], prompts)
