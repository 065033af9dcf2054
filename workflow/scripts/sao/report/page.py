"""Self-contained pages from the templates in workflow/report. Needs jinja2."""

from __future__ import annotations

import os
from pathlib import Path

import jinja2


def render_page(template: str | os.PathLike, **values: object) -> str:
    """Return the HTML of a template, which may build on others of its folder.

    Values are escaped, unless they are Markup; one that is lacking is an error.
    """
    path = Path(template)
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(path.parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(path.name).render(values)
