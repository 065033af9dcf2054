"""Which target a config means on which machine."""

import jsonschema
import pytest
import yaml

from sao.errors import BuildError
from sao.target.targets import handed, resolve
from support.checkout import ROOT

CROSS = "aarch64-linux-gnu-g++"
EVERYTHING = {"c++", CROSS, "qemu-aarch64-static"}
DEFAULTS = {"target": "auto", "emulated_core": "cortex-a76", "ssh": {}, "adb": {}}
SSH = {"host": "Board.local", "folder": "audiogen", "architecture": "aarch64"}


def resolved(machine, programs, **config):
    return resolve(DEFAULTS | config, machine, lambda name: name if name in programs else None)


@pytest.mark.parametrize(
    ("machine", "programs", "name", "kind"),
    [
        ("aarch64", {"c++"}, "aarch64", "native"),
        ("aarch64", EVERYTHING, "aarch64", "native"),
        ("aarch64", set(), "aarch64-python", "python"),
        # macOS.
        ("arm64", {"c++"}, "arm64", "native"),
        ("arm64", EVERYTHING, "arm64", "native"),
        ("x86_64", EVERYTHING, "aarch64-emulated", "emulated"),
        ("x86_64", {"c++", CROSS, "qemu-aarch64"}, "aarch64-emulated", "emulated"),
        ("x86_64", {"c++", "qemu-aarch64-static"}, "x86_64", "native"),
        ("x86_64", {"c++", CROSS}, "x86_64", "native"),
        ("x86_64", set(), "x86_64-python", "python"),
    ],
)
def test_auto_takes_the_best_there_is(machine, programs, name, kind):
    target = resolved(machine, programs)
    assert (target.name, target.kind) == (name, kind)
    # What is not Arm says so.
    assert ("NOT" in target.reason) == (kind == "python" or name == "x86_64")


@pytest.mark.parametrize("kind", ["native", "emulated", "python"])
def test_a_target_of_the_config_says_so(kind):
    target = resolved("x86_64", EVERYTHING, target=kind)
    assert (target.kind, target.reason) == (kind, f"as the config says, target: {kind}")


@pytest.mark.parametrize(
    ("programs", "config"),
    [
        (EVERYTHING, {}),
        (EVERYTHING, {"emulated_core": "cortex-a72"}),
        ({"c++"}, {}),
        (set(), {}),
        (EVERYTHING, {"target": "ssh", "ssh": SSH}),
    ],
)
def test_a_job_has_the_target_of_its_run_whatever_tools_its_node_has(programs, config):
    target = resolved("x86_64", programs, **config)
    assert handed(DEFAULTS | config, "x86_64", target.to_hand()) == target


def test_what_decides_a_result_is_in_the_settings():
    core = resolved("x86_64", EVERYTHING, emulated_core="cortex-a72").settings
    assert core == {"kind": "emulated", "architecture": "aarch64", "core": "cortex-a72"}
    target = resolved("x86_64", EVERYTHING, target="ssh", ssh=SSH)
    assert target.name == "ssh-board-local"
    assert target.settings == {"kind": "ssh", **SSH}


@pytest.mark.parametrize(
    ("config", "programs", "expected"),
    [
        ({"target": "native"}, set(), r"native needs c\+\+"),
        ({"target": "emulated"}, {CROSS}, "emulated needs qemu-aarch64-static"),
        ({"target": "emulated"}, {"qemu-aarch64-static"}, "needs aarch64-linux-gnu-g"),
        ({"target": "ssh"}, EVERYTHING, "name of a host"),
        ({"target": "ssh", "ssh": SSH}, {"c++"}, "needs aarch64-linux-gnu-g"),
        ({"target": "adb"}, EVERYTHING, "ExecuTorch built for Android"),
    ],
)
def test_a_chosen_target_that_cannot_be_is_an_error(config, programs, expected):
    with pytest.raises(BuildError, match=expected) as raised:
        resolved("x86_64", programs, **config)
    assert "\n" not in str(raised.value)


def setting(name):
    """Return the schema of a key of the config."""
    text = (ROOT / "workflow/schemas/config.schema.yaml").read_text()
    return yaml.safe_load(text)["properties"][name]


def test_the_core_that_qemu_computes_wrong_is_refused():
    core = setting("emulated_core")
    jsonschema.validate("max,sme=off", core)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate("max", core)


@pytest.mark.parametrize("host", ["board", "me@10.0.0.7", "board.local"])
def test_a_host_has_a_name(host):
    jsonschema.validate({"host": host}, setting("ssh"))


@pytest.mark.parametrize(
    ("target", "wrong"),
    [
        ("ssh", {"host": "-oProxyCommand=reboot"}),
        ("ssh", {"host": "two words"}),
        ("ssh", {"host": "board\n"}),
        ("ssh", {"host": ""}),
        ("ssh", {"folder": "-rf"}),
        ("ssh", {"folder": "a\nb"}),
        ("adb", {"serial": "-e"}),
        ("adb", {"folder": ""}),
    ],
)
def test_what_would_be_an_option_or_two_words_is_refused(target, wrong):
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, setting(target))


def test_the_runners_packages_are_those_of_the_build():
    pin = "executorch==1.5.1"
    assert pin in (ROOT / "workflow/runner/packages/executorch.txt").read_text()
    assert f"- {pin}\n" in (ROOT / "envs/build.yaml").read_text()
