"""Terminal output: one line per message, tables, and the log.

stdout is for results, stderr for messages about them; colours and frames appear only on a terminal.
"""

import codecs
import io
import json
import os
import re
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import IO, Any

# What a terminal would obey, or show as nothing, instead of printing it.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
# The least width of a column that may be cut, and what stands between two.
_LEAST, _GAP = 12, "  "


def discard(stream: IO[str]) -> None:
    """Lets what is still written to a stream go nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def print_lines(lines: Iterable[str]) -> None:
    """Prints lines to stdout, all at once."""
    _write(sys.stdout, "".join(f"{_shown(line)}\n" for line in lines))


def print_line(line: str) -> None:
    """Prints a line to stdout, and those within it."""
    print_lines((line,))


def print_aside(line: str, end: str = "\n") -> None:
    """Prints a line to stderr as it is. It may be lost, as on a full disk: what it is about goes on, and the exit code
    tells.
    """
    with suppress(OSError):
        _write(sys.stderr, f"{_shown(line)}{end}")


def print_message(message: str) -> None:
    """Prints each line of the message to stderr."""
    for line in message.splitlines() or [message]:
        print_aside(f"seedfeed: {line}")


def _shown(line: str) -> str:
    return _CONTROLS.sub("", line)


def _write(stream: IO[str], text: str) -> None:
    """Goes on when nobody reads any more, as behind `head`: what a command does is not its output."""
    try:
        stream.write(text)
        stream.flush()
    except BrokenPipeError:
        discard(stream)


def log_to_stderr(*, quiet: bool = False) -> None:
    """Sends the log to stderr: short for people on a terminal, with full dates elsewhere. quiet: only what is fatal."""
    import logging

    handler: logging.Handler
    if sys.stderr.isatty():
        from rich.console import Console
        from rich.logging import RichHandler

        # Some programs set a width of 0, into which nothing would be printed.
        width = 80 if os.environ.get("COLUMNS") == "0" else None
        console = Console(stderr=True, highlight=False, emoji=False, width=width)
        handler = RichHandler(console=console, show_path=False, markup=False)
        handler.setFormatter(logging.Formatter("%(message)s", datefmt="%H:%M:%S"))
    else:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s", datefmt="%Y-%m-%dT%H:%M:%S%z"))
    logger = logging.getLogger("seedfeed")
    logger.setLevel(logging.CRITICAL if quiet else logging.INFO)
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
    from rich.cells import cell_len, set_cell_size

    def fitted(cell: str, width: int) -> str:
        return set_cell_size(cell, width) if cell_len(cell) <= width else f"{set_cell_size(cell, width - 1)}…"

    cells = {
        key: [columns[key], *("" if line[key] is None else _shown(str(line[key])) for line in lines)] for key in columns
    }
    widths = {key: max(map(cell_len, cells[key])) for key in columns}
    on_terminal = sys.stdout.isatty()
    if on_terminal:  # elsewhere, there is no width to fit into
        room = shutil.get_terminal_size().columns - sum(widths.values()) + widths[cut] - len(_GAP) * (len(columns) - 1)
        widths[cut] = min(widths[cut], max(room, _LEAST))
    heading, *rows = (
        _GAP.join(map(fitted, row, widths.values())).rstrip() for row in zip(*cells.values(), strict=True)
    )
    bold = on_terminal and os.environ.get("TERM", "dumb") != "dumb"
    _write(sys.stdout, "".join(f"{row}\n" for row in (f"\x1b[1m{heading}\x1b[0m" if bold else heading, *rows)))
