"""From stored entries to published documents: which feeds there are, what each says, whether it may go out, its
archives.

The order of a publication is in `regenerate`. Bytes of a format are made in `feeds.render`, answers in `feeds.serve`.
"""
