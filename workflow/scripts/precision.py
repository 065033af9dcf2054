"""Decide how precise the sites of a program are, and the ranges of what is computed so."""

from sao.offline import forbid_network
from sao.stage import stage

with stage(snakemake) as terminal:
    forbid_network()
    import torch

    from sao.export.program_file import load_program
    from sao.files import sha256, write_json
    from sao.quantize.calibration import calibration_calls, some_crops
    from sao.quantize.decided import Decided, Site, as_json
    from sao.quantize.precision import (
        Measure,
        costs_of,
        decide,
        in_fp32,
        require_strictly,
        said,
        sites_of,
    )
    from sao.quantize.quantizers import ladders, measurable, names_of
    from sao.quantize.simulation import Simulation
    from sao.quantize.static_int8 import record_ranges
    from sao.threads import THREADS

    torch.set_num_threads(THREADS)
    target, quantizer = snakemake.params.target_db, snakemake.params.quantizer
    calls = calibration_calls(
        snakemake.params.program,
        snakemake.input.calibration,
        snakemake.params.steps,
        snakemake.input.before,
    )
    program, _ = load_program(snakemake.input.program)
    graph_module = program.module(check_guards=False)
    sites = measurable(quantizer, graph_module)
    content: dict = {"weights_sha256": sha256(snakemake.input.weights)}
    if quantizer == "int8_static":
        # It keeps no promise: what it reaches is what its ranges allow.
        decided = Decided(
            [Site(name, "int8") for name in names_of(sites)], record_ranges(graph_module, calls)
        )
    else:
        # The encoder's calls are of a whole sound, of which its graph takes a window at a time.
        times = calls[0][0].shape[-1] / program.example_inputs[0][0].shape[-1]
        # A stretch of sound says more than a step of the DiT's.
        few = 2
        if quantizer == "int8_convolutions":
            calls, few = some_crops(calls), 1
        simulation = Simulation(graph_module, sites)
        with torch.no_grad():
            measure = Measure(simulation, calls, few)
            costs = costs_of(sites, strict=snakemake.params.strict, times=times)
            decision = decide(measure, costs, ladders(quantizer, sites), target)
        line = said(decision, snakemake.output[0], target)
        print(line)
        require_strictly(decision, line, snakemake.params.strict)
        if in_fp32(decision):
            print(line, file=terminal, flush=True)
        decided = Decided(sites_of(decision, simulation.largest))
        content["target_db"] = target
        content["throughout_db"] = round(decision.throughout_db, 1)
        content["reached_db"] = round(decision.reached_db, 1)
    write_json(snakemake.output[0], content | as_json(decided))
