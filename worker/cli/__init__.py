"""The commands: `seedfeed COMMAND [--home DIR]`.

Exit code 0: success. 1: the command ran, but something failed; each failure is one line on stderr. 2: an error in usage
or settings. With `--json`, stdout holds only JSON lines. Settings are read from the environment here alone.
"""

import sys

from feeds.signals import end_at_once, end_when_interrupted

_STAYING = frozenset({"run", "serve", "worker"})


def main() -> None:
    """The entry point. Signals have their meaning before the commands are imported, which takes a second."""
    (end_at_once if _STAYING.intersection(sys.argv[1:2]) else end_when_interrupted)()
    from worker.cli import commands

    commands.main()
