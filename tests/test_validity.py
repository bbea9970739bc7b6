"""The judge of published documents is judged: a good document of each kind, and what happens when one thing is wrong.

Each row changes one place of a good document and names the codes, with their levels, that must be found: these and no
others. The rows are the faults that W3C's feed validator and readers were seen to complain about.
"""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from support.validity import ACCEPTED, OWN, Finding, check_atom, check_http, check_json, check_opml, check_rss, refused

NOW = datetime(2025, 3, 1, tzinfo=UTC)
ATOM_URL, RSS_URL, JSON_URL = (f"https://news.example.com/feeds/all.{kind}" for kind in ("atom", "rss", "json"))

ATOM = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">
<id>urn:uuid:3f2b8c1e-8a49-4a53-9a0e-5d8c7b6a1f20</id>
<title>Harbour Courier</title>
<updated>2025-02-03T08:00:00Z</updated>
<author><name>Harbour Courier</name></author>
<link rel="self" type="application/atom+xml" href="https://news.example.com/feeds/all.atom"/>
<link rel="alternate" type="text/html" href="https://news.example.com/feeds/all"/>
<generator>Seedfeed</generator>
<entry>
<id>https://news.example.com/1</id>
<title>The ferry runs again</title>
<updated>2025-02-03T08:00:00.123456Z</updated>
<published>2025-02-02T08:00:00+07:00</published>
<author><name>Ada Quay</name><email>ada@example.com</email><uri>https://news.example.com/ada</uri></author>
<link href="https://news.example.com/1"/>
<link rel="enclosure" type="audio/mpeg" length="1234" href="https://news.example.com/1.mp3"/>
<category term="transport" scheme="https://news.example.com/topics" label="Transport"/>
<content type="html">&lt;p&gt;It runs &lt;a href="https://news.example.com/2"&gt;hourly&lt;/a&gt;.&lt;/p&gt;</content>
<source><id>urn:uuid:6f1b8c1e-8a49-4a53-9a0e-5d8c7b6a1f21</id><title>Quay</title><updated>2025-02-02T08:00:00Z</updated></source>
</entry>
<entry>
<id>tag:news.example.com,2025:2</id>
<title>Tàu chạy lại</title>
<updated>2025-02-02T08:00:00Z</updated>
<author><name>Lê Thu</name></author>
<link href="https://news.example.com/2"/>
<summary>Short.</summary>
</entry>
</feed>
"""

RSS = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/">
<channel>
<title>Harbour Courier</title>
<link>https://news.example.com/</link>
<description>News from the quay</description>
<language>en</language>
<atom:link rel="self" type="application/rss+xml" href="https://news.example.com/feeds/all.rss"/>
<ttl>60</ttl>
<image><url>https://news.example.com/logo.png</url><title>Harbour Courier</title><link>https://news.example.com/</link></image>
<item>
<title>The ferry runs again</title>
<link>https://news.example.com/1</link>
<guid isPermaLink="false">urn:uuid:9b1b8c1e-8a49-4a53-9a0e-5d8c7b6a1f22</guid>
<pubDate>Mon, 03 Feb 2025 08:00:00 GMT</pubDate>
<dc:creator>Ada Quay</dc:creator>
<category>transport</category>
<enclosure url="https://news.example.com/1.mp3" length="1234" type="audio/mpeg"/>
<description>It runs hourly.</description>
<content:encoded>&lt;p&gt;It runs &lt;a href="https://news.example.com/2"&gt;hourly&lt;/a&gt;.&lt;/p&gt;</content:encoded>
</item>
<item>
<link>https://news.example.com/2</link>
<guid>https://news.example.com/2</guid>
<title>Another</title>
<description>Short.</description>
</item>
</channel>
</rss>
"""  # noqa: E501

JSON = """{"version": "https://jsonfeed.org/version/1.1", "title": "Harbour Courier", "language": "en",
"home_page_url": "https://news.example.com/", "feed_url": "https://news.example.com/feeds/all.json",
"authors": [{"name": "Harbour Courier"}], "hubs": [{"type": "WebSub", "url": "https://news.example.com/hub"}],
"items": [{"id": "https://news.example.com/1", "url": "https://news.example.com/1", "title": "The ferry runs again",
"content_html": "<p>Hourly.</p>", "date_published": "2025-02-03T08:00:00Z", "tags": ["transport"],
"attachments": [{"url": "https://news.example.com/1.mp3", "mime_type": "audio/mpeg", "size_in_bytes": 1234}],
"_seedfeed": {"credit": "QUAY"}}, {"id": "2", "content_text": "Short."}]}
"""

OPML = """<?xml version="1.0" encoding="utf-8"?>
<opml version="2.0">
<head><title>Sources</title><dateCreated>Mon, 03 Feb 2025 08:00:00 GMT</dateCreated></head>
<body><outline text="Ports">
<outline type="rss" text="Quay" title="Quay" xmlUrl="https://quay.example.com/feed" htmlUrl="https://quay.example.com/"/>
</outline></body>
</opml>
"""


def _findings(kind: str, text: str | bytes) -> list[Finding]:
    body = text if isinstance(text, bytes) else text.encode()
    checks: dict[str, Callable[[], list[Finding]]] = {
        "atom": lambda: check_atom(body, ATOM_URL, NOW),
        "rss": lambda: check_rss(body, RSS_URL, NOW),
        "json": lambda: check_json(body, JSON_URL, NOW),
        "opml": lambda: check_opml(body, now=NOW),
    }
    return checks[kind]()


GOOD = {"atom": ATOM, "rss": RSS, "json": JSON, "opml": OPML}


def _mutated(kind: str, old: str, new: str) -> str:
    good = GOOD[kind]
    assert old in good, f"{old!r} is not in the good document"
    return good.replace(old, new, 1)


@pytest.mark.parametrize("kind", GOOD)
def test_a_good_document_raises_nothing(kind: str) -> None:
    assert _findings(kind, GOOD[kind]) == []


# Places of the good documents that rows replace.
HTML = '&lt;p&gt;It runs &lt;a href="https://news.example.com/2"&gt;hourly&lt;/a&gt;.&lt;/p&gt;'
TITLE = "The ferry runs again"
ENTRY_ID = "<id>https://news.example.com/1</id>"
ENTRY_LINK = '<link href="https://news.example.com/1"/>'
ENTRY_PUBLISHED = "2025-02-02T08:00:00+07:00"
SELF = '<link rel="self" type="application/atom+xml" href="https://news.example.com/feeds/all.atom"/>'
GENERATOR = "<generator>Seedfeed</generator>"
CONTENT = f'<content type="html">{HTML}</content>'
SUMMARY = "<summary>Short.</summary>"
ENCLOSURE = '<link rel="enclosure" type="audio/mpeg" length="1234" href="https://news.example.com/1.mp3"/>'
CATEGORY = '<category term="transport" scheme="https://news.example.com/topics" label="Transport"/>'
MEDIA = 'xmlns:media="http://search.yahoo.com/mrss/"'
ITUNES = 'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'
PODCAST_WANTS = "W:MissingItunesElement W:MissingItunesEmail"  # a category, an owner
EPISODE_WANTS = f"W:MissingItunesElement {PODCAST_WANTS}"  # and explicit
FH = 'xmlns:fh="http://purl.org/syndication/history/1.0"'
CHANNEL_LINK = '<link rel="{}" href="https://news.example.com/feeds/{}"/>'
PUB_DATE = "Mon, 03 Feb 2025 08:00:00 GMT"
ITEM_LINK = "<link>https://news.example.com/1</link>"
GUID = '<guid isPermaLink="false">urn:uuid:9b1b8c1e-8a49-4a53-9a0e-5d8c7b6a1f22</guid>'
RSS_ENCLOSURE = '<enclosure url="https://news.example.com/1.mp3" length="1234" type="audio/mpeg"/>'
CREATOR = "<dc:creator>Ada Quay</dc:creator>"
DESCRIPTION = "<description>It runs hourly.</description>"
ENCODED = f"<content:encoded>{HTML}</content:encoded>"
TTL = "<ttl>60</ttl>"
EMAIL = "<email>ada@example.com</email>"
AUTHOR_URI = "<uri>https://news.example.com/ada</uri>"
FEED_AUTHOR = "<author><name>Harbour Courier</name></author>"


def _html(html: str) -> str:
    return html.replace("&", "&amp;").replace("<", "&lt;")


def _xhtml(inside: str) -> str:
    return f'<content type="xhtml">{inside}</content>'


DIV = '<div xmlns="http://www.w3.org/1999/xhtml">{}</div>'

# (what is wrong, kind, place, what stands there instead, the codes)
FAULTS: list[tuple[str, str, str, str, str]] = [
    # The document as XML
    ("xml 1.1", "atom", 'version="1.0"', 'version="1.1"', "E:BadXmlVersion"),
    ("control character U+000B", "atom", TITLE, "a\x0bb", "E:SAXError"),
    ("U+FFFE", "atom", TITLE, "a\ufffeb", "E:SAXError"),
    ("a named entity that XML does not know", "atom", TITLE, "a&nbsp;b", "E:SAXError"),
    ("windows-1258 declared", "rss", 'encoding="utf-8"', 'encoding="windows-1258"', "W:ObscureEncoding"),
    ("old Atom 0.3 namespace", "atom", "http://www.w3.org/2005/Atom", "http://purl.org/atom/ns#",
     "E:ObsoleteNamespace"),
    ("C1 control in a title", "atom", TITLE, "a\x85b", "W:BadCharacters"),
    ("U+FFFD in a title", "atom", TITLE, "a\ufffdb", "W:BadCharacters"),
    ("U+FFFD in HTML content", "atom", HTML, _html("<p>a\ufffd</p>"), "W:BadCharacters"),
    ("U+FFFD in an attribute", "atom", 'label="Transport"', 'label="\ufffd"', "W:BadCharacters"),
    ("media namespace without slash", "atom", "<feed ", '<feed xmlns:media="http://search.yahoo.com/mrss" ',
     "E:MediaRssNamespace"),
    ("unknown namespace on the root", "atom", "<feed ", '<feed xmlns:own="https://own.example/" ',
     "W:UnknownNamespace"),
    ("tombstones", "atom", "<entry>", '<at:deleted-entry xmlns:at="http://purl.org/atompub/tombstones/1.0" '
     'ref="urn:a:b" when="2025-01-01T00:00:00Z"/><entry>', "W:UnknownNamespace"),
    ("tombstone with its namespace as default", "atom", "<entry>",
     '<deleted-entry xmlns="http://purl.org/atompub/tombstones/1.0" ref="urn:a:b"/><entry>', "W:UnknownNamespace"),
    ("atom prefix declared as well", "atom", "<feed ", '<feed xmlns:atom="http://www.w3.org/2005/Atom" ',
     "W:AvoidNamespacePrefix"),
    ("xhtml prefix", "atom", "<feed ", '<feed xmlns:xhtml="http://www.w3.org/1999/xhtml" ', "W:AvoidNamespacePrefix"),
    ("rss in Atom's namespace", "rss", "<rss ", '<rss xmlns="http://www.w3.org/2005/Atom" ', "E:InvalidNamespace"),
    ("own attribute on an item", "rss", "<item>", '<item xmlns:own="https://own.example/" own:key="1">',
     "W:UnknownNamespace W:UseOfExtensionAttr"),
    # Atom: structure
    ("no id", "atom", "<id>urn:uuid:3f2b8c1e-8a49-4a53-9a0e-5d8c7b6a1f20</id>", "", "E:MissingElement"),
    ("no title", "atom", "<title>Harbour Courier</title>", "", "E:MissingElement"),
    ("no updated", "atom", "<updated>2025-02-03T08:00:00Z</updated>", "", "E:MissingElement"),
    ("entry without updated", "atom", "<updated>2025-02-03T08:00:00.123456Z</updated>", "", "E:MissingElement"),
    ("author without name", "atom", "<name>Ada Quay</name>", "", "E:MissingElement"),
    ("two titles", "atom", "<title>Harbour Courier</title>", "<title>A</title><title>B</title>", "E:DuplicateElement"),
    ("metadata after an entry", "atom", "</feed>", "<subtitle>s</subtitle></feed>", "E:MisplacedMetadata"),
    ("metadata again after an entry", "atom", "</feed>", f"{GENERATOR}</feed>",
     "E:DuplicateElement E:MisplacedMetadata"),
    ("unknown element", "atom", GENERATOR, "<editor>x</editor>", "E:UndefinedElement"),
    ("unknown attribute", "atom", "<generator>", '<generator lang="en">', "E:UnexpectedAttribute"),
    ("two alternates of a type", "atom", ENTRY_LINK, ENTRY_LINK + ENTRY_LINK, "E:DuplicateAtomLink"),
    ("two entries with one id", "atom", "<id>tag:news.example.com,2025:2</id>", ENTRY_ID, "W:DuplicateEntries"),
    ("two entries with one updated", "atom", "<updated>2025-02-02T08:00:00Z</updated>\n<author>",
     "<updated>2025-02-03T08:00:00.123456Z</updated>\n<author>", "W:DuplicateUpdated"),
    ("summary only, no alternate", "atom", '<link href="https://news.example.com/2"/>', "",
     "E:MissingContentOrAlternate"),
    ("no content, no summary", "atom", SUMMARY, "", "W:MissingTextualContent"),
    ("source without id", "atom", "<id>urn:uuid:6f1b8c1e-8a49-4a53-9a0e-5d8c7b6a1f21</id>", "",
     "W:MissingSourceElement"),
    ("source without updated", "atom", "<updated>2025-02-02T08:00:00Z</updated></source>", "</source>",
     "W:MissingSourceElement"),
    ("category without term", "atom", 'term="transport" ', "", "E:MissingAttribute"),
    ("category with blank term", "atom", 'term="transport"', 'term=""', "W:NotBlank"),
    ("category with text", "atom", CATEGORY, CATEGORY.replace("/>", ">transport</category>"), "E:UnexpectedText"),
    ("category scheme is no URI", "atom", 'scheme="https://news.example.com/topics"', 'scheme="topics"',
     "E:InvalidFullLink"),
    ("category label with HTML", "atom", 'label="Transport"', 'label="&lt;b&gt;T&lt;/b&gt;"', "W:ContainsHTML"),
    ("generator with HTML", "atom", "Seedfeed", "&lt;b&gt;S&lt;/b&gt;", "W:ContainsHTML"),
    ("empty title", "atom", TITLE, "", "W:NotBlank"),
    ("blank icon", "atom", GENERATOR, "<icon/>", "W:NotBlank"),
    ("blank logo", "atom", GENERATOR, "<logo></logo>", "W:NotBlank"),
    ("empty content", "atom", HTML, "", "W:NotBlank"),
    ("author's name empty", "atom", "<name>Ada Quay</name>", "<name/>", "W:NotBlank"),
    ("author's uri empty", "atom", AUTHOR_URI, "<uri/>", "W:NotBlank"),
    ("author's name with e-mail", "atom", "Ada Quay", "Ada &lt;ada@example.com>", "W:ContainsEmail"),
    ("author's name with HTML", "atom", "Ada Quay", "&lt;b&gt;Ada&lt;/b&gt;", "W:ContainsHTML"),
    ("author's e-mail bad", "atom", "ada@example.com", "ada at example", "E:InvalidAddrSpec"),
    # Atom: ids
    ("id is a bare string", "atom", ENTRY_ID, "<id>entry-1</id>", "E:InvalidFullLink"),
    ("id with a space", "atom", ENTRY_ID, "<id>https://news.example.com/a b</id>", "E:InvalidUriChar"),
    ("id with Vietnamese letters", "atom", ENTRY_ID, "<id>https://news.example.com/tàu</id>", "E:UriNotIri"),
    ("white space in the id", "atom", ENTRY_ID, "<id> https://news.example.com/1\n</id>", "E:UnexpectedWhitespace"),
    ("bad tag URI", "atom", ENTRY_ID, "<id>tag:news.example.com:1</id>", "E:InvalidTAG"),
    ("tag with upper-case host", "atom", ENTRY_ID, "<id>tag:News.example.com,2025:1</id>", "E:InvalidTAG"),
    ("bad urn", "atom", ENTRY_ID, "<id>urn:news:a/b</id>", "E:InvalidURN"),
    ("bad urn:uuid", "atom", ENTRY_ID, "<id>urn:uuid:1234</id>", "E:InvalidUUID"),
    ("id with an unregistered scheme", "atom", ENTRY_ID, "<id>story:1</id>", "W:SchemeNotIANARegistered"),
    ("id not canonical", "atom", ENTRY_ID, "<id>HTTPS://news.example.com:443/a/../1</id>", "W:NonCanonicalURI"),
    ("id host without slash", "atom", ENTRY_ID, "<id>https://news.example.com</id>", "W:NonCanonicalURI"),
    # Atom: dates and languages
    ("date without zone", "atom", ENTRY_PUBLISHED, "2025-02-02T08:00:00", "E:InvalidRFC3339Date"),
    ("date with +0700", "atom", ENTRY_PUBLISHED, "2025-02-02T08:00:00+0700", "E:InvalidRFC3339Date"),
    ("date with space", "atom", ENTRY_PUBLISHED, "2025-02-02 08:00:00Z", "E:InvalidRFC3339Date"),
    ("date only", "atom", ENTRY_PUBLISHED, "2025-02-02", "E:InvalidRFC3339Date"),
    ("lower-case t and z", "atom", ENTRY_PUBLISHED, "2025-02-02t08:00:00z", "E:InvalidRFC3339Date"),
    ("date that no calendar has", "atom", ENTRY_PUBLISHED, "2025-02-30T08:00:00Z", "E:InvalidRFC3339Date"),
    ("date in the future", "atom", ENTRY_PUBLISHED, "2025-03-03T08:00:00Z", "W:ImplausibleDate"),
    ("date before 1990", "atom", ENTRY_PUBLISHED, "1989-12-31T08:00:00Z", "W:ImplausibleDate"),
    ("xml:lang unknown", "atom", 'xml:lang="en"', 'xml:lang="xx"', "E:InvalidLanguage"),
    ("xml:lang vi_VN", "atom", 'xml:lang="en"', 'xml:lang="vi_VN"', "E:InvalidLanguage"),
    ("hreflang bad", "atom", '<link href="https://news.example.com/1"', '<link hreflang="english" href="https://a.bc/"',
     "E:InvalidLanguage"),
    # Atom: links
    ("href with space", "atom", ENTRY_LINK, '<link href="https://news.example.com/a b"/>', "E:InvalidUriChar"),
    ("href with | and {}", "atom", ENTRY_LINK, '<link href="https://news.example.com/a|{b}"/>', "E:InvalidUriChar"),
    ("href with [ ]", "atom", ENTRY_LINK, '<link href="https://news.example.com/?a[]=1"/>', "E:InvalidUriChar"),
    ("href with half an escape", "atom", ENTRY_LINK, '<link href="https://news.example.com/50%"/>', "E:InvalidUriChar"),
    ("link with text", "atom", ENTRY_LINK, ENTRY_LINK.replace("/>", ">here</link>"), "W:AtomLinkNotEmpty"),
    ("link title with HTML", "atom", "<link href", '<link title="&lt;i&gt;x&lt;/i&gt;" href', "W:ContainsHTML"),
    ("enclosure with bad type", "atom", 'type="audio/mpeg"', 'type="mp3"', "E:InvalidMIMEType"),
    ("enclosure with empty length", "atom", 'length="1234"', 'length=""', "E:InvalidNonNegativeInteger W:NotBlank"),
    ("enclosure with a length of None", "atom", 'length="1234"', 'length="None"', "E:InvalidNonNegativeInteger"),
    ("unknown relation", "atom", 'rel="enclosure"', 'rel="sibling"', "W:UnregisteredAtomLinkRel"),
    ("rel=prev", "atom", 'rel="enclosure"', 'rel="prev"', "W:UnregisteredAtomLinkRel"),
    ("rel=canonical", "atom", 'rel="enclosure"', 'rel="canonical"', "W:UnregisteredAtomLinkRel"),
    ("rel=canonical as IANA's URI", "atom", 'rel="enclosure"',
     'rel="http://www.iana.org/assignments/relation/canonical"', "W:UnregisteredAtomLinkRel"),
    ("archive relation inside an entry", "atom", 'rel="enclosure"', 'rel="next"', "W:FeedHistoryRelInEntry"),
    ("no rel=self", "atom", SELF, "", "W:MissingSelf"),
    ("relative self", "atom", f'href="{ATOM_URL}"', 'href="/feeds/all.atom"', "W:RelativeSelf"),
    ("self differs from the URL", "atom", f'href="{ATOM_URL}"', 'href="https://news.example.com/f"',
     "W:SelfDoesntMatchLocation"),
    ("self of a wrong type", "atom", 'type="application/atom+xml"', 'type="text/html"', "W:SelfNotAtom"),
    # Atom: archives
    ("archive without prev- or next-archive", "atom", SELF,
     f"{SELF}<fh:archive {FH}/>{CHANNEL_LINK.format('current', 'now')}", "W:ArchiveIncomplete"),
    ("archive without current", "atom", SELF, f"{SELF}<fh:archive {FH}/>{CHANNEL_LINK.format('prev-archive', '1')}",
     "W:MissingCurrentInArchive"),
    ("complete feed with prev-archive", "atom", SELF,
     f"{SELF}<fh:complete {FH}/>{CHANNEL_LINK.format('prev-archive', '1')}", "E:FeedRelInCompleteFeed"),
    ("complete feed whose current is another", "atom", SELF,
     f"{SELF}<fh:complete {FH}/>{CHANNEL_LINK.format('current', '1')}", "E:CurrentNotSelfInCompleteFeed"),
    ("previous on the first page", "atom", SELF,
     SELF + CHANNEL_LINK.format("first", "all.atom") + CHANNEL_LINK.format("previous", "0"), "E:LinkPastEnd"),
    ("next on the last page", "atom", SELF,
     SELF + CHANNEL_LINK.format("last", "all.atom") + CHANNEL_LINK.format("next", "9"), "E:LinkPastEnd"),
    # Atom: text and content
    ("HTML in a text title", "atom", TITLE, "a &lt;b&gt;b&lt;/b&gt;", "W:ContainsUndeclaredHTML"),
    ("HTML in text content", "atom", CONTENT, "<content>&lt;p&gt;a&lt;/p&gt;</content>", "W:ContainsUndeclaredHTML"),
    ("entity in a text title", "atom", TITLE, "a &amp;eacute; b", "W:ContainsUndeclaredHTML"),
    ("numeric entity in a text title", "atom", TITLE, "a &amp;#233; b", "W:ContainsUndeclaredHTML"),
    ("title 'AT&T; &copy'", "atom", TITLE, "AT&amp;T; &amp;copy", "W:ContainsUndeclaredHTML"),
    ("content type CDATA", "atom", CONTENT, '<content type="CDATA">a</content>', "E:InvalidMIMEType"),
    ("content type=text/html fragment", "atom", '<content type="html">', '<content type="text/html">',
     "W:HtmlFragment"),
    ("content by src without type", "atom", SUMMARY,
     f'{SUMMARY}<content src="https://news.example.com/2.html"/>', "W:MissingTypeAttr"),
    ("content by src without summary", "atom", SUMMARY,
     '<content type="text/html" src="https://news.example.com/2.html"/>', "E:MissingSummary"),
    ("binary content without summary", "atom", SUMMARY, '<content type="image/png">iVBORw0KGgo=</content>',
     "E:MissingSummary"),
    ("xhtml without div", "atom", CONTENT, _xhtml('<p xmlns="http://www.w3.org/1999/xhtml">a</p>'),
     "E:MissingXhtmlDiv"),
    ("xhtml div holding escaped HTML", "atom", CONTENT, _xhtml(DIV.format(_html("<p>a</p>"))), "W:NotInline"),
    ("xhtml with script", "atom", CONTENT, _xhtml(DIV.format("<script>a()</script>")), "W:SecurityRisk"),
    ("xhtml with onclick", "atom", CONTENT, _xhtml(DIV.format('<p onclick="a()">b</p>')), "W:SecurityRiskAttr"),
    ("elements in html content", "atom", CONTENT,
     '<content type="html"><p xmlns="http://www.w3.org/1999/xhtml"/></content>', "E:UndefinedElement"),
    # HTML
    ("unknown tag", "atom", HTML, _html("<p><foo>a</foo></p>"), "W:NotHtml"),
    ("entity without semicolon", "atom", HTML, _html("<p>a &copy b</p>"), "W:NotHtml"),
    ("attribute twice", "atom", HTML, _html('<p id="a" id="b">c</p>'), "W:NotHtml"),
    ("<div/> closing itself", "atom", HTML, _html("<div/>"), "W:NotHtml"),
    ("p in p", "atom", HTML, _html("<p><p>a</p></p>"), "W:NotHtml"),
    ("a whole HTML document", "atom", HTML, _html("<html><body><p>a</p></body></html>"), "W:NotHtml"),
    ("svg", "atom", HTML, _html('<svg><path d="M0 0"></path></svg>'), "W:NotHtml"),
    ("math", "atom", HTML, _html("<math><mi>x</mi></math>"), "W:NotHtml"),
    ("an open <b>", "atom", HTML, _html("<p><b>a</p>"), "W:NotHtml"),
    ("script", "atom", HTML, _html("<p>a</p><script>a()</script>"), "W:SecurityRisk"),
    ("iframe", "atom", HTML, _html('<iframe src="https://a.bc/"></iframe>'), "W:SecurityRisk"),
    ("embed", "atom", HTML, _html('<embed src="https://a.bc/">'), "W:SecurityRisk"),
    ("object", "atom", HTML, _html('<object data="https://a.bc/"></object>'), "W:SecurityRisk"),
    ("onclick", "atom", HTML, _html('<p onclick="a()">a</p>'), "W:SecurityRiskAttr"),
    ("style position", "atom", HTML, _html('<p style="position: fixed">a</p>'), "W:DangerousStyleAttr"),
    ("style url()", "atom", HTML, _html('<p style="background: url(https://a.bc/)">a</p>'), "W:DangerousStyleAttr"),
    # Media RSS
    ("media:content with a duration in words", "atom", ENCLOSURE,
     f'<media:content {MEDIA} url="https://a.bc/1" duration="long"/>', "E:InvalidFloat"),
    ("media medium invalid", "atom", ENCLOSURE, f'<media:content {MEDIA} url="https://a.bc/1" medium="film"/>',
     "E:InvalidMediaMedium"),
    ("media:thumbnail of width 0", "atom", ENCLOSURE, f'<media:thumbnail {MEDIA} url="https://a.bc/1" width="0"/>',
     "E:InvalidPositiveInteger"),
    ("media:group with one content", "atom", ENCLOSURE,
     f'<media:group {MEDIA}><media:content url="https://a.bc/1"/></media:group>', "E:MediaGroupWithoutAlternatives"),
    ("plain media:title with HTML", "atom", ENCLOSURE,
     f'<media:title {MEDIA} type="plain">&lt;b&gt;a&lt;/b&gt;</media:title>', "W:ContainsUndeclaredHTML"),
    ("media:content with fileSize 0", "rss", RSS_ENCLOSURE, '<media:content url="https://a.bc/1" fileSize="0"/>',
     "E:InvalidPositiveInteger"),
    ("relative media:thumbnail", "rss", RSS_ENCLOSURE, '<media:thumbnail url="/1.png"/>', "E:InvalidFullLink"),
    # RSS: podcasts
    ("an episode in a channel that says nothing of a podcast", "rss", RSS_ENCLOSURE,
     f"{RSS_ENCLOSURE}<itunes:duration {ITUNES}>1:02:03</itunes:duration>", EPISODE_WANTS),
    ("a duration in seconds", "rss", RSS_ENCLOSURE, f"<itunes:duration {ITUNES}>3723</itunes:duration>",
     f"E:InvalidDuration {EPISODE_WANTS}"),
    ("explicit in feedgen's words", "rss", TTL, f"<itunes:explicit {ITUNES}>yes</itunes:explicit>",
     f"E:InvalidTrueFalse {PODCAST_WANTS}"),
    ("a relative picture of an episode", "rss", RSS_ENCLOSURE, f'<itunes:image {ITUNES} href="/1.jpg"/>',
     f"E:InvalidURLAttribute {EPISODE_WANTS}"),
    ("an author of 256 letters", "rss", RSS_ENCLOSURE, f"<itunes:author {ITUNES}>{'x' * 256}</itunes:author>",
     f"E:TooLong {EPISODE_WANTS}"),
    ("an episode in a format that Apple does not play", "rss", RSS_ENCLOSURE,
     RSS_ENCLOSURE.replace("1.mp3", "1.ogg") + f"<itunes:author {ITUNES}>Ada</itunes:author>",
     f"{EPISODE_WANTS} W:UnsupportedItunesFormat"),
    # RSS: channel
    ("no version", "rss", 'version="2.0" ', "", "E:MissingAttribute"),
    ("no channel title", "rss", "<title>Harbour Courier</title>\n", "", "E:MissingTitle W:ImageTitleDoesntMatch"),
    ("no channel link", "rss", "<link>https://news.example.com/</link>\n", "",
     "E:MissingLink W:ImageLinkDoesntMatch"),
    ("no channel description", "rss", "<description>News from the quay</description>", "", "E:MissingDescription"),
    ("channel description with HTML", "rss", "News from the quay", "&lt;b&gt;News&lt;/b&gt;", "W:ContainsHTML"),
    ("managingEditor with a name only", "rss", TTL, "<managingEditor>Ada</managingEditor>", "E:InvalidContact"),
    ("ttl 0", "rss", "<ttl>60", "<ttl>0", "E:InvalidPositiveInteger"),
    ("language unknown", "rss", "<language>en", "<language>vi_VN", "E:InvalidLanguage"),
    ("skipHours 24", "rss", TTL, "<skipHours><hour>24</hour></skipHours>", "W:UseZeroForMidnight"),
    ("channel category and dc:subject", "rss", TTL, "<category>a</category><dc:subject>a</dc:subject>",
     "W:DuplicateSemantics"),
    ("no atom:link self", "rss", f'<atom:link rel="self" type="application/rss+xml" href="{RSS_URL}"/>', "",
     "W:MissingAtomSelfLink"),
    ("atom:link self elsewhere", "rss", f'href="{RSS_URL}"', 'href="https://news.example.com/f"',
     "W:SelfDoesntMatchLocation"),
    ("channel metadata after the items", "rss", "</channel>", "<copyright>Quay</copyright></channel>",
     "W:MisplacedItem"),
    ("channel metadata again after the items", "rss", "</channel>", "<ttl>9</ttl></channel>",
     "E:DuplicateElement W:MisplacedItem"),
    ("image link differs", "rss", "<link>https://news.example.com/</link></image>",
     "<link>https://news.example.com/x</link></image>", "W:ImageLinkDoesntMatch"),
    ("image title differs", "rss", "<title>Harbour Courier</title><link>", "<title>Logo</title><link>",
     "W:ImageTitleDoesntMatch"),
    ("image svg", "rss", "logo.png", "logo.svg", "W:ImageUrlFormat"),
    ("image webp", "rss", "logo.png", "logo.webp", "W:ImageUrlFormat"),
    ("image too wide", "rss", "</image>", "<width>200</width></image>", "E:InvalidWidth"),
    ("unknown element in the channel", "rss", TTL, "<rank>1</rank>", "E:UndefinedElement"),
    ("unknown attribute", "rss", "<title>", '<title type="text">', "E:UnexpectedAttribute"),
    # RSS: items
    ("two items with one guid", "rss", "<guid>https://news.example.com/2</guid>", GUID, "E:DuplicateValue"),
    ("no guid", "rss", GUID, "", "W:MissingGuid"),
    ("short numeric guid", "rss", GUID, '<guid isPermaLink="false">17</guid>', "W:NotSufficientlyUnique"),
    ("isPermaLink=False", "rss", 'isPermaLink="false"', 'isPermaLink="False"', "E:InvalidBooleanAttribute"),
    ("guid is no URL, without isPermaLink", "rss", ' isPermaLink="false"', "", "E:InvalidPermalink"),
    ("relative permalink guid", "rss", GUID, "<guid>/stories/1</guid>", "E:InvalidHttpGUID"),
    ("pubDate on a wrong weekday", "rss", "Mon, 03 Feb", "Tue, 03 Feb", "E:IncorrectDOW"),
    ("pubDate ISO", "rss", PUB_DATE, "2025-02-03T08:00:00Z", "E:InvalidRFC2822Date"),
    ("pubDate UTC", "rss", "08:00:00 GMT", "08:00:00 UTC", "E:InvalidRFC2822Date"),
    ("pubDate with a year of two digits", "rss", PUB_DATE, "Mon, 03 Feb 25 08:00:00 GMT", "W:ProblematicalRFC822Date"),
    ("pubDate +0545", "rss", "08:00:00 GMT", "08:00:00 +0545", "W:ProblematicalRFC822Date"),
    ("pubDate in the future", "rss", PUB_DATE, "Mon, 03 Mar 2025 08:00:00 GMT", "W:ImplausibleDate"),
    ("author with a name only", "rss", CREATOR, "<author>Ada</author>", "E:InvalidContact"),
    ("author without a name", "rss", CREATOR, "<author>ada@example.com</author>", "W:MissingRealName"),
    ("author 'Name <mail>'", "rss", CREATOR, "<author>Ada &lt;ada@example.com></author>", "W:EmailFormat"),
    ("author and dc:creator", "rss", CREATOR, f"{CREATOR}<author>ada@example.com (Ada)</author>",
     "W:DuplicateItemSemantics"),
    ("category and dc:subject", "rss", CREATOR, f"{CREATOR}<dc:subject>a</dc:subject>", "W:DuplicateItemSemantics"),
    ("pubDate and dc:date", "rss", CREATOR, f"{CREATOR}<dc:date>2025-02-03T08:00:00Z</dc:date>",
     "W:DuplicateItemSemantics"),
    ("two enclosures", "rss", RSS_ENCLOSURE, RSS_ENCLOSURE + RSS_ENCLOSURE, "W:DuplicateEnclosure"),
    ("enclosure length in words", "rss", 'length="1234"', 'length="long"', "E:InvalidIntegerAttribute"),
    ("enclosure length missing", "rss", 'length="1234" ', "", "E:MissingAttribute"),
    ("enclosure length -1", "rss", 'length="1234"', 'length="-1"', "E:UseZeroForUnknown"),
    ("enclosure type missing", "rss", ' type="audio/mpeg"', "", "E:MissingAttribute"),
    ("enclosure on localhost", "rss", '"https://news.example.com/1.mp3"', '"http://localhost/1.mp3"',
     "E:InvalidURLAttribute"),
    ("source without url", "rss", CREATOR, f"{CREATOR}<source>Quay</source>", "E:MissingAttribute"),
    ("relative item link", "rss", ITEM_LINK, "<link>/1</link>", "E:InvalidFullLink"),
    ("item link with space", "rss", ITEM_LINK, "<link>https://news.example.com/a b</link>", "E:InvalidUriChar"),
    ("item link in Vietnamese", "rss", ITEM_LINK, "<link>https://news.example.com/tàu</link>", "E:UriNotIri"),
    ("empty item title", "rss", TITLE, "", "W:NotBlank"),
    ("item title with <b>", "rss", TITLE, "&lt;b&gt;Ferry&lt;/b&gt;", "W:ContainsHTML"),
    ("item title escaped twice", "rss", TITLE, "Rail &amp;amp; road", "W:ContainsHTML"),
    ("item title 'a <b' as &lt;", "rss", TITLE, "a &lt;b", "W:CharacterData"),
    ("neither title nor description", "rss", "<title>Another</title>\n<description>Short.</description>", "",
     "E:ItemMustContainTitleOrDescription"),
    ("content without description", "rss", DESCRIPTION, "", "W:NeedDescriptionBeforeContent"),
    ("content before description", "rss", f"{DESCRIPTION}\n{ENCODED}", f"{ENCODED}\n{DESCRIPTION}",
     "W:NeedDescriptionBeforeContent"),
    ("atom:summary beside description", "rss", DESCRIPTION, f"{DESCRIPTION}<atom:summary>a</atom:summary>",
     "W:DuplicateDescriptionSemantics"),
    ("xhtml:body", "rss", DESCRIPTION, f'{DESCRIPTION}<body xmlns="http://www.w3.org/1999/xhtml"/>',
     "W:DuplicateDescriptionSemantics"),
    ("relative link in a description", "rss", "It runs hourly.", _html('<a href="/2">a</a>'), "W:ContainsRelRef"),
    ("relative image in a description", "rss", "It runs hourly.", _html('<img src="1.png">'), "W:ContainsRelRef"),
    ("fragment link in a description", "rss", "It runs hourly.", _html('<a href="#a">a</a>'), "W:ContainsRelRef"),
    ("script in a description", "rss", "It runs hourly.", _html("<script>a()</script>"), "W:SecurityRisk"),
    ("description 'a < 3'", "rss", "It runs hourly.", "a &lt; 3", "W:NotHtml"),
]  # fmt: skip

STILL_WRONG: list[tuple[str, str, str, str, str]] = [
    ("javascript: in a link of the HTML", "atom", HTML, _html('<a href=" java\tscript:a()">b</a>'), "E:ScriptURL"),
    ("javascript: in an image", "atom", HTML, _html('<img src="javascript:a()">'), "E:ScriptURL"),
    ("a relative link in Atom's HTML", "atom", HTML, _html('<a href="/2">b</a>'), "E:RelativeReference"),
    ("a relative candidate in srcset", "atom", HTML, _html('<img srcset="https://a.bc/1.png, /2.png 2x">'),
     "E:RelativeReference"),
    ("an open <p>", "atom", HTML, _html("<p>a<p>b"), "E:UnclosedTag E:UnclosedTag"),
    ("an open <li>", "atom", HTML, _html("<ul><li>a</ul>"), "E:UnclosedTag"),
    ("an empty href in the HTML", "atom", HTML, _html('<a href="">b</a>'), "E:EmptyReference"),
    ("an empty href of a link", "atom", ENTRY_LINK, '<link href=""/>', "E:EmptyReference"),
    ("a relative author URI", "atom", AUTHOR_URI, "<uri>/ada</uri>", "E:RelativeAuthorURI"),
    ("*/* as enclosure type", "atom", 'type="audio/mpeg"', 'type="*/*"', "E:WildcardMIMEType"),
    ("*/* as enclosure type of RSS", "rss", 'type="audio/mpeg"', 'type="*/*"', "E:WildcardMIMEType"),
    ("a DOCTYPE with entities", "atom", "<feed ", '<!DOCTYPE feed [<!ENTITY a "b">]>\n<feed ', "E:DoctypeEntities"),
    ("an author at feed level only", "atom", "<author><name>Lê Thu</name></author>", "", "E:MissingAuthor"),
    ("authors in entries only", "atom", FEED_AUTHOR, "", "E:MissingAuthor"),
    ("content without an alternate link", "atom", ENTRY_LINK, "", "E:MissingAlternate"),
]  # fmt: skip

OTHER_FORMATS: list[tuple[str, str, str, str, str]] = [
    ("no JSON", "json", "{", "", "E:JSONError"),
    ("another version", "json", "version/1.1", "version/1", "E:InvalidVersion"),
    ("no title", "json", '"title": "Harbour Courier", ', "", "E:MissingTitle"),
    ("no feed_url", "json", f'"feed_url": "{JSON_URL}",', "", "W:MissingSelf"),
    ("feed_url elsewhere", "json", f'"{JSON_URL}"', '"https://news.example.com/f"', "W:SelfDoesntMatchLocation"),
    ("no items", "json", '"items"', '"_items": {}, "entries"', "E:UndefinedElement E:MissingElement"),
    ("author of 1.0", "json", '"authors": [', '"author": {"name": "a"}, "authors": [', "E:UndefinedElement"),
    ("hub without url", "json", ', "url": "https://news.example.com/hub"', "", "E:MissingAttribute"),
    ("empty author", "json", '{"name": "Harbour Courier"}', "{}", "E:MissingElement"),
    ("number as id", "json", '"id": "2"', '"id": 2', "E:InvalidType"),
    ("one id twice", "json", '"id": "2"', '"id": "https://news.example.com/1"', "W:DuplicateEntries"),
    ("relative url", "json", '"url": "https://news.example.com/1"', '"url": "/1"', "E:InvalidFullLink"),
    ("date without zone", "json", "08:00:00Z", "08:00:00", "E:InvalidRFC3339Date"),
    ("no content", "json", ', "content_text": "Short."', "", "W:MissingTextualContent"),
    ("HTML in a title", "json", TITLE, "a <b>b</b>", "W:ContainsHTML"),
    ("script in content", "json", "<p>Hourly.</p>", "<script>a()</script>", "W:SecurityRisk"),
    ("relative link in content", "json", "<p>Hourly.</p>", "<a href='/2'>a</a>", "E:RelativeReference"),
    ("blank tag", "json", '["transport"]', '[" "]', "W:NotBlank"),
    ("attachment without type", "json", ', "mime_type": "audio/mpeg"', "", "E:MissingAttribute"),
    ("attachment size as text", "json", "1234", '"1234"', "E:InvalidNonNegativeInteger"),
    ("language unknown", "json", '"en"', '"xx"', "E:InvalidLanguage"),
    ("no version", "opml", ' version="2.0"', "", "E:MissingAttribute"),
    ("no head", "opml", OPML[OPML.index("<head>") : OPML.index("<body>")], "", "E:MissingElement"),
    ("dateCreated ISO", "opml", PUB_DATE, "2025-02-03", "E:InvalidRFC2822Date"),
    ("outline without text", "opml", 'text="Quay" ', "", "E:MissingAttribute"),
    ("feed without xmlUrl", "opml", 'xmlUrl="https://quay.example.com/feed" ', "", "E:MissingXmlURL"),
    ("feed without type", "opml", 'type="rss" ', "", "E:MissingOutlineType"),
    ("relative xmlUrl", "opml", '"https://quay.example.com/feed"', '"/feed"', "E:InvalidFullLink"),
    ("unknown attribute", "opml", 'title="Quay"', 'title="Quay" etag="1"', "E:UnexpectedAttribute"),
]


def _codes(findings: list[Finding]) -> str:
    return " ".join(sorted(f"{found.level}:{found.code}" for found in findings))


@pytest.mark.parametrize(
    ("kind", "old", "new", "codes"),
    [pytest.param(*row[1:], id=f"{row[1]}: {row[0]}") for row in FAULTS + STILL_WRONG + OTHER_FORMATS],
)
def test_one_fault_raises_its_code_and_no_other(kind: str, old: str, new: str, codes: str) -> None:
    assert _codes(_findings(kind, _mutated(kind, old, new))) == " ".join(sorted(codes.split()))


def test_every_fault_of_our_own_is_raised_by_a_row_that_validators_accept() -> None:
    assert {code.partition(":")[2] for row in STILL_WRONG for code in row[4].split()} == OWN


SLASH = 'xmlns:slash="http://purl.org/rss/1.0/modules/slash/"'
SY = 'xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"'
ITEM_ATOM_LINK = '<atom:link rel="replies" href="https://news.example.com/1/replies"/>'

# What looks doubtful and is not: validators accept it, and so do we.
ACCEPTABLE: list[tuple[str, str, str, str]] = [
    ("urn:sha256 id", "atom", ENTRY_ID, "<id>urn:sha256:2c26b46b68ffc68f</id>"),
    ("relation as a full URI", "atom", 'rel="enclosure"', 'rel="https://own.example/rel"'),
    ("rel=license", "atom", 'rel="enclosure"', 'rel="license"'),
    ("rel=replies", "atom", 'rel="enclosure"', 'rel="replies"'),
    ("podcast namespace", "atom", "<feed ", '<feed xmlns:podcast="https://podcastindex.org/namespace/1.0" '),
    ("xml:lang vi-VN", "atom", 'xml:lang="en"', 'xml:lang="vi-VN"'),
    ("updated values told apart by a fraction", "atom", "<updated>2025-02-02T08:00:00Z</updated>\n<author>",
     "<updated>2025-02-03T08:00:00.1Z</updated>\n<author>"),
    ("style color", "atom", HTML, _html('<p style="color: red; text-align:left">a</p>')),
    ("bare ampersand in HTML", "atom", HTML, _html("<p>a & b</p>")),
    ("<br/>", "atom", HTML, _html("<p>a<br/>b</p>")),
    ("a comment in HTML", "atom", HTML, _html("<p>a<!-- b --></p>")),
    ("table without tbody", "atom", HTML, _html("<table><tr><td>a</td></tr></table>")),
    ("center and font", "atom", HTML, _html('<center><font color="red">a</font></center>')),
    ("video, source and picture", "atom", HTML, _html(
        '<video controls><source src="https://a.bc/1.mp4"></video>'
        '<picture><source srcset="https://a.bc/1.webp 2x, https://a.bc/1.avif 3x"><img src="https://a.bc/1.png"></picture>'
    )),
    ("form and input", "atom", HTML, _html('<form><input type="text"></form>')),
    ("mailto and tel links", "atom", HTML, _html('<p><a href="mailto:a@b.cd">a</a> <a href="tel:+841">b</a></p>')),
    ("a plain start tag in a text title", "atom", TITLE, "a &lt;b"),
    ("AT&T and R&D in a text title", "atom", TITLE, "AT&amp;T, R&amp;D"),
    ("title of type html", "atom", f"<title>{TITLE}", '<title type="html">&lt;i&gt;a&lt;/i&gt; &amp;amp;copy'),
    ("xhtml content", "atom", CONTENT, _xhtml(DIV.format("<p>a <b>b</b></p>"))),
    ("no enclosure length", "atom", ' length="1234"', ""),
    ("link href in Vietnamese", "atom", ENTRY_LINK, '<link href="https://news.example.com/tàu"/>'),
    ("link href of an IPv6 host", "atom", ENTRY_LINK, '<link href="http://[::1]:8080/1"/>'),
    ("emoji", "atom", TITLE, "a \U0001f6a2 b"),
    ("NFD Vietnamese", "atom", TITLE, "Ta\u0300u cha\u0323y"),
    ("dc:creator beside author", "atom", GENERATOR,
     f'{GENERATOR}<dc:creator xmlns:dc="http://purl.org/dc/elements/1.1/">a</dc:creator>'),
    ("xml-stylesheet", "atom", "<feed ", '<?xml-stylesheet href="/feed.xsl" type="text/xsl"?>\n<feed '),
    ("a DOCTYPE without entities", "atom", "<feed ", "<!DOCTYPE feed>\n<feed "),
    ("two schemes and a blank label", "atom", CATEGORY,
     CATEGORY + '<category term="transport" scheme="https://quay.example/topics" label=""/>'),
    ("a complete feed", "atom", SELF, f"{SELF}<fh:complete {FH}/>{CHANNEL_LINK.format('current', 'all.atom')}"),
    ("an archive document", "atom", SELF, f"{SELF}<fh:archive {FH}/>{CHANNEL_LINK.format('current', 'now')}"
     + CHANNEL_LINK.format("prev-archive", "1")),
    ("media:group with two contents", "atom", ENCLOSURE, f'<media:group {MEDIA}><media:content url="https://a.bc/1" '
     'fileSize="9" duration="1.5" medium="audio"/><media:content url="https://a.bc/2"/></media:group>'),
    ("pubDate +0700", "rss", "08:00:00 GMT", "08:00:00 +0700"),
    ("pubDate with a day of one digit", "rss", "Mon, 03 Feb", "Mon, 3 Feb"),
    ("author mail (Name)", "rss", CREATOR, "<author>ada@example.com (Ada Quay)</author>"),
    ("title with &amp;", "rss", TITLE, "Rail &amp; road"),
    ("title 'a < b' as &lt;", "rss", TITLE, "a &lt; b"),
    ("title '<b' as &#x3C;", "rss", TITLE, "a &#x3C;b"),
    ("title '&#x26;amp;'", "rss", TITLE, "a &#x26;amp; b"),
    ("bare & in a description", "rss", "It runs hourly.", "rail &amp; road"),
    ("enclosure length 0", "rss", 'length="1234"', 'length="0"'),
    ("enclosure on 127.0.0.1 with a port", "rss", '"https://news.example.com/1.mp3"', '"http://127.0.0.1:8080/1.mp3"'),
    ("atom:link in an item", "rss", CREATOR, CREATOR + ITEM_ATOM_LINK),
    ("atom:updated in an item", "rss", CREATOR, f"{CREATOR}<atom:updated>2025-02-03T08:00:00Z</atom:updated>"),
    ("atom:updated in the channel", "rss", TTL, f"{TTL}<atom:updated>2025-02-03T08:00:00Z</atom:updated>"),
    ("language vi-vn", "rss", "<language>en", "<language>vi-vn"),
    ("no language", "rss", "<language>en</language>", ""),
    ("slash:comments without lastBuildDate", "rss", CREATOR, f"{CREATOR}<slash:comments {SLASH}>3</slash:comments>"),
    ("fh:archive", "rss", TTL, f"{TTL}<fh:archive {FH}/>"),
    ("sy:updatePeriod", "rss", TTL, f"{TTL}<sy:updatePeriod {SY}>hourly</sy:updatePeriod>"),
    ("content in CDATA", "rss", HTML, "<![CDATA[<p>a &amp; b</p>]]>"),
    ("itunes namespace without its elements", "rss", "<rss ",
     '<rss xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" '),
    ("extension object in JSON Feed", "json", '"_seedfeed": {', '"_other": {"a": 1}, "_seedfeed": {'),
    ("outline without a feed in OPML", "opml", '<outline text="Ports">', '<outline text="Ports" category="/sea">'),
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "old", "new"), [pytest.param(*row[1:], id=f"{row[1]}: {row[0]}") for row in ACCEPTABLE]
)
def test_what_validators_accept_raises_nothing(kind: str, old: str, new: str) -> None:
    assert _findings(kind, _mutated(kind, old, new)) == []


def test_a_document_that_is_not_utf8_is_told_by_the_byte() -> None:
    (found,) = _findings("rss", RSS.replace(TITLE, "Tàu").encode("latin-1"))
    assert (found.level, found.code) == ("E", "UnicodeError")


def test_a_finding_names_element_and_line() -> None:
    (found,) = _findings("atom", ATOM.replace("Tàu chạy lại", ""))
    assert (found.where, found.code) == ("feed/entry[2]/title, line 24", "NotBlank")
    assert str(found).startswith("W:NotBlank at feed/entry[2]/title, line 24: ")


def test_foreign_ids_and_tombstones_are_accepted_and_nothing_else() -> None:
    body = _mutated("atom", ENTRY_ID, "<id>https://news.example.com</id>").replace(SUMMARY, "")
    findings = _findings("atom", body)
    assert [found.code for found in findings if found.code in ACCEPTED] == ["NonCanonicalURI"]
    assert [found.code for found in refused(findings)] == ["MissingTextualContent"]


@pytest.mark.parametrize("kind", GOOD)
def test_a_document_may_be_judged_without_its_url(kind: str) -> None:
    checks = {"atom": check_atom, "rss": check_rss, "json": check_json, "opml": check_opml}
    assert checks[kind](GOOD[kind].encode(), now=NOW) == []


# (Content-Type, document, the codes)
SERVED: list[tuple[str, str, str]] = [
    ("application/atom+xml", ATOM, ""),
    ("application/atom+xml; charset=utf-8", ATOM, ""),
    ("application/xml", ATOM, ""),
    ("text/xml", ATOM, ""),
    ("text/xml; charset=utf-8", ATOM, ""),
    ("application/rss+xml", RSS, ""),
    ("application/xml", RSS, ""),
    ("application/feed+json", JSON, ""),
    ("text/x-opml; charset=utf-8", OPML, ""),
    ("text/html", ATOM, "W:UnexpectedContentType"),
    ("application/octet-stream", ATOM, "W:UnexpectedContentType"),
    ("application/rss+xml", ATOM, "W:UnexpectedContentType"),
    ("application/atom+xml", RSS, "W:UnexpectedContentType"),
    ("application/json", ATOM, "W:UnexpectedContentType"),
    ("application/atom+xml; charset=iso-8859-1", ATOM, "W:EncodingMismatch"),
    ("application/xml", ATOM.replace("<feed", f"<!--{'x' * 512}-->\n<feed"), "W:NonSpecificMediaType"),
    ("application/atom+xml", ATOM + " " * 5_000_000, "E:ValidatorLimit"),
]


@pytest.mark.parametrize(("media_type", "document", "codes"), SERVED)
def test_how_a_document_is_served_is_judged_too(media_type: str, document: str, codes: str) -> None:
    assert _codes(check_http(media_type, document.encode())) == codes


# What the W3C validator was seen to say, errors and warnings.
SEEN_ERRORS = """
    BadXmlVersion CurrentNotSelfInCompleteFeed DuplicateAtomLink DuplicateElement DuplicateValue
    FeedRelInCompleteFeed IncorrectDOW InvalidAddrSpec InvalidBooleanAttribute InvalidContact InvalidFloat
    InvalidFullLink InvalidHttpGUID InvalidIntegerAttribute InvalidLanguage InvalidMIMEType InvalidMediaMedium
    InvalidNamespace InvalidNonNegativeInteger InvalidPermalink InvalidPositiveInteger InvalidRFC2822Date
    InvalidRFC3339Date InvalidTAG InvalidURLAttribute InvalidURN InvalidUUID InvalidUriChar InvalidWidth
    ItemMustContainTitleOrDescription LinkPastEnd MediaGroupWithoutAlternatives MediaRssNamespace
    MisplacedMetadata MissingAttribute MissingContentOrAlternate MissingDescription MissingElement MissingLink
    MissingSummary MissingTitle MissingXhtmlDiv ObsoleteNamespace SAXError UndefinedElement UnexpectedAttribute
    UnexpectedText UnexpectedWhitespace UnicodeError UriNotIri UseZeroForUnknown ValidatorLimit"""
SEEN_WARNINGS = """
    ArchiveIncomplete AtomLinkNotEmpty AvoidNamespacePrefix BadCharacters CharacterData ContainsEmail ContainsHTML
    ContainsRelRef ContainsUndeclaredHTML DangerousStyleAttr DuplicateDescriptionSemantics DuplicateEnclosure
    DuplicateEntries DuplicateItemSemantics DuplicateSemantics DuplicateUpdated EmailFormat EncodingMismatch
    FeedHistoryRelInEntry HtmlFragment ImageLinkDoesntMatch ImageTitleDoesntMatch ImageUrlFormat ImplausibleDate
    MisplacedItem MissingAtomSelfLink MissingCurrentInArchive MissingGuid MissingRealName MissingSelf
    MissingSourceElement MissingTextualContent MissingTypeAttr NeedDescriptionBeforeContent NonCanonicalURI
    NonSpecificMediaType NotBlank NotHtml NotInline NotSufficientlyUnique ObscureEncoding ProblematicalRFC822Date
    RelativeSelf SchemeNotIANARegistered SecurityRisk SecurityRiskAttr SelfDoesntMatchLocation SelfNotAtom
    UnexpectedContentType UnknownNamespace UnregisteredAtomLinkRel UseOfExtensionAttr UseZeroForMidnight"""


def test_everything_that_the_validator_was_seen_to_say_is_said_here_at_its_level() -> None:
    rows = [row[4] for row in FAULTS] + [codes for _, _, codes in SERVED] + ["E:UnicodeError"]
    raised = {code for codes in rows for code in codes.split()}
    seen = {f"E:{code}" for code in SEEN_ERRORS.split()} | {f"W:{code}" for code in SEEN_WARNINGS.split()}
    assert seen - raised == set()


def test_an_entry_without_any_author_is_an_error() -> None:
    (found,) = _findings("atom", ATOM.replace(FEED_AUTHOR, "").replace("<author><name>Lê Thu</name></author>", ""))[1:]
    assert (found.level, found.code, found.where.partition(",")[0]) == ("E", "MissingElement", "feed/entry[2]")
