"""Figures of the page of instruments: agreement of pairs, what one takes for what, firm-sessions, headline numbers, files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from emtract.econometrics.finding import Chart
from emtract.emotions import EMOTIONS
from emtract.words.names import term_name

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Column of the pairs -> what its button says.
MEASURES: Final = {
    "pearson": "Valence, Pearson",
    "spearman": "Valence, Spearman",
    "kappa": "Labels, kappa",
    "same_label": "Labels, share",
    "valence_kappa": "Valence class, kappa",
    "confidence": "Confidence",
}
_LEADERBOARD: Final = {
    "accuracy": "Accuracy",
    "macro_f1": "Macro-F1",
    "log_loss": "Log loss",
    "valence_accuracy": "Valence accuracy",
}
#: A dot needs an interval's columns.
_DOTS: Final = ("group", "term", "estimate", "conf_low", "conf_high", "p_value", "n_obs")


def agreement_chart(pairs: pl.DataFrame) -> Chart:
    """Every pair of instruments on all texts, a button a measure."""
    whole = pairs.filter(pl.col("slice") == "all")
    names = list(dict.fromkeys([*whole["first"], *whole["second"]]))
    told = {(one, two): row for row in whole.iter_rows(named=True) for one, two in _both(row["first"], row["second"])}
    rows = [
        (said, one, two, told[one, two][name] if one != two else None)
        for name, said in MEASURES.items()
        if whole[name].count()
        for one in names
        for two in names
    ]
    schema = {"group": pl.String, "row": pl.String, "column": pl.String, "value": pl.Float64}
    return Chart("heat", "Agreement of each pair", pl.DataFrame(rows, schema=schema, orient="row"))


def _both(one: str, two: str) -> tuple[tuple[str, str], tuple[str, str]]:
    return (one, two), (two, one)


def slices_chart(pairs: pl.DataFrame) -> Chart:
    """Kappa of three-class valence by what makes instruments differ, a button a pair."""
    parts = pairs.filter(pl.col("slice") != "all").drop_nulls("valence_kappa")
    frame = parts.select(
        group=pl.format("{} and {}", "first", "second"),
        bar="level",
        estimate="valence_kappa",
        conf_low="valence_kappa_low",
        conf_high="valence_kappa_high",
        n_obs="n",
    ).with_columns(bar=pl.when(parts["slice"] == "year").then(pl.format("posted in {}", "bar")).otherwise("bar"))
    return Chart("bars", "Where two instruments agree", frame, "", "kappa of valence class")


def confusion_charts(confusions: pl.DataFrame) -> dict[str, Chart]:
    """What the second reads where the first reads something, a button a pair: labels, and valence classes of other pairs."""
    of_labels = pl.col("of_first").is_in(EMOTIONS).all().over("first", "second")
    charts = {}
    for name, title, kept in (
        ("labels", "What one takes for what", of_labels),
        ("classes", "Valence classes beside an instrument of valence only", ~of_labels),
    ):
        frame = confusions.filter(kept).select(
            group=pl.format("{} (rows), {} (columns)", "first", "second"),
            row=pl.col("of_first").str.to_titlecase(),
            column=pl.col("of_second").str.to_titlecase(),
            value=100 * pl.col("share"),
        )
        charts[name] = Chart("heat", title, frame, "", "per cent of the row")
    return charts


def means_chart(means: pl.DataFrame) -> Chart:
    """Correlation of a firm-session's valence by the posts behind it, a button a window."""
    known = means.filter(pl.col("mood") == "valence").drop_nulls("correlation")
    frame = known.select(
        group=pl.format("{} and {}, {}", "first", "second", pl.col("window").replace("pre_open", "pre-open")),
        bar=posts_words(),
        estimate="correlation",
        conf_low="conf_low",
        conf_high="conf_high",
        n_obs="cells",
    )
    return Chart("bars", "Valence of firm-sessions under two instruments", frame, "", "correlation")


def posts_words() -> pl.Expr:
    """Say how many posts the cells of a row have."""
    least, most = pl.col("least").cast(pl.String), pl.col("most").cast(pl.String)
    open_ended = pl.when(pl.col("least") == 1).then(pl.lit("all cells")).otherwise(least + pl.lit(" posts and more"))
    return (
        pl.when(pl.col("most").is_null()).then(open_ended).otherwise(least + pl.lit(" to ") + most + pl.lit(" posts"))
    )


def headline_charts(headlines: pl.DataFrame) -> Iterator[tuple[str, Chart]]:
    """Study -> its headline numbers under each instrument, dots with intervals, a button a number."""
    for (study,), rows in headlines.drop_nulls("estimate").group_by("study", maintain_order=True):
        term = pl.col("term").map_elements(term_name, return_dtype=pl.String)
        repeated = rows["label"].n_unique() < rows.select("spec", "term").n_unique()
        named = pl.format("{}: {}", "label", term) if repeated else pl.col("label")
        frame = rows.with_columns(group=named, term=pl.format("by {}", "scorer")).select(_DOTS)
        units = list(dict.fromkeys(rows["unit"]))
        yield str(study), Chart("coefficients", str(rows["question"][0]), frame, units[0] if len(units) == 1 else "")


def leaderboard_chart(table: pl.DataFrame) -> Chart:
    """Each measure of each file, dots with intervals, a button a measure and file."""
    several = table["file"].n_unique() > 1
    parts = [
        table.drop_nulls(name).select(
            group=pl.lit(said) + (pl.lit(", ") + pl.col("file") if several else pl.lit("")),
            term=pl.format("by {}", pl.col("scorer").str.split("@").list.first()),
            estimate=name,
            conf_low=f"{name}_low",
            conf_high=f"{name}_high",
            p_value=pl.lit(None, pl.Float64),
            n_obs="n",
        )
        for name, said in _LEADERBOARD.items()
    ]
    return Chart("coefficients", "Scorers on labelled files", pl.concat(parts))
