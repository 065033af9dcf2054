"""What is delegated, and that a build with more outside fails and says what."""

import gc

import pytest
import torch
import yaml
from torch import nn
from torch.fx.passes.infra.pass_base import PassBase

from sao.errors import BuildError
from sao.export.exporting import rewrite
from sao.lower.lean_lowering import LOOKS_FOR, lean_lowering
from sao.lower.lowering import (
    delegation_summary,
    lower,
    require_one_delegate,
    runtime_versions,
    signature,
)
from sao.quantize.quantizers import quantize
from sao.schemes import SCHEMES
from sao.submodules import SUBMODULES
from support.checkout import ROOT
from support.decisions import everything
from support.rewrites import REWRITES

SCHEMA = yaml.safe_load((ROOT / "workflow/schemas/config.schema.yaml").read_text())


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
    before = PassBase.__call__, gc.get_threshold()
    module, example = load(submodule)
    exported = torch.export.export(rewrite(module, REWRITES[submodule]), example)
    quantizer = SCHEMES[submodule]["int8"].quantizer or ""
    program = quantize(exported, quantizer, everything(quantizer, exported, []))
    with lean_lowering():
        lean = lower(program, ["xnnpack"], {}, checked=False).to_executorch().buffer
    assert (PassBase.__call__, gc.get_threshold()) == before
    assert lean == lower(program, ["xnnpack"], {}).to_executorch().buffer


def test_each_pass_that_lean_lowering_knows_is_one_of_executorchs(monkeypatch):
    """Under another name in a later version it would run, and nobody would notice."""
    ran = set()
    run = PassBase.__call__

    def record(self, graph_module):
        ran.add(type(self).__name__)
        return run(self, graph_module)

    monkeypatch.setattr(PassBase, "__call__", record)
    program = torch.export.export(nn.Linear(8, 8).eval(), (torch.randn(4, 8),))
    lower(program, ["xnnpack"], {}).to_executorch()
    assert set(LOOKS_FOR) <= ran


@pytest.mark.parametrize("scheme", ["fp32", "int8"])
def test_the_conditioners_mask_is_int64_and_outside_with_what_is_allowed(load, scheme):
    """Arm's export gives whole numbers, which XNNPACK does not take."""
    module, example = load("conditioners")
    program = torch.export.export(rewrite(module, REWRITES["conditioners"]), example)
    if quantizer := SCHEMES["conditioners"][scheme].quantizer:
        program = quantize(program, quantizer, everything(quantizer, program, []))
    outputs = {entry["name"]: entry for entry in signature(program, "conditioners")["outputs"]}
    assert [entry["dtype"] for entry in outputs.values()] == ["float32", "int64", "float32"]
    summary = delegation_summary(lower(program, ["xnnpack"], {}))
    allowed = SCHEMA["properties"]["undelegated"]["properties"]["conditioners"]["default"]
    require_one_delegate(summary, allowed, "conditioners.pte")
    assert "aten::cat" in summary["undelegated"]


def test_a_program_names_what_lowered_it_and_what_loads_it():
    environment = yaml.safe_load((ROOT / "envs/build.yaml").read_text())
    [pins] = [entry["pip"] for entry in environment["dependencies"] if isinstance(entry, dict)]
    versions = runtime_versions()
    assert f"executorch=={versions['lowered_by']}" in pins
    assert versions["lowest"] == "1.1.0"
