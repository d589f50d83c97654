"""A simulated study: 87 symbols, 500 sessions, six specs with known coefficients; no estimator is run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from emtract.econometrics.regression.result import Result
from emtract.econometrics.regression.spec import Spec
from emtract.emotions import EMOTIONS, NON_NEUTRAL
from emtract.ledger import Ledger
from emtract.panel.frame import CONTROLS, RETURNS, WINDOWS, Panel, Window
from emtract.provenance import InputFile, Provenance
from emtract.report.figures.export import find_browser
from emtract.study import Exhibit, Expectation, Study, StudyResult
from tests.report.browser import Browser, launched

DESIGNS: dict[str, tuple[str, Window, float]] = {
    "contemporaneous": ("return_open_close", "market", 40.0),
    "predictive": ("return_open_close", "pre_open", 4.0),
    "next": ("return_open_close_next", "market", -2.0),
}
PATTERN = {"valence": 1.0, "happy": 0.9, "sad": -0.3, "anger": -0.35, "disgust": -0.2, "surprise": 0.1, "fear": -0.55}


def simulated_panel(rng: np.random.Generator, *, symbols: list[str], sessions: int, start: int = 0) -> Panel:
    days = pl.date_range(dt.date(2017, 1, 3), dt.date(2020, 1, 1), interval="1d", eager=True)
    days = days.filter(days.dt.weekday() < 6)[start : start + sessions]
    n, wave = len(symbols) * sessions, np.tile(np.sin(np.arange(sessions) / 40), len(symbols))
    columns: dict[str, object] = {
        "symbol": np.repeat(np.array(symbols, dtype=object), sessions),
        "session": pl.concat([days] * len(symbols)),
    }
    columns |= {name: rng.normal(0, 0.02, n) for name in (*RETURNS, CONTROLS[0])}
    columns[CONTROLS[1]] = np.abs(rng.normal(0.02, 0.006, n))
    for window in WINDOWS:
        alpha = np.array([8.0, 3.0, 0.8, 0.9, 0.6, 0.9, 1.4]) * 2
        drawn = rng.gamma(alpha, size=(n, 7)) * np.exp(
            0.25 * wave[:, None] * np.array([0, 1, -0.4, -0.2, 0.1, 0.3, -0.9])
        )
        scores = drawn / drawn.sum(axis=1, keepdims=True)
        posts = rng.poisson(30 * np.exp(0.4 * wave))
        columns |= {f"{emotion}_{window}": scores[:, i] for i, emotion in enumerate(EMOTIONS)}
        columns[f"valence_{window}"] = scores[:, 1] - scores[:, [2, 3, 4, 6]].sum(axis=1)
        columns |= {
            f"attention_{window}": np.log1p(posts),
            f"n_posts_{window}": posts,
            f"n_authors_{window}": posts // 2,
        }
    ledger = (
        Ledger()
        .start("posts read", "posts", 1_904_112)
        .keep("distinct posts", 1_871_006, "the same post twice in the archive")
        .keep("posts with text", 1_866_540, "nothing left after cleaning")
        .start("post × symbol pairs", "post × symbol", 2_241_880, "a post counts for every symbol that it names")
        .keep("symbols with prices", 2_102_331, "no price series for the symbol")
        .start("firm-sessions with posts", "firm-sessions", 44_301, "aggregated by symbol and session")
        .keep("firm-sessions with a return", n, "no open or close on that session")
    )
    settings = {"window": "both", "weights": "log_followers", "min_posts": 5, "calendar": "XNYS"}
    return Panel(pl.DataFrame(columns), ledger, settings)


def specs() -> dict[str, Spec]:
    made = {}
    for design, (y, window, _) in DESIGNS.items():
        for kind, bases in (("valence", ("valence",)), ("emotions", NON_NEUTRAL)):
            x, controls = tuple(f"{b}_{window}" for b in bases), (f"attention_{window}", *CONTROLS)
            made[f"{design}_{kind}"] = Spec(
                y=y, x=x, controls=controls, effects=("symbol", "session"), covariance="clustered",
                clusters=("symbol", "session"), small_sample="fixest", standardise=x, y_scale=10_000,
                label=f"{design.capitalize()}, {kind}",
            )  # fmt: skip
    return made


def true_value(name: str, term: str) -> float:
    scale = DESIGNS[name.partition("_")[0]][2]
    base = term.removesuffix("_market").removesuffix("_pre_open")
    return PATTERN[base] * scale if base in PATTERN else {"attention": 1.5, "lagged_return": -210.0}.get(base, 88.0)


def hand_made(name: str, spec: Spec, panel: Panel, rng: np.random.Generator) -> Result:
    k = len(spec.regressors)
    errors = np.array([1.1 if t in spec.x else 45.0 if t in CONTROLS else 0.7 for t in spec.regressors])
    truth = np.array([true_value(name, t) for t in spec.regressors])
    ledger = Ledger().start("panel rows", "firm-sessions", panel.data.height)
    ledger = ledger.keep("complete rows", panel.data.height - 1_204, "a regressor or the return is missing")
    return Result(
        spec=spec, coefficients=truth + rng.normal(0, errors), covariance=np.diag(errors**2),
        critical_df=86, n_obs=panel.data.height - 1_204, n_levels={"symbol": 87, "session": 500}, r2_within=0.0213,
        means=np.full(k, 0.1), sds=np.full(k, 0.05), ledger=ledger,
    )  # fmt: skip


def study(name: str = "daily_returns") -> Study:
    return Study(
        name=name,
        question="Do the emotions that investors voice in the morning tell where the price goes during the day?",
        design=(
            "Daily returns on the emotions of StockTwits posts in the same session, before its open, and in the session "
            "before, with firm and session fixed effects and errors clustered by both."
        ),
        papers=("Vamossy, D. F. and Skog, R. (2025). EmTract: Investor Emotions and Market Behavior.",),
        specs=specs(),
        exhibits=(
            Exhibit("Valence and returns", ("contemporaneous_valence", "predictive_valence", "next_valence")),
            Exhibit("Emotions and returns", tuple(specs()), note="Neutral is the omitted category."),
        ),
        primary=("predictive_valence", "valence_pre_open"),
        headline=(("predictive_valence", "valence_pre_open"), ("contemporaneous_valence", "valence_market")),
        expectations=(
            Expectation("contemporaneous_valence", "valence_market", "positive", "EmTract, table 7"),
            Expectation("predictive_emotions", "fear_pre_open", "negative", "EmTract, table 8"),
            Expectation("next_emotions", "happy_market", "negative", "reversal within days"),
        ),
    )


@dataclass(frozen=True)
class Inputs:
    """Everything that write_study() needs."""

    result: StudyResult
    provenance: Provenance
    truth: pl.DataFrame


def make_provenance(*, files: int = 175, path: str = "posts/{:03d}.json.zst") -> Provenance:
    return Provenance(
        versions={"emtract": "0.1.0", "python": "3.11.9", "duckdb": "2.0.0", "polars": "2.1.0"},
        scorer="emtract-base",
        revision="2026.1",
        cleaner="3",
        settings={"window": "pre_open", "min_posts": 5, "half_life": None},
        inputs=tuple(
            InputFile(path.format(i), "stocktwits", f"{i:064x}", 1_000_000 + i, 10_880, i % 3) for i in range(files)
        ),
        sql={"panel/firm_session.sql": "a" * 64, "staging/posts.sql": "b" * 64},
    )


def make_result(study: Study, panel: Panel, rng: np.random.Generator) -> StudyResult:
    return StudyResult(
        study, {"firm_sessions": panel}, {name: hand_made(name, spec, panel, rng) for name, spec in study.specs.items()}
    )


@pytest.fixture(scope="session")
def inputs() -> Inputs:
    rng = np.random.default_rng(7)
    panel = simulated_panel(rng, symbols=[f"SYM{i:02d}" for i in range(87)], sessions=500)
    made = study()
    truth = pl.DataFrame(
        [(name, term, true_value(name, term)) for name, spec in made.specs.items() for term in spec.x],
        schema={"spec": pl.String, "term": pl.String, "truth": pl.Float64},
        orient="row",
    )
    return Inputs(make_result(made, panel, rng), make_provenance(), truth)


@pytest.fixture(scope="session")
def page(inputs: Inputs, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from emtract.report.study.page import write_study

    folder = tmp_path_factory.mktemp("reports")
    write_study(
        inputs.result,
        inputs.provenance,
        folder,
        notice="Synthetic data: no post here was ever written.",
        truth=inputs.truth,
    )
    return folder


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One for all pages; a wider scope would leave its event loop running beneath other tests."""
    if (found := find_browser()) is None:
        pytest.skip("no Chrome or Chromium on the path")
    with launched(found) as opened:
        yield opened
