"""The search language: a query as text and as a tree, and whether an entry matches it.

Pure. Which rows of the store match is `feeds.store.search`'s.
"""
