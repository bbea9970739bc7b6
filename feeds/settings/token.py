"""The file of the admin token: created by the first process to start, and read back only if nobody else can read it.

It has mode 600 from the start. `feeds.serve.access` decides who may see what.
"""

import os
import secrets
import stat
from pathlib import Path

from feeds.errors import SeedfeedError

# Of the random name under which a file is made.
_DRAFT_BYTES = 8


def mint(path: Path) -> bool:
    """Creates the token file unless it exists; True if it was created. Raises SeedfeedError if that fails.

    It has mode 600 from the start, and appears complete: server and worker may start at the same time.
    """
    if path.exists():
        # A process that was killed left them; one that mints at this moment comes too late.
        for left in path.parent.glob(f"{path.name}.{'?' * 2 * _DRAFT_BYTES}"):
            left.unlink(missing_ok=True)
        return False
    draft = path.with_name(f"{path.name}.{secrets.token_hex(_DRAFT_BYTES)}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="ascii") as file:
            file.write(f"{secrets.token_urlsafe(24)}\n")
        try:
            os.link(draft, path)
        except (FileExistsError, FileNotFoundError):
            if not path.exists():
                raise
            return False
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise SeedfeedError(
            f"{path}: the admin token cannot be kept there ({reason}); set server.admin_token in seeds/site.toml"
        ) from error
    return True


def read(path: Path) -> str:
    """The token in the file. Raises SeedfeedError if others may read the file, or if it is empty."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o077:
            raise SeedfeedError(
                f"{path}: others may read the admin token (mode {mode:o}); run `chmod 600` on it, or delete it to get"
                " another"
            )
        token = path.read_text("utf-8").strip()
    except (OSError, UnicodeError) as error:
        raise SeedfeedError(f"{path}: the admin token cannot be read; delete the file to get another") from error
    if not token:
        raise SeedfeedError(f"{path}: holds no admin token; delete the file to get another")
    return token
