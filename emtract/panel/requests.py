"""What a study asks the store for: frozen requests, each built once however often it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from emtract.errors import PanelError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emtract.options import PanelOptions
    from emtract.panel.frame import Sample
    from emtract.store import Store


class SampleRequest(Protocol):
    """A sample that a study needs, as a frozen value; what it does not name comes from the configuration."""

    def build(self, store: Store, options: PanelOptions) -> Sample:
        """Build the sample from a scored store.

        Raises
        ------
        PanelError
            When the store lacks what the sample needs; the message says which files to name in the configuration.
        """
        ...


class SampleBuilder:
    """Builds requests on a store; equal requests give the same sample.

    Parameters
    ----------
    store
        A scored store; it may be open to read.
    options
        How posts become firm-sessions, where a request does not say it itself.
    """

    def __init__(self, store: Store, options: PanelOptions) -> None:
        self._store = store
        self._options = options
        self._built: dict[SampleRequest, Sample | PanelError] = {}

    def build(self, requests: Mapping[str, SampleRequest]) -> tuple[Mapping[str, Sample], Mapping[str, str]]:
        """Return the samples that the store can give by name, and for the others the reason why it cannot."""
        made = {name: self._make(request) for name, request in requests.items()}
        absent = {name: str(sample) for name, sample in made.items() if isinstance(sample, PanelError)}
        return {name: s for name, s in made.items() if not isinstance(s, PanelError)}, absent

    def _make(self, request: SampleRequest) -> Sample | PanelError:
        if request not in self._built:
            try:
                self._built[request] = request.build(self._store, self._options)
            except PanelError as error:
                self._built[request] = error
        return self._built[request]
