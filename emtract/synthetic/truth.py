"""What is true in the archive: the planted effects, the shares they work through, and the labels of the posts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import numpy as np
import polars as pl

from emtract.emotions import EMOTIONS, NON_NEUTRAL, Emotion
from emtract.panel.frame import WINDOWS, Window
from emtract.synthetic.moods import FORMS
from emtract.synthetic.world import FIRMS, N_SESSIONS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from emtract.synthetic.archive import Archive
    from emtract.synthetic.moods import Draws

Spec = Literal["contemporaneous_emotions", "predictive_emotions", "next_emotions"]
#: Spec -> the window that its emotions come from.
SPECS: Final[dict[Spec, Window]] = {
    "contemporaneous_emotions": "market",
    "predictive_emotions": "pre_open",
    "next_emotions": "pre_open",
}
#: Planted effects in basis points of open-to-close return per standard deviation; whatever is not named is zero.
PLANTED: Final[dict[tuple[Spec, Emotion], float]] = {
    ("contemporaneous_emotions", "happy"): 22.0,
    ("contemporaneous_emotions", "sad"): -18.0,
    ("predictive_emotions", "happy"): 20.0,
    ("predictive_emotions", "fear"): -16.0,
    ("next_emotions", "happy"): -14.0,
}
NOTES: Final[dict[tuple[Spec, Emotion], str]] = {
    ("next_emotions", "happy"): "most of the pre-open effect of happy is given back in the next session",
}
#: The first session with both lagged controls: fifteen close-to-close returns before it.
FIRST_SESSION: Final = 16
DEFINITION: Final = (
    "Basis points of open-to-close return per one standard deviation of the true share of an emotion among the posts of "
    "the firm-session-window (equal weights, each post under its true label, a post that names two tickers counted for "
    "both, posts of a cashtag and a link left out). The standard deviation is that of the estimation sample: "
    "firm-sessions with at least one post in the window and with lagged return and volatility (from the 17th session "
    "on; next_emotions without the last session). Six emotions jointly, neutral omitted; firm and session effects; "
    "attention, lagged return and lagged volatility have no effect of their own."
)


class Shares(NamedTuple):
    """True shares, shape (firms, sessions, windows, 7), zero where nobody posted; posts, the same without the 7."""

    share: NDArray[np.float64]
    posts: NDArray[np.int64]


def count_shares(draws: Draws) -> Shares:
    """Count the readable posts of each firm, session and window by true emotion."""
    readable = draws.form != FORMS.index("link_only")
    paired = readable & (draws.second >= 0)
    tally = np.zeros((len(FIRMS), N_SESSIONS, len(WINDOWS), len(EMOTIONS)))
    for firm, chosen in ((draws.firm, readable), (draws.second, paired)):
        np.add.at(tally, (firm[chosen], draws.session[chosen], draws.window[chosen], draws.emotion[chosen]), 1)
    posts = tally.sum(axis=-1)
    return Shares(tally / np.maximum(posts, 1)[..., None], posts.astype(np.int64))


def planted_returns(shares: Shares) -> NDArray[np.float64]:
    """Return what emotions add to open-to-close returns, in basis points, shape (firms, sessions).

    Notes
    -----
    ``sum_s sum_e beta_se (share_e - mean_se) / sd_se`` over specs s and emotions e, mean and sd taken over the
    estimation sample of s; an empty window adds nothing; the part of `next_emotions` arrives one session later.
    """
    total = np.zeros(shares.posts.shape[:2])
    for (spec, emotion), effect in PLANTED.items():
        window = WINDOWS.index(SPECS[spec])
        share, filled = shares.share[:, :, window, EMOTIONS.index(emotion)], shares.posts[:, :, window] > 0
        last = N_SESSIONS - 1 if spec == "next_emotions" else N_SESSIONS
        sample = share[:, FIRST_SESSION:last][filled[:, FIRST_SESSION:last]]
        added = np.where(filled, effect * (share - sample.mean()) / sample.std(ddof=1), 0.0)
        if spec == "next_emotions":
            total[:, 1:] += added[:, :-1]
        else:
            total += added
    return total


def effects() -> list[dict[str, str | float]]:
    """Return every term of every spec with its planted effect, zeros included."""
    return [
        {
            "spec": spec,
            "term": f"{emotion}_{window}",
            "truth": PLANTED.get((spec, emotion), 0.0),
            "note": NOTES.get((spec, emotion), "planted" if (spec, emotion) in PLANTED else "no effect"),
        }
        for spec, window in SPECS.items()
        for emotion in NON_NEUTRAL
    ]


def truth_table(archive: Archive) -> pl.DataFrame:
    """Return what each coefficient should be: spec, term, truth (basis points per standard deviation), note."""
    schema = {"spec": pl.String, "term": pl.String, "truth": pl.Float64, "note": pl.String}
    return pl.DataFrame(json.loads(archive.truth.read_text(encoding="utf-8"))["effects"], schema=schema)


def true_labels(archive: Archive) -> pl.DataFrame:
    """Return the true emotion of each distinct post: post_id, emotion."""
    return pl.read_csv(archive.labels, schema={"post_id": pl.String, "emotion": pl.String}, glob=False)


def oracle_scores(labels: pl.DataFrame) -> pl.DataFrame:
    """Return the scores of a reader that is never wrong: post_id and seven probabilities, one of them 1."""
    hits = [(pl.col("emotion") == emotion).cast(pl.Float32).alias(emotion) for emotion in EMOTIONS]
    return labels.select("post_id", *hits)
