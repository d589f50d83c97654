"""Ctrl-C, heard wherever it comes: also by a query of DuckDB, which leaves signals to Python and Python waiting for it."""

from __future__ import annotations

import signal
import socket
import sys
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

#: A byte that no signal has for its number: Python could not raise what it had to.
_LOST: Final = 255
#: Seconds between two attempts to end a query.
_PAUSE: Final = 0.1
#: Seconds after which a second Ctrl-C is meant: `timeout` and other programs send the first one twice.
_MEANT: Final = 0.3


@contextmanager
def heard(end: Callable[[], None]) -> Iterator[threading.Event]:
    """Let Ctrl-C end the queries of every open store within the block; the event says whether it was pressed.

    Only where Python's own handler stands, in the main thread; all is put back at the end.

    Parameters
    ----------
    end
        Ends the process, whatever it is at; called in another thread, where Ctrl-C is pressed again while the first is answered.

    Notes
    -----
    A signal writes its number into a socket (`signal.set_wakeup_fd`). A thread that reads it there ends the queries which run at
    that moment, and no later one. `KeyboardInterrupt` is raised once: what is undone after Ctrl-C is undone in peace.
    """
    pressed = threading.Event()
    here = threading.current_thread() is threading.main_thread()
    if not here or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield pressed
        return
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    raised = threading.Event()

    def answer(number: int, frame: FrameType | None) -> None:
        pressed.set()
        if not raised.is_set():
            raised.set()
            signal.default_int_handler(number, frame)

    def unraisable(told: sys.UnraisableHookArgs) -> None:
        if told.exc_type is KeyboardInterrupt:  # it arose where nothing can be raised: it is raised again
            raised.clear()
            with suppress(OSError):
                theirs.send(bytes([_LOST]))
        else:
            hook(told)

    hook = sys.unraisablehook
    descriptor = signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
    signal.signal(signal.SIGINT, answer)
    sys.unraisablehook = unraisable
    listener = threading.Thread(target=_listen, args=(ours, end), daemon=True, name="interrupts")
    listener.start()
    try:
        yield pressed
    finally:
        if signal.getsignal(signal.SIGINT) is answer:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.set_wakeup_fd(descriptor)
        sys.unraisablehook = hook
        theirs.close()
        listener.join(1)  # it holds stores, of which DuckDB would say at the end that they leak


def _listen(ours: socket.socket, end: Callable[[], None]) -> None:
    """End the queries that run when a signal comes, and the process at a second one; return when the other end is closed."""
    ending: dict[Any, int] = {}
    first, own = 0.0, False
    main = threading.main_thread().ident or 0
    with ours:
        while True:
            try:
                told = ours.recv(1)
            except TimeoutError:
                told = b"\0"
            if not told:
                return
            if told[0] == signal.SIGINT:
                if first and not own and time.monotonic() - first >= _MEANT:
                    end()
                first, own = first or time.monotonic(), False
                ending |= {store: store.running for store in _open_stores() if store.running}
            elif told[0] == _LOST:
                time.sleep(_PAUSE)
                if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:  # else the block has ended
                    own = True
                    signal.pthread_kill(main, signal.SIGINT)
            # DuckDB may lose one that comes while it asks Python for signals.
            ending = {store: query for store, query in ending.items() if store.interrupt(query)}
            ours.settimeout(_PAUSE if ending else None)


def _open_stores() -> list[Any]:
    # Not imported: where no store is open there is no query, and DuckDB takes long to load.
    database: Any = sys.modules.get("emtract.store.database")
    return list(getattr(database, "OPEN_STORES", ()))
