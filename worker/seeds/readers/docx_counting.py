"""Numbers as Word writes them (ECMA-376 part 1 §17.18.59, ST_NumberFormat)."""

_LATIN = "abcdefghijklmnopqrstuvwxyz"
_RUSSIAN = "абвгдежзиклмнопрстуфхцчшщыэюя"
_ALPHABETS = {
    "lowerLetter": _LATIN,
    "upperLetter": _LATIN.upper(),
    "russianLower": _RUSSIAN,
    "russianUpper": _RUSSIAN.upper(),
    "arabicAlpha": "أبتثجحخدذرزسشصضطظعغفقكلمنهوي",
    "arabicAbjad": "أبجدهوزحطيكلمنسعفصقرشتثخذضظغ",
    "hebrew2": "אבגדהוזחטיכלמנסעפצקרשת",
    "thaiLetters": "กขคงจฉชซฌญฎฏฐฑฒณดตถทธนบปผฝพฟภมยรลวศษสหฬอฮ",
    "ganada": "가나다라마바사아자차카타파하",
    "chosung": "ㄱㄴㄷㄹㅁㅂㅅㅇㅈㅊㅋㅌㅍㅎ",
    "aiueo": "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヲン",
    "iroha": "イロハニホヘトチリヌルヲワカヨタレソツネナラムウヰノオクヤマケフコエテアサキユメミシヱヒモセスン",
    "ideographTraditional": "甲乙丙丁戊己庚辛壬癸",
    "ideographZodiac": "子丑寅卯辰巳午未申酉戌亥",
    "decimalEnclosedCircle": "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳",
    "decimalEnclosedParen": "⑴⑵⑶⑷⑸⑹⑺⑻⑼⑽⑾⑿⒀⒁⒂⒃⒄⒅⒆⒇",
    "decimalEnclosedFullstop": "⒈⒉⒊⒋⒌⒍⒎⒏⒐⒑⒒⒓⒔⒕⒖⒗⒘⒙⒚⒛",
    "ideographEnclosedCircle": "㊀㊁㊂㊃㊄㊅㊆㊇㊈㊉",
    "chicago": "*†‡§",
}
_ALPHABETS |= {f"{name}FullWidth": _ALPHABETS[name] for name in ("aiueo", "iroha")}
_ALPHABETS["decimalEnclosedCircleChinese"] = _ALPHABETS["decimalEnclosedCircle"]
# In these a second round would look like another number.
_ONCE = ("decimal", "ideograph")
_DIGITS = {
    "decimalFullWidth": "０１２３４５６７８９",
    "decimalFullWidth2": "０１２３４５６７８９",
    "thaiNumbers": "๐๑๒๓๔๕๖๗๘๙",
    "hindiNumbers": "०१२३४५६७८९",
    "ideographDigital": "〇一二三四五六七八九",
    "japaneseDigitalTenThousand": "〇一二三四五六七八九",
    "taiwaneseDigital": "○一二三四五六七八九",
    "koreanDigital": "영일이삼사오육칠팔구",
}
# Digits from 0, words for ten, hundred and thousand, and before how many of these "one" is not said: none, ten at the
# beginning, or all.
_HAN = "〇一二三四五六七八九"
_COUNTED = {
    **dict.fromkeys(
        ("chineseCounting", "chineseCountingThousand", "taiwaneseCounting", "taiwaneseCountingThousand"),
        (_HAN, "十百千", 1),
    ),
    "japaneseCounting": (_HAN, "十百千", 3),
    "koreanCounting": ("영일이삼사오육칠팔구", "십백천", 3),
    "chineseLegalSimplified": ("零壹贰叁肆伍陆柒捌玖", "拾佰仟", 0),
    "ideographLegalTraditional": ("零壹貳參肆伍陸柒捌玖", "拾佰仟", 0),
    "japaneseLegal": ("零壱弐参四伍六七八九", "拾百阡", 0),
}
_ROMAN = (
    (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"),
    (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
)  # fmt: skip
_WORDS = {
    "cardinalText": "One Two Three Four Five Six Seven Eight Nine Ten Eleven Twelve Thirteen Fourteen Fifteen Sixteen"
    " Seventeen Eighteen Nineteen Twenty",
    "ordinalText": "First Second Third Fourth Fifth Sixth Seventh Eighth Ninth Tenth Eleventh Twelfth Thirteenth"
    " Fourteenth Fifteenth Sixteenth Seventeenth Eighteenth Nineteenth Twentieth",
    "vietnameseCounting": "một hai ba bốn năm sáu bảy tám chín mười",
}
_MOST_ROMAN = 4000


def written(number: int, form: str) -> str:
    """A number in a form; in digits if that form does not go so far, "" if it shows none."""
    if form in ("none", "bullet"):
        return ""
    if number > 0:
        if (alphabet := _ALPHABETS.get(form)) and number <= len(alphabet) * (1 if form.startswith(_ONCE) else 8):
            return alphabet[(number - 1) % len(alphabet)] * ((number - 1) // len(alphabet) + 1)
        if form in ("upperRoman", "lowerRoman") and number < _MOST_ROMAN:
            return _roman(number) if form == "upperRoman" else _roman(number).lower()
        if (names := _WORDS.get(form, "").split()) and number <= len(names):
            return names[number - 1]
        if form in _COUNTED and number < 10_000:
            return _counted(number, *_COUNTED[form])
        if form == "hebrew1" and number < 100:
            return _hebrew(number)
    if form in _DIGITS:
        return "".join(_DIGITS[form][int(digit)] for digit in str(number))
    match form:
        case "ordinal":
            return f"{number}{_ending(number)}"
        case "decimalZero":
            return f"{number:02}"
        case "numberInDash":
            return f"- {number} -"
        case "hex":
            return f"{number:X}"
    return str(number)


def _roman(number: int) -> str:
    said = ""
    for worth, letters in _ROMAN:
        said += letters * (number // worth)
        number %= worth
    return said


def _counted(number: int, digits: str, powers: str, silent: int) -> str:
    said, gap = "", False
    for place, digit in zip((3, 2, 1, 0), map(int, f"{number:04}"), strict=True):
        if digit == 0:
            gap = bool(said) and silent < len(powers)
            continue
        one = digit == 1 and place and (silent == len(powers) or (place == silent and not said))
        said += (digits[0] if gap else "") + ("" if one else digits[digit]) + (powers[place - 1] if place else "")
        gap = False
    return said


def _hebrew(number: int) -> str:
    if number in (15, 16):
        return "ט" + "וז"[number - 15]
    tens, ones = divmod(number, 10)
    return f"{'יכלמנסעפצ'[tens - 1] if tens else ''}{'אבגדהוזחט'[ones - 1] if ones else ''}"


def _ending(number: int) -> str:
    return {1: "st", 2: "nd", 3: "rd"}.get(number % 10 if number // 10 % 10 != 1 else 0, "th")
