"""From entries to bytes: Atom, RSS, JSON Feed, OPML, and pages in `html`.

Pure, with one file for each format; `feeds.publish` decides which entries a document lists and whether it is published.
A feed's renderer has two parts: `fragment` renders one entry, the same in every feed, so that it can be stored and
reused; `document` puts a feed's head before such fragments. The same values give the same bytes on any day, machine and
locale. `complete` decides, once for all formats, what they say of an entry; `feedgen_mended` is the one place that
knows what feedgen gets wrong.
"""
