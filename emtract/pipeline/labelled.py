"""`emtract model evaluate FILE`: any scorer, one that runs elsewhere included, on anybody's labelled posts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Protocol, get_args

import numpy as np
import polars as pl

from emtract.emotions import EMOTIONS, VALENCE_CLASSES, valence
from emtract.errors import SourceError
from emtract.misreading import FEW, KEY, Grain, misreading_of
from emtract.model.calibration import Z95
from emtract.model.comparisons import agreement
from emtract.model.evaluate import (
    MEASURES,
    as_dict,
    auc,
    bootstrap,
    confusion,
    evaluate,
    macro_f1,
    mean_by_label,
    per_class,
    share_interval,
    standard_errors,
)
from emtract.model.registry import reads_of
from emtract.model.samples import card_of, scorer_id
from emtract.model.scorer import VALENCE_PLACES, valence_probabilities
from emtract.options import PanelOptions
from emtract.panel.reading import choose_scores
from emtract.pipeline.evaluation import Evaluation, notes_on_kind
from emtract.pipeline.labelledfile import NO_TEXT, LabelledColumns, Tally, labelled_rows, read_texts
from emtract.pipeline.labels import column_text, read_ids
from emtract.pipeline.opening import loaded, open_store, silent
from emtract.pipeline.postfile import find_text_column
from emtract.pipeline.taxonomies import Meaning, meaning_of
from emtract.words.names import listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from emtract.config import Settings
    from emtract.misreading import Misreading
    from emtract.model import Scorer
    from emtract.model.evaluate import Labels, Probabilities
    from emtract.pipeline.opening import Progress
    from emtract.store import Store

#: Labels in all below which nothing is measured, and of one emotion below which a note says so.
LEAST: Final = FEW
_SEED: Final = 0
#: Measures that are shares of posts, whose interval is Wilson's.
_SHARES: Final = frozenset({"accuracy", "valence_accuracy"})
#: Measures without an upper end of 1.
_UNBOUNDED: Final = frozenset({"log_loss", "valence_log_loss", "brier"})


class Reader(Protocol):
    """Who gives the rows of a file their probabilities: `TextReader`, `StoreReader`."""

    @property
    def scorer(self) -> str:
        """Name and revision."""

    def column(self, names: list[str]) -> str:
        """Return the column of the file that it reads."""

    def read(self, frame: pl.DataFrame) -> tuple[NDArray[np.float64], list[str | None]]:
        """Return probabilities of shape (n, 7), and of each row the reason why it has none."""

    def notes(self) -> tuple[str, ...]:
        """What a reader of the figures must know of the scorer."""


@dataclass(frozen=True)
class TextReader:
    """A scorer that reads the texts of a column; None for the likeliest."""

    instrument: Scorer
    text: str | None = None

    @property
    def scorer(self) -> str:
        """Name and revision."""
        return scorer_id(self.instrument)

    def column(self, names: list[str]) -> str:
        """Return the column of the texts."""
        return find_text_column(names, self.text, "--text")

    def read(self, frame: pl.DataFrame) -> tuple[NDArray[np.float64], list[str | None]]:
        """Read the texts; a missing one has no probabilities."""
        texts, missing = read_texts(frame, self.column(frame.columns))
        found = self.instrument.predict(texts)
        unread = found["reason"].to_list() if "reason" in found.columns else [None] * len(texts)
        p = found.select(EMOTIONS).to_numpy().astype(np.float64)
        return p, [NO_TEXT if none else reason for none, reason in zip(missing, unread, strict=True)]

    def notes(self) -> tuple[str, ...]:
        """Say what the scorer tells apart, and that it may have seen these posts."""
        told = notes_on_kind(self.instrument)
        if card_of(self.instrument) is None:
            return told
        return (
            *told,
            f"where {self.scorer} was trained on these posts, as its card may say, these figures are too good",
        )


class StoreReader:
    """The scores that a store holds of a scorer, found by the ids of a column.

    Parameters
    ----------
    store
        A scored store.
    scorer
        Name of the scores, imported ones or emtract's own.
    id_column, platform
        Columns of the post's id, and of its platform; None for no such column.
    """

    def __init__(self, store: Store, scorer: str, *, id_column: str, platform: str | None = None) -> None:
        self._store, self._id, self._platform = store, id_column, platform
        options, cleaner = choose_scores(store, PanelOptions(scorer=scorer))
        self._key = {"scorer": options.scorer, "revision": options.revision, "cleaner": cleaner}

    @property
    def scorer(self) -> str:
        """Name and revision."""
        return f"{self._key['scorer']}@{self._key['revision']}"

    def column(self, names: list[str]) -> str:
        """Return the column of the ids."""
        return find_text_column(names, self._id, "--id")

    def read(self, frame: pl.DataFrame) -> tuple[NDArray[np.float64], list[str | None]]:
        """Look the scores up; a post that is not in the store, or has no score, has no probabilities."""
        ids, name = read_ids(frame[self._id]), self._platform or ("platform" if "platform" in frame.columns else None)
        platform = pl.Series([""] * frame.height) if name is None else column_text(frame[name]).str.strip_chars()
        asked = ids.with_columns(platform=platform.fill_null("")).with_row_index("n")
        with self._store.registered({"slice": asked.select("n", "platform", "post_id")}):
            found = self._store.query("scoring/scores_of_ids", **self._key)
        several = pl.col("n").is_duplicated()
        found = found.with_columns(
            reason=pl.when(several)
            .then(pl.lit("post on several platforms"))
            .when(~pl.col("is_known"))
            .then(pl.lit("no such post"))
            .when(pl.col("happy").is_null())
            .then(pl.lit(f"no score of {self._key['scorer']}"))
        ).unique("n", keep="first", maintain_order=True)
        reasons = pl.select(pl.coalesce(ids["reason"], found["reason"])).to_series().to_list()
        return found.select(EMOTIONS).to_numpy().astype(np.float64), reasons

    def notes(self) -> tuple[str, ...]:
        """Say what the scorer tells apart."""
        return notes_on_kind(str(self._key["scorer"]))


@dataclass(frozen=True)
class _Used:
    """Rows of a file with a label and probabilities, what another scorer gave them, and what became of the others.

    `posts` numbers the text or id of each row: a post that several people labelled stands in several rows.
    """

    probabilities: Probabilities
    labels: Labels
    posts: NDArray[np.intp]
    tally: Tally
    beside: Probabilities | None = None

    @property
    def rows(self) -> int:
        """Rows of the file."""
        return len(self.labels) + self.tally.left_out.total()


def evaluate_labels(
    path: Path,
    model: str | Scorer = "default",
    *,
    columns: LabelledColumns | None = None,
    settings: Settings | None = None,
    beside: Scorer | None = None,
    progress: Progress | None = None,
) -> Evaluation:
    """Measure a scorer on the labelled posts of a file.

    Parameters
    ----------
    path
        CSV, TSV, Parquet, JSON or JSON lines; a post a row.
    model
        A scorer, or anything that `load_scorer` takes; where the columns name ids, the name of scores that the store holds.
    columns
        Which columns say what; None for the usual names.
    settings
        Which store, where the columns name ids.
    beside
        A second scorer of texts, with which agreement is measured; None for none.
    progress
        Called with the scorer's name, bytes read and bytes in all.

    Raises
    ------
    SourceError, ModelError, PanelError
        The file cannot be read or lacks a column, or fewer than `LEAST` of its rows have a label and probabilities; or
        there is no such scorer.

    Notes
    -----
    ``mean_by_label`` of the details is the table E[p | label]: row j the mean probabilities of posts of label j, `n_by_label` how
    many there are; rows of labels that no post has are null. ``misreading`` holds the same with covariances, as
    `emtract.misreading.read_misreading` takes it; where an emotion has fewer than two posts, of the three classes of valence.
    """
    asked = columns or LabelledColumns()
    meaning = Meaning(asked.labels) if asked.labels is not None else meaning_of(path, asked.label)
    asked = replace(asked, labels=meaning.labels)
    if asked.id is None:
        other = None if beside is None else TextReader(beside, asked.text)
        return _evaluate(path, TextReader(loaded(model), asked.text), asked, meaning, progress or silent, other)
    if settings is None or not isinstance(model, str):
        raise SourceError("ids are looked up in a store: name its configuration with --config")
    with open_store(settings, read_only=True) as store:
        reader = StoreReader(store, model, id_column=asked.id, platform=asked.platform)
        return _evaluate(path, reader, asked, meaning, progress or silent)


def _evaluate(
    path: Path,
    reader: Reader,
    asked: LabelledColumns,
    meaning: Meaning,
    report: Progress,
    beside: TextReader | None = None,
) -> Evaluation:
    used = _use(path, reader, asked, report, beside)
    if len(used.labels) < LEAST:
        raise used.tally.refuse(path, len(used.labels), f"at least {LEAST} are needed")
    found = _measured(path.name, reader, used, meaning)
    return found if beside is None else _with_agreement(found, used, reader, beside)


def _with_agreement(found: Evaluation, used: _Used, reader: Reader, beside: TextReader) -> Evaluation:
    """Add how far two scorers agree on the posts that both could read."""
    if used.beside is None or beside.scorer == found.scorer:
        raise SourceError("--beside names the scorer that is measured: name another")
    both = np.isfinite(used.beside).all(axis=1)
    readers = [one for one in (reader, beside) if isinstance(one, TextReader)]
    valence_only = [one.scorer for one in readers if reads_of(one.instrument) == "valence"]
    pair = {found.scorer: used.probabilities[both], beside.scorer: used.beside[both]}
    table = agreement(pair, valence_only=valence_only).drop("first")
    tables = {**found.tables, f"agreement of {found.scorer}": table.rename({"second": "with"})}
    return replace(found, tables=tables, details={**found.details, "agreement": table.to_dicts()})


def _use(path: Path, reader: Reader, asked: LabelledColumns, report: Progress, beside: TextReader | None) -> _Used:
    others = [np.empty((0, len(EMOTIONS)))]
    parts, numbers, tally = [np.empty((0, len(EMOTIONS)))], [np.empty(0, dtype=np.intp)], Tally()
    known: dict[str | None, int] = {}
    posts: list[int] = []
    what = reader.scorer.partition("@")[0]
    for rows, places in labelled_rows(path, asked, tally, check=reader.column, report=report, what=what):
        p, reasons = reader.read(rows)
        tally.left_out.update(reason for reason in reasons if reason is not None)
        taken = np.array([reason is None for reason in reasons])
        parts.append(p[taken])
        if beside is not None:
            others.append(beside.read(rows)[0][taken])
        numbers.append(places[taken])
        named = rows[reader.column(rows.columns)].cast(pl.String).filter(pl.Series(taken, dtype=pl.Boolean))
        posts += [known.setdefault(name, len(known)) for name in named]
    other = None if beside is None else np.concatenate(others)
    return _Used(np.concatenate(parts), np.concatenate(numbers), np.array(posts, np.intp), tally, other)


def _measured(name: str, reader: Reader, used: _Used, meaning: Meaning) -> Evaluation:
    p, labels = used.probabilities, used.labels
    measures = [m for m in MEASURES if m.startswith("valence")] if meaning.valence else MEASURES
    whole, errors = evaluate(p, labels), standard_errors(p, labels, np.random.default_rng(_SEED), posts=used.posts)
    values = {measure: float(getattr(whole, measure)) + 0.0 for measure in measures}
    ends = {measure: _interval(measure, value, errors[measure], used.posts) for measure, value in values.items()}
    counts = confusion(p.argmax(axis=1), labels, len(EMOTIONS))
    means, n = mean_by_label(p, labels)
    rows = per_class(p, labels)
    scorer, _, revision = reader.scorer.rpartition("@")
    texts = len(set(used.posts.tolist()))
    how = f"on {texts:,} posts of {name}" + (f", {len(labels):,} labels" if texts < len(labels) else "")
    cards: tuple[Misreading, ...] = tuple(
        misreading_of(p, labels, scorer=scorer, revision=revision, how=how, posts=used.posts, grain=grain)
        for grain in get_args(Grain)
    )
    # Labels of a coarser set, such as negative, neutral and positive, tell of valence.
    misreading = next((card for card in cards if not card.missing), cards[0])
    table = pl.DataFrame(
        {
            "measure": [measure.replace("_", " ") for measure in measures],
            "value": list(values.values()),
            "std error": [errors[measure] for measure in measures],
            "low": [ends[measure][0] for measure in measures],
            "high": [ends[measure][1] for measure in measures],
        }
    )
    details = {
        "rows": used.rows,
        "left_out": dict(used.tally.left_out.most_common()),
        "left_out_share": used.tally.left_out.total() / used.rows,
        "unknown_labels": dict(used.tally.unknown.most_common()),
        "metrics": {measure: as_dict(whole)[measure] for measure in ("n", *measures)},
        "standard_errors": {measure: errors[measure] for measure in measures},
        "intervals": {measure: list(pair) for measure, pair in ends.items()},
    }
    if meaning.valence:
        return _of_valence(name, reader, used, meaning, table, details | {KEY: cards[-1].to_plain()})
    details |= {
        "per_class": rows.to_dicts(),
        "labels": list(EMOTIONS),
        "confusion": counts.tolist(),
        "mean_by_label": [row if known else None for row, known in zip(means.tolist(), n, strict=True)],
        "n_by_label": n.tolist(),
        KEY: misreading.to_plain(),
    }
    tables = {
        "by emotion: share of labels found (recall) and of readings that are right (precision), 95 % intervals": _shown(
            rows
        ),
        "posts by label (rows) and likeliest emotion (columns)": _square(counts.tolist()),
        "mean probabilities by label": _square(means.tolist()),
    }
    told = misreading.notes[:1] if misreading.missing else ()
    coarse = (f"the card of misreading is of valence: too few posts are labelled {listed(cards[0].missing)}",)
    notes = (*meaning.notes, *_notes(reader, used, n), *(told if misreading.grain == "emotion" else coarse))
    return Evaluation(reader.scorer, name, len(labels), table, notes, details, tables)


def _of_valence(
    name: str, reader: Reader, used: _Used, meaning: Meaning, table: pl.DataFrame, details: dict[str, Any]
) -> Evaluation:
    """Return what labels that tell valence alone say of a scorer."""
    read, places = valence_probabilities(used.probabilities).argmax(axis=1), np.array(VALENCE_PLACES)[used.labels]
    counts = confusion(read, places, len(VALENCE_CLASSES)).tolist()
    details |= {"labels": list(VALENCE_CLASSES), "confusion": counts}
    signed = places != VALENCE_CLASSES.index("neutral")
    positive = places[signed] == VALENCE_CLASSES.index("positive")
    value, error = _ordered(used.probabilities[signed], positive, used.posts[signed])
    if np.isfinite(value):
        ends = {"low": max(0.0, value - Z95 * error), "high": min(1.0, value + Z95 * error)}
        row = {"measure": "auc of valence, positive over negative", "value": value, "std error": error, **ends}
        table = pl.concat([table, pl.DataFrame([row])])
        details["auc"] = row
    tables = {"posts by label (rows) and likeliest class of valence (columns)": _square(counts, VALENCE_CLASSES)}
    notes = [*meaning.notes, *reader.notes(), *used.tally.note(len(used.labels)), *_note_on_repeats(used)]
    if len(told := np.unique(places)) < len(VALENCE_CLASSES):
        own = macro_f1(read, places, len(VALENCE_CLASSES)) * len(VALENCE_CLASSES) / len(told)
        notes.append(
            f"valence macro f1 is over three classes, of which only {len(told)} are labelled; over those it is {own:.4f}"
        )
    return Evaluation(reader.scorer, name, len(used.labels), table, tuple(notes), details, tables)


def _ordered(p: Probabilities, positive: NDArray[np.bool_], posts: NDArray[np.intp]) -> tuple[float, float]:
    """How often a positive post has the higher valence of a pair, and its bootstrap standard error."""
    signed = np.asarray(valence(p), dtype=np.float64)
    value = auc(signed, positive)
    if not np.isfinite(value):
        return value, value
    rng = np.random.default_rng(_SEED)
    found = bootstrap(lambda rows: [auc(signed[rows], positive[rows])], len(signed), rng, posts=posts)
    return value, float(found[0])


def _interval(measure: str, value: float, error: float, posts: NDArray[np.intp]) -> tuple[float, float]:
    if measure in _SHARES:
        return share_interval(value, error, posts)
    low, high = value - Z95 * error, value + Z95 * error
    return max(0.0, low), high if measure in _UNBOUNDED else min(1.0, high)


def _notes(reader: Reader, used: _Used, n: NDArray[np.intp]) -> tuple[str, ...]:
    notes = [*reader.notes(), *used.tally.note(len(used.labels)), *_note_on_repeats(used)]
    few = [f"{emotion} ({count})" for emotion, count in zip(EMOTIONS, n, strict=True) if count < LEAST]
    if few:
        notes.append(f"fewer than {LEAST} labels: {', '.join(few)}; what is measured there is uncertain")
    if not n.all():
        tagged = np.flatnonzero(n)
        own = macro_f1(used.probabilities.argmax(axis=1), used.labels, len(EMOTIONS)) * len(EMOTIONS) / len(tagged)
        notes.append(
            f"macro f1 is over seven emotions, of which only {len(tagged)} are labelled; over those it is {own:.4f}"
        )
    return tuple(notes)


def _note_on_repeats(used: _Used) -> tuple[str, ...]:
    """Say that some posts have several labels; nothing where none has."""
    posts, labels = len(np.unique(used.posts)), len(used.labels)
    if posts == labels:
        return ()
    return (
        f"{labels:,} labels are of {posts:,} posts: errors and intervals of the measures draw the labels of a post together; "
        "intervals by emotion take each label by itself",
    )


def _shown(rows: pl.DataFrame) -> pl.DataFrame:
    def between(name: str) -> pl.Expr:
        return pl.format("{} to {}", *(pl.col(f"{name}_{end}").round(3) for end in ("low", "high"))).alias(
            f"{name} 95 %"
        )

    return rows.select(
        "emotion",
        pl.col("tagged").alias("n"),
        "recall",
        between("recall"),
        "precision",
        between("precision"),
        "f1",
        "predicted",
    )


def _square(rows: Iterable[Iterable[float]], labels: Sequence[str] = EMOTIONS) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=list(labels), orient="row").insert_column(0, pl.Series("label", labels))
