"""The settings of a site: their schema, how values are written, how they are loaded, and the file of the admin token.

Nothing here knows what a setting does. `worker/home/site.toml` explains the keys to operators.
"""
