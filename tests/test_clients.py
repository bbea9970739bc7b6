"""What is read from the User-Agent of those who ask for feeds: names and stated subscribers of real ones."""

import pytest

from feeds.traffic.clients import BROWSER, KNOWN, MOST_SUBSCRIBERS, NAMELESS, OTHER, Client, client

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
SAFARI = "(Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/14.0.1 Safari/605.1.15"
GOOGLE = "+http://www.google.com/feedfetcher.html"
CHROME = "(KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36"


@pytest.mark.parametrize(
    ("agent", "name", "subscribers", "topic"),
    [
        # Services, which read for many.
        (
            "Feedly/1.0 (+http://www.feedly.com/fetcher.html; 123 subscribers; like FeedFetcher-Google)",
            "Feedly",
            123,
            "",
        ),
        ("Feedly/1.0 (+http://www.feedly.com/fetcher.html; like FeedFetcher-Google)", "Feedly", None, ""),
        ("Inoreader/1.0 (+http://www.inoreader.com/feed-fetcher; 3 subscribers; )", "Inoreader", 3, ""),
        ("Mozilla/5.0 (compatible; inoreader.com; 7 subscribers)", "Inoreader", 7, ""),
        (f"NewsBlur Feed Fetcher - 1 subscriber - http://x.example (Mozilla/5.0 {SAFARI})", "NewsBlur", 1, ""),
        ("NewsBlur Feed Fetcher - 12 subscribers - https://www.newsblur.com", "NewsBlur", 12, ""),
        ("Feedbin feed-id:1306543 - 3 subscribers", "Feedbin", 3, "1306543"),
        ("Mozilla/5.0 (compatible; theoldreader.com; 9 subscribers; feed-id=5f3a9b)", "The Old Reader", 9, "5f3a9b"),
        ("Mozilla/5.0 (compatible; BazQux/2.4; +https://bazqux.com/fetcher; 2 subscribers)", "BazQux", 2, ""),
        (f"Feedfetcher-Google; ({GOOGLE}; 4 subscribers; feed-id=12499587138)", "Google FeedFetcher", 4, "12499587138"),
        ("Netvibes (http://www.netvibes.com/; 5 subscribers; feedId: 5404723)", "Netvibes", 5, "5404723"),
        ("NewsGatorOnline/2.0_(http://www.newsgator.com;_20_subscribers)", "NewsGator", 20, ""),
        ("Bloglines/3.1 (http://www.bloglines.com; 1 subscriber)", "Bloglines", 1, ""),
        ("LiveJournal.com (webmaster@livejournal.com; for http://x.example/; 11 readers)", "LiveJournal", 11, ""),
        ("YahooFeedSeeker/1.0 (compatible; Mozilla 4.0; http://my.yahoo.com/; users 2; views 169)", "Yahoo", 2, ""),
        ("Overcast/1.0 Podcast Sync (1190 subscribers; feed-id=55; +http://overcast.fm/)", "Overcast", 1190, "55"),
        ("PlainFeeder v0.0.1 (+http://plainfeeder.com/about ; Subscriber Count: 42)", "PlainFeeder", 42, ""),
        ("ThePort_Web/1.0;_subscribers_1", "ThePort_Web", 1, ""),
        ("Blogtrottr/2.0", "Blogtrottr", None, ""),
        ("FeedBurner/1.0 (http://www.FeedBurner.com)", "FeedBurner", None, ""),
        # On one's own server.
        ("Mozilla/5.0 (compatible; Miniflux/2.2.3; +https://miniflux.app)", "Miniflux", None, ""),
        ("FreshRSS/1.24.3 (Linux; https://freshrss.org)", "FreshRSS", None, ""),
        ("Tiny Tiny RSS/24.02 (https://tt-rss.org/)", "Tiny Tiny RSS", None, ""),
        ("CommaFeed/5.3.2 (https://github.com/Athou/commafeed)", "CommaFeed", None, ""),
        ("NextCloud-News/1.0", "Nextcloud News", None, ""),
        (f"Mozilla/5.0 (Linux) AppleWebKit/537.36 {CHROME} Selfoss/2.19", "Selfoss", None, ""),
        # Applications.
        ("NetNewsWire (RSS Reader; https://netnewswire.com/)", "NetNewsWire", None, ""),
        ("newsboat/2.32.0 (Linux 6.1.0; https://newsboat.org/)", "newsboat", None, ""),
        ("Liferea/1.14.1 (Linux; https://lzone.de/liferea/) AppleWebKit (KHTML, like Gecko)", "Liferea", None, ""),
        ("Akregator/5.24.0 (23.08.0); syndication", "Akregator", None, ""),
        ("Reeder/5.4 CFNetwork/1410.0.3 Darwin/22.6.0", "Reeder", None, ""),
        ("sfeed/1.7", "sfeed", None, ""),
        ("RSSGuard/4.6.1", "RSS Guard", None, ""),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101 Thunderbird/115.6.0", "Thunderbird", None, ""),
        ("Emacs Elfeed 3.4.1", "Elfeed", None, ""),
        ("AntennaPod/3.4.0", "AntennaPod", None, ""),
        ("Aggregator/2.22.000 (Android/13; exynos9611)", "Aggregator", None, ""),
        # Bots, libraries, browsers.
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "Googlebot", None, ""),
        ("Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)", "AhrefsBot", None, ""),
        ("feedparser/6.0.11 +https://github.com/kurtmckee/feedparser/", "feedparser", None, ""),
        ("python-requests/2.32.3", "python-requests", None, ""),
        ("Go-http-client/2.0", "Go", None, ""),
        ("curl/8.5.0", "curl", None, ""),
        ("axios/0.26.1", "axios", None, ""),
        (FIREFOX, BROWSER, None, ""),
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 {CHROME} Edg/124.0.0.0", BROWSER, None, ""),
        (f"Mozilla/5.0 {SAFARI}", BROWSER, None, ""),
    ],
)
def test_real_clients_are_known_by_name_and_by_what_they_state(
    agent: str, name: str, subscribers: int | None, topic: str
) -> None:
    assert client(agent.encode()) == Client(name, subscribers, topic)


@pytest.mark.parametrize(
    ("agent", "expected"),
    [
        (b"", Client(NAMELESS)),
        (b"   ", Client(NAMELESS)),
        (b"\xff\xfe\x00\x01", Client(OTHER)),
        (b"someone@mail.example", Client("someone")),
        (b"https://secret.example/token/1", Client(OTHER)),
        (b"192.168.1.77", Client(OTHER)),
        (b"device-8f3a-99120457/1.0", Client(OTHER)),
        (b"x", Client(OTHER)),
        (b"A" * 5_000, Client(OTHER)),
        (b"Reader\r\nX: y", Client("Reader")),
        (b'Reader"}\\n evil 1', Client("Reader")),
        (b"<script>alert(1)</script>", Client(OTHER)),
        (b"Reader 2.1 - 0 subscribers", Client("Reader", 0)),
        (b"Reader/1 (999999999 subscribers)", Client("Reader", MOST_SUBSCRIBERS)),
        (b"Reader/1 (99999999999999999999 subscribers)", Client("Reader")),
        (b"Reader/1 (-5 subscribers)", Client("Reader", 5)),
        (b"Reader/1 (1.5 subscribers)", Client("Reader")),
    ],
)
def test_what_is_no_name_gives_none_and_numbers_are_bounded(agent: bytes, expected: Client) -> None:
    assert client(agent) == expected


def test_a_hostile_header_is_read_in_no_time() -> None:
    for piece in (b"1 ", b"a/", b"a_-", b"subscribers ", b"(compatible; ", b"feed-id= ", b"like "):
        client(piece * 200_000)


def test_names_are_short_and_plain() -> None:
    assert all(len(name) <= 32 and name.isascii() for name in KNOWN)
