"""What is delegated, and that a build with more outside fails and says what."""

import gc

import pytest
import torch
from executorch.backends.xnnpack import xnnpack_preprocess
from torch import nn

from sao.errors import BuildError
from sao.export.exporting import rewrite
from sao.lower.lean_lowering import lean_lowering
from sao.lower.lowering import delegation_summary, lower, require_one_delegate
from sao.submodules import SUBMODULES
from support.rewrites import REWRITES


class Outside(nn.Module):
    """XNNPACK has no cumulative sum."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(8, 8)

    def forward(self, x):
        return self.linear(torch.cumsum(self.linear(x), dim=0))


def summary_of(module):
    program = torch.export.export(module.eval(), (torch.randn(4, 8),))
    return delegation_summary(lower(program, ["xnnpack"], {}))


def test_one_delegate_passes():
    summary = summary_of(nn.Linear(8, 8))
    assert summary == {"delegates": 1, "undelegated": {}}
    require_one_delegate(summary, [], "x.pte")


def test_what_is_outside_fails_by_name_unless_it_is_allowed():
    summary = summary_of(Outside())
    assert summary == {"delegates": 2, "undelegated": {"aten::cumsum": 1}}
    with pytest.raises(BuildError, match=r"x\.pte: 2 delegates.*aten::cumsum \(1\).*undelegated"):
        require_one_delegate(summary, [], "x.pte")
    with pytest.raises(BuildError, match="2 delegates, outside them: nothing more"):
        require_one_delegate(summary, ["aten::cumsum"], "x.pte")
    require_one_delegate(summary | {"delegates": 1}, ["aten::cumsum"], "x.pte")
    require_one_delegate(summary, None, "x.pte")


@pytest.mark.parametrize("submodule", SUBMODULES)
def test_lean_lowering_gives_the_same_bytes_and_leaves_nothing_behind(load, submodule):
    before = xnnpack_preprocess.XNNPACKPassManager, gc.get_threshold()
    module, example = load(submodule)
    exported = torch.export.export(rewrite(module, REWRITES[submodule]), example)
    with lean_lowering():
        lean = lower(exported, ["xnnpack"], {}).to_executorch().buffer
    assert (xnnpack_preprocess.XNNPACKPassManager, gc.get_threshold()) == before
    assert lean == lower(exported, ["xnnpack"], {}).to_executorch().buffer
