"""A study of one's own, begun: its file is written into the project, once its columns are known to exist."""

from __future__ import annotations

from difflib import get_close_matches
from keyword import iskeyword
from typing import TYPE_CHECKING, Final

from emtract.atomic import write_new
from emtract.errors import StudyError
from emtract.panel.frame import ENTITY, TIME
from emtract.pipeline.codebook import known_columns
from emtract.study.find import list_studies
from emtract.study.new import study_source
from emtract.words.codebook import series_column

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from emtract.config import Settings
    from emtract.pipeline.codebook import Columns

#: Columns that are no numbers.
_LABELS: Final = (ENTITY, TIME, "month", "ticker", "industry")


def write_new_study(settings: Settings | None, name: str, y: str, x: Sequence[str], *, folder: Path) -> Path:
    """Write the file of a new study, and return its path.

    Parameters
    ----------
    settings
        Whose store may bring columns of its own; None for none.
    name
        Of the study; the file is `NAME.py`.
    y, x
        Outcome and regressors.
    folder
        Of the file; it must be there.

    Raises
    ------
    StudyError
        The name is no name, or of a shipped study, the file is there already, or a column is unknown or no number.
    SpecError
        A regressor is known only after the outcome.
    """
    if not name.isidentifier() or not name.isascii() or iskeyword(name):
        raise StudyError(f"{name!r} cannot name a study: use letters, digits and underscores, such as fear_range")
    if name in list_studies():
        raise StudyError(f"emtract ships a study {name}: choose another name")
    path = folder / f"{name}.py"
    columns, regressors = known_columns(settings), tuple(dict.fromkeys(x))
    _check_columns((y, *regressors), columns)
    if y in regressors:
        raise StudyError(f"{y} is both outcome and regressor: name another --y or --x")
    source = study_source(
        name,
        y,
        regressors,
        series=[series for series in columns.series if series_column(series) in (y, *regressors)],
        factors=[factor for factor in columns.factors if factor in (y, *regressors)],
    )
    try:
        write_new(path, source.encode())
    except FileExistsError:
        raise StudyError(f"{path} is there already: choose another name, or another --output") from None
    except (FileNotFoundError, NotADirectoryError):
        raise StudyError(f"there is no folder {folder}: make it, or name another --output") from None
    return path


def _check_columns(asked: Sequence[str], columns: Columns) -> None:
    for column in asked:
        if column in _LABELS:
            raise StudyError(f"{column} is a label and no number: name another column (`emtract panel --columns`)")
        if column not in columns.names:
            near = [name for name in columns.names if column and column in name][:3]
            near = near or get_close_matches(column, columns.names, n=3)
            hint = f"did you mean {' or '.join(near)}?" if near else "`emtract panel --columns` lists all"
            raise StudyError(f"no panel has a column {column!r}: {hint}")
