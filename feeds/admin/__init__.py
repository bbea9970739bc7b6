"""The operator's side: the admin page with its overview and charts, metrics, counting of requests, the health feed.

Who may see it is decided by `feeds.serve.access`. What is shown are facts of the store, which the worker wrote.
"""
