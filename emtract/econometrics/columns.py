"""Does a sample have what a spec, or a condition, names? Where it has not, which files would bring it."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

import polars as pl

from emtract.econometrics.regression.spec import KERNELS, columns_of
from emtract.emotions import NEGATIVE, NON_NEUTRAL
from emtract.errors import EstimationError, MissingDataError, SpecError, first_line
from emtract.panel.frame import ENTITY, REQUIRED, TIME, how_to_read
from emtract.words.codebook import series_column
from emtract.words.columns import WINDOW_NAMES
from emtract.words.names import split_term

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from emtract.econometrics.regression.spec import Spec
    from emtract.panel.frame import Sample

#: Shares that differ by no more are the same number, summed in another order.
_EQUAL: Final = 1e-9
#: Numbers whose sums of squares fit into a float.
_LARGEST: Final = 1e140
_SERIES: Final = series_column("")
_SIZE: Final = "format = 'crsp_ciz', or 'characteristics' with shares_outstanding"
#: Column -> what to name under [[market]].
FILES: Final[Mapping[str, str]] = {
    "short_ratio": f"format = 'finra_short_interest', and shares outstanding: {_SIZE}",
    "institutional_share": f"format = 'sec_13f', and shares outstanding: {_SIZE}",
    "size": _SIZE,
    "shares_outstanding": _SIZE,
    "abnormal_turnover": _SIZE,
    "industry": "format = 'classification' or 'crsp_ciz'",
    "earnings_session": "format = 'earnings' or 'yahoo_earnings'",
}
#: How a column of one's own comes into the panel.
OWN: Final = (
    "`emtract panel --columns` lists columns; one of your own comes from a table of symbol, period, available (the day it was "
    "public) and the column, under [[market]] with format = 'characteristics'"
)


def check_columns(spec: Spec, sample: Sample) -> None:
    """Check that a sample has every column of a spec, of a type that fits.

    Raises
    ------
    SpecError
        When a column is missing or not numeric.
    MissingDataError
        When a column is missing or empty for want of files, or the scorer reads no stance or does not tell emotions apart.
    """
    check_numbers(_named(spec), numeric_columns(spec), spec.where, sample)
    check_emotions(spec.sources, sample)


def check_numbers(
    labels: Iterable[str], numbers: Iterable[str], where: str | None, sample: Sample, *, key: Sequence[str] = ()
) -> None:
    """Check that a sample has columns, numbers of such a type where it must, and that no row of a key stands twice.

    Parameters
    ----------
    labels
        Columns of any type.
    numbers
        Columns that must be numeric, Boolean or all null.
    where
        Polars SQL condition, whose columns may be missing only for want of files; None for none.
    sample
        What is checked.
    key
        Columns that name a row together; empty where rows may repeat.

    Raises
    ------
    SpecError
        When a column is missing or not numeric, or a key is repeated.
    EstimationError
        When a number is too large to square.
    MissingDataError
        When a column, or one of the condition, is missing or empty for want of files.
    """
    data, numbers = sample.data, tuple(numbers)
    named = list(dict.fromkeys((*labels, *numbers)))
    check_files([*named, *asked_columns(where)], data)
    if missing := [column for column in named if column not in data.columns]:
        told = "; ".join(f"the panel has no column {c!r}{closest(c, data.columns)}" for c in missing)
        raise SpecError(f"{told}. {OWN}")
    schema = data.schema
    words = [c for c in numbers if not (schema[c].is_numeric() or schema[c] in (pl.Boolean, pl.Null))]
    if words:
        raise SpecError(f"{', '.join(words)} must be numeric: encode it in the panel first")
    large = [c for c in numbers if schema[c].is_float() and _largest(data[c]) > _LARGEST]
    if large:
        raise EstimationError(f"{', '.join(large)} holds numbers beyond {_LARGEST:g}, too large to square: rescale it")
    if key and (repeated := data.filter(data.select(key).is_duplicated())).height:
        row = ", ".join(str(value) for value in repeated.select(key).row(0))
        raise SpecError(f"{row} has several rows of the sample: keep one row for each {' and '.join(key)}")


def _largest(column: pl.Series) -> float:
    """Return the largest finite size of a number, 0 where there is none."""
    finite = column.filter(column.is_finite().fill_null(value=False)).cast(pl.Float64).to_numpy()
    return float(abs(finite).max(initial=0.0))


def check_files(columns: Iterable[str], data: pl.DataFrame) -> None:
    """Raise MissingDataError when a column is absent or empty because nobody has read it; the message says what to do."""
    for column in columns:
        source = next((c for c in FILES if f"_{c}_" in f"_{column}_"), None)
        if column not in data.columns:
            if column.startswith(_SERIES):
                name = column.removeprefix(_SERIES)
                raise MissingDataError(
                    f'no {column} in this sample: name it there, series=("{name}",), and its file under [[market]] with '
                    'format = "series"'
                )
            if source is not None:
                raise MissingDataError(f"no {column} in this sample: name files under [[market]] with {FILES[source]}")
            if column.startswith(("declared_", "divergence_")):
                raise MissingDataError(f"no {column} in this sample: no writer tagged a post as bullish or bearish")
            if told := how_to_read(column):
                raise MissingDataError(f"no {column} in this sample: {told}")
        elif column not in REQUIRED and data[column].null_count() == data.height:
            window = split_term(column)[1]
            told = (
                f"no post of the {WINDOW_NAMES.get(window, window)} window tells it"
                if window
                else "ingest files that tell it"
            )
            remedy = f"name files under [[market]] with {FILES[source]}" if source else told
            raise MissingDataError(f"{column} is missing on all {data.height:,} rows: {remedy}")


def check_emotions(columns: Iterable[str], sample: Sample) -> None:
    """Raise MissingDataError when columns are single emotions and the sample's scorer reads valence only.

    Notes
    -----
    Such a scorer gives its negative part in equal quarters to four emotions: sadness equals anger on every row.
    """
    data = sample.data
    single = ((c, c.removeprefix(emotion)) for c in columns for emotion in NON_NEUTRAL if c.startswith(f"{emotion}_"))
    for column, suffix in single:
        pair = [f"{emotion}{suffix}" for emotion in NEGATIVE[:2]]
        if set(pair) <= set(data.columns) and _same(data, *pair):
            raise MissingDataError(
                f"the scorer {sample.settings.get('scorer') or 'of this sample'} tells positive from negative only, so "
                f"{column} says nothing of its own: read valence, or score the posts with a model of emotions"
            )


def _same(data: pl.DataFrame, one: str, two: str) -> bool:
    apart, size = data.select(
        (pl.col(one) - pl.col(two)).abs().max().alias("apart"), pl.col(one).abs().max().alias("size")
    ).row(0)
    return size is not None and apart is not None and size > 0 and apart <= _EQUAL


def numeric_columns(spec: Spec) -> list[str]:
    """Columns that must be numbers: y, those behind the regressors, weights."""
    weights = () if spec.weights is None else (spec.weights,)
    return list(dict.fromkeys((spec.y, *spec.sources, *weights)))


def used_columns(spec: Spec, data: pl.DataFrame) -> list[str]:
    """Columns of a sample that a spec needs; firm and session too where the sample has them."""
    keys = (key for key in (ENTITY, TIME) if key in data.columns)
    return list(dict.fromkeys((*numeric_columns(spec), *keys, *_named(spec))))


def _named(spec: Spec) -> list[str]:
    time = (spec.time,) if spec.covariance in KERNELS else ()
    return list(dict.fromkeys((*numeric_columns(spec), *columns_of((*spec.effects, *spec.clusters)), *time)))


def asked_columns(where: str | None) -> list[str]:
    """Return the columns that a condition reads; none without one.

    Raises
    ------
    SpecError
        When it is no condition in Polars SQL.
    """
    return [] if where is None else list(dict.fromkeys(condition(where).meta.root_names()))


def condition(where: str) -> pl.Expr:
    """Return a condition in Polars SQL as an expression, or raise SpecError."""
    try:
        return pl.sql_expr(where)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise SpecError(f"where={where!r} is not a condition: {first_line(error)}") from error


def closest(column: str, columns: Sequence[str]) -> str:
    """Return ` (did you mean 'x'?)`, or nothing where no column has a name like it."""
    matches = get_close_matches(column, columns, n=1)
    return f" (did you mean {matches[0]!r}?)" if matches else ""
