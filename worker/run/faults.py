"""The file with the tracebacks of bugs, for whoever reports one: users see a sentence that names it."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from logging.handlers import RotatingFileHandler
from pathlib import Path

from feeds.errors import FAULTS_LOG, faults_log

# The file begins anew at this size; the one before is kept.
_MOST_BYTES = 2**20


class _Handler(RotatingFileHandler):
    def handleError(self, record: logging.LogRecord) -> None:
        """A disk without room has other troubles, which are told elsewhere."""


@contextmanager
def keeping_faults(data: Path) -> Iterator[None]:
    """Writes what is noted meanwhile to a file in `data`, which is made when there is something to write."""
    handler = _Handler(data / FAULTS_LOG, maxBytes=_MOST_BYTES, backupCount=1, encoding="utf-8", delay=True)
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    faults_log.setLevel(logging.DEBUG)
    faults_log.propagate = False
    faults_log.addHandler(handler)
    try:
        yield
    finally:
        faults_log.removeHandler(handler)
        handler.close()
