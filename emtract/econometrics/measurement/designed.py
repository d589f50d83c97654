r"""Coefficients of moods as taggers would have them, from tags of a probability sample: right however the scorer misreads.

Notes
-----
With x what was read of a cell, :math:`\delta_c` the mean of tag less reading over its texts, :math:`\tilde x = Mx` after effects
and exact controls, and chances :math:`\pi_c` and :math:`\pi_{cd}` that a cell, and two, are in the sample s, the moments of the
regression on :math:`x + \delta` are estimated without bias by

.. math::

    b &= \tilde X'\tilde y + \sum_{c \in s} \delta_c \tilde y_c / \pi_c \\
    A &= \tilde X'\tilde X + \sum_{c \in s} (\tilde x_c \delta_c' + \delta_c \tilde x_c') / \pi_c
        + \sum_{c, d \in s} M_{cd}\, \delta_c \delta_d' / \pi_{cd}

and the coefficient is :math:`A^{-1} b`: design-based supervised learning (Egami, Hinck, Stewart and Wei 2023) with effects.
Nothing is assumed of how texts are misread; errors may go with the outcome. Where some of a cell's texts were tagged, products
of two different ones keep :math:`\delta_c \delta_c'` without bias. A misreading that is the same everywhere costs nothing:
effects take it out, and :math:`\delta` is taken less its mean. Errors are of sums over
clusters of each cell's contribution, which holds the draw of the sample.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl
from scipy import stats

from emtract.econometrics.measurement.moods import build_moods
from emtract.econometrics.measurement.prepared import given, noise_of
from emtract.econometrics.regression.absorb import absorb, choose_engine, partial_out
from emtract.econometrics.regression.covariance import clustered
from emtract.econometrics.regression.design import build_design, combine, count
from emtract.econometrics.regression.estimate import estimate
from emtract.econometrics.regression.sample import estimation_sample
from emtract.errors import EstimationError, SpecError
from emtract.panel.frame import ENTITY, TIME

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emtract.econometrics.estimates import Codes, Floats
    from emtract.econometrics.regression.spec import Spec
    from emtract.panel.frame import Sample

#: Tagged cells of the regression below which nothing is estimated.
LEAST: Final = 30
_QUANTILE: Final = 0.975


@dataclass(frozen=True)
class TaggedCells:
    """Cells of which texts were tagged.

    Attributes
    ----------
    keys
        symbol and session, a row a cell.
    suffix
        Their window.
    apart
        Mean tag less reading of the tagged texts, shape (s, 7).
    products
        The mean times itself, for all texts of the cell, without bias, shape (s, 7, 7).
    joint
        Chance of each two to be drawn, its own on the diagonal, shape (s, s).
    """

    keys: pl.DataFrame
    suffix: str
    apart: Floats
    products: Floats
    joint: Floats


@dataclass(frozen=True)
class Tagged:
    """A regression corrected by tags: a row a mood, cells of the regression, and tagged ones among them.

    Attributes
    ----------
    table
        term, naive, naive_error, estimate, std_error, low, high (95 per cent), p_value; null where A is not positive definite.
    cells, tagged
        Cells of the regression, and how many have tags.
    """

    table: pl.DataFrame
    cells: int
    tagged: int


def correct_by_tags(spec: Spec, panel: Sample, cells: TaggedCells) -> Tagged:
    """Correct the moods of a regression by tags of a probability sample of its cells.

    Parameters
    ----------
    spec
        With effects, clusters and moods of one window; without weights.
    panel
        Firm-sessions, built with the noise of their moods, in which distinct texts count alike.
    cells
        What was tagged.

    Raises
    ------
    SpecError
        When the spec asks for what tags of cells cannot correct.
    EstimationError
        When fewer than 30 cells of the regression have tags.
    """
    if spec.weights or not spec.effects or not spec.clusters:
        raise SpecError(
            "correction by tags is worked out with effects and clusters and without weights: name another spec"
        )
    naive = estimate(spec, panel)
    sample, _ = estimation_sample(naive.spec, panel)
    design = build_design(naive.spec, sample)
    library = choose_engine(naive.spec, sample.height)
    within = partial_out(design, library)
    moods = build_moods(naive.spec, sample, design.sds, noise_of(panel))
    if {mood.suffix for mood in moods} != {cells.suffix}:
        raise SpecError(f"the tagged cells are of {cells.suffix}: name moods of that window alone")
    places = [mood.place for mood in moods]
    exact = [j for j in range(len(naive.spec.regressors)) if j not in places]
    left = given(np.column_stack([within.x[:, places], within.y]), within.x[:, exact])
    rows = sample.select(ENTITY, TIME).with_row_index("row")
    found = cells.keys.with_row_index("cell").join(rows, on=[ENTITY, TIME], how="inner", maintain_order="left")
    at, own = found["row"].to_numpy(), found["cell"].to_numpy()
    if len(at) < LEAST:
        raise EstimationError(
            f"{len(at):,} cells of the regression have tags, and {LEAST} are needed: tag more of them"
        )
    unit = np.zeros((sample.height, len(at)))
    unit[at, np.arange(len(at))] = 1.0
    maker = given(absorb(unit, design, library), within.x[:, exact])[at]
    # Of a product with an exact column the factor differs from row to row.
    shares = np.stack([mood.factor[at, None] * mood.shares for mood in moods], axis=2)
    values, covariance, plain = tagged_moments(
        left[:, :-1],
        left[:, -1],
        at=at,
        maker=maker,
        apart=np.einsum("se,sep->sp", cells.apart[own], shares),
        products=shares.swapaxes(1, 2) @ cells.products[own] @ shares,
        joint=cells.joint[np.ix_(own, own)],
        clusters=list(design.clusters.values()),
    )
    terms = [naive.spec.regressors[place] for place in places]
    scale, errors = design.unit[places], np.sqrt(np.diag(covariance))
    groups = min(count(levels) for levels in design.clusters.values())
    half = float(stats.t.ppf(_QUANTILE, groups - 1)) * errors
    told = naive.estimates.filter(pl.col("term").is_in(terms))
    table = pl.DataFrame(
        {
            "term": terms,
            "naive": plain / scale,
            "naive_error": told["std_error"],
            "estimate": values / scale,
            "std_error": errors / scale,
            "low": (values - half) / scale,
            "high": (values + half) / scale,
            "p_value": 2 * stats.t.sf(np.abs(values / errors), groups - 1),
        }
    )
    return Tagged(table.with_columns(pl.selectors.float().fill_nan(None)), sample.height, len(at))


def tagged_moments(
    x: Floats,
    y: Floats,
    *,
    at: Codes,
    maker: Floats,
    apart: Floats,
    products: Floats,
    joint: Floats,
    clusters: Sequence[Codes],
) -> tuple[Floats, Floats, Floats]:
    """Return coefficients, their covariance, and the coefficients without tags.

    Parameters
    ----------
    x, y
        Moods and outcome after effects and exact controls, shapes (n, p) and (n,).
    at
        Rows of the tagged cells, shape (s,).
    maker
        Of the residual maker the rows and columns of these, shape (s, s).
    apart, products
        Tag less reading of each mood, and its products without bias, shapes (s, p) and (s, p, p).
    joint
        As in `TaggedCells`.
    clusters
        Of the n rows, one or two.
    """
    chance = np.diag(joint)
    mean = (apart / chance[:, None]).sum(axis=0) / (1 / chance).sum()
    # Effects take a constant out: less its mean, what is left is small.
    cross = apart[:, :, None] * mean
    d, square = apart - mean, products - cross - cross.transpose(0, 2, 1) + np.outer(mean, mean)
    between = maker / joint
    own = np.diag(maker) / chance
    np.fill_diagonal(between, 0.0)
    diagonal = own[:, None, None] * square
    across = d[:, :, None] * (between @ d)[:, None, :]
    across = (across + across.transpose(0, 2, 1)) / 2
    linear = x[at][:, :, None] * (d / chance[:, None])[:, None, :]
    linear = linear + linear.transpose(0, 2, 1)
    plain = x.T @ x
    gram = plain + (linear + diagonal + across).sum(axis=0)
    moved = d * (y[at] / chance)[:, None]
    outcome = x.T @ y + moved.sum(axis=0)
    naive = np.linalg.solve(plain, x.T @ y)
    p = x.shape[1]
    if np.linalg.eigvalsh(gram)[0] <= 0:
        return np.full(p, np.nan), np.full((p, p), np.nan), np.asarray(naive)
    values = np.linalg.solve(gram, outcome)
    scores = x * (y - x @ values)[:, None]
    # Pairs that M joins are of one firm or one session, and so within a cluster, whose sum they are a part of once.
    tagged = moved - (linear + diagonal + across) @ values
    # A sample of a fixed size: what tagged cells add on average is known of all, and only what is left is drawn.
    known = tagged.sum(axis=0) / (1 / chance).sum()
    scores = scores + known
    np.add.at(scores, at, tagged - known / chance[:, None])
    bread = np.linalg.inv(gram)
    return values, np.asarray(bread @ _middle(scores, clusters) @ bread.T), np.asarray(naive)


def _middle(scores: Floats, clusters: Sequence[Codes]) -> Floats:
    """Sum over clusters; of two dimensions both sums less the sum of both, or both sums where that is no covariance."""
    wide = np.asarray(sum(clustered(scores, [c]) * count(c) / (count(c) - 1) for c in clusters))
    both = sum((clustered(scores, [combine(a, b)]) for a, b in combinations(clusters, 2)), np.zeros_like(wide))
    found = np.asarray(wide - both)
    return found if np.linalg.eigvalsh(found)[0] > 0 else wide
