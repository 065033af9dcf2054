"""Getting what the runner is built from."""

import platform
import tarfile
from pathlib import Path

from sao.target.native_build import fetch
from support import runner_tools
from support.checkout import ROOT


def test_sources_are_unpacked_by_a_python_without_filters_too(root, tmp_path, monkeypatch):
    """3.11.2, which Debian 12 has, knows no `filter`; 3.11.4 and newer warn without one."""
    extractall = tarfile.TarFile.extractall

    def as_in_3_11_2(self, path=".", members=None, *, numeric_owner=False):
        extractall(self, path, members, numeric_owner=numeric_owner)

    monkeypatch.setattr(tarfile.TarFile, "extractall", as_in_3_11_2)
    monkeypatch.delattr(tarfile, "data_filter")
    packages = fetch(root / "workflow/runner", "x86_64", str(tmp_path), tmp_path)
    assert (packages["SENTENCEPIECE"] / "src/sentencepiece_processor.h").is_file()


def test_tests_build_the_runner_for_the_machine_that_they_run_on(tmp_path, monkeypatch):
    asked: list[tuple] = []

    def ask(*arguments):
        asked.append(arguments)
        return {}

    monkeypatch.setattr(runner_tools, "fetch", ask)
    monkeypatch.setattr(runner_tools, "build", ask)
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    runner_tools.build_here(tmp_path, ["native", "sanitize"], tmp_path)
    assert [arguments[1] for arguments in asked] == ["aarch64", "native", "sanitize"]
    # No other test builds it, for a machine that it names.
    tests = [path for path in (ROOT / "tests").rglob("*.py") if path != Path(__file__)]
    builders = {path.name for path in tests if "native_build import build" in path.read_text()}
    assert builders == {"runner_tools.py"}
