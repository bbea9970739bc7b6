"""The commands: `seedfeed COMMAND [--home DIR]`.

Exit 0: all well. 1: it ran, but something failed, told on stderr in one line each. 2: a usage or settings error. With
`--json`, stdout holds JSON lines and nothing else. This floor reads the clock and the environment; no other does.
"""

# The order of the imports is that of `seedfeed --help`.
from worker.cli import site, sources, entries, export, later  # noqa: F401, I001
from worker.cli.app import app, main
from worker.cli.later import LATER

__all__ = ["LATER", "app", "main"]
