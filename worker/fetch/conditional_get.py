"""One conditional GET of a source: returns a document, "not modified", or the error as a sentence.

Guarantees: no connection to an address that `addresses.allowed` refuses, on any hop; a result within worker.timeout and
worker.max_body, whatever the origin does; no password, cookie or validator to another host. Redirects are followed and
bodies unpacked here, since only then can both be limited. Cookies live for one fetch (RFC 6265): some sites set one and
redirect to where they look for it. RFC 9110 (HTTP), RFC 9111 (freshness), RFC 8288 (Link), RFC 3229 (226 IM Used, here
with "feed": the answer holds only the new entries).
"""

import asyncio
import base64
import hashlib
import re
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import unquote

import aiohttp
from yarl import URL

from feeds.errors import FetchError
from feeds.text.urls import absolute, parts_of, without_credentials
from worker.fetch.addresses import check_url
from worker.fetch.codings import Damaged, Incomplete, TooLarge, unpacked
from worker.fetch.connect import Connector
from worker.fetch.headers import (
    content_type,
    fresh_for,
    is_delta,
    link_headers,
    origin_time,
    retry_after,
    url_in_header,
    validator,
)
from worker.fetch.policy import Budget, FetchPolicy, ForbiddenAddress, weight
from worker.fetch.sentences import SETTINGS, binary_size, is_walled, status_sentence, what_next
from worker.fetch.unreachable import below_http
from worker.model import Document, Fetched

ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9,"
    " application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, text/html;q=0.3, */*;q=0.1"
)
# How an address begins that names a path of the same host.
_PATH = re.compile(r"[\\/](?![\\/])")
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class _NoRoom(Exception):
    """A large document, and no room left in the budget."""


async def fetch(
    session: aiohttp.ClientSession,
    url: str,
    policy: FetchPolicy,
    now: datetime,
    etag: str = "",
    last_modified: str = "",
    body_digest: str = "",
    once: bool = False,
    budget: Budget | None = None,
) -> Fetched | FetchError | None:
    """Requests `url` with the validators and digest of the last good answer. Returns errors; raises only for a bug.

    A user name and password in the URL are sent only to its own host and never shown. Waiting for a turn at the host
    does not count against the deadline. session: made by `session(policy)`. once: nothing retries this request, so
    errors do not promise a retry. budget: limits large documents; one over it gives None and must be fetched later. A
    document that is returned holds its `weight` of it.
    """
    connector = session.connector
    assert isinstance(connector, Connector), "worker.fetch.connect.session makes the sessions"
    trip = _Trip(policy, without_credentials(url), budget)
    fetched: Fetched | None = None
    try:
        trip.host = parts_of(check_url(url)).hostname or ""
        async with (
            connector.turns(trip.host),
            connector.slots,
            asyncio.timeout(policy.timeout.total_seconds()),
        ):
            fetched = await _follow(session, url, trip, now, _Known(etag, last_modified, body_digest))
        return fetched
    except _NoRoom:
        return None
    except FetchError as found:
        error = found
    except TimeoutError:
        limit = f"{policy.timeout.total_seconds():g} s ({trip.received} bytes received)"
        advice = f"Raise worker.timeout in {SETTINGS} to wait longer."
        error = trip.error("E_SLOW", f"{trip.host} did not finish within {limit}. {advice}")
    except (ForbiddenAddress, aiohttp.ClientError, OSError) as found:
        error = trip.error(*below_http(found, trip.host, trip.via))
    finally:
        if fetched is None or fetched.document is None:
            trip.hold(0)
    message = error.message if once else f"{error.message} {what_next(error)}".rstrip()
    # A new error: the traceback of the old one would keep the body alive.
    return FetchError(error.name, message, error.code, error.retry_after, error.status)


@dataclass(slots=True)
class _Trip:
    """A fetch in progress.

    via: the host that redirected to `host`, or "". conditional, authorised: the last request. held: of
    the budget.
    """

    policy: FetchPolicy
    name: str
    budget: Budget | None = None
    host: str = ""
    via: str = ""
    received: int = 0
    conditional: bool = False
    authorised: bool = False
    held: int = 0

    def hold(self, size: int) -> None:
        """Keeps room for a document of this size; raises _NoRoom if there is none."""
        if self.budget and not self.budget.resize(self.held, weight(size)):
            raise _NoRoom
        self.held = weight(size)

    def error(self, code: str, text: str, retry_after: float | None = None, status: int = 0) -> FetchError:
        return FetchError(self.name, text, code, retry_after, status)


@dataclass(frozen=True, slots=True)
class _Known:
    """The last good answer."""

    etag: str
    last_modified: str
    body_digest: str

    def conditions(self) -> dict[str, str]:
        sent = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        conditions = {name: value for name, value in sent.items() if value}
        return conditions | {"A-IM": "feed"} if conditions else {}


async def _follow(client: aiohttp.ClientSession, url: str, trip: _Trip, now: datetime, known: _Known) -> Fetched:
    """Follows redirects to the answer. Credentials and validators go no further than their own origin."""
    policy = trip.policy
    own = target = _request_url(url, trip, "E_URL")
    private = _authorisation(url) | known.conditions()
    # unsafe: hosts that are addresses keep their cookies too.
    cookies = aiohttp.CookieJar(unsafe=True, quote_cookie=False)
    seen: set[tuple[str, str]] = set()
    permanent = True
    while True:
        headers = {"User-Agent": policy.user_agent, "Accept": ACCEPT, "Accept-Encoding": "gzip"}
        headers |= private if _same_origin(own, target) else {}
        if cookie := _cookie(cookies, target):
            headers["Cookie"] = cookie
        if (target, cookie) in seen:
            raise trip.error("E_REDIRECT", f"The redirects run in a circle, last: {target[:200]}.")
        if len(seen) > policy.redirects:
            raise trip.error("E_REDIRECT", f"Gave up after {policy.redirects} redirects, last: {target[:200]}.")
        seen.add((target, cookie))
        response = await client.get(URL(target, encoded=True), headers=headers, allow_redirects=False)
        try:
            if response.status not in _REDIRECTS:
                trip.conditional, trip.authorised = "A-IM" in headers, "Authorization" in headers
                permanent_url = target if permanent and len(seen) > 1 else ""
                return await _answer(response, target, permanent_url, trip, now, known)
            cookies.update_cookies(response.cookies, URL(target, encoded=True))
            before, target = target, _follow_redirect(response, target, trip)
            if "Authorization" in private and before.startswith("https:") and target.startswith("http:"):
                text = f"{trip.via} leads from https to http at {trip.host}, where passwords can be overheard; refused."
                raise trip.error("E_REDIRECT", text)
            permanent = permanent and response.status in (301, 308)
        finally:
            response.release()


def _cookie(cookies: aiohttp.CookieJar, target: str) -> str:
    """The Cookie header for a URL, or ""."""
    found = cookies.filter_cookies(URL(target, encoded=True)).values()
    return "; ".join(f"{morsel.key}={morsel.coded_value}" for morsel in found)


def _request_url(url: str, trip: _Trip, code: str) -> str:
    """The URL to send: percent-encoded, without credentials and fragment."""
    target = absolute(url).partition("#")[0]
    try:
        URL(target, encoded=True)
    except ValueError:
        target = ""
    if not target:
        raise trip.error(code, "Not a usable address: it cannot be encoded.")
    return target


def _follow_redirect(response: aiohttp.ClientResponse, current: str, trip: _Trip) -> str:
    location = absolute(_forward(url_in_header(response.headers.get("Location", "")).strip()), current)
    try:
        target = _request_url(check_url(location), trip, "E_REDIRECT")
    except FetchError as error:
        raise trip.error("E_REDIRECT", f"Redirect from {trip.host} to an unusable address.") from error
    trip.via, trip.host = trip.host, parts_of(target).hostname or ""
    return target


def _same_origin(own: str, target: str) -> bool:
    """The same scheme, host and port (RFC 6454), or https in place of http on the same host."""
    one, other = parts_of(own), parts_of(target)
    standard = {"http": 80, "https": 443}
    places = [(parts.scheme, parts.port or standard[parts.scheme]) for parts in (one, other)]
    return one.hostname == other.hostname and (places[0] == places[1] or places == list(standard.items()))


def _authorisation(url: str) -> dict[str, str]:
    parts = parts_of(url)
    if parts.username is None and parts.password is None:
        return {}
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


async def _answer(
    response: aiohttp.ClientResponse,
    url: str,
    permanent_url: str,
    trip: _Trip,
    now: datetime,
    known: _Known,
) -> Fetched:
    headers, status = response.headers, response.status
    wait = retry_after(headers, now)
    if is_walled(headers, status):
        text = f"{trip.host} is behind a bot wall, which answered {status} in its place; only its owner can let us in."
        raise trip.error("E_WALL", text, wait, status)
    if status == 304 and not trip.conditional:
        raise trip.error("E_HTTP", "The answer was 304 without a condition in the request.", status=status)
    if status == 226 and not (trip.conditional and is_delta(headers)):
        text = "The answer was 226, a part of a document that was not asked for in this form."
        raise trip.error("E_HTTP", text, status=status)
    if status not in (200, 203, 204, 226, 304):
        raise trip.error("E_HTTP", status_sentence(status, trip.host, trip.authorised), wait, status)
    answer = Fetched(
        document=None,
        etag=validator(headers, "ETag"),
        last_modified=validator(headers, "Last-Modified"),
        body_digest=known.body_digest,
        fresh_for=fresh_for(headers, now),
        permanent_url=permanent_url,
        links=link_headers(headers, url),
        date=origin_time(headers),
    )
    if status in (226, 304):
        # Validators missing from a 304 are unchanged (RFC 9111 §4.3.4). Without new ones, a delta remains a delta to
        # what was known, and brings the same entries again (RFC 3229 §10.4.1).
        kept = (answer.etag or known.etag, answer.last_modified or known.last_modified)
        answer = replace(answer, etag=kept[0], last_modified=kept[1])
    if status == 304:
        return answer
    body = await _body(response, trip)
    if not body or body.isspace():
        raise trip.error("E_EMPTY", "Empty answer.", status=status)
    if status == 226:
        # The digest of the whole document is unknown, so that even its previous version counts as a change.
        answer = replace(answer, body_digest="", delta=True)
    else:
        answer = replace(answer, body_digest=hashlib.sha256(body).hexdigest())
        if answer.body_digest == known.body_digest:
            return answer
    media_type, charset = content_type(headers)
    document = Document(
        name=trip.name,
        body=body,
        retrieved_at=now,
        url=url,
        media_type=media_type,
        charset=charset,
        etag=answer.etag,
        last_modified=answer.last_modified,
    )
    return replace(answer, document=document)


def _forward(location: str) -> str:
    r"""A path whose "\" is "/", as browsers read it (WHATWG URL §4.4).

    That of a whole address stays: in http://a\@b/ it would decide which host is asked.
    """
    path, mark, query = location.partition("?")
    return path.replace("\\", "/") + mark + query if _PATH.match(location) else location


async def _body(response: aiohttp.ClientResponse, trip: _Trip) -> bytes:
    """The whole body, unpacked; at most worker.max_body of it, packed and unpacked, is in memory."""
    limit = trip.policy.max_body

    def too_large(after: str = "") -> FetchError:
        advice = f"Raise worker.max_body in {SETTINGS} to accept it."
        return trip.error("E_BIG", f"Larger than {binary_size(limit)}{after}; stopped. {advice}")

    if (response.content_length or 0) > limit:
        raise too_large()
    packed = bytearray()
    try:
        async for chunk in response.content.iter_any():
            packed += chunk
            trip.received = len(packed)
            if len(packed) > limit:
                raise too_large()
            trip.hold(len(packed))
    except (aiohttp.ClientPayloadError, aiohttp.ClientConnectionError) as error:
        raise trip.error("E_CUT", f"The answer ended early ({trip.received} bytes).") from error
    try:
        body = unpacked(bytes(packed), ",".join(response.headers.getall("Content-Encoding", ())), limit)
    except TooLarge as error:
        raise too_large(" after decompression") from error
    except Incomplete as error:
        raise trip.error("E_CUT", f"The answer ended early ({trip.received} bytes).") from error
    except Damaged as error:
        coding = ascii(str(error))[1:-1][:40]
        raise trip.error("E_CODING", f"Sent as {coding}, which is damaged, or cannot be unpacked here.") from error
    trip.hold(len(body))
    return body
