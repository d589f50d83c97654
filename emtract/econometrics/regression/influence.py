"""What each row contributes to a coefficient: from it follow covariances between regressions, and bands over many of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from emtract.econometrics.regression import covariance as sandwich
from emtract.econometrics.regression.absorb import meat, partial_out
from emtract.econometrics.regression.design import build_design, codes
from emtract.econometrics.regression.estimate import estimate
from emtract.econometrics.regression.sample import estimation_sample
from emtract.econometrics.regression.spec import columns_of
from emtract.panel.frame import ENTITY, TIME

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from emtract.econometrics.regression.result import Result
    from emtract.econometrics.regression.spec import Spec
    from emtract.panel.frame import Sample

    Floats = NDArray[np.float64]
    Codes = NDArray[np.int64]


class Influence(NamedTuple):
    """A result, its rows (symbol, session, clusters), and what each contributes to each coefficient, shape (n, k)."""

    result: Result
    rows: pl.DataFrame
    psi: Floats


def influence(spec: Spec, sample: Sample) -> Influence:
    r"""Estimate a spec and return the influence of each row on its coefficients.

    Notes
    -----
    .. math:: \psi_i = \sqrt{c}\, (X'X)^{-1} x_i u_i

    with x and y less their effects and c the finite-sample factor of the spec, so that the covariance that the spec asks for is
    that of sums of :math:`\psi` over its clusters or kernel, to the last digit.
    """
    result = estimate(spec, sample)
    spec = result.spec
    data, _ = estimation_sample(spec, sample)
    design = build_design(spec, data)
    within = partial_out(design, result.library)
    residuals = within.y - within.x @ (result.coefficients * design.unit)
    psi = np.linalg.solve(within.x.T @ within.x, (within.x * residuals[:, None]).T).T / design.unit
    plain = meat(spec, design, psi, result.lags)
    keys = dict.fromkeys((ENTITY, TIME, *columns_of(spec.clusters)))
    return Influence(result, data.select(*keys), psi * np.sqrt(result.covariance[0, 0] / plain[0, 0]))


def thompson(psi: Floats, firm: Codes, session: Codes, lags: int) -> Floats:
    r"""Two-way clusters by firm and session, with dependence between firms up to `lags` sessions apart (Thompson 2011).

    Parameters
    ----------
    psi
        Influences of the n rows on m coefficients, shape (n, m).
    firm, session
        Level of each row, whole numbers from 0 as of `codes`, shape (n,); a pair has at most one row.
    lags
        Last lag L of the Bartlett kernel, in sessions.

    Returns
    -------
    NDArray
        Shape (m, m); it need not be positive.

    Notes
    -----
    .. math:: V = V_{firm} + V_{session, L} - V_{both, L}

    where the second sums products of any two rows up to L sessions apart (Driscoll and Kraay's estimator, Bartlett weights) and
    the third takes out those of the same firm, which the first holds whole. With L = 0 these are two-way clusters.
    """
    own = sandwich.clustered(psi, [firm])
    return own + sandwich.driscoll_kraay(psi, session, lags) - sandwich.newey_west(psi, session, lags, firm)


def joint_covariance(spec: Spec, psi: Floats, rows: pl.DataFrame, lags: int) -> Floats:
    """Return the covariance that a spec asks for of sums of influences, shape (m, m).

    Parameters
    ----------
    spec
        Its covariance and clusters.
    psi
        Influences of the n rows on m coefficients, of one regression or several, shape (n, m).
    rows
        The n rows: symbol, session and the cluster columns.
    lags
        Last lag of a kernel, in sessions; not read without one.
    """
    if spec.covariance == "clustered":
        return sandwich.clustered(psi, [codes(rows, name) for name in spec.clusters])
    if spec.covariance == "driscoll_kraay":
        return sandwich.driscoll_kraay(psi, codes(rows, TIME), lags)
    if spec.covariance == "newey_west":
        return sandwich.newey_west(psi, codes(rows, TIME), lags, codes(rows, ENTITY))
    return sandwich.robust(psi)
