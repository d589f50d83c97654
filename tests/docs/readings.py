"""README.md, and docs on instrument, dimensions, causes and measurement: how well posts are read, by labels and ratings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from emtract.emotions import DIMENSIONS
from emtract.model.card import read_card
from emtract.model.comparisons import EMTRACT
from emtract.model.registry import shipped_folder
from emtract.text.causes import CAUSE_WORDS
from tests.docs import speed
from tests.docs.cells import REPORTS, number, share
from tests.markdown import table

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Models whose cards hold figures out of fold.
SHIPPED: Final = ("default", "fast")
_MEASURES: Final = {"accuracy": "accuracy", "macro_f1": "macro-F1", "log_loss": "log loss"}
_FURTHER: Final = {
    "ece": "expected calibration error",
    "valence_accuracy": "three classes of valence: accuracy",
    "valence_macro_f1": "three classes of valence: macro-F1",
    "valence_log_loss": "three classes of valence: log loss",
}


def _metrics(scorer: str) -> dict[str, dict[str, float]]:
    """Measure -> its mean and standard deviation over folds, of the graph that is shipped."""
    told: dict[str, dict[str, float]] = read_card(shipped_folder(scorer)).metrics["int8"]
    return told


def _spread(told: Mapping[str, float]) -> str:
    return f"{share(told['mean'], 3)} ± {share(told['sd'], 3)}"


def _rows(measures: Mapping[str, str], *more: Mapping[str, str]) -> list[tuple[str, ...]]:
    cards = [_metrics(name) for name in SHIPPED]
    return [
        (words, *(_spread(card[key]) for card in cards), *(other.get(key, "") for other in more))
        for key, words in measures.items()
    ]


def measured() -> str:
    """How well and how fast the shipped models read."""
    fast, default = speed.rate("fast"), speed.rate("default")
    return table(("out of fold", *(f"`{name}`" for name in SHIPPED)), _rows(_MEASURES)) + (
        f"\n\n`default` reads {default} posts a second on two cores, `fast` {fast} ([scale and cost](docs/scale.md)). EmTract as "
        f"published has an accuracy of {share(EMTRACT['accuracy'].mean, 3)} in a\nfive-fold cross-validation on 10,000 messages: "
        "close, not the same."
    )


def quality() -> str:
    """How well the shipped models read, beside what EmTract's paper says of its own."""
    published = {
        key: share(told.mean, 3) if told.sd is None else _spread({"mean": told.mean, "sd": told.sd})
        for key, told in EMTRACT.items()
    }
    names = (*(f"`{name}`" for name in SHIPPED), "EmTract as published")
    return table(("", *names), _rows(_MEASURES | _FURTHER, published))


def tiers() -> str:
    """The shipped readers by name, how good and how fast."""
    card = read_card(shipped_folder("default"))
    shape, same = card.data, card.metrics["label_agreement"]
    layers, size = ("", "one", "two", "three", "four", "five", "six")[shape["layers"]], shape["parameters"] / 1e6
    what = {
        "fast": "a table of words, pairs of words and letter groups, distilled from `default`",
        "default": f"an encoder of {layers} layers (of MiniLM's six; {size:.0f} million parameters), int8",
        "exact": f"the same weights in fp32 arithmetic; the label of `default` for {100 * same:.1f} % of the tagged messages",
    }
    right = {name: share(_metrics(name)["accuracy"]["mean"], 3) for name in SHIPPED}
    rows = [(f"`{name}`", words, right.get(name, ""), speed.rate(name)) for name, words in what.items()]
    further = (
        ("`hf:NAME_OR_PATH`", "any transformers model for text classification, on CPU or GPU (extra `hf`), by its label map"),
        ("`vader`, `textblob`, `nrclex`, `nade`",
         "robustness baselines (extra `baselines`); VADER and TextBlob read valence only"),
    )  # fmt: skip
    return table(("scorer", "what", "accuracy", "posts/s"), [*rows, *((*row, "", "") for row in further)])


def dimensions() -> str:
    """How well pleasure, arousal and dominance are read, beside word counts and published figures."""
    rows = pl.read_csv(REPORTS / "model/dimensions.csv")
    cells = []
    for (what, ratings), part in rows.group_by("what", "ratings", maintain_order=True):
        told = {row["dimension"]: row for row in part.iter_rows(named=True)}
        if {*DIMENSIONS} <= told.keys():
            cells.append((what, ratings, *(_correlation(told[name]) for name in DIMENSIONS)))
    return table(("what", "ratings", *DIMENSIONS), cells)


def essays() -> str:
    """How well distress and empathy of essays are read, which decides that no head of them is shipped."""
    rows = pl.read_csv(REPORTS / "model/dimensions.csv").filter(pl.col("dimension").is_in(DIMENSIONS).not_())
    cells = [(row["dimension"], row["ratings"], _correlation(row), row["n"]) for row in rows.iter_rows(named=True)]
    return table(("what", "ratings", "r (95 % interval)", "essays"), cells)


def _correlation(row: dict[str, Any]) -> str:
    told = [share(row[name]) for name in ("r", "low", "high") if row[name] is not None]
    return told[0] if len(told) == 1 else f"{told[0]} ({told[1]} to {told[2]})"


def divergence() -> str:
    """How well a text alone tells that its writer's tag goes against its mood."""
    rows = pl.read_csv(REPORTS / "benchmarks/divergence.csv").iter_rows(named=True)
    cells = [
        (
            r["contender"],
            r["judged_on"],
            f"{r['posts']:,}",
            f"{r['auc']:.3f} ({r['low']:.3f} to {r['high']:.3f})",
            f"{r['auc_positive']:.2f}, {r['auc_negative']:.2f}",
        )
        for r in rows
    ]
    return table(("read from", "judged on", "posts", "area under the curve", "within a sign"), cells)


def tags() -> str:
    """What writers' tags add where they count as evidence."""
    told = pl.read_csv(REPORTS / "benchmarks/tags.csv")
    cells = []
    for (of, measure), rows in told.group_by("of", "measure", maintain_order=True):
        by = {row["tags"]: row for row in rows.iter_rows(named=True)}
        shown = [_found(by[name], str(measure)) if name in by else "" for name in ("ignore", "evidence", "gain")]
        cells.append((f"{of}: {measure}", f"{by['ignore']['n']:,}", *shown))
    return table(("of", "n", "tags ignored", "tags as evidence", "gain"), cells)


def _found(row: dict[str, Any], measure: str) -> str:
    low, value, high = (
        number(row[name], 1) if "bp" in measure else share(row[name]) for name in ("low", "value", "high")
    )
    return f"{value} ({low} to {high})"


def cause_spans() -> str:
    """How well an emotion's cause is found in RECCON."""
    told = pl.read_csv(REPORTS / "validation/causes/reccon.csv")
    parts = []
    for (questions,), rows in told.group_by("questions", maintain_order=True):
        cells = []
        for row in rows.iter_rows(named=True):
            low, high = (number(100 * row[f"all_gap_{end}"]) for end in ("low", "high"))
            shown = [f"{100 * row[f'{name}_f1']:.1f}" for name in ("positive", "negative", "all")]
            passes = "yes" if row["passes"] else "no"
            cells.append((row["reader"], *shown, f"{100 * row['exact']:.1f}", passes, f"{low} to {high}"))
        head = ("positive F1", "negative F1", "F1 of all", "exact match", "gate", "F1 of all less position's, 95 %")
        parts.append(table((f"{questions} ({rows['n'][0]:,})", *head), cells))
    return "\n\n".join(parts)


def cause_kinds() -> str:
    """How often the kinds of cause are right."""
    rows = [
        (
            CAUSE_WORDS.get(row["kind"], row["kind"]),
            row["found"],
            *(f"{row[n]:.2f} ({row[f'{n}_low']:.2f} to {row[f'{n}_high']:.2f})" for n in ("precision", "recall")),
        )
        for row in pl.read_csv(REPORTS / "validation/causes/precision.csv").iter_rows(named=True)
    ]
    return table(("the emotion is about", "found in", "precision (95 % interval)", "recall (95 % interval)"), rows)
