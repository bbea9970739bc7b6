"""Commands that make a home and run it: init, run, worker, serve, publish."""

import os
import sys
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from feeds import __version__
from feeds.errors import LockedError, NoHomeError, NotReadyError, SeedfeedError, StoreError
from worker.cli.app import (
    FAILED,
    HomeOption,
    HostOption,
    PortOption,
    ask_worker,
    clock,
    command,
    open_home,
    open_listening,
    order,
    print_outcome,
)
from worker.cli.terminal import log_to_stderr, print_aside, print_line, print_message

if TYPE_CHECKING:
    from feeds.settings.load import Home
    from feeds.settings.schema import Settings


@command()
def init(
    directory: Annotated[
        Path | None, typer.Argument(metavar="DIR", help="Where to make the home.", show_default="here")
    ] = None,
    home: HomeOption = None,
) -> None:
    """Make a home.

    That is seeds/site.toml with every key explained, one sample seed, data/.
    """
    from feeds.settings.load import HOME_VARIABLE

    if directory and home and directory.resolve() != home.resolve():
        raise typer.BadParameter("DIR and --home name two homes; give one of them", param_hint="DIR")
    root = directory or home or Path(os.environ.get(HOME_VARIABLE) or ".")
    _make_home(root)
    here = root.resolve() == Path.cwd()
    print_line("Next: seedfeed run" if here else f"Next: seedfeed run --home {root}")


def _make_home(root: Path) -> None:
    from worker.home import write

    for path in write(root):
        print_line(f"made {path}")


@command()
def run(home: HomeOption = None, host: HostOption = None, port: PortOption = None) -> None:
    """Worker and server in the foreground, until Ctrl-C."""
    from worker.run.supervise import run_both

    try:
        found, settings = open_listening(home, host, port)
    except NoHomeError as error:
        if not (sys.stdin.isatty() and typer.confirm(f"No home is in {error.file}. Make one there?")):
            raise
        _make_home(Path(error.file))
        found, settings = open_listening(home, host, port)
    _check_executor(settings)
    log_to_stderr()
    run_both(found, settings, settings.server.host, settings.server.port, clock, lambda: _welcome(found, settings))
    with suppress(OSError):  # its terminal may have been closed
        print_aside("Stopped.")


def _check_executor(settings: "Settings") -> None:
    if settings.worker.executor.startswith("dask"):
        from worker.processes.cluster import check

        check(settings.worker.executor)


def _welcome(home: "Home", settings: "Settings") -> None:
    host, port = settings.server.host, settings.server.port
    shown = f"[{host}]" if ":" in host else host
    print_aside(f"Seedfeed {__version__} publishes at http://{shown}:{port}/")
    print_aside(f"Subscribe to {settings.base_url}/feeds/all.atom; stop with Ctrl-C.")
    _print_token(home, settings)
    _warn_of_base_url(settings)


def _print_token(home: "Home", settings: "Settings") -> None:
    """Prints where the token is, never the token itself.

    Without one, private pages are closed; everything else is served.
    """
    from feeds.settings import token

    where = "server.admin_token"
    if not settings.server.admin_token:
        try:
            token.mint(home.token)
            token.read(home.token)
        except SeedfeedError as error:
            print_message(str(error))
            return
        where = f"in {home.token}"
    told = f"{settings.base_url}/admin shows how things are, {settings.base_url}/feeds/health.atom tells what breaks"
    print_aside(f"{told}; their password is {where}.")


def _warn_of_frozen_data(home: "Home") -> None:
    from feeds.store import Store

    try:
        with closing(Store.open_readonly(home.store)) as store:
            if not store.frozen:
                return
    except NotReadyError:
        return
    except StoreError as error:
        print_message(f"{error}. Until it can be read, pages and feeds are answered with 503")
        return
    log, index = (home.store.with_name(f"{home.store.name}-{suffix}") for suffix in ("wal", "shm"))
    lacking = f", but for the last changes, in {log.name}" if log.exists() and not index.exists() else ""
    fault = "is on a full disk" if os.access(home.data, os.W_OK) else "cannot be written"
    message = f"{home.data} {fault}: what was published is served{lacking}; until that is mended, requests are not"
    print_message(f"{message} counted, and no subscribers or pushes taken")


def _warn_of_base_url(settings: "Settings") -> None:
    from feeds.serve.pages import unreachable

    if notice := unreachable(settings):
        print_message(notice)


@command()
def worker(
    home: HomeOption = None,
    once: Annotated[bool, typer.Option("--once", help="One full cycle, then exit: for cron and timers.")] = False,
    everything: Annotated[bool, typer.Option("--all", help="Poll every source, due or not.")] = False,
) -> None:
    """The scheduled worker alone."""
    from worker.run.lock import worker_lock
    from worker.run.supervise import beat, ingesting, stop_on_signals

    found, settings = open_home(home)
    _check_executor(settings)
    stop = stop_on_signals()
    log_to_stderr(quiet=once)
    with worker_lock(found) as lock, ingesting(found, settings, clock) as ingest:
        if not once:
            if everything:
                ingest.make_due()
            beat(ingest, lock, stop)
            return
        report = ingest.cycle(stop, everything=everything)
        ingest.expect(settings.worker.poll_max + timedelta(hours=1))
    for line in (*report.fresh, *report.failures, *report.unread, *report.notes):
        print_message(str(line))
    print_line(
        f"{report.new} new, {report.changed} changed, {report.duplicates} folded, {report.withdrawn} withdrawn;"
        f" {report.polled} sources polled; {len(report.published)} documents published"
    )
    if known := len(report.problems) - len(report.fresh):
        files = "1 seed file is" if known == 1 else f"{known} seed files are"
        print_line(f"{files} still as reported before; `seedfeed sources` lists what is wrong")
    if report.failures or report.unread or any(problem.unpublished for problem in report.fresh):
        raise typer.Exit(FAILED)


@command()
def serve(home: HomeOption = None, host: HostOption = None, port: PortOption = None) -> None:
    """The server alone, read-only on the entries."""
    from feeds.server import become_server, listen

    found, settings = open_listening(home, host, port)
    held = listen(settings.server.host, settings.server.port)
    _welcome(found, settings)
    _warn_of_frozen_data(found)
    become_server(found, held, settings.server.host, settings.server.port)


@command()
def publish(
    slug: Annotated[str, typer.Argument(metavar="SLUG", help="With --accept: the feed to release.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="Everything, changed or not.")] = False,
    accept: Annotated[bool, typer.Option("--accept", help="Release a document that was held back.")] = False,
    home: HomeOption = None,
) -> None:
    """Regenerate the documents of what changed."""
    from worker.cycle.report import CycleReport
    from worker.run.lock import worker_lock
    from worker.run.supervise import ingesting

    if accept:
        if not slug:
            raise typer.BadParameter("--accept needs the name of a feed", param_hint="SLUG")
        order(*open_home(home), "accept", slug)
        return
    if slug:
        raise typer.BadParameter("a feed is named only with --accept", param_hint="SLUG")
    found, settings = open_home(home)
    try:
        with worker_lock(found), ingesting(found, settings, clock) as ingest:
            report = CycleReport()
            ingest.publish(report, everything=everything)
            changed, failures = list(report.published), report.failures
    except LockedError:
        changed, failures = ask_worker(found, "publish", "all" if everything else "")
    print_outcome(changed, failures)
