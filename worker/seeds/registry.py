"""The ledger in use: loaded once, changed step by step, saved when it differs from its file."""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from uuid import UUID

from feeds.errors import FaultError, SeedError
from feeds.model import Entry, SourceKind
from feeds.settings.load import Home
from feeds.settings.schema import Settings
from feeds.store import Store, facts
from feeds.store.seeds import SeedProblem
from feeds.text.urls import without_credentials
from worker.seeds import ledger as ledgers
from worker.seeds.ledger import Ledger, SeedRecord, SourceRecord

_OF_ANOTHER_SITE = (
    "it does not belong to data/, which has published under the ids of another site. It is a copy from elsewhere, or of"
    " an earlier time. Put back the one that belongs to data/, or move this one away, and it is made again from data/."
    " If this one is right, move data/ away instead, and it grows back under these ids. Nothing is read until then,"
    " since every entry would get another id."
)


class Registry:
    """The identity of this site, and the ids, keys and slugs that everything was published under.

    A missing ids.toml is rebuilt from the store. A damaged one, or one of another site than the store, raises
    SeedError: every seed would get another id.

    aside: why the ledger is kept in data/ and not in seeds/, "" if it is in its place. regrown: whether the store is
    new, though this home has published before.
    """

    def __init__(self, home: Home, settings: Settings, store: Store) -> None:
        self.home = home
        self._settings = settings
        self._own_key = store.sources.own_key()
        self._spare = home.data / "ids.toml"
        for path in (home.ids, self._spare):
            with suppress(OSError):
                ledgers.sweep(path)
        with suppress(OSError):
            ledgers.sweep_lists(home.seeds)
        self.aside = "it could not be written" if self._spare.exists() else ""
        found = own_ledger(home, settings, store)
        self.regrown = not store.facts.get(facts.SITE_ID) and found is not None and bool(found.seeds or found.sources)
        self.ledger = found or _recover(store) or Ledger(settings.id or ledgers.mint_site_id())
        if settings.id and self.ledger.site_id != settings.id:
            self.ledger = replace(self.ledger, site_id=settings.id)
        self._saved = found
        self.save()

    @property
    def own_key(self) -> str:
        """The key of the home's own source: the site's UUID at the time the store was made, whatever
        settings say now.
        """
        return self._own_key or str(UUID(self.ledger.site_id))

    def save(self) -> None:
        """Saves the ledger if it changed; in data/ while seeds/ cannot be written, and in seeds/ once it can."""
        changed = self.ledger != self._saved
        if not changed and not self.aside:
            return
        text = ledgers.dump(self.ledger)
        if changed and self.aside:
            # What is in data/ goes before what is in seeds/, so it must never be the older one.
            ledgers.save(self._spare, text)
        try:
            ledgers.save(self.home.ids, text)
        except OSError as error:
            if not self.aside:
                ledgers.save(self._spare, text)
            self.aside = os.strerror(error.errno or 0)
        else:
            self._spare.unlink(missing_ok=True)
            self.aside = ""
        self._saved = self.ledger

    def revert(self) -> None:
        """Goes back to the ledger as it was last saved, after a failure before that or between it and the store."""
        self.ledger = self._saved or self.ledger

    def complete(self, store: Store) -> None:
        """Takes up again what the store has published and the ledger does not know: an older copy was put back."""
        taken = {record.path for record in self.ledger.seeds.values() if record.path and not record.deleted}
        keys = {record.key for record in self.ledger.seeds.values()}
        for record in _seeds(store):
            if record.id not in self.ledger.seeds and record.path not in taken:
                kept = replace(record, key=record.id) if record.key in keys else record
                self.ledger = self.ledger.with_seed(kept)

    def problem(self) -> SeedError | None:
        """What is wrong with where the ledger is kept."""
        if not self.aside:
            return None
        message = (
            f"cannot be saved ({self.aside}); the ids of your articles are kept in data/ids.toml instead, and are lost"
            " with data/: every article would then get a new id. Make the folder seeds/ writable for Seedfeed."
        )
        return SeedError("ids.toml", message, "E_IDS")

    # Categories

    def categorised(self, entry: Entry) -> Entry:
        """The entry with a language, and with its categories under the names that settings give them."""
        mapping = self._settings.categories
        if entry.language and mapping.keys().isdisjoint(entry.categories):
            return entry
        names = [mapping.get(name, name) for name in entry.categories]
        kept = tuple(dict.fromkeys(name for name in names if name))
        return replace(entry, categories=kept, language=entry.language or self._settings.language)

    def mint_categories(self, names: Iterable[str]) -> None:
        """Gives each category that an operator named a permanent slug."""
        for name in (*names, *self._settings.categories.values()):
            if name and name not in self.ledger.categories:
                self.ledger = self.ledger.with_category(name, self.ledger.category_slug(name))

    def mapped_slugs(self) -> dict[str, str]:
        """Slugs of the categories that settings map a source's tags to."""
        names = {name for name in self._settings.categories.values() if name}
        return {name: slug for name, slug in self.ledger.categories.items() if name in names}


def own_ledger(home: Home, settings: Settings, store: Store) -> Ledger | None:
    """The saved ledger, None if there is none.

    Raises SeedError or FaultError if it cannot be read, or belongs to another site than the store.
    """
    found = ledgers.load(home.ids, home.data / "ids.toml")
    stored = store.facts.get(facts.SITE_ID)
    # All ids derive from that of the site; one in the settings was perhaps saved by a start that got no further.
    if found and stored and found.site_id not in (stored, settings.id):
        raise SeedError(str(home.ids), _OF_ANOTHER_SITE, "E_IDS")
    return found


def problem_of(error: SeedError | FaultError, home: Home) -> SeedProblem:
    """An error of `own_ledger` as the problem with all seeds that it is."""
    said = str(error).removeprefix(f"{home.ids}: ")
    return SeedProblem(home.ids.name, said, "E_IDS", reading=False)


def _recover(store: Store) -> Ledger | None:
    """The ledger as far as the store can restore it; None for a new store."""
    site_id = store.facts.get(facts.SITE_ID)
    if not site_id:
        return None
    sources = [source for source in store.sources.all() if source.kind is SourceKind.FEED]
    return Ledger(
        site_id,
        {record.id: record for record in _seeds(store)},
        {source.slug: SourceRecord(source.slug, source.key, without_credentials(source.url)) for source in sources},
        {name: slug for slug, name in store.sources.categories().items()},
    )


def _seeds(store: Store) -> Iterator[SeedRecord]:
    """The seeds that the store knows. A story whose file was taken by another one has no path; its id is its key."""
    for id_, path, digest, first_seen, updated in store.seeds.published():
        yield SeedRecord(id_, path or id_, path, digest, first_seen, updated)
