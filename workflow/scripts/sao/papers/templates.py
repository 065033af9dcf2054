"""Texts from the templates in workflow/report. Needs jinja2."""

from __future__ import annotations

import os
from pathlib import Path

import jinja2


def render(template: str | os.PathLike, **values: object) -> str:
    """Return the text of a template file with its values; one that lacks a value is an error."""
    environment = jinja2.Environment(
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    text = environment.from_string(Path(template).read_text()).render(values)
    return text.rstrip("\n") + "\n"
