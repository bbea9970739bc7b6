"""The proof that a write transaction is open, as a type: what must be part of one asks for it."""

from typing import final


@final
class Transaction:
    """What `Store.transaction` hands out. It does nothing: a function that takes one is to commit with its caller's
    other writes or not at all, and mypy refuses a call that has none to give."""

    __slots__ = ()
