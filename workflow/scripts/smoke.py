"""Generate sound from a prompt with a bundle, on the machine that runs this."""

from sao.stage import stage

with stage(snakemake):
    from pathlib import Path

    from sao.errors import BuildError
    from sao.files import read_json, write_json
    from sao.generate.audio import read_sound, write_wav
    from sao.generate.runtime import set_threads, threads
    from sao.generate.synthesis import Generator

    set_threads(snakemake.threads)
    prompt = snakemake.params.prompt
    generator = Generator(Path(snakemake.input.bundle))
    start: dict = {}
    for path in snakemake.input.start:
        sound, rate = read_sound(path)
        if len(sound) != 2 or rate != generator.sample_rate:
            raise BuildError(
                f"{path}: is no stereo sound at {generator.sample_rate} Hz, which target python "
                "takes; convert it, or choose another target"
            )
        start = {"sound": sound, "strength": prompt["strength"]}
    audio, timings = generator.generate(
        prompt["prompt"], prompt["seconds"], prompt["seed"], snakemake.params.steps, **start
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
