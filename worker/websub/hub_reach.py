"""Which hubs can call us back, and what they are asked."""

from dataclasses import dataclass
from datetime import timedelta

from feeds.text.urls import host
from feeds.websub.topics import Networks, literal, near
from worker.fetch.addresses import is_allowed

# Requests at a time, and the time limit of each.
AT_ONCE = 16
PATIENCE = timedelta(seconds=10)
MOST_REDIRECTS = 3


@dataclass(frozen=True, slots=True)
class Request:
    """A request to a hub.

    confidential: it may contain the secret, so it may be redirected only to where secrets may go.
    """

    token: str
    hub: str
    body: bytes
    confidential: bool


def reachable(base_url: str, hub: str, allow: Networks) -> bool:
    """Whether the hub can call us back: our address is public, or the hub is in a network of worker.allow_networks."""
    return _public(host(base_url)) or near(hub, allow)


def _public(name: str) -> bool:
    address = literal(name)
    if address:
        return is_allowed(address, ())
    return "." in name.rstrip(".") and not name.rstrip(".").endswith(
        (".localhost", ".local", ".internal", ".home.arpa")
    )
