"""Publishing: from stored entries to feeds, pages and answers over HTTP.

The package that faces subscribers. It opens no outgoing connection and never writes the store except through
`feeds.store`, whose one writer is the worker. `worker` imports `feeds`; `feeds` never imports `worker`.
"""

__version__ = "0.1.0"
