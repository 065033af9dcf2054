"""Builds of the demo that are killed at moments of the chain, and what is left of them."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from subprocess import Popen

from sao.cached.records import TIMESTAMP, entry_of, remove
from sao.files import SCRATCH, read_json, sha256
from sao.stage import record_file
from support.checkout import DEMO, Checkout

BUILD = ("--cores", "4", *DEMO, "--", "all")
# The rules of the chain in its order, by what their jobs' logs are named for.
RULES = (
    *("random_model", "lock", "fetch", "check_prompts", "verify", "runner", "export", "held_out"),
    *("calibrate", "precision", "quantize", "build", "bundle", "compare", "smoke"),
    *("compare_sound", "report", "summary"),
)
# Where a kill is to hit a job: while its script runs, or while Snakemake keeps what it made.
PHASES = ("in", "after")
# Seconds in which Snakemake keeps what a job made.
KEEPING = 0.3
# Files that hold times or what was measured: no two builds make the same.
MEASURED = re.compile(
    r"/(report\.html|report\.json|summary\.md)$|/smoke/[^/]+/(?!compare)[^/]+\.json$"
)
UNFINISHED = re.compile(rf"^{re.escape(SCRATCH)}|\.incomplete$")
# Names in a checkout what was removed from it.
FORGOTTEN = ".forgotten"
LOOK = 0.02  # s between two looks at the logs
# How long a job may take to begin (s), on a machine that is busy.
PATIENCE = 1500.0


@dataclass(frozen=True)
class Kill:
    """A kill, and what ran then: the rules of the jobs whose scripts had begun and not ended."""

    rule: str
    phase: str
    delay: float  # s after the script began, or ended
    running: tuple[str, ...]

    def __str__(self) -> str:
        running = ", ".join(self.running) or "no script"
        return f"{self.delay:5.1f} s {self.phase} {self.rule} (ran: {running})"


def rules_of(checkout: Checkout) -> list[str]:
    """Return the rules of the chain that ran in a checkout, in its order."""
    logs = (path.relative_to(checkout.folder) for path in checkout.folder.glob("logs/**/*.log"))
    ran = {rule_of(log) for log in logs}
    assert ran <= set(RULES)
    return [rule for rule in RULES if rule in ran]


def plan(rules: list[str], kills: int, seed: int) -> Iterator[tuple[str, str, float]]:
    """Yield rule, phase and share of its duration for each kill, in the order of the chain.

    Each rule is hit once at the least, while its script runs; the rest are at random.
    """
    assert kills >= len(rules), f"there are {len(rules)} rules to hit"
    random = Random(seed)
    rest = [(rule, random.choice(PHASES)) for rule in random.choices(rules, k=kills - len(rules))]
    hits = [*((rule, "in") for rule in rules), *rest]
    for rule, phase in sorted(hits, key=lambda hit: RULES.index(hit[0])):
        yield rule, phase, random.random()


def rule_of(log: Path) -> str:
    """Return the rule of a job by the path of its log in the checkout."""
    below = log.parts[1]
    return below if below in ("runner", "fetch") else log.name.partition(".")[0]


def kill(checkout: Checkout, rule: str, phase: str, share: float, like: Checkout) -> Kill:
    """Build until a job of the rule has begun, or ended, and kill the whole process group then.

    The kill comes after a share of what the job took in a build `like` this. Where the rule has
    nothing left to do, what one of its jobs made is forgotten first.
    """
    run = Run.start(checkout)
    log = run.wait_for(rule)
    if log is None:
        run = Run.start(checkout, "--forcerun", *forget(checkout, rule))
        log = run.wait_for(rule)
    assert log is not None, f"{rule} did not run"
    if phase == "after":
        run.wait_until(lambda: run.has_ended(log))
    since = time.time()
    delay = share * (
        KEEPING if phase == "after" else read_json(like.folder / record_file(log))["wall_s"]
    )
    run.wait_until(lambda: time.time() - since >= delay or (phase == "in" and run.has_ended(log)))
    delay, running = time.time() - since, run.running()
    run.kill()
    return Kill(rule, phase, delay, running)


@dataclass(frozen=True)
class Run:
    """A build that runs, and when it was started, by the clock of files."""

    checkout: Checkout
    process: Popen
    since: float

    @classmethod
    def start(cls, checkout: Checkout, *more: str) -> Run:
        """Start the plain command, after `--unlock` where a killed build left locks."""
        unlock(checkout)
        mark = checkout.folder / ".started"
        mark.touch()
        process = checkout.start(*more, *BUILD, *missing(checkout))
        return cls(checkout, process, mark.stat().st_mtime)

    def wait_for(self, rule: str) -> Path | None:
        """Return the log of the first job of a rule whose script begins; None, if all is done."""
        found: list[Path] = []

        def begun() -> bool:
            found[:] = sorted(log for log in self.begun() if rule_of(log) == rule)
            return bool(found)

        self.wait_until(begun)
        if found:
            return found[0]
        self.finish()
        return None

    def finish(self) -> None:
        """Wait for its end; AssertionError where it does not end well."""
        printed, _ = self.process.communicate()
        assert self.process.returncode == 0, printed[-6000:]

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Wait for a condition, or the end of the run."""
        end = time.time() + PATIENCE
        while not condition() and self.process.poll() is None:
            assert time.time() < end
            time.sleep(LOOK)

    def begun(self) -> set[Path]:
        """Return the logs, by their paths in the checkout, of jobs whose scripts began."""
        logs = (self.checkout.folder / "logs").rglob("*.log")
        known = {log.relative_to(self.checkout.folder) for log in logs}
        return written(self.checkout) | {log for log in known if self.has_ended(log)}

    def has_ended(self, log: Path) -> bool:
        """Return whether a job's script has ended well."""
        record = self.checkout.folder / record_file(log)
        return record.exists() and record.stat().st_mtime > self.since

    def running(self) -> tuple[str, ...]:
        """Return the rules of jobs whose scripts run."""
        return tuple(sorted(rule_of(log) for log in written(self.checkout)))

    def kill(self) -> None:
        """Kill it with all that it started, unless it has just ended."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.communicate()


def written(checkout: Checkout) -> set[Path]:
    """Return the logs, by their paths in a checkout, that processes write to.

    Scripts print to their logs. Snakemake touches those of jobs that come from the cache, too.
    """
    folder = checkout.folder.resolve()
    found = set()
    for number in filter(str.isdigit, os.listdir("/proc")):
        with suppress(OSError):  # it has ended
            path = Path(os.readlink(f"/proc/{number}/fd/1"))
            if path.suffix == ".log" and path.is_relative_to(folder / "logs"):
                found.add(path.relative_to(folder))
    return found


def unlock(checkout: Checkout) -> None:
    """Do what Snakemake's message asks for where a killed build left locks."""
    if any((checkout.folder / ".snakemake/locks").glob("*.lock")):
        done = checkout.run("--unlock", *DEMO)
        assert done.returncode == 0, done.stdout


def forget(checkout: Checkout, rule: str) -> list[str]:
    """Remove what one job of a rule made, here and from the cache; return its paths."""
    logs = sorted((checkout.folder / "logs").rglob("*.log"))
    paths = (log.relative_to(checkout.folder) for log in logs)
    log = next(path for path in paths if rule_of(path) == rule)
    made = read_json(checkout.folder / record_file(log))["made"]
    with open(checkout.folder / FORGOTTEN, "a") as file:
        file.writelines(f"{name}\n" for name in made)
    for name in made:
        path = checkout.folder / name
        if entry := entry_of(str(path)):
            remove(entry)
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            # The kill before may have hit the same job.
            path.unlink(missing_ok=True)
    return made


def missing(checkout: Checkout) -> list[str]:
    """Return what was forgotten and is not there.

    In the middle of a finished chain Snakemake makes only what it is asked for.
    """
    path = checkout.folder / FORGOTTEN
    names = path.read_text().splitlines() if path.exists() else []
    return [name for name in dict.fromkeys(names) if not (checkout.folder / name).exists()]


def spoilt(checkout: Checkout, like: Checkout) -> list[str]:
    """Return the files of a build, under their final names, that are not what they are to be.

    Those that a build `like` it has too are the same bytes, but for those that hold times.
    """
    right = contents(like)
    return [
        name
        for name, digest in contents(checkout).items()
        if not (
            _is_whole(checkout.folder / name)
            if MEASURED.search(name)
            else digest == right.get(name)
        )
    ]


def contents(checkout: Checkout) -> dict[str, str]:
    """Return the sha256 of each file that a build made, by its path; scratch files are left out."""
    found = {}
    for top in ("resources", "results", "config/models"):
        for place, folders, names in os.walk(checkout.folder / top, followlinks=True):
            folders[:] = [name for name in folders if not name.startswith(SCRATCH)]
            for path in (Path(place, name) for name in names if name != TIMESTAMP):
                name = str(path.relative_to(checkout.folder))
                found[name] = sha256(path) if path.exists() else "a link to nothing"
    return found


def scratch(checkout: Checkout) -> list[Path]:
    """Return what a build has left half written, in its folder and in its caches."""
    places = [checkout.folder / "resources", checkout.folder / "results", checkout.caches]
    return [path for place in places for path in place.rglob("*") if UNFINISHED.search(path.name)]


def _is_whole(path: Path) -> bool:
    text = path.read_text()
    if path.suffix == ".json":
        return bool(json.loads(text))
    return text.endswith("</html>") if path.suffix == ".html" else bool(text)
