"""Gather what goes to a device: the three `.pte`, tokenizer, licence, manifest, model card."""

import shutil

from sao.files import atomic, read_json, sha256, write_json
from sao.model_card import model_card
from sao.stage import stage
from sao.submodules import SUBMODULES

with stage(snakemake), atomic(snakemake.output[0]) as folder:
    folder.mkdir()
    provenance = read_json(snakemake.input.provenance)
    manifest = {
        "model": snakemake.wildcards.model,
        "sample_rate": provenance["shapes"]["sample_rate"],
        "provenance": provenance,
        "submodules": {},
    }
    for submodule, description in SUBMODULES.items():
        target = folder / description.bundle_name
        shutil.copyfile(snakemake.input[submodule], target)
        manifest["submodules"][submodule] = {
            "file": target.name,
            "bytes": target.stat().st_size,
            "sha256": sha256(target),
            **read_json(snakemake.input[f"{submodule}_summary"]),
        }
    shutil.copyfile(snakemake.input.spiece, folder / "spiece.model")
    for licence in snakemake.input.licences:
        shutil.copyfile(licence, folder / "LICENSE.md")
    write_json(folder / "manifest.json", manifest)
    (folder / "README.md").write_text(model_card(manifest))
