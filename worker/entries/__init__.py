"""From raw entries to entries: invariants, sanitised HTML, language, fingerprints, ids, and what is new about them.

Pure. What a source's format said is read in `worker.parse` and `worker.seeds`; what is written is the cycle's to say.
"""
