"""How a verb speaks: lines, questions, bars while work goes on, words or JSON when it is done."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import typer

from emtract.errors import EmtractError
from emtract.progress import heard_by
from emtract.spelling import visible
from emtract.summaries import plain, stage_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.text import Text

    from emtract.pipeline.line import Stage
    from emtract.pipeline.opening import Progress

#: Notes on fields, and bad rows, that are shown.
MAX_NOTES: Final = 20


def say(*lines: str) -> None:
    """Print each line, with whatever in it could act on a terminal spelt out."""
    for line in lines:
        typer.echo(visible(line))


def confirm(question: str, *, yes: bool) -> None:
    """Ask before something is removed.

    Raises
    ------
    EmtractError
        The answer is no, or nobody is there to answer.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise EmtractError(f"{visible(question)} nobody is there to answer: add --yes")
    if not typer.confirm(visible(question), err=True):
        raise EmtractError("nothing was removed")


@dataclass(frozen=True)
class Voice:
    """How a verb speaks: results on standard output, as words or as JSON; bars and lines of stages on standard error.

    Attributes
    ----------
    quiet
        Nothing but errors.
    as_json
        One JSON value on standard output in the place of words.
    """

    quiet: bool = False
    as_json: bool = False

    @contextmanager
    def bars(self) -> Iterator[Progress]:
        """Give a callback that draws bars, unless it is to be quiet."""
        with progress_bars(shown=not self.quiet) as progress:
            yield progress

    def stage(self, stage: Stage) -> None:
        """Say on standard error that a stage of a run is done."""
        if not self.quiet:
            # Not by typer, which would write past the bars and into one of them.
            sys.stderr.write(f"{visible(stage_line(stage))}\n")

    def show(self, words: Callable[[], None], value: Callable[[], Any]) -> None:
        """Print the result.

        Parameters
        ----------
        words
            Prints it for people.
        value
            Gives it for `--json`; frames, paths and dates are made plain.
        """
        if self.as_json:
            typer.echo(json.dumps(plain(value()), ensure_ascii=False, indent=1, allow_nan=False))
        elif not self.quiet:
            words()


@contextmanager
def progress_bars(*, shown: bool = True) -> Iterator[Progress]:
    """Give a callback that draws one bar a stage, with the time left, on a standard error that is a terminal.

    Long work within a stage draws bars of its own: what is `emtract.progress.counted`.
    """
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        Task,
        TaskID,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Speed(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text("" if task.speed is None else f"{task.speed:,.0f}/s")

    columns = (
        TextColumn("{task.description:<12}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        Speed(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not (shown and console.is_terminal)) as bars:
        tasks: dict[str, TaskID] = {}

        def report(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=total)
            if done == 0:
                bars.reset(tasks[what], total=total)
            bars.update(tasks[what], completed=done, total=total, visible=done < total)

        with heard_by(report):
            yield report
