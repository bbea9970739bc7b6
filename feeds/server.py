"""The built-in server. It reads the store, writes only the inbox, and makes no outgoing connection.

granian parses HTTP and drops clients that are slow to send their headers. It runs one worker process. No server
outlives the `seedfeed run` that started it, and no worker process its server, even when they are killed
(`feeds.lifeline`).
"""

from feeds import lifeline

if __name__ == "__mp_main__":
    # The worker process if granian spawns it instead of forking: it imports this module first of all.
    lifeline.end_with_parent()

import argparse
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from granian import Granian
from granian.constants import Interfaces
from granian.http import HTTP1Settings

from feeds.errors import SeedfeedError
from feeds.settings.load import HOME_VARIABLE, Home, find_home, load_settings, variable

if TYPE_CHECKING:
    from feeds.app import Application

HEADER_TIMEOUT_MS = 5_000
KILL_TIMEOUT_SECONDS = 5


def application() -> "Application":
    """The application of the home in $SEEDFEED_HOME: granian calls this in its worker process."""
    # Imported here, since the parent of the worker process only supervises it.
    from feeds.app import Application

    home = find_home(None, os.environ, Path.cwd())
    return Application(home, load_settings(home, os.environ))


def check_address(host: str, port: int) -> None:
    """Raises SeedfeedError if nothing can listen there: granian would report it only after a traceback."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise SeedfeedError(f"cannot listen on {host}:{port}: {reason}; choose another with --port") from error


def serve(home: Home, host: str, port: int) -> None:
    """Serves until SIGINT or SIGTERM. host, port: override the settings in the worker process too."""
    check_address(host, port)
    lifeline.announce()
    # The worker process if granian forks it.
    os.register_at_fork(after_in_child=lifeline.end_with_parent)
    os.environ[HOME_VARIABLE] = str(home.root)
    os.environ[variable(("server", "host"))], os.environ[variable(("server", "port"))] = host, str(port)
    server = Granian(
        "feeds.server:application",
        factory=True,
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        workers=1,
        websockets=False,
        workers_kill_timeout=KILL_TIMEOUT_SECONDS,
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_TIMEOUT_MS),
        log_enabled=False,
        backlog=1024,
    )
    server.serve()


def start_server(home: Home, host: str, port: int) -> "subprocess.Popen[bytes]":
    """Starts the server as a child that ends when this process does, however this process ends."""
    # A session of its own: Ctrl-C goes to the parent, which stops the server after the worker.
    return lifeline.start("feeds.server", _arguments(home, host, port), start_new_session=True)


def become_server(home: Home, host: str, port: int) -> NoReturn:
    """Replaces this process by the server."""
    check_address(host, port)
    lifeline.become("feeds.server", _arguments(home, host, port))


def _arguments(home: Home, host: str, port: int) -> list[str]:
    return ["--home", str(home.root), "--host", host, "--port", str(port)]


def wait_until_up(server: "subprocess.Popen[bytes]", host: str, port: int, seconds: float = 20.0) -> bool:
    """Whether the server accepts connections within that time."""
    deadline = time.monotonic() + seconds
    reached = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 the address is compared, not bound
    while server.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection((reached, port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return True
    return False


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m feeds.server", description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", type=int, required=True)
    options = parser.parse_args()
    try:
        serve(Home(options.home), options.host, options.port)
    except SeedfeedError as error:
        sys.exit(f"seedfeed: {error}")


if __name__ == "__main__":
    main()
