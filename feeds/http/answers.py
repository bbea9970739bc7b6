"""The answer to a request for a published document. Pure: header values and prepared bytes in, answers out.

RFC 9110 for codings, validators and preconditions; RFC 3229 with `A-IM: feed` for deltas; Fetch for who may read them
from another site: everyone, since they are public.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from feeds.http.codings import choose_coding, codings_of
from feeds.http.conditional import bases, coded_etag, held, not_modified, takes_delta
from feeds.model import Representation
from feeds.text.dates import http_date

# A copy may be used while it is fetched again, and for a day if that fails: an old feed is better than none.
STALE_IF_ERROR = 86_400

VARY = (b"vary", b"Accept-Encoding, A-IM")
# Feeds are documents, not pages: a browser that shows one runs nothing from it.
_ALWAYS = (
    VARY,
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; sandbox"),
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"ETag, Link, Last-Modified, IM, Delta-Base"),
)

Links = tuple[tuple[str, str], ...]
Headers = tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent. Header names are lower case."""

    status: int
    headers: Headers
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Unmade:
    """No answer yet: a coded form of the document is to be made first, and added to it.

    meanwhile: the answer for those who need not wait while it is being made; None for a client that takes nothing that
    is there.
    """

    coding: str
    meanwhile: Answer | None


# A browser asks for this before it lets a program of another site send validators (Fetch §3.2.2).
PREFLIGHT = Answer(
    204,
    (
        (b"allow", b"GET, HEAD, OPTIONS"),
        (b"access-control-allow-origin", b"*"),
        (b"access-control-allow-methods", b"GET, HEAD"),
        (b"access-control-allow-headers", b"If-None-Match, If-Modified-Since, A-IM, Accept, Cache-Control"),
        (b"access-control-max-age", b"86400"),
        (b"x-content-type-options", b"nosniff"),
    ),
)


@dataclass(frozen=True, slots=True)
class Delta:
    """What is new in the document with `etag`, for a client with an older version.

    length: without a coding. body: in the coding that is named, as it is if that is "".
    """

    etag: str
    length: int
    coding: str
    body: bytes

    @property
    def size(self) -> int:
        return len(self.body)


class Prepared:
    """A published document or page with its coded forms and the answers to it, each made when it is first needed.

    codings: those in which it is sent; a form is made by `encode` and added once a client asks for it (see `Unmade`).
    """

    def __init__(self, found: Representation, links: Links = (), *, page_headers: Headers = ()) -> None:
        """links: (URL, rel) for the Link header. page_headers: of a page, in place of all that is said of documents."""
        self.found = found
        self.codings = codings_of(found.body)
        self._forms: dict[str, bytes] = {}
        self._answers: dict[tuple[int, str, str], Answer] = {}
        self._control: Headers = () if page_headers else _freshness(found)
        self._common: Headers = page_headers or _document_headers(found, links)

    @property
    def size(self) -> int:
        return len(self.found.body) + sum(map(len, self._forms.values()))

    @property
    def ready(self) -> tuple[str, ...]:
        """The codings in which it is there."""
        return tuple(coding for coding in self.codings if coding in self._forms)

    def add(self, coding: str, form: bytes | None) -> None:
        """Takes in a coded form; None if that coding makes the document no shorter."""
        if form is None:
            self.codings = tuple(one for one in self.codings if one != coding)
        else:
            self._forms[coding] = form

    def answer(self, status: int, method: str, coding: str) -> Answer:
        """A 200 or 304. The 304 has the headers that a cache would store from a 200 (RFC 9110 §15.4.5)."""
        key = (status, method, coding)
        answer = self._answers.get(key)
        if answer is None:
            answer = self._answers[key] = self._build(*key)
        return answer

    def _build(self, status: int, method: str, coding: str) -> Answer:
        headers = [(b"etag", coded_etag(self.found.etag, coding).encode()), *self._control, *self._common]
        if status == 304:
            return Answer(304, tuple(headers))
        body = self._forms[coding] if coding else self.found.body
        headers += _body_headers(self.found.media_type, coding, body)
        return Answer(200, tuple(headers), b"" if method == "HEAD" else body)

    def delta(self, method: str, coding: str, base: str, delta: Delta) -> Answer:
        """A 226. base: the client's tag. coding: of the whole document, whose tag is sent."""
        headers = [
            (b"etag", coded_etag(self.found.etag, coding).encode()),
            (b"im", b"feed"),
            (b"delta-base", base.encode("latin-1")),
            # Only caches that understand deltas may store this (RFC 3229 §5.5).
            (b"cache-control", b"no-store, im"),
            *self._common,
        ]
        headers += _body_headers(self.found.media_type, delta.coding, delta.body)
        return Answer(226, tuple(headers), b"" if method == "HEAD" else delta.body)


def _freshness(found: Representation) -> Headers:
    age = int(found.max_age.total_seconds())
    control = f"public, max-age={age}, stale-while-revalidate={age}, stale-if-error={STALE_IF_ERROR}"
    return ((b"cache-control", control.encode()),)


def _document_headers(found: Representation, links: Links) -> Headers:
    dated: Headers = ((b"last-modified", http_date(found.last_modified).encode()), *_ALWAYS)
    if not links:
        return dated
    return (*dated, (b"link", ", ".join(f'<{url}>; rel="{rel}"' for url, rel in links).encode()))


def wants_delta(headers: Mapping[str, str], document: Prepared) -> list[tuple[str, str]]:
    """The tags to make a delta from, as sent and bare, if the client accepts deltas; usually empty.

    Empty if the client is up to date (304).
    """
    a_im = headers.get("a-im")
    if not a_im or not takes_delta(a_im):
        return []
    if_none_match, found = headers.get("if-none-match", ""), document.found
    current = not_modified(if_none_match, "", found.etag, found.last_modified, datetime.now(UTC))
    return [] if current else bases(if_none_match)


def respond(
    method: str, headers: Mapping[str, str], document: Prepared, delta: tuple[str, Delta] | None = None
) -> Answer | Unmade:
    """The answer to GET or HEAD of a published document (RFC 9110 §13.2.2 for the order of preconditions).

    headers: by lower-case name. delta: what is new since the tag that the client sent; ignored if it leads to another
    version, is no shorter than the whole document, or has a coding that the client does not take.
    """
    found = document.found
    accepted = headers.get("accept-encoding", "")
    coding = choose_coding(accepted, document.codings)
    asked = headers.get("if-none-match", ""), headers.get("if-modified-since", "")
    if not_modified(*asked, found.etag, found.last_modified, datetime.now(UTC)):
        return document.answer(304, method, _confirmed(asked[0], accepted, found.etag, coding or ""))
    if coding is None:
        return _unacceptable(method)
    if delta and delta[1].etag == found.etag:
        base, new = delta
        if new.length < len(found.body) and _takes(accepted, new.coding):
            return document.delta(method, coding, base, new)
    if coding and coding not in document.ready:
        meanwhile = choose_coding(accepted, document.ready)
        return Unmade(coding, None if meanwhile is None else document.answer(200, method, meanwhile))
    return document.answer(200, method, coding)


def _confirmed(if_none_match: str, accepted: str, tag: str, coding: str) -> str:
    """The coding of the form that a 304 confirms: one that the client has, since it may have got another than it would
    get now (RFC 9111 §4.3.4).
    """
    theirs = held(if_none_match, tag)
    if coding in theirs:
        return coding
    return next((one for one in sorted(theirs) if _takes(accepted, one)), coding)


def _takes(accepted: str, coding: str) -> bool:
    """Whether a client takes the coding, "" for none, if nothing else is offered."""
    return choose_coding(accepted, (coding,) if coding else ()) == coding


def _body_headers(media_type: str, coding: str, body: bytes) -> list[tuple[bytes, bytes]]:
    headers = [(b"content-type", media_type.encode()), (b"content-length", str(len(body)).encode())]
    return [*headers, (b"content-encoding", coding.encode())] if coding else headers


def _unacceptable(method: str) -> Answer:
    detail = "This document is sent as it is, or as br, gzip or zstd; Accept-Encoding refuses all of these."
    body = json.dumps({"title": "Not acceptable", "status": 406, "detail": detail}).encode()
    headers = ((b"cache-control", b"no-store"), *_ALWAYS, *_body_headers("application/problem+json", "", body))
    return Answer(406, headers, b"" if method == "HEAD" else body)
