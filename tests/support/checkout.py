"""A copy of this checkout to run the workflow in, as a user would."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from sao.cached.records import LOCK
from sao.files import SCRATCH
from sao.locks import locked
from support.patience import patience

ROOT = Path(__file__).resolve().parents[2]
DEMO = ("--configfile", "config/demo.yaml")
# Emulation is slow: tests that are not about it build for this machine.
NATIVE = "native" if shutil.which("c++") else "python"


def committed() -> list[str]:
    """Return the files that git would commit of the working tree."""
    listing = subprocess.check_output(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        text=True,
    )
    return [name for name in listing.split("\0") if name and (ROOT / name).exists()]


@dataclass
class Checkout:
    """A copied checkout with caches of its own; environments are shared with the user's."""

    folder: Path
    caches: Path
    variables: dict[str, str] = field(default_factory=dict)
    printed: str = ""  # by its build, where tests share it

    @classmethod
    def make(cls, folder: Path, caches: Path, target: str = NATIVE) -> Checkout:
        """Copy what git would commit of the working tree; its demo is for `target`."""
        for name in committed():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name, follow_symlinks=False)
        with open(folder / "config/demo.yaml", "a") as config:
            config.write(f"target: {target}\n")
        return cls(folder, caches)

    def copy(self, folder: Path) -> Checkout:
        """Copy it as `folder`, with its links and times; caches are the same."""
        return Checkout(shutil.copytree(self.folder, folder, symlinks=True), self.caches)

    def copy_with_caches(self, folder: Path) -> Checkout:
        """Copy it with its caches, to change them too; its links lead into the copied ones."""
        caches = self._copy_caches(self.caches, folder / "caches")
        copied = Checkout(self.copy(folder / "checkout").folder, caches)
        for path in copied.folder.rglob("*"):
            if path.is_symlink() and str(path.readlink()).startswith(f"{self.caches}/"):
                times = path.lstat()
                target = caches / path.readlink().relative_to(self.caches)
                path.unlink()
                path.symlink_to(target)
                ns = (times.st_atime_ns, times.st_mtime_ns)
                os.utime(path, ns=ns, follow_symlinks=False)
        return copied

    def copy_outputs(self, caches: Path) -> Path:
        """Copy its cache of results into a folder of caches, while nothing is stored there."""
        return self._copy_caches(self.caches / "outputs", caches / "outputs")

    def _copy_caches(self, source: Path, target: Path) -> Path:
        unfinished = shutil.ignore_patterns(f"{SCRATCH}*")
        with locked(self.caches / "outputs" / LOCK):
            return shutil.copytree(source, target, symlinks=True, ignore=unfinished)

    def start(self, *arguments: str, **variables: str) -> subprocess.Popen:
        """Start Snakemake as a person would, in a process group of its own."""
        return subprocess.Popen(
            [ROOT / ".venv/bin/snakemake", *arguments],
            cwd=self.folder,
            env=self.environment(**variables),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def environment(self, **variables: str) -> dict[str, str]:
        """Return the variables that Snakemake is started with.

        Not as CI: that may not make a lock, and a test that is about it says so.
        """
        left_out = ("HF_", "SNAKEMAKE_", "CONDA_FRONT_")
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(left_out)}
        inherited.pop("CI", None)
        own = {
            "SNAKEMAKE_OUTPUT_CACHE": str(self.caches / "outputs"),
            "HF_HOME": str(self.caches / "huggingface"),
        }
        return inherited | own | self.variables | variables

    def run(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess:
        """Run Snakemake; output and error together in `stdout`."""
        process = self.start(*arguments, **variables)
        try:
            printed, _ = process.communicate(timeout=patience(3600))
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
        return subprocess.CompletedProcess(process.args, process.returncode, printed)

    def build(self, *arguments: str, **variables: str) -> str:
        """Build the demo; return what was printed. Fails the test if the build fails."""
        done = self.run("--cores", "4", *DEMO, *arguments, "--", "all", **variables)
        assert done.returncode == 0, done.stdout[-6000:]
        return done.stdout

    def would_run(self, *arguments: str) -> set[str]:
        """Return the messages of the jobs that a dry run would run."""
        done = self.run("--dry-run", *DEMO, *arguments, "--", "all")
        assert done.returncode == 0, done.stdout[-6000:]
        return jobs(done.stdout)

    def edit(self, name: str, old: str, new: str) -> None:
        """Replace text in a file of the checkout."""
        path = self.folder / name
        text = path.read_text()
        assert old in text, f"{name} has no {old!r}"
        path.write_text(text.replace(old, new))


class Shared(Checkout):
    """A checkout that tests of several processes share: one of them runs or copies it at a time."""

    def run(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess:
        """Run Snakemake when no other process does, which its own lock would refuse."""
        with self._locked():
            return super().run(*arguments, **variables)

    def copy(self, folder: Path) -> Checkout:
        """Copy it while nothing runs there."""
        with self._locked():
            return super().copy(folder)

    def _locked(self) -> AbstractContextManager[None]:
        return locked(self.folder.with_name(f"{self.folder.name}.used"))


def jobs(printed: str) -> set[str]:
    """Return the messages of jobs, without the demo's own paths.

    Those of a dry run, which Snakemake lists, or those that a run ended, see sao.console.
    """
    messages = re.findall(r"^Job \d+: (.*)$", printed, re.MULTILINE)
    ended = r"^\S+ \[\d+/\d+\] (.*): (?:from the cache|[\d.]+ s, .*)$"
    messages += re.findall(ended, printed, re.MULTILINE)
    return {message.replace("results/demo/", "") for message in messages}


def error_lines(printed: str) -> list[str]:
    """Return our own lines; Snakemake's start with `Error in rule`."""
    lines = [line for line in printed.splitlines() if line.startswith("Error in ")]
    return [line for line in lines if not line.startswith("Error in rule ")]
