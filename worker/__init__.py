"""Ingest: from seed files and remote feeds to entries in the store.

The package that faces origins. It never listens on a socket. Everything that it learns goes into `data/`, where
`feeds.server` finds it.
"""
