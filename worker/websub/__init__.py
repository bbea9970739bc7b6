"""WebSub in operation: subscribing at hubs, verifying our own subscribers and delivering to them, and sending requests.

The rules of the protocol are pure and live in `feeds.websub`.
"""
