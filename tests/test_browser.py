"""The pages in a real Chromium: accessible, steady, narrow enough, small, silent, and whole without JavaScript.

One server and one browser for all. axe-core finds what WCAG 2.2 AA forbids, as far as a program can tell.
"""

import json
import struct
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any
from urllib.request import urlopen

import pytest

from support import showcase
from support.builders import BASE
from support.feed_readers import tool
from support.site import environment, eventually, free_port

sync_api = pytest.importorskip("playwright.sync_api")

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
MOST_BYTES = 50_000
# Natural sizes of the pictures, whatever the page believes.
SIZES = {"alone": (900, 500), "within": (40, 16), "sign": (72, 72), "sized": (1200, 800), "linked": (300, 700)}
TARGETS = {
    "home": "/",
    "feed": "/feeds/all",
    "the last page of a feed": "/feeds/all/page/2",
    "a feed in Arabic": "/feeds/lang-ar",
    "search": "/search?q=snow",
    "an empty search": "/search?q=xyzzy",
    "a broken query": "/search?q=(snow+OR",
    "a search without a query": "/search",
    "not found": "/nothing",
    "the operator's page": "/admin",
    "what breaks and recovers": "/feeds/health",
    "wire": "", "long": "", "hebrew": "", "hard": "", "arabic": "", "titled": "", "story": "", "gone": "",
    "revisions": "", "revisions in Arabic": "",
}  # fmt: skip
# axe takes its time; the others of a kind are looked at on the telephone alone.
ONE_OF_EACH = {"home", "feed", "search", "a broken query", "not found", "hard", "arabic", "story", "revisions"}
STATUSES = {"not found": 404, "gone": 410, "a broken query": 400}

# Runs before anything else of a page; what the page may not do is told here.
WATCH = """
window.shifts = [];
new PerformanceObserver(list => {
  for (const entry of list.getEntries()) window.shifts.push(
    [entry.value, entry.sources.map(one => one.node && (one.node.outerHTML || one.node.data).slice(0, 90))]);
}).observe({type: 'layout-shift', buffered: true});
"""
# Elements that reach beyond the page and can be seen there.
OVERFLOW = """
() => document.documentElement.scrollWidth > innerWidth
  ? [document.documentElement.scrollWidth, ...[...document.querySelectorAll('body *')]
      .filter(one => one.getBoundingClientRect().right > innerWidth).map(one => one.outerHTML.slice(0, 90)).slice(0, 5)]
  : []
"""
# As somebody reads: down to the end, while pictures come in.
READ = """
async () => {
  const frame = () => new Promise(requestAnimationFrame);
  if (document.images.length) {
    for (let y = 0; y < document.body.scrollHeight; y += 700) {
      scrollTo(0, y);
      await frame();
      await Promise.all([...document.images].filter(image => image.getBoundingClientRect().top < innerHeight)
        .map(image => image.complete || new Promise(done => image.onload = image.onerror = done)));
    }
  }
  await frame();
  await frame();
}
"""
AXE = """
rules => axe.run({runOnly: rules, resultTypes: ['violations']}).then(found =>
  found.violations.flatMap(rule =>
    rule.nodes.map(node => `${rule.id}: ${node.html.slice(0, 160)} ${node.failureSummary}`)))
"""


@dataclass
class Seen:
    """One look at a page."""

    status: int
    transferred: int
    console: list[str] = field(default_factory=list)
    overflow: list[str] = field(default_factory=list)
    shifts: list[Any] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)


class Reading:
    """A browser and the site that it looks at: its own address is a public one, links between its pages are paths."""

    def __init__(self, browser: Any, base: str, paths: dict[str, str]) -> None:
        self.browser = browser
        self.base = base
        self.paths = paths
        self.axe = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")

    @contextmanager
    def window(self, width: int, scheme: str = "light", **options: Any) -> Iterator[Any]:
        """A page of a browser that has seen nothing yet."""
        context = self.browser.new_context(viewport={"width": width, "height": 780}, color_scheme=scheme, **options)
        context.set_extra_http_headers({"authorization": f"Bearer {showcase.TOKEN}"})
        context.set_default_timeout(10_000)
        # Nothing leaves this machine; what was asked for last is asked first.
        context.route("**://*.example/**", lambda route: route.fulfill(body=b"", content_type="audio/mpeg"))
        context.route("**/media/picture.png*", _picture)
        context.add_init_script(WATCH)
        with closing(context):
            yield context.new_page()

    def look(self, page: Any, path: str, *, with_axe: bool = True) -> Seen:
        told: list[str] = []
        handlers = {
            "console": lambda line: told.append(line.text) if line.type in ("error", "warning") else None,
            "pageerror": lambda error: told.append(str(error)),
        }
        for event, handler in handlers.items():
            page.on(event, handler)
        answer = page.goto(self.base + path)
        seen = Seen(answer.status, _transferred(answer))
        page.evaluate(READ)
        seen.shifts = page.evaluate("window.shifts")
        seen.overflow = page.evaluate(OVERFLOW)
        if with_axe:
            # The page's own policy lets no script in: axe comes in beside it, through the debugger.
            page.evaluate(self.axe)
            seen.violations = page.evaluate(AXE, {"type": "tag", "values": TAGS})
        for event, handler in handlers.items():
            page.remove_listener(event, handler)
        # The browser itself says that a page was not found.
        expected = f"status of {answer.status}"
        seen.console = [line for line in told if answer.status < 400 or expected not in line]
        return seen


def _transferred(answer: Any) -> int:
    sizes = answer.request.sizes()
    return int(sizes["responseHeadersSize"] + sizes["responseBodySize"])


def _picture(route: Any) -> None:
    time.sleep(0.05)  # so that the words around it are there first
    width, height = SIZES.get(route.request.url.partition("?")[2], (640, 480))
    route.fulfill(body=_png(width, height), content_type="image/png")


def _png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    pixels = zlib.compress((b"\0" + b"\x80" * width) * height)
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


@pytest.fixture(scope="module")
def reading(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reading]:
    chromium = tool("chromium")
    root = tmp_path_factory.mktemp("site")
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    named, _ = showcase.build(root, BASE, revisions="public")
    paths = {name: path or showcase.address(named[name]) for name, path in TARGETS.items() if path or name in named}
    paths["revisions"] = showcase.address(named["edited"]) + "/revisions"
    paths["revisions in Arabic"] = showcase.address(named["arabic"]) + "/revisions"
    command = [sys.executable, "-m", "feeds.server", "--home", str(root), "--host", "127.0.0.1", "--port", str(port)]
    with subprocess.Popen(command, env=environment()) as server:
        try:
            eventually(lambda: _answers(base), "the server")
            with sync_api.sync_playwright() as playwright:
                browser = playwright.chromium.launch(
                    executable_path=chromium, args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
                )
                try:
                    yield Reading(browser, base, paths)
                finally:
                    browser.close()
        finally:
            server.terminate()


def _answers(base: str) -> bool:
    try:
        with urlopen(f"{base}/") as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


# Colours do not depend on the width, nor the layout on the colours.
@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (1280, "dark")])
def test_every_page_is_accessible_steady_narrow_small_and_silent(reading: Reading, width: int, scheme: str) -> None:
    assert set(reading.paths) == set(TARGETS)
    faults: dict[str, Any] = {}
    with reading.window(width, scheme) as page:
        for name, path in reading.paths.items():
            seen = reading.look(page, path, with_axe=width < 1000 or name in ONE_OF_EACH)
            assert seen.status == STATUSES.get(name, 200), name
            found = {
                "axe": seen.violations,
                "wider than the screen": seen.overflow,
                "shifts": seen.shifts,
                "console": seen.console,
                "bytes": [seen.transferred] if seen.transferred >= MOST_BYTES else [],
            }
            faults |= {f"{name}, {what}": told for what, told in found.items() if told}
    assert not faults, json.dumps(faults, indent=1, ensure_ascii=False)


def test_what_the_looks_are_for_is_seen(reading: Reading) -> None:
    """A page with every fault, so that the test above cannot pass blindly."""
    picture = f"{reading.base}/media/picture.png?sized"
    wrong = f"""<!DOCTYPE html><title>Wrong</title><img src="{picture}"><p style="color: #ccc">Pale words.</p>
        <div style="width: 900px">Wide</div><script>alert(1)</script>{"<p>Words.</p>" * 60}"""
    policy = "default-src 'none'; img-src http:; style-src 'unsafe-inline'"
    headers = {"content-security-policy": policy, "content-type": "text/html"}
    with reading.window(360) as page:
        page.route(f"{reading.base}/wrong", lambda route: route.fulfill(headers=headers, body=wrong))
        seen = reading.look(page, "/wrong")
    rules = {line.partition(":")[0] for line in seen.violations}
    assert {"image-alt", "color-contrast", "html-has-lang"} <= rules
    assert seen.overflow
    assert seen.shifts
    assert any("Content Security Policy" in line for line in seen.console)


def test_a_visitor_without_javascript_finds_stories_feeds_and_searches(reading: Reading) -> None:
    with reading.window(360, java_script_enabled=False) as page:
        page.goto(f"{reading.base}/")
        page.get_by_role("link", name="World news", exact=True).click()
        assert page.url == f"{reading.base}/feeds/category-world-news"
        assert page.get_by_text(f"{BASE}/feeds/category-world-news.atom").is_visible()
        page.get_by_role("link", name="Older stories").click()
        assert page.url.endswith("/page/2")
        page.get_by_role("searchbox", name="Search the stories").fill("bridge closed")
        page.get_by_role("button", name="Search").click()
        page.get_by_role("link", name="Bridge closed until Sunday").click()
        assert page.get_by_role("heading", level=1).inner_text() == "Bridge closed until Sunday"
        page.get_by_role("link", name="What changed since the first version").click()
        assert page.get_by_text("Friday").first.is_visible()


def test_the_first_key_leads_past_the_masthead(reading: Reading) -> None:
    with reading.window(1280) as page:
        page.goto(f"{reading.base}/feeds/all")
        page.keyboard.press("Tab")
        skip = page.get_by_role("link", name="Skip to the content")
        assert skip.evaluate("link => link === document.activeElement && link.getBoundingClientRect().top >= 0")
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"


@pytest.mark.parametrize(
    ("name", "language", "direction"),
    [("arabic", "ar", "rtl"), ("hebrew", "he", "rtl"), ("wire", "vi", "ltr"), ("revisions in Arabic", "ar", "rtl")],
)
def test_a_text_runs_in_the_direction_of_its_language(
    reading: Reading, name: str, language: str, direction: str
) -> None:
    with reading.window(360) as page:
        page.goto(reading.base + reading.paths[name])
        found = page.evaluate("""() => {
            const text = document.querySelector('.content p, .changes p');
            const point = document.querySelector('article .point')?.getBoundingClientRect();
            return [getComputedStyle(text).direction, text.closest('[lang]').lang, point && [point.left, point.right]];
        }""")
    assert found[:2] == [direction, language]
    # The line of who and when begins on the side where reading begins.
    if found[2]:
        left, right = found[2]
        assert right > 335 if direction == "rtl" else left < 25
