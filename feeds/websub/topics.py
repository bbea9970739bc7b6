"""Topics and their hub: which hub feeds name, and which requests ours accepts, for how long and with which secret.

Pure. W3C Recommendation WebSub, 23 January 2018: §4 (discovery), §5.1 (the request). Limits are ours.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import parse_qs

from feeds.settings.schema import Settings
from feeds.text.urls import absolute, host, is_loopback, parts_of

LEASE = timedelta(days=10)
LEASE_MIN, LEASE_MAX = timedelta(hours=1), timedelta(days=30)
LONGEST_CALLBACK = 2048
# WebSub §5.1: fewer than 200 bytes.
SECRET_BYTES = 200
_MOST_FIELDS = 100

# Only printable ASCII, so that the URL stays on one line in a request; `absolute` checks the rest.
_CALLBACK = re.compile(r"https?://[!-~]+", re.IGNORECASE)
_TOPIC = re.compile(r"/feeds/([a-z0-9-]+)\.(atom|rss|json)")
_NAMES = ("hub.mode", "hub.topic", "hub.url", "hub.callback", "hub.secret", "hub.lease_seconds")

Networks = Sequence[IPv4Network | IPv6Network]


class RequestFault(Exception):
    """What is wrong with a request, in words for its sender. args: (message,)."""


@dataclass(frozen=True, slots=True)
class HubRequest:
    """A subscriber's request to our hub. path: of the topic, e.g. "/feeds/all.atom". n: its number in the inbox."""

    mode: str
    callback: str
    topic: str
    path: str
    secret: str = field(default="", repr=False)
    lease: timedelta = LEASE
    n: int = 0


# Which hub feeds name


def is_unreachable(settings: Settings) -> bool:
    """Whether the server listens for other machines while its URLs point to the local one."""
    own = parts_of(settings.base_url).hostname or ""
    return is_loopback(own) and not is_loopback(settings.server.host)


def hub_of(settings: Settings) -> str:
    """The URL of the hub that feeds name; "" without one, or if subscribers cannot reach this server."""
    if settings.server.hub == "off" or is_unreachable(settings):
        return ""
    return f"{settings.base_url}/hub" if settings.server.hub == "own" else settings.server.hub


def links(settings: Settings, path: str, *, own_hub: bool = False) -> tuple[tuple[str, str], ...]:
    """(URL, rel) of the Link header of a document (WebSub §4); an archive links only to itself.

    own_hub: for documents that our own hub pushes (§7): these name it, whether feeds advertise it or not.
    """
    hub = f"{settings.base_url}/hub" if own_hub else hub_of(settings)
    own = (f"{settings.base_url}{path}", "self")
    return ((hub, "hub"), own) if hub and _TOPIC.fullmatch(path) else (own,)


# Requests to our hub


def read_form(body: bytes) -> dict[str, str]:
    """The parameters that WebSub defines; others are ignored. Raises RequestFault for repeated ones or an unreadable
    form.
    """
    try:
        given = parse_qs(
            body.decode("ascii"), keep_blank_values=True, max_num_fields=_MOST_FIELDS, encoding="utf-8", errors="strict"
        )
    except ValueError:
        raise RequestFault("The form cannot be read: it must be percent-encoded UTF-8.") from None
    for name in _NAMES:
        if len(given.get(name, ())) > 1:
            raise RequestFault(f"{name}: stands there more than once.")
    return {name: given[name][0] for name in _NAMES if name in given}


def slug_of(path: str) -> str:
    """The slug of the feed whose document has this path."""
    return path.removeprefix("/feeds/").rpartition(".")[0]


def topic_path(topic: str, settings: Settings, slugs: Collection[str]) -> str:
    """The path of one of our feed documents, by exactly its URL. Raises RequestFault for anything else."""
    if not topic:
        raise RequestFault("hub.topic: is missing.")
    path = topic.removeprefix(settings.base_url)
    found = _TOPIC.fullmatch(path) if path != topic else None
    if not found or found[1] not in slugs:
        raise RequestFault("hub.topic: is not the address of a feed of this site, as its rel=self link has it.")
    return path


def request_of(form: dict[str, str], settings: Settings, slugs: Collection[str]) -> HubRequest:
    """The request in a form. Raises RequestFault if it is not acceptable. slugs: of our feeds."""
    mode = form.get("hub.mode", "")
    if mode not in ("subscribe", "unsubscribe"):
        raise RequestFault("hub.mode: must be subscribe or unsubscribe.")
    callback = form.get("hub.callback", "")
    if fault := _callback_fault(callback, settings.base_url):
        raise RequestFault(f"hub.callback: {fault}")
    topic = form.get("hub.topic", "")
    path = topic_path(topic, settings, slugs)
    if mode == "unsubscribe":
        return HubRequest(mode, callback, topic, path)
    secret = form.get("hub.secret", "")
    if len(secret.encode()) >= SECRET_BYTES:
        raise RequestFault(f"hub.secret: must have fewer than {SECRET_BYTES} bytes.")
    if secret and not confidential(callback, settings.worker.allow_callbacks):
        raise RequestFault("hub.secret: goes with an https hub.callback only.")
    return HubRequest(mode, callback, topic, path, secret, _lease(form.get("hub.lease_seconds", "")))


def _callback_fault(callback: str, base_url: str) -> str:
    if not callback:
        return "is missing."
    if len(callback) > LONGEST_CALLBACK:
        return f"must have no more than {LONGEST_CALLBACK:,} characters."
    if not _CALLBACK.fullmatch(callback):
        return "must be an http or https address in ASCII."
    usual = absolute(callback)
    if not usual:
        return "its host or port cannot be read."
    if "@" in parts_of(callback).netloc:
        return "must have no user and password."
    if "#" in callback:
        return "must have no fragment."
    if f"{usual}/".startswith(f"{base_url}/"):
        return "must not be an address of this site."
    return ""


def _lease(seconds: str) -> timedelta:
    """The requested lease, within our limits."""
    if not seconds:
        return LEASE
    if not (seconds.isascii() and seconds.isdigit()):
        raise RequestFault("hub.lease_seconds: must be a whole number of seconds.")
    digits = seconds.lstrip("0")
    if len(digits) > len(str(int(LEASE_MAX.total_seconds()))):
        return LEASE_MAX
    return min(max(timedelta(seconds=int(digits or "0")), LEASE_MIN), LEASE_MAX)


# Where callbacks may be


def confidential(url: str, allow: Networks) -> bool:
    """Whether a secret may be sent with this URL: it is https, or within a network that the operator named."""
    return url.lower().startswith("https:") or near(url, allow)


def near(url: str, allow: Networks) -> bool:
    """Whether a URL's host is an address, not a name to be looked up, within one of these networks."""
    address = literal(host(url))
    return address is not None and any(address in network for network in allow)


def literal(name: str) -> IPv4Address | IPv6Address | None:
    """The IP address that a host is; None for a name that has to be looked up."""
    if name == "localhost" or name.endswith(".localhost"):
        return IPv4Address("127.0.0.1")
    try:
        return ip_address(name.strip("[]"))
    except ValueError:
        return None
