"""The opening of a wire story: outlet code, place, agency, day, in the languages of the tables."""

import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.text import dates
from worker.seeds.newswire import dateline, days
from worker.seeds.newswire.context import SeedContext

SEEN = datetime(2026, 1, 10, 3, 0, tzinfo=UTC)
HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
CONTEXT = SeedContext(zone=HANOI, first_seen=SEEN)
MARCH, MAY = "2025-03-05", "2025-05-12"


def published(headline: str, *paragraphs: str, language: str = "", context: SeedContext = CONTEXT) -> str:
    moment = dateline.read(headline, paragraphs, language, context).published
    return dates.rfc3339(moment) if moment else ""


@pytest.mark.parametrize(
    ("headline", "lead", "rest", "expected"),
    [
        ("Tin 2024", "Sáng 16.12, tại Hà Nội, họp bàn năm 2025.", "", "2024-12-16T05:00:00Z"),
        ("Tin", "VHO - Ngày 16/12/2024, tại Hà Nội.", "", "2024-12-16T05:00:00Z"),
        ("Tin", "Chiều 5-3-2023, tại Huế.", "", "2023-03-05T05:00:00Z"),
        ("Tin", "Ngày 16 tháng 12 năm 2024, tại Hà Nội.", "", "2024-12-16T05:00:00Z"),
        ("Tin", "Tối 8/1, tại Huế, tổng kết năm 2025.", "", "2025-01-08T05:00:00Z"),  # the lead goes before the file
        ("Tin", "Sáng nay (9/1), tại Huế.", "", "2026-01-09T05:00:00Z"),
        ("Tin", "Sáng nay (10/1), tại Huế.", "", "2026-01-10T03:00:00Z"),  # noon would be after first sight
        ("Tin", "Sáng 16.12, tại Huế, tổng kết năm 2023.", "Trước đó năm 2022.", "2023-12-16T05:00:00Z"),
        ("Tin", "Sáng 16.10, tại Huế.", "Năm 2024 hơn năm 2023. Hết năm 2024.", "2024-10-16T05:00:00Z"),
        ("Tin", "Sáng 16.12, tại Huế.", "", "2025-12-16T05:00:00Z"),
        ("Tin 2031", "Sáng 16.12, tại Huế.", "", "2025-12-16T05:00:00Z"),
        ("80 năm, từ 1945", "Sáng 2.9, tại Huế.", "", "2025-09-02T05:00:00Z"),
        ("Tin", "Sáng thứ Hai (16/12), tại Huế.", "", ""),
        ("Tin 2025", "Sáng thứ Hai (16/12), tại Huế.", "", ""),
        ("Tin", "10h30 ngày 16/12/2024, tại Huế.", "", "2024-12-16T03:30:00Z"),
        ("Tin", "Từ ngày 16-18/12, tại Huế.", "", "2025-12-16T05:00:00Z"),
    ],
)
def test_the_year_comes_from_headline_lead_body_and_file_in_this_order(
    headline: str, lead: str, rest: str, expected: str
) -> None:
    assert published(headline, lead, *([rest] if rest else []), language="vi") == expected


@pytest.mark.parametrize(
    ("language", "lead", "day"),
    [
        ("en", "HOLLOW, 2025-06-14 (HNA) - A bakery.", "2025-06-14"),
        ("en", "PORT ELLERY, March 5, 2025 (Coastline) — A ferry.", MARCH),
        ("en", "PORT ELLERY, March 5 (Coastline) — A ferry.", MARCH),
        ("en", "PORT ELLERY, 5 March 2025 — A ferry.", MARCH),
        ("en", "On Wednesday, March 5, a ferry sank.", MARCH),
        ("en", "The council said on 12th May 2025 that it would.", MAY),
        ("en", "ELLERY, Mar. 5, 2025 – A ferry.", MARCH),
        ("en", "The harbour opened on Monday (12 May).", MAY),
        ("en", "ELLERY, 12/05/2025 - A ferry.", MAY),
        ("en", "ELLERY, 05/25/2025 - A ferry.", "2025-05-25"),
        ("en", "ELLERY, Monday May 12 – A ferry.", MAY),
        ("fr", "LYON, 12 mai 2025 (Agence Rive) - Le pont.", MAY),
        ("fr", "Le pont a été fermé le 12 mai.", MAY),
        ("fr", "RIVEBELLE, lundi 12 mai (Agence Rive) – Le pont.", MAY),
        ("fr", "PARIS, 1er août 2025 (AFP) - Le pont.", "2025-08-01"),
        ("fr", "PARIS, le 5 mars 2025 – Le pont.", MARCH),
        ("fr", "Publié le 12/05/2025, ce texte.", MAY),
        ("de", "MOSKAU, 5. März (dpa) – Die Brücke.", MARCH),
        ("de", "Berlin (dpa) - Am 12. Mai 2025 wurde die Brücke gesperrt.", MAY),
        ("de", "Am Montag, den 12.5., wurde die Brücke gesperrt.", MAY),
        ("de", "Am Montag, 12.05.2025, wurde sie gesperrt.", MAY),
        ("de", "WIEN, 2. Jänner 2025 (APA) – Die Brücke.", "2025-01-02"),
        ("es", "MADRID, 5 mar (EFE).- El puente.", MARCH),
        ("es", "El puente cerró el 5 de marzo de 2025.", MARCH),
        ("es", "BOGOTÁ, lunes 12 de mayo del 2025 – El puente.", MAY),
        ("es", "El lunes 12 de mayo cerró el puente.", MAY),
        ("pt", "LISBOA, 5 de março de 2025 (Lusa) - A ponte.", MARCH),
        ("pt", "A ponte fechou na segunda-feira, 12 de maio.", MAY),
        ("pt", "A ponte fechou nesta segunda-feira (12/5).", MAY),
        ("pt", "LISBOA, 12 mai 2025 (Lusa) – A ponte.", MAY),
        ("it", "ROMA, 5 marzo 2025 (ANSA) - Il ponte.", MARCH),
        ("it", "(ANSA) - ROMA, 05 MAR - Il ponte.", MARCH),
        ("it", "Il ponte è stato chiuso lunedì 12 maggio.", MAY),
        ("it", "ROMA, 1° agosto 2025 – Il ponte.", "2025-08-01"),
        ("ru", "МОСКВА, 12 мая. /ТАСС/. Мост закрыли.", MAY),
        ("ru", "Мост закрыли 12 мая 2025 года.", MAY),
        ("ru", "В понедельник, 12 мая, мост закрыли.", MAY),
        ("ru", "МОСКВА, 5 мар — РИА Новости. Мост.", MARCH),
        ("uk", "КИЇВ, 12 травня (Укрінформ) — Міст закрили.", MAY),
        ("uk", "У понеділок, 12 травня 2025 року, міст закрили.", MAY),
        ("uk", "Міст закрили 5 березня.", MARCH),
        ("ar", "القاهرة 12 مايو 2025 (رويترز) - أغلق الجسر.", MAY),
        ("ar", "بيروت، ١٢ أيار ٢٠٢٥ - أغلق الجسر.", MAY),
        ("ar", "تونس 12 ماي 2025 (وات) - أغلق الجسر.", MAY),
        ("ar", "الرباط 1 غشت 2025 - أغلق الجسر.", "2025-08-01"),
        ("ar", "أغلق الجسر يوم الاثنين 12 مايو.", MAY),
        ("ar", "دمشق 5 كانون الثاني 2025 (سانا) - الجسر.", "2025-01-05"),
        ("he", "הגשר נסגר ב-12 במאי 2025.", MAY),
        ("he", "ירושלים, 12 במאי 2025 (רויטרס) - הגשר נסגר.", MAY),
        ("he", "ביום שני, 12 במאי, נסגר הגשר.", MAY),
        ("he", "הגשר נסגר ביום שני (12.5).", MAY),
        ("hi", "नई दिल्ली, 5 मार्च (भाषा) पुल बंद।", MARCH),
        ("hi", "नई दिल्ली, ५ मार्च २०२५ - पुल बंद।", MARCH),
        ("hi", "सोमवार, 12 मई को पुल बंद हुआ।", MAY),
        ("th", "กรุงเทพฯ 5 มี.ค. 68 – สะพานปิด", MARCH),
        ("th", "เมื่อวันที่ 5 มีนาคม 2568 สะพานปิด", MARCH),
        ("th", "วันจันทร์ที่ 12 พฤษภาคม พ.ศ. 2568 สะพานปิด", MAY),
        ("th", "วันที่ ๑๒ พ.ค. ๒๕๖๘ สะพานปิด", MAY),
        ("th", "กรุงเทพฯ 12 พ.ค.68 – สะพานปิด", MAY),
        ("ja", "【東京＝佐藤花子】橋が3月5日に閉鎖された。", MARCH),
        ("ja", "東京 3月5日 橋が閉鎖された。", MARCH),
        ("ja", "令和7年3月5日、橋が閉鎖された。", MARCH),
        ("ja", "市は３月５日（水）、橋を閉鎖した。", MARCH),
        ("ja", "2025年5月12日（月）に橋が閉鎖された。", MAY),
        ("zh", "（新华社北京3月5日电）大桥关闭。", MARCH),
        ("zh", "新华社北京3月5日电 记者李明，大桥关闭。", MARCH),
        ("zh", "2025年5月12日，大桥关闭。", MAY),
        ("zh", "二〇二五年五月十二日，大桥关闭。", MAY),
        ("zh", "5月12日（星期一），大桥关闭。", MAY),
        ("zh", "民國114年5月12日，大橋關閉。", MAY),
        ("zh", "大桥之一3月5日关闭。", MARCH),
        ("ko", "(서울=연합뉴스) 2025년 3월 5일 다리가 폐쇄됐다.", MARCH),
        ("ko", "3월 5일(수) 다리가 폐쇄됐다.", MARCH),
        ("ko", "2025. 3. 5. 다리가 폐쇄됐다.", MARCH),
        ("pl", "WARSZAWA, 12 maja 2025 (PAP) - Most.", MAY),
        ("pl", "W poniedziałek, 12 maja, zamknięto most.", MAY),
        ("nl", "AMSTERDAM, 12 mei 2025 (ANP) - De brug.", MAY),
        ("sv", "Bron stängdes måndagen den 12 maj.", MAY),
        ("tr", "ANKARA, 12 Mayıs 2025 (AA) - Köprü.", MAY),
        ("id", "JAKARTA, 12 Mei 2025 (ANTARA) - Jembatan.", MAY),
        ("id", "Jembatan ditutup pada Senin (12/5).", MAY),
        ("", "LYON, 12 mai 2025 (Agence Rive) - Le pont.", MAY),
        ("", "МОСКВА, 12 мая. /ТАСС/. Мост.", MAY),
        ("", "XYZ, 12.05.2025 - foo.", MAY),
        ("vi", "Hà Nội, 16/12 (TTXVN) – Sáng nay.", "2025-12-16"),
        ("vi", "Sáng ngày 16-12, tại Huế.", "2025-12-16"),
        ("vi", "Chiều tối 16/12, tại Huế.", "2025-12-16"),
        ("vi", "Ngày 5 tháng Ba năm 2025, tại Huế.", MARCH),
    ],
)
def test_days_are_read_in_every_language(language: str, lead: str, day: str) -> None:
    assert published("", lead, "x", language=language)[:10] == day


@pytest.mark.parametrize(
    ("language", "lead"),
    [
        ("vi", "Ngày 16/12/2030, sẽ họp."),
        ("vi", "Ngày 31.2, không có."),
        ("vi", "Giá tăng 3.5 so với trước."),
        ("vi", "Mỗi ngày 2.4 triệu lượt khách."),
        ("vi", "Đội thắng 3-1 trong trận."),
        ("vi", "Không có ngày nào."),
        ("vi", "Câu chuyện dài. " * 20 + "Sáng 16.12.2024."),
        ("vi", "Nghị quyết 18-NQ/TW của khóa XIII, tăng 3%."),
        ("vi", "Luật 15/2023/QH15 có hiệu lực."),
        ("vi", "Hôm nay, tại Huế."),
        ("en", "In May 12 people died."),
        ("en", "Version 2.4.10 came out."),
        ("en", "Call 555-12-11 for help."),
        ("en", "They may 12 times."),
        ("en", "On July 14, 1789 the gate fell."),
        ("en", "Some 3,000 march 3,500 miles."),
        ("en", "Rovers won 3-1."),
        ("de", "Der Kurs stieg um 3.5 Prozent."),
        ("de", "Rund 12 Mairegen fielen."),
        ("fr", "Ils ont gagné 3-1 hier."),
        ("ja", "今日、橋が閉鎖された。"),
        ("zh", "3月以来大桥关闭。"),
    ],
)
def test_other_figures_are_no_days(language: str, lead: str) -> None:
    assert published("", lead, "x", language=language) == ""


@pytest.mark.parametrize(
    ("lead", "summary"),
    [
        ("VHO - Sáng nay.", "Sáng nay."),
        ("VOV.VN – Sáng nay.", "Sáng nay."),
        ("(Dân trí) - Sáng nay.", "Sáng nay."),
        ("(TTXVN) – Sáng nay.", "Sáng nay."),
        ("(TTXVN)– Sáng nay.", "Sáng nay."),
        ("（新华社）—今天", "今天"),
        ("TTO - Sáng nay.", "Sáng nay."),
        ("AFP – Le pont.", "Le pont."),
        ("AFP—Le pont.", "Le pont."),
        ("Reuters - A ferry.", "A ferry."),
        ("VnExpress - Sáng nay.", "Sáng nay."),
        ("(رويترز) - أغلق", "أغلق"),
        ("\u200f(رويترز) – أغلق", "أغلق"),
        ("رويترز - أغلق", "أغلق"),
        *(
            (same, same)
            for same in (
                "Hà Nội - Sáng nay.", "Well - that was new.", "A - B", "Sáng nay.", "1 < 2 and 3 > 2",
                "Hà Nội (TTXVN) – Sáng nay.", "PORT ELLERY, March 3, 2025 (Coastline) — A ferry.", "PARIS - Le pont.",
                "BERLIN – Die Brücke.", "LYON, 12 mai 2025 (Agence Rive) - Le pont.", "(서울=연합뉴스) 다리",
                "【東京＝佐藤】橋", "COVID-19 is over.", "AFP-Journalisten sagen.", "(16/12) - Sáng nay.",
                "U-Bahn - neu.",
                "МОСКВА — Мост.", "KYIV – A bridge.", "",
            )
        ),
    ],
)  # fmt: skip
def test_the_summary_begins_after_the_outlet_code(lead: str, summary: str) -> None:
    assert lead[dateline.read("", [lead, "x"], "", CONTEXT).summary_from :] == summary


@pytest.mark.parametrize(
    ("lead", "place", "agency"),
    [
        ("PORT ELLERY, March 3, 2025 (Coastline) — A ferry.", "PORT ELLERY", "Coastline"),
        ("Hà Nội (TTXVN) – Sáng nay.", "Hà Nội", "TTXVN"),
        ("МОСКВА, 12 мая. /ТАСС/. Мост.", "МОСКВА", "ТАСС"),
        ("القاهرة 12 مايو 2025 (رويترز) - أغلق", "القاهرة", "رويترز"),
        ("(서울=연합뉴스) 2025년 3월 5일", "서울", "연합뉴스"),
        ("新华社北京3月5日电 记者", "北京", "新华社"),
        ("नई दिल्ली, 5 मार्च (भाषा) पुल", "नई दिल्ली", "भाषा"),
        ("The harbour opened on 12 May.", "", ""),
    ],
)
def test_place_and_agency_are_told(lead: str, place: str, agency: str) -> None:
    opening = dateline.read("", [lead, "x"], "", CONTEXT)
    assert (opening.place, opening.agency) == (place, agency)


@pytest.mark.parametrize(
    ("language", "line", "expected"),
    [
        ("vi", "Thứ hai, 16/12/2024, 10:30 (GMT+7)", "2024-12-16T03:30:00Z"),
        ("en", "Published: 12 May 2025 09:15", "2025-05-12T02:15:00Z"),
        ("en", "May 12, 2025 9:15 pm", "2025-05-12T14:15:00Z"),
        ("en", "05/06/2025 9:15 AM", "2025-05-06T02:15:00Z"),
        ("en", "Monday, May 12, 2025", "2025-05-12T05:00:00Z"),
        ("de", "Stand: 12.05.2025, 09:15 Uhr", "2025-05-12T02:15:00Z"),
        ("fr", "Publié le 12 mai 2025 à 9h15", "2025-05-12T02:15:00Z"),
        ("ko", "입력 2025.05.12 09:15", "2025-05-12T02:15:00Z"),
        ("zh", "2025年5月12日 09:15", "2025-05-12T02:15:00Z"),
    ],
)
def test_a_line_that_is_only_a_date_counts_and_is_no_lead(language: str, line: str, expected: str) -> None:
    opening = dateline.read("Title", [line, "The lead of it.", "More."], language, CONTEXT)
    assert (opening.lead, dates.rfc3339(opening.published) if opening.published else "") == (1, expected)


def test_what_is_not_believed_is_told() -> None:
    evidence = dateline.read("", ["Ngày 16/12/2030, sẽ họp."], "vi", CONTEXT).evidence
    assert [(one.field, one.value) for one in evidence] == [("dropped", "a day later than first sight is not believed")]


@settings(max_examples=60, deadline=None)
@given(
    st.text(max_size=60),
    st.lists(st.text(max_size=250), max_size=4),
    st.sampled_from(["", "vi", "en", "th", "zh", "ar"]),
)
def test_any_text_has_an_opening_and_no_date_after_first_sight(
    headline: str, paragraphs: list[str], language: str
) -> None:
    opening = dateline.read(headline, paragraphs, language, CONTEXT)
    assert opening.published is None or opening.published <= SEEN
    assert opening.lead == 0 or opening.lead < len(paragraphs)


@pytest.mark.parametrize(
    "character", [" ", "1", "(", "-", ".", "A", "2024 ", "月", "\u200f", "16/12 ", "12 May ", "١", ","]
)
def test_time_grows_no_faster_than_the_text(character: str) -> None:
    text = character * (2**20 // len(character))
    started = time.process_time()
    dateline.read(text, [text, text], "vi", CONTEXT)
    days.find_days(text[:200], "en")
    assert time.process_time() - started < 5
