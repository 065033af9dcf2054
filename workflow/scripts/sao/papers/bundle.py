"""What the papers of a bundle say: manifest, model card, NOTICE.

The card's metadata needs huggingface_hub; all else the standard library only.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sao.errors import BuildError
from sao.files import sha256
from sao.papers.archive import bundle_files
from sao.submodules import ENCODER, PIECES, PROGRAMS, SUBMODULES

# Of programs in a manifest; the first one's are what drop-in users know.
GROUPS = {"submodules": SUBMODULES, "pieces": PIECES, "encoder": ENCODER}


def describe(
    model: str,
    provenance: dict,
    summaries: dict[str, dict],
    asked: dict[str, list[str]],
    made_by: dict[str, str | None],
) -> dict[str, Any]:
    """Return a bundle's manifest, but for its files; `summaries` are pte/*.json by program.

    `asked` is sao.papers.licences.asked; `made_by` is the workflow's commit and the command.

    Raises BuildError where the programs were not lowered by one ExecuTorch.
    """
    versions = [summary["executorch"] for summary in summaries.values()]
    if any(version != versions[0] for version in versions):
        raise BuildError("the programs come of different ExecuTorch versions; build them anew")
    programs = {
        name: {"file": PROGRAMS[name].bundle_name, **summary} for name, summary in summaries.items()
    }
    return {
        "model": model,
        "made_by": made_by,
        "asked_by_licences": asked,
        "executorch": versions[0],
        "sample_rate": provenance["shapes"]["sample_rate"],
        "provenance": provenance,
        **{
            group: {name: programs[name] for name in names if name in programs}
            for group, names in GROUPS.items()
        },
    }


def describe_files(manifest: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Return the manifest with bytes and sha256 of every file below `folder`, programs' twice.

    Files that the manifest has already are not read again: they are large.
    """
    known = manifest.get("files", {})
    files = {
        name: known.get(name)
        or {"bytes": (folder / name).stat().st_size, "sha256": sha256(folder / name)}
        for name in bundle_files(folder)
    }
    described = {
        group: {name: part | files[part["file"]] for name, part in manifest[group].items()}
        for group in GROUPS
    }
    return manifest | described | {"files": files}


def front_matter(values: dict[str, Any]) -> str:
    """Return the metadata of a model card, YAML as the Hub takes it, from `paper_values`."""
    from huggingface_hub import ModelCardData

    source = values["source"]
    link = source.get("licence_link")
    return ModelCardData(
        base_model=source["repository"],
        base_model_relation="quantized",
        library_name="executorch",
        license=source["licence"],
        license_name=source.get("licence_name"),
        license_link="LICENSE.md" if link and "://" not in link else link,
        pipeline_tag="text-to-audio",
        tags=["executorch", "xnnpack", "arm"],
    ).to_yaml(line_break="\n")


def paper_values(manifest: dict[str, Any]) -> dict[str, Any]:
    """Return the values of model_card.md.j2 and NOTICE.j2."""
    programs = {name: part for group in GROUPS for name, part in manifest[group].items()}
    return {
        "model": manifest["model"],
        "asked": manifest["asked_by_licences"],
        "runners": sorted(name for name in manifest["files"] if name.endswith("/audiogen")),
        "source": manifest["provenance"]["model"],
        "text_encoder": manifest["provenance"]["text_encoder"],
        "executorch": manifest["executorch"],
        "shapes": manifest["provenance"]["shapes"],
        "programs": programs,
        "outside": sorted({name for part in programs.values() for name in part["undelegated"]}),
    }
