"""What the operator is shown at /admin and what Prometheus reads at /metrics: who may, and what is never told."""

import re
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from lxml import html
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families

from feeds.admin import charts, overview
from feeds.admin import page as admin_page
from feeds.admin.page import ClientLine
from feeds.app import Application
from feeds.model import HealthEvent, HealthKind
from feeds.publish.regenerate import publish
from feeds.render.html import pages
from feeds.store import Store, facts
from feeds.store.inbox import Inbox
from feeds.store.seeds import SeedProblem
from feeds.traffic import counts as traffic
from feeds.traffic.clients import OTHER
from feeds.traffic.counts import Counts, Row
from feeds.websub.topics import HubRequest
from support.asgi import KNOCKS, Response, ask
from support.builders import bring, entry, home, opened, settings, source, subscribe
from support.site import Site, eventually

NOW = datetime.now(UTC)
TODAY = int(NOW.timestamp()) // 86_400
SETTINGS = settings(title="Tin & more", server={"admin_token": "hush"})
LET_IN = {"host": "localhost", "authorization": "Bearer hush"}
HILLS = source("hills", title="Hills <b>& dales", url="https://user:pass-w0rd@hills.example/feed")
COAST = source("coast")
PRIVATE = source("quiet", private=True, url="https://quiet.example/feed?key=very-s3cret", link="https://quiet.example/")
PATHS = ("/admin", "/metrics")


def us(moment: datetime) -> int:
    return int(moment.timestamp() * 1_000_000)


def break_source(store: Store, slug: str, status: str, error: str, since: datetime = NOW) -> None:
    store.connection.execute(
        "UPDATE sources SET status = ?, error = ?, failures = 4, failing_since_us = ? WHERE slug = ?",
        (status, error, us(since), slug),
    )


@cache
def _store() -> bytes:
    """Its file, made once."""
    with TemporaryDirectory() as root, closing(opened(Path(root))) as made:
        subscribe(made, HILLS, COAST, PRIVATE)
        bring(made, COAST, entry(COAST, "one"), entry(COAST, "two"))
        with made.transaction() as transaction:
            break_source(made, "hills", "failing", "E_REDIRECT: it leads to https://user:pass-w0rd@hills.example/new")
            break_source(made, "quiet", "gone", "E_GONE: nothing at https://quiet.example/feed?key=very-s3cret")
            made.facts.put(transaction, facts.CYCLE_US, str(us(NOW)))
            made.facts.put(transaction, facts.CYCLE_DUE_US, str(us(NOW + timedelta(days=1))))
            problems = [SeedProblem("a <b>.doc", "it cannot be read", "E_FORMAT", True)]
            problems.append(SeedProblem("seeds", "7 of 9 seeds are gone", "E_GONE", False))
            made.seeds.set_problems(transaction, problems)
            made.health.add(
                transaction,
                [
                    HealthEvent(NOW, HILLS.key, HealthKind.BROKEN, "Hills cannot be read", "A <text>.", HILLS.url),
                    HealthEvent(NOW, PRIVATE.key, HealthKind.MOVED, "Quiet moved", f"It leads to {PRIVATE.url} now."),
                ],
            )
            made.traffic.add(
                transaction,
                [
                    Row(TODAY, "all", "Feedly", Counts(full=1, unmodified=3, sent=2_000, bare=1, subscribers=120)),
                    Row(TODAY - 1, "all", "Awful", Counts(full=20, sent=40_000, bare=20)),
                    Row(TODAY - 40, "all", "newsboat", Counts(full=100, bare=1)),
                    Row(TODAY, traffic.NOWHERE, "curl", Counts(failed=2, bare=2)),
                ],
                1,
                TODAY,
            )
        publish(made, SETTINGS, NOW, wanted=["source-coast"])
        made.optimise()
        return home(Path(root)).store.read_bytes()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    path = home(tmp_path).store
    path.parent.mkdir()
    path.write_bytes(_store())
    with closing(Store.open(path)) as made:
        yield made


@pytest.fixture
def app(tmp_path: Path, store: Store) -> Iterator[Application]:
    made = Application(home(tmp_path), SETTINGS)
    yield made
    made.close()


def page_of(app: Application, path: str = "/admin") -> Any:
    got = ask(app, path, LET_IN)
    assert got.status == 200
    return tree_of(got)


def tree_of(got: Response) -> Any:
    """Any: the stubs of lxml know neither what an XPath answers nor elements of HTML."""
    return html.fromstring(got.text)


def numbers(got: Response) -> dict[tuple[str, str], float]:
    """Samples by name and the values of their labels."""
    return {
        (sample.name, ",".join(value for _, value in sorted(sample.labels.items(), reverse=True))): sample.value
        for family in text_string_to_metric_families(got.text)
        for sample in family.samples
    }


def rows_of(page: Any, label: str) -> dict[str, list[str]]:
    """The cells of a table's rows, by its row's heading."""
    (table,) = page.xpath(f'//div[@aria-label="{label}"]/table')
    return {
        " ".join(row.find("th").text_content().split()): [cell.text_content().strip() for cell in row.findall("td")]
        for row in table.findall("tbody/tr")
    }


# Who may


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(("headers", "status"), KNOCKS)
def test_nobody_gets_in_without_the_token(app: Application, path: str, headers: dict[str, str], status: int) -> None:
    got = ask(app, path, headers)
    assert got.status == status
    assert ("www-authenticate" in got.headers) == (status == 401)
    assert got.headers["cache-control"] == "no-store"
    if status != 200:
        assert got.problem["status"] == status
        assert b"<html" in ask(app, path, {**headers, "accept": "text/html"}).body


@pytest.mark.parametrize("path", PATHS)
def test_who_tries_tokens_has_to_wait(app: Application, path: str) -> None:
    for _ in range(10):
        assert ask(app, path, {**LET_IN, "authorization": "Bearer no"}).status == 401
    got = ask(app, path, LET_IN)
    assert got.status == 429
    assert int(got.headers["retry-after"]) > 0
    assert ask(app, "/feeds/health.atom", LET_IN).status == 429, "the same gate"


@pytest.mark.parametrize("path", PATHS)
def test_a_home_without_a_store_says_so_to_whoever_has_the_token(tmp_path: Path, path: str) -> None:
    with closing(Application(home(tmp_path), SETTINGS)) as app:
        assert ask(app, path, LET_IN).status == 503
        assert ask(app, path, {"host": "localhost"}).status == 401


@pytest.mark.parametrize("path", PATHS)
def test_other_methods_are_refused(app: Application, path: str) -> None:
    assert ask(app, path, LET_IN, "POST").status == 405
    assert ask(app, path, LET_IN, "HEAD").status == 200


@pytest.mark.parametrize("path", ["/", "/opml", "/search?q=one", "/feeds/all", "/feeds/all.atom"])
def test_nothing_public_points_to_them(app: Application, path: str) -> None:
    assert not re.search(r"/admin|/metrics", ask(app, path).text)


@pytest.mark.parametrize("path", [*PATHS, "/admin?feed=all", "/admin?status=failing", "/admin?status=gone"])
def test_no_secret_of_a_source_is_told(app: Application, path: str) -> None:
    got = ask(app, path, LET_IN)
    assert got.status == 200
    for secret in ("pass-w0rd", "user:", "very-s3cret", "quiet.example", "hush"):
        assert secret not in got.text
    assert "set-cookie" not in got.headers


# The page


def test_the_page_runs_nothing_and_is_kept_by_nobody(app: Application) -> None:
    got = ask(app, "/admin", LET_IN)
    assert got.headers["content-type"] == "text/html; charset=utf-8"
    assert got.headers["x-robots-tag"] == "noindex"
    policy = got.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert pages.STYLE_HASH in policy
    assert pages.ADMIN_STYLE_HASH in policy
    page = tree_of(got)
    assert len(page.xpath("//style")) == 2
    assert not page.xpath("//script | //img | //@style | //@*[starts-with(name(), 'on')]")
    assert page.xpath("//meta[@name='robots']/@content") == ["noindex"]


def test_what_needs_somebody_stands_first(app: Application) -> None:
    page = page_of(app)
    (needs,) = page.xpath("//section[@id='needs']")
    text = " ".join(needs.text_content().split())
    assert "Hills <b>& dales failing" in text
    assert "E_REDIRECT: it leads to https://hills.example/new" in text
    assert "4 failures, the first" in text
    assert "E_GONE: nothing at (its address)" in text
    assert "seeds/a <b>.doc E_FORMAT" in text
    assert "seeds/ E_GONE" in text, "the folder itself"
    assert "late" not in text
    headings = [one.text_content() for one in page.xpath("//main//h2")]
    assert headings == ["At a glance", "What needs you", "Who reads the feeds", "Sources", "What happened"]


def test_what_the_gate_keeps_back_is_told_with_the_command_that_releases_it(app: Application, store: Store) -> None:
    with store.transaction():
        store.connection.execute("INSERT INTO held (feed, reason, since_us) VALUES ('all', '7 of 9 vanish', 1)")
        store.connection.execute("UPDATE fragments SET fault = 'no <title>' WHERE entry = 1 AND format = 'rss'")
    text = " ".join(page_of(app).xpath("//section[@id='needs']")[0].text_content().split())
    assert "all held back7 of 9 vanish" in text
    assert "seedfeed publish all --accept" in text
    assert "Title of one" in text
    assert "no <title>" in text
    assert "https://coast.example/one" in text
    found = numbers(ask(app, "/metrics", LET_IN))
    assert found["seedfeed_feeds_held", ""] == 1
    assert found["seedfeed_entries_set_aside", ""] == 1


def test_subscribers_of_the_hub_are_told_by_feed(app: Application, store: Store) -> None:
    with store.transaction() as transaction:
        for n, (path, lease) in enumerate((("all.atom", 10), ("all.rss", 10), ("seeds.json", 10), ("all.atom", -1))):
            callback = f"https://reader-{n}.example/back?token=very-s3cret"
            asked = HubRequest("subscribe", callback, "", f"/feeds/{path}", lease=timedelta(days=lease))
            store.subscribers.put(transaction, asked, NOW)
        store.subscribers.owe(transaction, ["/feeds/all.atom"], NOW)
        failing = store.subscribers.get("https://reader-1.example/back?token=very-s3cret", "/feeds/all.rss")
        assert failing
        store.subscribers.note_failure(transaction, failing.n, timedelta(minutes=1), NOW)
    got = ask(app, "/metrics", LET_IN)
    found = numbers(got)
    assert found["seedfeed_feed_hub_subscribers", "all"] == 2
    assert found["seedfeed_feed_hub_subscribers", "seeds"] == 1
    assert found["seedfeed_hub_deliveries_owed", ""] == 1
    assert found["seedfeed_hub_subscribers_failing", ""] == 1
    page = ask(app, "/admin", LET_IN)
    assert rows_of(tree_of(page), "Table of feeds")["all"][5] == "2"
    for text in (got.text, page.text):
        assert "reader-" not in text
        assert "s3cret" not in text


def test_a_home_where_all_is_well_says_so(tmp_path: Path) -> None:
    with closing(opened(tmp_path)) as store:
        publish(store, SETTINGS, NOW)
        with store.transaction() as transaction:
            store.facts.put(transaction, facts.CYCLE_DUE_US, str(us(NOW + timedelta(hours=1))))
    with closing(Application(home(tmp_path), SETTINGS)) as app:
        page = page_of(app)
        assert " ".join(page.xpath("//section[@id='needs']")[0].text_content().split()) == "What needs you Nothing."
        assert list(rows_of(page, "Table of feeds")) == ["all", "seeds"]


def test_a_worker_that_is_late_is_told_and_what_is_known_is_shown(app: Application, store: Store) -> None:
    with store.transaction() as transaction:
        store.facts.put(transaction, facts.CYCLE_DUE_US, str(us(NOW - timedelta(hours=1))))
    page = page_of(app)
    assert "The worker is late" in page.xpath("//section[@id='needs']")[0].text_content()
    assert "late" in page.xpath("//section[@class='glance']")[0].text_content()
    assert rows_of(page, "Table of feeds")["all"][1] == "24"
    assert numbers(ask(app, "/metrics", LET_IN))["seedfeed_healthy", ""] == 0


def test_each_feed_has_its_requests_and_its_subscribers(app: Application) -> None:
    page = page_of(app)
    feeds = rows_of(page, "Table of feeds")
    assert feeds["all"][1:7] == ["24", "12 %", "42 KB", "120", "0", "2"]
    assert feeds["source-coast"][1:3] == ["0", "–"]
    assert feeds[traffic.NOWHERE][-1] == "no feed"
    assert "source-quiet" not in feeds
    assert page.xpath("//svg[@class='spark']/@aria-label")[0] == "24 requests in 30 days"


def test_clients_are_told_with_what_they_do_to_the_server(app: Application) -> None:
    clients = rows_of(page_of(app), "Table of clients")
    assert clients["Awful"] == ["20", "0 %", "40 KB", "–", "1", "ignored"]
    assert clients["Feedly"] == ["4", "75 %", "2.0 KB", "120", "1", "used"]
    assert "newsboat" not in clients


def test_many_clients_that_are_counted_as_one_ignore_nothing() -> None:
    told = {name: ClientLine(name, Counts(full=20, bare=20), 0, 1).caching for name in ("Awful", OTHER)}
    assert told == {"Awful": "ignored", OTHER: ""}


def test_one_feed_can_be_looked_at_alone(app: Application) -> None:
    page = page_of(app, "/admin?feed=(no%20such%20feed)")
    assert list(rows_of(page, "Table of clients")) == ["curl"]
    assert "At most 2 requests in a day" in page.xpath("//*[@id='chart-says']")[0].text_content()
    glance = " ".join(page.xpath("//section[@class='glance']")[0].text_content().split())
    assert "Requests in 7 days26" in glance, "of all feeds"
    assert "Stated subscribers120" in glance
    assert list(rows_of(page_of(app, "/admin?feed=nonsense"), "Table of clients")) == ["Awful", "Feedly", "curl"]


def test_the_chart_says_what_it_shows(app: Application) -> None:
    (chart,) = page_of(app).xpath("//svg[@class='chart']")
    named = chart.get("aria-labelledby").split()
    words = [" ".join(chart.xpath("//*[@id=$id]", id=one)[0].text_content().split()) for one in named]
    assert words[0] == "Requests of the last 30 days"
    assert "At most 20 requests in a day" in words[1]
    assert rows_of(page_of(app), "Table of days")


def test_a_source_of_each_status_can_be_listed(app: Application) -> None:
    assert len(rows_of(page_of(app), "Table of sources")) == 4
    failing = rows_of(page_of(app, "/admin?status=failing"), "Table of sources")
    assert [name[:5] for name in failing] == ["Sites", "Hills"]
    assert any("quiet (private)" in name for name in rows_of(page_of(app, "/admin?status=gone"), "Table of sources"))
    assert len(rows_of(page_of(app, "/admin?status=%3Cb%3E"), "Table of sources")) == 4


@pytest.mark.parametrize(
    ("asked", "first", "count", "links"),
    [
        ("", 1, 50, 1),
        ("2", 51, 50, 2),
        ("3", 101, 30, 1),
        ("9999", 101, 30, 1),
        ("0", 1, 50, 1),
        ("²", 1, 50, 1),
        ("-1", 1, 50, 1),
        ("9" * 500, 1, 50, 1),
    ],
)
def test_long_lists_come_in_parts(asked: str, first: int, count: int, links: int) -> None:
    part = admin_page.part_of_list(list(range(130)), 50, asked, "page", {"status": "ok"})
    assert (part.first, len(part.lines)) == (first, count)
    assert sum(map(bool, (part.before, part.after))) == links
    assert all(link.startswith("?status=ok&page=") for link in (part.before, part.after) if link)


def test_two_thousand_sources_are_told_in_a_page_that_stays_small(tmp_path: Path) -> None:
    with closing(opened(tmp_path)) as store:
        subscribe(store, *(source(f"s{n}") for n in range(2_000)))
        with store.transaction() as transaction:
            for n in range(500):
                break_source(store, f"s{n}", "failing", "E_HTTP: 500", NOW - timedelta(minutes=n))
            store.seeds.set_problems(transaction, [SeedProblem(f"{n}.txt", "no", "E_FORMAT", True) for n in range(500)])
        publish(store, SETTINGS, NOW)
    with closing(Application(home(tmp_path), SETTINGS)) as app:
        got = ask(app, "/admin", LET_IN)
        page = tree_of(got)
        assert len(got.body) < 100_000
        text = " ".join(page.xpath("//section[@id='needs']")[0].text_content().split())
        assert "S0 failing" in text
        assert "there are 488 more. All that are failing (501)" in text
        assert "And 488 more: seedfeed sources" in text
        assert page.xpath("//nav[@aria-label='Parts of the list of sources']//a/@href") == ["/admin?page=2#sources-all"]
        assert len(ask(app, "/metrics", LET_IN).body) < 20_000


def test_columns_are_stacked_and_nothing_small_vanishes() -> None:
    assert charts.columns([[0, 10], [5, 0]], 20, 10) == ["M10 10v-10h8v10z", "M0 10v-5h8v5z"]
    assert charts.columns([[10_000, 1]], 20, 10)[0] == "M0 10v-10h8v10zM10 10v-1h8v1z"
    assert charts.columns([[0, 0], [0, 0]], 20, 10) == ["", ""]
    assert charts.columns([[4], [4], [2]], 10, 10) == ["M0 10v-4h8v4z", "M0 6v-4h8v4z", "M0 2v-2h8v2z"]
    assert charts.columns([[]], 10, 10) == [""]


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-1, "1 s ago"),
        (0, "0 s ago"),
        (89, "in 89 s"),
        (-600, "10 min ago"),
        (7_200, "in 2 h"),
        (-864_000, "10 days ago"),
    ],
)
def test_moments_are_told_by_how_far_away_they_are(seconds: int, said: str) -> None:
    assert admin_page.ago(NOW + timedelta(seconds=seconds), NOW) == said


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("back", ["--paper", "--panel"])
@pytest.mark.parametrize(
    ("front", "least"), [("--good", 4.5), ("--bad", 4.5), ("--still", 4.5), ("--bar", 3), ("--bar-sent", 3)]
)
def test_colours_have_the_contrast_of_wcag_aa(scheme: int, back: str, front: str, least: float) -> None:
    folder = Path(pages.__file__).parent / "templates"
    styles = [(folder / name).read_text("utf-8") for name in ("style.css", "admin.css")]
    colours: dict[str, str] = {}
    for style in styles:
        block = re.findall(r":root \{(.*?)\}", style, re.DOTALL)[scheme]
        colours |= dict(re.findall(r"(--[\w-]+): (#[0-9a-f]{6})", block))
    one, other = sorted(_luminance(colours[name]) for name in (front, back))
    assert (other + 0.05) / (one + 0.05) >= least


# The numbers


def test_the_numbers_are_read_by_prometheus_in_both_formats(app: Application) -> None:
    got = ask(app, "/metrics", LET_IN)
    assert got.headers["content-type"].startswith("text/plain; version=0.0.4")
    families = list(text_string_to_metric_families(got.text))
    assert families
    for family in families:
        assert family.name.startswith("seedfeed_")
        assert family.documentation.endswith(".")
        assert family.type in ("gauge", "counter")
        for sample in family.samples:
            assert set(sample.labels) <= {"version", "status", "severity", "state", "kind", "feed", "answer"}
    asked = {**LET_IN, "accept": "application/openmetrics-text; version=1.0.0"}
    open_ = ask(app, "/metrics", asked)
    assert open_.headers["content-type"].startswith("application/openmetrics-text")
    read_again = list(parse_openmetrics(open_.text))  # type: ignore[no-untyped-call]  # its library has no types there
    assert len(read_again) == len(families)


def test_the_numbers_are_those_of_the_store(app: Application) -> None:
    found = numbers(ask(app, "/metrics", LET_IN))
    assert found["seedfeed_sources", "ok"] == 1
    assert found["seedfeed_sources", "failing"] == 2, "one feed, and the home's own files"
    assert found["seedfeed_sources", "gone"] == 1
    assert found["seedfeed_seed_problems", "error"] == 2
    assert found["seedfeed_entries", "published"] == 2
    assert found["seedfeed_healthy", ""] == 1
    assert found["seedfeed_worker_last_cycle_timestamp_seconds", ""] == pytest.approx(NOW.timestamp(), abs=0.01)
    assert found["seedfeed_feed_entries", "source-coast"] == 2
    assert found["seedfeed_feed_size_bytes", "all"] > 500
    assert found["seedfeed_feed_stated_subscribers", "all"] == 120
    assert found["seedfeed_feed_clients", "all"] == 2
    assert found["seedfeed_feed_requests_total", "all,full"] == 121, "of all days, those forgotten too"
    assert found["seedfeed_feed_requests_total", "all,unmodified"] == 3
    assert found["seedfeed_feed_sent_bytes_total", "all"] == 42_000
    assert found["seedfeed_feed_unconditional_requests_total", "all"] == 22
    assert found["seedfeed_feed_requests_total", f"{traffic.NOWHERE},failed"] == 2
    assert found["seedfeed_health_event_timestamp_seconds", "broken"] == pytest.approx(NOW.timestamp(), abs=0.01)


def test_there_are_no_more_series_than_feeds(app: Application, store: Store) -> None:
    before = len(numbers(ask(app, "/metrics", LET_IN)))
    with store.transaction() as transaction:
        store.traffic.add(transaction, [Row(TODAY, "all", f"Evil{n}", Counts(full=1)) for n in range(1_000)], 2, TODAY)
    assert len(numbers(ask(app, "/metrics", LET_IN))) == before


def test_a_request_is_in_the_numbers_at_once_and_stays_when_the_worker_takes_it(store: Store, tmp_path: Path) -> None:
    app = Application(home(tmp_path), SETTINGS)

    def requests() -> float:
        found = numbers(ask(app, "/metrics", LET_IN))
        return sum(value for (name, _), value in found.items() if name == "seedfeed_feed_requests_total")

    before = requests()
    assert ask(app, "/feeds/all.atom", {"user-agent": "Feedly/1.0 (500 subscribers)"}).status == 200
    assert requests() == before + 1
    with closing(Inbox(home(tmp_path).inbox)) as inbox:
        with inbox.handing_over() as batches:
            with store.transaction() as transaction:
                store.traffic.take(transaction, batches, TODAY)
                assert requests_from_other_process(tmp_path) == before + 1, "while it is in the inbox"
            assert requests_from_other_process(tmp_path) == before + 1, "while it is in both files"
        assert requests() == before + 1
    assert ask(app, "/feeds/all.atom").status == 200
    app.close()
    with closing(Application(home(tmp_path), SETTINGS)) as again:
        assert rows_of(page_of(again), "Table of feeds")["all"][4] == "500"
        found = numbers(ask(again, "/metrics", LET_IN))
        assert found["seedfeed_feed_requests_total", "all,full"] == 123


def requests_from_other_process(root: Path) -> float:
    """Read through connections of its own."""
    from feeds.serve.shelf import Shelf

    with closing(Shelf(home(root), SETTINGS)) as shelf:
        seen = overview.gather(shelf, NOW)
    return sum(counts.requests for counts in seen.totals.values())


def test_counting_goes_on_while_the_inbox_cannot_be_written(app: Application, tmp_path: Path) -> None:
    home(tmp_path).inbox.unlink(missing_ok=True)
    home(tmp_path).inbox.mkdir()
    assert ask(app, "/feeds/all.atom").status == 200
    found = numbers(ask(app, "/metrics", LET_IN))
    assert found["seedfeed_feed_requests_total", "all,full"] == 122
    home(tmp_path).inbox.rmdir()


def test_every_metric_is_documented_with_its_type_and_no_other(app: Application) -> None:
    page = (Path(__file__).parents[1] / "docs" / "operating.md").read_text("utf-8")
    documented = dict(re.findall(r"^\| `(seedfeed_\w+)` \| (\w+) \|", page, re.MULTILINE))
    told = {}
    for family in text_string_to_metric_families(ask(app, "/metrics", LET_IN).text):
        told[f"{family.name}_total" if family.type == "counter" else family.name] = family.type
    assert documented == told


# A real server


def test_a_real_home_tells_who_asked_for_its_feeds(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.drop("a.txt", "A headline\n\nSome words of the story.\n")
    letter = {"authorization": ""}
    feedly = {"user-agent": "Feedly/1.0 (+http://www.feedly.com/fetcher.html; 77 subscribers)"}
    with site.running():
        token = (tmp_path / "data" / "admin.token").read_text().strip()
        letter["authorization"] = f"Bearer {token}"
        got = site.get("/feeds/all.atom", feedly)
        again = site.get("/feeds/all.atom", {**feedly, "if-none-match": got.headers["etag"]})
        assert (got.status, again.status) == (200, 304)
        assert site.get("/admin").status == 401
        found = _real_numbers(site, letter)
        assert found["seedfeed_feed_requests_total", "all,unmodified"] == 1
        assert found["seedfeed_feed_stated_subscribers", "all"] == 77
        eventually(lambda: _real_numbers(site, letter)["seedfeed_healthy", ""] == 1, "the worker's word")
        assert b"77" in site.get("/admin?feed=all", letter).body
        full = found["seedfeed_feed_requests_total", "all,full"]
        assert site.get("/feeds/all.atom", feedly).status == 200
    # What was counted last is written when the server stops, and the next cycle takes it in.
    site.cycle()
    with closing(Store.open_readonly(tmp_path / "data" / "seedfeed.sqlite")) as store:
        assert store.traffic.totals()["all"].full == full + 1
        assert store.traffic.totals()["all"].subscribers == 0
        assert {row.client for row in store.traffic.since(0)} >= {"Feedly"}


def _real_numbers(site: Site, letter: Mapping[str, str]) -> dict[tuple[str, str], float]:
    got = site.get("/metrics", letter)
    assert got.status == 200
    return numbers(Response(got.status, dict(got.headers), got.body))
