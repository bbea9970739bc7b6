"""From bytes to text: marks, declarations, single-byte alphabets, the old encodings of Vietnamese.

Pure. Feeds declare theirs, which `worker.parse` reads; this is for files that people write.
"""
