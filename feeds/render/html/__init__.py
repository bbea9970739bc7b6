"""Pages for people: templates and their filters, an entry's content as pages show it, and what changed between
versions.

Pure: values in, HTML out. `feeds.serve` decides which page an address names.
"""
