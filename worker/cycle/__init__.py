"""One cycle after the other: what is due is retrieved in batches, recorded, folded and published; orders are carried
out.

Deciding is done below, by pure code. When a cycle begins is `worker.run`'s.
"""
