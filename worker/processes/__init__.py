"""Other processes: a pool that reads documents, and confined children for readers that may never return.

The functions that they run are given by name; values go in, values come out.
"""
