"""Answers to requests: feeds from the shelf, pages and search from threads that read the store, media, WebSub, access.

Nothing here decides what is published. Routes are put together in `feeds.app`; the operator's page is `feeds.admin`'s.
"""
