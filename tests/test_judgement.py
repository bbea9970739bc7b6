"""Whether two texts tell one story: the ways in which outlets copy, and those in which texts only look alike."""

from collections.abc import Callable
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.articles import ARTICLES, OTHERS, cut, decomposed, headline, other, reaccented, text
from worker.stories.judgement import Judgement, agrees, compare, longest_in_common, vouched
from worker.stories.wording import EntryWords

ALL = tuple(ARTICLES)
SPACED = ("en", "vi")


def judged(one: tuple[str, str], another: tuple[str, str]) -> Judgement | None:
    """one, another: title and text."""
    return compare(EntryWords(*one), EntryWords(*another))


def shared(one: tuple[str, str], another: tuple[str, str]) -> tuple[str, ...]:
    """The longest passages in common."""
    return longest_in_common(EntryWords(*one), EntryWords(*another))


def whole(language: str) -> tuple[str, str]:
    return headline(language), text(language)


# Copies

# What an outlet prints before and behind a text that it took over.
FURNITURE = {
    "en": ("HARLOW (Quarry Wire) - ", "\nReporting by Quarry Wire; editing by the night desk"),
    "vi": ("VKO - ", "\nTheo Thông tấn xã Khê Giang"),
    "th": ("สำนักข่าวริมน้ำ - ", "\nที่มา: สำนักข่าวริมน้ำ"),
    "zh": ("柳溪通讯社讯 ", "\n来源：柳溪通讯社"),
    "ja": ("【柳沢通信】", "\n出典：柳沢通信"),
}


def furnished(language: str) -> str:
    before, behind = FURNITURE[language]
    return f"{before}{text(language)}{behind}"


# A headline of the outlet's own for the same text.
RETITLED = {
    "en": "Green ribbon, first bus: a crossing returns",
    "vi": "Chuyến xe đầu tiên qua sông",
    "th": "รถคันแรกข้ามแม่น้ำ",
    "zh": "第一辆车过河",
    "ja": "最初のバスが川を渡る",
}

COPIES: list[tuple[str, str, Callable[[str], str]]] = [
    *[("the same", language, lambda language: text(language)) for language in ALL],
    *[("summary of 200", language, lambda language: cut(text(language), 200)) for language in ("en", "vi", "th")],
    *[("summary of 400", language, lambda language: cut(text(language), 400)) for language in ("en", "vi", "th")],
    *[("summary of 70", language, lambda language: cut(text(language), 70)) for language in ("zh", "ja")],
    *[("its end is cut", language, lambda language: text(language, (0, 1, 2))) for language in ALL],
    *[("its beginning is cut", language, lambda language: text(language, (1, 2, 3, 4))) for language in ALL],
    *[("its middle is cut", language, lambda language: text(language, (0, 1, 4))) for language in ALL],
    *[("merged", language, lambda language: text(language).replace("\n", " ")) for language in SPACED],
    *[("merged", language, lambda language: text(language).replace("\n", "")) for language in ("th", "zh", "ja")],
    *[("reordered", language, lambda language: text(language, (0, 3, 2, 1, 4))) for language in ALL],
    *[("prefix and credit", language, furnished) for language in ALL],
    *[("decomposed", language, lambda language: decomposed(text(language))) for language in ALL],
    ("tones", "vi", lambda language: reaccented(text(language))),
    ("no diacritics", "vi", lambda language: text(language).replace("đ", "d")),
    ("in capitals", "en", lambda language: text(language).upper()),
    ("in capitals", "vi", lambda language: text(language).upper()),
    ("entities", "en", lambda language: text(language).replace("The ", "The&nbsp;").replace("'", "&#39;")),
    ("entities", "vi", lambda language: text(language).replace("ư", "&#432;")),
    ("number formats", "en", lambda language: text(language).replace("4.2", "4,2").replace("2.9", "2,9")),
    ("number formats", "vi", lambda language: text(language).replace("4,2", "4.2").replace("2,9", "2.9")),
    ("quotes", "en", lambda language: text(language).replace("said that", "said, “quoting nobody”, that")),
    ("a few words edited", "en", lambda language: text(language).replace("first bus", "very first coach")),
    ("a number corrected", "en", lambda language: text(language).replace("340", "345")),
    ("a number corrected", "vi", lambda language: text(language).replace("340", "345")),
]


@pytest.mark.parametrize("titled", ["same title", "other title"])
@pytest.mark.parametrize(
    ("language", "edited"),
    [(lang, edit(lang)) for _, lang, edit in COPIES],
    ids=[f"{k}-{lang}" for k, lang, _ in COPIES],
)
def test_a_copy_is_known_as_one_whichever_came_first(language: str, edited: str, titled: str) -> None:
    title = headline(language) if titled == "same title" else RETITLED[language]
    copy = (title, edited)
    for one, another in ((copy, whole(language)), (whole(language), copy)):
        judgement = judged(one, another)
        assert judgement
        assert judgement.accepted, judgement.reason
        assert 0 < judgement.share <= 1
        assert 0 < judgement.other_share <= 1
        assert judgement.how == "text"
        assert 1 <= len(shared(one, another)) <= 3
        assert "of its text stands there" in judgement.reason


def test_what_agrees_is_told() -> None:
    judgement = judged(("Another", text("en")), whole("en"))
    assert judgement
    assert judgement.reason == "100% of its text stands there; 7 of 7 numbers agree, 9 of 9 names agree"


def test_passages_are_cut_from_the_text_as_it_was_written() -> None:
    found = shared(("Another", furnished("vi")), whole("vi"))
    assert found
    for passage in found:
        words = passage.removesuffix(" …")
        assert " ".join(words.split()) in " ".join(furnished("vi").split())
        assert len(words.split()) <= 40


def test_the_passages_of_a_script_without_spaces_have_none_within() -> None:
    longest, *_ = shared(("อื่น", text("th")), whole("th"))
    assert "รถโดยสารคันแรกในรอบสองปีได้แล่นข้ามสะพานหิน" in longest.replace("ํา", "ำ")


# What only looks alike

NUMBERS, NAMES = "other numbers stand in the same wording", "other names stand in the same wording"
TITLES, QUOTES = "their titles are numbered differently", "tells something else first and repeats a part"
LIVE, DIGEST = "they are posts of a running report", "one gathers several stories"
THINGS = "what their titles name is another thing"

WEATHER = (
    "The night stays clear over the northern valleys, with {a} degrees in the hills and {b} degrees by the sea."
    " In the morning the wind turns to the west at {c} kilometres an hour, and it brings {d} millimetres of rain to"
    " the coast, while the upper valleys stay dry until the evening. The pollen count is {e}, and the sun sets at"
    " {f} minutes past the hour; the next bulletin follows at noon."
)
RATES_VI = (
    "Sáng nay giá vàng miếng tại các cửa hàng ở Vân Khê được niêm yết ở mức {a} triệu đồng một lượng chiều mua vào và"
    " {b} triệu đồng một lượng chiều bán ra, tăng {c} nghìn đồng so với hôm qua. Giá vàng nhẫn tròn trơn đứng ở mức"
    " {d} triệu đồng, còn tỷ giá trung tâm là {e} đồng một đô la, theo bảng giá của hiệp hội kim hoàn."
)
ACCIDENT_TH = (
    "เมื่อเวลาประมาณ {a} นาฬิกา เจ้าหน้าที่ตำรวจรับแจ้งเหตุรถชนกันบนถนนสายหลักในจังหวัด{p} มีผู้ได้รับบาดเจ็บ {b} ราย"
    " เจ้าหน้าที่กู้ภัยนำส่งโรงพยาบาลใกล้เคียงทั้งหมด เบื้องต้นคาดว่าคนขับหลับในเพราะเดินทางมาทั้งคืนโดยไม่ได้พัก"
    " ตำรวจจะสอบสวนพยานและตรวจกล้องวงจรปิดเพื่อหาสาเหตุที่แท้จริงต่อไป"
)
APPOINTED = (
    "The board of the regional savings bank has appointed {name} as its new director from the first of next month."
    " {short} has worked for the bank since leaving the university and led its branch in {place} for the last few"
    " years, where customers praised the patience with which even small loans were explained. The previous director"
    " retires for reasons of health and moves to a farm near {other}."
)
ROUND_VI = (
    "Trong trận đấu sớm của vòng đấu, đội chủ nhà {home} đã thắng đội khách {away} với tỷ số {a}-{b} trên sân"
    " vận động"
    " trung tâm trước sự chứng kiến của {c} khán giả. Bàn mở tỷ số được ghi ở phút {d} sau một quả phạt góc, và huấn"
    " luyện viên của đội khách thừa nhận rằng hàng thủ đã mất tập trung quá sớm."
)
EPISODE = (
    "In this week's episode of our programme about gardens we visit people who grow what others throw away. As always"
    " you can listen wherever you get your podcasts, and write to us with questions for the next time; we read every"
    " letter, even those that come with seeds in them. Our music is played by the town band, and the programme was"
    " recorded in the old greenhouse behind the station."
)
RELEASE = (
    "This release fixes a crash when a file is saved twice within one second, makes searching in large folders"
    " faster,"
    " and removes the old importer that was announced as going away a year ago. Update through your package manager"
    " as usual, and make a backup before you do; the upgrade guide explains every setting whose default has changed."
)
LIVE_A = (
    "10:05: The first boats have left the harbour in light winds, and the crowd on the pier is growing. We"
    " report from"
    " the regatta all day long, with pictures from the water and voices from the shore, and with the results of every"
    " class as soon as the judges have signed them."
)
LIVE_B = (
    "14:40: A protest was lodged against the winner of the third race, and the jury sits. We report from the"
    " regatta all"
    " day long, with pictures from the water and voices from the shore, and with the results of every class as"
    " soon as"
    " the judges have signed them."
)
NEWS = (
    "Two fishermen from Oakhanger were rescued on Thursday night after their boat had struck a sandbank and"
    " taken water;"
    " both are in hospital, and the coastguard says that neither of them had worn a life jacket. A judge will"
    " now have to"
    " decide whether the harbour company should have lit the channel, as the union has demanded since the spring. "
)
NEWS_VI = (
    "Tối thứ Năm, hai ngư dân xã Thạch Lĩnh được cứu sau khi thuyền của họ mắc cạn và bị nước tràn vào; cả hai"
    " đang nằm"
    " viện, và đội cứu hộ cho biết không ai trong số họ mặc áo phao. Tòa án sẽ phải xem xét liệu công ty cảng"
    " có trách"
    " nhiệm thắp sáng luồng lạch như nghiệp đoàn yêu cầu từ mùa xuân hay không. "
)


def weather(a: int, b: int, c: int, d: int, e: int, f: int) -> str:
    return WEATHER.format(a=a, b=b, c=c, d=d, e=e, f=f)


def rates(a: str, b: str, c: int, d: str, e: str) -> str:
    return RATES_VI.format(a=a, b=b, c=c, d=d, e=e)


def appointed(name: str, place: str, away: str) -> str:
    return APPOINTED.format(name=name, short=name.split()[-1], place=place, other=away)


FLOOD_VI = (
    "Mực nước trên sông Khê Giang đang xuống chậm và vẫn ở mức báo động. Người dân ở các bãi thấp không nên trở về nhà"
    " khi chưa có thông báo của chính quyền địa phương; các đội xung kích tiếp tục canh gác những đoạn đê xung yếu suốt"
    " đêm nay và sẽ báo ngay khi có dấu hiệu sạt lở. Bản tin tiếp theo được phát vào sáng mai."
)
#: Their numbers agree, all of them: a headline may count what another does not.
COUNTED = [
    (("Ferry sinks, 3 dead", text("en")), ("Ferry sinks, 12 tonnes lost", text("en"))),
    (("Cầu Vân Khê: 5 điều cần biết", text("vi")), ("Cầu Vân Khê thông xe", text("vi"))),
]
Named = tuple[str, str]
LOOK_ALIKE: list[tuple[str, Named, Named, tuple[str, ...]]] = [
    ("weather", ("Weather", weather(3, 8, 20, 12, 40, 14)), ("Weather", weather(5, 9, 35, 2, 55, 17)), (NUMBERS,)),
    (
        "gold",
        ("Giá vàng hôm nay", rates("88,2", "90,1", 300, "87,5", "24.310")),
        ("Giá vàng hôm nay", rates("89,4", "91,6", 450, "88,9", "24.355")),
        (NUMBERS,),
    ),
    (
        "accident at another place",
        ("เกิดเหตุรถชนกัน", ACCIDENT_TH.format(a=3, b=4, p="ขอนแก่น")),
        ("เกิดเหตุรถชนกัน", ACCIDENT_TH.format(a=3, b=4, p="เชียงใหม่")),
        (NAMES, NUMBERS),
    ),
    (
        "accident with other numbers",
        ("เกิดเหตุรถชนกัน", ACCIDENT_TH.format(a=3, b=4, p="ขอนแก่น")),
        ("เกิดเหตุรถชนกัน", ACCIDENT_TH.format(a=6, b=9, p="ขอนแก่น")),
        (NUMBERS,),
    ),
    (
        "other people",
        ("New director", appointed("Agnes Holloway", "Tarn", "Dunmere")),
        ("New director", appointed("Rupert Blackwood", "Marlow", "Skerry")),
        (NAMES, THINGS),
    ),
    (
        "other teams",
        ("Kết quả", ROUND_VI.format(home="Khê Giang", away="Đông Mai", a=2, b=1, c=3400, d=17)),
        ("Kết quả", ROUND_VI.format(home="Thạch Lĩnh", away="Trúc Bạch", a=3, b=0, c=5100, d=44)),
        (NUMBERS, NAMES),
    ),
    ("episodes", ("Gardens, episode 41", EPISODE), ("Gardens, episode 42", EPISODE), (TITLES,)),
    ("releases", ("Tidewater 3 is out", RELEASE), ("Tidewater 4 is out", RELEASE), (TITLES,)),
    ("minor releases", ("Tidewater 2.14 is out", RELEASE), ("Tidewater 2.15 is out", RELEASE), (TITLES,)),
    (
        "bulletins",
        ("Tin lũ số 3", FLOOD_VI),
        ("Tin lũ số 4", FLOOD_VI),
        (TITLES,),
    ),
    ("rounds", ("Round 7: the results", EPISODE), ("Round 8: the results", EPISODE), (TITLES,)),
    ("live posts", ("Regatta live: updates", LIVE_A), ("Regatta live: updates", LIVE_B), (LIVE, NUMBERS)),
    (
        "a follow-up that quotes",
        ("Council under fire over the bridge", NEWS + NEWS.replace("Thursday", "Friday") + text("en", (0, 1))),
        whole("en"),
        (QUOTES,),
    ),
    (
        "a follow-up in Vietnamese",
        ("Hội đồng bị chất vấn", NEWS_VI + NEWS_VI.replace("Tối", "Chiều") + "Như đã đưa tin, " + text("vi", (0, 1))),
        whole("vi"),
        (QUOTES,),
    ),
    (
        "a digest",
        ("Morning briefing: five stories", f"{cut(text('en'), 200)}\n{cut(other('en'), 250)}\n{NEWS}"),
        whole("en"),
        (DIGEST, QUOTES, "too little"),
    ),
    (
        "a digest in Vietnamese",
        ("Điểm tin sáng", f"{NEWS_VI}\n{cut(text('vi'), 240)}\n{cut(other('vi'), 250)}"),
        whole("vi"),
        (DIGEST, QUOTES, "too little"),
    ),
    (
        "the last number of three",
        ("Quill 3.2.1 released", f"Quill is out. {text('en')}"),
        ("Quill 3.2.2 released", f"Quill is out. {text('en')}"),
        (TITLES,),
    ),
    ("Roman numbers", ("The bridge, Part II", text("en")), ("The bridge, Part III", text("en")), (TITLES,)),
    ("Han numbers", ("第三集 大橋", text("en")), ("第四集 大橋", text("en")), (TITLES,)),
    (
        "a correction",
        ("CORRECTION: the bridge stays closed", f"The bridge stays closed, the council says. {text('en')}"),
        ("Harlow Bridge opens", text("en")),
        ("corrects",),
    ),
    (
        "a date in the title",
        ("What grows on 4 May", EPISODE),
        ("What grows on 5 May", EPISODE),
        (TITLES,),
    ),
]


@pytest.mark.parametrize(
    ("one", "another", "reasons"), [case[1:] for case in LOOK_ALIKE], ids=[case[0] for case in LOOK_ALIKE]
)
def test_what_only_looks_alike_is_kept_apart_whichever_came_first(
    one: Named, another: Named, reasons: tuple[str, ...]
) -> None:
    for first, second in ((one, another), (another, one)):
        judgement = judged(first, second)
        assert judgement, "they have much in common"
        assert not judgement.accepted
        assert any(reason in judgement.reason for reason in reasons), judgement.reason
        assert judgement.vetoed or "too little" in judgement.reason


@pytest.mark.parametrize(("one", "another"), COUNTED)
def test_a_headline_may_count_what_another_does_not(one: Named, another: Named) -> None:
    judgement = judged(one, another)
    assert judgement
    assert judgement.accepted, judgement.reason


STRANGERS = [
    *[(f"other news, {language}", text(language), other(language)) for language in OTHERS],
    *[(f"translations {a} {b}", text(a), text(b)) for a, b in combinations(ALL, 2)],
    ("a phrase of the trade", f"Read more in our app. {NEWS}", f"Read more in our app. {text('en', (3, 4))}"),
    ("nothing at all", "", text("en")),
    ("nothing in both", "", ""),
]


@pytest.mark.parametrize(("one", "another"), [case[1:] for case in STRANGERS], ids=[case[0] for case in STRANGERS])
def test_texts_with_next_to_nothing_in_common_have_nothing_to_do_with_each_other(one: str, another: str) -> None:
    assert judged(("One", one), ("One", another)) is None
    assert judged(("One", another), ("One", one)) is None


def test_less_of_the_text_is_enough_under_the_same_headline() -> None:
    own = "".join(f" A farmer from the {place} says that she knew it all along." for place in ("hill", "mill", "dell"))
    part = text("en", (0, 1)) + own * 2 + own[: len(own) // 3]
    lead = (headline("en"), text("en", (0, 2, 1, 3, 4)) + other("en"))
    answers = {title: judged((title, part), lead) for title in (headline("en"), "What farmers say")}
    assert [judgement and judgement.accepted for judgement in answers.values()] == [True, False], answers


# A copy that vouches


def test_a_copy_of_the_lead_vouches_for_what_shares_little_with_the_lead_itself() -> None:
    near = Judgement(False, 0.3, 0.3, "text", "30% of its text stands there, which is too little", near=True)
    copy = Judgement(True, 0.9, 0.9, "text", "90% of its text stands there")
    vouch = vouched(near, copy, "urn:copy")
    assert vouch
    assert (vouch.accepted, vouch.share) == (True, 0.3)
    assert "90% in its copy urn:copy" in vouch.reason


@pytest.mark.parametrize(
    ("near", "accepted", "share"), [(False, True, 0.9), (True, False, 0.9), (True, True, 0.5)], ids=["far", "no", "few"]
)
def test_no_other_copy_vouches(near: bool, accepted: bool, share: float) -> None:
    about_lead = Judgement(False, 0.3, 0.3, "text", "", near=near)
    assert vouched(about_lead, Judgement(accepted, share, share, "text", ""), "urn:copy") is None
    assert vouched(about_lead, None, "urn:copy") is None


# Texts that agree word by word


@pytest.mark.parametrize(
    ("one", "another", "answer"),
    [
        (text("en"), text("en").upper(), True),
        (text("en"), text("en", (0, 1)), True),
        (text("vi"), decomposed(reaccented(text("vi"))), True),
        ("Snow.", "Snow, it fell.", False),
        ("Read more", "Read more", True),
        ("Read more", "Read more of it", False),
        ("Tô Lâm", "to lam", True),
        ("", "", True),
        ("", "Snow", False),
    ],
)
def test_texts_agree_if_they_are_the_same_or_one_begins_the_other_and_is_long(
    one: str, another: str, answer: bool
) -> None:
    assert agrees(EntryWords("T", one), EntryWords("T", another)) is answer
    assert agrees(EntryWords("T", another), EntryWords("T", one)) is answer


def test_entries_without_words_agree_if_their_titles_do() -> None:
    assert agrees(EntryWords("Snow", ""), EntryWords("SNOW!", ""))
    assert not agrees(EntryWords("Snow", ""), EntryWords("Ice", ""))


# Any text

ODD = st.text(st.characters(), max_size=60) | st.sampled_from(
    [
        "\ud800" * 12,
        "9" * 5000,
        "1 " * 200,
        "مرحبا بالعالم " * 10,
        "👩‍👩‍👧🏴󠁧󠁢󠁥󠁮󠁧󠁿 " * 20,
        "&amp;&#xD800;&#99999999;",
        "<b" * 40,
        "\x00\n\u2028",
    ]
)
PIECES = st.lists(ODD | st.sampled_from([paragraph for _, told in ARTICLES.values() for paragraph in told]), max_size=5)


@given(ODD, PIECES, ODD, PIECES)
@settings(max_examples=80, deadline=None)
def test_any_two_texts_can_be_compared(title: str, pieces: list[str], other_title: str, others: list[str]) -> None:
    one, another = EntryWords(title, "\n".join(pieces)), EntryWords(other_title, " ".join(others))
    judgement = compare(one, another)
    agrees(one, another)
    if judgement:
        assert 0 <= judgement.share <= 1
        assert 0 <= judgement.other_share <= 1
        assert not (judgement.accepted and judgement.vetoed)
        assert judgement.reason


@given(PIECES, st.sampled_from(["A", "B 1"]))
@settings(max_examples=40, deadline=None)
def test_a_text_is_always_its_own_copy_if_it_says_enough(pieces: list[str], title: str) -> None:
    said = "\n".join(pieces)
    assert agrees(EntryWords(title, said), EntryWords(title, said))
