"""WebSub as it is carried out: subscribing at hubs, verifying and telling our own subscribers, the courier of requests.

The rules of the protocol are pure and stand in `feeds.websub`.
"""
