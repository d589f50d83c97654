"""The samples that studies request, each built once however many studies share it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emtract.errors import PanelError
from emtract.panel.requests import PanelOptions
from emtract.pipeline.stages import open_scorer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emtract.config import Settings
    from emtract.panel.frame import Sample
    from emtract.panel.requests import SampleRequest
    from emtract.store import Store
    from emtract.study import Study


class Samples:
    """Builds requests on a store; equal requests give the same sample."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self._store = store
        self._options = panel_options(settings)
        self._built: dict[SampleRequest, Sample | PanelError] = {}

    def of(self, study: Study) -> tuple[Mapping[str, Sample], Mapping[str, str]]:
        """Return the samples of a study that the store can give, and for the others the reason why it cannot."""
        made = {name: self._make(request) for name, request in study.samples.items()}
        absent = {name: str(sample) for name, sample in made.items() if isinstance(sample, PanelError)}
        return {name: s for name, s in made.items() if not isinstance(s, PanelError)}, absent

    def _make(self, request: SampleRequest) -> Sample | PanelError:
        if request not in self._built:
            try:
                self._built[request] = request.build(self._store, self._options)
            except PanelError as error:
                self._built[request] = error
        return self._built[request]


def panel_options(settings: Settings, *, scorer: str | None = None, revision: str | None = None) -> PanelOptions:
    """Return what the configuration says of panels; by default from the configured scorer's scores."""
    if scorer is None:
        configured = open_scorer(settings)
        scorer, revision = configured.name, configured.revision
    options = settings.panel
    return PanelOptions(
        scorer=scorer,
        revision=revision,
        weights=options.weights,
        min_posts=options.min_posts,
        calendar=options.calendar,
        volatility_sessions=options.volatility_sessions,
    )
