"""README.md, docs/studies.md: what the studies of two archives show."""

from __future__ import annotations

from typing import Any, Final

import polars as pl

from emtract.econometrics.analyses.forecast.firms import BEAT
from emtract.econometrics.analyses.forecast.summary import ADJUSTED, R2
from emtract.econometrics.portfolio.summary import SPREAD
from emtract.words.numbers import decimals_for, p_text, signed
from tests.docs.cells import REPORTS, ranged
from tests.docs.two_archives import result, unit
from tests.markdown import table


def _row(page: str, spec: str, term: str) -> dict[str, Any]:
    frame = pl.read_csv(REPORTS / page / "estimates.csv", infer_schema_length=None)
    return frame.row(by_predicate=(pl.col("spec") == spec) & (pl.col("term") == term), named=True)


def _whole(page: str, spec: str, term: str, unit: str = "") -> str:
    """An estimate of a page with its interval."""
    return ranged(_row(page, spec, term), unit=unit)


def found() -> str:
    """What two archives show of the first study."""
    wanted = {
        "happiness in market hours and the return of the same session": ("contemporaneous_emotions", "happy_market"),
        "valence in market hours and the return of the same session": ("contemporaneous_valence", "valence_market"),
        "happiness before the open and the return of the session that opens": ("predictive_emotions", "happy_pre_open"),
        "valence before the open and the return of the session that opens": ("predictive_valence", "valence_pre_open"),
    }
    rows = [
        (words, _whole("daily_returns", *name), _whole("stocktwits/daily_returns", *name))
        for words, name in wanted.items()
    ]
    return table(("basis points per standard deviation (95 % interval)", "StockNet", "StockTwits"), rows)


def primary() -> str:
    """The number by which each study answers its question, on two archives."""
    rows = pl.read_csv(REPORTS / "results.csv").with_columns(pl.col("archive").fill_null("")).filter(role="primary")
    shown = {(row["study"], row["archive"]): row for row in rows.iter_rows(named=True)}
    cells = []
    for study in sorted({study for study, archive in shown if archive in ("", "stocktwits")}):
        found = [shown.get((study, archive)) for archive in ("", "stocktwits")]
        words = next(f"{row['label']}: {row['words']}" for row in found if row)
        measured = next(unit(row) for row in found if row)
        cells.append((f"`{study}`", words, measured, *("" if row is None else result(row) for row in found)))
    return table(("study", "primary number", "unit", "StockNet", "StockTwits"), cells)


def counted() -> str:
    """How many lines, posts and firm-sessions are behind them."""
    told = []
    for name, folder in {"StockNet": "daily_returns", "StockTwits": "stocktwits/daily_returns"}.items():
        ledger = pl.read_csv(REPORTS / folder / "attrition.csv").filter(pl.col("spec").fill_null("") == "")
        rows = dict(ledger.select("step", "rows_out").iter_rows())
        lines, posts, cells = (rows[s] for s in ("lines read", "distinct posts", "firm-sessions with a price"))
        told.append(f"{name}: {lines:,} lines, {posts:,} distinct posts, {cells:,} firm-sessions with a price.")
    return "\n".join(told)


def _share(page: str, spec: str, term: str) -> str:
    return f"{100 * _row(page, spec, term)['estimate']:.0f} %"


def stocknet() -> str:
    """What the studies show on StockNet."""
    same, opens = ("robustness", "contemporaneous"), ("robustness", "opens")
    specs = {name: _specifications(name) for _, name in (same, opens)}
    signs = _share(*same, "share_positive")
    pages = pl.read_csv(REPORTS / "daily_returns/estimates.csv", infer_schema_length=None)
    ahead = pages.filter(
        pl.col("spec").is_in(["predictive_emotions", "next_emotions"]),
        ~pl.col("term").str.contains("attention|lagged"),
    )
    least = ahead.sort("p_value").row(0, named=True)
    adjusted = _row("daily_returns", least["spec"].replace("emotions", "family"), least["term"])["p_value"]
    when = {"predictive_emotions": "session that opens", "next_emotions": "session after it"}[least["spec"]]
    gap = "valence_market_followed - valence_market_unfollowed"
    return "\n".join(
        (
            f"- **Same session.** Valence in market hours and the return of its own session: "
            f"{_share(*same, 'share_significant')} of {specs['contemporaneous']} specifications are significant,\n  and {signs} "
            "are positive. The specifications share data and are not independent tests.",
            f"- **Session that opens.** Valence before the open and the return of that session: "
            f"{_share(*opens, 'share_significant')} of {specs['opens']} specifications are significant,\n  and "
            f"{_share(*opens, 'share_placebos_rejecting')} of placebos. The smallest p-value among the {ahead.height} "
            "coefficients on the session that opens and the one after it is\n  "
            f"{least['p_value']:.2f} ({least['term'].split('_')[0]}, {when}); Romano-Wolf adjusted over its "
            f"six emotions, {adjusted:.2f}.",
            "- **Ranges.** What a standard deviation of disagreement before the open adds to the range: "
            f"{_whole('volatility_volume', 'predictive_parkinson_mood', 'disagreement_pre_open', ' %')}.",
            "- **Whose posts.** The slope of the return on the valence of followed authors less the slope on others' valence:\n  "
            f"{_whole('authors', 'contemporaneous_followers_valence_gap', gap, ' basis points')}.",
            "- **Trading on it.** What sorting on valence earns a session, before costs: "
            f"{_whole('portfolio', 'valence', SPREAD, ' basis points')}.",
        )
    )


def _specifications(curve: str) -> int:
    """Specifications that a curve of the page on robustness estimated."""
    steps = pl.read_csv(REPORTS / "robustness/attrition.csv").filter(spec=curve, step="estimated")
    return int(steps["rows_out"].item())


def stocktwits() -> str:
    """What the studies show on StockTwits."""
    ledger = pl.read_csv(REPORTS / "stocktwits/daily_returns/attrition.csv").filter(pl.col("step") == "distinct posts")
    news, firm = "stocktwits/news", "stocktwits/one_firm"
    rows = [
        ("same session", _whole(news, "contemporaneous_valence_all", "valence_market")),
        ("same session, calm sessions alone", _whole(news, "contemporaneous_valence_calm", "valence_market")),
        ("same session, given the stance that writers declare", _whole(news, "contemporaneous_valence_stance", "valence_market")),
        ("the firm with the most posts, same session", _whole(firm, "same_valence", "valence_market")),
        ("the firm with the most posts, session after", _whole(firm, "next_valence", "valence_market")),
    ]  # fmt: skip
    told = table(("basis points per standard deviation of valence in market hours (95 % interval)", "estimate"), rows)
    return f"Of {ledger['rows_out'][0]:,} messages:\n\n{told}"


#: Forecast -> what it is called.
_FORECASTS: Final = {
    "opens_valence": "valence, session that opens",
    "opens_emotions": "six emotions, session that opens",
    "next_valence": "valence, close to next close",
    "market_valence": "valence of all posts, the market's session",
    "range_attention": "attention, log range",
}


def forecasts() -> str:
    """What moods before the open forecast on two archives, out of sample."""
    pages = {"StockNet": "out_of_sample", "StockTwits": "stocktwits/out_of_sample"}
    rows = [(words, *(_forecast(page, spec) for page in pages.values())) for spec, words in _FORECASTS.items()]
    beating = (_beating(page, "opens_valence") for page in pages.values())
    sessions = (f"{name}, {int(_row(page, 'opens_valence', R2)['n_obs']):,} sessions" for name, page in pages.items())
    return table(("", *sessions), [*rows, ("firms that beat the mean: valence, session that opens", *beating)])


def _forecast(page: str, spec: str) -> str:
    found, test = _row(page, spec, R2), _row(page, spec, ADJUSTED)
    digits = decimals_for([found["std_error"]], digits=2)
    return f"{signed(found['estimate'], digits)} ({signed(found['std_error'], digits)}), {p_text(test['p_value'])}"


def _beating(page: str, spec: str) -> str:
    found = _row(page, spec, BEAT)
    return f"{found['estimate']:.0f} of {found['n_obs']:.0f}"
