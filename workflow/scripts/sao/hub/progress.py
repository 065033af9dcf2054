"""How far a download is, for the line of running jobs or as lines of its own. Needs tqdm."""

from __future__ import annotations

from typing import TextIO

from tqdm import tqdm

from sao import progress

# Seconds between lines where the output is no terminal, such as CI's log.
LOG_INTERVAL = 10.0
# Smaller files are there before a line would be read.
SMALLEST = 10_000_000


def progress_class(stream: TextIO, name: str) -> type[tqdm]:
    """Return a tqdm class that shows how far, how fast and how long still.

    By sao.progress where a run shows that on a terminal, else on `stream`: one line that changes
    if that is a terminal; elsewhere a line of its own every ten seconds and at the end.
    """
    shared = progress.on_terminal()
    interactive = shared or stream.isatty()

    class Progress(tqdm):
        shown = 0
        disable: bool  # tqdm has no types

        def __init__(self, *arguments, **options) -> None:
            options |= {
                "file": stream,
                "desc": name,
                "disable": (options.get("total") or 0) < SMALLEST,
                "mininterval": 0.2 if interactive else LOG_INTERVAL,
                "maxinterval": LOG_INTERVAL,
                "bar_format": "{desc}: {percentage:.0f} % of {total_fmt}B, {rate_fmt}, "
                "{elapsed} gone, {remaining} left",
            }
            options.pop("name", None)
            super().__init__(*arguments, **options)

        def display(self, *arguments, **options) -> bool:
            if shared:
                progress.show(str(self))
                return True
            if interactive:
                return super().display(*arguments, **options)
            if self.n > self.shown:
                self.shown = self.n
                print(str(self), file=stream, flush=True)
            return True

        def close(self) -> None:
            if not interactive and not self.disable:
                self.display()
                # The rest of closing only tidies up a terminal's line.
                self._decr_instances(self)
                self.disable = True
            super().close()

    return Progress
