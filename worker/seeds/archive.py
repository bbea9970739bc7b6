"""Whether a .docx may be opened at all: a zip archive of bounded size, with a Word document in it and no tricks.

Nothing is unpacked before its declared size, the number of parts and their names are known to be harmless; Python's
zipfile never gives out more than a part declares. XML with a document type is refused: it could declare entities.
"""

import io
import zipfile

from feeds.errors import SeedError

MOST_PARTS = 200
MOST_BYTES = 50 * 2**20
LARGEST_XML = 10 * 2**20
_DENSEST = 100
_HARMLESS = 5 * 2**20

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


def opened(body: bytes) -> zipfile.ZipFile:
    """The archive. Raises SeedError E_DOCX without a name: unreadable, encrypted, too large, too many parts."""
    if body.startswith(_OLE):
        raise _refused("is password protected" if _ENCRYPTED in body else "is not a Word .docx file, but an old .doc")
    try:
        archive = zipfile.ZipFile(io.BytesIO(body))
        parts = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, EOFError) as error:
        raise _refused("is not a Word .docx file") from error
    if any(part.flag_bits & 1 for part in parts):
        raise _refused("is password protected")
    if len(parts) > MOST_PARTS:
        raise _refused("has too many parts")
    size = sum(part.file_size for part in parts)
    if size > MOST_BYTES or (size > _HARMLESS and size > _DENSEST * len(body)):
        raise _refused("unpacks to more than 50 MiB" if size > MOST_BYTES else "is packed a hundredfold, as no text is")
    names = [part.filename for part in parts]
    if any(name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/") for name in names):
        raise _refused("is not a Word .docx file")
    if not any(name.startswith("word/") and name.endswith(".xml") for name in names):
        raise _refused("is not a Word .docx file")
    for part in parts:
        if part.filename.endswith((".xml", ".rels")):
            if part.file_size > LARGEST_XML:
                raise _refused(f"holds more than {LARGEST_XML // 2**20} MiB of text and markup; split it")
            if b"<!DOCTYPE" in read(archive, part.filename)[:65536]:
                raise _refused("is not a Word .docx file: it declares a document type")
    return archive


def read(archive: zipfile.ZipFile, name: str) -> bytes:
    """One part, b"" if there is none. Raises SeedError E_DOCX for a damaged one."""
    try:
        return archive.read(name)
    except KeyError:
        return b""
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, ValueError) as error:
        raise _refused("is a damaged Word file") from error
    except Exception as error:  # zlib.error and lzma.LZMAError have no common ground
        raise _refused("is a damaged Word file") from error


def _refused(why: str) -> SeedError:
    return SeedError("", f"{why}. It is not published; save it anew as .docx, or as .txt.", "E_DOCX")
