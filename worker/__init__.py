"""Ingest: from seed files and remote feeds to entries in the store.

This package talks to origins and never listens on a socket. It writes its results to `data/`, where `feeds.server`
reads them.
"""
