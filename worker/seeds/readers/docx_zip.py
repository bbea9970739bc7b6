"""The zip around a .docx: its declared sizes are checked before its parts are unpacked, and counted while they are.

Writes nothing to disk, and uses no name in the zip as a path.
"""

import io
import zipfile
import zlib
from collections.abc import Mapping

from feeds.errors import SeedError

MAX_MEMBERS = 2000
#: Not counting pictures, of which a long report has many.
MAX_PARTS = 200
MAX_BYTES = 50 * 2**20
MAX_MAIN_BYTES = 10 * 2**20
MAX_RATIO = 100
# Up to this size a high compression ratio is fine: repetitive XML may shrink to less than a hundredth.
_RATIO_FROM = 2**20
_PICTURES = "word/media/"
# The signature of an OLE container (MS-CFB 2.2), and its names for an encrypted package and an old .doc.
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_CENTRAL = b"PK\x01\x02"
_ENCRYPTED_FLAG = 0x1
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_READ_AT_ONCE = 2**16
_NOW = "what was published before stays"


def refusal(what: str, todo: str = "") -> SeedError:
    """An E_DOCX without the file's name, which the caller adds."""
    return SeedError("", f"{what}; {todo + ', ' if todo else ''}{_NOW}.", "E_DOCX")


def unpack(body: bytes) -> Mapping[str, bytes]:
    """The parts of a .docx that a reader needs (XML, relations, pictures), by name. Raises SeedError E_DOCX."""
    if body.startswith(_OLE):
        if _ENCRYPTED in body:
            raise refusal("is password protected", "save it without a password")
        raise _foreign()
    if body.count(_CENTRAL) > MAX_MEMBERS:
        raise refusal("has too many parts")
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            return _parts(archive, archive.infolist())
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError) as error:
        raise _foreign() from error
    except (LookupError, ArithmeticError, TypeError, AttributeError) as error:  # zipfile raises these on junk
        raise _foreign() from error


def _parts(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> Mapping[str, bytes]:
    names = [member.filename for member in members]
    if len(names) > MAX_MEMBERS or sum(not name.startswith(_PICTURES) for name in names) > MAX_PARTS:
        raise refusal("has too many parts")
    if any(member.flag_bits & _ENCRYPTED_FLAG for member in members):
        raise refusal("is password protected", "save it without a password")
    if len(set(names)) < len(names) or not all(map(_harmless, names)):
        raise _foreign()
    if sum(member.file_size for member in members) > MAX_BYTES:
        raise _bomb()
    parts: dict[str, bytes] = {}
    left = MAX_BYTES
    for member in members:
        if not member.is_dir() and _wanted(member.filename):
            parts[member.filename] = part = _read(archive, member, left)
            left -= len(part)
    return parts


def _read(archive: zipfile.ZipFile, member: zipfile.ZipInfo, left: int) -> bytes:
    """One part, at most `left` bytes of it, since the sizes that a zip declares may be false."""
    if member.compress_type not in _METHODS:
        raise _foreign()
    xml = not member.filename.startswith(_PICTURES)
    out = bytearray()
    with archive.open(member) as source:
        while chunk := source.read(_READ_AT_ONCE):
            out += chunk
            if xml and len(out) > MAX_MAIN_BYTES:
                raise refusal("holds more than 10 MiB of text and marks", "split it")
            if len(out) > left:
                raise _bomb()
            if len(out) > _RATIO_FROM and len(out) > MAX_RATIO * max(member.compress_size, 1):
                raise refusal("unpacks to more than a hundred times its size", "save it anew in a word processor")
    return bytes(out)


def _harmless(name: str) -> bool:
    return not (name.startswith(("/", "\\")) or ":" in name or ".." in name.replace("\\", "/").split("/"))


def _wanted(name: str) -> bool:
    return name.endswith((".xml", ".rels")) or name.startswith(_PICTURES)


def _foreign() -> SeedError:
    return refusal("is not a Word .docx file", "save it as .docx in a word processor")


def _bomb() -> SeedError:
    return refusal("unpacks to more than 50 MiB", "make its pictures smaller")
