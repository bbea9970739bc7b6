"""What ends a program: Ctrl-C, SIGTERM, and SIGHUP, which comes when its terminal is closed.

Before a program takes them over itself they end it without a traceback. To be called before heavy imports, during which
a user may change their mind, so nothing is imported here that takes time. The interpreter's own start is earlier.
"""

import atexit
import os
import signal

TYPE_CHECKING = False  # as in typing, whose import takes time
if TYPE_CHECKING:
    from collections.abc import Callable


def end_at_once() -> None:
    """Ends a program that would stay until it is told to end: with 0, since that is what it was told. Nothing is left
    to finish then.
    """
    # SystemExit would be lost in the callbacks of some imports.
    on_end(lambda *_: os._exit(0))


def end_when_interrupted() -> None:
    """Ends a command on Ctrl-C with 130, as shells do."""

    def end(*_: object) -> None:
        raise SystemExit(128 + signal.SIGINT)

    signal.signal(signal.SIGINT, end)


def on_end(handler: "Callable[..., object]") -> None:
    """Has `handler` called for whatever asks a program to end that would stay."""
    # The interpreter puts back what kills before it has ended: a second Ctrl-C then changes nothing any more.
    atexit.register(_ignore)
    signal.signal(signal.SIGINT, handler)
    signal.signal(signal.SIGTERM, handler)
    if not outlives_terminal():
        signal.signal(signal.SIGHUP, handler)


def _ignore() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def outlives_terminal() -> bool:
    """Whether this process goes on when its terminal is closed: nohup(1) has it ignore SIGHUP."""
    return signal.getsignal(signal.SIGHUP) is signal.SIG_IGN


def leave_to_parent() -> None:
    """Ignores what a terminal sends to all its processes: the one that started this one decides when it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
