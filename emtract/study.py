"""A study: one question, its named specs, what was expected, and what came out."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import polars as pl

from emtract.econometrics.estimate import estimate
from emtract.econometrics.wording import sentence
from emtract.emotions import EMOTIONS
from emtract.errors import EstimationError, SpecError, StudyError
from emtract.panel.frame import RETURNS, WINDOWS, Panel

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emtract.econometrics.results import Result
    from emtract.econometrics.spec import Spec

Sign = Literal["positive", "negative", "either", "none"]
Verdict = Literal["as expected", "opposite", "not distinguishable"]
SIGNIFICANCE: Final = 0.05


@dataclass(frozen=True)
class Expectation:
    """What the literature leads one to expect of one coefficient, written down before the run."""

    spec: str
    term: str
    sign: Sign
    source: str


@dataclass(frozen=True)
class Exhibit:
    """A table of the report: which specs stand side by side, and how they are called."""

    title: str
    specs: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Study:
    """One question and the regressions that answer it.

    Attributes
    ----------
    name
        File name of the study, e.g. `daily_returns`.
    question
        One sentence ending in a question mark: the title of the page.
    design
        The design paragraph as a paper would print it.
    papers
        Sources of the design.
    specs
        Name -> spec, in the order of the report.
    exhibits
        Tables of the report.
    headline
        (spec, term) of the coefficients that the one-sentence answer is computed from.
    expectations
        Signs expected before the run.
    max_attrition
        Largest share of its rows (those of the panel, or those that its `where` picks) that any spec may lose before
        the study refuses to report; 1 for no limit.

    Raises
    ------
    StudyError
        When an exhibit, a headline or an expectation names a spec or term that the study lacks, or there is no
        headline.
    """

    name: str
    question: str
    design: str
    papers: tuple[str, ...]
    specs: Mapping[str, Spec]
    exhibits: tuple[Exhibit, ...]
    headline: tuple[tuple[str, str], ...]
    expectations: tuple[Expectation, ...] = ()
    max_attrition: float = 1.0

    def __post_init__(self) -> None:
        named = {spec for exhibit in self.exhibits for spec in exhibit.specs}
        terms = (*self.headline, *((e.spec, e.term) for e in self.expectations))
        if unknown := (named | {spec for spec, _ in terms}) - set(self.specs):
            raise StudyError(
                f"study {self.name} has no spec {', '.join(sorted(unknown))}: it has {', '.join(self.specs)}"
            )
        if strays := [f"{term} in {spec}" for spec, term in terms if term not in self.specs[spec].regressors]:
            raise StudyError(f"study {self.name} has no regressor {', '.join(strays)}")
        if not self.headline:
            raise StudyError(f"study {self.name} needs at least one headline coefficient, to answer its question from")


@dataclass(frozen=True)
class StudyResult:
    """Every spec of a study, estimated on one panel."""

    study: Study
    panel: Panel
    results: Mapping[str, Result] = field(default_factory=dict)

    def tidy(self) -> pl.DataFrame:
        """Return every coefficient: spec, label, y, then the columns of `Result.tidy`, then n_obs, r2_within."""
        return pl.concat(
            result.tidy().select(
                pl.lit(name).alias("spec"),
                pl.lit(result.spec.label).alias("label"),
                pl.lit(result.spec.y).alias("y"),
                pl.all(),
                pl.lit(result.n_obs, pl.Int64).alias("n_obs"),
                pl.lit(result.r2_within, pl.Float64).alias("r2_within"),
            )
            for name, result in self.results.items()
        )

    def attrition(self) -> pl.DataFrame:
        """Return the panel's ledger, then each spec's.

        Returns
        -------
        pl.DataFrame
            spec ('' for the panel), step, unit, rows_in, dropped, rows_out, reason.
        """
        ledgers = {"": self.panel.ledger, **{name: result.ledger for name, result in self.results.items()}}
        return pl.concat(
            ledger.frame().select(pl.lit(name).alias("spec"), pl.all()) for name, ledger in ledgers.items()
        )

    def expectations(self) -> pl.DataFrame:
        """Return what was expected beside what came out.

        Returns
        -------
        pl.DataFrame
            One row an expectation: spec, term, sign, source, estimate, p_value, verdict.

        Notes
        -----
        At the 5 per cent level. `positive` and `negative` are met by an estimate of that sign that is distinguishable
        from zero, `either` by one of any sign, `none` by one that is not distinguishable; the last is weak support,
        since a noisy estimate meets it too. `opposite` is a distinguishable estimate against the expectation.
        """
        rows = []
        for expected in self.study.expectations:
            result = self.results[expected.spec]
            found = result.tidy().row(result.spec.regressors.index(expected.term), named=True)
            verdict = _verdict(expected.sign, found["estimate"], found["p_value"])
            numbers = (found["estimate"], found["p_value"])
            rows.append((expected.spec, expected.term, expected.sign, expected.source, *numbers, verdict))
        schema = dict.fromkeys(("spec", "term", "sign", "source"), pl.String)
        schema |= {"estimate": pl.Float64, "p_value": pl.Float64, "verdict": pl.String}  # type: ignore[dict-item]
        return pl.DataFrame(rows, schema=schema, orient="row")

    def answer(self) -> str:
        """Return the answer to the question in one sentence, computed from the headline coefficients."""
        return sentence([(self.results[spec], term) for spec, term in self.study.headline])


def run_study(study: Study | str | Path, panel: Panel) -> StudyResult:
    """Estimate every spec of a study.

    Parameters
    ----------
    study
        The study, its name, or the path of its file.
    panel
        The firm-session panel.

    Returns
    -------
    StudyResult
        A result for each spec, in the order of the study.

    Raises
    ------
    StudyError
        When the study is unknown, or a spec loses more of its rows than `max_attrition`.
    SpecError, EstimationError
        When a spec does not fit the panel; the message begins with the name of the spec.
    """
    known = study if isinstance(study, Study) else load_study(study)
    results: dict[str, Result] = {}
    for name, spec in known.specs.items():
        try:
            results[name] = estimate(spec, panel)
        except (SpecError, EstimationError) as error:
            raise type(error)(f"{known.name}, {name}: {error}") from error
        _check_attrition(known, name, results[name])
    return StudyResult(known, panel, results)


def studies_folder() -> Path:
    """Return the folder of the studies: the wheel's `emtract/studies`, else the checkout's top-level `studies`."""
    package = Path(__file__).resolve().parent
    for folder in (package / "studies", package.parent / "studies"):
        if folder.is_dir():
            return folder
    raise StudyError("the studies of emtract are missing: reinstall the package, or name a study by its path")


def list_studies() -> tuple[str, ...]:
    """Return the names of the studies that ship with the package."""
    return tuple(sorted(path.stem for path in studies_folder().glob("*.py") if not path.stem.startswith("_")))


def study_file(name_or_path: str | Path) -> Path:
    """Return the file of a study: a name is looked up among those shipped, anything with a suffix or folder is a path.

    Raises
    ------
    StudyError
        When there is no such study; the message lists those there are.
    """
    path = Path(name_or_path)
    if path.suffix or len(path.parts) > 1:
        if path.is_file():
            return path
        raise StudyError(f"there is no study file {path}: check the path, or name one of {', '.join(list_studies())}")
    shipped = studies_folder() / f"{path}.py"
    if str(path) not in list_studies():
        raise StudyError(
            f"there is no study {str(path)!r}: name one of {', '.join(list_studies())}, or a path ending in .py"
        )
    return shipped


def load_study(name_or_path: str | Path) -> Study:
    """Return the `STUDY` of a study file; see `study_file` for how it is found.

    Raises
    ------
    StudyError
        When there is no such file, it is not Python, or it defines no `STUDY`.
    """
    path = study_file(name_or_path)
    found = spec_from_file_location(f"emtract_study_{path.stem}", path)
    if found is None or found.loader is None:
        raise StudyError(f"{path} is not a Python file: a study ends in .py")
    module = module_from_spec(found)
    found.loader.exec_module(module)
    study = getattr(module, "STUDY", None)
    if not isinstance(study, Study):
        raise StudyError(f"{path} defines no study: assign STUDY = Study(...)")
    return study


def descriptives(panel: Panel) -> pl.DataFrame:
    """Return the distribution of the panel's main columns.

    Returns
    -------
    pl.DataFrame
        One row a column of the panel (emotions, valence and attention of each window, then returns), nulls left out:
        variable, n, mean, sd, p1, p25, median, p75, p99.
    """
    names = [f"{name}_{window}" for window in WINDOWS for name in (*EMOTIONS, "valence", "attention")]
    columns = (panel.data[name].cast(pl.Float64).drop_nulls().alias(name) for name in (*names, *RETURNS))
    quantiles = {"p1": 0.01, "p25": 0.25, "median": 0.5, "p75": 0.75, "p99": 0.99}
    rows = [
        {"variable": c.name, "n": len(c), "mean": c.mean(), "sd": c.std()}
        | {name: c.quantile(q, interpolation="linear") for name, q in quantiles.items()}
        for c in columns
    ]
    floats = dict.fromkeys(("mean", "sd", *quantiles), pl.Float64)
    return pl.DataFrame(rows, schema={"variable": pl.String, "n": pl.Int64, **floats})


def _verdict(sign: Sign, estimate: float, p_value: float) -> Verdict:
    if sign == "none":
        return "as expected" if p_value >= SIGNIFICANCE else "opposite"
    if p_value >= SIGNIFICANCE:
        return "not distinguishable"
    met = sign == "either" or (estimate > 0) == (sign == "positive")
    return "as expected" if met else "opposite"


def _check_attrition(study: Study, name: str, result: Result) -> None:
    """Compare rows used with rows in the spec's sample: the panel, or what its `where` leaves of it."""
    steps = result.ledger.steps
    sample = steps[0 if result.spec.where is None else 1].rows_out
    lost = 1 - result.n_obs / sample
    if lost > study.max_attrition:
        worst = max(steps[1 if result.spec.where is None else 2 :], key=lambda step: step.dropped)
        raise StudyError(
            f"{study.name}, {name}: {result.n_obs:,} of {sample:,} firm-sessions are left, {lost:.1%} lost, limit "
            f"{study.max_attrition:.1%}; most at step {worst.name!r} ({worst.dropped:,}: {worst.reason}). "
            "Raise max_attrition, or widen the panel"
        )
