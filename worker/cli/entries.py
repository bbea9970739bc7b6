"""Commands about entries: entries, why, hide, unhide, split, merge."""

from pathlib import Path
from typing import Annotated

import typer

from worker.cli.app import MISUSED, EntryArgument, HomeOption, JsonOption, clock, command, open_home, order
from worker.cli.terminal import print_json, print_line, print_lines, print_message

ENTRIES_SHOWN = 50


@command()
def entries(
    query: Annotated[
        str, typer.Argument(metavar="QUERY", help="In the search language, e.g. 'lang:vi after:2025-01-01 Đảng'.")
    ] = "",
    feed: Annotated[str, typer.Option(metavar="SLUG", help="Only what this feed lists, by its slug.")] = "",
    limit: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="At most so many.", show_default=f"{ENTRIES_SHOWN}; all with --json"),
    ] = None,
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Search the entries."""
    from feeds.errors import QueryError
    from worker.cli.reports import as_listed, entry_lines, of_home

    found, settings = open_home(home)
    shown = limit or ENTRIES_SHOWN
    try:
        most = limit if as_json else shown + 1
        lines = of_home(found, lambda: entry_lines(found, settings, query, feed, most))
    except QueryError as error:
        print_message(str(error))
        raise typer.Exit(MISUSED) from None
    if as_json:
        print_json(lines)
        return
    print_lines(as_listed(lines[:shown], settings.timezone))
    if len(lines) > shown:
        print_message(f"there are more; --limit N shows N instead of {shown}")


@command()
def why(
    entry: Annotated[str, typer.Argument(metavar="ID|URL|FILE", help="Its id, its link, its page here, or its file.")],
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Where an entry came from, and why it is as it is."""
    from worker.cli.why import as_text, why

    found, settings = open_home(home)
    line = why(found, settings, entry, Path.cwd(), clock())
    if as_json:
        print_json([line])
        return
    print_line(as_text(line))


@command()
def hide(entry: EntryArgument, home: HomeOption = None) -> None:
    """Take an entry out of feeds, pages and search, for good."""
    order(*open_home(home), "hide", entry)


@command()
def unhide(entry: EntryArgument, home: HomeOption = None) -> None:
    """Bring a hidden entry back."""
    order(*open_home(home), "unhide", entry)


@command()
def split(entry: EntryArgument, home: HomeOption = None) -> None:
    """Undo a fold.

    The entry stands by itself, or all that stand under it do.
    """
    order(*open_home(home), "split", entry)


@command()
def merge(
    lead: Annotated[str, typer.Argument(metavar="ID|URL", help="The entry that is shown.")],
    entry: Annotated[str, typer.Argument(metavar="ID|URL", help="The entry that goes under it.")],
    home: HomeOption = None,
) -> None:
    """Fold an entry under another by hand."""
    order(*open_home(home), "merge", f"{lead}\n{entry}")
