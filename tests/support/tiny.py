"""A tiny workflow with cached rules, whose Snakefile sets up what the real one does."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from support.checkout import ROOT
from support.patience import patience

SNAKEFILE = """
import os, sys
from pathlib import Path
sys.path[:0] = ["{root}/workflow/scripts", "{root}/workflow"]
from bootstrap.environment_lock import lock_environments
from sao.cached.missing import take_broken_for_missing
from sao.cached.store import use_recorded_cache
from sao.console import use_console
from sao.errors import BuildError
from sao.old_changes import notice_old_changes
from sao.rule_edges import made_for
from sao.working_folder import use_working_folder
use_console(logger, workflow.output_settings, workflow.is_main_process)
use_recorded_cache()
notice_old_changes()
lock_environments()
{head}
BROKEN = set()
if workflow.is_main_process:
    try:
        use_working_folder(workflow.output_settings.dryrun, "--unlock" in sys.argv)
    except BuildError as error:
        raise WorkflowError(error)
    BROKEN = take_broken_for_missing(workflow, Path("{cache}"))

rule all:
    input:
        "results/file.txt", "results/folder"

rule file:
    output: "results/file.txt"
    cache: True
    shell: "echo file >> ran; {slow}echo content > {{output}}"

rule folder:
    output: directory("results/folder")
    cache: True
    shell:
        "echo folder >> ran; {slow}mkdir -p {{output}}/sub; echo a > {{output}}/a; "
        "chmod 700 {{output}}/a; echo b > {{output}}/sub/b"

rule copy:
    input: "results/file.txt"
    output: "results/copy.txt"
    shell: "echo copy >> ran; cp {{input}} {{output}}"

rule last:
    input:
        "results/copy.txt",
        lambda wildcards: sorted(BROKEN & made_for(workflow.rules, ["results/copy.txt"]))

rule script:
    input: "source.txt", "results/file.txt", "results/folder"
    output: "results/script.txt"
    log: "logs/script.log"
    script: "script.py"
"""
SCRIPT = """
import sys
sys.path.insert(0, "{root}/workflow/scripts")
from sao.stage import stage
with stage(snakemake):
    open(snakemake.output[0], "w").write("made")
"""

# Returns a command that runs the one that it is given.
Inside = Callable[..., Sequence[str | Path]]


@dataclass
class Tiny:
    """A folder with the workflow, and a cache that it may share with others."""

    folder: Path
    cache: Path

    @classmethod
    def make(cls, folder: Path, cache: Path, head: str = "", slow: str = "") -> Tiny:
        """Write the workflow; `head` goes into its Snakefile, `slow` before its commands."""
        folder.mkdir(parents=True)
        cache.mkdir(mode=0o700, exist_ok=True)
        text = SNAKEFILE.format(root=ROOT, cache=cache, head=head, slow=slow)
        (folder / "Snakefile").write_text(text)
        (folder / "script.py").write_text(SCRIPT.format(root=ROOT))
        (folder / "source.txt").touch()
        return cls(folder, cache)

    def start(self, *arguments: str, inside: Inside = lambda *command: command) -> subprocess.Popen:
        """Start a run in a process group of its own, its command changed by `inside`."""
        # Ctrl-C is for it too where the tests run in the background.
        command = ("env", "--default-signal=INT", str(ROOT / ".venv/bin/snakemake"))
        options = ("--cores", "1", "--cache", "--nocolor", "--rerun-incomplete")
        return subprocess.Popen(
            inside(*command, *options, *arguments),
            cwd=self.folder,
            env=os.environ | {"SNAKEMAKE_OUTPUT_CACHE": str(self.cache)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, *arguments: str, fails: bool = False, **options: Inside) -> str:
        """Run, and return what was printed."""
        process = self.start(*arguments, **options)
        printed, _ = process.communicate(timeout=patience(120))
        assert (process.returncode != 0) == fails, printed
        return printed

    def ran(self) -> list[str]:
        """Return the rules that ran, not those whose results came from the cache."""
        log = self.folder / "ran"
        return sorted(log.read_text().split()) if log.exists() else []

    def is_right(self) -> bool:
        """Return whether results are what they are to be."""
        results = self.folder / "results"
        files = {"file.txt": "content\n", "folder/a": "a\n", "folder/sub/b": "b\n"}
        right = all((results / name).read_text() == text for name, text in files.items())
        return right and os.access(results / "folder/a", os.X_OK)

    def entries(self) -> list[str]:
        """Return the endings of the names of entries: of the file and of the folder."""
        return sorted(path.suffix for path in self.cache.iterdir() if not path.name.startswith("."))


def lines(printed: str, text: str) -> list[str]:
    """Return the lines of what was printed that have a text."""
    return [line for line in printed.splitlines() if text in line]
