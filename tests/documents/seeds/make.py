"""Writes the documents of this folder that no editor of text can write: other encodings, Word files, refused bytes.

`python make.py` writes them anew, byte for byte the same, each with its expectation. TCVN3 is the lower half of
TCVN 5712:1993 as the ABC fonts use it (no toned capitals), VISCII is RFC 1456; both tables are written from those.
"""

import io
import json
import random
import sys
import unicodedata
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from docx import Document

HERE = Path(__file__).parent
HANOI = {"zone": "Asia/Ho_Chi_Minh", "first_seen": "2026-01-10T03:00:00Z"}

# Byte of the first letter, then every letter in the order of the code page; "." is a byte without a letter of ours.
TCVN3 = (0xA1, "ĂÂÊÔƠƯĐăâêôơưđ......àảãáạ.ằẳẵắ.......ặầẩẫấậè.ẻẽéẹềểễếệìỉ...ĩíịò.ỏõóọồổỗốộờởỡớợù.ủũúụừửữứựỳỷỹýỵ")
VISCII = (
    0x80,
    "ẠẮẰẶẤẦẨẬẼẸẾỀỂỄỆỐỒỔỖỘỢỚỜỞỊỎỌỈỦŨỤỲÕắằặấầẩậẽẹếềểễệốồổỗỠƠộờởịỰỨỪỬơớƯÀÁÂÃẢĂẳẵÈÉÊẺÌÍĨỳĐứÒÓÔạỷừửÙÚỹỵÝỡưàáâãảăữẫèéêẻìíĩỉđựòóôõỏọụùúũủýợỮ",
)
_TONES = "\u0300\u0309\u0303\u0301\u0323"


def by_table(text: str, table: tuple[int, str]) -> bytes:
    first, letters = table
    codes = {letter: first + place for place, letter in enumerate(letters) if letter != "."}
    return bytes(codes.get(letter) or letter.encode("ascii")[0] for letter in text)


def windows_1258(text: str) -> bytes:
    """The code page has the vowels and five combining tones, as Windows itself writes it."""
    out = []
    for letter in text:
        apart = unicodedata.normalize("NFD", letter)
        tone = "".join(mark for mark in apart if mark in _TONES)
        vowel = unicodedata.normalize("NFC", "".join(mark for mark in apart if mark not in _TONES))
        out.append((vowel + tone).encode("cp1258"))
    return b"".join(out)


def save(name: str, body: bytes, wanted: dict[str, Any], conditions: dict[str, str] = HANOI) -> None:
    (HERE / name).write_bytes(body)
    expectation = json.dumps({"conditions": conditions, **wanted}, ensure_ascii=False, indent=2) + "\n"
    (HERE / name).with_suffix(".json").write_text(expectation, "utf-8")


def story(lines: list[str], published: str, language: str, credit: str, outlet: str = "") -> dict[str, Any]:
    wanted = {"title": lines[0], "published": published, "language": language, "authors": [], "credit": credit}
    if outlet:
        wanted["summary"] = lines[1].removeprefix(outlet)
    return {**wanted, "paragraphs": lines[1:]}


KHE_BANG = [
    "Phiên tòa lưu động về nạn trộm chó ở Khe Bàng",
    "KBN - Ngày 14/5/2025, tại sân vận động xã Khe Bàng, tòa án huyện mở phiên xét xử lưu động về nhóm trộm chó từng"
    " gây bất bình suốt mùa đông.",
    "Hơn bốn trăm người dân đến theo dõi, nhiều người mang theo ghế và quạt từ nhà.",
    "Bị cáo cầm đầu khai đã bẫy hơn chín mươi con chó trong sáu xã, bán cho một quán ăn ở thị trấn bên.",
    "Cụ Phạm Văn Sửu, mất hai con chó giữ vườn, nói cụ chỉ mong họ xin lỗi trước xóm giềng.",
    "Kết thúc phiên tòa, hội đồng xét xử tuyên phạt bị cáo ba năm tù và buộc bồi thường cho các hộ.",
    "Nguồn: Báo Khe Bàng",
]
GIAO_LAM = [
    "Người thổi sáo trúc ở phố núi",
    "GLT - Ngày 9/2/2025, ông Lữ Đình Kha trao lại cây sáo trúc bảy mươi tuổi cho học trò nhỏ nhất, khép lại nửa đời"
    " dạy nhạc không lấy tiền ở phố núi Giao Lâm.",
    "Lớp học của ông nằm dưới gốc dẻ, mưa thì dời vào hiên nhà thờ, nắng thì ngồi vòng theo bóng cây.",
    "Hơn ba trăm người đã qua lớp, trong đó có những em khiếm thị giờ đứng lớp dạy lại.",
    "Ông bảo tiếng sáo hay không ở ngón tay mà ở chỗ biết nghỉ hơi.",
    "Học trò hẹn nhau mỗi năm một lần về thổi chung một bản trên dốc chợ cũ.",
    "Theo Giao Lâm Tin",
]
KYOTO_NONE = [
    "灯籠流しに千人、川辺に歌声",
    "2025年8月16日、水鳥市の河川敷で灯籠流しが行われ、約千人の市民が色とりどりの灯籠を川に浮かべた。",
    "雨で一時中断したものの、子どもたちの合唱が始まると、流れに沿って光の帯がゆっくりと伸びていった。",
    "実行委員長の早瀬健一さんは「来年は橋の上からも見られるようにしたい」と話した。",
    "使われた灯籠は下流ですべて回収され、紙は再び和紙にすき直される。",
    "出典：水鳥新聞",
]
QINGHE = [
    "青荷镇老渡口迎来最后一班船",
    "2025年6月30日，青荷镇老渡口迎来最后一班渡船，三百多名居民站在岸边送别行驶了四十六年的木船。",
    "新桥通车以后，每天乘船的人已经不到二十个，多半是去对岸菜地的老人。",
    "船工褚长河说，他闭着眼睛也能听出水有多深，可是桥比船快，这个道理他懂。",
    "镇里决定把木船留在码头上，改成孩子们的阅览室。",
    "来源：青荷日报",
]
SEVERSK = [
    "Полярная метеостанция на мысе Тихом отметила столетие",
    "МЫС ТИХИЙ, 12 сентября 2025 г. (Северинформ) — Полярная метеостанция на мысе Тихом отметила столетие, и впервые"
    " за всю историю на ней собралось больше двадцати человек.",
    "Гости привезли пирог, новый барометр и письмо от внуков первого начальника станции.",
    "Наблюдения здесь не прерывались ни на один день, даже когда крышу сорвало ураганом.",
    "Дежурный метеоролог Лидия Моржова сказала, что лучшим подарком стала тихая погода.",
    "Источник: Северинформ",
]
SOUTH = [
    "Le phare de la Pointe-aux-Râles repeint par ses voisins",
    "POINTE-AUX-RÂLES, 21 août 2025 (Agence Estuaire) - Une cinquantaine de voisins ont repeint jeudi le phare de la"
    " Pointe-aux-Râles, dont l’État ne voulait plus payer l’entretien.",
    "Il a fallu cent quarante litres de peinture, deux cordistes bénévoles et « beaucoup de café », dit la mairie.",
    "Les rayures rouges, effacées depuis vingt ans, sont de nouveau visibles depuis l’île d’Œuvre.",
    "Le gardien retraité, Théophile Guéhenno, a vérifié chaque bande au fil à plomb.",
    "(Agence Estuaire)",
]


def encoded() -> None:
    text, noon = "\n".join(KHE_BANG) + "\n", "2025-05-14T05:00:00Z"
    khe_bang = story(KHE_BANG, noon, "vi", "Báo Khe Bàng", "KBN - ")
    save("encoding-story-windows-1258.txt", windows_1258(text), khe_bang)
    save("encoding-story-tcvn3.txt", by_table(text, TCVN3), khe_bang)
    save("encoding-story-viscii.txt", by_table(text, VISCII), khe_bang)
    save("encoding-story-utf8-bom.txt", b"\xef\xbb\xbf" + text.encode(), khe_bang)
    save("encoding-story-utf16-le.txt", b"\xff\xfe" + text.replace("\n", "\r\n").encode("utf-16-le"), khe_bang)
    save("encoding-story-utf16-be.txt", b"\xfe\xff" + text.encode("utf-16-be"), khe_bang)
    text = "\n".join(GIAO_LAM) + "\n"
    giao_lam = story(GIAO_LAM, "2025-02-09T05:00:00Z", "vi", "Giao Lâm Tin", "GLT - ")
    save("encoding-story-tcvn3-setting.txt", by_table(text, TCVN3), giao_lam, {**HANOI, "encoding": "tcvn3"})
    save("encoding-story-viscii-setting.txt", by_table(text, VISCII), giao_lam, {**HANOI, "encoding": "viscii"})
    header = b"---\nencoding: tcvn3\n---\n"
    save("encoding-story-tcvn3-header.txt", header + by_table(text, TCVN3), giao_lam)
    save("encoding-story-cr-only.txt", text.replace("\n", "\r").encode(), giao_lam)
    save("encoding-story-vertical-tab.txt", text.replace("\n", "\v").encode(), giao_lam)
    save(
        "encoding-story-shift-jis.txt",
        ("\n".join(KYOTO_NONE) + "\n").replace("\n", "\r\n").encode("shift_jis"),
        story(KYOTO_NONE, "2025-08-16T03:00:00Z", "ja", "水鳥新聞"),
        {**HANOI, "zone": "Asia/Tokyo"},
    )
    save(
        "encoding-story-gb18030.txt",
        ("\n".join(QINGHE) + "\n").encode("gb18030"),
        story(QINGHE, "2025-06-30T04:00:00Z", "zh", "青荷日报"),
        {**HANOI, "zone": "Asia/Shanghai"},
    )
    save(
        "encoding-story-koi8-r.txt",
        # KOI8-R has no em dash.
        ("\n".join(SEVERSK) + "\n").replace("—", "-").encode("koi8_r"),
        story([line.replace("—", "-") for line in SEVERSK], "2025-09-12T09:00:00Z", "ru", "Северинформ"),
        {**HANOI, "zone": "Europe/Moscow"},
    )
    save(
        "encoding-story-windows-1252.txt",
        ("\n".join(SOUTH) + "\n").encode("cp1252"),
        story(SOUTH, "2025-08-21T10:00:00Z", "fr", "Agence Estuaire"),
        {**HANOI, "zone": "Europe/Paris"},
    )


def packed(document: Any) -> bytes:
    """A Word file whose archive bears no time of its making."""
    made, out = io.BytesIO(), io.BytesIO()
    document.save(made)
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(out, "w") as new:
        for name in sorted(old.namelist()):
            new.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), old.read(name), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def word(lines: list[str], author: str = "", created: datetime | None = None, title: str = "") -> Any:
    document = Document()
    properties = document.core_properties
    properties.author, properties.title, properties.comments = author, title, ""
    properties.last_modified_by = author
    properties.created = properties.modified = created or datetime(2025, 1, 1, tzinfo=UTC)
    for line in lines:
        document.add_paragraph(line)
    return document


def words() -> None:
    save(
        "word-story-wire-vietnamese.docx",
        packed(word(GIAO_LAM)),
        story(GIAO_LAM, "2025-02-09T05:00:00Z", "vi", "Giao Lâm Tin", "GLT - "),
    )
    save(
        "word-story-wire-french.docx",
        packed(word(SOUTH)),
        story(SOUTH, "2025-08-21T10:00:00Z", "fr", "Agence Estuaire"),
        {**HANOI, "zone": "Europe/Paris"},
    )
    save(
        "word-story-wire-russian.docx",
        packed(word(SEVERSK)),
        story(SEVERSK, "2025-09-12T09:00:00Z", "ru", "Северинформ"),
        {**HANOI, "zone": "Europe/Moscow"},
    )
    document = word([], "Wilhelmina Achterberg", datetime(2025, 4, 7, 8, 30, tzinfo=UTC), "A lock keeper's year")
    document.add_heading("A lock keeper's year", 0)
    document.add_paragraph(
        "The lock at Tarn Cutting opened two thousand times last year, mostly for people in a hurry."
    )
    document.add_heading("Spring", 1)
    document.add_paragraph("Ducks have the right of way, which is written nowhere and broken by nobody.")
    for item in ("grease the paddles", "count the swans"):
        document.add_paragraph(item, "List Bullet")
    for item in ("Close the upper gate", "Open the lower sluice"):
        document.add_paragraph(item, "List Number")
    table = document.add_table(1, 2)
    table.cell(0, 0).text, table.cell(0, 1).text = "Boats", "2,011"
    document.add_paragraph("The keeper retires in the autumn and hopes to be lent a canoe.")
    save(
        "word-story-styles.docx",
        packed(document),
        {
            "title": "A lock keeper's year",
            "language": "en",
            "authors": ["Wilhelmina Achterberg"],
            "paragraphs": [
                "The lock at Tarn Cutting opened two thousand times last year, mostly for people in a hurry.",
                {"h": "Spring"},
                "Ducks have the right of way, which is written nowhere and broken by nobody.",
                {"li": "grease the paddles"},
                {"li": "count the swans"},
                {"li": "Close the upper gate"},
                {"li": "Open the lower sluice"},
                {"cell": "Boats"},
                {"cell": "2,011"},
                "The keeper retires in the autumn and hopes to be lent a canoe.",
            ],
        },
        {**HANOI, "zone": "UTC"},
    )


def refused() -> None:
    noise = random.Random(4)  # seeded: the same bytes on every run
    picture = b"\x89PNG\r\n\x1a\n" + bytes(noise.randrange(256) for _ in range(3000))
    save("refused-story-picture.txt", picture, {"refused": "E_KIND"})
    high = bytes(noise.choice((10, 32, *range(0x80, 0x100))) for _ in range(1500))
    save("refused-story-noise.txt", high, {"refused": "E_ENC"})
    mixed = "\n".join(GIAO_LAM).encode() + b"\x00\x01\x02\x00" * 200
    save("refused-story-text-then-zeros.txt", mixed, {"refused": "E_ENC"})
    save("refused-story-blank.txt", b"\xef\xbb\xbf \r\n\t\r\n\r\n", {"refused": "W_EMPTY"})
    save("refused-story-header-only.md", b"---\ntitle: [unclosed\n---\n\nA body.\n", {"refused": "E_META"})
    save("refused-story-no-archive.docx", "\n".join(GIAO_LAM).encode(), {"refused": "E_DOCX"})


if __name__ == "__main__":
    encoded()
    words()
    refused()
    sys.stdout.write("written\n")
