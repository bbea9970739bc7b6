"""The answer to a request for a published document. Pure: header values and prepared bytes in, answers out.

RFC 9110 for codings, validators and preconditions; RFC 3229 with `A-IM: feed` for deltas; Fetch for who may read them
from another site: everyone, since they are public.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from feeds.http.codings import choose_coding
from feeds.http.conditional import bases, coded_etag, not_modified, takes_delta
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
    """What is new in the document with `etag`, for a client with an older version. forms: as in a Representation."""

    etag: str
    body: bytes
    forms: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def size(self) -> int:
        return len(self.body) + sum(map(len, self.forms.values()))


class Prepared:
    """A published document with the answers to it, each made when it is first needed."""

    def __init__(self, found: Representation, links: Links = ()) -> None:
        """links: (URL, rel) for the Link header."""
        self.found = found
        self.codings = tuple(found.forms)
        self._answers: dict[tuple[int, str, str], Answer] = {}
        common = [(b"last-modified", http_date(found.last_modified).encode()), *_ALWAYS]
        if links:
            common.append((b"link", ", ".join(f'<{url}>; rel="{rel}"' for url, rel in links).encode()))
        self._common: Headers = tuple(common)
        age = int(found.max_age.total_seconds())
        control = f"public, max-age={age}, stale-while-revalidate={age}, stale-if-error={STALE_IF_ERROR}"
        self._control = (b"cache-control", control.encode())

    @property
    def size(self) -> int:
        return len(self.found.body) + sum(map(len, self.found.forms.values()))

    def answer(self, status: int, method: str, coding: str) -> Answer:
        """A 200 or 304. The 304 has the headers that a cache would store from a 200 (RFC 9110 §15.4.5)."""
        key = (status, method, coding)
        answer = self._answers.get(key)
        if answer is None:
            answer = self._answers[key] = self._build(*key)
        return answer

    def _build(self, status: int, method: str, coding: str) -> Answer:
        headers = [(b"etag", coded_etag(self.found.etag, coding).encode()), self._control, *self._common]
        if status == 304:
            return Answer(304, tuple(headers))
        body = self.found.forms[coding] if coding else self.found.body
        headers += _body_headers(self.found.media_type, coding, body)
        return Answer(200, tuple(headers), b"" if method == "HEAD" else body)

    def delta(self, method: str, coding: str, base: str, delta: Delta, inner: str) -> Answer:
        """A 226. base: the client's tag. coding: of the whole document, whose tag is sent; inner: of the delta."""
        headers = [
            (b"etag", coded_etag(self.found.etag, coding).encode()),
            (b"im", b"feed"),
            (b"delta-base", base.encode("latin-1")),
            # Only caches that understand deltas may store this (RFC 3229 §5.5).
            (b"cache-control", b"no-store, im"),
            *self._common,
        ]
        body = delta.forms[inner] if inner else delta.body
        headers += _body_headers(self.found.media_type, inner, body)
        return Answer(226, tuple(headers), b"" if method == "HEAD" else body)


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
) -> Answer:
    """The answer to GET or HEAD of a published document (RFC 9110 §13.2.2 for the order of preconditions).

    headers: by lower-case name. delta: what is new since the tag that the client sent; ignored if it leads to another
    version, or is no shorter than the whole document.
    """
    found = document.found
    accepted = headers.get("accept-encoding", "")
    coding = choose_coding(accepted, document.codings)
    asked = headers.get("if-none-match", ""), headers.get("if-modified-since", "")
    if not_modified(*asked, found.etag, found.last_modified, datetime.now(UTC)):
        return document.answer(304, method, coding or "")
    if coding is None:
        return _unacceptable(method)
    if delta and delta[1].etag == found.etag:
        base, new = delta
        inner = choose_coding(accepted, tuple(new.forms))
        if inner is not None and _length(new.body, new.forms, inner) < _length(found.body, found.forms, coding):
            return document.delta(method, coding, base, new, inner)
    return document.answer(200, method, coding)


def _body_headers(media_type: str, coding: str, body: bytes) -> list[tuple[bytes, bytes]]:
    headers = [(b"content-type", media_type.encode()), (b"content-length", str(len(body)).encode())]
    return [*headers, (b"content-encoding", coding.encode())] if coding else headers


def _length(body: bytes, forms: Mapping[str, bytes], coding: str) -> int:
    return len(forms[coding]) if coding else len(body)


def _unacceptable(method: str) -> Answer:
    detail = "This document is sent as it is, or as br, gzip or zstd; Accept-Encoding refuses all of these."
    body = json.dumps({"title": "Not acceptable", "status": 406, "detail": detail}).encode()
    headers = ((b"cache-control", b"no-store"), *_ALWAYS, *_body_headers("application/problem+json", "", body))
    return Answer(406, headers, b"" if method == "HEAD" else body)
