"""Takes out of a file what its device wrote about place, owner and time, and leaves every pixel and sample as it is.

Pure: bytes in, bytes out, by what the bytes are and not by their name. Of pictures only what a browser needs to show
them stays: the image itself, colour profile, transparency, animation, and the orientation in an Exif block of its own.
From films and recordings in MP4 and QuickTime position and device are taken out; titles, chapters and covers stay.

JPEG: ITU-T T.81 annex B, Exif 2.32 (CIPA DC-008). PNG: third edition. GIF: GIF89a. WebP: RFC 9649. AVIF, HEIC, MP4
and MOV: ISO/IEC 14496-12 and 23008-12. TIFF: revision 6.0.
"""

import re
import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

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

# What a camera or its owner writes into a TIFF: maker, model, artist, XMP, IPTC, Photoshop's blocks, Exif and GPS.
_CAMERA = frozenset({271, 272, 315, 700, 33723, 34377, 0x8769, 0x8825})

_PICTURE_BRANDS = (b"avif", b"avis", b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
_FIRST_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")
_BOXES_OF_BOXES = frozenset({b"moov", b"trak", b"udta", b"ilst"})
# Position, maker and model.
_DEVICE = frozenset({b"\xa9xyz", b"loci", b"\xa9mak", b"\xa9mod", b"\xa9swr", b"XMP_"})
_DEVICE_KEYS = (b"location", b"make", b"model", b"software", b"manufacturer")
_XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")


class Unreadable(ValueError):
    """A picture whose parts cannot be told apart, or of a kind that nothing can be taken out of."""


def without_metadata(body: bytes) -> bytes:
    """The file without what its device wrote; the same bytes if there is nothing, or if it is of another kind.

    Raises Unreadable for a picture that is broken before its image begins.
    """
    try:
        if body.startswith(b"\xff\xd8\xff"):
            return _jpeg(body)
        if body.startswith(b"\x89PNG\r\n\x1a\n"):
            return _png(body)
        if body.startswith((b"GIF87a", b"GIF89a")):
            return _gif(body)
        if body[:4] == b"RIFF" and body[8:12] == b"WEBP":
            return _webp(body)
        if body.startswith((b"II*\0", b"MM\0*")) and _of_a_camera(body):
            raise Unreadable
        if body[4:8] in _FIRST_BOXES:
            return _boxes(body)
    except (struct.error, IndexError) as error:
        raise Unreadable from error
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


@dataclass(frozen=True, slots=True)
class _Directory:
    """The first directory of a TIFF structure. order: of bytes, for `struct`. places: of its entries, by tag."""

    order: str
    places: Mapping[int, int]


def _directory(tiff: bytes) -> _Directory:
    order = "<" if tiff[:2] == b"II" else ">"
    (at,) = struct.unpack_from(f"{order}I", tiff, 4)
    (count,) = struct.unpack_from(f"{order}H", tiff, at)
    places = range(at + 2, at + 2 + 12 * count, 12)
    return _Directory(order, {struct.unpack_from(f"{order}H", tiff, place)[0]: place for place in places})


def _orientation(tiff: bytes) -> int:
    """How a picture is to be turned, 1 to 8, from the TIFF structure of its Exif block; 1 if that does not say."""
    try:
        found = _directory(tiff)
        (turn,) = struct.unpack_from(f"{found.order}H", tiff, found.places[_ORIENTATION] + 8)
    except (struct.error, KeyError):
        return 1
    return int(turn) if 1 <= turn <= 8 else 1


def _oriented(turn: int) -> bytes:
    """An Exif block that says nothing but the orientation."""
    return b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, _ORIENTATION, 3, 1, turn, 0, 0)


def _of_a_camera(tiff: bytes) -> bool:
    return not _CAMERA.isdisjoint(_directory(tiff).places)


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
    brands = body[waiting[0].start : waiting[0].end] if waiting[0].kind == b"ftyp" else b""
    picture = any(brand in brands for brand in _PICTURE_BRANDS)
    while waiting:
        box = waiting.pop()
        if box.kind in _BOXES_OF_BOXES:
            waiting += _boxes_in(body, box.start, box.end)
        elif box.kind == b"meta":
            # A full box in ISO's files, a plain one in QuickTime's.
            inside = list(_boxes_in(body, box.start + 4 * (body[box.start + 4 : box.start + 8] != b"hdlr"), box.end))
            waiting += inside
            if picture:
                _empty_items(made, inside)
            else:
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
