"""Copies under their lead: who leads, what is never folded, what hands decide, what is kept of it. A real store."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from feeds.errors import OrderError
from feeds.model import Entry, Source
from feeds.publish.regenerate import publish
from feeds.store import Store
from feeds.store.connection import connect
from feeds.store.migrations import migrations
from support.articles import cut, headline, html, other, text
from support.builders import (
    HOUR,
    LONG,
    NOW,
    SEEDS,
    bring,
    entry,
    fold,
    home,
    opened,
    plant,
    record,
    settings,
    source,
    subscribe,
    withdraw,
)
from worker.cli.why import as_text, why
from worker.cycle.orders import carry_out
from worker.entries.identify import decide_seed
from worker.stories.folding import Folding

HILLS, COAST, MARSH, DELTA = SOURCES = [source(name) for name in ("hills", "coast", "marsh", "delta")]
BY_KEY = {one.key: one for one in SOURCES}
DAY = timedelta(days=1)
WINDOW = timedelta(hours=72)
MOST_KEYS = 20


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(made(tmp_path)) as ready:
        yield ready


def made(root: Path, *sources: Source) -> Store:
    store = opened(root)
    subscribe(store, *(sources or SOURCES))
    return store


def story(of: Source, name: str = "bridge", said: str = "", **changes: Any) -> Entry:
    """An entry that tells the English article, or says something else, under a headline of its outlet's own."""
    return entry(of, name, content=html(said or text("en")), **{"title": f"{of.title} about the {name}", **changes})


def brought(store: Store, *entries: Entry, now: datetime = NOW, apart: timedelta = HOUR) -> None:
    """Each of them polled and compared, one after the other."""
    for place, one in enumerate(entries):
        if one.source_id == SEEDS.key:
            plant(store, one, now=now + place * apart)
        else:
            bring(store, BY_KEY[one.source_id], one, now=now + place * apart)


def leads(store: Store) -> dict[str, str]:
    """What stands under what, by id, in force; nothing stands under what is gone or stands under another itself."""
    rows = store.connection.execute(
        "SELECT e.id, lead.id AS lead, lead.lead AS above, lead.deleted_us AS gone FROM entries AS e"
        " JOIN entries AS lead ON lead.n = e.lead WHERE e.deleted_us IS NULL"
    ).fetchall()
    assert [row["id"] for row in rows if row["above"] is not None or row["gone"] is not None] == [], "a chain"
    return {row["id"]: row["lead"] for row in rows}


def linked(store: Store) -> dict[str, str]:
    """The same for what was decided, in force or not."""
    rows = store.connection.execute(
        "SELECT e.id, lead.id AS lead FROM stories AS t JOIN entries AS e ON e.n = t.entry"
        " JOIN entries AS lead ON lead.n = t.lead"
    )
    return {row["id"]: row["lead"] for row in rows}


def log(store: Store, one: Entry) -> list[tuple[str, str]]:
    trace = store.traces.of(one.id)
    assert trace
    return [(verdict, reason) for _, verdict, reason in trace.log]


def order(store: Store, kind: str, *named: Entry, now: datetime = NOW + DAY) -> str:
    return carry_out(store, kind, "\n".join(one.id for one in named), now)


def stamp(store: Store, one: Entry) -> datetime:
    found = store.entries.get(one.id)
    assert found
    return found.updated


# Who leads


def test_the_first_seen_leads_though_another_was_published_before(store: Store) -> None:
    first = story(HILLS, published=NOW - HOUR)
    second = story(COAST, published=NOW - 9 * HOUR)
    third = story(MARSH, said=cut(text("en"), 300))
    brought(store, first, second, third)
    assert leads(store) == {second.id: first.id, third.id: first.id}


def _of(number: int, **changes: Any) -> Entry:
    return story(SOURCES[number], **changes)


# Four entries that come within one round, and the number of the one that leads.
BATCHES: list[tuple[str, Sequence[Source], Sequence[Entry], int]] = [
    ("source order", SOURCES, [_of(n) for n in range(4)], 0),
    ("date", SOURCES, [_of(n, published=NOW - (n % 3) * HOUR) for n in range(4)], 2),
    (
        "priority",
        [replace(one, priority=n % 2) for n, one in enumerate(SOURCES)],
        [_of(n, published=NOW - (5 - n) * HOUR) for n in range(4)],
        1,
    ),
    (
        "a summary leads when it is first",
        SOURCES,
        [_of(0, said=cut(text("en"), 350)), _of(1), _of(2, said=text("en", (0, 1, 2))), _of(3)],
        0,
    ),
]


@pytest.mark.parametrize(("sources", "entries", "lead"), [c[1:] for c in BATCHES], ids=[c[0] for c in BATCHES])
def test_in_one_batch_the_lead_is_the_same_whoever_answered_first(
    tmp_path: Path, sources: Sequence[Source], entries: Sequence[Entry], lead: int
) -> None:
    expected = {one.id: entries[lead].id for n, one in enumerate(entries) if n != lead}
    for number, answers in enumerate(permutations(range(4))):
        (tmp_path / f"{number}").mkdir()
        with closing(made(tmp_path / f"{number}")) as store:
            subscribe(store, *sources)
            for place, n in enumerate(answers):
                # Within one cycle, though not within one second.
                record(store, sources[n], entries[n], now=NOW + place * timedelta(seconds=1))
            fold(store, now=NOW + timedelta(minutes=1))
            assert leads(store) == expected, answers


def test_what_is_published_already_leads_what_comes_with_a_higher_priority(store: Store) -> None:
    first, second = story(HILLS), story(COAST)
    brought(store, first)
    subscribe(store, replace(COAST, priority=9))
    brought(store, second, now=NOW + HOUR)
    assert leads(store) == {second.id: first.id}


NOTICES = {
    "en": (
        "We use cookies and similar technologies to improve your browsing experience, analyse site traffic and show"
        " content that you like. By clicking Accept you consent to the use of cookies in accordance with our policy.",
        "Man dies in crash near Perth",
        "How to improve your garden this winter",
        "Watch: whales swim past surfers in Sydney",
        "Stock markets fall as traders weigh inflation",
        "Why your browsing is not private",
    ),
    "player": (
        "To view this video please enable JavaScript, and consider upgrading to a web browser that supports it.",
        "Council to close three libraries",
        "The best new films to watch this week",
        "Storm batters the west coast",
    ),
    "player that names a video": (
        "The video player could not be loaded. Please disable your ad blocker and reload the page, then watch the video"
        " clip now.",
        "Mayor resigns after vote",
        "Video: storm hits coast",
        "Watch: new bridge opens",
    ),
    "paywall": (
        "Subscribe to read the full story. You have reached the limit of free articles this month, but there is a"
        " special offer for new readers of the paper: get three months for the price of one.",
        "Mayor resigns after vote",
        "Photos: the parade today",
        "Paper mill to close",
        "New readers love old books",
        "The story of a special ship",
    ),
    "de": (
        "Lesen Sie den ganzen Inhalt mit unserem Angebot für neue Leser: Melden Sie sich jetzt an, um den Artikel"
        " weiterzulesen. Das Angebot gilt für den ersten Monat, der Inhalt steht danach allen Abonnenten offen.",
        "Bürgermeister tritt zurück",
        "Angebot für Pendler wächst",
        "Inhalt der Rede bekannt",
    ),
    "vi, player": (
        "Trình phát video không tải được. Vui lòng tắt trình chặn quảng cáo để xem lại nội dung này, giá vàng và thời"
        " tiết có trong ứng dụng, đăng ký ngay hôm nay để nhận ưu đãi của tòa soạn.",
        "Bão số 9 đổ bộ miền Trung",
        "Xem lại trận chung kết",
        "Giá vàng tăng mạnh",
    ),
    "vi": (
        "Vui lòng đăng nhập để đọc toàn bộ bài viết. Nội dung này chỉ dành cho thành viên đã đăng ký. Nếu bạn chưa có"
        " tài khoản, hãy đăng ký ngay hôm nay để nhận nhiều ưu đãi từ tòa soạn.",
        "Cháy lớn ở chợ Đồng Xuân",
        "Giá vàng hôm nay tăng mạnh",
        "Đội tuyển Việt Nam thắng Lào",
    ),
    "th": (
        "เนื้อหานี้สำหรับสมาชิกเท่านั้น กรุณาเข้าสู่ระบบหรือสมัครสมาชิกเพื่ออ่านต่อ เว็บไซต์นี้ใช้คุกกี้เพื่อพัฒนาประสบการณ์",
        "ไฟไหม้ตลาดน้ำในจังหวัดราชบุรี",
        "นายกรัฐมนตรีเยือนญี่ปุ่น",
        "ราคาทองคำวันนี้ปรับขึ้น",
    ),
    "zh": (
        "本文仅限会员阅读，请登录或订阅后继续阅读全文。本网站使用缓存来改善您的浏览体验，继续浏览即表示您同意我们的隐私政策。",
        "北京举行新闻发布会介绍经济形势",
        "台风登陆福建造成停电",
        "新能源汽车出口增长",
    ),
}


@pytest.mark.parametrize("together", [False, True], ids=["one after the other", "in one round"])
@pytest.mark.parametrize("language", NOTICES)
def test_a_notice_that_a_site_says_under_every_title_folds_nothing(store: Store, language: str, together: bool) -> None:
    notice, *titles = NOTICES[language]
    came = [
        story(of, f"{of.slug}{place}", notice, title=title)
        for place, title in enumerate(titles)
        for of in (HILLS, COAST)
    ]
    for one in came:
        (record if together else bring)(store, BY_KEY[one.source_id], one)
    fold(store)
    # The same title at both, as of a story that they took from an agency, is one story still.
    assert leads(store) == {came[n].id: came[n - 1].id for n in range(1, len(came), 2)}


def test_one_body_under_a_sixty_titles_folds_nothing(store: Store) -> None:
    notice, *_ = NOTICES["en"]
    subjects = [f"{one} {two}" for one in ("Harbour", "Railway", "Museum", "Orchard", "Theatre", "Quarry")
                for two in ("burns", "opens", "closes", "wins prize", "sold", "moves", "floods", "strikes", "grows",
                            "waits")]  # fmt: skip
    for place, subject in enumerate(subjects):
        of = SOURCES[place % 2]
        record(store, of, story(of, f"n{place}", notice, title=subject))
    fold(store)
    assert leads(store) == {}


def test_two_stories_stay_two(store: Store) -> None:
    bridge = [story(of) for of in SOURCES[:3]]
    diary = [story(of, "diary", other("en")) for of in SOURCES[1:]]
    brought(store, *bridge, *diary)
    assert leads(store) == {
        **{one.id: bridge[0].id for one in bridge[1:]},
        **{one.id: diary[0].id for one in diary[1:]},
    }


@pytest.mark.parametrize("language", ["vi", "th", "zh", "ja"])
def test_a_summary_and_a_full_text_are_one_story_in_any_language(store: Store, language: str) -> None:
    full = story(HILLS, said=text(language), title=headline(language))
    short = story(COAST, said=cut(text(language), 250 if language in ("vi", "th") else 90), title=headline(language))
    brought(store, full, short)
    assert leads(store) == {short.id: full.id}


def test_entries_of_one_source_may_tell_one_story(store: Store) -> None:
    first, second = story(HILLS), story(HILLS, "crossing")
    brought(store, first, second)
    assert leads(store) == {second.id: first.id}


@pytest.mark.parametrize(("later", "folded"), [(timedelta(hours=2), True), (DAY, False)])
def test_what_a_source_says_again_of_another_day_in_few_words_is_no_repeat(
    store: Store, later: timedelta, folded: bool
) -> None:
    first = story(HILLS, "monday", LONG, title="No warnings", published=NOW)
    again = story(HILLS, "tuesday", LONG, title="No warnings", published=NOW + later)
    brought(store, first)
    brought(store, again, now=NOW + later)
    assert leads(store) == ({again.id: first.id} if folded else {})


PAGE = "https://hills.example/market"
NOTICE = "Our office is closed on Monday. Please write to us, we will answer."


@pytest.mark.parametrize(
    ("one", "another", "folded"),
    [
        # Events of one page with the same words: their dates tell, also those that are still to come.
        ({}, {"published": NOW - 5 * HOUR}, False),
        ({"content": "Market."}, {"content": "Market.", "published": NOW - 5 * HOUR}, False),
        ({}, {"published": NOW - HOUR + timedelta(minutes=1)}, True),  # listed twice
        ({}, {}, True),
        ({"dated": False, "announced": NOW + DAY}, {"dated": False, "announced": NOW + 8 * DAY}, False),
        ({"dated": False}, {"dated": False}, True),
        ({"dated": False}, {}, True),
        # Elsewhere few words prove nothing of another moment.
        ({"content": "All is well."}, {"content": "All is well.", "permalink": f"{PAGE}/2", "published": NOW}, False),
        # Another day or number in the same few words.
        ({"content": NOTICE}, {"content": NOTICE.replace("Monday", "Tuesday"), "permalink": f"{PAGE}/2"}, False),
        ({"content": NOTICE}, {"content": NOTICE.replace("office", "museum"), "permalink": f"{PAGE}/2"}, False),
        ({"content": NOTICE}, {"content": NOTICE.replace("answer", "anwser"), "permalink": f"{PAGE}/2"}, True),
        # Cut within a word.
        ({}, {"content": LONG[:149] + "…"}, True),
        ({"content": LONG[:108] + "…"}, {"content": LONG[:90] + "…"}, True),
    ],
)
def test_of_what_a_source_says_twice_dates_and_few_words_tell(
    store: Store, one: dict[str, Any], another: dict[str, Any], folded: bool
) -> None:
    common = {"permalink": PAGE, "title": "Market", "content": LONG}
    first, second = entry(HILLS, "a", **(common | one)), entry(HILLS, "b", **(common | another))
    brought(store, first, second)
    assert store.entries.count() - len(leads(store)) == (1 if folded else 2)


def test_a_notice_of_another_day_is_another_one_at_other_sources_too(store: Store) -> None:
    for day, text_ in enumerate((NOTICE, NOTICE.replace("Monday", "Tuesday"))):
        bring(store, SOURCES[day], entry(SOURCES[day], "a", title="Bureau", content=text_.replace("Monday", "lundi")))
    assert leads(store) == {}


def test_events_in_two_feeds_are_told_apart_by_their_dates(store: Store) -> None:
    """The feed of a category has them, too, and one that the other does not have."""
    events = [
        [
            entry(of, str(n), permalink=PAGE, title="Market", content=LONG, published=NOW - n * 5 * HOUR)
            for n in range(9)
        ]
        for of in (HILLS, COAST)
    ]
    brought(store, *events[0][:8], *events[1])
    assert leads(store) == {theirs.id: ours.id for ours, theirs in zip(*events, strict=True) if ours != events[0][8]}


# Our own


@pytest.mark.parametrize("together", [False, True], ids=["later", "in one round"])
def test_a_seed_that_came_first_or_at_once_leads_the_others(store: Store, together: bool) -> None:
    own, others = story(SEEDS), [story(of) for of in SOURCES[:2]]
    if together:
        for one in others:
            record(store, BY_KEY[one.source_id], one)
        plant(store, own)
    else:
        brought(store, own, *others)
    assert leads(store) == {one.id: own.id for one in others}


def test_a_seed_whose_twin_is_out_is_linked_and_never_folded(store: Store) -> None:
    first, second, own, late = story(HILLS), story(COAST), story(SEEDS), story(MARSH)
    brought(store, first, second, own, late)
    assert leads(store) == {second.id: first.id, late.id: first.id}
    assert linked(store)[own.id] == first.id
    assert log(store, own)[-1][0] == "linked"


def test_two_seeds_that_tell_one_story_both_stay(store: Store) -> None:
    one, another = story(SEEDS, "one"), story(SEEDS, "another")
    brought(store, one, another)
    assert leads(store) == {}
    assert linked(store) == {another.id: one.id}


# No chains, no false folds

BETWEEN = [story(HILLS, said=text("en", (0, 1, 2))), story(COAST, said=text("en", (1, 2, 3, 4)))]
FAR = story(MARSH, said=text("en", (3, 4)))


def test_what_is_like_a_copy_but_not_like_its_lead_stays(store: Store) -> None:
    brought(store, *BETWEEN, FAR)
    assert leads(store) == {BETWEEN[1].id: BETWEEN[0].id}


def test_that_is_so_in_one_batch_too_in_any_order_of_answers(tmp_path: Path) -> None:
    found = set()
    for number, answers in enumerate(permutations([*BETWEEN, FAR])):
        (tmp_path / f"{number}").mkdir()
        with closing(made(tmp_path / f"{number}")) as store:
            for one in answers:
                record(store, BY_KEY[one.source_id], one)
            fold(store)
            found.add(tuple(sorted(leads(store).items())))
    assert found == {((BETWEEN[1].id, BETWEEN[0].id),)}


@pytest.mark.parametrize(
    ("said", "title", "verdict", "words"),
    [
        (
            text("en").replace("340", "512").replace("4.2", "7.8").replace("2.9", "6.1"),
            "Bridge",
            "kept apart",
            "numbers",
        ),
        (text("en"), "Bridge", "duplicate", "100% of its text stands there; 7 of 7 numbers agree"),
        (f"{other('en')}\n{other('en')}\n{text('en', (0, 1))}", "Diary", "kept apart", "tells something else first"),
    ],
)
def test_the_log_tells_what_was_found_and_which_guard_spoke(
    store: Store, said: str, title: str, verdict: str, words: str
) -> None:
    first, second = story(HILLS), story(COAST, said=said, title=title)
    brought(store, first, second)
    last = log(store, second)[-1]
    assert last[0] == verdict
    assert words in last[1]
    assert first.id in last[1]
    assert "% of its text stands there" in last[1]


# What is compared at all


@pytest.mark.parametrize(
    ("said", "link", "folded"),
    [
        (text("en"), "", True),  # exact text
        (text("en", (0, 1, 2)), "", False),
        (text("en", (0, 1, 2)), "https://agency.example/1", True),  # the same link, and cut
        (other("en"), "https://agency.example/1", False),
    ],
)
def test_a_backlog_that_is_older_than_the_window_is_compared_by_link_and_exact_text_alone(
    store: Store, said: str, link: str, folded: bool
) -> None:
    first = story(HILLS, permalink="https://agency.example/1", published=NOW - 5 * DAY)
    old = story(COAST, said=said, permalink=link or "https://coast.example/1", published=NOW - 4 * DAY)
    brought(store, first, old)
    assert leads(store) == ({old.id: first.id} if folded else {})
    assert store.connection.execute("SELECT count(*) FROM prints").fetchone()[0] == 0
    assert store.connection.execute("SELECT count(*) FROM passages").fetchone()[0] == 0


@pytest.mark.parametrize(("later", "folded"), [(WINDOW - 2 * HOUR, True), (WINDOW + 2 * HOUR, False)])
def test_what_is_published_within_the_window_is_compared(store: Store, later: timedelta, folded: bool) -> None:
    first = story(HILLS, published=NOW)
    second = story(COAST, said=text("en", (0, 1, 2)), published=NOW + later)
    brought(store, first)
    brought(store, second, now=NOW + later)
    assert leads(store) == ({second.id: first.id} if folded else {})


def test_the_window_is_a_setting(store: Store) -> None:
    first = story(HILLS, published=NOW)
    second = story(COAST, said=text("en", (0, 1, 2)), published=NOW + 5 * HOUR)
    for one, now in ((first, NOW), (second, NOW + 5 * HOUR)):
        record(store, BY_KEY[one.source_id], one, now=now)
        fold(store, now=now, window="4h")
    assert leads(store) == {}


def test_an_entry_has_few_keys_and_none_once_its_window_is_over(store: Store) -> None:
    one = story(HILLS, said=text("en") + other("en"))
    brought(store, one, story(COAST, said=text("vi")), story(MARSH, said=text("th")))
    rows = store.connection.execute("SELECT entry, count(*) FROM passages GROUP BY entry").fetchall()
    assert len(rows) == 3
    assert all(0 < row[1] <= MOST_KEYS for row in rows)
    brought(store, story(DELTA, "diary", other("en"), published=NOW + 5 * DAY), now=NOW + 5 * DAY)
    left = {row[0] for row in store.connection.execute("SELECT entry FROM passages UNION SELECT entry FROM prints")}
    assert left == {4}


def test_a_copy_is_found_by_what_its_lead_is_not_found_by(store: Store) -> None:
    """Forty printings of one agency story are not forty stories: its keys do not become common."""
    brought(store, *(story(of) for of in SOURCES))
    counts = store.connection.execute("SELECT count(*) FROM passages GROUP BY key").fetchall()
    assert {row[0] for row in counts} == {1}


# Private, and out of sight


@pytest.mark.parametrize(
    ("lead_private", "copy_private", "folded"),
    [(False, True, True), (True, False, False), (True, True, True)],
)
def test_nothing_public_stands_under_what_is_private(
    store: Store, lead_private: bool, copy_private: bool, folded: bool
) -> None:
    subscribe(store, replace(HILLS, private=lead_private), replace(COAST, private=copy_private))
    first, second = story(HILLS), story(COAST)
    brought(store, first, second)
    assert (leads(store) == {second.id: first.id}) is folded
    assert bool(leads(store)) is folded


@pytest.mark.parametrize(
    ("shared", "folded"), [((False, True), False), ((True, False), True), ((False, False), True)], ids=str
)
def test_nothing_shared_stands_under_what_is_in_its_own_feed_only(
    store: Store, shared: tuple[bool, bool], folded: bool
) -> None:
    entries = story(HILLS), story(COAST)
    for one, is_shared in zip(entries, shared, strict=True):
        record(store, BY_KEY[one.source_id], one)
        with store.transaction():
            store.connection.execute("UPDATE entries SET shared = ? WHERE id = ?", (int(is_shared), one.id))
        fold(store)
    assert bool(leads(store)) is folded


def test_nothing_stands_under_what_is_withdrawn(store: Store) -> None:
    first, second = story(HILLS), story(COAST)
    brought(store, first)
    withdraw(store, first)
    brought(store, second)
    assert leads(store) == {}


# The same id or link


@pytest.mark.parametrize(
    ("mine", "theirs", "folded"),
    [
        ({"content": f"<p>{LONG}</p>"}, {"content": f"<p>{LONG}</p>"}, True),
        ({"content": f"<p>{LONG}</p>"}, {"content": f"<p>{LONG} And more.</p>"}, True),
        ({"content": "<p>Read more</p>"}, {"content": "<p>Read more</p>"}, True),
        ({"content": "<p>Read more</p>"}, {"content": "<p>Read more of it</p>"}, False),
        ({"content": "<p>Snow.</p>"}, {"content": f"<p>{LONG}</p>"}, False),
        ({"content": "", "summary": ""}, {"content": "", "summary": ""}, True),
        ({"content": "", "summary": "", "title": "Ice"}, {"content": "", "summary": ""}, False),
    ],
)
@pytest.mark.parametrize("shared", ["id", "permalink"])
@pytest.mark.parametrize("enabled", [True, False])
def test_the_same_id_or_permalink_is_a_copy_only_if_the_text_agrees_and_with_stories_off_too(
    store: Store, mine: dict[str, str], theirs: dict[str, str], folded: bool, shared: str, enabled: bool
) -> None:
    common = {"title": "Snow", shared: "https://agency.example/1"}
    record(store, COAST, entry(COAST, "a", **(common | theirs)))
    (first,) = record(store, HILLS, entry(HILLS, "a", **(common | mine)))
    fold(store, enabled=enabled)
    assert first.entry.id != (common | {"id": story(COAST, "a").id})["id"], "a stranger cannot overwrite an entry"
    assert bool(leads(store)) is folded
    assert all(how == "same" for (how,) in store.connection.execute("SELECT how FROM stories"))


@pytest.mark.parametrize("said", [LONG, text("en") + other("en")], ids=["a bulletin", "a long article"])
def test_bulletins_of_one_wording_with_other_numbers_in_their_titles_are_other_entries(store: Store, said: str) -> None:
    brought(store, story(HILLS, said=said, title="Bulletin 3"), story(COAST, said=said, title="Bulletin 4"))
    assert leads(store) == {}


def test_a_stranger_under_a_known_id_gets_its_own_and_stands_under_it(store: Store) -> None:
    first = story(HILLS, id="tag:agency.example,2025:1")
    brought(store, first)
    (decision,) = bring(store, COAST, story(COAST, id=first.id))
    assert decision.namesake == first.id
    assert leads(store) == {decision.entry.id: first.id}


# Edits


def test_a_copy_that_is_edited_and_still_matches_stays_and_moves_nothing_of_its_lead(store: Store) -> None:
    first, second = story(HILLS), story(COAST)
    brought(store, first, second)
    before = stamp(store, first)
    edited = story(COAST, said=text("en").replace("first bus", "very first coach") + "\nMore follows.")
    brought(store, edited, now=NOW + 5 * HOUR)
    assert leads(store) == {second.id: first.id}
    assert stamp(store, first) == before
    assert stamp(store, second) > NOW


def test_a_copy_that_says_something_else_now_stands_by_itself_and_the_log_says_so(store: Store) -> None:
    first, second = story(HILLS), story(COAST)
    brought(store, first, second, story(COAST, said=other("en")))
    assert leads(store) == linked(store) == {}
    assert log(store, second)[-1] == ("separated", f"from {first.id}: nothing of its text stands there any more")
    brought(store, story(MARSH, "diary", other("en")), now=NOW + 4 * HOUR)
    assert leads(store) == {story(MARSH, "diary").id: second.id}, "it is found by its new text"


def test_when_a_lead_tells_another_story_its_copies_find_a_lead_of_their_own(store: Store) -> None:
    first, second, third = story(HILLS), story(COAST), story(MARSH)
    brought(store, first, second, third, story(HILLS, said=other("en")))
    assert leads(store) == {third.id: second.id}
    assert log(store, second)[-1][0] == "separated"


def test_a_copy_that_lent_its_text_is_never_held_against_that_text(store: Store) -> None:
    first, second = story(HILLS, said=cut(text("en"), 350)), story(COAST)
    brought(store, first, second)
    assert leads(store) == {second.id: first.id}
    brought(store, story(COAST, said=other("en")))
    assert leads(store) == {}
    assert store.connection.execute("SELECT count(*) FROM entries WHERE lender IS NOT NULL").fetchone()[0] == 0


def test_what_was_found_by_a_lent_text_goes_with_it(store: Store) -> None:
    first, second = story(HILLS, said=cut(text("en"), 350)), story(COAST)
    third = story(MARSH, said=text("en", (2, 3, 4)))
    brought(store, first, second, third)
    assert leads(store) == {second.id: first.id, third.id: first.id}
    order(store, "split", second)
    fold(store, now=NOW + HOUR)
    assert leads(store) in ({}, {third.id: second.id})


def test_a_lead_that_is_shown_again_stands_under_the_one_that_took_its_place(store: Store) -> None:
    first, second = story(HILLS), story(COAST)
    brought(store, first, second)
    order(store, "hide", first)
    fold(store, now=NOW + HOUR)
    order(store, "unhide", first)
    fold(store, now=NOW + 2 * HOUR)
    assert leads(store) == {first.id: second.id}


def test_a_fold_that_was_found_can_be_confirmed_by_hand(store: Store) -> None:
    first, second = story(HILLS), story(COAST)
    brought(store, first, second)
    assert "stays so now" in order(store, "merge", first, second)
    brought(store, story(COAST, said=other("en")))
    assert leads(store) == {second.id: first.id}


def test_a_lead_that_is_edited_keeps_its_copies(store: Store) -> None:
    first, second = story(HILLS), story(COAST)
    brought(store, first, second, story(HILLS, said=text("en") + "\nThe last sensor was fitted on Sunday."))
    assert leads(store) == {second.id: first.id}


def test_an_entry_that_stands_alone_is_not_folded_by_an_edit(store: Store) -> None:
    """It was published: its readers would see it vanish."""
    first, second = story(HILLS), story(COAST, said=other("en"))
    brought(store, first, second, story(COAST))
    assert leads(store) == {}


# A lead that leaves


@pytest.mark.parametrize("event", ["withdrawn", "hidden"])
def test_when_a_lead_leaves_the_others_are_compared_again_first_of_all_with_each_other(
    store: Store, event: str
) -> None:
    first, *others = entries = [story(of) for of in SOURCES]
    brought(store, *entries)
    if event == "hidden":
        order(store, "hide", first)
    else:
        withdraw(store, first)
    assert leads(store) == {}
    fold(store, now=NOW + DAY)
    assert leads(store) == {one.id: others[0].id for one in others[1:]}


def test_those_that_were_only_like_the_lead_stand_for_themselves(store: Store) -> None:
    first = story(HILLS)
    second, third = story(COAST, said=text("en", (0, 1))), story(MARSH, said=text("en", (2, 3, 4)), title="Lorries")
    brought(store, first, second, third)
    assert leads(store) == {second.id: first.id, third.id: first.id}
    withdraw(store, first)
    fold(store, now=NOW + DAY)
    assert leads(store) == {}


def test_a_lead_that_is_shown_again_takes_nobody_from_the_one_that_leads_meanwhile(store: Store) -> None:
    first, second, third = entries = [story(of) for of in SOURCES[:3]]
    brought(store, *entries)
    order(store, "hide", first)
    fold(store, now=NOW + DAY)
    order(store, "unhide", first)
    fold(store, now=NOW + DAY)
    assert leads(store)[third.id] == second.id


def test_a_seed_whose_twin_leaves_is_linked_with_the_next(store: Store) -> None:
    first, second, own = story(HILLS), story(COAST), story(SEEDS)
    brought(store, first, second, own)
    withdraw(store, first)
    fold(store, now=NOW + DAY)
    assert (leads(store), linked(store)) == ({}, {own.id: second.id})


# A lead with a summary alone


def shown(store: Store, one: Entry) -> dict[str, Any]:
    publish(store, settings(), NOW + DAY)
    found = store.representations.of("/feeds/all.json")
    assert found
    (item,) = [item for item in json.loads(found.body)["items"] if item["id"] == one.id]
    return dict(item)


def test_a_lead_with_a_summary_alone_is_lent_the_longer_text_and_says_whose_it_is(store: Store) -> None:
    short = story(HILLS, said=cut(text("en"), 350))
    full = story(COAST)
    brought(store, short, full)
    item = shown(store, short)
    assert "Oakhanger" in item["content_html"]
    assert item["_seedfeed"]["content_from"]["source"] == "Coast"
    assert stamp(store, short) == short.updated
    later = story(MARSH, said=text("en", (2, 3, 4)))
    brought(store, later, now=NOW + 3 * HOUR)
    assert leads(store) == {full.id: short.id, later.id: short.id}, "what matches the lent text matches the lead"


@pytest.mark.parametrize(
    ("lead", "copy"),
    [
        (story(HILLS), story(COAST, said=text("en") + "\n" + other("en").split("\n")[0])),  # it has a text
        (story(SEEDS, said=cut(text("en"), 350)), story(COAST)),  # our own is published as it was written
        (story(HILLS, said=cut(text("en"), 350)), story(COAST, said=cut(text("en"), 400))),  # hardly longer
    ],
    ids=["a full text", "a seed", "another summary"],
)
def test_no_other_lead_is_lent_a_text(store: Store, lead: Entry, copy: Entry) -> None:
    brought(store, lead, copy)
    assert leads(store) == {copy.id: lead.id}
    assert "content_from" not in shown(store, lead)["_seedfeed"]


def test_a_lent_text_goes_when_its_copy_is_split_off(store: Store) -> None:
    short, full = story(HILLS, said=cut(text("en"), 350)), story(COAST)
    brought(store, short, full)
    order(store, "split", full)
    assert "Oakhanger" not in shown(store, short)["content_html"]


# Off and on


def everything(store: Store) -> list[tuple[Any, ...]]:
    rows = store.connection.execute(
        "SELECT e.id, lead.id, t.how, l.id FROM entries AS e LEFT JOIN entries AS lead ON lead.n = e.lead"
        " LEFT JOIN stories AS t ON t.entry = e.n LEFT JOIN entries AS l ON l.n = e.lender ORDER BY e.id"
    )
    return [tuple(row) for row in rows]


def told(store: Store) -> list[Entry]:
    """A story told by its text, one by its link, one merged and one split by hand."""
    entries = [
        story(HILLS),
        story(COAST, said=text("en", (0, 1, 2))),
        story(HILLS, "diary", other("en"), permalink="https://agency.example/1"),
        story(COAST, "diary", other("en"), permalink="https://agency.example/1"),
        story(MARSH, "tides", LONG),
        story(MARSH),
    ]
    brought(store, *entries)
    order(store, "merge", entries[0], entries[4])
    order(store, "split", entries[5])
    return entries


def test_off_takes_out_of_force_what_was_found_by_text_alone_and_on_brings_it_back(store: Store) -> None:
    entries = told(store)
    before = everything(store)
    fold(store, now=NOW + DAY, enabled=False)
    assert leads(store) == {entries[3].id: entries[2].id, entries[4].id: entries[0].id}
    fold(store, now=NOW + DAY)
    assert everything(store) == before


def test_what_came_while_stories_were_off_is_folded_once_they_are_on(tmp_path: Path) -> None:
    came = [story(HILLS), story(COAST, said=cut(text("en"), 300)), story(SEEDS), story(DELTA, "diary", other("en"))]
    found = []
    for name, enabled in (("on", True), ("off", False)):
        (tmp_path / name).mkdir()
        with closing(made(tmp_path / name)) as store:
            brought(store, story(MARSH, "bridge"))
            for place, one in enumerate(came):
                now = NOW + (1 + place) * HOUR
                if one.source_id == SEEDS.key:
                    plant(store, one, now=now) if enabled else _planted(store, one, now)
                else:
                    record(store, BY_KEY[one.source_id], one, now=now)
                fold(store, now=now, enabled=enabled)
            assert bool(leads(store)) is enabled
            fold(store, now=NOW + DAY)
            found.append((leads(store), linked(store)))
    assert found[0] == found[1]
    assert len(found[0][0]) == 2


def _planted(store: Store, one: Entry, now: datetime) -> None:
    """A seed that is not compared yet."""
    with store.transaction() as transaction:
        store.entries.apply(transaction, [decide_seed(one, None, now, substantive=False)], now, {})


def test_a_copy_that_is_edited_while_stories_are_off_stands_under_its_lead_when_they_are_on(store: Store) -> None:
    first, second = story(HILLS), story(COAST)
    brought(store, first, second)
    fold(store, now=NOW + DAY, enabled=False)
    record(store, COAST, story(COAST, said=text("en") + "\nMore follows."), now=NOW + DAY)
    fold(store, now=NOW + DAY, enabled=False)
    fold(store, now=NOW + DAY)
    assert leads(store) == {second.id: first.id}


def test_a_lead_that_leaves_while_stories_are_off_lets_nothing_be_folded_by_text(store: Store) -> None:
    first, second, third = story(HILLS), story(COAST), story(MARSH)
    brought(store, first, second, third)
    fold(store, now=NOW + DAY, enabled=False)
    withdraw(store, first)
    fold(store, now=NOW + DAY, enabled=False)
    assert leads(store) == {}
    fold(store, now=NOW + DAY)
    assert leads(store) == {third.id: second.id}


# By hand

Event = Callable[[Store, Entry, Entry], None]


def _poll(store: Store, first: Entry, second: Entry) -> None:
    for one in (first, second):
        bring(store, BY_KEY[one.source_id], one, now=NOW + 2 * DAY)


def _edit(said: str) -> Event:
    def edit(store: Store, _first: Entry, second: Entry) -> None:
        bring(store, COAST, story(COAST, second.id.rpartition("/")[2], said), now=NOW + 2 * DAY)

    return edit


def _off_and_on(store: Store, _first: Entry, _second: Entry) -> None:
    fold(store, now=NOW + 2 * DAY, enabled=False)
    fold(store, now=NOW + 2 * DAY)


def _away_and_back(which: int) -> Event:
    def event(store: Store, first: Entry, second: Entry) -> None:
        one = (first, second)[which]
        order(store, "hide", one, now=NOW + 2 * DAY)
        fold(store, now=NOW + 2 * DAY)
        order(store, "unhide", one, now=NOW + 2 * DAY)
        fold(store, now=NOW + 2 * DAY)

    return event


EVENTS = {
    "a poll": _poll,
    "an edit to the same text": _edit(text("en") + "\nMore follows."),
    "an edit to another text": _edit(other("en")),
    "off and on": _off_and_on,
    "the first hidden and shown": _away_and_back(0),
    "the second hidden and shown": _away_and_back(1),
}


@pytest.mark.parametrize("event", EVENTS.values(), ids=EVENTS)
def test_nothing_overrules_a_split(store: Store, event: Event) -> None:
    first, second = story(HILLS), story(COAST)
    brought(store, first, second)
    assert order(store, "split", second) == f"{second.id} stands by itself now, and stays so"
    event(store, first, second)
    assert leads(store) == {}
    assert ("split", "by hand") in log(store, second)


@pytest.mark.parametrize("event", EVENTS.values(), ids=EVENTS)
def test_nothing_overrules_a_merge(store: Store, event: Event) -> None:
    first, second = story(HILLS), story(COAST, "diary", other("en"))
    brought(store, first, second)
    assert order(store, "merge", first, second) == f"{second.id} stands under {first.id} now"
    event(store, first, second)
    assert leads(store) == {second.id: first.id}
    assert ("merged", f"by hand, under {first.id}") in log(store, second)


def test_a_split_of_a_lead_parts_all_that_stand_under_it(store: Store) -> None:
    first, second, third = story(HILLS), story(COAST), story(MARSH)
    brought(store, first, second, third)
    said = order(store, "split", first)
    assert said == f"2 entries that stood under {first.id} now stand by themselves, and stay so"
    assert leads(store) == {}
    fold(store, now=NOW + DAY)
    assert leads(store) == {}


def test_what_is_split_can_be_merged_and_what_is_merged_split(store: Store) -> None:
    first, second = story(HILLS), story(COAST)
    brought(store, first, second)
    order(store, "split", second)
    order(store, "merge", first, second)
    assert leads(store) == {second.id: first.id}
    order(store, "split", second)
    assert leads(store) == {}


def test_a_merge_takes_along_what_stands_under_the_second_and_goes_under_the_lead_of_the_first(store: Store) -> None:
    first, copy = story(HILLS), story(COAST)
    diary, its_copy = story(MARSH, "diary", other("en")), story(DELTA, "diary", other("en"))
    brought(store, first, copy, diary, its_copy)
    order(store, "merge", copy, diary)
    assert leads(store) == {one.id: first.id for one in (copy, diary, its_copy)}


def test_an_article_of_our_own_leads_what_it_is_merged_with(store: Store) -> None:
    own, diary, copy = story(SEEDS), story(COAST, "diary", other("en")), story(DELTA, "diary", other("en"))
    brought(store, own, diary, copy)
    order(store, "merge", diary, own)
    assert leads(store) == {diary.id: own.id, copy.id: own.id}


def test_two_of_our_own_are_linked_by_a_merge(store: Store) -> None:
    own, second = story(SEEDS), story(SEEDS, "diary", other("en"))
    brought(store, own, second)
    assert "an article of your own is never folded" in order(store, "merge", own, second)
    assert (leads(store), linked(store)) == ({}, {second.id: own.id})


@pytest.mark.parametrize("turn", [1, -1], ids=["the lead first", "the seed first"])
def test_a_seed_that_is_linked_is_never_linked_with_itself_by_a_merge(store: Store, turn: int) -> None:
    first, own = story(HILLS), story(SEEDS)
    brought(store, first, own)
    try:
        order(store, "merge", *(first, own)[::turn])
    except OrderError:
        assert linked(store) == {own.id: first.id}
    assert [id_ for id_, lead in linked(store).items() if id_ == lead] == []


@pytest.mark.parametrize(
    ("kind", "words", "reason"),
    [
        ("split", "alone", "it stands under no other entry, and none stands under it"),
        ("split", "nobody", "no such entry"),
        ("split", "hidden", "it is hidden"),
        ("split", "withdrawn", "it is withdrawn"),
        ("merge", "first nobody", "no such entry"),
        ("merge", "first hidden", "it is hidden"),
        ("merge", "withdrawn first", "it is withdrawn"),
        ("merge", "first first", "they are one story already"),
        ("merge", "copy first", "they are one story already"),
        ("merge", "private alone", "nothing public may stand under it"),
    ],
)
def test_what_cannot_be_done_by_hand_is_refused_and_changes_nothing(
    store: Store, kind: str, words: str, reason: str
) -> None:
    subscribe(store, replace(DELTA, private=True))
    named = {
        "first": story(HILLS),
        "copy": story(COAST),
        "alone": story(MARSH, "diary", other("en")),
        "hidden": story(MARSH, "tides", LONG),
        "withdrawn": story(MARSH, "reeds", text("vi")),
        "private": story(DELTA, "secret", text("th")),
    }
    brought(store, *named.values())
    order(store, "hide", named["hidden"])
    withdraw(store, named["withdrawn"])
    before = list(store.connection.iterdump())
    argument = "\n".join(named[word].id if word in named else "urn:x:nobody" for word in words.split())
    with pytest.raises(OrderError, match=reason):
        carry_out(store, kind, argument, NOW + DAY)
    assert list(store.connection.iterdump()) == before


def test_what_is_merged_while_its_lead_is_hidden_stands_under_that_when_it_is_shown(store: Store) -> None:
    first, second, third = story(HILLS), story(COAST, "diary", other("en")), story(MARSH, "tides", LONG)
    brought(store, first, second, third)
    order(store, "merge", first, second)
    order(store, "hide", first)
    order(store, "merge", second, third)
    order(store, "unhide", first)
    fold(store, now=NOW + DAY)
    assert second.id in leads(store), "and no chain, which `leads` asserts"


def test_what_is_merged_while_stories_are_off_makes_no_chain_when_they_are_on(store: Store) -> None:
    first, second, third = story(HILLS), story(COAST), story(MARSH, "diary", other("en"))
    brought(store, first, second, third)
    fold(store, now=NOW + DAY, enabled=False)
    order(store, "merge", second, third)
    fold(store, now=NOW + DAY)
    assert third.id in leads(store)


# What is told


def test_why_tells_share_passages_and_guard(store: Store, tmp_path: Path) -> None:
    first, second = story(HILLS), story(COAST, said=cut(text("en"), 400))
    brought(store, first, second)
    line = why(home(tmp_path), settings(), second.id, tmp_path, NOW)
    assert (line["duplicate_of"], line["folded"], line["how"]) == (first.id, True, "text")
    assert line["share"] > 0.9
    assert line["passages"][0].startswith("The old stone bridge at Harlow Ferry")
    assert [one["verdict"] for one in line["log"]] == ["new", "duplicate"]
    said = as_text(line)
    assert f"under {first.id} (" in said
    assert "numbers agree" in said
    assert "“The old stone bridge" in said


# What is never lost


def test_what_was_recorded_before_a_crash_is_compared_after_it(tmp_path: Path) -> None:
    first, second = story(HILLS), story(COAST)
    with closing(made(tmp_path)) as store:
        record(store, HILLS, first)
        record(store, COAST, second)
    with closing(Store.open(tmp_path / "data" / "seedfeed.sqlite")) as store:
        assert len(store.stories.undecided(waiting=False)) == 2
        assert Folding(store, settings()).fold(NOW + HOUR) == 1
        assert leads(store) == {second.id: first.id}
        assert store.stories.undecided(waiting=True) == []
        assert Folding(store, settings()).fold(NOW + HOUR) == 0


def test_a_new_entry_that_is_edited_before_it_was_compared_is_compared_as_it_is_now(store: Store) -> None:
    first, second = story(HILLS), story(COAST, said=other("en"))
    brought(store, first)
    record(store, COAST, second, now=NOW + HOUR)
    record(store, COAST, story(COAST), now=NOW + 2 * HOUR)
    fold(store, now=NOW + 2 * HOUR)
    assert leads(store) == {second.id: first.id}


def test_an_entry_that_is_withdrawn_before_it_was_compared_is_left_alone(store: Store) -> None:
    first, second = story(HILLS), story(COAST)
    record(store, HILLS, first)
    withdraw(store, first)
    record(store, COAST, second)
    fold(store)
    assert leads(store) == {}
    assert store.stories.undecided(waiting=True) == []


LATER_COLUMNS = ("lender", "details", "markup", "quiet_us", "quiet_change")


def test_a_store_of_the_last_version_shows_the_same_folds(tmp_path: Path) -> None:
    """Schema 9 kept a fold in entries.lead alone, with its reason in the decision log."""
    path = tmp_path / "data" / "seedfeed.sqlite"
    with closing(made(tmp_path)) as store:
        entries = [story(HILLS), story(COAST), story(MARSH, permalink=story(HILLS).permalink), story(DELTA)]
        for one in entries:
            record(store, BY_KEY[one.source_id], one)
        columns = [row["name"] for row in store.connection.execute("PRAGMA table_info(entries)")]
        kept = ", ".join(name for name in columns if name not in LATER_COLUMNS)
        dump = {
            name: store.connection.execute(f"SELECT {what} FROM {name}").fetchall()
            for name, what in (("sources", "*"), ("entries", kept), ("decisions", "*"), ("facts", "*"))
        }
    path.unlink()
    with closing(connect(path)) as old:
        migrations.apply(Database(old), stop_before="m010_stories")
        old.execute("PRAGMA user_version = 9")
        for name, rows in dump.items():
            marks = ", ".join("?" * len(rows[0]))
            named = ", ".join(rows[0].keys())
            old.executemany(f"INSERT OR REPLACE INTO {name} ({named}) VALUES ({marks})", [tuple(r) for r in rows])
        old.execute("UPDATE entries SET lead = 1 WHERE n IN (2, 3)")
        for n, reason in ((2, f"same text as {entries[0].id}"), (3, f"same permalink and text as {entries[0].id}")):
            old.execute("UPDATE decisions SET verdict = 'duplicate', reason = ? WHERE entry = ?", (reason, n))
    with closing(Store.open(path)) as store:
        expected = {entries[1].id: entries[0].id, entries[2].id: entries[0].id}
        assert leads(store) == linked(store) == expected
        assert dict(store.connection.execute("SELECT entry, how FROM stories").fetchall()) == {2: "text", 3: "same"}
        fold(store)
        assert leads(store) == expected, "what was published already is not compared again"
        fold(store, enabled=False)
        assert leads(store) == {entries[2].id: entries[0].id}
        fold(store)
        assert leads(store) == expected
        bring(store, HILLS, story(HILLS, "late"), now=NOW + HOUR)
        assert leads(store) == expected | {story(HILLS, "late").id: entries[0].id}
