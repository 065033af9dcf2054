"""Decide which sites of a program may be in int8, and the ranges of what is computed so."""

from sao.offline import forbid_network
from sao.stage import stage

with stage(snakemake) as terminal:
    forbid_network()
    import torch

    from sao.export.program_file import load_program
    from sao.files import sha256, write_json
    from sao.quantize.calibration import calibration_calls
    from sao.quantize.precision import costs_of, decide, require_strictly, said, simulated
    from sao.quantize.quantizers import measurable
    from sao.quantize.simulation import Simulation
    from sao.quantize.static_int8 import record_ranges
    from sao.threads import THREADS

    torch.set_num_threads(THREADS)
    target, quantizer = snakemake.params.target_db, snakemake.params.quantizer
    calls = calibration_calls(
        snakemake.params.program,
        snakemake.input.calibration,
        snakemake.params.steps,
        snakemake.input.head,
    )
    program, _ = load_program(snakemake.input.program)
    graph_module = program.module(check_guards=False)
    sites = measurable(quantizer, graph_module)
    if quantizer == "int8_static":
        # What of the decoder should stay in fp32 is not measured yet.
        decided: dict = {"int8": list(costs_of(sites)), "fp32": []}
        decided["ranges"] = record_ranges(graph_module, calls)
    else:
        errors = simulated(Simulation(graph_module, sites, {}))
        with torch.no_grad():
            decision = decide(errors, costs_of(sites), calls, target)
        if decision.fp32:
            line = said(decision, snakemake.output[0], target)
            require_strictly(line, snakemake.params.strict)
            print(line, file=terminal, flush=True)
        decided = {
            "int8": decision.int8,
            "fp32": decision.fp32,
            "target_db": target,
            "throughout_db": round(decision.throughout_db, 1),
            "reached_db": round(decision.reached_db, 1),
        }
    weights = {"weights_sha256": sha256(snakemake.input.weights)}
    write_json(snakemake.output[0], weights | decided)
