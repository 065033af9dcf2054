"""Where the smoke generation runs. Standard library only."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from sao.errors import BuildError

COMPILER = "c++"
CROSS_COMPILER = "aarch64-linux-gnu-g++"
# 64-bit Arm, as Linux and macOS name it.
ARM = ("aarch64", "arm64")
EMULATORS = ("qemu-aarch64-static", "qemu-aarch64")
PACKAGES = "make target-packages installs it on Debian and Ubuntu"

# Hands the target of a run to its jobs, which may run on nodes with other tools.
HANDED = "STABLE_AUDIO_TARGET"

# Gives the path of a program on the PATH, or None: shutil.which.
Find = Callable[[str], str | None]


@dataclass(frozen=True)
class Target:
    """A place to run on; `name` is its folder in results/<model>/smoke/."""

    name: str
    kind: str  # native, emulated, ssh, adb, python
    architecture: str  # of the runner: x86_64, aarch64, arm64 (macOS), android-arm64
    reason: str
    options: dict = field(default_factory=dict)

    @property
    def settings(self) -> dict:
        """What decides a result, for a rule's params."""
        return {"kind": self.kind, "architecture": self.architecture, **self.options}

    def to_hand(self) -> str:
        """Return what a run hands to its jobs, by the environment variable `HANDED`."""
        return json.dumps({"kind": self.kind, "reason": self.reason})


def resolve(config: dict, machine: str, find: Find) -> Target:
    """Return the target that a config chooses on a machine (x86_64, aarch64, arm64).

    Raises BuildError where a chosen target lacks a tool or a setting.
    """
    choice = config["target"]
    if choice == "auto":
        return _automatic(config, machine, find)
    return _chosen(choice, config, machine, find, f"as the config says, target: {choice}")


def handed(config: dict, machine: str, text: str) -> Target:
    """Return the target that the run that started this job resolved, and handed over as `text`.

    Nothing is looked for: most jobs need no tool of the target's.
    """
    choice = json.loads(text)
    return _chosen(choice["kind"], config, machine, lambda name: name, choice["reason"])


def _chosen(kind: str, config: dict, machine: str, find: Find, reason: str) -> Target:
    makers = {
        "native": _native,
        "emulated": _emulated,
        "ssh": _ssh,
        "adb": _adb,
        "python": _python,
    }
    return makers[kind](config, machine, find, reason)


def _automatic(config: dict, machine: str, find: Find) -> Target:
    emulator = first_of(find, EMULATORS)
    if machine not in ARM and emulator and find(CROSS_COMPILER):
        reason = "since this machine is not of Arm and has qemu and a cross compiler"
        return _emulated(config, machine, find, reason)
    if find(COMPILER):
        lacking = "" if machine in ARM else ", NOT of Arm: no qemu and cross compiler here"
        return _native(config, machine, find, f"this machine itself{lacking}")
    reason = "by ExecuTorch's Python runtime, NOT by the runner: no C++ compiler here"
    return _python(config, machine, find, f"{reason} ({PACKAGES})")


def first_of(find: Find, names: tuple[str, ...]) -> str | None:
    """Return the path of the first of some programs that is here."""
    return next(filter(None, map(find, names)), None)


def _require(find: Find, names: tuple[str, ...], choice: str) -> None:
    if not first_of(find, names):
        raise BuildError(f"target: {choice} needs {names[0]}, which is not here; {PACKAGES}")


def _native(config: dict, machine: str, find: Find, reason: str) -> Target:
    _require(find, (COMPILER,), "native")
    return Target(machine, "native", machine, reason)


def _emulated(config: dict, machine: str, find: Find, reason: str) -> Target:
    _require(find, EMULATORS, "emulated")
    _require(find, (CROSS_COMPILER,), "emulated")
    core = config["emulated_core"]
    return Target("aarch64-emulated", "emulated", "aarch64", reason, {"core": core})


def _ssh(config: dict, machine: str, find: Find, reason: str) -> Target:
    settings = config["ssh"]
    if "host" not in settings:
        raise BuildError("target: ssh needs the name of a host; set ssh: {host: ...} in the config")
    architecture = settings["architecture"]
    _require(find, (COMPILER if architecture == machine else CROSS_COMPILER,), "ssh")
    name = f"ssh-{re.sub('[^a-z0-9_-]+', '-', settings['host'].lower())}"
    return Target(name, "ssh", architecture, reason, settings)


def _adb(config: dict, machine: str, find: Find, reason: str) -> Target:
    settings = config["adb"]
    if "executorch" not in settings:
        raise BuildError(
            "target: adb needs ExecuTorch built for Android, which no wheel holds; set "
            "adb: {executorch: <its install folder>} in the config (config/README.md)"
        )
    return Target("adb", "adb", "android-arm64", reason, settings)


def _python(config: dict, machine: str, find: Find, reason: str) -> Target:
    return Target(f"{machine}-python", "python", machine, reason)
