"""An exported program to an ExecuTorch program for XNNPACK. Needs torch and executorch."""

from __future__ import annotations

import os
from collections import Counter

from executorch.backends.xnnpack.partition.xnnpack_partitioner import XnnpackPartitioner
from executorch.exir import EdgeProgramManager, to_edge_transform_and_lower
from torch.export import ExportedProgram

from sao.files import atomic
from sao.submodules import SUBMODULES


def lower(program: ExportedProgram) -> EdgeProgramManager:
    """Delegate to XNNPACK what it takes.

    One partitioner takes dynamically quantized linear layers too; a partitioner of their own in
    front of it would split the graph into many small delegates.
    """
    return to_edge_transform_and_lower(program, partitioner=[XnnpackPartitioner()])


def delegation_summary(edge: EdgeProgramManager) -> dict:
    """Return {"delegates": count, "undelegated": {operator: count}} of a lowered program."""
    calls = [n.target for n in edge.exported_program().graph.nodes if n.op == "call_function"]
    names = Counter(_operator_name(target) for target in calls)
    names.pop("getitem", None)
    return {"delegates": names.pop("executorch_call_delegate", 0), "undelegated": dict(names)}


def signature(program: ExportedProgram, submodule: str) -> dict:
    """Return the names, shapes and dtypes of a program's inputs and outputs, in order."""
    names = SUBMODULES[submodule]
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
