"""One delivery to worker.webhook. Imported when there is something to report."""

import asyncio
import threading
from collections.abc import Sequence

import aiohttp

from worker.fetch.connect import session
from worker.fetch.policy import FetchPolicy, ForbiddenAddress, Lookup

DEADLINE_SECONDS = 10


class Delivery:
    """A thread that delivers lines in order and stops at the first failure. It never delays an exit."""

    def __init__(self, url: str, lines: Sequence[tuple[int, bytes]], policy: FetchPolicy, lookup: Lookup) -> None:
        self.delivered: list[int] = []
        self.error = ""
        self.thread = threading.Thread(target=self._run, args=(url, lines, policy, lookup), daemon=True)
        self.thread.start()

    def _run(self, url: str, lines: Sequence[tuple[int, bytes]], policy: FetchPolicy, lookup: Lookup) -> None:
        try:
            asyncio.run(self._deliver(url, lines, policy, lookup))
        except TimeoutError:
            self.error = f"no answer within {DEADLINE_SECONDS} s"
        except ForbiddenAddress as error:
            self.error = f"{error.address} is not a public address; to allow it, add it to worker.allow_networks"
        except (aiohttp.ClientError, OSError, ValueError) as error:
            # Only the type: the text of some of these errors contains the URL.
            self.error = f"no connection ({type(error).__name__})"

    async def _deliver(self, url: str, lines: Sequence[tuple[int, bytes]], policy: FetchPolicy, lookup: Lookup) -> None:
        headers = {"User-Agent": policy.user_agent, "Content-Type": "application/json"}
        async with asyncio.timeout(DEADLINE_SECONDS), session(policy, lookup) as client:
            for n, line in lines:
                async with client.post(url, data=line, headers=headers, allow_redirects=False) as response:
                    if not 200 <= response.status < 300:
                        self.error = f"the answer was {response.status}"
                        return
                self.delivered.append(n)

    def join(self) -> None:
        self.thread.join(DEADLINE_SECONDS + 1)
