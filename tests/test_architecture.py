"""docs/architecture.md names what there is, and what docs/make.py makes is what lies in docs/."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = ("docs/architecture.md", "CONTRIBUTING.md", "SECURITY.md")

_CODE = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\[[^\]\n]*\]\(([^)\s]+)\)")
_PATH = re.compile(r"(?:[\w.-]+/)+[\w.-]*|[A-Za-z][\w-]*\.(?:py|md|toml|sql|svg)")
_OURS = re.compile(r"(?<![\w./-])(?:benchmarks|docs|feeds|reliability|tests|worker)/(?:[\w./-]*\w)?/?")
# Files of a home.
_ELSEWHERE = re.compile(r"seeds/(?:site|ids)\.toml|site\.toml|ids\.toml|data/.*")


def _maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_docs", DOCS / "make.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


make = _maker()
MADE: dict[str, str] = make.made()


def _paths(page: str) -> set[str]:
    """What a page writes as a path of this repository: in code with a slash or suffix, else by its first folder."""
    text = (ROOT / page).read_text("utf-8")
    codes = {code for code in _CODE.findall(text) if _PATH.fullmatch(code)} | set(_OURS.findall(text))
    return {code for code in codes if not _ELSEWHERE.fullmatch(code)}


@pytest.mark.parametrize("page", PAGES)
def test_files_and_folders_that_a_page_names_are_there(page: str) -> None:
    assert [path for path in sorted(_paths(page)) if not (ROOT / path).exists()] == []


def test_the_architecture_names_every_folder_and_every_file_beside_them() -> None:
    named = _paths("docs/architecture.md")
    for package in ("feeds", "worker"):
        for one in (ROOT / package).iterdir():
            if one.is_dir() and one.name != "__pycache__":
                assert f"{package}/{one.name}/" in named
            elif one.suffix == ".py" and one.name != "__init__.py":
                assert f"{package}/{one.name}" in named


@pytest.mark.parametrize("page", PAGES)
def test_links_of_a_page_lead_to_files(page: str) -> None:
    links = _LINK.findall((ROOT / page).read_text("utf-8"))
    for link in links:
        if "://" not in link and not link.startswith("#"):
            assert (ROOT / page).parent.joinpath(link.partition("#")[0]).is_file(), link


@pytest.mark.parametrize("name", sorted(MADE))
def test_what_the_script_makes_is_what_lies_in_the_docs(name: str) -> None:
    assert (DOCS / name).read_text("utf-8") == MADE[name], "run: python docs/make.py"


def test_the_picture_shows_every_folder_with_its_word() -> None:
    units = {*make.rows("worker"), *make.rows("feeds")}
    assert set(make.imports()) <= units == set(make.WORDS)


def test_every_table_has_a_comment_and_every_column_that_is_not_plain() -> None:
    said, plain = make.comments(), make.plain_columns()
    for file, tables in make.tables().items():
        assert set(said[file]) == set(tables)
        for table, columns in tables.items():
            commented = set(said[file][table]) - {"about"}
            assert said[file][table].get("about"), table
            assert commented <= set(columns), table
            assert set(columns) - commented <= plain, table


def test_arrows_that_longer_ways_say_are_left_out() -> None:
    graph = {"a": frozenset("bc"), "b": frozenset("c"), "c": frozenset()}
    assert make.direct(graph) == {"a": frozenset("b"), "b": frozenset("c"), "c": frozenset()}


def test_the_index_of_decisions_names_each_once_by_its_heading() -> None:
    page = (DOCS / "decisions.md").read_text("utf-8")
    headings = re.findall(r"^## (.+) \(\d{4}-\d\d-\d\d\)$", page, re.MULTILINE)
    assert sorted(re.findall(r"^- \[(.+)\]\(#", page, re.MULTILINE)) == sorted(headings)
    assert len(headings) == page.count("\n## ")
