"""Text as it is: plain text, folding and tokens, dates, URLs and language tags, read and written in one form.

Pure and below everything else but the nouns. HTML is sanitised in `worker`, and dates that stand in running text are
found there.
"""
