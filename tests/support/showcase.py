"""A site with one of everything that a page may have to show: many languages, foreign HTML of every kind, edits, a
story at several outlets, withdrawn entries, private sources, lists that are long.
"""

import json
import random
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from feeds.model import Enclosure, Entry, Person
from feeds.publish.regenerate import publish
from feeds.settings.load import Home
from feeds.settings.schema import Settings
from feeds.text.urls import page_uuid
from support.builders import HOUR, NOW, SEEDS, bring, entry, opened, plant, settings, source, subscribe, withdraw
from worker.entries.sanitise import sanitise

HILLS = source("hills", title="Hill Country Observer", categories=("World news",))
COAST = source("coast", title="Coast & Harbour Gazette", categories=("World news",))
CAIRO = source("cairo", title="صحيفة القاهرة اليوم", categories=("شؤون دولية",))
SECRET = source("secret", title="Secret client", private=True)

VIETNAMESE = (
    "VHO - Sáng 16.12, tại Hà Nội, Chủ tịch nước Tô Lâm dự và phát biểu chỉ đạo tại Hội nghị tổng kết công tác năm 2024"
    " và triển khai nhiệm vụ năm 2025 của ngành. Cùng dự có các đồng chí lãnh đạo Đảng, Nhà nước, đại diện các ban, bộ,"
    " ngành và địa phương; hội nghị được truyền hình trực tiếp tới 63 điểm cầu trên cả nước."
)
ARABIC = (
    "أعلنت الوزارة يوم الاثنين 16.12 أن الاجتماع السنوي سيعقد في القاهرة بحضور ممثلين عن أكثر من 40 دولة،"
    " وقالت إن RSS 2.0 سيبقى مدعوما."
)
HEBREW = "משרד התחבורה הודיע כי קו הרכבת החדש בין תל אביב לירושלים ייפתח בשנת 2025, לאחר עיכוב של 18 חודשים."
LONG_WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
LONG_URL = "https://hills.example/" + "a-very-long-path-without-any-break/" * 6 + "?q=" + "x" * 120
SNOW = (
    "Snow fell on the northern hills through the night, and by the morning the road over the pass had vanished;"
    " nobody in the valley could remember a winter that had come so early. Shepherds brought their flocks down to the"
    " river meadows, and the school stayed shut."
)
TOKEN = "hush"
PICTURE = "/media/picture.png"


def invented(seed: int, words: int) -> str:
    """Words that no compression knows from elsewhere: denser than prose of any language."""
    draw = random.Random(seed)
    return " ".join(
        "".join(draw.choice("bdghklmnprstvđ") + draw.choice("aeiouơưếộ") for _ in range(draw.randint(1, 4)))
        for _ in range(words)
    )


HARD_HTML = f"""
<h1>A heading of its own</h1>
<p>{invented(1, 40)}. A long word: {LONG_WORD}. A long address:
<a href="{LONG_URL}">{LONG_URL}</a></p>
<p><img src="{PICTURE}?alone"></p>
<p>Before <img src="{PICTURE}?within" alt="a formula"> and after; a smile <img src="{PICTURE}?sign" alt="🙂">.</p>
<figure><img src="{PICTURE}?sized" width="1200" height="800" alt="The pass under snow"><figcaption>The pass, on
Monday</figcaption></figure>
<p><a href="https://hills.example/gallery"><img src="{PICTURE}?linked"></a> <a href="https://hills.example/empty"></a></p>
<h4>A table</h4>
<table><caption>Snow, in centimetres</caption>
<tr>{"".join(f"<th>Station number {n}</th>" for n in range(12))}</tr>
<tr>{"".join(f"<td>{n * 7}</td>" for n in range(12))}</tr></table>
<pre><code>def depth(station: str, day: date) -> Centimetres:  # {"a comment that is wider than any telephone " * 3}
    return archive[station][day]</code></pre>
<blockquote><p>“Nobody could remember a winter like it.”</p></blockquote>
<ul><li>one</li><li>two<ol><li>nested</li></ol></li></ul>
<dl><dt>Pass</dt><dd>closed</dd></dl><hr>
<p>Some <code>inline code</code>, <mark>a mark with <a href="https://hills.example/m">a link</a></mark>, <del>gone</del>
and <ins>new</ins> words, H<sub>2</sub>O, <small>small print</small>, <abbr title="World Meteorological
Organization">WMO</abbr>, <kbd>Ctrl</kbd>.</p>
<details><summary>More</summary><p>Hidden at first.</p></details>
<video src="https://hills.example/film.mp4"></video><audio src="https://hills.example/sound.mp3"></audio>
<p dir="rtl" lang="ar">{ARABIC}</p>
"""


def hard(base: str) -> str:
    """Foreign HTML of every kind, with pictures from the site itself."""
    return sanitise(HARD_HTML.replace(PICTURE, base + PICTURE), "https://hills.example/")


def entries(base: str) -> dict[str, Entry]:
    """By a name for each."""
    return {
        "wire": entry(
            SEEDS,
            "wire",
            title="Chủ tịch nước Tô Lâm: Ngành phải đổi mới mạnh mẽ, toàn diện cả về tư duy và hành động",
            language="vi",
            categories=("Chính trị", "Văn hóa"),
            credit="TTXVN",
            authors=(),
            summary=VIETNAMESE,
            content="".join(f"<p>{VIETNAMESE}</p>" for _ in range(12)) + "<p>Theo TTXVN</p>",
        ),
        "long": entry(
            SEEDS,
            "long",
            title="A very long report",
            authors=(Person("Ada Night"),),
            summary=invented(5, 60),
            content="".join(f"<p>{invented(n, 60)}.</p>" for n in range(200)),
        ),
        "hebrew": entry(
            SEEDS,
            "hebrew",
            title="RSS 2.0: קו הרכבת החדש ייפתח בשנת 2025",
            language="he",
            summary=HEBREW,
            content=f"<p>{HEBREW}</p>" * 4,
            categories=("תחבורה",),
        ),
        "hard": entry(
            HILLS,
            "hard",
            title="Everything that HTML can hold",
            content=hard(base),
            image=f"{base}{PICTURE}?lead",
            summary=invented(2, 60),
            authors=(Person("Ada Night", uri="https://hills.example/ada"), Person("Bo Day")),
            enclosures=(Enclosure("https://hills.example/talk.mp3", "audio/mpeg", 12_345_678),),
            comments="https://hills.example/hard#comments",
            categories=("weather", "snow & ice"),
        ),
        "arabic": entry(
            CAIRO,
            "arabic",
            title="اجتماع القاهرة السنوي: RSS 2.0 باق",
            language="ar",
            summary=ARABIC,
            content=f"<p>{ARABIC}</p>" * 5,
            authors=(Person("ليلى منصور"),),
        ),
        "titled": entry(
            HILLS,
            "titled",
            title=f"{LONG_WORD} {LONG_URL} " + "And so on and on. " * 20,
            content="",
            summary=f"{LONG_URL} {invented(3, 60)}",
        ),
        "story": entry(HILLS, "story", title="Snow closes the pass", content=f"<p>{SNOW}</p>", summary=SNOW),
        "copy": entry(COAST, "copy", title="Pass closed by snow", content=f"<p>{SNOW}</p>", summary=SNOW),
        "edited": entry(
            HILLS,
            "edited",
            title="Bridge closed until Friday",
            summary="The bridge is closed.",
            content="<p>The old bridge is closed until Friday, the council said on Monday.</p>"
            f"<p>{invented(4, 60)}.</p><p>Two people were hurt.</p>",
        ),
        "hidden": entry(SECRET, "hidden", title="A secret", content="<p>Secret words.</p>"),
        "gone": entry(SEEDS, "gone", title="Withdrawn words"),
    }


def address(of: Entry) -> str:
    """The path of an entry's page."""
    return f"/entries/{page_uuid(of.id)}"


def build(root: Path, base: str, **keys: object) -> tuple[Mapping[str, Entry], Settings]:
    """Makes the home; `base` is where it will be served."""
    kept = settings(
        title="Tin & more: the valley's newspaper",
        subtitle="Notes from the hills and the coast, in five languages",
        author="Toà soạn",
        base_url=base,
        **keys,
    )
    named = entries(base)
    with closing(opened(root)) as store:
        subscribe(store, HILLS, COAST, CAIRO, SECRET)
        subscribe(store, *(source(f"outlet{n}", title=f"Outlet number {n}") for n in range(70)))
        filler = [
            entry(COAST, f"filler{n}", title=f"Harbour notes: {invented(n, 15)}", summary=invented(-n, 90),
                  published=NOW - (n + 2) * HOUR)
            for n in range(60)
        ]  # fmt: skip
        bring(store, COAST, *filler)
        plant(store, *(one for one in named.values() if one.source_id == SEEDS.key))
        for of, names in ((HILLS, ("hard", "titled", "story", "edited")), (CAIRO, ("arabic",)), (COAST, ("copy",)),
                          (SECRET, ("hidden",))):  # fmt: skip
            bring(store, of, *(named[name] for name in names))
        for n, (old, new) in enumerate(
            [("until Friday", "until Sunday"), ("Two people were hurt", "Three people were hurt, one of them badly")]
        ):
            before = named["edited"]
            named["edited"] = replace(
                before,
                title=before.title.replace(old, new),
                content=before.content.replace(old, new),
                digest=f"edit {n}",
                updated=NOW + (n + 1) * timedelta(minutes=40),
            )
            bring(store, HILLS, named["edited"], now=NOW + (n + 1) * timedelta(minutes=40))
        # One word of a text that runs from right to left, and a number in it.
        named["arabic"] = replace(
            named["arabic"], content=named["arabic"].content.replace("40", "45").replace("القاهرة", "الجيزة", 1),
            digest="edit", updated=NOW + timedelta(minutes=50),
        )  # fmt: skip
        bring(store, CAIRO, named["arabic"], now=NOW + timedelta(minutes=50))
        withdraw(store, named["gone"])
        publish(store, kept, NOW + 2 * HOUR)
    told = {name: getattr(kept, name) for name in ("title", "subtitle", "author", "base_url", "revisions")}
    lines = [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in told.items()]
    lines += ["[server]", f'admin_token = "{TOKEN}"']
    Home(root).settings_file.write_text("\n".join(lines), encoding="utf-8")
    return named, kept
