"""Self-contained pages from the templates in workflow/report. Needs jinja2."""

from __future__ import annotations

import os

from sao.papers.templates import load


def render_page(template: str | os.PathLike, **values: object) -> str:
    """Return the HTML of a template, which may build on others of its folder.

    Values are escaped, unless they are Markup; one that is lacking is an error.
    """
    return load(template, escaped=True).render(values)
