"""What a device wrote into a picture or film about place and owner is gone; the picture is as it was."""

import struct
import zlib
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.seeds.metadata import Unreadable, without_metadata

SECRET = b"Anna Nowak 48.8584N"
IMAGE = b"\x11\x22\xff\x00\x33\xff\xd0\x44"  # with a stuffed FF and a restart, as the coded data of a JPEG has


def tiff(turn: int = 1, order: str = ">") -> bytes:
    """An Exif block with an orientation, an owner and a pointer to a position."""
    entries = struct.pack(f"{order}HHIHH", 0x0112, 3, 1, turn, 0) + struct.pack(f"{order}HHII", 0x8825, 4, 1, 38)
    head = (b"MM\0*" if order == ">" else b"II*\0") + struct.pack(f"{order}IH", 8, 2)
    return head + entries + struct.pack(f"{order}I", 0) + SECRET


def segment(marker: int, payload: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", 2 + len(payload)) + payload


JFIF, PROFILE = segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0"), segment(0xE2, b"ICC_PROFILE\0\1\1colours")
ADOBE, TABLE, SCAN = segment(0xEE, b"Adobe\0d\0\0\0\0\1"), segment(0xDB, bytes(65)), segment(0xDA, b"\1\1\0\0\x3f\0")


def jpeg(turn: int = 1, order: str = ">") -> bytes:
    told = (
        segment(0xE1, b"Exif\0\0" + tiff(turn, order)),
        segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + SECRET),
        segment(0xED, b"Photoshop 3.0\0" + SECRET),
        segment(0xE0, b"JFXX\0" + SECRET),
        segment(0xE2, b"MPF\0" + SECRET),
        segment(0xFE, SECRET),
    )
    # Two scans, as a progressive picture has; a comment between them; a film of the moment behind the end.
    scans = SCAN + IMAGE + segment(0xFE, SECRET) + TABLE + b"\xff" + SCAN + IMAGE
    return b"".join((b"\xff\xd8", JFIF, *told, PROFILE, ADOBE, TABLE, scans, b"\xff\xd9", SECRET))


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(turn: int = 1) -> bytes:
    told = [chunk(kind, b"x\0" + SECRET) for kind in (b"tEXt", b"zTXt", b"iTXt", b"tIME", b"prVt")]
    shown = [chunk(b"IHDR", bytes(13)), chunk(b"iCCP", b"p\0\0colours"), chunk(b"acTL", bytes(8))]
    rest = [chunk(b"eXIf", tiff(turn)), chunk(b"tRNS", b"\0"), chunk(b"IDAT", IMAGE), *told, chunk(b"IEND", b"")]
    return b"".join((b"\x89PNG\r\n\x1a\n", *shown, *told, *rest, SECRET))


def gif() -> bytes:
    def blocks(content: bytes) -> bytes:
        return bytes((len(content),)) + content + b"\0"

    screen = b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0x80, 0, 0) + bytes(6)
    loop = b"\x21\xff\x0bNETSCAPE2.0" + blocks(b"\1\0\0")
    told = b"\x21\xfe" + blocks(SECRET) + b"\x21\xff\x0bXMP DataXMP" + blocks(SECRET)
    picture = b"\x21\xf9" + blocks(bytes(4)) + b"\x2c" + bytes(8) + b"\x80" + bytes(6) + b"\2" + blocks(IMAGE)
    return screen + loop + told + picture + told + b"\x3b" + SECRET


def webp(turn: int = 1) -> bytes:
    def part(kind: bytes, content: bytes) -> bytes:
        return kind + struct.pack("<I", len(content)) + content + bytes(len(content) & 1)

    flags = part(b"VP8X", bytes((0x20 | 0x08 | 0x04,)) + bytes(9))
    shown = flags + part(b"ICCP", b"colours") + part(b"VP8 ", IMAGE)
    inside = b"WEBP" + shown + part(b"EXIF", tiff(turn)) + part(b"XMP ", SECRET) + part(b"what", SECRET)
    return b"RIFF" + struct.pack("<I", len(inside)) + inside


def box(kind: bytes, *content: bytes) -> bytes:
    inside = b"".join(content)
    return struct.pack(">I", 8 + len(inside)) + kind + inside


def heif(brand: bytes = b"avif") -> bytes:
    """A picture with the items Exif and XMP, found by place, behind the image, and a film of the moment."""
    names = ((1, b"av01", b""), (2, b"Exif", b""), (3, b"mime", b"x\0application/rdf+xml\0"))
    infos = [box(b"infe", b"\2\0\0\0", struct.pack(">HH4s", number, 0, kind), more) for number, kind, more in names]
    exif, xmp = bytes(4) + tiff(), b"<x:xmpmeta>" + SECRET

    def made(start: int) -> bytes:
        sizes, places = [len(IMAGE), len(exif), len(xmp)], [start]
        places += [start + sum(sizes[:count]) for count in (1, 2)]
        items = [
            struct.pack(">HHHII", number, 0, 1, place, size)
            for number, place, size in zip((1, 2, 3), places, sizes, strict=True)
        ]
        iloc = box(b"iloc", b"\0\0\0\0", b"\x44\0", struct.pack(">H", 3), *items)
        iinf = box(b"iinf", b"\0\0\0\0", struct.pack(">H", 3), *infos)
        meta = box(b"meta", b"\0\0\0\0", box(b"hdlr", bytes(25)), iinf, iloc)
        film = box(b"mpvd", box(b"moov", box(b"udta", box(b"\xa9xyz", SECRET))))
        return box(b"ftyp", brand, bytes(4), brand) + meta + box(b"mdat", IMAGE, exif, xmp) + film

    return made(made(0).index(IMAGE))


def film() -> bytes:
    """A film as a telephone makes it: position and device in user data and in QuickTime's keys."""
    keys = (b"com.apple.quicktime.location.ISO6709", b"com.apple.quicktime.title", b"com.apple.quicktime.model")
    named = box(b"keys", bytes(4), struct.pack(">I", 3), *(box(b"mdta", key) for key in keys))
    said = (SECRET, b"A title that stays", SECRET)
    values = [box(struct.pack(">I", n), box(b"data", bytes(8), value)) for n, value in enumerate(said, 1)]
    user = box(b"udta", box(b"\xa9xyz", SECRET), box(b"loci", SECRET), box(b"\xa9nam", b"A name that stays"))
    meta = box(b"meta", box(b"hdlr", bytes(25)), named, box(b"ilst", *values))
    return box(b"ftyp", b"qt  ") + box(b"mdat", IMAGE) + box(b"moov", user, meta, box(b"trak", user))


FILES: dict[str, tuple[Callable[[], bytes], tuple[bytes, ...]]] = {
    "jpeg": (jpeg, (JFIF, PROFILE, ADOBE, TABLE, SCAN + IMAGE + TABLE + SCAN + IMAGE + b"\xff\xd9")),
    "png": (png, (b"IHDR", b"iCCP", b"acTL", b"tRNS", chunk(b"IDAT", IMAGE) + chunk(b"IEND", b""))),
    "gif": (gif, (b"NETSCAPE2.0", b"\x21\xf9", IMAGE)),
    "webp": (webp, (b"ICCP", b"VP8 " + struct.pack("<I", len(IMAGE)) + IMAGE)),
    "avif": (heif, (IMAGE,)),
    "heic": (lambda: heif(b"heic"), (IMAGE,)),
    "heif": (lambda: heif(b"what"), (IMAGE,)),
    "film": (film, (IMAGE, b"A title that stays", b"A name that stays")),
}


@pytest.mark.parametrize("kind", FILES)
def test_place_and_owner_go_and_the_picture_stays(kind: str) -> None:
    make, stays = FILES[kind]
    assert SECRET in make()
    made = without_metadata("x", make())
    assert SECRET not in made
    places = [made.index(part) for part in stays]
    assert all(before < after for before, after in pairwise(places)) or kind == "film"
    assert without_metadata("x", made) == made
    if kind in {"avif", "heic", "heif", "film"}:
        assert len(made) == len(make())  # parts are found by their place


@pytest.mark.parametrize("turn", range(1, 9))
def test_pictures_stand_as_before(turn: int) -> None:
    """Browsers turn them by the Exif block; where there is no need for one there is none."""
    said = b"\x01\x12\0\x03\0\0\0\x01\0" + bytes((turn,))
    for made in (jpeg(turn), jpeg(turn, "<"), png(turn), webp(turn)):
        clean = without_metadata("x", made)
        assert (said in clean) is (turn != 1)
        assert (b"xif" in clean.lower()) is (turn != 1)
        assert without_metadata("x", clean) == clean
    clean = without_metadata("x", webp(turn))
    assert clean[20] == 0x20 | (0x08 if turn != 1 else 0)
    assert struct.unpack_from("<I", clean, 4)[0] == len(clean) - 8


@pytest.mark.parametrize("before", [b"\n", b"\0", b"\xef\xbb\xbf", b"\r\n\0 \t"])
@pytest.mark.parametrize("kind", ["jpeg", "png", "gif", "webp"])
def test_what_programs_put_before_a_picture_goes_too(kind: str, before: bytes) -> None:
    whole = FILES[kind][0]()
    assert without_metadata("x", before + whole) == without_metadata("x", whole)


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("a", b""),
        ("a.html", b"\n<html>"),
        ("a.txt", b"\n The free press of FUJIFILM and the JXL format, II"),
        ("a.pdf", b"%PDF-1.7 " + SECRET),
        ("a.svg", b"<svg>"),
        ("a.mp3", b"ID3" + SECRET + jpeg()),
        ("a.wav", b"RIFF\0\0\0\0WAVE" + SECRET),
        ("a.avi", b"RIFF\0\0\0\0AVI " + SECRET),
        ("a.mkv", b"\x1aE\xdf\xa3" + SECRET),
        ("a.docx", b"PK\3\4" + jpeg()),
        ("a.ttf", b"\0\1\0\0\0\x0c"),
    ],
)
def test_other_files_are_left_as_they_are(name: str, body: bytes) -> None:
    assert without_metadata(name, body) == body


def exif_box(kind: bytes, brand: bytes) -> bytes:
    """JPEG XL or JPEG 2000 with an Exif block in a box of its own."""
    start = box(kind, b"\r\n\x87\n") + box(b"ftyp", brand, bytes(4), brand)
    return start + box(b"Exif", bytes(4), tiff()) + box(b"uuid", b"JpgTiffExif->JP2", tiff())


REFUSED = {
    "broken": b"\xff\xd8\xff\xe1\xff\xff" + SECRET,
    "of a broken JFIF": b"\xff\xd8\xff\xe0\0\4??" + SECRET,
    "TIFF": tiff(),
    "TIFF of Intel": tiff(order="<"),
    "TIFF without a camera": b"II*\0" + struct.pack("<IHI", 8, 0, 0),
    "BigTIFF": b"MM\0+\0\x08\0\0" + SECRET,
    "TIFF behind a line": b"\r\n" + tiff(),
    "Olympus": b"IIRO\x08\0\0\0" + SECRET,
    "Panasonic": b"IIU\0\x18\0\0\0" + SECRET,
    "Canon before 2004": b"II\x1a\0\0\0HEAPCCDR" + SECRET,
    "Canon since 2018": box(b"ftyp", b"crx ", bytes(4), b"isom") + box(b"moov", box(b"uuid", tiff())),
    "Fujifilm": b"FUJIFILMCCD-RAW 0201" + jpeg(),
    "Sigma": b"FOVb" + SECRET,
    "Minolta": b"\0MRM" + SECRET,
    "JPEG XL": exif_box(b"JXL ", b"jxl "),
    "JPEG 2000": exif_box(b"jP  ", b"jp2 "),
    "JPEG 2000 without boxes": b"\xff\x4f\xff\x51" + SECRET,
    "JPEG XR": b"II\xbc\1" + SECRET,
    "Photoshop": b"8BPS\0\1" + SECRET,
    "GIMP": b"gimp xcf v011\0" + SECRET,
    "OpenEXR": b"v/1\1" + SECRET,
    "icon": b"\0\0\1\0\1\0\x10\x10" + bytes(14) + png(),
}


@pytest.mark.parametrize("kind", REFUSED)
@pytest.mark.parametrize("name", ["x", "x.jpg"])
def test_pictures_of_other_kinds_are_refused_whatever_their_name(kind: str, name: str) -> None:
    with pytest.raises(Unreadable):
        without_metadata(name, REFUSED[kind])


@pytest.mark.parametrize(
    "name", "x.jpg x.JPEG x.png x.webp x.heic x.tif x.bmp x.jxl x.jp2 x.psd x.ico x.dng x.cr2 x.nef x.raf x.raw".split()
)
def test_what_is_named_like_a_picture_and_is_of_no_known_kind_is_refused(name: str) -> None:
    for body in (b"", b"what", b"HTTP/1.1 200 OK\r\n\r\n" + jpeg(), b"\xff\x0a" + SECRET):
        with pytest.raises(Unreadable):
            without_metadata(name, body)
    assert without_metadata(name, png()) == without_metadata("x", png())


@pytest.mark.parametrize("kind", FILES)
@given(data=st.data())
def test_a_broken_file_is_cut_or_refused(kind: str, data: st.DataObject) -> None:
    whole = FILES[kind][0]()
    broken = bytearray(whole[: data.draw(st.integers(12, len(whole)))])
    place = data.draw(st.integers(0, len(broken) - 1))
    broken[place] = data.draw(st.integers(0, 255))
    try:
        made = without_metadata("x", bytes(broken))
    except Unreadable:
        return
    assert len(made) <= len(broken) + 40
