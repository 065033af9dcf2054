"""Gather what goes to a device: the `.pte` files, tokenizer, licence, manifest, papers."""

import shutil
from pathlib import Path

from sao.files import atomic, read_json, write_json
from sao.hub.lock import copy_pinned
from sao.papers.bundle import describe, describe_files, paper_values
from sao.papers.templates import render
from sao.stage import stage
from sao.submodules import PROGRAMS

with stage(snakemake), atomic(snakemake.output[0]) as folder:
    folder.mkdir()
    provenance = read_json(snakemake.input.provenance)
    for program, description in PROGRAMS.items():
        shutil.copyfile(snakemake.input[program], folder / description.bundle_name)
    # Fetched files may have changed since `verify` held them against these pins.
    pins = {role: provenance[role]["files"] for role in ("model", "text_encoder")}
    spiece = Path(snakemake.input.spiece)
    copy_pinned(spiece, pins["text_encoder"][spiece.name], folder / "spiece.model")
    for licence in map(Path, snakemake.input.licences):
        copy_pinned(licence, pins["model"][licence.name], folder / "LICENSE.md")
    summaries = {name: read_json(snakemake.input[f"{name}_summary"]) for name in PROGRAMS}
    manifest = describe(snakemake.wildcards.model, provenance, summaries)
    # The card's table has the programs' sizes.
    values = paper_values(describe_files(manifest, folder))
    (folder / "README.md").write_text(render(snakemake.input.card, **values))
    (folder / "NOTICE").write_text(render(snakemake.input.notice, **values))
    write_json(folder / "manifest.json", describe_files(manifest, folder))
