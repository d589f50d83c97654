"""The samples that studies request, built as the configuration says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from emtract.options import PanelOptions
from emtract.panel.requests import SampleBuilder
from emtract.pipeline.opening import open_scorer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emtract.config import Settings
    from emtract.panel.frame import Sample
    from emtract.store import Store
    from emtract.study import Study


class Samples:
    """Builds what studies request of a store; equal requests give the same sample."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self._builder = SampleBuilder(store, panel_options(settings))

    def of(self, study: Study) -> tuple[Mapping[str, Sample], Mapping[str, str]]:
        """Return the samples of a study that the store can give, and for the others the reason why it cannot."""
        return self._builder.build(study.samples)


def panel_options(settings: Settings, *, scorer: str | None = None, revision: str | None = None) -> PanelOptions:
    """Return what the configuration says of panels.

    Parameters
    ----------
    settings
        Its sections `[panel]` and `[report]`, and `[model]` where no scorer is named.
    scorer
        Whose scores to take; None takes the configured scorer with its revision.
    revision
        Revision of `scorer`; None for the only one that the store holds. Not used without `scorer`.
    """
    if scorer is None:
        configured = open_scorer(settings)
        scorer, revision = configured.name, configured.revision
    stated = msgspec.structs.asdict(settings.panel)
    return PanelOptions(scorer=scorer, revision=revision, texts=settings.report.posts == "text", **stated)
