"""Which addresses may be dialled, and which URLs may be requested.

Pure: looks up no name and opens no socket. Public addresses are decided by lists of our own (RFC 6890 and the IANA
registries of special-purpose addresses), since `ipaddress.is_global` accepts 64:ff9b::7f00:1, ::127.0.0.1 and
multicast.
"""

import re
import unicodedata
from collections.abc import Sequence
from ipaddress import AddressValueError, IPv4Address, IPv4Network, IPv6Address, IPv6Network

from feeds.errors import FetchError
from feeds.text.urls import absolute, parts_of, without_credentials

_V4_DENIED = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "168.63.129.16/32",  # Azure's platform, reachable only from inside
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
# Global unicast is 2000::/3; NAT64 (64:ff9b::/96), IPv4-compatible and local addresses lie outside it, while Teredo
# (in 2001::/23) and 6to4 (2002::/16) lie inside and would lead to an IPv4 address that nobody has checked.
_V6_ALLOWED = IPv6Network("2000::/3")
_V6_DENIED = tuple(IPv6Network(text) for text in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))

# Ports of other protocols, where a request could be taken for commands: https://fetch.spec.whatwg.org/#port-blocking
# fmt: off
_PORTS_DENIED = frozenset({
    0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109,
    110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531,
    532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060,
    5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
})
# fmt: on

_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
# https://url.spec.whatwg.org/#ends-in-a-number-checker: resolvers read such a host as an address in odd notation.
_UNUSABLE = re.compile(r"[\x00-\x20\\\x7f-\xa0\s]")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


def is_allowed(address: IPv4Address | IPv6Address, allow: Sequence[IPv4Network | IPv6Network]) -> bool:
    """Whether a connection to this address may be opened: it is public, or in one of the networks of `allow`.

    An IPv4-mapped address (::ffff:0:0/96) counts as the IPv4 address that it contains.
    """
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if any(address in network for network in allow):
        return True
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _V4_DENIED)
    return address in _V6_ALLOWED and not any(address in network for network in _V6_DENIED)


def check_url(url: str) -> str:
    """The URL unchanged, if it may be requested.

    Raises FetchError: E_SCHEME for a scheme other than http and https; E_URL for white space, control characters and
    backslashes, for a host that is neither a name nor an address in its usual notation (127.1, 0x7f.1, 2130706433,
    fullwidth digits), and for the ports of other protocols.
    """
    name = without_credentials(url)
    if _UNUSABLE.search(url):
        raise FetchError(
            name, "Not a usable address: it holds white space, a backslash or a control character.", "E_URL"
        )
    parts = parts_of(url)
    host, port = parts.hostname or "", parts.port
    if url and not any(parts):
        raise FetchError(name, "Not a usable address: its host or port cannot be read.", "E_URL")
    if not parts.scheme or "." in parts.scheme:  # example.org:8080/feed
        raise FetchError(name, "Not a usable address: it must start with http:// or https://.", "E_URL")
    if parts.scheme not in ("http", "https"):
        raise FetchError(name, f"Only http and https addresses can be fetched, not {parts.scheme[:40]}.", "E_SCHEME")
    if not host:
        raise FetchError(name, "Not a usable address: it names no host.", "E_URL")
    if not (_usual_v6(host) if "[" in parts.netloc else _usual_host(host, url)):
        advice = "Write the host as a name or as four decimal numbers."
        raise FetchError(name, f'Not a usable address: "{host[:255]}". {advice}', "E_URL")
    if port in _PORTS_DENIED:
        raise FetchError(name, f"Not a usable address: port {port} belongs to another protocol than HTTP.", "E_URL")
    return url


def _usual_v6(host: str) -> bool:
    try:
        return IPv6Address(host).scope_id is None
    except AddressValueError:
        return False


def _usual_host(host: str, url: str) -> bool:
    if not host.isascii():
        # Fullwidth and circled digits, and other dots, turn into an address when the name is encoded.
        if unicodedata.normalize("NFKC", host) != unicodedata.normalize("NFC", host) or "\u3002" in host:
            return False
        host = parts_of(absolute(url)).hostname or ""
    labels = host.removesuffix(".").split(".")
    if _NUMBER.fullmatch(labels[-1]):
        try:
            return str(IPv4Address(host)) == host
        except AddressValueError:
            return False
    return len(host) <= 254 and all(_LABEL.fullmatch(label) for label in labels)
