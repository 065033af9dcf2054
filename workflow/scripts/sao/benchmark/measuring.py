"""Processes that take turns to be measured. Needs what sao.benchmark.worker needs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import sao.benchmark.worker as worker_module
from sao.errors import BuildError

# torch's threads sleep while they wait: spinning, they would go on into the next process's turn,
# and each step would wait for what else the machine does.
QUIET = {"OMP_WAIT_POLICY": "passive"}


class Worker:
    """A process of sao.benchmark.worker."""

    def __init__(self, name: str, spec: dict) -> None:
        """Start it; `spec` is the argument of one of its classes, and that class's `kind`."""
        self._name = name
        scripts = Path(worker_module.__file__).resolve().parents[2]
        self._process = subprocess.Popen(
            [sys.executable, "-m", worker_module.__name__, json.dumps(spec)],
            env=os.environ | {"PYTHONPATH": str(scripts)} | QUIET,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_) -> None:
        self._process.kill()
        self._process.communicate()

    def ready(self) -> None:
        """Wait until it has loaded its program."""
        self._answer()

    def ask(self, method: str) -> Any:
        """Return what a method of the worker returns."""
        with suppress(BrokenPipeError):  # then no answer comes either, and that is explained
            print(method, file=self._process.stdin, flush=True)
        return json.loads(self._answer())

    def _answer(self) -> str:
        assert self._process.stdout is not None  # it is the pipe that was asked for
        line = self._process.stdout.readline()
        if not line:
            raise BuildError(
                f"{self._name}: its process ended with code {self._process.wait()} before it was "
                "measured (-9: killed, often for lack of memory); the rule's log has what it said"
            )
        return line


def measure(specs: dict[tuple, dict], warm_up: int, repeats: int) -> dict[tuple, dict]:
    """Measure each of `specs` in a process of its own, in turns, only one at work at a time.

    All are loaded first. A round is one turn of each: what else happens on the machine, or how
    warm it is, meets all alike. Returns what each worker's `finish` returns, with `turns_s`, the
    seconds of its turns after `warm_up` ones.
    """
    with ExitStack() as stack:
        workers = {
            key: stack.enter_context(Worker(" ".join(key), spec)) for key, spec in specs.items()
        }
        for worker in workers.values():
            worker.ready()
        rounds = [
            {key: worker.ask("turn") for key, worker in workers.items()}
            for _ in range(warm_up + repeats)
        ]
        return {
            key: {"turns_s": [round_[key] for round_ in rounds[warm_up:]], **worker.ask("finish")}
            for key, worker in workers.items()
        }
