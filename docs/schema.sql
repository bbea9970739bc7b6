-- The tables of a home, as they are after all migrations. Made by docs/make.py: edit a migration in
-- feeds/store/migrations.py or a comment in docs/schema.toml, never this file.
--
-- Names that end in _us are moments, in microseconds since 1970 UTC. Flags are 0 or 1. Lists and records are JSON.
-- Not shown: what SQLite, its full-text index and sqlite-utils keep for themselves.

-- data/seedfeed.sqlite, the store: the worker alone writes, the server reads.

-- Where entries come from, with the state of polling: a poll reads and writes both. The home's own articles are one.
CREATE TABLE sources (
  n INTEGER PRIMARY KEY,  -- names the source inside the store only
  key TEXT NOT NULL UNIQUE,  -- UUID from seeds/ids.toml, minted once; entry ids are derived from it
  slug TEXT NOT NULL UNIQUE,  -- names its feed; never changes
  kind TEXT NOT NULL CHECK (kind IN ('seeds', 'feed')),  -- seeds: the articles of the home; feed: a remote one
  title TEXT NOT NULL,  -- what the operator calls it; '' leaves own_title
  own_title TEXT NOT NULL DEFAULT '',  -- what the source calls itself
  own_link TEXT NOT NULL DEFAULT '',  -- its site, as the source says
  url TEXT NOT NULL DEFAULT '',
  link TEXT NOT NULL DEFAULT '',  -- its site, as the operator says
  categories TEXT NOT NULL DEFAULT '[]',  -- JSON list of names, given by the operator
  language TEXT NOT NULL DEFAULT '',  -- BCP 47; '' leaves what the entries say
  timezone TEXT NOT NULL DEFAULT '',  -- IANA name, for dates without an offset
  private INTEGER NOT NULL DEFAULT 0,  -- 1: only in feeds whose query names it
  priority INTEGER NOT NULL DEFAULT 0,  -- the higher one leads a story
  active INTEGER NOT NULL DEFAULT 1,  -- 0: on no list any more; what it brought stays
  etag TEXT NOT NULL DEFAULT '',  -- validator of the last document, verbatim
  last_modified TEXT NOT NULL DEFAULT '',  -- validator of the last document, verbatim
  body_digest TEXT NOT NULL DEFAULT '',  -- of the last document; the same again means that nothing changed
  next_poll_us INTEGER,  -- NULL: not polled (seeds, paused, gone)
  leased_us INTEGER,  -- a poll is under way until then at most; freed when a worker starts
  last_success_us INTEGER,  -- the last good answer
  polls INTEGER NOT NULL DEFAULT 0,  -- how often it was asked
  failures INTEGER NOT NULL DEFAULT 0,  -- in a row
  status TEXT NOT NULL DEFAULT 'ok',  -- ok, failing, gone, blocked or paused (feeds.model.Status)
  error TEXT NOT NULL DEFAULT '',  -- the last failure, in the words that the operator sees
  items BLOB NOT NULL DEFAULT x'',  -- digests of the items of the last document, one after the other
  ttl_seconds INTEGER NOT NULL DEFAULT 0,  -- the source wants to be asked no more often than this
  skip TEXT NOT NULL DEFAULT '',  -- JSON: [hours, days] at which the source does not want to be asked; '' for none
  failing_since_us INTEGER,  -- the first failure of those in a row
  gone INTEGER NOT NULL DEFAULT 0,  -- 410 answers in a row
  gone_since_us INTEGER,  -- the first of these
  moved_to TEXT NOT NULL DEFAULT '',  -- where permanent redirects lead, until that address is adopted
  moved_polls INTEGER NOT NULL DEFAULT 0,  -- how many polls were led there
  moved_since_us INTEGER,  -- the first of these
  filter TEXT NOT NULL DEFAULT '',  -- query that its entries must match; '' for all
  content TEXT NOT NULL DEFAULT 'full',  -- how much is published: full, summary or link
  poll_seconds INTEGER NOT NULL DEFAULT 0  -- how often the operator wants it asked; 0: at its own rhythm
) STRICT;
CREATE INDEX sources_due ON sources (next_poll_us) WHERE active = 1 AND kind = 'feed';

-- The operator's categories of sources, by the slug of the category feed.
CREATE TABLE source_categories (
  slug TEXT NOT NULL,  -- of categories
  source INTEGER NOT NULL REFERENCES sources (n),
  PRIMARY KEY (slug, source)
) STRICT, WITHOUT ROWID;

-- Categories that make feeds, and how they are shown.
CREATE TABLE categories (
  slug TEXT PRIMARY KEY,
  name TEXT NOT NULL  -- as the operator writes it
) STRICT;

-- Small facts about the whole home: feeds/store/facts.py has their names.
CREATE TABLE facts (
  name TEXT PRIMARY KEY,  -- a name of feeds/store/facts.py, or 'change': the number of the last change
  value TEXT NOT NULL  -- text, whatever it stands for
) STRICT;

-- What is published, one row for each entry for ever: what is withdrawn stays as a tombstone.
CREATE TABLE entries (
  n INTEGER PRIMARY KEY,  -- names the entry inside the store only
  id TEXT NOT NULL UNIQUE,  -- absolute URI; never changes once published
  uuid TEXT NOT NULL UNIQUE,  -- names its page, /entries/UUID
  source INTEGER NOT NULL REFERENCES sources (n),
  title TEXT NOT NULL CHECK (title <> ''),  -- plain text
  permalink TEXT NOT NULL,  -- the origin's page; '' for a seed without link
  canonical TEXT NOT NULL,  -- permalink without what does not tell pages apart; finds the same page under another id
  summary TEXT NOT NULL,  -- plain text
  content TEXT NOT NULL,  -- sanitised HTML; URLs of our own stand under a host that cannot exist
  language TEXT NOT NULL,  -- BCP 47, whole
  lang TEXT NOT NULL,  -- its primary language, as in lang-CODE feeds
  credit TEXT NOT NULL,  -- the agency or outlet named at the foot
  comments TEXT NOT NULL,  -- URL of the page of comments
  image TEXT NOT NULL,  -- URL of its picture
  authors TEXT NOT NULL,  -- JSON list of [name, email, uri]
  categories TEXT NOT NULL,  -- JSON list of names
  enclosures TEXT NOT NULL,  -- JSON list of lists: the fields of feeds.model.Enclosure, in order, up to the last that says something
  origin TEXT NOT NULL,  -- JSON list: the fields of feeds.model.Origin, in order; '' for seeds
  published_us INTEGER NOT NULL,  -- as the source says, else the moment of first sight
  dated INTEGER NOT NULL,  -- 0: the source gave no date
  updated_us INTEGER NOT NULL,  -- the last substantive change
  first_seen_us INTEGER NOT NULL,  -- when it came in
  listed_us INTEGER NOT NULL,  -- when it entered feeds or changed in substance: feeds are in this order
  digest TEXT NOT NULL,  -- of what it says, without dates, counters and white space
  text_digest TEXT NOT NULL,  -- of its folded text, to find the same text; '' where that is too short
  revision INTEGER NOT NULL DEFAULT 1,  -- of the text as it is now, from 1
  change INTEGER NOT NULL,  -- number of the transaction that touched it last: what is newer than feeds.seen_change is rendered again
  shared INTEGER NOT NULL DEFAULT 1,  -- 0: part of a flood, it stays in its source's own feed
  lead INTEGER REFERENCES entries (n),  -- the entry that it stands under, as things are now; NULL: it stands for itself
  deleted_us INTEGER,  -- withdrawn then, and kept as a tombstone
  hidden_us INTEGER,  -- withdrawn by hand, whatever its source says
  removed INTEGER NOT NULL DEFAULT 0,  -- 1: it left with its source, and comes back with it
  lender INTEGER REFERENCES entries (n),  -- the entry whose longer text is shown in place of its own
  details TEXT NOT NULL DEFAULT '',  -- JSON object of what few entries say: image_size, rights, via, explicit, announced (a date in the future); '' for none
  markup TEXT NOT NULL DEFAULT '',  -- digests of all that is shown of it, exactly and without what rotates in addresses; '' until it is read again
  quiet_us INTEGER,  -- when changes of its markup alone no longer count: each adds some hours, and further ones wait when it is far ahead
  quiet_change INTEGER NOT NULL DEFAULT 0  -- its change, if that one was not pushed
) STRICT;
CREATE INDEX entries_listed ON entries (listed_us);
CREATE INDEX entries_source ON entries (source, listed_us);
CREATE INDEX entries_lang ON entries (lang, listed_us);
CREATE INDEX entries_change ON entries (change);
CREATE INDEX entries_canonical ON entries (canonical) WHERE canonical <> '';
CREATE INDEX entries_text ON entries (text_digest) WHERE text_digest <> '';
CREATE INDEX entries_lead ON entries (lead) WHERE lead IS NOT NULL;
CREATE INDEX entries_deleted ON entries (deleted_us) WHERE deleted_us IS NOT NULL;
CREATE INDEX entries_lender ON entries (lender) WHERE lender IS NOT NULL;
CREATE INDEX entries_updated ON entries (updated_us);
CREATE INDEX entries_source_deleted ON entries (source, deleted_us) WHERE deleted_us IS NOT NULL;
CREATE INDEX entries_lang_deleted ON entries (lang, deleted_us) WHERE deleted_us IS NOT NULL;

-- The categories of entries that make feeds.
CREATE TABLE entry_categories (
  slug TEXT NOT NULL,  -- of categories
  entry INTEGER NOT NULL REFERENCES entries (n),
  PRIMARY KEY (slug, entry)
) STRICT, WITHOUT ROWID;
CREATE INDEX entry_categories_entry ON entry_categories (entry);

-- What entries said before they changed.
CREATE TABLE revisions (
  entry INTEGER NOT NULL REFERENCES entries (n),
  revision INTEGER NOT NULL,  -- of that text, from 1
  recorded_us INTEGER NOT NULL,  -- when that text was replaced
  title TEXT NOT NULL,
  summary TEXT NOT NULL,
  content TEXT NOT NULL,
  PRIMARY KEY (entry, revision)
) STRICT;

-- Why each entry is as it is; `seedfeed why` shows it.
CREATE TABLE decisions (
  n INTEGER PRIMARY KEY,  -- the order of deciding
  entry INTEGER NOT NULL REFERENCES entries (n),
  at_us INTEGER NOT NULL,  -- when it was decided
  verdict TEXT NOT NULL,  -- feeds.model.Verdict
  reason TEXT NOT NULL  -- in the words that `seedfeed why` shows
) STRICT;
CREATE INDEX decisions_entry ON decisions (entry)
;

-- What the last scan of seeds/ saw, so that only what changed is read. Ids are in seeds/ids.toml, which outlives this.
CREATE TABLE seed_files (
  path TEXT PRIMARY KEY,  -- below seeds/
  size INTEGER NOT NULL,
  mtime_ns INTEGER NOT NULL,  -- nanoseconds since 1970
  digest TEXT NOT NULL,  -- of its bytes
  id TEXT NOT NULL DEFAULT '',  -- of its entry, from which a lost seeds/ids.toml is made again; '' for none
  again_us INTEGER,  -- read again then although unchanged: publish_at, expires, another try
  tries INTEGER NOT NULL DEFAULT 0  -- how often in a row reading it did not end
) STRICT;

-- What is wrong with files in seeds/, as the operator reads it.
CREATE TABLE seed_problems (
  path TEXT PRIMARY KEY,
  message TEXT NOT NULL,
  code TEXT NOT NULL,  -- E_… if something is not published for it, W_… for a warning
  reading INTEGER NOT NULL  -- 1: it lies in what the file says, so that it lasts until the file changes
) STRICT;

-- Seeds whose file, and lists that, are gone, before that counts as deletion.
CREATE TABLE seeds_missing (
  id TEXT PRIMARY KEY,  -- of the entry; of a list, its path
  since_us INTEGER NOT NULL  -- since when it has been gone
) STRICT;

-- Feeds whose documents are kept fresh.
CREATE TABLE feeds (
  slug TEXT PRIMARY KEY,
  definition TEXT NOT NULL,  -- JSON of all that its documents are made of beside entries; another one, or '', makes them again
  updated_us INTEGER NOT NULL,  -- of its documents: the newest change in them
  seen_change INTEGER NOT NULL,  -- its documents are fresh up to this entries.change
  version INTEGER NOT NULL DEFAULT 0  -- of its documents, counted up with each change
) STRICT;

-- What the documents of a feed hold now.
CREATE TABLE feed_entries (
  feed TEXT NOT NULL REFERENCES feeds (slug) ON DELETE CASCADE,
  entry INTEGER NOT NULL REFERENCES entries (n),
  version INTEGER NOT NULL DEFAULT 0,  -- of the feed's documents since which this entry is in them as it is
  id TEXT NOT NULL DEFAULT '',  -- as published in them
  updated_us INTEGER NOT NULL DEFAULT 0,  -- as published in them
  digest TEXT NOT NULL DEFAULT '',  -- of its fragments in all formats
  PRIMARY KEY (feed, entry)
) STRICT, WITHOUT ROWID;
CREATE INDEX feed_entries_entry ON feed_entries (entry);

-- Entries rendered in one format, kept as long as the key holds, and joined into documents.
CREATE TABLE fragments (
  entry INTEGER NOT NULL REFERENCES entries (n),
  format TEXT NOT NULL,  -- atom, rss or json
  key TEXT NOT NULL,  -- what the fragment depends on, beside its entry's number
  body BLOB NOT NULL,  -- the fragment's bytes
  fault TEXT NOT NULL DEFAULT '',  -- why the publish gate sets it aside; '' if it is valid
  digest TEXT NOT NULL DEFAULT '',  -- of the bytes
  PRIMARY KEY (entry, format)
) STRICT;
CREATE INDEX fragments_fault ON fragments (entry) WHERE fault <> '';

-- What sources call entries since they changed their ids, and names that hold whatever token of a visit an id has.
CREATE TABLE aliases (
  id TEXT NOT NULL,  -- the new one; entries.id stays what it was
  entry INTEGER NOT NULL REFERENCES entries (n),
  PRIMARY KEY (id, entry)
) STRICT, WITHOUT ROWID;

-- Entries that the full-text index does not hold yet.
CREATE TABLE search_pending (
  entry INTEGER PRIMARY KEY REFERENCES entries (n)
) STRICT;

-- What happened to sources and seed files: entries of the health feed.
CREATE TABLE health (
  n INTEGER PRIMARY KEY,  -- the order of events
  at_us INTEGER NOT NULL,  -- when it happened
  subject TEXT NOT NULL,  -- a source's key, or 'seed:' and a path
  kind TEXT NOT NULL,  -- feeds.model.HealthKind
  title TEXT NOT NULL,
  text TEXT NOT NULL,
  link TEXT NOT NULL,  -- a URL, or ''
  sent INTEGER NOT NULL DEFAULT 0  -- 1: worker.webhook was told
) STRICT;
CREATE INDEX health_subject ON health (subject, n)
;

-- Our subscriptions at hubs of others: one that lives for a source, and those that are being left.
CREATE TABLE hubs (
  n INTEGER PRIMARY KEY,  -- names it inside the store only
  source INTEGER NOT NULL REFERENCES sources (n) ON DELETE CASCADE,
  token TEXT NOT NULL UNIQUE,  -- the secret part of our callback's URL
  hub TEXT NOT NULL,
  topic TEXT NOT NULL,
  secret TEXT NOT NULL,  -- signs pushes; '' where the hub has no https
  state TEXT NOT NULL,  -- asked, active, refused, leaving or over (feeds.websub.subscription.Standing)
  failures INTEGER NOT NULL DEFAULT 0,  -- requests to the hub in a row that failed
  next_us INTEGER,  -- when the hub is asked (again)
  until_us INTEGER,  -- the end of the lease
  pushed_us INTEGER,  -- the last push
  missed_us INTEGER,  -- a poll found then what should have been pushed
  ignored INTEGER NOT NULL DEFAULT 0,  -- pushes with a wrong signature
  error TEXT NOT NULL DEFAULT ''  -- why the hub refused or could not be asked
) STRICT;
CREATE UNIQUE INDEX hubs_source ON hubs (source) WHERE state IN ('asked', 'active', 'refused');
CREATE INDEX hubs_ended ON hubs (source) WHERE state IN ('leaving', 'over');
CREATE INDEX hubs_next ON hubs (next_us) WHERE next_us IS NOT NULL
;

-- Files beside the articles, as the last look found them.
CREATE TABLE media_files (
  path TEXT PRIMARY KEY,  -- below seeds/
  size INTEGER NOT NULL,
  mtime_ns INTEGER NOT NULL,  -- nanoseconds since 1970
  hash TEXT NOT NULL DEFAULT '',  -- names its copy in data/media and below /media; '' if there is none
  name TEXT NOT NULL DEFAULT ''  -- the last part of its URL
) STRICT;

-- Entries that repeat another, and those that an operator split off.
CREATE TABLE stories (
  entry INTEGER PRIMARY KEY REFERENCES entries (n),
  lead INTEGER REFERENCES entries (n),  -- the entry that it repeats; NULL: split off by hand
  how TEXT NOT NULL CHECK (how IN ('same', 'text', 'hand')),  -- same: id or link, and text; text: only while stories.enabled; hand: never overruled
  share REAL NOT NULL DEFAULT 0  -- of its text that stands in the lead, 0 to 1
) STRICT;
CREATE INDEX stories_lead ON stories (lead) WHERE lead IS NOT NULL;

-- Entries that are compared before the next publication.
CREATE TABLE undecided (
  entry INTEGER PRIMARY KEY REFERENCES entries (n),
  keys BLOB NOT NULL,  -- of its text (worker.entries.fingerprint)
  again INTEGER NOT NULL DEFAULT 0,  -- 1: it was compared before
  former INTEGER,  -- the lead that it had, which left
  namesake INTEGER,  -- the entry that had its id first
  waits INTEGER NOT NULL DEFAULT 0  -- 1: compared but for its text, since stories are off
) STRICT;

-- Keys by which what comes later may find these entries.
CREATE TABLE prints (
  entry INTEGER PRIMARY KEY REFERENCES entries (n),
  keys BLOB NOT NULL,  -- of its text (worker.entries.fingerprint)
  until_us INTEGER NOT NULL  -- forgotten then
) STRICT;
CREATE INDEX prints_until ON prints (until_us);

-- The same the other way round: entries by each of their keys.
CREATE TABLE passages (
  key INTEGER NOT NULL,  -- one of prints.keys
  entry INTEGER NOT NULL,
  PRIMARY KEY (key, entry)
) STRICT, WITHOUT ROWID;

-- Archive documents of feeds (RFC 5005).
CREATE TABLE archive_pages (
  feed TEXT NOT NULL REFERENCES feeds (slug) ON DELETE CASCADE,
  page INTEGER NOT NULL,  -- from 1; the last one is open until it is full
  entries INTEGER NOT NULL DEFAULT 0,  -- how many stand on it
  bytes INTEGER NOT NULL DEFAULT 0,  -- characters of text on it
  full INTEGER NOT NULL DEFAULT 0,  -- 1: it keeps its number and its members
  modified_us INTEGER NOT NULL,  -- Last-Modified; never runs backwards
  PRIMARY KEY (feed, page)
) STRICT, WITHOUT ROWID;

-- On which archive page an entry stands, for ever.
CREATE TABLE archive_entries (
  feed TEXT NOT NULL REFERENCES feeds (slug) ON DELETE CASCADE,
  entry INTEGER NOT NULL REFERENCES entries (n),
  page INTEGER NOT NULL,  -- of archive_pages
  deleted_us INTEGER,  -- as entries.deleted_us
  PRIMARY KEY (feed, entry)
) STRICT, WITHOUT ROWID;
CREATE INDEX archive_entries_page ON archive_entries (feed, page);
CREATE INDEX archive_entries_entry ON archive_entries (entry);
CREATE INDEX archive_entries_deleted ON archive_entries (feed, deleted_us) WHERE deleted_us IS NOT NULL
;

-- Which version of a feed's documents had which ETag, for deltas (RFC 3229).
CREATE TABLE feed_versions (
  feed TEXT NOT NULL REFERENCES feeds (slug) ON DELETE CASCADE,
  format TEXT NOT NULL,  -- atom, rss or json
  etag TEXT NOT NULL,  -- as representations.etag had it
  version INTEGER NOT NULL,  -- as feeds.version had it
  change INTEGER NOT NULL,  -- the newest entries.change that it had taken in
  PRIMARY KEY (feed, format, etag)
) STRICT, WITHOUT ROWID;

-- Feeds that the publish gate holds back: their last good documents stay.
CREATE TABLE held (
  feed TEXT PRIMARY KEY,
  reason TEXT NOT NULL,  -- in the words that the operator sees
  since_us INTEGER NOT NULL  -- since when
) STRICT;

-- Feeds that are published no more, for 410.
CREATE TABLE former_feeds (
  slug TEXT PRIMARY KEY,
  title TEXT NOT NULL,  -- of a feed of [feeds]; '' for others, whose names may be private by now
  since_us INTEGER NOT NULL  -- since when
) STRICT;

-- How feeds were asked for: counts by day, feed and client (feeds.traffic.counts.Counts).
CREATE TABLE traffic (
  day INTEGER NOT NULL,  -- days since 1970, UTC
  feed TEXT NOT NULL,  -- slug, or a name in brackets
  client TEXT NOT NULL,  -- the name of a product; no address is kept
  "full" INTEGER NOT NULL,  -- answers with the whole document (200)
  delta INTEGER NOT NULL,  -- answers with a delta (226)
  partial INTEGER NOT NULL,  -- answers with a part (206)
  unmodified INTEGER NOT NULL,  -- answers without a body (304)
  failed INTEGER NOT NULL,  -- errors
  sent INTEGER NOT NULL,  -- bytes of bodies, as they went out
  bare INTEGER NOT NULL,  -- requests without validators
  subscribers INTEGER NOT NULL,  -- that a service states, the largest number
  PRIMARY KEY (day, feed, client)
) STRICT, WITHOUT ROWID;

-- The same since the beginning: days are forgotten, a counter must not shrink.
CREATE TABLE traffic_totals (
  feed TEXT PRIMARY KEY,  -- slug, or a name in brackets
  "full" INTEGER NOT NULL,  -- as in traffic
  delta INTEGER NOT NULL,  -- as in traffic
  partial INTEGER NOT NULL,  -- as in traffic
  unmodified INTEGER NOT NULL,  -- as in traffic
  failed INTEGER NOT NULL,  -- as in traffic
  sent INTEGER NOT NULL,  -- as in traffic
  bare INTEGER NOT NULL,  -- as in traffic
  subscribers INTEGER NOT NULL  -- as in traffic
) STRICT, WITHOUT ROWID;

-- Subscribers at our own hub, and what each of them is owed.
CREATE TABLE subscribers (
  n INTEGER PRIMARY KEY,  -- names it inside the store only
  callback TEXT NOT NULL,
  path TEXT NOT NULL,  -- of the topic
  topic TEXT NOT NULL,  -- its URL when it was subscribed to
  host TEXT NOT NULL,  -- of the callback: requests to one host are limited
  secret TEXT NOT NULL,  -- signs what is pushed; '' for none
  since_us INTEGER NOT NULL,  -- subscribed since
  until_us INTEGER NOT NULL,  -- the end of the lease
  etag TEXT NOT NULL DEFAULT '',  -- of the document that was delivered last
  delivered_us INTEGER,  -- when that was
  owed_us INTEGER,  -- a change is owed since; NULL: none is
  next_us INTEGER,  -- when to deliver (again)
  tries INTEGER NOT NULL DEFAULT 0,  -- in vain, since the last that was taken
  UNIQUE (callback, path)
) STRICT;
CREATE INDEX subscribers_path ON subscribers (path);
CREATE INDEX subscribers_host ON subscribers (host);
CREATE INDEX subscribers_until ON subscribers (until_us);
CREATE INDEX subscribers_next ON subscribers (next_us) WHERE next_us IS NOT NULL;

-- Topics that changed, which the hub named by server.hub must be told.
CREATE TABLE pings (
  path TEXT PRIMARY KEY,  -- of the topic
  owed_us INTEGER NOT NULL,  -- changed then
  next_us INTEGER NOT NULL,  -- when to tell it (again)
  tries INTEGER NOT NULL DEFAULT 0  -- in vain
) STRICT;

-- Entries that the documents of a feed held once and hold no more, for deltas.
CREATE TABLE feed_departures (
  feed TEXT NOT NULL REFERENCES feeds (slug) ON DELETE CASCADE,
  entry INTEGER NOT NULL REFERENCES entries (n),
  version INTEGER NOT NULL,  -- of the feed's documents that was the first without it
  PRIMARY KEY (feed, entry)
) STRICT, WITHOUT ROWID;

-- Which article refers to which file, whether that is there or not.
CREATE TABLE media_references (
  key TEXT NOT NULL,  -- path of the file, in small letters
  seed TEXT NOT NULL,  -- path of the article
  PRIMARY KEY (key, seed)
) STRICT, WITHOUT ROWID;
CREATE INDEX media_references_seed ON media_references (seed)
;

-- Published documents: what the server answers with.
CREATE TABLE representations (
  path TEXT PRIMARY KEY,  -- of the URL, like /feeds/all.atom
  feed TEXT NOT NULL REFERENCES feeds (slug) ON DELETE CASCADE,
  media_type TEXT NOT NULL,  -- value of Content-Type
  etag TEXT NOT NULL,  -- strong validator of the body
  last_modified_us INTEGER NOT NULL,  -- whole seconds; never runs backwards
  max_age INTEGER NOT NULL,  -- seconds for which a copy is good
  body BLOB NOT NULL  -- without a content coding
) STRICT;

-- The full-text index over folded text (feeds.text.plaintext.fold): "dang" finds "Đảng". It keeps no text. Its rows are versions of entries, numbered as in feeds/store/search.py.
CREATE VIRTUAL TABLE "search" USING fts5 (title, summary, content, authors, content = '', tokenize = "unicode61 remove_diacritics 0 categories 'L* N* M* Co'");

-- data/inbox.sqlite, the inbox: the server and commands write, the worker reads and answers.

-- Orders to the running worker, from commands and from the server. The answer is left in the row.
CREATE TABLE requests (
  n INTEGER PRIMARY KEY AUTOINCREMENT,  -- the order of asking
  kind TEXT NOT NULL,  -- 'want', 'publish', or a kind of worker.cycle.orders
  argument TEXT NOT NULL,  -- what the kind needs: a slug, an id
  at_us INTEGER NOT NULL,  -- when it was asked
  result TEXT  -- NULL until it is carried out; reading it removes the row
) STRICT;

-- What hubs of others sent to our callbacks.
CREATE TABLE calls (
  n INTEGER PRIMARY KEY AUTOINCREMENT,  -- the order of arrival
  token TEXT NOT NULL,  -- store: hubs.token
  kind TEXT NOT NULL,  -- feeds.store.inbox.CallKind
  argument TEXT NOT NULL,  -- lease in seconds, reason or Content-Type, by kind
  body BLOB NOT NULL,  -- of a signed push; else x''
  at_us INTEGER NOT NULL  -- when it came
) STRICT;

-- Requests to our own hub, whose callbacks the worker has not asked yet.
CREATE TABLE subscribing (
  n INTEGER PRIMARY KEY AUTOINCREMENT,  -- the order of asking
  mode TEXT NOT NULL,  -- subscribe or unsubscribe
  callback TEXT NOT NULL,
  topic TEXT NOT NULL,
  path TEXT NOT NULL,  -- of the topic
  secret TEXT NOT NULL,  -- '' for none
  lease_seconds INTEGER NOT NULL,  -- as it will be granted
  at_us INTEGER NOT NULL,  -- when it was asked
  UNIQUE (callback, path)
) STRICT;

-- Batches of what the server counted; the worker adds them to traffic.
CREATE TABLE counts (
  n INTEGER PRIMARY KEY,  -- grows for ever: the store notes the last that it took, so that none counts twice
  body TEXT NOT NULL  -- JSON rows (feeds.traffic.counts.packed)
) STRICT;
