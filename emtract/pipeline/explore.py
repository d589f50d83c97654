"""The panel of the settings as one page to explore."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emtract.pipeline.panel import build_panel
from emtract.report.explore.packed import IDS
from emtract.report.explore.page import write_explorer
from emtract.report.index import EXPLORE, write_index

if TYPE_CHECKING:
    from pathlib import Path

    from emtract.config import Settings
    from emtract.store import Store


def build_explorer(settings: Settings, store: Store, path: Path) -> str:
    """Build the panel and write its page; an index beside it then links to it.

    Parameters
    ----------
    settings
        Its sections `[panel]` and `[report]`.
    store
        A scored store; it may be open to read.
    path
        The page, as `emtract.pipeline.panel.page_path` gives it.

    Returns
    -------
    str
        What the page leaves out in one sentence, or ''.

    Raises
    ------
    PanelError
        The store lacks what the panel needs, such as scores or prices.
    """
    panel = build_panel(settings, store)
    posts = store.query("panel/firm_sessions/cell_posts", most=IDS[0])
    left_out = write_explorer(panel, posts, path, notice=settings.report.notice)
    if path.name == EXPLORE and (path.parent / "index.html").is_file():
        write_index(path.parent)
    return left_out
