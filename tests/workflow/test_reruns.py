"""What a change to a finished build makes run again: those jobs, and no others.

The changes are those of tests/rebuilds.yaml.
"""

import json
import os
import subprocess
from collections import defaultdict

import pytest
import yaml

from support.checkout import DEMO, ROOT, Checkout, jobs
from support.hashes import forget_decisions
from support.rebuilds import DECIDING, ROWS, graph_of, pending, put, read_summary

CONFIG, PROMPTS = "config/demo.yaml", "config/prompts.yaml"


class Copy(Checkout):
    """A finished build to change, and to change back."""

    def __init__(self, built, folder):
        super().__init__(built.copy(folder).folder, built.caches)
        self.snakemake = subprocess.Popen(
            [ROOT / ".venv/bin/python", ROOT / "tests/support/many_starts.py"],
            cwd=self.folder,
            env=self.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.snakemake.stdin and self.snakemake.stdout
        self.asked, self.answers = self.snakemake.stdin, self.snakemake.stdout

    def close(self):
        self.asked.close()
        assert self.snakemake.wait(10) == 0

    def summary(self, option="--summary"):
        """Return what files there are and what would be made anew; a table, see Snakemake."""
        print(json.dumps([option, *DEMO, "--", "all"]), file=self.asked, flush=True)
        code, printed = json.loads(self.answers.readline())
        assert code == 0, printed[-6000:]
        return printed

    def after(self, row, aged=False):
        """Return the jobs that a row's change makes run; `aged`, files keep their times."""
        names = [*self.changed(row), *row.remove]
        before = {name: self.read(name) for name in names}
        times = {name: (was[1].st_mtime_ns,) * 2 for name, was in before.items() if was}
        for name, content in self.changed(row).items():
            (self.folder / name).write_bytes(content)
            if aged and name in times:
                os.utime(self.folder / name, ns=times[name])
        for name in row.remove:
            (self.folder / name).unlink()
        try:
            return pending(self.summary())
        finally:
            for name, was in before.items():
                path = self.folder / name
                path.unlink(missing_ok=True)
                if was:
                    path.write_bytes(was[0])
                    path.chmod(was[1].st_mode)
                    os.utime(path, ns=times[name])

    def read(self, name):
        path = self.folder / name
        return (path.read_bytes(), path.stat()) if path.exists() else None

    def changed(self, row):
        """Return the files that a row changes, with their new content."""
        new = {to: (self.folder / source).read_bytes() for source, to in row.copy.items()}
        for name in row.names:
            # A link's file is named by the same row.
            if not (self.folder / name).is_symlink():
                new[name] = (self.folder / name).read_bytes() + b"\n"
        for name, (old, text) in row.edit.items():
            content = (self.folder / name).read_text()
            assert old in content
            new[name] = content.replace(old, text).encode()
        for name, places in ((CONFIG, row.config), (PROMPTS, row.prompts)):
            content = yaml.safe_load((self.folder / name).read_text())
            for place, value in places.items():
                put(content, place, value)
            if places:
                new[name] = yaml.safe_dump(content, sort_keys=False).encode()
        return new


@pytest.fixture(scope="module")
def copy(built, tmp_path_factory):
    """The finished build, copied with its links and times."""
    found = Copy(built, tmp_path_factory.mktemp("copies") / "committed")
    yield found
    found.close()


@pytest.fixture(scope="module")
def measured(copy, built):
    """The same where precision is not committed, as if it had been decided there.

    Empty files stand for what deciding makes, and Snakemake notes them as after those jobs.
    """
    found = Copy(built, copy.folder.parent / "measured")
    forget_decisions(found, "demo")
    for row in read_summary(found.summary()):
        if row["rule"] in ("calibrate", "precision"):
            path = found.folder / row["output_file"]
            path.parent.mkdir(exist_ok=True)
            path.touch()
    noted = ("--touch", "--forcerun", "calibrate", "precision", "--cores", "1")
    done = found.run(*noted, *DEMO, "--", "all")
    assert done.returncode == 0, done.stdout
    yield found
    found.close()


def test_nothing_runs_where_nothing_changed(copy, measured):
    assert pending(copy.summary()) == set()
    assert pending(measured.summary()) == set()


@pytest.mark.parametrize("row", [r for r in ROWS if r.tried], ids=lambda row: row.what)
def test_a_change_runs_what_follows_from_it(copy, row):
    assert copy.after(row) == row.jobs()


# A script, a module, the lock, a text that the bundle has: not what Snakemake has in its records
# by name or value, such as settings.
@pytest.mark.parametrize(
    "name", ["export_dit.py", "model/dit.py", "models/demo.json", "summary.md.j2"]
)
def test_a_change_is_seen_though_it_is_older_than_what_was_made(copy, name):
    row = next(r for r in ROWS if any(path.endswith(f"/{name}") for path in r.names))
    assert row.jobs()
    assert copy.after(row, aged=True) == row.jobs()


@pytest.mark.parametrize("row", [r for r in ROWS if r.measured], ids=lambda row: row.what)
def test_where_precision_is_decided_it_follows_too(measured, row):
    assert measured.after(row) == row.jobs(measured=True)


def test_each_job_reads_the_files_and_the_jobs_of_the_table(measured):
    """What Snakemake lists as inputs: of each shared file the jobs, of each job its readers."""
    readers: dict[str, set] = defaultdict(set)
    files: dict[str, set] = defaultdict(set)
    made = read_summary(measured.summary("--detailed-summary"))
    makers = {row["output_file"]: row["job"] for row in made}
    for row in made:
        for name in row["input-file(s)"].split(","):
            known = readers[makers[name]] if name in makers else files[name]
            known.add(row["job"])
    assert {job: readers[job] for job in makers.values()} == graph_of(DECIDING)
    table = {name: row.first for row in ROWS for name in row.names}
    for name, reading in files.items():
        if name.startswith("envs/"):
            # What Snakemake knows of environments is no input; the bundle lists what is in some.
            assert reading <= table[name], name
        else:
            assert reading == table[name], name
    # And none of the table's that nothing reads.
    shared = {name for row in ROWS if row.section == "modules" and row.first for name in row.names}
    assert shared <= set(files)


def test_a_prompt_rebuilt_for_real_leaves_every_artifact_untouched(built, tmp_path, target):
    copy = built.copy(tmp_path / "copy")
    before = times(copy)
    copy.edit("config/prompts.yaml", "seed: 11", "seed: 12")
    sound = copy.folder / f"results/demo/smoke/{target}/birds.wav"
    old = sound.read_bytes()
    copy.build()
    assert sound.read_bytes() != old
    assert times(copy) == before
    assert copy.would_run() == set()


def times(checkout):
    """Return when each program and artifact was written."""
    return {p: p.lstat().st_mtime_ns for p in (checkout.folder / "results").rglob("*.pt[e2]")}


def test_a_stage_that_makes_the_same_bytes_ends_the_chain_for_the_next_run(built, tmp_path):
    copy = built.copy(tmp_path / "copy")
    rewrites = "workflow/scripts/sao/export/rewrites/dit.py"
    copy.edit(rewrites, "from __future__", "# Other line numbers.\n\nfrom __future__")
    assert len(copy.would_run()) == 19
    program = copy.folder / "results/demo/exported/dit.pt2"
    assert program.stat().st_size > 1_000_000  # more than Snakemake compares by itself
    before = program.read_bytes()
    done = copy.run("--cores", "2", "--until", "export", *DEMO, "--", "all")
    assert jobs(done.stdout) == {"Export dit"}
    assert program.read_bytes() == before
    assert copy.would_run() == set()
