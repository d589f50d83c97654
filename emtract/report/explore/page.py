"""The page to explore a panel: firms, windows, emotions and dates are chosen in it; it needs neither server nor network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import plotly.offline
from markupsafe import Markup

from emtract.atomic import write_if_changed
from emtract.panel.frame import RETURNS, WINDOWS
from emtract.report.explore.packed import OUTCOMES, moods_of, pack
from emtract.report.figures.palette import tone
from emtract.report.files import render, script_json
from emtract.words.columns import COLUMNS
from emtract.words.columns import WINDOWS as WINDOW_WORDS
from emtract.words.names import lower_first, term_name

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

    from emtract.panel.frame import Panel
    from emtract.report.explore.packed import Packed

#: No page is larger.
MOST_BYTES: Final = 15_000_000
#: What the page takes beside Plotly and the panel, generously.
_REST: Final = 150_000


def write_explorer(panel: Panel, posts: pl.DataFrame, path: Path, *, notice: str | None = None) -> str:
    """Write the page to explore a panel, and return what it leaves out, or ''.

    Parameters
    ----------
    panel
        Firm-sessions.
    posts
        The posts behind them, as `sql/panel/firm_sessions/cell_posts.sql` gives them; a window at most the first of `IDS`.
    path
        File to write; it takes the place of an old one at once.
    notice
        First line of the page, e.g. that the data are synthetic.
    """
    script = plotly.offline.get_plotlyjs()
    packed = pack(panel, posts, room=MOST_BYTES - len(script.encode()) - _REST)
    html = render("explore.html.j2", **explorer_context(panel, packed, notice=notice), plotly=Markup(script))  # noqa: S704
    write_if_changed(path, html)
    return packed.left_out


def explorer_context(panel: Panel, packed: Packed, *, notice: str | None = None) -> dict[str, Any]:
    """Return everything that the template prints.

    Parameters
    ----------
    panel
        Firm-sessions.
    packed
        The same, packed.
    notice
        First line of the page.
    """
    header = packed.header
    outcomes = [name for name in OUTCOMES if name in header["columns"]]
    moods = moods_of(header["columns"])
    windows = {name: WINDOW_WORDS[name].phrase for name in WINDOWS}
    data = {
        **header,
        "outcomes": [(name, _outcome(name)) for name in outcomes],
        "moods": [(mood, {"label": term_name(mood), "tone": tone(mood)}) for mood in moods],
        "windows": list(windows.items()),
        "timing": {window: {name: timing(window, name) for name in outcomes} for window in WINDOWS},
    }
    scorer = "@".join(str(panel.settings[key]) for key in ("scorer", "revision") if panel.settings.get(key))
    return {
        "notice": notice,
        "left_out": packed.left_out,
        "rows": header["rows"],
        "firms": [symbol for symbol, _ in header["firms"]],
        "first": header["sessions"][0],
        "last": header["sessions"][-1],
        "outcomes": {name: term_name(name) for name in outcomes},
        "moods": {mood: term_name(mood) for mood in moods},
        "windows": windows,
        "scorer": scorer,
        "json": script_json(data),
        "numbers": packed.numbers,
        "posts": packed.posts,
    }


def _outcome(name: str) -> dict[str, Any]:
    share = name in RETURNS
    return {"label": term_name(name), "factor": 100 if share else 1, "unit": "%" if share else ""}


def timing(window: str, outcome: str) -> str:
    """Say whether the mood of a window is known before an outcome begins, comes after it, or shares its time.

    Parameters
    ----------
    window
        `pre_open` or `market`.
    outcome
        One of `OUTCOMES`.
    """
    mood, span = WINDOW_WORDS[window], COLUMNS[outcome].span
    if span is None:
        return ""
    name = lower_first(term_name(outcome))
    if mood.end <= span.start:
        return f"The mood is known before the {name} begins."
    if mood.start >= span.end:
        return f"The mood comes after the {name}: it may be a reaction to it, and it cannot predict it."
    return f"The mood and the {name} share their time: they can move together, and neither predicts the other."
