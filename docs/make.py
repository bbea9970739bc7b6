"""Makes docs/schema.sql and docs/pictures/ from the code, and docs/performance.md from the results of benchmarks:
`python docs/make.py`, at the root of the repository.

The same code gives the same bytes, and tests/test_architecture.py fails when these files are not what the code says.
What is written beside tables and columns is in docs/schema.toml; imports are read from the source, nothing is run.
"""

import ast
import re
import sqlite3
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from html import escape
from pathlib import Path

DOCS = Path(__file__).parent
ROOT = DOCS.parent
PACKAGES = ("worker", "feeds")

Graph = Mapping[str, frozenset[str]]


def made() -> dict[str, str]:
    """The text of every file that this script makes, by its path below docs/."""
    return {
        "schema.sql": schema(),
        "pictures/folders.svg": folders(),
        "pictures/processes.svg": processes(),
        "performance.md": performance(),
    }


# The schema

_HEAD = """\
-- The tables of a home, as they are after all migrations. Made by docs/make.py: edit a migration in
-- feeds/store/migrations.py or a comment in docs/schema.toml, never this file.
--
-- Names that end in _us are moments, in microseconds since 1970 UTC. Flags are 0 or 1. Lists and records are JSON.
-- Not shown: what SQLite, its full-text index and sqlite-utils keep for themselves.
"""
_TITLES = {
    "store": "data/seedfeed.sqlite, the store: the worker alone writes, the server reads.",
    "inbox": "data/inbox.sqlite, the inbox: the server and commands write, the worker reads and answers.",
}
_FOREIGN = re.compile(r"sqlite_|_sqlite_|search_(?:data|idx|content|docsize|config)$")


def comments() -> dict[str, dict[str, dict[str, str]]]:
    """Of docs/schema.toml: by file, by table, by column; `about` is the table's own."""
    said = tomllib.loads((DOCS / "schema.toml").read_text("utf-8"))
    return {file: said[file] for file in _TITLES}


def plain_columns() -> frozenset[str]:
    """Names of columns that need no comment."""
    return frozenset(tomllib.loads((DOCS / "schema.toml").read_text("utf-8"))["plain"])


def tables() -> dict[str, dict[str, tuple[str, ...]]]:
    """The columns of every table of ours, by file and table."""
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for file, connection in _databases():
        names = [name for kind, name, _, _ in _objects(connection) if kind == "table"]
        found[file] = {
            name: tuple(row[1] for row in connection.execute(f"PRAGMA table_info({name})")) for name in names
        }
    return found


def schema() -> str:
    """Every table with its comments, and behind each its indexes, in the order in which migrations made them."""
    parts = [_HEAD]
    for file, connection in _databases():
        parts.append(f"\n-- {_TITLES[file]}\n")
        objects = _objects(connection)
        for kind, name, _, sql in objects:
            if kind != "table":
                continue
            said = comments()[file].get(name, {})
            parts.append(f"\n-- {said.get('about', '')}\n{_table(sql, said)};\n")
            parts += [f"{other};\n" for what, _, table, other in objects if what == "index" and table == name]
    return "".join(parts)


def _databases() -> Iterator[tuple[str, sqlite3.Connection]]:
    """A fresh store and a fresh inbox, each open as long as the caller looks at it."""
    from feeds.store import Store
    from feeds.store.inbox import Inbox

    with tempfile.TemporaryDirectory() as directory:
        store, inbox = Path(directory, "store.sqlite"), Path(directory, "inbox.sqlite")
        Store.open(store).close()
        Inbox(inbox).close()
        for file, path in (("store", store), ("inbox", inbox)):
            with closing(sqlite3.connect(path)) as connection:
                yield file, connection


def _objects(connection: sqlite3.Connection) -> list[tuple[str, str, str, str]]:
    """(type, name, table, SQL) of what is ours."""
    rows = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master WHERE sql <> '' ORDER BY rowid")
    return [row for row in rows.fetchall() if not _FOREIGN.match(row[1])]


def _table(sql: str, said: Mapping[str, str]) -> str:
    """CREATE TABLE with one column a line and its comment behind it."""
    if sql.startswith("CREATE VIRTUAL"):
        return sql
    start, end = sql.index("(") + 1, sql.rindex(")")
    parts = _split(sql[start:end])
    lines = []
    for number, part in enumerate(parts):
        text = f"  {part}{',' if number + 1 < len(parts) else ''}"
        comment = said.get(part.split()[0].strip('"'), "")
        lines.append(f"{text}  -- {comment}" if comment else text)
    return f"{sql[: start - 1].strip()} (\n" + "\n".join(lines) + f"\n){sql[end + 1 :].rstrip()}"


def _split(columns: str) -> list[str]:
    """Definitions of columns and constraints, parted at the commas outside of brackets and quotes."""
    parts, depth, quoted = [""], 0, False
    for letter in columns:
        quoted ^= letter == "'"
        depth += 0 if quoted else (letter == "(") - (letter == ")")
        if letter == "," and not depth and not quoted:
            parts.append("")
        else:
            parts[-1] += letter
    return [" ".join(part.split()) for part in parts]


# The results


def performance() -> str:
    """What was measured last of each figure, see benchmarks/results.py."""
    from benchmarks import results

    return results.page(results.read())


# Imports

# What is in a folder or file, for the picture.
WORDS = {
    "worker.cli": "commands",
    "worker.run": "worker and server as processes",
    "worker.cycle": "the order of one cycle",
    "worker.subscribe": "from a typed URL to a source",
    "worker.seeds": "files of the operator",
    "worker.opml": "lists of subscriptions",
    "worker.stories": "which entries tell one story",
    "worker.encoding": "from bytes to text",
    "worker.health": "what breaks and recovers",
    "worker.websub": "requests to hubs and subscribers",
    "worker.parse": "from documents to raw entries",
    "worker.entries": "from raw entries to entries",
    "worker.processes": "pool and killable children",
    "worker.fetch": "conditional requests",
    "worker.model": "nouns of one run",
    "worker.home": "what init writes",
    "feeds.server": "the HTTP server",
    "feeds.app": "routes",
    "feeds.admin": "the operator's page, metrics",
    "feeds.export": "the site as static files",
    "feeds.serve": "answers to requests",
    "feeds.publish": "from entries to documents",
    "feeds.store": "SQLite: the store and the inbox",
    "feeds.websub": "rules of WebSub",
    "feeds.settings": "seeds/site.toml",
    "feeds.render": "bytes of formats and pages",
    "feeds.http": "validators, codings, answers",
    "feeds.search": "the search language",
    "feeds.automatic": "names of automatic feeds",
    "feeds.traffic": "counts and clients",
    "feeds.text": "plain text, dates, URLs",
    "feeds.model": "nouns",
    "feeds.errors": "the tree of errors",
    "feeds.lifeline": "ends with its parent",
    "feeds.signals": "Ctrl-C in the first moment",
}


def imports() -> Graph:
    """What each folder or file below feeds/ and worker/ imports of the others there."""
    found: dict[str, set[str]] = {}
    for file in _sources():
        unit = _unit(file)
        for name in _imported(file) if unit else ():
            other = _unit_named(name)
            found.setdefault(unit, set())
            if other and other != unit:
                found[unit].add(other)
    return {unit: frozenset(others) for unit, others in sorted(found.items())}


def opened() -> dict[str, tuple[str, ...]]:
    """The files that open the store to write it, the store to read it, and the inbox."""
    calls = {"Store.open": "write", "Store.open_readonly": "read", "Inbox": "inbox"}
    found: dict[str, list[str]] = {name: [] for name in calls.values()}
    for file in _sources():
        tree = ast.parse(file.read_text("utf-8"))
        names = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
        for call, what in calls.items():
            if call in names:
                found[what].append(file.relative_to(ROOT).as_posix())
    return {what: tuple(files) for what, files in found.items()}


def _sources() -> list[Path]:
    return sorted(file for package in PACKAGES for file in (ROOT / package).rglob("*.py"))


def _unit(file: Path) -> str:
    """The folder or file below a package that a module belongs to; "" for the package itself."""
    parts = file.relative_to(ROOT).with_suffix("").parts[:2]
    return "" if parts[1] == "__init__" else ".".join(parts)


def _unit_named(name: str) -> str:
    """The same of a name that is imported; "" for what is not ours, or the package's own (its version)."""
    package, _, rest = name.partition(".")
    unit = f"{package}.{rest.partition('.')[0]}"
    there = (ROOT / package / unit.partition(".")[2]).is_dir() or (ROOT / f"{unit.replace('.', '/')}.py").is_file()
    return unit if package in PACKAGES and rest and there else ""


def _imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _below(graph: Graph, unit: str) -> frozenset[str]:
    """All that a unit imports, directly or not."""
    found: set[str] = set()
    left = list(graph.get(unit, ()))
    while left:
        other = left.pop()
        if other not in found:
            found.add(other)
            left += graph.get(other, ())
    return frozenset(found)


def direct(graph: Graph) -> Graph:
    """Without the arrows that longer ways of arrows say already."""
    return {
        unit: frozenset(
            other for other in others if not any(other in _below(graph, between) for between in others - {other})
        )
        for unit, others in graph.items()
    }


def rows(package: str) -> list[str]:
    """The folders and files of a package from top to bottom, as the import contracts in pyproject.toml order them."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    layers = next(one["layers"] for one in contracts if one.get("containers") == [package])
    return [f"{package}.{name}" for layer in layers for name in re.split(r"\s*[|:]\s*", layer)]


# The pictures

_STYLE = """\
<style>
text { font: 13px sans-serif; fill: #1a1a1a }
.name { font-weight: bold }
.head { font-size: 16px; font-weight: bold }
.small { font-size: 11px; fill: #555 }
.box { fill: #fff; stroke: #555 }
.worker { fill: #fdf3e1 }
.feeds { fill: #e6f0fa }
.file { fill: #eee }
.line { fill: none; stroke: #777 }
.across { fill: none; stroke: #b5792a; stroke-opacity: .55 }
</style>
<defs><marker id="end" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto">\
<path d="M0 0 8 4 0 8z" fill="#555"/></marker></defs>
"""
_ROW, _WIDE, _HIGH, _TOP = 44, 230, 34, 60
_LEFT = {"worker": 190, "feeds": 620}


def _svg(width: int, height: int, title: str, parts: Sequence[str]) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    ground = f'<rect width="{width}" height="{height}" fill="#fff"/>\n'
    return (
        f'{head} role="img" aria-label="{escape(title)}">\n<title>{escape(title)}</title>\n{_STYLE}{ground}'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def _text(x: int, y: int, text: str, kind: str = "", anchor: str = "start") -> str:
    return f'<text x="{x}" y="{y}" class="{kind}" text-anchor="{anchor}">{escape(text)}</text>'


def _box(x: int, y: int, width: int, height: int, kind: str) -> str:
    return f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="4" class="box {kind}"/>'


def folders() -> str:
    """worker/ to the left, feeds/ to the right, from top to bottom; arrows at the sides within each, across between."""
    graph = direct(imports())
    columns = {package: rows(package) for package in PACKAGES}
    middle = {
        unit: _TOP + number * _ROW + _HIGH // 2 for units in columns.values() for number, unit in enumerate(units)
    }
    parts = []
    for unit, others in graph.items():
        package = unit.partition(".")[0]
        for other in sorted(others, key=lambda one: (middle[one], one)):
            if other.startswith(f"{package}."):
                parts.append(_arc(package, middle[unit] + 6, middle[other] - 6))
            else:
                start, end = _LEFT["worker"] + _WIDE, _LEFT["feeds"]
                at = middle[other]
                bend = f"C{start + 90} {middle[unit]} {end - 90} {at} {end - 1} {at}"
                parts.append(f'<path class="across" d="M{start} {middle[unit]}{bend}" marker-end="url(#end)"/>')
    for package, units in columns.items():
        x = _LEFT[package]
        parts.append(_text(x, _TOP - 22, f"{package}/", "head"))
        for unit in units:
            folder = (ROOT / unit.replace(".", "/")).is_dir()
            name = unit.partition(".")[2] + ("/" if folder else ".py")
            parts.append(_box(x, middle[unit] - _HIGH // 2, _WIDE, _HIGH, package if folder else "file"))
            parts.append(_text(x + 8, middle[unit] - 2, name, "name"))
            parts.append(_text(x + 8, middle[unit] + 12, WORDS.get(unit, ""), "small"))
    height = _TOP + max(map(len, columns.values())) * _ROW + 24
    note = "An arrow: imports. Left out are arrows that longer ways of arrows say already."
    parts.append(_text(_LEFT["worker"], height - 14, note, "small"))
    return _svg(1040, height, "Folders of Seedfeed and what imports what", parts)


def _arc(package: str, start: int, end: int) -> str:
    """From one row to a lower one, the wider the longer: to the left of worker/, to the right of feeds/."""
    side = -1 if package == "worker" else 1
    x = _LEFT[package] + (_WIDE if side > 0 else 0)
    far = x + side * (18 + (end - start) * 22 // 100)
    return f'<path class="line" d="M{x} {start}C{far} {start} {far} {end} {x + side} {end}" marker-end="url(#end)"/>'


def processes() -> str:
    """The worker and the server, the store and the inbox between them, and what each has to do with the outside."""
    found = opened()
    parts = [
        _box(30, 60, 250, 300, "worker"),
        _text(45, 85, "Worker", "head"),
        _text(45, 103, "one process; the lock data/worker.lock", "small"),
        _box(740, 60, 250, 300, "feeds"),
        _text(755, 85, "Server", "head"),
        _text(755, 103, "child of the worker, or seedfeed serve", "small"),
        _box(380, 80, 260, 90, "file"),
        _text(395, 105, "Store", "head"),
        _text(395, 125, "data/seedfeed.sqlite", "small"),
        _text(395, 141, "entries, documents, state of polling", "small"),
        _box(380, 250, 260, 90, "file"),
        _text(395, 275, "Inbox", "head"),
        _text(395, 295, "data/inbox.sqlite", "small"),
        _text(395, 311, "orders, pushes, hub requests, counts", "small"),
        *_arrows([(280, 112, 378, 112), (740, 112, 642, 112), (740, 285, 642, 285), (280, 285, 378, 285)]),
        _text(330, 104, "writes", "small", "middle"),
        _text(690, 104, "reads", "small", "middle"),
        _text(690, 277, "writes", "small", "middle"),
        _text(330, 277, "reads, answers", "small", "middle"),
        *_files(45, 135, "The store is opened to write in", found["write"]),
        *_files(45, 200, "The inbox is opened in", [one for one in found["inbox"] if one.startswith("worker/cycle/")]),
        *_files(755, 135, "The store is opened to read in", [one for one in found["read"] if one.startswith("feeds/")]),
        *_files(755, 200, "The inbox is opened in", [one for one in found["inbox"] if one.startswith("feeds/")]),
        _box(30, 400, 250, 56, ""),
        _text(45, 423, "Executors and children", "name"),
        _text(45, 441, "fetch, parse, clean: values in, values out", "small"),
        *_arrows([(130, 360, 130, 398), (180, 400, 180, 362)]),
        _box(380, 400, 260, 56, ""),
        _text(395, 423, "Commands while a worker runs", "name"),
        _text(395, 441, _joined(one for one in found["inbox"] if one.startswith("worker/cli/")), "small"),
        *_arrows([(510, 400, 510, 342)]),
        _box(740, 400, 250, 56, ""),
        _text(755, 423, "Readers, hubs, subscribers", "name"),
        _text(755, 441, "ask and push; the server never calls out", "small"),
        *_arrows([(840, 400, 840, 362), (890, 360, 890, 398)]),
        _box(30, 490, 250, 56, ""),
        _text(45, 513, "seeds/, remote feeds, hubs", "name"),
        _text(45, 531, "read and asked; the worker never listens", "small"),
        *_arrows([(155, 490, 155, 458)]),
        _text(380, 513, "Commands that look (why, sources, entries) read the store themselves:", "small"),
        _text(380, 531, _joined(one for one in found["read"] if one.startswith("worker/")), "small"),
    ]
    return _svg(1020, 566, "The worker, the server, and the store and the inbox between them", parts)


def _joined(files: Iterator[str]) -> str:
    return ", ".join(files)


def _arrows(ends: Sequence[tuple[int, int, int, int]]) -> list[str]:
    return [f'<path class="line" d="M{a} {b}L{c} {d}" marker-end="url(#end)"/>' for a, b, c, d in ends]


def _files(x: int, y: int, head: str, files: Sequence[str]) -> list[str]:
    return [_text(x, y, head, "small"), *(_text(x + 8, y + 17 * n, file) for n, file in enumerate(files, 1))]


def main() -> None:
    for name, text in made().items():
        file = DOCS / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, "utf-8", newline="\n")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
