"""The site as static files: which files there are, and a folder that is kept like them.

The bytes are those that `feeds.serve` answers with.
"""
