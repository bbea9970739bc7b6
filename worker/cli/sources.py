"""Commands about sources: add, remove, pause, resume, import, export-opml, sources."""

from pathlib import Path
from typing import Annotated

import typer

from feeds.errors import SeedfeedError, UnforeseenError, noted
from worker.cli.app import FAILED, HomeOption, JsonOption, SlugArgument, clock, command, open_home, order, take_in
from worker.cli.terminal import print_bytes, print_json, print_line, print_lines, print_message, print_table


@command()
def add(
    urls: Annotated[list[str], typer.Argument(metavar="URL", help="Feeds, or pages that point to one.")],
    category: Annotated[str, typer.Option(metavar="NAME", help="Its category: a folder of the OPML.")] = "",
    title: Annotated[
        str, typer.Option(metavar="TEXT", help="Its title, instead of the one that it gives itself.")
    ] = "",
    home: HomeOption = None,
) -> None:
    """Follow the feed behind URL.

    It is added to seeds/subscriptions.opml.
    """
    from worker.cli.choosing import choose_feed, print_notice
    from worker.fetch.policy import fetch_policy
    from worker.run.faults import keeping_faults
    from worker.subscribe.subscriptions import subscribe

    found, settings = open_home(home)
    policy = fetch_policy(settings)
    failed = False
    for url in urls:
        try:
            added = subscribe(found, policy, url, category=category, title=title, now=clock(), choose=choose_feed)
        except Exception as error:
            with keeping_faults(found.data):
                print_message(_failure(url, error))
            failed = True
            continue
        print_notice(added)
        print_line(added.shown)
    take_in(found, settings)
    if failed:
        raise typer.Exit(FAILED)


def _failure(url: str, error: Exception) -> str:
    """The line about a URL that cannot be added. Raises what the machine is at fault for."""
    if isinstance(error, SeedfeedError) and not isinstance(error, UnforeseenError):
        return str(error)
    from feeds.text.urls import without_credentials

    shown = without_credentials(url)
    return f"{shown}: {noted(error, shown)}"


@command()
def remove(
    url: Annotated[str, typer.Argument(metavar="URL", help="The feed's URL, as `seedfeed sources` shows it.")],
    entries: Annotated[bool, typer.Option("--entries", help="Its entries leave too, with tombstones.")] = False,
    home: HomeOption = None,
) -> None:
    """Unsubscribe; the entries stay, or leave with it."""
    from feeds.text.urls import without_credentials
    from worker.subscribe.subscriptions import record_of_source, unsubscribe

    found, settings = open_home(home)
    for path in unsubscribe(found, url):
        print_line(f"removed {without_credentials(url)} from {path}")
    take_in(found, settings)
    if entries and (record := record_of_source(found, url)):
        order(found, settings, "remove-entries", record.key)


@command()
def pause(slug: SlugArgument, home: HomeOption = None) -> None:
    """Stop polling a source, until it is resumed."""
    order(*open_home(home), "pause", slug)


@command()
def resume(slug: SlugArgument, home: HomeOption = None) -> None:
    """Poll a paused source again, or one that is gone."""
    order(*open_home(home), "resume", slug)


@command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An OPML file; - is stdin.", dir_okay=False)],
    home: HomeOption = None,
) -> None:
    """Follow the feeds of an OPML file.

    They are added to seeds/subscriptions.opml.
    """
    from worker.cli.choosing import report_import
    from worker.subscribe.subscriptions import take_over

    found, settings = open_home(home)
    given = None if str(file) == "-" else file
    report_import(given, take_over(found, given))
    take_in(found, settings)


@command("export-opml")
def export_opml(home: HomeOption = None) -> None:
    """Write the subscriptions to stdout, as OPML 2.0."""
    from worker.subscribe.subscriptions import export_subscriptions

    found, settings = open_home(home)
    body, private = export_subscriptions(found, settings)
    print_bytes(body)
    if private:
        print_message(f"{private} URLs are written without their user and password")


@command()
def sources(
    failing: Annotated[bool, typer.Option("--failing", help="Only those with which something is wrong.")] = False,
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Every source with its health, those in trouble first."""
    from worker.cli.reports import of_home, source_lines

    found, settings = open_home(home)
    lines = [line for line in of_home(found, lambda: source_lines(found, settings)) if line["error"] or not failing]
    if as_json:
        print_json(lines)
        return
    # Whole sentences do not fit into a column of the table.
    print_lines(f"{line['slug']}: {sentence}" for line in lines for sentence in line["error"].splitlines())
    print_table(
        lines,
        {
            "slug": "source",
            "title": "title",
            "status": "status",
            "entries": "entries",
            "next_poll": "next poll",
        },
        cut="title",
    )
