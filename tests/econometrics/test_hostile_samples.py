"""Every analysis on small, broken samples: a number, or one error of emtract; never a traceback, nor NaN for a number."""

import datetime as dt
import warnings

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emtract.econometrics.analyses.contrast import Contrast
from emtract.econometrics.analyses.curve.analysis import SpecificationCurve
from emtract.econometrics.analyses.curve.grid import Axis, Choice
from emtract.econometrics.analyses.event_study import EventPaths, MeanReturns
from emtract.econometrics.analyses.fama_macbeth import FamaMacBeth
from emtract.econometrics.analyses.family import FamilyTest
from emtract.econometrics.analyses.forecast.analysis import Forecast
from emtract.econometrics.analyses.forecast.investor import Investor
from emtract.econometrics.analyses.garch.analysis import GarchX
from emtract.econometrics.analyses.high_low import GroupComparison
from emtract.econometrics.analyses.hourly_mood import HourlyMood
from emtract.econometrics.analyses.projections import LocalProjection
from emtract.econometrics.analyses.vector.analysis import VectorAutoregression
from emtract.econometrics.portfolio.sort import PortfolioSort
from emtract.econometrics.regression.estimate import estimate
from emtract.econometrics.regression.spec import Spec
from emtract.errors import EmtractError
from emtract.panel.frame import Sample

PLAIN = Spec(
    y="y", x=("x",), controls=("z",), effects=("symbol", "session"), covariance="clustered",
    clusters=("symbol", "session"), small_sample="fixest", sample="s",
)  # fmt: skip
POOLED = Spec(
    y="y", x=("x", "z"), effects=(), covariance="newey_west", clusters=(), small_sample="full", sample="s", weights="w",
    standardise=("x",), winsorise=("x",),
)  # fmt: skip
WHERES = (
    None, "x > 0", "xx > 0", "x", "x >", "session > '2020-01-05'", "symbol = 'A'", "flag", "symbol > 1", "max(x) > 0", "1 = 1",
    "x > 1000", "session >= DATE '2020-01-03'", '"odd name" > 0', "flag = true", "(SELECT 1)", "x IN (1, 2)", "",
)  # fmt: skip


def analyses(where):
    """Name -> what is run on the samples."""
    import dataclasses

    plain, pooled = (dataclasses.replace(s, where=where) for s in (PLAIN, POOLED))
    loose = dataclasses.replace(plain, effects=(), controls=())
    axis = Axis("c", (Choice("all"), Choice("none", {"controls": ()})))
    return {
        "regression": lambda s: estimate(plain, s["s"]),
        "pooled": lambda s: estimate(pooled, s["s"]),
        "one effect": lambda s: estimate(loose, s["s"]),
        "wild": lambda s: estimate(dataclasses.replace(loose, bootstrap="wild", draws=99, clusters=("symbol",)), s["s"]),
        "curve": SpecificationCurve(label="C", base=loose, axes=(axis,), min_rows=2, min_clusters=2).run,
        "family": FamilyTest(label="F", spec=plain, draws=99).run,
        "contrast": Contrast(label="D", spec=dataclasses.replace(plain, x=("x", "z"), controls=()), pairs=(("x", "z"),)).run,
        "projection": LocalProjection(spec=plain, horizons=(1,), draws=50, overlap="spec").run,
        "famamacbeth": FamaMacBeth(label="M", y="y", x=("x",), min_rows=2, sample="s", where=where).run,
        "forecast": Forecast(
            y="y", x=("x",), controls=("z",), gap=1, sessions=20, every=7, min_rows=6, min_sessions=20, sample="s", where=where,
            investor=Investor(), signs=(("x", "positive"),), winsorise=("x", "y"),
        ).run,
        "forecast of each": Forecast(
            y="y", x=("x",), controls=("z",), benchmark="controls", pooling="firm", gap=2, window="rolling", sessions=20, every=1,
            min_rows=5, min_sessions=20, sample="s", where=where,
        ).run,
        "garch": GarchX(x=("x",), returns="y", min_observations=50, min_readings=2, sample="s", where=where).run,
        "var": VectorAutoregression(variables=("x", "y"), lags=1, replications=5, sample="m", where=where).run,
        "sort": PortfolioSort(
            signal="x", returns="return_open_close", known="open", quantiles=2, min_firms=2, min_sessions=10, sample="s",
            where=where,
        ).run,
        "valued sort": PortfolioSort(
            signal="x", returns="return_open_close", known="open", quantiles=2, min_firms=2, min_sessions=10, sample="s",
            weights="value", size="z", where=where,
        ).run,
        "groups": GroupComparison(label="G", column="y", by="x", words="it", sample="s", where=where).run,
        "clustered groups": GroupComparison(
            label="G", column="y", by="flag", words="it", sample="s", where=where, inference="clustered", cluster="symbol"
        ).run,
        "means": MeanReturns(label="R", columns=("y",), sample="s", where=where, draws=20).run,
        "paths": EventPaths(label="P", sample="s", column="y", day="number", by="side", event=("symbol",)).run,
        "hours": HourlyMood(label="H", sample="h").run,
    }  # fmt: skip


NAMES = tuple(analyses(None))
KINDS = (
    "normal",
    "constant",
    "binary",
    "mostly one",
    "null",
    "infinite",
    "huge",
    "integer",
    "collinear",
    "text",
    "tiny",
)


def column(kind, n, rng, base):
    """A column of one kind of trouble."""
    normal = rng.standard_normal(n)
    made = {
        "normal": normal,
        "constant": np.full(n, 0.5),
        "binary": (normal > 0).astype(float),
        "mostly one": (rng.random(n) < 0.9).astype(float),
        "null": np.full(n, np.nan),
        "infinite": np.where(rng.random(n) < 0.2, np.inf, normal),
        "huge": normal * 1e300,
        "integer": rng.integers(-(2**62), 2**62, n),
        "collinear": 2 * base,
        "tiny": normal * 1e-300,
    }
    if kind == "text":
        return pl.Series(["a", "b"] * n)[:n]
    series = pl.Series(made[kind])
    return series.fill_nan(None) if series.dtype == pl.Float64 else series


def samples(seed, firms, sessions, kinds, repeated):
    rng = np.random.default_rng(seed)
    days = [dt.date(2020, 1, 1) + dt.timedelta(days=k) for k in range(sessions)]
    n = firms * sessions
    base = rng.standard_normal(n)
    frame = pl.DataFrame(
        {
            "symbol": [s for s in "ABCDEFGH"[:firms] for _ in days],
            "session": days * firms,
            "number": list(range(sessions)) * firms,
        }
    ).with_columns(
        base=pl.Series(base),
        flag=pl.Series(rng.random(n) < 0.8),
        w=pl.Series(np.where(rng.random(n) < 0.2, -1.0, rng.random(n))),
        **{name: column(kind, n, rng, base) for name, kind in zip("xyz", kinds, strict=True)},
    )
    frame = frame.with_columns(pl.col("base").alias("odd name"), pl.col("y").alias("return_open_close"))
    frame = frame.with_columns(side=pl.when("flag").then(pl.lit("high")).otherwise(pl.lit("low")))
    frame = frame.with_columns(pl.col("y").alias("y_cumulated_1"), pl.col("y").alias("y_lead_1"))
    gaps = frame.filter(pl.Series(rng.random(n) < 0.9) | (pl.col("symbol") == "A")) if n > 1 else frame
    frame = pl.concat([gaps, gaps.head(1)]) if repeated else gaps
    hours = pl.DataFrame(
        {"day": days, "weekday": [d.isoweekday() for d in days], "is_open": [d.day % 2 == 0 for d in days]}
    ).with_columns(
        pl.lit(9).alias("hour"),
        pl.Series("n_posts", rng.integers(0, 3, sessions)),
        *(pl.Series(c, rng.random(sessions)) for c in ("valence", "happy", "sad", "anger", "disgust", "surprise", "fear")),
    )  # fmt: skip
    market = frame.filter(pl.col("symbol") == "A")
    return {"s": Sample(frame), "m": Sample(market), "h": Sample(hours)}


def numbers_of(outcome):
    """Every number that would be printed."""
    frame = outcome.tidy() if hasattr(outcome, "tidy") else outcome.estimates
    return frame.select(c for c in ("estimate", "std_error", "p_value") if c in frame.columns)


@pytest.mark.parametrize("name", NAMES)
@settings(derandomize=True, max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    seed=st.integers(0, 9999),
    firms=st.integers(1, 8),
    sessions=st.sampled_from([1, 2, 12, 60]),
    kinds=st.tuples(*[st.sampled_from(KINDS)] * 3),
    repeated=st.booleans(),
    where=st.none() | st.sampled_from(WHERES),
)
def test_a_number_or_one_named_error(name, seed, firms, sessions, kinds, repeated, where):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            outcome = analyses(where)[name](samples(seed, firms, sessions, kinds, repeated))
        except EmtractError as error:
            assert str(error)
            assert "\n" not in str(error)
            return
    for column_ in numbers_of(outcome).iter_columns():
        told = column_.drop_nulls().cast(pl.Float64)
        assert told.is_finite().all(), f"{column_.name}: {told.to_list()}"
