"""Build the runner, audiogen, for the target's architecture, with the libraries it needs."""

from sao.stage import stage

with stage(snakemake):
    import tempfile
    from pathlib import Path

    from sao.files import atomic
    from sao.target.native_build import build, fetch, preset

    source = Path(snakemake.input.project).resolve().parent
    architecture = snakemake.params.architecture
    with tempfile.TemporaryDirectory() as folder, atomic(snakemake.output[0]) as out:
        # macOS reaches its scratch folders by a link, which would be in the program otherwise.
        work = Path(folder).resolve()
        packages = fetch(source, architecture, snakemake.params.executorch, work)
        build(source, preset(architecture), packages, work, out.resolve())
