"""Terminal output: one line per message, tables, and the log.

stdout is for results, stderr for messages about them; colours and frames appear only on a terminal.
"""

import codecs
import io
import json
import logging
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from rich.console import Console
from rich.logging import RichHandler
from rich.table import Table

errors = Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)
# Names and titles stand as they are, also with ':x:' in them.
out = Console(highlight=False, soft_wrap=True, emoji=False)


def print_message(message: str) -> None:
    """Prints each line of the message to stderr."""
    for line in message.splitlines() or [message]:
        errors.print(f"seedfeed: {line}", markup=False)


def log_to_stderr(level: int) -> None:
    """Sends the log to stderr from `level` on: short for people on a terminal, with full dates elsewhere."""
    console = Console(stderr=True, highlight=False, emoji=False)
    handler: logging.Handler
    if console.is_terminal:
        handler = RichHandler(console=console, show_path=False, markup=False)
        handler.setFormatter(logging.Formatter("%(message)s", datefmt="%H:%M:%S"))
    else:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s", datefmt="%Y-%m-%dT%H:%M:%S%z"))
    logger = logging.getLogger("seedfeed")
    logger.setLevel(level)
    logger.addHandler(handler)
    logging.getLogger("apscheduler").addHandler(handler)
    logging.getLogger("apscheduler").setLevel(logging.ERROR)


def print_json(lines: Iterable[Mapping[str, Any]]) -> None:
    """Prints JSON lines to stdout."""
    as_it_is = codecs.lookup(sys.stdout.encoding).name == "utf-8"
    for line in lines:
        sys.stdout.write(json.dumps(line, ensure_ascii=not as_it_is) + "\n")


def write_what_fits() -> None:
    """Lets stdout and stderr replace the characters that the encoding of a terminal or a pipe lacks."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def print_table(lines: Iterable[Mapping[str, Any]], columns: Mapping[str, str]) -> None:
    """Prints a table to stdout. columns: headings by key."""
    table = Table(box=None, pad_edge=False)
    for heading in columns.values():
        table.add_column(heading, overflow="fold")
    for line in lines:
        table.add_row(*("" if line[key] is None else str(line[key]) for key in columns))
    # Without a terminal, there is no width to fit into.
    console = out if out.is_terminal else Console(width=240, highlight=False, emoji=False)
    console.print(table)
