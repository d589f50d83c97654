"""The command line: parse, call one function, print. Every verb can be run twice."""

from __future__ import annotations

import re
import sys
from typing import Final

from emtract.cli import archive, export, models, posts, project, shards, studies
from emtract.cli.root import app
from emtract.console import visible
from emtract.errors import EmtractError

__all__ = ["app", "archive", "export", "main", "models", "posts", "project", "shards", "studies"]


#: What DuckDB says of it.
_WORDS: Final = re.compile(r"Query interrupted|(INTERRUPT Error: )?Interrupted!")
#: Exit status of what Ctrl-C ended, as shells have it.
_INTERRUPTED: Final = 130


def main() -> None:
    """Run the command line; an error that was foreseen, the system's, or Ctrl-C is one line and no exit status 0."""
    try:
        app()
    except SystemExit as ended:
        if ended.code == _INTERRUPTED:
            _say("stopped: what was finished is kept; run the same command again")
        raise
    except EmtractError as error:
        _say(str(error))
        raise SystemExit(_INTERRUPTED if _interrupted(error) else 1) from None
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        _say(f"{error.strerror or error}{where}: check that the path can be read and written")
        raise SystemExit(1) from None
    except Exception as error:
        if not _interrupted(error):
            raise
        _say("stopped: what was finished is kept; run the same command again")
        raise SystemExit(_INTERRUPTED) from None


def _say(line: str) -> None:
    sys.stderr.write(f"emtract: {visible(line)}\n")


def _interrupted(error: BaseException | None) -> bool:
    """Whether Ctrl-C stands behind an error; libraries have errors of their own for it."""
    while error is not None:
        if isinstance(error, KeyboardInterrupt) or _WORDS.match(str(error)):
            return True
        error = error.__cause__ or error.__context__
    return False
