"""Where large sites keep their feeds, by the shape of a page's URL.

Pure; the caller fetches the results and checks whether they are feeds. To add a site, add one line to RULES: the host,
the path with its query, and the feeds, best first; `{name}` stands for what the group of that name matched.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from feeds.text.urls import absolute, parts_of


@dataclass(frozen=True, slots=True)
class Rule:
    """host, page: regular expressions that match in full; page covers path and query.

    feeds: paths, or absolute URLs.
    """

    host: str
    page: str
    feeds: tuple[str, ...]


_NAME = r"[\w.~-]+"
_STACK = r"(?:\w+\.)?(?:stackoverflow|superuser|serverfault|askubuntu|stackapps)\.com|mathoverflow\.net"
_YOUTUBE = "https://www.youtube.com/feeds/videos.xml"

# fmt: off
RULES = (
    # https://developers.google.com/youtube/v3/guides/push_notifications; for a handle, only the page names the channel
    Rule(r"(?:www\.|m\.)?youtube\.com", r"/channel/(?P<id>UC[\w-]{22})(?![\w-]).*", (_YOUTUBE + "?channel_id={id}",)),
    Rule(r"(?:www\.|m\.)?youtube\.com", r"/playlist\?(?:.*&)?list=(?P<id>[\w-]+)(?:&.*)?",
         (_YOUTUBE + "?playlist_id={id}",)),
    Rule(r"(?:www\.|m\.)?youtube\.com", rf"/user/(?P<id>{_NAME}).*", (_YOUTUBE + "?user={id}",)),
    # https://www.reddit.com/wiki/rss/
    Rule(r"(?:\w+\.)?reddit\.com", rf"/(?:u|user)/(?P<id>{_NAME}).*", ("https://www.reddit.com/user/{id}/.rss",)),
    Rule(r"(?:\w+\.)?reddit\.com", rf"(?P<page>/r/{_NAME}/comments/\w+).*", ("https://www.reddit.com{page}/.rss",)),
    Rule(r"(?:\w+\.)?reddit\.com", rf"(?P<page>/r/{_NAME}(?:/(?:new|rising|top))?)(?:[/?].*)?",
         ("https://www.reddit.com{page}/.rss",)),
    # https://docs.github.com/en/rest/activity/feeds
    Rule(r"(?:www\.)?github\.com", r"/(?:about|collections|enterprise|events|explore|features|marketplace|orgs|pricing"
         r"|search|settings|sponsors|topics|trending)(?:[/?].*)?", ()),
    Rule(r"(?:www\.)?github\.com", rf"(?P<page>/{_NAME}/{_NAME}/commits/[^?]+?)/?(?:\?.*)?", ("{page}.atom",)),
    Rule(r"(?:www\.)?github\.com", rf"(?P<page>/{_NAME}/{_NAME}/(?:commits|tags|discussions))/?(?:\?.*)?",
         ("{page}.atom",)),
    Rule(r"(?:www\.)?github\.com", rf"(?P<page>/{_NAME}/[\w.~-]+?)(?:\.git)?(?:[/?].*)?",
         ("{page}/releases.atom", "{page}/tags.atom", "{page}/commits.atom")),
    Rule(r"(?:www\.)?github\.com", rf"(?P<page>/{_NAME})/?(?:\?.*)?", ("{page}.atom",)),
    # GitLab's own host and others that carry its name: https://docs.gitlab.com/user/rss_feeds/
    Rule(r"gitlab\..+", r"(?P<page>(?:/(?!-/)[\w.~-]+){2,})(?:/-/.*|/|\?.*)?",
         ("{page}/-/releases.atom", "{page}/-/tags?format=atom", "{page}.atom")),
    # Forgejo: https://forgejo.org/docs/latest/user/rss-feed/
    Rule(r"codeberg\.org", rf"(?P<page>/{_NAME}/{_NAME})(?:[/?].*)?", ("{page}/releases.rss", "{page}.rss")),
    Rule(r"codeberg\.org", rf"(?P<page>/{_NAME})/?(?:\?.*)?", ("{page}.rss",)),
    # https://help.medium.com/hc/en-us/articles/214874118
    Rule(r"(?:www\.)?medium\.com", rf"(?P<page>/(?:tag/|@)?{_NAME}(?:/tagged/{_NAME})?)(?:[/?].*)?", ("/feed{page}",)),
    Rule(r"[\w-]+\.medium\.com", r".*", ("/feed",)),
    Rule(r"[\w-]+\.substack\.com", r".*", ("/feed",)),
    Rule(r"(?:www\.)?tumblr\.com", r"/(?:blog/(?:view/)?)?(?P<id>[\w-]+)(?:[/?].*)?", ("https://{id}.tumblr.com/rss",)),
    Rule(r"(?!www\.)[\w-]+\.tumblr\.com", r"(?P<tag>/tagged/[^/?]+).*", ("{tag}/rss", "/rss")),
    Rule(r"(?!www\.)[\w-]+\.tumblr\.com", r".*", ("/rss",)),
    Rule(r"[\w-]+\.blogspot\.[\w.]+", r".*", ("/feeds/posts/default",)),
    Rule(r"(?:www\.)?vimeo\.com", r"(?P<page>(?:/channels|/groups)?/(?!\d+(?:/|\?|$))[\w-]+)(?:[/?].*)?",
         ("{page}/videos/rss",)),
    # https://github.com/bluesky-social/atproto/discussions/1662
    Rule(r"bsky\.app", r"(?P<page>/profile/[\w.:-]+)(?:[/?].*)?", ("{page}/rss",)),
    # https://meta.stackexchange.com/questions/98641
    Rule(rf"{_STACK}|[\w.]+\.stackexchange\.com", r"/questions/tagged/(?P<id>[^/?]+).*",
         ("/feeds/tag?tagnames={id}&sort=newest",)),
    Rule(rf"{_STACK}|[\w.]+\.stackexchange\.com", r"/questions/(?P<id>\d+).*", ("/feeds/question/{id}",)),
    Rule(rf"{_STACK}|[\w.]+\.stackexchange\.com", r"/users/(?P<id>\d+).*", ("/feeds/user/{id}",)),
    Rule(rf"{_STACK}|[\w.]+\.stackexchange\.com", r"/?(?:questions/?)?", ("/feeds",)),
    # https://www.mediawiki.org/wiki/Help:Feeds
    Rule(r"[\w-]+(?:\.m)?\.(?:wikipedia|wiktionary|wikinews|wikivoyage|wikisource|wikibooks)\.org",
         r"/wiki/(?P<id>[^?:]+)(?:\?.*)?", ("/w/index.php?title={id}&action=history&feed=atom",)),
    # https://docs.pypi.org/api/feeds/
    Rule(r"pypi\.org", rf"/project/(?P<id>{_NAME}).*", ("/rss/project/{id}/releases.xml",)),
    # https://info.arxiv.org/help/rss.html
    Rule(r"(?:www\.)?arxiv\.org", r"/list/(?P<id>[\w.-]+)(?:[/?].*)?", ("https://rss.arxiv.org/rss/{id}",)),
    Rule(r"dev\.to", rf"/(?P<id>(?:t/)?{_NAME})(?:[/?].*)?", ("/feed/{id}",)),
)

# Software that runs on many hosts; used only if a page announces no feed.
ANYWHERE = (
    # Mastodon and its relatives: https://docs.joinmastodon.org/user/profile/
    Rule(r".+", r"(?P<page>/@[\w.]+)(?:/(?:with_replies|media)?)?(?:\?.*)?", ("{page}.rss",)),
    # Lemmy: https://join-lemmy.org/docs/users/
    Rule(r".+", r"(?P<page>/[cu]/[\w.@-]+)/?(?:\?.*)?", ("/feeds{page}.xml?sort=New",)),
)
# fmt: on


def feeds_by_rule(url: str, rules: tuple[Rule, ...] = RULES) -> tuple[str, ...]:
    """The feeds that the first matching rule gives for this page, never the page itself; () without a match."""
    return tuple(feed for feed in _named(absolute(url), rules) if feed != url)


def _named(url: str, rules: tuple[Rule, ...]) -> Iterator[str]:
    parts = parts_of(url)
    page = parts.path + (f"?{parts.query}" if parts.query else "")
    for rule in rules:
        if not re.fullmatch(rule.host, parts.hostname or ""):
            continue
        match = re.fullmatch(rule.page, page)
        if match:
            for feed in rule.feeds:
                yield absolute(feed.format_map(match.groupdict()), f"{parts.scheme}://{parts.netloc}/")
            return
