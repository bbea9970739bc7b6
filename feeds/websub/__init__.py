"""The rules of WebSub for both roles: topics and requests of a hub, subscriptions and callbacks of a subscriber.

Pure: nothing here opens a connection or touches the store. The worker verifies, delivers and subscribes.
"""
