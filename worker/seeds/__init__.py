"""The files that the operator writes: how they become entries, and what happens to those when files change.

`scan` lists and reads the folder, `ledger` remembers the ids that files were published under, `reconcile` says what
happened to each file. `readers` turn a file into a raw entry; `newswire` reads dateline, by-line and credit from its
text. Nothing is fetched here, and OPML is read in `worker.opml`.
"""
