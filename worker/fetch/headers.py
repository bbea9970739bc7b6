"""Reads the headers of an answer: media type, validators, freshness, Retry-After, links. Pure.

RFC 9110 (HTTP), RFC 9111 (freshness), RFC 8288 (Link).
"""

import re
from datetime import datetime, timedelta

from multidict import CIMultiDictProxy

from feeds.text.dates import parse_http_date
from feeds.text.urls import absolute

Headers = CIMultiDictProxy[str]

_LONGEST_WAIT = timedelta(days=366).total_seconds()
_LONGEST_VALIDATOR = 2048
_MEDIA_TYPE = re.compile(r"\s*([\w!#$&^.+-]+/[\w!#$&^.+-]+)", re.ASCII)
_CHARSET = re.compile(r";\s*charset\s*=\s*[\"']?([\w.:+-]{1,40})", re.ASCII | re.IGNORECASE)
_LINK = re.compile(r'<([^<>]*)>((?:[^,"<]|"(?:[^"\\]|\\.)*")*)')
_PARAMETER = re.compile(r';\s*([\w*-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;,"\s]*))', re.ASCII)
_UNDECODED = re.compile("[\udc80-\udcff]")


def content_type(headers: Headers) -> tuple[str, str]:
    """Media type and charset in lower case, each "" if missing or malformed."""
    stated = headers.get("Content-Type", "")
    media_type, charset = _MEDIA_TYPE.match(stated), _CHARSET.search(stated)
    return media_type[1].lower() if media_type else "", charset[1].lower() if charset else ""


def validator(headers: Headers, name: str) -> str:
    """The validator as the origin wrote it, or "" if it cannot be sent back unchanged."""
    text = headers.get(name, "")
    sendable = len(text) <= _LONGEST_VALIDATOR and all(char >= " " and not "\x7f" <= char <= "\x9f" for char in text)
    return text if sendable and not _UNDECODED.search(text) else ""


def retry_after(headers: Headers, now: datetime) -> float | None:
    """Seconds to wait, from either form of Retry-After; None if missing or malformed."""
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text), _LONGEST_WAIT)
    moment = parse_http_date(text) if text else None
    return min(max((moment - _date(headers, now)).total_seconds(), 0.0), _LONGEST_WAIT) if moment else None


def is_delta(headers: Headers) -> bool:
    """Whether a 226 holds just the new entries of a feed, with no other manipulation (RFC 3229 §10.5.2)."""
    used = ",".join(headers.getall("IM", ())).lower().split(",")
    return {name.partition(";")[0].strip() for name in used} == {"feed"}


def fresh_for(headers: Headers, now: datetime) -> float:
    """Seconds of freshness left (RFC 9111 §4.2): max-age minus Age, else Expires minus Date, else 0."""
    directives: dict[str, str] = {}
    for part in ",".join(headers.getall("Cache-Control", ())).split(","):
        name, _, value = part.partition("=")
        directives.setdefault(name.strip().lower(), value.strip().strip('"'))
    # no-cache="field" applies only to that field.
    if "no-store" in directives or directives.get("no-cache") == "":
        return 0.0
    if "max-age" in directives:
        return max(_delta_seconds(directives["max-age"]) - _delta_seconds(headers.get("Age", "")), 0.0)
    expires = parse_http_date(headers.get("Expires", ""))
    return min(max((expires - _date(headers, now)).total_seconds(), 0.0), _LONGEST_WAIT) if expires else 0.0


def _date(headers: Headers, now: datetime) -> datetime:
    return parse_http_date(headers.get("Date", "")) or now


def origin_time(headers: Headers) -> datetime | None:
    """What the origin's clock says, for an answer from a cache too (RFC 9111 §5.1); None without a valid Date."""
    stated = parse_http_date(headers.get("Date", ""))
    return stated + timedelta(seconds=_delta_seconds(headers.get("Age", ""))) if stated else None


def _delta_seconds(text: str) -> float:
    text = text.strip()
    return min(float(text), _LONGEST_WAIT) if text.isascii() and text.isdigit() else 0.0


def link_headers(headers: Headers, base: str) -> tuple[tuple[str, str, str], ...]:
    """Link headers (RFC 8288) as (absolute URL, rel, type), without those about another document (`anchor`)."""
    found = []
    for target, rest in _LINK.findall(url_in_header(",".join(headers.getall("Link", ())))):
        params: dict[str, str] = {}
        for name, quoted, token in _PARAMETER.findall(rest):
            params.setdefault(name.lower(), quoted or token)
        url = absolute(target.strip(), base)
        if url and params.get("rel") and "anchor" not in params:
            found.append((url, params["rel"].lower(), params.get("type", "").lower()))
    return tuple(found)


def url_in_header(value: str) -> str:
    """A header that holds a URL; bytes that are not UTF-8 (decoded to surrogates) become percent-encoded."""
    return _UNDECODED.sub(lambda found: f"%{ord(found[0]) - 0xDC00:02X}", value)
