"""What several tests need, none of it a test: builders of homes and entries, peers on the loopback, judges of feeds.

`tests/` is on the path while tests run, so they import it as `support`.
"""
