"""docs/tagging.md, the worked case: its tables, from the sample and tags in reports/tagging, by `python -m tests.worked_case`.

With a scored store, `python -m tests.worked_case stocktwits.toml` first reads the texts again where the shipped scorer is another
than theirs; then it sets the tags beside the returns of the panel anew, carries them to the corrected estimate, and adapts the
scorer to them.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import polars as pl

from emtract.atomic import write_if_changed
from emtract.config import Settings, load_settings
from emtract.econometrics.measurement.correct import correct
from emtract.econometrics.measurement.measured import line_in_words
from emtract.econometrics.measurement.transport import transport_of
from emtract.misreading import KEY
from emtract.model import load_scorer
from emtract.pipeline.adaptation import adapt_model
from emtract.pipeline.opening import open_store
from emtract.pipeline.panel import build_panel
from emtract.pipeline.tagging import measure_errors, measure_slopes
from emtract.study import load_study
from emtract.tagging.accuracy import measure_accuracy
from emtract.tagging.agreement import agreement
from emtract.tagging.answers import load_tags, read_tags, write_labels
from emtract.tagging.reread import misreading_of_tags, reread_sample
from emtract.tagging.sample import DESIGN, POSTS, read_sample
from tests.markdown import filled, table

ROOT = Path(__file__).parent.parent
PAGE, CASE = ROOT / "docs/tagging.md", ROOT / "reports/tagging"
FILES = ("tags-a.json", "tags-b.json")
ERRORS, GIVEN, CARRIED = CASE / "errors.csv", CASE / "errors_given_tag.csv", CASE / "carried.csv"
ADAPTED = CASE / "adapted.csv"
#: What `stocktwits.toml` names: how the scorer misreads, by the tags.
CARD = CASE / "card_valence.json"
OUTCOME = "return_open_close"
_TEXTS = """
    SELECT c.text_key::VARCHAR AS "key", arg_min(p.body, (p.created_at, p.platform, p.post_id)) AS body
    FROM cleaned AS c
    JOIN posts AS p USING (post_key)
    WHERE list_contains($keys, c.text_key::VARCHAR) AND c.cleaner = $cleaner
    GROUP BY c.text_key
    ORDER BY c.text_key
"""


def blocks(case: Path = CASE) -> dict[str, str]:
    """The tables of the page by their marks."""
    with TemporaryDirectory() as made:
        folder = Path(shutil.copytree(case, Path(made) / "tags"))
        sample, tags = read_sample(folder), read_tags(folder, [folder / name for name in FILES])
    found, agreed = measure_accuracy(sample, tags.frame), agreement(tags.frame)
    measures = [(r["measure"], *_interval(r, "value")) for r in found.table.iter_rows(named=True)]
    emotions = [
        (r["emotion"], f"{r['read']:.1%}", f"{r['tagged']:.1%}", *_points(r))
        for r in found.by_emotion.iter_rows(named=True)
    ]
    sure = [
        (r["probability"], r["texts"], f"{r['read']:.2f}", *_interval(r, "right"))
        for r in found.by_confidence.iter_rows(named=True)
    ]
    told = (
        f"{len(sample.keys):,} texts of {len(sample.cells):,} cells of {sum(s.cells for s in sample.strata):,}; readings of "
        f"`{sample.scorer}@{sample.revision}`. Of {agreed.texts:,} texts with two tags {agreed.same:.0%} have the same; "
        f"Krippendorff's alpha {agreed.alpha:.2f} ({agreed.low:.2f} to {agreed.high:.2f})."
    )
    both = (pl.read_csv(case / file.name).iter_rows(named=True) for file in (ERRORS, GIVEN))
    slopes = [(r["measure"], *_points(r, "slope"), *_points(s, "slope")) for r, s in zip(*both, strict=True)]
    rows = [
        (
            r["how"],
            f"{r['cells']:,}",
            f"{r['estimate']:.0f} ({r['std_error']:.0f})" if " to " in r["kept"] else "too noisy",
            r["kept"],
            r["transport"] or "",
        )
        for r in pl.read_csv(case / CARRIED.name).iter_rows(named=True)
    ]
    counts = " and ".join(
        f"{grain} by {', '.join(f'{n:.0f}' for n in misreading_of_tags(sample, tags.frame, grain=grain).tags if n)} texts"
        for grain in ("emotion", "valence")
    )
    return {
        "case": told,
        "accuracy": table(("measure", "estimate", "95 % interval"), measures),
        "emotions": table(("emotion", "read", "tagged", "read less tagged, points", "95 % interval"), emotions),
        "confidence": table(("likeliest emotion's probability", "texts", "mean", "right", "95 % interval"), sure),
        "errors": table(
            (
                "emotion",
                "tag less reading, points per SD of the return",
                "95 % interval",
                "reading given the tag",
                "95 % interval",
            ),
            slopes,
        ),
        "adapted": _adapted(case),
        "counts": f"Where every text counts by one over its chance, a card weighs classes of {counts}.",
        "carried": table(
            (
                "valence, market hours, basis points per SD",
                "cells",
                "estimate",
                "not rejected",
                "do the tags speak for the archive",
            ),
            rows,
        ),
        "plan": f"{found.notes[-1].capitalize()}.",
    }


def _adapted(case: Path) -> str:
    """What adapting to the tags gains, a sentence."""
    gains = {row["measure"]: row for row in pl.read_csv(case / ADAPTED.name).iter_rows(named=True)}
    loss, right = gains["log_loss"], gains["accuracy"]
    points, low, high = (f"{100 * right[name]:.1f}".replace("-", "−") for name in ("gain", "low", "high"))
    return (
        f"Of posts not seen the log loss goes from {loss['shipped']:.2f} to {loss['adapted']:.2f} (gain "
        f"{loss['low']:.2f} to {loss['high']:.2f}), and accuracy changes by {points} points ({low} to {high})."
    ).replace("-", "−")


def _interval(row: dict[str, float], value: str) -> tuple[str, str]:
    return f"{row[value]:.2f}", f"{row['low']:.2f} to {row['high']:.2f}"


def _points(row: dict[str, float], value: str = "difference") -> tuple[str, str]:
    """Shares as percentage points, with a true minus."""
    mean, low, high = (f"{100 * row[name]:.1f}".replace("-", "−") for name in (value, "low", "high"))
    return mean, f"{low} to {high}"


def with_posts(settings: Settings, folder: Path) -> Path:
    """Write the posts of a sample into its folder, from the store it was drawn from; their digest says whether they are those."""
    sample = read_sample(folder)
    with open_store(settings, read_only=True) as store:
        posts = dict(store.sql(_TEXTS, keys=list(sample.keys), cleaner=sample.cleaner).iter_rows())
    (folder / POSTS).write_bytes(msgspec.json.format(msgspec.json.encode(posts, order="sorted"), indent=1))
    return folder


def reread(settings: Settings, folder: Path, case: Path = CASE) -> None:
    """Let the configured scorer read the texts of a sample; the design and answers of the case go on to say so."""
    sample, scorer = read_sample(folder), load_scorer(settings.model.name)
    if scorer.revision == sample.revision:
        return
    with TemporaryDirectory() as made:
        again, _ = reread_sample(folder, Path(made), scorer)
        shutil.copy(Path(made) / DESIGN, case / DESIGN)
    for name in FILES:
        text = (case / name).read_text(encoding="utf-8")
        (case / name).write_text(text.replace(sample.digest, again.digest), encoding="utf-8")


def adapt(settings: Settings, folder: Path) -> pl.DataFrame:
    """What the configured scorer gains where it is adapted to the tags; see `emtract.model.adapt.gain.paired_gain`."""
    labels = folder / "labels.csv"
    write_labels(folder, labels)
    return adapt_model(labels, folder / "model", base=settings.model.name).gains


def write_card(folder: Path) -> None:
    """Write the card of valence of the tags."""
    card = misreading_of_tags(read_sample(folder), load_tags(folder), grain="valence")
    write_if_changed(CARD, (json.dumps({KEY: card.to_plain()}, indent=1) + "\n").encode())


def carry(settings: Settings, folder: Path) -> pl.DataFrame:
    """The regression of the session's return on valence: as read, by tags, and by cards of these."""
    sample, found = measure_slopes(settings, folder, y=OUTCOME, x=("valence",), window="market")
    row = found.table.row(0, named=True)
    ends = f"{row['low']:.0f} to {row['high']:.0f}".replace("-", "−")
    rows = [(f"by the tags of {found.tagged:,} cells", found.cells, row["estimate"], row["std_error"], ends, None)]
    spec = load_study("daily_returns").specs["contemporaneous_valence"]
    with open_store(settings, read_only=True) as store:
        panel = build_panel(settings, store, scorer=sample.scorer, revision=sample.revision, noise=True)
    for grain, by, words in (
        ("emotion", "reading", "a card of seven emotions, own posts"),
        ("valence", "reading", "a card of valence, own posts"),
        ("valence", "both", "a card of valence, mood"),
    ):
        card = misreading_of_tags(sample, load_tags(folder), grain=grain)
        told = correct(spec, panel, by=by, misreading=card)
        point = told.tidy().row(0, named=True)
        if not rows[0][0].startswith("as read"):
            low, high = told.naive.estimates.filter(term=spec.x[0]).select("conf_low", "conf_high").row(0)
            ends = f"{low:.0f} to {high:.0f}".replace("-", "−")
            rows.insert(0, ("as read", point["n_obs"], point["naive"], point["naive_error"], ends, None))
        kept = line_in_words(told.sets[0], (point["naive"], point["naive_error"]))
        travels = transport_of(panel, card, ("market",))
        rows.append((words, point["n_obs"], point["estimate"], point["std_error"], kept, f"p = {travels.p_value:.3f}"))
    names = ("how", "cells", "estimate", "std_error", "kept", "transport")
    return pl.DataFrame(rows, schema=names, orient="row")


def copied(folder: Path) -> Path:
    """Copy the case to a folder, and read its answers there."""
    shutil.copytree(CASE, folder)
    read_tags(folder, [folder / name for name in FILES])
    return folder


if __name__ == "__main__":
    with TemporaryDirectory() as made:
        configured = [load_settings(Path(name)) for name in sys.argv[1:]]
        for place, settings in enumerate(configured):
            reread(settings, with_posts(settings, copied(Path(made) / f"before {place}")))
        folder = copied(Path(made) / "tags")
        write_card(folder)
        for settings in configured:
            found = measure_errors(settings, folder, y=OUTCOME)[1]
            found.table.write_csv(ERRORS)
            found.given_tag.write_csv(GIVEN)
            carry(settings, folder).write_csv(CARRIED)
            adapt(settings, with_posts(settings, folder)).write_csv(ADAPTED)
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8"), blocks()), encoding="utf-8")
