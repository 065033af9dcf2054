"""The schemes of each submodule: what is done to its exported program. Standard library only.

To add one: write its line here and its name into the config schema; a new way to quantize is a
function in sao.quantize.quantizers.
"""

from __future__ import annotations

from dataclasses import dataclass

from sao.submodules import whole


@dataclass(frozen=True)
class Scheme:
    """How a `.pte` is made of an exported program.

    quantizer names a function of sao.quantize.quantizers, none takes the program as it is; of a
    measured one it is found out how precise what must be, of a submodule and its pieces together
    or of each program. graph is which export to start from, `rewritten` or `reference`.
    partitioners names those of sao.lower.lowering, in order.
    """

    quantizer: str | None = None
    measured: bool = False
    together: bool = False
    graph: str = "rewritten"
    partitioners: tuple[str, ...] = ("xnnpack",)


SCHEMES = {
    "conditioners": {
        "fp32": Scheme(),
        "int8": Scheme("int8_dynamic", measured=True),
        "reference": Scheme(graph="reference"),
    },
    "dit": {
        "fp32": Scheme(),
        "int8": Scheme("int8_dynamic", measured=True),
        "int8_fp16": Scheme("int8_and_half_attention", measured=True),
        "small": Scheme("int4_and_int8", measured=True),
        "int4": Scheme("int4_groupwise"),
        "reference": Scheme(
            "int8_dynamic_throughout",
            graph="reference",
            partitioners=("xnnpack_dynamic", "xnnpack"),
        ),
    },
    "autoencoder": {
        "fp32": Scheme(),
        "fp16": Scheme("half"),
        "int8": Scheme("int8_convolutions", measured=True, together=True),
        "static": Scheme("int8_static", measured=True),
        "reference": Scheme(graph="reference"),
    },
}


def scheme_of(program: str, name: str) -> Scheme:
    """Return a scheme of a submodule, or of a piece of one."""
    return SCHEMES[whole(program)][name]
