"""Finished builds of the demo, made once for all tests here."""

from __future__ import annotations

import platform
import shutil

import pytest

from demo.hub import Hub
from support.checkout import Checkout
from support.remote import TOKEN, World
from support.runner_tools import need


@pytest.fixture(scope="session")
def caches(tmp_path_factory):
    """Caches that start empty, for between-workflow outputs and for fetched files."""
    return tmp_path_factory.mktemp("caches")


@pytest.fixture(scope="session")
def built(tmp_path_factory, caches) -> Checkout:
    """A checkout with the demo built; tests leave it as it is."""
    checkout = Checkout.make(tmp_path_factory.mktemp("built"), caches)
    checkout.printed = checkout.build()
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
