"""Dates: what feeds write, and what is written for Atom, RSS and HTTP."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.text import dates

HANOI = timezone(timedelta(hours=7))
FIVE_UTC = datetime(2024, 12, 16, 5, tzinfo=UTC)
FIVE_HANOI = datetime(2024, 12, 16, 5, tzinfo=HANOI)
MIDNIGHT_HANOI = datetime(2024, 12, 16, tzinfo=HANOI)
NOW = datetime(2025, 3, 1, tzinfo=UTC)

moments = st.datetimes(timezones=st.just(UTC))


@pytest.mark.parametrize(
    "text",
    [
        "Mon, 16 Dec 2024 05:00:00 GMT",
        "Mon, 16 Dec 2024 05:00:00 UTC",
        "Mon, 16 Dec 2024 05:00:00 -0000",
        "Mon, 16 Dec 2024 12:00:00 +0700",
        "Mon, 16 Dec 2024 12:00:00 +07:00",
        "Mon, 16 Dec 2024 12:00:00 GMT+7",
        "Mon, 16 Dec 2024 12:00:00 GMT+07:00",
        "Mon, 16 Dec 2024 12:00:00 UTC +0700",
        "Mon, 16 Dec 2024 12:00:00 ICT",
        "Mon, 16 Dec 2024 00:00:00 EST",
        "Sun, 15 Dec 2024 21:00:00 PST",
        "Mon, 16 Dec 2024 10:45:00 +0545",
        "Mon, 16 Dec 2024 05:00 GMT",
        "Mon, 16 Dec 2024 5:0:0 GMT",
        "16 Dec 2024 05:00:00 GMT",
        "16 Dec 24 05:00 GMT",
        "Mon,16 Dec 2024 05:00:00 GMT",
        ",16 Dec 2024 05:00:00 GMT",
        "  Mon,  16 Dec 2024\n05:00:00 GMT ",
        "Tue, 16 Dec 2024 05:00:00 GMT",  # the weekday is wrong
        "Mon, 16 December 2024 05:00:00 GMT",
        "mon, 16 dec 2024 05:00:00 gmt",
        "Monday, 16-Dec-24 05:00:00 GMT",
        "Monday, December 16th, 2024 - 5:00am GMT",
        "December 16, 2024 12:00 AM EST",
        "Dec. 16, 2024, 12 a.m. ET",
        "Mon Dec 16 05:00:00 GMT 2024",
        "Mon Dec 16 12:00:00 +0700 2024",
        "Mon Dec 16 2024 12:00:00 GMT+0700 (Indochina Time)",
        "2024-12-16T05:00:00Z",
        "2024-12-16t05:00:00z",
        "2024-12-16T12:00:00+07:00",
        "2024-12-16T12:00:00+0700",
        "2024-12-16T12:00:00 +07:00",
        "2024-12-16 05:00:00 UTC",
        "2024-12-16 12:00:00 Asia/Ho_Chi_Minh",
        "2024-12-16T12:00:00+07:00[Asia/Ho_Chi_Minh]",
        "2024-12-16T05:00Z",
        "2024-12-16T5:00:00Z",
        "2024-12-16T05:00:00.000Z",
        "20241216T050000Z",
        "1734325200",
        "1734325200.0",
        "1734325200000",
        "1734325200000000",
        "/Date(1734325200000+0700)/",
        "lun., 16 déc. 2024 06:00:00 +0100",
        "mar., 16 déc. 2024 06:00:00 +0100",  # "mar" is Tuesday here
        "Mo, 16 Dez 2024 06:00:00 +0100",
        "T2, 16 Th12 2024 12:00:00 +0700",
        "Thứ hai, 16/12/2024, 12:00 (GMT+7)",
        "12:00 GMT+7 16/12/2024",
        "0500 GMT, Monday 16 December 2024",
        "December 16, 2024 0000 EST",
    ],
)
def test_a_date_that_names_its_zone_is_that_moment(text: str) -> None:
    assert dates.parse(text, HANOI) == FIVE_UTC


@pytest.mark.parametrize(
    "text",
    [
        "Mon, 16 Dec 2024 05:00:00",
        "Mon, 16 Dec 2024 05:00:00 XYZ",
        "Mon Dec 16 05:00:00 2024",
        "2024-12-16T05:00:00",
        "2024-12-16 05:00:00.0",
        "2024-12-16:05:00:00",
        "2024/12/16 05:00",
        "20241216050000",
        "16/12/2024 05:00",
        "16-12-2024 05:00:00",
        "16.12.2024, 05.00 Uhr",
        "12/16/2024 5:00:00 AM",
        "Thứ 2, 16/12/2024 - 05:00",
        "05:00 16/12/2024",
        "5h, 16/12/2024",
        "5 giờ 00 phút ngày 16-12-2024",
        "Th 2, 16 thg 12, 2024 lúc 5:00",
        "5:00, Th 2, 16 thg 12, 2024",
        "T2, 16 Thg 12, 2024 lúc 5:00 SA",
        "Th 2 16/12/2024 5:00",
        "16 Aralık 2024 Pazartesi 05:00",
        "понеділок, 16 грудня 2024 р. 05:00",
        "0500 16 December 2024",
        "16 December 2024, 0500 hrs",
        "2024-12-16 0500",
        "0500 ngày 16/12/2024",
        "ngày 16 tháng 12, 2024 lúc 05h00",
        "Thứ Hai, 16 Tháng Mười Hai 2024 5:00 sáng",
        "2024年12月16日 05:00",
        "2024年12月16日05時00分",
        "2024년 12월 16일 오전 5시 0분",
        "16 ธ.ค. 2567 05:00",
    ],
)
def test_a_date_without_a_zone_is_read_in_the_zone_of_its_source(text: str) -> None:
    assert dates.parse(text, HANOI) == FIVE_HANOI
    assert dates.parse(text) == FIVE_UTC


@pytest.mark.parametrize(
    "text",
    [
        "2024-12-16",
        "2024-351",
        "2024-W51-1",
        "20241216",
        "16/12/2024",
        "16.12.24",
        "16 th 12, 2024",
        "16 Dec 2024",
        "16Dec2024",
        "2024 Dec 16",
        "Dec 16, 2024",
        "16 de diciembre de 2024",
        "16 декабря 2024",
        "16 tháng 12 năm 2024",
        "16 Tháng Mười Hai, 2024",
        "16 ธันวาคม 2567",
        "٢٠٢٤-١٢-١٦",
    ],
)
def test_a_date_without_a_time_is_midnight_in_the_zone(text: str) -> None:
    assert dates.parse(text, HANOI) == MIDNIGHT_HANOI


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-12", datetime(2024, 12, 1, tzinfo=UTC)),
        ("2024", datetime(2024, 1, 1, tzinfo=UTC)),
        ("3/12/2024 5:00:00 CH", datetime(2024, 12, 3, 17, tzinfo=UTC)),  # day first, Vietnamese afternoon
        ("3/12/2024 5:00:00 PM", datetime(2024, 3, 12, 17, tzinfo=UTC)),  # month first beside AM and PM
        ("3/12/2024 17:00", datetime(2024, 12, 3, 17, tzinfo=UTC)),
        ("16 Tháng Năm, 2024", datetime(2024, 5, 16, tzinfo=UTC)),
        ("July 16, 2024, 5 p.m. ET", datetime(2024, 7, 16, 21, tzinfo=UTC)),
        ("Mon, 16 Dec 2024 24:00:00 GMT", datetime(2024, 12, 17, tzinfo=UTC)),
        ("2024-12-16T24:00:00Z", datetime(2024, 12, 17, tzinfo=UTC)),
        ("Tue, 31 Dec 2024 23:59:60 GMT", datetime(2024, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("Mon, 16 Dec 124 05:00:00 GMT", FIVE_UTC),
        ("16 Dec 96 05:00 GMT", datetime(1996, 12, 16, 5, tzinfo=UTC)),
        ("2024-12-16T05:00:00.1234567Z", FIVE_UTC.replace(microsecond=123456)),
        ("1734325200.5", FIVE_UTC.replace(microsecond=500_000)),
        ("1970-01-01T00:00:00Z", datetime(1970, 1, 1, tzinfo=UTC)),
    ],
)
def test_an_unusual_date_is_read_as_it_was_meant(text: str, moment: datetime) -> None:
    assert dates.parse(text) == moment


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "Hôm nay",
        "2 giờ trước",
        "hôm qua 05:00",
        "3 days ago",
        "05:00",
        "December 16",
        "Mon, 31 Feb 2024 05:00:00 GMT",
        "Mon, 16 Dec 2024 25:00:00 GMT",
        "Mon, 16 Dec 2024 05:00:00 +9999",
        "Mon, 16 Dec 2024 05:00:00 +99:99",
        "2024-13-01",
        "2023-366",
        "0000-00-00 00:00:00",
        "9999-12-31T23:59:59-10:00",
        "0001-01-01T00:00:00+10:00",
        "123456",
        "Mon, 16 Dec 2024 05:00:00 GMT" + " x" * 100,
    ],
)
def test_what_is_no_date_is_none(text: str) -> None:
    assert dates.parse(text) is None


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("Thu, 25 Apr 2024 24:12:03 GMT", datetime(2024, 4, 25, 0, 12, 3, tzinfo=UTC)),
        ("2024-04-25T24:12:03Z", datetime(2024, 4, 25, 0, 12, 3, tzinfo=UTC)),
        ("25/04/2024 24:12", datetime(2024, 4, 25, 0, 12, tzinfo=UTC)),
        ("Thu, 25 Apr 2024 24:00:00 GMT", datetime(2024, 4, 26, tzinfo=UTC)),
        ("Mon, 16 Dec 2024 12:60:00 GMT", datetime(2024, 12, 16, 12, 59, 59, tzinfo=UTC)),
        ("Mon, 16 Dec 2024 12:05:99 GMT", datetime(2024, 12, 16, 12, 5, 59, tzinfo=UTC)),
        ("Tue, 31 Dec 2024 23:59:60 GMT", datetime(2024, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("Mon, 16 Dec 2024 25:00:00 GMT", datetime(2024, 12, 16, tzinfo=UTC)),
        ("2024-12-16T99:99:99Z", datetime(2024, 12, 16, tzinfo=UTC)),
        ("31 Sep 2024 05:00:00 GMT", datetime(2024, 9, 30, 5, tzinfo=UTC)),
        ("2024-09-31", datetime(2024, 9, 30, tzinfo=UTC)),
        ("2023-02-29T05:00:00Z", datetime(2023, 2, 28, 5, tzinfo=UTC)),
        ("2024-12-00", datetime(2024, 12, 1, tzinfo=UTC)),
        ("2024-16-12", datetime(2024, 12, 16, tzinfo=UTC)),
        ("Mon, 16 Dec 2024 05:00:00 +9999", FIVE_UTC),
        ("Mon, 16 Dec 2024 05:00:00 +99:99", FIVE_UTC),
        ("Foo, 16 Xyz 2024-12-16T05:00:00Z", FIVE_UTC),
        ("2024-12-16T05:00:00Z", FIVE_UTC),
    ],
)
def test_one_impossible_part_does_not_make_the_rest_unusable(text: str, moment: datetime) -> None:
    assert dates.parse(text, lenient=True) == moment


@pytest.mark.parametrize(
    "text",
    [
        "2O30-01-01", "2x30-01-01", "2030-O1-01", "2030-01-1O", "O1/01/2030", "1O/01/2030", "01/01/2O30", "l2/01/2030",
        "1 January 2O30", "January 1, 2O30", "3O January 2030", "1 tháng 1 2O30", "2030-01-01 1O:00",
        "2030-01-01T10:0O",
    ],
)  # fmt: skip
def test_a_letter_among_figures_makes_no_date_of_what_is_left(text: str) -> None:
    assert dates.parse(text) is None
    assert dates.parse(text, lenient=True) is None


@pytest.mark.parametrize("text", ["1 Jan 2030 10", "Jan 1 2030 1099", "7 2030-01-01"])
def test_figures_that_belong_to_no_date_are_passed_over_only_where_nobody_can_be_asked(text: str) -> None:
    assert dates.parse(text) is None
    assert dates.parse(text, lenient=True) == datetime(2030, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "unsure"),
    [
        ("30-01-01", True), ("30/01/01 10:00", True), ("26-12-24", True), ("16/12/24", False), ("25/12/24", False),
        ("16-12-24", False), ("2030-01-01", False), ("2030-01-01 10:00:30", False), ("1.1.2030", False),
    ],
)  # fmt: skip
def test_two_figures_at_both_ends_may_each_be_the_year(text: str, unsure: bool) -> None:
    assert dates.ambiguous(text) is unsure


@pytest.mark.parametrize("text", ["", "now", "0000-00-00 00:00:00", "05:00", "123456", "45 Dec 2024", "2024-99-99"])
def test_what_names_no_day_is_none_however_read(text: str) -> None:
    assert dates.parse(text, lenient=True) is None


def test_a_time_that_a_clock_change_skips_is_still_a_moment() -> None:
    assert dates.parse("2024-03-31T02:30:00", ZoneInfo("Europe/Berlin")) == datetime(2024, 3, 31, 1, 30, tzinfo=UTC)


@given(st.text(max_size=130) | st.text("0123456789 :-/.,+TZGMTapmthDec()", max_size=40))
def test_no_text_raises_and_every_answer_is_utc(text: str) -> None:
    for lenient in (False, True):
        moment = dates.parse(text, HANOI, lenient=lenient)
        assert moment is None or moment.utcoffset() == timedelta(0)


@given(moments)
def test_a_written_rfc_3339_date_is_read_back(moment: datetime) -> None:
    assert dates.parse(dates.rfc3339(moment)) == moment


@given(st.datetimes(timezones=st.just(UTC)).map(lambda moment: moment.replace(microsecond=0)))
def test_a_written_rfc_822_date_is_read_back(moment: datetime) -> None:
    assert dates.parse(dates.rfc822(moment)) == moment
    assert dates.parse_http_date(dates.http_date(moment)) == moment


@given(moments)
def test_microseconds_go_to_numbers_and_back(moment: datetime) -> None:
    assert dates.from_us(dates.to_us(moment)) == moment


def test_dates_are_written_in_utc() -> None:
    assert dates.rfc3339(FIVE_HANOI) == "2024-12-15T22:00:00Z"
    assert dates.rfc3339(FIVE_UTC.replace(microsecond=120)) == "2024-12-16T05:00:00.000120Z"
    assert dates.rfc822(FIVE_HANOI) == "Sun, 15 Dec 2024 22:00:00 GMT"


@pytest.mark.parametrize(
    "text",
    ["Mon, 16 Dec 2024 05:00:00 GMT", "Monday, 16-Dec-24 05:00:00 GMT", "Mon Dec 16 05:00:00 2024"],
)
def test_the_three_forms_of_http_dates_are_read(text: str) -> None:
    assert dates.parse_http_date(text) == FIVE_UTC


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0",
        "2024-12-16T05:00:00Z",
        "Mon, 16 Dec 2024 05:00:00 +0700",
        "Mon, 31 Feb 2024 05:00:00 GMT",
        "Mon, 16 Foo 2024 05:00:00 GMT",
        "Mon, ١٦ Dec 2024 05:00:00 GMT",
    ],
)
def test_any_other_http_date_is_none(text: str) -> None:
    assert dates.parse_http_date(text) is None


def test_the_fraction_of_a_distinct_moment_depends_on_the_id_alone() -> None:
    one = dates.distinct(FIVE_UTC, "urn:x:1")
    assert one == dates.distinct(FIVE_UTC.replace(microsecond=7), "urn:x:1")
    assert one.replace(microsecond=0) == FIVE_UTC
    assert len({dates.distinct(FIVE_UTC, f"urn:x:{number}") for number in range(200)}) == 200


@pytest.mark.parametrize(
    ("moment", "answer"),
    [
        (datetime(1970, 1, 1, tzinfo=UTC), False),
        (datetime(1989, 12, 31, 23, tzinfo=UTC), False),
        (datetime(1990, 1, 1, tzinfo=UTC), True),
        (NOW + timedelta(hours=23), True),
        (NOW + timedelta(days=1, seconds=1), False),
        (datetime(9999, 1, 1, tzinfo=UTC), False),
    ],
)
def test_a_feed_can_mean_dates_between_1990_and_tomorrow(moment: datetime, answer: bool) -> None:
    assert dates.plausible(moment, NOW) is answer
