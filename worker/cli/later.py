"""Help as a command, and commands planned for a later version: each reports that and exits with code 2."""

from typing import Annotated

import typer

from worker.cli.app import app, command, not_yet


def _announce(name: str, explanation: str) -> None:
    """Registers a planned command, which reports that it does not exist yet and exits with code 2."""

    def later() -> None:
        not_yet(name)

    later.__doc__ = f"Not yet: {explanation}"
    settings = {"allow_extra_args": True, "ignore_unknown_options": True}
    command(name, context_settings=settings)(later)


@command("help", hidden=True)
def help_(
    name: Annotated[str, typer.Argument(metavar="COMMAND", help="The command to explain.")] = "",
) -> None:
    """Show what `seedfeed --help` shows, or `seedfeed COMMAND --help`."""
    app([*filter(None, (name,)), "--help"], prog_name="seedfeed")


LATER: dict[str, str] = {
    "check": "test settings, store, documents, clock, disk and permissions.",
    "backup": "a consistent copy while running.",
    "restore": "bring a backup back.",
}
for _name, _explanation in LATER.items():
    _announce(_name, _explanation)
