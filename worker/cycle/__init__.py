"""One cycle after another: fetch and read what is due, record it, fold, publish, and carry out orders.

Decisions are made in the folders below, by pure code. `worker.run` says when a cycle begins.
"""
