"""Every exception that emtract raises on purpose; each message says what to do next."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from emtract.spelling import spelt_out

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


#: What DuckDB says of an interrupt.
_INTERRUPTED: Final = re.compile(r"Query interrupted|(INTERRUPT Error: )?Interrupted!")
#: Characters of a message at most.
LONGEST: Final = 1_500


class EmtractError(Exception):
    """Base class: the CLI prints the message on one line and exits with status 1.

    A message of any length, as of a table with 200,000 columns, keeps its beginning and its end, where the remedy stands;
    bytes of names that are no UTF-8 are spelt out.
    """

    def __str__(self) -> str:
        text = spelt_out(super().__str__())
        if len(text) <= LONGEST:
            return text
        return f"{text[: LONGEST // 2]} ... ({len(text) - LONGEST:,} characters left out) ... {text[-LONGEST // 2 :]}"


class ConfigError(EmtractError):
    """The configuration file names an unknown key, an impossible value or a missing path."""


class SourceError(EmtractError):
    """An input file or folder cannot be read as what it was declared to be."""


class MarketDataError(EmtractError):
    """Prices are missing, contradictory, or could not be fetched."""


class ModelError(EmtractError):
    """A scorer is unknown, damaged, or was built for another cleaner."""


class StoreError(EmtractError):
    """The DuckDB store is locked, read-only, of another schema version, or fails a check."""


class PanelError(EmtractError):
    """The panel violates its contract: duplicate keys, missing columns, no rows."""


class SpecError(EmtractError):
    """A regression specification is incomplete or names columns that the panel lacks."""


class MissingDataError(SpecError):
    """A specification needs columns that no file of this store brought; the message names the files to configure."""


class EstimationError(EmtractError):
    """A specification could not be estimated on the sample that is left."""


class AbsorbedError(EstimationError):
    """Nothing is left of a regressor: it is constant, or effects or other controls explain it.

    `term` is its name and `why` the reason in words, as they follow "left out, since".
    """

    def __init__(self, message: str, term: str, why: str) -> None:
        super().__init__(message)
        self.term = term
        self.why = why


class StudyError(EmtractError):
    """A study is unknown or loses more rows than its attrition limit allows."""


class StudiesFailedError(StudyError):
    """Some of the configured studies failed; `pages` maps every study to its page and whether it was built now."""

    def __init__(self, message: str, pages: Mapping[str, tuple[Path, bool]]) -> None:
        super().__init__(message)
        self.pages = pages


class ReportError(EmtractError):
    """A page cannot be written."""


class WorkerError(EmtractError):
    """A process that worked for this one was killed."""


def first_line(error: BaseException, *, most: int = LONGEST) -> str:
    """Return the first line of what an error says, cut to `most` characters, or its kind where it says nothing."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:most]


def is_interrupt(error: BaseException | None) -> bool:
    """Whether Ctrl-C stands behind an error; libraries, and code of a user's, have errors of their own for it."""
    while error is not None:
        if isinstance(error, KeyboardInterrupt) or _INTERRUPTED.match(str(error)):
            return True
        error = error.__cause__ or error.__context__
    return False
