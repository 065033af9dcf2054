"""Finished builds of the demo, made once for all tests here, in however many processes they run."""

from __future__ import annotations

import os
import platform
import shutil
from pathlib import Path

import pytest

from demo.hub import Hub
from sao.locks import locked
from sao.submodules import PIECES
from support.checkout import ROOT, Checkout, Shared
from support.remote import TOKEN, World
from support.runner_tools import build_here, need

# Below ~/.cache.
OUTPUTS = "stable-audio-executorch/outputs"


@pytest.fixture(scope="session")
def shared(tmp_path_factory) -> Path:
    """A folder of all processes of this run; pytest-xdist gives each one of its own beside it."""
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "shared"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def caches(shared) -> Path:
    """Caches for between-workflow outputs and for fetched files; `built` fills them.

    They start empty, or with those of the folder SHARED_CACHES, where builds take an hour.
    """
    folder = shared / "caches"
    with locked(shared / "filling"):
        if not folder.exists():
            folder.mkdir(mode=0o700)
            if known := os.environ.get("SHARED_CACHES"):
                for name, place in {"outputs": OUTPUTS, "huggingface": "huggingface"}.items():
                    shutil.copytree(Path(known, place), folder / name, symlinks=True)
    return folder


@pytest.fixture(scope="session")
def built(shared, caches) -> Checkout:
    """A checkout with the demo built; tests leave it as it is."""
    printed = shared / "printed"
    # The first process that asks for it builds, and others wait.
    with locked(shared / "building"):
        if not printed.exists():
            printed.write_text(Checkout.make(shared / "built", caches).build())
    checkout = Shared(shared / "built", caches)
    checkout.printed = printed.read_text()
    return checkout


@pytest.fixture(scope="session")
def target() -> str:
    """The target that the smoke generation runs on, see checkout.NATIVE."""
    return platform.machine() if shutil.which("c++") else f"{platform.machine()}-python"


@pytest.fixture(scope="session")
def bundle(built):
    """The demo's bundle."""
    return built.folder / "results/demo/bundle"


@pytest.fixture(scope="session")
def runner(built):
    """The folder of the runner for this machine."""
    need("c++")
    return built.folder / "results/runner" / platform.machine()


@pytest.fixture(scope="session")
def elsewhere(shared) -> Path:
    """Runners built of sources in another folder, in folders `native` and `sanitize`."""
    need("c++")
    work = shared / "elsewhere"
    done = work / "done"
    with locked(shared / "building elsewhere"):
        if not done.exists():
            sources = shutil.copytree(ROOT / "workflow/runner", work / "sources")
            build_here(sources, ["native", "sanitize"], work)
            done.touch()
    return work


@pytest.fixture(scope="session")
def sanitized(elsewhere) -> Path:
    """A runner that sanitizers end with a report of many lines."""
    return elsewhere / "sanitize"


@pytest.fixture
def copied(bundle, tmp_path) -> Path:
    """A bundle of links, whose files a test replaces or adds the decoder's pieces to.

    Without SHA256SUMS, which would find every change before the checks that tests are about.
    """
    folder = tmp_path / "bundle"
    folder.mkdir()
    left_out = {piece.bundle_name for piece in PIECES.values()} | {"SHA256SUMS"}
    for path in bundle.iterdir():
        if path.name not in left_out:
            (folder / path.name).symlink_to(path)
    return folder


@pytest.fixture
def world(built, tmp_path):
    """A checkout, and the demo's repositories on a server that it takes for the real Hub."""
    repositories = shutil.copytree(
        (built.folder / "resources/hub/demo").resolve(), tmp_path / "hub"
    )
    checkout = Checkout.make(tmp_path / "checkout", tmp_path / "caches")
    with Hub(repositories, TOKEN) as hub:
        variables = {"HF_ENDPOINT": hub.endpoint, "HF_TOKEN": TOKEN}
        yield World(checkout.folder, checkout.caches, variables, hub=hub, repositories=repositories)
