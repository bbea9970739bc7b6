"""What a feed reader says of itself: the name of its product, and how many people read a feed through it.

Pure: a User-Agent header in (RFC 9110 §10.1.5), a short name out. The header may claim anything, so names are
bounded in length and alphabet, and numbers in size. No address, contact or version is kept. There is no standard for
stating subscribers; the forms are those of the services themselves.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

NAMELESS = "(no name)"
BROWSER = "(browser)"
OTHER = "(other)"

# More than any feed has; a larger number is not meant seriously.
MOST_SUBSCRIBERS = 10_000_000
_LONGEST_HEADER = 400
_LONGEST_NAME = 32

# The beginning of a word in the header, in lower case, and the name. The first match counts: services name the clients
# that they resemble, and applications the libraries that they use.
_PRODUCTS: tuple[tuple[str, str], ...] = (
    ("feedly", "Feedly"),
    ("inoreader", "Inoreader"),
    ("newsblur", "NewsBlur"),
    ("feedbin", "Feedbin"),
    ("theoldreader", "The Old Reader"),
    ("bazqux", "BazQux"),
    ("netvibes", "Netvibes"),
    ("bloglovin", "Bloglovin"),
    ("blogtrottr", "Blogtrottr"),
    ("bloglines", "Bloglines"),
    ("newsgator", "NewsGator"),
    ("feedburner", "FeedBurner"),
    ("feedfetcher-google", "Google FeedFetcher"),
    ("livejournal", "LiveJournal"),
    ("yahoofeedseeker", "Yahoo"),
    ("superfeedr", "Superfeedr"),
    ("feedspot", "Feedspot"),
    ("feedmail", "FeedMail"),
    ("flipboard", "Flipboard"),
    ("feedpress", "FeedPress"),
    ("feed wrangler", "Feed Wrangler"),
    ("feedwrangler", "Feed Wrangler"),
    ("feedhq", "FeedHQ"),
    ("feedsubs", "Feedsubs"),
    ("feeder.co", "Feeder"),
    ("folo/", "Folo"),
    ("readwise", "Readwise Reader"),
    ("omnivore", "Omnivore"),
    ("commafeed", "CommaFeed"),
    ("freshrss", "FreshRSS"),
    ("miniflux", "Miniflux"),
    ("tiny tiny rss", "Tiny Tiny RSS"),
    ("tt-rss", "Tiny Tiny RSS"),
    ("nextcloud-news", "Nextcloud News"),
    ("nextcloud", "Nextcloud News"),
    ("selfoss", "Selfoss"),
    ("yarr", "Yarr"),
    ("stringer", "Stringer"),
    ("fever/", "Fever"),
    ("netnewswire", "NetNewsWire"),
    ("reeder", "Reeder"),
    ("readkit", "ReadKit"),
    ("unread", "Unread"),
    ("newsify", "Newsify"),
    ("vienna", "Vienna"),
    ("leaf/", "Leaf"),
    ("newsboat", "newsboat"),
    ("newsbeuter", "newsbeuter"),
    ("liferea", "Liferea"),
    ("akregator", "Akregator"),
    ("rssguard", "RSS Guard"),
    ("rss guard", "RSS Guard"),
    ("quiterss", "QuiteRSS"),
    ("fluent reader", "Fluent Reader"),
    ("fluent-reader", "Fluent Reader"),
    ("newsflash", "NewsFlash"),
    ("gfeeds", "GNOME Feeds"),
    ("thunderbird", "Thunderbird"),
    ("sfeed", "sfeed"),
    ("elfeed", "Elfeed"),
    ("snownews", "snownews"),
    ("feedreader", "FeedReader"),
    ("feeddemon", "FeedDemon"),
    ("rssowl", "RSSOwl"),
    ("feedme", "FeedMe"),
    ("feeder/", "Feeder"),
    ("readyou", "Read You"),
    ("read you", "Read You"),
    ("capyreader", "Capy Reader"),
    ("newsraft", "newsraft"),
    ("rss2email", "rss2email"),
    ("rawdog", "rawdog"),
    ("planet venus", "Planet Venus"),
    ("venus/", "Planet Venus"),
    ("overcast", "Overcast"),
    ("pocketcasts", "Pocket Casts"),
    ("pocket casts", "Pocket Casts"),
    ("antennapod", "AntennaPod"),
    ("applecoremedia", "Apple Podcasts"),
    ("itms", "Apple Podcasts"),
    ("podcasts/", "Apple Podcasts"),
    ("spotify", "Spotify"),
    ("castbox", "Castbox"),
    ("gpodder", "gPodder"),
    ("seedfeed", "Seedfeed"),
    ("lemon24", "reader"),
    ("python-reader", "reader"),
    ("universalfeedparser", "feedparser"),
    ("feedparser", "feedparser"),
    ("simplepie", "SimplePie"),
    ("wordpress", "WordPress"),
    ("googlebot", "Googlebot"),
    ("bingbot", "Bingbot"),
    ("yandex", "Yandex"),
    ("duckduck", "DuckDuckGo"),
    ("applebot", "Applebot"),
    ("slackbot", "Slack"),
    ("discordbot", "Discord"),
    ("telegrambot", "Telegram"),
    ("mastodon", "Mastodon"),
    ("gptbot", "GPTBot"),
    ("claudebot", "ClaudeBot"),
    ("ccbot", "CCBot"),
    ("prometheus", "Prometheus"),
    ("uptimerobot", "UptimeRobot"),
    ("w3c_validator", "W3C Validator"),
    ("feedvalidator", "W3C Validator"),
    ("python-requests", "python-requests"),
    ("python-httpx", "httpx"),
    ("aiohttp", "aiohttp"),
    ("python-urllib", "Python urllib"),
    ("go-http-client", "Go"),
    ("okhttp", "OkHttp"),
    ("apache-httpclient", "Apache HttpClient"),
    ("wget", "Wget"),
    ("curl/", "curl"),
)
KNOWN = frozenset(name for _, name in _PRODUCTS) | {NAMELESS, BROWSER, OTHER}

# Tokens that every browser sends, and words in comments beside names.
_BROWSER_TOKENS = frozenset(
    "mozilla applewebkit gecko chrome chromium safari version firefox mobile opr edg edge edga trident msie opera"
    " vivaldi ubuntu khtml samsungbrowser presto crios fxios compatible".split()
)
_LIKE = re.compile(r"\blike [\w-]+", re.IGNORECASE)
_TOKEN = re.compile(r"(?:^|[\s;(])([A-Za-z][A-Za-z0-9_.-]{1,60})/v?\d")
_COMPATIBLE = re.compile(r"\(compatible; ?([A-Za-z][A-Za-z0-9_. -]{1,60})")
_FIRST = re.compile(r"([A-Za-z][A-Za-z0-9_. -]*)")
# Where a name ends in a header without a slash: "NewsReader - 5 subscribers", "Reader v2", "Reader 2.1".
_NAME_ENDS = re.compile(r"[ _]+-.*|[ _]+v?\d.*|[ _.-]+$")
_STATED = re.compile(
    r"(?<![A-Za-z0-9.])(\d{1,9})[ _]+(?:active[ _]+)?(?:subscriber|reader)s?\b"
    r"|(?<![A-Za-z])(?:subscriber|reader|user)s?(?:[ _]+count)?[ _]*[:=_ ][ _]*(\d{1,9})(?![\w.])",
    re.IGNORECASE,
)
_FEED_ID = re.compile(r"\bfeed-?id[:= ]+([A-Za-z0-9]{1,40})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Client:
    """name: of the product. subscribers: as stated, or None. topic: which of its feeds the client means, if it says."""

    name: str
    subscribers: int | None = None
    topic: str = ""


# Most requests come from a few clients, again and again.
@lru_cache(maxsize=1024)
def client(user_agent: bytes) -> Client:
    """The client that sent a header. user_agent: as received, b"" if there was none."""
    said = user_agent[:_LONGEST_HEADER].decode("latin-1").strip()
    if not said:
        return Client(NAMELESS)
    said = _LIKE.sub("", said)
    stated = _STATED.search(said)
    count = min(int(stated[1] or stated[2]), MOST_SUBSCRIBERS) if stated else None
    named = _FEED_ID.search(said)
    return Client(_name(said), count, named[1] if named else "")


def _name(said: str) -> str:
    folded = said.lower()
    for mark, name in _PRODUCTS:
        place = folded.find(mark)
        if place == 0 or (place > 0 and not folded[place - 1].isalnum()):
            return name
    if match := _COMPATIBLE.search(said):
        return _proper(match[1])
    tokens = (token for token in _TOKEN.findall(said) if token.lower() not in _BROWSER_TOKENS)
    if token := next(tokens, ""):
        return _proper(token)
    if folded.startswith(("mozilla/", "opera/")):
        return BROWSER
    match = _FIRST.match(said)
    return _proper(match[1]) if match else OTHER


def _proper(name: str) -> str:
    """A name without its version; OTHER for numbers of devices and installations, addresses and other non-names."""
    name = _NAME_ENDS.sub("", name)
    digits = sum(character.isdigit() for character in name)
    if not 2 <= len(name) <= _LONGEST_NAME or digits > 4 or name.lower() in ("http", "https", "www"):
        return OTHER
    return name
