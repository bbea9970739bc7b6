"""What whoever reads a seed file must know beside the file."""

from dataclasses import dataclass
from datetime import datetime, tzinfo


@dataclass(frozen=True, slots=True)
class SeedContext:
    """What a reader must know beside the file.

    zone: of dates that name none. first_seen: when this home saw the seed first; no date read from a text is later.
    modified: when the file was written last, as its file system says, None if nobody knows.
    author: whom seeds without a by-line are by, "" for nobody. language: of all seeds, "" where it is to be detected.
    encoding: of .txt files that are not Unicode, "" for none.
    """

    zone: tzinfo
    first_seen: datetime
    modified: datetime | None = None
    author: str = ""
    language: str = ""
    encoding: str = ""
