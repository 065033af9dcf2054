"""Starts Snakemake for each line of arguments (JSON) on standard input. Its own Python runs this.

What it imports is half of a start: here that is done once, and each start is a fork.
Prints a line of JSON for each: exit code, and what was printed.
"""

import json
import os
import sys
import tempfile

import requests  # noqa: F401  (which Snakemake imports late)
from snakemake.cli import main

for line in sys.stdin:
    with tempfile.TemporaryFile() as printed:
        child = os.fork()
        if child == 0:
            for descriptor in (1, 2):
                os.dup2(printed.fileno(), descriptor)
            main(json.loads(line))  # which exits
        _, status = os.waitpid(child, 0)
        printed.seek(0)
        text = printed.read().decode(errors="replace")
    print(json.dumps([os.waitstatus_to_exitcode(status), text]), flush=True)
