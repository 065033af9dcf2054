"""Gather what goes to a device: the `.pte` files, tokenizer, runner, licences, papers; pack it."""

from sao.stage import stage

with stage(snakemake):
    import shutil
    from pathlib import Path

    import sao
    from sao.checkout import commit_of
    from sao.files import atomic, read_json, write_json
    from sao.hub.lock import copy_pinned
    from sao.papers.archive import write_archive, write_sums
    from sao.papers.bundle import describe, describe_files, front_matter, paper_values
    from sao.papers.components import components_of
    from sao.papers.licences import OWN_TEXTS, asked
    from sao.papers.templates import render
    from sao.submodules import PROGRAMS

    with atomic(snakemake.output.folder) as folder:
        folder.mkdir()
        provenance = read_json(snakemake.input.provenance)
        for program, description in PROGRAMS.items():
            shutil.copyfile(snakemake.input[program], folder / description.bundle_name)
        for runner in map(Path, snakemake.input.runner):
            copy = shutil.copytree(runner, folder / "runner" / runner.name)
            # Snakemake's cache takes the permission to execute away.
            (copy / "audiogen").chmod(0o700)
            shutil.copyfile(snakemake.input.apache, copy / "licences/audiogen.txt")
        # Fetched files may have changed since `verify` held them against these pins.
        pins = {role: provenance[role]["files"] for role in ("model", "text_encoder")}
        spiece = Path(snakemake.input.spiece)
        copy_pinned(spiece, pins["text_encoder"][spiece.name], folder / "spiece.model")
        for licence in map(Path, snakemake.input.licences):
            copy_pinned(licence, pins["model"][licence.name], folder / "LICENSE.md")
        if provenance["text_encoder"]["licence"] in OWN_TEXTS:
            shutil.copyfile(snakemake.input.apache, folder / "LICENSE-text-encoder.txt")
        summaries = {name: read_json(snakemake.input[f"{name}_summary"]) for name in PROGRAMS}
        manifest = describe(
            snakemake.wildcards.model,
            provenance,
            summaries,
            asked(map(Path, [*snakemake.input.licences, *snakemake.input.cards])),
            {
                "commit": commit_of(Path(sao.__file__).parent),
                "command": snakemake.params.command,
            },
        )
        # The card's table has the programs' sizes.
        manifest = describe_files(manifest, folder)
        values = paper_values(manifest)
        card = render(snakemake.input.card, front_matter=front_matter(values), **values)
        (folder / "README.md").write_text(card)
        (folder / "NOTICE").write_text(render(snakemake.input.notice, **values))
        manifest = describe_files(manifest, folder)
        (folder / "components.cdx.json").write_text(
            components_of(
                manifest,
                snakemake.input.environments,
                snakemake.input.packages if snakemake.input.runner else [],
            )
        )
        manifest = describe_files(manifest, folder)
        write_json(folder / "manifest.json", manifest)
        write_sums(folder, manifest["files"])
        write_archive(folder, snakemake.wildcards.model, snakemake.output.archive)
