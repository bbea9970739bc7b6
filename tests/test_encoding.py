"""From bytes to text: what is named, what the text proves, and what is refused. A wrong text is never published."""

import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.errors import SeedError
from worker.seeds import vietnamese
from worker.seeds.encoding import Decoded, decode

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
_TCVN = {letter: code for code, letter in enumerate(vietnamese.decode(bytes(range(256)), "tcvn3"))}
SOUNDS = "\u0300\u0301\u0303\u0309\u0323"


def encoded(text: str, encoding: str) -> bytes:
    """Bytes as an old program wrote them; what the encoding lacks is a question mark."""
    if encoding in ("tcvn3", "viscii"):
        places = {vietnamese.decode(bytes([code]), encoding): code for code in (*range(128), *range(0x80, 0x100))}
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
    body = encoded(text, encoding)
    table = vietnamese.known(encoding)
    return unicodedata.normalize("NFC", vietnamese.decode(body, table) if table else body.decode(encoding))


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


@pytest.mark.parametrize(("start", "end"), [(0, 60), (0, 150), (40, 140), (150, 300)])
def test_a_piece_of_a_story_is_never_read_wrong(start: int, end: int) -> None:
    for name, text, encoding in stories():
        piece = text[start:end]
        found = read(encoded(piece, encoding))
        assert found is None or found.text == meant(piece, encoding), (name, encoding)


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
    assert vietnamese.decode(b"H\xe9I NGH\xde V\xd2 \xaeI\xd6N", "tcvn3").startswith("HỘI NGHỊ")
    assert vietnamese.decode(b"H\xe9i ngh\xde", "tcvn3") == "Hội nghị"


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
