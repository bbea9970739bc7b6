"""Every error that a user can mend, in one tree. Anything else is a bug and travels.

    SeedfeedError
    ├── SettingsError      a settings file or variable; all of a file's errors at once
    ├── QueryError         a search that cannot be read; points at the place
    ├── StoreError         the store or the inbox cannot be used
    │   └── NotReadyError  there is no store yet, or none that holds anything
    ├── LockedError        another worker runs in this home
    ├── MirrorError        a directory that `export` cannot fill
    ├── OrderError         a command names what there is not
    ├── SeedError          one file below seeds/
    └── SourceError        one remote source
        ├── FetchError     nothing usable came back
        ├── ParseError     what came back is no feed
        └── UnreadError    what came back was not read, which need not be its fault

Messages say which file or URL, what happened and what happens now. `args` equal the constructor's arguments, so that
errors survive a process pool.
"""


class SeedfeedError(Exception):
    """The root: `str(error)` is one plain sentence or, for settings, one line for each mistake."""


class SettingsError(SeedfeedError):
    """args: (file, (message, …))."""

    def __init__(self, file: str, messages: tuple[str, ...]) -> None:
        super().__init__(file, messages)
        self.file = file
        self.messages = messages

    def __str__(self) -> str:
        return "\n".join(f"{self.file}: {message}" for message in self.messages)


class QueryError(SeedfeedError):
    """args: (query, position from 0, message)."""

    def __init__(self, query: str, position: int, message: str) -> None:
        super().__init__(query, position, message)
        self.query = query
        self.position = position
        self.message = message

    def __str__(self) -> str:
        return f"{self.message}\n  {self.query}\n  {' ' * self.position}^"


class StoreError(SeedfeedError):
    """args: (message,)."""


class NotReadyError(StoreError):
    """args: (message,)."""


class LockedError(SeedfeedError):
    """args: (message,)."""


class MirrorError(SeedfeedError):
    """args: (message,)."""


class OrderError(SeedfeedError):
    """args: (what the command named, message)."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(name, message)
        self.name = name
        self.message = message

    def __str__(self) -> str:
        return f"{self.name}: {self.message}"


class _NamedError(SeedfeedError):
    """An error about one named thing; args: (name, message, code).

    code: the stable name of the kind, E_… or W_…, as in docs/errors.md.
    """

    def __init__(self, name: str, message: str, code: str = "") -> None:
        super().__init__(name, message, code)
        self.name = name
        self.message = message
        self.code = code

    def __str__(self) -> str:
        return f"{self.name}: {self.message}"


class SeedError(_NamedError):
    """One file: name is its path below seeds/."""


#: How an error of a source ends that mends itself, or does not; whoever knows when it is asked again says that instead.
LATER = "It is asked again later."


class SourceError(_NamedError):
    """One remote source: name is its URL, without credentials.

    retry_after: seconds that the origin asked us to wait, or None. status: the HTTP status, or 0.
    """

    def __init__(
        self, name: str, message: str, code: str = "", retry_after: float | None = None, status: int = 0
    ) -> None:
        Exception.__init__(self, name, message, code, retry_after, status)
        self.name = name
        self.message = message
        self.code = code
        self.retry_after = retry_after
        self.status = status


class FetchError(SourceError):
    """Nothing usable came back."""


class ParseError(SourceError):
    """What came back is no feed."""


class UnreadError(SourceError):
    """What came back was not read: its reader was ended, or took too much. That may be the machine's fault."""
