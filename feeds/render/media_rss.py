"""Files, pictures and episodes as elements: Media RSS, and Apple's podcast tags, which podcast clients read.

feedgen's own extensions have no captions, write yes and no where validators want true and false, and judge pictures by
the extension of their URL. Media RSS 1.5.1; Apple, "A Podcaster's Guide to RSS". In Atom an episode's details are in
Media RSS alone, since the podcast tags make validators ask for an owner's e-mail address, which we do not have.

Liferea lists a file with an enclosure and a media:content twice, and newsboat (RSS) prefers media:content to any
enclosure and takes the last one that plays. So a file has one only if that says more than its enclosure does; where
another file that plays has one, the first that plays has one too, and those of the first file are last.
"""

import html
from collections.abc import Iterable, Iterator, Sequence

from feedgen.ext.base import BaseEntryExtension, BaseExtension
from feedgen.ext.media import MediaExtension
from feedgen.ext.podcast import PodcastExtension
from lxml import etree

from feeds.model import Enclosure, Entry
from feeds.render.complete import looks_like_html
from feeds.text.plaintext import shorten

MEDIA: dict[str, str] = MediaExtension().extend_ns()
PODCAST: dict[str, str] = PodcastExtension().extend_ns()
_M = f"{{{MEDIA['media']}}}"
_I = f"{{{PODCAST['itunes']}}}"
_AUTHOR_LIMIT = 255
# In a fragment this can only be an element: text has its "<" escaped.
EPISODE = b"<itunes:"
EXPLICIT = b"<itunes:explicit>true<"


class EntryMedia(BaseEntryExtension):  # type: ignore[misc]  # feedgen has no types
    """Files and picture of an entry. entry: after `complete`."""

    entry: Entry | None = None

    def extend_atom(self, element: etree._Element) -> etree._Element:
        entry = self.entry
        if entry:
            _files(element, entry, [file for file in entry.enclosures if file.duration or _says_more(file)])
            if entry.explicit is not None:
                rating = etree.SubElement(element, f"{_M}rating", {"scheme": "urn:simple"})
                rating.text = "adult" if entry.explicit else "nonadult"
        return element

    def extend_rss(self, element: etree._Element) -> etree._Element:
        """RSS allows one enclosure; this adds the others."""
        entry = self.entry
        if entry:
            first, others = entry.enclosures[:1], entry.enclosures[1:]
            # itunes:duration is that of the first file that plays.
            told = [file for file in first if _says_more(file) or (file.duration and not file.plays)]
            _files(element, entry, [*told, *others])
        return element


class Episode(BaseEntryExtension):  # type: ignore[misc]  # feedgen has no types
    """The podcast tags of an item. entry: after `complete`."""

    entry: Entry | None = None

    def extend_rss(self, item: etree._Element) -> etree._Element:
        entry = self.entry
        if not entry:
            return item
        _author(item, ", ".join(author.name for author in entry.authors))
        if entry.image:
            etree.SubElement(item, f"{_I}image", {"href": entry.image})
        if duration := _duration(entry):
            minutes, seconds = divmod(duration, 60)
            etree.SubElement(item, f"{_I}duration").text = f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
        if entry.explicit is not None:
            etree.SubElement(item, f"{_I}explicit").text = _truth(entry.explicit)
        return item


class Show(BaseExtension):  # type: ignore[misc]  # feedgen has no types
    """The podcast tags of a channel with episodes. author: "" for a channel without."""

    author = ""
    explicit = False

    def extend_ns(self) -> dict[str, str]:
        return PODCAST

    def extend_rss(self, feed: etree._Element) -> etree._Element:
        if self.author:
            _author(feed[0], self.author)
            etree.SubElement(feed[0], f"{_I}explicit").text = _truth(self.explicit)
        return feed


def is_episode(entry: Entry) -> bool:
    """Whether its source marked it as a podcast; audio or video alone gives these tags nothing to say."""
    return any(file.plays for file in entry.enclosures) and (bool(_duration(entry)) or entry.explicit is not None)


def _duration(entry: Entry) -> int | None:
    return next((file.duration for file in entry.enclosures if file.plays), None)


def _author(parent: etree._Element, name: str) -> None:
    etree.SubElement(parent, f"{_I}author").text = shorten(name, _AUTHOR_LIMIT)


def _truth(value: bool) -> str:
    return "true" if value else "false"


def _says_more(file: Enclosure) -> bool:
    """Whether the file has details, besides its duration, that an enclosure cannot carry."""
    return bool(file.bitrate or file.width or file.height or file.group)


def _may_play(file: Enclosure) -> bool:
    return file.plays or not file.type


def _files(element: etree._Element, entry: Entry, telling: Sequence[Enclosure]) -> None:
    """telling: the files whose media:content says more than their enclosure."""
    files = entry.enclosures
    if any(map(_may_play, telling)):
        first = next(filter(_may_play, files))
        telling = [file for file in files if file in telling or file is first]
    for group in _in_groups(telling):
        parent = etree.SubElement(element, f"{_M}group") if len(group) > 1 else element
        for file in group:
            _content(parent, file, default=len(group) > 1 and file is group[-1])
    if not entry.image:
        return
    size = dict(zip(("width", "height"), map(str, entry.image_size), strict=True)) if entry.image_size else {}
    same = files[0] if len(files) == 1 and files[0].url == entry.image else None
    if not files or (same and size and not telling):
        facts = {"url": entry.image, **_facts(same or Enclosure(entry.image)), "medium": "image", **size}
        etree.SubElement(element, f"{_M}content", facts)
    etree.SubElement(element, f"{_M}thumbnail", {"url": entry.image, **size})


def _in_groups(files: Sequence[Enclosure]) -> Iterator[list[Enclosure]]:
    """The forms of each file together, the first file's group last, and the first form of each group last in it."""
    groups: dict[object, list[Enclosure]] = {}
    for number, file in enumerate(files):
        groups.setdefault(file.group or -number - 1, []).append(file)
    first, others = list(groups.values())[:1], list(groups.values())[1:]
    for group in (*others, *first):
        yield [*group[1:], group[0]]


def _content(parent: etree._Element, file: Enclosure, *, default: bool) -> None:
    content = etree.SubElement(parent, f"{_M}content", {"url": file.url, **_facts(file)})
    if default:
        content.set("isDefault", "true")
    numbers = {"bitrate": file.bitrate, "duration": file.duration, "height": file.height, "width": file.width}
    for name, number in numbers.items():
        if number:
            content.set(name, str(number))
    if file.title:
        title = etree.SubElement(content, f"{_M}title")
        title.text = file.title
        if looks_like_html(file.title):
            title.text = html.escape(file.title, quote=False)
            title.set("type", "html")


def _facts(file: Enclosure) -> dict[str, str]:
    facts: Iterable[tuple[str, str]] = (("fileSize", str(file.length or "")), ("type", file.type))
    return {name: value for name, value in facts if value}
