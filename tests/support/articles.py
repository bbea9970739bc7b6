"""Articles of our own writing, in paragraphs, and what outlets do to them: for what has to tell copies apart."""

import unicodedata
from collections.abc import Sequence

#: Headline and paragraphs, by language.
ARTICLES: dict[str, tuple[str, tuple[str, ...]]] = {
    "en": (
        "Harlow Bridge reopens after two years of repairs",
        (
            "The old stone bridge at Harlow Ferry carried its first bus in two years on Tuesday morning, when mayor"
            " Edith Marlowe cut a ribbon that schoolchildren had dyed green the evening before.",
            "Engineers had closed the crossing after a flood washed 340 tonnes of gravel from under the eastern pier,"
            " and the repairs swallowed 4.2 million crowns instead of the 2.9 million that the council had set"
            " aside.",
            "Shopkeepers on the western bank said that they had lost a third of their customers, and that the little"
            " ferry which replaced the bridge stopped whenever the wind blew from the estuary.",
            "Marlowe thanked the masons of Dunmere Quarry, who worked through both winters and found a medieval"
            " drainage channel that nobody had drawn on any map.",
            "From Friday lorries of up to 12 tonnes may cross again, while heavier ones have to take the long"
            " way round"
            " through Oakhanger until the last sensors are fitted in October.",
        ),
    ),
    "vi": (
        "Cầu đá Vân Khê thông xe trở lại sau hai năm sửa chữa",
        (
            "Sáng thứ Ba, chiếc xe buýt đầu tiên sau hai năm đã lăn bánh qua cầu đá Vân Khê, khi bà Lý Thu"
            " Hòa, chủ tịch"
            " thị trấn, cắt dải lụa xanh do học sinh trường làng nhuộm từ tối hôm trước.",
            "Cây cầu phải đóng từ khi trận lũ cuốn trôi 340 tấn sỏi dưới chân trụ phía đông; việc sửa chữa tốn 4,2 tỷ"
            " đồng thay vì 2,9 tỷ đồng như hội đồng đã dự tính lúc đầu.",
            "Các chủ tiệm ở bờ tây cho biết họ mất một phần ba khách hàng, còn chiếc phà nhỏ thay cho cây cầu cứ phải"
            " dừng mỗi khi gió từ cửa sông thổi vào.",
            "Bà Hòa cảm ơn những người thợ của mỏ đá Đông Mai đã làm việc suốt hai mùa đông và tìm thấy một"
            " rãnh thoát"
            " nước cổ chưa từng được vẽ trên tấm bản đồ nào.",
            "Từ thứ Sáu, xe tải dưới 12 tấn được phép qua cầu, còn xe nặng hơn phải đi đường vòng qua Thạch"
            " Lĩnh cho đến"
            " khi những cảm biến cuối cùng được lắp xong vào tháng Mười.",
        ),
    ),
    "th": (
        "สะพานหินบ้านท่าโพธิ์เปิดใช้อีกครั้งหลังซ่อมนานสองปี",
        (
            "เช้าวันอังคารรถโดยสารคันแรกในรอบสองปีได้แล่นข้ามสะพานหินบ้านท่าโพธิ์"
            " หลังจากนายกเทศมนตรีตัดริบบิ้นสีเขียวที่เด็กนักเรียนช่วยกันย้อมเมื่อคืนก่อน",
            "วิศวกรสั่งปิดสะพานหลังน้ำหลากพัดกรวดออกไปจากใต้ตอม่อด้านตะวันออก 340 ตัน และค่าซ่อมบานปลายเป็น"
            " 4.2 ล้านบาทแทนที่จะเป็น 2.9 ล้านบาทตามที่สภาเทศบาลตั้งไว้",
            "เจ้าของร้านค้าฝั่งตะวันตกเล่าว่าลูกค้าหายไปหนึ่งในสาม ส่วนเรือข้ามฟากลำเล็กที่ใช้แทนสะพานก็ต้องหยุดทุกครั้งที่ลมพัดแรงจากปากแม่น้ำ",
            "นายกเทศมนตรีขอบคุณช่างหินที่ทำงานตลอดฤดูหนาวทั้งสองปีและยังพบรางระบายน้ำโบราณซึ่งไม่เคยมีใครเขียนไว้ในแผนที่ฉบับใดมาก่อน",
            "ตั้งแต่วันศุกร์นี้รถบรรทุกน้ำหนักไม่เกิน 12 ตันจะข้ามสะพานได้อีกครั้ง"
            " ส่วนรถที่หนักกว่านั้นต้องใช้ทางอ้อมไปก่อนจนกว่าจะติดตั้งเครื่องวัดชุดสุดท้ายเสร็จในเดือนตุลาคม",
        ),
    ),
    "zh": (
        "柳溪石桥修缮两年后恢复通车",
        (
            "星期二早晨，两年来的第一辆公共汽车驶过柳溪石桥，镇长剪断了小学生前一天晚上染成绿色的彩带，岸边的居"
            "民纷纷鼓掌。",
            "此前一场洪水冲走了东侧桥墩下340吨碎石，工程师只得封闭桥面，修缮费用也从议会预定的290万元涨到了420万元。",
            "西岸的店主们说，他们失去了三分之一的顾客，而代替石桥的小渡船只要河口起风就不得不停航，老人看病尤其不便。",
            "镇长感谢采石场的石匠们连续两个冬天坚持施工，他们还发现了一条从未画在任何地图上的古代排水渠。",
            "从星期五起，12吨以下的货车可以重新过桥，更重的车辆仍须绕行山路，直到十月最后一批传感器安装完毕为止。",
        ),
    ),
    "ja": (
        "柳沢の石橋、二年の修復を終えて再び開通",
        (
            "火曜日の朝、二年ぶりに最初の路線バスが柳沢の石橋を渡り、町長が前の晩に小学生たちが緑色に染めたリボ"
            "ンを切ると、岸辺の住民から拍手が起きた。",
            "橋は洪水で東側の橋脚の下から砂利340トンが流されて以来閉鎖され、修復の費用は議会が見込んだ290万円か"
            "ら420万円に膨らんだ。",
            "西岸の商店主たちは客の三分の一を失ったと語り、橋の代わりの小さな渡し船は河口から風が吹くたびに止ま"
            "ったという。",
            "町長は二度の冬を通して働いた石切り場の職人たちに感謝し、どの地図にも描かれていなかった古い排水路が"
            "見つかったことも明かした。",
            "金曜日からは12トン以下のトラックが再び通れるようになり、それより重い車は最後の計測器が取り付けられ"
            "る十月まで山道を迂回する。",
        ),
    ),
}

#: Another article in each of the languages that tests tell apart, about something else.
OTHERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "en": (
        "Lighthouse keeper's diary sold to a museum in Tarn",
        (
            "A diary in which the keeper of the Skerry Light noted every ship that passed for thirty-one years"
            " has been"
            " bought by the maritime museum in Tarn, which wants to show it from the spring.",
            "The keeper, Jonas Wick, wrote in pencil because ink froze in his tower, and he drew small fishes in the"
            " margins on days when no sail was seen.",
            "Curator Maud Ellery said that the 1,140 pages would help to explain how the herring fleet moved north,"
            " long before anybody kept statistics.",
        ),
    ),
    "vi": (
        "Thư viện làng Trúc Bạch cho mượn kính thiên văn",
        (
            "Từ đầu tuần, ai có thẻ thư viện làng Trúc Bạch đều có thể mượn một trong sáu chiếc kính thiên văn về nhà"
            " trong mười bốn ngày, kèm bản đồ bầu trời mùa đông.",
            "Thủ thư Nguyễn Mai Chi hy vọng danh sách chờ sẽ ngắn lại vào mùa xuân, khi ba chiếc kính nữa được"
            " một hội"
            " thiên văn nghiệp dư trao tặng.",
            "Lũ trẻ trong làng đã đặt tên cho chiếc kính lớn nhất là Ông Trăng và chép lại từng miệng núi lửa"
            " mà chúng"
            " nhìn thấy vào một quyển vở chung.",
        ),
    ),
    "th": (
        "ห้องสมุดชุมชนให้ยืมกล้องดูดาวกลับบ้าน",
        (
            "ตั้งแต่ต้นสัปดาห์ผู้ที่มีบัตรห้องสมุดชุมชนสามารถยืมกล้องดูดาวหนึ่งในหกตัวกลับบ้านได้นานสิบสี่วันพร้อมแผนที่ท้องฟ้าฤดูหนาวและผ้าห่มหนึ่งผืน",
            "บรรณารักษ์หวังว่ารายชื่อผู้รอจะสั้นลงเมื่อถึงฤดูร้อน เพราะสมาคมนักดาราศาสตร์สมัครเล่นสัญญาว่าจะบริจาคกล้องเพิ่มให้อีกสามตัว",
        ),
    ),
}


def headline(language: str) -> str:
    return ARTICLES[language][0]


def text(language: str, paragraphs: Sequence[int] = (0, 1, 2, 3, 4)) -> str:
    """These paragraphs of the article, in this order."""
    return "\n".join(ARTICLES[language][1][place] for place in paragraphs)


def other(language: str) -> str:
    return "\n".join(OTHERS[language][1])


def cut(whole: str, characters: int) -> str:
    """As a feed cuts a text: within a word if need be, with dots."""
    return whole[:characters].rstrip() + "…"


def reaccented(whole: str) -> str:
    """With the tone marks where the other school puts them: hòa, hoà."""
    pairs = (("òa", "oà"), ("óa", "oá"), ("ỏa", "oả"), ("õa", "oã"), ("ọa", "oạ"))
    for one, another in pairs:
        whole = whole.replace(one, another)
    return whole


def decomposed(whole: str) -> str:
    return unicodedata.normalize("NFD", whole)


def html(whole: str) -> str:
    return "".join(f"<p>{paragraph}</p>" for paragraph in whole.split("\n"))
