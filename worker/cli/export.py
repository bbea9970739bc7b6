"""The command that writes the site as static files."""

from pathlib import Path
from typing import Annotated

import typer

from worker.cli.app import HomeOption, command, open_home, print_outcome


@command()
def export(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Where to: a new directory, or an earlier export.")],
    home: HomeOption = None,
) -> None:
    """Write the public site as static files."""
    from rich.console import Console
    from rich.progress import Progress

    from feeds.export import site

    found, settings = open_home(home)
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as shown:
        task = shown.add_task("exporting", total=None)
        done = site.export(
            found, settings, directory, lambda count, total: shown.update(task, completed=count, total=total)
        )
    said = f"{done.written} files written, {done.unchanged} unchanged, {done.removed} removed in {directory}"
    print_outcome([said], done.problems)
