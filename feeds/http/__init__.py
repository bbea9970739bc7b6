"""What HTTP asks of an answer: validators and preconditions, content codings, deltas, answers that are ready to send.

Pure: bytes and header values in, answers out. Routes, and where the bytes come from, are `feeds.serve`'s.
"""
