"""Terminal output: one line per message, tables, and the log.

stdout is for results, stderr for messages about them; colours and frames appear only on a terminal.
"""

import codecs
import io
import json
import logging
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import IO, Any

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.logging import RichHandler

# Some programs set a width of 0, into which nothing would be printed.
_WIDTH = 80 if os.environ.get("COLUMNS") == "0" else None


class _Console(Console):
    """A console that goes on when nobody reads any more, as behind `head`: what a command does is not its output."""

    def on_broken_pipe(self) -> None:
        self.quiet = True
        discard(self.file)


class _Messages(_Console):
    """A console whose lines may be lost, as on a full disk: what they are about goes on, and the exit code tells."""

    def print(self, *objects: Any, **options: Any) -> None:
        with suppress(OSError):
            super().print(*objects, **options)


def discard(stream: IO[str]) -> None:
    """Lets what is still written to a stream go nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


errors = _Messages(stderr=True, highlight=False, soft_wrap=True, emoji=False, width=_WIDTH)
# Names and titles stand as they are, also with ':x:' in them.
out = _Console(highlight=False, soft_wrap=True, emoji=False, width=_WIDTH)
# The least width of a column that may be cut, and what stands between two.
_LEAST, _GAP = 12, "  "


def print_message(message: str) -> None:
    """Prints each line of the message to stderr."""
    for line in message.splitlines() or [message]:
        errors.print(f"seedfeed: {line}", markup=False)


def log_to_stderr(level: int) -> None:
    """Sends the log to stderr from `level` on: short for people on a terminal, with full dates elsewhere."""
    console = Console(stderr=True, highlight=False, emoji=False, width=_WIDTH)
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
    try:
        for line in lines:
            sys.stdout.write(json.dumps(line, ensure_ascii=not as_it_is) + "\n")
    except BrokenPipeError:
        discard(sys.stdout)


def print_bytes(document: bytes) -> None:
    """Writes a document to stdout."""
    try:
        sys.stdout.buffer.write(document)
        sys.stdout.flush()
    except BrokenPipeError:
        discard(sys.stdout)


@contextmanager
def fitting_streams() -> Iterator[None]:
    """Lets stdout and stderr replace the characters that the encoding of a terminal or a pipe lacks; writes nothing
    where one is closed, or nobody reads, nor to a stderr without room. A stdin that is closed is empty.
    """
    sys.stdin = sys.stdin or open(os.devnull, encoding="utf-8")  # noqa: PTH123, SIM115
    sys.stdout, sys.stderr = (stream or open(os.devnull, "w", encoding="utf-8") for stream in (sys.stdout, sys.stderr))  # noqa: PTH123, SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        yield
    finally:
        for stream, harmless in ((sys.stdout, BrokenPipeError), (sys.stderr, OSError)):
            try:
                stream.flush()
            except harmless:
                discard(stream)


def print_table(lines: Sequence[Mapping[str, Any]], columns: Mapping[str, str], cut: str) -> None:
    """Prints a table to stdout, one line for each line. columns: headings by key. cut: the column that makes room.

    All other columns are whole, even if that is wider than the terminal: they are there to be copied.
    """
    cells = {key: [columns[key], *("" if line[key] is None else str(line[key]) for line in lines)] for key in columns}
    widths = {key: max(map(cell_len, cells[key])) for key in columns}
    if out.is_terminal:  # elsewhere, there is no width to fit into
        room = out.width - sum(widths.values()) + widths[cut] - len(_GAP) * (len(columns) - 1)
        widths[cut] = min(widths[cut], max(room, _LEAST))
    for number, row in enumerate(zip(*cells.values(), strict=True)):
        shown = (_fitted(cell, width) for cell, width in zip(row, widths.values(), strict=True))
        out.print(_GAP.join(shown).rstrip(), markup=False, style="" if number else "bold")


def _fitted(cell: str, width: int) -> str:
    return set_cell_size(cell, width) if cell_len(cell) <= width else f"{set_cell_size(cell, width - 1)}…"
