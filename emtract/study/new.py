"""A new study file: declarations and comments, in the style of those that are shipped, which runs as it stands."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING, Final

from emtract.econometrics.ahead import check_ahead
from emtract.emotions import EMOTIONS
from emtract.words.columns import MEASURED
from emtract.words.names import listed, outcome_words, split_term, term_words

if TYPE_CHECKING:
    from collections.abc import Sequence

_WIDTH: Final = 120
_LAGGED: Final = ("lagged_return", "lagged_volatility")
_MOODS: Final = (*EMOTIONS, "valence")


def study_source(
    name: str, y: str, x: Sequence[str], *, series: Sequence[str] = (), factors: Sequence[str] = ()
) -> str:
    """Return the text of a study of one outcome on some regressors.

    Parameters
    ----------
    name
        Of the study and its file.
    y, x
        Columns of the firm-session panel.
    series, factors
        Names of dated series and of published returns that the sample is to have beside its columns.

    Raises
    ------
    SpecError
        When a regressor is known only after the outcome.
    """
    check_ahead((y,), {"x": x}, None, looks_ahead=False)
    windows = [w for w in dict.fromkeys(split_term(column)[1] for column in x) if w is not None]
    controls = [c for c in (*(f"attention_{w}" for w in windows), *_LAGGED) if c not in (y, *x)]
    wide = any(column in factors or column.startswith("series_") for column in x)
    effects = ("symbol",) if wide else ("symbol", "session")
    asked = [f"{key}={_names(names)}" for key, names in (("series", series), ("factors", factors)) if names]
    moody = any((found := MEASURED.fullmatch(column)) and found[1] in _MOODS for column in x)
    outcome, regressors = outcome_words(y), listed([term_words(column) for column in x])
    held = listed([term_words(column) for column in controls])
    question = (
        f"Is {regressors} associated with {outcome}?" if len(x) == 1 else f"Are {regressors} associated with {outcome}?"
    )
    design = (
        f"Design. Firm-sessions with posts. The {outcome} is regressed on {regressors}, given {held}. "
        f"{'Firm effects are' if wide else 'Firm and session effects are'} absorbed, errors are clustered by firm and session, "
        "every regressor is per standard deviation. In a second regression nothing but the effects is held fixed."
    )
    uses = ["Exhibit", *(["FirmSessions"] if asked else []), "Spec", "Study"]
    return (
        f'''"""{fill(f"{name}: {question}", _WIDTH)}

{fill(design, _WIDTH)}

Papers. Name here, and in `papers` below, what the design follows.
"""

from dataclasses import replace

from emtract.study import {", ".join(uses)}

# Columns: `emtract panel --columns WORD`. What else a Spec can say: `help(emtract.study.Spec)`.
X = {_names(x)}
CONTROLS = {_names(controls)}
BASE = Spec(
    y="{y}",
    x=X,
    controls=CONTROLS,
    effects={_names(effects)},  # absorbed; "symbol:month" has one level for each firm and month
    covariance="clustered",  # or unadjusted, robust, driscoll_kraay, newey_west, with clusters=()
    clusters=("symbol", "session"),
    small_sample="fixest",
    bootstrap="auto",  # p-values of a wild bootstrap where clusters are few
    standardise=(*X, *CONTROLS),  # coefficients per standard deviation
    {_scale(y)}
    # where="n_posts_pre_open >= 5 AND session >= '2020-01-01'",  # rows that count; none is left out without it
'''
        + (
            '    correct="mood",  # beside the plain estimate one that is corrected for the few posts behind each mood\n'
            if moody
            else ""
        )
        + f'''    label="All controls",
)
SPECS = {{
    "main": BASE,
    "effects_alone": replace(BASE, controls=(), standardise=X, label="Effects alone"),
}}

STUDY = Study(
    name="{name}",
    question="{question}",
    design=" ".join((__doc__ or "").split("\\n\\n")[1].removeprefix("Design. ").split()),
    papers=(),
'''
        + (f'    samples={{"firm_sessions": FirmSessions({", ".join(asked)})}},\n' if asked else "")
        + f'''    specs=SPECS,
    exhibits=(Exhibit("{_heading(outcome)}", tuple(SPECS)),),
    primary=("main", "{x[0]}"),  # the number that answers the question, fixed before any estimate is seen
    headline=({", ".join(f'("main", "{column}")' for column in x)},),
    # expectations=(Expectation("main", "{x[0]}", "positive", "Author (year): what it found"),),  # import Expectation
    limits=(),  # what the study cannot show on any data: sentences of the page
)
'''
    )


def _names(columns: Sequence[str]) -> str:
    """A tuple of names, as code."""
    quoted = ", ".join(f'"{column}"' for column in columns)
    return f"({quoted},)" if len(columns) == 1 else f"({quoted})"


def _scale(y: str) -> str:
    if "return" in y:
        return "y_scale=1e4,  # basis points"
    return "y_scale=100.0,  # log points in per cent" if y.startswith("log_range") else "y_scale=1.0,"


def _heading(outcome: str) -> str:
    return outcome[:1].upper() + outcome[1:]
