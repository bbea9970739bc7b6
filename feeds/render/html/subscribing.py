"""Links that open a feed in a reader. A reader's host is contacted only when somebody follows one."""

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import quote

from feeds.text.urls import host

# Readers that anyone can have an account with, and the address at which each accepts any feed; in alphabetical order.
_ON_THE_WEB = (
    ("Feedbin", "https://feedbin.com/?subscribe={}"),
    ("Feedly", "https://feedly.com/i/subscription/feed%2F{}"),
    ("Inoreader", "https://www.inoreader.com/?add_feed={}"),
    ("NewsBlur", "https://www.newsblur.com/?url={}"),
    ("The Old Reader", "https://theoldreader.com/feeds/subscribe?url={}"),
)
_AT_HOME = (".localhost", ".local", ".internal", ".lan", ".home.arpa", ".test", ".invalid")


@dataclass(frozen=True, slots=True)
class Reader:
    name: str
    url: str


def readers(feed_url: str) -> tuple[Reader, ...]:
    """The application on the user's own device first, then web readers if they can reach the feed."""
    own = Reader("an app on this device", f"feed:{feed_url}")
    if not _on_the_internet(host(feed_url)):
        return (own,)
    return (own, *(Reader(name, url.format(quote(feed_url, safe=""))) for name, url in _ON_THE_WEB))


def _on_the_internet(name: str) -> bool:
    """Whether a host can be reached from elsewhere, judging by its name."""
    try:
        return ip_address(name.strip("[]")).is_global
    except ValueError:
        return "." in name.rstrip(".") and not name.rstrip(".").endswith(_AT_HOME)
