"""Who is behind a host or an address, as limits count: what one party can have many of is one."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address


def client_party(address: str) -> str:
    """The address, or the network of one customer (IPv6); "" for this machine, where a web server in front makes all
    clients look like one. What is no address is its own.
    """
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    plain = (found.ipv4_mapped if isinstance(found, IPv6Address) else None) or found
    return "" if plain.is_loopback else _network(plain)


@lru_cache(4096)
def host_party(name: str) -> str:
    """The domain that somebody registered (`example.co.uk` of `a.b.example.co.uk`), by the Public Suffix List with its
    private part: whoever has it can make any number of names below it. For an address that stands in place of a name,
    the same as for a client's.
    """
    try:
        return _network(ip_address(name.strip("[]")))
    except ValueError:
        # Imported here: few need the list, and it takes a moment to read.
        from tld import get_fld

        found = get_fld(f"http://{name}/", fail_silently=True, search_private=True)
        return found or ".".join(name.rstrip(".").split(".")[-2:])


def _network(address: IPv4Address | IPv6Address) -> str:
    return str(IPv6Network((address, 64), strict=False)) if isinstance(address, IPv6Address) else str(address)
