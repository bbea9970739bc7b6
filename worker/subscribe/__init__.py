"""From what a person typed to a subscription: finds feeds on pages and sites, and adds them to the list.

The cycle polls the subscription; `worker.opml` edits the bytes of the list.
"""
