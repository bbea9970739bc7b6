"""What limits a request: addresses, size, time and number. Values, which need no HTTP client.

aiohttp takes longer to import than a cycle takes in which nothing is due.
"""

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_address
from threading import Lock

from feeds import __version__
from feeds.settings.schema import Settings
from worker.model import LARGE_BYTES

Lookup = Callable[[str], Sequence[str]]


@dataclass(frozen=True, slots=True)
class FetchPolicy:
    """The [worker] settings that limit a fetch; pickles. max_body: decoded bytes. per_host, concurrency: in flight.

    ports: if not empty, the ports allowed on public addresses; addresses in `allow` may be asked at any port.
    """

    user_agent: str
    timeout: timedelta
    max_body: int
    allow: tuple[IPv4Network | IPv6Network, ...]
    per_host: int
    concurrency: int
    redirects: int = 10
    ports: frozenset[int] = frozenset()


def fetch_policy(settings: Settings) -> FetchPolicy:
    """The policy for requests to origins: user agent, timeout, size limit, allowed networks, concurrency."""
    worker = settings.worker
    return FetchPolicy(
        user_agent=worker.user_agent or f"seedfeed/{__version__} (+{settings.base_url})",
        timeout=worker.timeout,
        max_body=worker.max_body,
        allow=tuple(worker.allow_networks),
        per_host=worker.per_host,
        concurrency=worker.concurrency,
    )


class ForbiddenAddress(Exception):
    """A name or URL leads to a forbidden address. Not an OSError, which aiohttp would reword."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.address = address


class Budget:
    """How many bytes of large documents may be in memory at a time; shared by threads."""

    def __init__(self, size: int) -> None:
        self._left = size
        self._lock = Lock()

    def resize(self, held: int, wanted: int) -> bool:
        """Holds `wanted` bytes in place of `held`; False, and no change, if there is no room."""
        with self._lock:
            if wanted - held > max(0, self._left):
                return False
            self._left -= wanted - held
            return True


def weight(size: int) -> int:
    """The bytes of a budget that a document of this size takes."""
    return size if size > LARGE_BYTES else 0


def resolve(host: str) -> Sequence[str]:
    """All addresses of a name, from the system's resolver; blocks. Raises OSError if there are none."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    return list(dict.fromkeys(str(info[4][0]) for info in found))


def in_networks(address: str, networks: tuple[IPv4Network | IPv6Network, ...]) -> bool:
    return any(ip_address(address) in network for network in networks)
