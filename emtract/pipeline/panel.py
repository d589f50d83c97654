"""The panel that the settings describe, the options of every sample, and where a panel may be written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from emtract.errors import ReportError
from emtract.options import PanelOptions
from emtract.panel.firm_sessions import FirmSessions
from emtract.pipeline.files import matching_files
from emtract.pipeline.opening import open_scorer
from emtract.report.tables.dataset import check_output

if TYPE_CHECKING:
    from pathlib import Path

    from emtract.config import Settings
    from emtract.panel.frame import Panel
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
    if not output.exists():
        return
    patterns = [source.files for group in (settings.posts, settings.prices, settings.market) for source in group]
    inputs = [path for pattern in patterns for path in matching_files(pattern, base=settings.base)]
    store = settings.resolve(settings.store.path)
    if any(path.exists() and output.samefile(path) for path in (store, *inputs)):
        raise ReportError(f"cannot write {output}: the panel is made of this file; name another")


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
    stated = msgspec.structs.asdict(settings.panel)
    return PanelOptions(scorer=scorer, revision=revision, texts=settings.report.posts == "text", **stated)
