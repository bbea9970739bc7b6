"""All commands, in the order of `seedfeed --help`, which is that of the imports."""

from worker.cli import site, sources, entries, export, later  # noqa: F401, I001
from worker.cli.app import app, main
from worker.cli.later import LATER

__all__ = ["LATER", "app", "main"]
