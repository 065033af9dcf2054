"""Hold the held-out prompts' whole sounds against those of eager fp32; fail beyond the gate."""

from sao.stage import stage

with stage(snakemake):
    from sao.files import write_json
    from sao.generate.audio import read_sound
    from sao.generate.cases import load_cases
    from sao.score.sound import scored_sound

    scores = []
    cases = load_cases(snakemake.input.held_out)
    # Of slow targets only the first prompts have sounds.
    for prompt, case, path in zip(
        snakemake.params.prompts, cases, snakemake.input.sounds, strict=False
    ):
        candidate, sample_rate = read_sound(path)
        reference = case["audio"][:, : round(prompt["seconds"] * sample_rate)]
        scores.append(
            {**prompt, "file": path}
            | scored_sound(reference, candidate, sample_rate, snakemake.params.share, path)
        )
    write_json(
        snakemake.output[0],
        {"machine": snakemake.params.machine, "share": snakemake.params.share, "sounds": scores},
    )
