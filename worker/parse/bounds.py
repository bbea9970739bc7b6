"""How many entries a document may have."""

from feeds.errors import ParseError

#: More entries than this are refused; of fewer, the first KEPT_ENTRIES are read.
MOST_ENTRIES = 10_000
KEPT_ENTRIES = 1_000


def refuse_many(total: int, name: str) -> None:
    """Raises ParseError E_MANY for more than MOST_ENTRIES."""
    if total > MOST_ENTRIES:
        raise ParseError(name, f"Has {total:,} entries; the limit is {MOST_ENTRIES:,}.", "E_MANY")


def cut(total: int) -> tuple[str, ...]:
    """The warning that a document has more entries than are read."""
    return (f"W_MANY: of {total:,} entries the first {KEPT_ENTRIES:,} were read",) if total > KEPT_ENTRIES else ()
