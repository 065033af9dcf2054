"""What a benchmark measures: the files of each recipe, and what was made to get them.

Standard library only. A recipe is {part: {"files": paths, "made": paths}}; its parts are the
submodules and, of ours, `pieces`, the decoder in two.
"""

from __future__ import annotations

from sao.artifacts import exported_eager, lowered, made_on_the_way
from sao.schemes import scheme_of
from sao.submodules import PIECES, SUBMODULES, whole

Recipe = dict[str, dict[str, list[str]]]


def recipes(model: str, schemes: dict[str, str]) -> dict[str, Recipe]:
    """Return the recipes by name, `schemes` by submodule being those of the config.

    `reference` is what Arm's guide does, `ours` is by the config's schemes, `eager` is torch in
    fp32 on the graph as it is.
    """
    return {
        "reference": {
            submodule: lowered_part(model, [submodule], "reference") for submodule in SUBMODULES
        },
        "ours": {
            submodule: lowered_part(model, [submodule], schemes[submodule])
            for submodule in SUBMODULES
        }
        | {"pieces": lowered_part(model, list(PIECES), schemes[whole(next(iter(PIECES)))])},
        "eager": {submodule: _eager(model, submodule) for submodule in SUBMODULES},
    }


def all_files(measured: dict[str, Recipe]) -> list[str]:
    """Return every file that recipes measure."""
    return [
        file for recipe in measured.values() for part in recipe.values() for file in part["files"]
    ]


def choices(model: str, schemes: dict[str, list[str]]) -> dict[str, Recipe]:
    """Return recipes by scheme, each with the submodules that have it among their `schemes`.

    Of the decoder `pieces` alone, which generations use, where a scheme has them.
    """
    found: dict[str, Recipe] = {}
    for submodule, names in schemes.items():
        pieces = [piece for piece in PIECES if whole(piece) == submodule]
        for name in dict.fromkeys(names):
            in_pieces = pieces and scheme_of(submodule, name).graph == "rewritten"
            part, programs = ("pieces", pieces) if in_pieces else (submodule, [submodule])
            found.setdefault(name, {})[part] = lowered_part(model, programs, name)
    return found


def lowered_part(model: str, programs: list[str], scheme: str) -> dict[str, list[str]]:
    """Return the files of a part in a scheme, and all that is made on the way to them."""
    made = [path for program in programs for path in made_on_the_way(model, program, scheme)]
    return {
        "files": [lowered(model, program, scheme) for program in programs],
        "made": list(dict.fromkeys(made)),
    }


def _eager(model: str, submodule: str) -> dict[str, list[str]]:
    files = [exported_eager(model, submodule)]
    return {"files": files, "made": files}
