"""Requests for feeds: the names of clients, and counts by day, feed and client.

Pure. `feeds.admin` counts alongside the responses; `feeds.store.traffic` keeps the rows.
"""
