"""The built-in server. It reads the store, writes only the inbox, and makes no outgoing connection.

granian parses HTTP and drops clients that are slow to send their headers; `feeds.serve.connections` drops those that
are slow to take their answers. It is one process, which does not outlive the `seedfeed run` that started it, even when
that is killed (`feeds.lifeline`).
"""

from feeds import lifeline, signals

if __name__ == "__main__":
    signals.end_at_once()

import argparse
import asyncio
import errno
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from granian._granian import SocketHolder
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server.mp import MPServer

from feeds.errors import SeedfeedError
from feeds.serve import connections
from feeds.settings.load import HOME_VARIABLE, Home, find_home, load_settings, variable

if TYPE_CHECKING:
    from feeds.app import Application

HEADER_TIMEOUT_MS = 5_000
END_SECONDS = 5
BACKLOG = 1024
# A server that cannot start ends at once; on a busy machine one that can may take minutes.
START_SECONDS = 600.0
# Of one connection: what granian holds of requests and answers, and what the kernel holds of answers.
BUFFER = 64 * 1024
SEND_BUFFER = 256 * 1024


def application() -> "Application":
    """The application of the home in $SEEDFEED_HOME."""
    from feeds.app import Application

    # Called back once granian has taken SIGINT and SIGTERM over.
    asyncio.get_event_loop().call_soon(_bound_the_end)
    connections.keep_watch()
    home = find_home(None, os.environ, Path.cwd())
    return Application(home, load_settings(home, os.environ))


def _bound_the_end() -> None:
    """Ends this process END_SECONDS after a signal, at the latest: granian waits for clients until all have their
    answers. It does not handle the end of a terminal at all.
    """

    def end_soon(*_: object) -> None:
        timer = threading.Timer(END_SECONDS, os._exit, [0])
        timer.daemon = True
        timer.start()

    # The event loop is woken by signals all the same, and hands them to granian.
    signal.signal(signal.SIGINT, end_soon)
    signal.signal(signal.SIGTERM, end_soon)
    if not signals.outlives_terminal():
        signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises SeedfeedError if nothing can listen there.

    The process that serves a home holds it from the first check until it ends, so that no second server gets the same
    port: sockets that granian makes share theirs (SO_REUSEPORT).
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    held = socket.socket(family, socket.SOCK_STREAM)
    try:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Connections inherit these. The kernel keeps no more of an answer than this for a client that does not read.
        held.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        held.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        held.bind((host, port))
        held.listen(BACKLOG)
    except OSError as error:
        held.close()
        reason = (error.strerror or str(error)).lower()
        # A name that is not known (gaierror), or an address that this machine does not have.
        wrong_host = isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL
        option = "--host" if wrong_host else "--port"
        raise SeedfeedError(f"cannot listen on {host}:{port}: {reason}; choose another with {option}") from error
    return held


class _Server(MPServer):
    """granian on a socket that is there already, and in this process: it has no option for either.

    Its main process only waits for its worker process, and ends with it; `seedfeed run` and systemd do that as well.
    """

    def __init__(self, held: socket.socket, **options: Any) -> None:
        super().__init__(**options)
        self._held = held

    def _init_shared_socket(self) -> None:
        # granian's stubs know neither the arguments nor these attributes, which hold nothing before. It is not a
        # Unix socket; on Linux, granian listens anew, which changes nothing.
        known = (BACKLOG,) if sys.platform == "linux" else ()
        holder = SocketHolder(self._held.fileno(), False, *known)  # type: ignore[call-arg]
        self._ssp, self._sso, self._shd = None, self._held, holder  # type: ignore[assignment]

    def _serve(self, spawn_target: Callable[..., None], target_loader: Callable[..., Callable[..., Any]]) -> None:
        self._init_shared_socket()
        self._spawn_worker(0, spawn_target, target_loader).inner.run()


def serve(home: Home, held: socket.socket, host: str, port: int) -> None:
    """Serves until SIGINT, SIGTERM, or SIGHUP unless that is ignored. host, port: override the settings."""
    os.environ[HOME_VARIABLE] = str(home.root)
    os.environ[variable(("server", "host"))], os.environ[variable(("server", "port"))] = host, str(port)
    server = _Server(
        held,
        target="feeds.server:application",
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        workers=1,
        websockets=False,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_TIMEOUT_MS, max_buffer_size=BUFFER),
        log_enabled=False,
        backlog=BACKLOG,
        backpressure=connections.most_accepted(),
    )
    # Its own loader puts the current directory before all that is installed.
    server.serve(target_loader=application, wrap_loader=False)


def start_server(home: Home, held: socket.socket, host: str, port: int) -> "subprocess.Popen[bytes]":
    """Starts the server on a socket of `listen`, as a child that ends when this process does, however this process
    ends. From then on it alone has the socket.
    """
    arguments = _arguments(home, held, host, port)
    # A session of its own: Ctrl-C goes to the parent, which stops the server after the worker.
    with held:
        return lifeline.start("feeds.server", arguments, pass_fds=[held.fileno()], start_new_session=True)


def become_server(home: Home, held: socket.socket, host: str, port: int) -> NoReturn:
    """Replaces this process by the server, on a socket of `listen`."""
    held.set_inheritable(True)
    lifeline.become("feeds.server", _arguments(home, held, host, port))


def _arguments(home: Home, held: socket.socket, host: str, port: int) -> list[str]:
    return ["--home", str(home.root), "--host", host, "--port", str(port), "--socket", str(held.fileno())]


def wait_until_up(
    server: "subprocess.Popen[bytes]", host: str, port: int, stop: threading.Event, seconds: float = START_SECONDS
) -> bool:
    """Whether the server answers within that time, and before it ends or `stop`."""
    deadline = time.monotonic() + seconds
    reached = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 the address is compared, not bound
    while server.poll() is None and not stop.is_set() and time.monotonic() < deadline:
        with suppress(OSError, http.client.HTTPException), closing(_connection(reached, port)) as connection:
            connection.request("HEAD", "/healthz")
            connection.getresponse()
            return True
        time.sleep(0.05)
    return False


def _connection(host: str, port: int) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(host, port, timeout=1)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m feeds.server", description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--socket", type=int, help="the descriptor of a socket that listens there already")
    options = parser.parse_args()
    try:
        held = listen(options.host, options.port) if options.socket is None else socket.socket(fileno=options.socket)
        serve(Home(options.home), held, options.host, options.port)
    except SeedfeedError as error:
        sys.exit(f"seedfeed: {error}")


if __name__ == "__main__":
    main()
