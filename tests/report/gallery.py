"""A study of hand-made findings with every kind of chart, on samples that are no panel; no estimator is run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import product

import numpy as np
import polars as pl

from emtract.econometrics.finding import Chart, Finding, Quantity
from emtract.emotions import NON_NEUTRAL
from emtract.ledger import Ledger
from emtract.panel.frame import Sample
from emtract.study import Expectation, Published, Study, StudyResult

LEDGER = Ledger().start("offers read", "IPOs", 412).keep("with an offer price", 398, "no offer price in the file")
KINDS = ("bars", "fan", "lines", "coefficients", "curve", "heat", "firms")


@dataclass(frozen=True)
class Request:
    """What a hand-made finding would have been asked for."""

    label: str
    terms: tuple[str, ...]
    samples: tuple[str, ...] = ("ipos",)
    fields: Mapping[str, str] = field(default_factory=dict)

    def run(self, samples: Mapping[str, Sample]) -> Finding:
        raise NotImplementedError

    def behind(self, term: str, samples: Mapping[str, Sample]) -> None:
        return None

    def in_family(self, term: str) -> bool:
        return True

    def describe(self) -> str:
        return (
            f"{self.label}: every choice in words, with the lag length, the benchmark and the rule of inference. It has "
            "no default that the page does not name."
        )


def estimates(terms: tuple[str, ...], rng: np.random.Generator, *, scale: float = 1.0) -> pl.DataFrame:
    middle = rng.normal(0, 2 * scale, len(terms))
    return frame_of(terms, middle, scale)


def frame_of(terms: tuple[str, ...], middle: np.ndarray, error: float) -> pl.DataFrame:
    z = np.abs(middle / error)
    return pl.DataFrame(
        {
            "term": terms, "estimate": middle, "std_error": error, "statistic": middle / error,
            "p_value": np.exp(-0.717 * z - 0.416 * z**2), "conf_low": middle - 1.96 * error,
            "conf_high": middle + 1.96 * error, "n_obs": 398,
        }
    )  # fmt: skip


def intervals(n: int, rng: np.random.Generator, *, scale: float = 1.0) -> dict[str, np.ndarray]:
    middle = rng.normal(0.4 * scale, scale, n)
    half = np.abs(rng.normal(1.2 * scale, 0.2 * scale, n))
    return {"estimate": middle, "conf_low": middle - half, "conf_high": middle + half}


def fan(rng: np.random.Generator, lines: tuple[str, ...] = tuple(e.capitalize() for e in NON_NEUTRAL)) -> Chart:
    frames = []
    for line in lines:
        path = np.cumsum(rng.normal(0.2, 0.6, 20))
        half = 0.7 + 0.16 * np.arange(20)
        frames.append(
            pl.DataFrame(
                {
                    "line": line, "x": range(1, 21), "estimate": path, "conf_low": path - half, "conf_high": path + half,
                    "band_low": path - 1.5 * half, "band_high": path + 1.5 * half,
                }
            )
        )  # fmt: skip
    note = "Dark is the interval of each horizon, light the band that holds the whole path in 95 % of samples."
    return Chart(
        "fan", "Cumulative response", pl.concat(frames), "Sessions ahead", "Basis points per standard deviation", note
    )


def lines(rng: np.random.Generator, *, dates: bool) -> Chart:
    names = ("High enthusiasm", "Low enthusiasm", "All offers, equal weights")
    n = 250
    start = dt.date(2014, 1, 2)
    x = [start + dt.timedelta(days=i) for i in range(n)] if dates else list(range(-30, n - 30))
    frames = [
        pl.DataFrame({"line": name, "x": x, "y": np.cumsum(rng.normal(0.02 * (1 - i), 1, n))})
        for i, name in enumerate(names)
    ]
    title = "Cumulated return by session" if dates else "Mood in event time"
    return Chart("lines", title, pl.concat(frames), "" if dates else "Sessions since the first trading day", "Per cent")


def bars(rng: np.random.Generator) -> Chart:
    groups = ("First day", "Months 5 to 12, against the industry", "Calendar time")
    cells = [(g, b) for g in groups for b in ("High enthusiasm", "Low enthusiasm", "Difference")]
    frame = pl.DataFrame(cells, schema=["group", "bar"], orient="row").with_columns(
        **{k: pl.Series(v) for k, v in intervals(len(cells), rng, scale=8).items()}
    )
    return Chart("bars", "Returns by pre-IPO enthusiasm", frame, "", "Per cent", "Whiskers are 95 % intervals.")


def coefficients(rng: np.random.Generator) -> Chart:
    cells = [(g, f"{e}_pre_open") for g in ("High volatility", "Low volatility", "Difference") for e in NON_NEUTRAL]
    frame = pl.DataFrame(cells, schema=["group", "term"], orient="row").with_columns(
        **{k: pl.Series(v) for k, v in intervals(len(cells), rng, scale=3).items()}, p_value=0.04, n_obs=12_345
    )
    return Chart("coefficients", "For whom", frame, "Basis points per standard deviation")


def curve(rng: np.random.Generator) -> Chart:
    choices = {
        "scorer": ("default", "lexicon", "distilroberta"), "weights": ("equal", "log_followers", "one vote per author"),
        "min_posts": ("1", "5", "10", "25"), "sample": ("all", "without earnings days"),
    }  # fmt: skip
    cells = list(product(*choices.values()))
    frames = []
    for group, level in (("Happy", 2.5), ("Sad", -0.4), ("Fear", -1.6)):
        middle = np.sort(level + rng.normal(0, 1, len(cells)))
        half = 1.5 + rng.random(len(cells))
        picks = [cells[i] for i in rng.permutation(len(cells))]
        frames.append(
            pl.DataFrame(picks, schema=list(choices), orient="row").with_columns(
                group=pl.lit(group), estimate=pl.Series(middle), conf_low=pl.Series(middle - half),
                conf_high=pl.Series(middle + half), p_value=pl.Series(np.exp(-np.abs(middle / half) * 3)), n_obs=9_000,
                preferred=pl.Series([pick == cells[0] for pick in picks]),
            )
        )  # fmt: skip
    return Chart("curve", "Every specification", pl.concat(frames), "", "Basis points per standard deviation")


def heat(rng: np.random.Generator) -> Chart:
    cells = list(product(tuple(e.capitalize() for e in NON_NEUTRAL), ("Market return", "Range", "Volume", "Spread")))
    frame = pl.DataFrame(cells, schema=["row", "column"], orient="row").with_columns(
        value=pl.Series(rng.normal(0, 1, len(cells)))
    )
    return Chart("heat", "Which goes with which", frame, "To", "From, t-statistics of the sum of five lags")


def firms(rng: np.random.Generator, *, body: str | None = None) -> Chart:
    days = [dt.date(2020, 1, 1) + dt.timedelta(days=k) for k in range(60)]
    rows = [(f"F{f:02d}", day, "brightest" if k == 7 else "") for f in range(10) for k, day in enumerate(days)]
    frame = pl.DataFrame(rows, schema=["group", "x", "mark"], orient="row").with_columns(
        mood=pl.Series(rng.normal(0, 0.2, len(rows))), usual=pl.lit(0.05), posts=pl.Series(rng.integers(0, 99, len(rows))),
        price=pl.Series(100 * np.exp(rng.normal(0, 0.02, len(rows)).cumsum())),
    )  # fmt: skip
    post = {
        "mark": "brightest", "departure": 4.0, "mood": 0.5, "posts": 12, "texts": 9, "share_texts": 0.75,
        "share_promoted": 0.25, "return": 0.013, "moved": 0.2, "emotion": "happy", "probability": 0.81,
        "copies": 3, "platform": "twitter", "post_id": "123", "body": body,
        "created_at": dt.datetime(2020, 1, 8, 15, tzinfo=dt.UTC),
    }  # fmt: skip
    stories = pl.DataFrame(
        [{"group": f"F{f:02d}", "x": days[7], **post} for f in range(9)], schema_overrides={"body": pl.String}
    )
    return Chart("firms", "Firm by firm", frame, note="Triangles are unusual sessions.", stories=stories)


def finding(kind: str, rng: np.random.Generator, *, words: str = "") -> Finding:
    makers = {
        "bars": lambda: (bars(rng),), "fan": lambda: (fan(rng),), "coefficients": lambda: (coefficients(rng),),
        "lines": lambda: (lines(rng, dates=True), lines(rng, dates=False)),
        "curve": lambda: (curve(rng),), "heat": lambda: (heat(rng),),
        "firms": lambda: (firms(rng, body=words or None),),
    }  # fmt: skip
    terms = TERMS[kind]
    tests = pl.DataFrame(
        {
            "test": ["Welch t", "Mann-Whitney", "Permutation"],
            "statistic": [2.41, 1.98, None],
            "p_value": [0.016, 0.048, 0.0004],
        }
    )
    quantities = {
        "high_less_low": Quantity(
            "the first-day return for IPOs with high enthusiasm minus for IPOs with low enthusiasm",
            "percentage points",
            2,
        ),
        "happy_1": Quantity("the return one session after a rise in happiness", "basis points"),
    }
    return Finding(
        estimates=estimates(terms, rng, scale=3 if kind == "bars" else 1), n_obs=398, ledger=LEDGER,
        notes=("Standard errors are robust to heteroskedasticity.", "Two-sample tests do not assume equal variances."),
        quantities={t: q for t, q in quantities.items() if t in terms}, charts=makers[kind](),
        tables={"Two-sample tests": tests} if kind == "bars" else {},
    )  # fmt: skip


TERMS: dict[str, tuple[str, ...]] = {
    "bars": ("high_less_low", "bhar_5_12", "median_difference"),
    "fan": tuple(f"{e}_{h}" for e in NON_NEUTRAL for h in range(1, 6)),
    "lines": ("break_even_cost",),
    "coefficients": ("happy_pre_open:high_lagged_volatility",),
    "curve": ("share_significant",),
    "heat": ("happy_to_return", "return_to_happy"),
    "firms": ("bright_less_dark",),
}
LABELS = {
    "bars": "First-day and long-run returns", "fan": "How long it lasts", "lines": "Paths", "coefficients": "For whom",
    "curve": "What could break it", "heat": "Mood and market",
    "firms": "Days that stand out",
}  # fmt: skip


def sample(rng: np.random.Generator) -> Sample:
    n = 398
    data = pl.DataFrame(
        {
            "symbol": [f"IPO{i}" for i in range(n)],
            "offer_date": [dt.date(2012, 1, 3) + dt.timedelta(days=7 * i) for i in range(n)],
            "first_return": rng.normal(0.18, 0.3, n), "enthusiasm": rng.normal(0, 1, n), "bhar_3": rng.normal(0, 0.3, n),
            "industry": ["Software" if i % 2 else "Drugs" for i in range(n)],
        }
    )  # fmt: skip
    return Sample(data, LEDGER, {"days_before": 30, "min_posts": 5}, "IPOs")


def gallery(name: str = "gallery", *, words: str = "", kinds: tuple[str, ...] = KINDS) -> StudyResult:
    """A result with a finding of each kind and one that was skipped; `words` takes the place of every text."""
    rng = np.random.default_rng(11)
    specs = {kind: Request(words or LABELS[kind], TERMS[kind]) for kind in kinds}
    skipped = {"alphas": Request(words or "Alphas against factors", ("alpha",), samples=("factors",))}
    made = Study(
        name=name,
        question=words or "Does enthusiasm before an IPO go with its first day and its long run?",
        design=words
        or "One row an offer: enthusiasm of the posts in the thirty days before, the first close over the offer price.",
        papers=(words or "A paper (2021).",),
        samples={"ipos": None, "factors": None},
        specs={**specs, **skipped},
        primary=(kinds[0], TERMS[kinds[0]][0]),
        headline=((kinds[0], TERMS[kinds[0]][0]), *((("fan", "happy_1"),) if "fan" in kinds else ())),
        exhibits=(),
        expectations=(Expectation(kinds[0], TERMS[kinds[0]][0], "positive", words or "the abstract"),),
        published=(
            Published(words or "First-day return, high enthusiasm", words or "29.73 %", words or "EmTract, table 5"),
            Published(words or "First-day return, low enthusiasm", words or "17.59 %", words or "EmTract, table 5"),
        ),
        limits=(
            words or "Offers without posts before the first day are not in the sample.",
            words or "The sample is small.",
        ),
    )  # type: ignore[arg-type]
    findings = {kind: finding(kind, rng, words=words) for kind in kinds}
    return StudyResult(
        made, {"ipos": sample(rng)}, {}, findings, {"alphas": words or "this store does not give the sample factors"}
    )
