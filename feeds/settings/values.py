"""How values are written in seeds/site.toml: one reader for each kind of value.

A reader takes a value as TOML gives it and returns it typed and in normal form, or raises ValueError, with a reason if
it knows one. `expect` turns that into a message for the operator. Durations are `timedelta`, sizes bytes.
"""

import difflib
import ipaddress
import json
import re
import zoneinfo
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeAlias

from pydantic import PlainValidator

from feeds import automatic
from feeds.errors import QueryError
from feeds.search.query import parse
from feeds.text import plaintext, urls

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network


def expect(what: str, read: Callable[[Any], object], *, secret: bool = False) -> PlainValidator:
    """A validator whose error says what was expected, what was found (unless secret) and the reader's reason."""

    def check(value: object) -> object:
        try:
            return read(value)
        except ValueError as error:
            found = "" if secret else f", not {as_toml(value)}"
            reason = f" ({error})" if str(error) else ""
            raise ValueError(f"expected {what}{found}{reason}") from error

    return PlainValidator(check)


def as_toml(value: object) -> str:
    """A value as TOML writes it, on one line, with the credentials of a URL removed."""
    if isinstance(value, dict):
        return "a table"
    return plaintext.shorten(re.sub(r"//[^/@\s]*@", "//…@", json.dumps(value, ensure_ascii=False, default=str)), 80)


def string(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError
    return value


def line(value: object) -> str:
    """Text of one line, cleaned for publication."""
    return plaintext.clean_title(string(value))


def nonempty_line(value: object) -> str:
    """Text of one line, cleaned for publication, that must not be empty."""
    if not (found := line(value)):
        raise ValueError
    return found


def token(value: object) -> str:
    # Header values are trimmed in transit, so white space at an end could never match.
    if not string(value).isprintable() or string(value) != string(value).strip():
        raise ValueError
    return string(value)


def matching(pattern: str) -> Callable[[object], str]:
    def read(value: object) -> str:
        if not re.fullmatch(pattern, string(value)):
            raise ValueError
        return string(value)

    return read


def switch(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError
    return value


def whole(least: int, most: int) -> PlainValidator:
    def read(value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise ValueError
        return value

    return expect(f"a whole number from {least} to {most}", read)


def choice(*names: str) -> PlainValidator:
    return expect(" or ".join(f'"{name}"' for name in names), matching("|".join(names)))


def list_of(read: Callable[[object], object]) -> Callable[[object], tuple[Any, ...]]:
    """A list with each element once, in order."""

    def read_all(value: object) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple):
            raise ValueError
        return tuple(dict.fromkeys(read(element) for element in value))

    return read_all


def or_nothing(read: Callable[[object], Any], nothing: object = "") -> Callable[[object], Any]:
    """Returns `nothing` for "", otherwise what `read` returns."""
    return lambda value: nothing if value == "" else read(value)


_DURATION = re.compile(r"(?=.)(?:(\d{1,3})w)?(?:(\d{1,4})d)?(?:(\d{1,5})h)?(?:(\d{1,6})m)?(?:(\d{1,8})s)?", re.ASCII)


def pause(value: object) -> timedelta:
    """A duration that may be "0s"."""
    if not (match := _DURATION.fullmatch(string(value))):
        raise ValueError
    weeks, days, hours, minutes, seconds = (int(number) for number in match.groups("0"))
    return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)


def duration(value: object) -> timedelta:
    if not (found := pause(value)):
        raise ValueError("it must be longer than that")
    return found


_UNITS = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}


def byte_count(value: object) -> int:
    match = re.fullmatch(r"([1-9][0-9]{0,8}) ?([KMG]i?B|B)", string(value))
    if not match:
        raise ValueError
    return int(match[1]) * _UNITS[match[2]]


def network(value: object) -> Network:
    """A CIDR, or a single address."""
    try:
        found = ipaddress.ip_interface(string(value))
    except ValueError:
        raise ValueError from None
    if found.ip != found.network.network_address:
        raise ValueError(f"did you mean {found.network}?")
    return found.network


def urn(value: object) -> str:
    return matching(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")(string(value).lower())


def web_address(value: object) -> str:
    """An absolute http(s) URL without credentials."""
    authority = urls.parts_of(string(value)).netloc
    found = urls.absolute(string(value))
    if not found or not authority or "@" in authority:
        raise ValueError
    return found


def base_url(value: object) -> str:
    """A web address to which paths can be appended: no query, no fragment, no slash at its end."""
    found = web_address(value)
    if "?" in string(value) or "#" in string(value):
        raise ValueError
    return found.rstrip("/")


def host_or_address(value: object) -> str:
    try:
        return str(ipaddress.ip_address(string(value)))
    except ValueError:
        return matching(r"(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9-]+)*")(value)


def executor(value: object) -> str:
    """processes[:N] | threads[:N] | dask | dask://HOST:PORT | dask+tls://HOST:PORT."""
    address = re.fullmatch(r"dask(?:\+tls)?://(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):([1-9][0-9]{0,4})", string(value))
    if address and int(address[1]) <= 65535:
        return string(value)
    return matching(r"(processes|threads)(:[1-9][0-9]{0,3})?|dask")(value)


def language(value: object) -> str:
    tag = plaintext.language_tag(matching(r"[A-Za-z0-9_-]+")(value))
    # language_tag drops subtags that it cannot read. That suits feeds, but an operator should see the mistake.
    if not tag or len(re.findall("[-_]", string(value))) != tag.count("-"):
        raise ValueError
    return tag


def timezone(value: object) -> str:
    name = string(value)
    try:
        zoneinfo.ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        close = difflib.get_close_matches(name, sorted(zoneinfo.available_timezones()), 1)
        raise ValueError(f"did you mean {close[0]}?" if close else "") from None
    if name in {"localtime", "posixrules"}:  # on some systems these files lie beside the zones; they are not zones
        raise ValueError
    return name


def encoding(value: object) -> str:
    if plaintext.vietnamese_encoding(string(value)):
        return string(value)
    try:
        "".encode(string(value))
    except LookupError:
        raise ValueError from None
    return string(value)


def query(value: object) -> str:
    try:
        parse(string(value))
    except QueryError as error:
        raise ValueError(f"at character {error.position + 1}: {error.message}") from error
    return string(value)


slug = matching(r"[a-z0-9-]{1,100}")


def feed_slug(value: object) -> str:
    if automatic.is_automatic(slug(value)):
        raise ValueError("that name belongs to an automatic feed")
    return string(value)
