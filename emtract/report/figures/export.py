"""Figures without their page: in a notebook, and as files, pages or pictures through kaleido and a Chrome, with their data."""

from __future__ import annotations

import html
import re
import shutil
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

from emtract.atomic import replaced_file, replaced_files, write_if_changed, write_whole
from emtract.errors import ReportError
from emtract.extras import bring, demand
from emtract.report.figures.canvas import safe
from emtract.report.figures.gallery import named_figures
from emtract.report.figures.palette import LIGHT
from emtract.report.files import PLOTLY_JS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import plotly.graph_objects as go

    from emtract.report.figures.gallery import NamedFigure
    from emtract.study import StudyResult

#: Pixels: width of a figure, room for its title, for a row of buttons or a key, and around it.
WIDTH: Final = 840
_TITLE: Final = 38
_ROW: Final = 40
_EDGE: Final = 24
#: More buttons than this become a list that drops down.
_BUTTONS: Final = 4
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
    """Draw every picture in one browser; nothing is asked of the network, and none has its name before all are drawn."""
    kaleido = bring("figures", "a picture", "kaleido", error=ReportError)
    paths = list(dict.fromkeys(order["path"] for order in orders))
    with replaced_files(paths) as fresh:
        places = dict(zip(paths, fresh, strict=True))
        drawn = [{**order, "path": places[order["path"]]} for order in orders]
        try:
            kaleido.write_fig_from_object_sync(
                drawn, cancel_on_error=True, kopts={"path": find_browser(), "mathjax": False}
            )
        except (RuntimeError, ValueError, OSError) as error:
            raise ReportError(
                f"the browser drew no picture ({error}): check that {find_browser()} starts, or ask for html only"
            ) from error
        for path, place in places.items():
            settle = {".svg": _number_ids, ".pdf": _fix_dates}.get(path.suffix)
            if settle is not None:
                place.write_bytes(settle(place.read_bytes(), path.stem))


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


def alone(figure: go.Figure, *, title: str) -> go.Figure:
    """Return a figure as a notebook shows it: its groups as buttons, its lines as a key that hides and shows them."""
    menus = figure.layout.updatemenus
    several = bool(menus) and len(menus[0].buttons) > 1
    made = _grounded(figure, title, row=several)
    if several:
        many = len(menus[0].buttons) > _BUTTONS
        made.layout.updatemenus[0].update(
            type="dropdown" if many else "buttons", direction="down" if many else "right", showactive=True, x=0, y=1,
            xanchor="left", yanchor="bottom", pad={"b": figure.layout.margin.t, "t": 0}, bgcolor="white", font={"size": 12},
        )  # fmt: skip
    else:
        made.layout.updatemenus = ()
    return made


def stills(figure: go.Figure, *, title: str) -> dict[str, go.Figure]:
    """Return a figure as pictures, one a button, by the button's name as a part of a file's name ('' for the only one)."""
    menus = figure.layout.updatemenus
    buttons = list(menus[0].buttons) if menus else []
    if len(buttons) < 2:
        return {"": _still(figure, title, {}, {})}
    return {
        _slug(button.label): _still(figure, f"{title}: {html.unescape(button.label)}", *button.args)
        for button in buttons
    }


def _still(figure: go.Figure, title: str, traces: Mapping[str, Any], layout: Mapping[str, Any]) -> go.Figure:
    made = _grounded(figure, title, row=False)
    made.layout.updatemenus = ()
    made.update_xaxes(rangeslider={"visible": False})
    for trace, visible in zip(made.data, traces.get("visible", ()), strict=False):
        trace.visible = visible
    return made.update_layout({key.replace(".", "_"): value for key, value in layout.items()})


def _grounded(figure: go.Figure, title: str, *, row: bool) -> go.Figure:
    """Copy a figure with room above it for the title, and for a row of buttons or a key; drop what only a page reads."""
    import plotly.graph_objects as go

    made = go.Figure(figure)
    margin, height = made.layout.margin, made.layout.height
    keys = (made.layout.meta or {}).get("keys", [])
    above = _TITLE + (_ROW if row or keys else 0)
    made.update_layout(
        title={"text": safe(title), "x": 0, "xref": "container", "y": 1, "yref": "container", "yanchor": "top",
               "pad": {"t": 12, "l": _EDGE}, "font": {"size": 16}},
        paper_bgcolor="white", plot_bgcolor="white", height=height + above + _EDGE, meta=None,
        margin={"l": margin.l + _EDGE, "r": margin.r + _EDGE, "t": margin.t + above, "b": margin.b + _EDGE},
    )  # fmt: skip
    if keys:
        _draw_key(made)
    return made


def _draw_key(figure: go.Figure) -> None:
    """Draw under the title the key that a page would draw itself."""
    for trace in figure.data:
        trace.update(legendgroup=trace.meta["line"], showlegend=bool(trace.meta.get("estimate")))
    under = 1 - _TITLE / figure.layout.height
    place = {"orientation": "h", "x": 0, "xanchor": "left", "yref": "container", "y": under, "yanchor": "top"}
    figure.update_layout(showlegend=True, legend={**place, "font": {"size": 12, "color": LIGHT["other"]}})


def _slug(label: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "_", label).strip("_").lower() or "view"
