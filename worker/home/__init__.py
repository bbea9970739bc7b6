"""What `seedfeed init` writes: a site.toml that explains every key, a sample seed, and a .gitignore.

The placeholders {title} and {timezone} in site.toml are replaced by values that suit the machine.
"""

import json
from importlib.resources import files
from pathlib import Path

import tzlocal

from feeds.errors import SeedfeedError
from feeds.settings.load import check_way

SAMPLE = "welcome.md"
# seeds/ids.toml is not in it: a clone of a home must have the ids of its articles.
IGNORED = "/data/\n"


def write(root: Path) -> list[Path]:
    """Makes a home at `root` and returns the created paths.

    Raises SeedfeedError, and writes nothing, if the settings or the sample exist, or something is in the way. A
    .gitignore that exists is kept.
    """
    settings, sample, data = root / "seeds" / "site.toml", root / "seeds" / SAMPLE, root / "data"
    ignore = root / ".gitignore"
    made = [settings, sample, data] if ignore.exists() else [settings, sample, data, ignore]
    for folder in (settings.parent, data):
        check_way(folder)
    for path in (settings, sample):
        if path.exists():
            raise SeedfeedError(f"{path} exists; nothing was written, for init never overwrites")
    texts = files(__name__)
    filled = texts.joinpath("site.toml").read_text(encoding="utf-8")
    filled = filled.replace("{timezone}", _zone()).replace("{title}", _title(root))
    try:
        settings.parent.mkdir(parents=True, exist_ok=True)
        data.mkdir(mode=0o700, exist_ok=True)
        settings.write_text(filled, encoding="utf-8")
        sample.write_text(texts.joinpath(SAMPLE).read_text(encoding="utf-8"), encoding="utf-8")
        if ignore in made:
            ignore.write_text(IGNORED, encoding="utf-8")
    except OSError as error:
        raise SeedfeedError(f"{error.filename}: {error.strerror}; the home could not be made") from error
    return made


def _zone() -> str:
    """The machine's IANA time zone; UTC if none is set."""
    try:
        return tzlocal.get_localzone_name() or "UTC"
    except (LookupError, ValueError):
        return "UTC"


def _title(root: Path) -> str:
    """A first title, from the directory's name, escaped for a TOML string."""
    name = root.resolve().name.replace("-", " ").replace("_", " ").strip()
    return json.dumps(name[:1].upper() + name[1:] or "My feeds", ensure_ascii=False)[1:-1]
