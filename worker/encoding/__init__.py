"""From bytes to text: byte order marks, declarations, single-byte alphabets, the old encodings of Vietnamese.

Pure. Encodings are proved by the language that the text is in, which `language` detects. `decode` is for files that
people write; `worker.parse.prolog` reads the declarations of feeds.
"""
