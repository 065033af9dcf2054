"""A small sound-like module, and what is asked of a quantized program."""

import torch
from torch import nn

from sao.export.rewrites.autoencoder import PlainSnake, SineGate
from sao.model.stable_audio import SnakeBeta
from sao.quantize.quantizers import quantize
from sao.score.metrics import snr_db
from support.decisions import everything

MEASURED = ("int8_dynamic", "int8_convolutions", "int8_static")


class Sound(nn.Module):
    """A residual unit as the rewrites leave it, an upsampling convolution, one at each end."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(4, 16, (1, 7), padding=(0, 3))
        self.snake = PlainSnake(SnakeBeta(16))
        self.before = nn.Conv2d(16, 16, (1, 7), padding=(0, 3))
        self.gate = SineGate(torch.full((16,), 0.5))
        self.after = nn.Conv2d(16, 16, 1)
        self.up = nn.ConvTranspose2d(16, 8, (1, 4), stride=(1, 2), padding=(0, 1))
        self.last = nn.Conv2d(8, 2, (1, 7), padding=(0, 3))

    def forward(self, x):
        x = self.first(x)
        x = self.up(x + self.after(self.gate(self.before(self.snake(x)))))
        return self.last(x).reshape(1, 2, -1).reshape(2, -1)


def exported(module, *example):
    return torch.export.export(module.eval().requires_grad_(False), example)


def quantized_by(name, program, decided=None):
    """Return the quantized program, and its SNR on the example, dB."""
    if decided is None and name in MEASURED:
        decided = everything(name, program, [program.example_inputs[0]])
    arguments, _ = program.example_inputs
    expected = program.module(check_guards=False)(*arguments).numpy()
    quantized = quantize(program, name, decided)  # which may change the program
    return quantized, snr_db(expected, quantized.module(check_guards=False)(*arguments).numpy())


def operators(program):
    return [str(node.target) for node in program.graph.nodes if node.op == "call_function"]


def stored(program, dtype):
    """Return the shapes of what a program stores in a dtype, torchao's tensors opened."""
    values = [*program.state_dict.values(), *program.constants.values()]
    values = [getattr(value, "qdata", value) for value in values]
    return sorted(tuple(v.shape) for v in values if getattr(v, "dtype", None) == dtype)


def lowered(program):
    """Return a quantized program's one delegate as a function."""
    from executorch.runtime import Runtime

    from sao.lower.lowering import delegation_summary, lower

    edge = lower(program, ["xnnpack"], {})
    summary = delegation_summary(edge)
    assert summary["delegates"] == 1
    assert set(summary["undelegated"]) <= {"dim_order_ops::_to_dim_order_copy"}
    buffer = edge.to_executorch().buffer  # which has to outlive the program

    def call(x):
        program = Runtime.get().load_program(buffer)
        return program.load_method("forward").execute([x])[0].clone()

    return call
