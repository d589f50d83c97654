"""The rows of a regression with the noise of its moods: what reliability and correction both rest on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING, Literal

import numpy as np
import polars as pl

from emtract.econometrics.measurement.leverage import leverage
from emtract.econometrics.measurement.moods import build_moods, cell_rows, mood_columns, packed, pair_rows, row_keys
from emtract.econometrics.regression.absorb import absorb, choose_engine, meat, partial_out
from emtract.econometrics.regression.covariance import (
    clustered,
    counted_parameters,
    covariance_scale,
    driscoll_kraay,
    newey_west,
    robust,
)
from emtract.econometrics.regression.design import build_design, combine, count
from emtract.econometrics.regression.estimate import estimate
from emtract.econometrics.regression.sample import estimation_sample
from emtract.errors import EstimationError
from emtract.panel.frame import ENTITY, TIME
from emtract.panel.noise import variances
from emtract.words.columns import LESS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from emtract.econometrics.estimates import Codes, Floats
    from emtract.econometrics.measurement.moods import Mood
    from emtract.econometrics.regression.design import Design
    from emtract.econometrics.regression.result import Result
    from emtract.econometrics.regression.spec import Spec
    from emtract.ledger import Ledger
    from emtract.panel.frame import Sample
    from emtract.panel.noise import Noise

#: What becomes of cells with one unit, whose noise cannot be seen: they leave the sample, or are given the noise of the others.
Singles = Literal["leave_out", "pooled"]


@dataclass(frozen=True, eq=False)
class Rows:
    """A regression on cells whose noise is known, n rows and p moods.

    Attributes
    ----------
    naive
        The regression on these rows, uncorrected.
    noise
        Of the panel.
    sample, ledger
        The rows, and those left out.
    design
        The regression as arrays.
    moods
        Regressors that are means of posts.
    x, y
        Moods and outcome after effects and exact controls, times the root of the weights, shapes (n, p) and (n,).
    noisy
        What noise adds to products of moods, the upper triangle row by row, shape (n, p (p + 1) / 2).
    cells
        Suffix -> the noise of each row's cell.
    terms
        Names of the p coefficients: regressors that are means of posts, or what `contrast` makes of them.
    unit
        What a coefficient on x is divided by to read in the units of the spec, shape (p,).
    overlap
        Sessions apart up to which rows of two firms go together, on top of two-way clusters (Thompson 2011); 0 for none.
    df
        Degrees of freedom of the t distribution; None for the normal.
    """

    naive: Result
    noise: Noise
    sample: pl.DataFrame
    ledger: Ledger
    design: Design
    moods: tuple[Mood, ...]
    x: Floats
    y: Floats
    noisy: Floats
    cells: Mapping[str, pl.DataFrame]
    terms: tuple[str, ...]
    unit: Floats
    overlap: int
    df: int | None

    @property
    def spec(self) -> Spec:
        """The regression, without the controls that it had to leave out."""
        return self.naive.spec

    @property
    def places(self) -> list[int]:
        """Columns of the moods among the regressors."""
        return [mood.place for mood in self.moods]

    def middles(self, scores: Floats) -> tuple[Floats, Floats]:
        """Return the middle of the sandwich of scores (n, k), finite-sample factor included, shape (k, k), and a larger one.

        The covariance of two cluster dimensions is their sum less their intersection, which need not be a covariance; the
        larger one is the sum, which always is.
        """
        dimensions = list(self.design.clusters.values())
        if len(dimensions) < 2:
            found = meat(self.spec, self.design, scores, self.naive.lags) * self.scale
            return found, found
        if self.overlap:
            firm, session = self.design.clusters[ENTITY], self.design.clusters[TIME]
            wide = clustered(scores, [firm]) + driscoll_kraay(scores, session, self.overlap)
            both = newey_west(scores, session, self.overlap, firm)
        else:
            wide = np.asarray(sum(clustered(scores, [levels]) for levels in dimensions))
            both = np.asarray(sum(_within(scores, combine(a, b)) for a, b in combinations(dimensions, 2)))
        return self.scale * (wide - both), self.scale * wide

    @cached_property
    def plain(self) -> tuple[Floats, Floats]:
        """Coefficients of `terms` without correction and their standard errors, in the units of the spec, shape (p,)."""
        bread = np.linalg.inv(self.x.T @ self.x)
        values = bread @ (self.x.T @ self.y)
        scores = self.x * (self.y - self.x @ values)[:, None]
        return values / self.unit, self.error(scores @ bread) / self.unit

    def contrast(self, pairs: Sequence[tuple[str, str]]) -> Rows:
        """Return the same regression with differences of two coefficients in the place of the first of them.

        Parameters
        ----------
        pairs
            (first, second), each a mood, of one pair only, whose coefficient the spec states per unit; the new term is
            `first - second`, per common standard deviation as in `emtract.econometrics.analyses.contrast.Contrast`.
        """
        turn, unit, terms = np.eye(len(self.terms)), self.unit.copy(), list(self.terms)
        for first, second in pairs:
            a, b = (self.terms.index(name) for name in (first, second))
            scale = np.sqrt((self.unit[a] ** 2 + self.unit[b] ** 2) / 2)
            # Per unit: first = difference / scale + second.
            turn[a, a], turn[a, b] = self.unit[a] / scale, self.unit[a]
            turn[b, b], unit[a], unit[b] = self.unit[b], 1.0, 1.0
            terms[a] = f"{first}{LESS}{second}"
        moved = np.empty_like(self.noisy)
        upper = list(zip(*np.triu_indices(len(terms)), strict=True))
        for place, (i, j) in enumerate(upper):
            shares = np.outer(turn[:, i], turn[:, j])
            shares = shares + shares.T - np.diag(np.diag(shares))
            moved[:, place] = sum(self.noisy[:, at] * shares[k, m] for at, (k, m) in enumerate(upper))
        return replace(self, x=self.x @ turn, noisy=moved, terms=tuple(terms), unit=unit)

    def halves(self) -> tuple[Floats, Floats]:
        """Return the moods as two halves of each cell's units have them, after effects and exact controls, each (n, p).

        Raises
        ------
        EstimationError
            When a half does not vary.
        """
        read = []
        for half in (1, 2):
            for mood in self.moods:
                told = self.cells[mood.suffix].select(f"half_{half}_{name}" for name in self.noise.readings).to_numpy()
                read.append(told @ mood.shares * mood.factor)
        exact = [j for j in range(len(self.spec.regressors)) if j not in self.places]
        columns = np.column_stack([*read, self.design.z[:, exact]])
        within = absorb(columns, self.design, choose_engine(self.spec, len(columns)))
        within = given(within[:, : len(read)], within[:, len(read) :])
        if not ((within**2).sum(axis=0) > 0).all():
            raise EstimationError("halves of cells do not vary within the effects: nobody shows this emotion")
        one, two = np.hsplit(within, 2)
        return one, two

    def error(self, scores: Floats) -> Floats:
        """Return the standard error of sums of scores (n, k), shape (k,)."""
        found, wide = map(np.diag, self.middles(scores))
        return np.sqrt(np.where(found > 0, found, wide))

    @property
    def scale(self) -> float:
        """Finite-sample factor of the regression."""
        levels = self.naive.n_levels
        counted = counted_parameters(self.spec, self.design, levels)
        return covariance_scale(self.spec, self.naive.n_obs, counted, levels)

    def reliability(self) -> tuple[Floats, Floats]:
        """Return the share of the variance of each mood, within effects and exact controls, that is not noise, and its error."""
        own = [place for place, (i, j) in enumerate(zip(*np.triu_indices(self.x.shape[1]), strict=True)) if i == j]
        noise = self.noisy[:, own]
        total = (self.x**2).sum(axis=0)
        found = 1 - noise.sum(axis=0) / total
        return found, self.error((self.x**2 * (1 - found) - noise) / total)


def prepare(
    spec: Spec,
    panel: Sample,
    *,
    singles: Singles = "leave_out",
    min_units: int = 2,
    overlap: int = 0,
    df: int | None = None,
) -> Rows:
    """Keep the rows whose noise is known, estimate the regression on them, and measure what noise adds.

    Parameters
    ----------
    spec, panel, singles, min_units
        As in `emtract.econometrics.measurement.correct.correct`.
    overlap
        Sessions that outcomes of neighbouring rows share, where errors are clustered by firm and session; see `Rows`.
    df
        Degrees of freedom where outcomes overlap, if fewer than the regression's own; None for those.

    Raises
    ------
    SpecError
        When no regressor is a mean of posts, or one is made of it in a way that cannot be corrected.
    EstimationError
        When the panel has no noise, no cell has two units, or the regression cannot be estimated on those that have.
    """
    noise = noise_of(panel)
    chosen = _with_units(spec, panel, noise, singles, min_units)
    naive = estimate(replace(spec, bootstrap="none"), chosen)
    sample, ledger = estimation_sample(naive.spec, chosen)
    design = build_design(naive.spec, sample)
    within = partial_out(design, choose_engine(naive.spec, sample.height))
    moods = build_moods(naive.spec, sample, design.sds, noise)
    places = [mood.place for mood in moods]
    exact = [j for j in range(len(naive.spec.regressors)) if j not in places]
    left = given(np.column_stack([within.x[:, places], within.y]), within.x[:, exact])
    x, y = left[:, :-1], left[:, -1]
    cells = {suffix: cell_rows(sample, noise, suffix) for suffix in dict.fromkeys(mood.suffix for mood in moods)}
    noisy = noise_of_rows(sample, noise, moods, design, design.z[:, exact], cells)
    own = naive.critical_df
    return Rows(
        naive,
        noise,
        sample,
        ledger,
        design,
        moods,
        x,
        y,
        noisy,
        cells,
        terms=tuple(naive.spec.regressors[place] for place in places),
        unit=design.unit[places],
        overlap=overlap,
        df=own if own is None or df is None else min(own, df),
    )


def noise_of(panel: Sample) -> Noise:
    """Return the noise of a panel's moods.

    Raises
    ------
    EstimationError
        When it has none, or no cell.
    """
    noise = panel.noise
    if noise is None:
        raise EstimationError(
            f"these {panel.unit} were built without the noise of their moods: of firm-sessions, build it with noise=True"
        )
    if noise.cells.is_empty():
        raise EstimationError(f"no post lies in a window of these {panel.unit}: no mood can be measured")
    return noise


def _with_units(spec: Spec, panel: Sample, noise: Noise, singles: Singles, min_units: int) -> Sample:
    """Keep the cells whose noise is known, of every suffix that the spec reads."""
    suffixes = list(dict.fromkeys(s for _, s in mood_columns(spec, noise).values()))
    where = f" in {' and '.join(suffixes)}" if any(suffixes) else ""
    least = 1 if singles == "pooled" else max(min_units, 2)
    data = panel.data
    for suffix in suffixes:
        cells = noise.cells.filter((pl.col("suffix") == suffix) & (pl.col("n_units") >= least))
        keys = row_keys(data)
        data = data.join(cells.select(keys), on=keys, how="semi", maintain_order="left")
    if data.is_empty():
        raise EstimationError(
            f"none of the {panel.unit} has {least} distinct texts{where}: how noisy its mood is cannot be seen; "
            "a wider window or more posts would show it"
        )
    words = f"texts{where}"
    ledger = panel.ledger.start("panel", panel.unit, panel.data.height) if not panel.ledger.steps else panel.ledger
    kept = ledger.start(f"{panel.unit} of the sample", panel.unit, panel.data.height).keep(
        f"with {least} or more {words}", data.height, "texts of one author, and near-copies, count as one"
    )
    return replace(panel, data=data, ledger=kept)


def _within(scores: Floats, levels: Codes) -> Floats:
    """Sum over clusters; where each is one row, over rows."""
    return robust(scores) if count(levels) == len(scores) else clustered(scores, [levels])


def given(columns: Floats, exact: Floats) -> Floats:
    """Return what exact controls (n, m) leave of columns (n, k), both after effects."""
    return columns - exact @ np.linalg.lstsq(exact, columns, rcond=None)[0] if exact.shape[1] else columns


def noise_of_rows(
    sample: pl.DataFrame,
    noise: Noise,
    moods: tuple[Mood, ...],
    design: Design,
    exact: Floats,
    by_suffix: Mapping[str, pl.DataFrame],
) -> Floats:
    """Return what noise adds to the products of moods in each row, shape (n, p (p + 1) / 2): upper triangle, row by row.

    Parameters
    ----------
    sample
        n rows.
    noise
        Of their panel.
    moods
        p regressors that are means of posts.
    design
        The regression as arrays.
    exact
        Its exact controls, shape (n, m).
    by_suffix
        Suffix -> the noise of each row's cell; null cells are given the noise of the others.
    """
    n, p = sample.height, len(moods)
    weights = np.ones(n) if design.weights is None else design.weights / design.weights.mean()
    entries = leverage(tuple(design.effects.values()), exact, weights)
    own = weights * (1 - weights * entries.diagonal())
    upper = list(zip(*np.triu_indices(p), strict=True))
    # By column: each is made, and summed over clusters, by itself.
    total = np.zeros((n, len(upper)), order="F")
    for suffix, cells in by_suffix.items():
        known = cells[variances(noise.readings)[0]].is_not_null().to_numpy()
        concentration = np.where(known, cells["concentration"].to_numpy(), 0.0)
        one, two, shared = pair_rows(sample, noise, suffix)
        across = weights[one] * weights[two] * entries.between(one, two)
        places = [at for at, (i, j) in enumerate(upper) if moods[i].suffix == moods[j].suffix == suffix]
        forms = np.column_stack([packed(moods[i].shares, moods[j].shares) for i, j in (upper[at] for at in places)])
        told = forms.T @ cells.select(variances(noise.readings)).fill_null(0.0).to_numpy().T
        for place, variance, form in zip(places, told, forms.T, strict=True):
            a, b = (moods[i] for i in upper[place])
            factor = own * a.factor * b.factor
            column = factor * variance
            if not known.all():
                # The noise of a unit is told by weights that are never negative, as the factor of a product may be.
                column += own * variance * factor[~known].sum() / (own * concentration).sum()
            both = (a.factor[one] * b.factor[two] + a.factor[two] * b.factor[one]) / 2
            part = across * both * (shared @ form)
            for side in (one, two):
                column -= np.bincount(side, weights=part, minlength=n)
            total[:, place] += column
    return total
