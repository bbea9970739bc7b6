"""The keys that a text is found by: the same on every machine and for ever, however the text is written and cut."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from support.articles import ARTICLES, cut, decomposed, other, reaccented, text
from worker.entries.fingerprint import BEGINNING, KEY_BYTES, fingerprint, join_numbers, keys, shingles, words_of

MOST_KEYS = 20


def of(said: str) -> bytes:
    return fingerprint(words_of(said))


def split(packed: bytes) -> set[bytes]:
    return {packed[start : start + KEY_BYTES] for start in range(0, len(packed), KEY_BYTES)}


# Stores hold keys for as long as a window lasts: a version that reads texts otherwise would find no twin in them.
@pytest.mark.parametrize(
    ("said", "packed"),
    [
        ("", ""),
        ("snow", "e232140f5982"),
        ("Snow fell on the hills.", "2c5ea285cee6"),
        ("Đêm qua tuyết rơi trên đồi", "57945f502b8242f8e25f00bf"),
        ("Giá 1.234 đồng", "1bee44eb471a"),
        ("ฝนตกทั่วเชียงใหม่ 12 มม.", "3b556868c300ecd6af4d4e1bf39e971f3c2b7a73739c2561c5508d691d7c"),
        ("柳溪石桥星期二恢复通车", "448b36940d5391481197df95d96013eee39ab1de062e39a6"),
        (
            "Snow fell on the northern hills through the night, and 12 roads had vanished.",
            "44a77ebffb1da8e556016e3a7299028c905aa3d49d6b3899b11f0126dcae52445633dbb85f13c81ed4c07a3989b1a6c7d33da6ae2dd99d48b3cd99ee",
        ),
        (
            "柳沢の石橋は火曜日に再び開通",
            "c9c443fffe29c5149fbf71316c1ca6a4887aba808998889f76655c717fe85cf666eaddf29791a4ed21f3",
        ),
    ],
)
def test_keys_are_the_same_for_ever(said: str, packed: str) -> None:
    assert of(said).hex() == packed


@pytest.mark.parametrize(
    ("one", "another"),
    [
        *[(text(language), decomposed(text(language))) for language in ARTICLES],
        (text("vi"), reaccented(text("vi"))),
        (text("vi"), text("vi").upper()),
        ("hoà bình và thống nhất", "hòa bình và thống nhất"),
        ("giá 1.234 đồng một cân", "giá 1,234 đồng một cân"),
        ("about 12,345,678 people came", "about 12.345.678 people came"),
        ("Marks &amp; Spencer opened a shop", "Marks & Spencer opened a shop"),
        ("“It fell,” she said – twice.", '"It fell", she said - twice'),
        ("one\u00a0two\nthree   four five", "one two three four five"),
    ],
)
def test_the_same_words_have_the_same_keys_however_they_are_written(one: str, another: str) -> None:
    assert of(one) == of(another)


@pytest.mark.parametrize(
    ("words", "together"),
    [
        (["1", "234"], ["1234"]),
        (["12", "345", "678"], ["12345678"]),
        (["1", "23"], ["1", "23"]),
        (["2024", "123"], ["2024", "123"]),  # a year and a number
        (["in", "100", "days"], ["in", "100", "days"]),
        (["100"], ["100"]),
        ([], []),
    ],
)
def test_the_groups_of_a_number_are_one_word(words: list[str], together: list[str]) -> None:
    assert join_numbers(words) == together


def test_a_text_without_words_has_no_key_and_one_of_a_word_has_one() -> None:
    assert of("") == of(" \n…!") == b""
    assert len(of("snow")) == KEY_BYTES
    assert of("snow") != of("ice")


def test_other_articles_have_other_keys() -> None:
    texts = [text(language) for language in ARTICLES] + [other(language) for language in ("en", "vi", "th")]
    every = [key for said in texts for key in split(of(said))]
    assert len(every) == len(set(every))


@pytest.mark.parametrize("language", ARTICLES)
@pytest.mark.parametrize("share", [0.3, 0.5, 0.8])
def test_what_is_cut_from_the_beginning_shares_keys_with_the_whole(language: str, share: float) -> None:
    whole = text(language)
    shared = split(of(whole)) & split(of(cut(whole, int(share * len(whole)))))
    assert len(shared) >= 2


@pytest.mark.parametrize("language", ARTICLES)
def test_what_is_cut_from_the_end_or_reordered_shares_keys_with_the_whole(language: str) -> None:
    whole = split(of(text(language)))
    assert len(whole & split(of(text(language, (2, 3, 4))))) >= 2
    assert len(whole & split(of(text(language, (0, 3, 2, 1, 4))))) >= 5


ANY = st.text(st.characters(), max_size=300) | st.sampled_from(["\ud800", "9" * 4000, "&#xD800;&#x110000;", "ก" * 500])
WORDS = st.lists(st.sampled_from([*"abcdefghijklmnopqrstuvwxyz", "tuyết", "12", "345"]), min_size=5, max_size=400)


@given(ANY)
@settings(max_examples=150, deadline=None)
def test_any_text_has_at_most_20_keys_each_once_in_their_order(said: str) -> None:
    packed = of(said)
    assert len(packed) % KEY_BYTES == 0
    assert len(packed) <= MOST_KEYS * KEY_BYTES
    numbers = [
        int.from_bytes(packed[start : start + KEY_BYTES], "little") for start in range(0, len(packed), KEY_BYTES)
    ]
    assert numbers == sorted(set(numbers))
    assert of(said) == packed


@example(["a", "a", "d", *["a"] * 12], 5)
@example([*"cbcbbaabaaaaaba"], 5)
@given(WORDS, st.integers(5, BEGINNING))
@settings(max_examples=100, deadline=None)
def test_what_is_cut_from_the_beginning_of_a_text_keeps_the_keys_that_stand_there(
    words: list[str], length: int
) -> None:
    whole, cut = (shingles(words[:end])[0] for end in (BEGINNING, length))
    there = {key for place in range(len(cut)) for key in split(keys(cut[place : place + 1]))}
    assert split(keys(whole)) & there <= split(keys(cut))


def test_most_keys_are_of_the_beginning() -> None:
    whole = words_of(text("en") + other("en"))
    beginning = split(keys(shingles(whole[: BEGINNING + 4])[0]))
    assert len(split(fingerprint(whole)) & beginning) == MOST_KEYS // 2
