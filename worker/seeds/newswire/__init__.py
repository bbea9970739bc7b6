"""What running text tells: datelines and days, by-lines and credits, by word tables of many languages.

Pure: blocks of text and a context in, facts and their evidence out. Files and their formats are
`worker.seeds.readers`'.
"""
