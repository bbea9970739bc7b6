"""The commands: `seedfeed COMMAND [--home DIR]`.

Exit code 0: success. 1: the command ran, but something failed; each failure is one line on stderr. 2: an error in usage
or settings. With `--json`, stdout holds only JSON lines. Settings are read from the environment here alone.
"""

# The order of the imports is that of `seedfeed --help`.
from worker.cli import site, sources, entries, export, later  # noqa: F401, I001
from worker.cli.app import app, main
from worker.cli.later import LATER

__all__ = ["LATER", "app", "main"]
