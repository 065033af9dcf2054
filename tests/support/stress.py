"""Kills a build of the demo over its whole chain, rule by rule, and compares it with another.

Run by `make stress`; KILLS (30) and SEED (15) are variables. The builds make the lock and decide on
precision too, which are committed otherwise.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from support.checkout import Checkout
from support.hashes import forget_decisions
from support.kills import Run, contents, kill, plan, rules_of, scratch, spoilt

LOCK = "config/models/demo.json"


def stress(killed: Checkout, reference: Checkout, kills: int, seed: int) -> None:
    """Build what a finished build has, with kills; AssertionError where the two differ then."""
    start = time.time()
    rules = rules_of(reference)
    for number, (rule, phase, share) in enumerate(plan(rules, kills, seed), 1):
        done = kill(killed, rule, phase, share, like=reference)
        print(f"{time.time() - start:6.0f} s, kill {number:2}: {done}", flush=True)
        none_of(spoilt(killed, reference), "other bytes")
    Run.start(killed).finish()
    made = contents(killed)
    none_of(made.keys() ^ contents(reference).keys(), "made by one of the two only")
    none_of(spoilt(killed, reference), "other bytes")
    none_of(scratch(killed), "left half written")
    took = time.time() - start
    print(f"{kills} kills at {len(rules)} rules, and what was built after them: {took:.0f} s")
    print(f"{len(made)} files are the same as of a build that nothing disturbed")


def none_of(paths: Iterable, what: str) -> None:
    """Raise AssertionError that names the paths, unless there are none."""
    found = sorted(map(str, paths))
    assert not found, f"{what}: {', '.join(found)}"


def from_nothing(folder: Path) -> Checkout:
    """Return a checkout whose build makes all that is committed of the demo."""
    caches = folder / "caches"
    caches.mkdir(parents=True)
    checkout = Checkout.make(folder / "checkout", caches)
    forget_decisions(checkout, "demo")
    (checkout.folder / LOCK).unlink()
    return checkout


def main(folder: Path) -> None:
    """Make a build that nothing disturbs, then the other one."""
    start = time.time()
    reference = from_nothing(folder / "reference")
    reference.build()
    print(f"a build that nothing disturbs: {time.time() - start:.0f} s", flush=True)
    kills, seed = (
        int(os.environ.get(name, usual)) for name, usual in (("KILLS", 30), ("SEED", 15))
    )
    stress(from_nothing(folder / "killed"), reference, kills, seed)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch_folder:
        main(Path(scratch_folder))
