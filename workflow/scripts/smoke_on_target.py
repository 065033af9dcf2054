"""Generate sound from a prompt with the runner and a bundle, on the target."""

from sao.stage import stage

with stage(snakemake):
    import shutil
    import tempfile
    from pathlib import Path

    from sao.files import atomic, read_json, write_json
    from sao.target.transport import run

    prompt = snakemake.params.prompt
    bundle = Path(snakemake.input.bundle)
    options = {
        "-m": "{bundle}",
        "-p": prompt["prompt"].replace("{", "{{").replace("}", "}}"),
        "-s": prompt["seed"],
        "-l": prompt["seconds"],
        "-n": snakemake.params.steps,
        "-o": "{out}/sound.wav",
        "--json": "{out}/sound.json",
    }
    folders = {"bundle": bundle}
    with tempfile.TemporaryDirectory() as work:
        out = Path(work, "out")
        out.mkdir()
        for start in map(Path, snakemake.input.start):
            folders["start"] = Path(work, "start")
            folders["start"].mkdir()
            (folders["start"] / start.name).symlink_to(start.resolve())
            options["-i"] = "{start}/" + start.name.replace("{", "{{").replace("}", "}}")
            options["-x"] = prompt["strength"]
        arguments = [str(value) for option in options.items() for value in option]
        runner = Path(snakemake.input.runner)
        target = snakemake.params.target
        run(target, runner, folders, arguments, out, snakemake.threads)
        measured = read_json(out / "sound.json")
        with atomic(snakemake.output.wav) as path:
            shutil.move(out / "sound.wav", path)
    stages = measured["stages"]
    write_json(
        snakemake.output.json,
        {
            **prompt,
            "steps": snakemake.params.steps,
            "target": snakemake.wildcards.target,
            "runtime": "audiogen",
            "machine": snakemake.params.machine,
            "threads": measured["threads"],
            "timings_s": {name: part["load_s"] + part["run_s"] for name, part in stages.items()}
            | {"total": measured["total_s"]},
            "peak_bytes": measured["peak_bytes"],
            "stages": stages,
            "versions": {name: measured[name] for name in ("audiogen", "executorch")},
            "comparison": {
                comparison["submodule"]: comparison
                for comparison in map(read_json, snakemake.input.comparisons)
            },
        },
    )
