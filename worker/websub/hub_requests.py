"""Requests to hubs (WebSub §5.1): imported when one is due.

Every address is checked as in fetching a feed, after redirects too. Failures are returned as sentences, never raised.
"""

import asyncio
from collections.abc import Sequence

import aiohttp
from yarl import URL

from feeds.errors import FetchError
from feeds.text.urls import absolute, host
from feeds.websub.topics import confidential
from worker.fetch.addresses import check_url
from worker.fetch.connect import Connector, session
from worker.fetch.policy import FetchPolicy, ForbiddenAddress
from worker.websub.hub_reach import AT_ONCE, MOST_REDIRECTS, PATIENCE, Request


def ask(requests: Sequence[Request], policy: FetchPolicy) -> dict[str, str]:
    """Sends requests to hubs. Returns by token what went wrong, "" if the hub accepted."""
    return asyncio.run(_ask_all(requests, policy))


async def _ask_all(requests: Sequence[Request], policy: FetchPolicy) -> dict[str, str]:
    slots = asyncio.Semaphore(AT_ONCE)
    down: dict[str, str] = {}
    async with session(policy) as client:
        said = await asyncio.gather(*(_ask(client, request, policy, slots, down) for request in requests))
    return {request.token: text for request, text in zip(requests, said, strict=True)}


async def _ask(
    client: aiohttp.ClientSession,
    request: Request,
    policy: FetchPolicy,
    slots: asyncio.Semaphore,
    down: dict[str, str],
) -> str:
    """down: errors of unreachable hosts, by host. Many sources name the same hub, and not all need to try it."""
    connector = client.connector
    assert isinstance(connector, Connector), "worker.fetch.connect.session makes the sessions"
    name = host(request.hub)
    patience = min(policy.timeout, PATIENCE).total_seconds()
    async with connector.turns(name), slots:
        if name in down:
            return down[name]
        try:
            async with asyncio.timeout(patience):
                return await _post(client, request, policy)
        except FetchError:
            return f"The hub {name} redirects to an unusable address."
        except TimeoutError:
            down[name] = f"The hub {name} did not answer within {patience:g} s."
        except ForbiddenAddress as error:
            down[name] = f"The hub {name} was not asked: {error.address} is not a public address."
        except (aiohttp.ClientError, OSError, ValueError):
            down[name] = f"No connection to the hub {name}."
        return down[name]


async def _post(client: aiohttp.ClientSession, request: Request, policy: FetchPolicy) -> str:
    headers = {"User-Agent": policy.user_agent, "Content-Type": "application/x-www-form-urlencoded"}
    target = request.hub
    for _ in range(MOST_REDIRECTS + 1):
        async with client.post(
            URL(target, encoded=True), data=request.body, headers=headers, allow_redirects=False
        ) as response:
            if 200 <= response.status < 300:
                return ""
            # The other redirects turn a POST into a GET (WebSub §5.1 names these two).
            if response.status not in (307, 308):
                return f"The hub {host(target)} answered {response.status}."
            target = check_url(absolute(response.headers.get("Location", "").strip(), target))
        if request.confidential and not confidential(target, policy.allow):
            return f"The hub {host(request.hub)} redirects to where the secret cannot be sent."
    return f"The hub {host(request.hub)} redirects more than {MOST_REDIRECTS} times."
