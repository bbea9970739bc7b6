"""One cycle after another: retrieve what is due in batches, record it, fold, publish, and carry out orders.

Decisions are made in the folders below, by pure code. `worker.run` says when a cycle begins.
"""
