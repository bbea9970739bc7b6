"""From bytes to text: what is named, what the text proves, and what is refused. A wrong text is never published."""

import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.errors import SeedError
from support.many_languages import PROSE, VISITORS
from worker.encoding import vietnamese
from worker.encoding.decode import Decoded, decode

STORIES = Path(__file__).parent / "documents" / "seeds"
LEGACY = {
    "vi": ("windows-1258", "tcvn3", "viscii", "utf-16-le"),
    "en": ("windows-1252", "utf-16-be"),
    "fr": ("windows-1252", "mac-roman", "cp850"),
    "de": ("windows-1252", "mac-roman"),
    "es": ("windows-1252", "mac-roman"),
    "pt": ("windows-1252",),
    "it": ("windows-1252",),
    "ru": ("koi8-r", "windows-1251", "cp866", "iso8859-5"),
    "uk": ("koi8-u", "windows-1251"),
    "ar": ("windows-1256",),
    "he": ("windows-1255",),
    "th": ("cp874",),
    "ja": ("shift-jis", "euc-jp", "utf-16-le"),
    "zh": ("gb18030", "big5"),
    "ko": ("cp949", "utf-16-be"),
}
_TCVN = {letter: code for code, letter in enumerate(vietnamese.as_nfc(bytes(range(256)), "tcvn3"))}
SOUNDS = "\u0300\u0301\u0303\u0309\u0323"


def encoded(text: str, encoding: str) -> bytes:
    """Bytes as an old program wrote them; what the encoding lacks is a question mark."""
    if encoding in ("tcvn3", "viscii"):
        places = {vietnamese.as_nfc(bytes([code]), encoding): code for code in (*range(128), *range(0x80, 0x100))}
        return bytes(places.get(letter, ord("?")) for letter in text)
    if encoding == "windows-1258":
        # Marks of tones stand behind their letters there.
        return "".join(map(_apart, text)).encode(encoding, "replace")
    return text.encode(encoding, "replace")


def _apart(letter: str) -> str:
    try:
        letter.encode("windows-1258")
    except UnicodeEncodeError:
        parts = unicodedata.normalize("NFD", letter)
        tones = "".join(part for part in parts if part in SOUNDS)
        return unicodedata.normalize("NFC", "".join(part for part in parts if part not in SOUNDS)) + tones
    return letter


def stories() -> list[tuple[str, str, str]]:
    """(file name, text, encoding) for every plain story in every encoding of its language."""
    found = []
    for path in sorted(STORIES.glob("??-*.txt")):
        text = unicodedata.normalize("NFC", path.read_bytes().decode("utf-8"))
        found += [(path.name, text, encoding) for encoding in LEGACY.get(path.name[:2], ())]
    return found


def read(body: bytes) -> Decoded | None:
    try:
        return decode(body, "a.txt")
    except SeedError as error:
        assert error.code in {"E_ENC", "W_EMPTY"}
        return None


def meant(text: str, encoding: str) -> str:
    return meant_by(encoded(text, encoding), encoding)


def test_a_story_in_an_old_encoding_is_read_or_refused_never_wrong() -> None:
    unread = []
    for name, text, encoding in stories():
        found = read(encoded(text, encoding))
        if found is None:
            unread.append((name, encoding))
        else:
            assert found.text == meant(text, encoding), (name, encoding)
    # One accent in a whole story proves nothing.
    assert len(unread) * 20 <= len(stories()), unread


@pytest.mark.parametrize(("start", "end"), [(0, 60), (40, 140)])
def test_a_piece_of_a_story_is_never_read_wrong(start: int, end: int) -> None:
    for name, text, encoding in stories():
        piece = text[start:end]
        found = read(encoded(piece, encoding))
        assert found is None or found.text == meant(piece, encoding), (name, encoding)


# Whatever programs for such languages wrote, among it what nobody reads here.
WEST = ("windows-1252", "iso8859-15", "mac-roman", "cp850", "cp437", "cp858", "cp860", "cp863", "cp865", "mac-iceland")
EAST = ("windows-1250", "iso8859-2", "cp852", "mac-latin2", "mac-croatian", "windows-1257", "windows-1254", "cp857")
CYRILLIC = ("windows-1251", "koi8-r", "koi8-u", "iso8859-5", "cp866", "cp1125", "cp855", "mac-cyrillic")
OTHERS = {
    "el": ("windows-1253", "iso8859-7", "cp737", "cp869", "mac-greek"), "ar": ("windows-1256", "iso8859-6", "cp720"),
    "fa": ("windows-1256",), "he": ("windows-1255", "iso8859-8", "cp862"), "th": ("cp874", "iso8859-11"),
    "ja": ("shift_jis", "cp932", "euc-jp", "gb18030"), "zh": ("gb18030", "gbk", "euc-jp"),
    "zh-Hant": ("big5", "gb18030", "johab"), "ko": ("cp949", "euc-kr", "johab"),
    "vi": ("windows-1258", "tcvn3", "viscii"), "lt": ("windows-1257", "iso8859-13", "iso8859-4", "cp775"),
}  # fmt: skip


def foreign_hands() -> list[tuple[str, str, str]]:
    """(language, text, encoding) for every language in whatever it may have been written in."""
    found = []
    for tag, text in (PROSE | VISITORS).items():
        family = OTHERS.get(tag, CYRILLIC if tag in {"ru", "uk", "bg", "sr", "en+ru"} else (*WEST, *EAST))
        found += [(tag, text, encoding) for encoding in family]
    return found


@pytest.mark.parametrize("length", [1000, 120])
def test_no_piece_of_prose_is_read_in_the_encoding_of_others(length: int) -> None:
    wrong = []
    for tag, text, encoding in foreign_hands():
        # Of short pieces every fourth, since there are many.
        for start in range(0, max(len(text) - length // 2, 1), length * (4 if length < 200 else 1)):
            piece = text[start : start + length]
            body = encoded(piece, encoding) if tag == "vi" else piece.encode(encoding, "ignore")
            found = None if body.isascii() else read(body)
            # Two letters may be UTF-8 by chance, and that goes first.
            if found and found.encoding != "utf-8" and found.text != meant_by(body, encoding):
                wrong.append((tag, encoding, found.encoding, start))
    assert wrong == []


def meant_by(body: bytes, encoding: str) -> str:
    table = vietnamese.known(encoding)
    return unicodedata.normalize("NFC", vietnamese.as_nfc(body, table) if table else body.decode(encoding))


@pytest.mark.parametrize(
    ("tag", "encoding"),
    [
        *((tag, "windows-1252") for tag in ("fr", "de", "es", "pt", "it", "sv", "da", "en", "ca", "et")),
        *((tag, "windows-1250") for tag in ("pl", "cs", "hu", "hr", "ro")),
        *((tag, "windows-1251") for tag in ("ru", "uk", "bg", "sr")),
        *(("fr", encoding) for encoding in ("iso8859-15", "mac-roman", "cp850")),
        *(("ru", encoding) for encoding in ("koi8-r", "iso8859-5", "cp866")),
        *((tag, encodings[0]) for tag, encodings in OTHERS.items()),
        *(("uk", "koi8-u"), ("tr", "windows-1254"), ("vi", "tcvn3"), ("vi", "viscii"), ("ja", "euc-jp")),
    ],
)
def test_a_paragraph_proves_its_encoding(tag: str, encoding: str) -> None:
    text = PROSE[tag]
    found = read(encoded(text, encoding) if tag == "vi" else text.encode(encoding, "ignore"))
    assert found is not None
    assert found.because


@pytest.mark.parametrize("late", ["Спасибо, друзья!".encode("koi8-r"), "Zieliński z Łodzi".encode("cp1250"), b"\x81"])
def test_bytes_far_below_the_beginning_count(late: bytes) -> None:
    assert read(b"The town council met on Tuesday night to discuss the library.\n" * 2000 + late) is None


@pytest.mark.parametrize("declared", ["utf-16", "UTF-16LE"])
def test_a_file_that_names_utf_16_in_ascii_is_none(declared: str) -> None:
    body = f"---\nencoding: {declared}\n---\n".encode() + PROSE["fr"].encode("cp1252")
    for piece in (body, body + b"."):
        found = read(piece)
        assert found is not None
        assert found.encoding == "windows-1252"


@pytest.mark.parametrize(
    ("body", "declared", "text"),
    [
        ("“Oui”, dit-elle – l’été".encode("cp1252"), "iso-8859-1", "“Oui”, dit-elle – l’été"),
        ("①番目の町".encode("cp932"), "shift_jis", "①番目の町"),
        ("火曜日〜水曜日".encode("shift_jis"), "shift_jis", "火曜日〜水曜日"),
        ("똠방각하".encode("cp949"), "euc-kr", "똠방각하"),
        ("镕基".encode("gbk"), "gb2312", "镕基"),
    ],
)
def test_a_name_stands_for_what_programs_write_under_it(body: bytes, declared: str, text: str) -> None:
    assert decode(body, "a.txt", declared).text == text


@pytest.mark.parametrize("tag", ["vi", "fr", "ru", "ja", "zh", "th"])
def test_damaged_utf_8_is_told_as_such(tag: str) -> None:
    body = PROSE[tag].encode()
    last = max(place for place, code in enumerate(body) if code >= 0xC0)
    for damaged, told in (
        (body[: last + 1], "ends within a character"),
        (body[:60] + b"\xff" + body[60:], "in line 1"),
    ):
        with pytest.raises(SeedError, match=told) as caught:
            decode(damaged, "a.txt")
        assert caught.value.message.startswith("is UTF-8, but")


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        ("Tiếng Việt\nĐây.".encode(), "utf-8"),
        (b"\xef\xbb\xbf" + "Tiếng Việt\nĐây.".encode(), "utf-8"),
        (b"\xef\xbb\xbf\xef\xbb\xbf" + "Tiếng Việt\nĐây.".encode(), "utf-8"),
        ("Tiếng Việt\nĐây.".encode("utf-16"), "utf-16"),
        ("Tiếng Việt\nĐây.".encode("utf-16-le"), "utf-16-le"),
        ("Tiếng Việt\nĐây.".encode("utf-16-be"), "utf-16-be"),
        (unicodedata.normalize("NFD", "Tiếng Việt\nĐây.").encode(), "utf-8"),
        (b"---\nencoding: TCVN-5712\n---\n" + encoded("Tiếng Việt\nĐây.", "tcvn3"), "tcvn3"),
        (b"---\nencoding: viscii\n---\n" + encoded("Tiếng Việt\nĐây.", "viscii"), "viscii"),
    ],
)
def test_unicode_and_what_is_declared_is_read(body: bytes, encoding: str) -> None:
    found = decode(body, "a.txt")
    assert found.text.endswith("Tiếng Việt\nĐây.")
    assert found.encoding == encoding


def test_words_in_a_font_of_capitals_are_capitals() -> None:
    assert vietnamese.as_nfc(b"H\xe9I NGH\xde V\xd2 \xaeI\xd6N", "tcvn3").startswith("HỘI NGHỊ")
    assert vietnamese.as_nfc(b"H\xe9i ngh\xde", "tcvn3") == "Hội nghị"


@pytest.mark.parametrize(
    ("body", "code", "told"),
    [
        (b"%PDF-1.7\n...", "E_KIND", "is a PDF in spite of its name"),
        (b"{\\rtf1\\ansi Text}", "E_KIND", "is a Rich Text file"),
        (b"\xd0\xcf\x11\xe0" + bytes(600), "E_KIND", "is an old Word file"),
        (b"\xff\xd8\xff\xe0JFIF", "E_KIND", "is a picture"),
        (bytes(range(256)) * 9, "E_ENC", "no text file"),
        ("Ein kurzer Satz mit ä.".encode("cp1252"), "E_ENC", "cannot be told for certain"),
        (encoded("Tiếng Việt đã khó.", "windows-1258"), "E_ENC", "looks like windows-1258"),
        (b"\xe9" * 3_000_000, "E_ENC", "It is not published"),
        (b"---\nencoding: klingon\n---\n\xff", "E_ENC", "'klingon'"),
        (b"---\nencoding: rot13\n---\n\xff", "E_ENC", "'rot13'"),
        (b"---\nencoding: utf-7\n---\n\xff", "E_ENC", "'utf-7'"),
        (b"---\nencoding: utf-32\n---\n\xff", "E_ENC", "'utf-32'"),
        (b"---\nencoding: cp500\n---\n\xff", "E_ENC", "'cp500'"),
        ("ллллллл".encode("cp866") * 99, "E_ENC", "cannot be told for certain"),
        ("UTF-32".encode("utf-32"), "E_ENC", "UTF-32"),
    ],
)
def test_what_is_no_text_or_in_doubt_is_refused_with_what_it_looks_like(body: bytes, code: str, told: str) -> None:
    with pytest.raises(SeedError) as caught:
        decode(body, "news/a.txt")
    assert (caught.value.name, caught.value.code) == ("news/a.txt", code)
    assert told in caught.value.message


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    try:
        assert decode(body, "a.txt").text
    except SeedError as error:
        assert error.code in {"E_ENC", "W_EMPTY", "E_KIND"}


@pytest.mark.parametrize(
    ("word", "is_one"),
    [("nghiêng", True), ("quốc", True), ("giữ", True), ("Đảng", True), ("hoà", True), ("hòa", True), ("thuở", True),
     ("uỷ", True), ("khuỷu", True), ("quýt", True), ("các", True), ("cac\u0300", False), ("hoc\u0309", False),
     ("straße", False), ("été", False), ("naïve", False), ("señor", False)],
)  # fmt: skip
def test_possible_syllables_are_told_from_impossible_ones(word: str, is_one: bool) -> None:
    assert vietnamese.possible(unicodedata.normalize("NFC", word)) is is_one


def test_the_expectations_name_every_encoding_of_the_issue() -> None:
    names = {path.stem.removeprefix("encoding-") for path in STORIES.glob("encoding-*.json")}
    assert names >= {"windows-1258", "windows-1252", "tcvn3", "viscii", "shift-jis", "gb18030", "koi8-r", "utf16"}
    assert all(json.loads(path.read_text("utf-8"))["title"] for path in STORIES.glob("encoding-*.json"))
