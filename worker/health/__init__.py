"""What is worth telling of sources and files: events, their record in the store, and the webhook.

Rules are pure, in `events`. The health feed and the page that show them are `feeds.admin`'s.
"""
