"""What all commands share: the application, its options, the home that they use, and requests to its worker."""

import os
import re
import sqlite3
import sys
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand
from typer.exceptions import TyperException

from feeds import __version__
from feeds.errors import (
    FaultError,
    LockedError,
    SeedError,
    SeedfeedError,
    SettingsError,
    describe_fault,
    lacks_memory,
    noted,
)
from worker.cli.terminal import fitting_streams, print_line, print_lines, print_message

if TYPE_CHECKING:
    from feeds.settings.load import Home
    from feeds.settings.schema import Settings

# More than any id, URL, path or search has.
LONGEST_ARGUMENT = 8_192
# What Python makes of bytes that are not UTF-8, and the arguments that may have them.
_SURROGATE = re.compile("[\ud800-\udfff]")
_OF_FILES = re.compile("DIR|FILE")


class _Command(TyperCommand):
    """A command whose help names arguments as manuals do: URL, not {URL} and URL <str>."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        return [re.sub(r"\{(.+?)\}", r"\1", piece) for piece in super().collect_usage_pieces(ctx)]

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Refuses arguments that nothing can be meant by. An empty one is usually a variable of a shell that is not
        set; it counts where it is the default anyway.
        """
        written, _, _ = self.make_parser(ctx).parse_args(list(args))
        param: Any
        for param in self.get_params(ctx):
            given = written.get(param.name or "")
            for one in given if isinstance(given, list | tuple) else (given,):
                if isinstance(one, str) and (fault := _fault_of(one, param)):
                    raise typer.BadParameter(fault, ctx, param)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Raises FaultError for what SQLite reports, which names no file: it is one of the command's home; and
        SeedfeedError for a bug, whose traceback is kept there.
        """
        try:
            return super().invoke(ctx)
        except sqlite3.Error as error:
            data = _home(ctx.params.get("home")).data
            raise FaultError(f"{describe_fault(error, data)}. {_BROKE_OFF}") from error
        except (SeedfeedError, OSError, MemoryError, typer.Exit, typer.Abort, TyperException):
            raise
        except Exception as error:
            if lacks_memory(error):
                raise MemoryError from error
            from worker.run.faults import keeping_faults

            with keeping_faults(_home(ctx.params.get("home")).data):
                bug = noted(error, str(ctx.info_name))
            raise SeedfeedError(f"{ctx.info_name}: {bug}. {_BROKE_OFF}") from error

    def get_help(self, ctx: Any) -> str:
        return re.sub(r"^(  \S+) <[\w\[\]]+>(?:\.\.\.)?", r"\1", super().get_help(ctx), flags=re.MULTILINE)


def _fault_of(written: str, param: Any) -> str:
    if not written.strip() and param.default != "":
        return "it is empty"
    if len(written) > LONGEST_ARGUMENT:
        return f"it has more than {LONGEST_ARGUMENT:,} characters"
    # Names of files are bytes; whatever else is given must fit into the store and into documents.
    if _SURROGATE.search(written) and not _OF_FILES.search(param.metavar or ""):
        return "it is not UTF-8"
    return ""


app = typer.Typer(
    name="seedfeed",
    help="Drop files into seeds/, publish Atom, RSS and JSON feeds.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    # Plain text: it is there three times as soon, can be copied, and names no types of Python.
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
command = partial(app.command, cls=_Command)
HomeOption = Annotated[
    Path | None,
    typer.Option("--home", metavar="DIR", help="The home: the directory of seeds/ and data/.", show_default=False),
]
JsonOption = Annotated[bool, typer.Option("--json", help="JSON lines instead of a table.")]


def _host(value: str | None) -> str | None:
    from feeds.settings.values import host_or_address

    try:
        return value if value is None else host_or_address(value)
    except ValueError:
        raise typer.BadParameter("expected a host name or an IP address, without brackets or port") from None


HostOption = Annotated[
    str | None,
    typer.Option(metavar="HOST", help="Address to listen on.", show_default="server.host", callback=_host),
]
SlugArgument = Annotated[str, typer.Argument(metavar="SLUG", help="The source, as `seedfeed sources` names it.")]
EntryArgument = Annotated[str, typer.Argument(metavar="ID|URL", help="Its id, its link, or its page here.")]
PortOption = Annotated[
    int | None, typer.Option(metavar="PORT", min=1, max=65535, help="Port.", show_default="server.port")
]

FAILED, MISUSED = 1, 2
_BROKE_OFF = "The command broke off; what was stored before is whole"


def main() -> None:
    """The entry point. Every error that a user can correct is one line, or one for each mistake in a file."""
    with fitting_streams():
        try:
            app()
        except SettingsError as error:
            print_message(str(error))
            sys.exit(MISUSED)
        except SeedfeedError as error:
            print_message(str(error))
            sys.exit(FAILED)
        except MemoryError:
            print_message(f"there is not enough memory; free some. {_BROKE_OFF}")
            sys.exit(FAILED)
        except OSError as error:
            print_message(f"{describe_fault(error, 'data/, or where the output goes')}. {_BROKE_OFF}")
            sys.exit(FAILED)


def clock() -> datetime:
    return datetime.now(UTC)


def _home(option: Path | None) -> "Home":
    from feeds.settings.load import find_home

    return find_home(option, os.environ, Path.cwd())


def open_home(home: Path | None) -> tuple["Home", "Settings"]:
    from feeds.settings.load import load_settings

    found = _home(home)
    return found, load_settings(found, os.environ)


def open_listening(home: Path | None, host: str | None, port: int | None) -> tuple["Home", "Settings"]:
    """Like `open_home`, with the options as server.host and server.port, also for processes started from here."""
    from feeds.settings.load import variable

    for key, option in (("host", host), ("port", port)):
        if option:
            os.environ[variable(("server", key))] = str(option)
    return open_home(home)


def ask_worker(home: "Home", kind: str, argument: str) -> tuple[list[str], list[str]]:
    """Leaves a request for the running worker and waits for its answer."""
    from feeds.store.inbox import Inbox

    inbox = Inbox(home.inbox)
    n = inbox.ask(kind, argument, clock())
    if n is None:
        raise SeedfeedError("the running worker has too much to do already; nothing is changed, so try it again later")
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        answer = inbox.result(n)
        if answer is not None:
            lines = answer.splitlines()
            return (
                [line for line in lines if not line.startswith("! ")],
                [line.removeprefix("! ") for line in lines if line.startswith("! ")],
            )
        time.sleep(0.1)
    raise SeedfeedError("the running worker did not answer; the request stays in its inbox")


def print_outcome(said: Iterable[str], failures: Sequence[str]) -> None:
    """Prints what was done to stdout and what failed to stderr, and sets the exit code."""
    print_lines(said)
    for failure in failures:
        print_message(failure)
    if failures:
        raise typer.Exit(FAILED)


def order(home: "Home", settings: "Settings", kind: str, argument: str) -> None:
    """Carries out an order and publishes its changes, or has the running worker do so."""
    from worker.cycle.orders import carry_out
    from worker.cycle.report import CycleReport
    from worker.run.lock import worker_lock
    from worker.run.supervise import ingesting

    try:
        with worker_lock(home), ingesting(home, settings, clock) as ingest:
            said, failures = carry_out(ingest.store, kind, argument, ingest.clock()).splitlines(), []
            if ingest.published:
                report = CycleReport()
                ingest.publish(report)
                failures = report.failures
    except LockedError:
        said, failures = ask_worker(home, kind, argument)
    print_outcome(said, failures)


def take_in(home: "Home", settings: "Settings") -> None:
    """Records a changed list of subscriptions at once, unless a running worker does so anyway."""
    from worker.run.lock import worker_lock
    from worker.run.supervise import ingesting

    try:
        with worker_lock(home), ingesting(home, settings, clock) as ingest:
            ingest.seeding.read_lists(ingest.clock())
    except LockedError:
        return
    except SeedError as error:
        print_message(str(error))


def not_yet(command: str) -> None:
    print_message(f"{command}: not yet; this version cannot do it")
    raise typer.Exit(MISUSED)


@app.callback(invoke_without_command=True)
def _version(
    version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
) -> None:
    if version:
        print_line(f"seedfeed {__version__}")
        raise typer.Exit()
