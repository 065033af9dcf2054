"""Copies and runs on another machine, with stand-ins for `ssh` and `adb` on the PATH."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from sao.errors import BuildError
from sao.target.transport import Adb, Ssh, run
from support.disks import with_small_disk

# Runs the command here; from the moment that the file `gone` is there, as ssh does without a host.
SSH = """#!/bin/sh
for command; do :; done
if [ -e "$STAND_IN/gone" ]; then
    echo "ssh: connect to host board port 22: No route to host" >&2
    exit 255
fi
exec sh -c "$command"
"""

# As adb documents it: `pull` of a folder makes that folder inside one that is there, `push` makes
# the folders above a file, and `shell` ends as its command did.
ADB = """#!/bin/sh
[ "$1" = -s ] && shift 2
case "$1" in
shell) exec sh -c "$2" ;;
push) mkdir -p "$(dirname "$3")" && cp "$2" "$3" ;;
pull) cp -R "$2" "$3" ;;
esac
"""

# Writes what audiogen would, and its own arguments.
AUDIOGEN = """#!/bin/sh
while [ $# -gt 0 ]; do
    case "$1" in
    -o) out="$2" ;;
    -t) threads="$2" ;;
    esac
    shift
done
echo sound > "$out" && echo "${threads:-all}" > "$(dirname "$out")/threads"
"""


@pytest.fixture
def stand_in(tmp_path, monkeypatch):
    """The folder of the stand-ins, and of what they are told."""
    folder = tmp_path / "stand-in"
    folder.mkdir()
    for name, text in (("ssh", SSH), ("adb", ADB)):
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("STAND_IN", str(folder))
    return folder


@pytest.fixture
def models(tmp_path):
    folder = tmp_path / "models"
    (folder / "sub").mkdir(parents=True)
    for number in range(20):
        (folder / f"sub/{number}").write_bytes(bytes([number]) * 50_000)
    return folder


@pytest.fixture
def runner(tmp_path):
    folder = tmp_path / "runner"
    folder.mkdir()
    (folder / "audiogen").write_text(AUDIOGEN)
    return folder


def settings(kind, tmp_path):
    machine = os.uname().machine
    return {"kind": kind, "host": "board", "folder": f"{tmp_path}/far off", "architecture": machine}


def contents(folder):
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.mark.parametrize("device", [Ssh, Adb])
def test_jobs_that_place_the_same_folder_at_once_all_get_it_whole(
    stand_in, models, tmp_path, device
):
    kind = {Ssh: "ssh", Adb: "adb"}[device]

    def place(_):
        there = device(settings(kind, tmp_path)).place(models)
        return there, contents(tmp_path / there)

    with ThreadPoolExecutor(6) as pool:
        placed = list(pool.map(place, range(6)))
    assert len({there for there, _ in placed}) == 1
    assert all(found == contents(models) for _, found in placed)
    # One copy, for its user only, and nothing half-made beside it.
    (tmp_path / "far off").chmod(0o755)
    assert (tmp_path / placed[0][0]).stat().st_mode & 0o077 == 0
    assert [str(path) for path in (tmp_path / "far off").iterdir()] == [placed[0][0]]


@pytest.mark.parametrize("kind", ["ssh", "adb"])
def test_what_a_run_writes_is_in_its_folder(stand_in, models, runner, tmp_path, kind):
    out = tmp_path / "out"
    out.mkdir()  # as the smoke script does
    run(settings(kind, tmp_path), runner, {"m": models}, ["-m", "{m}", "-o", "{out}/s"], out, 1)
    assert {path.name: path.read_text() for path in out.iterdir()} == {
        "s": "sound\n",
        "threads": "all\n",
    }
    left = {path.name.rpartition("-")[0] for path in (tmp_path / "far off").iterdir()}
    assert left == {"models", "runner"}


def test_on_this_machine_the_runner_takes_the_threads_that_its_rule_says(runner, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    run({"kind": "native"}, runner, {}, ["-o", "{out}/s"], out, 3)
    assert (out / "threads").read_text() == "3\n"


def test_a_host_that_dies_in_the_middle_is_named_by_the_first_error(
    stand_in, models, runner, tmp_path
):
    died = "echo Connection to board closed by remote host. >&2; touch $STAND_IN/gone; exit 255"
    (runner / "audiogen").write_text(f"#!/bin/sh\n{died}\n")
    with pytest.raises(BuildError, match="board: Connection to board closed by remote host"):
        run(settings("ssh", tmp_path), runner, {}, ["-o", "{out}/s"], tmp_path / "out", 1)


def test_what_killed_jobs_left_goes_after_a_day(stand_in, models, tmp_path):
    (tmp_path / "far off").mkdir()
    old, new = (tmp_path / f"far off/{name}.scratch" for name in ("old", "new"))
    for folder in (old, new):
        folder.mkdir()
    os.utime(old, (0, 0))
    Ssh(settings("ssh", tmp_path)).place(models)
    assert (old.exists(), new.exists()) == (False, True)


PLACE = """
import json, sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from sao.errors import BuildError
from sao.target.transport import Ssh
try:
    Ssh(json.loads(sys.argv[2])).place(Path(sys.argv[3]))
except BuildError as error:
    sys.exit(str(error))
"""


def test_a_full_disk_there_is_one_line(stand_in, models, root, tmp_path):
    far = tmp_path / "far off"
    far.mkdir()
    arguments = [str(root / "workflow/scripts"), json.dumps(settings("ssh", tmp_path)), str(models)]
    command = with_small_disk(far, "200k", sys.executable, "-c", PLACE, *arguments)
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1
    assert "ssh host board: a copy failed: tar: ./sub/" in done.stderr
    assert "is there room in" in done.stderr
    assert len(done.stderr.splitlines()) == 1
