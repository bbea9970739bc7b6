"""Takes out of a file what its device wrote about place, owner and time, and leaves every pixel and sample as it is.

Pure: bytes in, bytes out. Of pictures only what a browser needs to show them stays: the image itself, colour profile,
transparency, animation, and the orientation in an Exif block of its own. From films and recordings in MP4 and QuickTime
position and device are taken out; titles, chapters and covers stay. Any other picture, one by its first bytes or by its
name, is refused, since it may say as much: `_KINDS` and `_NAMES` at the end.

JPEG: ITU-T T.81 annex B, Exif 2.32 (CIPA DC-008). PNG: third edition. GIF: GIF89a. WebP: RFC 9649. AVIF, HEIC, MP4
and MOV: ISO/IEC 14496-12 and 23008-12.
"""

import re
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

_EXIF = b"Exif\0\0"
_ORIENTATION = 0x0112

# A byte FF in the coded data of a JPEG that begins a marker: not stuffed, no restart, no filling.
_JPEG_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
# Markers without a length: TEM and RSTn.
_JPEG_BARE = frozenset({0x01, *range(0xD0, 0xD8)})
_JPEG_END, _JPEG_SCAN = 0xD9, 0xDA

_PNG_KEPT = frozenset(
    b"tRNS gAMA cHRM sRGB iCCP cICP mDCV mDCv cLLI cLLi sBIT bKGD pHYs hIST sPLT acTL fcTL fdAT".split()
)
_GIF_KEPT = (b"NETSCAPE2.0", b"ANIMEXTS1.0", b"ICCRGBG1012")
_WEBP_KEPT = frozenset({b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"})
_WEBP_HAS_EXIF, _WEBP_HAS_XMP = 0x08, 0x04

_BOXES_OF_BOXES = frozenset({b"moov", b"trak", b"udta", b"ilst"})
# Position, maker and model; the film of the moment that telephones put behind a HEIC.
_DEVICE = frozenset({b"mpvd", b"\xa9xyz", b"loci", b"\xa9mak", b"\xa9mod", b"\xa9swr", b"XMP_"})
_DEVICE_KEYS = (b"location", b"make", b"model", b"software", b"manufacturer")
_XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")


class Unreadable(ValueError):
    """A picture whose parts cannot be told apart, or of a kind that nothing can be taken out of."""


def without_metadata(name: str, body: bytes) -> bytes:
    """The file without what its device wrote; the same bytes if there is nothing, or if it is no picture and no film.

    What programs put before a picture goes too. Raises Unreadable for a picture of a kind that is not known here, by
    its first bytes or by its name, and for one that is broken before its image begins.
    """
    for start in (body, body.lstrip(_BEFORE)):
        for begins, published in _KINDS:
            if begins.match(start):
                try:
                    return published(start)
                except (struct.error, IndexError) as error:
                    raise Unreadable from error
    if PurePosixPath(name).suffix.lower() in _NAMES:
        raise Unreadable
    return body


# Pictures that are a row of parts: those that stay are joined.


def _jpeg(body: bytes) -> bytes:
    kept = [b"\xff\xd8"]
    turn, at, scanned = 1, 2, False
    while at < len(body):
        if body[at] != 0xFF:
            if scanned:
                break
            raise Unreadable
        marker = body[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker == _JPEG_END:
            kept.append(b"\xff\xd9")
            break
        if marker in _JPEG_BARE:
            kept.append(body[at : at + 2])
            at += 2
            continue
        (length,) = struct.unpack_from(">H", body, at + 2)
        end = at + 2 + length
        payload = body[at + 4 : end]
        if marker == _JPEG_SCAN:
            scanned = True
            following = _JPEG_MARKER.search(body, end)
            end = following.start() if following else len(body)
        elif end > len(body) and not scanned:
            raise Unreadable
        if marker == 0xE1 and payload.startswith(_EXIF):
            turn = _orientation(payload[len(_EXIF) :])
        if _stays(marker, payload):
            kept.append(body[at:end])
        at = end
    if turn != 1:
        exif = _EXIF + _oriented(turn)
        # After JFIF's own segment, which must be the first.
        place = 2 if len(kept) > 1 and kept[1][1] == 0xE0 else 1
        kept.insert(place, b"\xff\xe1" + struct.pack(">H", 2 + len(exif)) + exif)
    return b"".join(kept)


def _stays(marker: int, payload: bytes) -> bool:
    """Of application segments those that decoding needs: JFIF, the colour profile and Adobe's colour transform."""
    match marker:
        case 0xE0:
            return payload.startswith(b"JFIF\0")
        case 0xE2:
            return payload.startswith(b"ICC_PROFILE\0")
        case 0xEE:
            return payload.startswith(b"Adobe")
        case _:
            return not (0xE0 <= marker <= 0xEF or marker == 0xFE)


def _png(body: bytes) -> bytes:
    kept, at = [body[:8]], 8
    while at + 8 <= len(body):
        length, kind = struct.unpack_from(">I4s", body, at)
        chunk = body[at : at + 12 + length]
        at += 12 + length
        # An upper-case letter at the beginning marks what decoders must understand.
        if kind[:1].isupper() or kind in _PNG_KEPT:
            kept.append(chunk)
        elif kind == b"eXIf" and (turn := _orientation(chunk[8:-4])) != 1:
            content = b"eXIf" + _oriented(turn)
            kept.append(struct.pack(">I", len(content) - 4) + content + struct.pack(">I", zlib.crc32(content)))
        if kind == b"IEND":
            break
    return b"".join(kept)


def _gif(body: bytes) -> bytes:
    at = 13 + _colours(body[10])
    kept = [body[:at]]
    while at < len(body):
        if body[at] == 0x3B:
            kept.append(b"\x3b")
            break
        if body[at] == 0x21:
            label, name = body[at + 1], body[at + 3 : at + 14]
            end = _after_blocks(body, at + 2)
            stays = label != 0xFE and (label != 0xFF or name in _GIF_KEPT)
        elif body[at] == 0x2C:
            end, stays = _after_blocks(body, at + 11 + _colours(body[at + 9])), True
        else:
            break
        if stays:
            kept.append(body[at:end])
        at = end
    return b"".join(kept)


def _colours(flags: int) -> int:
    """The size of a table of colours."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _after_blocks(body: bytes, at: int) -> int:
    while at < len(body) and body[at]:
        at += 1 + body[at]
    return at + 1


def _webp(body: bytes) -> bytes:
    kept, at, turn = [], 12, 1
    while at + 8 <= len(body):
        kind, length = struct.unpack_from("<4sI", body, at)
        end = at + 8 + length + (length & 1)
        if kind in _WEBP_KEPT:
            kept.append(bytearray(body[at:end]))
        elif kind == b"EXIF":
            turn = _orientation(body[at + 8 : at + 8 + length].removeprefix(_EXIF))
        at = end
    if kept and kept[0][:4] == b"VP8X":
        kept[0][8] &= ~(_WEBP_HAS_EXIF | _WEBP_HAS_XMP)
        if turn != 1:
            kept[0][8] |= _WEBP_HAS_EXIF
            exif = _oriented(turn)
            kept.append(bytearray(b"EXIF" + struct.pack("<I", len(exif)) + exif))
    joined = b"WEBP" + b"".join(kept)
    return b"RIFF" + struct.pack("<I", len(joined)) + joined


def _orientation(tiff: bytes) -> int:
    """How a picture is to be turned, 1 to 8, from the TIFF structure of its Exif block; 1 if that does not say."""
    order = "<" if tiff[:2] == b"II" else ">"
    try:
        (at,) = struct.unpack_from(f"{order}I", tiff, 4)
        (count,) = struct.unpack_from(f"{order}H", tiff, at)
        entries = (struct.unpack_from(f"{order}H6xH", tiff, at + 2 + 12 * number) for number in range(count))
        turn = next((turn for tag, turn in entries if tag == _ORIENTATION), 1)
    except struct.error:
        return 1
    return turn if 1 <= turn <= 8 else 1


def _oriented(turn: int) -> bytes:
    """An Exif block that says nothing but the orientation."""
    return b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, _ORIENTATION, 3, 1, turn, 0, 0)


# Files that point to their parts by position: what goes is emptied in its place.


@dataclass(frozen=True, slots=True)
class _Box:
    """A box of ISO/IEC 14496-12. at: the place of its header; start, end: that of its content."""

    kind: bytes
    at: int
    start: int
    end: int


def _boxes_in(body: bytes | bytearray, at: int, end: int) -> Iterator[_Box]:
    while at + 8 <= end:
        size, kind = struct.unpack_from(">I4s", body, at)
        start = at + 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", body, start)
            start += 8
        last = min(at + size, end) if size else end
        if last < start:
            return
        yield _Box(bytes(kind), at, start, last)
        at = last


def _boxes(body: bytes) -> bytes:
    made = bytearray(body)
    waiting = list(_boxes_in(body, 0, len(body)))
    while waiting:
        box = waiting.pop()
        if box.kind in _BOXES_OF_BOXES:
            waiting += _boxes_in(body, box.start, box.end)
        elif box.kind == b"meta":
            # A full box in ISO's files, a plain one in QuickTime's.
            inside = list(_boxes_in(body, box.start + 4 * (body[box.start + 4 : box.start + 8] != b"hdlr"), box.end))
            waiting += inside
            _empty_items(made, inside)
            _empty_keys(made, inside)
        elif box.kind in _DEVICE or (box.kind == b"uuid" and body.startswith(_XMP_UUID, box.start)):
            _empty(made, box)
    return bytes(made)


def _empty(made: bytearray, box: _Box) -> None:
    made[box.at + 4 : box.at + 8] = b"free"
    made[box.start : box.end] = bytes(box.end - box.start)


def _empty_keys(made: bytearray, inside: list[_Box]) -> None:
    """Empties the values of QuickTime's metadata whose keys name place or device."""
    named: dict[bytes, bytes] = {}
    for keys in (box for box in inside if box.kind == b"keys"):
        at = keys.start + 8
        while at + 8 <= keys.end and (size := struct.unpack_from(">I", made, at)[0]) >= 8:
            named[struct.pack(">I", len(named) + 1)] = bytes(made[at + 8 : at + size]).lower()
            at += size
    for values in (box for box in inside if box.kind == b"ilst"):
        for box in list(_boxes_in(made, values.start, values.end)):
            if any(word in named.get(box.kind, b"") for word in _DEVICE_KEYS):
                _empty(made, box)


def _empty_items(made: bytearray, inside: list[_Box]) -> None:
    """Empties the Exif and XMP items of a picture. Its orientation is a property of its own there."""
    parts = {box.kind: box for box in inside}
    if b"iinf" not in parts or b"iloc" not in parts:
        return
    kinds: dict[int, bytes] = {}
    listed = parts[b"iinf"].start + (8 if made[parts[b"iinf"].start] else 6)
    for info in _boxes_in(made, listed, parts[b"iinf"].end):
        wide = made[info.start] >= 3
        number, _, kind = struct.unpack_from(">IH4s" if wide else ">HH4s", made, info.start + 4)
        if kind == b"Exif" or (kind == b"mime" and b"rdf+xml" in made[info.start : info.end]):
            kinds[number] = kind
    data = parts[b"idat"].start if b"idat" in parts else 0
    for number, inner, start, end in _extents(made, parts[b"iloc"]):
        if number in kinds:
            at, last = (start + data, end + data) if inner else (start, end)
            size = max(0, min(last, len(made)) - at)
            blank = bytes(size) if kinds[number] == b"Exif" else b" " * size
            # A TIFF structure without an entry.
            if kinds[number] == b"Exif" and size >= 18:
                blank = (bytes(4) + b"MM\0*" + struct.pack(">IHI", 8, 0, 0)).ljust(size, b"\0")
            made[at : at + size] = blank


def _extents(body: bytes | bytearray, iloc: _Box) -> Iterator[tuple[int, bool, int, int]]:
    """Where items lie: number, whether inside of `idat`, start and end."""
    version, at = body[iloc.start], iloc.start + 4
    sizes = [body[at] >> 4, body[at] & 15, body[at + 1] >> 4, body[at + 1] & 15]
    at += 2

    def number(size: int) -> int:
        nonlocal at
        at += size
        return int.from_bytes(body[at - size : at])

    wide = 4 if version >= 2 else 2
    for _ in range(number(wide)):
        item = number(wide)
        inner = bool(number(2) & 15) if version else False
        number(2)
        base = number(sizes[2])
        for _ in range(number(2)):
            if version:
                number(sizes[3])
            start = base + number(sizes[0])
            yield item, inner, start, start + number(sizes[1])


# What is published.


def _refused(_: bytes) -> bytes:
    raise Unreadable


# White space, zeros and a byte order mark, which browsers and viewers pass over.
_BEFORE = b"\0\t\n\r \xef\xbb\xbf"

_KINDS: tuple[tuple[re.Pattern[bytes], Callable[[bytes], bytes]], ...] = tuple(
    (re.compile(begins, re.DOTALL | re.VERBOSE), published)
    for begins, published in (
        (rb"\xff\xd8\xff", _jpeg),
        (rb"\x89PNG\r\n\x1a\n", _png),
        (rb"GIF8[79]a", _gif),
        (rb"RIFF....WEBP", _webp),
        (
            rb"""
            II[*+]\0 | MM\0[*+] | IIR[OS]\x08 | MMOR\0 | IIU\0 | II\x1a\0\0\0HEAP  # TIFF and raw pictures
            | ....ftypcrx | FUJIFILMCCD-RAW | FOVb | \0MRM  # raw pictures of other kinds
            | \0\0\0\x0c(?:JXL[ ]|jP[ ]{2}) | \xff\x4f\xff\x51 | II\xbc  # JPEG XL, 2000 and XR
            | 8BPS | gimp[ ]xcf | v/1\x01 | [\x8a\x8b][MJ]NG\r\n  # Photoshop, GIMP, OpenEXR, MNG
            | \0\0[\1\2]\0[^\0]\0  # icons, which may hold a PNG
            """,
            _refused,
        ),
        (rb"[\0\1]...(?:ftyp|moov|mdat|wide|free|skip)", _boxes),
    )
)

# Of pictures, whatever their kind. Drawings (SVG, PDF, EPS) are none.
_NAMES = frozenset(
    f".{suffix}"
    for suffix in """
        jpg jpeg jpe jfif jfi jif pjpeg pjp mpo jps thm png apng gif webp avif avifs heic heics heif heifs hif avci avcs
        tif tiff btf bmp dib ico cur icns jxl jp2 j2k j2c jpc jpf jpx jpm jxr hdp wdp mng jng bpg flif exr tga
        psd psb xcf dng cr2 cr3 crw nef nrw arw arq srf sr2 srw orf rw2 rwl rwz raf raw pef ptx x3f mrw 3fr fff
        iiq erf dcr dcs kdc k25 mef mos mdc bay gpr dcm
    """.split()
)
