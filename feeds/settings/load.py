"""A home, and how its settings are read: seeds/site.toml and SEEDFEED_ variables become one `Settings`.

All mistakes are reported at once, by the name of the key or variable. The file is TOML 1.0 with strict types. Variables
are text: whole numbers, `true` and `false` are read as such, lists as JSON.
"""

import difflib
import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from feeds.errors import NoHomeError, SettingsError
from feeds.settings.schema import FeedSettings, Settings, SourceSettings
from feeds.settings.values import as_toml

PREFIX = "SEEDFEED_"
HOME_VARIABLE = "SEEDFEED_HOME"


@dataclass(frozen=True, slots=True)
class Home:
    """The directory of one site. Opening the store or the inbox for writing creates `data`, with mode 700."""

    root: Path

    @property
    def seeds(self) -> Path:
        return self.root / "seeds"

    @property
    def settings_file(self) -> Path:
        return self.seeds / "site.toml"

    @property
    def subscriptions(self) -> Path:
        return self.seeds / "subscriptions.opml"

    @property
    def ids(self) -> Path:
        """The ledger of keys and first-seen times; `data / "ids.toml"` if `seeds` is not writable."""
        return self.seeds / "ids.toml"

    @property
    def data(self) -> Path:
        return self.root / "data"

    @property
    def store(self) -> Path:
        return self.data / "seedfeed.sqlite"

    @property
    def inbox(self) -> Path:
        return self.data / "inbox.sqlite"

    @property
    def media(self) -> Path:
        return self.data / "media"

    @property
    def token(self) -> Path:
        """The file of the admin token, used if `server.admin_token` is empty."""
        return self.data / "admin.token"


def find_home(option: Path | None, environ: Mapping[str, str], cwd: Path) -> Home:
    """--home, else $SEEDFEED_HOME, else the current directory. Raises NoHomeError if there is no home, SettingsError if
    none can be there.

    A home has seeds/ or a store: one that is known keeps its store while a mount with its seeds is missing.
    """
    home = Home(cwd / (option or environ.get(HOME_VARIABLE) or ""))
    if not home.store.exists():
        check_way(home.seeds)
    if not home.root.is_dir():
        raise NoHomeError(str(home.root), "there is no such directory; `seedfeed init DIR` makes a home")
    if not home.seeds.is_dir() and not home.store.exists():
        what = "no home is here, for there is no seeds/ in it"
        raise NoHomeError(str(home.root), f"{what}; `seedfeed init DIR` makes a home, --home DIR names one")
    return home


def check_way(directory: Path) -> None:
    """Raises SettingsError if there is no directory of this name, and none can be made."""
    for path in (*reversed(directory.parents), directory):
        if path.is_dir():
            continue
        if path.is_symlink():
            what = f"is a link to {path.readlink()}, where no directory is; make or mount that, or remove the link"
            raise SettingsError(str(path), (what,))
        if path.exists():
            raise SettingsError(str(path), ("is no directory; move it away, or choose another place for the home",))


def load_settings(home: Home, environ: Mapping[str, str]) -> Settings:
    """The settings of a home. A missing file counts as empty. Raises SettingsError with every mistake."""
    in_file = _read(home.settings_file)
    given, unknown = _variables(environ)
    # The file is also checked alone: a variable may hide a mistake in it, which would surface on another day.
    of_file = _mistakes(in_file, {})
    of_both = _mistakes(in_file, given)
    messages = (*of_file, *(message for message in of_both if message not in of_file), *unknown)
    if messages:
        raise SettingsError(str(home.settings_file) if of_file else "environment", messages)
    return Settings.of(_nested(given), in_file)


def _read(file: Path) -> dict[str, Any]:
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        return {}
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise SettingsError(str(file), (f"cannot be read: {reason}",)) from error
    try:
        # Some editors write a byte order mark, which TOML does not allow.
        written = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - content.rfind(b"\n", 0, error.start)
        message = f"is not UTF-8 (at line {line}, column {column}); save it as UTF-8"
        raise SettingsError(str(file), (message,)) from error
    try:
        return tomllib.loads(written)
    except (ValueError, RecursionError) as error:
        last, *_ = reversed(written.split("\n"))
        end = f"at line {written.count(chr(10)) + 1}, column {len(last) + 1}, the end of the file"
        reason = str(error).replace("at end of document", end)
        raise SettingsError(str(file), (f"cannot be read as TOML: {reason}",)) from error


# The least likeness of a mistyped variable to one that there is, as difflib counts it.
_ALIKE = 0.7
# What a variable cannot override: tables whose keys the operator names.
_NAMED: Mapping[str, type[BaseModel] | None] = {"sources": SourceSettings, "feeds": FeedSettings, "categories": None}

_Path = tuple[str, ...]


def _keys() -> Iterator[tuple[_Path, FieldInfo]]:
    """Every key that a variable can override."""
    for name, field in Settings.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from (((name, key), inner) for key, inner in field.annotation.model_fields.items())
        elif name not in _NAMED:
            yield (name,), field


def variable(path: _Path) -> str:
    """("worker", "poll_min") -> "SEEDFEED_WORKER__POLL_MIN"."""
    return PREFIX + "__".join(path).upper()


def _variables(environ: Mapping[str, str]) -> tuple[dict[_Path, object], list[str]]:
    """The values in the environment, typed as TOML would type them, and what is wrong with the variables' names."""
    known = {variable(path): (path, field) for path, field in _keys()}
    given: dict[_Path, object] = {}
    messages = []
    for name in sorted(environ):
        if name in known and re.search("[\ud800-\udfff]", environ[name]):
            messages.append(f"{name}: is not UTF-8")
        elif name in known:
            path, field = known[name]
            given[path] = _typed(environ[name], field)
        elif name.startswith(PREFIX) and name != HOME_VARIABLE:
            table = name.removeprefix(PREFIX).lower().split("__")[0]
            if table in _NAMED:
                messages.append(f"{name}: [{table}] cannot be set by a variable; write it in seeds/site.toml")
            else:
                meant = _close_variable(name, (*known, HOME_VARIABLE))
                messages.append(f"{name}: unknown variable" + (f"; did you mean {meant}?" if meant else ""))
    return given, messages


def _close_variable(name: str, known: Iterable[str]) -> str:
    """The variable that was probably meant: of the same key in some table, or with a similar name, else ""."""
    # The prefix, which all share, makes no two names similar.
    by_rest = {one.removeprefix(PREFIX): one for one in known}
    rest = name.removeprefix(PREFIX).strip("_")
    same = [one for one in by_rest if one.rpartition("__")[2] == rest]
    close = same or difflib.get_close_matches(rest, by_rest, 1, _ALIKE)
    return by_rest[close[0]] if close else ""


def _typed(written: str, field: FieldInfo) -> object:
    """The text as a number, boolean or list if the key accepts one and it can be read as such; otherwise unchanged."""
    if field.annotation is bool:
        return {"true": True, "false": False}.get(written, written)
    if field.annotation is int and re.fullmatch(r"[+-]?[0-9]{1,18}", written):
        return int(written)
    if get_origin(field.annotation) is tuple:
        with suppress(ValueError, RecursionError):
            return json.loads(written)
    return written


def _nested(given: Mapping[_Path, object]) -> dict[str, Any]:
    layer: dict[str, Any] = {}
    for path, value in given.items():
        table = layer.setdefault(path[0], {}) if len(path) > 1 else layer
        table[path[-1]] = value
    return layer


def _mistakes(in_file: Mapping[str, Any], given: Mapping[_Path, object]) -> list[str]:
    try:
        Settings.of(_nested(given), in_file)
    except ValidationError as error:
        return [_sentence(mistake, given) for mistake in error.errors(include_url=False)]
    return []


def _sentence(mistake: ErrorDetails, given: Mapping[_Path, object]) -> str:
    path = tuple(str(part) for part in mistake["loc"] if part != "[key]")
    name = variable(path) if path in given else _dotted(path)
    match mistake["type"]:
        case "value_error":
            return f"{name}: {mistake['ctx']['error']}"
        case "extra_forbidden":
            close = _close(path)
            return f"unknown key {name}" + (f"; did you mean {_dotted(close)}?" if close else "")
        case _:
            return f"{name}: expected a table, not {as_toml(mistake['input'])}"


def _dotted(path: _Path) -> str:
    """The key as TOML writes it, with dots."""
    bare = re.compile(r"[A-Za-z0-9_-]+")
    return ".".join(part if bare.fullmatch(part) else json.dumps(part, ensure_ascii=False) for part in path)


def _close(path: _Path) -> _Path:
    """The key that was probably meant: the same name in another table, or a similar one in the same table, else ()."""
    *tables, key = path
    known = [known for known, _ in _keys()]
    # A key of the site written below the first table header belongs to that table: TOML's most common trap.
    if same := [known_path for known_path in known if known_path[-1] == key]:
        return same[0]
    if tables and (named := _NAMED.get(tables[0])):
        beside = list(named.model_fields)
    elif tables:
        beside = [known_path[-1] for known_path in known if known_path[:-1] == tuple(tables)]
    else:
        beside = list(Settings.model_fields)
    close = difflib.get_close_matches(key.lower(), beside, 1)
    return (*tables, close[0]) if close else ()
