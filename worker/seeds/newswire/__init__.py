"""Reads facts from running text: datelines and days, by-lines and credits, using word tables of many languages.

Pure: takes blocks of text and a context, returns facts and their evidence. Files and formats belong to
`worker.seeds.readers`.
"""
