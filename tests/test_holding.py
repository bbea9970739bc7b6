"""What is not for readers, as the tools that people write with say it: held back, or asked about; all else goes out."""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from feeds.errors import SeedError
from feeds.text.plaintext import plain
from worker.model import Document, Reading
from worker.seeds.newswire.context import SeedContext
from worker.seeds.newswire.tables import tables
from worker.seeds.readers import header_keys, holding_lines, read
from worker.seeds.readers.front_matter import Front

SEEN = datetime(2026, 1, 10, 3, 0, tzinfo=UTC)
TEXT = "Quays and cranes\n\nThe first crane of the new quay was set up on a calm morning.\n\nIt is tall.\n"


def reading(body: str, name: str = "a.md") -> tuple[Reading, Front]:
    document = Document(name=name, body=body.encode(), retrieved_at=SEEN)
    return read(document, SeedContext(zone=ZoneInfo("Asia/Ho_Chi_Minh"), first_seen=SEEN))


def outcome(body: str, name: str = "a.md") -> str:
    """What becomes of a file: "out", "told" (out, with a warning), "held", "later", "ends" or "asked"."""
    try:
        _, front = reading(body, name)
    except SeedError as error:
        assert error.code in ("E_HELD", "E_META")
        assert error.name == name
        return "asked"
    if front.draft:
        return "held"
    if front.expires:
        return "ends" if front.published(SEEN) else "held"
    if not front.published(SEEN):
        return "later"
    return "told" if front.warnings else "out"


def page(head: str = "", top: str = "", end: str = "") -> str:
    lead = "<p>yes, the first crane of the new quay was set up on a calm morning.</p>"
    body = f"<article><h1>Cranes</h1>{top}{lead}{end}</article>"
    return f"<html><head>{head}<title>Cranes</title></head><body>{body}</body></html>"


# Keys of a header.


@pytest.mark.parametrize(
    ("field", "becomes"),
    [
        # Seedfeed's own, in any spelling.
        ("draft: true", "held"),
        ("Draft: Yes", "held"),
        ("DRAFT: TRUE", "held"),
        ('"draft": "true"', "held"),
        ("draft:true", "held"),
        ("draft = true", "held"),
        ("draft：true", "held"),
        (" draft: true", "held"),
        ("draft: false", "out"),
        ("draft:", "out"),
        ("draft: perhaps", "asked"),
        ("draft: 2", "asked"),
        ("draft: true\ndraft: false", "asked"),
        ("publish-at: 2027-01-01", "later"),
        ("publishAt: 2027-01-01", "later"),
        ("Publish At: 2027-01-01", "later"),
        ("publish_at: 2025-01-01", "out"),
        ("publish_at: next week", "asked"),
        ("Expires: 2025-01-01", "held"),
        ("date: 2027-01-01", "later"),
        # A slip of the pen.
        ("drat: true", "asked"),
        ("darft: yes", "asked"),
        ("draftt: true", "asked"),
        ("rdaft: true", "asked"),
        ("darft: no", "told"),
        ("craft: beer", "told"),
        ("drift: north", "told"),
        ("publish_ta: 2027-01-01", "asked"),
        ("pubish_at: 2027-01-01", "asked"),
        ("publish_ta: 2025-01-01", "told"),
        ("expries: 2027-01-01", "asked"),
        ("exipres: 2025-01-01", "asked"),
        ("embrago: 2027-01-01", "asked"),
        ("embagro: until Friday", "told"),
        ("dtae: 2027-01-01", "asked"),
        ("dtae: 2025-01-01", "told"),
        ("publishd: false", "asked"),
        ("statsu: draft", "asked"),
        ("visiblity: private", "asked"),
        ("tilte: Cranes", "told"),
        # Jekyll, Middleman, Hexo, DEV, Obsidian Publish and digital gardens.
        ("published: false", "held"),
        ("published: true", "out"),
        ("published: 2027-01-01", "later"),
        ("published: 2024-01-01", "out"),
        ("published: perhaps", "asked"),
        ("publish: false", "held"),
        ("publish: true", "out"),
        ("dg-publish: false", "held"),
        ("dg-publish: true", "out"),
        ("public: no", "held"),
        ("private: true", "held"),
        ("private: false", "out"),
        ("password: s3cret", "held"),
        # Hugo, Zola, Quarto, Docusaurus, Eleventy, Grav.
        ("publishDate: 2027-01-01", "later"),
        ("publishdate: 2025-01-01", "out"),
        ("expiryDate: 2025-06-01", "held"),
        ("expiryDate: 2027-06-01", "ends"),
        ("unpublishdate: 2025-06-01", "held"),
        ("headless: true", "held"),
        ("build:\n  render: never", "asked"),
        ("params:\n  draft: true", "asked"),
        ("params:\n  math: true", "told"),
        ("unlisted: true", "held"),
        ("permalink: false", "held"),
        ("permalink: /a/b/", "out"),
        ("eleventyExcludeFromCollections: true", "held"),
        ("hidden: true", "held"),
        ("visible: false", "held"),
        # Pelican, Nikola, WordPress, Ghost, Notion, Confluence.
        ("status: draft", "held"),
        ("Status: Draft", "held"),
        ("status: private", "held"),
        ("status: pending review", "held"),
        ("status: future", "held"),
        ("status: In progress", "held"),
        ("status: [[Draft]]", "held"),
        ("status: [draft]", "held"),
        ("status: ✏️ Draft", "held"),
        ("status: published", "out"),
        ("status: publish", "out"),
        ("status: Done", "out"),
        ("status: half-baked", "asked"),
        ("post_status: draft", "held"),
        ("article-status: draft", "asked"),
        ("visibility: public", "out"),
        ("visibility: members", "held"),
        ("visibility: paid", "held"),
        ("state: Oaxaca", "told"),
        ("state: draft", "held"),
        ("embargo: 2027-01-01", "later"),
        ("embargo: 2025-01-01", "out"),
        ("embargo: yes", "asked"),
        ("embargo: none", "out"),
        # No date that can be read.
        ("embargo: tomorrow", "asked"),
        ("embargo: Monday 10:00", "asked"),
        ("embargo: wait for the minister", "asked"),
        ("Embargo: 10 Uhr", "asked"),
        ("embargo: 1500 GMT 2 January 2030", "later"),
        ("embargo: 2000 GMT, 2 January 2030", "later"),
        ("embargo: 0600 2 Jan 2030", "later"),
        ("embargo: 0001 hrs Wednesday 2 January 2030", "later"),
        ("embargo: 1500 GMT 2 January", "asked"),
        ("embargo: 2000 GMT 2 January", "asked"),
        ("embargo: 1500", "asked"),
        ("embargo: 1500 GMT 2 January 2020", "out"),
        ("embargoed until: next week", "asked"),
        ("release_date: Q1", "asked"),
        ("go-live: soon", "asked"),
        ("scheduled: next Monday", "asked"),
        ("scheduled: by the club", "asked"),
        ("go-live: when the board agrees", "asked"),
        ("release: tba", "asked"),
        ("release: v1.2.0", "told"),
        ("status: not yet", "held"),
        ("publish: never", "held"),
        ("publish: now", "out"),
        ("publish_at: immediately", "out"),
        ("expires: now", "asked"),
        ("do not publish: legal", "asked"),
        ("publish_from: Port Ellery", "told"),
        ("available from: all good shops", "told"),
        ("hold: true", "held"),
        ("hold: until Ann agrees", "asked"),
        ("private: board only", "asked"),
        ("hidden: for now", "asked"),
        ("embargoed: see Ann", "asked"),
        ("intern: Ann Gull", "told"),
        ("hold_music: true", "told"),
        ("live: Port Ellery", "told"),
        ("nicht vor: 2030-01-01", "later"),
        ("không đăng trước: 2030-01-01", "later"),
        ("created: 2025-03-04", "out"),
        ("created: Monday", "out"),
        ("created: 2027-03-04", "out"),
        ("embargoed until: 2027-01-01 08:00", "later"),
        ("release_date: 2027-01-01", "later"),
        ("release_date: 1994-05-01", "out"),
        ("workflow: draft", "held"),
        ("kind: draft", "asked"),
        ("kind: essay", "told"),
        ("tags: [sea, draft]", "asked"),
        ("tags: [private, sea]", "asked"),
        ("tags: sea, WIP", "asked"),
        ("tags: [sea, drafting]", "out"),
        ('title: "[WIP] x"', "held"),
        ("tags: [sea, weather]", "out"),
        ("is_draft: true", "held"),
        ("isDraft: true", "held"),
        ("my_draft: true", "asked"),
        ("my_draft: no", "told"),
        # Other languages.
        ("nháp: có", "held"),
        ("nhap: true", "held"),
        ("nhpá: có", "asked"),
        ("nhap: co", "held"),
        ("entwruf: ja", "asked"),
        ("borador: si", "asked"),
        ("Bản nháp: đúng", "held"),
        ("nháp: không", "out"),
        ("trạng thái: nháp", "held"),
        ("trạng thái: đã đăng", "out"),
        ("công khai: không", "held"),
        ("ngày xuất bản: 2027-01-01", "later"),
        ("hết hạn: 2025-01-01", "held"),
        ("brouillon: oui", "held"),
        ("Entwurf: ja", "held"),
        ("Sperrfrist: 2027-01-01", "later"),
        ("borrador: sí", "held"),
        ("estado: Oaxaca", "told"),
        ("estado: borrador", "held"),
        ("rascunho: sim", "held"),
        ("bozza: sì", "held"),
        ("черновик: да", "held"),
        ("чернетка: так", "held"),
        ("مسودة: نعم", "held"),
        ("טיוטה: כן", "held"),
        ("मसौदा: हाँ", "held"),
        ("ฉบับร่าง: ใช่", "held"),
        ("下書き: はい", "held"),
        ("草稿: 是", "held"),
        ("초안: 예", "held"),
        ("szkic: tak", "held"),
        ("concept: ja", "held"),
        ("concept: a lighthouse", "asked"),
        ("utkast: ja", "held"),
        ("taslak: evet", "held"),
        ("draf: ya", "held"),
        # What says nothing about publication.
        ("stage: main", "told"),
        ("duyệt: chưa", "held"),
        ("duyệt: rồi", "out"),
        ("duyệt: Lan", "told"),
        ("layout: post", "out"),
        ("publisher: no", "told"),
        ("hidden_gems: true", "told"),
        ("public_transport: no", "told"),
        ("private_sector: true", "told"),
        ("slug: cranes", "out"),
        ("event_date: 2027-05-01", "told"),
        ("publisher: The Quay Press", "told"),
        ("published_in: The Courier", "told"),
        ("hide:\n  - navigation", "told"),
        ("data: sales", "told"),
        ("rate: 5", "told"),
        ("like: false", "told"),
        ("toc: false", "out"),
        ("comments: false", "out"),
        ("weight: 10", "out"),
        ("series: Quays", "out"),
        ("extra:\n  book: true", "out"),
        ("extra:\n  draft: true", "asked"),
        ("categories:\n  - [Sports, Draft]", "asked"),
        ("taxonomies:\n  tags: [draft]", "asked"),
    ],
)
def test_a_key_holds_back_what_it_is_meant_to(field: str, becomes: str) -> None:
    assert outcome(f"---\ntitle: Cranes\n{field}\n---\n{TEXT}") == becomes


def test_a_question_names_the_line_and_draft_false_settles_it() -> None:
    with pytest.raises(SeedError) as asked:
        reading(f"---\ntitle: Cranes\ndarft: true\n---\n{TEXT}")
    assert asked.value.message.startswith("header line 3: darft: is not known; was 'draft' meant?")
    assert outcome(f"---\ndarft: true\ndraft: false\n---\n{TEXT}") == "told"
    assert outcome(f"---\ntags: [draft]\ndraft: false\n---\n{TEXT}", "drafts/a.md") == "out"
    assert outcome(f"---\nstatus: draft\ndraft: false\n---\n{TEXT}") == "held"


# Headers.


@pytest.mark.parametrize(
    ("body", "name", "title", "becomes"),
    [
        ("---\ntiêu đề: Cần cẩu\ntác giả: Lê Anh\n---\nThân bài.\n", "a.md", "Cần cẩu", "out"),
        ("---\nmy key: x\ntitle: Cranes\n---\nText.\n", "a.txt", "Cranes", "told"),
        ("---\nमसौदा: हाँ\nशीर्षक: क्रेन\n---\nText.\n", "a.md", "क्रेन", "held"),
        ("\n\n---\ntitle: Cranes\ndraft: true\n---\nText.\n", "a.md", "Cranes", "held"),
        ("\ufeff \n---\ntitle: Cranes\ndraft: true\n---\nText.\n", "a.txt", "Cranes", "held"),
        ("---yaml\ntitle: Cranes\ndraft: true\n---\nText.\n", "a.md", "Cranes", "held"),
        ("---\ntitle: Cranes: a story\ndraft: true\n---\nText.\n", "a.md", "Cranes: a story", "held"),
        ("---\ntitle: @quay says hello\ndraft: no\n---\nText.\n", "a.md", "@quay says hello", "out"),
        ('---\ntitle: "Hello" he said\ndraft: true\n---\nText.\n', "a.md", '"Hello" he said', "held"),
        ("---\ntitle: Cranes\ntags:\n- sea\n-  weather: calm\n\tdraft: true\n---\nText.\n", "a.md", "Cranes", "held"),
        ("---\ntitle : Cranes\nDraft : yes\n---\nText.\n", "a.md", "Cranes", "held"),
        ("+++\ntitle = Cranes of the quay\ndraft = true\n+++\nText.\n", "a.md", "Cranes of the quay", "held"),
        ("+++\ntitle: Cranes\ndraft: true\n+++\nText.\n", "a.md", "Cranes", "held"),
        ('{\n"title": "Cranes",\n"draft": true\n}\n\nText.\n', "a.md", "Cranes", "held"),
        ('{"title": "Cranes", "publishDate": "2027-01-01"}\nText.\n', "a.md", "Cranes", "later"),
        ("{curly} words open it\n\nText.\n", "a.txt", "{curly} words open it", "out"),
        # Without fences: Pelican, MultiMarkdown, Notion, Logseq.
        ("Title: Cranes\nDate: 2025-02-03 10:20\nStatus: draft\n\nText.\n", "a.md", "Cranes", "held"),
        ("Title: Cranes\nDate: 2025-02-03\nSlug: cranes\nTags: a, b\n\nText.\n", "a.md", "Cranes", "out"),
        ("Status: draft\n\nText.\n", "a.md", "a", "held"),
        ("Title: Cranes\nAuthor: Ann Gull\nDate: 3 February 2025\n\nText.\n", "a.txt", "Cranes", "out"),
        ("# Cranes\n\nStatus: Draft\nTags: a, b\n\nText.\n", "a.md", "Cranes", "held"),
        ("# Cranes\n\nStatus: Done\nTags: a, b\n\nText.\n", "a.md", "Cranes", "out"),
        ("title:: Cranes\npublic:: false\n\n- Text.\n", "a.md", "Cranes", "held"),
        ("Tiêu đề: Cần cẩu\nTrạng thái: nháp\n\nThân bài.\n", "a.txt", "Cần cẩu", "held"),
        ("Note: the crane is tall\nand red.\n\nText.\n", "a.md", "a", "out"),
        ("Title: Cranes\nThe crane is tall.\nIt is red.\n", "a.txt", "Cranes", "out"),
        ("title: Cranes\ndraft: true\n---\nText here\n", "a.md", "Cranes", "held"),
        ("---\n{draft: true, title: Cranes}\n---\nText.\n", "a.md", "Cranes", "held"),
        ('---json\n{"draft": true, "title": "Cranes"}\n---\nText.\n', "a.md", "Cranes", "held"),
        (';;;\n{"draft": true, "title": "Cranes"}\n;;;\nText.\n', "a.md", "Cranes", "held"),
        (".. title: Cranes\n.. status: draft\n\nText.\n", "a.md", "Cranes", "held"),
        (".. title: Cranes\n.. tags: sea\n\nText.\n", "a.txt", "Cranes", "out"),
        (":title: Cranes\n:status: draft\n\nText.\n", "a.txt", "Cranes", "held"),
        ("Cranes\n======\n\n:date: 2025-02-03\n:status: draft\n\nText.\n", "a.md", "Cranes", "held"),
        ("#+TITLE: Cranes\n#+DRAFT: true\n\nText.\n", "a.md", "Cranes", "held"),
        ("Hidden: the story\nSource: me\n\nText.\n", "a.txt", "Hidden: the story", "out"),
        # Mails.
        ("From\tLan\nSent:\tMonday\nTo:\tAll <all@d.example>\nSubject:\tCranes\n\nText.\n", "a.txt", "Cranes", "out"),
        ("Received: by x;\n  Monday\nFrom: A <a@d.example>\nSubject: =?UTF-8?B?Q+G6qXU=?=\n\nText.\n", "a.txt",
         "Cẩu", "out"),
        ("Begin forwarded message:\n\nFrom: A <a@d.example>\nTo: b@d.example\nSubject: Cranes\n\nText.\n", "a.txt",
         "Cranes", "out"),
        ("Cranes\n\nSee it.\n\n---- Forwarded message ----\nFrom: A <a@d.example>\nTo: b@d.example\n\nText.\n", "a.txt",
         "Cranes", "out"),
        ("Cranes\n\nSee below.\n\n> From: A <a@d.example>\n> To: <b@d.example>\n\nText.\n", "a.txt", "Cranes", "out"),
        ("From: Lan <l@d.example>\nTo: a@d.example\nSubject: Cranes\n\nText.\n", "a.txt", "Cranes", "out"),
        ("Von: Lan Pham\nGesendet: Montag, 5. Januar 2026 10:00\nAn: alle\nBetreff: Kräne\n\nText.\n", "a.txt",
         "Kräne", "out"),
        ("Từ: Lan\nĐến: tất cả\nChủ đề: Cần cẩu\n\nThân bài.\n", "a.txt", "Cần cẩu", "out"),
    ],
)  # fmt: skip
def test_a_header_is_read_as_it_is_meant(body: str, name: str, title: str, becomes: str) -> None:
    read_, _ = reading(body.replace("draft: true", "draft: false").replace("raft = true", "raft = false"), name)
    assert read_.entry.title == title
    assert "Status" not in read_.entry.content
    assert "@d.example" not in str(read_.entry)
    assert outcome(body, name) == becomes


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ('title: "Cranes\ndraft: true', "header line 2: the quotation mark is not closed."),
        ("title: Cranes\ntags: [a, b", "header line 3: the bracket [ is not closed."),
        ("title: Cranes: a story\nwhat is this\n", "header line 3: a line of the form `key: value` is expected."),
        ("title: a: b\ntitle: c", "header line 3: title is there twice"),
    ],
)
def test_what_cannot_be_understood_is_told_in_an_editors_words(header: str, told: str) -> None:
    with pytest.raises(SeedError) as caught:
        reading(f"---\n{header}\n---\n{TEXT}")
    assert told in caught.value.message


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ("Cranes are back\n\nThey came at dawn.\n\nMany came to see.\n\nSTATUS: DRAFT\n", "ends"),
        ("Cranes are back\n\nSTATUS: DRAFT\n\nThey came at dawn.\n", "begins"),
        ("Cranes are back\n\nThey came at dawn.\n\nMany came.\n\nDRAFT\n\nTo see.\n", "begins"),
        ("Cranes are back\n\nThey came at dawn.\n\nDRAFT - do not share\n", "ends"),
    ],
)
def test_a_line_that_holds_back_is_told_with_its_end_of_the_text(body: str, place: str) -> None:
    with pytest.raises(SeedError, match=f"^a.txt: {place} with the line"):
        reading(body, "a.txt")


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html", "a.docx"])
def test_a_file_of_no_bytes_or_of_spaces_holds_no_text(name: str) -> None:
    for body in ("", " \n"):
        with pytest.raises(SeedError) as found:
            reading(body, name)
        assert found.value.code == "W_EMPTY"


@pytest.mark.parametrize(
    "sent",
    [
        "Date: Th 2, 3 thg 11, 2025 lúc 10:00", "Ngày: Th 2, 3 thg 11, 2025 lúc 10:00",
        "Date: Mon, Nov 3, 2025 at 10:00 AM", "Sent: Monday, November 3, 2025 10:00 AM",
        "Gesendet: Montag, 3. November 2025 10:00", "Envoyé : lundi 3 novembre 2025 10:00",
        "Đã gửi: Thứ Hai, 3 tháng Mười Một, 2025 10:00 SA", "Thời gian: Thứ Hai, 3 tháng 11, 2025 10:00",
        "发送时间: 2025年11月3日 10:00", "보낸 날짜: 2025년 11월 3일 월요일 오전 10:00",
        "Sent: on a Monday\nDate: 3/11/2025 10:00",
    ],
)  # fmt: skip
def test_the_date_of_a_mail_is_the_one_that_its_program_wrote(sent: str) -> None:
    mail = f"From: A <a@d.example>\n{sent}\nTo: b@d.example\nSubject: Cranes are back\n\nThey came at dawn.\n"
    entry = reading(mail, "a.txt")[0].entry
    assert (entry.title, entry.published) == ("Cranes are back", "2025-11-03T03:00:00Z")


HEAD = "From: Lan <lan@desk.example>\nTo: Hoa <hoa@x.example>\nSubject: Cranes are back\n\n"
STORY = "They came at dawn.\n\nMany people came to see them.\n"
QUOTED = "> Please send it.\n>\n> Hoa, hoa@x.example, tel. 090 123\n"


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("a.txt", "From lan.pham.of.the.northern.desk@desk.example Mon Nov  3 10:00:00 2025\n"
         "Return-Path: <lan@desk.example>\n" + HEAD + STORY),
        ("a.txt", HEAD + STORY + "\nOn Mon, Nov 3, 2025 at 10:00 AM Hoa <hoa@x.example> wrote:\n" + QUOTED),
        ("a.txt", HEAD + STORY + "\nOn Mon, Nov 3, 2025 at 10:00 AM Hoa Nguyen\n<hoa@x.example> wrote:\n\n" + QUOTED),
        ("a.txt", HEAD + STORY + "\nVào Th 2, 3 thg 11, 2025 lúc 10:00 Hoa <hoa@x.example> đã viết:\n\n" + QUOTED),
        ("a.txt", HEAD + STORY + "\nAm 03.11.25 um 10:00 schrieb Hoa:\n" + QUOTED),
        ("a.txt", HEAD + STORY + "\n-- \nLan Pham\nHarbour desk, tel. 090 123\nlan@desk.example\n"),
        ("a.txt", HEAD + STORY + "\n--\nLan Pham\ntel. 090 123\n"),
        ("a.txt", f"Cranes are back\n\n{STORY}\n-----Original Message-----\nFrom: Hoa\n"
         "Sent: Monday, November 3, 2025\nTo: Lan\nSubject: please\n\nThank you all.\n"),
        ("a.txt", f"Cranes are back\n\n{STORY}\nOn 3 Nov 2025 Hoa <hoa@x.example> wrote:\n{QUOTED}"),
        ("a.md", "**From:** Lan <lan@desk.example>  \n**To:** Hoa <hoa@x.example>  \n**Subject:** Cranes are back\n\n"
         + STORY),
        ("a.txt", HEAD + STORY + "\nHoa Nguyen of the northern desk <hoa@x.example> schrieb am Montag, den\n"
         "3. November 2025 um 10:00:\n" + QUOTED),
        ("a.md", f"# Cranes are back\n\n**From:** Lan <lan@desk.example> **To:** Hoa <hoa@x.example>\n\n{STORY}"),
        ("a.md", f"# Cranes are back\n\n{STORY}\n**Von**: Hoa <hoa@x.example>\n"
         "**An**: Lan <lan@desk.example>\n\nThank you all.\n"),
    ],
)  # fmt: skip
def test_nobody_of_a_mail_is_published(name: str, body: str) -> None:
    entry = reading(body, name)[0].entry
    assert entry.title == "Cranes are back"
    text = plain(entry.content)
    assert "They came at dawn." in text and "Many people came to see them." in text
    for private in ("@", "Hoa", "Lan", "090", "Original"):
        assert private not in f"{text} {entry.summary}"


@pytest.mark.parametrize(
    "line",
    [
        "On 3 November 2025 at 10:00, the minister said:", "The desk (news@desk.example) has three rules:",
        "-- ", "From: 8 am", "Sent: to the coast", "**From:** Dunmore **To:** Hook **Date:** daily",
    ],
)  # fmt: skip
def test_lines_of_a_text_that_look_like_those_of_a_mail_stay(line: str) -> None:
    body = f"# Cranes are back\n\nThey came at dawn.\n\n{line}\n\n> We saw them all.\n\nThe end of it.\n"
    for name in ("a.md", "a.txt"):
        text = plain(reading(body, name)[0].entry.content)
        assert "We saw them all." in text and "The end of it." in text
        assert line.strip("- ").partition("<")[0].replace("**", "") in text.replace("**", "")


def test_the_times_of_a_ferry_are_no_mail() -> None:
    for name, line in (("a.txt", "From: Dunmore\nTo: Hook\nDate: daily"), ("a.md", "**From:** Dunmore **To:** Hook")):
        entry = reading(f"{line}\n\nThe ferry is red.\n\nIt is fast.\n", name)[0].entry
        assert "Dunmore" in f"{entry.title} {entry.content}"


@pytest.mark.parametrize("name", ["a.md", "a.txt"])
@pytest.mark.parametrize(
    "quoted",
    [
        "The council knew of the leak in March 2025, she wrote.\n"
        "On Mon, 3 Mar 2025 at 10:00, Hoa Pham <hoa@council.example> wrote:\n> The pipe is cracked.",
        "The council knew.\nNgày 3/11/2025, bạn đọc Lê Hoa (hoa@thu.example) viết:\n> The pipe is cracked.",
        "The council knew.\n\nLe 3 mars 2025, Hoa Pham (hoa@council.example) a écrit :\n\n> The pipe is cracked.",
        "The mail asks for a password:\n\nFrom: security@bank.example\nSubject: The pipe is cracked",
        "This is how a mail begins:\n\n```\nFrom: a@b.example\nTo: c@d.example\nSubject: The pipe is cracked\n```\n\n"
        "Its signature comes behind:\n\n```\n-- \nLan\n```",
        "A line parts it, as in 2025.\n\n-- \nThe pipe is cracked.",
    ],
)
def test_an_article_about_a_mail_is_whole(quoted: str, name: str) -> None:
    top, end = "Leaked mail shows council knew of leak\n\nThe pipe runs below the quay.", "Nobody would comment."
    entry = reading(f"{top}\n\n{quoted}\n\n{end}\n", name)[0].entry
    shown = plain(f"{entry.title} {entry.content}")
    for line in ("Leaked mail", "below the quay", *quoted.split("\n"), "would comment"):
        assert " ".join(line.strip("> `").replace("-- ", "").partition("<")[0].split()) in " ".join(shown.split())


def test_what_is_above_an_attribution_in_a_mail_stays() -> None:
    mail = f"{HEAD}They came at dawn.\nMany people came to see them.\nOn 3 November 2025 she wrote:\n{QUOTED}"
    text = plain(reading(mail, "a.txt")[0].entry.content)
    assert "at dawn" in text and "to see them" in text and "she wrote" not in text and "090" not in text


@pytest.mark.parametrize(
    "header",
    [
        "<p class=MsoNormal><b>From:</b> Lan &lt;lan@desk.example&gt;<br><b>Sent:</b> Monday, November 3, 2025<br>"
        "<b>To:</b> Hoa &lt;hoa@x.example&gt;<br><b>Subject:</b> Cranes are back</p>",
        "<p><b>Von:</b> Lan &lt;lan@desk.example&gt; <b>An:</b> Hoa &lt;hoa@x.example&gt;\n<b>Betreff</b>: Cranes</p>",
        "<div><div><strong>From:</strong> <a href='mailto:lan@desk.example'>lan@desk.example</a><br>\n"
        "<strong>To:</strong> Hoa</div></div>",
    ],
)
def test_nobody_of_a_mail_that_was_saved_as_a_page_is_published(header: str) -> None:
    page = f"<html><title>Cranes are back</title><body>{header}<p>They came at dawn.</p><p>All saw them.</p></body>"
    text = reading(page, "a.html")[0].entry.content
    assert "They came at dawn." in text and "All saw them." in text
    for private in ("@", "Lan", "Hoa", "From", "Von"):
        assert private not in text


def test_a_paragraph_with_an_address_and_a_colon_stays() -> None:
    page = "<h1>Cranes</h1><p><b>Write to:</b> desk@news.example</p><p><b>From:</b> 8 am <b>to:</b> 10 am</p>"
    text = reading(page, "a.html")[0].entry.content
    assert "desk@news.example" in text and "8 am" in text


def test_an_address_in_a_text_is_no_attribution_without_a_quotation() -> None:
    line = "Write to the desk <news@desk.example> before 10:00 on 3 November 2025:"
    body = f"Cranes are back\n\nThey came at dawn.\n\n{line}\n\nThe best pictures are shown.\n"
    assert "before 10:00 on 3 November" in plain(reading(body, "a.txt")[0].entry.content)


def test_a_mail_in_parts_is_no_text() -> None:
    mail = "From: A <a@d.example>\nTo: b@d.example\nSubject: Hi\nContent-Type: multipart/mixed; boundary=x\n\n--x\n"
    with pytest.raises(SeedError) as caught:
        reading(mail, "a.txt")
    assert caught.value.code == "E_KIND"


@pytest.mark.parametrize("name", ["a.md", "a.txt"])
def test_fences_are_read_as_they_are_meant(name: str) -> None:
    # Characters that nobody sees, from a page or an editor, and the backslash of an export.
    for before in ("\u200b", "\u2060", "\xa0", "\u200e", "\u3000", "\xad", " ", "\\"):
        assert outcome(f"{before}---\ntitle: Cranes\ndraft: true\n{before}---\n{TEXT}", name) == "held", before
    for fence in ("--", "-", "----", "=", "===", "–––", "—", "***", "___", "~~~", "++", "- - -", "---\u200b"):
        assert outcome(f"{fence}\ntitle: Cranes\ndraft: true\n{fence}\n{TEXT}", name) == "held", fence
    assert outcome(f"===\ntitle: Cranes\npublish_at: 2030-01-01\n===\n{TEXT}", name) == "later"
    assert reading(f"--\ntitle: Cranes\nauthor: Ann\n--\n{TEXT}", name)[0].entry.title == "Cranes"
    # What is no header holds back all the same, also as lines that Markdown joins to a heading.
    for top in (
        "--\ntitle: Cranes\nmood: calm\ndraft: true\n--\n",
        "title: Cranes\nmood: calm\ndraft: true\n===\n",
        "---\n---\ntitle: Cranes\ndraft: true\n---\n",
        "---\ntitle: Cranes\ndraft: true\n===\n",
    ):
        assert outcome(f"{top}\n{TEXT}", name) == "asked", top
    for text in ("=====\nHarbour: new crane\nSource: AP\n=====\n", "***\nThe crane: a story\n***\n", "--\n"):
        assert outcome(f"{text}\n{TEXT}", name) == "out", text


# Names of files and folders, and titles.


@pytest.mark.parametrize(
    ("name", "becomes"),
    [
        ("drafts/a.md", "held"),
        ("News/Entwürfe/a.md", "held"),
        ("bản nháp/a.txt", "held"),
        ("Cranes (draft).md", "held"),
        ("Cranes DRAFT.md", "held"),
        ("cranes.draft.md", "held"),
        ("draft_Cranes-of-the-quay-1f2e.html", "held"),
        ("d54-entwurf.txt", "asked"),
        ("d55 - nháp.txt", "held"),
        ("e75 WIP.md", "held"),
        ("cranes-draft-v2.md", "asked"),
        *(
            (f"{folder}/a.md", "asked")
            for folder in (
                "Draft stories",
                "my drafts",
                "Drafts 2026",
                "draft-posts",
                "old_drafts",
                "Drafts (Lan)",
                "unpublished-2026",
                "Bài chờ duyệt",
                "Bài chưa đăng",
                "Nội bộ - không đăng",
                "Trash",
                "Thùng rác",
                "Papierkorb",
                "Templates",
            )
        ),
        *(
            (f"{folder}/a.md", "held")
            for folder in (
                "Bài nháp",
                "BÀI NHÁP",
                "Tin nháp",
                "Nhap",
                "Chờ đăng",
                "ร่าง",
                "Szkice",
                "Robocze",
                "草稿箱",
                "Mật",
            )
        ),
        ("draft 2.md", "held"),
        ("bản thảo.txt", "held"),
        ("embargo/a.txt", "asked"),
        ("private/a.txt", "asked"),
        *(
            (f"{folder}/a.md", "asked")
            for folder in (
                "Pending",
                "02 Pending stories",
                "Scheduled",
                "News/Hold",
                "HOLD (Ann)",
                "Internal",
                "Restricted",
                "Lên lịch",
                "Geplant",
                "En attente",
                "Programados",
            )
        ),
        ("HOLD - cranes.txt", "asked"),
        ("HOLD_cranes.txt", "asked"),
        ("cranes KILL.txt", "asked"),
        ("cranes (hold).txt", "asked"),
        ("cranes NOT LEGALLED.txt", "asked"),
        ("cranes (for review).txt", "held"),
        ("cranes - internal.txt", "asked"),
        ("cranes_TODO.txt", "asked"),
        ("Sperrfrist cranes.txt", "asked"),
        ("kill-bill.txt", "out"),
        ("HOLD THE LINE.txt", "out"),
        ("Recall - toys.txt", "out"),
        ("todo-sobre-el-mundial.txt", "out"),
        ("pending-home-sales.txt", "out"),
        ("Internal affairs/a.txt", "out"),
        ("Reviews/a.txt", "out"),
        ("To review/a.md", "asked"),
        ("cranes-draft.md", "asked"),
        ("draft-cranes.md", "asked"),
        ("draft cranes.txt", "asked"),
        ("DRAFT_cranes.md", "held"),
        ("2026-01-05-draft-cranes.md", "asked"),
        ("cranes-draft-2026-01-05.md", "asked"),
        ("cranes-draft2.md", "asked"),
        ("brouillon-grues.md", "asked"),
        ("Entwurf Kräne.txt", "asked"),
        ("bản nháp cần cẩu.txt", "asked"),
        ("ba\u0309n nha\u0301p ca\u0302\u0300n ca\u0302\u0309u.txt", "asked"),
        ("can-cau-nhap.md", "asked"),
        ("ban-nhap-can-cau.md", "asked"),
        ("черновик-краны.md", "asked"),
        ("草稿-起重机.md", "asked"),
        ("cranes-ne-pas-publier.md", "asked"),
        ("do-not-publish-cranes.md", "asked"),
        ("EMBARGO-cranes.md", "asked"),
        ("private-cranes.md", "asked"),
        ("Reviews/WHO report.md", "out"),
        ("2025-in-review.md", "out"),
        ("cranes (copy).md", "out"),
        ("drafting-cranes.md", "out"),
        ("News/a.md", "out"),
    ],
)
def test_a_name_that_says_unfinished_asks(name: str, becomes: str) -> None:
    assert outcome(TEXT, name) == becomes


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("nba-draft.md", "The NBA draft begins"),
        ("the_draft.md", "After the draft"),
        ("embargo-on-coal.md", "Embargo on coal"),
        ("film/Private lives.md", "Private lives"),
        ("NBA draft/a.md", "The NBA draft begins"),
        ("Mật ong/a.md", "Mật ong rừng được mùa"),
        ("draft-horses.md", "Draft horses"),
        ("draft-law-passed.md", "Parliament votes for the draft law"),
        ("entwurf-des-gesetzes.md", "Ein Entwurf des Gesetzes liegt vor"),
        ("du-thao-luat-dat-dai.txt", "Dự thảo luật đất đai"),
        ("brouillon_du_roi.md", "Le brouillon du roi"),
        ("nhap-khau-gao.md", "Nhập khẩu gạo tăng"),
        ("nhap.txt", "Nhập cư vào Mỹ giảm"),
        ("thu-nhap.txt", "Lương tăng"),
        ("noi-bo-luc-duc.txt", "Chuyện câu lạc bộ"),
    ],
)
def test_a_name_of_words_of_the_story_says_nothing(name: str, title: str) -> None:
    assert outcome(f"{title}\n\nIt was a calm morning.\n\nNobody spoke.\n", name) == "out"
    if name.startswith("draft-law"):
        assert outcome("Parliament votes\n\nThe draft law was passed in the morning.\n\nNobody spoke.\n", name) == "out"


def test_words_without_accents_are_those_of_a_draft_only_where_nothing_is_beside_them() -> None:
    for folder in (
        "nhap-khau|Nhap khau|NHAP KHAU|sap-nhap|thu nhap|thue-thu-nhap|hoi-nhap|nhap-hoc|nhap-mon|nhap-dong-ho|Du-Thao"
        "|tin-nhap-khau|noi-bo-luc-duc|Không đáng|Cho đảng viên"
    ).split("|"):
        assert outcome(TEXT, f"{folder}/a.txt") == "out", folder
    for folder in "nhap|NHAP|Nhap 2026|01-nhap|ban-nhap|bai nhap|tin-nhap|Tin (nhap)|Bài nhap|noi bo|ban-du-thao".split(
        "|"
    ):
        assert outcome(TEXT, f"{folder}/a.txt") in ("asked", "held"), folder
    for name in "nhap|nhap-1|ban-nhap-gao|gao - nhap|gao_NHAP|gao (nhap)|nhap-gao|khong-dang|Gạo - không dăng".split(
        "|"
    ):
        assert outcome(TEXT, f"{name}.txt") in ("asked", "held"), name
    assert outcome("Giá gạo\n\nGạo nhập về nhiều.\n\nGiá giảm.\n", "gia-gao-nhap.txt") == "out"
    assert outcome("Nhập khẩu gạo\n\nGạo nhập về nhiều.\n\nGiá giảm.\n", "nhap - Nhap khau gao.txt") == "held"
    assert outcome(f"Nhập: 5 tấn gạo\n\n{TEXT}", "a.txt") == "out"


def test_a_name_of_a_subject_says_nothing() -> None:
    for name in (
        "Mật ong/a.md|Dự thảo luật/a.md|NBA Draft/a.md|Private equity/a.md|Arms embargo/a.md|Szkice z podróży/a.md"
        "|private-property.txt|draft-beer.txt|embargo-on-cuba.md|embargo-cuba.txt|prywatne-szkoly.txt"
    ).split("|"):
        assert outcome(TEXT, name) == "out", name
    for name in ("draft-beer-draft.md", "private-cranes.md", "Mật/a.md", "Private/a.md", "embargo-cranes.md"):
        assert outcome(TEXT, name) in ("asked", "held"), name


@pytest.mark.parametrize(
    ("title", "becomes"),
    [
        ("[DRAFT] Cranes", "held"),
        ("Cranes (nháp)", "held"),
        ("DRAFT: Cranes", "asked"),
        ("The draft", "out"),
        ("Draft: Cranes", "asked"),
        ("Nháp: Cần cẩu", "asked"),
        ("Cranes [WIP]", "held"),
        ("Not approved: minister rejects plan", "out"),
        ("Cranes (EMBARGOED)", "asked"),
        ("[Embargoed until Wednesday 0001] Cranes", "asked"),
        ("Cranes (EMBARGO 2 JAN 2030)", "asked"),
        ("Cranes (EMBARGO 2 JAN 2020)", "out"),
        ("Cranes (draft 2, not for publication)", "asked"),
        ("Cần cẩu (cấm đăng trước 2/1/2030)", "asked"),
        ("Kraniche (Sperrfrist 2. Januar 2030)", "asked"),
        ("[HOLD] Cranes", "asked"),
        ("Cranes (hold)", "out"),
        ("Cranes – DRAFT", "asked"),
        ("Cranes - DO NOT PUBLISH", "asked"),
        ("Cranes - EMBARGO 0001 GMT 2 January 2030", "asked"),
        ("Wheat, sugar - embargo", "out"),
        ("Cranes - LIVE", "out"),
        ("Cranes return (not final)", "held"),
        ("Draft - Cranes return", "asked"),
        ("Draft | Cranes return", "asked"),
        ("Draft—Cranes return", "asked"),
        ("Cranes return - draft", "asked"),
        ("Embargoed – Cranes return", "asked"),
        ("Embargoed: Cranes return to the quay at last", "asked"),
        ("Under embargo: not for publication before 2 January 2020", "out"),
        ("Draft for review – Cranes return", "asked"),
        ("Nháp – Cần cẩu", "asked"),
        ("Cần cẩu - nháp", "asked"),
        ("Chờ duyệt - Cần cẩu", "asked"),
        ("Entwurf – Kraniche", "asked"),
        ("NỘI BỘ - Cần cẩu", "asked"),
        ("DRAFT cranes return", "asked"),
        ("Draft Day – Five names", "out"),
        ("Draft 2026 – five names to watch", "out"),
        ("Draft law – what it says", "out"),
        ("Embargo – how Cuba lives", "out"),
        ("Confidential – the film", "out"),
        ("Nội bộ – chuyện trong nhà", "out"),
        ("Nhập – xuất", "out"),
        ("Gesperrt – die Brücke", "out"),
        ("Tối mật: Hồ sơ chiến tranh lạnh", "out"),
        ("MẬT VỤ - phim mới", "out"),
        ("NỘI BỘ lục đục ở câu lạc bộ", "out"),
        ("DỰ THẢO Nghị định về đất đai", "out"),
        ("SAMPLE SALE starts on Friday", "out"),
        ("CONFIDENTIAL HOTLINE opens for staff", "out"),
        ("RESTRICTED access to the beach", "out"),
        ("Cranes (draft beer)", "out"),
        ("Cranes\n\nThe plan (draft) was shown to all on the quay.", "out"),
        ("Cranes (2 January 2030)", "out"),
        ("Cranes (for review)", "held"),
        ("Cranes – draft for review", "asked"),
        ("Cranes - DRAFT | The Courier", "asked"),
        ("DRAFT Cranes return to the quay", "asked"),
        ("HOLD - Cranes return", "asked"),
        ("Cranes return, EMBARGO", "asked"),
        ("Fwd: DRAFT Cranes return", "asked"),
        ("AW: WG: [SPERRFRIST] Kraniche", "asked"),
        ("Fw: Embargoed until 2 January 2030: Cranes", "asked"),
        ("Chuyển tiếp: Nháp: Cần cẩu", "asked"),
        ("TODO: ask the mayor", "asked"),
        ("Fwd: NFL draft: who goes first", "out"),
        ("Confidential: how banks keep secrets", "out"),
        ("TODO SOBRE EL MUNDIAL", "out"),
        ("VERSION, RELEASE_DATE, Platform", "out"),
        ("Review: the new phone", "out"),
        ("Ships may collect (confidential) papers of the port", "out"),
        ("Cranes may be copied at once (no embargo) by all", "out"),
        ("First, take a deep breath and HOLD.", "out"),
    ],
)
def test_a_title_that_says_unfinished_asks(title: str, becomes: str) -> None:
    assert outcome(f"{title}\n\n{TEXT}", "a.txt") == becomes


@pytest.mark.parametrize(
    ("name", "body", "becomes"),
    [
        ("a.txt", "Cranes\nStatus: draft\nNobody: knows\n\nThe first crane was set up.\n", "asked"),
        ("a.txt", "Cranes\n\nTrạng thái: nháp\n\nThe first crane was set up.\n", "asked"),
        ("a.md", "# Cranes\n\n**Status:** Draft\n**Owner:** Ann\n\nThe first crane was set up.\n", "asked"),
        ("a.md", "# Cranes\n\n- Draft: yes\n- Owner: Ann\n\nThe first crane was set up.\n", "asked"),
        ("a.html", page(top="<p>Status: draft</p>"), "asked"),
        ("a.txt", "DRAFT\nCranes\n\nThe first crane was set up.\n", "held"),
        ("a.txt", "BẢN NHÁP\nCần cẩu\n\nCần cẩu đầu tiên đã dựng.\n", "held"),
        ("a.txt", "NOT FOR PUBLICATION\n\nCranes\n\nThe first crane was set up.\n", "held"),
        ("a.txt", "EMBARGOED UNTIL 00:01 GMT 5 May 2027\nCranes\n\nThe first crane was set up.\n", "asked"),
        ("a.txt", "Cranes\n\nSperrfrist: 12.05.2027, 10 Uhr\n\nDer erste Kran.\n", "asked"),
        ("a.txt", "EMBARGOED UNTIL FURTHER NOTICE\nCranes\n\nThe first crane was set up.\n", "asked"),
        ("a.md", "+++\ntitle = 'Embargo until 2099'\npublishDate = 2099-01-01T00:00:00Z\n+++\nText.\n", "later"),
        ("a.md", "---\nstatus: draft\n---\nDRAFT\n\nText.\n", "held"),
        ("a.txt", "EMBARGOED UNTIL 5 May 2025\nCranes\n\nThe first crane was set up.\n", "out"),
        ("a.txt", "---\ndraft: false\n---\nDRAFT\nCranes\n\nThe first crane was set up.\n", "out"),
        ("a.txt", "Embargo on grain stays until 2027\n\nThe first crane was set up.\n", "out"),
        ("a.txt", "The draft\n\nThe first draft was set up. Status: it is a draft of many words.\n", "out"),
        ("a.txt", "FOR IMMEDIATE RELEASE\nCranes\n\nThe first crane was set up.\n", "out"),
        ("a.txt", "Cranes\nStatus: open\n\nThe first crane was set up.\n", "out"),
    ],
)
def test_what_the_top_of_a_text_says_is_asked_about(name: str, body: str, becomes: str) -> None:
    assert outcome(body, name) == becomes


# Lines that say so of a text: at its top, below its title, at its end, in any frame.

_BODY = "The first crane of the new quay was set up on a calm morning.\n\nIt is tall.\n"
_FRAMES = [
    ("a.txt", "{}\n\nCranes on the quay\n\n" + _BODY),
    ("a.txt", "Cranes on the quay\n\nBy Ann Gull\n\n{}\n\n" + _BODY),
    ("a.txt", "Cranes on the quay\n\n" + _BODY * 30 + "\n\n{}\n"),
    ("a.md", "> **{}**\n\n# Cranes\n\n" + _BODY),
]


@pytest.mark.parametrize(
    ("said", "lines"),
    [
        ("en", "EMBARGO|EMBARGO: 1 January 2030, 10:00|Embargo: tomorrow 10:00"
         "|FOR RELEASE [AFTER 10 A.M.] January 1, 2030|STRICTLY EMBARGOED: 00.01 hrs, 1 January 2030"
         "|PRESS RELEASE - EMBARGOED UNTIL 1 January 2030|Do not publish before 1 January 2030"
         "|Not for publication until 1 January 2030"
         "|EMBARGO: 0001 GMT 2 January 2030|STRICT EMBARGO: 0001 GMT Wednesday 2 January 2030"
         "|EMBARGO 0001 BST Wednesday 2 January 2030|Embargoed until 1500 hrs on 2 January 2030"
         "|Release date: 1 January 2030|ADVANCE FOR SUNDAY, JAN. 1, 2030"
         "|Embargoed until 5 May 2030 for all newspapers in Port Ellery"
         "|DRAFT v2|Draft 3|Draft 2, 3 March|DRAFT v3 - do not circulate|FIRST DRAFT|Draft for review"
         "|Work in progress|NOT APPROVED"
         "|TO BE REVIEWED|CONFIDENTIAL - INTERNAL USE ONLY|DRAFT — do not share"),
        ("vi", "CẤM PHÁT HÀNH TRƯỚC 8 GIỜ NGÀY 1/1/2030|Tin cấm đăng trước 1/1/2030|Đăng sau 8h ngày 1/1/2030"
         "|NHÁP - KHÔNG ĐĂNG|Bản nháp lần 2|BẢN THẢO|Dự thảo|DỰ THẢO LẦN 2|Chưa duyệt|Chưa xuất bản|Lưu hành nội bộ"
         "|(Tin chưa được duyệt, đề nghị không đăng)"),
        ("fr", "Embargo : 1er janvier 2030 à 10 h|Embargo jusqu’au 1er janvier 2030|SOUS EMBARGO"
         "|À paraître le 1er janvier 2030|Version de travail|Ne pas diffuser"),
        ("de", "Achtung Sperrfrist! 1. Januar 2030|Frei ab 1. Januar 2030|Sperrfrist: Montag, 10 Uhr|Arbeitsfassung"
         "|ENTWURF v2 – bitte nicht weitergeben|Entwurf, nicht zur Veröffentlichung"
         "|Vorabfassung – nicht veröffentlichen"),
        ("es", "Embargada hasta el 1 de enero|BORRADOR - NO PUBLICAR|PRIMER BORRADOR"),
        ("it", "Embargo fino al 1 gennaio 2030, ore 10|Bozza - non diffondere"),
        ("pt", "Embargo até 1 de janeiro de 2030 às 10h|Rascunho 2 - não publicar"),
        ("nl", "Onder embargo tot 1 januari 2030, 10 uur|Kladversie 2 - niet publiceren"),
        ("pl", "Embargo do 1 stycznia 2030 r., godz. 10|Wersja robocza 2 - nie publikować"),
        ("ja", "解禁：2030年1月1日|情報解禁日 2030年1月1日|2030年1月1日まで公開禁止|未公開|公開前|公開禁止"),
        ("zh", "草稿 第2版|请勿发布"),
        ("ko", "엠바고: 2030년 1월 1일 10시"),
        ("ru", "Эмбарго до 1 января 2030 года|Не для печати"),
    ],
)  # fmt: skip
def test_a_line_that_says_nothing_else_asks(said: str, lines: str) -> None:
    for number, line in enumerate(lines.split("|")):
        # A child reads Markdown; one line of a language is enough there.
        for name, frame in _FRAMES[: 4 if not number else 3]:
            assert outcome(frame.format(line), name) in ("held", "asked", "later"), (said, line, frame[:20])


def test_a_line_with_another_word_is_a_line_of_the_text() -> None:
    lines = (
        "Draft law passes|Embargo on coal|NBA draft|The Embargo|Embargo until peace: port closes for arms"
        "|Private schools close"
        "|Embargo: what it means for fishermen|EMBARGO: 1 January 2020, 10:00|Sperrfrist: 1. Januar 2020"
        "|Release date set for new film"
        "|Embargo lifted after ten years|Work in progress: how a bridge is built|Confidential papers found in attic"
        "|Sperrfrist: wie ein Wort Karriere macht|2030年の狩猟解禁は中止|Dự thảo luật đất đai được thông qua"
        "|First draft of history|For release: immediately|FOR IMMEDIATE RELEASE|Le brouillon du roi"
        "|Frei ab 18: ein Film für Erwachsene|Đăng sau mùa giải sẽ giải nghệ|Draft picks: who goes where"
    )  # fmt: skip
    for line in lines.split("|"):
        for name, frame in (*_FRAMES[:3], ("a.md", "# {}\n\n" + _BODY)):
            assert outcome(frame.format(line), name) == "out", (line, frame[:20])


_TOP = ("{}\n\nCranes\n\n" + _BODY, "Cranes on the quay\n\n{}\n\n" + _BODY)
_NOTES = {
    "en": "DO NOT TWEET (OR POST) BEFORE MONDAY|DO NOT SHARE ON SOCIAL MEDIA UNTIL MONDAY|To go live on Monday|HFR"
    "|Web: go live {} 9am|This story must not run before Friday.|[Please check with legal before publishing]"
    "|ADV06 FOR RELEASE {}|This article must not be published before the court has ruled.|Not for immediate release"
    "|This report may only be published after {}|"
    "EDS: HOLD FOR RELEASE AT 6 P.M. EST SUNDAY|Eds: Embargoed until 12:01 a.m. Monday. With photos."
    "|EDS: HOLD. The lawyers read it|(Eds: hold for release at 6 p.m. Tuesday)"
    "|[Note to editors: embargoed until Thursday 0001 GMT]|Editors: please hold until 6 p.m."
    "|Editor's note: this story is embargoed until 2 January 2030 at 10 a.m.|NOTE: not for publication before {}"
    "|Transmission of material in this release is embargoed until 1 p.m. EST Wednesday, January 2, 2030"
    "|The information in this report is under embargo until {}|For immediate use after {}"
    "|For use on or after {}|For release Sunday, January 6, 2030, and thereafter|Embargo expires {}"
    "|EMBARGOED FOR RELEASE UNTIL 10:00 AM ET, JANUARY 2, 2030|Embargoed until publication in The Ferry"
    "|UNDER EMBARGO: not for publication before 00:01 on {}|Don't publish until Ann agrees"
    "|Port Ellery Council | EMBARGOED UNTIL {}|NOT YET FOR PUBLICATION|HOLD FOR LAWYERS|NOT LEGALLED|FOR REVIEW"
    "|TODO check the numbers|TODO: ask the mayor|Check against delivery|On hold|Pending|HOLD FOR PHOTOS"
    "|FIRST DRAFT - not checked|Not cleared for publication|Members only|Must not be published|HOLD/LEGAL"
    "|NOT FOR PUBLICATION, BROADCAST OR USE ON SOCIAL MEDIA BEFORE {}|Do not publish or broadcast before {}"
    "|Please observe embargo until {}|This study is embargoed until 16:00 London time on {}|SUBS: HOLD FOR Ann",
    "vi": "Cấm phát tán|CHỜ BIÊN TẬP|Cấm phổ biến trước {}|Không phổ biến trước 10h ngày {}|KHÔNG ĐĂNG|Chờ BBT duyệt"
    "|Lưu ý biên tập: cấm đăng trước {}|[Lưu ý BTV: chưa đăng]|Thông tin này không được công bố trước {}"
    "|Đề nghị các báo không đăng trước 10h ngày {}|Tin lưu hành nội bộ, cấm phát tán|Giữ bài"
    "|Khoan hãy đăng|Xin đừng đăng|Cấm đăng tải trước {}|Không công bố, phổ biến trước {}"
    "|Chỉ đăng sau khi lãnh đạo duyệt|Ghi chú cho biên tập: chưa đăng bài này|Giữ lại, chưa phát|Chờ ý kiến lãnh đạo"
    "|Đề nghị các báo đăng sau 10h ngày {}.|Thông cáo này chỉ được phép đăng tải sau 10h ngày {}.|(BTV: giữ bài)"
    "|Bài này không được đăng trước khi tòa tuyên án.|Không đăng lên mạng trước {}",
    "de": "ACHTUNG REDAKTIONEN: Sperrfrist {}|[Hinweis für die Redaktion: gesperrt bis {}]|Zur Abstimmung"
    "|Diese Mitteilung unterliegt einer Sperrfrist bis {}|Veröffentlichung erst ab {}|Sperrfrist bis {}: Kräne am Kai"
    "|Bitte nicht vor Freitag veröffentlichen|Darf nicht vor dem {} veröffentlicht werden"
    "|Es gilt das gesprochene Wort|Noch nicht redigiert|Noch nicht online stellen|Nicht verbreiten oder senden vor {}",
    "fr": "Note à la rédaction : sous embargo jusqu'au {}|Ce communiqué est sous embargo jusqu'au {}|À relire"
    "|Ne pas publier ou diffuser avant le {}|Ne pas mettre en ligne|SOUS EMBARGO JUSQU’AU LUNDI 10 H"
    "|En attente de validation",
    "es": "Nota a los editores: embargado hasta el {}|Esta información está embargada hasta el {}|Para revisión"
    "|EMBARGADO HASTA LAS 10 HORAS DEL 1 DE ENERO|Nota de prensa embargada hasta el {}|Aún no publicar"
    "|No difundir ni publicar antes del {}",
}
_DAYS = {"en": "2 January {}", "vi": "2/1/{}", "de": "2. Januar {}", "fr": "2 janvier {}", "es": "2 de enero de {}"}


@pytest.mark.parametrize("language", _NOTES)
def test_what_is_said_of_this_text_is_asked_about_and_an_embargo_that_is_over_is_not(language: str) -> None:
    for line in re.split(r"(?<! )[|](?! )", _NOTES[language]):
        coming, past = (line.format(_DAYS[language].format(year)) for year in (2030, 2020))
        for frame in _TOP:
            assert outcome(frame.format(coming), "a.txt") in ("asked", "held"), (coming, frame[:20])
            if past != coming:
                assert outcome(frame.format(past), "a.txt") == "out", (past, frame[:20])


@pytest.mark.parametrize(
    "headlines",
    [
        "Embargo on Russian oil extended until 31 January 2030|EU embargo on grain to stay until 2030"
        "|Embargo extended until 5 May 2030|Embargo lifted on 1 January 2030|Embargoed report leaked on Monday"
        "|Arms embargo until 5 May 2030, UN decides|Trade embargo to end on 1 January 2030|Draft bill would ban bags"
        "|Draft budget due on 1 January 2030|NFL draft 2030: full list of picks|Mock draft: who goes first"
        "|Draft day: what to watch|Review – The Hold Steady live|Peer review under review"
        "|For review sites, a bitter year"
        "|Hold the line: strikers defy order|Hold: a film about waiting|HOLD THE LINE, SAYS PRESIDENT"
        "|Kill Bill returns"
        "|KILL THE BILL PROTEST DRAWS THOUSANDS|Release of hostages expected on 1 January 2030"
        "|For release in 2030: a new game|Pending: the case of the missing dog|Scheduled for demolition: the gasworks"
        "|Recall: toys with lead paint|Product recall until further notice|To do in Port Ellery this weekend"
        "|Editor's note: we have a new look|Note to editors: how to write a headline|Internal review finds faults"
        "|Note: hold on to your tickets|Must not be missed|Cranes must not be published alone"
        "|Not yet published: the lost diaries|Work in progress: how a bridge is built|Test: the best tents",
        "Lệnh cấm vận đối với dầu Nga kéo dài đến 31/1/2030|Cấm vận vũ khí với Iran kéo dài đến ngày 18/10/2030"
        "|Cấm đăng ký xe máy trước 1/1/2030|Cấm phát tán tin giả về dịch bệnh|Không đăng kiểm sẽ bị phạt"
        "|Cấm đăng ảnh trẻ em trước 7/1/2030|Không được đăng ảnh bác sĩ|Tạm giữ 5 người đến 7/1/2030"
        "|Dự thảo: những điểm mới của luật|Chờ duyệt dự án, dân sống tạm|Giữ lại nét xưa"
        "|Lưu ý: từ 1/1/2030 tăng giá điện",
        "Embargo auf russisches Öl bis 31. Dezember 2030 verlängert|Sperrfrist für Gülle endet am 31. Januar 2030"
        "|Straße gesperrt bis 31. Januar 2030|Gesperrt bis 31. Januar 2030: Brücke wird saniert"
        "|Vertraulich: was Banken wissen"
        "|Entwurf für neues Gesetz vorgestellt|Intern: Streit in der Partei|Freigabe von Hanf ab 1. Januar 2030",
        "L'embargo sur le pétrole prolongé jusqu'au 31 janvier 2030|Embargo sur les armes jusqu'au 31 janvier 2030"
        "|Brouillon de culture : nouvelle saison|À relire : les classiques de l'été|À valider : les trains gratuits",
        "Embargo contra Cuba hasta el 31 de enero de 2030|Embargada la cuenta del club hasta el 31 de enero de 2030"
        "|Borrador de la renta: cómo confirmarlo|Embargo de cuentas: qué hacer|Todo listo|Pendiente de un hilo",
    ],
)
def test_a_story_about_embargoes_drafts_and_reviews_goes_out(headlines: str) -> None:
    for line in headlines.split("|"):
        for frame in (f"{{}}\n\n{_BODY}", _TOP[1]):
            assert outcome(frame.format(line), "a.txt") == "out", (line, frame[:20])


def test_a_letterhead_a_title_and_a_property_of_a_page_are_asked_about() -> None:
    held, past = "EMBARGOED UNTIL 2 January 2030", "EMBARGOED UNTIL 2 January 2020"
    for line, becomes in ((held, "asked"), (past, "out"), ("DRAFT", "asked"), ("Contact", "out")):
        table = f"<table><tr><td>PRESS RELEASE</td><td><p>{line}</p></td></tr></table>"
        assert outcome(page(top=table), "a.html") == becomes, line
        assert outcome(page(end=table), "a.html") == ("asked" if line == held else "out"), line
        assert outcome(f"| PRESS RELEASE | {line} |\n|---|---|\n\n# Cranes\n\n{_BODY}") == becomes, line
    rows = f"<table><tr><td>PRESS RELEASE</td><td>{held}</td></tr><tr><td>Contact</td><td>Ann</td></tr></table>"
    assert outcome(page(top=rows), "a.html") == "asked"
    for meta, becomes in (
        ("name=embargo content=2030-01-02", "asked"),
        ("name=embargo content=2020-01-02", "out"),
        ("name=embargo content=none", "out"),
        ("name=embargo content='until Friday'", "asked"),
        ("property=article:embargo content=2030-01-02", "asked"),
        ("name=release_date content=2030-01-02", "out"),
        ("name=keywords content='draft, quay'", "asked"),
        ("name=keywords content='draft law, quay'", "out"),
        (f"name=description content='{held}'", "asked"),
        ("property=og:title content='[DRAFT] Cranes'", "asked"),
        ("http-equiv=expires content=0", "out"),
    ):
        assert outcome(page(head=f"<meta {meta}>"), "a.html") == becomes, meta
    for title in ("[DRAFT] Cranes", "Cranes (for review)", "EMBARGOED: Cranes", "Cranes - DRAFT | The Courier"):
        assert outcome(page().replace("<title>Cranes", f"<title>{title}"), "a.html") == "asked", title


def test_a_line_at_the_very_top_may_say_so_in_other_words() -> None:
    lines = (
        "PRIVATE & CONFIDENTIAL|STRICTLY PRIVATE AND CONFIDENTIAL|HIGHLY CONFIDENTIAL|RESTRICTED|FOR OFFICIAL USE ONLY"
        "|HOLD|KILL: do not use|Not ready yet|Draft for discussion|Embargoed until delivery|Do not use until cleared"
        "|NOT FOR PUBLICATION OR BROADCAST BEFORE 1 JANUARY 2030|Publish on 1 January 2030|TÀI LIỆU LƯU HÀNH NỘI BỘ"
        "|Tin chờ duyệt|Tin chưa kiểm chứng - không đăng|Đăng ngày 1/1/2030|Xuất bản ngày 1/1/2030"
        "|Hẹn giờ đăng 8h sáng 1/1/2030|Không được phát tán|Dừng đăng|Brouillon – à relire|Document interne"
        "|Documento interno|Szkic - nie publikować|Nur für den Dienstgebrauch|ДСП|未经审核，请勿发布"
        "|보도유예: 2030년 1월 1일|1 Ocak 2030'a kadar ambargolu"
    )
    for line in lines.split("|"):
        for frame in ("{}\n\nCranes\n\n" + _BODY, "Cranes on the quay\n\n{}\n\n" + _BODY):
            assert outcome(frame.format(line), "a.txt") in ("held", "asked", "later"), (line, frame[:20])
    for line in (
        "Hold the line|Kill Bill returns|Restricted area opened|Sample sizes matter|Not ready for the flood"
        "|Xuất bản ngày càng khó|Dừng đăng kiểm|Internal affairs|Publish on 1 January 2020"
        "|Document interne de la banque"
    ).split("|"):
        assert outcome(f"{line}\n\n{_BODY}", "a.txt") == "out", line
    for line in ("Hold", "Restricted", "Not ready yet"):
        assert outcome(f"Cranes on the quay\n\n{_BODY}\n{line}\n\n{_BODY}", "a.txt") == "out", line
        assert outcome(TEXT, f"{line}.md") == "out"


@pytest.mark.parametrize(
    ("name", "body", "becomes"),
    [
        ("a.md", "# Beer menu\n\n- Draft\n- Bottle\n- Can\n", "out"),
        ("a.md", "# Beer menu\n- Draft\n- Bottle\n", "out"),
        ("a.txt", "Statuses of a post\n* draft\n* published\n", "out"),
        ("a.md", "# How the house works\n## Draft\nAnn writes.\n## Review\nBo reads.\n", "out"),
        ("a.md", "# Beer menu\n\n- Bottle\n\n- Can\n\n- Draft\n", "out"),
        ("a.md", "# Statuses of a post\n\n1. draft\n2. pending review\n3. published\n", "out"),
        ("a.txt", "Statuses of a post\n\n- Draft\n- Embargo\n- Published\n\n" + _BODY, "out"),
        ("a.md", "# How the house works\n\n## Draft\n\nAnn writes.\n\n## Review\n\nBo reads.\n", "out"),
        ("a.md", "# Wie das Haus arbeitet\n\n## Entwurf\n\nAnn schreibt.\n\n## Prüfung\n\nBo liest.\n", "out"),
        ("a.md", "# Plans\n\n## Status: in progress\n\nAnn writes.\n\n## Status: planned\n\nBo reads.\n", "out"),
        ("a.md", "# Plans\n\n| Part | State |\n| --- | --- |\n| Search | draft |\n| Pages | done |\n", "out"),
        ("a.txt", "Plans\n\nPart\tState\nSearch\tdraft\nPages\tembargo\n", "out"),
        ("a.html", page(top="<h2>Embargo</h2><p>It begins.</p><h2>Draft</h2><p>It is read.</p>"), "out"),
        ("a.html", page(end="<table><tr><td><p>Search</p></td><td><p>draft</p></td></tr></table>"), "out"),
        ("a.html", page(end="<ul><li><p>Bottle</p></li> <li><p>Draft</p></li></ul>"), "out"),
        # A field, a frame, the layout of a page, and what is alone or in capitals speak of the whole.
        ("a.md", "# Cranes\n\n| Status | Draft |\n| --- | --- |\n| Owner | Ann |\n\n" + _BODY, "asked"),
        ("a.txt", "Cranes\n\nOwner\tAnn\nEmbargo\t1 January 2030\n\n" + _BODY, "asked"),
        ("a.md", "- DRAFT\n\n# Cranes\n\n" + _BODY + "\n- One\n- Two\n", "held"),
        ("a.md", "# Cranes\n\n## DRAFT\n\n" + _BODY + "\n## Later\n\nAnd so on.\n", "held"),
        ("a.html", page(top="<table><tr><td>DRAFT</td></tr></table>"), "held"),
        ("a.html", page(top="<table><tr><td>One</td><td><p>Cranes are back.</p><p>DRAFT</p></td></tr></table>"),
         "asked"),
    ],
)  # fmt: skip
def test_what_names_one_part_says_nothing_of_the_whole(name: str, body: str, becomes: str) -> None:
    assert outcome(body, name) == becomes


def test_a_label_of_a_fact_is_no_embargo_and_the_question_says_how_to_settle_it() -> None:
    for line in ("Valid from: 3 March 2027", "Available from: 1 June 2027", "Gültig ab: 3. März 2027"):
        assert outcome(f"Storm over the sea\n\n{line}\n\n{_BODY}", "a.txt") == "out", line
    assert outcome(f"---\nvalid from: 2027-03-03\n---\n{_BODY}") == "later"
    assert outcome(f"valid from: 2027-03-03\n\n{_BODY}", "a.txt") in ("asked", "later")
    for line in ("Release date: 15 March 2027", "Release: 15 January 2027"):
        with pytest.raises(SeedError, match="if that is a day of what it tells of, write `draft: false`"):
            reading(f"Storm over the sea\n\n{line}\n\n{_BODY}", "a.txt")


def test_a_field_without_fences_holds_back_as_it_would_within() -> None:
    lines = (
        "go-live: soon|Go live: when Ann agrees|scheduled: next Monday|Scheduled: Monday 10:00|release: tba"
        "|Release: soon"
        "|embargo: wait for the minister|Embargo: wait for the minister|EMBARGO: ?|publish: never|publish: not yet"
        "|publish: 2027-01-01|publish date: TBD|Publish after: the vote|status: not yet|Status: not yet"
        "|status: waiting for the lawyers and for Ann|draft: maybe|darft: true|hold: for Ann|not before: the election"
        "|do not publish: legal|DO NOT PUBLISH: legal|expires: when the offer ends|go-live = soon|private: yes"
        "|đăng lúc: khi bộ trưởng đồng ý|trạng thái: chờ bộ trưởng|xuất bản: chưa|hẹn đăng: tuần sau"
        "|Sperrfrist: bis der Minister spricht|veröffentlichen: nie|Freigabe ab: demnächst|geplant: nächste Woche"
        "|statut: pas encore|publier le: bientôt|publicar: nunca|programado: pronto|pubblicare: mai|agendado: em breve"
        "|gepland: binnenkort|zaplanowano: wkrótce|publiceras: senare|terbit: belum|yayınla: asla|опубликовано: никогда"
        "|заплановано: незабаром|نشر: أبدا|לפרסם: בקרוב|एम्बार्गो: बाद में|เผยแพร่: ยังไม่"
        "|公開: まだ|予約: 未定|发布: 待定|예약: 미정"
    )  # fmt: skip
    for line in lines.split("|"):
        for name, frame in (("a.txt", "{}\n\n" + _BODY), ("a.txt", "{}\n\nCranes on the quay\n\n" + _BODY)):
            assert outcome(frame.format(line), name) in ("asked", "held"), line
    for line in ("go-live: soon", "**Status:** not yet", "> embargo: wait for the minister", "<!-- publish: never -->"):
        assert outcome(f"{line}\n\n# Cranes\n\n{_BODY}") in ("asked", "held"), line
    for body in ("title: Cranes\nembargo: wait for the minister", "title: Cranes\nauthor: Ann\nstatus: with Bo"):
        assert outcome(f"{body}\n\n{_BODY}", "a.txt") == "asked"


def test_a_line_that_says_the_contrary_or_tells_of_something_else_holds_nothing_back() -> None:
    lines = (
        "NO EMBARGO|EMBARGO: none|EMBARGO LIFTED|Embargo: No|Embargo: immediate release|Cleared for release"
        "|Not embargoed|Final version for release|Sperrfrist: keine|Keine Sperrfrist|Không embargo|Embargo: không"
        "|Không phát hiện bom|Trains must not run before 6 am|You may not run before you can walk"
        "|The dam must not be used until 2030|Chỉ phát hành sau khi thử nghiệm xe mới|Bitte nicht vor Freitag anrufen"
        "|BTV Lan Anh kể chuyện nghề|Check with your doctor before running|Chờ ý kiến cử tri về cầu mới"
        "|It can be used with milk|Không dùng khi chưa đọc kỹ hướng dẫn|Erst ab 18 Jahren|Web: how spiders build"
    )
    for line in lines.split("|"):
        assert outcome(f"{line}\n\n{_BODY}", "a.txt") == "out", line
    for line in ("NO EMBARGO", "Cleared for release", "Keine Sperrfrist", "Không embargo"):
        assert reading(f"{line}\n\nCranes\n\n{_BODY}", "a.txt")[0].entry.title == "Cranes", line
    for line in ("It must not run.", "Do not use.", "Không sử dụng trước khi ăn.", "Trains may not run before Monday."):
        assert outcome(f"Cranes on the quay\n\n{_BODY}\n{line}\n", "a.txt") == "out", line


def test_a_line_of_a_text_is_no_field() -> None:
    lines = (
        "Live: crane falls into harbour|Public: what we know|Ready, set: go|Hidden: a film review"
        "|Private: Ryan comes home"
        "|Embargo: none|Status: open|Published: Monday|Published: 12 May 2025, 10.30|Expires: the last ship of the line"
        "|expires: never|Release: Immediate|The status: nobody knows|公開：新しい橋の全貌が明らかになりました"
    )  # fmt: skip
    for line in lines.split("|"):
        assert outcome(f"{line}\n\n{_BODY}", "a.txt") == "out", line
    assert outcome(f"# Red panda\n\nStatus: Endangered\n\n{_BODY}") == "out"


def test_notes_that_may_be_comments_are_asked_about() -> None:
    text = "Cranes are back\n\nThey came[R1] at dawn.\n\n[R1] Journal of Cranes, 2019.\n"
    assert outcome(text, "a.txt") == "asked"
    content = reading(f"---\ndraft: false\n---\n{text}", "a.txt")[0].entry.content
    assert "They came[R1] at dawn." in content and "Journal of Cranes" in content


def test_draft_false_settles_without_fences_too() -> None:
    assert outcome(f"draft: false\n\n{_BODY}", "a-draft.txt") == "out"
    assert outcome(f"draft: false\nembargo: wait for the minister\n\n{_BODY}", "a.txt") == "told"


def test_a_line_of_a_newsroom_or_of_a_writing_tool_holds_back() -> None:
    lines = (
        "TỐI MẬT|MẬT|Độ mật: Mật|OFF THE RECORD|NOT FOR ATTRIBUTION|Tin chờ: đăng sau 10h ngày 1/1/2030"
        "|*** CHƯA ĐƯỢC PHÉP ĐĂNG ***|MANDATORY KILL|#work/draft|:draft: true|:status: draft"
    )
    for line in lines.split("|"):
        for frame in ("{}\n\nCranes\n\n" + _BODY, "Cranes on the quay\n\n{}\n\n" + _BODY):
            assert outcome(frame.format(line), "a.txt") in ("held", "asked"), (line, frame[:20])
    assert outcome(f"= Cranes\n:draft: true\n\n{_BODY}", "a.txt") == "asked"
    assert outcome("---js\n{\n  title: 'Cranes',\n  draft: true\n}\n---\n" + _BODY) == "held"
    for header in ("classification: internal", "paywall: true"):
        assert outcome(f"---\n{header}\n---\n{_BODY}") == "held"
    for line in ("Mật ong rừng được mùa", "Off the record player", "Classification: mammals"):
        assert outcome(f"{line}\n\n{_BODY}", "a.txt") == "out"


def test_draft_false_settles_what_is_understood() -> None:
    body = "---\ndraft: false\n---\nDRAFT\n\nCranes on the quay\n\n"
    assert outcome(body + _BODY, "drafts/a (draft).md") == "out"


def test_a_header_in_code_at_the_top_is_asked_about() -> None:
    assert outcome(f"```yaml\n---\ndraft: true\n---\n```\n\n# A draft\n\n{_BODY}") == "asked"


def test_code_in_a_text_says_nothing_of_it() -> None:
    assert outcome(f"# A draft\n\nWrite this:\n\n```yaml\ntitle: x\ndraft: true\n```\n\n{_BODY}") == "out"


@pytest.mark.parametrize(
    ("header", "categories"),
    [
        ("---\ncategories:\n  - [Sports, Baseball]\n  - Play\n---", ("Sports", "Baseball", "Play")),
        ("---\ncategories: [[Sports, Baseball], [Sports, Play]]\n---", ("Sports", "Baseball", "Play")),
        (
            "+++\n[taxonomies]\ntags = ['crane']\ncategories = ['Quay']\nseries = ['x']\n[extra]\nx = 1\n+++",
            ("Quay", "crane"),
        ),
        ("---\ntaxonomies:\n  tags: [crane]\n  authors: [Ann]\n---", ("crane",)),
    ],
)
def test_categories_are_read_as_tools_nest_them(header: str, categories: tuple[str, ...]) -> None:
    read_, front = reading(f"{header}\n{TEXT}")
    assert (read_.entry.categories, front.warnings) == (categories, ())


def test_obsidian_notes_when_a_file_was_made() -> None:
    for header, published in (
        ("created: 2025-03-04T10:00", "2025-03-04T03:00:00Z"),
        ("date created: 2025-03-04\nmodified: 2025-05-01", "2025-03-04T05:00:00Z"),
        ("created: 2025-03-04\ndate: 2025-02-01 07:00", "2025-02-01T00:00:00Z"),
        ("created: 2025-03-04\npublished: 2025-06-01 07:00", "2025-06-01T00:00:00Z"),
    ):
        assert reading(f"---\n{header}\n---\n{TEXT}")[0].entry.published == published


# The tables.


def test_words_of_one_language_mean_the_same_in_all() -> None:
    for word, meant in (("Autor", "author"), ("fecha", "date"), ("tiêu_đề", "title"), ("TITEL", "title")):
        assert header_keys.meaning(word) == meant
    assert all(header_keys.meaning(key) == key for key in header_keys.KEYS)


# Files as other tools write and export them.


@pytest.mark.parametrize(
    ("name", "body", "becomes"),
    [
        # Pelican and Nikola in HTML, Notion's export, schema.org.
        ("a.html", page(head="<meta name=status content=draft>"), "asked"),
        ("a.html", page(head="<meta name=status content=published>"), "out"),
        ("a.html", page(head="<meta name=robots content=noindex>"), "out"),
        ("a.html", page(top="<table class=properties><tr class='property-row property-row-status'><th>"
         "Status</th><td><span>In progress</span></td></tr></table>"), "asked"),
        ("a.html", page(head='<script type="application/ld+json">{"@type":"Article","creativeWorkStatus":"Draft"}'
         "</script>"), "asked"),
        ("a.md", "<!--\n.. title: Cranes\n.. status: draft\n-->\n\nyes\n", "held"),
        ("a.md", "<!--\n.. title: Cranes\n.. slug: cranes\n-->\n\nyes\n", "out"),
        ("a.md", "<!-- markdownlint-disable -->\n---\ndraft: true\n---\nyes\n", "held"),
        ("a.md", "<!-- Ask Lan about this -->\n\n# Cranes\n\nyes\n", "out"),
        # Ghost and Substack: below this mark the text is for members.
        ("a.html", page(end="<!--members-only--><p>yes</p>"), "asked"),
        ("a.html", page(end="<div class='paywall-jump' data-component-name='PaywallToDOM'></div>"),
         "asked"),
        ("a.md", "# Cranes\n\nyes\n\n<!--members-only-->\n\nyes\n", "asked"),
        ("a.html", page(end='<!--kg-gated-block:begin nonMember:false --><p>yes</p>'), "asked"),
        # Word's HTML, Google Docs, Confluence, WordPress.
        ("a.html", page(end="<p>yes<span class=MsoCommentReference><a class=msocomanchor"
         " href='#_msocom_1'>[NO]</a></span></p><div style='mso-element:comment-list'><div style='mso-element:comment'>"
         "<p class=MsoCommentText>NO</p></div></div>"), "out"),
        ("a.html", page(end="<p>yes<sup><a href='#cmnt1' id='cmnt_ref1'>[NO]</a></sup></p><div>"
         "<p><a href='#cmnt_ref1' id='cmnt1'>[NO]</a><span>NO</span></p><p>NO</p></div>"), "out"),
        ("a.html", page(end="<p>yes <del cite='mailto:Ann'>NO</del></p>"), "out"),
        ("a.html", page(end="<p>yes <ac:placeholder>NO</ac:placeholder></p>"), "out"),
        ("a.html", page(end="<!-- wp:paragraph {\"note\":\"NO\"} --><p>yes</p><!-- NO -->"), "out"),
        # LibreOffice: hidden text, and remarks.
        ("a.html", page(end="<p>yes <span style='display: none'>NO</span><!-- NO --></p>"), "out"),
        # Obsidian, Logseq, iA Writer.
        ("a.md", "# Cranes\n\nyes %%NO%%\n\n%%\nNO\n%%\n\nyes {>>NO<<}\n", "out"),
        ("a.md", "# Cranes\n\nyes\n\n%%\nno end\n", "asked"),
        ("a.md", "private:: true\ntags:: sea\n\n- yes\n", "held"),
        ("a.md", "title:: Cranes\n\n- yes\n", "out"),
        ("a.html", page(top="<div class='post status-draft hentry'>yes</div>"), "asked"),
        ("a.html", page(top="<div class='post post-password-required'>yes</div>"), "asked"),
        ("a.html", page(top="<div class='post status-publish'>yes</div>"), "out"),
        ("a.html", page(top="<span style='font-size:0;mso-hide:all'>NO</span><p style='font-size:0'>yes</p>"), "out"),
        # Quarto.
        ("a.md", "# Cranes\n\nyes\n\n::: {.content-hidden}\nNO\n\n::: {.note}\nNO\n:::\n\nNO\n:::\n\nyes\n", "out"),
        ("a.md", "# Cranes\n\n::: {.content-hidden when-format=\"pdf\"}\nyes\n:::\n", "out"),
        ("a.md", "Tags: #draft #sea\n\n# Cranes\n\nyes\n", "asked"),
        ("a.md", "# Cranes\n\n[status:: draft]\n\nyes\n", "asked"),
        ("a.html", "<p>DRAFT - DO NOT PUBLISH</p><h1>Cranes</h1><p>yes</p>", "held"),
        ("a.md", "#draft #sea\n\n# Cranes\n\nyes\n", "asked"),
        ("a.md", "# Cranes\n\nyes #draft\n", "out"),
        ("a.md", "* public:: false\n* tags:: sea\n\n- yes\n", "held"),
        ("a.txt", "Cranes\n\nThe crane[a] is tall, yes.\n\n[a]NO\n", "out"),
    ],
)  # fmt: skip
def test_what_tools_write_for_editors_is_left_out_or_asked_about(name: str, body: str, becomes: str) -> None:
    assert outcome(body, name) == becomes
    if becomes == "out":
        entry = reading(body, name)[0].entry
        assert "NO" not in entry.content + entry.summary
        assert "yes" in entry.content or "Ask" in body


@pytest.mark.parametrize("code", tables())
def test_a_line_that_is_a_phrase_of_a_table_holds_back(code: str) -> None:
    phrases = tables()[code].get("keys", {})
    made = [f"{never} {verb}" for never in phrases.get("forbidding", ()) for verb in phrases.get("publishing", ())]
    said = [*phrases.get("unready", ()), *phrases.get("top", ()), *made]
    context = SeedContext(zone=ZoneInfo("UTC"), first_seen=SEEN)
    assert [line for line in said if holding_lines.verdict(line, context, top=True) != "unready"] == []
