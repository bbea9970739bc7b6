"""Files, pictures and episodes in our documents: Media RSS, podcast tags, attachments; and rights and via."""

import json
from dataclasses import replace
from typing import Any

import pytest
from lxml import etree
from test_render import BASE, EXTERNAL, HEAD, NOW, OUTLET, SITE, WIRE, published

from feeds.model import Enclosure, Entry, Related
from feeds.publish.assembly import FORMATS, Format
from support import validity

atom, rss, jsonfeed = FORMATS

NAMES = {
    "a": "http://www.w3.org/2005/Atom",
    "media": "http://search.yahoo.com/mrss/",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "dc": "http://purl.org/dc/elements/1.1/",
}
PLAIN = replace(EXTERNAL, enclosures=(), image="")
LOW = Enclosure("https://a.vn/low.mp3", "audio/mpeg", 900, 1834, bitrate=64, group=1)
HIGH = Enclosure("https://a.vn/high.mp3", "audio/mpeg", 1800, 1834, bitrate=128, group=1)
PICTURE = Enclosure("https://a.vn/p.jpg", "image/jpeg", None, width=640, height=480, title="The pier <3 & cranes")
TALK = replace(
    PLAIN,
    enclosures=(Enclosure("https://a.vn/talk.mp3", "audio/mpeg", 900, 5471),),
    image="https://a.vn/talk.jpg",
    image_size=(300, 200),
    explicit=False,
)


def element(format_: Format, entry: Entry, **more: Any) -> etree._Element:
    made = replace(published(entry, OUTLET), **more)
    root = etree.fromstring(format_.document(HEAD, [format_.fragment(made, SITE)]))
    found = root.find("a:entry", NAMES) if format_ is atom else root.find("channel/item")
    assert found is not None
    return found


def outline(parent: etree._Element, path: str) -> list[str]:
    """Elements as "name key=value …: text", those inside after their parent."""
    found: list[str] = []
    below: Any = parent.xpath(f"./{path}", namespaces=NAMES)
    for one in below:
        for part in one.iter():
            said = "".join(f" {name}={value}" for name, value in part.attrib.items())
            text = f": {part.text}" if part.text else ""
            found.append(f"{etree.QName(part).localname}{said}{text}")
    return found


MP3 = Enclosure("https://a.vn/1.mp3", "audio/mpeg", 9)
WITH_TITLE = "content url=https://a.vn/p.jpg type=image/jpeg height=480 width=640"


@pytest.mark.parametrize(
    ("entry", "in_atom", "in_rss"),
    [
        pytest.param(replace(PLAIN, enclosures=(MP3,)), [], [], id="one file that a link names"),
        pytest.param(
            replace(PLAIN, enclosures=(replace(MP3, duration=61),)),
            ["content url=https://a.vn/1.mp3 fileSize=9 type=audio/mpeg duration=61"],
            [],  # itunes:duration says it
            id="a duration",
        ),
        pytest.param(
            replace(PLAIN, enclosures=(replace(MP3, type="", duration=61),)),
            ["content url=https://a.vn/1.mp3 fileSize=9 duration=61"],
            None,
            id="a duration of what may be anything",
        ),
        pytest.param(
            replace(PLAIN, enclosures=(MP3, PICTURE)),
            [WITH_TITLE, "title: The pier <3 & cranes"],
            None,
            id="a sound and a picture of known size",
        ),
        pytest.param(
            replace(PLAIN, enclosures=(Enclosure("https://a.vn/p.jpg", "image/jpeg"),), image="https://a.vn/p.jpg"),
            ["thumbnail url=https://a.vn/p.jpg"],
            None,
            id="a picture that is the file",
        ),
        pytest.param(
            replace(PLAIN, enclosures=(HIGH, LOW, PICTURE)),
            [
                WITH_TITLE,
                "title: The pier <3 & cranes",
                "group",
                "content url=https://a.vn/low.mp3 fileSize=900 type=audio/mpeg bitrate=64 duration=1834",
                "content url=https://a.vn/high.mp3 fileSize=1800 type=audio/mpeg isDefault=true bitrate=128"
                " duration=1834",
            ],
            None,
            id="two forms of one thing, and a caption",
        ),
        pytest.param(
            replace(PLAIN, enclosures=(replace(LOW, duration=None, bitrate=None), MP3)),
            [],
            [
                "content url=https://a.vn/1.mp3 fileSize=9 type=audio/mpeg",
                "content url=https://a.vn/low.mp3 fileSize=900 type=audio/mpeg",
            ],
            id="a group of one is none",
        ),
        pytest.param(
            replace(PLAIN, enclosures=(replace(MP3, duration=-1, width=0, height=2**40, bitrate=0),)),
            [],
            [],
            id="numbers that are none",
        ),
        pytest.param(
            replace(PLAIN, image="https://a.vn/p.jpg", image_size=(640, 480)),
            [
                "content url=https://a.vn/p.jpg medium=image width=640 height=480",
                "thumbnail url=https://a.vn/p.jpg width=640 height=480",
            ],
            None,
            id="a picture of known size",
        ),
        pytest.param(
            replace(PLAIN, image="https://a.vn/p.jpg", image_size=(640, 0)),
            ["content url=https://a.vn/p.jpg medium=image", "thumbnail url=https://a.vn/p.jpg"],
            None,
            id="a picture of half a size",
        ),
        pytest.param(
            replace(PLAIN, image="https://a.vn/p.jpg", enclosures=(MP3,)),
            ["thumbnail url=https://a.vn/p.jpg"],
            None,
            id="a picture beside a file",
        ),
    ],
)
def test_files_and_pictures_in_media_rss(entry: Entry, in_atom: list[str], in_rss: list[str] | None) -> None:
    path = "media:*[not(self::media:rating)]"
    assert outline(element(atom, entry), path) == in_atom
    assert outline(element(rss, entry), path) == (in_atom if in_rss is None else in_rss)


def test_an_episode_bears_podcast_tags_in_rss() -> None:
    assert outline(element(rss, TALK), "itunes:*") == [
        "author: Nguyễn An, Lê Bình",
        "image href=https://a.vn/talk.jpg",
        "duration: 1:31:11",
        "explicit: false",
    ]


def test_an_episode_is_told_in_media_rss_in_atom() -> None:
    entry = element(atom, TALK)
    assert outline(entry, "itunes:*") == []
    assert outline(entry, "media:rating") == ["rating scheme=urn:simple: nonadult"]
    assert outline(entry, "media:content/@duration/..") == [
        "content url=https://a.vn/talk.mp3 fileSize=900 type=audio/mpeg duration=5471"
    ]


@pytest.mark.parametrize(
    ("entries", "tags"),
    [
        ([PLAIN], []),
        ([replace(PLAIN, enclosures=(MP3,))], []),  # nobody told of a podcast
        ([replace(PLAIN, enclosures=(PICTURE,), explicit=True)], []),
        ([TALK], ["author: Tin nhà", "explicit: false"]),
        ([TALK, replace(TALK, id="urn:x-a:2", explicit=True)], ["author: Tin nhà", "explicit: true"]),
        ([replace(TALK, explicit=None)], ["author: Tin nhà", "explicit: false"]),
    ],
)
def test_a_channel_bears_podcast_tags_when_it_carries_episodes(entries: list[Entry], tags: list[str]) -> None:
    fragments = [rss.fragment(published(entry, OUTLET), SITE) for entry in entries]
    channel = etree.fromstring(rss.document(HEAD, fragments)).find("channel")
    assert channel is not None
    assert outline(channel, "itunes:*") == tags
    assert all(b"xmlns" not in fragment for fragment in fragments)


def test_words_in_a_text_do_not_make_a_podcast() -> None:
    entry = replace(PLAIN, title="<itunes:explicit>true</itunes:explicit>", content="&lt;itunes:author>")
    channel = etree.fromstring(rss.document(HEAD, [rss.fragment(published(entry, OUTLET), SITE)])).find("channel")
    assert channel is not None
    assert outline(channel, "itunes:*") == []


def attachments(entry: Entry) -> Any:
    return json.loads(jsonfeed.fragment(published(entry, OUTLET), SITE))["attachments"]


def test_attachments_in_json_have_durations_and_titles() -> None:
    """Two with one title are one thing in two forms (JSON Feed 1.1), so that forms without a title get the entry's."""
    assert attachments(replace(PLAIN, enclosures=(HIGH, LOW, PICTURE, MP3))) == [
        {
            "url": "https://a.vn/high.mp3",
            "mime_type": "audio/mpeg",
            "title": PLAIN.title,
            "duration_in_seconds": 1834,
            "size_in_bytes": 1800,
        },
        {
            "url": "https://a.vn/low.mp3",
            "mime_type": "audio/mpeg",
            "title": PLAIN.title,
            "duration_in_seconds": 1834,
            "size_in_bytes": 900,
        },
        {"url": "https://a.vn/p.jpg", "mime_type": "image/jpeg", "title": "The pier <3 & cranes"},
        {"url": "https://a.vn/1.mp3", "mime_type": "audio/mpeg", "size_in_bytes": 9},
    ]


RIGHTS = "© 2024 An & Bình"
VIA = "https://planet.example/today"
LENDER = Related("Storm", "https://tuoitre.vn/1", "Tuổi Trẻ")


def extension(entry: Entry, **more: Any) -> Any:
    made = replace(published(entry, OUTLET), **more)
    return json.loads(jsonfeed.fragment(made, SITE))["_seedfeed"]


def test_rights_are_the_entry_s_own_and_in_atom_its_feed_s_beside_them() -> None:
    stated = replace(PLAIN, rights=RIGHTS)
    assert outline(element(atom, stated), "a:rights|a:source/a:rights") == [
        f"rights: {RIGHTS}",
        "rights: © VnExpress & tác giả",
    ]
    assert outline(element(rss, stated), "dc:rights") == [f"rights: {RIGHTS}"]
    assert extension(stated)["rights"] == RIGHTS
    # RSS has no room for a source's: they are those of its entry.
    assert outline(element(rss, PLAIN), "dc:rights") == ["rights: © VnExpress & tác giả"]
    assert outline(element(atom, PLAIN), "a:rights") == []
    assert outline(element(rss, WIRE), "dc:rights") == []


def test_what_led_to_an_entry_or_its_text_is_linked_as_via() -> None:
    entry = replace(PLAIN, via=VIA)
    for format_ in (atom, rss):
        links = outline(element(format_, entry, lender=LENDER), "a:link[@rel='via']")
        assert links == [
            "link rel=via href=https://tuoitre.vn/1 title=Tuổi Trẻ",
            f"link rel=via href={VIA} title=planet.example",
        ]
    assert extension(entry, lender=LENDER)["via"] == [{"url": VIA, "source": "planet.example"}]
    assert extension(replace(entry, via=entry.permalink)).get("via") is None


def test_nobody_learns_where_a_private_source_found_something() -> None:
    made = published(replace(PLAIN, via=VIA), replace(OUTLET, private=True))
    for format_ in (atom, rss, jsonfeed):
        assert b"planet.example" not in format_.fragment(made, SITE)


@pytest.mark.parametrize(
    "entry",
    [
        TALK,
        replace(TALK, explicit=True, authors=()),
        replace(PLAIN, enclosures=(HIGH, LOW, PICTURE, MP3), image=PICTURE.url, rights="<b>&copy;</b>", via=VIA),
        replace(PLAIN, enclosures=(replace(MP3, duration=359_999, title="&copy <b>x</b>"),), rights=RIGHTS),
    ],
)
def test_validators_take_all_of_it(entry: Entry) -> None:
    checks = (
        (atom, "atom", validity.check_atom),
        (rss, "rss", validity.check_rss),
        (jsonfeed, "json", validity.check_json),
    )
    for format_, suffix, check in checks:
        body = format_.document(HEAD, [format_.fragment(published(entry, OUTLET), SITE)])
        found = validity.refused(check(body, f"{BASE}/feeds/all.{suffix}", NOW))
        assert found == [], body.decode()
