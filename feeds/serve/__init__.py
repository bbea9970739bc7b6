"""Answers to requests: feeds from the shelf, pages and search from threads that read the store, media, WebSub, access.

Nothing here decides what is published. `feeds.app` has the routes, `feeds.admin` the operator's page.
"""
