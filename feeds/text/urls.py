"""URLs and ids: made absolute and plain ASCII, compared, checked.

Syntax is RFC 3986. Faults that browsers repair (missing encoding, stray white space, extra slashes, Unicode hosts) are
repaired as in the WHATWG URL standard; URLs that different readers may take for different hosts are refused. Ids: RFC
4287 §4.2.6, tag URIs RFC 4151, URNs RFC 8141, as far as feed validators accept them.
"""

import re
import unicodedata
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address, ip_address
from posixpath import normpath
from urllib.parse import SplitResult, quote, unquote, urljoin, urlsplit
from uuid import NAMESPACE_URL, UUID, uuid5

# A URL already in its final form. The last label starts with a letter, so it is not a disguised IP address.
_CLEAN = re.compile(
    r"https?://(?:[a-z0-9_-]{1,63}\.){0,60}[a-z][a-z0-9-]{0,62}(?=[/?#]|\Z)"
    r"(?:[A-Za-z0-9._~!$'()*+,;=:@/-]|%[0-9A-Fa-f]{2}|&(?!amp;))*+"
    r"(?:\?(?:[A-Za-z0-9._~!$'()*+,;=:@/?-]|%[0-9A-Fa-f]{2}|&(?!amp;))*+)?"
    r"(?:#(?:[A-Za-z0-9._~!$'()*+,;=:@/?-]|%[0-9A-Fa-f]{2}|&(?!amp;))*+)?"
)
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_WEB = re.compile(r"(https?):/+([^/?#]*)([^?#]*)(\?[^#]*)?(#.*)?", re.IGNORECASE | re.DOTALL)
_AUTHORITY = re.compile(r"(\[[^\[\]]*\]|[^:\[\]]+)(?::([0-9]{0,5}))?")
_LABELS = re.compile(r"(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}\.?")
_NUMERIC = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)\.?")
_CONTROL = re.compile("[\x00-\x1f\x7f]")
_BARE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_ESCAPED_AMPERSAND = re.compile(r"&(?:amp;)+")
URL_LIMIT = 8192
#: The stored base of this home's own URLs: a host that cannot exist (RFC 2606). Published ones start with base_url.
LOCAL = "https://seedfeed.invalid"
#: What links in published texts may lead to: the web, and what programs of the reader open (IANA's URI schemes).
SCHEMES = frozenset(
    "http https mailto tel sms ftp ftps sftp xmpp magnet irc ircs sip sips geo news nntp webcal gopher gemini".split()
)
_INVISIBLE = "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"


_NO_PARTS = SplitResult("", "", "", "", "")


def parts_of(url: str) -> SplitResult:
    """The parts of any text as a URL; all are empty if its host or port cannot be told, as in http://[x]/."""
    try:
        found = urlsplit(url)
        _ = found.port  # raises if it is no number up to 65535
    except ValueError:
        return _NO_PARTS
    return found


def joined(base: str, url: str) -> str:
    """`url` as it stands, resolved against `base` (RFC 3986 §5.2); "" if that is not possible."""
    try:
        return urljoin(base, url)
    except ValueError:
        return ""


@lru_cache(maxsize=1024)
def absolute(url: str, base: str = "") -> str:
    """`url`, resolved against `base`, as an ASCII http(s) URL with its query and fragment; "" if that is not possible.

    Credentials are removed and a leftover "&amp;" is unescaped; more than 8,192 characters are not accepted. Applying
    it again changes nothing.
    """
    if len(url) > URL_LIMIT:
        return ""
    if _CLEAN.fullmatch(url):
        return url
    url = _tidy(url)
    if not url or _CONTROL.search(url):
        return ""
    scheme = _SCHEME.match(url)
    if scheme is None:
        base = _absolute_base(base)
        if not base:
            return ""
        url = joined(base, url)
    return _web(url)


def of_program(url: str) -> str:
    """An address that another program than a browser opens (mailto:, tel:, magnet:, …), in ASCII; "" for any other."""
    scheme, colon, rest = _tidy(url).partition(":")
    scheme = scheme.lower()
    if (
        not colon
        or scheme not in SCHEMES
        or scheme in ("http", "https")
        or _CONTROL.search(rest)
        or len(url) > URL_LIMIT
    ):
        return ""
    return f"{scheme}:{_encoded(rest.strip())}"


def _tidy(url: str) -> str:
    url = url.strip().strip(_INVISIBLE).strip()
    if "\n" in url or "\t" in url or "\r" in url:
        url = url.replace("\n", "").replace("\t", "").replace("\r", "")
    return _ESCAPED_AMPERSAND.sub("&", url)


@lru_cache(maxsize=256)
def _absolute_base(base: str) -> str:
    return absolute(base) if base else ""


def _web(url: str) -> str:
    parts = _WEB.fullmatch(url)
    if parts is None:
        return ""
    scheme, authority, path, query, fragment = parts.groups("")
    server = _server(authority.rpartition("@")[2]) if "\\" not in authority else ""
    if not server:
        return ""
    query = f"?{_encoded(query[1:])}" if query else ""
    fragment = f"#{_encoded(fragment[1:])}" if fragment else ""
    url = f"{scheme.lower()}://{server}{_encoded(path)}{query}{fragment}"
    return url if len(url) <= URL_LIMIT else ""


def _encoded(part: str) -> str:
    part = _BARE_PERCENT.sub("%25", part) if "%" in part else part
    return quote(part, safe="!$%&'()*+,;=:@/?", errors="ignore")


def _server(authority: str) -> str:
    """Host and port in normal form, or ""."""
    match = _AUTHORITY.fullmatch(authority)
    if match is None:
        return ""
    name = _host(match[1])
    if not name or not match[2]:
        return name
    port = int(match[2])
    return f"{name}:{port}" if port <= 65535 else ""


def _host(name: str) -> str:
    if name.startswith("["):
        try:
            return f"[{IPv6Address(name[1:-1])}]" if "%" not in name else ""
        except AddressValueError:
            return ""
    if len(name) > 1000:
        return ""
    if "%" in name:
        name = unquote(name)
    name = name.lower()
    if not name.isascii():
        name = _ascii_host(name)
    if len(name) > 253 or _LABELS.fullmatch(name) is None:
        return ""
    if _NUMERIC.fullmatch(name):
        # Readers disagree on what 0177.1 or 2130706433 means.
        try:
            return str(IPv4Address(name))
        except AddressValueError:
            return ""
    return name


def _ascii_host(name: str) -> str:
    """The host in Punycode (RFC 3492), mapped as in UTS #46; "" if it has a character that no name may contain."""
    name = unicodedata.normalize("NFKC", name.replace("\u00ad", "").replace("\u200b", "")).lower()
    name = unicodedata.normalize("NFC", name).replace("\u3002", ".").replace("\uff61", ".")
    labels = []
    for label in name.split("."):
        if label.isascii():
            labels.append(label)
        elif len(label) <= 63 and all(
            char in "-\u200c\u200d" or unicodedata.category(char)[0] in "LMN" for char in label
        ):
            labels.append("xn--" + label.encode("punycode").decode("ascii"))
        else:
            return ""
    return ".".join(labels)


# Parameters that identify a campaign or a share button, never a page.
_TRACKING = re.compile(
    r"(?:utm_|mtm_|matomo_|pk_|piwik_|hsa_|ns_|oly_|vero_|at_custom|at_campaign|at_medium|trk_)[^=]*+"
    r"|fbclid|gclid|gclsrc|dclid|gbraid|wbraid|gad_source|gad_campaignid|msclkid|yclid|ysclid|twclid|ttclid|li_fat_id"
    r"|igshid|igsh|mc_cid|mc_eid|mkt_tok|_hsenc|_hsmi|__hstc|__hssc|__hsfp|hsctatracking|_openstat|zanpid|zarsrc"
    r"|ref_src|ref_url|s_cid|cmpid|ncid|ocid|icid|wt_mc|wt\.mc_id|ito|fb_action_ids|fb_action_types|fb_source"
    r"|_branch_match_id|_ga|_gl|epik|ml_subscriber|ml_subscriber_hash|rb_clickid|srsltid|soc_src|soc_trk|spm|at_xt"
    r"|guccounter|guce_referrer|guce_referrer_sig|vgo_ee|wickedid|cvid|dicbo|__s|_ke|mbid|smid",
    re.IGNORECASE,
)
_CANONICAL = re.compile(r"https?://(?:www[0-9]?\.(?=[^/?#:]*\.))*+([^/?#]*)([^?#]*)(?:\?([^#]*))?")
_DEFAULT_PORT = re.compile(r":(?:80|443)\Z")
_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]")


@lru_cache(maxsize=4096)  # called again in every step of identifying an entry
def canonical(url: str) -> str:
    """A key shared by all URLs of one page, for comparison only: it need not be reachable. "" if not a web page.

    Scheme, "www.", default port, trailing slash, fragment and tracking parameters do not count.
    """
    match = _CANONICAL.match(absolute(url))
    if match is None:
        return ""
    server, path, query = match.groups("")
    if ":" in server:
        server = _DEFAULT_PORT.sub("", server)
    if "%" in path or "%" in query:
        path, query = _ESCAPE.sub(_plain_escape, path), _ESCAPE.sub(_plain_escape, query)
    if "/." in path:
        path = normpath(path)
    path = path.rstrip("/")
    if query:
        kept = [pair for pair in query.split("&") if pair and not _TRACKING.fullmatch(pair.partition("=")[0])]
        query = f"?{'&'.join(kept)}" if kept else ""
    return f"https://{server}{path}{query}"


def _plain_escape(escape: re.Match[str]) -> str:
    char = chr(int(escape[0][1:], 16))
    return char if _UNRESERVED.match(char) else escape[0].upper()


_ID_LIMIT = 2048
_PCHAR = r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})"
_QUERY = rf"(?:\?(?:{_PCHAR}|\?)*+)?(?:#(?:{_PCHAR}|\?)*+)?"
_ID = re.compile(
    rf"(?:[Hh][Tt][Tt][Pp][Ss]?|ftp)://[A-Za-z0-9._-]+(?::[0-9]{{1,5}})?(?:/{_PCHAR}*+)?{_QUERY}"
    rf"|tag:(?:[a-z0-9._-]+@)?[a-z0-9.-]+,[0-9]{{4}}(?:-[0-9]{{2}}){{0,2}}:{_PCHAR}*+{_QUERY}"
    r"|urn:(?:uuid:[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}"
    r"|(?!uuid:|urn:)[A-Za-z0-9][A-Za-z0-9-]{1,31}:(?:[A-Za-z0-9()+,.:=@;$_!*'-]|%[0-9A-Fa-f]{2})++)"
    rf"|(?:info|news|nntp|mid|cid):{_PCHAR}++{_QUERY}"
)


def valid_id(text: str) -> bool:
    """Whether `text` is valid as atom:id byte for byte: an absolute ASCII URI with a scheme that names things."""
    return len(text) <= _ID_LIMIT and _ID.fullmatch(text) is not None


_UUID = re.compile(r"urn:uuid:([0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})", re.IGNORECASE)


def page_uuid(entry_id: str) -> str:
    """The UUID in /entries/UUID: the id's own if it is a urn:uuid, otherwise derived from it (RFC 9562 §5.5)."""
    match = _UUID.fullmatch(entry_id)
    return str(UUID(match[1])) if match else str(uuid5(NAMESPACE_URL, entry_id))


# A password may contain "/" or "#" unencoded; then what follows the colon is not a port.
_CREDENTIALS = re.compile(r"\A([A-Za-z][A-Za-z0-9+.-]*:)?//(?:[^/?#]*@|(?!\[)[^/?#@:]*:(?![0-9]*(?:[/?#]|\Z))\S*@)")


def without_credentials(url: str) -> str:
    """`url` without user and password, for logs and pages; accepts any text."""
    return _CREDENTIALS.sub(r"\1//", url, count=1) if "@" in url else url


# A parameter of a query that lets whoever has it in: by its name alone, or by a name and a long value with a figure.
_SECRET = re.compile(
    r"(?:\A|(?<=[&;]))(?:(?:[\w.%-]*[_.-])?(?:[a-z]*token|secret|pass|passwd|password|pwd|api_?key|access_?key|jwt)"
    r"=[^&;#]*|(?:[\w.%-]*[_.-])?(?:key|auth|sig|signature)=(?=[^&;#]*\d)[^&;#]{8,})(?:[&;]|\Z)",
    re.IGNORECASE,
)


def without_secrets(url: str) -> str:
    """`url` as everybody may see it: without user, password, and tokens in its query; accepts any text."""
    url = without_credentials(url)
    address, mark, query = url.partition("?")
    query, sharp, fragment = query.partition("#")
    query = _SECRET.sub("", query).rstrip("&;")
    return address + (mark if query else "") + query + sharp + fragment


_HOST = re.compile(r"\s*[A-Za-z][A-Za-z0-9+.-]*://(?:[^/?#]*@)?(\[[^\]/?#]*\]|[^:/?#]*)")


def host(url: str) -> str:
    """The host of an absolute URL, in lower case, without its port; "" if there is none."""
    match = _HOST.match(url)
    return match[1].lower() if match else ""


def is_loopback(name: str) -> bool:
    """Whether a host's name or address means this machine, regardless of any name server."""
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")


_FEED_SCHEME = re.compile(r"\s*(?:feed|itpc|pcast):(?://)?(?=(https?:/)?)", re.IGNORECASE)


def without_feed_scheme(url: str) -> str:
    """`url` with its feed: scheme resolved: feed:https://x is https://x, feed://x is //x; any other is unchanged.

    https://en.wikipedia.org/wiki/Feed_URI_scheme, and podcast clients' itpc: and pcast:, which mean the same.
    """
    match = _FEED_SCHEME.match(url)
    if match is None:
        return url
    return url[match.end() :] if match[1] else f"//{url[match.end() :]}"


@lru_cache(maxsize=8192)
def feed_key(url: str) -> str:
    """A key shared by the URLs of one feed, whether http or https, with or without default port and trailing slash.

    User names, passwords and "www." count, since they may lead to different feeds.
    """
    parts = parts_of(absolute(without_feed_scheme(url)))
    if not parts.hostname:
        return url
    server = re.sub(r":(?:80|443)\Z", "", parts.netloc)
    user, at, _ = parts_of(url).netloc.rpartition("@")
    query = f"?{parts.query}" if parts.query else ""
    return f"{user}{at}{server}{parts.path.rstrip('/')}{query}"
