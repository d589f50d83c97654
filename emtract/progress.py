"""How far long work within an estimate has come: counted where it is done, told to whoever listens, and to nobody else."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_T = TypeVar("_T")
_LISTENER: Final[ContextVar[Callable[[str, int, int], None] | None]] = ContextVar("listener", default=None)


@contextmanager
def heard_by(progress: Callable[[str, int, int], None] | None) -> Iterator[None]:
    """Tell `progress` of everything that is `counted` within the block: (what, done, in all); None for nobody."""
    before = _LISTENER.set(progress)
    try:
        yield
    finally:
        _LISTENER.reset(before)


def counted(what: str, items: Sequence[_T]) -> Iterator[_T]:
    """Yield the items, and tell whoever listens how many are done; one call an item, so that nothing slows down.

    Parameters
    ----------
    what
        What is being done, as a bar names it.
    items
        One a step of the work.

    Examples
    --------
    >>> with heard_by(lambda what, done, total: print(what, done, "of", total)):
    ...     letters = list(counted("letters", "ab"))
    letters 0 of 2
    letters 1 of 2
    letters 2 of 2
    """
    listener = _LISTENER.get()
    for done, item in enumerate(items):
        if listener is not None:
            listener(what, done, len(items))
        yield item
    if listener is not None:
        listener(what, len(items), len(items))
