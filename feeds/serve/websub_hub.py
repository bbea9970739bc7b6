"""`/hub`: where subscribers ask to be pushed our feeds (WebSub §5.1).

The server only checks and stores. Accepted requests wait in the inbox for the worker, which asks the callback to
confirm; so 202 never says how that ends, and the requester never sees what a callback answers. Nobody can use the hub
against a third party: each accepted request makes the worker ask once, and requests are limited per client and per
registered domain of callbacks. Callbacks within worker.allow_callbacks have no limit. A web server on this machine says
whom it speaks for (X-Forwarded-For); where it does not, its clients are limited only by the domain of the callback.
"""

import asyncio
import sqlite3
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from math import ceil

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from feeds.errors import StoreError
from feeds.serve.access import AdminAccess
from feeds.serve.bodies import body_of, plain_answer
from feeds.serve.rates import Rate
from feeds.serve.shelf import Shelf
from feeds.serve.threads import BusyError, InboxThread
from feeds.store.inbox import Inbox
from feeds.text.parties import client_party, host_party
from feeds.text.urls import absolute, host
from feeds.websub.topics import HubRequest, RequestFault, hub_of, near, read_form, request_of, topic_path

MOST_BYTES = 8 * 1024
BODY_SECONDS = 10
FORM = "application/x-www-form-urlencoded"
RETRY_SECONDS = 60
CLIENT_PER_MINUTE = 10
HOST_PER_MINUTE = 5
HOST_PER_DAY = 100

_ABOUT = (
    "This is the WebSub hub of the feeds of this site. Send it a POST, as https://www.w3.org/TR/websub/ says:\n"
    f"a form ({FORM}) with hub.mode, hub.topic and hub.callback.\n"
)


class Hub:
    """An ASGI application."""

    def __init__(self, shelf: Shelf, inbox: InboxThread, gate: AdminAccess) -> None:
        self._shelf = shelf
        self._inbox = inbox
        self._gate = gate
        self._clients = Rate(CLIENT_PER_MINUTE, 60)
        self._hosts = Rate(HOST_PER_MINUTE, 60)
        self._hosts_by_day = Rate(HOST_PER_DAY, 86_400)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            response = await self._answer(request)
        except RequestFault as fault:
            response = plain_answer(400, f"{fault}\n")
        except (StoreError, sqlite3.Error, BusyError):
            response = _later(503, "The store or the inbox cannot be used just now.")
        except ClientDisconnect:
            # What arrived so far is no whole body: the client is gone, or its chunks are broken.
            response = plain_answer(400, "The body of the request is broken off.\n")
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        if self._shelf.settings.server.hub != "own" or not hub_of(self._shelf.settings):
            return plain_answer(404, "There is no hub here.\n")
        if refusal := self._gate.misdirected(request.headers.get("host", "")):
            return plain_answer(refusal.status, f"{refusal.message}\n")
        if request.method != "POST":
            response = plain_answer(405, _ABOUT)
            response.headers["allow"] = "POST"
            return response
        if _from_a_page(request, self._shelf.settings.base_url):
            return plain_answer(403, "Pages of other sites may not ask for this.\n")
        if request.headers.get("content-type", FORM).partition(";")[0].strip().lower() != FORM:
            return plain_answer(415, f"Send a form: {FORM}.\n")
        if request.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
            return plain_answer(415, "Send the form as it is, without a Content-Encoding.\n")
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await body_of(request, MOST_BYTES)
        except TimeoutError:
            return plain_answer(408, f"The form did not arrive within {BODY_SECONDS} s.\n")
        if body is None:
            return plain_answer(413, f"A form of more than {MOST_BYTES // 1024} KiB is not read.\n")
        form = read_form(body)
        if form.get("hub.mode") == "publish":
            return await self._publish(request, form)
        return await self._ask(request, request_of(form, self._shelf.settings, self._shelf.feeds().keys()))

    async def _ask(self, request: Request, asked: HubRequest) -> Response:
        client, now = _client(request), time.monotonic()
        # The first look at the list of domains takes a moment.
        named = await run_in_threadpool(host_party, host(asked.callback))
        # The (rate, key) pairs that this request counts against.
        counted: list[tuple[Rate, str]] = []
        if not near(asked.callback, self._shelf.settings.worker.allow_callbacks):
            counted += [(self._hosts, named), (self._hosts_by_day, named)]
            counted += [(self._clients, client)] if client else []
        wait = max((rate.wait(key, now) for rate, key in counted), default=0.0)
        if wait:
            return _later(429, "Too many requests from this client, or for the domain of this callback.", ceil(wait))
        # Before anything is waited for, so that many at once are no way around the limits.
        for rate, key in counted:
            rate.count(key, now)
        if not await self._inbox.run(lambda inbox: inbox.subscribe(asked, datetime.now(UTC))):
            return _later(503, "Too many requests wait already.")
        return plain_answer(202, "Accepted. The callback will be asked to confirm it.\n")

    async def _publish(self, request: Request, form: Mapping[str, str]) -> Response:
        """Answers hub.mode=publish. The worker knows when a topic changes; only the operator may ask it to look."""
        if refusal := self._gate.judge(request):
            status = 403 if refusal.status == 401 else refusal.status
            response = plain_answer(status, "hub.mode: publish is for the operator of this site alone.\n")
            response.headers.update({name: value for name, value in refusal.headers.items() if name == "retry-after"})
            return response
        topic_path(form.get("hub.url") or form.get("hub.topic", ""), self._shelf.settings, self._shelf.feeds().keys())

        def ask(inbox: Inbox) -> bool:
            return inbox.ask("publish", "", datetime.now(UTC)) is not None

        kept = await self._inbox.run(ask)
        return plain_answer(202, "Accepted.\n") if kept else _later(503, "Too many requests wait already.")


def _from_a_page(request: Request, base_url: str) -> bool:
    """Whether a browser sends this for another site's page, which could make a hub in a closed network push to
    anybody.
    """
    site, origin = request.headers.get("sec-fetch-site", ""), request.headers.get("origin", "")
    own = absolute("/", base_url).removesuffix("/")
    return site in ("cross-site", "same-site") or (bool(origin) and origin.lower() != own)


def _client(request: Request) -> str:
    """The client as limits count it; "" for one that is not known, behind a web server on this machine."""
    peer = client_party(request.client.host if request.client else "")
    if peer:
        return peer
    # The last one is the client of the web server itself; those before it are anybody's word.
    stated = ",".join(request.headers.getlist("x-forwarded-for")).rpartition(",")[2].strip()
    return client_party(stated)


def _later(status: int, text: str, seconds: int = RETRY_SECONDS) -> Response:
    response = plain_answer(status, f"{text}\n")
    response.headers["retry-after"] = str(seconds)
    return response
