"""The panel of the settings as one page to explore."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emtract.errors import ReportError
from emtract.panel.behind import posts_behind
from emtract.pipeline.panel import build_panel, check_no_input
from emtract.report.explore.packed import IDS
from emtract.report.explore.page import write_explorer
from emtract.report.index import EXPLORE, write_index

if TYPE_CHECKING:
    from pathlib import Path

    from emtract.config import Settings
    from emtract.store import Store


def explorer_path(settings: Settings, output: Path | None) -> Path:
    """Return where the page goes: `output`, or the folder of the report.

    Raises
    ------
    ReportError
        The name does not end in .html, or it is that of a folder, of the store or of an input.
    """
    path = settings.resolve(settings.report.folder) / EXPLORE if output is None else output
    if path.suffix.lower() not in {".html", ".htm"}:
        raise ReportError(f"cannot write {path}: a page is HTML; end its name in .html")
    if path.is_dir():
        raise ReportError(f"cannot write {path}: it is a folder; name a file")
    check_no_input(settings, path)
    return path


def build_explorer(settings: Settings, store: Store, output: Path | None = None) -> tuple[Path, str]:
    """Build the panel and write its page; an index beside it then links to it.

    Parameters
    ----------
    settings
        Its sections `[panel]` and `[report]`.
    store
        A scored store; it may be open to read.
    output
        The page; None for `explore.html` in the folder of the report.

    Returns
    -------
    tuple
        The page, and what it leaves out in one sentence, or ''.

    Raises
    ------
    PanelError
        The store lacks what the panel needs, such as scores or prices.
    ReportError
        See `explorer_path`.
    """
    path = explorer_path(settings, output)
    panel = build_panel(settings, store)
    left_out = write_explorer(panel, posts_behind(store, most=IDS[0]), path, notice=settings.report.notice)
    if path.name == EXPLORE and (path.parent / "index.html").is_file():
        write_index(path.parent)
    return path, left_out
