"""Sockets in: the built-in server. It reads the store, writes only the inbox, and never calls out.

granian parses HTTP and drops clients that are slow to send their headers. It runs one worker process, which ends when
its parent is gone; with `--attached` the whole server ends when its standard input does, so that `seedfeed run` leaves
no server behind, even when it is killed.
"""

import argparse
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from granian import Granian
from granian.constants import Interfaces
from granian.http import HTTP1Settings

from feeds.errors import SeedfeedError
from feeds.settings.load import HOME_VARIABLE, Home, find_home, load, variable

if TYPE_CHECKING:
    from feeds.app import Application

HEADER_TIMEOUT_MS = 5_000
KILL_TIMEOUT_SECONDS = 5


def application() -> "Application":
    """The application of the home in $SEEDFEED_HOME: granian calls this in its worker process."""
    # Here, since the parent of the worker process only minds it.
    from feeds.app import Application

    home = find_home(None, os.environ, Path.cwd())
    threading.Thread(target=_end_with_parent, args=(os.getppid(),), daemon=True).start()
    return Application(home, load(home, os.environ))


def _end_with_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(0)


def check_address(host: str, port: int) -> None:
    """SeedfeedError if nothing can listen there: granian would say so only after a traceback."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise SeedfeedError(f"cannot listen on {host}:{port}: {reason}; choose another with --port") from error


def serve(home: Home, host: str, port: int) -> None:
    """Serves until SIGINT or SIGTERM. host, port: count as those of the settings in the worker process too."""
    check_address(host, port)
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


def start_attached(home: Home, host: str, port: int) -> "subprocess.Popen[bytes]":
    """The server as a child that ends when this process does, however this process ends."""
    command = [sys.executable, "-m", "feeds.server", "--attached"]
    command += ["--home", str(home.root), "--host", host, "--port", str(port)]
    # A session of its own: Ctrl-C is for the parent, which ends the server after the worker.
    return subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)  # noqa: S603 our own module


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


def _end_with_input() -> None:
    """Ends this process once nobody holds the other end of its standard input."""
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m feeds.server", description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--attached", action="store_true")
    options = parser.parse_args()
    if options.attached:
        threading.Thread(target=_end_with_input, daemon=True).start()
    try:
        serve(Home(options.home), options.host, options.port)
    except SeedfeedError as error:
        sys.exit(f"seedfeed: {error}")


if __name__ == "__main__":
    main()
