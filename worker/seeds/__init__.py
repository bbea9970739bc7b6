"""The files that the operator writes: from the folder to entries, and what becomes of them when files change.

`scan` sees what lies there, `ledger` remembers under which ids it was published, `reconcile` says what happened to each
file; `readers` turn one file into one raw entry, with `newswire` for what its text tells. Nothing is fetched here, and
OPML is read in `worker.opml`.
"""
