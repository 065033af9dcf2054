"""What the papers of a bundle say: manifest, model card, NOTICE. Standard library only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sao.errors import BuildError
from sao.files import sha256
from sao.submodules import PIECES, PROGRAMS


def describe(model: str, provenance: dict, summaries: dict[str, dict]) -> dict[str, Any]:
    """Return a bundle's manifest, but for its files; `summaries` are pte/*.json by program.

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
        "executorch": versions[0],
        "sample_rate": provenance["shapes"]["sample_rate"],
        "provenance": provenance,
        "submodules": {name: text for name, text in programs.items() if name not in PIECES},
        "pieces": {name: text for name, text in programs.items() if name in PIECES},
    }


def describe_files(manifest: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Return the manifest with bytes and sha256 of every file in `folder`, the programs' twice."""
    files = {
        path.name: {"bytes": path.stat().st_size, "sha256": sha256(path)}
        for path in sorted(folder.iterdir())
    }
    described = {
        group: {name: part | files[part["file"]] for name, part in manifest[group].items()}
        for group in ("submodules", "pieces")
    }
    return manifest | described | {"files": files}


def paper_values(manifest: dict[str, Any]) -> dict[str, Any]:
    """Return the values of model_card.md.j2 and NOTICE.j2."""
    programs = manifest["submodules"] | manifest["pieces"]
    return {
        "model": manifest["model"],
        "source": manifest["provenance"]["model"],
        "text_encoder": manifest["provenance"]["text_encoder"],
        "executorch": manifest["executorch"],
        "shapes": manifest["provenance"]["shapes"],
        "programs": programs,
        "outside": sorted({name for part in programs.values() for name in part["undelegated"]}),
    }
