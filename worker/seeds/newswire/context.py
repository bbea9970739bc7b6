"""What reading a seed file needs besides the file."""

from dataclasses import dataclass
from datetime import datetime, tzinfo


@dataclass(frozen=True, slots=True)
class SeedContext:
    """What reading a seed file needs besides the file.

    zone: of dates without one. first_seen: when this home first saw the seed; no date read from a text is later.
    modified: the file's mtime, None if unknown. author: the author of seeds without a by-line, or "". language: of all
    seeds, "" to detect it. encoding: of .txt files that are not Unicode, or "". dated: the date is stated elsewhere, so
    that one in the text stays.
    """

    zone: tzinfo
    first_seen: datetime
    modified: datetime | None = None
    author: str = ""
    language: str = ""
    encoding: str = ""
    dated: bool = False
