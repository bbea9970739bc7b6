"""The credit at the foot and the by-line, in the languages of the tables, and what only looks like one."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.seeds.newswire import credits
from worker.seeds.newswire import names as naming
from worker.seeds.newswire.context import SeedContext
from worker.seeds.newswire.tables import tables
from worker.seeds.readers import text as wire

CONTEXT = SeedContext(zone=ZoneInfo("Asia/Ho_Chi_Minh"), first_seen=datetime(2026, 1, 10, 3, 0, tzinfo=UTC))
VIETNAMESE = (
    "Phà trở lại bến Khê Giang\nSáng 3.3, phà đã trở lại bến sau ba tuần sửa chữa ở xưởng.\n"
    "Mọi người vui mừng đón phà ở bến.\n"
)


@pytest.mark.parametrize(
    ("line", "language", "name"),
    [
        ("Theo Thông tấn xã Khê Giang", "vi", "Thông tấn xã Khê Giang"),
        ("Theo báo Sông Lam", "vi", "báo Sông Lam"),
        ("Theo Sông Lam, Reuters", "vi", "Sông Lam, Reuters"),
        ("(Theo TTXVN)", "vi", "TTXVN"),
        ("Nguồn: https://khegiang.example/tin/1", "vi", "https://khegiang.example/tin/1"),
        ("Nguồn tin: Báo Khê Giang", "vi", "Báo Khê Giang"),
        ("NGUỒN: KHÊ GIANG", "vi", "KHÊ GIANG"),
        ("(TTXVN/Vietnam+)", "vi", "TTXVN/Vietnam+"),
        ("(Vietnam+)", "vi", "Vietnam+"),
        ("(Dân trí)", "vi", "Dân trí"),
        ("TTXVN", "vi", "TTXVN"),
        ("Source: Harbour Wire", "en", "Harbour Wire"),
        ("Source: AP, Reuters", "en", "AP, Reuters"),
        ("SOURCE: Harbour Wire", "en", "Harbour Wire"),
        ("Sources: Harbour Wire and The Pier", "en", "Harbour Wire and The Pier"),
        ("(Harbour Wire)", "en", "Harbour Wire"),
        ("[Harbour Wire]", "en", "Harbour Wire"),
        ("— Harbour Wire", "en", "Harbour Wire"),
        ("(AP)", "en", "AP"),
        ("Courtesy of the Ellery Gazette", "en", "Ellery Gazette"),
        ("Credit: Harbour Wire", "en", "Harbour Wire"),
        ("© Harbour Wire", "en", "Harbour Wire"),
        ("© 2025 Harbour Wire", "en", "Harbour Wire"),
        ("Copyright Harbour Wire", "en", "Harbour Wire"),
        ("Source : Agence Rive", "fr", "Agence Rive"),
        ("(avec Agence Rive)", "fr", "Agence Rive"),
        ("Avec l’AFP", "fr", "AFP"),
        ("(AFP)", "fr", "AFP"),
        ("D'après Le Courrier", "fr", "Le Courrier"),
        ("Quelle: Küstendienst", "de", "Küstendienst"),
        ("(Küstendienst)", "de", "Küstendienst"),
        ("(dpa)", "de", "dpa"),
        ("(afp/dpa)", "de", "afp/dpa"),
        ("(mit dpa)", "de", "dpa"),
        ("(KNA/epd)", "de", "KNA/epd"),
        ("Mit Material von dpa", "de", "dpa"),
        ("Fuente: Agencia Ribera", "es", "Agencia Ribera"),
        ("(Agencia Ribera)", "es", "Agencia Ribera"),
        ("Con información de Agencia Ribera", "es", "Agencia Ribera"),
        ("Fonte: Agência Foz", "pt", "Agência Foz"),
        ("Com informações da Agência Foz", "pt", "Agência Foz"),
        ("(Agência Foz)", "pt", "Agência Foz"),
        ("Fonte: Ansa", "it", "Ansa"),
        ("(ANSA)", "it", "ANSA"),
        ("(Agenzia Riva)", "it", "Agenzia Riva"),
        ("Источник: Волжский вестник", "ru", "Волжский вестник"),
        ("По материалам ТАСС", "ru", "ТАСС"),
        ("(Волжский вестник)", "ru", "Волжский вестник"),
        ("(Интерфакс)", "ru", "Интерфакс"),
        ("Джерело: Дніпровська хвиля", "uk", "Дніпровська хвиля"),
        ("За матеріалами Укрінформ", "uk", "Укрінформ"),
        ("المصدر: وكالة الساحل", "ar", "وكالة الساحل"),
        ("المصدر : وكالة الساحل", "ar", "وكالة الساحل"),
        ("(وكالة الساحل)", "ar", "وكالة الساحل"),
        ("(رويترز)", "ar", "رويترز"),
        ("מקור: סוכנות החוף", "he", "סוכנות החוף"),
        ("(רויטרס)", "he", "רויטרס"),
        ("स्रोत: तट समाचार", "hi", "तट समाचार"),
        ("(भाषा)", "hi", "भाषा"),
        ("स्रोत - तट समाचार", "hi", "तट समाचार"),
        ("ที่มา: สำนักข่าวริมน้ำ", "th", "สำนักข่าวริมน้ำ"),
        ("ที่มา สำนักข่าวริมน้ำ", "th", "สำนักข่าวริมน้ำ"),
        ("(สำนักข่าวริมน้ำ)", "th", "สำนักข่าวริมน้ำ"),
        ("出典：沿岸通信", "ja", "沿岸通信"),
        ("（沿岸通信）", "ja", "沿岸通信"),
        ("提供：沿岸通信", "ja", "沿岸通信"),
        ("【沿岸通信】", "ja", "沿岸通信"),
        ("来源：海岸社", "zh", "海岸社"),
        ("來源：海岸社", "zh", "海岸社"),
        ("（海岸社）", "zh", "海岸社"),
        ("据海岸社报道", "zh", "海岸社"),
        ("(海岸社)", "zh", "海岸社"),
        ("출처: 해안통신", "ko", "해안통신"),
        ("(해안통신)", "ko", "해안통신"),
        ("[해안통신]", "ko", "해안통신"),
        ("자료: 해안통신", "ko", "해안통신"),
        ("Źródło: PAP", "pl", "PAP"),
        ("(PAP)", "pl", "PAP"),
        ("Za PAP", "pl", "PAP"),
        ("Bron: ANP", "nl", "ANP"),
        ("(ANP)", "nl", "ANP"),
        ("Källa: TT", "sv", "TT"),
        ("(TT)", "sv", "TT"),
        ("Kaynak: AA", "tr", "AA"),
        ("(AA)", "tr", "AA"),
        ("Sumber: Antara", "id", "Antara"),
        ("(Antara)", "id", "Antara"),
        ("(Tidende)", "", "Tidende"),
        ("(Vestkysten Tidende)", "da", "Vestkysten Tidende"),
        ("(ამბავი)", "ka", "ამბავი"),
        ("(Chronicle of the Coast)", "en", "Chronicle of the Coast"),
    ],
)
def test_a_credit_gives_its_name_only(line: str, language: str, name: str) -> None:
    assert credits.credit(line, language) == name


@pytest.mark.parametrize(
    ("line", "language"),
    [
        ("Nguồn ảnh: Khê Giang", "vi"),
        ("Theo Nghị quyết 18-NQ/TW", "vi"),
        ("Theo báo cáo của Sở Giao thông", "vi"),
        ("Theo Ban tổ chức, lễ hội kéo dài ba ngày", "vi"),
        ("Theo ông Nguyễn Văn Tám, cầu sẽ thông xe", "vi"),
        ("Theo Luật Giao thông đường bộ", "vi"),
        ("Theo dõi chúng tôi trên Facebook", "vi"),
        ("Theo dõi Báo Khê Giang", "vi"),
        ("(Còn nữa)", "vi"),
        ("(Bài và ảnh: Lê An)", "vi"),
        ("(END)", "en"),
        ("(ENDS)", "en"),
        ("END", "en"),
        ("-30-", "en"),
        ("###", "en"),
        ("(photo: Tom Birch)", "en"),
        ("(Photo by Tom Birch)", "en"),
        ("Follow us", "en"),
        ("Follow us on Twitter", "en"),
        ("Read more", "en"),
        ("(Read more)", "en"),
        ("(more)", "en"),
        ("(MORE)", "en"),
        ("(Additional reporting by Tom Birch)", "en"),
        ("Reporting by Tom Birch", "en"),
        ("From Monday the ferry runs hourly", "en"),
        ("From Port Ellery", "en"),
        ("Via Roma is closed", "en"),
        ("(See page 4)", "en"),
        ("(Updated)", "en"),
        ("(Editor's note)", "en"),
        ("(Corrected)", "en"),
        ("(Advertisement)", "en"),
        ("With agency material", "en"),
        ("Photo credit: Harbour Wire", "en"),
        ("Selon la police", "fr"),
        ("Selon l'enquête, le bac partira", "fr"),
        ("(Photo d'archives)", "fr"),
        ("(À suivre)", "fr"),
        ("Fin", "fr"),
        ("(Fin)", "fr"),
        ("Crédit photo : Agence Rive", "fr"),
        ("(Symbolbild)", "de"),
        ("(Foto: Archiv)", "de"),
        ("(Ende)", "de"),
        ("Nach Angaben von Augenzeugen", "de"),
        ("Según la alcaldía", "es"),
        ("(Foto de archivo)", "es"),
        ("(Continuará)", "es"),
        ("Com a chuva", "pt"),
        ("Com o Porto", "pt"),
        ("Secondo il sindaco", "it"),
        ("По данным полиции", "ru"),
        ("(Конец)", "ru"),
        ("(Окончание следует)", "ru"),
        ("За словами мера", "uk"),
        ("(انتهى)", "ar"),
        ("عن ليلى الحداد التي عادت أمس", "ar"),
        ("وفق البيان", "ar"),
        ("(סוף)", "he"),
        ("(समाप्त)", "hi"),
        ("(จบ)", "th"),
        ("ที่มาของเรื่องนี้ยังไม่ชัดเจน", "th"),
        ("（終わり）", "ja"),
        ("（写真はイメージ）", "ja"),
        ("（完）", "zh"),
        ("据了解", "zh"),
        ("（图源：网络）", "zh"),
        ("（记者 王小明）", "zh"),
        ("(끝)", "ko"),
        ("(사진=해안통신)", "ko"),
        ("<해안통신>", "ko"),
        ("Za oknem deszcz", "pl"),
        ("(Foto: Antara)", "id"),
        ("(en by ved havet)", ""),
        ("(1)", ""),
        ("(2025)", "en"),
        ("(?)", "en"),
        ("()", "en"),
        ("Kilde: NTB", "no"),
        ("(The mayor did not comment)", "en"),
        ("(The mayor was absent)", "en"),
        ("(Der Bürgermeister schwieg)", "de"),
        ("(Le maire était absent)", "fr"),
        ("(Tên nhân vật đã được thay đổi)", "vi"),
        ("(Bản đồ)", "vi"),
        ("(Tổng hợp)", "vi"),
        ("Tổng hợp", "vi"),
        ("(Theo dõi tiếp kỳ sau)", "vi"),
        ("(Имена изменены)", "ru"),
        ("(仮名)", "ja"),
        ("(敬称略)", "ja"),
        ("（敬称略）", "ja"),
        ("(Nombres cambiados)", "es"),
        ("(Name geändert)", "de"),
        ("(Namen geändert)", "de"),
        ("(Names have been changed)", "en"),
    ],
)
def test_prose_and_remarks_are_no_credit(line: str, language: str) -> None:
    assert credits.credit(line, language) == ""


@pytest.mark.parametrize(
    ("line", "language", "names"),
    [
        ("Bài, ảnh: Lê Diệp Anh", "vi", ("Lê Diệp Anh",)),
        ("Bài & ảnh: Lê Diệp Anh", "vi", ("Lê Diệp Anh",)),
        ("BÀI, ẢNH: LÊ DIỆP ANH", "vi", ("LÊ DIỆP ANH",)),
        ("Tin, ảnh: Lê Diệp Anh – Trần Mạo", "vi", ("Lê Diệp Anh", "Trần Mạo")),
        ("Tin và ảnh: Lê Diệp Anh", "vi", ("Lê Diệp Anh",)),
        ("Bài: Lê Diệp Anh; Ảnh: Trần Mạo", "vi", ("Lê Diệp Anh", "Trần Mạo")),
        ("Bài: Lê Diệp Anh - Ảnh: Trần Mạo", "vi", ("Lê Diệp Anh", "Trần Mạo")),
        ("(Bài, ảnh: Lê Diệp Anh)", "vi", ("Lê Diệp Anh",)),
        ("Tác giả: Lê Diệp Anh", "vi", ("Lê Diệp Anh",)),
        ("Lê Diệp Anh (thực hiện)", "vi", ("Lê Diệp Anh",)),
        ("Lê Diệp Anh (ghi)", "vi", ("Lê Diệp Anh",)),
        ("Phóng viên Lê Diệp Anh", "vi", ("Lê Diệp Anh",)),
        ("By Maren Oldcastle", "en", ("Maren Oldcastle",)),
        ("by Maren Oldcastle", "en", ("Maren Oldcastle",)),
        ("By: Maren Oldcastle", "en", ("Maren Oldcastle",)),
        ("By MAREN OLDCASTLE", "en", ("MAREN OLDCASTLE",)),
        ("By M. J. O'Casey-Smith", "en", ("M. J. O'Casey-Smith",)),
        ("By M.J. Oldcastle Jr.", "en", ("M.J. Oldcastle Jr.",)),
        ("By Maren Oldcastle, Tom de Birch and Ada Holm", "en", ("Maren Oldcastle", "Tom de Birch", "Ada Holm")),
        ("By Maren Oldcastle, Tom de Birch, and Ada Holm", "en", ("Maren Oldcastle", "Tom de Birch", "Ada Holm")),
        ("By Maren Oldcastle, Staff Writer", "en", ("Maren Oldcastle",)),
        ("By Maren Oldcastle, Harbour Wire", "en", ("Maren Oldcastle",)),
        ("By Maren Oldcastle in Port Ellery", "en", ("Maren Oldcastle",)),
        ("By Maren Oldcastle | March 3, 2025", "en", ("Maren Oldcastle",)),
        ("By Maren Oldcastle, March 3, 2025", "en", ("Maren Oldcastle",)),
        ("By Maren Oldcastle (maren@wire.example)", "en", ("Maren Oldcastle",)),
        ("By Maren Oldcastle and agencies", "en", ("Maren Oldcastle",)),
        ("Words and pictures: Maren Oldcastle", "en", ("Maren Oldcastle",)),
        ("Words and pictures by Maren Oldcastle", "en", ("Maren Oldcastle",)),
        ("Words: Maren Oldcastle. Pictures: Tom Birch", "en", ("Maren Oldcastle", "Tom Birch")),
        ("Words: Maren Oldcastle, Pictures: Tom Birch", "en", ("Maren Oldcastle", "Tom Birch")),
        ("Story and photos by Maren Oldcastle", "en", ("Maren Oldcastle",)),
        ("Text: Maren Oldcastle", "en", ("Maren Oldcastle",)),
        ("Written by Maren Oldcastle", "en", ("Maren Oldcastle",)),
        ("Author: Maren Oldcastle", "en", ("Maren Oldcastle",)),
        ("Reporting by Maren Oldcastle; Editing by Tom Birch", "en", ("Maren Oldcastle",)),
        ("(Reporting by Maren Oldcastle; editing by Tom Birch)", "en", ("Maren Oldcastle",)),
        ("Par Élodie Marchais", "fr", ("Élodie Marchais",)),
        ("Par Élodie Marchais et Jean-Luc d'Avril", "fr", ("Élodie Marchais", "Jean-Luc d'Avril")),
        ("Par Élodie Marchais, envoyée spéciale à Lyon", "fr", ("Élodie Marchais",)),
        ("Par Élodie Marchais (avec Agence Rive)", "fr", ("Élodie Marchais",)),
        ("Texte et photos : Élodie Marchais", "fr", ("Élodie Marchais",)),
        ("De notre correspondante Élodie Marchais", "fr", ("Élodie Marchais",)),
        ("Von Änne Groß", "de", ("Änne Groß",)),
        ("VON ÄNNE GROSS", "de", ("ÄNNE GROSS",)),
        ("Von Änne Groß, Hafenstadt", "de", ("Änne Groß",)),
        ("Von unserem Korrespondenten Jörg Hüttner", "de", ("Jörg Hüttner",)),
        ("Text und Fotos: Änne Groß", "de", ("Änne Groß",)),
        ("Por Lucía Andrade", "es", ("Lucía Andrade",)),
        ("POR LUCÍA ANDRADE", "es", ("LUCÍA ANDRADE",)),
        ("Por Lucía Andrade y Íñigo de la Fuente", "es", ("Lucía Andrade", "Íñigo de la Fuente")),
        ("Por João Brás", "pt", ("João Brás",)),
        ("Por João Brás e Inês da Costa", "pt", ("João Brás", "Inês da Costa")),
        ("Di Chiara Venier", "it", ("Chiara Venier",)),
        ("di Chiara Venier", "it", ("Chiara Venier",)),
        ("di Chiara Venier e Luca dell'Orto", "it", ("Chiara Venier", "Luca dell'Orto")),
        ("Автор: Анна Белова", "ru", ("Анна Белова",)),
        ("Текст и фото: Анна Белова, Пётр Лесной", "ru", ("Анна Белова", "Пётр Лесной")),
        ("Автор: А. Белова", "ru", ("А. Белова",)),
        ("Автор: Оксана Гай та Іван Лис", "uk", ("Оксана Гай", "Іван Лис")),
        ("بقلم: ليلى الحداد", "ar", ("ليلى الحداد",)),
        ("بقلم ليلى الحداد", "ar", ("ليلى الحداد",)),
        ("كتبت: ليلى الحداد", "ar", ("ليلى الحداد",)),
        ("إعداد: ليلى الحداد وسامي النجار", "ar", ("ليلى الحداد", "سامي النجار")),
        ("إعداد: ليلى الحداد، سامي النجار", "ar", ("ليلى الحداد", "سامي النجار")),
        ("מאת: נועה ברק", "he", ("נועה ברק",)),
        ("מאת נועה ברק", "he", ("נועה ברק",)),
        ("מאת: נועה ברק ודן לוי", "he", ("נועה ברק", "דן לוי")),
        ("लेखक: मीरा शर्मा", "hi", ("मीरा शर्मा",)),
        ("लेखक: मीरा शर्मा और रवि वर्मा", "hi", ("मीरा शर्मा", "रवि वर्मा")),
        ("เรื่อง: มาลี สุขใจ", "th", ("มาลี สุขใจ",)),
        ("โดย มาลี สุขใจ", "th", ("มาลี สุขใจ",)),
        ("เรื่องและภาพ: มาลี สุขใจ และ สมชาย ใจดี", "th", ("มาลี สุขใจ", "สมชาย ใจดี")),
        ("文：佐藤みどり", "ja", ("佐藤みどり",)),
        ("文・写真：佐藤みどり", "ja", ("佐藤みどり",)),
        ("文：佐藤みどり　写真：高橋健", "ja", ("佐藤みどり", "高橋健")),
        ("佐藤みどり記者", "ja", ("佐藤みどり",)),
        ("（佐藤みどり）", "ja", ("佐藤みどり",)),
        ("記者 佐藤みどり", "ja", ("佐藤みどり",)),
        ("【佐藤みどり】", "ja", ("佐藤みどり",)),
        ("记者 王小明", "zh", ("王小明",)),
        ("（记者 王小明）", "zh", ("王小明",)),
        ("記者王小明", "zh", ("王小明",)),
        ("本报记者 王小明 李华", "zh", ("王小明", "李华")),
        ("海岸社记者 王小明", "zh", ("王小明",)),
        ("海岸社记者王小明、李华", "zh", ("王小明", "李华")),
        ("文/王小明", "zh", ("王小明",)),
        ("作者：王小明", "zh", ("王小明",)),
        ("홍길동 기자", "ko", ("홍길동",)),
        ("(홍길동 기자)", "ko", ("홍길동",)),
        ("해안통신 홍길동 기자", "ko", ("홍길동",)),
        ("(엘러리=해안통신) 홍길동 기자", "ko", ("홍길동",)),
        ("홍길동 기자 hong@coast.example", "ko", ("홍길동",)),
        ("홍길동·김하늘 기자", "ko", ("홍길동", "김하늘")),
        ("기자 홍길동", "ko", ("홍길동",)),
        ("글·사진 홍길동", "ko", ("홍길동",)),
        ("홍길동 기자 =", "ko", ("홍길동",)),
        ("Tekst: Anna Nowak", "pl", ("Anna Nowak",)),
        ("Autor: Anna Nowak i Jan Lis", "pl", ("Anna Nowak", "Jan Lis")),
        ("Door Pieter van der Meer", "nl", ("Pieter van der Meer",)),
        ("Av Åsa Öberg", "sv", ("Åsa Öberg",)),
        ("Av Åsa Öberg och Nils Ek", "sv", ("Åsa Öberg", "Nils Ek")),
        ("Yazan: İnci Şahin", "tr", ("İnci Şahin",)),
        ("Oleh Dewi Lestari", "id", ("Dewi Lestari",)),
    ],
)
def test_a_by_line_gives_people_only(line: str, language: str, names: tuple[str, ...]) -> None:
    assert credits.byline(line, language) == names


@pytest.mark.parametrize(
    ("line", "language"),
    [
        ("Bài học: Đừng vội", "vi"),
        ("Ảnh: Internet", "vi"),
        ("Ảnh: Trần Mạo", "vi"),
        ("Tin: mưa lớn ở Khê Giang", "vi"),
        ("Ghi nhận: Nước lên nhanh", "vi"),
        ("Bài 2: Những người ở lại", "vi"),
        ("Bài cuối: Đường về", "vi"),
        ("Thực hiện: Nhóm phóng viên", "vi"),
        ("By our correspondent", "en"),
        ("By Staff", "en"),
        ("By Staff Writer", "en"),
        ("By Harbour Wire", "en"),
        ("By Friday", "en"),
        ("By Christmas", "en"),
        ("By Sunday Evening", "en"),
        ("By March 2025", "en"),
        ("By the Sea", "en"),
        ("By then it was late", "en"),
        ("Bye bye Ellery", "en"),
        ("Text: The law says so", "en"),
        ("Story: A ferry comes home", "en"),
        ("Par la rédaction", "fr"),
        ("Par conséquent, rien ne change", "fr"),
        ("Par temps de pluie", "fr"),
        ("Von unserer Redaktion", "de"),
        ("Von der Küste", "de"),
        ("Von Anfang an", "de"),
        ("Von Hamburg nach Bremen", "de"),
        ("Por ejemplo", "es"),
        ("Por Navidad", "es"),
        ("Por ahora, nada", "es"),
        ("Por fim", "pt"),
        ("Di nuovo in mare", "it"),
        ("Da Venezia", "it"),
        ("Di Maio", "it"),
        ("Анна Белова, корреспондент", "ru"),
        ("كتب الرئيس رسالة إلى السكان", "ar"),
        ("كتب الرئيس رسالة", "ar"),
        ("โดยปกติเรือออกทุกชั่วโมง", "th"),
        ("記者会見の要旨", "ja"),
        ("記者会見", "ja"),
        ("记者从市政府获悉", "zh"),
        ("记者了解到", "zh"),
        ("责任编辑：李华", "zh"),
        ("Oleh karena itu", "id"),
        ("Door de regen", "nl"),
        ("Av alla", "sv"),
    ],
)
def test_prose_is_no_by_line(line: str, language: str) -> None:
    assert credits.byline(line, language) == ()


@pytest.mark.parametrize(
    ("foot", "authors", "credit", "last"),
    [
        ("Lê Diệp Anh\nTheo TTXVN", ["Lê Diệp Anh"], "TTXVN", "Theo TTXVN"),
        ("LÊ DIỆP ANH - TRẦN MẠO", ["LÊ DIỆP ANH", "TRẦN MẠO"], "", "Mọi người vui mừng đón phà ở bến."),
        ("Lê Diệp Anh (theo TTXVN)", ["Lê Diệp Anh"], "TTXVN", "Lê Diệp Anh (theo TTXVN)"),
        ("Bài, ảnh: Lê Diệp Anh\nTheo TTXVN", ["Lê Diệp Anh"], "TTXVN", "Theo TTXVN"),
        ("Theo TTXVN\nBài, ảnh: Lê Diệp Anh", ["Lê Diệp Anh"], "TTXVN", "Theo TTXVN"),
        # A place, and the end of a list of names.
        ("Hà Nội", [], "", "Hà Nội"),
        ("Trần Mạo\nLê Diệp Anh", [], "", "Lê Diệp Anh"),
    ],
)
def test_author_and_credit_stand_beside_each_other_at_the_foot(
    foot: str, authors: list[str], credit: str, last: str
) -> None:
    raw = wire.read(f"{VIETNAMESE}{foot}\n", "", CONTEXT).entry
    assert [author.name for author in raw.authors] == authors
    assert raw.credit == credit
    assert raw.content.endswith(f"<p>{last}</p>")


def test_a_date_behind_the_names_of_a_by_line_is_the_story_s() -> None:
    text = "Ferry returns\nBy Maren Oldcastle | March 3, 2025\nThe ferry came back.\nAll are glad.\n"
    raw = wire.read(text, "", CONTEXT).entry
    assert [author.name for author in raw.authors] == ["Maren Oldcastle"]
    assert raw.published == "2025-03-03T05:00:00Z"
    assert raw.summary == "The ferry came back."


@pytest.mark.parametrize(
    ("lead", "language", "names"),
    [
        ("海岸社海岸镇3月3日电（记者 王小明、李华）渡轮恢复通航。", "zh", ("王小明", "李华")),
        ("(엘러리=해안통신) 홍길동 기자 = 여객선이 운항을 재개했다.", "ko", ("홍길동",)),
        ("【海岸町＝佐藤みどり】渡し船が再開した。", "ja", ("佐藤みどり",)),
        ("【海岸町＝沿岸通信】渡し船が再開した。", "ja", ()),
        ("渡轮（记者从码头了解到）恢复通航。", "zh", ()),
        ("The ferry (by Tom Birch) came back.", "en", ()),
    ],
)
def test_the_dateline_of_an_east_asian_lead_names_its_reporter(
    lead: str, language: str, names: tuple[str, ...]
) -> None:
    assert naming.reporter(lead, language) == names


@given(st.text(max_size=60), st.sampled_from([*tables(), "", "xx"]))
def test_any_line_in_any_language_has_an_answer(line: str, language: str) -> None:
    credit = credits.credit(line, language)
    assert credit in line or credit == ""
    assert all(part in line for name in credits.byline(line, language) for part in name.split())


@pytest.mark.parametrize(
    ("line", "stays"),
    [
        ("(Reporting by Ada Quill; Editing by Bob Stone)", True),
        ("Reporting by Ada Quill; editing by Bob Stone, Harbour Wire", True),
        ("By Ada Quill; photos by Bob Stone", True),
        ("Text: Ada Quill - Design: Bob Stone", True),
        ("By Ada Quill, Staff Writer", False),
        ("By Ada Quill in Port Ellery for Harbour Wire", False),
        ("By Ada Quill | 3 March 2025", False),
        ("(Reporting by Ada Quill)", False),
        ("(Text: Ada Quill; Photo: Bob Stone)", False),
    ],
)
def test_a_by_line_that_names_an_editor_too_stays_in_the_text(line: str, stays: bool) -> None:
    story = "Ferry sails again\nThe ferry left the pier this morning.\nThe town was glad of it all day.\n"
    entry = wire.read(story + line, "", CONTEXT).entry
    assert entry.authors[0].name == "Ada Quill"
    assert (f"<p>{line}</p>" in entry.content) is stays


@pytest.mark.parametrize("code", tables())
def test_a_line_signs_if_it_does_in_one_of_the_languages(code: str) -> None:
    words = tables()[code].get("lines", {})
    lead_ins = [word for section in ("byline", "credit", "weak") for word in words.get(section, ())]
    lines = [f"{lead_in} {name}" for lead_in in lead_ins for name in ("Maren Oldcastle", "REUTERS", "the sea")]
    lines += [f"Maren Oldcastle {after}" for after in words.get("after_name", ())]
    signing = [line for line in lines if credits.signs(line)]
    assert signing == [
        line for line in lines if any(credits.byline(line, one) or credits.credit(line, one) for one in tables())
    ]
