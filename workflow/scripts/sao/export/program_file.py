"""`.pt2` files: a program of torch.export, and what its `.pte` is to say of itself. Needs torch."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from itertools import chain

import torch
from torch import Tensor
from torch.export import ExportedProgram
from torch.fx import GraphModule, Node

import sao.export.casts
import sao.export.positions  # noqa: F401  (operators that a program may have)
from sao.files import atomic, require_room

# The file's one extra entry: numbers by name, as JSON.
CONSTANTS = "constants.json"


def save_program(
    program: ExportedProgram, constants: Mapping[str, float], target: str | os.PathLike
) -> None:
    """Write a program and its constants; the same two give the same bytes.

    Where in the source each operator comes from is left out of the program, here and in the file,
    and the graphs that it comes from have numbers: a comment, another folder or another process
    would make other bytes of the same graph.
    """
    graphs = [m.graph for m in program.graph_module.modules() if isinstance(m, GraphModule)]
    nodes = [*chain.from_iterable(graph.nodes for graph in graphs)]
    for node in nodes:
        node.meta.pop("stack_trace", None)
    _number_graphs(nodes)
    entry = {CONSTANTS: json.dumps({**constants}, sort_keys=True)}
    # torch ends the whole process where a write fails.
    require_room(target, sum(tensor.nbytes for tensor in _tensors(program)))
    with atomic(target) as path:
        torch.export.save(program, path, extra_files=entry)


def load_program(path: str | os.PathLike) -> tuple[ExportedProgram, dict[str, float]]:
    """Return the program and its constants, as save_program wrote them."""
    entry = {CONSTANTS: ""}
    program = torch.export.load(path, extra_files=entry)
    return program, json.loads(entry[CONSTANTS])


def _number_graphs(nodes: Iterable[Node]) -> None:
    """Give the graphs that nodes come from numbers as they are met, in place of their addresses.

    `from_node` itself is kept: without it the decoder is lowered to another `.pte`.
    """
    numbers: dict[int, int] = {}
    sources = [source for node in nodes for source in node.meta.get("from_node") or ()]
    seen = set()
    while sources:
        source = sources.pop()
        if id(source) in seen:
            continue
        seen.add(id(source))
        if info := source.node_info:
            info.graph_id = numbers.setdefault(info.graph_id, len(numbers))
        source._dict = None  # what it was written as before
        sources += source.from_node


def _tensors(program: ExportedProgram) -> list[Tensor]:
    held = [*program.state_dict.values(), *program.constants.values()]
    return [value for value in held if isinstance(value, Tensor)]
