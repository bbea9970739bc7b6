"""From stored entries to published documents: which feeds exist, what each contains, whether it may be published, its
archives.

`regenerate` has the order of a publication. `feeds.render` makes the bytes of each format, `feeds.serve` the responses.
"""
