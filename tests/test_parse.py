"""Documents in, RawEntries out: encodings, refusals, and what each format calls a thing."""

import html
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urljoin

import pytest

from feeds.errors import ParseError
from feeds.model import Enclosure, Person
from feeds.text.urls import absolute
from worker.model import Document, ParsedFeed, RawEntry
from worker.parse import parse

NOW = datetime(2026, 11, 20, tzinfo=UTC)
URL = "https://site.example/feed.xml"


XHTML = "http://www.w3.org/1999/xhtml"


def read(body: bytes | str, url: str = URL, charset: str = "") -> ParsedFeed:
    encoded = body.encode() if isinstance(body, str) else body
    return parse(Document(name=URL, body=encoded, retrieved_at=NOW, url=url, charset=charset))


def rss(item: str, channel: str = "", namespaces: str = "") -> RawEntry:
    feed = read(
        f'<?xml version="1.0"?><rss version="2.0" {namespaces}><channel><title>T</title>{channel}'
        f"<item>{item}</item></channel></rss>"
    )
    assert len(feed.entries) == 1
    return feed.entries[0]


def atom(entry: str, root: str = "") -> RawEntry:
    feed = read(f'<feed xmlns="http://www.w3.org/2005/Atom" {root}><title>T</title><entry>{entry}</entry></feed>')
    assert len(feed.entries) == 1
    return feed.entries[0]


DC = 'xmlns:dc="http://purl.org/dc/elements/1.1/"'
MEDIA = 'xmlns:media="http://search.yahoo.com/mrss/"'
CONTENT = 'xmlns:content="http://purl.org/rss/1.0/modules/content/"'
ITUNES = 'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'


# Encoding.


def titled(title: bytes, declaration: bytes = b"") -> bytes:
    return declaration + b'<rss version="2.0"><channel><item><title>' + title + b"</title></item></channel></rss>"


@pytest.mark.parametrize(
    ("body", "charset", "title"),
    [
        (titled("Hà Nội".encode()), "", "Hà Nội"),
        (titled("Hà Nội".encode(), b'<?xml version="1.0" encoding="iso-8859-1"?>'), "windows-1258", "Hà Nội"),
        (b"\xef\xbb\xbf\xef\xbb\xbf" + titled("Hà Nội".encode()), "", "Hà Nội"),
        (titled("Hà Nội".encode("cp1258", "replace"), b"<?xml version='1.0' encoding='windows-1258'?>"), "", None),
        (titled("Привет".encode("cp1251"), b'<?xml version="1.0" encoding="windows-1251"?>'), "utf-8", "Привет"),
        (titled("Привет".encode("koi8-r")), "KOI8-R", "Привет"),
        (titled(b"caf\xe9 \x93x\x94"), "", "café “x”"),
        (titled(b"caf\xe9 \x93x\x94", b'<?xml version="1.0" encoding="ISO-8859-1"?>'), "", "café “x”"),
        (titled("会议".encode("gbk"), b'<?xml version="1.0" encoding="gb2312"?>'), "", "会议"),
        (titled("会議".encode("iso2022_jp"), b'<?xml version="1.0" encoding="iso-2022-jp"?>'), "", "会議"),
        ('<rss version="2.0"><channel><item><title>Hà</title></item></channel></rss>'.encode("utf-16"), "", "Hà"),
        ('<rss version="2.0"><channel><item><title>Hà</title></item></channel></rss>'.encode("utf-16-be"), "", "Hà"),
        (titled(b"x", b'<?xml version="1.0" encoding="punycode"?>'), "unicode_escape", "x"),
    ],
)
def test_the_encoding_is_decided_by_the_bytes_then_by_what_is_declared(
    body: bytes, charset: str, title: str | None
) -> None:
    found = read(body, charset=charset).entries[0].title
    assert found == title if title else "\ufffd" not in found


def test_one_bad_byte_in_a_utf8_document_spoils_that_character_only() -> None:
    body = titled("Đà Nẵng, Huế, Hải Phòng, Cần Thơ, Bạc Liêu, Đồng Nai".encode() + b" \xff!")
    assert read(body).entries[0].title == "Đà Nẵng, Huế, Hải Phòng, Cần Thơ, Bạc Liêu, Đồng Nai \ufffd!"


FAHRE = "Fähre für Öl und Möbel, pünktlich über den Fluß"
PAROM = "Новый паром пришёл в воскресенье"
CHUYEN = "Chuyến phà sáng nay đã cập bến đúng giờ, hành khách vui vẻ"
ETE = "La fête a déjà passé à Orléans, où il naît"
FUNE = "船は日曜日の朝に港に着きました。たくさんの人が集まって、とても楽しそうでした。"
DUCHUAN = "渡轮在星期天早上到了港口，我们都很高兴，因为这是一个好的消息。"
# windows-1258, whose codec does not take letters apart from their marks.
CHUYEN_1258 = (
    b"Chuy\xea\xecn ph\xe0 s\xe1ng nay \xf0a\xde c\xe2\xf2p b\xea\xecn "
    b"\xf0\xfang gi\xf5\xcc, h\xe0nh kh\xe1ch vui ve\xd2"
)


# Title, charset, what is read; the document itself claims to be UTF-8, or says nothing. None: it is held back.
NOT_UTF_8 = [
    (FAHRE.encode("cp1252"), "", FAHRE),
    (PAROM.encode("cp1251"), "", PAROM),
    (PAROM.encode("koi8-r"), "iso-8859-1", PAROM),
    (CHUYEN_1258, "windows-1252", CHUYEN),
    (FUNE.encode("shift_jis"), "", FUNE),
    (DUCHUAN.encode("gbk"), "iso-8859-1", DUCHUAN),
    (ETE.encode("cp1252"), "", ETE),
    (b"caf\xe9 \x93x\x94", "", "café “x”"),
    # UTF-8 with words from elsewhere, with a character cut in two.
    (
        "À côté de l’été, ".encode() + b"le caf\xe9 du port",
        "",
        "À côté de l’été, le café du port",
    ),
    (
        "Chuyến phà sáng nay đã cập b".encode() + "ế".encode()[:2] + b"...",
        "",
        "Chuyến phà sáng nay đã cập b\ufffd...",
    ),
    # Too little to prove anything: held back rather than published with wrong letters.
    ("Книга".encode("cp1251"), "", None),
    ("Книга".encode("cp1251"), "iso-8859-1", None),
    ("Książka".encode("cp1250"), "", None),
    ("新しい船".encode("euc-jp"), "", None),
]
NOVEL = "Новый роман"
NEWS = "渡轮到了港口，这是一个好消息"
LETTERS = "Łódź, żółty październik i święta: co się dzieje w Gdańsku, jeśli chcesz wiedzieć więcej, przeczytaj to dziś"
# Title, its encoding, what the document claims, what is read, whatever the charset.
STATED = [
    # A right declaration is believed, however short the text.
    *((NOVEL, encoding, encoding, NOVEL) for encoding in ("windows-1251", "koi8-r", "koi8-u", "iso-8859-5")),
    ("НОВОСТИ", "windows-1251", "windows-1251", "НОВОСТИ"),
    ("Київ: їжа", "koi8-u", "koi8-u", "Київ: їжа"),
    ("新書出版", "big5", "big5", "新書出版"),
    ("新书出版", "gbk", "gbk", "新书出版"),
    ("오늘의 뉴스", "euc-kr", "euc-kr", "오늘의 뉴스"),
    ("ニュース", "shift_jis", "shift_jis", "ニュース"),
    ("東京都知事選挙", "shift_jis", "shift_jis", "東京都知事選挙"),
    ("新しい船", "euc-jp", "euc-jp", "新しい船"),
    ("Łódź żółta", "windows-1250", "windows-1250", "Łódź żółta"),
    ("Książka", "iso-8859-2", "iso-8859-2", "Książka"),
    ("İstanbul'da gün", "windows-1254", "windows-1254", "İstanbul'da gün"),
    ("Νέο βιβλίο", "iso-8859-7", "iso-8859-7", "Νέο βιβλίο"),
    ("ספר חדש", "windows-1255", "windows-1255", "ספר חדש"),
    ("كتاب جديد", "windows-1256", "windows-1256", "كتاب جديد"),
    ("ข่าววันนี้", "tis-620", "tis-620", "ข่าววันนี้"),
    # A false one is not: the right one is taken where it is certain, else nothing is published.
    (PAROM, "koi8-r", "windows-1251", PAROM),
    (PAROM, "windows-1251", "koi8-r", PAROM),
    (PAROM, "iso-8859-5", "windows-1251", PAROM),
    (PAROM, "windows-1251", "iso-8859-5", PAROM),
    (PAROM, "windows-1251", "big5", PAROM),
    (DUCHUAN, "gbk", "big5", DUCHUAN),
    (DUCHUAN, "gbk", "euc-kr", DUCHUAN),
    (FUNE, "euc-jp", "shift_jis", FUNE),
    (FUNE, "shift_jis", "gbk", FUNE),
    (LETTERS, "windows-1250", "windows-1257", LETTERS),
    (NOVEL, "koi8-r", "windows-1251", None),
    (NOVEL, "windows-1251", "koi8-r", None),
    (NOVEL, "iso-8859-5", "windows-1251", None),
    (NOVEL, "windows-1251", "windows-1250", None),
    ("Київ: їжа", "koi8-u", "koi8-r", None),
    (NEWS, "gbk", "big5", None),
    ("新しい船", "euc-jp", "gbk", None),
]


@pytest.mark.parametrize(
    ("title", "stated", "charset", "read_as"),
    [
        *((title, stated, charset, read_as) for title, charset, read_as in NOT_UTF_8 for stated in ("UTF-8", "")),
        *(
            (title.encode(encoding), stated, charset, read_as)
            for title, encoding, stated, read_as in STATED
            for charset in ("", "utf-8", "iso-8859-1")
        ),
    ],
)
def test_a_stated_encoding_is_believed_if_it_gives_words_and_costs_no_letter_if_it_is_false(
    title: bytes, stated: str, charset: str, read_as: str | None
) -> None:
    body = titled(title, f'<?xml version="1.0" encoding="{stated}"?>'.encode() if stated else b"")
    if read_as is None:
        with pytest.raises(ParseError) as caught:
            read(body, charset=charset)
        assert caught.value.code == "E_ENC"
        return
    feed = read(body, charset=charset)
    assert feed.entries[0].title == read_as
    as_stated = title == read_as.encode(stated or "UTF-8", "replace")
    assert [warning[:5] for warning in feed.warnings] == ([] if as_stated else ["W_ENC"])


ASCII = [(b"Story %d" % number, b"Words in plain ASCII.") for number in range(20)]


def items(
    texts: Iterable[tuple[bytes, bytes]], declaration: bytes = b'<?xml version="1.0" encoding="UTF-8"?>'
) -> bytes:
    made = b"".join(b"<item><title>%s</title><description>%s</description></item>" % text for text in texts)
    return declaration + b'<rss version="2.0"><channel>' + made + b"</channel></rss>"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (b"He said \xe2\x80...", "He said \ufffd..."),
        (b"He said \xe2\x80\xe2\x80\xa6", "He said \ufffd…"),
        (b"A smile \xf0\x9f\x98...", "A smile \ufffd..."),
        (b"the caf\xc3...", "the caf\ufffd..."),
        ("Hà Nội Vi".encode() + b"\xe1\xbb...", "Hà Nội Vi\ufffd..."),
        ("é à ü".encode() + 3 * b", he \xe2\x80...", "é à ü" + 3 * ", he \ufffd..."),
        (b"he said \xe2\x80, or \xe2...", "he said \ufffd, or \ufffd..."),
        # Letters and signs of windows-1252, which could be the beginnings of characters, too.
        (b"le caf\xe9\x85 ferm\xe9", "le café… fermé"),
        (b"la libert\xe9\xa0\xbb du caf\xe9", "la liberté\xa0» du café"),
    ],
)
def test_a_character_that_was_cut_is_the_only_loss_of_its_document(text: bytes, shown: str) -> None:
    for document in (items([*ASCII, (text, b"")]), items([(text, b""), *ASCII], b"")):
        feed = read(document)
        assert len(feed.entries) == 21
        assert shown in [entry.title for entry in feed.entries]
        assert [warning[:5] for warning in feed.warnings] == ["W_ENC"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (b"caf\xc3more tea", "caf\ufffdmore tea"),
        (b"the end\xe2\x80\xe2\x80", "the end\ufffd"),
        (b"a\xe2\x80\xe2\x80\xe2\x80\x99s", "a\ufffd’s"),
        (b"it\x80\x99s \x80\x93 it is \x80\x9call\x80\x9d\x80\xa6", "it’s – it is “all”…"),
        (b"x \xff y \xf0\x9f\x98", "x \ufffd y \ufffd"),
        (b"\xa3 5, \xbd, 40\xb0 and Ksi\xb9\xbfka", "£ 5, ½, 40° and Ksi\ufffdka"),
        (b"M\xc3\xb6tley and M\xf6tley \xff", "Mötley and Mötley \ufffd"),
        (b"we\xe2\x99re, J\xc3rgen", "we\ufffdre, J\ufffdrgen"),
    ],
)
def test_a_few_damaged_letters_among_ascii_cost_no_more_than_themselves(text: bytes, shown: str) -> None:
    for document in (items([*ASCII, (text, b"")]), items([(text, b""), *ASCII], b"")):
        feed = read(document)
        assert len(feed.entries) == 21
        assert shown in [entry.title for entry in feed.entries]
        assert {warning[:5] for warning in feed.warnings} == {"W_ENC"}


@pytest.mark.parametrize(
    ("title", "other", "encoding"),
    [
        ("Le café est fermé à Orléans", ETE, "cp1252"),
        ("Új híd épült", FAHRE, "cp1252"),
        (PAROM, PAROM, "cp1251"),
        ("Bão số 9 đổ bộ", FUNE, "shift_jis"),
    ],
)
def test_of_texts_in_two_encodings_each_is_read_in_its_own(title: str, other: str, encoding: str) -> None:
    feed = read(items([(title.encode(), b"Plain."), (other.encode(encoding), f"{other} {other}".encode(encoding))]))
    assert [(entry.title, entry.summary) for entry in feed.entries] == [(title, "Plain."), (other, f"{other} {other}")]
    assert [warning[:5] for warning in feed.warnings] == ["W_ENC"]


def test_a_text_in_an_unknown_encoding_silences_no_other() -> None:
    feed = read(items([("Le café à Orléans".encode(), b""), ("Książka".encode("cp1250"), b"")]))
    assert [entry.title for entry in feed.entries] == ["Le café à Orléans", "Ksi\ufffdka"]
    assert feed.warnings == ("W_ENC: 1 damaged characters became question marks",)
    feed = read(items([(b"he said \xe2\x80...", b""), (b"un caf\xe9 noir", b"")]))
    assert [entry.title for entry in feed.entries] == ["he said \ufffd...", "un café noir"]


@pytest.mark.parametrize("declaration", [b"", b'<?xml version="1.0" encoding="UTF-8"?>'])
def test_encodings_that_look_like_ascii_are_told_by_their_marks(declaration: bytes) -> None:
    for words, encoding in (("会議は明日です", "iso2022_jp"), ("오늘의 뉴스", "iso2022_kr"), ("新书出版了 ~a", "hz")):
        body = (declaration.decode() + items([(b"TITLE", b"")], b"").decode().replace("TITLE", words)).encode(encoding)
        feed = read(body)
        assert (feed.entries[0].title, [warning[:5] for warning in feed.warnings]) == (words, ["W_ENC"])
    assert read(items([(b"in Perl ~{foo}~} and ~{HeLlo~}", b"")])).entries[0].title == "in Perl ~{foo}~} and ~{HeLlo~}"


def test_halves_of_a_character_that_were_written_apart_in_utf_8_are_one() -> None:
    for declaration in (b'<?xml version="1.0" encoding="UTF-8"?>', b""):
        feed = read(titled(b"smile \xed\xa0\xbd\xed\xb8\x80", declaration))
        assert (feed.entries[0].title, feed.warnings) == ("smile \U0001f600", ())


def test_vietnamese_in_windows_1258_is_believed() -> None:
    for title, meant in ((CHUYEN_1258, CHUYEN), (CHUYEN_1258.split(b" nay")[0], "Chuyến phà sáng")):
        feed = read(titled(title, b'<?xml version="1.0" encoding="windows-1258"?>'))
        assert (feed.entries[0].title, feed.warnings) == (meant, ())


@pytest.mark.parametrize(
    ("body", "charset"),
    [
        (titled(b"+ADw-b", b'<?xml version="1.0" encoding="UTF-7"?>'), ""),
        (titled(b"x"), "utf-7"),
        ('<rss version="2.0"/>'.encode("utf-32"), ""),
        ('<rss version="2.0"/>'.encode("utf-32-be"), ""),
        ('<?xml version="1.0"?><rss/>'.encode("cp037"), ""),
        (titled(b"x", b'<?xml version="1.0" encoding="cp500"?>'), ""),
    ],
)
def test_encodings_that_hide_markup_are_refused(body: bytes, charset: str) -> None:
    with pytest.raises(ParseError) as caught:
        read(body, charset=charset)
    assert caught.value.code == "E_ENC"


@pytest.mark.parametrize(
    ("bad", "instead"),
    [
        *((bad, "\ufffd") for bad in ("&#xD800;", "&#x110000;")),
        *((bad, " ") for bad in ("&#1;", "&#12;", "&#x1F;", "\x0b", "\x0c", "\x1f")),
        *((bad, "") for bad in ("\0", "&#0;", "\ufffe", "&#xFFFF;", "&#99999999999999999999;")),
    ],
)
def test_what_xml_forbids_is_replaced_and_counted(bad: str, instead: str) -> None:
    for marked in (bad, f"<![CDATA[{bad}]]>"):
        feed = read(f"<rss version='2.0'><channel><item><title>a{marked}b</title></item></channel></rss>")
        assert feed.entries[0].title == f"a{instead}b"
        assert feed.warnings == ("W_CHARS: 1 characters that XML forbids were replaced",)


@pytest.mark.parametrize("halves", ["&#55357;&#56832;", "&#xD83D;&#xde00;", "<![CDATA[&#55357;&#56832;]]>"])
def test_references_to_the_halves_of_a_character_are_one_character(halves: str) -> None:
    feed = read(f"<rss version='2.0'><channel><item><title>a{halves}b</title></item></channel></rss>")
    assert (feed.entries[0].title, feed.warnings) == ("a\U0001f600b", ())


@pytest.mark.parametrize("mark", ["<!CDATA[", "<![CDATA [", "<![cdata["])
def test_misspelt_marks_of_cdata_lose_no_text(mark: str) -> None:
    feed = read(items([(f"{mark}One]]>".encode(), f"{mark}<p>A & b</p>]]>".encode())]))
    assert [(entry.title, entry.summary) for entry in feed.entries] == [("One", "<p>A & b</p>")]
    assert feed.warnings == ("W_XML: misspelt marks of CDATA were read as meant",)


_SECOND = "</item><item><title>Two</title><description>2</description></item><item>"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        # Well-formed, and a whole entry in a comment or in the text of another.
        (f"<title>One</title><!-- note <description>1</description>{_SECOND}<title>Three</title> -->", ("1", "2", "")),
        (
            f"<title>One</title><description><![CDATA[1</description>{_SECOND}<title>Three</title>"
            "<description><![CDATA[3]]></description>",
            ("1", "2", "3"),
        ),
        (f"<title>One</title><description>a <!-- b</description>{_SECOND}<title>Three</title>", ("a b", "2", "")),
        (f"<title>One</title><!---><description>1</description>{_SECOND}<title>Three --> x</title>", ("1", "2", "")),
        (
            f"<title>One</title><!-- a <description>1</description>{_SECOND}<title>Three</title><!-- b -->",
            ("1", "2", ""),
        ),
        (f"<title>One</title><description><![CDATA[1]]</description>{_SECOND}<title>Three</title>", ("1", "2", "")),
        (
            f"<title><![CDATA[One]></title><description><![CDATA[1]]></description>{_SECOND}<title>Three</title>",
            ("1", "2", ""),
        ),
    ],
)
def test_a_comment_or_section_without_an_end_holds_no_entries(text: str, shown: tuple[str, ...]) -> None:
    feed = read(f"<rss version='2.0'><channel><title>t</title><item>{text}</item></channel></rss>")
    assert [entry.title.split()[0] for entry in feed.entries] == ["One", "Two", "Three"]
    assert tuple(" ".join((entry.summary or entry.content).split()) for entry in feed.entries) == shown
    assert any("were ended" in warning for warning in feed.warnings)


@pytest.mark.parametrize(
    "text",
    [
        "<!-- <item><title>Old</title></item> --><item><title>One</title></item>",
        "<!-- each <item> is a story --><item><title>One</title></item>",
        "<item><title>One</title><description><![CDATA[<b>x</b> <!-- </item> -->]]></description></item>",
        "<item><title>One</title><description><![CDATA[//<![CDATA[ x //]]&gt; </p>]]></description></item>",
        "<item><title>One</title><description><![CDATA[A feed: </description></item> <item>]]></description></item>",
    ],
)
def test_comments_and_sections_that_end_are_left_alone(text: str) -> None:
    feed = read(f"<rss version='2.0'><channel><title>t</title>{text}</channel></rss>")
    assert ([entry.title for entry in feed.entries], feed.warnings) == (["One"], ())


@pytest.mark.parametrize("title", ["A <B in title", "a < b", "5 <6", "I <3 you & me"])
def test_a_less_than_sign_that_begins_no_tag_is_one(title: str) -> None:
    feed = read(items([(title.encode(), b"Words.")]))
    assert [(html.unescape(entry.title), entry.summary) for entry in feed.entries] == [(title, "Words.")]
    assert [warning[:5] for warning in feed.warnings] == ["W_XML"]


@pytest.mark.parametrize(
    ("title", "is_markup"),
    [
        ("Spin <math><mi>x</mi></math> ice", True),
        ('<mml:math xmlns:mml="urn:m"><mml:mi>x</mml:mi></mml:math> <b>ice</b>', True),
        ("The <jats:italic>E. coli</jats:italic> file", True),
        ("<svg><title>Map</title></svg> of the port", True),
        ("How <math> is written in HTML", False),
        ("The <jats:italic> element", False),
        ("How to end it: </xs:schema>", False),
        ("Spin <math><mi>x</mi></math> in a List<String>", False),
    ],
)
def test_formulas_and_elements_with_a_prefix_make_a_title_markup_if_they_are_closed(
    title: str, is_markup: bool
) -> None:
    (entry,) = read(items([(html.escape(title).encode(), b"")])).entries
    assert (entry.title, entry.title_html) == (title, is_markup)
    if is_markup and ":" not in title:
        (entry,) = read(items([(title.encode(), b"")])).entries
        assert entry.title_html


@pytest.mark.parametrize("kind", ["application/xml", "text/xml", "application/docbook+xml"])
def test_the_words_of_content_in_any_xml_are_read(kind: str) -> None:
    content = f'<content type="{kind}"><foo xmlns="urn:x"><para>One</para><para>two</para></foo></content>'
    body = f'<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title><entry><id>urn:1</id>{content}</entry></feed>'
    (entry,) = read(body).entries
    assert (entry.content_text, entry.content) == (False, "<foo><para>One</para> <para>two</para> </foo>")


# Refusals.


@pytest.mark.parametrize(
    "prolog",
    [
        '<!DOCTYPE rss [<!ENTITY a "lol"><!ENTITY b "&a;&a;">]>',
        '<!DOCTYPE rss [\n<!ENTITY a "x">\n]>',
        '<!DOCTYPE rss [<!ENTITY % p SYSTEM "http://127.0.0.1/x"> %p;]>',
        '<!DOCTYPE rss [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!-- <rss> --><!DOCTYPE rss [<!ENTITY a "x">]>',
        '<?pi <rss ?><!DOCTYPE rss [<!ENTITY a "x">]>',
        "<!-- " + "x" * 2_000_000 + ' <r --><!DOCTYPE rss [<!ENTITY a "x">]>',
        '<!--\n<!ENTITY a "x">\n--><!DOCTYPE rss>',
    ],
)
def test_entity_declarations_before_the_root_are_refused(prolog: str) -> None:
    with pytest.raises(ParseError) as caught:
        read(
            f"<?xml version='1.0'?>{prolog}<rss version='2.0'><channel><item><title>&a;</title></item></channel></rss>"
        )
    assert (caught.value.code, caught.value.message) == (
        "E_ENTITY",
        "This feed defines XML entities, which is not allowed.",
    )


def test_a_public_doctype_and_text_about_entities_are_no_declarations() -> None:
    feed = read(
        '<?xml version="1.0"?><!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" '
        '"http://my.netscape.com/publish/formats/rss-0.91.dtd"><rss version="0.91"><channel>'
        "<item><title>t</title><description><![CDATA[write <!ENTITY a 'b'>]]></description></item></channel></rss>"
    )
    assert feed.entries[0].summary == "write <!ENTITY a 'b'>"


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        (b"", "E_EMPTY", "Empty answer."),
        (b" \n\xef\xbb\xbf ", "E_EMPTY", "Empty answer."),
        (b"<!DOCTYPE html><html><body>x</body></html>", "E_NOTFEED", "This is a web page, not a feed."),
        (b"<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'/>", "E_NOTFEED", "This is a web page"),
        (b"<script>location='/'</script>", "E_NOTFEED", "This is a web page"),
        (b'{"version": "1", "items": []}', "E_NOTFEED", "This is JSON, but not a JSON Feed."),
        (b'{"version": "https://jsonfeed.org/version/1"}', "E_NOTFEED", "This JSON Feed has no items."),
        (b"[1, 2]", "E_NOTFEED", "This is JSON"),
        (b'{"version": ', "E_PARSE", "The JSON cannot be read"),
        (b"[" * 100_000, "E_PARSE", "The JSON cannot be read"),
        (b"<opml version='2.0'><body/></opml>", "E_NOTFEED", "This is a list of subscriptions (OPML), not a feed;"),
        (b"hello world", "E_XML", "This is no feed, since it is neither XML nor JSON."),
        (
            b"<opml version='2.0'><head><title>x</title></head><body/></opml>",
            "E_NOTFEED",
            "This is a list of subscriptions (OPML)",
        ),
        (b"PK\x03\x04\x14\x00\x00", "E_NOTFEED", "This is a ZIP archive or an Office document, not a feed."),
        (
            b'{"version": "https://jsonfeed.org/version/1.1", "items": [}',
            "E_PARSE",
            "The JSON cannot be read: it is damaged, or ends early, in line 1",
        ),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "E_XML", "This is no feed"),
        (b"<rss><channel><item><title", "E_XML", "Not well-formed XML"),
    ],
)
def test_what_is_no_feed_is_refused_with_its_reason(body: bytes, code: str, message: str) -> None:
    with pytest.raises(ParseError) as caught:
        read(body)
    assert caught.value.code == code
    assert caught.value.message.startswith(message)


def test_a_path_as_body_is_never_opened(tmp_path: Path) -> None:
    secret = tmp_path / "feed.xml"
    secret.write_text("<rss version='2.0'><channel><item><title>secret</title></item></channel></rss>")
    with pytest.raises(ParseError):
        read(str(secret))


@pytest.mark.parametrize(("count", "kept"), [(1_000, 1_000), (1_001, 1_000)])
def test_the_first_thousand_entries_are_kept(count: int, kept: int) -> None:
    items = "".join(f"<item><guid>{number}</guid></item>" for number in range(count))
    feed = read(f"<rss version='2.0'><channel>{items}</channel></rss>")
    assert [entry.guid for entry in feed.entries] == [str(number) for number in range(kept)]
    assert any(warning.startswith("W_MANY") for warning in feed.warnings) == (count > kept)


def test_more_than_ten_thousand_entries_are_refused() -> None:
    with pytest.raises(ParseError, match="Has 10,001 entries; the limit is 10,000") as caught:
        read("<rss version='2.0'><channel>" + "<item><guid>1</guid></item>" * 10_001 + "</channel></rss>")
    assert caught.value.code == "E_MANY"


# Broken documents.


def test_a_document_that_ends_early_loses_its_incomplete_entry_only() -> None:
    feed = read(
        "<rss version='2.0'><channel><item><guid>1</guid></item><item><guid>2</guid></item><item><guid>3</guid><desc"
    )
    assert [entry.guid for entry in feed.entries] == ["1", "2"]
    assert feed.warnings[0].startswith("W_CUT")


def test_ill_formed_xml_gives_its_entries_and_a_warning_with_the_place() -> None:
    feed = read("<rss version='2.0'>\n<channel><item><guid>1</guid><title>A & B</title></item></channel></rss>")
    assert [(entry.guid, entry.title) for entry in feed.entries] == [("1", "A & B")]
    assert feed.warnings == ("W_XML: 1 bare & or names that only HTML has, the first at 2:39, were read as meant",)
    feed = read("<rss version='2.0'>\n<channel><item><guid>1</guid><title>A</title></i></item></channel></rss>")
    assert feed.warnings == ("W_XML: not well-formed (mismatched tag at 2:47)",)


@pytest.mark.parametrize("end", ["", "</i>"])  # well-formed apart from that, or not
@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("AT&T, B&B and D&D", "AT&T, B&B and D&D"),
        ("Q&A &amp; R&D &#38; &#x26; &lt;", "Q&A & R&D & & <"),
        ("caf&eacute;&nbsp;&hellip; &#8217s", "café\xa0… ’s"),
        ("Fish & chips &; &unknown; &#x;", "Fish & chips &; &unknown; &#x;"),
        ("<![CDATA[A & &lt; &eacute;]]>", "A & &lt; &eacute;"),
    ],
)
def test_an_ampersand_that_begins_no_reference_is_one(said: str, meant: str, end: str) -> None:
    link = "https://e.example/?a=1&copy=3&lang=vi&sect=2&reg=hn&not=1&order=x&amp;z=1"
    item = f"<item><guid>1</guid><link>{link}</link><title>{said}</title><category>{said}</category></item>"
    (entry,) = read(f"<rss version='2.0'><channel>{item}<!-- & -->{end}</channel></rss>").entries
    assert entry.link == link.replace("&amp;", "&")
    # A category of the lenient lane is HTML still.
    assert (entry.title, [html.unescape(one) if end else one for one in entry.categories]) == (meant, [meant])


def test_warnings_of_a_server_before_the_feed_are_passed_over() -> None:
    feed = read("<br />\n<b>Warning</b>: x\n<rss version='2.0'><channel><item><guid>1</guid></item></channel></rss>")
    assert [entry.guid for entry in feed.entries] == ["1"]


def test_entries_that_say_nothing_are_left_out() -> None:
    feed = read("<rss version='2.0'><channel><item/><item><guid>1</guid></item></channel></rss>")
    assert [entry.guid for entry in feed.entries] == ["1"]
    assert feed.warnings == ("W_NOID: 1 entries that say nothing were left out",)


# RSS.


@pytest.mark.parametrize(
    ("item", "link"),
    [
        ("<link>https://a.example/1</link>", "https://a.example/1"),
        ("<link>https://a.example/?a=1&amp;b=2</link>", "https://a.example/?a=1&b=2"),
        ("<guid>https://a.example/g</guid>", "https://a.example/g"),
        ('<guid isPermaLink="false">https://a.example/g</guid>', ""),
        ("<guid>post-17</guid>", ""),
        ('<link>https://a.example/1</link><guid isPermaLink="true">https://a.example/g</guid>', "https://a.example/1"),
        ('<link/><atom:link href="/2" rel="alternate" type="text/html"/>', "/2"),
        ('<atom:link href="/self" rel="self"/><link>/3</link>', "/3"),
        ("<link>https://fb.example/x</link><fb:origLink>https://a.example/o</fb:origLink>", "https://a.example/o"),
    ],
)
def test_the_permalink_of_an_rss_item(item: str, link: str) -> None:
    namespaces = 'xmlns:atom="http://www.w3.org/2005/Atom" xmlns:fb="http://rssnamespace.org/feedburner/ext/1.0"'
    assert rss(item + "<title>t</title>", namespaces=namespaces).link == link


@pytest.mark.parametrize(
    ("title", "is_html"),
    [
        ("Tom &amp;amp; Jerry", True),
        ("&lt;b&gt;Bold&lt;/b&gt; move", True),
        ("std::vector&lt;int&gt; explained", False),
        ("How the &lt;details&gt; element works", False),
        ("a &lt; b", True),
    ],
)
def test_rss_titles_hold_markup_only_if_it_looks_like_it(title: str, is_html: bool) -> None:
    assert rss(f"<title>{title}</title>").title_html is is_html


@pytest.mark.parametrize(
    ("item", "authors"),
    [
        ("<author>ann@site.museum (Ann Lee)</author>", (Person("ann@site.museum (Ann Lee)"),)),
        ("<dc:creator>Ann</dc:creator><dc:creator>Bob</dc:creator>", (Person("Ann"), Person("Bob"))),
        ("<itunes:author>Radio</itunes:author>", (Person("Radio"),)),
        ("", ()),
    ],
)
def test_the_authors_of_an_rss_item(item: str, authors: tuple[Person, ...]) -> None:
    assert rss(item + "<guid>1</guid>", namespaces=f"{DC} {ITUNES}").authors == authors


def test_content_encoded_goes_before_the_description() -> None:
    entry = rss(
        "<title>t</title><description>short</description><content:encoded><![CDATA[<p>long</p>]]></content:encoded>",
        namespaces=CONTENT,
    )
    assert (entry.content, entry.content_text, entry.summary) == ("<p>long</p>", False, "short")


def test_a_media_description_does_not_take_the_place_of_the_items_text() -> None:
    entry = rss(
        "<title>t</title><description>&lt;p&gt;The text of the item.&lt;/p&gt;</description>"
        '<media:content url="/a.jpg" medium="image"><media:description>a boat</media:description></media:content>',
        namespaces=MEDIA,
    )
    assert (entry.content, entry.summary, entry.summary_text) == ("", "<p>The text of the item.</p>", False)


def test_plain_text_with_blank_lines_keeps_its_paragraphs() -> None:
    entry = rss("<title>t</title><media:description>One.\n\nTwo.</media:description>", namespaces=MEDIA)
    assert (entry.summary, entry.summary_text) == ("One.\n\nTwo.", True)


def test_enclosures_and_media_are_collected_with_type_and_length() -> None:
    entry = rss(
        '<guid>1</guid><enclosure url="a.mp3" type="audio/mpeg" length="123"/><enclosure url="b.mp3" length="x"/>'
        '<media:content url="c.mp4" type="video/mp4" fileSize="9"/><media:thumbnail url="t.jpg"/>',
        namespaces=MEDIA,
    )
    assert entry.enclosures == (
        Enclosure("a.mp3", "audio/mpeg", 123),
        Enclosure("b.mp3", "", None),
        Enclosure("c.mp4", "video/mp4", 9),
    )
    assert entry.image == "t.jpg"


def test_the_other_fields_of_an_rss_item() -> None:
    entry = rss(
        "<title>t</title><guid isPermaLink='false'>g-1</guid><category domain='x'>News</category>"
        "<category>Đảng</category>"
        "<pubDate>Mon, 16 Dec 2024 12:00:00 +0700</pubDate><dc:date>2024-12-17T00:00:00Z</dc:date>"
        "<comments>https://a.example/c</comments><dc:language>vi</dc:language><dc:rights>© A</dc:rights>",
        namespaces=DC,
    )
    assert entry.guid == "g-1"
    assert entry.categories == ("News", "Đảng")
    assert (entry.published, entry.updated) == ("Mon, 16 Dec 2024 12:00:00 +0700", "2024-12-17T00:00:00Z")
    assert (entry.comments, entry.language, entry.rights) == ("https://a.example/c", "vi", "© A")
    assert entry.base == URL


def test_the_channel_is_read() -> None:
    feed = read(
        "<rss version='2.0'><channel><title>A &amp; B</title><link>https://a.example/</link><language>vi-VN</language>"
        "<managingEditor>ed@a.example (Ed)</managingEditor><ttl>60</ttl><copyright>© A</copyright>"
        "<lastBuildDate>Mon, 16 Dec 2024 05:00:00 GMT</lastBuildDate><item><guid>1</guid></item></channel></rss>"
    )
    assert (feed.kind, feed.title, feed.link, feed.language) == ("rss20", "A & B", "https://a.example/", "vi-VN")
    assert (feed.ttl, feed.rights, feed.updated) == (60, "© A", "Mon, 16 Dec 2024 05:00:00 GMT")
    assert feed.authors == (Person("ed@a.example (Ed)"),)


def test_rss_1_0_is_read() -> None:
    feed = read(
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">'
        '<channel rdf:about="https://a.example/"><title>T</title></channel>'
        '<item rdf:about="https://a.example/1"><title>t</title><link>https://a.example/1</link></item></rdf:RDF>'
    )
    assert feed.kind == "rss10"
    assert [(entry.guid, entry.link) for entry in feed.entries] == [("https://a.example/1", "https://a.example/1")]


# Atom.


@pytest.mark.parametrize(
    ("title", "text", "is_html"),
    [
        ("<title>a &lt;b&gt; &amp;amp;</title>", "a <b> &amp;", False),
        ('<title type="html">a &lt;b&gt;c&lt;/b&gt;</title>', "a <b>c</b>", True),
        (
            '<title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">a <b>c</b> &lt;</div></title>',
            "a <b>c</b> &lt;",
            True,
        ),
    ],
)
def test_atom_titles_are_what_their_type_says(title: str, text: str, is_html: bool) -> None:
    entry = atom(f"<id>urn:x:1</id>{title}")
    assert (entry.title, entry.title_html) == (text, is_html)


def test_the_fields_of_an_atom_entry() -> None:
    entry = atom(
        "<id>tag:a.example,2024:1</id><title>t</title><updated>2024-12-17T00:00:00Z</updated>"
        "<published>2024-12-16T00:00:00Z</published><link rel='edit' href='/edit'/>"
        "<link rel='alternate' type='application/pdf' href='/1.pdf'/><link href='/1' hreflang='vi'/>"
        "<link rel='enclosure' href='/1.mp3' type='audio/mpeg' length='5'/>"
        "<author><name>Ann</name><email>ann@a.example</email><uri>/ann</uri></author><author><name>Bob</name></author>"
        "<category term='news' label='News' scheme='https://a.example/s'/><rights>© A</rights>"
        "<summary>short</summary><content type='text'>1 &lt; 2</content>",
        root='xml:lang="vi"',
    )
    assert (entry.guid, entry.link, entry.language) == ("tag:a.example,2024:1", "/1", "vi")
    assert entry.authors == (Person("Ann", "ann@a.example", "/ann"), Person("Bob"))
    assert (entry.published, entry.updated) == ("2024-12-16T00:00:00Z", "2024-12-17T00:00:00Z")
    assert entry.enclosures == (Enclosure("/1.mp3", "audio/mpeg", 5),)
    assert (entry.categories, entry.rights) == (("news",), "© A")
    assert (entry.content, entry.content_text, entry.summary, entry.summary_text) == ("1 < 2", True, "short", True)


def test_atom_0_3_is_read() -> None:
    feed = read(
        '<feed version="0.3" xmlns="http://purl.org/atom/ns#"><title>T</title><entry><id>urn:x:1</id><title>t</title>'
        '<link rel="alternate" type="text/html" href="https://a.example/1"/><issued>2004-01-01T00:00:00Z</issued>'
        "<modified>2004-01-02T00:00:00Z</modified>"
        '<content type="text/html" mode="escaped">&lt;p&gt;x&lt;/p&gt;</content>'
        "</entry></feed>"
    )
    entry = feed.entries[0]
    assert (feed.kind, entry.link, entry.content) == ("atom03", "https://a.example/1", "<p>x</p>")
    assert (entry.published, entry.updated) == ("2004-01-01T00:00:00Z", "2004-01-02T00:00:00Z")


def test_of_several_contents_html_is_preferred() -> None:
    entry = atom("<id>urn:x:1</id><content type='text'>x</content><content type='html'>&lt;i&gt;x&lt;/i&gt;</content>")
    assert (entry.content, entry.content_text) == ("<i>x</i>", False)


@pytest.mark.parametrize(
    ("root", "of_entry", "base"),
    [
        ("", "", URL),
        ('xml:base="https://site.example/blog/"', "", "https://site.example/blog/"),
        ('xml:base="/blog/"', "", "https://site.example/blog/"),
        ('xml:base="https://site.example/blog/"', 'xml:base="2024/"', "https://site.example/blog/2024/"),
        ('xml:base="https://elsewhere.example/"', "", "https://elsewhere.example/"),
        ('xml:base="javascript:alert(1)"', "", URL),
        ('xml:base="http://[x]/"', "", URL),
        ('xml:base="http://[::1"', "", URL),
        ('xml:base="//a\u2100b/"', "", URL),
        ('xml:base="http://e.org:x/"', "", URL),
        ('xml:base="https://site.example/"', 'xml:base="http://[::1%25eth0]/"', "https://site.example/"),
    ],
)
def test_an_xml_base_counts_if_it_is_a_web_address(root: str, of_entry: str, base: str) -> None:
    feed = read(
        f'<feed xmlns="http://www.w3.org/2005/Atom" {root}><entry {of_entry}><id>urn:x:1</id>'
        "<content type='html'>x</content></entry></feed>"
    )
    assert feed.entries[0].base == base


@pytest.mark.parametrize("base", ["http://[x]/", "http://[::1", "//a\u2100b/", "http://e.org:x/", "http:"])
def test_a_root_whose_base_is_no_address_is_read_by_the_lenient_lane_too(base: str) -> None:
    feed = read(f'<rss version="2.0" xml:base="{base}"><channel><title>T</title><item><link>a</link><b></item>')
    assert (feed.lane, absolute(feed.entries[0].link, feed.entries[0].base)) == ("lenient", urljoin(URL, "a"))


@pytest.mark.parametrize(
    ("around", "inside", "shown"),
    [
        ('<div xml:base="https://o.example/b/">', '<a href="c">x</a>', '<a href="https://o.example/b/c">x</a>'),
        ("<div>", '<p xml:base="d/"><img src="e"/></p><a href="f">x</a>',
         '<p xml:base="d/"><img src="d/e"></p><a href="f">x</a>'),
        ('<div xml:base="/b/">',
         '<p xml:base="c/"><a href="d">x</a><a href="#e">y</a></p><a href="mailto:f@g.example">z</a>',
         '<p xml:base="c/"><a href="/b/c/d">x</a><a href="#e">y</a></p><a href="mailto:f@g.example">z</a>'),
        ('<div xml:base="javascript:1">', '<a href="c">x</a>', '<a href="c">x</a>'),
    ],
)  # fmt: skip
def test_an_xml_base_within_a_text_counts_there(around: str, inside: str, shown: str) -> None:
    entry = atom(
        f"<id>urn:x:1</id><content type='xhtml'>{around.replace('<div', '<div xmlns=' + chr(34) + XHTML + chr(34))}"
        f"{inside}</div></content>"
    )
    assert entry.content == shown


@pytest.mark.parametrize("text", ['{"a": "x\ty\nz,]", "b": [1, 2,\n],}', '{"a": "x\\ty\\nz,]", "b": [1, 2]}'])
def test_json_that_browsers_and_scripts_write_by_hand_is_read(text: str) -> None:
    feed = read(
        f'{{"version": "https://jsonfeed.org/version/1.1", "items": [{{"id": "1", "x": {text}, "title": "T",}},]}}'
    )
    assert [entry.title for entry in feed.entries] == ["T"]


def test_an_xml_base_does_not_leak_into_the_next_entry_nor_into_ids() -> None:
    feed = read(
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry xml:base="https://site.example/a/"><id>urn:x:1</id>'
        "<content>x</content></entry><entry><id>post-2</id><content>x</content></entry></feed>"
    )
    assert [entry.base for entry in feed.entries] == ["https://site.example/a/", URL]
    assert feed.entries[1].guid == "post-2"


# JSON Feed.


def json_feed(*items: object, **feed: object) -> bytes:
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "T", "items": items, **feed}).encode()


def test_the_fields_of_a_json_feed() -> None:
    feed = read(
        json_feed(
            {
                "id": 17,
                "url": "/1",
                "title": "a <b> &amp;",
                "content_html": "<p>x</p>",
                "content_text": "x",
                "summary": "s",
                "image": "/i.png",
                "date_published": "2024-12-16T05:00:00Z",
                "date_modified": "2024-12-17T05:00:00Z",
                "authors": [{"name": "Ann", "url": "/ann"}, "junk"],
                "tags": ["news", 5],
                "language": "vi",
                "attachments": [{"url": "/a.mp3", "mime_type": "audio/mpeg", "size_in_bytes": 7}, {"url": 1}],
            },
            feed_url="https://a.example/feed.json",
            home_page_url="https://a.example/",
            language="en",
            author={"name": "Old"},
        )
    )
    assert (feed.kind, feed.id, feed.link) == ("json", "https://a.example/feed.json", "https://a.example/")
    assert (feed.title, feed.language, feed.authors) == ("T", "en", (Person("Old"),))
    assert feed.entries == (
        RawEntry(
            guid="17",
            link="/1",
            title="a <b> &amp;",
            title_html=True,
            summary="s",
            summary_text=True,
            content="<p>x</p>",
            published="2024-12-16T05:00:00Z",
            updated="2024-12-17T05:00:00Z",
            authors=(Person("Ann", uri="/ann"),),
            categories=("news", "5"),
            enclosures=(Enclosure("/a.mp3", "audio/mpeg", 7), Enclosure("1")),
            language="vi",
            image="/i.png",
            base=URL,
            digest=feed.items[0],
        ),
    )


@pytest.mark.parametrize(
    ("item", "guids"),
    [
        ({"id": "a\ud800b"}, ["a\ufffdb"]),
        ({"id": None, "url": "/1", "tags": "x", "authors": {}, "attachments": [None]}, [""]),
        ({"id": True}, []),
        ("junk", []),
    ],
)
def test_wrong_types_in_a_json_feed_count_as_left_out(item: object, guids: list[str]) -> None:
    assert [entry.guid for entry in read(json_feed(item)).entries] == guids


def test_a_json_feed_with_only_text_is_plain_text() -> None:
    entry = read(b"\xef\xbb\xbf" + json_feed({"id": "1", "content_text": "1 < 2"})).entries[0]
    assert (entry.content, entry.content_text) == ("1 < 2", True)


# Real feeds.


def test_no_entry_of_a_real_feed_is_lost_and_each_can_be_told_apart(corpus: Path) -> None:
    items = {known["file"]: known["items"] for known in json.loads((corpus / "manifest.json").read_text())}
    for path in sorted(path for path in corpus.glob("*") if path.suffix in (".rss", ".atom", ".rdf")):
        feed = read(path.read_bytes())
        assert feed.entries, path.name
        assert all(entry.guid or entry.link or entry.content for entry in feed.entries), path.name
        assert all(entry.title or entry.summary or entry.content for entry in feed.entries), path.name
        if not any(warning.startswith("W_CUT") for warning in feed.warnings):
            assert len(feed.entries) == items.get(path.name, len(feed.entries)), path.name
