"""Mails that were saved as pages, or as text: their text is the article, and not what they answer."""

import re
from datetime import UTC, datetime
from html import escape

import pytest

from feeds.text.plaintext import plain
from worker.model import Document, RawEntry
from worker.seeds.newswire.context import SeedContext
from worker.seeds.readers import read
from worker.seeds.readers.header_lines import CUT_MAIL

TEXT = (
    "The council of Ellery has decided that the ferry runs again from Monday, and that the fare stays as it was.",
    "The mayor thanked all who had mended it.",
)
STORY = "".join(f"<p>{words}</p>" for words in TEXT)
SENT = "<b>From:</b> Ada Quill<br><b>Sent:</b> Tuesday, March 4, 2025 9:12 AM<br><b>To:</b> Bob<br><b>Subject:</b> {}"
WROTE = "On Tue, Mar 4, 2025 at 9:12 AM Ada Quill &lt;ada@x.example&gt; wrote:"


def entry(body: str, name: str = "a.html") -> RawEntry:
    return reading(body, name)[0]


def reading(body: str, name: str) -> tuple[RawEntry, tuple[str, ...]]:
    document = Document(name=name, body=body.encode(), retrieved_at=datetime(2026, 6, 10, tzinfo=UTC))
    found = read(document, SeedContext(zone=UTC, first_seen=datetime(2026, 6, 10, tzinfo=UTC)))[0]
    return found.entry, found.warnings


@pytest.mark.parametrize(
    "answered",
    [
        f"<div style='border:none;border-top:solid #E1E1E1 1.0pt'><p>{SENT.format('RE: x')}</p></div><p>QUOTED</p>",
        f"<hr><div id=divRplyFwdMsg><font>{SENT.format('Re: x')}</font><div>&nbsp;</div></div><div>QUOTED</div>",
        f"<p>-----Original Message-----<br>{SENT.format('x')}</p><p>QUOTED</p>",
        f"<div class=gmail_quote><div class=gmail_attr>{WROTE}<br></div><blockquote>QUOTED</blockquote></div>",
        f"<div><blockquote type=cite><div>{WROTE}</div><div>QUOTED</div></blockquote></div>",
        f"<div>{WROTE}</div><blockquote type=cite><p>QUOTED</p></blockquote>",
        "<div class=moz-cite-prefix>Am 04.03.25 um 09:12 schrieb A:</div><blockquote type=cite>QUOTED</blockquote>",
        f"<div class=yahoo_quoted><div>{WROTE}</div><div>QUOTED</div></div>",
    ],
)
def test_of_a_mail_that_was_saved_as_a_page_what_it_answers_is_left_out(answered: str) -> None:
    for body in (f"<body>{STORY}{answered}</body>", f"<title>Ferry</title><div><div>{STORY}<br></div>{answered}</div>"):
        found = entry(f"<html>{body}</html>")
        assert plain(found.content) == " ".join(TEXT)
        assert (found.published, found.authors) == ("", ())


@pytest.mark.parametrize(
    "forwarded",
    [
        f"<p>See it.</p><div id=divRplyFwdMsg>{SENT.format('FW: x')}</div>{STORY}",
        f"<p>See it.</p><hr><p>{SENT.format('RE: x')}</p>{STORY}",
        f"{STORY}<hr><p>{SENT.format('WG: x')}</p><p>FORWARDED</p>",
        f"{STORY}<div class=gmail_quote><div>---------- Forwarded message ---------<br>{SENT.format('x')}</div></div>",
        f"<div class=gmail_quote><div>{WROTE}</div><blockquote>{STORY}</blockquote></div>",
        f"{STORY}<blockquote>FORWARDED</blockquote>",
    ],
)
def test_a_mail_that_is_forwarded_is_the_text(forwarded: str) -> None:
    found = plain(entry(f"<html><body>{forwarded}</body></html>").content)
    assert " ".join(TEXT) in found
    assert ("FORWARDED" in found) == ("FORWARDED" in forwarded)
    assert "Ada Quill" not in found or "wrote" in found


LEAD = "The police of the town warn of a mail that has come to many people since Monday."
HEADERS = (
    "From: Your Bank <bank@b.example>\nSent: Monday, May 4, 2026 10:00 AM\nTo: you <you@x.example>\nSubject: Account",
    "From: Your Bank\nSent: Monday, May 4, 2026 10:00 AM\nTo: you\nSubject: RE: Account",
    "Von: Ihre Bank\nGesendet: Montag, 4. Mai 2026 10:00\nAn: Kunden <k@x.example>\nBetreff: Konto",
    "Từ: Ngân hàng <nh@x.example>\nĐã gửi: Thứ Hai, 4 tháng 5, 2026 10:00\nĐến: bạn <b@x.example>\nChủ đề: Tài khoản",
)
QUOTES = ("{0}", "> {0}", "<p>{0}</p>", "<blockquote><p>{0}</p></blockquote>", "<hr><p>{0}</p>")


@pytest.mark.parametrize("quote", QUOTES)
@pytest.mark.parametrize("announced", [True, False])
def test_an_article_that_quotes_a_mail_is_whole_in_every_format(quote: str, announced: bool) -> None:
    lead = f"{LEAD} {'The mail reads:' if announced else 'It has been sent from abroad, and asks for money.'}"
    for header in HEADERS:
        for said in ("Dear customer, your account is shut.", ""):
            if quote[0] == "<":
                shown = quote.format(f"{escape(header)}".replace("\n", "<br>")) + f"<p>{said}</p><p>Throw it away.</p>"
                bodies = {"a.html": f"<html><body><h1>Mail</h1><p>{lead}</p>{shown}</body></html>"}
                bodies["b.html"] = f"<html><body><article><h1>Mail</h1><p>{lead}</p>{shown}</article></body></html>"
            else:
                shown = "\n".join(quote.format(line) for line in (*header.split("\n"), "", said))
                bodies = dict.fromkeys(("a.md", "a.txt"), f"# Mail\n\n{lead}\n\n{shown}\n\nThrow it away.\n")
            for name, body in bodies.items():
                found, warnings = reading(body, name)
                words = " ".join(plain(found.content).split())
                for line in (*header.split("\n"), said, "Throw it away."):
                    assert re.sub(r"[<>]", "", line) in re.sub(r"[<>]", "", words), (name, words)
                assert (found.published, found.authors, warnings) == ("", (), ())


@pytest.mark.parametrize("above", ["", "The police warn.\n\n"])
@pytest.mark.parametrize(
    ("line", "published"),
    [
        ("On Mon, May 4, 2026 at 10:00 AM Ann <a@b.example> wrote:", ""),
        ("On 4 May 2026, Ann wrote:", ""),
        ("Am 4. Mai 2026 um 10:00 schrieb Ann:", ""),
        ("Vào 4 tháng 5, 2026 Ann đã viết:", ""),
        ("From: Ann\n\nSent: 4 May 2026\n\nTo: you", ""),
        ("Sent: Monday, May 4, 2026 10:00 AM", ""),
        ("Gesendet: 4. Mai 2026", ""),
        ("QUAY TOWN, 4 May 2026 - The mayor wrote:", "2026-05-04T12:00:00Z"),
        ("Von: Hans Meier\nDatum: 4. Mai 2026", "2026-05-04T12:00:00Z"),
    ],
)
def test_the_day_of_a_mail_that_is_quoted_is_not_that_of_the_article(above: str, line: str, published: str) -> None:
    body = f"Mail\n\n{above}{line}\n\n> Dear customer, it is shut.\n\nWhoever gets it should throw it away.\n"
    assert entry(body, "a.txt").published in ({published, ""} if above else {published})


def test_of_a_page_that_gmail_made_to_be_printed_the_first_mail_is_the_article() -> None:
    def message(who: str, sent: str, text: str) -> str:
        return (
            f"<table class=message><tr><td><b>{who}</b> &lt;a@x.example&gt;</td><td>{sent}</td></tr><tr><td colspan=2>"
            f"To: b@x.example</td></tr><tr><td colspan=2><table><tr><td>{text}</td></tr></table></td></tr></table><hr>"
        )

    found = entry(
        "<html><title>Gmail - Ferry runs again</title><body><div class=bodycontainer><b>Bob &lt;b@x.example&gt;</b><hr>"
        "<div class=maincontent><table><tr><td><b>Ferry runs again</b><br>2 messages</td></tr></table><hr>"
        f"{message('Ada', 'Tue, Mar 4, 2025 at 9:12 AM', STORY)}"
        f"{message('Bob', 'Wed, Mar 5, 2025 at 9:12 AM', 'QUOTED')}"
        "</div></div></body></html>"
    )
    assert (found.title, found.published, found.authors) == ("Ferry runs again", "2025-03-04T09:12:00Z", ())
    assert plain(found.content) == " ".join(TEXT)


@pytest.mark.parametrize("mark", ["-----Original Message-----", "________________________________"])
@pytest.mark.parametrize(("subject", "stays"), [("RE: x", False), ("x", False), ("FW: x", True)])
def test_of_a_mail_that_was_saved_as_text_what_it_answers_is_left_out(mark: str, subject: str, stays: bool) -> None:
    story = "\n\n".join(TEXT)
    header = f"From: Ada <ada@x.example>\nSent: Tuesday, March 4, 2025 9:12 AM\nTo: Bob\nSubject: {subject}"
    found, warnings = reading(f"Ferry runs again\n\n{story}\n\n{mark}\n{header}\n\nQUOTED words of it.\n", "a.txt")
    assert ("QUOTED" in found.content, CUT_MAIL in warnings) == (stays, not stays)
    assert "Ada" not in found.content
    assert (found.published, found.authors) == ("", ())
