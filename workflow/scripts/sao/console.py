"""What a run shows a person: a line when a job starts, one when it ends. Standard library only.

Snakemake's own lines, with reasons, environments and links, are all in its log. A logger plugin
would do the same, but Snakemake finds plugins among installed packages only, before it reads the
workflow: this goes in the place of its default handler, so that plain `snakemake` needs nothing
more. Where a plugin writes to the terminal (`--logger rich`), or lines were asked for or out by
--verbose or --quiet, all stays as Snakemake has it.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sao.errors import FEWER_JOBS
from sao.files import read_json
from sao.progress import VARIABLE, progress_file
from sao.run_faults import is_stop, run_fault
from sao.stage import CLEAR_LINE, error_start, record_file

# By this name Snakemake's logging knows its own handler.
DEFAULT = "DefaultStreamHandler"
# A job that takes less than this, in s, has one line, at its end.
SHORT = 2.0
# Seconds between two looks at the running jobs.
INTERVAL = 0.5
# Files' clocks are coarser than time's.
CLOCK = 0.1
# Kinds of records, by the values of snakemake_interface_logger_plugins.common.LogEvent.
HIDDEN_EVENTS = ("workflow_started", "job_started", "shellcmd")
# What Snakemake says at INFO about how it does things; anything else is shown.
HIDDEN = (
    *("Assuming unrestricted", "Building DAG", "Using shell", "Provided cores", "Rules claiming"),
    *("Select jobs", "Activating conda", "Moving output", "Symlinking output", "Removing output"),
    *("Downloading and installing", "Cleaning up conda", "Environment for ", "Shutting down"),
    *("DAG of jobs will", "Updating checkpoint", "Job rate limit", "Waiting at most"),
)
# A script that a signal ends cannot say so itself; these are a person's or a machine's that goes.
ENDED_BY = re.compile(r"died with <Signals\.(\w+): \d+>")
STOPPED = ("SIGINT", "SIGTERM", "SIGHUP")
# Errors that add nothing: a script that fails says why itself.
SAID_BY_SCRIPT = (
    *("returned non-zero exit status 1", "At least one job did not complete"),
    "Exiting because a job execution failed",
)


@dataclass
class Job:
    """A job that runs."""

    rule: str
    what: str
    log: str | None
    start: float
    told: bool = False


def use_console(logger: logging.Logger, settings: Any, main: bool) -> None:
    """Have this run's lines shown so, unless its settings (OutputSettings) ask for others.

    A job's own Snakemake, which is not `main`, shows only what its script cannot say.
    """
    found = [handler for handler in logger.handlers if handler.name == DEFAULT]
    if not main:
        for handler in found:
            handler.addFilter(_of_a_job)
    elif found and not (settings.dryrun or settings.quiet or settings.verbose):
        logger.removeHandler(found[0])
        console = Console(found[0], settings.show_failed_logs)
        # Of a full disk one line says so, not each line that Snakemake's log lacks.
        logging.raiseExceptions = False
        logger.addHandler(console)
        os.environ[VARIABLE] = "terminal" if console.terminal else "plain"


def without_stages(summary: str) -> str:
    """Return a summary without its table of stages: each one's line has been shown."""
    return summary.partition("| stage |")[0].rstrip("\n")


def _of_a_job(record: logging.LogRecord) -> bool:
    return record.levelno > logging.INFO and not _is_said(record)


def _is_said(record: logging.LogRecord) -> bool:
    return any(text in record.getMessage() for text in SAID_BY_SCRIPT)


class Console(logging.Handler):
    """Shows jobs by lines and, on a terminal, those that run in one line that changes."""

    def __init__(self, default: logging.Handler, with_logs: bool) -> None:
        """Take over from Snakemake's handler, which shows what is not about jobs.

        With logs, what a job that failed left in its log is shown before the line that says why.
        """
        super().__init__()
        self.name = DEFAULT
        self._default = default
        self._with_logs = with_logs
        self._stream = default.stream  # type: ignore[attr-defined]
        self.terminal = self._stream.isatty() and os.environ.get("TERM") != "dumb"
        self._jobs: dict[int, Job] = {}
        self._ended: list[int] = []
        self._signal = ""  # that ended the job whose failure is said next
        self._stops = False
        self._faults: set[str] = set()
        self._drawn = ""
        self._stopped = threading.Event()
        threading.Thread(target=self._watch, daemon=True).start()

    def emit(self, record: logging.LogRecord) -> None:
        """Show a record, or not."""
        event = getattr(record, "event", None)
        if event == "job_info":
            self._begin(record)
        elif event == "job_finished":
            # Shown when the number of jobs done follows.
            self._ended.append(record.job_id)  # type: ignore[attr-defined]
        elif event == "progress":
            self._end(f"[{record.done}/{record.total}]")  # type: ignore[attr-defined]
        elif event == "job_error":
            self._fail(record)
        elif event == "run_info":
            self._say(f"{record.stats['total']} jobs")  # type: ignore[attr-defined]
        elif ended := ENDED_BY.search(record.getMessage()):
            self._signal = ended[1]
        elif fault := run_fault(record.getMessage()):
            self._stops |= is_stop(record.getMessage())
            # Snakemake says some again and again.
            if fault not in self._faults:
                self._faults.add(fault)
                self._print(fault)
        elif event not in HIDDEN_EVENTS and not _is_hidden(record):
            self._clear()
            self._default.handle(record)

    def close(self) -> None:
        """End the line of running jobs."""
        self._stopped.set()
        with self.lock:  # type: ignore[union-attr]
            self._clear()
            self._jobs.clear()
        super().close()

    def _begin(self, record: Any) -> None:
        log = record.log[0] if record.log else None
        what = record.rule_msg or record.rule_name
        self._jobs[record.jobid] = Job(record.rule_name, what, log, time.time())

    def _end(self, count: str) -> None:
        for number in self._ended:
            job = self._jobs.pop(number, None)
            # A rule without a log only gathers what others made.
            if job and job.log:
                progress_file(job.log).unlink(missing_ok=True)
                self._say(f"{count} {job.what}: {_took(job.log, job.start)}")
        self._ended.clear()

    def _fail(self, record: Any) -> None:
        job = self._jobs.pop(record.jobid, None)
        for log in record.log:
            progress_file(log).unlink(missing_ok=True)
        signal, self._signal = self._signal, ""
        if signal in STOPPED and self._stops:
            return  # with the run, which has said so
        lines = _lines(record, job.start if job else 0.0)
        reason = _reason(record, lines, signal)
        if self._with_logs:
            for line in lines:
                if line != reason:
                    self._print(line)
        self._print(reason)

    def _watch(self) -> None:
        while not self._stopped.wait(INTERVAL):
            with self.lock:  # type: ignore[union-attr]
                for job in self._jobs.values():
                    if not job.told and job.log and time.time() - job.start >= SHORT:
                        job.told = True
                        self._say(job.what)
                self._draw()

    def _say(self, text: str) -> None:
        self._print(f"{time.strftime('%H:%M:%S')} {text}")

    def _print(self, line: str) -> None:
        self._clear()
        print(line, file=self._stream, flush=True)

    def _draw(self) -> None:
        """Show the running jobs, where what is shown is not that already."""
        if not self.terminal:
            return
        width = shutil.get_terminal_size().columns - 1
        line = ", ".join(_state(job) for job in self._jobs.values() if job.log)[:width]
        if line != self._drawn:
            self._drawn = line
            print(CLEAR_LINE + line, end="", file=self._stream, flush=True)

    def _clear(self) -> None:
        if self._drawn:
            self._drawn = ""
            print(CLEAR_LINE, end="", file=self._stream, flush=True)


def _is_hidden(record: logging.LogRecord) -> bool:
    if record.levelno > logging.INFO:
        return _is_said(record)
    return record.getMessage().startswith(HIDDEN)


def _took(log: str, start: float) -> str:
    """Return what a job took, by its own record; one that left none was not run."""
    record = record_file(log)
    if not record.exists() or record.stat().st_mtime < start - CLOCK:
        return "from the cache"
    took = read_json(record)
    return f"{took['wall_s']:.1f} s, {took['peak_mb']} MB"


def _state(job: Job) -> str:
    try:
        text = " " + progress_file(job.log or "").read_text()
    except (OSError, ValueError):
        text = ""
    return f"{Path(job.log or '').stem}{text} {time.time() - job.start:.0f} s"


def _lines(record: Any, start: float) -> list[str]:
    """Return what a job that failed has left in its log, if that was written since its start."""
    logs = [Path(log) for log in record.log]
    written = [log for log in logs if log.exists() and log.stat().st_mtime >= start - CLOCK]
    return [line for log in written for line in log.read_text(errors="replace").splitlines()]


def _reason(record: Any, lines: list[str], signal: str) -> str:
    """Return why a job failed: the last of its log's lines that says so."""
    begin = error_start(record.rule_name)
    if said := [line for line in lines if line.startswith(begin)]:
        return said[-1]
    where = f" (log: {record.log[0]})" if record.log else ""
    return f"{begin}{record.rule_msg or _end_by(signal)}{where}"


def _end_by(signal: str) -> str:
    if signal in STOPPED:
        return f"it was stopped ({signal}); the same command goes on from here"
    if signal == "SIGKILL":
        return f"it was killed ({signal}), as the system does where memory runs out: {FEWER_JOBS}"
    return f"it crashed ({signal})" if signal else "it ended without a word"
