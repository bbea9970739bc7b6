"""The commands: `seedfeed COMMAND [--home DIR]`.

Exit 0: all well. 1: it ran, but something failed, told on stderr in one line each. 2: a usage or settings error. With
`--json`, stdout holds JSON lines and nothing else. This floor reads the clock and the environment; no other does.
"""

import logging
import os
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from feeds import __version__
from feeds.config import Home, Settings, find_home, load
from feeds.errors import LockedError, SeedError, SeedfeedError, SettingsError
from worker.lock import worker_lock
from worker.terminal import errors, log_to_stderr, out, print_json, print_table, tell

app = typer.Typer(
    name="seedfeed",
    help="Drop files into seeds/, publish Atom, RSS and JSON feeds.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
HomeOption = Annotated[
    Path | None, typer.Option("--home", help="The home: the directory of seeds/ and data/.", show_default=False)
]
JsonOption = Annotated[bool, typer.Option("--json", help="JSON lines instead of a table.")]
HostOption = Annotated[str | None, typer.Option(help="Address to listen on.", show_default="server.host")]
PortOption = Annotated[int | None, typer.Option(min=1, max=65535, help="Port.", show_default="server.port")]

FAILED, MISUSED = 1, 2


def main() -> None:
    """The entry point: every error that a user can mend is one line, or one for each mistake of a file."""
    try:
        app()
    except SettingsError as error:
        tell(str(error))
        sys.exit(MISUSED)
    except SeedfeedError as error:
        tell(str(error))
        sys.exit(FAILED)


def _clock() -> datetime:
    return datetime.now(UTC)


def _open_home(home: Path | None) -> tuple[Home, Settings]:
    found = find_home(home, os.environ, Path.cwd())
    return found, load(found, os.environ)


@app.command()
def init(
    directory: Annotated[Path | None, typer.Argument(help="Where to make the home.", show_default="here")] = None,
    home: HomeOption = None,
) -> None:
    """Make a home: seeds/site.toml with every key explained, one sample seed, data/."""
    from worker.home import write

    root = directory or home or Path(os.environ.get("SEEDFEED_HOME", "."))
    for path in write(root):
        out.print(f"made {path}", markup=False)
    here = root.resolve() == Path.cwd()
    out.print("Next: seedfeed run" if here else f"Next: seedfeed run --home {root}", markup=False)


@app.command()
def run(home: HomeOption = None, host: HostOption = None, port: PortOption = None) -> None:
    """Worker and server in the foreground, until Ctrl-C."""
    from worker.running import run_both

    found, settings = _open_home(home)
    host, port = host or settings.server.host, port or settings.server.port
    log_to_stderr(logging.INFO)
    run_both(found, settings, host, port, _clock, lambda: _welcome(settings, host, port))


def _welcome(settings: Settings, host: str, port: int) -> None:
    shown = f"[{host}]" if ":" in host else host
    errors.print(f"Seedfeed {__version__} publishes at http://{shown}:{port}/", markup=False)
    errors.print(f"Subscribe to {settings.base_url}/feeds/all.atom; stop with Ctrl-C.", markup=False)
    _warn_of_base_url(settings, host, port)


def _warn_of_base_url(settings: Settings, host: str, port: int) -> None:
    from feeds.app import unreachable

    server = settings.server.model_copy(update={"host": host, "port": port})
    if notice := unreachable(settings.model_copy(update={"server": server})):
        tell(notice)
    elif settings.base_url == Settings().base_url and port != Settings().server.port:
        tell(f"base_url is {settings.base_url}, but the server listens on port {port}; set base_url to match")


@app.command()
def worker(
    home: HomeOption = None,
    once: Annotated[bool, typer.Option("--once", help="One full cycle, then exit: for cron and timers.")] = False,
    everything: Annotated[bool, typer.Option("--all", help="Poll every source, due or not.")] = False,
) -> None:
    """The scheduled worker alone."""
    from worker.running import beat, ingesting, stop_on_signals

    found, settings = _open_home(home)
    stop = stop_on_signals()
    log_to_stderr(logging.CRITICAL if once else logging.INFO)
    with worker_lock(found), ingesting(found, settings, _clock) as ingest:
        if not once:
            if everything:
                ingest.make_due()
            beat(ingest, stop)
            return
        report = ingest.cycle(stop, everything=everything)
        ingest.expect(settings.worker.poll_max + timedelta(hours=1))
    for line in (*report.problems, *report.failures):
        tell(str(line))
    out.print(
        f"{report.new} new, {report.changed} changed, {report.duplicates} folded, {report.withdrawn} withdrawn;"
        f" {report.polled} sources polled; {len(report.published)} documents published",
        markup=False,
    )
    if report.failures or any(problem.failed for problem in report.problems):
        raise typer.Exit(FAILED)


@app.command()
def serve(home: HomeOption = None, host: HostOption = None, port: PortOption = None) -> None:
    """The server alone, read-only on the entries."""
    from feeds.server import serve as listen

    found, settings = _open_home(home)
    host, port = host or settings.server.host, port or settings.server.port
    _welcome(settings, host, port)
    listen(found, host, port)


@app.command()
def add(
    urls: Annotated[list[str], typer.Argument(metavar="URL…", help="Feeds, or pages that point to one.")],
    category: Annotated[str, typer.Option(help="Its category: a folder of the OPML.")] = "",
    title: Annotated[str, typer.Option(help="Its title, instead of the one that it gives itself.")] = "",
    home: HomeOption = None,
) -> None:
    """Find the feed behind URL and subscribe to it in seeds/subscriptions.opml."""
    from worker.choosing import choose, notice
    from worker.ingest import fetch_policy
    from worker.subscribe import subscribe

    found, settings = _open_home(home)
    policy = fetch_policy(settings)
    failed = False
    for url in urls:
        try:
            added = subscribe(found, policy, url, category=category, title=title, now=_clock(), choose=choose)
        except SeedfeedError as error:
            tell(str(error))
            failed = True
            continue
        notice(added)
        out.print(added.shown, markup=False)
    _take_in(found, settings)
    if failed:
        raise typer.Exit(FAILED)


@app.command()
def remove(
    url: Annotated[str, typer.Argument(help="The feed's URL, as `seedfeed sources` shows it.")],
    entries: Annotated[bool, typer.Option("--entries", help="Its entries leave too, with tombstones.")] = False,
    home: HomeOption = None,
) -> None:
    """Unsubscribe; the entries stay."""
    from worker.subscribe import unsubscribe

    if entries:
        _not_yet("remove --entries")
    found, settings = _open_home(home)
    for path in unsubscribe(found, url):
        out.print(f"removed {url} from {path}", markup=False)
    _take_in(found, settings)


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="An OPML file.", exists=True, dir_okay=False)], home: HomeOption = None
) -> None:
    """Add the subscriptions of an OPML file to seeds/subscriptions.opml."""
    from worker.choosing import report_import
    from worker.subscribe import take_over

    found, settings = _open_home(home)
    report_import(file, take_over(found, file))
    _take_in(found, settings)


@app.command("export-opml")
def export_opml(home: HomeOption = None) -> None:
    """Write the subscriptions to stdout, as OPML 2.0."""
    from worker.subscribe import exported

    found, settings = _open_home(home)
    body, private = exported(found, settings)
    sys.stdout.buffer.write(body)
    if private:
        tell(f"{private} URLs are written without their user and password")


@app.command()
def sources(as_json: JsonOption = False, home: HomeOption = None) -> None:
    """Every source with its health."""
    from worker.reports import source_lines

    found, _ = _open_home(home)
    lines = source_lines(found)
    if as_json:
        print_json(lines)
        return
    print_table(
        lines,
        {
            "slug": "source",
            "title": "title",
            "status": "status",
            "entries": "entries",
            "next_poll": "next poll",
            "error": "error",
        },
    )


@app.command()
def entries(
    query: Annotated[str, typer.Argument(help="In the search language, e.g. 'lang:vi after:2025-01-01 Đảng'.")] = "",
    feed: Annotated[str, typer.Option(help="Only what this feed lists, by its slug.")] = "",
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many.", show_default="all")] = None,
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Search the entries."""
    from feeds.errors import QueryError
    from worker.reports import entry_lines

    found, settings = _open_home(home)
    try:
        lines = entry_lines(found, settings, query, feed, limit)
    except QueryError as error:
        tell(str(error))
        raise typer.Exit(MISUSED) from None
    if as_json:
        print_json(lines)
        return
    print_table(lines, {"published": "published", "title": "title", "source": "source", "link": "link"})


@app.command()
def publish(
    slug: Annotated[str, typer.Argument(help="With --accept: the feed to release.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="Everything, changed or not.")] = False,
    accept: Annotated[bool, typer.Option("--accept", help="Release a document that was held back.")] = False,
    home: HomeOption = None,
) -> None:
    """Regenerate the documents of what changed."""
    from worker.ingest import CycleReport
    from worker.running import ingesting

    if accept:
        _not_yet("publish --accept")
    if slug:
        raise typer.BadParameter("a feed is named only with --accept", param_hint="SLUG")
    found, settings = _open_home(home)
    try:
        with worker_lock(found), ingesting(found, settings, _clock) as ingest:
            report = CycleReport()
            ingest.publish(report, everything=everything)
            changed, failures = report.published, report.failures
    except LockedError:
        changed, failures = _ask_worker(found, "publish", "all" if everything else "")
    for path in changed:
        out.print(path, markup=False)
    for failure in failures:
        tell(failure)
    if failures:
        raise typer.Exit(FAILED)


def _ask_worker(home: Home, kind: str, argument: str) -> tuple[tuple[str, ...], list[str]]:
    """Leaves a request for the running worker and waits for its answer."""
    from feeds.store.inbox import Inbox

    inbox = Inbox(home.inbox)
    n = inbox.ask(kind, argument, _clock())
    deadline = time.monotonic() + 60
    while n is not None and time.monotonic() < deadline:
        answer = inbox.result(n)
        if answer is not None:
            lines = answer.splitlines()
            return (
                tuple(line for line in lines if not line.startswith("! ")),
                [line.removeprefix("! ") for line in lines if line.startswith("! ")],
            )
        time.sleep(0.1)
    raise SeedfeedError("the running worker did not answer; the request stays in its inbox")


def _take_in(home: Home, settings: Settings) -> None:
    """Records a changed list of subscriptions at once, unless a running worker does it anyway."""
    from worker.running import ingesting

    try:
        with worker_lock(home), ingesting(home, settings, _clock) as ingest:
            ingest.seeding.read_lists(_clock())
    except LockedError:
        return
    except SeedError as error:
        tell(str(error))


def _not_yet(command: str) -> None:
    tell(f"{command}: not yet; this version cannot do it")
    raise typer.Exit(MISUSED)


def _announce(name: str, explanation: str) -> None:
    """A command of the contract that a later version brings: it says so, with exit code 2."""

    def later() -> None:
        _not_yet(name)

    later.__doc__ = f"Not yet: {explanation}"
    settings = {"allow_extra_args": True, "ignore_unknown_options": True}
    app.command(name, context_settings=settings)(later)


LATER: dict[str, str] = {
    "why": "where an entry came from and what was decided about it.",
    "hide": "take an entry out of feeds, pages and search.",
    "unhide": "bring a hidden entry back.",
    "pause": "stop polling a source.",
    "resume": "poll a paused source again.",
    "split": "undo a fold.",
    "merge": "fold an entry under another by hand.",
    "export": "the whole public site as static files.",
    "check": "test settings, store, documents, clock, disk and permissions.",
    "backup": "a consistent copy while running.",
    "restore": "bring a backup back.",
}
for _name, _explanation in LATER.items():
    _announce(_name, _explanation)


@app.callback(invoke_without_command=True)
def _version(
    version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
) -> None:
    if version:
        out.print(f"seedfeed {__version__}", markup=False)
        raise typer.Exit()


if __name__ == "__main__":
    main()
