"""The command line: parse, call one function, print. Every verb can be run twice."""

from __future__ import annotations

import sys

from emtract.cli import archive, export, models, posts, project, shards, studies
from emtract.cli.root import app
from emtract.console import visible
from emtract.errors import EmtractError

__all__ = ["app", "archive", "export", "main", "models", "posts", "project", "shards", "studies"]


def main() -> None:
    """Run the command line; an error that was foreseen, or the system's, is one line and exit status 1."""
    try:
        app()
    except EmtractError as error:
        sys.stderr.write(f"emtract: {visible(str(error))}\n")
        raise SystemExit(1) from None
    except OSError as error:
        where = f" ({visible(str(error.filename))})" if error.filename else ""
        sys.stderr.write(f"emtract: {error.strerror or error}{where}: check that the path can be read and written\n")
        raise SystemExit(1) from None
