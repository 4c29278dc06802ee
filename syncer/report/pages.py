"""Pages of HTML that load nothing from elsewhere and run no script; whatever stands in the data is text in them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from syncer.report.views import View

FOLDER: Final = Path(__file__).parent


def render(template: str, **values: Any) -> str:
    """The template of that name in this folder, filled in; every value is escaped."""
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(template).render(**values)


def page(view: View) -> str:
    """A report as one page."""
    return render("report_page.html.j2", view=view)
