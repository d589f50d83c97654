"""Timings that are alternated and repeated, and the rows that report them."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True)
class Measure:
    """One row of the report: what was measured, how much, in what, and how."""

    name: str
    value: float | int | str
    unit: str = ""
    note: str = ""


@dataclass(frozen=True)
class Timing:
    """Seconds of one contender, one entry a repetition."""

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """Median of the seconds."""
        return median(self.seconds)

    def rate(self, amount: float) -> float:
        """Amount a second at the median."""
        return amount / self.median

    def row(self, name: str, amount: float, unit: str, note: str = "") -> Measure:
        """Row of a rate; the note ends with its spread over the repetitions."""
        low, high = (number(amount / seconds) for seconds in (max(self.seconds), min(self.seconds)))
        spread = f"{low} to {high} in {len(self.seconds)} repetitions" if len(self.seconds) > 1 else "once"
        return Measure(name, significant(self.rate(amount)), unit, "; ".join(filter(None, (note, spread))))


def alternate(
    contenders: Mapping[str, Callable[[], object]],
    repeats: int,
    *,
    clock: Callable[[], float] = perf_counter,
    before: Callable[[], object] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Timing]:
    """Time every contender once a round, so that a machine that slows down slows all of them.

    Parameters
    ----------
    contenders
        Name -> what to time; a warm-up is the caller's.
    repeats
        Rounds.
    clock
        Seconds; the processor's own clock where other processes must not count.
    before
        Called, untimed, before each call.
    progress
        Called with the calls done and the calls in all.
    """
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for turn in range(repeats):
        for place, (name, call) in enumerate(contenders.items()):
            if before:
                before()
            start = clock()
            call()
            seconds[name].append(clock() - start)
            if progress:
                progress(turn * len(contenders) + place + 1, repeats * len(contenders))
    return {name: Timing(tuple(values)) for name, values in seconds.items()}


def ratio(name: str, ours: Timing, theirs: Timing, note: str = "") -> Measure:
    """Row of how many times faster ours was on the same amount: the median over rounds, each with its own pair."""
    rounds = [there / here for here, there in zip(ours.seconds, theirs.seconds, strict=True)]
    spread = f"{number(min(rounds))} to {number(max(rounds))} in {len(rounds)} rounds"
    return Measure(name, significant(median(rounds), 3), "times", "; ".join(filter(None, (note, spread))))


def significant(value: float, digits: int = 4) -> float:
    """Value to so many significant digits; whole numbers stay whole."""
    return float(f"{value:.{digits}g}") if abs(value) < 10**digits else float(round(value))


def number(value: float | int | str) -> str:
    """A value as the report writes it: thousands parted, three digits where it is small."""
    if isinstance(value, str):
        return value
    return f"{value:,.0f}" if abs(value) >= 100 or float(value).is_integer() else f"{value:.3g}"
