"""A study: one question, its named specs, what was expected, and what came out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import polars as pl

from emtract.econometrics.results import Result
from emtract.econometrics.spec import Spec
from emtract.panel.frame import Panel

Sign = Literal["positive", "negative", "either", "none"]


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
        Largest share of panel rows that any spec may lose before the study refuses to report; 1 for no limit.
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


@dataclass(frozen=True)
class StudyResult:
    """Every spec of a study, estimated on one panel."""

    study: Study
    panel: Panel
    results: Mapping[str, Result] = field(default_factory=dict)

    def tidy(self) -> pl.DataFrame:
        """Return every coefficient of every spec: spec, label, y, then the columns of `Result.tidy`, n_obs, r2_within."""
        raise NotImplementedError

    def attrition(self) -> pl.DataFrame:
        """Return the panel's ledger, then each spec's: spec ('' for the panel), step, unit, rows_in, dropped, rows_out, reason."""
        raise NotImplementedError
