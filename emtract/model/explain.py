"""Which words of a post a scorer's answer rests on: leave words out, score again, and share out the difference."""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

import numpy as np
import polars as pl

from emtract.characters import MAX_CHARACTERS
from emtract.emotions import EMOTIONS, Emotion
from emtract.errors import EmtractError, ModelError, SourceError
from emtract.model.scorer import sendable
from emtract.text.clean import MAX_TOKENS
from emtract.words.numbers import MINUS
from emtract.words.shown import html_table, text_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from emtract.model.scorer import Scorer
    from emtract.text import TextKind

Method = Literal["occlusion", "shapley"]
METHODS: Final[tuple[Method, ...]] = get_args(Method)
#: Posts of up to this many words have exact Shapley values: 2**8 texts are fewer than the sampled orders would need.
MAX_EXACT: Final = 8
MAX_ORDERS: Final = 32
#: Words that an explanation prints of itself at the prompt, those that matter most.
_SHOWN: Final = 6
#: A long post has fewer orders sampled than `MAX_ORDERS`, so that about this many texts are scored.
MAX_TEXTS: Final = 1024


@dataclass(frozen=True, eq=False, repr=False)
class Explanation:
    """What each word of one post adds to each emotion; n words, seven emotions in the order of `EMOTIONS`.

    Attributes
    ----------
    post
        The post as given.
    text
        What is left of it after cleaning, before any cut.
    kind
        Kind of text, see `TextKind`.
    label
        The likeliest emotion.
    probabilities
        Shape (7,): the scorer's answer to the post.
    base
        Shape (7,): its answer to a text without words.
    tokens
        The n words that the scorer reads: tokens of `text`, emojis and placeholders among them.
    attributions
        Shape (n, 7): differences of probabilities, in [-1, 1]; 0.01 is one percentage point.
    method
        How they were made, see `explain`.
    truncated
        Whether the post is longer than what the cleaner or the scorer reads; what is beyond has no row.
    n_scored
        Distinct texts that were scored for it.
    scorer, revision, cleaner
        Identity of the scores.
    """

    post: str
    text: str
    kind: TextKind
    label: Emotion
    probabilities: NDArray[np.float64]
    base: NDArray[np.float64]
    tokens: tuple[str, ...]
    attributions: NDArray[np.float64]
    method: Method
    truncated: bool
    n_scored: int
    scorer: str
    revision: str
    cleaner: str

    def __repr__(self) -> str:
        told = self.frame(self.label).sort(pl.col(self.label).abs(), descending=True)
        rows = [(token, _difference(value)) for token, value in told.rows()]
        return "\n".join((f"Explanation: {self._headline()}", *text_table(("Word", self.label), rows, most=_SHOWN)))

    def _repr_html_(self) -> str:
        """Show what each word adds to each emotion, as differences of probabilities."""
        rows = [(token, *map(_difference, values)) for token, *values in self.frame().iter_rows()]
        return html_table(("Word", *EMOTIONS), rows, caption=self._headline())

    def _headline(self) -> str:
        at = EMOTIONS.index(self.label)
        read = f"{self.label} {self.probabilities[at]:.3f}, without words {self.base[at]:.3f}"
        return f"{read}; by {self.scorer}@{self.revision}, {self.method}"

    def frame(self, emotion: Emotion | None = None) -> pl.DataFrame:
        """One row a word in the order of the post: `token`, then the attribution to each emotion, or to one of them."""
        shown = EMOTIONS if emotion is None else (check_emotion(emotion),)
        columns: dict[str, Any] = {"token": pl.Series(self.tokens, dtype=pl.String)}
        return pl.DataFrame(columns | {name: self.attributions[:, EMOTIONS.index(name)] for name in shown})

    def as_dict(self) -> dict[str, Any]:
        """Everything as plain values, for JSON."""
        return {
            "post": sendable(self.post),
            "text": self.text,
            "kind": self.kind,
            "label": self.label,
            "probabilities": dict(zip(EMOTIONS, self.probabilities.tolist(), strict=True)),
            "base": dict(zip(EMOTIONS, self.base.tolist(), strict=True)),
            "tokens": self.frame().to_dicts(),
            "method": self.method,
            "truncated": self.truncated,
            "n_scored": self.n_scored,
            "scorer": self.scorer,
            "revision": self.revision,
            "cleaner": self.cleaner,
        }


def _difference(value: float) -> str:
    return f"{value:+.3f}".replace("-", MINUS)


@dataclass(frozen=True, eq=False)
class Design:
    """Which texts to score, and how their scores add up to attributions.

    Attributes
    ----------
    kept
        Shape (m, n), bool: the words of each text.
    weights
        Shape (m, n): attributions are ``weights.T @ probabilities``.
    """

    kept: NDArray[np.bool_]
    weights: NDArray[np.float64]


def explain(
    post: str,
    scorer: Scorer,
    *,
    method: Method = "shapley",
    n_samples: int | None = None,
    rng: np.random.Generator | None = None,
) -> Explanation:
    """Attribute a scorer's answer to the words of a post; use it to see what a label rests on.

    Parameters
    ----------
    post
        A post as the platform delivered it.
    scorer
        Any scorer; only its scores are looked at, so every model can be explained, without torch.
    method
        `occlusion`: a word's attribution is what the probability loses when that word alone is left out; n + 1 texts.
        `shapley`: its mean gain over the orders in which the words of the post can come in; 2^n texts up to
        `MAX_EXACT` words, beyond that about ``n_samples * n`` texts along sampled orders.
    n_samples
        Orders that are sampled, each one followed by its reverse (an odd number is rounded up); None takes 32, and fewer
        for posts of more than 32 words. With 32, values of real posts of 13 to 20 words move by 1 to 2.5 points (standard
        deviation over generators), the largest by up to 6.
    rng
        Draws the orders; None takes a generator seeded with 0, so that two calls agree.

    Returns
    -------
    Explanation
        A post without words has an answer and no rows.

    Raises
    ------
    EmtractError
        The method is unknown, no order is to be sampled, or the scorer cannot read one of the texts.

    Notes
    -----
    With v(S) the probabilities of the words S in their order, occlusion is ``v(N) - v(N without i)`` and the Shapley value is
    the mean of ``v(S with i) - v(S)`` over the sets S of words before i in an order. The values add up to ``v(N) - v(empty)``;
    where the worth of words simply adds up, the two methods agree. Words that say the same need not be missed one at a time:
    all of `🔥🚀🔥🚀`, or of `about to run 💰🚀📈`, has occlusions near zero although the model is sure of `happy`, and in a
    post on the edge between two labels every word has a large one. Shapley values share the answer out in both cases, hence
    the default. Both describe the model, right or wrong, and not the writer; shorter texts are less like those it learned
    from. Strumbelj and Kononenko (2014, Knowledge and Information Systems 41) sample the orders; Mitchell, Cooper, Frank and
    Holmes (2022, JMLR 23) pair each with its reverse.

    Examples
    --------
    >>> from emtract import explain, load_scorer
    >>> explained = explain("so scared, this will crash", load_scorer("fast"))
    >>> explained.label
    'fear'
    >>> explained.frame("fear").columns
    ['token', 'fear']
    """
    if not isinstance(post, str):
        raise SourceError(f'{type(post).__name__} is no text; give one post, as in explain(frame["text"][0], scorer)')
    check_method(method)
    if hasattr(scorer, "forecast"):
        raise ModelError(
            f"{scorer.name} would be asked hundreds of times for one post: explain with a scorer of this machine"
        )
    clean = scorer.cleaner.clean(post)
    words = clean.text.split()
    tokens, cut = _words_read(words, scorer)
    design = _design(len(tokens), method, n_samples, rng or np.random.default_rng(0))
    scored, n_scored = _probabilities(tokens, design.kept, scorer)
    return Explanation(
        post=post,
        text=clean.text,
        kind=clean.kind,
        label=EMOTIONS[int(scored[0].argmax())],
        probabilities=scored[0],
        base=scored[1],
        tokens=tokens,
        attributions=design.weights.T @ scored[2:],
        method=method,
        truncated=cut or len(post) > MAX_CHARACTERS or len(words) == MAX_TOKENS,
        n_scored=n_scored,
        scorer=scorer.name,
        revision=scorer.revision,
        cleaner=scorer.cleaner.version,
    )


def check_emotion(name: str) -> Emotion:
    """Return the name when it is one of the seven emotions."""
    if name not in EMOTIONS:
        raise EmtractError(f"no emotion is called {name!r}; the seven are {', '.join(EMOTIONS)}")
    return name


def check_method(name: str) -> Method:
    """Return the name when it is a method of `explain`."""
    if name not in METHODS:
        raise EmtractError(f"no method is called {name!r}; there are {' and '.join(METHODS)}")
    return name


def occlusion_design(n: int) -> Design:
    """Score the whole text and each text that lacks one word; a word gets the whole less the rest."""
    kept = np.vstack([np.ones((1, n), dtype=bool), ~np.eye(n, dtype=bool)])
    return Design(kept, np.vstack([np.ones((1, n)), -np.eye(n)]))


def shapley_design(n: int, n_samples: int, rng: np.random.Generator) -> Design:
    """Score every subset of up to `MAX_EXACT` words, else the texts along `n_samples` orders in which words come in.

    Parameters
    ----------
    n
        Number of words.
    n_samples
        Orders drawn, each followed by its reverse (an odd number is rounded up); not used up to `MAX_EXACT` words.
    rng
        Draws the orders; not used up to `MAX_EXACT` words.

    Raises
    ------
    EmtractError
        `n_samples` is below 1.
    """
    if n_samples < 1:
        raise EmtractError(
            f"n_samples is {n_samples}; it takes at least one order of the words; leave it out for the default"
        )
    return _every_subset(n) if n <= MAX_EXACT else _sampled_orders(n, n_samples, rng)


def _every_subset(n: int) -> Design:
    kept = (np.arange(2**n)[:, None] >> np.arange(n) & 1).astype(bool)
    size = kept.sum(axis=1, keepdims=True)
    share = np.array([math.factorial(k) * math.factorial(n - k - 1) / math.factorial(n) for k in range(n)] or [0.0])
    return Design(kept, np.where(kept, share[size - 1], -share[np.minimum(size, n - 1)]))


def _sampled_orders(n: int, n_samples: int, rng: np.random.Generator) -> Design:
    drawn = rng.permuted(np.tile(np.arange(n), ((n_samples + 1) // 2, 1)), axis=1)
    places = np.vstack([drawn, n - 1 - drawn])
    kept = places[:, None, :] < np.arange(n + 1)[:, None]
    enters = np.diff(kept.astype(np.float64), axis=1, prepend=0, append=1)
    return Design(kept.reshape(-1, n), (enters[:, :-1] - enters[:, 1:]).reshape(-1, n) / len(places))


def _design(n: int, method: Method, n_samples: int | None, rng: np.random.Generator) -> Design:
    if method == "occlusion":
        return occlusion_design(n)
    affordable = max(2, min(MAX_ORDERS, MAX_TEXTS // max(1, n)))
    return shapley_design(n, affordable if n_samples is None else n_samples, rng)


def _words_read(words: Sequence[str], scorer: Scorer) -> tuple[tuple[str, ...], bool]:
    """Words up to the one with which the scorer's window is full, and whether that left any part of the text out."""

    def is_cut(n: int) -> bool:
        return bool(scorer.score([" ".join(words[:n])]).truncated[0])

    if not is_cut(len(words)):
        return tuple(words), False
    return tuple(words[: bisect_left(range(len(words)), True, key=is_cut)]), True


def _probabilities(tokens: Sequence[str], kept: NDArray[np.bool_], scorer: Scorer) -> tuple[NDArray[np.float64], int]:
    """Probabilities of the whole text, of no text, and of each subset of the words, and how many texts that took."""
    words = np.array(tokens, dtype=object)
    texts = [" ".join(words), "", *(" ".join(words[row]) for row in kept)]
    places = {text: place for place, text in enumerate(dict.fromkeys(texts))}
    scores = scorer.score(list(places))
    if not scores.scored.all():
        raise ModelError(
            f"{scorer.name} gives {(~scores.scored).sum():,} of the {len(places):,} texts that an explanation reads no score: "
            "explain with a scorer that reads every text"
        )
    return scores.probabilities[[places[text] for text in texts]].astype(np.float64), len(places)
