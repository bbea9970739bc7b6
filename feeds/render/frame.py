"""What surrounds the fragments of a document."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Frame:
    """A document without its fragments. between: what separates them."""

    start: bytes
    between: bytes
    end: bytes

    def around(self, fragments: Iterable[bytes]) -> bytes:
        """The document with these fragments, in order."""
        return self.start + self.between.join(fragments) + self.end
