"""What the model page says: every sentence, table and figure, ready for the template."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from emtract.emotions import EMOTIONS
from emtract.errors import ModelError
from emtract.model.behaviour.table import uncounted
from emtract.model.calibration import reliability
from emtract.model.comparisons import EMTRACT, SOURCE
from emtract.model.evaluate import MEASURES, Metrics, by_fold, confusion, evaluate, per_class, spread, standard_errors
from emtract.model.samples import OUT_OF_FOLD, VARIANTS, labels_of, probabilities_of
from emtract.report.figures.draw import plot_parts
from emtract.report.model import figures, tables
from emtract.words.names import listed, term_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from emtract.model.card import ModelCard
    from emtract.provenance import Provenance
    from emtract.report.tables.table import Table

QUESTION: Final = "How well does emtract read an investor\u2019s post?"
_SEED: Final = 0
_LOWER: Final = frozenset({"log_loss", "valence_log_loss", "ece", "ece_equal_mass", "brier"})


@dataclass(frozen=True)
class Findings:
    """All that the page is made of; None stands for what was not at hand.

    Attributes
    ----------
    card, document
        The model's card, and the same as Markdown.
    predictions
        The out-of-fold table, see `emtract.model.samples`; without it the figures are the card's, and what a card
        does not hold is left out: emotions one by one, confusion, reliability.
    slices, outside, agreement
        Frames of `slice_metrics`, `outside_metrics` and `agreement`, each with the scorer that it is of.
    examples
        Texts of errors, for local use: body, tagged, read, probability.
    ablations
        variant, what, accuracy, macro_f1, log_loss, decision, n.
    behaviour
        Columns of `emtract.model.behaviour.table.SCHEMA`, this model among the scorers.
    speed
        Rows of the benchmark: name, value, unit, note.
    uses, limits, biases
        Sentences of the card.
    """

    card: ModelCard
    document: str
    predictions: pl.DataFrame | None = None
    slices: pl.DataFrame | None = None
    outside: pl.DataFrame | None = None
    agreement: pl.DataFrame | None = None
    examples: pl.DataFrame | None = None
    ablations: pl.DataFrame | None = None
    behaviour: pl.DataFrame | None = None
    speed: Sequence[Mapping[str, Any]] = ()
    uses: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    biases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Measured:
    """The out-of-fold predictions of one variant, measured: each fold, their spread, and all texts with standard errors.

    Attributes
    ----------
    n
        Number of texts.
    folds, spread
        Fold -> metrics; measure -> mean and sd over folds.
    pooled, errors
        Metrics of all texts at once and their standard errors; None and empty where only a card tells of them.
    """

    n: int
    folds: Mapping[int, Metrics]
    spread: Mapping[str, Mapping[str, float]]
    pooled: Metrics | None = None
    errors: Mapping[str, float] = field(default_factory=dict)


def measure_variants(predictions: pl.DataFrame) -> dict[str, Measured]:
    """Measure every variant of the out-of-fold table."""
    labels, folds = labels_of(predictions), predictions["fold"].to_numpy()
    found: dict[str, Measured] = {}
    for variant in VARIANTS:
        p = probabilities_of(predictions, variant)
        parts = by_fold(p, labels, folds)
        errors = standard_errors(p, labels, np.random.default_rng(_SEED))
        found[variant] = Measured(len(labels), parts, spread(list(parts.values())), evaluate(p, labels), errors)
    return found


def told_variants(card: ModelCard) -> dict[str, Measured]:
    """Return what a card tells of its out-of-fold predictions: the spread of each variant, the folds of int8.

    Raises
    ------
    ModelError
        The card holds no such figures.
    """
    try:
        folds = {int(fold): Metrics(**told) for fold, told in card.metrics["int8_by_fold"].items()}
        n = sum(part.n for part in folds.values())
        spreads = {variant: {name: card.metrics[variant][name] for name in MEASURES} for variant in VARIANTS}
    except (KeyError, TypeError) as error:
        raise ModelError(
            f"the card of {card.name}@{card.revision} holds no out-of-fold figures: give the {OUT_OF_FOLD} of its training"
        ) from error
    return {variant: Measured(n, folds if variant == "int8" else {}, told) for variant, told in spreads.items()}


def metrics_frame(measured: Mapping[str, Measured]) -> pl.DataFrame:
    """Tidy metrics: variant, measure, scope ('fold 1', 'mean of folds', 'all'), n, value, error and what the error is."""
    rows: list[dict[str, Any]] = []
    for variant, found in measured.items():
        for name in MEASURES:
            own = {"variant": variant, "measure": name}
            rows += [
                {**own, "scope": f"fold {fold}", "n": part.n, "value": getattr(part, name), "error": None, "of": ""}
                for fold, part in found.folds.items()
            ]
            mean = {"scope": "mean of folds", "n": found.n, "value": found.spread[name]["mean"]}
            rows.append({**own, **mean, "error": found.spread[name]["sd"], "of": "standard deviation over folds"})
            if found.pooled is not None:
                pooled = {"scope": "all", "n": found.n, "value": getattr(found.pooled, name)}
                rows.append({**own, **pooled, "error": found.errors[name], "of": "bootstrap standard error"})
    for name, told in EMTRACT.items():
        told_row = {"scope": "mean of folds", "n": 10_000, "value": told.mean, "error": told.sd}
        rows.append(
            {"variant": "EmTract as published", "measure": name, **told_row, "of": "standard deviation over folds"}
        )
    return pl.DataFrame(rows, infer_schema_length=None)


def confusion_frame(predictions: pl.DataFrame) -> pl.DataFrame:
    """Tidy confusion of the int8 model: tagged, read, n, share of the tagged."""
    counts = confusion(probabilities_of(predictions, "int8").argmax(axis=1), labels_of(predictions), len(EMOTIONS))
    rows = [
        {"tagged": tagged, "read": read, "n": int(counts[i, j]), "share": float(counts[i, j] / max(1, counts[i].sum()))}
        for i, tagged in enumerate(EMOTIONS)
        for j, read in enumerate(EMOTIONS)
    ]
    return pl.DataFrame(rows)


def answer(measured: Measured) -> str:
    """One sentence: what the shipped model reaches on messages that it had not seen, beside what EmTract published."""
    mean = {name: value["mean"] for name, value in measured.spread.items()}
    told = {name: published.mean for name, published in EMTRACT.items()}
    return (
        f"On {measured.n:,} hand-tagged messages that it had not seen, the int8 model names the tagged emotion of "
        f"{_percent(mean['accuracy'])} (EmTract as published: {_percent(told['accuracy'])}), "
        f"with a macro-F1 of {mean['macro_f1']:.3f} ({told['macro_f1']:.3f}) "
        f"and a log loss of {mean['log_loss']:.3f} ({told['log_loss']:.3f}); "
        f"the probability that it states for its answer is off by {_points(mean['ece'])} percentage points on average."
    )


def _percent(share: float) -> str:
    return f"{_points(share)}\u00a0%"


def _points(share: float) -> str:
    """Hundredths of a share, rounded as the tables round the share itself."""
    return f"{100 * float(f'{share:.3f}'):.1f}"


def model_context(findings: Findings, measured: Mapping[str, Measured], provenance: Provenance) -> dict[str, Any]:
    """Return all that the template prints, already in words and tables.

    Parameters
    ----------
    findings
        What the page is made of; a part that is None is not printed.
    measured
        Variant -> its figures, `int8` among them.
    provenance
        Printed at the foot.
    """
    int8, predictions = measured["int8"], findings.predictions
    plots = {"validation": figures.fold_plot(fold_rows(int8))}
    found: dict[str, Any] = dict.fromkeys(("classes", "confusion", "confused"))
    if predictions is not None:
        p, labels = probabilities_of(predictions, "int8"), labels_of(predictions)
        classes, confused = per_class(p, labels), confusion_frame(predictions)
        plots["classes"] = figures.class_plot(classes)
        plots["calibration"] = figures.reliability_plot(_curves(p, labels))
        found["classes"] = tables.class_table(classes)
        found |= {"confusion": tables.confusion_rows(confused), "confused": tables.confused_table(confused)}
    further: dict[str, Callable[[pl.DataFrame], Table]] = {
        "outside": tables.outside_table,
        "agreement": partial(tables.agreement_table, of=findings.card),
        "examples": tables.examples_table,
        "ablations": tables.ablation_table,
        "behaviour": tables.behaviour_table,
    }
    for name, table in further.items():
        frame = getattr(findings, name)
        found[name] = None if frame is None else table(frame)
    if findings.behaviour is not None:
        found["failing"] = tables.failing_table(findings.behaviour, of=findings.card)
        found["uncounted"] = uncounted(findings.behaviour)
    if findings.slices is not None and int8.pooled is not None:
        plots["slices"] = figures.slice_plot(findings.slices, overall=int8.pooled.accuracy)
    return {
        "question": QUESTION,
        "answer": answer(int8),
        "source": SOURCE,
        "facts": _facts(int8, findings.card),
        "folds": listed([str(fold) for fold in int8.folds]),
        "n": f"{int8.n:,}",
        "agreement_int8": f"{100 * findings.card.metrics['label_agreement']:.1f}",
        "plots": {name: plot_parts(name, figure) for name, figure in plots.items()},
        "validation": tables.validation_table(measured),
        **found,
        "out_of_fold": OUT_OF_FOLD,
        "calibration": tables.calibration_table(measured),
        "slices": None if "slices" not in plots or findings.slices is None else tables.slice_table(findings.slices),
        "speed": tables.speed_table(findings.speed) if findings.speed else None,
        "card": findings.card,
        "uses": findings.uses,
        "limits": findings.limits,
        "biases": findings.biases,
        "provenance": provenance,
    }


def fold_rows(measured: Measured) -> list[dict[str, Any]]:
    """What `fold_plot` draws: the measures that EmTract published."""
    return [
        {
            "name": tables.MEASURE_NAMES[name],
            "better": "lower" if name in _LOWER else "higher",
            "folds": [getattr(part, name) for part in measured.folds.values()],
            "fold_names": list(measured.folds),
            "mean": measured.spread[name]["mean"],
            "sd": measured.spread[name]["sd"],
            "published": told.mean,
            "published_sd": told.sd,
        }
        for name, told in EMTRACT.items()
    ]


def _curves(p: np.ndarray[Any, Any], labels: np.ndarray[Any, Any]) -> dict[str, tuple[str, pl.DataFrame]]:
    """Reliability of the answer given, and of each emotion's probability."""
    curves = {"Likeliest": ("other", reliability(p.max(axis=1), p.argmax(axis=1) == labels))}
    for number, emotion in enumerate(EMOTIONS):
        curves[term_name(emotion)] = (emotion, reliability(p[:, number], labels == number))
    return curves


def _facts(measured: Measured, card: ModelCard) -> list[tuple[str, str]]:
    def fact(name: str) -> str:
        return f"{measured.spread[name]['mean']:.3f} \u00b1 {measured.spread[name]['sd']:.3f}"

    return [
        ("Messages", f"{measured.n:,}"),
        ("Accuracy", fact("accuracy")),
        ("Macro-F1", fact("macro_f1")),
        ("Log loss", fact("log_loss")),
        ("Calibration error", fact("ece")),
        ("Model", f"{card.name}@{card.revision}"),
    ]
