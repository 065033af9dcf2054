"""Shows what the caches of this build hold, and removes what is old or too much: `make caches`."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from itertools import chain
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "scripts"))

from sao.cached.inventory import Kept, drop, drop_scratch, environments, results, to_remove
from sao.caches import environments_folder, in_use, local_cache, use_private_cache
from sao.errors import BuildError
from sao.locks import locked

UNITS = {"": 1, "K": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}


# Where each kind of what is kept lies, and what lists it.
Kinds = dict[str, tuple[Path, Callable[[Path], list[Kept]]]]


def main(arguments: list[str]) -> None:
    """Do what the command line says."""
    options = _parse(arguments)
    use_private_cache()
    kinds: Kinds = {"environments": (environments_folder(), environments)}
    if cache := local_cache():
        kinds = {"results": (cache, results), **kinds}
    if options.only:
        kinds = {kind: found for kind, found in kinds.items() if kind == options.only}
    with ExitStack() as stack:
        if options.apply:
            for folder, _ in kinds.values():
                stack.enter_context(_alone(folder))
        kept = {kind: listed(folder) for kind, (folder, listed) in kinds.items()}
        for kind, (folder, _) in kinds.items():
            _show(kind, folder, kept[kind])
        if options.older_than is not None or options.at_most is not None:
            _prune(list(chain(*kept.values())), options)
        if options.apply and cache and "results" in kinds:
            drop_scratch(cache)


def _prune(kept: list[Kept], options: argparse.Namespace) -> None:
    chosen = to_remove(kept, options.older_than, options.at_most)
    for each in sorted(chosen, key=lambda each: each.used):
        print(f"{'removed' if options.apply else 'would remove'} {_line(each)}")
        if options.apply:
            drop(each)
    size = _text(sum(each.size for each in chosen))
    done = "removed" if options.apply else "nothing is removed without --apply:"
    print(f"{done} {len(chosen)} of {len(kept)}, {size}")


def _alone(folder: Path) -> AbstractContextManager[None]:
    """Hold the lock that each run has a share of, or say that one has."""

    def refuse() -> None:
        raise BuildError(f"a build uses {folder}: try again when it has ended")

    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return locked(in_use(folder), when_taken=refuse)


def _show(kind: str, folder: Path, kept: list[Kept]) -> None:
    total = _text(sum(each.size for each in kept))
    print(f"{folder}: {len(kept)} {kind}, {total}")
    for each in sorted(kept, key=lambda each: each.used):
        print(f"  {_line(each)}")


def _line(each: Kept) -> str:
    return f"{_text(each.size):>8}  {each.days:5.1f} days  {each.path.name[:12]}  {each.what}"


def _text(size: float) -> str:
    for unit in UNITS:
        if size < 1000 or unit == "T":
            return f"{size:.0f} B" if not unit else f"{size:.1f} {unit}B"
        size /= 1000
    raise AssertionError


def _size(text: str) -> int:
    match = re.fullmatch(r"(\d+(?:\.\d+)?) ?([KMGT]?)B?", text.strip(), re.IGNORECASE)
    if not match:
        raise argparse.ArgumentTypeError(f"{text!r} is no size such as 500MB or 10GB")
    return int(float(match[1]) * UNITS[match[2].upper()])


def _days(text: str) -> float:
    days = float(text)
    if not days >= 0:
        raise ValueError
    return days


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make caches", description=__doc__)
    parser.add_argument(
        "--older-than", type=_days, metavar="DAYS", help="what was not used for so long"
    )
    parser.add_argument(
        "--at-most",
        type=_size,
        metavar="SIZE",
        help="the longest unused, until no more than this is left, such as 10GB",
    )
    parser.add_argument("--only", choices=("results", "environments"), help="one of the caches")
    parser.add_argument("--apply", action="store_true", help="remove; else it is only shown")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (BuildError, OSError) as error:
        sys.exit(f"Error in caches: {error}")
