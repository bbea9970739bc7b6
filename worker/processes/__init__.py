"""Other processes: a pool of them for batches of sources, and confined children for readers that may not return.

What they run is named by strings and known to nobody here; values go in, values come out.
"""
