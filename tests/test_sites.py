"""Where large sites keep their feeds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.subscribe.sites import ANYWHERE, feeds_by_rule

CHANNEL = "UC" + "x-Y_9" * 4 + "ab"


@pytest.mark.parametrize(
    ("page", "feeds"),
    [
        (f"www.youtube.com/channel/{CHANNEL}/videos", f"www.youtube.com/feeds/videos.xml?channel_id={CHANNEL}"),
        ("youtube.com/playlist?x=1&list=PLx_1", "www.youtube.com/feeds/videos.xml?playlist_id=PLx_1"),
        ("www.youtube.com/user/someone", "www.youtube.com/feeds/videos.xml?user=someone"),
        ("www.youtube.com/@someone", ""),
        ("old.reddit.com/r/python", "www.reddit.com/r/python/.rss"),
        ("www.reddit.com/r/python/", "www.reddit.com/r/python/.rss"),
        ("www.reddit.com/r/python/new/?sort=x", "www.reddit.com/r/python/new/.rss"),
        ("www.reddit.com/r/python/comments/1ab/title/", "www.reddit.com/r/python/comments/1ab/.rss"),
        ("reddit.com/user/someone/", "www.reddit.com/user/someone/.rss"),
        ("github.com/a/b.c", "github.com/a/b.c/releases.atom github.com/a/b.c/tags.atom github.com/a/b.c/commits.atom"),
        ("github.com/a/b.git", "github.com/a/b/releases.atom github.com/a/b/tags.atom github.com/a/b/commits.atom"),
        (
            "github.com/a/b/releases",
            "github.com/a/b/releases.atom github.com/a/b/tags.atom github.com/a/b/commits.atom",
        ),
        ("github.com/a/b/commits/main/docs", "github.com/a/b/commits/main/docs.atom"),
        ("github.com/a/b/tags", "github.com/a/b/tags.atom"),
        ("github.com/a", "github.com/a.atom"),
        ("github.com/topics/rss", ""),
        (
            "gitlab.com/a/b/c/-/tags",
            "gitlab.com/a/b/c/-/releases.atom gitlab.com/a/b/c/-/tags?format=atom gitlab.com/a/b/c.atom",
        ),
        (
            "gitlab.gnome.org/a/b",
            "gitlab.gnome.org/a/b/-/releases.atom gitlab.gnome.org/a/b/-/tags?format=atom gitlab.gnome.org/a/b.atom",
        ),
        ("codeberg.org/a/b/issues", "codeberg.org/a/b/releases.rss codeberg.org/a/b.rss"),
        ("medium.com/@someone", "medium.com/feed/@someone"),
        ("medium.com/paper/tagged/news", "medium.com/feed/paper/tagged/news"),
        ("medium.com/tag/rss", "medium.com/feed/tag/rss"),
        ("someone.medium.com/a-story", "someone.medium.com/feed"),
        ("someone.substack.com/p/x", "someone.substack.com/feed"),
        ("www.tumblr.com/someone", "someone.tumblr.com/rss"),
        ("someone.tumblr.com/tagged/sea", "someone.tumblr.com/tagged/sea/rss someone.tumblr.com/rss"),
        ("someone.blogspot.com/2020/", "someone.blogspot.com/feeds/posts/default"),
        ("vimeo.com/someone", "vimeo.com/someone/videos/rss"),
        ("vimeo.com/channels/staffpicks", "vimeo.com/channels/staffpicks/videos/rss"),
        ("vimeo.com/12345", ""),
        ("bsky.app/profile/someone.bsky.social", "bsky.app/profile/someone.bsky.social/rss"),
        ("bsky.app/profile/did:plc:abc123", "bsky.app/profile/did:plc:abc123/rss"),
        ("stackoverflow.com/questions/tagged/c%2b%2b", "stackoverflow.com/feeds/tag?tagnames=c%2b%2b&sort=newest"),
        ("unix.stackexchange.com/questions/12/title", "unix.stackexchange.com/feeds/question/12"),
        ("superuser.com/", "superuser.com/feeds"),
        ("vi.wikipedia.org/wiki/Huế", "vi.wikipedia.org/w/index.php?title=Hu%E1%BA%BF&action=history&feed=atom"),
        ("pypi.org/project/lxml/", "pypi.org/rss/project/lxml/releases.xml"),
        ("arxiv.org/list/cs.CL/recent", "rss.arxiv.org/rss/cs.CL"),
        ("dev.to/t/python", "dev.to/feed/t/python"),
        ("github.com.evil.example/a/b", ""),
        ("notgithub.com/a/b", ""),
    ],
)
def test_a_page_of_a_known_site_has_its_feeds(page: str, feeds: str) -> None:
    assert feeds_by_rule(f"https://{page}") == tuple(f"https://{feed}" for feed in feeds.split())


@pytest.mark.parametrize(
    ("page", "feed"),
    [
        ("https://social.example/@someone", "https://social.example/@someone.rss"),
        ("https://social.example/@someone/with_replies", "https://social.example/@someone.rss"),
        ("http://forum.example/c/boats@other.example", "http://forum.example/feeds/c/boats@other.example.xml?sort=New"),
        ("https://forum.example/u/someone", "https://forum.example/feeds/u/someone.xml?sort=New"),
        ("https://social.example/@someone/1234", ""),
        ("https://a.example/c/boats/5", ""),
    ],
)
def test_software_that_runs_anywhere_is_told_by_the_path(page: str, feed: str) -> None:
    assert feeds_by_rule(page, ANYWHERE) == ((feed,) if feed else ())


@given(st.text())
def test_anything_may_be_asked_and_only_addresses_come_out(text: str) -> None:
    for url in (text, f"https://github.com/{text}", f"https://www.tumblr.com/{text}"):
        assert all(
            feed.startswith(("http://", "https://")) for feed in feeds_by_rule(url) + feeds_by_rule(url, ANYWHERE)
        )
