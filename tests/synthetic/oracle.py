"""An estimate that shares no code with the generator: posts placed by the calendar, dummies, plain least squares."""

from __future__ import annotations

import exchange_calendars as xc
import numpy as np
import polars as pl

from emtract.emotions import EMOTIONS, NON_NEUTRAL
from emtract.synthetic import Archive, true_labels
from emtract.text import clean_post
from tests.synthetic.conftest import read_messages

OUTCOMES = {
    "contemporaneous_emotions": ("market", "return_open_close"),
    "predictive_emotions": ("pre_open", "return_open_close"),
    "next_emotions": ("pre_open", "return_open_close_next"),
}


def oracle_panel(archive: Archive) -> pl.DataFrame:
    """Firm-sessions with shares of the true labels, returns and controls."""
    prices = _prices(archive)
    until = pl.col("close").dt.offset_by("-1us").alias("until")
    placed = (
        _posts(archive)
        .sort("created_at")
        .join_asof(_calendar().with_columns(until), left_on="created_at", right_on="until", strategy="forward")
    )
    window = pl.when(pl.col("created_at") < pl.col("open")).then(pl.lit("pre_open")).otherwise(pl.lit("market"))
    shares = [(pl.col("emotion") == e).mean().alias(e) for e in EMOTIONS]
    means = placed.group_by("symbol", "session", window.alias("window")).agg(*shares, n_posts=pl.len())
    panel = prices
    for name in ("pre_open", "market"):
        part = means.filter(pl.col("window") == name).drop("window")
        part = part.rename({c: f"{c}_{name}" for c in (*EMOTIONS, "n_posts")})
        panel = panel.join(part, on=["symbol", "session"], how="left")
    return panel.sort("symbol", "session")


def estimate(panel: pl.DataFrame, spec: str, *, effects: bool = True) -> dict[str, tuple[float, float]]:
    """Coefficients in basis points per standard deviation, with standard errors clustered by session."""
    window, y = OUTCOMES[spec]
    terms = [f"{emotion}_{window}" for emotion in NON_NEUTRAL]
    panel = panel.with_columns(attention=pl.col(f"n_posts_{window}").log1p())
    sample = panel.drop_nulls([y, *terms, "lagged_return", "lagged_volatility"])
    x = sample.select(*terms, "attention", "lagged_return", "lagged_volatility").to_numpy()
    x = (x - x.mean(axis=0)) / x.std(axis=0, ddof=1)
    keys = ("symbol", "session") if effects else ()
    dummies = [sample[key].to_dummies(drop_first=True).to_numpy().astype(float) for key in keys]
    design = np.column_stack([x, np.ones(len(x)), *dummies])
    outcome = sample[y].to_numpy() * 1e4
    inverse = np.linalg.pinv(design.T @ design)
    beta = inverse @ (design.T @ outcome)
    cluster = sample["session"].rank("dense").to_numpy() - 1
    scores = np.zeros((int(cluster.max()) + 1, design.shape[1]))
    np.add.at(scores, cluster, design * (outcome - design @ beta)[:, None])
    scale = len(scores) / (len(scores) - 1) * (len(x) - 1) / (len(x) - x.shape[1] - 24)
    errors = np.sqrt(scale * np.diag(inverse @ scores.T @ scores @ inverse))
    return {term: (float(beta[k]), float(errors[k])) for k, term in enumerate(terms)}


def _posts(archive: Archive) -> pl.DataFrame:
    messages, _ = read_messages(archive)
    rows = [
        (post_id, message["created_at"], symbol["symbol"])
        for post_id, message in messages.items()
        if clean_post(message["body"]).kind in {"words", "emoji_only"}
        for symbol in message["symbols"]
    ]
    posts = pl.DataFrame(rows, schema=["post_id", "created_at", "symbol"], orient="row")
    posts = posts.join(true_labels(archive), on="post_id", how="inner", validate="m:1")
    instant = pl.col("created_at").str.to_datetime("%Y-%m-%dT%H:%M:%SZ", time_unit="us", time_zone="UTC")
    return posts.with_columns(instant)


def _calendar() -> pl.DataFrame:
    schedule = xc.get_calendar("XNYS", start="2021-01-01", end="2022-01-10").schedule
    instants = {name: schedule[name].tolist() for name in ("open", "close")}
    frame = pl.DataFrame({"session": [stamp.date() for stamp in schedule.index], **instants})
    return frame.with_columns(pl.col("open", "close").cast(pl.Datetime("us", "UTC")))


def _prices(archive: Archive) -> pl.DataFrame:
    frames = [
        pl.read_csv(path, try_parse_dates=True).with_columns(symbol=pl.lit(path.stem))
        for path in sorted(archive.prices.iterdir())
    ]
    returns = pl.concat(frames).select(
        "symbol",
        pl.col("Date").alias("session"),
        (pl.col("Close") / pl.col("Open") - 1).alias("return_open_close"),
        (pl.col("Adj Close") / pl.col("Adj Close").shift(1).over("symbol") - 1).alias("daily"),
    )
    past = pl.col("daily").shift(1)
    return returns.with_columns(
        pl.col("return_open_close").shift(-1).over("symbol").alias("return_open_close_next"),
        past.over("symbol").alias("lagged_return"),
        past.rolling_std(20, min_samples=15).over("symbol").alias("lagged_volatility"),
    )
