"""Other processes: a pool for batches of sources, and confined children for readers that may never return.

The functions that they run are given by name; values go in, values come out.
"""
