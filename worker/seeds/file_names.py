"""Names of files below seeds/: which are ignored, and how a name is written in logs, pages and the ledger.

Pure.
"""

import os
import re
import unicodedata
from collections.abc import Collection, Mapping
from datetime import date
from pathlib import PurePosixPath


def _refusal(todo: str) -> str:
    return f"is of a kind that is not read; {todo}, or let its name begin with _ if it is to lie here."


#: What to say of texts that are not read, by their suffix. Other files are media.
REFUSED: Mapping[str, str] = {
    **dict.fromkeys(
        (
            *(".doc", ".docm", ".dotx", ".dotm", ".rtf", ".odt", ".ott", ".fodt", ".sxw", ".wps", ".wpd"),
            *(".abw", ".pdf", ".pages", ".epub", ".eml", ".emlx", ".msg", ".gdoc"),
        ),
        _refusal("save it as .docx or .txt"),
    ),
    **dict.fromkeys((".mht", ".mhtml", ".webarchive"), _refusal("save it as a complete page, .html, or as .txt")),
    **dict.fromkeys((".xhtml", ".xht", ".shtml"), _refusal("let its name end with .html")),
    **dict.fromkeys(
        (".mdown", ".mkd", ".mkdn", ".mdwn", ".mdtxt", ".mdx", ".rmd", ".qmd"), _refusal("let its name end with .md")
    ),
    **dict.fromkeys((".text",), _refusal("let its name end with .txt")),
    **dict.fromkeys(
        (".rst", ".org", ".adoc", ".asciidoc", ".textile", ".wiki", ".tex"), _refusal("save it as .md, .html or .txt")
    ),
}
#: What the program itself keeps in seeds/, which is no article and shown to nobody.
KEPT = frozenset({"site.toml", "ids.toml"})
_UNFINISHED = (".part", ".tmp", ".swp", ".crdownload", "~")
_SYSTEM = frozenset({"thumbs.db", "ehthumbs.db", "desktop.ini", "@eadir", "#recycle", "$recycle.bin", "lost+found"})
# Dropbox and Nextcloud "(conflicted copy …)", ownCloud "_conflict-…", Syncthing ".sync-conflict-…", Seafile, Resilio.
_SYNC_COPY = re.compile(
    r"\([^()]*conflicted copy[^()]*\)|_conflict-\d{8}|\.sync-conflict-\d{8}|\(sfconflict |\.conflict(?:\.[^.]*)?$"
)
# What browsers, Word and Windows write behind the name of a page for the folder of what it shows.
_BESIDE_PAGE = re.compile(
    r"(.+)(?:[ _.-](?:files?|dateien|fichiers|archivos|bestanden|filer|tiedostot|pliki|soubory|súbory|elemei|ficheiros"
    r"|arquivos|dosyalar|datoteke|fitxers|failid|fails|bylos|fajlovi|fitxategiak|tệp|tập tin|файлы|файли"
    r"|文件|檔案|ファイル|파일|ไฟล์|ملفات|קבצים)|\.fld)",
    re.IGNORECASE,
)
_PAGE = re.compile(r"(.+)\.x?html?", re.IGNORECASE)
_DATED = re.compile(r"((?:19|20)\d\d)([-_.])(\d\d)\2(\d\d)(?:[-_. ]+(.+)|)")
_BIDI = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")


def ignored(name: str) -> bool:
    """Whether a file is never read: a draft, an unfinished file, or one that a system or sync program made.

    Ignores case.
    """
    lower = name.lower()
    return (
        name.startswith((".", "_", "~$"))
        or lower.startswith("~wrl")
        or lower.endswith(_UNFINISHED)
        or lower in _SYSTEM
        or _SYNC_COPY.search(lower) is not None
    )


def beside_pages(names: Collection[str]) -> frozenset[str]:
    """Folders of what a saved web page shows: "X_files" beside "X.html". names: all that lies in one folder."""
    pages = {_alike(found[1]) for name in names if (found := _PAGE.fullmatch(name))}
    folders = ((name, _BESIDE_PAGE.fullmatch(unicodedata.normalize("NFC", name))) for name in names)
    return frozenset(name for name, found in folders if found and _alike(found[1]) in pages)


def may_be_of_a_page(folder: str) -> bool:
    """Whether a folder has a name as browsers and Word give it to what a saved page shows, wherever the page is.

    People write a space in such names: "press files".
    """
    composed = unicodedata.normalize("NFC", folder)
    found = _BESIDE_PAGE.fullmatch(composed)
    return found is not None and composed[found.end(1)] != " "


def is_page(name: str) -> bool:
    return _PAGE.fullmatch(name) is not None


def _alike(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def dated(path: str) -> tuple[date | None, str]:
    """The day that a seed's name begins with, as Jekyll, Hugo and Eleventy have it, and the rest of the name as words.

    "posts/2025-11-04-second-post.md" is 4 November and "Second post"; of "2025-11-04-second-post/index.md" the folder
    has the name. (None, "") for any other name.
    """
    file = PurePosixPath(path)
    stem = file.parent.name if file.stem.lower() == "index" else file.stem
    found = _DATED.fullmatch(stem)
    if found is None:
        return None, ""
    try:
        day = date(int(found[1]), int(found[3]), int(found[4]))
    except ValueError:
        return None, ""
    words = " ".join(re.split(r"[\s_-]+", found[5] or "")).strip()
    return day, words[:1].upper() + words[1:]


def portable(name: str) -> str:
    """A file name that is safe in the ledger, a log line and a page.

    Control characters, line ends, bytes that are not UTF-8 and characters that change text direction become escapes.
    """
    if name.isprintable():
        return name
    return "".join(
        os.fsencode(letter).decode("ascii", "backslashreplace")
        if "\udc80" <= letter <= "\udcff"
        else letter.encode("unicode_escape").decode("ascii")
        if unicodedata.category(letter) in {"Cc", "Cs", "Zl", "Zp"} or letter in _BIDI
        else letter
        for letter in name
    )
