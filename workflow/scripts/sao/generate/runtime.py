"""A `.pte` in ExecuTorch's Python runtime. Needs numpy, torch and executorch."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

import numpy as np
import torch
from executorch.extension.pybindings import portable_lib
from executorch.runtime import Runtime, Verification

from sao.generate.pieces import PiecewiseDecoder, PiecewiseEncoder


def set_threads(threads: int) -> None:
    """Compute with so many threads from now on; the runtime would take all cores."""
    portable_lib._unsafe_reset_threadpool(threads)


def threads() -> int:
    """Return the number of threads that the runtime computes with."""
    return portable_lib._threadpool_get_thread_count()


class Program:
    """One loaded `.pte`, called with numpy arrays in the order of its inputs."""

    def __init__(self, path: str | os.PathLike) -> None:
        """Load the file's `forward` method."""
        program = Runtime.get().load_program(str(path), verification=Verification.Minimal)
        self._program, self._metadata = program, program.metadata("forward")
        self._forward = program.load_method("forward")

    def __call__(self, *inputs: np.ndarray) -> list[np.ndarray]:
        """Return the outputs as arrays of their own."""
        outputs = self._forward.execute([torch.from_numpy(value) for value in inputs])
        return [output.numpy().copy() for output in outputs]

    def constant(self, name: str) -> int | None:
        """Return what a constant method gives, where there is one of that name."""
        if name not in self._program.method_names:
            return None
        return self._program.load_method(name).execute([])[0]

    @property
    def input_shape(self) -> tuple[int, ...]:
        """The shape of its first input."""
        return tuple(self._metadata.input_tensor_meta(0).sizes())

    @property
    def output_shape(self) -> tuple[int, ...]:
        """The shape of its first output."""
        return tuple(self._metadata.output_tensor_meta(0).sizes())


def load_program(files: Sequence[str | os.PathLike]) -> Callable[..., list[np.ndarray]]:
    """Load one `.pte`, or the decoder's head and tail as one.

    An encoder of windows takes a whole sound.
    """
    programs = [Program(path) for path in files]
    if len(programs) == 2:
        head, tail = programs
        return PiecewiseDecoder(head, tail)
    (program,) = programs
    overlap = program.constant("overlap")
    if overlap is None:
        return program
    samples = program.input_shape[1]
    return PiecewiseEncoder(program, samples, samples // program.output_shape[2], overlap)
