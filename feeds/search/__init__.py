"""The search language: a query as text and as a tree, and whether an entry matches it.

Pure. `feeds.store.search` finds the matching rows of the store.
"""
