"""OPML, read and edited byte for byte: outlines as a tree, subscriptions as a list.

What a list means for the sources is `worker.seeds`'; the OPML that we publish is written by `feeds.render.opml`.
"""
