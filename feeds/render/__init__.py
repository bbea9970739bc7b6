"""From entries to bytes: Atom, RSS, JSON Feed, OPML and pages.

Pure, and each format stands in its own file. A feed's renderer has two parts: `fragment` renders one entry, whatever
feed it stands in, so that it can be kept and joined again; `document` puts a feed's head before such fragments. The
same values give the same bytes on any day, machine and locale. `complete` decides, once for all formats, what they say
of an entry; `mended` is the one place that knows what feedgen gets wrong.
"""
