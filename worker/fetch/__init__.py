"""Asking a source for its document: one conditional request within limits, and when to ask again.

Every address is checked before it is dialled, here and for whoever else sends requests. What a document says is read in
`worker.parse`.
"""
