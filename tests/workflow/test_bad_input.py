"""What a person is told, by the real rules."""

import shutil

import pytest

from support.checkout import DEMO, Checkout, error_lines


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("steps=0", "the configuration: $.steps: 0 is less than the minimum of 1"),
        ("schemes={dit: int3}", "$.schemes.dit: 'int3' is not one of"),
        ("modle=x", "'modle' was unexpected"),
    ],
)
def test_a_wrong_setting_is_named(built, setting, message):
    done = built.run("--dry-run", *DEMO, "--config", setting, "--", "all")
    assert done.returncode != 0
    assert message in done.stdout


def test_below_a_gate_the_build_fails_and_says_so(built, tmp_path):
    shutil.copytree(built.folder, tmp_path / "copy", symlinks=True)
    copy = Checkout(tmp_path / "copy", built.caches)
    copy.edit("config/demo.yaml", "hub: local", "hub: local\ngates: {dit: {int8: 90}}")
    done = copy.run("--cores", "2", *DEMO, "--", "all")
    assert done.returncode != 0
    [line] = error_lines(done.stdout)
    assert "dit in int8 is" in line
    assert "below its gate of 90.0 dB" in line
    assert "gates.dit.int8" in line
