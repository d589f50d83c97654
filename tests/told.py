"""Figures that the documentation tells of results, each read from a committed table: `python -m tests.docs` writes them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import polars as pl

from emtract.econometrics.portfolio.sort import SPREAD
from tests.markdown import table

REPORTS = Path(__file__).parent.parent / "reports"


def _row(page: str, spec: str, term: str) -> dict[str, Any]:
    frame = pl.read_csv(REPORTS / page / "estimates.csv", infer_schema_length=None)
    return frame.row(by_predicate=(pl.col("spec") == spec) & (pl.col("term") == term), named=True)


def _number(value: float, digits: int) -> str:
    return f"{value:,.{digits}f}".replace("-", "\u2212")


def _interval(page: str, spec: str, term: str, *, digits: int = 1) -> str:
    low, high = (_number(_row(page, spec, term)[end], digits) for end in ("conf_low", "conf_high"))
    return f"{low} to {high}"


def _whole(page: str, spec: str, term: str, unit: str = "", *, digits: int = 1) -> str:
    """An estimate with its interval."""
    return f"{_number(_row(page, spec, term)['estimate'], digits)}{unit} ({_interval(page, spec, term, digits=digits)})"


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
            f"- **Same session.** Emotions move with the return of their own session: "
            f"{_share(*same, 'share_significant')} of {specs['contemporaneous']} specifications are significant,\n  and {signs} "
            "are positive. The specifications share data and are not independent tests.",
            f"- **Session that opens.** Emotions before the open say nothing distinguishable: "
            f"{_share(*opens, 'share_significant')} of {specs['opens']} specifications are significant,\n  and "
            f"{_share(*opens, 'share_placebos_rejecting')} of placebos. The smallest p-value among the {ahead.height} "
            "coefficients on the session that opens and the one after it is\n  "
            f"{least['p_value']:.2f} ({least['term'].split('_')[0]}, {when}); Romano-Wolf adjusted over its "
            f"six emotions, {adjusted:.2f}.",
            "- **Ranges.** Disagreement before the open goes with a range wider by "
            f"{_whole('volatility_volume', 'predictive_parkinson_mood', 'disagreement_pre_open', ' %')}.",
            "- **Whose posts.** The valence of followed authors goes with returns more than the valence of other authors, by\n  "
            f"{_whole('authors', 'contemporaneous_followers_valence_gap', gap, ' basis points')}.",
            "- **Trading on it.** Sorting on valence earns a session, before costs, "
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


def _bench(name: str) -> dict[str, dict[str, Any]]:
    return {row["name"]: row for row in json.loads((REPORTS / f"benchmarks/{name}.json").read_text("utf-8"))}


def speeds() -> str:
    """Posts a second of each setting of the model."""
    told = _bench("model")
    settings = {
        "`fast`, one process": "tier fast: posts",
        "`fast`, two processes": "tier fast: posts, all cores",
        "`default`, one process": "tier default: posts",
        "`exact`, one process": "tier exact: posts",
        "the DistilBERT of the comparison": "comparator",
    }
    rows = [(words, f"{told[name]['value']:,.0f}", told[name]["note"]) for words, name in settings.items()]
    ratio, bare = told["ratio: posts, cleaning on both sides"], told["ratio: model only"]
    return table(("setting", "posts/s", "measured on"), rows) + (
        f"\n\nOn the same posts `default` reads {ratio['value']:.0f} times as many a second as the DistilBERT with "
        f"cleaning on both sides, and {bare['value']:.0f} times without cleaning."
    )


def archives() -> str:
    """An archive from raw files to scores."""
    told = _bench("archive")

    def value(name: str, form: str = ",.0f") -> str:
        return f"{told[name]['value']:{form}} {told[name]['unit']}"

    memory = max(int(n.replace(",", "")) for n in re.findall(r"workers ([\d,]+) MB", told["large, ingest"]["note"]))
    rows = [
        (f"{told['small archive']['value']:,} lines, raw files to scores in DuckDB: `default`",
         f"{value('raw files to scores, default')}, {value('ratio, default')} EmTract's way"),
        ("the same, `fast`", f"{value('raw files to scores, fast')}, {value('ratio, fast')}"),
        (f"ingest and clean, {told['large archive']['value']:,} lines", value("large, ingest and clean")),
        ("memory of ingest, workers included, without a model", f"{memory:,} MB"),
        ("time a line against the small archive (constant scorer)", value("growth", ".2f")),
        ("nothing to do", value("large, nothing", ".1f")),
        ("store", told["large, store"]["note"]),
    ]  # fmt: skip
    steps = {
        "ingest and clean": "ingest and clean",
        "score with `fast`": "score, fast",
        "score with `default`": "score, default",
    }
    cores = ("2 cores", "32 cores")
    hours = [(words, *(f"{told[f'{n}: {step}']['value']:,.1f} hours" for n in cores)) for words, step in steps.items()]
    many = table(("550 million posts", "two cores", "32 such cores, if scoring scales with the cores"), hours)
    return f"{table(('what', 'figure'), rows)}\n\n{many}"


def panels() -> str:
    """How long a regression takes, and its memory."""
    told = _bench("panel")
    fits = [name.removesuffix(": estimate") for name in told if name.endswith(": estimate")]
    rows = []
    for name in fits:
        size, engine = name.split(" rows, ")
        seconds, memory = told[f"{name}: estimate"]["value"], told[f"{name}: memory"]["value"]
        rows.append((size, engine, f"{seconds:,.1f} s", f"{memory:,} MB"))
    return table(("firm-sessions", "engine", "time", "memory"), rows)


def validation() -> str:
    """What simulated data sets say of intervals and tests."""
    rows = pl.read_csv(REPORTS / "validation/coverage.csv", infer_schema_length=None)
    stated = re.search(
        r"^(\d+) of (\d+) numbers that have a target are inside it",
        (REPORTS / "validation/README.md").read_text("utf-8"),
        re.MULTILINE,
    )
    assert stated
    covered = rows.filter(pl.col("target") == "coverage")
    sizes = covered.filter("is_null")
    return (
        f"Over {covered.height} numbers of {rows['design'].n_unique()} designs, 95 % intervals hold the truth in "
        f"{100 * covered['coverage'].mean():.1f} % of the draws on average, and tests of\nwhat is zero reject in "
        f"{100 * sizes['rejection'].mean():.1f} %. {stated[1]} of {stated[2]} numbers with a target are inside it; "
        "the others are marked."
    )
