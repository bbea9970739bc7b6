"""The schema, as migrations that are applied in order and never edited once released.

Moments are INTEGER microseconds since 1970 UTC (`…_us`); flags are 0 or 1; lists and records are JSON. STRICT tables
refuse a value of the wrong type instead of keeping it.
"""

import sqlite3
from pathlib import Path
from urllib.parse import urlsplit

from sqlite_utils import Database, Migrations

from feeds.errors import StoreError
from feeds.store.connection import SCHEMA_VERSION

migrations = Migrations("seedfeed")


def migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Brings a store up to this version. Raises StoreError if a newer Seedfeed made it: its tables are unknown."""
    database = Database(connection)
    applied = {migration.name for migration in migrations.applied(database)}
    with Database(memory=True) as empty:
        known = {migration.name for migration in migrations.pending(empty)}
    if applied - known:
        newest = max(applied - known)
        raise StoreError(f"{path}: made by a newer Seedfeed ({newest}); install that version, or restore a backup")
    database.enable_wal()
    migrations.apply(database)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def _run(db: Database, script: str) -> None:
    """Runs a script statement by statement: `executescript` would commit the migration's transaction."""
    for statement in script.split(";\n"):
        if statement.strip():
            db.execute(statement)


@migrations()
def m001_sources(db: Database) -> None:
    """Sources and the state of polling them, in one row: a poll reads and writes both."""
    _run(
        db,
        """
CREATE TABLE sources (
  n INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  slug TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL CHECK (kind IN ('seeds', 'feed')),
  title TEXT NOT NULL,
  own_title TEXT NOT NULL DEFAULT '',
  own_link TEXT NOT NULL DEFAULT '',
  url TEXT NOT NULL DEFAULT '',
  link TEXT NOT NULL DEFAULT '',
  categories TEXT NOT NULL DEFAULT '[]',
  language TEXT NOT NULL DEFAULT '',
  timezone TEXT NOT NULL DEFAULT '',
  private INTEGER NOT NULL DEFAULT 0,
  priority INTEGER NOT NULL DEFAULT 0,
  active INTEGER NOT NULL DEFAULT 1,
  etag TEXT NOT NULL DEFAULT '',
  last_modified TEXT NOT NULL DEFAULT '',
  body_digest TEXT NOT NULL DEFAULT '',
  next_poll_us INTEGER,
  leased_us INTEGER,
  last_success_us INTEGER,
  polls INTEGER NOT NULL DEFAULT 0,
  failures INTEGER NOT NULL DEFAULT 0,
  status TEXT NOT NULL DEFAULT 'ok',
  error TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX sources_due ON sources (next_poll_us) WHERE active = 1 AND kind = 'feed';
CREATE TABLE source_categories (
  slug TEXT NOT NULL,
  source INTEGER NOT NULL REFERENCES sources (n),
  PRIMARY KEY (slug, source)
) STRICT, WITHOUT ROWID;
CREATE TABLE categories (slug TEXT PRIMARY KEY, name TEXT NOT NULL) STRICT;
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT
""",
    )


@migrations()
def m002_entries(db: Database) -> None:
    """Entries, their earlier revisions and the decisions about each.

    uuid identifies the entry's page. canonical and text_digest find twins. lead: the entry that a duplicate is folded
    under. deleted_us: withdrawn, kept as a tombstone. change: the number of the transaction that last touched it, from
    which publishing learns what to render again.
    """
    _run(
        db,
        """
CREATE TABLE entries (
  n INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  uuid TEXT NOT NULL UNIQUE,
  source INTEGER NOT NULL REFERENCES sources (n),
  title TEXT NOT NULL CHECK (title <> ''),
  permalink TEXT NOT NULL,
  canonical TEXT NOT NULL,
  summary TEXT NOT NULL,
  content TEXT NOT NULL,
  language TEXT NOT NULL,
  lang TEXT NOT NULL,
  credit TEXT NOT NULL,
  comments TEXT NOT NULL,
  image TEXT NOT NULL,
  authors TEXT NOT NULL,
  categories TEXT NOT NULL,
  enclosures TEXT NOT NULL,
  origin TEXT NOT NULL,
  published_us INTEGER NOT NULL,
  dated INTEGER NOT NULL,
  updated_us INTEGER NOT NULL,
  first_seen_us INTEGER NOT NULL,
  listed_us INTEGER NOT NULL,
  digest TEXT NOT NULL,
  text_digest TEXT NOT NULL,
  revision INTEGER NOT NULL DEFAULT 1,
  change INTEGER NOT NULL,
  shared INTEGER NOT NULL DEFAULT 1,
  lead INTEGER REFERENCES entries (n),
  deleted_us INTEGER
) STRICT;
CREATE INDEX entries_listed ON entries (listed_us);
CREATE INDEX entries_source ON entries (source, listed_us);
CREATE INDEX entries_lang ON entries (lang, listed_us);
CREATE INDEX entries_change ON entries (change);
CREATE INDEX entries_canonical ON entries (canonical) WHERE canonical <> '';
CREATE INDEX entries_text ON entries (text_digest) WHERE text_digest <> '';
CREATE INDEX entries_lead ON entries (lead) WHERE lead IS NOT NULL;
CREATE INDEX entries_deleted ON entries (deleted_us) WHERE deleted_us IS NOT NULL;
CREATE TABLE entry_categories (
  slug TEXT NOT NULL,
  entry INTEGER NOT NULL REFERENCES entries (n),
  PRIMARY KEY (slug, entry)
) STRICT, WITHOUT ROWID;
CREATE INDEX entry_categories_entry ON entry_categories (entry);
CREATE TABLE revisions (
  entry INTEGER NOT NULL REFERENCES entries (n),
  revision INTEGER NOT NULL,
  recorded_us INTEGER NOT NULL,
  title TEXT NOT NULL,
  summary TEXT NOT NULL,
  content TEXT NOT NULL,
  PRIMARY KEY (entry, revision)
) STRICT;
CREATE TABLE decisions (
  n INTEGER PRIMARY KEY,
  entry INTEGER NOT NULL REFERENCES entries (n),
  at_us INTEGER NOT NULL,
  verdict TEXT NOT NULL,
  reason TEXT NOT NULL
) STRICT;
CREATE INDEX decisions_entry ON decisions (entry)
""",
    )


@migrations()
def m003_search(db: Database) -> None:
    """Full text over folded words (feeds.text.plaintext.fold), so that "dang" finds "Đảng"; rowid is entries.n.

    M*: the marks that folding leaves are vowels of Thai, Hindi and similar scripts; as separators they would vanish.
    """
    db.execute(
        "CREATE VIRTUAL TABLE search USING fts5 (title, summary, content, authors,"
        " tokenize = \"unicode61 remove_diacritics 0 categories 'L* N* M* Co'\")"
    )


@migrations()
def m004_seeds(db: Database) -> None:
    """What the last scan of seeds/ found. The ids themselves are in seeds/ids.toml, which outlives this file.

    id: of the entry in the file, from which a lost ids.toml is rebuilt. again_us: when an unchanged file must be read
    again (publish_at, expires). reading: the problem is in the file's content, so it lasts until the file changes.
    seeds_missing: since when a seed's file, or a list, is gone.
    """
    _run(
        db,
        """
CREATE TABLE seed_files (
  path TEXT PRIMARY KEY,
  size INTEGER NOT NULL,
  mtime_ns INTEGER NOT NULL,
  digest TEXT NOT NULL,
  id TEXT NOT NULL DEFAULT '',
  again_us INTEGER
) STRICT;
CREATE TABLE seed_problems (
  path TEXT PRIMARY KEY,
  message TEXT NOT NULL,
  code TEXT NOT NULL,
  reading INTEGER NOT NULL
) STRICT;
CREATE TABLE seeds_missing (id TEXT PRIMARY KEY, since_us INTEGER NOT NULL) STRICT
""",
    )


@migrations()
def m005_publications(db: Database) -> None:
    """What is published: feeds with the entries that their documents contain, kept fragments, and the bytes themselves.

    seen_change: the change up to which a feed's documents are fresh. Fragments are kept as long as their key holds.
    """
    _run(
        db,
        """
CREATE TABLE feeds (
  slug TEXT PRIMARY KEY,
  definition TEXT NOT NULL,
  updated_us INTEGER NOT NULL,
  seen_change INTEGER NOT NULL
) STRICT;
CREATE TABLE feed_entries (
  feed TEXT NOT NULL REFERENCES feeds (slug) ON DELETE CASCADE,
  entry INTEGER NOT NULL REFERENCES entries (n),
  PRIMARY KEY (feed, entry)
) STRICT, WITHOUT ROWID;
CREATE INDEX feed_entries_entry ON feed_entries (entry);
CREATE TABLE fragments (
  entry INTEGER NOT NULL REFERENCES entries (n),
  format TEXT NOT NULL,
  key TEXT NOT NULL,
  body BLOB NOT NULL,
  PRIMARY KEY (entry, format)
) STRICT;
CREATE TABLE representations (
  path TEXT PRIMARY KEY,
  feed TEXT NOT NULL REFERENCES feeds (slug) ON DELETE CASCADE,
  media_type TEXT NOT NULL,
  body BLOB NOT NULL,
  gzip BLOB NOT NULL,
  etag TEXT NOT NULL,
  last_modified_us INTEGER NOT NULL
) STRICT
""",
    )


@migrations()
def m006_polling(db: Database) -> None:
    """What polling remembers beyond validators, and what an operator sets for one source.

    items: digests of the items of the last document. skip: hours and days to skip, JSON. hidden_us: withdrawn by hand,
    permanently, whatever the source says. removed: left with its source, and returns with it. aliases: ids that a
    source gives its entries since it changed them. search_pending: entries that are not indexed yet.
    """
    _run(
        db,
        """
ALTER TABLE sources ADD COLUMN items BLOB NOT NULL DEFAULT x'';
ALTER TABLE sources ADD COLUMN ttl_seconds INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sources ADD COLUMN skip TEXT NOT NULL DEFAULT '';
ALTER TABLE sources ADD COLUMN failing_since_us INTEGER;
ALTER TABLE sources ADD COLUMN gone INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sources ADD COLUMN gone_since_us INTEGER;
ALTER TABLE sources ADD COLUMN moved_to TEXT NOT NULL DEFAULT '';
ALTER TABLE sources ADD COLUMN moved_polls INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sources ADD COLUMN moved_since_us INTEGER;
ALTER TABLE sources ADD COLUMN filter TEXT NOT NULL DEFAULT '';
ALTER TABLE sources ADD COLUMN content TEXT NOT NULL DEFAULT 'full';
ALTER TABLE sources ADD COLUMN poll_seconds INTEGER NOT NULL DEFAULT 0;
ALTER TABLE entries ADD COLUMN hidden_us INTEGER;
ALTER TABLE entries ADD COLUMN removed INTEGER NOT NULL DEFAULT 0;
CREATE TABLE aliases (
  id TEXT NOT NULL,
  entry INTEGER NOT NULL REFERENCES entries (n),
  PRIMARY KEY (id, entry)
) STRICT, WITHOUT ROWID;
CREATE TABLE search_pending (entry INTEGER PRIMARY KEY REFERENCES entries (n)) STRICT
""",
    )


@migrations()
def m007_health(db: Database) -> None:
    """What happened to sources and seed files: one row each time that one breaks, recovers, moves or falls silent.

    subject: a source's key, or "seed:" and a path. kind: see feeds.model.HealthKind. link: a URL, or "". sent: whether
    worker.webhook received it.
    """
    _run(
        db,
        """
CREATE TABLE health (
  n INTEGER PRIMARY KEY,
  at_us INTEGER NOT NULL,
  subject TEXT NOT NULL,
  kind TEXT NOT NULL,
  title TEXT NOT NULL,
  text TEXT NOT NULL,
  link TEXT NOT NULL,
  sent INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX health_subject ON health (subject, n)
""",
    )


@migrations()
def m008_hubs(db: Database) -> None:
    """Our subscriptions at WebSub hubs: at most one live one for a source, and those that are being left.

    token: identifies the callback. state: see feeds.websub.subscription.Standing. next_us: when to ask (again).
    until_us: end of the lease. missed_us: when a poll last found what should have been pushed. ignored: pushes with a
    wrong signature.
    """
    _run(
        db,
        """
CREATE TABLE hubs (
  n INTEGER PRIMARY KEY,
  source INTEGER NOT NULL REFERENCES sources (n) ON DELETE CASCADE,
  token TEXT NOT NULL UNIQUE,
  hub TEXT NOT NULL,
  topic TEXT NOT NULL,
  secret TEXT NOT NULL,
  state TEXT NOT NULL,
  failures INTEGER NOT NULL DEFAULT 0,
  next_us INTEGER,
  until_us INTEGER,
  pushed_us INTEGER,
  missed_us INTEGER,
  ignored INTEGER NOT NULL DEFAULT 0,
  error TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE UNIQUE INDEX hubs_source ON hubs (source) WHERE state IN ('asked', 'active', 'refused');
CREATE INDEX hubs_ended ON hubs (source) WHERE state IN ('leaving', 'over');
CREATE INDEX hubs_next ON hubs (next_us) WHERE next_us IS NOT NULL
""",
    )


@migrations()
def m009_media(db: Database) -> None:
    """Files beside the articles, as the last scan found them, and which seed refers to which.

    hash, name: of its copy in data/media, "" without one. key: a path as authors write it, in lower case; the file need
    not exist.
    """
    _run(
        db,
        """
CREATE TABLE media_files (
  path TEXT PRIMARY KEY,
  size INTEGER NOT NULL,
  mtime_ns INTEGER NOT NULL,
  hash TEXT NOT NULL DEFAULT '',
  name TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE TABLE media_references (
  seed TEXT NOT NULL,
  key TEXT NOT NULL,
  PRIMARY KEY (key, seed)
) STRICT, WITHOUT ROWID;
CREATE INDEX media_references_seed ON media_references (seed)
""",
    )


@migrations()
def m010_stories(db: Database) -> None:
    """Entries that tell one story: which repeat which, what is still to be compared, and how repeats are found.

    stories: one row for an entry that repeats another (lead), or that an operator split off (lead NULL). how: "same"
    (id or permalink, and text), "text" (in force while stories.enabled), "hand" (never overruled). entries.lead is what
    is in force: a seed is linked with its lead, but never folded under it. share: the part of its text that is also in
    the lead; passages: the longest that both share, JSON. lender: the entry whose longer text is shown for a lead that
    has only a summary.

    undecided: what is to be compared before anything is published. keys: of its text (worker.entries.fingerprint).
    again: it was compared before, and its text changed or its lead left (former). namesake: the entry that had its id
    first. waits: everything but its text was compared, since stories are off. prints: the keys of an entry, removed
    after until_us; passages: entries by each key. What was published recently must be found by what arrives from now
    on.
    """
    _run(
        db,
        """
CREATE TABLE stories (
  entry INTEGER PRIMARY KEY REFERENCES entries (n),
  lead INTEGER REFERENCES entries (n),
  how TEXT NOT NULL CHECK (how IN ('same', 'text', 'hand')),
  share REAL NOT NULL DEFAULT 0,
  passages TEXT NOT NULL DEFAULT '[]'
) STRICT;
CREATE INDEX stories_lead ON stories (lead) WHERE lead IS NOT NULL;
CREATE TABLE undecided (
  entry INTEGER PRIMARY KEY REFERENCES entries (n),
  keys BLOB NOT NULL,
  again INTEGER NOT NULL DEFAULT 0,
  former INTEGER,
  namesake INTEGER,
  waits INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE prints (
  entry INTEGER PRIMARY KEY REFERENCES entries (n),
  keys BLOB NOT NULL,
  until_us INTEGER NOT NULL
) STRICT;
CREATE INDEX prints_until ON prints (until_us);
CREATE TABLE passages (
  key INTEGER NOT NULL,
  entry INTEGER NOT NULL,
  PRIMARY KEY (key, entry)
) STRICT, WITHOUT ROWID;
ALTER TABLE entries ADD COLUMN lender INTEGER REFERENCES entries (n);
CREATE INDEX entries_lender ON entries (lender) WHERE lender IS NOT NULL;
INSERT INTO stories (entry, lead, how, share)
  SELECT e.n, e.lead, CASE WHEN d.reason LIKE 'same text%' THEN 'text' ELSE 'same' END, 1.0
  FROM entries AS e JOIN decisions AS d ON d.entry = e.n AND d.verdict = 'duplicate' WHERE e.lead IS NOT NULL
  GROUP BY e.n;
INSERT INTO undecided (entry, keys, again) SELECT n, x'', 1 FROM entries
  WHERE deleted_us IS NULL AND lead IS NULL AND published_us > (unixepoch('now') - 7 * 86400) * 1000000
""",
    )


@migrations()
def m011_archives(db: Database) -> None:
    """Archive documents (RFC 5005), what each version of a feed's documents said, and what the publish gate holds back.

    archive_pages: of each feed, counted from 1; the last one is open until it is full. archive_entries: which page an
    entry is on, permanently. feed_entries: how an entry was last published there (its id, its date), since which
    version of the feed's documents, and a digest of its fragments. feed_versions: which version had which ETag, for RFC
    3229 deltas; change: the newest one that it includes. held: feeds whose last good documents stay. fragments: fault
    is why one is not published, digest that of its bytes; earlier ones were not checked and are dropped.
    """
    _run(
        db,
        """
CREATE TABLE archive_pages (
  feed TEXT NOT NULL REFERENCES feeds (slug) ON DELETE CASCADE,
  page INTEGER NOT NULL,
  entries INTEGER NOT NULL DEFAULT 0,
  bytes INTEGER NOT NULL DEFAULT 0,
  full INTEGER NOT NULL DEFAULT 0,
  modified_us INTEGER NOT NULL,
  PRIMARY KEY (feed, page)
) STRICT, WITHOUT ROWID;
CREATE TABLE archive_entries (
  feed TEXT NOT NULL REFERENCES feeds (slug) ON DELETE CASCADE,
  entry INTEGER NOT NULL REFERENCES entries (n),
  page INTEGER NOT NULL,
  PRIMARY KEY (feed, entry)
) STRICT, WITHOUT ROWID;
CREATE INDEX archive_entries_page ON archive_entries (feed, page);
CREATE INDEX archive_entries_entry ON archive_entries (entry);
ALTER TABLE feeds ADD COLUMN version INTEGER NOT NULL DEFAULT 0;
ALTER TABLE feed_entries ADD COLUMN version INTEGER NOT NULL DEFAULT 0;
ALTER TABLE feed_entries ADD COLUMN id TEXT NOT NULL DEFAULT '';
ALTER TABLE feed_entries ADD COLUMN updated_us INTEGER NOT NULL DEFAULT 0;
ALTER TABLE feed_entries ADD COLUMN digest TEXT NOT NULL DEFAULT '';
CREATE TABLE feed_versions (
  feed TEXT NOT NULL REFERENCES feeds (slug) ON DELETE CASCADE,
  format TEXT NOT NULL,
  etag TEXT NOT NULL,
  version INTEGER NOT NULL,
  change INTEGER NOT NULL,
  PRIMARY KEY (feed, format, etag)
) STRICT, WITHOUT ROWID;
CREATE TABLE held (
  feed TEXT PRIMARY KEY,
  reason TEXT NOT NULL,
  since_us INTEGER NOT NULL
) STRICT;
DELETE FROM fragments;
ALTER TABLE fragments ADD COLUMN fault TEXT NOT NULL DEFAULT '';
ALTER TABLE fragments ADD COLUMN digest TEXT NOT NULL DEFAULT '';
CREATE INDEX fragments_fault ON fragments (entry) WHERE fault <> '';
UPDATE feeds SET definition = ''
""",
    )


@migrations()
def m012_codings(db: Database) -> None:
    """Documents in every content coding, with how long a copy is fresh; and feeds that are no longer published.

    max_age: seconds. former_feeds: title is that of a feed from [feeds], "" for others, whose names may be private by
    now. All feeds' definitions are reset, so that those published before get their coded forms too.
    """
    _run(
        db,
        """
ALTER TABLE representations ADD COLUMN br BLOB NOT NULL DEFAULT x'';
ALTER TABLE representations ADD COLUMN zstd BLOB NOT NULL DEFAULT x'';
ALTER TABLE representations ADD COLUMN max_age INTEGER NOT NULL DEFAULT 60;
CREATE TABLE former_feeds (
  slug TEXT PRIMARY KEY,
  title TEXT NOT NULL,
  since_us INTEGER NOT NULL
) STRICT;
UPDATE feeds SET definition = ''
""",
    )


@migrations()
def m013_details(db: Database) -> None:
    """What few entries say (feeds.store.rows): rights, via, whether an episode is explicit, the size of the picture.

    Kept fragments are dropped, since they lack these fields.
    """
    _run(
        db,
        """
ALTER TABLE entries ADD COLUMN details TEXT NOT NULL DEFAULT '';
DELETE FROM fragments;
UPDATE feeds SET definition = ''
""",
    )


@migrations()
def m014_traffic(db: Database) -> None:
    """Requests for feeds (feeds.traffic.counts.Counts): by day since 1970, feed and client's name; and in total.

    The totals outlive the days, so that what is counted since the beginning never shrinks.
    """
    counts = """
  "full" INTEGER NOT NULL,
  delta INTEGER NOT NULL,
  partial INTEGER NOT NULL,
  unmodified INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  sent INTEGER NOT NULL,
  bare INTEGER NOT NULL,
  subscribers INTEGER NOT NULL"""
    _run(
        db,
        f"""
CREATE TABLE traffic (
  day INTEGER NOT NULL,
  feed TEXT NOT NULL,
  client TEXT NOT NULL,{counts},
  PRIMARY KEY (day, feed, client)
) STRICT, WITHOUT ROWID;
CREATE TABLE traffic_totals (
  feed TEXT PRIMARY KEY,{counts}
) STRICT, WITHOUT ROWID
""",
    )


@migrations()
def m015_subscribers(db: Database) -> None:
    """Subscribers at our own hub, and the pings that another hub is owed.

    path: of the topic; topic: its URL when it was subscribed to. etag: of the document that was last delivered, ""
    before the first. owed_us: since when a change is owed, NULL if nothing is; it is set with the change itself, so
    that none is lost. next_us: when to deliver (again). tries: failures since the last success. pings: topics that
    changed, for the hub that server.hub names.
    """
    _run(
        db,
        """
CREATE TABLE subscribers (
  n INTEGER PRIMARY KEY,
  callback TEXT NOT NULL,
  path TEXT NOT NULL,
  topic TEXT NOT NULL,
  host TEXT NOT NULL,
  secret TEXT NOT NULL,
  since_us INTEGER NOT NULL,
  until_us INTEGER NOT NULL,
  etag TEXT NOT NULL DEFAULT '',
  delivered_us INTEGER,
  owed_us INTEGER,
  next_us INTEGER,
  tries INTEGER NOT NULL DEFAULT 0,
  UNIQUE (callback, path)
) STRICT;
CREATE INDEX subscribers_path ON subscribers (path);
CREATE INDEX subscribers_host ON subscribers (host);
CREATE INDEX subscribers_until ON subscribers (until_us);
CREATE INDEX subscribers_next ON subscribers (next_us) WHERE next_us IS NOT NULL;
CREATE TABLE pings (
  path TEXT PRIMARY KEY,
  owed_us INTEGER NOT NULL,
  next_us INTEGER NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0
) STRICT
""",
    )


@migrations()
def m016_seed_tries(db: Database) -> None:
    """seed_files.tries: how many attempts in a row to read a file did not finish.

    Until now a file whose reader was killed by the system was refused until it changed, and a picture that could not be
    copied was left out until then. Refused files are read once more, and such sources are polled at once.
    """
    _run(
        db,
        """
ALTER TABLE seed_files ADD COLUMN tries INTEGER NOT NULL DEFAULT 0;
UPDATE seed_files SET again_us = 0 WHERE path IN (
  SELECT path FROM seed_problems WHERE reading AND (substr(code, 1, 2) = 'E_' OR message LIKE '%cannot be copied%'));
UPDATE sources SET next_poll_us = 0 WHERE next_poll_us IS NOT NULL AND (
  error LIKE 'E_PARSE: Reading this feed %' OR error LIKE 'E_PARSE: Reading it took more than %')
""",
    )


@migrations()
def m017_own_urls(db: Database) -> None:
    """References in seeds were stored under the base_url of that time, and stayed there when it changed.

    Seeds with URLs of an address that this home had are read once more, which puts those under feeds.text.urls.LOCAL.
    The digest of an entry contains its permalink: it is emptied, so that the new one is not taken for an edit.
    """
    rows = db.execute(
        "SELECT 'http://127.0.0.1:8080' UNION SELECT link FROM sources WHERE kind = 'seeds'"
        " UNION SELECT value FROM facts WHERE name = 'websub_base'"
    ).fetchall()
    own = "source IN (SELECT n FROM sources WHERE kind = 'seeds')"
    for parts in {urlsplit(row[0])[:2] for row in rows if row[0]}:
        root = "://".join(parts) + "/"
        db.execute(
            "UPDATE seed_files SET again_us = 0 WHERE id IN (SELECT id FROM entries"
            f" WHERE {own} AND instr(permalink || authors || content || image, ?))",
            (root,),
        )
        db.execute(f"UPDATE entries SET digest = '' WHERE {own} AND instr(permalink, ?) = 1", (root,))


@migrations()
def m018_departures(db: Database) -> None:
    """Which entries left a feed's documents, and in which version: a delta that cannot say so is not sent.

    What left versions from before is not known, so their ETags are forgotten.
    """
    _run(
        db,
        """
CREATE TABLE feed_departures (
  feed TEXT NOT NULL REFERENCES feeds (slug) ON DELETE CASCADE,
  entry INTEGER NOT NULL REFERENCES entries (n),
  version INTEGER NOT NULL,
  PRIMARY KEY (feed, entry)
) STRICT, WITHOUT ROWID;
DELETE FROM feed_versions
""",
    )


@migrations()
def m019_media_references_in_order(db: Database) -> None:
    """media_references begins with its key: in a table WITHOUT ROWID whose columns stand in another order, SQLite's
    quick_check before 3.42 finds NULL where there is none, so that a whole store seems to be damaged.
    """
    _run(
        db,
        """
ALTER TABLE media_references RENAME TO old;
CREATE TABLE media_references (
  key TEXT NOT NULL,
  seed TEXT NOT NULL,
  PRIMARY KEY (key, seed)
) STRICT, WITHOUT ROWID;
INSERT INTO media_references SELECT key, seed FROM old;
DROP TABLE old;
CREATE INDEX media_references_seed ON media_references (seed)
""",
    )


@migrations()
def m020_markup(db: Database) -> None:
    """entries.markup, quiet_us, quiet_change: changes of markup alone are published too.

    Until now an entry from elsewhere changed only with its words, so that a corrected link or a picture that was taken
    out never came through. What is stored already takes over its markup when its source next changes something in it.
    """
    _run(
        db,
        """
ALTER TABLE entries ADD COLUMN markup TEXT NOT NULL DEFAULT '';
ALTER TABLE entries ADD COLUMN quiet_us INTEGER;
ALTER TABLE entries ADD COLUMN quiet_change INTEGER NOT NULL DEFAULT 0
""",
    )


@migrations()
def m021_distinct_moments(db: Database) -> None:
    """No two entries have the same `updated`; those that do get one a microsecond later, and are rendered again."""
    db.execute("CREATE INDEX entries_updated ON entries (updated_us)")
    db.execute("UPDATE facts SET value = CAST(value AS INTEGER) + 1 WHERE name = 'change'")
    rows = db.execute(
        "SELECT n, updated_us FROM entries AS e WHERE deleted_us IS NULL AND EXISTS (SELECT 1 FROM entries AS other"
        " WHERE other.updated_us = e.updated_us AND other.n < e.n AND other.deleted_us IS NULL) ORDER BY n"
    ).fetchall()
    for n, moment in rows:
        while db.execute("SELECT 1 FROM entries WHERE updated_us = ?", (moment,)).fetchone():
            moment += 1
        db.execute(
            "UPDATE entries SET updated_us = ?, change = (SELECT value FROM facts WHERE name = 'change') WHERE n = ?",
            (moment, n),
        )


@migrations()
def m022_documents_as_they_are(db: Database) -> None:
    """Documents are stored without coded forms: the server makes those that are asked for, and most never were.

    body is the last column, so that the validators before it are read without it.
    """
    columns = "path, feed, media_type, etag, last_modified_us, max_age, body"
    _run(
        db,
        f"""
ALTER TABLE representations RENAME TO old;
CREATE TABLE representations (
  path TEXT PRIMARY KEY,
  feed TEXT NOT NULL REFERENCES feeds (slug) ON DELETE CASCADE,
  media_type TEXT NOT NULL,
  etag TEXT NOT NULL,
  last_modified_us INTEGER NOT NULL,
  max_age INTEGER NOT NULL,
  body BLOB NOT NULL
) STRICT;
INSERT INTO representations ({columns}) SELECT {columns} FROM old;
DROP TABLE old
""",
    )


@migrations()
def m023_passages_when_asked(db: Database) -> None:
    """No stories.passages: what `seedfeed why` shows is found in the stored texts when it is asked for."""
    db.execute("ALTER TABLE stories DROP COLUMN passages")


@migrations()
def m024_index_without_text(db: Database) -> None:
    """The search index keeps no copy of the text, which was a quarter of a store.

    What it knows of words has the same form with and without one, and is copied, so that everything is found at once.
    Rows are as in feeds.store.search: those of edited entries count as rows of their first version.
    """
    db.execute(
        "CREATE VIRTUAL TABLE lean USING fts5 (title, summary, content, authors, content = '',"
        " tokenize = \"unicode61 remove_diacritics 0 categories 'L* N* M* Co'\")"
    )
    for part in ("data", "idx", "docsize"):
        db.execute(f"DELETE FROM lean_{part}")
        db.execute(f"INSERT INTO lean_{part} SELECT * FROM search_{part}")
    db.execute("DROP TABLE search")
    db.execute("ALTER TABLE lean RENAME TO search")
    db.execute("INSERT OR IGNORE INTO search_pending SELECT DISTINCT entry FROM revisions")


@migrations()
def m025_withdrawn_of_a_feed(db: Database) -> None:
    """Tombstones of a source, a language or an archive are found by an index of these.

    They were looked for among all withdrawn entries, for each feed that was published.
    """
    _run(
        db,
        """
CREATE INDEX entries_source_deleted ON entries (source, deleted_us) WHERE deleted_us IS NOT NULL;
CREATE INDEX entries_lang_deleted ON entries (lang, deleted_us) WHERE deleted_us IS NOT NULL;
ALTER TABLE archive_entries ADD COLUMN deleted_us INTEGER;
UPDATE archive_entries SET deleted_us = (SELECT deleted_us FROM entries WHERE n = entry)
 WHERE entry IN (SELECT n FROM entries WHERE deleted_us IS NOT NULL);
CREATE INDEX archive_entries_deleted ON archive_entries (feed, deleted_us) WHERE deleted_us IS NOT NULL
""",
    )
