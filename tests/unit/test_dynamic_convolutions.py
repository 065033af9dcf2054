"""Convolutions in dynamic int8, some as linear layers over positions: what becomes of them."""

import pytest
import torch
from torch import nn

from sao.quantize.by_position import is_by_position, to_linear
from sao.quantize.convolutions import OUTPUT_DIMENSION
from sao.quantize.decided import Decided, Site
from sao.quantize.precision import Measure, decibels
from sao.quantize.quantizers import ladders, measurable
from sao.quantize.simulation import Simulation
from sao.score.metrics import snr_db
from support.decisions import everything
from support.quantizing import Sound, exported, lowered, operators, quantized_by, stored

NAME = "int8_convolutions"
STEP = 2**-4


@pytest.fixture
def sound():
    torch.manual_seed(0)
    return exported(Sound(), torch.randn(1, 4, 1, 200))


class Upsampling(nn.Module):
    """A transposed convolution between two convolutions, as the decoder's stages begin."""

    def __init__(self, stride):
        super().__init__()
        self.first = nn.Conv2d(4, 8, (1, 7), padding=(0, 3))
        padding, extra = -(-stride // 2), stride % 2
        self.up = nn.ConvTranspose2d(
            8, 6, (1, 2 * stride), (1, stride), (0, padding), output_padding=(0, extra)
        )
        self.last = nn.Conv2d(6, 2, (1, 7), padding=(0, 3))

    def forward(self, x):
        return self.last(torch.sin(self.up(torch.sin(self.first(x)))))


@pytest.mark.parametrize("stride", [2, 3, 4, 8])
@pytest.mark.parametrize("step", [None, STEP])
def test_an_upsampling_as_a_linear_layer_computes_the_same(stride, step):
    torch.manual_seed(0)
    program = exported(Upsampling(stride), torch.randn(1, 4, 1, 50))
    (x,), _ = program.example_inputs
    graph_module = program.module(check_guards=False)
    expected = graph_module(x)
    (up,) = [n for n in graph_module.graph.nodes if "transpose" in str(n.target)]
    to_linear(graph_module, up, step)
    graph_module.recompile()
    assert snr_db(expected.numpy(), graph_module(x).numpy()) > 120


def test_one_tap_as_a_linear_layer_computes_the_same(sound):
    (x,), _ = sound.example_inputs
    graph_module = sound.module(check_guards=False)
    expected = graph_module(x)
    convolutions = [n for n in graph_module.graph.nodes if n.target in OUTPUT_DIMENSION]
    (tap,) = [n for n in convolutions if is_by_position(n) and "transpose" not in n.name]
    to_linear(graph_module, tap, None)
    graph_module.recompile()
    assert snr_db(expected.numpy(), graph_module(x).numpy()) > 120


def test_int8_takes_the_convolutions_between_the_ends_only(sound):
    quantized, snr = quantized_by(NAME, sound)
    # One tap, seven, and the upsampling by 2: 2 * 16 inputs, 2 * 8 outputs.
    assert stored(quantized, torch.int8) == [(16, 16), (16, 16, 1, 7), (16, 32)]
    assert sum("choose_qparams" in name for name in operators(quantized)) == 3
    # Nothing is left beside what was made of it: the `.pte` or the `.pt2` would hold both.
    left = [shape for shape in stored(quantized, torch.float32) if len(shape) in (2, 4)]
    assert sorted(left) == [(2, 8, 1, 7), (16, 4, 1, 7)]
    assert 30 < snr < 60


def in_halves(program):
    """Return all sites in the finest precision short of fp32."""
    graph_module = program.module(check_guards=False)
    finest = {s: can[-2] for s, can in ladders(NAME, measurable(NAME, graph_module)).items()}
    return Decided([Site(s, p, STEP if p == "w8a16" else None) for s, p in finest.items()])


def test_in_halves_only_the_weights_are_rounded(sound):
    graph_module = sound.module(check_guards=False)
    simulation = Simulation(graph_module, measurable(NAME, graph_module))
    measure = Measure(simulation, [sound.example_inputs[0]], 1)
    decided = in_halves(sound)
    of_weights = decibels(measure.errors({site.name: site.precision for site in decided.sites}))
    quantized, snr = quantized_by(NAME, sound, decided)
    # Seven taps stay as they are; the others have two channels more.
    assert stored(quantized, torch.int8) == [(16, 16, 1, 7), (16, 18), (16, 34)]
    assert snr == pytest.approx(of_weights, abs=1)


@pytest.mark.parametrize("loud", [1, 4])
@pytest.mark.parametrize("precision", ["int8", "w8a16"])
def test_each_precision_lowers_to_one_delegate_that_computes_the_same(sound, precision, loud):
    decided = in_halves(sound) if precision == "w8a16" else everything(NAME, sound, [])
    quantized, _ = quantized_by(NAME, sound, decided)
    x = loud * quantized.example_inputs[0][0]  # four times as loud, and the grid is too small
    wanted = quantized.module(check_guards=False)(x).numpy()
    assert snr_db(wanted, lowered(quantized)(x).numpy()) > 45


def test_what_is_left_in_fp32_stays_a_convolution_but_for_the_upsampling(sound):
    names = [site.name for site in everything(NAME, sound, []).sites]
    decided = Decided([Site(name, "fp32") for name in names])
    quantized, snr = quantized_by(NAME, sound, decided)
    assert not stored(quantized, torch.int8)
    assert sum("conv" in name for name in operators(quantized)) == len(names) + 1
    assert (16, 32) in stored(quantized, torch.float32)
    assert snr > 120
