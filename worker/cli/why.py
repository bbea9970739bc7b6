"""The output of `seedfeed why`: where one entry or seed file came from, and what was decided about it.

The store has what happened to the entry and when. What was read from where is not stored: the file is read again as of
its first sight, as the worker read it, so the answer matches the file as it is now. Writes nothing.
"""

import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from feeds.errors import NotReadyError, OrderError, SeedError
from feeds.model import SourceKind
from feeds.publish.catalogue import feeds_of, site_of
from feeds.settings.load import Home
from feeds.settings.schema import Settings
from feeds.store import Store
from feeds.text.dates import rfc3339
from feeds.text.urls import without_credentials
from worker.processes.child import Killed
from worker.seeds.file_names import ignored, portable
from worker.seeds.formats import FORMATS
from worker.seeds.ledger import Ledger, SeedRecord, load
from worker.seeds.media import is_beside, key
from worker.seeds.planning import of_public, seed_context
from worker.seeds.scan import read_one

Line = dict[str, Any]
_NOTHING: Mapping[str, Any] = {
    "id": None, "file": None, "state": "not published", "source": None, "url": None, "title": None, "link": None,
    "published": None, "updated": None, "first_seen": None, "language": None, "authors": [], "categories": [],
    "credit": None, "image": None, "enclosures": [], "revision": None, "duplicate_of": None, "folded": False,
    "how": None, "share": None, "passages": [], "read": [], "problem": None, "log": [], "feeds": [],
}  # fmt: skip
_NO_ARTICLES = {"site.toml": "holds the settings.", "ids.toml": "is the ledger of ids, kept by Seedfeed."}


def why(home: Home, settings: Settings, named: str, cwd: Path, now: datetime) -> Line:
    """The report on an entry, named by id, link or page, or on a seed file, named by its path.

    The keys are always the same: id, file (below seeds/), state (published, withdrawn, hidden, "not published"), source
    (slug), url (of the source), title, link, published, updated, first_seen, language, authors, categories, credit,
    image, enclosures (URLs), revision, duplicate_of (id of its story's lead), folded (whether it is shown under the
    lead), how (the repetition was found: same, text, or hand), share (of its text found in the lead, 0 to 1), passages
    (the longest in common as both texts are now), read (list of field, value, source, passage), problem (of the file),
    log (list of at, verdict, reason), feeds (slugs). Raises OrderError if there is no such entry or file; SeedError if
    the ledger is damaged.
    """
    ledger = load(home.ids, home.data / "ids.toml") or Ledger("")
    try:
        store: Store | None = Store.open_readonly(home.store)
    except NotReadyError:
        store = None
    try:
        path = _path(home, named, cwd)
        record = _record(ledger, portable(path)) if path else _record_of_gone(ledger, home, named, cwd)
        id_ = record.id if record else _id(store, named) if store and not path else None
        if not (path or id_):
            if (cwd / named).exists():
                raise OrderError(named, f"that file does not lie below {home.seeds}")
            raise OrderError(named, "no such entry and no such file; `seedfeed entries` lists ids and links")
        if record is None and id_:
            record = ledger.seeds.get(id_)
        line = {**_NOTHING, **(_stored(store, settings, id_) if store and id_ else {})}
        if not path and record and record.deleted is None:
            path = record.path if (home.seeds / record.path).is_file() else ""
            line |= {"file": record.path or None, "problem": None if path else _without_file(record)}
        if path:
            public = line["state"] == "published"
            line |= {"file": path, **_reading(home, settings, path, record, now, public=public)}
            if store and (articles := _articles(store, path)):
                line["problem"] = f"is no article; it is published with {', '.join(articles)}."
            problems = store.seeds.problems() if store else ()
            notes = [str(problem.message) for problem in problems if problem.path == path]
            line["problem"] = line["problem"] or " ".join(notes) or None
        if record:
            line |= {"id": record.id, "first_seen": rfc3339(record.first_seen)}
        return line
    finally:
        if store:
            store.close()


# Finding the entry


def _path(home: Home, named: str, cwd: Path) -> str:
    """The file's path below seeds/, "" if `named` is not a file.

    A path relative to the shell's directory goes before one relative to seeds/.
    """
    root = os.path.realpath(home.seeds)
    for place in (cwd / named, home.seeds / named):
        folder, name = os.path.split(os.path.abspath(place))  # noqa: PTH100  # a link is to be told, not followed
        found = os.path.join(os.path.realpath(folder), name)  # noqa: PTH118  # "a/.." is resolved by then
        if os.path.lexists(found) and found.startswith(root + os.sep):
            return PurePosixPath(os.path.relpath(found, root)).as_posix()
    return ""


def _record(ledger: Ledger, path: str) -> SeedRecord | None:
    return next((record for record in ledger.seeds.values() if record.path == path and record.deleted is None), None)


def _record_of_gone(ledger: Ledger, home: Home, named: str, cwd: Path) -> SeedRecord | None:
    """The seed whose file was at this path and is gone now."""
    root = os.path.realpath(home.seeds) + os.sep
    places = {os.path.realpath(place) for place in (cwd / named, home.seeds / named)}
    paths = {place.removeprefix(root) for place in places if place.startswith(root)}
    return next((record for record in ledger.seeds.values() if record.path in paths), None)


def _without_file(record: SeedRecord) -> str:
    if not record.path:
        return f"its file, once {record.key}, holds another story now; the entry stays until it is hidden."
    return f"its file {record.path} is gone; the entry is withdrawn after seeds.delete_after."


def _id(store: Store, named: str) -> str | None:
    found = store.entries.find(named)
    return found[0] if found else None


# The report


def _stored(store: Store, settings: Settings, id_: str) -> Line:
    site = site_of(settings, store)
    trace = store.traces.of(id_)
    if trace is None:
        return {"id": id_}
    log = [{"at": rfc3339(at), "verdict": verdict, "reason": reason} for at, verdict, reason in trace.log]
    if trace.state != "published":  # the content of a withdrawn entry is no longer shown
        return {"id": id_, "state": trace.state, "first_seen": rfc3339(trace.first_seen), "log": log}
    base_url = store.sources.base_url() or settings.base_url
    published = store.listings.published_by_number([trace.n], base_url).get(trace.n)
    if published is None:
        return {"id": id_, "state": "unreadable", "first_seen": rfc3339(trace.first_seen), "log": log}
    entry, source, story = published.entry, published.source, trace.story
    return {
        "id": id_,
        "state": trace.state,
        "source": source.slug,
        "url": without_credentials(source.url) if source.kind is SourceKind.FEED else None,
        "title": entry.title,
        "link": entry.permalink or published.page,
        "published": rfc3339(entry.published),
        "updated": rfc3339(entry.updated.replace(microsecond=0)),
        "first_seen": rfc3339(trace.first_seen),
        "language": entry.language,
        "authors": [person.name for person in entry.authors],
        "categories": list(entry.categories),
        "credit": entry.credit or None,
        "image": entry.image or None,
        "enclosures": [one.url for one in entry.enclosures],
        "revision": published.revision,
        "duplicate_of": (story.lead if story else "") or None,
        "folded": bool(story and story.folded),
        "how": story.how if story else None,
        "share": (story.share if story else 0) or None,
        "passages": _passages(store, trace.n) if story and story.share and story.how != "same" else [],
        "log": log,
        "feeds": [
            feed.slug for feed in feeds_of(settings, store, site).values() if store.listings.belongs(trace.n, feed)
        ],
    }


def _passages(store: Store, n: int) -> list[str]:
    from worker.stories.texts import passages_of  # only a repeat that was found by its text needs it

    return list(passages_of(store.stories, n))


def _articles(store: Store, path: str) -> list[str]:
    """The articles that refer to a file, or share its name."""
    if PurePosixPath(path).suffix.lower() in FORMATS:
        return []
    beside = {seed for _, seed, *_ in store.seeds.published() if is_beside(path, seed)}
    return sorted(store.media.referring([key(path)]) | beside)


def _reading(
    home: Home, settings: Settings, path: str, record: SeedRecord | None, now: datetime, *, public: bool
) -> Line:
    """What the file says, and what is wrong with it or keeps it from being public."""
    if path in _NO_ARTICLES or path.lower().endswith(".opml"):
        return {"problem": _NO_ARTICLES.get(path, "is a list of subscriptions, no article.")}
    first_seen = record.first_seen if record else now
    if any(ignored(part) for part in PurePosixPath(path).parts):
        return {"problem": "files and folders of this name are left alone."}
    from worker.seeds.readers import read

    try:
        document, state = read_one(home.seeds, path, first_seen)
        reading, front = read(document, seed_context(settings, first_seen, state))
    except SeedError as error:
        return {"problem": (of_public(error) if public else error).message}
    except Killed as error:
        return {"problem": f"reading it {error}."}
    facts = [
        {"field": one.field, "value": one.value, "source": one.source, "passage": one.passage}
        for one in reading.evidence
    ]
    notes = [*reading.warnings, *front.warnings]
    if front.held and not front.published(now):
        notes.append(f"it is held back, since {front.held}.")
    elif front.draft:
        notes.append("it is a draft.")
    if front.publish_at and now < front.publish_at:
        notes.append(f"it is not public before {rfc3339(front.publish_at)}.")
    elif front.expires and now >= front.expires:
        notes.append(f"its time was over at {rfc3339(front.expires)}.")
    return {"read": facts, "problem": " ".join(notes) or None}


# Plain text


def as_text(line: Line) -> str:
    """The report as lines of plain text."""
    facts = [
        ("file", line["file"]),
        ("state", line["state"]),
        ("story", _story(line)),
        ("source", " ".join(filter(None, (line["source"], line["url"])))),
        ("link", line["link"]),
        ("first seen", line["first_seen"]),
        ("published", line["published"]),
        ("updated", line["updated"]),
        ("language", line["language"]),
        ("author", ", ".join(line["authors"])),
        ("credit", line["credit"]),
        ("picture", line["image"]),
        ("enclosures", ", ".join(one for one in line["enclosures"] if one != line["image"])),
        ("categories", ", ".join(line["categories"])),
        ("feeds", ", ".join(line["feeds"])),
        ("problem", line["problem"]),
    ]
    heading = [line["title"] or line["file"] or "", line["id"] or "no id yet"]
    shown = [f"  {name:<11} {value}" for name, value in facts if value]
    read_ = [_fact(one) for one in line["read"]]
    log = [f"  {one['at']}  {one['verdict']}: {one['reason']}" for one in line["log"]]
    parts = [heading + shown, ["Read from the file", *read_] if read_ else [], ["What happened", *log] if log else []]
    return "\n\n".join("\n".join(part) for part in parts if part)


def _story(line: Line) -> str:
    """The lead that the entry repeats, with the evidence and the longest passages."""
    if not line["duplicate_of"]:
        return "stands alone, by hand" if line["how"] == "hand" else ""
    by_hand = ["by hand"] if line["how"] == "hand" else []
    # Rounded down, so that an almost equal text does not show 100 %.
    share = [f"{int(line['share'] * 100)} % of its text stands there"] if line["share"] else []
    seen = "; ".join([*by_hand, *share])
    place = f"{'under' if line['folded'] else 'with'} {line['duplicate_of']}" + (f" ({seen})" if seen else "")
    passages = [f"  {'':<11} “{passage}”" for passage in line["passages"]]
    return "\n".join([place, *passages])


def _fact(one: Mapping[str, str]) -> str:
    passage = f": “{one['passage']}”" if one["passage"] else ""
    return f"  {one['field']:<11} {one['value']}\n  {'':<11} from {one['source']}{passage}"
