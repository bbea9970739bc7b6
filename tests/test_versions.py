"""Who may see what an edit changed, asked as a server asks; and the pages of a long feed."""

import gzip
import html
import re
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from feeds.app import Application
from feeds.publish.regenerate import publish
from feeds.render.html.pages import PER_PAGE
from feeds.settings.schema import Settings
from feeds.store import Store
from feeds.text.urls import page_uuid
from support.asgi import Response, ask
from support.builders import HOUR, NOW, SEEDS, bring, entry, home, opened, plant, settings, source, subscribe, withdraw

HILLS = source("hills")
BRIEF = source("brief", content="summary")
SECRET = source("secret", private=True)
STORY = entry(HILLS, "bridge", title="Bridge closed", content="<p>It is closed until Friday, they say.</p>")
SHORT = entry(
    BRIEF, "short", summary="", content="<p>In short: one day.</p><p>" + "More words. " * 60 + "Hidden coda.</p>"
)
HIDDEN = entry(SECRET, "hidden", content="<p>It is a secret until Friday, they say.</p>")
GONE = entry(SEEDS, "gone", content="<p>It is closed until Friday, they say.</p>")
PLAIN = entry(SEEDS, "plain")
HTML = {"accept": "text/html,*/*;q=0.8"}
TOKEN = {"authorization": "Bearer hush", "accept": "text/html"}


def edit(store: Store) -> None:
    """Each of them, once; the short one in what its source does not let out, too."""
    for of, one in ((HILLS, STORY), (BRIEF, SHORT), (SECRET, HIDDEN)):
        changed = one.content.replace("Friday", "Sunday").replace("one day", "two days").replace("Hidden", "Other")
        bring(store, of, replace(one, content=changed, digest="edited", updated=NOW + HOUR), now=NOW + HOUR)
    plant(store, replace(GONE, content=GONE.content.replace("Friday", "Sunday"), digest="edited"), now=NOW + HOUR)


def site(root: Path, **keys: object) -> tuple[Application, Store]:
    kept = settings(server={"admin_token": "hush"}, **keys)
    store = opened(root)
    subscribe(store, HILLS, BRIEF, SECRET)
    plant(store, GONE, PLAIN)
    for of, one in ((HILLS, STORY), (BRIEF, SHORT), (SECRET, HIDDEN)):
        bring(store, of, one)
    edit(store)
    withdraw(store, GONE, now=NOW + HOUR)
    publish(store, kept, NOW + HOUR)
    return Application(home(root), kept), store


@pytest.fixture(scope="module", params=["admin", "public"])
def app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Application, str]]:
    made, store = site(tmp_path_factory.mktemp("site"), revisions=request.param)
    with closing(store), closing(made):
        yield made, request.param


def versions(of: str) -> str:
    return f"/entries/{page_uuid(of)}/revisions"


def marks(page: Response) -> list[str]:
    shown = page.text[page.text.index("<section") :]
    return [
        html.unescape(re.sub("<[^>]*>", "", mark)).strip()
        for mark in re.findall("<(?:ins|del)>.*?</(?:ins|del)>", shown)
    ]


def test_versions_are_for_whom_the_setting_allows(app: tuple[Application, str]) -> None:
    made, allowed = app
    stranger = ask(made, versions(STORY.id), HTML)
    if allowed == "admin":
        assert stranger.status == 401
        assert "Friday" not in stranger.text
        assert stranger.headers["www-authenticate"].startswith("Basic")
        assert stranger.headers["cache-control"] == "no-store"
    else:
        assert marks(stranger) == ["removed: Friday,", "added: Sunday,"]
        assert stranger.headers["cache-control"].startswith("public")
    page = ask(made, versions(STORY.id), TOKEN)
    assert page.status == 200
    assert marks(page) == ["removed: Friday,", "added: Sunday,"]
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert (app[0].shelf.kept(versions(STORY.id)) is None) is (allowed == "admin")
    if allowed == "admin":
        assert page.headers["cache-control"] == "private, no-store"
        assert "Authorization" in page.headers["vary"]


def test_only_a_public_list_of_changes_is_linked(app: tuple[Application, str]) -> None:
    made, allowed = app
    linked = [versions(one.id) in ask(made, f"/entries/{page_uuid(one.id)}", HTML).text for one in (STORY, PLAIN)]
    assert linked == [allowed == "public", False]


@pytest.mark.parametrize("headers", [HTML, TOKEN], ids=["stranger", "operator"])
@pytest.mark.parametrize(("of", "status"), [(HIDDEN, 404), (GONE, 410)], ids=["private", "withdrawn"])
def test_what_has_no_page_has_no_versions(
    app: tuple[Application, str], headers: Mapping[str, str], of: object, status: int
) -> None:
    made, allowed = app
    page = ask(made, versions(getattr(of, "id", "")), headers)
    assert page.status == (401 if allowed == "admin" and headers is HTML else status)
    assert "Friday" not in page.text and "Sunday" not in page.text


def test_versions_show_no_more_of_a_text_than_its_source_lets_out(app: tuple[Application, str]) -> None:
    made, _ = app
    page = ask(made, versions(SHORT.id), TOKEN)
    assert marks(page) == ["removed: one day.", "added: two days."]
    assert "coda" not in page.text


def test_an_entry_that_nobody_edited_has_one_version(app: tuple[Application, str]) -> None:
    page = ask(app[0], versions(PLAIN.id), TOKEN)
    assert page.status == 200
    assert "<section" not in page.text
    assert "Version 1 is from 10 January 2025, 12:00 UTC." in re.sub("<[^>]*>", "", page.text)


def test_an_address_that_is_no_entry_s_has_no_versions(app: tuple[Application, str]) -> None:
    assert ask(app[0], "/entries/nothing/revisions", TOKEN).status == 404
    assert ask(app[0], f"{versions(STORY.id)}/1", TOKEN).status == 404


def test_a_page_is_sent_as_gzip_under_a_tag_of_its_own(app: tuple[Application, str]) -> None:
    made, _ = app
    plain, packed = ask(made, "/"), ask(made, "/", {"accept-encoding": "gzip"})
    assert gzip.decompress(packed.body) == plain.body
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["etag"] != plain.headers["etag"]
    for known in (plain, packed):
        again = ask(made, "/", {"accept-encoding": "gzip", "if-none-match": known.headers["etag"]})
        assert (again.status, again.body) == (304, b"")


def test_the_pages_of_a_feed_have_one_address_each(tmp_path: Path) -> None:
    kept: Settings = settings()
    with closing(opened(tmp_path)) as store:
        subscribe(store, HILLS)
        bring(store, HILLS, *(entry(HILLS, f"n{n}") for n in range(PER_PAGE + 3)))
        publish(store, kept, NOW)
    made = Application(home(tmp_path), kept)
    with closing(made):
        first, second = ask(made, "/feeds/all"), ask(made, "/feeds/all/page/2")
        assert [page.text.count("<h3>") for page in (first, second)] == [PER_PAGE, 3]
        for number in ("0", "1", "3", "02", "-1", "x", "²", "2/", "99999999999"):
            assert ask(made, f"/feeds/all/page/{number}").status == 404, number
        assert ask(made, "/feeds/none/page/2").status == 404
