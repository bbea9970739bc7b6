"""Identity: which entry is this, and do we know it?"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.model import Decision, Enclosure, Entry, Known, KnownEntry, Source, Verdict
from feeds.text.dates import distinct, from_us
from feeds.text.urls import canonical, valid_id
from support.builders import HOUR, LONG, NOW, SEEDS, WIDE, entry, source
from worker.entries.identify import Brake, another_story, decide, decide_seed, place_in_feeds
from worker.entries.ids import candidate_ids, identity

HILLS = source("hills")
COAST = source("coast")


def known_entry(of: Source, one: Entry, **changes: Any) -> KnownEntry:
    """A stored entry as the store reads it for deciding."""
    made = KnownEntry(
        id=one.id,
        source_id=of.key,
        kind=of.kind,
        title=one.title,
        permalink=one.permalink,
        canonical=canonical(one.permalink),
        published=one.published,
        dated=one.dated,
        updated=one.updated,
        listed_at=NOW - HOUR,
        digest=one.digest,
        text_digest=one.text_digest,
        markup=one.markup,
    )
    return replace(made, **changes)


def knowing(of: Source, stored: Iterable[KnownEntry], says: Iterable[Entry] = ()) -> Known:
    """What the store tells about `stored` when `of` is polled. says: those that it tells more of."""

    stored = tuple(stored)
    mine = [one for one in stored if one.source_id == of.key]

    def alike(what: str) -> dict[Any, tuple[KnownEntry, ...]]:
        found: dict[Any, tuple[KnownEntry, ...]] = {}
        for one in mine:
            if value := getattr(one, what):
                found[value] = (*found.get(value, ()), one)
        return found

    return Known(
        {one.id: one for one in stored},
        alike("canonical"),
        alike("text_digest"),
        alike("published"),
        tuple(one for one in mine if one.hidden),
        {one.id: one for one in says},
    )


def decided(
    of: Source,
    entries: Iterable[Entry],
    stored: Iterable[KnownEntry] = (),
    now: datetime = NOW,
    first: bool = False,
    brake: Brake = WIDE,
    unread: int = 0,
    says: Iterable[Entry] = (),
) -> list[Decision]:
    return decide(of, entries, knowing(of, tuple(stored), says), now, first=first, brake=brake, unread=unread)


def verdicts(decisions: Iterable[Decision]) -> list[Verdict]:
    return [decision.verdict for decision in decisions]


# Ids


@pytest.mark.parametrize(
    "guid",
    [
        "https://hills.example/?p=17",
        "http://Example.COM",
        "tag:hills.example,2024:1",
        "urn:uuid:1225c695-cfb8-4ebb-aaaa-80da344efa6a",
        "urn:isbn:0451450523",
    ],
)
def test_a_guid_that_may_stand_in_a_feed_is_the_id_byte_for_byte(guid: str) -> None:
    assert identity(HILLS.key, guid, "https://hills.example/a", "Title", "Text") == guid


@pytest.mark.parametrize(
    ("guid", "permalink", "name"),
    [
        ("17", "https://hills.example/a", "guid:17"),
        ("http://hills.example/a b", "", "guid:http://hills.example/a b"),
        ("tin tức", "", "guid:tin tức"),
        ("", "https://www.hills.example/a/?utm_source=x", "link:https://hills.example/a"),
        ("", "", "text:Title\nText"),
    ],
)
def test_any_other_entry_gets_a_uuid_of_its_source_and_of_what_it_says_of_itself(
    guid: str, permalink: str, name: str
) -> None:
    assert identity(HILLS.key, guid, permalink, "Title", "Text") == uuid5(UUID(HILLS.key), name).urn


def test_the_same_number_at_two_sources_names_two_entries() -> None:
    assert identity(HILLS.key, "17", "", "", "") != identity(COAST.key, "17", "", "", "")


ANY_TEXT = st.text(st.characters(), max_size=40)  # halves of characters too, which JSON can name


@given(ANY_TEXT, ANY_TEXT, ANY_TEXT, ANY_TEXT)
@settings(max_examples=60, deadline=None)
def test_every_entry_has_an_id_that_may_stand_in_a_feed(guid: str, link: str, title: str, text: str) -> None:
    found = identity(HILLS.key, guid, link, title, text)
    assert valid_id(found)
    assert found == identity(HILLS.key, guid, link, title, text)


# Within a source


def test_an_entry_never_seen_is_new_and_stands_at_the_moment_it_came() -> None:
    (decision,) = decided(HILLS, [entry(HILLS, "a")])
    assert decision.verdict is Verdict.NEW
    assert decision.shared
    assert decision.listed_at is not None
    assert decision.listed_at.replace(microsecond=0) == NOW


def test_an_entry_that_says_what_it_said_is_unchanged_whatever_its_dates() -> None:
    one = entry(HILLS, "a")
    later = replace(one, published=NOW, updated=NOW)
    assert verdicts(decided(HILLS, [later], [known_entry(HILLS, one)])) == [Verdict.UNCHANGED]


@pytest.mark.parametrize(
    ("seen", "stated", "published"),
    [
        (NOW - 5 * HOUR, NOW - 9 * HOUR, True),
        (NOW - 5 * HOUR, NOW - 6 * HOUR, True),
        (NOW - 5 * HOUR, NOW - HOUR, False),  # many sources state the moment of each request
        (NOW - 5 * HOUR, NOW - 8 * HOUR, False),  # as it was
        (NOW - 5 * HOUR, None, False),
    ],
)
def test_a_corrected_date_is_published_without_an_update(
    seen: datetime, stated: datetime | None, published: bool
) -> None:
    one = entry(HILLS, "a", published=NOW - 8 * HOUR)
    known = known_entry(HILLS, replace(one, updated=NOW - 2 * HOUR), first_seen=seen)
    again = replace(one, published=stated or NOW, updated=stated or NOW, dated=stated is not None)
    (decision,) = decided(HILLS, [again], [known])
    if not published:
        assert decision.verdict is Verdict.UNCHANGED
        return
    assert (decision.verdict, decision.substantive, decision.listed_at) == (Verdict.CHANGED, False, None)
    assert (decision.entry.published, decision.entry.updated) == (stated, known.updated)
    # It is published no later than it was updated.
    (decision,) = decided(HILLS, [again], [replace(known, updated=one.published - HOUR)])
    assert decision.entry.published <= decision.entry.updated < known.updated + HOUR


def test_an_entry_whose_digest_is_of_an_earlier_version_is_unchanged() -> None:
    old = entry(HILLS, "a", digest="in its order")
    new = replace(old, digest="in one order", former="in its order")
    (decision,) = decided(HILLS, [new], [known_entry(HILLS, old)])
    assert (decision.verdict, decision.entry.digest) == (Verdict.UNCHANGED, "in its order")


def test_a_changed_entry_keeps_its_id_and_moves_to_the_top() -> None:
    old = entry(HILLS, "a")
    (decision,) = decided(HILLS, [entry(HILLS, "a", title="Mended")], [known_entry(HILLS, old)])
    assert (decision.verdict, decision.entry.id) == (Verdict.CHANGED, old.id)
    assert decision.listed_at is not None
    assert decision.listed_at >= NOW


@pytest.mark.parametrize(
    ("stated", "second"),
    [
        (NOW - timedelta(minutes=5), NOW - timedelta(minutes=5)),  # the source's own word
        (NOW - HOUR, NOW),  # it did not move it
        (NOW - 5 * HOUR, NOW),  # it moved it backwards
        (NOW + HOUR, NOW),  # it is ahead of time
    ],
)
def test_updated_is_what_the_source_says_if_that_is_possible(stated: datetime, second: datetime) -> None:
    old = entry(HILLS, "a")
    new = entry(HILLS, "a", title="Mended", updated=stated)
    (decision,) = decided(HILLS, [new], [known_entry(HILLS, old, updated=distinct(NOW - HOUR, old.id))])
    assert decision.entry.updated == distinct(second, old.id)


@pytest.mark.parametrize("ago", [timedelta(), timedelta(milliseconds=400), -HOUR], ids=["now", "just now", "later"])
def test_updated_moves_forward_even_within_a_second_or_when_the_clock_was_set_back(ago: timedelta) -> None:
    old = entry(HILLS, "a")
    known = known_entry(HILLS, old, updated=distinct(NOW - ago, old.id))
    (decision,) = decided(HILLS, [entry(HILLS, "a", title="Mended")], [known])
    assert decision.entry.updated > known.updated


def test_an_undated_entry_keeps_its_first_date_when_its_text_changes() -> None:
    old = entry(HILLS, "a", dated=False, published=NOW - 9 * HOUR)
    new = entry(HILLS, "a", dated=False, published=NOW, title="Mended")
    (decision,) = decided(HILLS, [new], [known_entry(HILLS, old)])
    assert (decision.entry.published, decision.entry.dated) == (NOW - 9 * HOUR, False)
    assert decision.entry.updated >= NOW


def test_a_withdrawn_entry_does_not_come_back_as_new_or_changed() -> None:
    old = known_entry(HILLS, entry(HILLS, "a"), deleted=True)
    assert verdicts(decided(HILLS, [entry(HILLS, "a", title="Mended")], [old])) == [Verdict.BURIED]


def test_an_entry_that_stayed_in_its_source_stays_there_when_it_changes() -> None:
    old = known_entry(HILLS, entry(HILLS, "a"), shared=False)
    (decision,) = decided(HILLS, [entry(HILLS, "a", title="Mended")], [old])
    assert not decision.shared


# One id in one document


def twice(of: Source = HILLS) -> tuple[Entry, Entry]:
    """Two entries with one guid."""
    one = entry(of, "a", id="https://hills.example/")
    return one, replace(entry(of, "b", id="https://hills.example/"))


def test_two_entries_with_one_guid_are_told_apart_by_their_permalinks() -> None:
    decisions = decided(HILLS, twice())
    assert verdicts(decisions) == [Verdict.NEW, Verdict.NEW]
    ids = {decision.entry.id for decision in decisions}
    assert len(ids) == 2
    assert "https://hills.example/" not in ids
    assert len({decision.entry.updated for decision in decisions}) == 2, "validators want them to differ"
    again = decided(HILLS, twice(), [known_entry(HILLS, decision.entry) for decision in decisions])
    assert verdicts(again) == [Verdict.UNCHANGED, Verdict.UNCHANGED]


def test_the_one_that_had_the_guid_for_itself_keeps_it_as_its_id() -> None:
    one, other = twice()
    decisions = decided(HILLS, [other, one], [known_entry(HILLS, one)])
    assert verdicts(decisions) == [Verdict.NEW, Verdict.UNCHANGED]
    assert decisions[1].entry.id == one.id


def test_one_of_two_keeps_its_own_id_when_it_comes_alone() -> None:
    first = [known_entry(HILLS, decision.entry) for decision in decided(HILLS, twice())]
    (decision,) = decided(HILLS, twice()[1:], first)
    assert (decision.verdict, decision.entry.id) == (Verdict.UNCHANGED, first[1].id)


def test_a_guid_that_a_stranger_holds_is_told_apart_without_announcing_the_known_entry_again() -> None:
    """The document that showed it: one guid for all entries, which another source had used before."""
    one, other = twice()
    stranger = known_entry(COAST, entry(COAST, "x", id=one.id, content="Other words."))
    (first,) = decided(HILLS, [one], [stranger])
    assert first.entry.id not in (one.id, stranger.id)
    decisions = decided(HILLS, [one, other], [stranger, known_entry(HILLS, first.entry)])
    assert verdicts(decisions) == [Verdict.UNCHANGED, Verdict.NEW]


def test_an_entry_that_stands_twice_in_a_document_counts_once_with_its_newest_date() -> None:
    old = entry(HILLS, "a", published=NOW - 5 * HOUR)
    new = entry(HILLS, "a", published=NOW - HOUR, title="Newer")
    other = entry(HILLS, "b")
    decisions = decided(HILLS, [old, other, new])
    assert [decision.entry.title for decision in decisions] == ["Newer", "Title of b"]


def test_a_source_that_copies_an_id_which_we_minted_for_it_holds_it_only_once() -> None:
    """It may read our feed: `own` is the id that we gave to its entry, whose guid was a stranger's already."""
    one = entry(HILLS, "a")
    stranger = known_entry(COAST, entry(COAST, "x", id=one.id, content="Other words."))
    (first,) = decided(HILLS, [one], [stranger])
    copy = entry(HILLS, "b", id=first.entry.id)
    assert len(decided(HILLS, [one, copy], [stranger])) == 1
    again = decided(HILLS, [one, copy], [stranger, known_entry(HILLS, first.entry)])
    assert verdicts(again) == [Verdict.UNCHANGED]


NAMES = st.sampled_from(["https://hills.example/1", "https://hills.example/2", "https://hills.example/3"])


@given(st.lists(st.tuples(NAMES, NAMES | st.just(""), st.sampled_from("ab")), max_size=6), st.data())
@settings(max_examples=60, deadline=None)
def test_no_document_holds_an_id_twice_and_what_was_decided_is_known_next_time(
    rows: list[tuple[str, str, str]], data: st.DataObject
) -> None:
    entries = [entry(HILLS, name, id=id_, permalink=link) for id_, link, name in rows]
    strangers = data.draw(st.sets(NAMES, max_size=2))
    stored = [known_entry(COAST, entry(COAST, "x", id=id_, content="Other words.")) for id_ in sorted(strangers)]
    decisions = decided(HILLS, entries, stored)
    ids = [decision.entry.id for decision in decisions]
    assert len(set(ids)) == len(ids)
    assert strangers.isdisjoint(ids)
    asked = {id_ for one in entries for id_ in candidate_ids(HILLS.key, one)}
    assert set(ids) <= asked
    stored += [known_entry(HILLS, decision.entry) for decision in decisions]
    assert set(verdicts(decided(HILLS, entries, stored))) <= {Verdict.UNCHANGED}


def of_page(names: str, *, id_: str, link: str, dated: bool = False, title: str = "", text: str = "") -> list[Entry]:
    """Entries of one source, the newest first, of one guid or link. "{}" is the name of each."""
    return [
        entry(
            *(HILLS, name),
            id=id_,
            permalink=link.format(name),
            title=title or f"Title of {name}",
            content=text or f"<p>Content of {name}, and {name} again.</p>",
            dated=dated,
            published=NOW - HOUR * (20 - ord(name) + ord("a")),
        )
        for name in names
    ]


PAGE = "https://hills.example/news"
FRONT = "https://hills.example/"


@pytest.mark.parametrize("dated", [True, False], ids=["dated", "undated"])
@pytest.mark.parametrize(
    "like",
    [
        {"link": PAGE + "#{}"},
        {"link": FRONT + "#!/post/{}"},
        {"link": PAGE + "#{}", "title": "Release", "text": "<p>-</p>"},
        {"link": PAGE},
        {"link": FRONT},
        {"link": PAGE, "text": "<p>We use cookies.</p>"},
        {"link": PAGE, "title": "Forecast"},
        {"link": PAGE, "id_": "https://hills.example/guid"},
        {"link": "", "id_": "https://hills.example/guid"},
        {"link": PAGE + "/{}", "id_": "https://hills.example/guid"},
    ],
    ids=["fragment", "bang", "fragments alone", "page", "front", "titles", "texts", "guid, link", "guid", "links"],
)
def test_a_link_or_guid_that_several_stories_have_names_none_of_them(like: dict[str, str], dated: bool) -> None:
    like = {"id_": identity(HILLS.key, "", like["link"], "", ""), **like}
    stored: dict[str, KnownEntry] = {}
    for names in ("cba", "dcba", "fed", "gfed"):
        decisions = decided(HILLS, of_page(names, dated=dated, **like), stored.values())
        fresh = [one.entry.id for one in decisions if one.verdict is Verdict.NEW]
        assert len(decisions) == len(names)
        assert len(fresh) == {"cba": 3, "dcba": 1, "fed": 2, "gfed": 1}[names]
        assert Verdict.CHANGED not in verdicts(decisions)
        stored |= {one.entry.id: known_entry(HILLS, one.entry) for one in decisions}
    assert len(stored) == 7


EDITED = LONG.replace("northern", "southern") + " The road is open again."
NOTICE = "The ferry to the island leaves at 9 from pier 3."


@pytest.mark.parametrize("titled", [True, False], ids=["one title", "titles"])
@pytest.mark.parametrize(
    ("link", "unread", "old", "new", "moved", "taken"),
    [
        (PAGE, 0, LONG, EDITED, True, True),
        (FRONT, 0, LONG, EDITED, True, True),
        (PAGE, 0, LONG, EDITED, False, True),
        (PAGE, 0, LONG, EDITED, None, True),
        (PAGE, 0, NOTICE, NOTICE.replace("leaves", "now leaves"), True, True),
        (PAGE, 0, LONG, NOTICE, True, False),
        (PAGE, 0, LONG, NOTICE, None, False),
        (PAGE, 0, NOTICE, "Apple pie.", True, False),
        (PAGE, 0, NOTICE, NOTICE.replace("9", "10").replace("3", "4"), True, False),
        (PAGE, 0, LONG, NOTICE, False, True),  # the date says that it is the same
        (PAGE, 3, LONG, NOTICE, True, True),  # among others, a link is that of one entry
        (FRONT, 0, LONG, NOTICE, True, False),
        (PAGE + "#{}", 0, LONG, NOTICE, True, False),
    ],
)
def test_a_single_entry_is_another_story_if_too_few_of_its_words_are_left(
    link: str, unread: int, old: str, new: str, moved: bool | None, taken: bool, titled: bool
) -> None:
    """moved: whether its date is another one; None: it has none."""
    id_ = identity(HILLS.key, "", link, "", "")
    title = "Daily" if titled else ""
    (first,) = of_page("a", id_=id_, link=link, dated=moved is not None, title=title, text=old)
    (second,) = of_page("b", id_=id_, link=link, dated=moved is not None, title=title, text=new)
    second = replace(second, published=second.published if moved else first.published)
    (decision,) = decided(HILLS, [second], [known_entry(HILLS, first)], unread=unread, says=[first])
    if ("#" in link and not titled) or "#" not in link:
        expected = (Verdict.CHANGED, True) if taken else (Verdict.NEW, False)
        assert (decision.verdict, decision.entry.id == id_) == expected


def test_each_day_s_entry_is_one_of_its_own_and_its_correction_is_none() -> None:
    id_ = identity(HILLS.key, "", PAGE, "", "")
    texts = [
        LONG,
        NOTICE,
        "Apple pie with cream.",
        "Nobody was hurt when the old bridge gave way.",
        "A fine film of webs.",
    ]
    stored: list[Entry] = []
    for day, text in enumerate(texts):
        one = entry(HILLS, "a", id=id_, permalink=PAGE, content=text, published=NOW - (9 - day) * 24 * HOUR)
        for said in (text, f"{text} Mended."):
            known = [known_entry(HILLS, past) for past in stored]
            again = replace(one, content=said, digest=said, text_digest="")
            (decision,) = decided(HILLS, [again], known, says=stored)
            assert decision.verdict is (Verdict.NEW if said == text else Verdict.CHANGED)
            stored = [*[past for past in stored if past.id != decision.entry.id], decision.entry]
    assert len({one.id for one in stored}) == len(texts)


@pytest.mark.parametrize("dated", [True, False], ids=["dated", "undated"])
@pytest.mark.parametrize("link", [PAGE, PAGE + "#{}"])
def test_of_several_stories_the_one_that_had_the_id_keeps_it_and_edits_are_no_new_entries(
    link: str, dated: bool
) -> None:
    """As it was when one of them overwrote the other under their common id."""
    id_ = identity(HILLS.key, "", link, "", "")
    entries = of_page("cba", id_=id_, link=link, dated=dated)
    decisions = decided(HILLS, entries, [known_entry(HILLS, entries[1])])
    assert verdicts(decisions) == [Verdict.NEW, Verdict.UNCHANGED, Verdict.NEW]
    assert decisions[1].entry.id == id_
    stored = [known_entry(HILLS, one.entry) for one in decisions]
    edited = [replace(one, content="<p>Mended.</p>", digest=f"edit of {one.title}") for one in entries]
    again = decided(HILLS, edited, stored)
    assert [one.entry.id for one in again] == [one.entry.id for one in decisions]
    assert verdicts(again) == [Verdict.CHANGED] * 3


def test_events_that_differ_in_their_dates_alone_are_all_published() -> None:
    id_ = identity(HILLS.key, "", PAGE, "", "")
    stored: dict[str, KnownEntry] = {}
    for names, fresh in (("cba", 3), ("dcba", 1), ("fed", 2)):
        decisions = decided(
            HILLS, of_page(names, id_=id_, link=PAGE, dated=True, title="Ping", text="-"), stored.values()
        )
        assert sorted(verdicts(decisions)) == [Verdict.NEW] * fresh + [Verdict.UNCHANGED] * (len(names) - fresh)
        stored |= {one.entry.id: known_entry(HILLS, one.entry) for one in decisions}


@pytest.mark.parametrize(
    ("text", "entries"),
    [
        (" ".join(LONG.split()[:30]), 1),
        (" ".join(LONG.split()[:30]) + "… Read more", 1),
        ("Other words.", 2),
        ("", 2),
    ],
)
def test_an_article_that_is_listed_with_its_own_beginning_counts_once(text: str, entries: int) -> None:
    id_ = identity(HILLS.key, "", PAGE, "", "")
    full = entry(HILLS, "a", id=id_, permalink=PAGE, content=f"<p>{LONG}</p>")
    other = replace(full, content=text, digest="other")
    for document in ([full, other], [other, full]):
        decisions = decided(HILLS, document)
        assert len(decisions) == entries
        assert any(one.entry.content == full.content for one in decisions)


def test_a_story_of_a_page_of_which_only_the_date_is_left_is_the_same_while_older_ones_are_there() -> None:
    id_ = identity(HILLS.key, "", PAGE, "", "")
    entries = of_page("cba", id_=id_, link=PAGE, dated=True)
    first = [one.entry for one in decided(HILLS, entries)]
    stored = [known_entry(HILLS, one) for one in first]
    rewritten = replace(entries[0], title="Mended", content="<p>Mended.</p>", digest="mended", text_digest="mended")
    assert verdicts(decided(HILLS, [rewritten, *entries[1:]], stored))[0] is Verdict.CHANGED
    later = replace(rewritten, published=NOW)
    assert verdicts(decided(HILLS, [later], stored[::-1], says=first)) == [Verdict.NEW]


# Between sources


@pytest.mark.parametrize("of", [COAST, source("coast", private=True), SEEDS], ids=["a feed", "private", "a seed"])
@pytest.mark.parametrize("shared", ["id", "permalink", "text"])
def test_what_another_source_brought_is_never_changed_and_never_decides_what_is_new(of: Source, shared: str) -> None:
    """Whether it tells the same story is asked later, of all that came."""
    common = {"content": LONG} if shared == "text" else {shared: "https://agency.example/1"}
    stranger = known_entry(of, entry(of, "a", **common))
    (decision,) = decided(HILLS, [entry(HILLS, "b", **common)], [stranger])
    assert decision.verdict is Verdict.NEW
    assert decision.entry.id != stranger.id, "a stranger cannot overwrite an entry"
    assert decision.namesake == (stranger.id if shared == "id" else "")
    assert (stranger.id in decision.reason) is (shared == "id")


def test_an_entry_that_came_under_a_stranger_s_id_is_known_next_time() -> None:
    stranger = known_entry(COAST, entry(COAST, "a", id="https://agency.example/1"))
    one = entry(HILLS, "b", id="https://agency.example/1")
    (first,) = decided(HILLS, [one], [stranger])
    (again,) = decided(HILLS, [one], [stranger, known_entry(HILLS, first.entry)])
    assert (again.verdict, again.entry.id, again.namesake) == (Verdict.UNCHANGED, first.entry.id, "")


# Places


def test_entries_of_one_moment_stand_in_the_order_of_their_dates() -> None:
    dates = [NOW - timedelta(days=400), NOW - 3 * HOUR, NOW - 2 * HOUR]
    places = [place_in_feeds(NOW, date) for date in dates]
    assert places == sorted(set(places))
    assert {place.replace(microsecond=0) for place in places} == {NOW}


@pytest.mark.parametrize("published", [from_us(0), from_us(9_000_000_000_000_000)], ids=["1970", "2255"])
def test_a_place_is_within_its_second_for_any_date(published: datetime) -> None:
    assert place_in_feeds(NOW, published).replace(microsecond=0) == NOW


def test_a_backlog_stands_by_its_own_dates_and_only_its_newest_are_shared() -> None:
    entries = [entry(HILLS, str(day), published=NOW - timedelta(days=day)) for day in (5, 1, 3, 2)]
    decisions = decided(HILLS, entries, first=True, brake=Brake(backlog=2, burst=30))
    assert [decision.listed_at for decision in decisions] == [one.published for one in entries]
    assert [decision.shared for decision in decisions] == [False, True, False, True]


def test_undated_entries_of_a_backlog_keep_the_order_of_their_document() -> None:
    entries = [entry(HILLS, name, dated=False, published=NOW) for name in "abc"]
    places = [decision.listed_at for decision in decided(HILLS, entries, first=True)]
    assert all(place is not None and place < NOW for place in places)
    assert places == sorted(places, key=lambda place: place or NOW, reverse=True)


def test_what_is_more_than_a_burst_stays_in_its_source_and_stands_by_its_own_date() -> None:
    entries = [entry(HILLS, str(hour), published=NOW - hour * HOUR) for hour in (3, 1, 2)]
    decisions = decided(HILLS, entries, brake=Brake(backlog=0, burst=2))
    assert [decision.shared for decision in decisions] == [False, True, True]
    assert decisions[0].listed_at == NOW - 3 * HOUR
    assert decisions[1].listed_at == place_in_feeds(NOW, NOW - HOUR)


def test_known_entries_use_up_no_burst() -> None:
    old = entry(HILLS, "a")
    decisions = decided(HILLS, [old, entry(HILLS, "b")], [known_entry(HILLS, old)], brake=Brake(0, 1))
    assert verdicts(decisions) == [Verdict.UNCHANGED, Verdict.NEW]
    assert decisions[1].shared


def test_no_backlog_stands_in_the_future() -> None:
    (decision,) = decided(HILLS, [entry(HILLS, "a", published=NOW + HOUR)], first=True)
    assert decision.listed_at == NOW


def test_undated_entries_of_a_backlog_get_descending_times_before_now() -> None:
    entries = [entry(HILLS, name, dated=False, published=NOW) for name in "abc"]
    times = [decision.entry.published for decision in decided(HILLS, entries, first=True)]
    assert times == [NOW - timedelta(seconds=seconds) for seconds in (1, 2, 3)]


# A source that changes its ids


def renamed(one: Entry, **changes: Any) -> Entry:
    return replace(one, id=f"{one.id}#new", **changes)


def test_ids_that_were_changed_wholesale_are_those_of_the_known_entries() -> None:
    old = [entry(HILLS, name, content=f"<p>{LONG} {name}.</p>") for name in "abcd"]
    new = [entry(HILLS, "e"), *map(renamed, old)]
    decisions = decided(HILLS, new, [known_entry(HILLS, one) for one in old])
    assert verdicts(decisions) == [Verdict.NEW, *[Verdict.UNCHANGED] * 4]
    assert [decision.entry.id for decision in decisions[1:]] == [one.id for one in old]
    assert [decision.alias for decision in decisions] == ["", *(one.id for one in new[1:])]


@pytest.mark.parametrize(
    "changes",
    [
        {"content": f"<p>{LONG} And more.</p>", "digest": "", "text_digest": ""},
        {"title": "Another headline", "digest": ""},
        {"published": NOW, "digest": ""},
    ],
)
def test_an_entry_that_was_edited_while_its_id_changed_is_not_announced_again(changes: dict[str, Any]) -> None:
    old = [entry(HILLS, name, content=f"<p>{LONG} {name}.</p>") for name in "abc"]
    new = [replace(renamed(one), **{**changes, "digest": f"other {n}"}) for n, one in enumerate(old)]
    for decision, one in zip(decided(HILLS, new, [known_entry(HILLS, one) for one in old]), old, strict=True):
        assert (decision.entry.id, decision.verdict, decision.substantive) == (one.id, Verdict.CHANGED, False)
        assert decision.entry.updated == one.updated
        assert decision.listed_at is None


def test_texts_tell_where_links_were_changed_with_the_ids() -> None:
    old = [entry(HILLS, name, content=f"<p>{LONG} {name}.</p>") for name in "abc"]
    new = [renamed(one, permalink=f"https://moved.example/{n}", digest=f"d{n}") for n, one in enumerate(old)]
    decisions = decided(HILLS, new, [known_entry(HILLS, one) for one in old])
    assert [decision.entry.id for decision in decisions] == [one.id for one in old]


@pytest.mark.parametrize("seconds", [0, 40])
def test_titles_and_dates_tell_where_everything_else_changed(seconds: int) -> None:
    old = [entry(HILLS, name, published=NOW - number * HOUR) for number, name in enumerate("abc")]
    new = [renamed(one, permalink=f"https://moved.example/{n}", digest=f"d{n}") for n, one in enumerate(old)]
    new = [replace(one, published=one.published + timedelta(seconds=seconds)) for one in new]
    decisions = decided(HILLS, new, [known_entry(HILLS, one) for one in old])
    assert [decision.entry.id for decision in decisions] == [one.id for one in old]
    assert all(decision.entry.updated >= decision.entry.published for decision in decisions)


@pytest.mark.parametrize("unread", [0, 3])
def test_one_entry_that_says_the_same_of_the_same_moment_under_another_id_is_the_same(unread: int) -> None:
    one = entry(HILLS, "a")
    (decision,) = decided(HILLS, [renamed(one)], [known_entry(HILLS, one)], unread=unread)
    assert (decision.entry.id, decision.verdict) == (one.id, Verdict.UNCHANGED)


@pytest.mark.parametrize(
    "case",
    [
        "a bulletin of another day",
        "a picture of another day",
        "a long text of another day",
        "the weather of another day",
        "the old one is there too",
        "others are known",
        "others were not read",
        "one link for all",
    ],
)
def test_entries_that_only_share_a_link_are_entries_of_their_own(case: str) -> None:
    site = "https://hills.example/"
    old = [entry(HILLS, name, permalink=f"{site}{name}") for name in "abcd"]
    new = [renamed(one, title=f"{one.title}, again", digest=f"d {one.id}") for one in old]
    stored, unread = [known_entry(HILLS, one) for one in old], 0
    match case:
        case "a bulletin of another day":
            new, stored = [renamed(old[0], published=NOW)], stored[:1]
            stored = [replace(stored[0], digest=new[0].digest, title="Another title")]
        case "a picture of another day":
            new, stored = [renamed(old[0], published=NOW, digest="another picture")], stored[:1]
        case "a long text of another day":
            old = [replace(old[0], text_digest="same")]
            new, stored = [renamed(old[0], published=NOW)], [known_entry(HILLS, old[0])]
        case "the weather of another day":
            new = [replace(one, title=old[n].title, published=NOW) for n, one in enumerate(new)]
        case "the old one is there too":
            new = [old[0], new[0]]
        case "others are known":
            new = [old[0], new[1], new[2]]
        case "others were not read":
            unread = 1
        case "one link for all":
            new = [replace(one, permalink=site) for one in new]
            stored = [replace(one, permalink=site, canonical=canonical(site)) for one in stored]
    fresh = [decision for decision in decided(HILLS, new, stored, unread=unread) if decision.verdict is Verdict.NEW]
    assert len(fresh) == len(new) - sum(one in old for one in new)


B = {"permalink": "https://hills.example/b"}
HEADLINE = {"title": "Another headline"}
LATER = {"published": NOW}
UNDATED = {"published": NOW, "dated": False}
MENDED = {"content": EDITED, "text_digest": "mended"}
REWRITTEN = {"content": "Nothing of it is left in these words.", "text_digest": ""}
DEGREES = "High of {} and low of {} degrees, chance of rain {} per cent, and wind from the hills in the late afternoon."


@pytest.mark.parametrize(
    ("said", "changes", "hidden"),
    [
        (LONG, {}, True),
        (LONG, REWRITTEN, True),
        (LONG, REWRITTEN | UNDATED, True),
        (LONG, HEADLINE, True),
        (LONG, HEADLINE | REWRITTEN, True),
        (LONG, LATER, True),
        (LONG, B, True),
        (LONG, B | LATER, True),
        (LONG, MENDED | LATER, True),
        (LONG, MENDED | LATER | HEADLINE, True),
        (LONG, MENDED | LATER | B, True),
        (LONG, {"content": f"{LONG} Mended."} | LATER | B | HEADLINE, True),
        (LONG, REWRITTEN | LATER, False),
        (LONG, REWRITTEN | LATER | HEADLINE, False),
        (LONG, REWRITTEN | B, False),
        (LONG, REWRITTEN | B | HEADLINE, False),
        (NOTICE, B, True),
        (NOTICE, B | UNDATED, True),
        (NOTICE, B | HEADLINE, False),
        (NOTICE, B | LATER, False),  # the same few words of another day
        (NOTICE, {"content": NOTICE.replace("9", "10")} | LATER, False),
        (DEGREES.format(9, 3, 40), {"content": DEGREES.format(12, 5, 10)} | LATER, False),
        (DEGREES.format(9, 3, 40), {"content": DEGREES.format(12, 5, 10)} | LATER | B, False),
    ],
)
def test_a_hidden_entry_stays_hidden_under_another_id(said: str, changes: dict[str, Any], hidden: bool) -> None:
    one, other = entry(HILLS, "a", content=said), entry(HILLS, "z")
    new = replace(renamed(one), **{"digest": f"{one.digest}{changes or ''}", **changes})
    stored = [known_entry(HILLS, one, deleted=True, hidden=True), known_entry(HILLS, other)]
    decision, _ = decided(HILLS, [new, other], stored, unread=2, says=[one])
    assert (decision.verdict, decision.alias) == ((Verdict.BURIED, new.id) if hidden else (Verdict.NEW, ""))


def test_one_hidden_event_hides_no_other_of_its_series() -> None:
    events = [entry(HILLS, name, content=LONG, title="Market", published=NOW - n * HOUR) for n, name in enumerate("ab")]
    stored = [known_entry(HILLS, events[0], deleted=True, hidden=True), known_entry(HILLS, events[1])]
    new = entry(HILLS, "c", content=LONG, title="Market", published=NOW - 5 * HOUR)
    assert verdicts(decided(HILLS, [*events, new], stored, says=events)) == [
        Verdict.BURIED,
        Verdict.UNCHANGED,
        Verdict.NEW,
    ]
    assert verdicts(decided(HILLS, [events[1], new], stored, says=events)) == [Verdict.UNCHANGED, Verdict.NEW]


@pytest.mark.parametrize("dated", [True, False], ids=["dated", "undated"])
@pytest.mark.parametrize(
    ("address", "same"),
    [
        ("https://hills.example/t?id=5&sid={}", True),
        ("https://hills.example/t;jsessionid={}?id=5", True),
        ("https://hills.example/t?PHPSESSID={}#last", True),
        ("https://hills.example/t?token={}", True),
        ("https://hills.example/t?photo={}", False),
        ("https://hills.example/t?hash={}", False),
        ("https://hills.example/t/{}", False),
    ],
)
@pytest.mark.parametrize("guid", [True, False], ids=["guid", "no guid"])
def test_the_token_of_a_visit_is_no_part_of_an_id(address: str, same: bool, dated: bool, guid: bool) -> None:
    def polled(token: str, **changes: Any) -> Entry:
        link = address.format(token)
        id_ = link if guid else identity(HILLS.key, "", link, "", "")
        when = {"dated": dated, "published": NOW - HOUR if dated else NOW}
        return entry(HILLS, token, id=id_, permalink=link, title="A", **{"content": "", **when, **changes})

    first, second = polled("f00ba4c0ffee"), polled("9a11c0ffee00", content="<p>Edited.</p>")
    (new,) = decided(HILLS, [first])
    stored = known_entry(HILLS, new.entry)
    known = knowing(HILLS, [stored])
    known = replace(known, by_id={**known.by_id, **({new.steady: stored} if new.steady else {})})
    (decision,) = decide(HILLS, [second], known, NOW, first=False, brake=WIDE, unread=3)
    assert decision.verdict is (Verdict.CHANGED if same else Verdict.NEW)
    assert (decision.entry.id == new.entry.id) is same
    assert decision.steady == ""
    later = replace(polled("another0ne", content=f"<p>{LONG}</p>"), published=NOW, dated=True)
    (decision,) = decide(HILLS, [later], known, NOW, first=False, brake=WIDE, unread=3)
    assert decision.verdict is (Verdict.CHANGED if same and not dated else Verdict.NEW)


@pytest.mark.parametrize(
    ("changes", "unread", "same"),
    [
        ({"content": "<p>Two more words.</p>"}, 0, True),  # it took the place of the known one
        ({"content": "<p>Two more words.</p>"}, 3, False),
        ({"permalink": "https://hills.example/a?v=2"}, 0, True),
        ({"permalink": "https://hills.example/a?v=2"}, 3, False),
        ({"permalink": "https://hills.example/a?v=2", "text_digest": "long"}, 3, True),
        ({"permalink": "https://hills.example/a?v=2", "text_digest": "long", "published": NOW}, 3, False),
    ],
)
def test_one_entry_of_the_same_title_and_moment_under_another_id_is_the_same(
    changes: dict[str, Any], unread: int, same: bool
) -> None:
    one, other = replace(entry(HILLS, "a"), text_digest="long"), entry(HILLS, "z")
    new = renamed(one, **{"text_digest": "", **changes})
    new = replace(new, digest="edited" if "content" in changes else one.digest)
    decision, _ = decided(HILLS, [new, other], [known_entry(HILLS, one), known_entry(HILLS, other)], unread=unread)
    assert (decision.entry.id == one.id) is same


CORRECTED = {"title": "Title of a (corrected)"}
SOUND = {"enclosures": (Enclosure("https://hills.example/2.mp3", "audio/mpeg"),)}


@pytest.mark.parametrize(
    ("guid", "changes", "verdict"),
    [
        # Of another version in its guid.
        ("https://hills.example/a#3", LATER, Verdict.UNCHANGED),
        ("https://hills.example/a?1743438600617", LATER, Verdict.UNCHANGED),
        ("https://hills.example/a#3", LATER | HEADLINE, Verdict.CHANGED),
        ("https://hills.example/a#3", LATER | MENDED, Verdict.CHANGED),
        ("https://hills.example/a#3", LATER | REWRITTEN, Verdict.NEW),
        ("https://hills.example/a#3", LATER | SOUND, Verdict.NEW),
        ("https://hills.example/a#3", {"dated": False, "announced": NOW + 24 * HOUR}, Verdict.NEW),
        ("https://hills.example/a?id=3", LATER, Verdict.NEW),
        # Of any other one: alone, it may be the next alert.
        ("urn:x:3", LATER, Verdict.NEW),
        ("urn:x:3 among others", LATER, Verdict.UNCHANGED),
        ("urn:x:3 among others", LATER | MENDED, Verdict.CHANGED),
        ("urn:x:3 among others", LATER | REWRITTEN, Verdict.NEW),
        ("urn:x:3 among others", LATER | HEADLINE, Verdict.NEW),
        ("urn:x:3 among others", LATER | {"permalink": "https://hills.example/a#3"}, Verdict.UNCHANGED),
        # Of the same date.
        ("urn:x:3", CORRECTED, Verdict.CHANGED),
        ("urn:x:3", CORRECTED | MENDED, Verdict.CHANGED),
        ("urn:x:3", CORRECTED | REWRITTEN, Verdict.NEW),
        # Without a link, an edit keeps the title and the date.
        ("urn:x:3", {"permalink": ""} | MENDED, Verdict.CHANGED),
        ("urn:x:3", {"permalink": ""} | MENDED | LATER, Verdict.NEW),
        ("urn:x:3", {"permalink": ""} | MENDED | HEADLINE, Verdict.NEW),
        ("urn:x:3", {"permalink": ""} | REWRITTEN, Verdict.NEW),
    ],
)
def test_an_entry_that_takes_the_place_of_a_known_one_of_its_page_is_that_one(
    guid: str, changes: dict[str, Any], verdict: Verdict
) -> None:
    id_, _, among = guid.partition(" ")
    file = {"enclosures": (Enclosure("https://hills.example/1.mp3", "audio/mpeg"),)} if changes.keys() & SOUND else {}
    link = {"permalink": ""} if "" in changes.values() and "permalink" in changes else {}
    old = entry(HILLS, "a", id="https://hills.example/a#2", content=LONG, **file, **link)
    new, stored = entry(HILLS, "a", **({"id": id_, "content": LONG} | changes)), known_entry(HILLS, old)
    (decision,) = decided(HILLS, [new], [stored], unread=2 if among else 0, says=[old])
    assert decision.verdict is verdict
    known = verdict is not Verdict.NEW
    assert (decision.entry.id, decision.alias) == ((old.id, new.id) if known else (new.id, ""))
    assert decision.entry.updated >= decision.entry.published
    if verdict is Verdict.CHANGED and new.published == old.published:
        assert decision.entry.updated == distinct(NOW, old.id)
    # A push has only what is new, and says nothing of what is still there.
    if new.published != old.published:
        known_of = knowing(HILLS, [stored], [old])
        (pushed,) = decide(HILLS, [new], known_of, NOW, first=False, brake=WIDE, delta=True)
        assert pushed.verdict is Verdict.NEW


def test_no_entry_takes_the_place_of_one_of_several_but_for_the_last_version() -> None:
    old = [
        entry(HILLS, "a", id=f"https://hills.example/a#{n}", content=LONG, published=NOW - (5 - n) * HOUR)
        for n in range(3)
    ]
    new = entry(HILLS, "a", id="https://hills.example/a#3", content=LONG, published=NOW)
    together = [known_entry(HILLS, one, first_seen=NOW - HOUR) for one in old]
    in_turn = [replace(one, first_seen=NOW - (5 - n) * HOUR) for n, one in enumerate(together)]
    assert verdicts(decided(HILLS, [new], together, says=old)) == [Verdict.NEW]
    (decision,) = decided(HILLS, [new], in_turn, says=old)
    assert (decision.entry.id, decision.verdict) == (old[-1].id, Verdict.UNCHANGED)
    assert verdicts(decided(HILLS, [new, old[0]], in_turn, says=old)) == [Verdict.NEW, Verdict.UNCHANGED]


# Seeds


def test_a_new_file_stands_at_the_moment_it_was_seen_first() -> None:
    one = entry(SEEDS, "a", updated=NOW - HOUR, published=NOW - timedelta(days=300))
    decision = decide_seed(one, None, NOW, substantive=False)
    assert (decision.verdict, decision.reason) == (Verdict.NEW, "a new file")
    assert decision.listed_at == place_in_feeds(NOW - HOUR, one.published)


@pytest.mark.parametrize(
    ("substantive", "deleted", "reason", "moves"),
    [
        (True, False, "edited", True),
        (False, False, "moved, or its metadata changed", False),
        (True, True, "put back", True),
        (False, True, "put back", True),
    ],
)
def test_a_known_file_moves_to_the_top_when_it_is_edited_or_put_back(
    substantive: bool, deleted: bool, reason: str, moves: bool
) -> None:
    one = entry(SEEDS, "a")
    decision = decide_seed(one, known_entry(SEEDS, one, deleted=deleted), NOW, substantive=substantive)
    assert (decision.verdict, decision.reason) == (Verdict.CHANGED, reason)
    assert decision.listed_at == (place_in_feeds(NOW, one.published) if moves else None)


OTHER = (
    "The harbour was full of boats when the wind turned, and every captain waited for the tide with a cup of tea"
    " in one hand and a rope in the other until evening came."
)


@pytest.mark.parametrize(
    ("title", "text", "answer"),
    [
        ("Boats", OTHER, True),
        ("Snow", OTHER, False),  # the headline stayed: the story was rewritten
        ("Boats", LONG + " " + OTHER, False),
        ("Boats", "", False),
    ],
)
def test_a_file_holds_another_story_with_a_new_headline_and_under_a_third_of_the_old_text(
    title: str, text: str, answer: bool
) -> None:
    assert another_story("Snow", LONG, title, text) is answer


def test_a_short_text_is_never_overwritten_with_another_story() -> None:
    assert not another_story("Snow", "It snowed.", "Boats", OTHER)


def test_a_seed_that_was_hidden_by_hand_is_not_put_back_by_an_edit() -> None:
    one = entry(SEEDS, "a")
    hidden = known_entry(SEEDS, one, deleted=True, hidden=True)
    assert decide_seed(one, hidden, NOW, substantive=True).verdict is Verdict.BURIED


STEADY, OTHER = "5" * 16, "6" * 16


@pytest.mark.parametrize(
    ("markup", "filled", "verdict", "silent", "waits"),
    [
        ("1" * 16 + STEADY, None, Verdict.UNCHANGED, False, False),
        ("2" * 16 + STEADY, None, Verdict.CHANGED, True, False),
        ("2" * 16 + STEADY, 9, Verdict.CHANGED, True, False),
        ("2" * 16 + STEADY, 10, Verdict.UNCHANGED, False, True),
        ("2" * 16 + OTHER, None, Verdict.CHANGED, False, False),
        ("2" * 16 + OTHER, 12, Verdict.CHANGED, False, False),  # addresses that rotate fill no more
        ("2" * 16 + OTHER, 21, Verdict.CHANGED, False, False),
        ("2" * 16 + OTHER, 22, Verdict.UNCHANGED, False, True),
        ("2" * 16 + OTHER, 25, Verdict.CHANGED, False, False),  # a clock that was once ahead
        ("2" * 16 + OTHER, -1, Verdict.CHANGED, False, False),
    ],
)
def test_another_markup_is_taken_over_quietly_until_the_day_is_full(
    markup: str, filled: int | None, verdict: Verdict, silent: bool, waits: bool
) -> None:
    quiet_until = None if filled is None else NOW + filled * HOUR
    old = replace(entry(HILLS, "a"), markup="1" * 16 + STEADY)
    known = knowing(HILLS, [known_entry(HILLS, old, quiet_until=quiet_until)])
    (found,) = decide(HILLS, [replace(old, markup=markup)], known, NOW, first=False, brake=Brake(10, 10))
    assert (found.verdict, found.silent, found.waits) == (verdict, silent, waits)
    assert (found.entry.updated, found.entry.published) == (old.updated, old.published)
    assert verdict is Verdict.UNCHANGED or not found.substantive
    full = 0 if filled is None or not 0 < filled <= 24 else filled
    assert found.quiet_until == (NOW + (full + 3) * HOUR if verdict is Verdict.CHANGED else None)
