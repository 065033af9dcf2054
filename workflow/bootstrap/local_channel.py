"""A conda channel made from the running interpreter, for machines that cannot reach conda-forge.

It holds two packages: `python`, which points at the running interpreter the way a virtual
environment does (PEP 405: `pyvenv.cfg` and a link), and `pip`. An environment made from it
therefore needs that interpreter to stay where it is; nothing is copied, so it takes a second.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import os
import platform
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import platformdirs
from rattler import Subdir
from rattler.index import index_fs

from bootstrap.pip_settings import uv_pip

# The same pip as in envs/*.yaml, which ask for it by this version.
PIP_VERSION = "26.3"
# A fixed date, so that the same interpreter gives the same channel.
TIMESTAMP_MS = 1_767_225_600_000


def channel_alias() -> str:
    """Return the URL to use as CONDA_CHANNEL_ALIAS, building the channel where it is missing."""
    cache = Path(platformdirs.user_cache_dir("stable-audio-executorch"))
    base = Path(sys.base_prefix).resolve()
    version = platform.python_version()
    key = hashlib.sha256(f"{base} {version} {PIP_VERSION}".encode()).hexdigest()[:12]
    alias = cache / "channel" / key
    if not (alias / "complete").exists():
        _build(alias / "conda-forge", base, version)
        (alias / "complete").touch()
    return alias.as_uri()


def _build(channel: Path, base: Path, version: str) -> None:
    subdir = str(Subdir.current())
    _write_package(channel / subdir, "python", version, subdir, [], _python_files(base, version))
    with tempfile.TemporaryDirectory() as scratch:
        subprocess.run(
            [
                *uv_pip("install"),
                "--quiet",
                "--no-deps",
                "--target",
                scratch,
                f"pip=={PIP_VERSION}",
            ],
            check=True,
        )
        site = f"lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages"
        files: dict[str, bytes | Path] = {
            f"{site}/{path.relative_to(scratch)}": path.read_bytes()
            for path in sorted(Path(scratch).rglob("*"))
            if path.is_file() and "bin" not in path.relative_to(scratch).parts
        }
    _write_package(channel / subdir, "pip", PIP_VERSION, subdir, [f"python =={version}"], files)
    (channel / "noarch").mkdir(exist_ok=True)
    asyncio.run(_index(channel))


def _python_files(base: Path, version: str) -> dict[str, bytes | Path]:
    minor = ".".join(version.split(".")[:2])
    config = f"home = {base / 'bin'}\ninclude-system-site-packages = false\nversion = {version}\n"
    target = base / "bin" / f"python{minor}"
    links = {f"bin/{name}": target for name in ("python", "python3", f"python{minor}")}
    return {"pyvenv.cfg": config.encode(), **links}


def _write_package(
    folder: Path,
    name: str,
    version: str,
    subdir: str,
    depends: list[str],
    files: dict[str, bytes | Path],
) -> None:
    """Write `name-version-0.tar.bz2`; a Path as a file's content means a link to that path."""
    paths = [
        {
            "_path": path,
            "path_type": "softlink" if isinstance(content, Path) else "hardlink",
            "sha256": None if isinstance(content, Path) else hashlib.sha256(content).hexdigest(),
            "size_in_bytes": None if isinstance(content, Path) else len(content),
        }
        for path, content in files.items()
    ]
    index = {
        "name": name,
        "version": version,
        "build": "0",
        "build_number": 0,
        "depends": depends,
        "subdir": subdir,
        "timestamp": TIMESTAMP_MS,
    }
    info = {
        "info/index.json": json.dumps(index).encode(),
        "info/paths.json": json.dumps({"paths": paths, "paths_version": 1}).encode(),
        "info/files": "\n".join(files).encode(),
    }
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{name}-{version}-0.tar.bz2"
    with tarfile.open(f"{target}.part", "w:bz2", compresslevel=1) as archive:
        for path, content in {**info, **files}.items():
            entry = tarfile.TarInfo(path)
            entry.mode = 0o644
            if isinstance(content, Path):
                entry.type, entry.linkname = tarfile.SYMTYPE, str(content)
                archive.addfile(entry)
            else:
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))
    os.replace(f"{target}.part", target)


async def _index(channel: Path) -> None:
    await index_fs(channel, write_zst=False, write_shards=False)
