"""Gather what goes to a device: the `.pte` files, tokenizer, licence, manifest, model card."""

import shutil

from sao.files import atomic, read_json, sha256, write_json
from sao.papers.templates import render
from sao.stage import stage
from sao.submodules import PIECES, PROGRAMS

with stage(snakemake), atomic(snakemake.output[0]) as folder:
    folder.mkdir()
    provenance = read_json(snakemake.input.provenance)
    manifest = {
        "model": snakemake.wildcards.model,
        "sample_rate": provenance["shapes"]["sample_rate"],
        "provenance": provenance,
        "submodules": {},
        "pieces": {},
    }
    for program, description in PROGRAMS.items():
        target = folder / description.bundle_name
        shutil.copyfile(snakemake.input[program], target)
        manifest["pieces" if program in PIECES else "submodules"][program] = {
            "file": target.name,
            "bytes": target.stat().st_size,
            "sha256": sha256(target),
            **read_json(snakemake.input[f"{program}_summary"]),
        }
    shutil.copyfile(snakemake.input.spiece, folder / "spiece.model")
    for licence in snakemake.input.licences:
        shutil.copyfile(licence, folder / "LICENSE.md")
    write_json(folder / "manifest.json", manifest)
    card = render(
        snakemake.input.template,
        model=manifest["model"],
        source=provenance["model"],
        shapes=provenance["shapes"],
        programs=manifest["submodules"] | manifest["pieces"],
    )
    (folder / "README.md").write_text(card)
