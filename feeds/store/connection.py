"""How every connection to a SQLite file of ours is set up."""

import os
import sqlite3
from pathlib import Path
from urllib.parse import quote

# How many migrations a store has behind it; kept in its user_version, so that readers need not count them.
SCHEMA_VERSION = 15


def connect(path: Path, *, readonly: bool = False) -> sqlite3.Connection:
    """A connection in autocommit mode, so that transactions are begun by us and by nobody else.

    It may be handed from one thread to another, but never used by two at once.
    """
    if readonly:
        target = f"file:{quote(str(path.absolute()))}?mode=ro"
        connection = sqlite3.connect(target, uri=True, isolation_level=None, check_same_thread=False)
    else:
        # Passwords of sources and secrets of hubs stand in it: what SQLite makes beside it gets the same mode.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA busy_timeout = 10000")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA cache_size = -16000")
    return connection
