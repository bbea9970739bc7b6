"""The operator's side: the admin page with its overview and charts, metrics, counting of requests, the health feed.

`feeds.serve.access` decides who may see it. Everything shown is read from the store, where the worker wrote it.
"""
