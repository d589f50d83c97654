"""Tables of the page of instruments: every cell is already text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from emtract.report.tables.table import Column, Row, Table, text_table
from emtract.words.names import lower_first, term_name
from emtract.words.numbers import NONE, decimals_for, p_text, percent, signed, stars, unit_short

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from emtract.report.compare.found import Instrument


def instruments_table(instruments: Iterable[Instrument]) -> Table:
    """Who is compared, what it tells apart, and where its readings come from."""
    rows = [
        [
            one.name,
            one.revision,
            "valence" if one.valence_only else "seven emotions",
            f"{one.posts:,} posts of the store" if one.posts else "read for this page",
        ]
        for one in instruments
    ]
    return text_table("Instruments", ("Scorer", "Revision", "Tells apart", "Readings"), rows, numeric=[False] * 4)


def pairs_table(pairs: pl.DataFrame) -> Table:
    """Each pair on all texts."""
    rows = [
        [
            f"{row['first']} and {row['second']}",
            f"{row['n']:,}",
            percent(row["same_label"]),
            _within(row, "kappa", "kappa_low", "kappa_high"),
            percent(row["same_valence"]),
            _within(row, "valence_kappa", "valence_kappa_low", "valence_kappa_high"),
            *(signed(row[name], 3) for name in ("pearson", "spearman", "confidence")),
        ]
        for row in pairs.filter(pl.col("slice") == "all").iter_rows(named=True)
    ]
    headings = (
        "Pair", "Texts", "Same label", "Kappa of labels", "Same valence class", "Kappa of valence class", "Valence, Pearson",
        "Valence, Spearman", "Confidence",
    )  # fmt: skip
    return text_table("Agreement of each pair", headings, rows)


def means_table(means: pl.DataFrame) -> Table:
    """Correlation of firm-sessions, whatever the number of posts behind them."""
    shown = means.filter(pl.col("least") == 1, pl.col("most").is_null())
    rows = [
        [
            f"{row['first']} and {row['second']}",
            term_name(f"{row['mood']}_{row['window']}"),
            f"{row['cells']:,}",
            _within(row, "correlation", "conf_low", "conf_high"),
            f"{row['units_cells']:,}",
            _within(row, "disattenuated", "disattenuated_low", "disattenuated_high"),
        ]
        for row in shown.iter_rows(named=True)
    ]
    headings = ("Pair", "Mood", "Cells", "Correlation", "Cells with halves", "Freed of few posts")
    numeric = (False, False, True, True, True, True)
    tones = shown["mood"].to_list()
    return text_table("Correlation of firm-session means", headings, rows, numeric=numeric, tones=tones, toned=1)


def headlines_table(headlines: pl.DataFrame) -> Table:
    """Each headline number under each instrument, a group a number."""
    headings = ("Scorer", "Estimate", "95\u00a0% interval", "p", "N")
    lines: list[Row] = []
    for (study, label, term), own in headlines.group_by("study", "label", "term", maintain_order=True):
        lines.append(Row((f"{study}: {label}, {lower_first(term_name(str(term)))}",), "group"))
        lines += [Row(tuple(_number(row))) for row in own.iter_rows(named=True)]
    columns = tuple(Column(heading, numeric=i > 0) for i, heading in enumerate(headings))
    return Table("Headline numbers by instrument", columns, tuple(lines))


def _number(row: dict[str, Any]) -> list[str]:
    if row["estimate"] is None:
        return [row["scorer"], NONE, "not estimated", NONE, NONE]
    digits = decimals_for([row["std_error"] or row["estimate"]], digits=2)
    star = "" if row["p_value"] is None else stars(row["p_value"])
    unit = f" {unit_short(row['unit'])}" if row["unit"] else ""
    known = row["conf_low"] is not None
    interval = f"{signed(row['conf_low'], digits)} to {signed(row['conf_high'], digits)}" if known else NONE
    n = NONE if row["n_obs"] is None else f"{row['n_obs']:,}"
    return [row["scorer"], f"{signed(row['estimate'], digits)}{star}{unit}", interval, p_text(row["p_value"]), n]


def leaderboard_table(table: pl.DataFrame) -> Table:
    """Scorers on labelled files, with differences to the first."""
    names = {
        "accuracy": "Accuracy",
        "macro_f1": "Macro-F1",
        "log_loss": "Log loss",
        "valence_accuracy": "Valence accuracy",
    }
    rows = []
    for row in table.iter_rows(named=True):
        cells = [
            cell for name in names for cell in (_within(row, name, f"{name}_low", f"{name}_high"), _less(row, name))
        ]
        seen = {True: "yes", False: "no", None: "not known"}[row["seen"]]
        rows.append([row["file"], row["scorer"], f"{row['n']:,}", *cells, seen])
    headings = [text for name in names.values() for text in (name, "less the first")]
    marks = [False, False, True, *[True] * len(headings), False]
    return text_table(
        "Scorers on labelled files", ["File", "Scorer", "N", *headings, "Trained on it"], rows, numeric=marks
    )


def _less(row: dict[str, Any], name: str) -> str:
    return _within(row, *(f"{name}_less{end}" for end in ("", "_low", "_high")), decimals=3)


def _within(row: dict[str, Any], *names: str, decimals: int = 3) -> str:
    """A number with its interval in brackets; a dash where there is none."""
    value, low, high = (row[name] for name in names)
    if value is None:
        return NONE
    ends: Sequence[str] = () if None in (low, high) else (signed(low, decimals), signed(high, decimals))
    return f"{signed(value, decimals)} [{', '.join(ends)}]" if ends else signed(value, decimals)
