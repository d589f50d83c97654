"""What writers' tags add where they count as evidence: `python -m tests.benchmarks.tags stocktwits.toml`.

Two things are measured, each with tags ignored and with tags as evidence: how reliably the headline's moods are measured after
firm and session effects, with the headline itself; and how well texts are read whose writer tagged the post: those of StockTwits
that two of us tagged by hand (docs/tagging.md), on which the power of `emtract.evidence` was chosen among 0, 1/4, 1/2 and 1; and
with `--out-of-fold` messages of the tagged sample, read by models that had not seen their fold, chances counted in the others.
"""

from __future__ import annotations

import argparse
import os
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final, get_args

import msgspec
import numpy as np
import polars as pl

from emtract.config import load_settings
from emtract.econometrics.measurement.reliability import reliability
from emtract.econometrics.regression.estimate import estimate
from emtract.econometrics.regression.spec import Spec
from emtract.emotions import EMOTIONS, NEGATIVE, NO_STANCE, POSITIVE, STANCES
from emtract.evidence import count_tags, counted_likelihood, tag_likelihood, with_evidence
from emtract.model.samples import probabilities_of, read_out_of_fold
from emtract.model.train.corpora import read_tagged
from emtract.options import Tags
from emtract.pipeline.opening import open_store
from emtract.pipeline.panel import build_panel
from emtract.study import load_study
from emtract.tagging.answers import read_tags
from emtract.tagging.sample import read_sample

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from emtract.config import Settings
    from emtract.store import Store

OUTPUT: Final = Path("reports/benchmarks/tags.csv")
SAMPLE: Final = Path("reports/tagging")
FILES: Final = ("tags-a.json", "tags-b.json")
SPECS: Final = {
    "contemporaneous_valence": "valence of the same session",
    "predictive_valence": "valence before the open",
}
DRAWS: Final = 2_000
_TAGS: Final = """
    SELECT c.text_key::VARCHAR AS "key", arg_min(p.sentiment, (p.created_at, p.platform, p.post_id)) AS sentiment
    FROM posts AS p
    JOIN cleaned AS c USING (post_key)
    WHERE p.sentiment IS NOT NULL AND c.cleaner = $cleaner
    GROUP BY c.text_key
"""


def moods(settings: Settings, store: Store) -> Iterator[dict[str, Any]]:
    """Yield reliability and estimate of each headline's mood, with tags ignored and as evidence."""
    study = load_study("daily_returns")
    for tags in get_args(Tags):
        asked = msgspec.structs.replace(settings, panel=msgspec.structs.replace(settings.panel, tags=tags))
        panel = build_panel(asked, store, noise=True)
        for name, what in SPECS.items():
            spec = study.specs[name]
            assert isinstance(spec, Spec)
            row = reliability(spec, panel).table.row(0, named=True)
            found = estimate(spec, panel)
            (told,) = found.tidy().filter(term=row["term"]).iter_rows(named=True)
            for measure, of, low, high in (
                ("reliability", row["reliability"], row["low"], row["high"]),
                ("bp per standard deviation", told["estimate"], told["conf_low"], told["conf_high"]),
            ):
                yield _row(what, measure, tags, row["cells"], of, low, high)


def readings(store: Store, folder: Path = SAMPLE) -> Iterator[dict[str, Any]]:
    """Yield how well texts tagged by hand are read whose writer tagged the post, with the tag ignored and as evidence."""
    sample = read_sample(folder)
    with TemporaryDirectory() as made:
        copied = Path(shutil.copytree(folder, Path(made) / "tags"))
        given = read_tags(copied, [copied / name for name in FILES]).frame
    writers = dict(store.sql(_TAGS, cleaner=sample.cleaner).iter_rows())
    keys = [key for key in sample.readings if key in writers]
    told = np.array([sample.readings[key] for key in keys], np.float32)
    stances = np.array([STANCES.index(writers[key]) for key in keys])
    ours = hand_tags(given, keys)
    known = ours.sum(axis=1) > 0
    read = with_evidence(told[known], stances[known], counted_likelihood())
    yield from compare("texts tagged by hand", told[known], read, ours[known])


def held_out(path: Path, data: Path) -> Iterator[dict[str, Any]]:
    """Yield the same of the tagged sample's messages, each read by a model and weighed by counts that its fold is not in."""
    frame, sample = read_out_of_fold(path), read_tagged(data, stances=True)
    assert sample.stances is not None
    if frame["fold"].to_list() != sample.folds.tolist():
        raise SystemExit(f"{path} predicts other messages than {data} holds")
    told = probabilities_of(frame, "int8").astype(np.float32)
    read = told.copy()
    for fold in np.unique(sample.folds):
        own = sample.folds == fold
        chances = tag_likelihood(count_tags(sample.labels[~own], sample.stances[~own]))
        read[own] = with_evidence(told[own], sample.stances[own], chances)
    tagged = sample.stances != STANCES.index(NO_STANCE)
    yield from compare("messages out of fold", told[tagged], read[tagged], np.eye(len(EMOTIONS))[sample.labels[tagged]])


def hand_tags(given: pl.DataFrame, keys: list[str]) -> NDArray[np.float64]:
    """Return the share of tags of each emotion by text, shape (n, 7); zeros where nobody could tell."""
    found = np.zeros((len(keys), len(EMOTIONS)))
    place = {key: row for row, key in enumerate(keys)}
    for row in given.iter_rows(named=True):
        if row["text_key"] in place and row["label"] in EMOTIONS:
            found[place[row["text_key"]], EMOTIONS.index(row["label"])] += 1
    return np.asarray(found / np.maximum(found.sum(axis=1, keepdims=True), 1))


def compare(of: str, told: NDArray[Any], weighed: NDArray[Any], ours: NDArray[np.float64]) -> Iterator[dict[str, Any]]:
    """Yield accuracy, accuracy of the sign and log loss of readings, with tags ignored and as evidence, and the gain."""
    scored = {tags: _scores(read, ours) for tags, read in (("ignore", told), ("evidence", weighed))}
    drawn = np.random.default_rng(0).integers(0, len(told), (DRAWS, len(told)))
    for measure in scored["ignore"]:
        each = {tags: scores[measure] for tags, scores in scored.items()}
        each["gain"] = each["evidence"] - each["ignore"]
        for tags, values in each.items():
            low, high = np.quantile(values[drawn].mean(axis=1), [0.025, 0.975])
            yield _row(of, measure, tags, len(told), values.mean(), low, high)


def _scores(read: NDArray[Any], ours: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    best = read.argmax(axis=1)
    signs = np.array([(e in POSITIVE) - (e in NEGATIVE) for e in EMOTIONS])
    same = signs[best][:, None] == signs[None, :]
    return {
        "accuracy": ours[np.arange(len(best)), best],
        "accuracy of the sign": (ours * same).sum(axis=1),
        "log loss": -(ours * np.log(np.maximum(read, 1e-6))).sum(axis=1),
    }


def _row(what: str, measure: str, tags: str, n: int, value: float, low: float, high: float) -> dict[str, Any]:
    return {
        "of": what,
        "measure": measure,
        "tags": tags,
        "n": n,
        "value": float(value),
        "low": float(low),
        "high": float(high),
    }


def main() -> None:
    """Measure on a scored store, and write the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("config", type=Path, help="of a store whose posts carry their writers' tags")
    parser.add_argument(
        "--out-of-fold", type=Path, help="the table that `emtract model train` wrote into the model's folder"
    )
    parser.add_argument("--output", type=Path, default=OUTPUT)
    asked = parser.parse_args()
    settings = load_settings(asked.config)
    with open_store(settings, read_only=True) as store:
        rows = [*moods(settings, store), *readings(store)]
    if asked.out_of_fold:
        rows += held_out(asked.out_of_fold, Path(os.environ["EMTRACT_DATA"]))
    pl.DataFrame(rows).write_csv(asked.output, float_precision=4)


if __name__ == "__main__":
    main()
