"""Decide which sites of a program may be in int8, so that it is as near to fp32 as promised."""

from sao.offline import forbid_network
from sao.stage import stage

with stage(snakemake) as terminal:
    forbid_network()
    import torch

    from sao.files import read_json, sha256, write_json
    from sao.quantize.calibration import THREADS, calibration_calls
    from sao.quantize.precision import (
        as_in_pieces,
        costs_of,
        decide,
        require_strictly,
        said,
        simulated,
    )
    from sao.quantize.quantizers import measurable
    from sao.quantize.simulation import Simulation
    from sao.quantize.static_int8 import record_ranges

    torch.set_num_threads(THREADS)
    program, quantizer = snakemake.params.program, snakemake.params.quantizer
    calls = calibration_calls(
        program, snakemake.input.calibration, snakemake.params.steps, snakemake.input.head
    )
    exported = torch.export.load(snakemake.input.program)
    ranges = {}
    if quantizer == "int8_static":
        ranges = record_ranges(exported.module(check_guards=False), calls)
    graph_module = exported.module(check_guards=False)
    sites = measurable(quantizer, graph_module)
    errors, costs = simulated(Simulation(graph_module, sites, ranges)), costs_of(sites)
    with torch.no_grad():
        if snakemake.input.pieces:
            pieces = [read_json(path) for path in snakemake.input.pieces]
            decision = as_in_pieces(errors, list(costs), pieces, calls[:1])
        else:
            decision = decide(errors, costs, calls, snakemake.params.target_db)
    line = said(decision, snakemake.output[0], snakemake.params.target_db)
    if decision.fp32:
        require_strictly(decision, line, snakemake.params.strict)
        print(line, file=terminal, flush=True)
    write_json(
        snakemake.output[0],
        {
            "program": program,
            "scheme": snakemake.wildcards.scheme,
            "weights_sha256": sha256(snakemake.input.weights),
            "target_db": snakemake.params.target_db,
            "throughout_db": round(decision.throughout_db, 1),
            "reached_db": round(decision.reached_db, 1),
            "sites": list(costs),
            "int8": decision.int8,
            "fp32": decision.fp32,
            "ranges": ranges,
        },
    )
