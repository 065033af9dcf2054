"""Check the fetched files against the lock and split the weights by submodule."""

from importlib.metadata import version
from pathlib import Path

from sao.files import read_json, write_json
from sao.hub.lock import check, find_source
from sao.model.checkpoint import check_finite, read_checkpoint, save_weights, split_weights
from sao.model.shapes import check_architecture, model_shapes
from sao.model.tokenizer import check_tokenizer
from sao.stage import stage
from sao.submodules import SUBMODULES

with stage(snakemake):
    lock = read_json(snakemake.input.lock)
    for path in map(Path, snakemake.input.files):
        check(path, find_source(lock, path.parent.parent.name)["files"][path.name])

    model_config = read_json(snakemake.input.model_config)
    t5_config = read_json(snakemake.input.t5_config)
    check_architecture(model_config)
    check_tokenizer(snakemake.input.spiece, t5_config["vocab_size"])
    counts = {}
    for submodule in SUBMODULES:
        # Mapped anew for each: what is read of a mapped file stays in memory while it is mapped.
        parts = split_weights(
            read_checkpoint(snakemake.input.checkpoint),
            snakemake.input.t5_weights,
            model_config,
            t5_config,
        )
        config, tensors = parts[submodule]
        check_finite(submodule, tensors)
        save_weights(snakemake.output[submodule], config, tensors)
        counts[submodule] = {
            "tensors": len(tensors),
            "parameters": sum(tensor.numel() for tensor in tensors.values()),
        }
        del parts, tensors

    write_json(
        snakemake.output.provenance,
        {
            **lock,
            "shapes": model_shapes(model_config),
            "submodules": counts,
            "tools": {package: version(package) for package in ("torch", "safetensors")},
        },
    )
