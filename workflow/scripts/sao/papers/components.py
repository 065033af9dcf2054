"""What a bundle consists of and was made with, in CycloneDX. Needs cyclonedx-python-lib, PyYAML."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import yaml
from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from sao.hub.lock import revision

PIN = re.compile(r"([A-Za-z0-9_.-]+)==([A-Za-z0-9_.+-]+)")


def components_of(
    manifest: dict[str, Any], environments: Iterable[str], packages: Iterable[str]
) -> str:
    """Return the JSON of a bundle's components: the same for the same files.

    The files of `manifest`, the models that they come of, what the runner is built of (`packages`,
    files of pinned requirements) and what the rules ran with (`environments`, of conda). It has no
    time, and its serial number follows from all else.
    """
    provenance = manifest["provenance"]
    model = _model(manifest["model"], provenance["model"])
    bom = Bom()
    bom.metadata.component = model
    # The library would take the clock's.
    bom.metadata.timestamp = None  # type: ignore[assignment]
    parts = [
        *(_source(source) for source in (provenance["model"], provenance["text_encoder"])),
        *(_file(name, file["sha256"]) for name, file in manifest["files"].items()),
        *_libraries(environments, packages),
    ]
    bom.components.update(parts)
    bom.register_dependency(model, parts)
    bom.serial_number = uuid5(NAMESPACE_URL, "")
    bom.serial_number = uuid5(NAMESPACE_URL, _text(bom))
    return _text(bom)


def _text(bom: Bom) -> str:
    return JsonV1Dot6(bom).output_as_string(indent=2) + "\n"


def _model(name: str, source: dict) -> Component:
    return Component(
        name=name,
        version=revision(source),
        type=ComponentType.MACHINE_LEARNING_MODEL,
        bom_ref="bundle",
        licenses=_licences(source),
    )


def _source(source: dict) -> Component:
    owner, _, name = source["repository"].partition("/")
    purl = PackageURL("huggingface", owner, name, revision(source)) if "commit" in source else None
    return Component(
        group=owner,
        name=name,
        version=revision(source),
        type=ComponentType.MACHINE_LEARNING_MODEL,
        bom_ref=source["repository"],
        purl=purl,
        licenses=_licences(source),
        properties=[
            Property(name=f"sha256 of {file}", value=pin["sha256"])
            for file, pin in source["files"].items()
            if "sha256" in pin
        ],
    )


def _licences(source: dict) -> list:
    factory = LicenseFactory()
    name = source.get("licence_name") or source["licence"]
    # Not every id of the Hub is one of SPDX, `other` least.
    spdx = {"apache-2.0": "Apache-2.0", "cc0-1.0": "CC0-1.0", "mit": "MIT"}
    return [factory.make_from_string(spdx.get(name, name))]


def _file(name: str, sha256: str) -> Component:
    hashes = [HashType(alg=HashAlgorithm.SHA_256, content=sha256)]
    return Component(name=name, type=ComponentType.FILE, bom_ref=f"file:{name}", hashes=hashes)


def _libraries(environments: Iterable[str], packages: Iterable[str]) -> Iterator[Component]:
    """Yield each pinned package once, with the rules whose environments have it.

    What is not in the bundle itself, but was used to make it, is `excluded` in CycloneDX's words.
    """
    used: dict[tuple[str, str], set[str]] = {}
    for path in map(Path, environments):
        for pin in _pins(path):
            used.setdefault(pin, set()).add(path.stem)
    within = {pin for path in packages for pin in _found(Path(path).read_text())}
    for name, version in sorted(used.keys() | within):
        purl = PackageURL("pypi", None, name, version)
        rules = sorted(used.get((name, version), set()))
        yield Component(
            name=name,
            version=version,
            type=ComponentType.LIBRARY,
            scope=(
                ComponentScope.REQUIRED if (name, version) in within else ComponentScope.EXCLUDED
            ),
            bom_ref=str(purl),
            purl=purl,
            properties=[Property(name="used by rule", value=rule) for rule in rules],
        )


def _pins(environment: Path) -> list[tuple[str, str]]:
    entries = yaml.safe_load(environment.read_text())["dependencies"]
    lines = [line for entry in entries if isinstance(entry, dict) for line in entry["pip"]]
    return [pin for line in lines for pin in _found(line)]


def _found(text: str) -> list[tuple[str, str]]:
    """Return the names, as PyPI writes them, and versions of the pins in a text."""
    return [(re.sub(r"[-_]+", "-", n).lower(), version) for n, version in PIN.findall(text)]
