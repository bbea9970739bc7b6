"""Short news in many languages, all invented, for what has to tell languages and encodings apart."""

PROSE = {
    "fr": (
        "Le conseil municipal de Vaubrière a adopté mardi soir le budget de l'année prochaine. Selon la "
        "maire, Hélène Courtaud, les œuvres exposées à la bibliothèque resteront accessibles à tous, et "
        "l'école sera rénovée dès l'été. « Nous avons tenu nos promesses », a-t-elle déclaré. Les œufs "
        "et le bœuf des éleveurs voisins seront servis à la cantine, où plus de 300 élèves déjeunent "
        "chaque jour. Œuvre collective, le projet coûtera 2 000 €.\nUne goélette ancienne est arrivée "
        "jeudi dans le port de Saint-Aubrac après trois semaines de mer. L'équipage, fatigué mais "
        "heureux, a été accueilli par une foule nombreuse. Le capitaine a raconté la tempête essuyée au "
        "large, les voiles déchirées et la pêche miraculeuse du lendemain. À bord, on trouve des "
        "meubles, des lettres et même un piano."
    ),
    "de": (
        "Der Stadtrat von Grünau hat am Dienstag den Haushalt für das nächste Jahr beschlossen. "
        "Bürgermeisterin Käthe Völler sagte, die Bücherei bleibe für alle geöffnet, und die Straße zum "
        "Hafen werde größer. Die Gäste aus Übersee kämen früher als geplant. „Wir haben unser Wort "
        "gehalten“, erklärte sie den Zuhörern.\nEin Bäcker aus Mühlfeld backt seit dreißig Jahren "
        "dasselbe Brot. Nun möchte er aufhören, doch ein Nachfolger lässt sich nicht finden. Die Kunden "
        "hoffen auf eine Lösung, und der Bürgerverein sammelt Geld."
    ),
    "es": (
        "El ayuntamiento de Peñarrubia aprobó el martes el presupuesto del próximo año. La alcaldesa, "
        "Begoña Íñiguez, aseguró que la biblioteca seguirá abierta y que los niños tendrán más pistas. "
        "¿Cuándo empezarán las obras? «En otoño», respondió. El coste será de 2.000 € según el informe, "
        "que también prevé árboles nuevos y más baños públicos.\nLa cooperativa de pescadores recibió "
        "ayer un premio por su trabajo en la bahía. Según el jurado, la iniciativa logró que volvieran "
        "las sardinas después de una década. El presidente agradeció el apoyo de los vecinos y anunció "
        "que el dinero se destinará a la formación de los jóvenes."
    ),
    "pt": (
        "A câmara municipal de Vilarinho aprovou na terça-feira o orçamento do próximo ano. A "
        "presidente, Conceição Magalhães, afirmou que a biblioteca não vai fechar e que as crianças "
        "terão mais espaços. As obras começarão no verão, segundo a comissão de habitação. «É uma "
        "decisão histórica», disse. A população irá receber informações até à próxima reunião."
    ),
    "it": (
        "Il consiglio comunale di Castelverde ha approvato martedì il bilancio del prossimo anno. La "
        "sindaca ha detto che la biblioteca resterà aperta perché la città ne ha bisogno. Più di "
        "trecento persone hanno partecipato all'assemblea e c'è stata una lunga discussione. Lunedì "
        "comincerà la nuova attività del teatro, e sarà possibile prenotare i posti già da venerdì."
    ),
    "nl": (
        "De gemeenteraad van Waterhoek heeft dinsdag de begroting voor volgend jaar goedgekeurd. "
        "Burgemeester Daniëlle Vermeer zei dat de bibliotheek openblijft. De coöperatie van vissers "
        "vroeg om één nieuwe steiger, en een officiële reünie van oud-leerlingen volgt in mei. "
        "Oekraïense gezinnen krijgen een woning."
    ),
    "sv": (
        "Kommunfullmäktige i Björkö antog på tisdagen budgeten för nästa år. Ordföranden Åsa Lindström "
        "sade att biblioteket förblir öppet och att barnen får en ny lekplats. Arbetet börjar i höst och "
        "väntas pågå till våren. Flera invånare frågade om vägen över ån."
    ),
    "da": (
        "Byrådet i Nørreå vedtog tirsdag budgettet for næste år. Borgmester Søren Kjær sagde, at "
        "biblioteket forbliver åbent, og at børnene får en ny legeplads ved åen. Arbejdet begynder til "
        "efteråret, og prisen er højere end først antaget. Fiskerne ønsker også en større mole."
    ),
    "en": (
        "The town council of Port Ellery approved next year’s budget on Tuesday night. “We kept our "
        "word,” said Mayor Joan Hartwell — and the library will stay open. The café on the quay reopens "
        "in May, and the £200 fee is gone. Visitors praised the décor and the façade, although the "
        "fiancée of the baker disagreed.\nThe harbour café at Port Ellery will open again in spring after "
        "a long winter of repairs, its new owner told a meeting of residents on Monday. The building had "
        "been closed since a storm tore off the roof two years ago, and many had feared that it would "
        "never be used again."
    ),
    "pl": (
        "Rada miejska w Brzozowie przyjęła we wtorek budżet na przyszły rok. Burmistrz Łucja Świątek "
        "powiedziała, że biblioteka pozostanie otwarta, a dzieci dostaną nowy plac zabaw. Mieszkańcy "
        "pytali o drogę nad rzeką i o oświetlenie. „Dotrzymaliśmy słowa” – dodała. Prace zaczną się "
        "jesienią i potrwają do końca źniw."
    ),
    "cs": (
        "Zastupitelstvo města Březová schválilo v úterý rozpočet na příští rok. Starostka Jiřina "
        "Dvořáková řekla, že knihovna zůstane otevřená a děti dostanou nové hřiště. Práce začnou na "
        "podzim a potrvají do jara. Rybáři žádali o větší molo a lepší osvětlení. Podle ní šlo o těžké "
        "rozhodnutí."
    ),
    "hu": (
        "A kisvárosi képviselő-testület kedden elfogadta a jövő évi költségvetést. A polgármester "
        "szerint a könyvtár nyitva marad, és a gyerekek új játszóteret kapnak. A munkálatok ősszel "
        "kezdődnek, és tavaszig tartanak. A halászok nagyobb mólót és jobb világítást kértek a gyűlésen."
    ),
    "ro": (
        "Consiliul local din Valea Brazilor a aprobat marţi bugetul pentru anul viitor. Primăriţa "
        "Ştefania Ţurcanu a spus că biblioteca va rămâne deschisă şi că micuţii vor avea un loc de "
        "joacă. Lucrările încep în toamnă şi ţin până în primăvară. Pescarii au cerut un dig mai mare."
    ),
    "tr": (
        "Yeşilköy belediye meclisi salı günü gelecek yılın bütçesini onayladı. Başkan Ayşe Yıldız, "
        "kütüphanenin açık kalacağını ve çocukların yeni bir oyun alanına kavuşacağını söyledi. "
        "Çalışmalar sonbaharda başlayacak. Balıkçılar daha büyük bir iskele istedi. İlçe halkı "
        "ışıklandırmanın da değişmesini istiyor."
    ),
    "hr": (
        "Gradsko vijeće Brezovca usvojilo je u utorak proračun za sljedeću godinu. Gradonačelnica Željka "
        "Kovačević rekla je da će knjižnica ostati otvorena, a djeca će dobiti novo igralište. Radovi "
        "počinju na jesen i trajat će do proljeća. Ribari su tražili veći mol i bolju rasvjetu."
    ),
    "lt": (
        "Beržų miesto taryba antradienį patvirtino kitų metų biudžetą. Merė Živilė Šimkutė sakė, kad "
        "biblioteka liks atvira, o vaikai gaus naują žaidimų aikštelę. Darbai prasidės rudenį ir tęsis "
        "iki pavasario. Žvejai prašė didesnės prieplaukos ir geresnio apšvietimo."
    ),
    "et": (
        "Kaseküla volikogu kinnitas teisipäeval järgmise aasta eelarve. Vallavanem ütles, et raamatukogu "
        "jääb avatuks ja lapsed saavad uue mänguväljaku. Tööd algavad sügisel ja kestavad kevadeni. "
        "Kalurid soovisid suuremat kaid ning paremat valgustust, õhtul kõneldi sellest pikalt."
    ),
    "ca": (
        "L'ajuntament de Vallfosca va aprovar dimarts el pressupost de l'any vinent. L'alcaldessa va dir "
        "que la biblioteca continuarà oberta i que els nens tindran més espai. Les obres començaran a la "
        "tardor i s'allargaran fins a la primavera. Els pescadors van demanar un moll més gran, i la "
        "col·lecció del museu s'ampliarà."
    ),
    "ru": (
        "Городской совет Берёзовска во вторник утвердил бюджет на следующий год. По словам мэра Елены "
        "Крутовой, библиотека останется открытой, а дети получат новую площадку. Работы начнутся осенью "
        "и продлятся до весны. Рыбаки просили построить большой причал и улучшить освещение."
    ),
    "uk": (
        "Міська рада Вербового у вівторок затвердила бюджет на наступний рік. За словами мера Ганни "
        "Довженко, бібліотека залишиться відкритою, а діти отримають новий майданчик. Роботи почнуться "
        "восени й триватимуть до весни. Рибалки просили збудувати більший причал і поліпшити освітлення "
        "її вулиць."
    ),
    "bg": (
        "Общинският съвет на Брезово прие във вторник бюджета за следващата година. Кметът Елена Петкова "
        "заяви, че библиотеката ще остане отворена, а децата ще получат нова площадка. Работата започва "
        "през есента и ще продължи до пролетта. Рибарите поискаха по-голям кей."
    ),
    "sr": (
        "Скупштина општине Брезовац усвојила је у уторак буџет за следећу годину. Председница Јелена "
        "Ђорђевић рекла је да ће библиотека остати отворена, а деца добити ново игралиште. Радови почињу "
        "на јесен и трајаће до пролећа. Рибари су тражили већи мол и боље осветљење."
    ),
    "el": (
        "Το δημοτικό συμβούλιο της Ελιάς ενέκρινε την Τρίτη τον προϋπολογισμό του επόμενου έτους. Η "
        "δήμαρχος είπε ότι η βιβλιοθήκη θα μείνει ανοιχτή και τα παιδιά θα έχουν νέα παιδική χαρά. Οι "
        "εργασίες αρχίζουν το φθινόπωρο και θα διαρκέσουν ως την άνοιξη."
    ),
    "ar": (
        "وافق المجلس البلدي في مدينة النخيل يوم الثلاثاء على ميزانية العام المقبل. وقالت رئيسة البلدية "
        "إن المكتبة ستبقى مفتوحة وإن الأطفال سيحصلون على ملعب جديد. وتبدأ الأعمال في الخريف وتستمر حتى "
        "الربيع، بينما طالب الصيادون برصيف أكبر وإنارة أفضل."
    ),
    "fa": (
        "شورای شهر سروستان روز سه‌شنبه بودجه سال آینده را تصویب کرد. شهردار گفت که کتابخانه باز می‌ماند "
        "و کودکان زمین بازی تازه‌ای خواهند داشت. کارها از پاییز آغاز می‌شود و تا بهار ادامه دارد. "
        "ماهیگیران خواستار اسکله بزرگ‌تر شدند."
    ),
    "he": (
        "מועצת העיר תמרים אישרה ביום שלישי את תקציב השנה הבאה. ראש העיר אמרה כי הספרייה תישאר פתוחה וכי "
        "הילדים יקבלו מגרש משחקים חדש. העבודות יתחילו בסתיו ויימשכו עד האביב. הדייגים ביקשו רציף גדול "
        "יותר ותאורה טובה יותר."
    ),
    "th": (
        "สภาเทศบาลเมืองตาลเดี่ยวอนุมัติงบประมาณปีหน้าเมื่อวันอังคารที่ผ่านมา นายกเทศมนตรีกล่าวว่าห้องสมุด"
        "จะยังเปิดให้บริการ และเด็กจะได้สนามเด็กเล่นใหม่ งานจะเริ่มในฤดูใบไม้ร่วงและต่อเนื่องไปจนถึงฤดูใบ"
        "ไม้ผลิ ชาวประมงขอท่าเรือที่ใหญ่กว่าเดิม"
    ),
    "ja": (
        "白樺町議会は火曜日、来年度の予算案を可決した。町長の説明によると、図書館は引き続き開館し、子ども"
        "たちのための新しい遊び場も作られる。工事は秋に始まり、春まで続く見込みだ。漁業者からは、より大き"
        "な桟橋を求める声が上がった。\n港のカフェが春に再びオープンする。新しいオーナーのサト"
        "ウさんは月曜日の集会で「二年前の嵐で屋根が飛ばされてから、ずっと閉まっていた」と話した。"
    ),
    "zh": (
        "白桦镇议会星期二通过了明年的预算。镇长表示，图书馆将继续开放，孩子们也会有新的游乐场。工程将于秋"
        "天开始，一直持续到春天。渔民要求建造更大的码头，并改善照明。会议持续了三个小时，有两百多人参加。"
    ),
    "zh-Hant": (
        "白樺鎮議會星期二通過了明年的預算。鎮長表示，圖書館將繼續開放，孩子們也會有新的遊樂場。工程將於秋"
        "天開始，一直持續到春天。漁民要求建造更大的碼頭，並改善照明。會議持續了三個小時，有兩百多人參加。"
    ),
    "ko": (
        "자작시 의회는 화요일 내년 예산안을 통과시켰다. 시장은 도서관이 계속 문을 열고"
        " 아이들을 위한 새 놀이터도 만들어진다고 밝혔다. 공사는 가을에 시작해 봄까지 이어질 "
        "예정이다. 어민들은 더 큰 부두와 더 나은 조명을 요구했다."
    ),
    "vi": (
        "Hội đồng thị trấn Bạch Dương hôm thứ Ba đã thông qua ngân sách năm tới. Chủ tịch thị trấn "
        "Nguyễn Thị Hoài Ân cho biết thư viện sẽ tiếp tục mở cửa và trẻ em sẽ có sân chơi mới. Công "
        "trình bắt đầu vào mùa thu và kéo dài đến mùa xuân. Ngư dân đề nghị xây một cầu tàu lớn hơn và "
        "cải thiện hệ thống chiếu sáng."
    ),
}

# What a neighbour's names do to a text: written in the encoding of those names.
VISITORS = {
    "de+pl": (
        "Der Stadtrat von Grünau empfing am Dienstag eine Abordnung aus Gdańsk. Bürgermeisterin Käthe "
        "Völler begrüßte die Gäste, unter ihnen der Dichter Michał Zieliński und die Historikerin Danuta "
        "Szymańska. Die Ausstellung über die Küste wird später auch in Poznań und Toruń gezeigt. Für "
        "nächstes Jahr ist ein Gegenbesuch in Łódź geplant, erklärte Ławniczak den Zuhörern im "
        "überfüllten Saal."
    ),
    "de+cs": (
        "Der Stadtrat von Grünau empfing am Dienstag eine Abordnung aus Plzeň. Bürgermeisterin Käthe "
        "Völler begrüßte die Gäste, unter ihnen Jiří Dvořák. Die Ausstellung über die Küste wird später "
        "auch in Zlín gezeigt. Für nächstes Jahr ist ein Gegenbesuch geplant, erklärte sie den Zuhörern "
        "im überfüllten Saal, und die Bücherei öffnet früher."
    ),
    "de+ro": (
        "Der Stadtrat von Grünau empfing am Dienstag eine Abordnung aus Braşov. Bürgermeisterin Käthe "
        "Völler begrüßte die Gäste, unter ihnen der Maler Ştefan Murgeş. Für nächstes Jahr ist ein "
        "Gegenbesuch geplant, erklärte sie den Zuhörern im überfüllten Saal, und die Bücherei öffnet "
        "früher. Die Küste bleibt gesperrt."
    ),
    "de+tr": (
        "Der Stadtrat von Grünau empfing am Dienstag eine Abordnung aus Beşiktaş. Bürgermeisterin Käthe "
        "Völler begrüßte die Gäste, unter ihnen der Sänger Doğan Yıldız. Für nächstes Jahr ist ein "
        "Gegenbesuch geplant, erklärte sie den Zuhörern im überfüllten Saal, und die Bücherei öffnet "
        "früher. Die Küste bleibt gesperrt."
    ),
    "en+pl": (
        "The town council of Port Ellery received guests from Gdańsk on Tuesday night. The visitors, led "
        "by the poet Adam Zieliński, praised the library and promised to return next year. A second "
        "group from Toruń and Poznań will arrive in May, the mayor said, when the lighthouse is painted."
    ),
    "en+cs": (
        "The town council of Port Ellery received guests from Plzeň on Tuesday night. The visitors, led "
        "by the poet Jan Novotný, praised the library and promised to return next year. A second group "
        "from Zlín will arrive in May, the mayor said, when the lighthouse is painted by Tomáš Hořejší."
    ),
    "fr+pl": (
        "Le conseil municipal de Vaubrière a reçu mardi soir des invités de Gdańsk. Le poète Adam "
        "Zieliński a été accueilli à la bibliothèque."
    ),
    "es+cs": (
        "El ayuntamiento de Villaclara recibió el martes a los invitados de Plzeň. El poeta Jiří Kovář "
        "visitó la biblioteca, según informó la alcaldesa, y prometió volver el próximo año con más "
        "músicos. Después habló con los vecinos."
    ),
    "en+ru": (
        "The town council of Port Ellery approved the budget on Tuesday night, and the library will stay "
        "open. A guest from the north thanked everybody: Спасибо, друзья! The mayor said that the "
        "lighthouse will be painted in May."
    ),
    "en+vi": (
        "The town council of Port Ellery approved the budget on Tuesday night, said Nguyễn Thị Hoài Ân "
        "of the library. A second meeting in Đà Lạt follows in May, when the lighthouse is painted."
    ),
}
