"""Figures of a study as files: pages, or pictures through kaleido and a Chrome, each with its data beside it."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

from emtract.atomic import replaced_file, write_if_changed, write_whole
from emtract.errors import ReportError
from emtract.extras import bring, demand
from emtract.report.figures.alone import WIDTH, alone, stills
from emtract.report.figures.gallery import named_figures
from emtract.report.files import PLOTLY_JS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import plotly.graph_objects as go

    from emtract.report.figures.gallery import NamedFigure
    from emtract.study import StudyResult

FigureFormat = Literal["html", "svg", "pdf", "png"]
PICTURES: Final[tuple[FigureFormat, ...]] = ("svg", "pdf", "png")
#: Names under which a Chrome is found on the path.
BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
#: Pixels a pixel of a PNG, for print.
_SCALE: Final = 2
#: What else differs between two drawings of one figure: ids of an SVG that Plotly draws at random, and a PDF's two dates.
_TAG: Final = re.compile(r"<[^>]+>")
_ID: Final = re.compile(r'\bid="([^"]+)"')
_NAMED: Final = re.compile(r"""(\bid="|#)([^"'()&;]+)""")
_DATE: Final = re.compile(rb"(?<=Date \(D:)\d{14}")
_NO_DATE: Final = b"20000101000000"


def save_figures(
    result: StudyResult, folder: Path, *, formats: Sequence[FigureFormat] = PICTURES
) -> dict[str, tuple[Path, ...]]:
    """Write every figure of a study to a folder, with its data as CSV beside it.

    Two runs with one browser and the same fonts write the same bytes; a PDF therefore bears no date but 1 January 2000.

    Parameters
    ----------
    result
        The estimated study.
    folder
        Made where it is missing; files of the same names are replaced.
    formats
        `svg`, `pdf`, `png`: one picture a button of the figure. `html`: one page a figure, buttons included, that draws with
        the `plotly.min.js` in the same folder.

    Returns
    -------
    dict
        Name of the figure -> its files, the data first.

    Raises
    ------
    ReportError
        When a format is none of those there are, or pictures are asked for where kaleido or a Chrome is missing; then
        nothing is written.
    """
    pictures = [name for name in PICTURES if name in check_formats(formats)]
    figures = named_figures(result)
    folder.mkdir(parents=True, exist_ok=True)
    written = {name: [_write_data(figure, folder / f"{name}.csv")] for name, figure in figures.items()}
    drawn: list[dict[str, Any]] = []
    for name, figure in figures.items():
        if "html" in formats:
            written[name].append(_write_page(figure, folder / f"{name}.html"))
        if pictures:
            orders = _orders(name, figure, folder, pictures)
            written[name] += [order["path"] for order in orders]
            drawn += orders
    if drawn:
        _render(drawn)
    return {name: tuple(paths) for name, paths in written.items()}


def find_browser() -> str | None:
    """Return the path of a Chrome or Chromium, or None where there is none."""
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


def check_formats(formats: Sequence[str]) -> tuple[FigureFormat, ...]:
    """Return the formats when each can be written here.

    Raises
    ------
    ReportError
        When a format is none of those there are, or pictures are asked for where kaleido or a Chrome is missing.
    """
    known = get_args(FigureFormat)
    if unknown := [name for name in formats if name not in known]:
        raise ReportError(f"no figure format {', '.join(unknown)}: name {', '.join(known)}")
    chosen: tuple[FigureFormat, ...] = tuple(name for name in known if name in formats)
    if set(chosen) & set(PICTURES):
        _check_renderer()
    return chosen


def _check_renderer() -> None:
    demand("figures", "a picture (svg, pdf, png; html does without)", error=ReportError)
    if find_browser() is None:
        raise ReportError(
            "pictures need a Chrome or Chromium on the path: install one (Debian: apt install chromium), or ask for html only"
        )


def _write_data(figure: NamedFigure, path: Path) -> Path:
    with replaced_file(path) as fresh:
        figure.data().write_csv(fresh)
    return path


def _write_page(figure: NamedFigure, path: Path) -> Path:
    import plotly.offline

    write_if_changed(path.with_name(PLOTLY_JS), plotly.offline.get_plotlyjs())
    drawn = alone(figure.draw(), title=figure.title)
    page = drawn.to_html(
        include_plotlyjs="directory", div_id=path.stem, default_width="100%", config={"displaylogo": False}
    )
    write_whole(path, page)
    return path


def _orders(name: str, figure: NamedFigure, folder: Path, formats: Sequence[FigureFormat]) -> list[dict[str, Any]]:
    """Return what kaleido shall draw: one picture a view and format."""
    views = {view: _number_traces(still) for view, still in stills(figure.draw(), title=figure.title).items()}
    return [
        {"fig": still, "path": folder / f"{'_'.join(filter(None, (name, view)))}.{kind}", "opts": _options(still, kind)}
        for view, still in views.items()
        for kind in formats
    ]


def _number_traces(figure: go.Figure) -> go.Figure:
    """Give every trace its place as its id, in the stead of one that Plotly draws at random."""
    for place, trace in enumerate(figure.data):
        trace.uid = str(place)
    return figure


def _options(figure: go.Figure, kind: FigureFormat) -> dict[str, Any]:
    size = {"width": WIDTH, "height": figure.layout.height}
    return {"format": kind, **size, "scale": _SCALE if kind == "png" else 1}


def _render(orders: Sequence[dict[str, Any]]) -> None:
    """Draw every picture in one browser; nothing is asked of the network."""
    kaleido = bring("figures", "a picture", "kaleido", error=ReportError)
    try:
        kaleido.write_fig_from_object_sync(
            orders, cancel_on_error=True, kopts={"path": find_browser(), "mathjax": False}
        )
    except (RuntimeError, ValueError, OSError) as error:
        raise ReportError(
            f"the browser drew no picture ({error}): check that {find_browser()} starts, or ask for html only"
        ) from error
    for order in orders:
        settle = {"svg": _number_ids, "pdf": _fix_dates}.get(order["opts"]["format"])
        if settle is not None:
            order["path"].write_bytes(settle(order["path"].read_bytes(), order["path"].stem))


def _number_ids(svg: bytes, stem: str) -> bytes:
    """Name every id of an SVG after its file and its place, so that two drawings agree and two files in one page do not clash."""
    text = svg.decode("utf-8")
    ids = dict.fromkeys(found for tag in _TAG.findall(text) for found in _ID.findall(tag))
    names = {name: f"{stem}-{place}" for place, name in enumerate(ids, 1)}
    renamed = _TAG.sub(lambda tag: _NAMED.sub(lambda m: m[1] + names.get(m[2], m[2]), tag[0]), text)
    return renamed.encode("utf-8")


def _fix_dates(pdf: bytes, _: str) -> bytes:
    """Put one date of the same length in the place of both: the offsets of a PDF's table stay right."""
    return _DATE.sub(_NO_DATE, pdf)
