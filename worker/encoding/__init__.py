"""From bytes to text: byte order marks, declarations, single-byte alphabets, the old encodings of Vietnamese.

Pure. For files that people write; `worker.parse` reads the declarations of feeds.
"""
