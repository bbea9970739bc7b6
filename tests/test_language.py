"""Languages that are guessed, and texts that are better left without one."""

import subprocess
import sys

import pytest
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from support.many_languages import PROSE
from worker.encoding.language import _model, guess, main_language


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("vi", "Sáng 16.12, tại Hà Nội, Ban Bí thư Trung ương Đảng tổ chức Hội nghị toàn quốc"),
        ("vi", "Hội nghị tổng kết công tác Đảng"),
        ("en", "The committee will meet again next week to discuss the new budget."),
        ("fr", "Le comité se réunira la semaine prochaine pour discuter du nouveau budget."),
        ("de", "Der Ausschuss trifft sich nächste Woche wieder, um den Haushalt zu beraten."),
        ("es", "El comité se reunirá la próxima semana para debatir el nuevo presupuesto."),
        ("ro", "Guvernul se va întruni mâine la București și va discuta bugetul țării."),
        ("yo", "Ìjọba yóò ṣe ìpàdé ní ọ̀la ní Abuja pẹ̀lú àwọn ènìyàn ìlú náà"),
        ("th", "คณะกรรมการจะประชุมอีกครั้งในสัปดาห์หน้า"),
        ("ja", "東京で新しい会議が開かれた"),
        ("ja", "iPhone 18 Pro: Apple 発表会まとめ"),
        ("zh", "北京举行新的会议"),
        ("zh", "Python 3.14 发布：新特性 JIT compiler"),
        ("ko", "서울에서 새로운 회의가 열렸다"),
        ("he", "ישיבת הממשלה תתקיים מחר בבוקר בירושלים"),
        ("ar", "اجتماع الحكومة سيعقد غدا صباحا في القاهرة"),
        ("fa", "دولت ایران فردا جلسه‌ای برگزار می‌کند و گزارش خواهد داد"),
        ("ur", "حکومت پاکستان کل اسلام آباد میں اجلاس منعقد کرے گی"),
        ("hi", "सरकार की बैठक कल सुबह दिल्ली में होगी"),
        ("ru", "Заседание правительства состоится завтра утром в Москве"),
        ("uk", "Засідання уряду відбудеться завтра вранці в Києві"),
        ("bg", "Правителството ще заседава утре сутринта в София"),
        ("sr", "Седница Владе Републике Србије одржаће се сутра у Београду, рекла је Ђурић"),
        ("el", "Η κυβέρνηση θα συνεδριάσει αύριο στην Αθήνα"),
        ("ta", "அரசாங்கம் நாளை காலை கூடும்"),
        # Languages of one script.
        ("ku-Arab", "حکومەتی هەرێمی کوردستان سبەینێ لە هەولێر کۆدەبێتەوە و باس لە بودجەی نوێ دەکات"),
        ("ug", "ھۆكۈمەت ئەتە ئەتىگەندە ئۈرۈمچىدە يىغىن ئاچىدۇ ۋە يېڭى بيۇجەتنى مۇزاكىرە قىلىدۇ"),
        ("ps", "د افغانستان حکومت به سبا په کابل کې غونډه وکړي او د نوې بودیجې په اړه به خبرې وشي"),
        ("sd", "حڪومت سڀاڻي ڪراچي ۾ اجلاس ڪندي ۽ نئين بجيٽ تي ڳالهائيندي"),
        ("kk", "Үкімет ертең таңертең Астанада жиналыс өткізіп, жаңа бюджетті талқылайды деп хабарлады қызмет"),
        ("tt", "Хөкүмәт иртәгә иртән Казанда җыела һәм яңа бюджетны тикшерә, дип хәбәр итте матбугат хезмәте"),
        ("ba", "Хөкүмәт иртәгә Өфөлә йыйыла һәм яңы бюджетты тикшерә, тип хәбәр итте матбуғат хеҙмәте"),
        ("ky", "Өкмөт эртең эртең менен Бишкекте жыйналыш өткөрүп, жаңы бюджетти талкуулайт деп билдирди"),
        ("mn", "Засгийн газар маргааш өглөө Улаанбаатарт хуралдаж шинэ төсвийг хэлэлцэнэ гэж мэдээлэв"),
        ("tg", "Ҳукумат пагоҳ дар Душанбе ҷаласа баргузор мекунад ва буҷети навро баррасӣ менамояд"),
        ("uz", "Ҳукумат эртага Тошкентда йиғилиш ўтказиб, янги бюджетни муҳокама қилади"),
        ("be", "Урад збярэцца заўтра раніцай у Мінску і абмяркуе новы бюджэт, паведаміў прэс-сакратар"),
        ("bn", "সরকার আগামীকাল সকালে ঢাকায় বৈঠক করবে"),
        ("as", "চৰকাৰে কাইলৈ পুৱা গুৱাহাটীত বৈঠক অনুষ্ঠিত কৰিব"),
        ("am", "መንግሥት ነገ ጠዋት በአዲስ አበባ ይሰበሰባል"),
        ("ti", "መንግስቲ ጽባሕ ንግሆ ኣብ ኣስመራ ክእከብ እዩ ቐዳማይ ሚኒስተር ተዛሪቡ"),
    ],
)
def test_a_language_is_told_by_its_letters_or_its_words(language: str, text: str) -> None:
    assert guess(text) == language


def test_vietnamese_is_told_however_its_marks_are_stored() -> None:
    import unicodedata

    text = "Hội nghị tổng kết công tác Đảng năm nay"
    assert guess(unicodedata.normalize("NFD", text)) == guess(unicodedata.normalize("NFC", text)) == "vi"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "42",
        "Release 2.0.1",
        "https://a.example/the-committee-will-meet-again-next-week",
        "…!?",
        "\ud800\x00",
    ],
)
def test_what_could_be_any_language_is_none(text: str) -> None:
    assert guess(text) == ""


def test_a_quotation_does_not_outweigh_the_text_around_it() -> None:
    text = "The Ukrainian president said “Слава Україні” when the committee met in Brussels on Monday morning."
    assert guess(text) == "en"


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "{} sangen die Gäste im Hafen. Danach war die Feier aus, und der Bürgermeister dankte allen Helfern."),
        ("nl", "{} zong het koor. Daarna was het feest voorbij en bedankte de burgemeester alle vrijwilligers."),
        ("es", "{} cantaron los vecinos. Luego la fiesta se acabó y el alcalde dio las gracias a los voluntarios."),
        ("sv", "{} sjöng kören. Sedan var festen på kajen slut, och borgmästaren tackade alla som hade hjälpt till."),
    ],
)
def test_english_titles_do_not_make_a_text_english(language: str, text: str) -> None:
    assert guess(text.format("“The Sound of Silence” (with “Have You Ever Seen the Rain”)")) == language


def test_only_the_beginning_is_looked_at() -> None:
    beginning = "The committee will meet again next week. " * 30
    assert guess(beginning + "Hội nghị tổng kết công tác Đảng. " * 1000) == guess(beginning) == "en"


def test_the_model_is_loaded_when_it_is_first_needed() -> None:
    program = (
        "import sys, worker.encoding.language as language\n"
        "language.guess('Hội nghị tổng kết công tác')\n"
        "assert language.guess('The committee of our town will meet again, and has to vote on it.') == 'en'\n"
        "assert 'py3langid' not in sys.modules\n"
        "language.guess('The committee will meet again.'); assert 'py3langid' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_the_model_answers_where_no_file_can_be_written() -> None:
    program = (
        "import resource\n"
        "from worker.encoding.language import guess\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))\n"
        "assert guess('The committee will meet again.') == 'en'\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_the_model_answers_as_py3langid_does() -> None:
    theirs = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    texts = [text[start : start + length].lower() for text in PROSE.values() for start in (0, 7) for length in (5, 300)]
    for text in ["", "a", "\0\ud800", "zz" * 300, *texts]:
        assert _model().classify(text) == theirs.classify(text), text


@pytest.mark.parametrize(("language", "text"), [(tag.partition("-")[0], text) for tag, text in PROSE.items()])
def test_the_language_of_a_story_is_told(language: str, text: str) -> None:
    assert main_language(text) == language


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("vi", "Breaking news: Port Ellery café reopens\n" + PROSE["vi"]),
        (
            "vi",
            PROSE["vi"]
            + "\n“We kept our word to every family on the quay,” she said, “and we will keep it again next year.”",
        ),
        ("vi", "Bão số 5 đổ bộ Vân Khê\nGió giật cấp 9."),
        ("vi", "Giá vàng hôm nay tăng mạnh"),
        ("vi", "Apple ra mắt iPhone 19 Pro Max tại Cupertino, California"),
        ("en", "Storm closes harbour\nThe ferry will not sail today."),
        (
            "en",
            "Nguyễn Thị Hoài Ân wins the harbour race\nThe rower from Đà Lạt beat eleven others on Sunday afternoon.",
        ),
        ("fr", "Tempête: le port fermé\nLe bac ne partira pas aujourd'hui."),
        ("fr", "La bibliothèque restera ouverte"),
        ("de", "Sturm sperrt den Hafen\nDie Fähre fährt heute nicht."),
        ("es", "Temporal cierra el puerto\nEl transbordador no saldrá hoy."),
        ("es", "El ayuntamiento aprueba las cuentas\nHabrá una biblioteca nueva."),
        ("pt", "Temporal fecha o porto\nA balsa não sairá hoje."),
        ("pt", "Câmara aprova as contas\nHaverá uma nova biblioteca na vila."),
        ("it", "Tempesta, chiuso il porto\nIl traghetto oggi non parte."),
        ("it", "Il comune approva il bilancio\nCi sarà una nuova biblioteca."),
        ("ca", "Temporal tanca el port\nEl transbordador no sortirà avui perquè el vent bufa fort."),
        ("gl", "O concello aproba as contas\nHaberá unha nova biblioteca na vila e os nenos terán máis espazo."),
        ("ru", "Шторм закрыл порт\nПаром сегодня не выйдет."),
        ("ru", "Совет утвердил бюджет города на год"),
        ("ru", "Глава совета Джон Смит прибыл на встречу в порту. Он обещал помощь всем, кто в ней нуждается."),
        ("uk", "Шторм закрив порт\nПором сьогодні не вийде."),
        (
            "uk",
            "Рада затвердила бюджет. За словами голови, бібліотека буде відкрита для всіх, а роботи почнуться восени.",
        ),
        ("uk", "Мер подякував усім. Роботи почнуться восени й триватимуть до весни, тому вулиця буде закрита."),
        ("uk", "Роботу буде завершено до весни. Про це розповів голова ради, коли вона збиралася востаннє."),
        ("bg", "Бурята затвори пристанището\nФериботът днес няма да тръгне."),
        ("ar", "عاصفة تغلق الميناء\nلن تبحر العبّارة اليوم."),
        ("ar", "فتح الميناء بعد العاصفة"),
        ("fa", "طوفان بندر را بست\nکشتی امروز حرکت نمی‌کند."),
        ("fa", "شهردار از همه تشکر کرد. او در دیدار با مردم وعده داد"),
        ("ur", "طوفان نے بندرگاہ بند کر دی\nآج کشتی نہیں چلے گی۔"),
        ("ur", "شہر کی کونسل نے منگل کو اگلے سال کا بجٹ منظور کیا۔ میئر نے کہا کہ کتب خانہ کھلا رہے گا۔"),
        ("ar", "أعلنت شركة Blue Harbour Systems عن هاتف جديد Pro Max 12 في السوق المحلية"),
        ("he", "סערה סגרה את הנמל\nהמעבורת לא תצא היום."),
        ("hi", "तूफ़ान से बंदरगाह बंद\nनौका आज नहीं चलेगी।"),
        (
            "hi",
            "नगर परिषद ने मंगलवार को अगले वर्ष का बजट पारित किया। महापौर ने कहा कि पुस्तकालय खुला रहेगा।",
        ),
        ("mr", "नगर परिषदेने मंगळवारी पुढील वर्षाचा अर्थसंकल्प मंजूर केला. महापौरांनी सांगितले की ग्रंथालय खुले राहील."),
        ("ne", "नगर परिषद्‌ले मंगलबार आगामी वर्षको बजेट पारित गर्‍यो। मेयरले पुस्तकालय खुला रहने र बालबालिकाले नयाँ मैदान पाउने बताए।"),
        ("th", "พายุปิดท่าเรือ\nเรือเฟอร์รี่งดออกวันนี้"),
        ("ja", "白樺町議会、来年度予算案可決\n町長会見、図書館開館継続、新遊具整備。工事秋開始。"),
        ("ja", "強風で港閉鎖\nフェリーは本日運休。"),
        ("ja", "来年度予算案を可決"),
        ("ja", "東京都知事選挙、投票率前回比上昇へ"),
        ("zh", "暴风关闭港口\n渡轮今天停航。"),
        ("zh", "Blue Harbour Systems 推出新款 Pro Max 12 手机，售价 399 元"),
        ("zh", "日本作家さくらももこ作品展开幕\n展览将持续到春天，预计有两万名观众参观，主办方表示欢迎各界人士前来。"),
        ("ko", "폭풍으로 항구 폐쇄\n여객선은 오늘 운항하지 않는다."),
        ("ko", "大統領 訪韓… 北美 회담 재개 전망"),
        (
            "",
            "Hoi dong thi tran Bach Duong da thong qua ngan sach nam toi. Thu vien se tiep tuc mo cua.",
        ),
        ("", "42"),
        ("", "https://a.example/x"),
        (
            "fr",
            PROSE["fr"]
            + "\n“The harbour will open again in spring, and we are glad of it,” a dit le capitaine anglais.",
        ),
        ("de", PROSE["de"] + "\n\nNaše město je krásné."),
        ("vi", (PROSE["vi"] + "\n") * 3 + PROSE["en"]),
        ("en", (PROSE["en"] + "\n") * 5 + PROSE["vi"]),
        ("en", "SEEDFEED 2.0 RELEASED\nFaster feeds, fewer bugs, and a new parser for old files."),
        ("pt", "O presidente da câmara agradeceu o apoio dos moradores e anunciou as obras"),
        ("es", "El presidente agradeció el apoyo de los vecinos y anunció las obras"),
    ],
)
def test_headlines_are_told_and_foreign_words_turn_no_text(language: str, text: str) -> None:
    assert main_language(text) == language


def test_a_text_of_any_length_is_told_in_bounded_time() -> None:
    assert main_language("слово їжак " * 500_000) == "uk"
