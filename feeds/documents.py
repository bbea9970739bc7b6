"""Published documents over HTTP: what a request for one gets. Pure: header values and bytes in, answers out."""

from collections.abc import Mapping
from dataclasses import dataclass

from feeds.conditional import accepts_gzip, coded, not_modified
from feeds.dates import http_date
from feeds.model import Representation

MAX_AGE_SECONDS = 60

# Feeds are documents, not pages: a browser that shows one runs nothing from it.
_FEED_HEADERS = (
    ("cache-control", f"public, max-age={MAX_AGE_SECONDS}"),
    ("vary", "Accept-Encoding, A-IM"),
    ("x-content-type-options", "nosniff"),
    ("content-security-policy", "default-src 'none'; sandbox"),
    ("access-control-allow-origin", "*"),
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent: header names in lower case."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""


def respond(
    method: str, headers: Mapping[str, str], found: Representation, *, links: tuple[tuple[str, str], ...] = ()
) -> Answer:
    """The answer to GET or HEAD of a published document (RFC 9110 §13.2.2 for the order of preconditions).

    headers: by lower-case name. links: (URL, rel) for the Link header.
    """
    coding = "gzip" if found.gzip and accepts_gzip(headers.get("accept-encoding", "")) else ""
    tag = coded(found.etag, coding)
    common = [
        ("etag", tag),
        ("last-modified", http_date(found.last_modified)),
        *_FEED_HEADERS,
        *((("link", ", ".join(f'<{url}>; rel="{rel}"' for url, rel in links)),) if links else ()),
    ]
    if not_modified(
        headers.get("if-none-match", ""), headers.get("if-modified-since", ""), found.etag, found.last_modified
    ):
        return Answer(304, tuple(common))
    body = found.gzip if coding else found.body
    common += [("content-type", found.media_type), ("content-length", str(len(body)))]
    if coding:
        common.append(("content-encoding", coding))
    return Answer(200, tuple(common), b"" if method == "HEAD" else body)
