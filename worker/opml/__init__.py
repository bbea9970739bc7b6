"""OPML, read and edited byte for byte: outlines as a tree, subscriptions as a list.

`worker.seeds` turns lists into sources; `feeds.render.opml` writes the OPML that we publish.
"""
