"""What was decided of a program's precision, and reading it. Standard library only."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from sao.errors import BuildError
from sao.files import read_json, sha256
from sao.quantize.ranges import Ranges

# Of activations and weights, coarsest first: weights in int4 by groups, activations in int8; int8
# both; weights in int8, activations in two halves of int8, about 16 bits (sao.quantize.high_low);
# fp32 both.
PRECISIONS = ("int4", "int8", "w8a16", "fp32")


@dataclass(frozen=True)
class Site:
    """A place of a graph: the name of its node, its precision, and for w8a16 its grid's step."""

    name: str
    precision: str
    step: float | None = None


@dataclass(frozen=True)
class Decided:
    """The sites of a program in the order of its graph; ranges where they are static."""

    sites: Sequence[Site] = ()
    ranges: Ranges = field(default_factory=dict)

    def low(self) -> list[str]:
        """Return the names of all sites that are not in fp32."""
        return [site.name for site in self.sites if site.precision != "fp32"]

    def int4(self) -> list[str]:
        """Return the names of the sites whose weights are in int4."""
        return [site.name for site in self.sites if site.precision == "int4"]

    def steps(self) -> dict[str, float]:
        """Return the steps of those whose activations are in two halves."""
        return {site.name: site.step for site in self.sites if site.step is not None}

    def of(self, program: str, names: Sequence[str]) -> Decided:
        """Return what holds for a program whose own sites, in order, have these names.

        A piece has the first or the last sites of its submodule. Raises BuildError where the sites
        are not those of the program.
        """
        sites = self.sites
        if program.endswith("_head"):
            sites = sites[: len(names)]
        elif program.endswith("_tail"):
            sites = sites[len(sites) - len(names) :]
        elif [site.name for site in sites] != list(names):
            raise BuildError(
                f"{program}: what was decided of its precision is of another graph; take its file "
                f"out of config/precision to have it decided anew"
            )
        renamed = zip(sites, names, strict=True)
        return Decided([replace(site, name=name) for site, name in renamed], self.ranges)


def read_precision(path: str | os.PathLike, weights: str | os.PathLike) -> Decided:
    """Return what was decided; raise BuildError where it was of other weights."""
    content = read_json(path)
    if content["weights_sha256"] != sha256(weights):
        raise BuildError(
            f"{path}: decided for other weights than {weights}; take the file away to have it "
            "decided anew"
        )
    return Decided([Site(**site) for site in content["sites"]], content.get("ranges", {}))


def as_json(decided: Decided) -> dict:
    """Return what read_precision reads, but for the hash of the weights."""
    sites = [
        {name: value for name, value in vars(site).items() if value is not None}
        for site in decided.sites
    ]
    return {"sites": sites} | ({"ranges": decided.ranges} if decided.ranges else {})
