"""An exported program to an ExecuTorch program for XNNPACK. Needs torch and executorch."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from unittest import mock

from executorch.backends.xnnpack import _passes as xnnpack_passes
from executorch.backends.xnnpack.partition.config import ALL_PARTITIONER_CONFIGS
from executorch.backends.xnnpack.partition.config.generic_node_configs import SinConfig
from executorch.backends.xnnpack.partition.config.xnnpack_config import ConfigPrecisionType
from executorch.backends.xnnpack.partition.xnnpack_partitioner import (
    XnnpackDynamicallyQuantizedPartitioner,
    XnnpackPartitioner,
)
from executorch.exir import (
    EdgeCompileConfig,
    EdgeProgramManager,
    to_edge_transform_and_lower,
)
from torch.export import ExportedProgram

from sao.errors import BuildError
from sao.files import atomic
from sao.lower.casts import CastConfig
from sao.lower.positions import ChannelsConfig, ChannelsLastWithPositions, PositionsConfig
from sao.submodules import PROGRAMS

# The oldest runtime that loads what is lowered here: XNNPACK in 1.0 has no sine and cosine.
LOWEST_EXECUTORCH = "1.1.0"


class SinConfigInInt8(SinConfig):
    """XNNPACK's sine takes int8 as well, as a table of 256; executorch 1.5.1 does not offer it."""

    def supported_precision_types(self) -> list[ConfigPrecisionType]:
        """Return fp32 and static int8."""
        return [ConfigPrecisionType.FP32, ConfigPrecisionType.STATIC_QUANT]


CONFIGS = [SinConfigInInt8 if config is SinConfig else config for config in ALL_PARTITIONER_CONFIGS]
# By name: XNNPACK's list of passes is made at each call.
MEMORY_FORMAT_PASS = "ChannelsLastTaggedReshapePass"
CONFIGS += [PositionsConfig, ChannelsConfig, CastConfig]
# One partitioner takes dynamically quantized linear layers too; a partitioner of their own in
# front of it, as in Arm's guide, splits the graph into many small delegates.
PARTITIONERS = {
    "xnnpack": lambda: XnnpackPartitioner(configs=CONFIGS),
    "xnnpack_dynamic": XnnpackDynamicallyQuantizedPartitioner,
}


def lower(
    program: ExportedProgram,
    partitioners: Sequence[str],
    constants: Mapping[str, float],
    *,
    checked: bool = True,
) -> EdgeProgramManager:
    """Delegate to XNNPACK what it takes, by the partitioners of these names, in order.

    The constants become methods of the `.pte` that return them. checked holds the graph of each
    step against the rules of its dialect.
    """
    with mock.patch.object(xnnpack_passes, MEMORY_FORMAT_PASS, ChannelsLastWithPositions):
        return to_edge_transform_and_lower(
            program,
            partitioner=[PARTITIONERS[name]() for name in partitioners],
            constant_methods={**constants} or None,
            compile_config=EdgeCompileConfig(_check_ir_validity=checked),
        )


def require_one_delegate(summary: dict, allowed: list[str] | None, where: str) -> None:
    """Raise BuildError where more is outside one delegate than `allowed` names; none allows all."""
    if allowed is None:
        return
    outside = {name: n for name, n in summary["undelegated"].items() if name not in allowed}
    if outside or summary["delegates"] != 1:
        named = ", ".join(f"{name} ({count})" for name, count in sorted(outside.items()))
        raise BuildError(
            f"{where}: {summary['delegates']} delegates, outside them: {named or 'nothing more'}; "
            f"a rewrite (scripts/sao/export/rewrites) should give XNNPACK the whole graph, or "
            f"allow the operators by name in the configuration's undelegated"
        )


def delegation_summary(edge: EdgeProgramManager) -> dict:
    """Return {"delegates": count, "undelegated": {operator: count}} of a lowered program."""
    calls = [n.target for n in edge.exported_program().graph.nodes if n.op == "call_function"]
    names = Counter(_operator_name(target) for target in calls)
    names.pop("getitem", None)
    return {"delegates": names.pop("executorch_call_delegate", 0), "undelegated": dict(names)}


def runtime_versions() -> dict[str, str]:
    """Return the ExecuTorch that lowers here, and the lowest that loads what it makes."""
    return {"lowered_by": version("executorch"), "lowest": LOWEST_EXECUTORCH}


def signature(program: ExportedProgram, program_name: str) -> dict:
    """Return the names, shapes and dtypes of a program's inputs and outputs, in order."""
    names = PROGRAMS[program_name]
    nodes = {node.name: node.meta["val"] for node in program.graph.nodes if "val" in node.meta}
    io = program.graph_signature
    return {
        "inputs": _tensors(names.inputs, [nodes[name] for name in io.user_inputs]),
        "outputs": _tensors(names.outputs, [nodes[name] for name in io.user_outputs]),
    }


def save(edge: EdgeProgramManager, target: str | os.PathLike) -> None:
    """Write the `.pte`."""
    with atomic(target) as path, open(path, "wb") as file:
        edge.to_executorch().write_to_file(file)


def _operator_name(target) -> str:
    name = getattr(target, "name", None)
    return name() if callable(name) else getattr(target, "__name__", str(target))


def _tensors(names: tuple[str, ...], values: list) -> list[dict]:
    return [
        {
            "name": name,
            "shape": list(value.shape),
            "dtype": str(value.dtype).removeprefix("torch."),
        }
        for name, value in zip(names, values, strict=True)
    ]
