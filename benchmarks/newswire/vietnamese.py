"""Vietnamese words and templates of the made-up newswire. Nobody and nothing in them exists but the places."""

from .grammar import language

_TABLES = """
month: 1|2|3|4|5|6|7|8|9|10|11|12
place: Hà Nội|Hải Phòng|Đà Nẵng|Huế|Cần Thơ|Nha Trang|Đà Lạt|Vinh|Hạ Long|Quy Nhơn|Pleiku|Biên Hòa|Vũng Tàu|Mỹ Tho|
  Bến Tre|Cà Mau|Rạch Giá|Sóc Trăng|Trà Vinh|Tây Ninh|Phan Thiết|Kon Tum|Lào Cai|Yên Bái|Sơn La|Điện Biên|Hà Giang|
  Cao Bằng|Bắc Kạn|Lạng Sơn|Thái Nguyên|Việt Trì|Hòa Bình|Nam Định|Thái Bình|Hưng Yên|Hải Dương|Ninh Bình|Thanh Hóa|
  Đồng Hới|Đông Hà|Hội An|Tam Kỳ|Quảng Ngãi|Tuy Hòa|Phan Rang|Bảo Lộc|Long Xuyên|Vị Thanh|Đồng Xoài|Thủ Dầu Một|
  Tân An|Cao Lãnh|Gia Nghĩa
ho: Nguyễn|Trần|Lê|Phạm|Hoàng|Huỳnh|Phan|Vũ|Võ|Đặng|Bùi|Đỗ|Hồ|Ngô|Dương|Lý|Đinh|Mai|Trịnh|Tạ|Lương|Tô|Cao|Hà|Thái|
  Quách
dem: Văn|Thị|Minh|Thanh|Quốc|Ngọc|Hữu|Đức|Thu|Xuân|Hải|Bảo|Gia|Kim|Anh|Thùy|Công|Duy|Phương|Khánh|Tuấn|Hồng|Mỹ|Nhật
ten: An|Bình|Chi|Dũng|Giang|Hà|Hiếu|Hòa|Hùng|Hương|Khánh|Lan|Linh|Long|Mai|Nam|Nga|Nghĩa|Phong|Phúc|Quân|Quỳnh|Sơn|
  Tâm|Thảo|Thúy|Toàn|Trang|Tú|Uyên|Vân|Việt|Yến|Đạt|Khoa|Lộc|Nhung|Oanh|Thủy|Trí|Vinh|Xuân|Huệ|Loan|Hạnh|Kiên|Tiến|
  Thịnh
person: {ho} {dem} {ten}
noun.health: bệnh viện|trạm y tế|vắc xin|điều dưỡng|bác sĩ|bệnh nhân|nhà thuốc|xe cứu thương|ổ dịch|phòng khám|
  phác đồ điều trị|phòng xét nghiệm|nữ hộ sinh|đơn thuốc|ca phẫu thuật|thẻ bảo hiểm|kháng sinh|khoa nhi|nha sĩ|
  ngân hàng máu|máy thở|khẩu trang
noun.economy: ngân hàng|doanh nghiệp xuất khẩu|nhà máy|biểu thuế|quỹ lương|khoản vay|ngân sách|kho hàng|siêu thị|
  nhà đầu tư|hợp đồng|xưởng đóng tàu|công đoàn|tiểu thương|lô cà phê|nhà cung cấp|gói trợ cấp|kiểm toán viên|
  khu công nghiệp|lô trái phiếu|đơn hàng|chợ đầu mối
noun.crime: điều tra viên|vụ trộm|nhân chứng|phiên tòa|công tố viên|đường dây buôn lậu|két sắt|hộ chiếu giả|
  cảnh sát khu vực|luật sư|bản cáo trạng|khoản tiền chuộc|băng nhóm|xe tang vật|bản án|nghi phạm|cán bộ hải quan|
  vụ lừa đảo|buổi hỏi cung|bức tranh bị mất|tang vật|camera giám sát
noun.culture: bảo tàng|dàn nhạc|nhà văn|lễ hội|pho tượng|nhà hát|ca đoàn|bản thảo|phòng tranh|soạn giả|bộ phim|
  kho lưu trữ|thủ thư|nghệ nhân|triển lãm|nhà thơ|bức bích họa|vở chèo|giám tuyển|đình làng|múa rối nước|tấm thổ cẩm
noun.nature: dòng sông|cánh rừng|hồ chứa|đàn cò|vùng đất ngập nước|đám cháy|đợt hạn|kiểm lâm viên|đàn voọc|rạn san hô|
  rừng ngập mặn|vụ sạt lở|vườn vải|cơn bão|bãi than bùn|cửa biển|đồng cỏ|nhà bảo tồn|đê chắn sóng|đàn châu chấu|
  con suối|đồi thông
noun.school: giáo viên|học sinh|ký túc xá|học bổng|giảng đường|hiệu trưởng|giáo trình|nhà trẻ|giáo sư|sách giáo khoa|
  thời khóa biểu|thợ học nghề|cử nhân|giám khảo|giải thưởng khoa học|trường mầm non|xe đưa đón|gia sư|luận văn|
  sân chơi|câu lạc bộ hùng biện|đề thi
noun.transport: bến phà|tuyến xe buýt|cây cầu|đường băng|trạm thu phí|hầm chui|tài xế xe tải|toa tàu|làn xe đạp|
  bến cảng|nhà ga|gác chắn|phi công|đường cao tốc|vòng xoay|kênh đào|đầu máy|sân bay|công nhân bốc xếp|phòng vé|
  cáp treo|xe container
noun.technology: vệ tinh|bộ pin|trung tâm dữ liệu|lập trình viên|cảm biến|rô bốt|công ty khởi nghiệp|bằng sáng chế|
  nhà máy chip|cột ăng ten|phần mềm|máy bay không người lái|vụ rò rỉ dữ liệu|kỹ sư|tua bin gió|bàn phím|
  kính thiên văn|công cụ tìm kiếm|khóa mã hóa|tấm pin mặt trời|nguyên mẫu|kính hiển vi
adj: cũ|hoen gỉ|mới|tốn kém|tạm thời|gây tranh cãi|khiêm tốn|phía bắc|phía nam|tư nhân|công lập|bỏ hoang|
  từng đoạt giải|được yêu thích|đông đúc|mong manh|yên tĩnh|dang dở|đầy tham vọng|hẻo lánh|vừa tu sửa|thiếu kinh phí|
  quá hạn|đầy hứa hẹn|thận trọng|mạnh mẽ|độc lập|ở nông thôn|ven biển|miền núi|bị lãng quên|thử nghiệm|đắt đỏ|
  hào phóng|xây vội|bằng gỗ|dưới lòng đất|trăm tuổi|do nước ngoài đầu tư|hư hỏng nặng|được mong đợi|ít người biết|
  thứ hai|lớn nhất|nhỏ nhất|lịch sử|miễn cưỡng|theo mùa|lưu động|nửa trống|kiệt sức|ngập nước|có lãi|thua lỗ|
  sáng bóng|xa lạ|lâu năm
verb: sửa chữa|bán lại|kiểm tra|khen ngợi|từ chối|tài trợ|thay thế|giải cứu|di dời|chụp ảnh|đóng cửa|mở lại|phê bình|
  sao chép|khảo sát|đo đạc|chào đón|rời bỏ|bảo vệ|trì hoãn|vay mượn|thừa kế|đổi tên|sơn lại|làm hỏng|phục dựng|
  hoãn lại|mua bảo hiểm cho|rà soát|thách thức|mở rộng|ủng hộ|vây quanh|ghé thăm|đổ lỗi cho|lục soát|bỏ qua|che chắn|
  đánh giá thấp|hiến tặng|tháo dỡ|hiện đại hóa|phát hiện|thử nghiệm|đăng ký|phớt lờ|sơ tán|tiếp quản|trợ giá cho|
  hủy bỏ|thiết kế lại|lập danh mục|đặt mua|phá bỏ|đấu giá|theo dõi|tuần tra quanh|lập bản đồ|niêm phong
verbs: đang cần|đe dọa|xứng đáng với|trông giống|che chở|tốn hơn cả|phụ thuộc vào|cạnh tranh với|làm suy yếu|
  giải thích được|làm thay đổi|đền đáp|lấn át|nên thay thế|không thể vận hành nếu thiếu|phải trả tiền cho|
  hiếm khi giúp được|sẽ bền hơn|củng cố|chia rẽ|thu hút|làm phức tạp thêm|hưởng lợi từ|không đơn giản là|
  khiến người ta nhớ tới
role: chủ tịch phường|giám đốc cảng|kỹ sư trưởng|người phát ngôn|cựu thẩm phán|thứ trưởng|chủ cửa hàng|
  trưởng nhóm nghiên cứu|thủ quỹ|bảo vệ ca đêm|cán bộ công đoàn|nhà sử học|quản lý dự án|đại biểu hội đồng|nông dân|
  chuyên viên phân tích|cựu thủ môn|nhà kinh tế|giám đốc vùng|nhân viên cấp cứu|nhà sinh học|kế toán|phiên dịch|
  người hàng xóm|thực tập sinh|trưởng thôn|già làng|ngư dân
orgkind: ủy ban|phòng thương mại|ban quản lý nước|hội khoa học lịch sử|quỹ nhà ở|hợp tác xã|đài thiên văn|đội cứu hộ|
  hội nhà giáo|cảng vụ|quỹ phát triển|liên đoàn thể thao|hội bảo vệ người tiêu dùng|viện phim|hội nông dân|
  trường cao đẳng nghề|quỹ từ thiện|thanh tra|ngân hàng hạt giống|tổ dân phố
org: {orgkind} [a1]|{orgkind} thành phố [a2]|{orgkind} {adj}|{orgkind} tỉnh [a3]
np: {noun} {adj}|một {noun} {adj}|{noun} gần [a1]|{noun} cùng {noun}|mỗi {noun}|thêm một {noun} {adj}|
  [n:3-90] {noun} {adj}|hết {noun} này đến {noun} khác|{noun} vừa {adj} vừa {adj}|{noun} từ [a2]|
  {noun} nằm cạnh {noun}|nơi từng là {noun}|hầu như không {noun} nào|chủ nhân của {noun}|những {noun} ấy|
  chính {noun} {adj} này|vài {noun} {adj}|cả {noun} lẫn {noun}
when: ngày [d]|mùa đông năm ngoái|sau một đêm thương lượng|từ sáng sớm|trong vòng [n:3-60] ngày|trước kỳ nghỉ lễ|
  vào mùa xuân|lần thứ ba liên tiếp|tối thứ ba|quá nửa đêm một chút|kể từ [d]|đến cuối năm|tại cuộc họp ở [a2]|
  hai mùa hè trước|ngay khi tạnh mưa|giữa lúc đình công|dịp cuối tuần|từ [d] đến [d]|suốt [n:2-30] tuần
where: ở [a1]|ngoại ô [a1]|phía bắc [a2]|trên đường tới [a3]|tại vùng ven [a1]|cách [a2] vài cây số|đối diện {noun}|
  sau lưng {noun} {adj}|bên {noun}|dọc theo {noun} {adj}|trước cổng {noun}
why: vì {noun} đã {verb} {np}|dù {np} vẫn {verb} {noun}|trong khi {np} chờ {noun}|để {noun} có thể được {verb}|
  trừ khi {noun} được {verb} trước|kể cả khi {np} chẳng bao giờ {verb} {noun}|sau khi {np} {verb} {noun} {adj}|
  cho tới lúc có người {verb} {noun}|bất chấp {noun} {adj}|nhờ {noun} {adj}|thay vì {np}|nơi mà {noun} {verb} {np}|
  còn {noun} thì {verb} {np} {where}
how: lặng lẽ|với chi phí lớn|trái mọi lời khuyên|bằng tiền đi vay|không báo trước|với đa số sít sao|trong vô vọng|
  nhờ các tình nguyện viên|qua hai đợt|với giá tượng trưng|chậm hơn dự kiến|dưới sự hộ tống|một cách tình cờ
clause: {np} đã {verb} {np}|{np} {verb} {np} {when}|{np} {verb} {noun} {where}|{np} được {verb} {how}|
  {np} đã được {verb} {when}|{org} {verb} {np}|[p2] {how} {verb} {np}|{noun} {verb} {np} {how}
present: {np} {verbs} {np}|{noun} {verbs} {noun} {adj}|{np} {verbs} {noun} {where}|
  chẳng {noun} nào {verbs} {noun} {adj}
speaker: ông [p1], {role} của {org}|bà [p2], một {role} {adj}|{role} [p3]|ông [p1]|bà [p2], người quản lý {np}|
  anh [p4], {role} {where}|chị [p3]|một {role} từng {verb} {noun}
say: nói|cho biết|lập luận|nhớ lại|viết|khẳng định|cảnh báo|giải thích|thừa nhận|nói thêm {when}
sentence: {clause} {when}, {why}.|{when}, {clause}.|{clause}, {why}.|“{present}”, {speaker} {say}.|
  “{present}, và {present}”, {speaker} {say}.|Theo {speaker}, {clause}.|{speaker} {verb} {np} {how}, {why}.|
  {why}, {clause} {when}.|Số {noun} {where} tăng lên [n:1200-9800] {when}, {org} thông báo.|
  Khoảng [n:1100-88000] người {where} {verb} {np}, {why}.|{org} {verb} {np}; {clause}.|{clause}: {present}.|
  Không ai {where} {verb} {np}, vậy mà {clause}.|Chính {np} đã {verb} {np} {where}.|{clause}, rồi {clause}.|
  Không chỉ {np} mà {np} cũng {verb} {noun} {when}.|Kinh phí [n:2-900] tỷ đồng {verb} {np} {why}.|
  {speaker} {say} rằng {clause}.|Liệu {np} có {verbs} {np} hay không là câu hỏi cho {org}.|
  “Khi {clause}, {clause}”, {speaker} {say}.|{np} dài [f:2-80] mét và {verb} {noun} {where}.|
  Hỏi {speaker} mới hay {present}.|{how}, {np} {verb} {np}.|{where} có {np}, {when} có {np}, còn {np} thì {how}.|
  {np}, được {verb} {when}, lại {verb} {np}.|Có [n:11-99]% số người được hỏi {where} cho rằng {np} {verbs} {np}.|
  {speaker} gọi {np} là “{adj} và {adj}”.|Trong thư đề ngày [d], {org} {verb} {np}.|{clause} {where}. {present}.|
  Trước tiên {clause}; sau đó {np} {verb} {np}.|“{np} ư? {present}”, {speaker} {say}.|
  Theo kế hoạch do {speaker} {verb}, {np} {verbs} {np}.|{clause} với giá [n:1100-90000] đồng.
headline: {noun} {adj} {verbs} {noun} ở [a1]|[a1]: {noun} {verb} {noun} {when}|{org} {verb} {noun} {adj}|
  [p1]: “{present}”|Vì sao {noun} {verbs} {noun} {adj}|{noun} {adj} được {verb} {where}|
  [n:3-90] {noun} được {verb} gần [a2]|{noun} {adj}, {noun} {adj}
outlet: Báo Sông Hồng|Tin Miền Trung|Nhật báo Cửa Biển|Thời báo Phương Nam|Bản tin Sớm|Đời sống Mới|Kênh 12|
  Văn hóa và Đời sống|Báo Cao Nguyên|Tin Chiều
agency: TTXVN|VNA|VHO|Reuters
prefix: {CAPITAL} ({agency}) -|VHO -|({agency}) -|{CAPITAL}, ngày [date] ({agency}) –|(Tin Chiều) –|{CAPITAL} –
CAPITAL: HÀ NỘI|ĐÀ NẴNG|TP HỒ CHÍ MINH|CẦN THƠ|HUẾ
footer: Theo {agency}|Nguồn: {agency}|(Theo {agency})|{person}|Ảnh: {person}|Bài và ảnh: {person}|
  Mời độc giả đón xem bản tin tiếp theo.|{agency}/Tin tức
caption: Ảnh: {person}|Ảnh minh họa {noun}|Nguồn ảnh: {agency}
insert: cũng|trong khi đó|tuy vậy|được biết|một lần nữa|thực ra|dường như|tất nhiên|về sau|vẫn
swap: nói>phát biểu|cho biết>thông tin|cũ>lâu đời|mới>vừa có|vì>bởi|khoảng>chừng|gần>sát|người>cư dân|tăng>nhích|
  thông báo>công bố|trong khi>giữa khi|mỗi>từng|thêm>có thêm|sửa>tu bổ|đóng>khép|bán>nhượng|khen>biểu dương|
  từ>bắt đầu từ|dù>mặc dù|lớn>to|những>các|đã>từng|sau>tiếp sau|được>đã được|tại>ở|ở>tại|ngày>hôm|cùng>và|một>một số|
  chính>đúng là
digest.title: Điểm tin sáng [date]|Tin nóng trong ngày|Năm tin đáng chú ý|Bản tin tổng hợp ngày [date]
digest: Sau đây là các tin đáng chú ý trong ngày.|Chào buổi sáng, đây là những tin chúng tôi theo dõi.|Tin vắn.
live_blog.title: TRỰC TIẾP: {noun} {verbs} {noun} ở [a1]|{noun} {adj} ở [a1]: cập nhật liên tục
live_blog: [time]|Cập nhật lúc [time]|[time]: tin mới
follow_up.title: Sau {noun}: {org} {verb} {noun}|{noun} ở [a1]: diễn biến tiếp theo|Thêm {noun} trong vụ {noun} {adj}
follow_up: Trước đó, chúng tôi đã đưa tin:|Bối cảnh:|Như đã thông tin:|Diễn biến trước đó:
weather.title: Thời tiết [a1] ngày [date]|Dự báo thời tiết [date]: [a1] [w]|Hôm nay [a1] [w], [n:14-39] độ
weather: Ngày [date], [a1] [w], nhiệt độ cao nhất [n:22-39] độ, thấp nhất [n:12-21] độ.|
  Gió [dir] cấp [n:2-5], giật cấp [n:6-9] ở vùng ven biển.|Khả năng mưa [n:5-95]%, lượng mưa có nơi [n:1-90] mm.|
  Mặt trời mọc lúc [time], lặn lúc [time].|Độ ẩm trung bình [n:50-98]%, tầm nhìn xa trên [n:2-10] km.|
  Ngày mai trời [w], nhiệt độ từ [n:12-22] đến [n:23-39] độ.|
  Sóng biển cao [f:0-4] mét, tàu thuyền cần chú ý đề phòng.|Chỉ số tia cực tím ở mức [level], cao nhất [n:3-12].|
  Người dân nên hạn chế ra ngoài vào buổi trưa và uống đủ nước.
w: có mưa rào|nhiều mây|nắng nóng|có mưa vừa|se lạnh|có sương mù|có dông
dir: đông bắc|tây nam|đông nam|tây bắc
level: thấp|trung bình|cao|rất cao
stocks.title: VN-Index [ud] [f:1-29] điểm phiên [date]|Chứng khoán [ud], nhà đầu tư thận trọng|
  Nhận định thị trường ngày [date]
ud: tăng|giảm|lên|mất|hồi phục
stocks: Chốt phiên [date], VN-Index [ud] [f:1-29] điểm, đóng cửa ở mức [n:1100-1800] điểm.|
  HNX-Index [ud] [f:0-5] điểm xuống quanh [n:200-290] điểm.|
  Toàn sàn có [n:90-400] mã tăng và [n:90-400] mã giảm, [n:30-90] mã đứng giá.|
  Thanh khoản đạt [n:11000-39000] tỷ đồng, so với [n:11000-39000] tỷ đồng phiên trước.|
  Khối ngoại [nb] [n:20-990] tỷ đồng, tập trung ở mã ngân hàng.|
  Nhóm thép [ud] [f:0-4]%, nhóm bất động sản [ud] [f:0-4]%.|
  Giới phân tích cho rằng thị trường sẽ còn rung lắc quanh mốc [n:1100-1800] điểm.
nb: mua ròng|bán ròng
gold.title: Giá vàng hôm nay [date]|Giá vàng [ud] [n:100-900] nghìn đồng|
  Giá vàng ngày [date]: [f:70-160] triệu đồng một lượng
gold: Sáng [date], giá vàng miếng niêm yết [f:70-110] - [f:111-160] triệu đồng một lượng, [ud] [n:100-900] nghìn đồng.|
  Vàng nhẫn tròn trơn mua vào [f:70-99] triệu đồng, bán ra [f:100-160] triệu đồng.|
  Giá vàng thế giới lúc [time] giao dịch ở [n:1900-3400] USD một ounce.|Chênh lệch mua bán là [n:1-4] triệu đồng.|
  Tỷ giá trung tâm ở mức [n:23000-26000] đồng một USD.|Bạc thế giới ở mức [f:21-48] USD một ounce.|
  Người mua nên cân nhắc vì giá còn biến động mạnh.
lottery.title: Kết quả xổ số [a1] ngày [date]|XSMB [date]|Vietlott kỳ [issue]: kết quả
lottery: Kết quả xổ số kỳ [issue] mở thưởng ngày [date] tại [a1].|Giải đặc biệt: [digits:6]. Giải nhất: [digits:5].|
  Giải nhì: [digits:5], [digits:5].|Giải ba: [digits:5], [digits:5], [digits:5], [digits:5], [digits:5], [digits:5].|
  Giải tư: [digits:4], [digits:4], [digits:4], [digits:4].|
  Giải năm: [digits:4], [digits:4]. Giải sáu: [digits:3], [digits:3].|
  Giải bảy: [digits:2], [digits:2], [digits:2], [digits:2].|Jackpot kỳ này trị giá [n:12-190] tỷ đồng.|
  Vé trúng thưởng được lĩnh trong vòng [n:30-60] ngày kể từ ngày mở thưởng.
quake.title: Động đất [f:2-6] độ ở [a1]|[a1] rung lắc vì động đất [f:2-6] độ|Lại động đất gần [a1], ngày [date]
quake: Lúc [time] ngày [date], một trận động đất mạnh [f:2-6] độ xảy ra cách [a1] [n:4-160] km về phía [dir].|
  Độ sâu chấn tiêu khoảng [n:5-90] km, cấp độ rủi ro thiên tai bằng [n:0-3].|
  Tâm chấn cách [a2] [n:20-400] km và cách [a3] [n:20-400] km.|Chưa có báo cáo về thiệt hại.|
  Trung tâm báo tin động đất tiếp tục theo dõi.|Từ đầu năm khu vực này ghi nhận [n:20-900] trận động đất.|
  Có thể có dư chấn tới [f:2-4] độ trong vài ngày tới.
quarterly.title: {ten} {ten} lãi [n:11-900] tỷ đồng quý {q}|Công ty {ten} {ten} báo lãi quý {q}|
  Kết quả kinh doanh quý {q}: {ten} {ten}
q: I|II|III|IV
quarterly: Quý {q}, doanh thu thuần của công ty đạt [n:100-9900] tỷ đồng, cùng kỳ [n:100-9900] tỷ đồng.|
  Lợi nhuận sau thuế [n:11-900] tỷ đồng, biến động [f:1-60]% so với cùng kỳ.|
  Lũy kế từ đầu năm, công ty hoàn thành [n:40-99]% kế hoạch.|
  Giá vốn hàng bán [n:100-9900] tỷ đồng, biên lợi nhuận gộp [f:3-40]%.|
  Tổng tài sản tới [d] là [n:1000-99000] tỷ đồng, nợ vay [n:100-9900] tỷ đồng.|
  Thu nhập trên mỗi cổ phiếu đạt [n:300-9000] đồng.|
  Ban lãnh đạo do ông [p1] đứng đầu trình phương án cổ tức [n:3-30]%.
police.title: [a1]: {crime}, [n:1-5] người bị thương|Bắt nghi phạm trong {crime} ở [a1]|{crime} lúc [time] tại [a1]
crime: vụ va chạm|vụ trộm xe máy|vụ cướp giật|vụ xô xát|vụ tai nạn giao thông
police: Khoảng [time] ngày [date], {crime} xảy ra trên đường {ho} {dem} {ten}, [a1].|
  Một người đàn ông [n:18-79] tuổi, quê [a2], được đưa đi cấp cứu trong tình trạng tỉnh táo.|
  Giao thông qua khu vực ùn tắc [n:2-9] giờ.|
  Cơ quan công an đã tạm giữ [p1], [n:18-59] tuổi, trú tại [a3], để điều tra.|
  Xe mang biển số [digits:2]A-[digits:5] bị hư hỏng phần đầu.|Vụ việc đang được cơ quan chức năng làm rõ.|
  Ai có thông tin xin báo về trực ban hình sự, số máy nội bộ [n:100-999].|Nồng độ cồn đo được là [f:0-1] miligam.
release.title: {ten}Viet [issue].[n:0-9] ra mắt|Ghi chú phát hành {ten}Kit [issue].[n:0-9].[n:0-20]|
  {ten}Kit v[issue].[n:0-9]
release: Phiên bản [issue].[n:0-9].[n:0-20] có thể tải về từ ngày [date].|
  Bản này sửa [n:3-60] lỗi và đóng [n:3-90] yêu cầu.|Nâng cấp bằng trình quản lý gói hoặc tải từ trang dự án.|
  Ngừng hỗ trợ phiên bản [n:1-9].[n:0-9] từ ngày [d].|Khởi động nhanh hơn [n:2-60]%, bộ nhớ giảm [n:2-40]%.|
  Sửa: không xuất được {noun} khi {noun} trống (#[n:1000-9999]).|Đổi: khung {noun} mở ở thẻ mới (#[n:1000-9999]).|
  Cảm ơn [n:3-90] người đóng góp.|Mã kiểm tra của gói là [digits:24].
podcast.title: Tập [issue]: {noun} {adj}|#[issue] – trò chuyện cùng [p1]|Podcast số [issue]: [p1]
podcast: Trong tập [issue], chúng tôi trò chuyện cùng [p1] về {noun} và nhiều điều khác.|[p1] là {role} sống ở [a1].|
  Hãy đăng ký kênh và để lại đánh giá cho chúng tôi.|Thời lượng [n:22-90] phút.|
  Nhạc hiệu do {person} sáng tác, biên tập {person}.|Gửi câu hỏi cho tập sau trước ngày [d].|
  Phút [n:2-19]: tin tức. Phút [n:20-40]: phỏng vấn. Phút [n:41-80]: thư bạn nghe đài.
recurring.title: Ngày [date]: thêm [n:20-900] ca {virus}|Bản tin {virus} số [issue]|Tình hình {virus} ngày [date]
virus: Covid-19|sốt xuất huyết|cúm A|tay chân miệng
recurring: Ngày [date], ngành y tế ghi nhận [n:20-900] ca mắc mới và [n:1-30] ca tử vong.|
  Từ đầu năm cả nước có [n:10000-90000] ca, trong đó [n:9000-80000] ca khỏi bệnh.|
  Đang điều trị [n:110-900] ca, [n:2-60] ca nặng phải thở máy.|
  [a1] có số ca mới nhiều nhất với [n:11-300] ca, tiếp theo là [a2] với [n:11-200] ca.|
  Trung bình bảy ngày qua là [n:20-900] ca mỗi ngày.|Tỷ lệ tiêm chủng đạt [n:11-99]%.|
  Người có triệu chứng cần ở nhà và báo cho cơ sở y tế gần nhất.|Bản tin tiếp theo phát hành ngày [d].
obituary.title: Tin buồn: {role} [p1]|[p1] qua đời ở tuổi [n:61-99]|Lời cảm tạ của gia đình [p1]
obituary: Gia đình vô cùng thương tiếc báo tin [p1] đã từ trần ngày [d], hưởng thọ [n:61-99] tuổi.|
  Sinh ngày [d] năm 19[n:30-59] tại [a1], [p1] có [n:20-45] năm làm {role}.|
  Lễ viếng bắt đầu lúc [time] ngày [d] tại nhà tang lễ [a2].|An táng tại nghĩa trang quê nhà [a3].|
  Bạn bè nhớ về một con người nhân hậu và giản dị.|Gia đình có [n:2-5] người con và [n:2-12] cháu.
appointment.title: Bổ nhiệm [p1] làm {role}|[a1] có {role} mới|Trao quyết định cho [p1]
appointment: Ngày [d], [a1] công bố quyết định bổ nhiệm [p1] giữ chức {role}.|
  [p1] thay [p2], người nghỉ hưu theo chế độ sau [n:2-20] năm công tác.|
  Tân {role} sinh năm 19[n:60-89], quê [a2], có [n:5-35] năm kinh nghiệm.|
  Phát biểu tại buổi lễ, [p3] chúc mừng và mong đơn vị tiếp tục đoàn kết.|
  Nhận nhiệm vụ, [p1] cảm ơn lãnh đạo và hứa sẽ nỗ lực hết mình.|
  Quyết định số [n:100-999] có hiệu lực từ ngày [d], thời hạn [n:3-5] năm.
sports.title: [a1] [n:0-5]-[n:0-5] [a2]|Vòng [issue]: [a1] gặp [a2]|Kết quả vòng [issue]: [a1] - [a2]
sports: [a1] và [a2] kết thúc với tỷ số [n:0-5]-[n:0-5] ở vòng [issue] ngày [date].|
  [p1] ghi bàn phút [n:2-44], [p2] bỏ lỡ cơ hội phút [n:46-89].|
  Huấn luyện viên khen tinh thần chiến đấu của toàn đội.|Chủ nhà cầm bóng [n:31-69]% và dứt điểm [n:3-22] lần.|
  [p3] nhận thẻ vàng phút [n:10-90].|[a1] đứng thứ [n:1-14] với [n:5-60] điểm, [a2] có [n:5-60] điểm.|
  Vòng tới [a1] làm khách trên sân [a3], còn [a2] tiếp [a4].|Sân có [n:900-22000] khán giả.
bulletin.title: Bản tin số [issue]|Thông báo hàng hải số [issue]/2026|Tin bão khẩn cấp số [issue]
bulletin: Bản tin số [issue] phát lúc [time] ngày [date].|Bản tin này thay bản tin số [n:2-99] ngày [d].|
  Lúc [time], vị trí tâm bão cách [a1] khoảng [n:40-700] km về phía [dir], di chuyển với tốc độ [n:5-40] km/giờ.|
  Mực nước tại trạm [a2] là [f:1-9] mét.|Tàu thuyền cần tránh xa tọa độ [n:8-23].[n:10-99] độ vĩ bắc.|
  Đèn biển số [n:100-999] chớp [n:2-9] lần mỗi [n:10-30] giây.|Đề nghị các đơn vị báo nhận.|
  Bản tin tiếp theo phát lúc [time].
event.title: Đêm {noun} {adj} tại [a1], ngày [d]|[a1]: ngày hội {noun} [d]|Mở bán vé ở [a1] ngày [d]
event: Mời bạn tới [a1] ngày [d], từ [time] đến [time].|
  Mở cửa lúc [time], giá vé [n:50-900] nghìn đồng, hội viên [n:20-400] nghìn đồng.|
  Chương trình gồm tọa đàm, tham quan và âm nhạc do {person} biểu diễn.|
  Vui lòng đăng ký trước ngày [d] vì chỉ có [n:20-400] chỗ.|[p1] khai mạc và [p2] trả lời câu hỏi.|
  Địa điểm cách nhà ga [n:3-30] phút đi bộ.|Trẻ em dưới 12 tuổi được miễn phí.
job.title: Tuyển {role} tại [a1]|Thông báo tuyển dụng {role} số [digits:4]|[a1] cần [n:2-30] {role}
job: Chúng tôi cần tuyển [n:2-30] {role} làm việc tại [a1] từ ngày [d].|
  Lương từ [n:7-15] đến [n:16-60] triệu đồng, [n:12-20] ngày phép mỗi năm.|
  Ứng viên có ít nhất [n:2-9] năm kinh nghiệm và thích làm việc nhóm.|
  Chúng tôi đóng bảo hiểm đầy đủ và đào tạo miễn phí.|Hồ sơ gửi trước ngày [d], ghi rõ mã [digits:5].|
  Liên hệ [p1], số máy nội bộ [n:100-999].|Ưu tiên người địa phương và bộ đội xuất ngũ.
"""

VIETNAMESE = language("vi", _TABLES, point=",", group=".")
