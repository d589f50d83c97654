"""The prompt, as a user types at it, in this process: most of what a verb costs is starting one."""

import io
import subprocess
import sys
from contextlib import chdir, nullcontext, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

from emtract import cli

#: The command itself, for what only a process of its own can tell.
EMTRACT = Path(sys.executable).with_name("emtract")


class Done(NamedTuple):
    """What a verb left behind; anything that is no exit goes through to the test, as a traceback would to the user."""

    returncode: int
    stdout: str
    stderr: str


def emtract(*arguments, cwd=None, stdin=""):
    """Run `emtract` with these arguments."""
    out, err = io.StringIO(), io.StringIO()
    with (
        nullcontext() if cwd is None else chdir(cwd),
        patch.object(sys, "argv", ["emtract", *map(str, arguments)]),
        patch.object(sys, "stdin", io.StringIO(stdin)),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            cli.main()
            code = 0
        except SystemExit as ended:
            code = ended.code or 0
    return Done(code, out.getvalue(), err.getvalue())


def process(*arguments, cwd=None, before=()):
    """Run it as a process of its own."""
    command = [*before, str(EMTRACT), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd)
