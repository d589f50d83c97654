"""Tables of the model page: every cell is already text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from emtract.emotions import EMOTIONS
from emtract.model.comparisons import EMTRACT
from emtract.report.tables.frames import PlainTable
from emtract.words.names import term_name, words
from emtract.words.numbers import MINUS, signed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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
_NONE: Final = "\u2014"
_MOST_CONFUSED: Final = 8


def text_table(
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    numeric: Sequence[bool] | None = None,
    tones: Sequence[str] | None = None,
) -> PlainTable:
    """Build a table of ready texts.

    Parameters
    ----------
    headings
        One a column.
    rows
        Cells, as many a row as headings.
    numeric
        Whether each column holds numbers; None for all but the first.
    tones
        Colour of the first cell of each row, by its name in the palette; None for no colours.
    """
    columns = list(zip(*rows, strict=True)) if rows else [() for _ in headings]
    return PlainTable(
        tuple(headings),
        tuple(numeric) if numeric is not None else (False, *[True] * (len(headings) - 1)),
        tuple(tuple(row) for row in rows),
        tuple(tones) if tones is not None else ("",) * len(rows),
        0 if tones is not None else -1,
        tuple(any(len(text) > 36 for text in column) for column in columns),
    )


def validation_table(measured: Mapping[str, Measured]) -> PlainTable:
    """Mean ± standard deviation over folds of every measure, beside the published rows, and the difference of means."""
    rows = []
    for name, heading in MEASURE_NAMES.items():
        if name == "ece_equal_mass":
            continue
        told = EMTRACT.get(name)
        own = [spread_text(found.spread[name]["mean"], found.spread[name]["sd"]) for found in measured.values()]
        published = spread_text(told.mean, told.sd) if told else _NONE
        gap = _plus(measured["int8"].spread[name]["mean"] - told.mean) if told else _NONE
        rows.append([heading, *own, published, gap])
    return text_table(["Measure", *(f"emtract, {name}" for name in measured), "EmTract", "int8 less EmTract"], rows)


def class_table(classes: pl.DataFrame) -> PlainTable:
    """Precision, recall and F1 of each emotion, and how often it is tagged and read."""
    rows = [
        [
            term_name(row["emotion"]),
            _with_interval(row, "precision"),
            _with_interval(row, "recall"),
            f"{row['f1']:.3f}",
            f"{row['tagged']:,}",
            f"{row['predicted']:,}",
        ]
        for row in classes.iter_rows(named=True)
    ]
    headings = ("Emotion", "Precision", "Recall", "F1", "Tagged", "Read")
    return text_table(headings, rows, tones=classes["emotion"].to_list())


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
        cells = tuple(
            (
                f"{100 * row['share']:.0f}",
                f"{row['n']:,}",
                round(100 * row["share"], 1),
                row["read"] == emotion,
                f"{row['n']:,} of {own['n'].sum():,} tagged {emotion} are read as {row['read']}: {100 * row['share']:.1f}\u00a0%",
            )
            for row in own.iter_rows(named=True)
        )
        rows.append(ConfusionRow(term_name(emotion), emotion, f"{own['n'].sum():,}", cells))
    return tuple(rows)


def confused_table(confused: pl.DataFrame) -> PlainTable:
    """The commonest errors: tagged, read, messages, share of the tagged, share of all errors."""
    errors = confused.filter((pl.col("tagged") != pl.col("read")) & (pl.col("n") > 0))
    total = max(1, int(errors["n"].sum()))
    most = errors.sort("n", "tagged", "read", descending=[True, False, False]).head(_MOST_CONFUSED)
    rows = [
        [
            term_name(row["tagged"]),
            term_name(row["read"]),
            f"{row['n']:,}",
            percent(row["share"]),
            percent(row["n"] / total),
        ]
        for row in most.iter_rows(named=True)
    ]
    headings = ("Tagged", "Read as", "Messages", "Of those tagged so", "Of all errors")
    return text_table(headings, rows, numeric=(False, False, True, True, True), tones=most["tagged"].to_list())


def calibration_table(measured: Mapping[str, Measured]) -> PlainTable:
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
    return text_table(["Measure", *headings], rows)


def slice_table(slices: pl.DataFrame) -> PlainTable:
    """Metrics of each slice."""
    rows = [
        [
            words(row["slice"]),
            row["level"],
            f"{row['n']:,}",
            f"{row['accuracy']:.3f} [{row['low']:.3f}, {row['high']:.3f}]",
            _NONE if row["macro_f1"] is None else f"{row['macro_f1']:.3f}",
            f"{row['log_loss']:.3f}",
        ]
        for row in slices.iter_rows(named=True)
    ]
    headings = ("Slice", "Messages that are", "N", "Accuracy", "Macro-F1", "Log loss")
    return text_table(headings, rows, numeric=(False, False, True, True, True, True))


def outside_table(outside: pl.DataFrame) -> PlainTable:
    """StockEmotions by scorer and part: valence against the writer's tag, then the mapped emotions."""
    measures = ("auc", "balanced_accuracy", "accuracy", "macro_f1")
    rows = [
        [
            row["scorer"],
            row["part"],
            f"{row['n']:,}",
            *(_estimate(row[name], row[f"{name}_se"]) for name in measures),
            "yes" if row["seen"] else "no",
        ]
        for row in outside.iter_rows(named=True)
    ]
    headings = ("Scorer", "Part", "N", "AUC", "Balanced accuracy", "Accuracy of 7", "Macro-F1 of 7", "Seen in training")
    return text_table(headings, rows, numeric=(False, False, True, True, True, True, True, False))


def agreement_table(agreement: pl.DataFrame, *, of: ModelCard) -> PlainTable:
    """The model beside each other scorer: same emotion, same valence class, mean |Δp|, correlation of valence."""
    own = f"{of.name}@{of.revision}"
    with_it = agreement.filter((pl.col("first") == own) | (pl.col("second") == own))
    rows = [
        [
            row["second"] if row["first"] == own else row["first"],
            _NONE if row["same_label"] is None else percent(row["same_label"]),
            percent(row["same_valence"]),
            _NONE if row["mean_difference"] is None else f"{row['mean_difference']:.3f}",
            _NONE if row["valence_correlation"] is None else signed(row["valence_correlation"], 3),
        ]
        for row in with_it.iter_rows(named=True)
    ]
    headings = ("The model and", "Same emotion", "Same valence", "Mean |\u0394p|", "Correlation of valence")
    return text_table(headings, rows)


def examples_table(examples: pl.DataFrame) -> PlainTable:
    """Texts of errors, for local use only."""
    rows = [
        [term_name(row["tagged"]), term_name(row["read"]), f"{row['probability']:.2f}", row["body"]]
        for row in examples.iter_rows(named=True)
    ]
    headings = ("Tagged", "Read as", "Probability", "Message")
    return text_table(headings, rows, numeric=(False, False, True, False), tones=examples["tagged"].to_list())


def ablation_table(ablations: pl.DataFrame) -> PlainTable:
    """What was tried, what it gave out of fold, and whether it was kept."""
    measures = ("accuracy", "macro_f1", "log_loss")
    rows = [
        [
            row["variant"],
            row["what"] or "",
            *(_NONE if row[name] is None else f"{row[name]:.3f}" for name in measures),
            _NONE if row["n"] is None else f"{row['n']:,}",
            row["decision"] or "",
        ]
        for row in ablations.iter_rows(named=True)
    ]
    headings = ("Variant", "What it is", "Accuracy", "Macro-F1", "Log loss", "N", "Decision")
    return text_table(headings, rows, numeric=(False, False, True, True, True, True, False))


def speed_table(speed: Sequence[Mapping[str, Any]]) -> PlainTable:
    """Rows of the benchmark as they were written."""
    rows = [[str(row["name"]), _value(row["value"]), str(row["unit"]), str(row["note"])] for row in speed]
    return text_table(("What", "Value", "Unit", "How"), rows, numeric=(False, True, False, False))


def spread_text(mean: float, sd: float | None) -> str:
    """`0.692 ± 0.007`; without a spread the mean alone."""
    return f"{mean:.3f}" + ("" if sd is None else f" \u00b1 {sd:.3f}")


def percent(share: float) -> str:
    """A share as a percentage with one decimal."""
    return f"{100 * share:.1f}\u00a0%"


def _plus(value: float) -> str:
    text = f"{abs(value):.3f}"
    return text if float(text) == 0 else f"{'+' if value > 0 else MINUS}{text}"


def _with_interval(row: Mapping[str, Any], name: str) -> str:
    if row[name] is None:
        return _NONE
    return f"{row[name]:.3f} [{row[f'{name}_low']:.3f}, {row[f'{name}_high']:.3f}]"


def _estimate(value: float | None, error: float | None) -> str:
    return _NONE if value is None else f"{value:.3f}" + ("" if error is None else f" ({error:.3f})")


def _value(value: object) -> str:
    if isinstance(value, float) and not value.is_integer():
        return f"{value:,.3g}" if abs(value) < 1000 else f"{value:,.0f}"
    return f"{int(value):,}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)
