"""Texts from the templates in workflow/report. Needs jinja2."""

from __future__ import annotations

import os
from pathlib import Path

import jinja2


def render(template: str | os.PathLike, **values: object) -> str:
    """Return the text of a template with its values; one that lacks a value is an error."""
    return load(template).render(values).rstrip("\n") + "\n"


def load(template: str | os.PathLike, escaped: bool = False) -> jinja2.Template:
    """Return a template, which may build on others of its folder.

    Where `escaped`, its values are, as HTML has them, unless they are Markup.
    """
    path = Path(template)
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(path.parent),
        autoescape=escaped,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(path.name)
