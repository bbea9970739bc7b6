"""Which entries tell one story: neighbours found by fingerprints, judged by their words, with guards that have a veto.

Judging is pure; `folding` alone writes what was decided. How a story is shown is `feeds.publish`'s.
"""
