"""Languages that are guessed, and texts that are better left without one."""

import subprocess
import sys

import pytest

from worker.language import guess


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


def test_only_the_beginning_is_looked_at() -> None:
    beginning = "The committee will meet again next week. " * 30
    assert guess(beginning + "Hội nghị tổng kết công tác Đảng. " * 1000) == guess(beginning) == "en"


def test_the_model_is_loaded_when_it_is_first_needed() -> None:
    program = (
        "import sys, worker.language as language\n"
        "language.guess('Hội nghị tổng kết công tác'); assert 'py3langid' not in sys.modules\n"
        "language.guess('The committee will meet again.'); assert 'py3langid' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
