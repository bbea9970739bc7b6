"""The file of the admin token: minted by whoever starts first, read back only if it is nobody else's to read.

Mode 600 from its first moment. Who may see what is decided in `feeds.serve.access`.
"""

import os
import secrets
import stat
from pathlib import Path

from feeds.errors import SeedfeedError


def mint(path: Path) -> bool:
    """Makes the file of the token unless it is there; True if it was made. SeedfeedError if it cannot be.

    It has mode 600 from its first moment, and appears whole: server and worker may start at once.
    """
    if path.exists():
        return False
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="ascii") as file:
            file.write(f"{secrets.token_urlsafe(24)}\n")
        try:
            os.link(draft, path)
        except FileExistsError:
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
    """The token in the file. SeedfeedError if others may read it, or if it holds none."""
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
