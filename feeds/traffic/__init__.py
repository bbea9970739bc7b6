"""How feeds are asked for: the names of clients, and counts by day, feed and client.

Pure. Counting beside the answers is `feeds.admin`'s; the rows are kept by `feeds.store.traffic`.
"""
