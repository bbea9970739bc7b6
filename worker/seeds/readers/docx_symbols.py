"""Characters that Word writes as elements or in fonts of symbols become Unicode."""

from lxml import etree
from mammoth.docx.dingbats import dingbats

from worker.seeds.readers.ooxml import W

# TCVN3 (ABC), used by fonts named .Vn…, as the windows-1252 characters at its positions.
_TCVN3 = dict(
    zip(
        map(
            ord,
            "µ¶·¸¹¨»¼½¾Æ©ÇÈÉÊË®ÌÎÏÐÑªÒÓÔÕÖ×ØÜÝÞßáâãä«åæçèé¬êëìíîïñòóô\xadõö÷øùúûüýþ¡¢£¤¥¦§",
        ),
        "àảãáạăằẳẵắặâầẩẫấậđèẻẽéẹêềểễếệìỉĩíịòỏõóọôồổỗốộơờởỡớợùủũúụưừửữứựỳỷỹýỵĂÂÊÔƠƯĐ",
        strict=True,
    )
)

_PRIVATE = range(0xE000, 0xF900)
# Fonts of symbols use U+F000 to U+F0FF (ECMA-376 part 1 §17.3.3.30).
_SYMBOLS = range(0xF000, 0xF100)


def symbol(font: str, code: int) -> str:
    """The character at this place of a font; "" if it is a picture that Unicode does not have."""
    low = code - 0xF000 if code in _SYMBOLS else code
    found = dingbats.get((font, low)) if low < 0x100 else None
    if found is not None:
        return chr(found)
    if code in _SYMBOLS:
        code = low if 0x20 < low < 0x7F and font not in _OF_PICTURES else 0
    return chr(code) if 0x20 <= code < 0xD800 or 0xF900 <= code < 0xFFFE or 0x10000 <= code < 0x110000 else ""


_OF_PICTURES = frozenset(font for font, _ in dingbats if font != "Symbol")


def spell(root: etree._Element) -> int:
    """Replaces w:sym, and letters of symbol fonts, by text; the number of those that have no character."""
    lost = 0
    for mark in list(root.iter(W + "sym")):
        code = mark.get(W + "char") or ""
        try:
            words = symbol(mark.get(W + "font") or "", int(code, 16))
        except ValueError:
            words = ""
        lost += not words
        mark.tag, mark.text = W + "t", words
    for text in root.iter(W + "t"):
        if text.text and any(ord(letter) in _PRIVATE for letter in text.text):
            fonts = text.find(f"../{W}rPr/{W}rFonts")
            font = next(
                (name for key in ("ascii", "hAnsi", "cs") if fonts is not None and (name := fonts.get(W + key))), ""
            )
            read = [symbol(font or "Symbol", ord(one)) if ord(one) in _SYMBOLS else one for one in text.text]
            lost += read.count("")
            text.text = "".join(read)
    return lost


def legacy(font: str, text: str) -> str:
    """Text as a pre-Unicode font shows it: .VnTime and the like; fonts whose names end in H show capitals."""
    if not font.startswith(".Vn"):
        return text
    read = text.translate(_TCVN3)
    return read.upper() if font.endswith("H") else read


def is_of_pictures(font: str) -> bool:
    """Whether the letters of a font are signs."""
    return font == "Symbol" or font in _OF_PICTURES
