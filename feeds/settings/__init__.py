"""The settings of a site: their schema, how values are written, how they are loaded, and the file of the admin token.

Nothing here knows what a setting does. The keys are explained to operators in `worker/home/site.toml`.
"""
