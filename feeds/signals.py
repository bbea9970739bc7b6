"""What Ctrl-C and SIGTERM do before a program takes them over itself: they end it, without a traceback.

To be called before heavy imports, during which a user may change their mind. The interpreter's own start is earlier.
"""

import os
import signal
from types import FrameType
from typing import NoReturn


def end_at_once() -> None:
    """Ends a program that would stay until it is told to end: with 0, since that is what it was told. Nothing is left
    to finish then.
    """

    def end(_signal: int, _frame: FrameType | None) -> NoReturn:
        # SystemExit would be lost in the callbacks of some imports.
        os._exit(0)

    signal.signal(signal.SIGINT, end)
    signal.signal(signal.SIGTERM, end)


def end_when_interrupted() -> None:
    """Ends a command on Ctrl-C with 130, as shells do."""

    def end(_signal: int, _frame: FrameType | None) -> NoReturn:
        raise SystemExit(128 + signal.SIGINT)

    signal.signal(signal.SIGINT, end)
