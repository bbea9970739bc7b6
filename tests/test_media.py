"""Files beside the articles: published with them, under /media/, and nothing else of the disk."""

import hashlib
import json
import os
import re
import sqlite3
import struct
import zlib
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from feeds.serve.media import requested_range
from feeds.text.urls import LOCAL
from support.ingest import START, Bench, Clock, bench
from support.site import Site
from support.validity import check_atom, check_json, check_rss

STORY = "The ferry runs again\nThe ferry left the pier at seven this morning with eleven people on board.\n"


def picture(width: int = 2) -> bytes:
    """A PNG (ISO/IEC 15948) of one colour."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, width, 8, 2, 0, 0, 0)
    rows = b"".join(b"\0" + b"\x10\x20\x30" * width for _ in range(width))
    parts = (chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def items(site: Site) -> dict[str, dict[str, Any]]:
    return {item["title"]: item for item in json.loads(site.documents()["/feeds/all.json"])["items"]}


def local(site: Site, url: str) -> str:
    assert url.startswith(f"{site.base_url}/media/")
    return url.removeprefix(site.base_url)


def kept(site: Site) -> list[str]:
    return sorted(path.name for path in (site.root / "data" / "media").glob("*/*"))


def test_a_picture_of_the_articles_name_is_its_picture(site: Site) -> None:
    site.drop("news/ferry.txt", STORY)
    site.drop("news/Ferry.PNG", picture())
    site.cycle()
    (item,) = items(site).values()
    assert item["attachments"] == [{"url": item["image"], "mime_type": "image/png", "size_in_bytes": len(picture())}]
    documents = site.documents()
    rss, atom = documents["/feeds/all.rss"].decode(), documents["/feeds/all.atom"].decode()
    assert f'<enclosure url="{item["image"]}" length="{len(picture())}" type="image/png"/>' in rss
    assert f'<media:thumbnail url="{item["image"]}"' in rss
    assert f'<media:thumbnail url="{item["image"]}"' in atom
    assert 'rel="enclosure"' in atom
    for path, check in (
        ("/feeds/all.rss", check_rss),
        ("/feeds/all.atom", check_atom),
        ("/feeds/all.json", check_json),
    ):
        assert check(documents[path]) == []


def test_what_is_served_is_the_file_and_nothing_runs(site: Site) -> None:
    site.drop("a.md", "# A\n\n![x](x.png) ![plan](plan.svg) [page](p%20q.pdf) <audio src='s.mp3'></audio>\n")
    site.drop("x.png", picture())
    site.drop("plan.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>")
    site.drop("s.mp3", b"ID3" + bytes(500))
    site.drop("fake.md", "# B\n\n[x](fake.mp3)\n")
    site.drop("fake.mp3", b"<html><script>alert(1)</script>")
    site.cycle()
    with site.running():
        content = items(site)["A"]["content_html"]
        found = {url.rpartition("/")[2]: local(site, url) for url in content.split('"') if "/media/" in url}
        assert found.keys() == {"x.png", "plan.svg", "s.mp3"}
        answer = site.get(found["x.png"])
        assert (answer.status, answer.body, answer.headers["content-type"]) == (200, picture(), "image/png")
        assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "immutable" in answer.headers["cache-control"]
        assert site.get(found["x.png"], {"If-None-Match": answer.headers["etag"]}).status == 304
        some = site.get(found["s.mp3"], {"Range": "bytes=1-2"})
        assert (some.status, some.body, some.headers["content-range"]) == (206, b"D3", "bytes 1-2/503")
        assert some.headers["x-content-type-options"] == "nosniff"
        sound, tag = found["s.mp3"], some.headers["etag"]
        assert site.get(sound, {"Range": "bytes=-3"}).headers["content-range"] == "bytes 500-502/503"
        beyond = site.get(sound, {"Range": "bytes=900-"})
        assert (beyond.status, beyond.headers["content-range"]) == (416, "bytes */503")
        assert beyond.headers["x-content-type-options"] == "nosniff"
        for whole in (
            {"Range": "bytes=0-1,5-6"},
            {"Range": "lines=1-2"},
            {"Range": "bytes=2-1"},
            {"Range": "bytes=1-2", "If-Range": '"other"'},
            {"Range": "bytes=1-2", "If-Range": f"W/{tag}"},
        ):
            answer = site.get(sound, whole)
            assert (answer.status, len(answer.body)) == (200, 503)
        assert site.get(sound, {"Range": "bytes=1-2", "If-Range": tag}).status == 206
        assert site.get(sound, {"Range": "bytes=1-2", "If-Range": some.headers["last-modified"]}).status == 206
        assert site.get(sound, {"Range": "bytes=1-2", "If-None-Match": tag}).status == 304
        assert site.get(sound, {"If-Modified-Since": some.headers["last-modified"]}).status == 304
        assert site.get(sound, {"Range": "bytes=1-2"}, "HEAD").status == 200
        assert site.get(found["s.mp3"], method="HEAD").headers["content-length"] == "503"
        drawing = site.get(found["plan.svg"])
        assert drawing.headers["content-disposition"].startswith("attachment")
        (fake,) = (local(site, url) for url in items(site)["B"]["content_html"].split('"') if "/media/" in url)
        assert site.get(fake).headers["content-type"] == "application/octet-stream"
        for path in ("/media/", f"/media/{'0' * 32}/x.png", f"{found['x.png']}x", "/media/..%2f..%2f/seedfeed.sqlite"):
            assert site.get(path).status == 404


@pytest.mark.parametrize(
    ("header", "span"),
    [
        ("bytes=0-0", (0, 1)),
        ("Bytes=1-2", (1, 3)),
        ("bytes=5-", (5, 10)),
        ("bytes=5-99", (5, 10)),
        ("bytes=-3", (7, 10)),
        ("bytes=-99", (0, 10)),
        ("bytes=10-", (10, 10)),  # beyond the end: 416
        ("bytes=-0", (10, 10)),
        ("bytes=3-2", None),
        ("bytes=-", None),
        ("bytes=", None),
        ("bytes=a-b", None),
        ("bytes=0-1,3-4", None),
        ("bytes=\u0661-2", None),
        ("bytes=1-99999999999999999999", None),
        ("lines=1-2", None),
        ("", None),
    ],
)
def test_one_part_is_read_and_anything_else_is_the_whole(header: str, span: tuple[int, int] | None) -> None:
    assert requested_range(header, 10) == span


FORBIDDEN = (
    "../../secret.png", "/../secret.png", "_drafts/x.png", ".hidden.png", "link.png", "site.toml", "folder/x.png",
    "list.opml", "%2e%2e/%2e%2e/secret.png", "..\\..\\secret.png", "pipe.png", "big.png", "no.png",
)  # fmt: skip


def test_nothing_else_of_the_disk_is_published(site: Site) -> None:
    (site.root / "secret.png").write_bytes(picture())
    (site.root / "elsewhere").mkdir()
    (site.root / "elsewhere" / "x.png").write_bytes(picture())
    site.drop("_drafts/x.png", picture())
    site.drop(".hidden.png", picture())
    site.drop("list.opml", "<opml version='2.0'><head/><body/></opml>")
    (site.seeds / "link.png").symlink_to(site.root / "secret.png")
    (site.seeds / "folder").symlink_to(site.root / "elsewhere")
    os.mkfifo(site.seeds / "pipe.png")
    with (site.seeds / "big.png").open("wb") as file:
        file.truncate(21 * 2**20)
    for number, reference in enumerate(FORBIDDEN):
        site.drop(
            f"a{number}.html", f"<h1>A{number}</h1><p>Before <img src='{reference}'> <a href='{reference}'>y</a>."
        )
    told = site.attempt("worker", "--once").stderr
    found = items(site)
    for number, reference in enumerate(FORBIDDEN):
        assert f"a{number}.html: refers to {reference}, of which there is no plain file" in told
        content = found[f"A{number}"]["content_html"]
        assert "Before" in content
        assert "src" not in content
        assert "href" not in content
    assert kept(site) == []


def shown(home: Bench) -> dict[str, dict[str, Any]]:
    found = home.store.representations.of("/feeds/all.json")
    return {item["title"]: item for item in json.loads(found.body)["items"]} if found else {}


def put(home: Bench, path: str, content: str | bytes) -> Path:
    place = home.home.seeds / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content.encode() if isinstance(content, str) else content)
    return place


def test_a_file_that_comes_changes_and_goes_later_changes_its_articles_alone(tmp_path: Path) -> None:
    with bench(tmp_path) as home:
        put(home, "a.md", "# A\n\n![x](pics/x.png)\n")
        put(home, "b.txt", STORY)
        home.cycle(seconds=5)
        before = shown(home)
        assert "img" not in before["A"]["content_html"]
        contents = []
        for width in (2, 3):
            drawn = put(home, "pics/x.png", picture(width))
            home.cycle(seconds=5)
            contents.append(shown(home)["A"]["content_html"])
        assert all("/media/" in content for content in contents)
        assert contents[0] != contents[1]
        drawn.unlink()
        home.cycle(seconds=5)
        after = shown(home)
        assert "img" not in after["A"]["content_html"]
        assert after["A"]["id"] == before["A"]["id"]
        assert after["The ferry runs again"] == before["The ferry runs again"]


@pytest.mark.parametrize(
    ("markup", "shown"),
    [
        ('<img srcset="pier.png 1x, gone.png 0.5x" alt="Pier">', '<img src="{}" alt="Pier">'),
        ('<img src="blank.gif" data-src="pier.png">', '<img src="{}">'),
        ('<img srcset="gone.png 2x">', ""),
        ('<img srcset="gone.png 2x" alt="Gone">', "Gone"),
        ('<picture><source srcset="gone.webp"><img src="pier.png"></picture>', '<picture><img src="{}"></picture>'),
        ('<picture><source srcset="gone.webp"><img src="gone.png"></picture>', "<picture></picture>"),
    ],
)
def test_of_the_addresses_of_a_picture_one_counts_and_none_that_is_not_there(
    site: Site, markup: str, shown: str
) -> None:
    site.drop("pier.png", picture())
    site.drop("a.md", f"# The pier\n\nHere:\n\n<p>{markup}</p>\n")
    site.drop("b.html", f"<h1>The same</h1><p>Here:</p><p>{markup}</p>")
    site.cycle()
    for item in items(site).values():
        (content,) = re.findall(r"<p>Here:</p>\s*(.*)", item["content_html"])
        found = re.findall('src="([^"]*)"', content)
        assert all(local(site, url) for url in found)
        assert content.replace(f"<p>{shown.format(*found)}</p>", "") == ""


def test_a_new_address_of_the_site_moves_the_files_and_nothing_else(tmp_path: Path) -> None:
    with bench(tmp_path) as home:
        put(home, "ferry.txt", STORY)
        put(home, "ferry.png", picture())
        put(home, "a.md", "# A\n\n![x](ferry.png) [the story](ferry.txt)\n")
        home.cycle(seconds=5)
        before = shown(home)
    with bench(tmp_path, 'base_url = "https://news.example"') as home:
        home.cycle(seconds=500)
        after = shown(home)
    assert after["The ferry runs again"]["image"].startswith("https://news.example/media/")
    assert after["A"]["content_html"].count("https://news.example/") == 2
    for title, item in after.items():
        assert (item["id"], item["date_modified"]) == (before[title]["id"], before[title]["date_modified"])


REFERRING = """---
title: Referring
link: /about?a=1&b=2
author: {name: Maren, url: ../me}
image: ?picture=1
---
[query](?x=1) [fragment](#far) [elsewhere](//other.example/z) ![picture](?p=1) <q cite="?c">said</q>
<video src="?v" poster="?w"></video>
"""


def test_references_in_an_article_follow_the_address_of_the_site(tmp_path: Path) -> None:
    with bench(tmp_path) as home:
        put(home, "refers.md", REFERRING)
        put(home, "titled.md", "---\nauthor: {name: '\u200b', url: /me}\n---\n# Of nobody\n\nText.\n")
        put(home, "seeds-page.html", "<h1>Page</h1><p>A page with a <a href='?x'>link</a> and words around it.</p>")
        home.cycle(seconds=5)
        before = shown(home)
        found = home.store.entries.find("http://127.0.0.1:8080/about?a=1&b=2")
        assert found and found[0] == before["Referring"]["id"]
    with bench(tmp_path, 'base_url = "https://news.example/paper"') as home:
        home.cycle(seconds=500)
        after = shown(home)
        documents = home.store.connection.execute("SELECT path, body FROM representations").fetchall()
        home.cycle(seconds=500)  # nothing is read again
        assert shown(home) == after
        found = home.store.entries.find("https://news.example/paper/about?a=1&b=2")
        assert found and found[0] == before["Referring"]["id"]
    item = after["Referring"]
    base = "https://news.example/paper/"
    assert item["url"] == f"{base}about?a=1&b=2"
    assert item["authors"] == [{"name": "Maren", "url": f"{base}me"}]
    assert item["image"] == f"{base}?picture=1"
    for reference in ("?x=1", "about?a=1&amp;b=2#far", "?p=1", "?c", "?v", "?w"):
        assert f'"{base}{reference}"' in item["content_html"]
    assert '"https://other.example/z"' in item["content_html"]
    for path, body in documents:
        assert not re.search(rb"127\.0\.0\.1|seedfeed\.invalid", body), path
    for title, item in after.items():
        assert (item["id"], item["date_modified"]) == (before[title]["id"], before[title]["date_modified"])


def test_references_that_an_older_version_kept_under_an_old_address_are_mended(tmp_path: Path) -> None:
    with bench(tmp_path) as home:
        put(home, "refers.md", REFERRING)
        put(home, "plain.txt", STORY)
        home.cycle(seconds=5)
        before = shown(home)
    store = tmp_path / "data" / "seedfeed.sqlite"
    with closing(sqlite3.connect(store)) as old, old:
        for column in ("permalink", "canonical", "authors", "content", "image"):
            old.execute(f"UPDATE entries SET {column} = replace({column}, ?, ?)", (LOCAL, "http://127.0.0.1:8080"))
        old.execute("UPDATE entries SET digest = 'of the old permalink' WHERE permalink <> ''")
        old.execute("DELETE FROM _sqlite_migrations WHERE name LIKE 'm017%'")
        old.execute("PRAGMA user_version = 16")
    with bench(tmp_path, 'base_url = "https://news.example"', Clock(START + timedelta(hours=1))) as home:
        assert home.cycle(everything=False).changed == 1
        after = shown(home)
        assert "127.0.0.1" not in json.dumps(after)
        assert after["Referring"]["url"] == "https://news.example/about?a=1&b=2"
        for title, item in after.items():
            assert (item["id"], item["date_modified"]) == (before[title]["id"], before[title]["date_modified"])
        put(home, "refers.md", REFERRING.replace("said", "thought"))
        home.cycle(hours=1)
        assert shown(home)["Referring"]["date_modified"] > after["Referring"]["date_modified"]


def test_drafts_publish_no_files_and_deleted_copies_grow_back(tmp_path: Path) -> None:
    def copies() -> list[str]:
        return [path.name for path in (tmp_path / "data" / "media").glob("*/*")]

    with bench(tmp_path) as home:
        put(home, "a.md", "---\ndraft: true\n---\n# A\n\n![x](x.png)\n")
        put(home, "x.png", picture())
        home.cycle(seconds=5)
        assert copies() == []
        put(home, "a.md", "# A\n\n![x](x.png)\n")
        home.cycle(seconds=5)
        assert copies() == ["x.png"]
        for path in home.home.media.glob("*/*"):
            path.unlink()
    with bench(tmp_path) as home:
        home.cycle(seconds=500)
        assert copies() == ["x.png"]


def test_pictures_of_a_word_document_are_published(site: Site) -> None:
    import io

    import docx

    document = docx.Document()
    document.add_heading("A report", 0)
    document.add_paragraph("The weir holds.")
    document.add_picture(io.BytesIO(picture()))
    saved = io.BytesIO()
    document.save(saved)
    site.drop("report.docx", saved.getvalue())
    site.cycle()
    content = items(site)["A report"]["content_html"]
    assert f' src="{site.base_url}/media/' in content
    assert len(kept(site)) == 1


JPEG_XL = b"\0\0\0\x0cJXL \r\n\x87\n" + struct.pack(">I4s4x", 18, b"Exif") + b"SECRET"


def test_pictures_tell_neither_place_nor_owner(tmp_path: Path) -> None:
    """Those beside an article, those that it names, and those inside of a Word document."""
    import io

    import docx

    document = docx.Document()
    document.add_heading("A report", 0)
    document.add_picture(io.BytesIO(photo(1)))
    saved = io.BytesIO()
    document.save(saved)
    with bench(tmp_path) as home:
        put(home, "a.md", "# A\n\n![x](x.jpg) [x](scan.tif) [x](broken.jpg) ![x](x.jxl) [x](y.jpg)\n")
        put(home, "a.png", photo(2))
        put(home, "x.jpg", photo(3))
        put(home, "report.docx", saved.getvalue())
        put(home, "scan.tif", b"II*\0" + struct.pack("<IHHHII", 8, 1, 0x8825, 4, 1, 26) + bytes(4) + b"SECRET")
        put(home, "broken.jpg", b"\xff\xd8\xff\xe1\xff\xff SECRET")
        put(home, "x.jxl", JPEG_XL)
        put(home, "y.jpg", b"SECRET")
        (told,) = home.cycle(seconds=5).problems
        assert told.code == "W_MEDIA"
        assert told.message.count("may say where and by whom it was made") == 4
        copies = list(home.home.media.glob("*/*"))
        assert len(copies) == 3
        assert not any(b"SECRET" in copy.read_bytes() for copy in copies)
        (attachment,) = shown(home)["A"]["attachments"]
        assert attachment["size_in_bytes"] == next(copy for copy in copies if copy.name == "a.png").stat().st_size
        assert home.cycle(seconds=5).changed == 0


def test_copies_of_an_older_version_are_made_again_and_announce_nothing(tmp_path: Path) -> None:
    raw = photo(2)
    with bench(tmp_path) as home:
        put(home, "a.md", "# A\n\n![x](x.png)\n")
        put(home, "x.png", raw)
        home.cycle(seconds=5)
        before = shown(home)["A"]
        # As a version left it that copied every byte.
        (copy,) = home.home.media.glob("*/*")
        new, old = copy.parent.name, hashlib.sha256(raw).hexdigest()[:32]
        copy.parent.rename(home.home.media / old)
        (home.home.media / old / "x.png").write_bytes(raw)
        connection = home.store.connection
        connection.execute("UPDATE entries SET content = replace(content, ?, ?)", (new, old))
        connection.execute("UPDATE media_files SET hash = ?", (old,))
        connection.execute("DELETE FROM facts WHERE name = 'media_version'")
        (home.home.media / old / "x.jpg").write_bytes(JPEG_XL)
        # The disk fails at first: no draft of a clean copy can be written.
        (home.home.media / old / ".x.png.part").mkdir()
    with bench(tmp_path) as home:
        (home.home.media / old / ".x.png.part").rmdir()
        home.ingest.upkeep()
        # What readers and caches still ask for.
        assert b"SECRET" not in (home.home.media / old / "x.png").read_bytes()
        assert not (home.home.media / old / "x.jpg").exists()
        home.cycle(hours=1)
        after = shown(home)["A"]
        assert (after["id"], after["date_modified"]) == (before["id"], before["date_modified"])
        assert new in after["content_html"]
        assert (home.home.media / new / "x.png").is_file()


def photo(width: int) -> bytes:
    """A picture whose maker signed it."""
    whole = picture(width)
    content = b"tEXtAuthor\0SECRET"
    return (
        whole[:33] + struct.pack(">I", len(content) - 4) + content + struct.pack(">I", zlib.crc32(content)) + whole[33:]
    )


def test_a_copy_that_is_lost_while_the_worker_runs_comes_back(tmp_path: Path) -> None:
    with bench(tmp_path) as home:
        put(home, "a.md", "# A\n\n![x](x.png)\n")
        put(home, "x.png", picture())
        home.cycle(seconds=5)
        before = shown(home)["A"]
        (copy,) = home.home.media.glob("*/*")
        copy.unlink()
        home.ingest.upkeep()
        home.cycle(seconds=5)
        assert copy.is_file()
        assert shown(home)["A"] == before


def test_copies_that_nobody_shows_are_swept_after_a_week(tmp_path: Path) -> None:
    with bench(tmp_path) as home:
        seeds = home.home.seeds
        (seeds / "a.txt").write_text(STORY, encoding="utf-8")
        (seeds / "a.png").write_bytes(picture())
        home.cycle(seconds=5)
        media = home.ingest.seeding.media
        (copy,) = home.home.media.glob("*/*")
        later = datetime(2100, 1, 1, tzinfo=UTC).timestamp()
        assert media.sweep(later) == 0
        (seeds / "a.txt").unlink()
        home.cycle(seconds=120)
        home.cycle(seconds=120)
        assert media.sweep(copy.stat().st_mtime + 86400) == 0
        assert media.sweep(later) == 1
        assert not list(home.home.media.iterdir())
