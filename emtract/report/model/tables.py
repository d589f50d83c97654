"""Tables of the model page: every cell is already text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from emtract.emotions import EMOTIONS
from emtract.model.behaviour.table import BETWEEN, side_by_side
from emtract.model.comparisons import EMTRACT
from emtract.report.tables.table import Table, text_table
from emtract.words.names import term_name, words
from emtract.words.numbers import MINUS, NONE, percent, signed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from emtract.model.card import ModelCard
    from emtract.report.model.content import Measured

MEASURE_NAMES: Final[dict[str, str]] = {
    "accuracy": "Accuracy",
    "macro_f1": "Macro-F1",
    "log_loss": "Log loss",
    "valence_accuracy": "Valence accuracy",
    "valence_macro_f1": "Valence macro-F1",
    "valence_log_loss": "Valence log loss",
    "ece": "Calibration error",
    "ece_equal_mass": "Calibration error, equal mass",
    "brier": "Brier score",
}
_MOST_CONFUSED: Final = 8


def validation_table(measured: Mapping[str, Measured]) -> Table:
    """Mean ± standard deviation over folds of every measure, beside the published rows, and the difference of means."""
    rows = []
    for name, heading in MEASURE_NAMES.items():
        if name == "ece_equal_mass":
            continue
        told = EMTRACT.get(name)
        own = [spread_text(found.spread[name]["mean"], found.spread[name]["sd"]) for found in measured.values()]
        published = spread_text(told.mean, told.sd) if told else NONE
        gap = _plus(measured["int8"].spread[name]["mean"] - told.mean) if told else NONE
        rows.append([heading, *own, published, gap])
    headings = ["Measure", *(f"emtract, {name}" for name in measured), "EmTract", "int8 less EmTract"]
    return text_table("Cross-validation beside EmTract", headings, rows)


def calibration_table(measured: Mapping[str, Measured]) -> Table:
    """Calibration over folds and over all messages at once, by both kinds of bins."""
    rows = []
    for name in ("ece", "ece_equal_mass", "brier"):
        row = [MEASURE_NAMES[name] if name != "ece" else "Calibration error, equal width"]
        for found in measured.values():
            row.append(spread_text(found.spread[name]["mean"], found.spread[name]["sd"]))
            row += [spread_text(getattr(found.pooled, name), None)] if found.pooled is not None else []
        rows.append(row)
    headings = [
        f"{name}, {scope}"
        for name, found in measured.items()
        for scope in ("mean of folds", "all at once")[: 1 if found.pooled is None else 2]
    ]
    return text_table("Calibration", ["Measure", *headings], rows)


@dataclass(frozen=True)
class ConfusionRow:
    """One tagged emotion: its name, tone, count, and a (share, count, per cent, is right, hint) each emotion read."""

    name: str
    tone: str
    total: str
    cells: tuple[tuple[str, str, float, bool, str], ...]


def confusion_rows(confused: pl.DataFrame) -> tuple[ConfusionRow, ...]:
    """Rows of the confusion matrix, in the order of `EMOTIONS`."""
    rows = []
    for emotion in EMOTIONS:
        own = confused.filter(pl.col("tagged") == emotion)
        total = f"{own['n'].sum():,}"
        cells = tuple(
            (
                f"{100 * row['share']:.0f}",
                f"{row['n']:,}",
                round(100 * row["share"], 1),
                row["read"] == emotion,
                f"{row['n']:,} of {total} tagged {emotion} are read as {row['read']}: {percent(row['share'])}",
            )
            for row in own.iter_rows(named=True)
        )
        rows.append(ConfusionRow(term_name(emotion), emotion, total, cells))
    return tuple(rows)


@dataclass(frozen=True)
class _Cells:
    """How a column's cells become text, and whether they are numbers."""

    text: Callable[[Mapping[str, Any]], str]
    numeric: bool = True


def class_table(classes: pl.DataFrame) -> Table:
    """Precision, recall and F1 of each emotion, and how often it is tagged and read."""
    columns = {
        "Emotion": _term("emotion"),
        "Precision": _within("precision", "precision_low", "precision_high"),
        "Recall": _within("recall", "recall_low", "recall_high"),
        "F1": _decimals("f1"),
        "Tagged": _count("tagged"),
        "Read": _count("predicted"),
    }
    return _table("Precision, recall and F1 by emotion", classes, columns, tones="emotion")


def confused_table(confused: pl.DataFrame) -> Table:
    """The commonest errors: tagged, read, messages, share of the tagged, share of all errors."""
    errors = confused.filter((pl.col("tagged") != pl.col("read")) & (pl.col("n") > 0))
    total = max(1, int(errors["n"].sum()))
    columns = {
        "Tagged": _term("tagged"),
        "Read as": _term("read"),
        "Messages": _count("n"),
        "Of those tagged so": _Cells(lambda row: percent(row["share"])),
        "Of all errors": _Cells(lambda row: percent(row["n"] / total)),
    }
    most = errors.sort("n", "tagged", "read", descending=[True, False, False]).head(_MOST_CONFUSED)
    return _table("The commonest errors", most, columns, tones="tagged")


def slice_table(slices: pl.DataFrame) -> Table:
    """Metrics of each slice."""
    columns = {
        "Slice": _Cells(lambda row: words(row["slice"]), numeric=False),
        "Messages that are": _said("level"),
        "N": _count("n"),
        "Accuracy": _within("accuracy", "low", "high"),
        "Macro-F1": _decimals("macro_f1"),
        "Log loss": _decimals("log_loss"),
    }
    return _table("Metrics by slice", slices, columns)


def outside_table(outside: pl.DataFrame) -> Table:
    """StockEmotions by scorer and part: valence against the writer's tag, then the mapped emotions."""
    measures = ("auc", "balanced_accuracy", "accuracy", "macro_f1")
    headings = ("AUC", "Balanced accuracy", "Accuracy of 7", "Macro-F1 of 7")
    columns = {
        "Scorer": _said("scorer"),
        "Part": _said("part"),
        "N": _count("n"),
        **{heading: _estimate(name) for heading, name in zip(headings, measures, strict=True)},
        "Seen in training": _Cells(lambda row: "yes" if row["seen"] else "no", numeric=False),
    }
    return _table("StockEmotions by scorer", outside, columns)


def agreement_table(agreement: pl.DataFrame, *, of: ModelCard) -> Table:
    """The model beside each other scorer: same emotion, same valence class, mean |Δp|, correlation of valence."""
    own = f"{of.name}@{of.revision}"
    columns = {
        "The model and": _Cells(lambda row: row["second"] if row["first"] == own else row["first"], numeric=False),
        "Same emotion": _where_known("same_label", percent),
        "Same valence": _where_known("same_valence", percent),
        "Mean |\u0394p|": _decimals("mean_difference"),
        "Correlation of valence": _where_known("valence_correlation", lambda value: signed(value, 3)),
    }
    with_it = agreement.filter((pl.col("first") == own) | (pl.col("second") == own))
    return _table("Agreement of scorers", with_it, columns)


def examples_table(examples: pl.DataFrame) -> Table:
    """Texts of errors, for local use only."""
    columns = {
        "Tagged": _term("tagged"),
        "Read as": _term("read"),
        "Probability": _decimals("probability", 2),
        "Message": _said("body"),
    }
    return _table("Errors it was surest of", examples, columns, tones="tagged")


def ablation_table(ablations: pl.DataFrame) -> Table:
    """What was tried, what it gave out of fold, and whether it was kept."""
    columns = {
        "Variant": _said("variant"),
        "What it is": _said("what"),
        "Accuracy": _decimals("accuracy"),
        "Macro-F1": _decimals("macro_f1"),
        "Log loss": _decimals("log_loss"),
        "N": _count("n"),
        "Decision": _said("decision"),
    }
    return _table("Ablations", ablations, columns)


def behaviour_table(behaviour: pl.DataFrame) -> Table:
    """Failure rates by capability and kind, scorers side by side."""
    shown = side_by_side(behaviour)
    rows = [[row[0], row[1], f"{row[2]:,}", *(cell or NONE for cell in row[3:])] for row in shown.rows()]
    headings = ["Capability", "Kind", "N", *shown.columns[3:]]
    return text_table("Share of cases failed", headings, rows, numeric=[False, False] + [True] * (len(headings) - 2))


def failing_table(behaviour: pl.DataFrame, *, of: ModelCard) -> Table:
    """The check of each capability that the model fails most often, with the first case of it that fails."""
    own = behaviour.filter(pl.col("scorer") == f"{of.name}@{of.revision}", pl.col("failed") > 0)
    worst = own.sort("failure_rate", descending=True, maintain_order=True).unique(
        "capability", keep="first", maintain_order=True
    )
    columns = {
        "Capability": _said("capability"),
        "Check": _said("check"),
        "Failed": _Cells(lambda row: f"{row['failed']:,} of {row['n']:,}"),
        "For instance": _Cells(lambda row: row["examples"].split(BETWEEN)[0], numeric=False),
    }
    return _table("Checks that it fails most often", worst, columns)


def speed_table(speed: Sequence[Mapping[str, Any]]) -> Table:
    """Rows of the benchmark as they were written."""
    rows = [[str(row["name"]), _value(row["value"]), str(row["unit"]), str(row["note"])] for row in speed]
    return text_table("Speed", ("What", "Value", "Unit", "How"), rows, numeric=(False, True, False, False))


def spread_text(mean: float, sd: float | None) -> str:
    """`0.692 ± 0.007`; without a spread the mean alone."""
    return f"{mean:.3f}" + ("" if sd is None else f" \u00b1 {sd:.3f}")


def _table(title: str, frame: pl.DataFrame, columns: Mapping[str, _Cells], *, tones: str = "") -> Table:
    """Build a table of a frame: heading -> its cells; the emotion in the column `tones` colours each row."""
    rows = [[cells.text(row) for cells in columns.values()] for row in frame.iter_rows(named=True)]
    numeric = [cells.numeric for cells in columns.values()]
    return text_table(title, list(columns), rows, numeric=numeric, tones=frame[tones].to_list() if tones else ())


def _where_known(name: str, text: Callable[[Any], str]) -> _Cells:
    return _Cells(lambda row: NONE if row[name] is None else text(row[name]))


def _decimals(name: str, decimals: int = 3) -> _Cells:
    return _where_known(name, f"{{:.{decimals}f}}".format)


def _count(name: str) -> _Cells:
    return _where_known(name, "{:,}".format)


def _said(name: str) -> _Cells:
    return _Cells(lambda row: row[name] or "", numeric=False)


def _term(name: str) -> _Cells:
    return _Cells(lambda row: term_name(row[name]), numeric=False)


def _within(name: str, low: str, high: str) -> _Cells:
    """Return cells such as `0.712 [0.690, 0.733]`."""
    return _Cells(lambda row: NONE if row[name] is None else f"{row[name]:.3f} [{row[low]:.3f}, {row[high]:.3f}]")


def _estimate(name: str) -> _Cells:
    """Return cells such as `0.712 (0.011)`, without the parentheses where no error is known."""

    def text(row: Mapping[str, Any]) -> str:
        error = row[f"{name}_se"]
        return NONE if row[name] is None else f"{row[name]:.3f}" + ("" if error is None else f" ({error:.3f})")

    return _Cells(text)


def _plus(value: float) -> str:
    text = f"{abs(value):.3f}"
    return text if float(text) == 0 else f"{'+' if value > 0 else MINUS}{text}"


def _value(value: object) -> str:
    if isinstance(value, float) and not value.is_integer():
        return f"{value:,.3g}" if abs(value) < 1000 else f"{value:,.0f}"
    return f"{int(value):,}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)
