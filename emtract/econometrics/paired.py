r"""One regression on two readings of the same posts, and the difference of its coefficients with an interval.

Notes
-----
Both samples are stacked, every regressor and every effect is interacted with the reading, and a firm or session is one cluster
over both. Each coefficient is then as in its own regression, and with :math:`b_p` and :math:`b_n` the variance of
the difference,

.. math:: V(b_n - b_p) = V_{nn} + V_{pp} - V_{np} - V_{pn},

holds that both rest on the same posts and returns (Zellner's seemingly unrelated regressions, with a clustered covariance).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from emtract.econometrics.estimates import t_test
from emtract.econometrics.regression.design import build_design
from emtract.econometrics.regression.estimate import estimate
from emtract.econometrics.regression.sample import estimation_sample
from emtract.econometrics.regression.spec import Spec, parts
from emtract.errors import EstimationError
from emtract.panel.frame import Sample

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Covariances under which a row's two readings are one draw: clusters, and a kernel over time.
PAIRED: Final = ("clustered", "driscoll_kraay", "robust", "unadjusted")
_ROW: Final = "row"
_READING: Final = "reading"


def paired(spec: Spec, plain: Sample, other: Sample) -> pl.DataFrame:
    """Estimate a regression on two readings of the same rows, and the difference of each coefficient.

    Parameters
    ----------
    spec
        The regression. A covariance without clusters gets clusters by row, since a row's two readings go together.
    plain, other
        The same rows in the same order, with other moods.

    Returns
    -------
    pl.DataFrame
        term; plain and other, the two estimates, each as it is on its own; difference (other less plain), with its std_error,
        p_value, conf_low and conf_high; n_obs.

    Raises
    ------
    EstimationError
        The two samples are not of the same rows, the covariance pairs no rows, or as `estimate`.
    """
    if spec.covariance not in PAIRED:
        raise EstimationError(
            f"errors of {spec.covariance} pair no rows, so the difference has no interval: compare the two estimates"
        )
    stacked, terms = _stacked(spec, plain, other)
    clusters = spec.clusters or ((_ROW,) if spec.covariance in ("robust", "unadjusted") else ())
    asked = Spec(
        y="outcome",
        x=tuple(f"{name}_{i}" for name in ("plain", "other") for i in range(len(terms))),
        effects=tuple(f"effect_{i}" for i in range(len(spec.effects))) or (_READING,),
        covariance="driscoll_kraay" if spec.covariance == "driscoll_kraay" else "clustered",
        clusters=tuple(f"cluster_{i}" if spec.clusters else name for i, name in enumerate(clusters)),
        small_sample=spec.small_sample,
        weights=None if spec.weights is None else "weight",
        lags=spec.lags,
        time=spec.time,
        engine=spec.engine,
    )
    found = estimate(asked, Sample(stacked))
    k = len(terms)
    both = found.covariance
    variance = both[:k, :k] + both[k:, k:] - both[:k, k:] - both[k:, :k]
    told = t_test(
        found.coefficients[k:] - found.coefficients[:k], np.sqrt(np.maximum(np.diag(variance), 0)), found.critical_df
    )
    return pl.DataFrame(
        {
            "term": terms,
            "plain": found.coefficients[:k],
            "other": found.coefficients[k:],
            "difference": told["estimate"],
            "std_error": told["std_error"],
            "p_value": told["p_value"],
            "conf_low": told["conf_low"],
            "conf_high": told["conf_high"],
            "n_obs": [found.n_obs // 2] * k,
        }
    )


def _stacked(spec: Spec, plain: Sample, other: Sample) -> tuple[pl.DataFrame, list[str]]:
    """Return the rows of both readings one below the other, and the regressors' names."""
    spec = _without_constants(spec, plain)
    samples = [estimation_sample(spec, sample)[0] for sample in (plain, other)]
    if samples[0].height != samples[1].height or not samples[0][spec.y].equals(samples[1][spec.y]):
        raise EstimationError("the two readings are not of the same rows: build both samples from the same posts")
    return pl.concat(_version(spec, sample, i) for i, sample in enumerate(samples)), list(spec.regressors)


def _without_constants(spec: Spec, sample: Sample) -> Spec:
    """Leave out the controls that a fit on its own leaves out."""
    return replace(estimate(replace(spec, bootstrap="none", correct="none"), sample).spec)


def _version(spec: Spec, sample: pl.DataFrame, version: int) -> pl.DataFrame:
    design = build_design(spec, sample)
    x = design.z * design.unit
    columns: dict[str, Any] = {"outcome": design.y, _ROW: np.arange(sample.height)}
    for i, name in enumerate(("plain", "other")):
        columns |= {f"{name}_{j}": x[:, j] if i == version else np.zeros(len(x)) for j in range(x.shape[1])}
    columns[_READING] = [str(version)] * sample.height
    columns |= dict(_labels("effect", spec.effects, sample, suffix=f" {version}"))
    columns |= dict(_labels("cluster", spec.clusters, sample))
    if spec.weights is not None:
        columns["weight"] = sample[spec.weights].to_numpy()
    if spec.time in sample.columns:
        columns[spec.time] = sample[spec.time]
    return pl.DataFrame(columns)


def _labels(
    kind: str, names: tuple[str, ...], sample: pl.DataFrame, suffix: str = ""
) -> Iterator[tuple[str, pl.Series]]:
    """Yield a column of words for each effect or cluster, combinations as one."""
    for i, name in enumerate(names):
        words = pl.concat_str([pl.col(part).cast(pl.String) for part in parts(name)], separator="|") + suffix
        yield f"{kind}_{i}", sample.select(words.alias("label"))["label"]
