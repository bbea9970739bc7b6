"""`/websub/TOKEN`: where hubs confirm our subscriptions and push documents to us.

The server only checks and stores: accepted calls wait in the inbox for the worker. The only part of a request that is
ever repeated is the challenge, as plain text, to a caller that knows an unguessable token.
"""

import asyncio
import sqlite3
from datetime import UTC, datetime

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from feeds.errors import StoreError
from feeds.serve.bodies import body_of, plain_answer
from feeds.serve.shelf import Shelf
from feeds.serve.threads import BusyError, InboxThread
from feeds.store.inbox import CallKind, Inbox
from feeds.websub.subscription import LIVE, HubSubscription, is_expected, read_call, signature_matches

MOST_BYTES = 4 * 2**20
BODY_SECONDS = 30
# While the worker runs, it empties a full inbox within seconds.
RETRY_SECONDS = 60
_LONGEST_TYPE = 200


class Callback:
    """An ASGI application, for a route with a `token`."""

    def __init__(self, shelf: Shelf, inbox: InboxThread) -> None:
        self._shelf = shelf
        self._inbox = inbox
        self._most = min(shelf.settings.worker.max_body, MOST_BYTES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            response = await self._answer(request)
        except (StoreError, sqlite3.Error, BusyError):
            response = plain_answer(503, "The store or the inbox cannot be used just now.\n")
        except ClientDisconnect:
            # What arrived so far is no whole body: the client is gone, or its chunks are broken.
            response = plain_answer(400, "The body of the request is broken off.\n")
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        if request.method not in ("GET", "POST"):
            response = plain_answer(405, "Only GET and POST are answered here.\n")
            response.headers["allow"] = "GET, POST"
            return response
        token = request.path_params["token"]
        subscription = self._shelf.store().hub_subscriptions.by_token(token) if token.isascii() else None
        if subscription is None:
            return plain_answer(404, "There is no such subscription.\n")
        if request.method == "GET":
            return await self._confirm(subscription, request.url.query)
        return await self._push(subscription, request)

    async def _confirm(self, subscription: HubSubscription, query: str) -> Response:
        """Verification of intent and denial (WebSub §5.2, §5.3)."""
        call = read_call(query)
        if call is None or not is_expected(subscription, call):
            return plain_answer(404, "This was not asked for.\n")
        kind, argument = {
            "subscribe": (CallKind.VERIFIED, str(int(call.lease.total_seconds()))),
            "unsubscribe": (CallKind.LEFT, ""),
            "denied": (CallKind.DENIED, call.reason),
        }[call.mode]
        # Not confirmed unless it is recorded: otherwise we would not know of the subscription.
        if not await self._keep(subscription, kind, argument=argument):
            return _full()
        return plain_answer(200, call.challenge)

    async def _push(self, subscription: HubSubscription, request: Request) -> Response:
        """Content distribution (WebSub §7). 410 tells the hub that the subscription is over."""
        if subscription.standing not in LIVE:
            return plain_answer(410, "This subscription is over.\n")
        if request.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
            return plain_answer(415, "Send the document as it is, without a Content-Encoding.\n")
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await body_of(request, self._most)
        except TimeoutError:
            return plain_answer(408, f"The document did not arrive within {BODY_SECONDS} s.\n")
        if body is None:
            return plain_answer(413, f"Only documents of up to {self._most} bytes are taken.\n")
        if not subscription.secret:
            # Anyone on the way could have read the token: such a push only triggers a poll and never supplies content.
            kept = await self._keep(subscription, CallKind.PING)
        elif await run_in_threadpool(
            signature_matches, request.headers.get("x-hub-signature", ""), subscription.secret, body
        ):
            stated = request.headers.get("content-type", "")[:_LONGEST_TYPE]
            kept = await self._keep(subscription, CallKind.PUSH, argument=stated, body=body)
        else:
            # The response must not reveal that the signature is wrong (WebSub §7.1.2).
            kept = await self._keep(subscription, CallKind.IGNORED)
        return plain_answer(202, "") if kept else _full()

    async def _keep(
        self, subscription: HubSubscription, kind: CallKind, *, argument: str = "", body: bytes = b""
    ) -> bool:
        def keep(inbox: Inbox) -> bool:
            return inbox.call(subscription.token, kind, datetime.now(UTC), argument=argument, body=body)

        return await self._inbox.run(keep)


def _full() -> Response:
    response = plain_answer(503, "There is no room for this just now.\n")
    response.headers["retry-after"] = str(RETRY_SECONDS)
    return response
