"""Real readers subscribe to a running site: they show what it publishes, follow it, are told when nothing changed."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from support.feed_readers import READERS, Liferea, Newsboat, Relay, Sfeed, Shown, tool
from support.site import Site, eventually

STORY = """---
author: Lê Diệp Anh
---
# Chuyến phà {name} chạy lại & “đúng giờ”

Chuyến phà đầu tiên rời bến lúc **sáu giờ**, và 3 < 4 người đã chờ sẵn; bài này đủ dài để đọc thành một câu chuyện.
"""
SOUND = b"ID3\x04\x00\x00\x00\x00\x00\x00" + bytes(2048)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One running site for all readers; each brings an article of its own."""
    made = Site(tmp_path_factory.mktemp("site"))
    with made.running():
        yield made


@pytest.mark.parametrize("name", READERS)
def test_a_reader_subscribes_shows_follows_and_is_told_when_nothing_changed(
    site: Site, tmp_path: Path, name: str
) -> None:
    for program in READERS[name].programs:
        tool(program)
    title = f"Chuyến phà {name} chạy lại & “đúng giờ”"
    site.drop(f"{name}.mp3", SOUND)
    site.drop(f"{name}.md", STORY.format(name=name))
    eventually(lambda: _published(site, title, f"{name}.mp3"), "the article")
    with ExitStack() as stack:
        atom, rss = (_subscribed(stack, site, tmp_path / form, name, form) for form in ("atom", "rss"))
        links = set()
        for reader, relay in (atom, rss):
            shown = _after_reload(reader, title)
            assert shown.link.startswith(f"{site.base_url}/entries/")
            assert "<strong>sáu giờ</strong>, và 3 &lt; 4 người" in shown.text
            assert shown.author == "Lê Diệp Anh"
            assert shown.enclosure.startswith(f"{site.base_url}/media/")
            assert shown.enclosure.endswith(f"/{name}.mp3")
            _until_told_that_nothing_changed(reader, relay)
            assert [one.title for one in reader.shown()].count(title) == 1
            links.add(shown.link)
        (link,) = links

        edited = title.replace("chạy lại", "nghỉ ba ngày")
        site.drop(f"{name}.md", STORY.format(name=name).replace("chạy lại", "nghỉ ba ngày") + "\nTin thêm.\n")
        site.drop(f"more-{name}.txt", f"More of {name}\n\nAnother text, long enough to be read by somebody.\n")
        eventually(lambda: _published(site, edited, f"More of {name}"), "the edit and a new article")
        for reader, relay in (atom, rss):
            assert _after_reload(reader, f"More of {name}").link != link
            changed = [one for one in reader.shown() if one.title == edited]
            assert [one.link for one in changed] == ([link] if reader.follows_edits else [])
            assert all("Tin thêm." in one.text for one in changed)
            _until_told_that_nothing_changed(reader, relay)
            assert {200, 304} <= set(relay.statuses) <= {200, 226, 304}


def _subscribed(
    stack: ExitStack, site: Site, folder: Path, name: str, form: str
) -> tuple[Newsboat | Sfeed | Liferea, Relay]:
    folder.mkdir()
    relay = Relay(site.port, f"/feeds/all.{form}")
    stack.enter_context(relay)
    reader = READERS[name](folder, relay.feed)
    stack.enter_context(reader)
    return reader, relay


def _published(site: Site, *words: str) -> bool:
    bodies = [site.get(f"/feeds/all.{form}").body.decode() for form in ("atom", "rss")]
    return all(re.sub("&amp;|&#x26;", "&", body).find(word) > 0 for body in bodies for word in words)


def _after_reload(reader: Newsboat | Sfeed | Liferea, title: str) -> Shown:
    """The entry with this title, once the reader has reloaded."""
    reader.reload()
    eventually(lambda: any(one.title == title for one in reader.shown()), f"{title} among {reader.shown()}")
    return next(one for one in reader.shown() if one.title == title)


def _until_told_that_nothing_changed(reader: Newsboat | Sfeed | Liferea, relay: Relay) -> None:
    """A 304 within three reloads."""
    for _ in range(3):
        known = len(relay.statuses)
        reader.reload()
        eventually(lambda known=known: len(relay.statuses) > known, "a request")  # type: ignore[misc]
        if relay.statuses[-1] == 304:
            return
    pytest.fail(f"never 304: {relay.statuses}")
