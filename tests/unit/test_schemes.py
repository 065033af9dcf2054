import pytest
import torch
from torch import nn

from sao.metrics import snr_db
from sao.schemes import quantize_linears, restore_linears


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(64, 96)
        self.norm = nn.LayerNorm(96)
        self.second = nn.Linear(96, 32, bias=False)

    def forward(self, x):
        return self.second(torch.relu(self.norm(self.first(x))))


@pytest.fixture(scope="module")
def program():
    torch.manual_seed(0)
    module = Block().eval().requires_grad_(False)
    return torch.export.export(module, (torch.randn(1, 10, 64),))


def test_linears_come_back_as_modules_that_compute_the_same(program):
    (x,), _ = program.example_inputs
    graph_module = program.module(check_guards=False)
    expected = graph_module(x)
    names = restore_linears(graph_module)
    assert len(names) == 2
    assert all(isinstance(graph_module.get_submodule(name), nn.Linear) for name in names)
    assert torch.equal(graph_module(x), expected)


def test_int8_quantizes_every_linear_and_nothing_else(program):
    (x,), _ = program.example_inputs
    quantized = quantize_linears(program, "int8")
    operators = [str(node.target) for node in quantized.graph.nodes]
    assert sum("choose_qparams" in name for name in operators) == 2
    weights = [tensor.qdata for tensor in quantized.state_dict.values() if hasattr(tensor, "qdata")]
    assert {tensor.dtype for tensor in weights} == {torch.int8}
    assert sorted(tuple(tensor.shape) for tensor in weights) == [(32, 96), (96, 64)]
    snr = snr_db(program.module()(x).numpy(), quantized.module()(x).numpy())
    assert 30 < snr < 60
