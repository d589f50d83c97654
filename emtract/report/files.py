"""What the files of pages share: names of folders, templates, JSON inside and beside a page."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from emtract.errors import ReportError
from emtract.report.figures.palette import DARK, HEAT_DARK, HEAT_LIGHT, LIGHT
from emtract.words.numbers import things

if TYPE_CHECKING:
    from collections.abc import Mapping

PLOTLY_JS: Final = "plotly.min.js"
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_SCRIPT: Final = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def folder_name(name: str) -> str:
    """Return the name of a study when it can be a folder; no study writes outside the reports folder."""
    if not _NAME.fullmatch(name):
        raise ReportError(f"study name {name!r} cannot be a folder: use letters, digits, '_', '-' and '.'")
    return name


def script_json(value: Any) -> Markup:
    """JSON that is safe inside a script element: `</script>` cannot occur in it, and keys are sorted."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return Markup(re.sub("[<>&\u2028\u2029]", lambda match: _SCRIPT[match.group()], text))  # noqa: S704


def json_text(value: Mapping[str, Any]) -> str:
    """Return what a file of JSON beside a page holds: sorted keys, one a line."""
    return json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def plotly_script() -> Markup:
    """Return the whole of Plotly, for a page that is one file and works offline."""
    import plotly.offline

    return Markup(plotly.offline.get_plotlyjs())  # noqa: S704


def render(template: str, **context: Any) -> str:
    """Render a template of the package, every value escaped."""
    return _environment().get_template(template).render(**context)


@cache
def _environment() -> Environment:
    """Return one environment for all pages: a template is compiled once a process."""
    environment = Environment(
        loader=PackageLoader("emtract.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    ends = ("heat-low", "heat-middle", "heat-high")
    for mode, tones, heat in (("light", LIGHT, HEAT_LIGHT), ("dark", DARK, HEAT_DARK)):
        environment.globals[mode] = {**tones, **dict(zip(ends, heat, strict=True))}
    environment.filters["things"] = things
    return environment
