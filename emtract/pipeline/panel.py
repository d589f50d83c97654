"""The panel that the settings describe, the options of every sample, and where a panel may be written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emtract.config import read_symbols
from emtract.emotions import NON_NEUTRAL
from emtract.errors import ReportError
from emtract.options import PanelOptions
from emtract.panel.firm_sessions import FirmSessions
from emtract.panel.tradable import tradable
from emtract.pipeline.files import matching_files, would_match
from emtract.pipeline.opening import open_scorer
from emtract.report.tables.dataset import check_output
from emtract.report.tables.factor import PRICE, write_factor

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from emtract.config import Settings
    from emtract.panel.frame import Panel
    from emtract.report.tables.factor import Layout
    from emtract.store import Store


def build_panel(
    settings: Settings, store: Store, *, scorer: str | None = None, revision: str | None = None, noise: bool = False
) -> Panel:
    """Build the panel that the settings describe.

    Parameters
    ----------
    settings
        Its section `[panel]`.
    store
        A scored store.
    scorer, revision
        Whose scores to take, see `panel_options`; None takes the configured scorer's.
    noise
        Whether the noise of each cell's mood is measured too.

    Raises
    ------
    PanelError
        The store lacks what the panel needs, such as scores by this scorer or prices.
    """
    return FirmSessions(noise=noise).build(store, panel_options(settings, store, scorer=scorer, revision=revision))


def check_panel_output(settings: Settings, output: Path) -> None:
    """Make sure that the panel can be written to a path, and that it stands on no file that the panel is made of.

    Raises
    ------
    ReportError
        See `report.dataset.check_output`; or the path is the store, a file of it, or one of the configured inputs.
    """
    check_output(output)
    check_no_input(settings, output)


def page_path(settings: Settings, output: Path | None, name: str) -> Path:
    """Return where a page goes: `output`, or a file of this name in the folder of the report.

    Parameters
    ----------
    settings
        Their store and inputs must not be overwritten.
    output
        As it was asked; None for the folder of the report.
    name
        Of the file there.

    Raises
    ------
    ReportError
        The name does not end in .html, or it names a folder, the store or an input.
    """
    path = settings.resolve(settings.report.folder) / name if output is None else output
    if path.suffix.lower() not in {".html", ".htm"}:
        raise ReportError(f"cannot write {path}: a page is HTML; end its name in .html")
    if path.is_dir():
        raise ReportError(f"cannot write {path}: it is a folder; name a file that ends in .html")
    check_no_input(settings, path)
    return path


def check_no_input(settings: Settings, output: Path) -> None:
    """Make sure that a file to write is neither the store nor an input, now or at the next ingest; raises `ReportError`."""
    patterns = [source.files for group in (settings.posts, settings.prices, settings.market) for source in group]
    store = settings.resolve(settings.store.path)
    if not output.exists():
        if output.absolute().is_relative_to(settings.resolve(settings.report.folder).absolute()):
            return  # ingest passes over the pages
        if taken := next((pattern for pattern in patterns if would_match(output, pattern, base=settings.base)), None):
            raise ReportError(
                f"cannot write {output}: the next ingest would take it for an input, by {taken}; name another"
            )
        return
    inputs = [path for pattern in patterns for path in matching_files(pattern, base=settings.base)]
    if any(path.exists() and output.samefile(path) for path in (store, *inputs)):
        raise ReportError(f"cannot write {output}: the panel is made of this file; name another")


def check_factor_output(layout: str | None, columns: Sequence[str] | None, output: Path | None) -> None:
    """Make sure that what is asked of a factor goes together, before anything is computed.

    Parameters
    ----------
    layout
        Program that the factor is written for; None for no factor.
    columns
        Columns that were named for it.
    output
        Folder of its files.

    Raises
    ------
    ReportError
        Columns without a layout, a layout without a folder, or a folder that is a file.
    """
    if layout is None:
        if columns:
            raise ReportError("--column names factors: say for which program, as in --factor alphalens")
        return
    if output is None:
        raise ReportError(f"--factor {layout} writes files: name a folder for them, as in -o factor")
    if output.exists() and not output.is_dir():
        raise ReportError(f"cannot write {output}: it is a file; name a folder with -o")


def write_panel_factor(panel: Panel, folder: Path, layout: Layout, columns: Sequence[str] | None = None) -> str:
    """Write columns of a panel as factors for another program, and say what was written.

    Parameters
    ----------
    panel
        Firm-sessions.
    folder
        Made where it is missing.
    layout
        See `emtract.report.tables.factor.write_factor`.
    columns
        None for valence and six emotions before the open.

    Raises
    ------
    PanelError, ReportError
        See `tradable` and `write_factor`.
    """
    named = columns or [f"{name}_pre_open" for name in ("valence", *NON_NEUTRAL)]
    made = tradable(panel, named, price=PRICE[layout])
    files = write_factor(made, folder, layout)
    breaks = f" ({made.broken:,} begin after a break in prices)" if made.broken else ""
    beyond = f"; {made.beyond:,} values lie beyond the last session" if made.beyond else ""
    return (
        f"{', '.join(files)} written to {folder}: {made.factors.height:,} rows of {len(named)} factors, each dated by the first "
        f"{made.price} at which it is known, and prices of {made.prices['asset'].n_unique():,} assets{breaks}{beyond}"
    )


def panel_options(
    settings: Settings, store: Store, *, scorer: str | None = None, revision: str | None = None
) -> PanelOptions:
    """Return what the configuration says of panels.

    Parameters
    ----------
    settings
        Its sections `[panel]` and `[report]`, and `[model]` where no scorer is named.
    store
        A scored store, which may hold scores of the configured name that a file has brought.
    scorer
        Whose scores to take; None takes the configured scorer with its revision.
    revision
        Revision of `scorer`; None for the only one that the store holds. Not used without `scorer`.
    """
    if scorer is None:
        configured = open_scorer(settings, store)
        scorer, revision = configured.name, configured.revision
    stated = settings.panel.resolved() | {"symbols": read_symbols(settings.panel.symbols, settings.base)}
    return PanelOptions(scorer=scorer, revision=revision, texts=settings.report.posts == "text", **stated)
