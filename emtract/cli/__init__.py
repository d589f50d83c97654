"""The command line: parse, call one function, print. Every verb can be run twice.

Importing it loads next to nothing, so that Ctrl-C is answered from the start: the verbs are loaded when they are needed.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from errno import EPIPE
from importlib import import_module
from io import TextIOWrapper
from typing import TYPE_CHECKING, Any, Final

from emtract.errors import EmtractError, is_interrupt
from emtract.extras import lacking
from emtract.spelling import is_text, spelt_out, visible

if TYPE_CHECKING:
    from threading import Event

    from typer import Typer

    from emtract.cli.root import app

__all__ = ["app", "main"]

#: Modules that hang their verbs on the tree, in the order in which help lists them.
_VERBS: Final = (
    *("archive", "audit", "causes", "compare", "models", "panel", "posts", "project", "scores", "shards", "studies"),
    "tag",
)
#: Exit status of what Ctrl-C ended, as shells have it.
_INTERRUPTED: Final = 130
#: Characters of a name that a line shows.
_LONGEST: Final = 300
_STOPPED: Final = "stopped: what was finished is kept; run the same command again"
#: Clears the line of a terminal, and shows its cursor, which bars hide.
_NO_BARS: Final = "\r\x1b[K\x1b[?25h"
#: Threads of NumPy's linear algebra: the regressions here are small, and on a busy machine threads spin while they wait for
#: each other. One thread also leaves the last digit independent of the machine.
_LINEAR_ALGEBRA: Final = {"OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "VECLIB_MAXIMUM_THREADS": "1"}


def __getattr__(name: str) -> Any:
    if name != "app":
        raise AttributeError(f"module 'emtract.cli' has no attribute {name!r}")
    return _tree()


def _tree() -> Typer:
    """Load all verbs."""
    for module in _VERBS:
        import_module(f"emtract.cli.{module}")
    tree: Typer = import_module("emtract.cli.root").app
    return tree


def main() -> None:
    """Run the command line; an error that was foreseen, the system's, or Ctrl-C is one line and no exit status 0."""
    try:
        from emtract.cli.interrupts import heard

        for name, threads in _LINEAR_ALGEBRA.items():
            os.environ.setdefault(name, threads)  # read when NumPy is loaded, which is after this
        _take_any_text()
        with heard(_end_at_once) as pressed:
            ended = _run(pressed)
        status = _status(ended, pressed=pressed.is_set())
        if pressed.is_set():  # threads of a library may keep the process from ending
            signal.signal(signal.SIGINT, lambda *_: os._exit(_INTERRUPTED))
    except KeyboardInterrupt as error:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        status = _stopped(error)
    raise SystemExit(status)


def _run(pressed: Event) -> BaseException:
    """Run the verb that was asked for, and return what it ended with, if only the wish to exit."""
    try:
        tree = _tree()
        try:
            tree()
        finally:
            _flush()
    except BaseException as error:  # noqa: BLE001 (raised again, unless it is one of those that are told)
        if pressed.is_set():  # what is left is to say so
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        return error
    return SystemExit(0)


def _end_at_once() -> None:
    """End the process as a kill does, at a second Ctrl-C: what lies on the disk bears it, and the next run clears it."""
    sys.stderr = sys.__stderr__  # past any bars
    if sys.stderr is not None and sys.stderr.isatty():
        sys.stderr.write(_NO_BARS)
    _say(_STOPPED)
    os._exit(_INTERRUPTED)


def _status(error: BaseException, *, pressed: bool) -> int | str | None:
    """Say in a line what ended a command, and return its exit status; what nobody foresaw is raised."""
    if isinstance(error, SystemExit) and error.code != _INTERRUPTED and not (error.code and pressed):
        return error.code
    if pressed or is_interrupt(error) or isinstance(error, SystemExit):
        return _stopped(error)
    if isinstance(error, EmtractError):
        _say(str(error))
    elif (
        isinstance(error, OSError) and error.errno != EPIPE
    ):  # of a pipe that its reader has left there is nothing to say
        where = f" ({error.filename})" if error.filename else ""
        _say(f"{error.strerror or error}{where}: check that the path can be read and written")
    elif isinstance(error, UnicodeEncodeError) and not is_text(str(error.object)):
        name = spelt_out(str(error.object))[:_LONGEST]
        _say(
            f"{name} is not UTF-8, and this command takes nothing else: rename the file or folder, or type it as UTF-8"
        )
    elif isinstance(error, ModuleNotFoundError) and (said := lacking(error)):
        _say(said)
    elif not isinstance(error, OSError):
        raise error
    return 1


def _stopped(error: BaseException) -> int:
    """Say what Ctrl-C left behind; a verb may know better than this module."""
    known = isinstance(error, EmtractError) and isinstance(error.__cause__ or error.__context__, KeyboardInterrupt)
    _say(str(error) if known else _STOPPED)
    return _INTERRUPTED


def _say(line: str) -> None:
    with suppress(OSError, AttributeError):  # standard error may be closed
        sys.stderr.write(f"emtract: {visible(line)}\n")


def _take_any_text() -> None:
    """Read what is no UTF-8 as U+FFFD, and spell out what the terminal's encoding does not hold."""
    for stream, errors in ((sys.stdin, "replace"), (sys.stdout, "backslashreplace"), (sys.stderr, "backslashreplace")):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors=errors)


def _flush() -> None:
    """Write what is left; where it cannot be, drop it, since Python would try again and complain."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise
