"""How posts become samples, once: what [panel] of the configuration, requests of samples and `build_panel` are made from."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

import msgspec

from emtract.sources import Section

Weights = Literal["equal", "log_followers", "one_vote", "distinct_text"]
Spam = Literal["keep", "leave out"]


class PanelSettings(Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """[panel]: how posts become firm-sessions.

    Parameters
    ----------
    calendar
        Exchange calendar that sessions, half days and holidays are taken from.
    weights
        Of posts within a window: ``equal``; ``log_followers``, 1 + log(1 + followers) with followers as the post carried them;
        ``one_vote``, each author counts once; ``distinct_text``, each text counts once, however many posts carry it or a
        near-copy (the same letters), but one of fewer than five words once for each author: many write such a text by themselves.
    min_posts
        Emotions of a window with fewer posts are null.
    volatility_sessions
        Sessions behind `lagged_volatility` and `lagged_amihud`; at least three quarters of them must have a return.
    language
        Posts in another language are left out of every sample: by the platform's tag where the post has one, else by the text,
        for which the extra `language` is needed. Texts of fewer than six words, or whose language is not nearly certain, count.
        None for all.
    spam
        ``leave out`` leaves likely spam and promotion out of every sample: posts that match a rule of `emtract.text.patterns`
        or name more than five symbols, and the fourth and later copies of a text of five words or more, reposts apart.
    """

    calendar: str = "XNYS"
    weights: Weights = "equal"
    min_posts: Annotated[int, msgspec.Meta(ge=1)] = 1
    volatility_sessions: Annotated[int, msgspec.Meta(ge=2)] = 20
    language: str | None = None
    spam: Spam = "keep"


class PanelOptions(PanelSettings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Whose scores are read, and how posts become samples; what a request does not say itself.

    Parameters
    ----------
    scorer, revision
        Which scores; None for the only ones that the store holds.
    texts
        Whether samples of posts carry their texts: where the platform's terms allow that a page shows them.
    calendar, weights, min_posts, volatility_sessions, language, spam
        See `emtract.options.PanelSettings`.
    """

    scorer: str | None = None
    revision: str | None = None
    texts: bool = False

    def but(self, *, scorer: str | None = None, weights: Weights | None = None, min_posts: int | None = None) -> Self:
        """Return the options of a request that says some of them itself.

        Parameters
        ----------
        scorer
            Whose scores count, of the only revision that the store holds; None leaves scorer and revision.
        weights, min_posts
            None leaves them.
        """
        own: dict[str, Any] = {"weights": weights, "min_posts": min_posts, "scorer": scorer}
        said = {name: value for name, value in own.items() if value is not None}
        return msgspec.structs.replace(self, **said, **({"revision": None} if "scorer" in said else {}))
