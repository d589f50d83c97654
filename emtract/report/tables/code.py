"""One regression for other software: its rows, scripts for R (fixest) and Stata (reghdfe), and what emtract estimates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from emtract.atomic import write_whole
from emtract.econometrics.columns import numeric_columns, used_columns
from emtract.econometrics.regression.spec import KERNELS, Spec, columns_of, parts
from emtract.econometrics.rows import open_ledger, pick_rows
from emtract.errors import ReportError
from emtract.report.tables.dataset import stata_names, write_dataset

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from emtract.study import StudyResult

#: Rule -> the argument `ssc` of fixest from version 0.13, and before; fixest's own default needs none.
_SSC: Final = {
    "fixest": None,
    "full": ('ssc(K.fixef = "full")', 'ssc(fixef.K = "full")'),
    "none": ("ssc(K.adj = FALSE, G.adj = FALSE)", "ssc(adj = FALSE, cluster.adj = FALSE)"),
}


@dataclass(frozen=True)
class _Terms:
    """A spec under names that every program takes; `joined` maps an effect, cluster or product of several to its columns."""

    spec: Spec
    y: str
    x: tuple[str, ...]
    products: Mapping[str, tuple[str, ...]]
    effects: tuple[str, ...]
    clusters: tuple[str, ...]
    joined: Mapping[str, tuple[str, ...]]
    weights: str | None
    needed: tuple[str, ...]
    cut: tuple[str, ...]
    scaled: tuple[str, ...]
    scaled_products: tuple[str, ...]


def write_code(result: StudyResult, name: str, folder: Path) -> tuple[str, ...]:
    """Write a regression's rows (csv, dta), scripts for R and Stata, and its estimates; return the files' names.

    Parameters
    ----------
    result
        Of the study.
    name
        Of the regression.
    folder
        Made where it is missing; files of the same names are replaced.

    Raises
    ------
    ReportError
        The study has no estimated regression of the name, or its covariance is one of a kernel.
    """
    if name not in result.results:
        raise ReportError(
            f"{result.study.name} has no estimated regression {name!r}: name one of {', '.join(result.results)}"
        )
    found, sample = result.results[name], result.samples[result.results[name].spec.sample]
    spec = found.spec
    if spec.covariance in KERNELS:
        raise ReportError(f"{name}: programs differ on {spec.covariance}; name a regression with another covariance")
    rows, _ = pick_rows(sample.data, spec.where, open_ledger(sample, (), spec.where))
    numbers = [pl.col(column).cast(pl.Float64) for column in numeric_columns(spec)]
    rows = rows.select(used_columns(spec, rows)).with_columns(numbers)
    floats = pl.selectors.float()
    rows = rows.with_columns(pl.when(floats.is_finite()).then(floats))
    short = stata_names(rows.columns)
    terms = _terms(spec, short)
    head = _head(result.study.name, name, spec)
    told = found.tidy().select("term", "estimate", "std_error").with_columns(pl.Series("term", terms.x))
    folder.mkdir(parents=True, exist_ok=True)
    write_dataset(rows.rename(short), folder / "rows.csv")
    write_dataset(rows, folder / "rows.dta")
    write_whole(folder / "emtract.csv", told.write_csv())
    write_whole(folder / f"{name}.R", _r(terms, [f"# {line}" for line in head]))
    write_whole(folder / f"{name}.do", _stata(terms, [f"* {line}" for line in head]))
    return ("rows.csv", "rows.dta", "emtract.csv", f"{name}.R", f"{name}.do")


def _terms(spec: Spec, short: Mapping[str, str]) -> _Terms:
    products = {term: f"product_{n}" for n, term in enumerate((t for t in spec.regressors if len(parts(t)) > 1), 1)}
    both = dict.fromkeys((*spec.effects, *spec.clusters))
    groups = {level: f"group_{n}" for n, level in enumerate((e for e in both if len(parts(e)) > 1), 1)}
    names = {**short, **products, **groups}
    weights = () if spec.weights is None else (spec.weights,)
    needed = dict.fromkeys((spec.y, *spec.sources, *weights, *columns_of((*spec.effects, *spec.clusters))))
    return _Terms(
        spec=spec,
        y=short[spec.y],
        x=tuple(names[term] for term in spec.regressors),
        products={names[term]: tuple(short[part] for part in parts(term)) for term in products},
        effects=tuple(names[effect] for effect in spec.effects),
        clusters=tuple(names[cluster] for cluster in spec.clusters),
        joined={names[level]: tuple(short[part] for part in parts(level)) for level in groups},
        weights=None if spec.weights is None else short[spec.weights],
        needed=tuple(short[column] for column in needed),
        cut=tuple(short[column] for column in spec.winsorise),
        scaled=tuple(short[column] for column in spec.standardise if column in short),
        scaled_products=tuple(products[term] for term in spec.standardise if term in products),
    )


def _head(study: str, name: str, spec: Spec) -> list[str]:
    where = "all rows of the sample" if spec.where is None else f"rows where {' '.join(spec.where.split())}"
    return [
        f"{name} of the study {study}: estimates and standard errors of emtract stand in emtract.csv.",
        f"rows.csv and rows.dta hold {where}, before any is dropped for what it lacks.",
        f"Covariance {spec.covariance}, small samples as {spec.small_sample!r}. p-values of a wild bootstrap are not made here.",
    ]


def _vector(names: Sequence[str]) -> str:
    return "c(" + ", ".join(f'"{name}"' for name in names) + ")"


def _r(terms: _Terms, head: Sequence[str]) -> str:
    spec = terms.spec
    lines = [*head, "library(fixest)", 'rows <- read.csv("rows.csv", na.strings = "")']
    lines += [f"rows <- rows[complete.cases(rows[{_vector(terms.needed)}]), ]"]
    lines += [f"rows <- rows[rows${terms.weights} > 0, ]"] if terms.weights else []
    lines += [f"rows${new} <- paste({', '.join(f'rows${part}' for part in of)})" for new, of in terms.joined.items()]
    if terms.effects:
        lines += [
            "# Rows that are alone in a level of an effect, until there is none.",
            "repeat {",
            f"  alone <- lapply(rows[{_vector(terms.effects)}], function(by) ave(seq_along(by), by, FUN = length) == 1)",
            "  alone <- Reduce(`|`, alone)",
            "  if (!any(alone)) break",
            "  rows <- rows[!alone, ]",
            "}",
        ]
    for name in terms.cut:
        lines += [f"ends <- quantile(rows${name}, c({spec.winsor!r}, {1 - spec.winsor!r}), type = 7)"]
        lines += [f"rows${name} <- pmin(pmax(rows${name}, ends[1]), ends[2])"]
    lines += [f"rows${terms.y} <- rows${terms.y} * {spec.y_scale!r}"] if spec.y_scale != 1 else []
    scaled = "rows${0} <- as.vector(scale(rows${0}))"
    lines += [scaled.format(name) for name in terms.scaled]
    lines += [f"rows${new} <- {' * '.join(f'rows${part}' for part in of)}" for new, of in terms.products.items()]
    lines += [scaled.format(name) for name in terms.scaled_products]
    vcov = {"unadjusted": 'vcov = "iid"', "robust": 'vcov = "hetero"'}
    asked = vcov.get(spec.covariance, f"cluster = ~{' + '.join(terms.clusters)}")
    options = ["data = rows", asked, *([f"weights = ~{terms.weights}"] if terms.weights else [])]
    if rule := _SSC[spec.small_sample]:
        lines += [f'rule <- if (packageVersion("fixest") >= "0.13") {rule[0]} else {rule[1]}']
        options += ["ssc = rule"]
    formula = f"{terms.y} ~ {' + '.join(terms.x)}" + (f" | {' + '.join(terms.effects)}" if terms.effects else "")
    lines += [
        f"fit <- feols({formula}, {', '.join(options)})",
        'told <- read.csv("emtract.csv")',
        "ours <- data.frame(told, fixest = coef(fit)[told$term], fixest_error = se(fit)[told$term])",
        "print(ours, digits = 10, row.names = FALSE)",
        "stopifnot(abs(ours$fixest - ours$estimate) < 1e-6 * ours$std_error, abs(ours$fixest_error / ours$std_error - 1) < 1e-6)",
    ]
    return "\n".join(lines) + "\n"


_STATA_PROGRAMS: Final = """capture program drop cut_tails
program cut_tails
    args name share
    sort `name'
    foreach end in `share' 1-`share' {
        scalar place = (_N - 1) * (`end') + 1
        scalar at_`=cond("`end'" == "`share'", "low", "high")' = `name'[floor(place)] + ///
            (place - floor(place)) * (`name'[ceil(place)] - `name'[floor(place)])
    }
    replace `name' = min(max(`name', at_low), at_high)
end"""


def _stata(terms: _Terms, head: Sequence[str]) -> str:
    spec = terms.spec
    lines = [*head, "* Needs reghdfe (ssc install reghdfe, ftools)."]
    lines += [_STATA_PROGRAMS] if terms.cut else []
    lines += ['use "rows.dta", clear', *(f"drop if missing({name})" for name in terms.needed)]
    lines += [f"drop if {terms.weights} <= 0"] if terms.weights else []
    lines += [f"egen {new} = group({' '.join(of)})" for new, of in terms.joined.items()]
    numbers = {name: f"level_{n}" for n, name in enumerate(dict.fromkeys((*terms.effects, *terms.clusters)), 1)}
    lines += [f"egen {number} = group({name})" for name, number in numbers.items()]
    effects = [numbers[name] for name in terms.effects]
    if effects:
        lines += [
            "* Rows that are alone in a level of an effect, until there is none.",
            "local more 1",
            "while `more' {",
            "    local more 0",
            f"    foreach level in {' '.join(effects)} {{",
            "        bysort `level': generate byte alone = _N == 1",
            "        count if alone",
            "        if r(N) local more 1",
            "        drop if alone",
            "        drop alone",
            "    }",
            "}",
        ]
    lines += [f"cut_tails {name} {spec.winsor!r}" for name in terms.cut]
    lines += [f"replace {terms.y} = {terms.y} * {spec.y_scale!r}"] if spec.y_scale != 1 else []
    scaled = "summarize {0}\nreplace {0} = (({0} - r(mean)) / r(sd))"
    lines += [scaled.format(name) for name in terms.scaled]
    lines += [f"generate double {new} = {' * '.join(of)}" for new, of in terms.products.items()]
    lines += [scaled.format(name) for name in terms.scaled_products]
    vce = {"unadjusted": "unadjusted", "robust": "robust"}
    asked = vce.get(spec.covariance, f"cluster {' '.join(numbers[name] for name in terms.clusters)}")
    absorbed = f"absorb({' '.join(effects)})" if effects else "noabsorb"
    weights = f" [aweight = {terms.weights}]" if terms.weights else ""
    lines += [f"reghdfe {terms.y} {' '.join(terms.x)}{weights}, {absorbed} vce({asked})"]
    lines += ["* Compare with emtract.csv; reghdfe's count of parameters can move standard errors in the fourth digit."]
    return "\n".join(lines) + "\n"
