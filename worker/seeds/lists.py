"""From OPML files below seeds/ to the store's sources.

The last outlines read from each list are kept, so only changed lists are read again. An unreadable list keeps its last
outlines, and a vanished one keeps them until it is certainly gone.
"""

import difflib
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import PurePosixPath
from uuid import uuid4

from feeds.errors import SeedError, noted
from feeds.model import Source, SourceKind
from feeds.settings.schema import Settings
from feeds.store import Store, facts
from feeds.text.urls import absolute, without_credentials
from worker.opml import opml
from worker.seeds.ledger import SourceIndex, SourceRecord
from worker.seeds.registry import Registry
from worker.seeds.scan import Scan

# Up to this many odd outlines of a list are reported.
MISTAKES_SHOWN = 5

# An outline as kept: URL, title, link, categories.
_Kept = tuple[str, str, str, list[str]]


class Lists:
    """The subscriptions of a home."""

    def __init__(self, store: Store, settings: Settings, registry: Registry) -> None:
        self.store = store
        self.settings = settings
        self.registry = registry

    def gone(self, seen: Scan, missing: Mapping[str, datetime], now: datetime) -> dict[str, datetime]:
        """When each vanished list disappeared, by path."""
        return {path: missing.get(path, now) for path in self._kept() if path not in seen.outlines}

    def read(self, seen: Scan, gone: Mapping[str, datetime], now: datetime) -> dict[str, SeedError]:
        """Records changed and vanished lists; returns the mistakes in them, by path."""
        lists = self._kept()
        problems: dict[str, SeedError] = {}
        before = json.dumps(lists)
        for document in seen.changed_outlines:
            try:
                reading = opml.read(document.body, document.name)
            except SeedError as error:
                message = f"{error.message.rstrip('.')}; its subscriptions stay as they were."
                problems[document.name] = SeedError(document.name, message, error.code)
                continue
            except Exception as error:
                message = f"cannot be read for {noted(error, document.name)}. Its subscriptions stay as they were."
                problems[document.name] = SeedError(document.name, message, "E_BUG")
                continue
            mistakes = (*reading.mended, *reading.skipped)
            if mistakes:
                problems[document.name] = SeedError(document.name, f"{'; '.join(mistakes[:MISTAKES_SHOWN])}.", "W_OPML")
            folders = PurePosixPath(document.name).parts[:-1]
            lists[document.name] = [
                (one.url, one.title, one.link, list(dict.fromkeys((*folders, *one.categories))))
                for one in reading.outlines
            ]
        for path, since in gone.items():
            if now - since >= self.settings.seeds.delete_after:
                del lists[path]
        if json.dumps(lists) == before:
            return problems
        self._subscribe(lists, now)
        return problems

    def subscribe(self, now: datetime) -> None:
        """Updates the store's sources from the lists as last read and from [sources.<slug>]."""
        self._subscribe(self._kept(), now)

    def _subscribe(self, lists: Mapping[str, list[_Kept]], now: datetime) -> None:
        wanted: dict[str, Source] = {}
        listed = [outline for outlines in lists.values() for outline in outlines]
        urls = {without_credentials(url) for url, *_ in listed}
        known = SourceIndex(self.registry.ledger.sources)
        for outline in listed:
            if source := self._source(*outline, urls, known):
                wanted.setdefault(source.key, source)
        self.registry.ledger = replace(self.registry.ledger, sources=known.records)
        self.registry.mint_categories([name for source in wanted.values() for name in source.categories])
        self.registry.save()
        active = self.store.sources.followed()
        slugs = self.registry.ledger.categories
        with self.store.transaction() as transaction:
            self.store.facts.put(transaction, facts.OPML, json.dumps(lists, ensure_ascii=False))
            for key, source in wanted.items():
                if not self.store.sources.put(transaction, source, now=now, category_slugs=slugs):
                    continue
                if key in active:
                    self.store.entries.touch_source(transaction, key)
                else:
                    self.store.withdrawals.restore_of(transaction, key, now, "its source is followed again")
            self.store.sources.deactivate(transaction, active - wanted.keys())

    def _kept(self) -> dict[str, list[_Kept]]:
        """The outlines of every list as last read, by path."""
        lists: dict[str, list[_Kept]] = json.loads(self.store.facts.get(facts.OPML) or "{}")
        return lists

    def _source(
        self, url: str, title: str, link: str, categories: list[str], listed: set[str], known: SourceIndex
    ) -> Source | None:
        """The source of an outline; None without a valid URL. A new one is put into `known`.

        listed: all URLs, without passwords.
        """
        if not absolute(url):
            return None
        # Without its password: ids.toml goes into version control, and a changed password does not make a new source.
        public = without_credentials(url)
        record = known.at(public)
        if record is None:
            record = SourceRecord(slug=known.slug(title, public), key=str(uuid4()), url=public)
            known.put(record)
        elif public not in (record.url, record.adopted) and listed.isdisjoint((record.url, record.adopted)):
            # The same URL in another spelling: the operator's spelling wins over an old redirect.
            record = replace(record, url=public, adopted="")
            known.put(record)
        own = self.settings.sources.get(record.slug)
        names = [*categories, *(own.categories if own else ())]
        mapped = [self.settings.categories.get(name, name) for name in names]
        return Source(
            key=record.key,
            slug=record.slug,
            kind=SourceKind.FEED,
            title=(own.title if own else "") or title,
            url=record.adopted or url,
            link=absolute(link),
            categories=tuple(dict.fromkeys(name for name in mapped if name)),
            language=own.language if own else "",
            timezone=own.timezone if own else "",
            private=own.private if own else False,
            priority=own.priority if own else 0,
            filter=own.filter if own else "",
            content=(own.content if own else "") or self.settings.publish.content,
            poll=own.poll if own else None,
        )

    def unknown(self) -> list[str]:
        """A sentence for each [sources.<slug>] whose slug belongs to no source, so that its settings have no effect."""
        known = self.registry.ledger.sources
        mistakes = []
        for slug in self.settings.sources.keys() - known.keys():
            close = difflib.get_close_matches(slug, known, 1)
            meant = f"did you mean {close[0]}?" if close else "`seedfeed sources` lists the slugs"
            mistakes.append(f"[sources.{slug}] names no source, so that nothing in it counts; {meant}")
        return sorted(mistakes)

    def adopt(self, key: str, url: str) -> None:
        """Records that the source has moved; the list keeps the address that its operator wrote."""
        record = next(record for record in self.registry.ledger.sources.values() if record.key == key)
        self.registry.ledger = self.registry.ledger.with_source(replace(record, adopted=url))
        self.registry.save()
