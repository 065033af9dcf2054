"""Decides on a small module's precision, lowers it, and prints the hashes of both; a program.

Arguments: the number of threads that torch computes with.
"""

import hashlib
import json
import math
import sys

import numpy as np
import torch

from sao.lower.lowering import lower
from sao.quantize.decided import Decided, as_json
from sao.quantize.precision import Measure, costs_of, decibels, decide, sites_of
from sao.quantize.quantizers import ladders, measurable, quantize
from sao.quantize.simulation import Simulation
from support.quantizing import Sound, exported

NAME = "int8_convolutions"


def made(threads: int) -> list[str]:
    """Return the sha256 of what is decided, and of the `.pte`."""
    torch.set_num_threads(threads)
    # Torch's own random numbers are not the same with other kernels.
    numbers = np.random.default_rng(0)
    module = Sound()
    for value in module.parameters():
        size = 1 / math.sqrt(max(1, math.prod(value.shape[1:])))
        value.data = torch.from_numpy(numbers.uniform(-size, size, value.shape).astype(np.float32))
    x = torch.from_numpy(numbers.standard_normal((1, 4, 1, 200)).astype(np.float32))
    program = exported(module, x)
    graph_module = program.module(check_guards=False)
    sites = measurable(NAME, graph_module)
    simulation = Simulation(graph_module, sites)
    measure = Measure(simulation, [(x,)], 1)
    throughout = decibels(measure.errors(dict.fromkeys(costs_of(sites), "int8")))
    # So small a layer would be left in fp32 before its input goes through in halves.
    costs = costs_of(sites, strict=True)
    decision = decide(measure, costs, ladders(NAME, sites), round(throughout) + 2)
    decided = Decided(sites_of(decision, simulation.largest))
    assert decided.steps(), [vars(site) for site in decided.sites]
    quantized = quantize(program, NAME, decided)
    edge = lower(quantized, ["xnnpack"], {})
    values = (json.dumps(as_json(decided)).encode(), edge.to_executorch().buffer)
    return [hashlib.sha256(value).hexdigest() for value in values]


if __name__ == "__main__":
    print(*made(int(sys.argv[1])))
