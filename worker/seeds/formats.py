"""Which kinds of seed files there are. Their readers are imported only for a file that is read."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SeedFormat:
    """How a kind of file is read. task: of `worker.processes.child`, since its reader may take any time and memory; ""
    for plain text, which is read here. text: its bytes are text, with front matter or none. text_first: see
    `story.complete_reading`.
    """

    task: str
    text: bool = True
    text_first: bool = False


FORMATS: Mapping[str, SeedFormat] = {
    ".txt": SeedFormat(""),
    ".md": SeedFormat("markdown"),
    ".markdown": SeedFormat("markdown"),
    ".html": SeedFormat("page"),
    ".htm": SeedFormat("page"),
    ".docx": SeedFormat("word", text=False, text_first=True),
}
