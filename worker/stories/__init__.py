"""Decides which entries tell the same story: fingerprints find candidates, their words are compared, guards can veto.

Judging is pure; only `folding` writes decisions. `feeds.publish` decides how a story is shown.
"""
