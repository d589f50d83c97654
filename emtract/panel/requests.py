"""What a study asks the store for: requests are frozen, and each builds one sample."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Final, Protocol

from emtract.panel.build import build_panel
from emtract.panel.characteristics import FIRM_OPTIONS
from emtract.panel.quiet import without_earnings

if TYPE_CHECKING:
    from emtract.panel.characteristics import FirmOptions
    from emtract.panel.frame import Panel, Sample, Weights
    from emtract.panel.posts import PostFilter, Split
    from emtract.panel.reading import Spam
    from emtract.store import Store

#: Name of the sample that a study has when it names none.
FIRM_SESSIONS: Final = "firm_sessions"


@dataclass(frozen=True, kw_only=True)
class PanelOptions:
    """How posts become firm-sessions, as the configuration says; see `emtract.build_panel` for each.

    Posts in another language than `language`, and likely spam, are left out of every sample; see `emtract.build_panel`.
    With `texts`, samples of posts carry their texts: where the platform's terms allow that a page shows them.
    """

    scorer: str | None = None
    revision: str | None = None
    weights: Weights = "equal"
    min_posts: int = 1
    calendar: str = "XNYS"
    volatility_sessions: int = 20
    texts: bool = False
    language: str | None = None
    spam: Spam = "keep"


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


@dataclass(frozen=True, kw_only=True)
class FirmSessions:
    """The firm-session panel; None leaves scorer, weights and min_posts as the configuration has them.

    Attributes
    ----------
    scorer, weights, min_posts
        See `emtract.build_panel`; a scorer that is named comes with the only revision that the store holds of it.
    posts
        Which posts count; None for all.
    split
        Two groups of posts whose emotions stand beside those of all.
    cutoff_minutes, pre_open_minutes
        End and beginning of the pre-open window, in minutes before the open; see `emtract.build_panel`.
    earnings_sessions
        Leave out this many sessions on either side of earnings announcements, and theirs; None for none.
    """

    scorer: str | None = None
    weights: Weights | None = None
    min_posts: int | None = None
    posts: PostFilter | None = None
    split: Split | None = None
    cutoff_minutes: int = 0
    pre_open_minutes: int | None = None
    earnings_sessions: int | None = None
    firms: FirmOptions | None = None

    def build(self, store: Store, options: PanelOptions) -> Panel:
        """Build the panel; see `emtract.build_panel` and `emtract.panel.quiet.without_earnings`."""
        chosen = replace(
            options,
            weights=options.weights if self.weights is None else self.weights,
            min_posts=options.min_posts if self.min_posts is None else self.min_posts,
        )
        if self.scorer is not None:
            chosen = replace(chosen, scorer=self.scorer, revision=None)
        # Every option but `texts`, which is of samples of posts.
        stated = {f.name: getattr(chosen, f.name) for f in fields(chosen) if f.name != "texts"}
        panel = build_panel(
            store,
            **stated,
            posts=self.posts,
            split=self.split,
            cutoff_minutes=self.cutoff_minutes,
            pre_open_minutes=self.pre_open_minutes,
            firms=self.firms or FIRM_OPTIONS,
        )
        if self.earnings_sessions is None:
            return panel
        return without_earnings(store, panel, sessions=self.earnings_sessions)
