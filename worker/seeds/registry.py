"""The ledger in use: loaded once, changed step by step, saved when it differs from its file."""

from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID

from feeds.model import Entry, SourceKind
from feeds.settings.load import Home
from feeds.settings.schema import Settings
from feeds.store import Store, facts
from feeds.text.urls import without_credentials
from worker.seeds import ledger as ledgers
from worker.seeds.ledger import Ledger, SeedRecord, SourceRecord


class Registry:
    """The identity of this site, and the ids, keys and slugs that everything was published under.

    A missing ids.toml is rebuilt from the store. A damaged one raises SeedError: a new one would give every seed
    another id.
    """

    def __init__(self, home: Home, settings: Settings, store: Store) -> None:
        self.home = home
        self._settings = settings
        self._own_key = store.sources.own_key()
        found = ledgers.load(home.ids, home.data / "ids.toml")
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
        """Saves the ledger if it changed; in data/ if seeds/ cannot be written."""
        if self.ledger == self._saved:
            return
        text = ledgers.dump(self.ledger)
        spare = self.home.data / "ids.toml"
        try:
            ledgers.save(self.home.ids, text)
            spare.unlink(missing_ok=True)
        except OSError:
            ledgers.save(spare, text)
        self._saved = self.ledger

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


def _recover(store: Store) -> Ledger | None:
    """The ledger as far as the store can restore it; None for a new store."""
    site_id = store.facts.get(facts.SITE_ID)
    if not site_id:
        return None
    seeds = [
        SeedRecord(id_, path, path, digest, first_seen, updated)
        for id_, path, digest, first_seen, updated in store.seeds.published()
    ]
    sources = [source for source in store.sources.all() if source.kind is SourceKind.FEED]
    return Ledger(
        site_id,
        {record.id: record for record in seeds},
        {source.slug: SourceRecord(source.slug, source.key, without_credentials(source.url)) for source in sources},
        {name: slug for slug, name in store.sources.categories().items()},
    )
