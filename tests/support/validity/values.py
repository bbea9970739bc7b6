"""What single values of a published document may look like: URIs, dates, languages, media types, text.

Every function answers with the code of the fault, "" when there is none. Codes are the names that the W3C feed
validator uses, so that a complaint of ours and one of theirs can be looked up in the same place. RFC 3986 (URIs),
RFC 4151 (tag), RFC 8141 (urn), RFC 9562 (UUIDs), RFC 3339 and RFC 5322 §3.3 (dates), BCP 47, RFC 6838 (media types).
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from html.entities import name2codepoint
from urllib.parse import quote, unquote_to_bytes, urlsplit


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


WARNINGS = words(
    """ArchiveIncomplete AtomLinkNotEmpty AvoidNamespacePrefix BadCharacters CharacterData ContainsEmail ContainsHTML
    ContainsRelRef ContainsUndeclaredHTML DangerousStyleAttr DuplicateDescriptionSemantics DuplicateEnclosure
    DuplicateEntries DuplicateItemSemantics DuplicateSemantics DuplicateUpdated EmailFormat EncodingMismatch
    FeedHistoryRelInEntry HtmlFragment ImageLinkDoesntMatch ImageTitleDoesntMatch ImageUrlFormat ImplausibleDate
    MisplacedItem MissingAtomSelfLink MissingCurrentInArchive MissingGuid MissingItunesElement MissingItunesEmail
    MissingRealName MissingSelf MissingSourceElement MissingTextualContent MissingTypeAttr
    NeedDescriptionBeforeContent NonCanonicalURI
    NonSpecificMediaType NotBlank NotHtml NotInline NotSufficientlyUnique ObscureEncoding ProblematicalRFC822Date
    RelativeSelf SchemeNotIANARegistered SecurityRisk SecurityRiskAttr SelfDoesntMatchLocation SelfNotAtom
    UnexpectedContentType UnknownNamespace UnregisteredAtomLinkRel UnsupportedItunesFormat UseOfExtensionAttr
    UseZeroForMidnight"""
)

# Faults that validators let pass and readers suffer from. All of them are errors here.
OWN = words(
    """DoctypeEntities EmptyReference MissingAlternate MissingAuthor RelativeAuthorURI RelativeReference ScriptURL
    UnclosedTag WildcardMIMEType"""
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault. level: "E" error, "W" warning. where: element path and line, e.g. "feed/entry[2]/title, line 14"."""

    level: str
    code: str
    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.level}:{self.code} at {self.where}: {self.message}"


def finding(code: str, where: str, message: str) -> Finding:
    return Finding("W" if code in WARNINGS else "E", code, where, message)


_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
# pchar of RFC 3986 §3.3, of which the others are made.
_PCHAR = r"(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})"
_AUTHORITY = r"(?:[a-z0-9._-]+@)?[a-z0-9-]+(?:\.[a-z0-9-]+)*"
_TAG = re.compile(rf"tag:{_AUTHORITY},\d{{4}}(?:-\d\d){{0,2}}:(?:{_PCHAR}|[/?])*(?:#(?:{_PCHAR}|[/?])*)?")
# RFC 8141 allows "/" in a urn; validators follow the RFC before it, which does not.
_URN = re.compile(rf"(?i)urn:[a-z0-9][a-z0-9-]{{0,30}}[a-z0-9]:{_PCHAR}+")
_UUID = re.compile(r"(?i)urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_IPV6_HOST = re.compile(r"(?<=://)\[[0-9A-Fa-f:.]+\]")
_UNSAFE = re.compile(r"""[\x00-\x20\x7f<>"{}|\\^`\[\]]|%(?![0-9A-Fa-f]{2})""")
_REGISTERED = words(
    """acct cid crid data dav dns doi fax feed file ftp geo go gopher http https imap info ipfs ldap magnet mailto mid
    news nfs nntp oid pop rtsp sip sips sms tag tel telnet tftp urn view-source ws wss xmpp"""
)


def uri_code(value: str, *, full: bool = True, iri: bool = False) -> str:
    """full: a relative reference may not stand here. iri: letters beyond ASCII may."""
    match = _SCHEME.match(value)
    scheme = match[1].lower() if match else ""
    if scheme == "tag":
        return "" if _TAG.fullmatch(value) else "InvalidTAG"
    if value.lower().startswith("urn:uuid:"):
        return "" if _UUID.fullmatch(value) else "InvalidUUID"
    if _UNSAFE.search(_IPV6_HOST.sub("host", value)):
        return "InvalidUriChar"
    if not value.isascii() and not iri:
        return "UriNotIri"
    if scheme == "urn":
        return "" if _URN.fullmatch(value) else "InvalidURN"
    if full and not (scheme and value[len(scheme) + 1 :]):
        return "InvalidFullLink"
    if scheme in ("http", "https", "ftp") and not re.match(r"\w+://[^/]", value):
        return "InvalidFullLink"
    return "SchemeNotIANARegistered" if scheme and scheme not in _REGISTERED else ""


def is_relative(value: str) -> bool:
    return _SCHEME.match(value) is None


def canonical_form(uri: str) -> str:
    """The URI after the normalisations of RFC 3986 §6.2.2 and §6.2.3: case, escapes, dot segments, port, empty path."""
    parts = urlsplit(uri)
    scheme, path, authority = parts.scheme.lower(), parts.path, parts.netloc
    # urlsplit lowers the scheme itself; the rest is rebuilt by hand to keep "?" and "#" that end a URI.
    tail = uri.partition("#")[0].partition("?")[1:]
    query = "".join(tail) and "?" + _escapes(tail[1])
    fragment = "#" + _escapes(parts.fragment) if "#" in uri else ""
    if "://" not in uri:
        return f"{scheme}:{_escapes(path)}{query}{fragment}"
    userinfo, at, host = authority.rpartition("@")
    host = re.sub(r":(80)?$" if scheme == "http" else r":(443)?$" if scheme == "https" else r":$", "", host.lower())
    segments: list[str] = []
    for segment in path.split("/")[1:]:
        if segment == "..":
            segments = segments[:-1]
        elif segment != ".":
            segments.append(segment)
    if path.endswith(("/.", "/..")):
        segments.append("")
    return f"{scheme}://{userinfo}{at}{host}/{_escapes('/'.join(segments))}{query}{fragment}"


def _escapes(text: str) -> str:
    def one(match: re.Match[str]) -> str:
        raw = unquote_to_bytes(match[0])
        return quote(raw, safe="") if raw.isascii() else match[0].upper()

    return re.sub(r"%[0-9A-Fa-f]{2}", one, text)


def web_url(value: str) -> bool:
    """An http or https URL whose host has a dot (or is an IP address)."""
    try:
        parts = urlsplit(value)
        host = parts.hostname or ""
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and ("." in host or ":" in host) and uri_code(value) == ""


_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ZONES = ("UT", "GMT", "EST", "EDT", "CST", "CDT", "MST", "MDT", "PST", "PDT", *"ABCDEFGHIKLMNOPQRSTUVWXYZ")
_RFC822 = re.compile(
    r"(?:(?P<day>[A-Za-z]{3})\s*,\s*)?(?P<date>\d{1,2})\s+(?P<month>[A-Za-z]{3})\s+(?P<year>\d{2}|\d{4})"
    r"\s+(?P<time>\d\d:\d\d(?::\d\d)?)\s+(?P<zone>[+-]\d{4}|[A-Za-z]{1,3})"
)


def rfc3339(value: str) -> datetime | None:
    if not _RFC3339.fullmatch(value):
        return None
    try:
        return datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def rfc3339_code(value: str, now: datetime) -> str:
    moment = rfc3339(value)
    return "InvalidRFC3339Date" if moment is None else _plausible_code(moment, now)


def rfc822_code(value: str, now: datetime) -> str:
    match = _RFC822.fullmatch(value)
    if match is None:
        return "InvalidRFC2822Date"
    day, date, month, year, time, zone = match.groups()
    named = zone.isalpha()
    if month.title() not in _MONTHS or (day and day.title() not in _DAYS) or (named and zone.upper() not in _ZONES):
        return "InvalidRFC2822Date"
    usual = (f"{day.title()}, " if day else "") + f"{date} {month.title()} {year} {time} {zone.upper()}"
    # Validators know offsets of whole and half hours only, and of the one-letter zones Z.
    common = (len(zone) > 1 or zone == "Z") if named else zone[3:] in ("00", "30")
    if value != usual or len(year) == 2 or not common:
        return "ProblematicalRFC822Date"
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return "InvalidRFC2822Date"
    if "," in value and value[:3] != _DAYS[moment.weekday()]:
        return "IncorrectDOW"
    return _plausible_code(moment if moment.tzinfo else moment.replace(tzinfo=UTC), now)


def _plausible_code(moment: datetime, now: datetime) -> str:
    return "" if datetime(1990, 1, 1, tzinfo=UTC) <= moment <= now + timedelta(days=1) else "ImplausibleDate"


_LANGUAGES = words(
    """aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en
    eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka
    kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl
    nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm sn so sq sr ss st su sv
    sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu"""
)


def language_code(value: str) -> str:
    """ISO 639 code, then BCP 47 subtags. Three-letter codes are taken on trust: there are some 8,000 of them."""
    primary, *rest = value.split("-")
    known = primary.lower() in _LANGUAGES or re.fullmatch(r"[A-Za-z]{3}", primary)
    return "" if known and all(re.fullmatch(r"[A-Za-z0-9]{1,8}", part) for part in rest) else "InvalidLanguage"


_NAME = r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}"
_PARAMETER = r"""\s*;\s*[A-Za-z0-9!#$%&'*+.^_`|~-]+=(?:"[^"\\]*"|[A-Za-z0-9!#$%&'*+.^_`|~-]+)"""
_MIME = re.compile(rf"{_NAME}/{_NAME}(?:{_PARAMETER})*")


def mime_code(value: str) -> str:
    """type/subtype (RFC 6838 §4.2) with parameters (RFC 9110 §5.6.6)."""
    if re.fullmatch(rf"(\*|{_NAME})/\*", value):
        return "WildcardMIMEType"
    return "" if _MIME.fullmatch(value) else "InvalidMIMEType"


_EMAIL = re.compile(r"[A-Za-z0-9_+.'-]+@([A-Za-z0-9-]+\.)+[A-Za-z0-9-]+")


def is_email(value: str) -> bool:
    return _EMAIL.fullmatch(value) is not None


def holds_email(value: str) -> bool:
    return _EMAIL.search(value) is not None


def contact_code(value: str) -> str:
    """RSS author, managingEditor, webMaster: `mail (Name)`."""
    match = re.fullmatch(r"(\S+)\s+\(.+\)", value)
    if match:
        return "" if is_email(match[1]) else "InvalidContact"
    if "@" not in value:
        return "InvalidContact"
    return "EmailFormat" if " " in value else "MissingRealName"


def markup_in(text: str, tags: frozenset[str]) -> str:
    """What looks like HTML in a text that should be plain: an end tag or an entity; "" if nothing does.

    The heuristic of validators: "AT&T" passes, "AT&T; &copy" does not. A start tag alone passes too.
    """
    for name in re.findall(r"</(\w+)>", text):
        if name.lower() in tags:
            return f"</{name}>"
    return entity_in(text)


def entity_in(text: str) -> str:
    for name in re.findall(r"&(#?\w+)", text):
        if name in name2codepoint or name == "apos" or not name.isalpha():
            return f"&{name}"
    return ""


def bad_character(text: str) -> str:
    """The first C1 control or U+FFFD as U+XXXX, or ""."""
    match = re.search("[\x80-\x9f\ufffd]", text)
    return f"U+{ord(match[0]):04X}" if match else ""
