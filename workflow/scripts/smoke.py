"""Generate sound from a prompt with a bundle, on the machine that runs this."""

from sao.stage import stage

with stage(snakemake):
    from pathlib import Path

    from sao.files import read_json, write_json
    from sao.generate.audio import write_wav
    from sao.generate.runtime import set_threads, threads
    from sao.generate.synthesis import Generator

    set_threads(snakemake.threads)
    prompt = snakemake.params.prompt
    generator = Generator(Path(snakemake.input.bundle))
    audio, timings = generator.generate(
        prompt["prompt"], prompt["seconds"], prompt["seed"], snakemake.params.steps
    )
    write_wav(snakemake.output.wav, audio, generator.sample_rate)
    write_json(
        snakemake.output.json,
        {
            **prompt,
            "steps": snakemake.params.steps,
            "target": snakemake.wildcards.target,
            "machine": snakemake.params.machine,
            "threads": threads(),
            "timings_s": timings,
            "versions": generator.versions,
            "comparison": {
                comparison["submodule"]: comparison
                for comparison in map(read_json, snakemake.input.comparisons)
            },
        },
    )
