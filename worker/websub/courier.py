"""Sends requests to subscribers and hubs from a thread of its own; a slow peer delays no other.

Few requests go to one host at a time, more if many are due. A request without an answer after a fifth of a second keeps
its connection but gives up its turn, so that those behind it need not wait for its deadline. Deliveries, deliveries
that failed before, and verifications have separate turns and connections. Redirects are not followed, every address is
checked when it is dialled, and no more of an answer is read than a challenge needs. Failures are returned as sentences,
never raised.
"""

import logging
import threading
from collections.abc import Callable, Hashable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from worker.fetch.policy import FetchPolicy, Lookup, resolve

if TYPE_CHECKING:
    import asyncio

    from worker.websub.exchanges import Round

log = logging.getLogger("seedfeed")

PATIENCE = timedelta(seconds=10)
_CLOSING_SECONDS = 3.0
# A level of `logging` and the text of a log line.
Line = tuple[int, str]


class Lane(StrEnum):
    """Errands wait only for others of their lane.

    LATE: deliveries that failed before. ASKED: verifications and denials.
    """

    PROMPT = "prompt"
    LATE = "late"
    ASKED = "asked"


# Together with all else that a process has open, these stay below the usual limit of 1024 descriptors.
CONNECTIONS = {Lane.PROMPT: 448, Lane.LATE: 96, Lane.ASKED: 256}


@dataclass(frozen=True, slots=True)
class Errand:
    """One request. key: identifies it among those in flight. reads: the body of the answer is wanted.

    secret: signs the body (WebSub §7.1) unless "". to_hub: it goes to a hub that the operator named.
    """

    key: Hashable
    url: str
    headers: Mapping[str, str]
    body: bytes | None = field(default=None, repr=False)
    secret: str = field(default="", repr=False)
    lane: Lane = Lane.PROMPT
    reads: bool = False
    to_hub: bool = False


@dataclass(frozen=True, slots=True)
class Returned:
    """The result of an errand: status 0 and an error if there was no answer. body: its first bytes, if it was read.

    ours: no request was sent because of a fault or a limit of this machine, which says nothing about the peer.
    """

    errand: Errand
    status: int = 0
    body: bytes = b""
    error: str = ""
    ours: bool = False

    @property
    def well(self) -> bool:
        return 200 <= self.status < 300

    @property
    def reason(self) -> str:
        return self.error or f"answered {self.status}"


class Courier:
    """Called by one thread. Its own thread starts with the first errand and never delays an exit.

    on_result: called in that thread for each result. callbacks, hubs: policies for requests to subscribers and
    hubs; the limits on requests in flight are the courier's own.
    """

    def __init__(self, callbacks: FetchPolicy, hubs: FetchPolicy, lookup: Lookup = resolve) -> None:
        most = sum(CONNECTIONS.values())
        self._policies = tuple(replace(one, per_host=most, concurrency=most) for one in (callbacks, hubs))
        self._lookup = lookup
        self._returned: SimpleQueue[Returned] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._sent: asyncio.Queue[Sequence[Errand] | None]
        self.under_way: set[Hashable] = set()
        self.on_result: Callable[[], None] | None = None

    def send(self, errands: Sequence[Errand]) -> None:
        """Starts these errands, in order; skips those whose key is already in flight."""
        fresh = [one for one in errands if one.key not in self.under_way]
        if not fresh:
            return
        if self._loop is None:
            import asyncio

            from worker.websub.exchanges import Round

            self._loop = asyncio.new_event_loop()
            self._sent = asyncio.Queue()
            serving = self._loop, Round(self._policies, self._lookup, self._take)
            self._thread = threading.Thread(target=self._run, args=serving, name="seedfeed-push", daemon=True)
            self._thread.start()
        self.under_way |= {one.key for one in fresh}
        self._loop.call_soon_threadsafe(self._sent.put_nowait, fresh)

    def take_returned(self) -> list[Returned]:
        """The results since the last call."""
        found = []
        with suppress(Empty):
            while True:
                found.append(self._returned.get_nowait())
        self.under_way -= {one.errand.key for one in found}
        if self._thread and not self._thread.is_alive():
            # A bug has ended the thread and is logged. Its errands are sent again.
            self._forget()
        return found

    def close(self) -> None:
        """Aborts requests in flight."""
        if self._loop and self._thread and self._thread.is_alive():
            with suppress(RuntimeError):  # the loop may end by itself at this moment
                self._loop.call_soon_threadsafe(self._sent.put_nowait, None)
            self._thread.join(_CLOSING_SECONDS)
        self._forget()

    def _forget(self) -> None:
        self._thread = self._loop = None
        self.under_way.clear()

    def _take(self, came: Returned) -> None:
        self._returned.put(came)
        if self.on_result:
            self.on_result()

    def _run(self, loop: "asyncio.AbstractEventLoop", peers: "Round") -> None:
        try:
            loop.run_until_complete(peers.serve(self._sent))
        except Exception as error:
            # Log it here: an exception in a thread would otherwise be lost.
            log.exception("subscribers cannot be served: %s", error)
        finally:
            loop.close()
