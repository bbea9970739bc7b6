"""The site as static files: which files there are, and a directory that is kept in line with them.

The bytes are those of the responses of `feeds.serve`.
"""
