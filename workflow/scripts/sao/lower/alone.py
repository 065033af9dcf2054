"""What the partitioners of XNNPACK are told of an operator of our own. Needs executorch."""

from __future__ import annotations

from executorch.backends.xnnpack.partition.config.generic_node_configs import (
    GenericNodePartitionerConfig,
)
from executorch.backends.xnnpack.partition.config.xnnpack_config import ConfigPrecisionType
from torch import fx
from torch.export import ExportedProgram


class AloneConfig(GenericNodePartitionerConfig):
    """Takes an operator of ours, whatever is around it."""

    def supported_precision_types(self) -> list[ConfigPrecisionType]:
        """Return fp32: what is quantized is converted before or after."""
        return [ConfigPrecisionType.FP32]

    def get_node_and_deps(self, node: fx.Node, ep: ExportedProgram) -> list[fx.Node]:
        """Return the node alone."""
        return [node]
