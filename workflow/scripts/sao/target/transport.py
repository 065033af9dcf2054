"""Runs the runner on a target, and brings back what it wrote. Standard library only."""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sao.errors import BuildError
from sao.files import sha256
from sao.target.targets import EMULATORS, first_of

# Where Debian's and Ubuntu's cross compiler keeps the libraries of 64-bit Arm.
SYSROOT = Path("/usr/aarch64-linux-gnu")

# Folders by the names that arguments have for them.
Folders = dict[str, Path]


def run(
    target: dict, runner: Path, folders: Folders, arguments: list[str], out: Path, threads: int
) -> None:
    """Run audiogen; what it writes to `{out}` is in the folder `out` then.

    `target` is Target.settings. In `arguments`, `{name}` stands for the place of folders[name] on
    the target. `threads` are of this machine: another one takes all that it has. Raises BuildError
    with the runner's own line where it fails.
    """
    # An object store, and Snakemake's own cache, take the permission to execute away.
    if not os.access(runner / "audiogen", os.X_OK):
        (runner / "audiogen").chmod(0o700)
    if target["kind"] in ("native", "emulated"):
        _here(target, runner, folders, [*arguments, "-t", str(threads)], out)
    else:
        _there(target, runner, folders, arguments, out)


def _here(target: dict, runner: Path, folders: Folders, arguments: list[str], out: Path) -> None:
    prefix = emulator(target["core"]) if target["kind"] == "emulated" else []
    filled = [argument.format(out=out, **folders) for argument in arguments]
    _checked([*prefix, str(runner / "audiogen"), *filled], "the runner")


def emulator(core: str) -> list[str]:
    """Return the command that runs a program of 64-bit Arm Linux on an emulated core."""
    return [str(first_of(shutil.which, EMULATORS)), "-cpu", core, "-L", str(SYSROOT)]


def _there(target: dict, runner: Path, folders: Folders, arguments: list[str], out: Path) -> None:
    device = Ssh(target) if target["kind"] == "ssh" else Adb(target)
    device.check(target["architecture"])
    program = device.place(runner)
    places = {name: device.place(folder) for name, folder in folders.items()}
    with device.scratch() as there:
        filled = [argument.format(out=there, **places) for argument in arguments]
        device.shell(shlex.join([f"{program}/audiogen", *filled]))
        device.get(there, out)


class Device:
    """Another machine: a folder on it, commands, and copies; the rest follows from these."""

    folder: str
    shell: Callable[[str], str]
    put: Callable[[Path, str], None]
    get: Callable[[str, Path], None]

    def check(self, architecture: str) -> None:
        """Raise BuildError where the machine cannot be reached or is of another architecture."""
        machine = self.shell("uname -m").strip()
        if machine != architecture.replace("android-arm64", "aarch64"):
            raise BuildError(
                f"{self} is {machine}, the runner was built for {architecture}; set "
                "ssh: {architecture: ...} in the config"
            )

    def place(self, folder: Path) -> str:
        """Copy a folder, unless the same content is there already; return where it lies.

        Jobs that place the same one at once all get it whole: the first to end its copy wins.
        """
        content = hashlib.sha256()
        for path in _files(folder):
            content.update(f"{path.relative_to(folder)} {sha256(path)}\n".encode())
        name = f"{folder.name}-{content.hexdigest()[:16]}"
        place = f"{self.folder}/{name}"
        is_there = shlex.join(["test", "-d", place])
        if self.shell(f"{is_there} && echo there || true").strip() != "there":
            with self.scratch() as scratch:
                copy = f"{scratch}/{name}"
                self.shell(shlex.join(["mkdir", copy]))
                self.put(folder, copy)
                # The archive has the mode that the folder has here.
                self.shell(shlex.join(["chmod", "700", copy]))
                # Never replaces what is there: a folder that holds something stops it.
                move = shlex.join(["mv", copy, f"{self.folder}/"])
                self.shell(f"{is_there} || {move} || {is_there}")
        return place

    @contextmanager
    def scratch(self) -> Iterator[str]:
        """Yield a new folder there, for its user only (weights are gated), and remove it."""
        folder = f"{self.folder}/{uuid.uuid4().hex}.scratch"
        place = shlex.quote(self.folder)
        # What killed jobs left goes after a day.
        old = f"find {place} -maxdepth 1 -name '*.scratch' -mtime +0 -exec rm -rf {{}} +"
        self.shell(f"umask 077; mkdir -p {shlex.quote(folder)} && {{ {old} || true; }}")
        try:
            yield folder
        finally:
            # Where the host is gone, the error that is said is the first one.
            with suppress(BuildError):
                self.shell(shlex.join(["rm", "-rf", folder]))


class Ssh(Device):
    """A host that the user's ssh reaches without being asked for anything."""

    def __init__(self, settings: dict) -> None:
        """Take host, folder and, where given, the path of an ssh configuration."""
        self.host, self.folder = settings["host"], settings["folder"]
        config = ["-F", settings["config"]] if "config" in settings else []
        # A host that goes away is noticed after a minute; ssh alone would wait for ever.
        settled = ("BatchMode=yes", "ConnectTimeout=20", "ServerAliveInterval=15")
        options = [word for option in settled for word in ("-o", option)]
        self._command = ["ssh", *config, *options, "--", self.host]

    def __str__(self) -> str:
        return f"ssh host {self.host}"

    def shell(self, command: str) -> str:
        """Run a command there; return what it printed."""
        return _checked([*self._command, command], str(self))

    def put(self, folder: Path, place: str) -> None:
        """Copy a folder's files into a folder that is there."""
        pack = ["tar", "-C", str(folder.resolve()), "-chf", "-", "."]
        self._pipe(pack, [*self._command, f"tar -C {shlex.quote(place)} -xf -"])

    def get(self, place: str, folder: Path) -> None:
        """Copy a folder's files from there."""
        folder.mkdir(exist_ok=True)
        pack = [*self._command, f"tar -C {shlex.quote(place)} -cf - ."]
        self._pipe(pack, ["tar", "-C", str(folder), "-xf", "-"])

    def _pipe(self, source: list[str], sink: list[str]) -> None:
        with tempfile.TemporaryFile("w+", errors="replace") as errors:
            with subprocess.Popen(
                source, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors
            ) as producer:
                consumer = subprocess.run(sink, stdin=producer.stdout, stderr=errors)
            errors.seek(0)
            said = errors.read()
        print(said, flush=True)
        if producer.returncode or consumer.returncode:
            # The first line of tar's has the reason, the last says only that there was one.
            lines = [line for line in said.splitlines() if line.startswith("tar: ")]
            why = (lines or said.splitlines()[-1:] or ["no reason given"])[0]
            raise BuildError(f"{self}: a copy failed: {why}; is there room in {self.folder}?")


class Adb(Device):
    """A phone or tablet with USB debugging allowed."""

    def __init__(self, settings: dict) -> None:
        """Take folder and, where there are several devices, serial."""
        self.folder = settings["folder"]
        serial = ["-s", settings["serial"]] if "serial" in settings else []
        self._command = ["adb", *serial]

    def __str__(self) -> str:
        return "the Android device"

    def shell(self, command: str) -> str:
        """Run a command there; return what it printed."""
        return _checked([*self._command, "shell", command], str(self))

    def put(self, folder: Path, place: str) -> None:
        """Copy a folder's files into a folder that is there."""
        for path in _files(folder):
            # Links are resolved: adb would copy them as links.
            self._copy("push", str(path.resolve()), f"{place}/{path.relative_to(folder)}")

    def get(self, place: str, folder: Path) -> None:
        """Copy a folder's files from there."""
        # Into a folder that is there, adb pulls the folder itself.
        with tempfile.TemporaryDirectory() as scratch:
            self._copy("pull", place, scratch)
            shutil.copytree(Path(scratch, Path(place).name), folder, dirs_exist_ok=True)

    def _copy(self, *arguments: str) -> None:
        _checked([*self._command, *arguments], str(self))


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _checked(command: list[str], where: str) -> str:
    print(shlex.join(command), flush=True)
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace"
        )
    except FileNotFoundError as error:
        raise BuildError(f"{where}: no program {command[0]} on this machine; install it") from error
    print(done.stdout, done.stderr, sep="", flush=True)
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.startswith("audiogen: ")]
        said = lines or done.stderr.splitlines() or [f"exit code {done.returncode}"]
        raise BuildError(f"{where}: {said[-1]}")
    return done.stdout
