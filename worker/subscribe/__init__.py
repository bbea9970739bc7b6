"""From what a person typed to a source: feeds found on pages and sites, and written into the list of subscriptions.

What a subscription then brings is the cycle's; the list's bytes are edited by `worker.opml`.
"""
