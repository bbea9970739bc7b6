"""The rules of WebSub for both roles: topics and requests of a hub, subscriptions and calls of a subscriber.

Pure: nothing here opens a connection or touches the store. Verifying, delivering and subscribing are the worker's.
"""
