"""From entries to bytes: Atom, RSS, JSON Feed, OPML, and pages in `html`.

Pure, and each format stands in its own file; which entries a document lists, and whether it goes out, is decided in
`feeds.publish`. A feed's renderer has two parts: `fragment` renders one entry, whatever feed it stands in,
so that it can be kept and joined again; `document` puts a feed's head before such fragments. The same values give the
same bytes on any day, machine and locale. `complete` decides, once for all formats, what they say of an entry;
`feedgen_mended` is the one place that knows what feedgen gets wrong.
"""
