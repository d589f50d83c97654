"""Other packages for regressors that a model made, on their own example designs, and the correction beside them.

Run as python -m tests.validation.beside_packages where ValidMLInference and ppi-python are installed; neither is a dependency.
Design-based supervised learning is done by its published equations (Egami, Hinck, Stewart and Wei 2023, eq. 6, of a linear model
without cross-fitting): its Python port, dsl-kit 0.1.1, lacks a module of its own and cannot be imported.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, replace
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import numpy as np
import polars as pl
import typer
from scipy import stats

from emtract.console.tables import print_table
from emtract.console.voice import progress_bars
from emtract.econometrics.measurement.correct import correct
from emtract.econometrics.measurement.designed import tagged_moments
from emtract.econometrics.regression.spec import Spec
from emtract.emotions import EMOTIONS, valence
from emtract.errors import ConfigError, EmtractError
from emtract.misreading import misreading_of
from emtract.panel.frame import ENTITY, REQUIRED, TIME, Panel
from emtract.panel.noise import Noise, measure_cells

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Counts = NDArray[np.int64]
    Flags = NDArray[np.bool_]

#: Module of each package -> its name where packages are installed from.
PACKAGES: Final = {"ValidMLInference": "ValidMLInference", "ppi_py": "ppi-python"}
#: Effect of a topic's share, standard deviation of the outcome besides: about those of the packages' own example.
EFFECT: Final = 0.4
SPREAD: Final = 1.5
#: Rows of the simulation of labels, and further ones that are checked.
ROWS: Final = 16_000
CHECKED: Final = 1_000
#: Share of the rows whose share is known exactly, where a method needs that.
KNOWN: Final = 0.1
_QUANTILE: Final = float(stats.norm.ppf(0.975))
_SESSION: Final = dt.date(2019, 1, 2)
_SPEC: Final = Spec(
    y="return_open_close", x=("happy_market",), effects=(), covariance="robust", clusters=(), small_sample="none"
)

#: Method -> estimate, standard error, and whether the interval or set holds the truth.
Told = dict[str, tuple[float, float, float]]


@dataclass(frozen=True)
class Documents:
    """Documents of words, each of which shows two topics with chances that are known.

    Attributes
    ----------
    shares
        Share of the first topic, of which words are drawn, shape (n,).
    readings
        What each word says of that share, without bias, shape (words,).
    owner
        Document of each word, shape (words,).
    outcome
        Shape (n,).
    """

    shares: Floats
    readings: Floats
    owner: Counts
    outcome: Floats

    @property
    def counts(self) -> Counts:
        """Words of each document, shape (n,)."""
        return np.bincount(self.owner, minlength=len(self.shares))

    @property
    def means(self) -> Floats:
        """Mean reading of each document, shape (n,)."""
        return np.asarray(np.bincount(self.owner, weights=self.readings, minlength=len(self.shares)) / self.counts)


def draw_documents(rng: np.random.Generator, shares: Floats, counts: Counts, words: Floats) -> Documents:
    """Draw documents, their words and an outcome.

    Parameters
    ----------
    rng
        The random generator.
    shares, counts
        Share of the first topic and number of words, of which pairs are drawn with replacement, shape (n,).
    words
        Chance of each word in each topic, shape (2, words).
    """
    picked = rng.integers(len(shares), size=len(shares))
    share, count = shares[picked], counts[picked]
    owner = np.repeat(np.arange(len(share)), count)
    edges = np.cumsum(words, axis=1) / words.sum(axis=1, keepdims=True)
    topic = (rng.random(len(owner)) > share[owner]).astype(int)
    chance = rng.random(len(owner))
    word = np.where(topic == 0, np.searchsorted(edges[0], chance), np.searchsorted(edges[1], chance))
    outcome = EFFECT * share + SPREAD * rng.standard_normal(len(share))
    return Documents(share, word_readings(words)[word.clip(max=words.shape[1] - 1)], owner, outcome)


def word_readings(words: Floats) -> Floats:
    """Return what each word says of the share of the first topic, by least squares: on average it is the share."""
    return np.asarray((np.linalg.inv(words @ words.T) @ words)[0])


def to_panel(documents: Documents) -> Panel:
    """Documents as cells whose words are posts: the first topic is happiness, and the second sadness."""
    p = np.zeros((len(documents.owner), len(EMOTIONS)))
    p[:, EMOTIONS.index("happy")], p[:, EMOTIONS.index("sad")] = documents.readings, 1 - documents.readings
    return cells_of(documents.outcome, p, documents.owner)


def cells_of(outcome: Floats, readings: Floats, owner: Counts | None = None) -> Panel:
    """A panel of one session: outcome of each cell, readings of posts, shape (n, 7), and their cells; by default one each."""
    owner = np.arange(len(outcome)) if owner is None else owner
    symbols = pl.Series([f"D{i:05d}" for i in range(len(outcome))])
    post = np.arange(len(owner))
    rows = pl.DataFrame(
        {
            "suffix": ["market"] * len(owner),
            TIME: [_SESSION] * len(owner),
            ENTITY: symbols.gather(owner),
            "w": np.ones(len(owner)),
            "copy": post,
            "words": np.ones(len(owner), dtype=np.int64),
            "author": post,
            "post_key": post,
        }
        | {emotion: readings[:, j] for j, emotion in enumerate(EMOTIONS)}
    )
    counts = np.bincount(owner, minlength=len(outcome))
    means = {
        f"{emotion}_market": np.bincount(owner, weights=readings[:, j], minlength=len(outcome)) / counts
        for j, emotion in enumerate(EMOTIONS)
    }
    data = pl.DataFrame(
        {
            ENTITY: symbols,
            TIME: [_SESSION] * len(symbols),
            "return_open_close": outcome,
            **means,
            "valence_market": valence(np.column_stack(list(means.values()))),
        }
    )
    absent = [c for c in REQUIRED if c not in data.columns]
    return Panel(data.with_columns(pl.lit(0.0).alias(c) for c in absent), noise=Noise(*measure_cells(rows)))


def corrected(documents: Documents) -> Told:
    """The plain regression of emtract, its corrected point and its set, on the documents with two words or more."""
    found = correct(_SPEC, to_panel(documents))
    point, error = float(found.coefficients[0]), float(np.sqrt(found.covariance[0, 0]))
    held = float(found.holds("happy_market", EFFECT))
    return {
        "naive": _interval(float(found.naive.coefficients[0]), float(found.naive.std_errors[0]), EFFECT),
        "emtract, corrected": _interval(point, error, EFFECT),
        "emtract, set": (float("nan"), float("nan"), held),
    }


def of_topics(documents: Documents, words: Floats, package: Any) -> Told:
    """Both corrections of ValidMLInference for shares of topics; it is told how words are shared out between topics."""
    n = len(documents.shares)
    weights = np.column_stack([documents.means, 1 - documents.means])
    kappa = float(np.mean(1 / documents.counts) * np.sqrt(n))
    told = {}
    for name in ("ols_bca_topic", "ols_bcm_topic"):
        found = getattr(package, name)(
            Y=documents.outcome, Q=np.empty((n, 0)), W=weights, S=np.array([[1.0, 0.0]]), B=words, k=kappa
        )
        told[name] = _interval(float(found.coef[1]), float(np.sqrt(found.vcov[1, 1])), EFFECT)
    return told


def of_known(rng: np.random.Generator, documents: Documents, package: Any) -> Told:
    """Prediction-powered bootstrap of ppi_py, which is told the exact share of some documents, and the regression on those alone.

    `ppi_ols_ci` predicts an outcome and takes regressors as exact. Its bootstrap takes any statistic, so that the share may stand
    in the place of what is predicted.
    """
    known = np.zeros(len(documents.shares), dtype=bool)
    known[rng.choice(len(known), round(KNOWN * len(known)), replace=False)] = True
    share, mean, outcome = documents.shares, documents.means, documents.outcome
    # The package draws from numpy's own generator.
    np.random.seed(int(rng.integers(2**31)))
    low, high = package.ppboot(
        _slope, share[known], mean[known], mean[~known], X=outcome[known], X_unlabeled=outcome[~known], alpha=0.05
    )
    apart = share[known] - share[known].mean()
    slope = _slope(outcome[known], share[known])
    left = outcome[known] - outcome[known].mean() - slope * apart
    error = float(np.sqrt(((apart * left) ** 2).sum()) / (apart**2).sum())
    half = float(high - low) / 2
    return {
        "ppboot": (float(low + high) / 2, half / _QUANTILE, float(low <= EFFECT <= high)),
        "known rows alone": _interval(slope, error, EFFECT),
    }


def draw_labels(rng: np.random.Generator, *, by_outcome: bool) -> tuple[Floats, Floats, Floats]:
    """The simulation of ValidMLInference: outcome, label as it is read, and the true label, of one row in twenty.

    Parameters
    ----------
    rng
        The random generator.
    by_outcome
        Whether the same number of labels are misread by the outcome: given wrongly where it is high, and missed where it is low.
    """
    n, share = ROWS + CHECKED, 0.05
    wrong = 1 / np.sqrt(ROWS)
    chance = rng.random(n)
    truth = (chance <= wrong) | ((chance > 2 * wrong) & (chance <= share + wrong))
    label = (chance > wrong) & (chance <= share + wrong)
    outcome = 10 + truth + np.where(truth, 0.5, 0.3) * rng.standard_normal(n)
    if by_outcome:
        label = truth.copy()
        # Of a noisy copy of the outcome, so that the rows that are misread are not sharply those beyond a value.
        seen = outcome - truth + 0.3 * rng.standard_normal(n)
        for own, sign in ((~truth, 1.0), (truth, -1.0)):
            rows = np.flatnonzero(own)
            moved = rows[np.argsort(-sign * seen[rows])][: round(wrong * n)]
            label[moved] = ~label[moved]
    return outcome, label.astype(float), truth.astype(float)


def of_labels(rng: np.random.Generator, package: Any, powered: Any, *, by_outcome: bool = False) -> Told:
    """Every method that takes a label a row: one row in sixty is misread, and 1,000 rows are checked."""
    outcome, label, truth = draw_labels(rng, by_outcome=by_outcome)
    rate = float((label[ROWS:] * (1 - truth[ROWS:])).mean())
    y, x = outcome[:ROWS], label[:ROWS, None]
    found = {
        "naive": package.ols(Y=y, X=x),
        "ols_bca": package.ols_bca(Y=y, Xhat=x, fpr=rate, m=CHECKED),
        "ols_bcm": package.ols_bcm(Y=y, Xhat=x, fpr=rate, m=CHECKED),
        "one_step": package.one_step(Y=y, Xhat=x),
    }
    told = {k: _interval(float(v.coef[1]), float(np.sqrt(v.vcov[1, 1])), 1.0) for k, v in found.items()}
    known = np.arange(len(outcome)) >= ROWS
    return told | by_reading(outcome, label, truth, known) | by_checks(rng, outcome, label, truth, known, powered)


def by_reading(outcome: Floats, label: Floats, truth: Floats, known: Flags) -> Told:
    """The correction by a card of the checked rows, and whether their label goes with the outcome given the truth.

    No row is negative: the card has a row of its own for that class, which is read as itself.
    """
    p = np.zeros((len(outcome), len(EMOTIONS)))
    p[:, EMOTIONS.index("happy")], p[:, EMOTIONS.index("neutral")] = label, 1 - label
    sad = np.eye(len(EMOTIONS))[[EMOTIONS.index("sad")] * 2]
    tags = np.where(truth[known] == 1, EMOTIONS.index("happy"), EMOTIONS.index("neutral"))
    card = misreading_of(
        np.vstack([p[known], sad]), np.append(tags, [EMOTIONS.index("sad")] * 2), scorer="label", revision="1",
        how="on the rows that were checked", grain="valence",
    )  # fmt: skip
    panel = cells_of(outcome[~known], p[~known])
    found = correct(replace(_SPEC, x=("valence_market",)), panel, by="reading", misreading=card)
    held = float(found.holds("valence_market", 1.0))
    # Within rows of one truth, the label on the outcome.
    y, read, kind = outcome[known], label[known], truth[known]
    apart = y - np.where(kind == 1, y[kind == 1].mean(), y[kind == 0].mean())
    slope = float(apart @ read / (apart @ apart))
    left = read - np.where(kind == 1, read[kind == 1].mean(), read[kind == 0].mean()) - slope * apart
    error = float(np.sqrt((apart**2 * left**2).sum()) / (apart @ apart))
    return {
        "emtract, by reading": _interval(float(found.coefficients[0]), float(np.sqrt(found.covariance[0, 0])), 1.0),
        "emtract, by reading, set": (float("nan"), float("nan"), held),
        "differential error not seen": (slope, error, float(abs(slope) <= _QUANTILE * error)),
    }


def by_checks(
    rng: np.random.Generator, outcome: Floats, label: Floats, truth: Floats, known: Flags, powered: Any
) -> Told:
    """What rests on rows checked at random: design-based supervised learning, slopes by tags, ppboot, and those rows alone."""
    n, drawn = len(outcome), int(known.sum())
    x, y = label - label.mean(), outcome - outcome.mean()
    at = np.flatnonzero(known)
    joint = np.full((drawn, drawn), drawn * (drawn - 1) / (n * (n - 1)))
    np.fill_diagonal(joint, drawn / n)
    d = (truth - label)[at][:, None]
    values, covariance, _ = tagged_moments(
        x[:, None], y, at=at, maker=np.eye(drawn) - 1 / n, apart=d, products=d[:, :, None] * d[:, None], joint=joint,
        clusters=[np.arange(n)],
    )  # fmt: skip
    np.random.seed(int(rng.integers(2**31)))
    low, high = powered.ppboot(
        _slope, truth[known], label[known], label[~known], X=outcome[known], X_unlabeled=outcome[~known], alpha=0.05,
        n_resamples=200,
    )  # fmt: skip
    apart = truth[known] - truth[known].mean()
    slope = _slope(outcome[known], truth[known])
    left = outcome[known] - outcome[known].mean() - slope * apart
    alone = float(np.sqrt(((apart * left) ** 2).sum()) / (apart**2).sum())
    return {
        "emtract, by tags": _interval(float(values[0]), float(np.sqrt(covariance[0, 0])), 1.0),
        "design-based, published equations": supervised(outcome, label, truth, known),
        "ppboot": (float(low + high) / 2, float(high - low) / 2 / _QUANTILE, float(low <= 1.0 <= high)),
        "checked rows alone": _interval(slope, alone, 1.0),
    }


def supervised(outcome: Floats, label: Floats, truth: Floats, known: Flags) -> tuple[float, float, float]:
    """Design-based supervised learning of a line: moments as read, of checked rows less these and with those as known."""
    share = known.mean()
    read, true = (np.column_stack([np.ones(len(outcome)), column]) for column in (label, truth))
    scale = (known / share)[:, None]

    def moments(columns: Floats) -> tuple[Floats, Floats]:
        return columns[:, :, None] * columns[:, None], columns * outcome[:, None]

    (gram, product), (wanted, wanted_product) = moments(read), moments(true)
    gram = gram - scale[:, :, None] * (gram - wanted)
    product = product - scale * (product - wanted_product)
    bread = np.linalg.inv(gram.sum(axis=0))
    values = bread @ product.sum(axis=0)
    scores = product - gram @ values
    error = float(np.sqrt((bread @ scores.T @ scores @ bread.T)[1, 1]))
    return _interval(float(values[1]), error, 1.0)


def _slope(outcome: Floats, share: Floats) -> float:
    apart = share - share.mean()
    return float(apart @ outcome / (apart @ apart))


def _interval(value: float, error: float, truth: float) -> tuple[float, float, float]:
    return value, error, float(abs(value - truth) <= _QUANTILE * error) if np.isfinite(value) else float("nan")


def designs() -> Mapping[str, tuple[float, Callable[[np.random.Generator], Told]]]:
    """Return name of each design -> its truth, and what draws it and estimates.

    Raises
    ------
    ConfigError
        When a package is not installed.
    """
    try:
        valid, powered = (import_module(name) for name in PACKAGES)
    except ImportError as error:
        raise ConfigError(f"{error.name} is not installed: pip install {' '.join(PACKAGES.values())}") from None
    example = valid.topic_model_data()
    shares, words = example["theta_est_full"][:, 0], example["beta_est_full"]
    full, tenth = example["lda_data"].astype(int).T
    # Where few words are said the topic is the first: the number of words goes with the share.
    tied = np.sort(tenth)[np.argsort(np.argsort(-shares))]

    def topics(rng: np.random.Generator, counts: Counts) -> Told:
        documents = draw_documents(rng, shares, counts, words)
        return corrected(documents) | of_topics(documents, words, valid)

    def known(rng: np.random.Generator) -> Told:
        documents = draw_documents(rng, shares, tenth, words)
        return corrected(documents) | of_known(rng, documents, powered)

    return {
        "topics, 88 words a document": (EFFECT, lambda rng: topics(rng, full)),
        "topics, 9 words a document": (EFFECT, lambda rng: topics(rng, tenth)),
        "topics, 9 words, fewer where the share is large": (EFFECT, lambda rng: topics(rng, tied)),
        "topics, 9 words, a tenth of the documents known exactly": (EFFECT, known),
        "labels misread": (1.0, lambda rng: of_labels(rng, valid, powered)),
        "labels misread by the outcome": (1.0, lambda rng: of_labels(rng, valid, powered, by_outcome=True)),
    }


def summarise(design: str, truth: float, drawn: list[Told]) -> pl.DataFrame:
    """Return a row a method: mean, bias in per cent, sd, mean_std_error, coverage, draws, and refused (draws without a point)."""
    found: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
    for told in drawn:
        for name, numbers in told.items():
            found[name].append(numbers)
    rows = []
    for name, told_of in found.items():
        value, error, held = np.array([row for row in told_of if np.isfinite(row[2])]).T
        rows.append(
            {
                "design": design,
                "method": name,
                "truth": truth,
                "mean": value.mean(),
                "bias_percent": 100 * (value.mean() / truth - 1),
                "sd": value.std(ddof=1),
                "mean_std_error": error.mean(),
                "coverage": held.mean(),
                "draws": len(held),
                "refused": len(told_of) - len(held),
            }
        )
    return pl.DataFrame(rows)


def compare(
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder of beside_packages.csv.")] = Path(
        "reports/validation"
    ),
    draws: Annotated[int, typer.Option(help="Data sets a design.")] = 500,
    seed: Annotated[int, typer.Option(help="Seed of the draws.")] = 0,
    only: Annotated[str, typer.Option(help="Designs whose name begins so; rows of others stay as they are.")] = "",
) -> None:
    """Draw every design, estimate by every method that applies, and write one table."""
    path = output / "beside_packages.csv"
    chosen = {name: design for name, design in designs().items() if name.startswith(only)}
    kept = pl.read_csv(path, glob=False) if only and path.is_file() else None
    tables = [] if kept is None else [kept.filter(~pl.col("design").is_in(list(chosen)))]
    with progress_bars() as progress:
        for name, (truth, draw) in chosen.items():
            drawn = []
            for done, rng in enumerate(np.random.default_rng(seed).spawn(draws), start=1):
                drawn.append(draw(rng))
                progress(name, done, draws)
            tables.append(summarise(name, truth, drawn))
            output.mkdir(parents=True, exist_ok=True)
            table = pl.concat(tables)
            numbers = [column for column, kind in table.schema.items() if kind == pl.Float64]
            table.with_columns(pl.col(numbers).round_sig_figs(4)).write_csv(path)
    print_table(table)
    installed = ", ".join(f"{package} {version(package)}" for package in PACKAGES.values())
    typer.echo(f"{installed}; written: {path}")


if __name__ == "__main__":
    try:
        typer.run(compare)
    except EmtractError as error:
        raise SystemExit(f"emtract: {error}") from None
