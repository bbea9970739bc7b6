"""From raw entries to entries: invariants, sanitised HTML, language, fingerprints, ids, and what is new about them.

Pure. `worker.parse` and `worker.seeds` read the formats; the cycle decides what is written.
"""
