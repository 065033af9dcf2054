"""A Slurm cluster of one node, this machine, for as long as a test lasts. No systemd, no root.

Debian's packages: slurmctld, slurmd, slurm-client and munge. Nothing outside its folder is written.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from getpass import getuser
from pathlib import Path

from support.free_ports import free_ports
from support.runner_tools import need

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "srun", "squeue")
SBIN = "/usr/sbin"
# More than the machine may have: jobs that wait for others' files cost nothing.
CPUS = 4
MEMORY_MB = 16_000
FEATURE = "cortex"

CONFIG = """
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SlurmdParameters=config_overrides
ReturnToService=2
MinJobAge=3600
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory={memory} Features={feature}
PartitionName=all Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""

# The executor starts `srun` without the variable that says where a cluster's configuration is. What
# a job sees is kept; the PATH is the node's own.
SRUN = """#!/bin/sh
export SLURM_CONF={folder}/slurm.conf
env > {folder}/seen/$SLURM_JOB_ID
PATH="$PATH:{path}" exec {real} "$@"
"""

# The executor looks at intervals that grow by ten seconds, which is right for a cluster of others'
# and would be most of a test's time: it is answered as soon as a job has ended, or after 30 s of
# the 60 that it waits.
SQUEUE = """#!/bin/sh
ended() {{ {real} "$@" | grep -cvE "PENDING|CONFIGURING|RUNNING|COMPLETING"; }}
limit=$(($(date +%s) + 30))
now=$(ended "$@")
while [ "$now" -le "$(cat {folder}/ended)" ] && [ "$(date +%s)" -lt "$limit" ]; do
    sleep 0.2
    now=$(ended "$@")
done
echo "$now" > {folder}/ended
exec {real} "$@"
"""


@dataclass
class Job:
    """What Slurm says of a job."""

    rule: str
    state: str
    memory_mb: int
    minutes: int
    feature: str


@dataclass
class Slurm:
    """A running cluster."""

    folder: Path

    @property
    def variables(self) -> dict[str, str]:
        """The environment that Slurm's commands need."""
        return {"SLURM_CONF": str(self.folder / "slurm.conf")}

    def jobs(self) -> list[Job]:
        """Return every job that there was."""
        shape = "%k|%T|%m|%l|%f"
        command = ["squeue", "--states=all", "--noheader", f"--format={shape}"]
        listing = subprocess.check_output(command, env=os.environ | self.variables, text=True)
        return [_job(line) for line in listing.splitlines()]

    def seen(self) -> list[str]:
        """Return the environments that jobs ran in, on the node."""
        return [path.read_text() for path in (self.folder / "seen").iterdir()]


@contextmanager
def slurm(folder: Path) -> Iterator[Slurm]:
    """Start the cluster, its files in a short `folder` (a socket's path is limited); stop it."""
    path = f"{os.environ['PATH']}:{SBIN}"
    need(*PROGRAMS, path=path)
    programs = {name: str(shutil.which(name, path=path)) for name in PROGRAMS}
    cluster = Slurm(folder)
    for name in ("state", "spool", "seen", "bin"):
        (folder / name).mkdir()
    (folder / "slurm.conf").write_text(
        CONFIG.format(
            folder=folder,
            host=socket.gethostname().partition(".")[0],
            user=getuser(),
            ports=free_ports(2),
            cpus=CPUS,
            memory=MEMORY_MB,
            feature=FEATURE,
        )
    )
    (folder / "ended").write_text("0")
    for name, text in {"srun": SRUN, "squeue": SQUEUE}.items():
        front = folder / "bin" / name
        front.write_text(text.format(folder=folder, path=path, real=programs[name]))
        front.chmod(0o755)
    (folder / "munge.key").write_bytes(os.urandom(1024))
    (folder / "munge.key").chmod(0o400)
    try:
        _start(cluster, _munged(programs["munged"], folder))
        _start(cluster, [programs["slurmctld"]])
        _start(cluster, [programs["slurmd"]])
        _wait_for_the_node(cluster)
        yield cluster
    finally:
        for name in ("slurmd", "slurmctld", "munged"):
            _stop(folder / f"{name}.pid")


def _munged(program: str, folder: Path) -> list[str]:
    # --force: the folder is this user's alone, which munged wants others to be able to enter.
    places = {"key-file": "key", "socket": "socket"}
    options = [f"--{option}={folder}/munge.{suffix}" for option, suffix in places.items()]
    options += [f"--{name}-file={folder}/munged.{name}" for name in ("pid", "log", "seed")]
    return [program, "--force", *options]


def _start(cluster: Slurm, command: list[str]) -> None:
    subprocess.run(command, env=os.environ | cluster.variables, check=True, capture_output=True)


def _wait_for_the_node(cluster: Slurm) -> None:
    for _ in range(100):
        state = subprocess.run(
            ["sinfo", "--noheader", "--format=%T"],
            env=os.environ | cluster.variables,
            capture_output=True,
            text=True,
        )
        if state.stdout.strip() == "idle":
            return
        time.sleep(0.1)
    logs = "\n".join(path.read_text()[-2000:] for path in cluster.folder.glob("*.log"))
    raise RuntimeError(f"no Slurm: {state.stdout}{state.stderr}\n{logs}")


def _stop(pid_file: Path) -> None:
    with suppress(FileNotFoundError, ProcessLookupError, ValueError):
        pid = int(pid_file.read_text())
        os.kill(pid, signal.SIGTERM)
        for _ in range(100):
            os.kill(pid, 0)
            time.sleep(0.1)
        os.kill(pid, signal.SIGKILL)


def _job(line: str) -> Job:
    comment, state, memory, limit, feature = line.split("|")
    hours, minutes, _ = ([0, 0, 0] + [int(part) for part in limit.split(":")])[-3:]
    rule = comment.removeprefix("rule_").partition("_wildcards_")[0]
    return Job(rule, state, int(memory.removesuffix("M")), 60 * hours + minutes, feature)
