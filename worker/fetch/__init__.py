"""Requests to a source for its document: one conditional request within limits, and when to make the next.

Every address is checked before it is dialled, here and for all other outgoing requests. Documents are read in
`worker.parse`.
"""
