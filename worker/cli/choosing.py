"""Messages and questions of `add` and `import`.

On a terminal, a person chooses among several feeds; elsewhere the best is taken and the others are named.
"""

import sys
from pathlib import Path

from feeds.errors import SeedfeedError
from feeds.text.plaintext import shorten
from feeds.text.urls import without_credentials
from worker.cli.terminal import print_aside, print_line, print_message
from worker.subscribe.finding import Found
from worker.subscribe.subscriptions import Subscribed, TakenOver


def choose_feed(found: tuple[Found, ...]) -> Found:
    """One of several feeds, best first. Raises SeedfeedError if the person gives no answer (Ctrl-D)."""
    print_message(f"{len(found)} feeds here, the best first:")
    for number, one in enumerate(found, start=1):
        print_aside(f"{number:>3}  {feed_line(one)}")
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        print_message("took 1; `seedfeed add` with the URL of another takes that one")
        return found[0]
    while True:
        print_aside(f"Which one, 1 to {len(found)}? [1] ", end="")
        line = sys.stdin.readline()
        if not line:
            raise SeedfeedError("no feed was chosen; nothing is added")
        answer = line.strip() or "1"
        if answer.isdecimal() and 1 <= int(answer) <= len(found):
            return found[int(answer) - 1]


def feed_line(one: Found) -> str:
    """A feed in one line: title, URL, format and content."""
    # A foreign title must not send control characters to the terminal.
    title = shorten("".join(char for char in one.title if char.isprintable()), 80) or "(no title)"
    count = "no entries" if not one.entries else "1 entry" if one.entries == 1 else f"{one.entries} entries"
    newest = f", newest {one.newest:%Y-%m-%d}" if one.newest else ""
    known = ", followed already" if one.known else ""
    return f"{title} - {without_credentials(one.url)} - {one.format}, {count}{newest}{known}"


def print_notice(added: Subscribed) -> None:
    """Prints what is notable about a subscription besides its URL."""
    if added.guessed:
        print_message(f"the page names no feed; {added.shown} is one of the usual places, and is one")
    if not added.new:
        print_message(f"{added.shown} is subscribed to already")
    elif added.shown != added.url:
        print_message("its user and password stand in seeds/subscriptions.opml; they are shown nowhere")


def report_import(file: Path | None, taken: TakenOver) -> None:
    """Reports an OPML import: counts on stdout, problems on stderr."""
    name = file or "stdin"
    for line in (*taken.mended, *taken.skipped):
        print_message(f"{name}: {line}")
    left_out = f", {len(taken.skipped)} left out" if taken.skipped else ""
    print_line(f"{name}: {taken.added} added, {taken.known} known already{left_out}")
