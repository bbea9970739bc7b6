"""What HTTP requires of a response: validators and preconditions, content codings, deltas, prepared responses.

Pure: bytes and header values in, answers out. `feeds.serve` has the routes and fetches the bytes.
"""
