"""Text in normal form: plain text, folding and tokens, dates, URLs and language tags.

Pure, and imports nothing else of ours but the model. `worker` sanitises HTML, and finds dates in running text.
"""
