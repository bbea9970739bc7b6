"""README and docs say what there is, and nothing else, both ways: commands, settings, addresses, error codes, links."""

import ast
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from typer.main import get_command
from typer.testing import CliRunner

from feeds.automatic import AUTOMATIC
from feeds.publish import assembly
from feeds.search.query import FILTERS
from feeds.settings.load import HOME_VARIABLE, variable
from feeds.settings.schema import FeedSettings, Settings, SourceSettings
from worker.cli import commands as cli
from worker.seeds.readers import FORMATS
from worker.seeds.readers.front_matter import KEYS

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = (ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DOCS.glob("*.md")))
EVERYTHING = "\n".join(page.read_text("utf-8") for page in PAGES)

_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\[[^\]\n]+\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^(#{1,6}) (.+)$", re.MULTILINE)
_COMMAND = re.compile(r"\bseedfeed ([a-z][a-z-]*)")
_OPTION = re.compile(r"(?<![\w-])--[a-z]+(?:-[a-z]+)*")
_ERROR_CODE = re.compile(r"\b[EW]_[A-Z]+\b")


def _page(name: str) -> str:
    return (DOCS / name).read_text("utf-8")


def _section(page: str, heading: str) -> str:
    """What stands below a heading, up to the next one of its level or above; it is there exactly once."""
    found = [match for match in _HEADING.finditer(page) if match[2] == heading]
    assert len(found) == 1, f"one heading {heading!r}"
    level = len(found[0][1])
    after = (match.start() for match in _HEADING.finditer(page, found[0].end()) if len(match[1]) <= level)
    return page[found[0].end() : next(after, len(page))]


def _rows(passage: str) -> list[list[str]]:
    """The cells of every row of the tables in a passage, without their heads."""
    lines = [line for line in passage.splitlines() if line.startswith("|")]
    rows = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
    rules = [number for number, row in enumerate(rows) if all(re.fullmatch("-+", cell) for cell in row)]
    return [row for number, row in enumerate(rows) if number not in rules and number + 1 not in rules]


def _codes(passages: Iterable[str]) -> list[str]:
    return [code for passage in passages for code in _CODE.findall(passage)]


def _first_column(passage: str) -> list[str]:
    return _codes(row[0] for row in _rows(passage))


# Commands

# Options of systemctl and useradd.
OF_OTHERS = {"--force", "--now", "--system", "--create-home", "--home-dir", "--shell"}
COMMANDS: Mapping[str, Any] = get_command(cli.app).commands  # type: ignore[attr-defined]  # typer's own group
NOW = sorted({name for name, one in COMMANDS.items() if not one.hidden} - set(cli.LATER))


def _options(command: str) -> set[str]:
    parameters = (one for one in COMMANDS[command].params if one.param_type_name == "option")
    return {name for one in parameters for name in one.opts} - {"--home", "--help", "-h"}


@pytest.mark.parametrize("command", NOW)
def test_every_command_has_a_section_that_names_its_options_and_no_others(command: str) -> None:
    section = _section(_page("commands.md"), f"`seedfeed {command}`")
    named = {option for code in _first_column(section) for option in _OPTION.findall(code)}
    assert named == _options(command)
    usage = re.search(r"^ {4}(seedfeed .+)$", section, re.MULTILINE)
    assert set(_OPTION.findall(usage[1] if usage else "")) <= named
    assert "--home" in {option for one in COMMANDS[command].params for option in one.opts}


@pytest.mark.parametrize("command", ["", *NOW])
def test_help_speaks_of_arguments_as_manuals_do(command: str) -> None:
    shown = CliRunner().invoke(cli.app, [*command.split(), "-h"])
    assert shown.exit_code == 0
    assert shown.output.startswith(f"Usage: seedfeed{command and ' '}{command} [OPTIONS]")
    assert re.search(r"<\w+>|\{|…", shown.output) is None


@pytest.mark.parametrize(
    ("mistyped", "meant"), [("sourcse", "'sources'"), ("entries --limt 3", "--limit"), ("publsh", "'publish'")]
)
def test_a_command_or_option_that_is_mistyped_is_answered_with_what_may_be_meant(mistyped: str, meant: str) -> None:
    answer = CliRunner().invoke(cli.app, mistyped.split())
    assert answer.exit_code == 2
    assert meant in answer.output


def test_commands_that_come_later_are_listed_as_not_yet_and_say_so() -> None:
    listed = [_COMMAND.findall(code) for code in _first_column(_section(_page("commands.md"), "Not yet"))]
    assert sorted(name for names in listed for name in names) == sorted(cli.LATER)
    readme = _section((ROOT / "README.md").read_text("utf-8"), "What does not work yet")
    assert set(cli.LATER) <= set(_codes([readme]))


@pytest.mark.parametrize(
    "arguments",
    [[name] for name in cli.LATER],
    ids=" ".join,
)
def test_what_is_documented_as_not_yet_ends_with_exit_code_2(arguments: list[str]) -> None:
    result = CliRunner().invoke(cli.app, arguments)
    assert result.exit_code == 2
    assert "not yet" in result.output


def test_the_readme_lists_the_commands_that_work() -> None:
    rows = _first_column(_section((ROOT / "README.md").read_text("utf-8"), "Commands"))
    assert sorted(name for code in rows for name in _COMMAND.findall(code)) == NOW


def test_no_page_names_a_command_or_an_option_that_is_not_there() -> None:
    told = _codes([EVERYTHING]) + [body for _, body in _BLOCK.findall(EVERYTHING)]
    assert {name for code in told for name in _COMMAND.findall(code)} <= set(COMMANDS)
    options = {
        "--home",
        "--help",
        "--version",
        "--install-completion",
        "--show-completion",
        *(option for name in COMMANDS for option in _options(name)),
    }
    assert {option for code in told for option in _OPTION.findall(code)} <= options | OF_OTHERS


def test_json_lines_have_the_documented_keys(tmp_path: Path) -> None:
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "SEEDFEED_HOME": str(tmp_path), "SEEDFEED_SEEDS__SETTLE": "0s"}

    def seedfeed(*arguments: str) -> str:
        command = [sys.executable, "-m", "worker.cli", *arguments]
        return subprocess.run(command, env=environ, check=True, capture_output=True, text=True).stdout

    seedfeed("init")
    seedfeed("worker", "--once")
    for command in ("sources", "entries"):
        rows = _rows(_section(_page("commands.md"), f"`seedfeed {command}`"))
        told = next(row[1] for row in rows if row[0] == "`--json`")
        keys = _codes([re.sub(r"\([^)]*\)", "", told)])
        assert keys == list(json.loads(seedfeed(command, "--json").splitlines()[0]))


def test_every_make_target_that_pages_name_is_there() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    named = set(re.findall(r"`make (\w+)`|^make (\w+)", EVERYTHING, re.MULTILINE))
    assert {"run", "test"} <= {one or other for one, other in named}
    for one, other in named:
        assert re.search(rf"^{one or other}:", makefile, re.MULTILINE)


def test_every_search_filter_is_explained() -> None:
    rows = _first_column(_section(_page("commands.md"), "Search language"))
    assert sorted(code.partition(":")[0] for code in rows) == sorted(FILTERS)


# Settings

TABLES: Mapping[str, type[BaseModel]] = {
    "The site": Settings,
    **{
        f"`[{name}]`": field.annotation
        for name, field in Settings.model_fields.items()
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
    },
    "`[sources.<slug>]`": SourceSettings,
    "`[feeds.<slug>]`": FeedSettings,
}
TYPES = {bool: "true or false", int: "whole number", list: "list"}


def _keys(table: str) -> set[str]:
    fields = TABLES[table].model_fields
    named = {"sources", "categories", "feeds"}
    inner = {name for name in fields if f"`[{name}]`" in TABLES}
    return set(fields) - inner - (named if TABLES[table] is Settings else set())


@pytest.mark.parametrize("table", TABLES)
def test_every_setting_has_a_row_with_its_type_and_default(table: str) -> None:
    rows = _rows(_section(_page("settings.md"), table))
    assert {row[0].strip("`") for row in rows} == _keys(table)
    model = TABLES[table]
    for name, kind, default, _ in rows:
        key = name.strip("`")
        if not default.startswith("`"):  # in words: as another key says
            assert model.model_fields[key].default is None
            assert set(_codes([default])) <= set(Settings.model_fields)
            continue
        value = tomllib.loads(f"value = {default.strip('`')}")["value"]
        assert kind == TYPES.get(type(value), kind)
        assert isinstance(value, str) or kind in TYPES.values()
        assert getattr(model.model_validate({key: value}), key) == getattr(model(), key)


def test_every_table_of_the_settings_has_a_section_and_no_other_has() -> None:
    headings = {match[2] for match in _HEADING.finditer(_page("settings.md")) if match[2].startswith("`[")}
    assert headings == set(TABLES) - {"The site"} | {"`[categories]`"}


def _toml_blocks() -> Iterator[Any]:
    for page in PAGES:
        for number, (language, body) in enumerate(_BLOCK.findall(page.read_text("utf-8")), 1):
            if language == "toml":
                yield pytest.param(body, id=f"{page.name}-{number}")


@pytest.mark.parametrize("block", [*_toml_blocks()])
def test_toml_in_the_docs_is_accepted_as_settings(block: str) -> None:
    Settings.of(tomllib.loads(block))


def test_settings_and_variables_that_pages_name_are_there() -> None:
    tables = {name.strip("`[]"): _keys(name) for name in TABLES if "." not in name and name != "The site"}
    dotted = re.compile(rf"({'|'.join(tables)})\.([a-z_]+)")
    for code in _codes([EVERYTHING]):
        if found := dotted.fullmatch(code):
            assert found[2] in tables[found[1]] or code == "site.toml"
    known = {variable((key,)) for key in _keys("The site")}
    known |= {variable((table, key)) for table, keys in tables.items() for key in keys}
    assert set(re.findall(r"\bSEEDFEED_[A-Z_]+[A-Z]", EVERYTHING)) <= known | {HOME_VARIABLE}


# Seeds


def test_every_key_of_front_matter_has_a_row() -> None:
    assert sorted(_first_column(_section(_page("seeds.md"), "Front matter"))) == sorted(KEYS)


def test_every_kind_of_file_that_is_read_has_a_row() -> None:
    files = set(_first_column(_section(_page("seeds.md"), "What is read")))
    assert files == {*FORMATS, ".opml", "site.toml", "ids.toml"}


# Addresses


def _routes() -> set[str]:
    """Every address that the server has, as the docs write them."""
    source = (ROOT / "feeds" / "app.py").read_text("utf-8")
    routes = {
        re.sub(r"\{(\w+)\}", lambda name: name[1].upper(), path) for path in re.findall(r'Route\("(.+?)"', source)
    }
    assert {"/", "/feeds/SLUG"} <= routes
    return routes | {f"{stem}.{format_.suffix}" for format_ in assembly.FORMATS for stem in ("/feeds/SLUG", "/search")}


def test_every_address_has_a_row_and_none_that_comes_later_is_there() -> None:
    now, later = _section(_page("serving.md"), "Addresses"), _section(_page("serving.md"), "HTTP")
    assert {code for code in _first_column(now) if code.startswith("/")} == _routes()
    assert not set(_first_column(later)) & _routes()


def test_media_types_are_those_that_are_served() -> None:
    rows = {row[0].strip("`"): row[1] for row in _rows(_section(_page("serving.md"), "Addresses"))}
    for format_ in assembly.FORMATS:
        assert f"`{format_.media_type}`" in rows[f"/feeds/SLUG.{format_.suffix}"]


def test_every_kind_of_automatic_feed_has_a_row() -> None:
    slugs = [code for code in _first_column(_section(_page("serving.md"), "Addresses")) if not code.startswith("/")]
    assert [slug.partition("-")[0] for slug in slugs] == list(AUTOMATIC)


def test_local_addresses_that_pages_name_are_there() -> None:
    for path in set(re.findall(r"http://127\.0\.0\.1:8080(/[^\s`>)\",]*)", EVERYTHING)):
        assert re.sub(r"^/feeds/[a-z-]+", "/feeds/SLUG", path) in _routes()


# Errors


def _raised() -> set[str]:
    """Every code in the code, but for docstrings."""
    found = set()
    for file in (*(ROOT / "feeds").rglob("*.py"), *(ROOT / "worker").rglob("*.py")):
        tree = ast.parse(file.read_text("utf-8"))
        docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
                found.update(_ERROR_CODE.findall(node.value))
    return found


def test_every_error_code_is_explained_and_none_that_is_never_raised() -> None:
    assert set(_ERROR_CODE.findall(" ".join(_first_column(_page("errors.md"))))) == _raised()
    assert set(_ERROR_CODE.findall(EVERYTHING)) == _raised()


# Links


def _anchors(page: Path) -> set[str]:
    """As GitHub makes them: lower case, no punctuation, hyphens for spaces."""
    titles = (match[2].lower() for match in _HEADING.finditer(page.read_text("utf-8")))
    return {re.sub(r"[^\w\- ]", "", title).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_relative_links_lead_somewhere(page: Path) -> None:
    for link in _LINK.findall(_BLOCK.sub("", page.read_text("utf-8"))):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.is_relative_to(ROOT)
        assert target.is_file(), link
        assert not anchor or anchor in _anchors(target), link


def test_every_page_of_the_docs_is_linked_from_the_readme() -> None:
    links = _LINK.findall((ROOT / "README.md").read_text("utf-8"))
    assert {f"docs/{page.name}" for page in DOCS.glob("*.md")} | {"CHANGELOG.md", "LICENSE"} <= set(links)
