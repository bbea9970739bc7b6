"""The commands: which arguments they refuse, and what they print where."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from worker.cli import commands as cli
from worker.cli import terminal

NOT_UTF8 = b"caf\xe9".decode("utf-8", "surrogateescape")
LONG = "x" * 100_000


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "seeds").mkdir()
    return tmp_path


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with three articles, which the worker has taken in."""
    root = tmp_path_factory.mktemp("settled")
    (root / "seeds").mkdir()
    (root / "seeds" / "site.toml").write_text('[seeds]\nsettle = "0s"\n', encoding="utf-8")
    for n in range(3):
        (root / "seeds" / f"{n}.txt").write_text(f"Article {n}\n\nYou are welcome to read it.\n", encoding="utf-8")
    subprocess.run([sys.executable, "-m", "worker.cli", "worker", "--once", "--home", str(root)], check=True)
    return root


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["remove", "", "--entries"], "'URL': it is empty"),
        (["add", "http://a.example/", ""], "'URL': it is empty"),
        (["pause", ""], "'SLUG': it is empty"),
        (["why", " \t"], "'ID|URL|FILE': it is empty"),
        (["resume", ""], "'SLUG': it is empty"),
        (["hide", ""], "'ID|URL': it is empty"),
        (["merge", "a", ""], "'ID|URL': it is empty"),
        (["why", ""], "'ID|URL|FILE': it is empty"),
        (["import", ""], "'FILE': it is empty"),
        (["export", ""], "'DIR': it is empty"),
        (["init", ""], "'DIR': it is empty"),
        (["run", "--host", ""], "'--host': it is empty"),
        (["publish", "", "--accept"], "--accept needs the name of a feed"),
        (["hide", NOT_UTF8], "it is not UTF-8"),
        (["split", NOT_UTF8], "it is not UTF-8"),
        (["pause", NOT_UTF8], "it is not UTF-8"),
        (["publish", NOT_UTF8, "--accept"], "it is not UTF-8"),
        (["entries", NOT_UTF8], "it is not UTF-8"),
        (["add", "http://a.example/", "--title", NOT_UTF8], "it is not UTF-8"),
        (["serve", "--host", NOT_UTF8], "it is not UTF-8"),
        (["hide", LONG], "more than 8,192 characters"),
        (["resume", LONG], "more than 8,192 characters"),
        (["run", "--host", "[::1]"], "'--host': expected a host name or an IP address"),
        (["serve", "--host", "127.0.0.1:80"], "'--host': expected a host name or an IP address"),
        (["init", "a"], "DIR and --home name two homes"),
        (["help", "nothing"], "No such command 'nothing'"),
    ],
)
def test_arguments_by_which_nothing_can_be_meant_are_refused(home: Path, arguments: list[str], said: str) -> None:
    named = [] if arguments[0] == "help" else ["--home", str(home)]
    result = CliRunner().invoke(cli.app, [*arguments, *named])
    assert (result.exit_code, said in result.output) == (2, True), result.output
    assert [path.name for path in home.rglob("*")] == ["seeds"]


def test_what_is_empty_by_default_may_be_given_as_empty(home: Path) -> None:
    assert CliRunner().invoke(cli.app, ["entries", "", "--feed", "", "--home", str(home)]).exit_code == 0


@pytest.mark.parametrize("command", ["", "run"])
def test_help_as_a_command_shows_what_the_option_shows(command: str) -> None:
    asked, given = (
        CliRunner().invoke(cli.app, words) for words in (["help", *command.split()], [*command.split(), "-h"])
    )
    assert asked.exit_code == 0
    assert asked.output == given.output


def test_a_table_cuts_titles_alone_so_that_slugs_and_times_can_be_copied(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "60")
    lines: list[dict[str, object]] = [
        {
            "slug": "a-slug-that-is-quite-long-indeed",
            "title": "日本語のニュース [b] :x: と言葉",
            "at": "2026-12-01T13:54:02Z",
        },
        {"slug": "b", "title": None, "at": None},
    ]
    terminal.print_table(lines, {"slug": "source", "title": "title", "at": "next poll"}, cut="title")
    head, first, second = re.sub("\x1b.*?m", "", capsys.readouterr().out).splitlines()
    assert head.split() == ["source", "title", "next", "poll"]
    assert first == "a-slug-that-is-quite-long-indeed  日本語のニ …  2026-12-01T13:54:02Z"
    assert second == "b"


@pytest.mark.parametrize(
    ("words", "needless"),
    [
        (("--help",), "rich pydantic asyncio logging.handlers feeds.store feeds.settings.load"),
        (("entries", "welcome"), "rich asyncio aiohttp lxml numpy yaml multiprocessing logging.handlers"),
        (("why", "0.txt"), "rich asyncio aiohttp feedparser multiprocessing sqlite_utils"),
        (
            ("worker", "--once"),
            "rich asyncio aiohttp lxml numpy yaml nh3 feedparser feedgen py3langid sqlite_utils granian apscheduler"
            " multiprocessing.forkserver concurrent.futures.process worker.parse worker.seeds.readers worker.stories",
        ),
    ],
)
def test_a_command_imports_only_what_it_needs(settled: Path, words: tuple[str, ...], needless: str) -> None:
    """Start-up is most of what a command costs, and what is imported says so alike on every machine."""
    named = [] if words == ("--help",) else ["--home", str(settled)]
    command = [sys.executable, "-X", "importtime", "-m", "worker.cli", *words, *named]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    imported = set(re.findall(r"\| +(\S+)$", done.stderr, re.MULTILINE))
    assert imported >= {"typer", "worker.cli.entries"}
    assert not imported.intersection(needless.split())


@pytest.mark.parametrize("command", ["sources", "entries"])
def test_a_home_in_which_the_worker_cannot_begin_is_told(home: Path, command: str) -> None:
    def run() -> tuple[int, str]:
        result = CliRunner().invoke(cli.app, [command, "--home", str(home)])
        return result.exit_code, result.stderr + str(result.exception or "")

    assert run() == (0, f"seedfeed: {home}/data/seedfeed.sqlite: not there yet; the worker makes it\n")
    (home / "data").mkdir()
    (home / "data" / "seedfeed.sqlite").touch()
    code, said = run()
    assert (code, "seedfeed.sqlite" in said) == (1, True), "a store of 0 bytes is damaged"
    (home / "data" / "seedfeed.sqlite").unlink()
    (home / "seeds" / "ids.toml").mkdir()
    code, said = run()
    assert (code, "ids.toml" in said) == (1, True)
    (home / "data").rmdir()
    (home / "data").touch()
    code, said = run()
    assert (code, "look whether data/ is a directory" in said) == (1, True)


@pytest.mark.parametrize("arguments", [["export-opml"], ["sources"], ["sources", "--json"]], ids=" ".join)
def test_output_that_nobody_reads_is_no_failure(home: Path, arguments: list[str]) -> None:
    line = [sys.executable, "-m", "worker.cli", *arguments, "--home", str(home)]
    reading, writing = os.pipe()
    os.close(reading)
    unread = subprocess.run(line, stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    closed = subprocess.run(["sh", "-c", '"$@" >&-', "sh", *line], capture_output=True, check=False)
    # Only its messages get lost: here, that the worker has not begun.
    full = subprocess.run(["sh", "-c", '"$@" 2>/dev/full', "sh", *line], capture_output=True, check=False)
    for done in (unread, closed, full):
        assert (done.returncode, b"Error" in done.stderr, b"fault" in done.stderr) == (0, False, False)
