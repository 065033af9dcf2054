"""A process that measures one thing, told when by lines on its input.

Needs numpy, torch, safetensors and, for `.pte` files, executorch. Started by
sao.benchmark.measuring with what to measure as JSON in its argument; answers each line, the name of
a method, with its result as JSON. A process of its own, so that the peak of its memory is that of
what it measures.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time

import numpy as np

from sao.generate.cases import load_cases
from sao.generate.noise import Noise
from sao.generate.sampler import sample_pingpong
from sao.memory import own_peak_mb, resident_mb
from sao.score.comparison import compare
from sao.score.finite import require_finite
from sao.score.metrics import cosine, snr_db
from sao.submodules import SUBMODULES

# Short calls are repeated for this long in a turn: the first one finds the caches cold.
TURN_S = 0.5


class Part:
    """One part of a recipe on its recorded calls: files, cases (path), submodule, threads."""

    def __init__(self, spec: dict) -> None:
        """Note the memory in use before the program is there, then load it."""
        self._submodule = spec["submodule"]
        self._where = ", ".join(spec["files"])
        self._cases = load_cases(spec["cases"])
        self._inputs = [self._cases[0][name] for name in SUBMODULES[self._submodule].inputs]
        prepare(spec["files"], spec["threads"])
        self._baseline = resident_mb()
        self._program = load(spec["files"])

    def turn(self) -> float:
        """Return the seconds of the median call."""
        calls: list[float] = []
        while sum(calls) < TURN_S:
            start = time.perf_counter()
            self._program(*self._inputs)
            calls.append(time.perf_counter() - start)
        return statistics.median(calls)

    def finish(self) -> dict:
        """Return the memory until now, and the scores; from an eager program the operations too."""
        memory = {"baseline": self._baseline, "peak": own_peak_mb()}
        scores = compare(self._submodule, self._program, self._cases, self._where)
        result = {"memory_mb": memory, "snr_db": scores["snr_db"], "cosine": scores["cosine"]}
        if hasattr(self._program, "multiply_accumulates"):
            result["macs"] = self._program.multiply_accumulates(*self._inputs)
        return result


class Probe(Part):
    """A program that is not of the model: files, inputs (path), threads."""

    def __init__(self, spec: dict) -> None:
        """Load the program."""
        self._inputs = list(load_cases(spec["inputs"])[0].values())
        prepare(spec["files"], spec["threads"])
        self._program = load(spec["files"])

    def finish(self) -> dict:
        """Return nothing: only the time counts."""
        return {}


class Generation:
    """A whole generation: files and cases by submodule, seed, steps, threads."""

    def __init__(self, spec: dict) -> None:
        """Note the memory in use before any program is there."""
        self._spec = spec
        self._condition, self._expected = (
            load_cases(spec["cases"][name])[0] for name in ("conditioners", "autoencoder")
        )
        self._shape = self._expected["latent"].shape
        prepare(spec["files"]["conditioners"], spec["threads"])
        self._baseline = resident_mb()

    def turn(self) -> float:
        """Return the seconds of a generation; programs are loaded when used and freed after."""
        start = time.perf_counter()
        inputs = [self._condition[name] for name in SUBMODULES["conditioners"].inputs]
        cross_attn_cond, _, global_cond = self._load("conditioners")(*inputs)
        latent = self._sample(cross_attn_cond, global_cond)
        self._audio = self._load("autoencoder")(latent)[0]
        return time.perf_counter() - start

    def finish(self) -> dict:
        """Return the memory until now, and the sound's distance from that of eager fp32."""
        memory = {"baseline": self._baseline, "peak": own_peak_mb()}
        require_finite(self._audio, "audio", ", ".join(self._spec["files"]["autoencoder"]))
        pair = self._expected["audio"], self._audio
        return {"memory_mb": memory, "snr_db": snr_db(*pair), "cosine": cosine(*pair)}

    def _load(self, submodule: str):
        return load(self._spec["files"][submodule])

    def _sample(self, cross_attn_cond: np.ndarray, global_cond: np.ndarray) -> np.ndarray:
        dit = self._load("dit")

        def velocity(x: np.ndarray, t: np.ndarray) -> np.ndarray:
            return dit(x, t, cross_attn_cond, global_cond)[0]

        return sample_pingpong(
            velocity, self._shape, self._spec["steps"], Noise(self._spec["seed"])
        )


def prepare(files: list[str], threads: int) -> None:
    """Import what runs these files, and set its number of threads."""
    if files[0].endswith(".pt2"):
        import torch

        import sao.benchmark.eager_program  # noqa: F401

        torch.set_num_threads(threads)
    else:
        from sao.generate.runtime import set_threads

        set_threads(threads)


def load(files: list[str]):
    """Load a part: an eager program, a `.pte`, or a decoder in two."""
    if files[0].endswith(".pt2"):
        from sao.benchmark.eager_program import EagerProgram as Kind

        return Kind(*files)
    from sao.generate.runtime import load_program

    return load_program(files)


def main() -> None:
    """Answer until the input ends. What libraries print goes to the standard error, the log."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    spec = json.loads(sys.argv[1])
    kind = {"part": Part, "probe": Probe, "generation": Generation}[spec["kind"]]
    subject = kind(spec)
    print("ready", file=answers, flush=True)
    for line in sys.stdin:
        print(json.dumps(getattr(subject, line.strip())()), file=answers, flush=True)


if __name__ == "__main__":
    main()
