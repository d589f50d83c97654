"""Tables of the page of an audit: every cell is already text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from emtract.emotions import EMOTIONS
from emtract.report.tables.table import Table, text_table
from emtract.words.names import term_name, words
from emtract.words.numbers import NONE, decimals_for, p_text, percent, signed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl

    from emtract.report.audit.findings import Audit

#: Variant -> what it is called.
VARIANT_NAMES: Final[Mapping[str, str]] = {
    "names": "Names of firms",
    "tickers": "Tickers without $",
    "products": "Products",
    "people": "People",
    "events": "Events",
    "dates": "Months and quarters",
    "all": "All together",
    "placebo": "Placebo: other words",
}
#: Reading -> what it is called in the test of later returns.
_READINGS: Final[Mapping[str, str]] = {"all": "Firm and date", "placebo": "Other words (placebo)"}
_MONTHS: Final[Mapping[str, str]] = {"later": "Month after", "before": "Month before"}


def channel_table(audit: Audit) -> Table:
    """What gives way: texts with it, their share, and the commonest terms."""
    rows = []
    for row in audit.changes.iter_rows(named=True):
        if row["variant"] in ("all", "placebo"):
            continue
        own = audit.terms.filter(audit.terms["channel"] == row["variant"])["term"].to_list()
        rows.append([VARIANT_NAMES[row["variant"]], f"{row['texts']:,}", percent(row["share"]), ", ".join(own) or NONE])
    return text_table(
        "What is made neutral", ["Kind", "Texts", "Share", "Commonest"], rows, numeric=[False, True, True, False]
    )


def change_table(audit: Audit) -> Table:
    """What each kind changes, and all of them, beside the placebo."""
    rows = [[VARIANT_NAMES[row["variant"]], *_change_cells(row)] for row in audit.changes.iter_rows(named=True)]
    return text_table("What changes", ["Made neutral", *_CHANGES], rows)


_CHANGES: Final = ("Texts", "Other label", "95\u00a0% interval", "Of all texts", "|Δ| valence", "Mean Δ valence (s.e.)")


def _change_cells(row: Mapping[str, Any]) -> list[str]:
    if not row["texts"]:
        return ["0", *[NONE] * 5]
    error = "" if row["se_valence"] is None else f" ({row['se_valence']:.4f})"
    return [
        f"{row['texts']:,}",
        percent(row["labels"]),
        f"{100 * row['low']:.1f} to {100 * row['high']:.1f}",
        percent(row["labels_of_all"]),
        f"{row['abs_valence']:.4f}",
        f"{signed(row['mean_valence'], 4)}{error}",
    ]


def emotion_table(audit: Audit) -> Table:
    """Mean absolute change of each probability."""
    rows = [
        [VARIANT_NAMES[row["variant"]], *(f"{row[f'abs_{name}']:.4f}" if row["texts"] else NONE for name in EMOTIONS)]
        for row in audit.changes.iter_rows(named=True)
    ]
    return text_table("Mean absolute change of each emotion", ["Made neutral", *map(term_name, EMOTIONS)], rows)


def group_table(frame: pl.DataFrame, title: str) -> Table:
    """Changes of all kinds together by year or by symbol."""
    rows = [[row["group"], f"{row['audited']:,}", *_change_cells(row)] for row in frame.iter_rows(named=True)]
    return text_table(title, ["Group", "Audited", *_CHANGES], rows)


def ahead_table(audit: Audit) -> Table:
    """What firm and date, and the placebo's words, add beside the returns of two months."""
    rows = [
        [
            _MONTHS[row["month"]],
            _READINGS[row["reading"]],
            signed(row["estimate"], 1),
            f"{row['std_error']:.1f}",
            _interval(row, "", 1),
            p_text(row["p_value"]),
            f"{row['power']:,.1f}",
            f"{row['sd']:.4f}",
            f"{row['n_obs']:,}",
            f"{row['firms']:,}",
        ]
        for row in audit.ahead.iter_rows(named=True)
    ]
    headings = [
        "Return of the",
        "Valence added by",
        "Basis points",
        "Std. error",
        "95\u00a0% interval",
        "p",
        "Would show",
        "Std. dev.",
        "N",
        "Firms",
    ]
    return text_table(
        "Added valence and the returns of two months", headings, rows, numeric=[False, False, *[True] * 8]
    )


def coefficient_table(audit: Audit) -> Table:
    """Every headline number on both readings, and the difference."""
    rows = []
    for row in audit.coefficients.iter_rows(named=True):
        decimals = decimals_for([row["plain_std_error"] or row["plain_estimate"]], least=2, digits=2)
        told = "" if row["difference_p_value"] is None else p_text(row["difference_p_value"])
        rows.append(
            [
                words(row["study"]),
                f"{row['label']}: {term_name(row['term'])}",
                _estimate(row["plain_estimate"], _interval(row, "plain_", decimals), decimals),
                _estimate(row["neutral_estimate"], _interval(row, "neutral_", decimals), decimals),
                _estimate(row["difference"], _interval(row, "difference_", decimals), decimals),
                told,
                f"{row['n_obs']:,}",
            ]
        )
    headings = ["Study", "Number", "As read (95\u00a0%)", "Neutral (95\u00a0%)", "Difference (95\u00a0%)", "p", "N"]
    return text_table("Headline numbers on both readings", headings, rows, numeric=[False, False, *[True] * 5])


def _estimate(value: float, interval: str, decimals: int) -> str:
    return f"{signed(value, decimals)} ({interval})" if interval else signed(value, decimals)


def vintage_table(audit: Audit) -> Table:
    """Training texts of the scorer and their days."""
    rows = [
        [
            v.corpus,
            v.what,
            NONE if v.first is None or v.last is None else f"{v.first:%b %Y} to {v.last:%b %Y}",
            "yes" if v.securities else "no",
            v.source,
        ]
        for v in audit.vintages
    ]
    headings = ["Corpus", "Texts", "Written", "About securities", "Source of the dates"]
    return text_table("Training texts", headings, rows, numeric=[False] * 5)


def year_table(audit: Audit) -> Table:
    """Posts by year, and where they stand against the training texts."""
    years = audit.years["year"].unique().sort()
    counts = {(row["year"], row["place"]): row["posts"] for row in audit.years.iter_rows(named=True)}
    rows = [[str(year), *(f"{counts.get((year, place), 0):,}" for place in _PLACES)] for year in years]
    return text_table("Posts by year", ["Year", "Before", "Inside", "After"], rows)


_PLACES: Final = ("before", "inside", "after")


def _interval(row: Mapping[str, Any], prefix: str, decimals: int) -> str:
    low, high = row[f"{prefix}conf_low"], row[f"{prefix}conf_high"]
    return "" if low is None or high is None else f"{signed(low, decimals)} to {signed(high, decimals)}"


def shares(audit: Audit) -> Sequence[tuple[str, str]]:
    """What the cleaner hides from any reader already, and in how many texts."""
    return [(row["what"], percent(row["share"])) for row in audit.hidden.iter_rows(named=True)]
